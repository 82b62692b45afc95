# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Sizes that nobody says follow the board: dom0's memory, and what the payload is taken to need."""
import json
import re

import pytest

MIB = 1 << 20
BOARD = """/dts-v1/; / { #address-cells = <2>; #size-cells = <2>; interrupt-parent = <&gic>;
    compatible = "%s"; memory@40000000 { device_type = "memory"; reg = <0 0x40000000 0 %s>; };
    cpus { #address-cells = <1>; #size-cells = <0>;
        cpu@0 { device_type = "cpu"; compatible = "%s"; reg = <0>; }; };
    gic: interrupt-controller@2f000000 { compatible = "arm,gic-400"; interrupt-controller; #interrupt-cells = <3>;
        reg = <0 0x2f000000 0 0x1000>, <0 0x2f010000 0 0x2000>, <0 0x2f040000 0 0x2000>, <0 0x2f060000 0 0x2000>;
        interrupts = <1 9 4>; };
    timer { compatible = "arm,armv8-timer"; interrupts = <1 13 8>, <1 14 8>, <1 11 8>, <1 10 8>; };
    pmu { compatible = "arm,armv8-pmuv3"; bulk = <%s>; }; %s };"""
NAMED = """chosen { #address-cells = <2>; #size-cells = <2>;
    xen@41000000 { compatible = "dtshim,hypervisor"; reg = <0 0x41000000 0 0x200000>; };
    kernel@42000000 { compatible = "multiboot,kernel", "multiboot,module"; reg = <0 0x42000000 0 0x800000>; };
    %s };"""


def board(mib, core="arm,cortex-a53", root="test,board", more=""):
    return BOARD % (root, hex(mib * MIB), core, "0 " * 1024, more)


def planned(tool, tree, *options):
    return json.loads(tool("plan", "--json", *options, tree).out)


def dom0_of(said):
    return sum(int(bank["size"], 16) for bank in said["dom0-memory"]) // MIB


@pytest.mark.parametrize("core", ["arm,cortex-a53", "arm,cortex-a7"])
@pytest.mark.parametrize("ram, dom0", [(256, 128), (384, 128), (511, 128), (512, 256), (948, 256), (1023, 256),
                                       (1024, 512), (3072, 512)])
def test_dom0_by_ram(tool, bare_tree, ram, dom0, core):
    tree = bare_tree(board(ram, core))
    said = planned(tool, tree)
    assert dom0_of(said) == dom0 and said["layout"] == "direct"
    reasons = [note["reason"] for note in said["notes"] if note["what"].startswith("dom0 gets")]
    assert ("half of it" in reasons[0]) == (dom0 < 512)
    native = planned(tool, tree, "--contract", "native")
    assert dom0_of(native) == dom0
    assert dom0_of(planned(tool, tree, "--dom0-mem", "64M")) == 64


@pytest.mark.parametrize("told, dom0", [("dom0_mem=64M", 64), ("console=dtuart", 128)])
def test_what_is_said_counts(tool, bare_tree, told, dom0):
    tree = bare_tree(board(256, more=f'chosen {{ xen,xen-bootargs = "{told}"; }};'))
    assert dom0_of(planned(tool, tree)) == dom0


@pytest.mark.parametrize("core, ram, sizes", [
    ("arm,cortex-a53", 256, (2, 40, 40)), ("arm,cortex-a7", 256, (2, 16, 32)), ("arm,cortex-a53", 512, (2, 64, 64)),
    ("arm,cortex-a7", 512, (2, 64, 64))])
def test_the_payload_by_ram(tool, bare_tree, core, ram, sizes):
    """And what check, later, takes for granted fits where the plan had it."""
    tree = bare_tree(board(ram, core))
    words = f"assumed sizes of {sizes[0]}, {sizes[1]} and {sizes[2]} MiB"
    assert [note for note in planned(tool, tree)["notes"] if words in note["reason"]]
    tool("apply", tree, "-o", "out.dtb")
    assert tool("check", "out.dtb").out == ""
    assert f"starts dom0 with {ram // 2} MiB" in tool("forecast", "out.dtb").out


# ---- boards that are too small --------------------------------------------------------------

@pytest.mark.parametrize("ram", [64, 128, 255])
def test_a_small_board_has_words_of_its_own(tool, bare_tree, ram):
    error = tool("plan", bare_tree(board(ram)), code=2).err
    assert f"/memory@40000000: reg: gives {ram} MiB of RAM: too little for Xen" in error and "[dom0-size]" in error
    assert "if the board has more, state it (option: --ram SIZE)" in error


def test_a_small_board_that_has_more(tool, bare_tree):
    assert dom0_of(planned(tool, bare_tree(board(128)), "--ram", "0x40000000:1G")) == 512


def test_a_small_board_with_a_small_payload(tool, bare_tree):
    tree = bare_tree(board(160, more=NAMED % ""))
    assert dom0_of(planned(tool, tree)) == 64


# ---- placeholders ----------------------------------------------------------------------------

SOMS = ["dh,imx8mp-dhcom-som", "phytec,imx6ul-pcl063", "phytec,imx6ull-pcl063", "phytec,rk3288-phycore-som"]


@pytest.mark.parametrize("root", SOMS)
def test_a_placeholder_is_no_ram(tool, bare_tree, root):
    tree = bare_tree(board(128, root=root))
    error = tool("plan", tree, code=2).err
    assert "reg: gives 128 MiB, a placeholder for what the board has [no-ram]" in error
    assert re.search(r"--ram 2G", error)
    assert dom0_of(planned(tool, tree, "--ram", "2G")) == 512


@pytest.mark.parametrize("ram, root", [(129, SOMS[0]), (512, SOMS[0]), (128, "test,board")])
def test_other_ram_is_none(tool, bare_tree, ram, root):
    assert "[no-ram]" not in tool("plan", bare_tree(board(ram, root=root)), code=None).err
