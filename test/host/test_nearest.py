# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Where dom0 is when its native base cannot be had: still 1:1, with all devices, as near as can be."""
import json
import re

import pytest

from trees import HEADER

MIB = 1 << 20
RESERVED = ("reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges;"
            " tee@%x { reg = <0 0x%x 0 0x%x>; no-map; }; };")


def board(base=0x40000000, size=0xc0000000, taken=(0x40000000, 0x200000), more=""):
    reserved = RESERVED % (taken[0], *taken) if taken else ""
    return (f'memory@{base:x} {{ device_type = "memory"; reg = <0 {base:#x} 0 {size:#x}>; }};'
            f"{reserved} {more}")


@pytest.fixture
def plan(tool, make_tree):
    """(the plan as JSON, its words) of a board's tree under these options."""
    def make(body, *options, **more):
        tree = make_tree(body, **more)
        return (json.loads(tool("plan", "--json", *options, tree).out),
                tool("plan", "-v", *options, tree).flat)
    return make


def base_of(said):
    assert said["machine-block"] == said["dom0-memory"] and said["layout"] == "direct"
    assert said["domain"] is None
    return int(said["dom0-memory"][0]["base"], 16)


# ---- which place ---------------------------------------------------------------------------

@pytest.mark.parametrize("taken, dom0, base", [
    ((0x40000000, 0x200000), "512M", 0x44000000),
    ((0x47f00000, 0x200000), "512M", 0x4c000000),
    ((0x5ff00000, 0x100000), "512M", 0x60000000),
    ((0x40000000, 0x200000), "64M", 0x44000000),
    ((0x40000000, 0x200000), "1G", 0x44000000),
], ids=str)
def test_the_lowest(plan, taken, dom0, base):
    said, _ = plan(board(taken=taken), "--dom0-mem", dom0)
    assert base_of(said) == base and said["static-heap"] == []


def test_a_static_heap_only_where_nothing_else_works(plan):
    """A base that is named is to be had whatever it costs; of its own accord no plan takes 1 %."""
    said, _ = plan(board(taken=None), "--dom0-mem", "100M")
    assert base_of(said) != 0x40000000 and said["static-heap"] == [] and int(said["cost"], 16) < MIB
    named, words = plan(board(taken=None), "--dom0-mem", "100M", "--dom0-base", "0x40000000")
    assert base_of(named) == 0x40000000 and named["static-heap"] and int(named["cost"], 16) > 1 << 30
    assert "nothing else is possible" in words


def test_a_finer_base_where_it_costs_no_more(plan):
    said, _ = plan(board(size=0x30000000, taken=(0x40000000, 0x1000)), "--dom0-mem", "516M")
    assert base_of(said) == 0x40400000 and said["static-heap"] == []


def test_page_0(plan):
    said, words = plan(board(0, 0x80000000, None))
    assert base_of(said) == 0x02000000
    assert "not at the native base 0x0: Xen never hands out page 0" in words


@pytest.mark.parametrize("options", [[], ["--layout", "direct"]], ids=str)
def test_what_the_plan_says(plan, options):
    """Which place, why not the native one, and what would bring it; programs read the same."""
    said, words = plan(board(taken=(0x50000000, 0x200000)), *options)
    assert base_of(said) == 0x54000000
    why = "dom0's block 0x40000000-0x5fffffff overlaps the reserved 0x50000000-0x501fffff"
    remedy = "dom0-mem 256 MiB; or move the reservation, or make dom0-mem smaller"
    assert said["nearest"] == {"native-base": "0x40000000", "why": why, "remedy": remedy,
                               "native-size": "0x10000000", "unserved": 0}
    assert f"not at the native base 0x40000000: {why}" in words
    assert f"what would bring it: {remedy}" in words
    assert "the lowest place that Xen can be made to use and that every DMA window reaches" in words


def test_what_would_bring_it_does(plan):
    said, _ = plan(board(taken=(0x50000000, 0x200000)))
    size = int(said["nearest"]["native-size"], 16)
    with_less, _ = plan(board(taken=(0x50000000, 0x200000)), "--dom0-mem", str(size))
    assert base_of(with_less) == 0x40000000 and with_less["nearest"] is None


# ---- windows and pools ----------------------------------------------------------------------

def device(name, cpu, size):
    return (f'{name} {{ compatible = "simple-bus"; #address-cells = <1>; #size-cells = <1>; ranges;'
            f' dma-ranges = <0 {cpu:#x} {size:#x}>; dma-{name}@1000000 {{ compatible = "test,{name}";'
            ' reg = <0x1000000 0x1000>; }; };')


SMALL = ("/dts-v1/; / { #address-cells = <1>; #size-cells = <1>; compatible = \"test,board\";"
         ' memory@40000000 { device_type = "memory"; reg = <0x40000000 0xb0000000>; };'
         " reserved-memory { #address-cells = <1>; #size-cells = <1>; ranges;"
         " tee@40000000 { reg = <0x40000000 0x200000>; no-map; }; %s }; %s };")


@pytest.mark.parametrize("devices, base, unserved", [
    ("", 0x44000000, 0),
    (device("high", 0x80000000, 0x40000000), 0x80000000, 0),
    (device("high", 0x70000000, 0x40000000) + device("low", 0x60000000, 0x40000000), 0x70000000, 0),
    # None serves all three; what serves two is lower than what serves one.
    (device("a", 0x50000000, 0x20000000) + device("b", 0x80000000, 0x20000000)
     + device("c", 0x80000000, 0x28000000), 0x80000000, 1),
    # A window without RAM decides nothing.
    (device("no", 0x10000000, 0x10000000), 0x44000000, 1),
], ids=["no window", "one", "two that overlap", "most", "none can"])
def test_windows_decide(plan, devices, base, unserved):
    said, words = plan(SMALL % ("", devices))
    assert base_of(said) == base and said["nearest"]["unserved"] == unserved
    assert sum(one["reach"] != "all" for one in said["dma"]) == unserved
    assert ("the lowest of the places that work for the most devices" in words) == bool(unserved)


def test_windows_come_before_the_native_base(plan):
    """It could be had; a device would not reach it. What another place does not serve either decides nothing."""
    memory = 'memory@40000000 { device_type = "memory"; reg = <0x40000000 0x80000000>; };'
    body = SMALL.replace(re.search(r"memory@40000000.*?};", SMALL)[0], memory).replace("tee@40000000", "tee@b0000000")
    body = body.replace("<0x40000000 0x200000>", "<0xb0000000 0x200000>")
    said, words = plan(body % ("", device("high", 0x78000000, 0x30000000)))
    assert base_of(said) == 0x78000000 and said["nearest"]["unserved"] == 0
    assert "not at the native base 0x40000000: there 1 DMA masters or pools would not be served" in one_line(words)
    named, _ = plan(body % ("", device("high", 0x78000000, 0x30000000)), "--dom0-base", "0x40000000")
    assert base_of(named) == 0x40000000
    same, _ = plan(body % ("", device("none", 0x10000000, 0x10000000)))
    assert base_of(same) == 0x40000000 and same["nearest"] is None


def one_line(words):
    return " ".join(words.split())


def test_pools_decide(plan):
    """linux,cma with alloc-ranges: dom0's kernel places it in its own memory, or not at all."""
    pool = ('cma { compatible = "shared-dma-pool"; reusable; linux,cma-default; size = <0x4000000>;'
            " alloc-ranges = <0xa0000000 0x8000000>; };")
    said, words = plan(SMALL % (pool, ""))
    assert base_of(said) == 0x84000000 and "cannot place this pool" not in words


# ---- a platform of its own --------------------------------------------------------------------

def test_raspberry_pi_4(plan):
    """Its Xen looks below 1 GiB first: what lies above needs no page to keep Xen from it."""
    memory = ('memory@0 { device_type = "memory"; reg = <0 0 0 0x3b400000>,'
              " <0 0x40000000 0 0xbc000000>; };")
    here, _ = plan(memory, "--dom0-base", "0x8000000")
    there, _ = plan(memory, "--dom0-base", "0x8000000", header=HEADER.replace("test,board", "brcm,bcm2711"))
    assert base_of(here) == base_of(there) == 0x08000000
    assert here["reserved-pages"] and not there["reserved-pages"]


# ---- who is not asked --------------------------------------------------------------------------

@pytest.mark.parametrize("options", [["--dom0-base", "0x40000000"],
                                     ["--machine-base", "0x40000000"]], ids=str)
def test_a_base_that_was_named_is_that_or_nothing(tool, make_tree, options):
    error = tool("plan", *options, make_tree(board()), code=2).err
    assert "[base]" in error and "/reserved-memory/tee@40000000" in error
    assert "  this works: dom0-base 0x44000000\n" in error


def test_native_is_as_before(plan):
    """There the machine block moves, and dom0 stays at its base."""
    said, _ = plan(board(), "--contract", "native")
    assert said["layout"] == "offset" and said["nearest"] is None


# ---- refusals ----------------------------------------------------------------------------------

@pytest.mark.parametrize("body, options, works", [
    (board(size=0x20000000), ["--dom0-mem", "512M"], "dom0-mem 256M"),
    (board(), ["--dom0-mem", "16G"], "dom0-mem 2G"),
    (board(size=0x20000000), ["--dom0-mem", "512M", "--dom0-base", "0x40000000"],
     "dom0-mem 256M, dom0-base 0x40400000"),
    (board(taken=None), ["--layout", "offset", "--machine-base", "0x48000000"],
     "machine-base 0x60000000"),
    (board(taken=None), ["--layout", "offset", "--dom0-mem", "384M"], "dom0-mem 256M"),
    (board(taken=None), ["--contract", "native", "--machine-base", "0x10000000"],
     "machine-base 0x40000000"),
    (board(taken=None), ["--contract", "native", "--dom0-base", "0xfff0000000"],
     "dom0-base 0x40000000"),
    (board(taken=None), ["--contract", "native", "--dom0-mem", "8G"], "dom0-mem 2G"),
], ids=str)
def test_a_refusal_names_what_works(tool, make_tree, body, options, works):
    tree = make_tree(body)
    error = tool("plan", *options, tree, code=2).err
    assert re.findall(r"^  this works: (.*)$", error, re.M) == [works]
    named = dict(word.split(" ") for word in works.split(", "))
    kept = {options[i][2:]: options[i + 1] for i in range(0, len(options), 2)}
    if "dom0-base" in named or "machine-base" in named:
        kept.pop("dom0-base", None), kept.pop("machine-base", None)
    policy = [word for name, value in (kept | named).items() for word in ("--" + name, value)]
    tool("plan", *policy, tree)


def test_a_payload_that_needs_more(tool, make_tree):
    """The only way is up."""
    payload = ("chosen { #address-cells = <2>; #size-cells = <2>;"
               ' xen@a0000000 { compatible = "dtshim,hypervisor"; reg = <0 0xa0000000 0 0x100000>; };'
               ' kernel@b0000000 { compatible = "multiboot,kernel", "multiboot,module";'
               " reg = <0 0xb0000000 0 0x9000000>; }; };")
    error = tool("plan", "--dom0-mem", "128M", make_tree(board(taken=None, more=payload)), code=2).err
    assert "[dom0-size]" in error and "  this works: dom0-mem 256M\n" in error


def test_what_is_wrong_at_any_base_is_said(tool, make_tree):
    """Not that there is no place: Xen lies in memory that is somebody else's."""
    payload = ("chosen { #address-cells = <2>; #size-cells = <2>;"
               ' xen@50000000 { compatible = "dtshim,hypervisor"; reg = <0 0x50000000 0 0x100000>; };'
               ' kernel@b0000000 { compatible = "multiboot,kernel", "multiboot,module";'
               " reg = <0 0xb0000000 0 0x1000000>; }; };")
    error = tool("plan", make_tree(board(taken=(0x50000000, 0x200000), more=payload)), code=2).err
    assert "/chosen/xen@50000000" in error and "[payload]" in error and "no-map" in error


def test_where_nothing_works_nothing_is_named(tool, make_tree):
    error = tool("plan", make_tree(board(size=0x4000000, taken=None)), code=2).err
    assert "[dom0-size]" in error and "this works" not in error


def test_the_policy_stays_the_users(tool, make_tree, read_tree):
    """What was only tried leaves no trace in the tree that is written next."""
    tree = make_tree(board())
    tool("apply", tree, "-o", "out.dtb")
    out = read_tree(tree.parent / "out.dtb")
    assert out.prop("/chosen/dtshim", "dom0-base") is None
    assert out.u64s("/chosen/dtshim/record", "dom0-memory") == [0x44000000, 512 * MIB]
    tool("apply", tree.parent / "out.dtb", "-o", "again.dtb")
    assert (tree.parent / "again.dtb").read_bytes() == (tree.parent / "out.dtb").read_bytes()
    assert "to make it possible" in " ".join(out.strings("/chosen/dtshim/record", "decisions"))


# ---- what Xen does -----------------------------------------------------------------------------




# ---- 32 bits ---------------------------------------------------------------------------------

ARM32 = """cpus { #address-cells = <1>; #size-cells = <0>;
        cpu@0 { device_type = "cpu"; compatible = "arm,cortex-a15"; reg = <0>; }; };
    timer { compatible = "arm,armv7-timer"; interrupt-parent = <&gic>;
        interrupts = <1 13 4>, <1 14 4>, <1 11 4>, <1 10 4>; };
    gic: intc@8000000 { compatible = "arm,cortex-a15-gic"; interrupt-controller; #interrupt-cells = <3>;
        interrupt-parent = <&gic>; interrupts = <1 9 4>;
        reg = <0 0x8000000 0 0x1000>, <0 0x8001000 0 0x2000>, <0 0x8004000 0 0x2000>, <0 0x8006000 0 0x2000>; };
    memory@40000000 { device_type = "memory"; reg = <0 0x40000000 0 %s>; };
    chosen { #address-cells = <2>; #size-cells = <2>;
        hypervisor@46000000 { compatible = "dtshim,hypervisor"; reg = <0 0x46000000 0 0x100000>; };
        module@42000000 { compatible = "multiboot,kernel", "multiboot,module"; reg = <0 0x42000000 0 0x800000>; }; };"""


@pytest.mark.parametrize("size", ["132M", "516M", "700M"])
def test_a_static_heap_has_room_for_32_bit_xens_own_heap(tool, make_tree, size):
    """Xen takes that first, from the top; the forecast has the same block."""
    tree = make_tree(ARM32 % "0x80000000")
    said = json.loads(tool("plan", "--json", "--xen-version", "4.17", "--dom0-base", "0x40000000", "--dom0-mem", size, tree).out)
    assert said["static-heap"] and base_of(said) == 0x40000000
    tool("apply", "--xen-version", "4.17", "--dom0-base", "0x40000000", "--dom0-mem", size, tree, "-o", "out.dtb")
    done = tool("forecast", "--json", "--xen-version", "4.17", "out.dtb").out
    [one] = json.loads(done)["forecasts"]
    assert one["arch"] == "arm32" and one["dom0"]["banks"] == said["dom0-memory"]


def test_what_is_offered_instead_works_on_32_bits(tool, make_tree):
    """64 MiB of 128, of which 32 are Xen's heap: with a page at its end they are free in one piece."""
    tree = make_tree(ARM32 % "0x8000000")
    refused = tool("plan", "--xen-version", "4.17", "--dom0-mem", "128M", tree, code=2).err
    assert "  this works: dom0-mem 64M\n" in refused
    tool("apply", "--xen-version", "4.17", "--dom0-mem", "64M", tree, "-o", "out.dtb")
    tool("check", "--xen-version", "4.17", "out.dtb")
    less = make_tree(ARM32 % "0x6000000", "less.dtb")
    assert "this works" not in tool("plan", "--xen-version", "4.17", "--dom0-mem", "64M", less, code=2).err


# ---- whom an error names ------------------------------------------------------------------------

TWO = ('memory@80000000 { device_type = "memory"; reg = <0 0x80000000 0 0x10000000>; };'
       'memory@c0000000 { device_type = "memory"; reg = <0 0xc0000000 0 0x40000000>; };')
LINE = 'chosen { xen,xen-bootargs = "dom0_mem=%s"; };'


@pytest.mark.parametrize("body, options, path, prop", [
    (TWO, ["--dom0-mem", "1025M"], "policy", "dom0-mem"),
    (TWO + LINE % "1025M", [], "/chosen", "xen,xen-bootargs"),
    (TWO + LINE % "1025M", ["--dom0-mem", "1026M"], "policy", "dom0-mem"),
    (TWO, ["--dom0-mem", "2G"], "policy", "dom0-mem"), (TWO + LINE % "2G", [], "/chosen", "xen,xen-bootargs"),
    (TWO, ["--dom0-base", "0x80000000"], "policy", "dom0-base"),
    (TWO, ["--dom0-base", "0xf0000000", "--dom0-mem", "512M"], "policy", "dom0-base"),
    (TWO.replace("0 0xc0000000", "5 0xc0000000"), ["--dom0-base", "0x5c0000000", "--ipa-bits", "34"], "policy", "dom0-base"),
    ('memory@500000000 { device_type = "memory"; reg = <5 0 0 0x40000000>; };', ["--ipa-bits", "34"], "policy", "dom0-mem"),
    (TWO, ["--layout", "offset", "--machine-base", "0xa0000000", "--dom0-mem", "256M"], "policy", "machine-base"),
    (board(), ["--dom0-mem", "3000M"], "/reserved-memory/tee@40000000", None),
    (board(), ["--dom0-mem", "512M", "--dom0-base", "0x40000000"], "/reserved-memory/tee@40000000", "dom0-base"),
    (board(0, 0x10000000, None), ["--dom0-mem", "256M"], "/memory@0", "reg"),
    (board(0, 0x10000000, None), ["--dom0-mem", "128M", "--dom0-base", "0"], "policy", "dom0-base"),
    (board(taken=None), ["--dom0-mem", "3G"], "policy", "dom0-mem"),
    (board(taken=None), ["--dom0-mem", "3G", "--dom0-base", "0x40000000"], "policy", "dom0-base"),
    (board(taken=None) + LINE % "3G", [], "/chosen", "xen,xen-bootargs"),
])
def test_an_error_names_what_was_given(tool, make_tree, body, options, path, prop):
    """Never an option that nobody gave, as dom0-base for dom0-mem."""
    error = tool("plan", *options, make_tree(body), code=2).err.splitlines()[0]
    assert error.split("in.dtb: ")[1].startswith(f"{path}: {prop}: " if prop else f"{path}: dom0's block")


# ---- the node that a bank comes from ----------------------------------------------------------------

def test_each_bank_with_its_node(plan):
    _, words = plan(TWO)
    assert "/memory@80000000: RAM 0x80000000-0x8fffffff" in words
    assert "/memory@c0000000: RAM 0xc0000000-0xffffffff" in words


def test_the_node_of_an_odd_base(tool, make_tree):
    tree = make_tree('memory@c0000000 { device_type = "memory"; reg = <0 0xc0000000 0 0x1000>; };'
                     ' memory@80000800 { device_type = "memory"; reg = <0 0x80000800 0 0x20000000>; };')
    error = tool("plan", "--dom0-mem", "512M", tree, code=2).err
    assert "/memory@80000800: reg: RAM starts at 0x80000800, inside a page" in error


def test_the_node_of_ram_beyond_all_machines(tool, make_tree):
    error = tool("plan", make_tree(TWO.replace("0 0xc0000000", "0x300000 0xc0000000")), code=2).err
    assert "/memory@c0000000: reg: RAM" in error and "above 52 bits" in error


def test_ram_that_was_told_is_the_first_node_s(plan):
    _, words = plan(TWO.replace("0 0x10000000", "0 0").replace("0 0x40000000", "0 0"), "--ram", "0x90000000:1G")
    assert "/memory@80000000: RAM 0x90000000-0xcfffffff" in words


# ---- what brings the native base ------------------------------------------------------------------

@pytest.mark.parametrize("dom0", ["64M", "128M", "512M"])
def test_no_size_brings_a_base_that_is_too_fine(tool, plan, make_tree, dom0):
    """2 MiB: Xen has no piece that small for dom0, whatever its size."""
    body = board(base=0x200000, size=0xefe00000, taken=None)
    said, words = plan(body, "--dom0-mem", dom0)
    assert said["nearest"]["native-size"] == "0x0"
    assert "not at the native base 0x200000: stock Xen cannot be made to put dom0 at 0x200000: Xen makes dom0's memory " \
        "of pieces of at least 4 MiB, aligned to their size, and none can start there" in words
    assert "what would bring it: nothing: no dom0-mem that is a power of two can be placed there" in words
    error = tool("plan", "--dom0-mem", dom0, "--dom0-base", "0x200000", make_tree(body), code=2).err
    assert "choose a dom0-base that is a multiple of 4 MiB" in error


def test_a_remedy_that_was_planned(plan):
    """Of a size that the native base cannot have only the size that it can have is named."""
    for base in (0x40000000, 0x4000000, 0x2000000, 0x1000000, 0x800000, 0x400000):
        body = board(base=base, size=0x60000000, taken=None)
        said, words = plan(body, "--dom0-mem", "512M")
        if not said["nearest"]:
            continue
        size = int(said["nearest"]["native-size"], 16)
        assert "a multiple of 128M" not in words and "aligned to it" not in words
        assert said["nearest"]["remedy"].startswith("dom0-mem " if size else "nothing: ")
        assert not size or base_of(plan(body, "--dom0-mem", str(size))[0]) == base
