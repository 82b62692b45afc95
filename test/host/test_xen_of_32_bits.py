# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""What a Xen of 32 bits wants for itself: its own heap, before dom0 gets any memory."""
import json

import pytest

GIB, MIB = 1 << 30, 1 << 20
OPTIONS = ("--xen-version", "4.17", "--kernel-bits", "32")
BOARD = """/dts-v1/; / { #address-cells = <1>; #size-cells = <1>; compatible = "test,board"; interrupt-parent = <&gic>;
    cpus { #address-cells = <1>; #size-cells = <0>; cpu@0 { device_type = "cpu"; compatible = "%s"; reg = <0>; }; };
    gic: interrupt-controller@10000000 { interrupt-controller; #interrupt-cells = <3>; interrupts = <1 9 4>; %s };
    timer { compatible = "arm,armv7-timer"; interrupts = <1 13 8>, <1 14 8>, <1 11 8>, <1 10 8>; };
    %s };"""
GIC_2 = """compatible = "arm,cortex-a15-gic";
    reg = <0x10000000 0x1000 0x10010000 0x2000 0x10030000 0x2000 0x10040000 0x2000>;"""
RAM = 'memory@40000000 { device_type = "memory"; reg = <%s>; };'
CHOSEN = """chosen { #address-cells = <1>; #size-cells = <1>; xen,xen-bootargs = "dom0_mem=%dM"; xen,dom0-bootargs = "";
    hypervisor@50000000 { compatible = "dtshim,hypervisor"; reg = <0x50000000 0x117000>; };
    module@52000000 { compatible = "multiboot,kernel", "multiboot,module"; reg = <0x52000000 0x532200>; }; };"""


def full_board(dom0, ram="0x40000000 0x40000000", core="arm,cortex-a15"):
    """1 GiB, or as `ram` says."""
    return BOARD % (core, GIC_2, RAM % ram + CHOSEN % dom0)


@pytest.mark.parametrize("dom0, words", [(1008, "32-bit Xen's own heap"), (992, "32-bit Xen's own heap"),
                                         (988, "Xen's own tables"), (960, None)])
def test_too_full(tool, bare_tree, dom0, words):
    """No plan promises what the heap is in the way of; it says so, and how much would do."""
    tree = bare_tree(full_board(dom0))
    done = tool("plan", "--json", *OPTIONS, tree, code=2 if words else 0)
    if words:
        assert f"{words}" in done.err and "would have to be in dom0's block" in done.err
        assert "this works: dom0-mem 512M" in done.err
    else:
        assert json.loads(done.out)["dom0-memory"] == [{"base": "0x40000000", "size": hex(dom0 * MIB)}]


@pytest.mark.parametrize("core, run", [("arm,cortex-a15", {"4.17"}), ("arm,cortex-a53", {"4.17", "4.20"})])
def test_which_were_run(tool, bare_tree, core, run):
    """Of 32 bits Debian has one alone; forecast and plan say so of another one."""
    tree = bare_tree(full_board(256, core=core))
    for release in ("4.17", "4.18", "4.20"):
        one, = json.loads(tool("forecast", "--json", "--xen-version", release, tree).out)["forecasts"]
        assert one["run"] == (release in run)
        for command in ("forecast", "plan"):
            page = tool(command, "--xen-version", release, tree).flat
            assert ("source alone" in page) == (release not in run)
            assert ("for 32 bits is known" in page) == (core == "arm,cortex-a15" and release == "4.20")
    assert "source alone" not in tool("plan", tree).out


def test_64_bits_have_no_such_heap(tool, bare_tree):
    """The control: the same with cores of 64 bits."""
    tree = bare_tree(full_board(992, core="arm,cortex-a53"))
    assert "own heap" not in tool("plan", *OPTIONS[:2], tree, code=None).err


def test_no_place_for_it(tool, bare_tree):
    """A page is taken of each 32 MiB: Xen stops before its console is there."""
    regions = "".join(f"r@{at:x} {{ reg = <{at:#x} 0x1000>; }};" for at in range(0x41000000, 0x80000000, 0x2000000))
    tree = bare_tree(full_board(16).replace("chosen {", "reserved-memory { #address-cells = <1>; #size-cells = <1>;"
                                             f"ranges; {regions} }}; chosen {{"))
    stop = json.loads(tool("forecast", "--json", *OPTIONS[:2], tree, code=1).out)["forecasts"][0]["stop"]
    assert (stop["id"], stop["silent"], stop["words"]) == ("xenheap", True, "Not enough space for xenheap")
    refused = tool("plan", *OPTIONS, tree, code=2).err
    assert "32-bit Xen would find no 32 MiB of RAM in one piece for its own heap" in refused


@pytest.mark.parametrize("heap, banks", [
    ("<0x50000000 0x10000000>, <0x70000000 0x3800000>", [(0x50000000, 224), (0x70000000, 32)]),
    ("<0x50000000 0x10000000>, <0x6fe00000 0x3a00000>", [(0x50000000, 256)]),
    ("<0x50000000 0x10000000>, <0x60000000 0x2000000>, <0x70000000 0x1800000>", [(0x50000000, 224), (0x60000000, 32)]),
    ("<0x50000000 0x10000000>, <0x60000000 0x3800000>", [(0x50000000, 224), (0x60000000, 32)]),
], ids=["first byte", "below it", "in the middle", "banks that touch"])
def test_in_a_static_heap(tool, bare_tree, heap, banks):
    """Never from the first byte of a bank on, nor in two; Debian's 4.17 prints so of the first and of two that touch."""
    tree = bare_tree(full_board(256).replace("chosen {", f"chosen {{ xen,static-heap = {heap};")
                     .replace("@50000000", "@48000000").replace("<0x50000000 0x11", "<0x48000000 0x11")
                     .replace("@52000000", "@4a000000").replace("<0x52000000", "<0x4a000000"))
    memory = json.loads(tool("forecast", "--json", *OPTIONS[:2], tree).out)["forecasts"][0]["dom0"]["banks"]
    assert [(int(one["base"], 16), int(one["size"], 16) // MIB) for one in memory] == banks


WIDE = """/dts-v1/; / { #address-cells = <2>; #size-cells = <2>; compatible = "test,board"; interrupt-parent = <&gic>;
    cpus { #address-cells = <1>; #size-cells = <0>; cpu@0 { device_type = "cpu"; compatible = "%s"; reg = <0>; }; };
    soc { compatible = "simple-bus"; #address-cells = <1>; #size-cells = <1>; ranges = <0 0 0 0x40000000>;
    gic: interrupt-controller@10000000 { interrupt-controller; #interrupt-cells = <3>; interrupts = <1 9 4>;
    """ + GIC_2 + """ }; };
    timer { compatible = "arm,armv7-timer"; interrupts = <1 13 8>, <1 14 8>, <1 11 8>, <1 10 8>; };
    memory@40000000 { device_type = "memory"; reg = <0 0x40000000 1 0xc0000000>; }; };"""


@pytest.mark.parametrize("dom0, told", [("3G", "no 3 MiB of free RAM is left below 0x100000000 for the Xen"),
                                        ("2944M", "no 64 MiB of free RAM is left below 0x100000000 for the ramdisk"),
                                        ("2G", None)])
def test_nothing_is_loaded_above_32_bits(tool, bare_tree, dom0, told):
    """Neither Xen nor its tree can be there, and what loads them is of 32 bits, too."""
    options = ("--json", *OPTIONS[:2], "--dom0-mem", dom0)
    done = tool("plan", *options, bare_tree(WIDE % "arm,cortex-a15"), code=2 if told else 0)
    assert not told or (told in done.err and "this works: dom0-mem 2G" in done.err)
    assert told or all(int(one["to"], 16) < 4 * GIB for one in json.loads(done.out)["modules"])
    wide = json.loads(tool("plan", *options, bare_tree(WIDE % "arm,cortex-a53")).out)["modules"]
    assert not told or max(int(one["to"], 16) for one in wide) >= 4 * GIB


def test_in_a_hole(tool, bare_tree):
    """It may take a piece that the banks of RAM leave out: told, and no plan goes through it."""
    holed = full_board(256, "0x40000000 0x38000000>, <0x7f000000 0x1000000")
    tree = bare_tree(holed)
    stop = json.loads(tool("forecast", "--json", *OPTIONS[:2], tree, code=1).out)["forecasts"][0]["stop"]
    assert (stop["id"], stop["silent"], stop["sure"]) == ("xenheap-hole", True, False)
    refused = tool("plan", *OPTIONS, tree, code=2).err
    assert "a piece that is not RAM throughout" in refused and "/memreserve/" in refused
    kept = bare_tree(holed.replace("/dts-v1/;", "/dts-v1/; /memreserve/ 0x78000000 0x7000000;"))
    assert json.loads(tool("plan", "--json", *OPTIONS, kept).out)["dom0-memory"][0]["base"] == "0x40000000"
