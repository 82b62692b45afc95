# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Can Xen run on a board at all: said first and alone, by plan, forecast and check."""
import json
import re
import struct

import pytest


BARE = """/dts-v1/; / { #address-cells = <1>; #size-cells = <1>; compatible = "test,board";
    interrupt-parent = <&ic>; %s
    cpus { #address-cells = <1>; #size-cells = <0>; %s };
    ic: interrupt-controller@10000000 { compatible = "%s"; interrupt-controller; #interrupt-cells = <3>;
        reg = <0x10000000 0x1000 0x10010000 0x2000 0x10030000 0x2000 0x10040000 0x2000>;
        interrupts = <1 9 4>; %s };
    %s };"""
TIMER = 'timer { compatible = "arm,armv7-timer"; interrupts = <1 13 8>, <1 14 8>, <1 11 8>, <1 10 8>; };'
RAM = 'memory@80000000 { device_type = "memory"; reg = <0x80000000 0x40000000>; };'


def cpus(*names):
    return "".join(f'cpu@{i} {{ device_type = "cpu"; compatible = "{name}"; reg = <{i}>; }};'
                   for i, name in enumerate(names))


def board(cores=("arm,cortex-a7",), gic="arm,gic-400", more="", timer=TIMER, ram=RAM):
    return BARE % (ram, cpus(*cores), gic, more, timer)


def verdict(tool, tree):
    """What plan says, and that forecast and check say it, too, and nothing else."""
    error = tool("plan", tree, code=2).err
    assert "[unsupported]" in error and "this works" not in error
    why = re.search(r"Xen cannot run on this board: (.*) \[", error)[1]
    assert f"  why         {why} [" in tool("forecast", tree, code=1).out
    checked = tool("check", tree, code=1).out.splitlines()
    assert [line.strip() for line in checked[1:2]] == [f"why: {why}"] and len(checked) == 4
    assert checked[3].split(": ")[1].endswith("1 rule is broken, 1 time")
    return why


@pytest.mark.parametrize("ram", [RAM, ""], ids=["ram", "no-ram"])
@pytest.mark.parametrize("core, name", [
    ("arm,cortex-a5", "Cortex-A5"), ("arm,cortex-a8", "Cortex-A8"), ("arm,cortex-a9", "Cortex-A9"),
    ("arm,arm1176jzf-s", "ARM11"), ("arm,arm926ej-s", "ARM9"), ("arm,cortex-r5", "Cortex-R5")])
def test_cores_without_the_extensions(tool, bare_tree, core, name, ram):
    """Whatever else the board lacks: a GIC, a timer, RAM."""
    for other in (board((core, core), ram=ram), board((core,), "test,intc", timer="", ram=ram)):
        assert verdict(tool, bare_tree(other)) == f"its cores, {name}, have no virtualization extensions"


@pytest.mark.parametrize("cores", [("arm,cortex-a7",), ("arm,cortex-a15",), ("arm,cortex-a53",), ("test,core",),
                                   ("arm,cortex-a7", "arm,cortex-a5"), ("arm,cortex-r52",)], ids=str)
def test_cores_that_have_them_or_may(tool, bare_tree, cores):
    tool("plan", bare_tree(board(cores)))


@pytest.mark.parametrize("gic, more, why", [
    ("brcm,bcm2836-l1-intc", "", "Xen has no driver for its interrupt controller, brcm,bcm2836-l1-intc"),
    ("qcom,msm-qgic2", "", "Xen has no driver for its interrupt controller, qcom,msm-qgic2"),
    ("apple,aic", "", "Xen has no driver for its interrupt controller, apple,aic"),
    ("arm,cortex-a9-gic", "", "its interrupt controller, arm,cortex-a9-gic, does not support virtual machines"),
    ("arm,arm11mp-gic", "", "its interrupt controller, arm,arm11mp-gic, does not support virtual machines"),
    ("arm,gic-400", 'status = "disabled";', "its GIC is disabled"),
    ("arm,gic-400", "xen,passthrough;", "its GIC is marked for another domain")])
@pytest.mark.parametrize("ram", [RAM, ""], ids=["ram", "no-ram"])
def test_an_interrupt_controller_that_xen_does_not_drive(tool, bare_tree, gic, more, why, ram):
    assert verdict(tool, bare_tree(board(gic=gic, more=more, ram=ram))) == why


def test_the_controller_that_is_named_is_the_last_one(tool, bare_tree):
    """As on a Raspberry Pi 3: the root's goes to another one."""
    tree = board(gic="test,first", more="interrupt-parent = <&top>;", timer=TIMER + """
        top: controller@20000000 { compatible = "test,top"; interrupt-controller; #interrupt-cells = <1>; };""")
    assert verdict(tool, bare_tree(tree)).endswith("test,top")


def test_a_name_that_xen_knows_behind_one_that_it_does_not(tool, bare_tree):
    tool("plan", bare_tree(board(gic='test,gic", "arm,cortex-a15-gic')))


V3 = "its GIC is a GICv3, and 32-bit Xen is built without a driver for it"


def test_a_gic_v3_and_a_xen_of_32_bits(tool, bare_tree):
    """By the cores; 4.17 cannot have the driver, later ones may be built with it."""
    tree = bare_tree(board(gic="arm,gic-v3"))
    assert verdict(tool, tree) == V3
    for release, features, starts in (("4.17", "none", False), ("4.17", "gicv3", False), ("4.18", "none", False),
                                      ("4.18", "gicv3", True), ("4.22", "gicv3", True)):
        options = ("--xen-version", release, "--xen-features", features)
        done = tool("plan", *options, tree, code=0 if starts else 2)
        assert starts or "/interrupt-controller@10000000: Xen cannot run on this board: " + V3 in done.err
        assert starts or ("set xen-features gicv3" in done.err) == (release != "4.17")
        assert starts or "gic-version=2" in done.err and "a 64-bit Xen" in done.err
        said, = json.loads(tool("forecast", "--json", *options, tree, code=None).out)["forecasts"]
        stop = said["stop"]
        assert starts or (stop["id"], stop["node"], stop["silent"]) == ("gic", "/interrupt-controller@10000000", True)
        assert not starts or not stop or stop["id"] != "gic"
        assert (V3 in tool("check", *options, tree, code=None).out) != starts


@pytest.mark.parametrize("core, gic, bits, starts", [
    ("arm,cortex-a53", "arm,gic-v3", 64, True), ("arm,cortex-a53", "arm,gic-v3", 32, False),
    ("arm,cortex-a53", "arm,gic-400", 32, True), ("arm,cortex-a7", "arm,cortex-a7-gic", 32, True)])
def test_the_xen_at_hand_says_its_bits(tool, bare_tree, tmp_path, core, gic, bits, starts):
    """Of the same cores: the file of Xen decides."""
    tree = bare_tree(board((core,), gic=gic, timer=TIMER.replace("v7", "v8")))
    (tmp_path / "xen").write_bytes(images()[bits])
    for command in ("plan", "check", "forecast"):
        done = tool(command, "--xen", "xen", "--xen-version", "4.17", tree, code=None)
        assert (V3 in done.out + done.err) != starts


def images():
    """The heads of Xen's files: an arm64 Image and an arm32 zImage."""
    wide = struct.pack("<2I3Q", 0x14000010, 0, 0, 1 << 20, 0xa) + bytes(24) + b"ARM\x64" + bytes(4)
    narrow = bytes(0x24) + struct.pack("<4I", 0x016F2818, 0, 1 << 20, 0x04030201)
    return {64: wide.ljust(8192, b"\0"), 32: narrow.ljust(8192, b"\0")}


def test_no_timer(tool, bare_tree):
    assert verdict(tool, bare_tree(board(timer=""))) == "it has no timer that Xen knows"


def test_other_contracts_do_not_ask(tool, bare_tree):
    tool("plan", "--contract", "native", bare_tree(board(("arm,cortex-a9",))))


def test_a_release_is_named_where_xen_has_words(tool, bare_tree):
    tree = bare_tree(board(timer=TIMER.replace(", <1 10 8>", "")))
    assert 'Xen 4.17 cannot run on this board: the timer lacks an interrupt: "Timer:' in \
        tool("plan", tree, code=2).err


# ---- more CPUs than the GIC serves ------------------------------------------------------------

def many(line=None, count=9, core="arm,cortex-a7"):
    words = f'chosen {{ xen,xen-bootargs = "{line}"; }};' if line else ""
    return board((core,) * count, ram=RAM + words)


def test_more_cpus_than_a_gic_v2_serves(tool, bare_tree, read_tree):
    tree = bare_tree(many())
    said = json.loads(tool("plan", "--json", tree).out)
    assert [note["reason"] for note in said["notes"] if "dom0_max_vcpus=8" in note["what"]][0] == \
        "Xen starts 9, and a GICv2 supports no more than 8"
    assert "vcpus: dom0 has 9 CPUs" in tool("check", tree, code=1).out
    tool("apply", tree, "-o", "out.dtb")
    assert "dom0_max_vcpus=8" in read_tree(tree.parent / "out.dtb").string("/chosen", "xen,xen-bootargs")
    tool("check", "out.dtb")
    tool("apply", "out.dtb", "-o", "twice.dtb")
    assert (tree.parent / "twice.dtb").read_bytes() == (tree.parent / "out.dtb").read_bytes()


@pytest.mark.parametrize("line", ["dom0_max_vcpus=4", "maxcpus=8"])
def test_the_user_has_said_how_many(tool, bare_tree, line):
    assert "dom0_max_vcpus=8" not in tool("plan", bare_tree(many(line))).out


def test_the_user_wants_too_many(tool, bare_tree):
    error = tool("plan", bare_tree(many("dom0_max_vcpus=9")), code=2).err
    assert "dom0 has more CPUs than a GICv2 supports" in error
    assert "what to do: give Xen dom0_max_vcpus=8" in error and "cannot run on this board" not in error


def test_eight_are_not_too_many(tool, bare_tree):
    assert "dom0_max_vcpus" not in tool("plan", bare_tree(many(count=8))).out
