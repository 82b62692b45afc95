# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""RAM that the user gives over devices: refused where Xen itself needs one of them, else counted."""
import json

import pytest

from places import GUESTS
from trees import MEMORY

TREES = GUESTS.parent / "trees/6.12/arm64"
GIC = """interrupt-parent = <&gic>; gic: interrupt-controller@fe600000 { compatible = "arm,gic-v3";
    interrupt-controller; #interrupt-cells = <3>; interrupts = <1 9 4>; %s
    reg = <0 0xfe600000 0 0x10000>, <0 0xfe680000 0 0x100000>; };
    timer { compatible = "arm,armv8-timer"; interrupts = <1 13 8>, <1 14 8>, <1 11 8>, <1 10 8>; };"""
UART = """serial@%x { compatible = "ns16550a"; reg = <0 0x%x 0 0x100>; interrupts = <0 9 4>; };
    chosen { stdout-path = "/serial@%x:115200n8"; };"""
FRAMES = 'timer@%x { compatible = "arm,armv7-timer-mem"; reg = <0 0x%x 0 0x1000>; };'
OTHERS = "".join(f'dev@{at:x} {{ compatible = "test,dev"; reg = <0 {at:#x} 0 0x1000>; {more} }};' for at, more in (
    (0xf8000000, ""), (0xf8100000, ""), (0xf0000000, 'status = "disabled";')))
SERIAL = UART % ((0xfeb50000,) * 3)
GIVEN = ("--ram", "0x80000000:4G")
REMEDY = "end it below 0xf0000000 (0x80000000:1792M), or give the banks that the board has"


@pytest.mark.parametrize("body, node, at, more", [
    (GIC % "" + SERIAL + OTHERS, "interrupt-controller@fe600000", 0xfe600000, 3),
    (SERIAL + OTHERS, "serial@feb50000", 0xfeb50000, 2),
    (FRAMES % (0xfd000000, 0xfd000000) + OTHERS, "timer@fd000000", 0xfd000000, 2),
], ids=["interrupt controller", "console", "timer frames"])
@pytest.mark.parametrize("command", ["plan", "apply", "check", "forecast"])
def test_refused(tool, make_tree, command, body, node, at, more):
    tree = make_tree(body)
    options = ("-o", "out.dtb") if command == "apply" else ()
    error = " ".join(tool(command, *GIVEN, tree, *options, code=2).err.split())
    assert (f"policy: ram: contains the registers of /{node}, at {at:#x}, and of {more} more nodes "
            "[policy]") in error
    assert REMEDY in error
    assert not (tree.parent / "out.dtb").exists()


def test_the_remedy_works(tool, make_tree):
    tree = make_tree(GIC % "" + SERIAL + OTHERS)
    plan = json.loads(tool("plan", "--json", "--ram", "0x80000000:1792M", tree).out)
    assert [(one["base"], one["size"]) for one in plan["ram"]] == [("0x80000000", "0x70000000")]


def test_the_policy_of_the_tree(tool, make_tree):
    for ram in "<0 0x80000000 1 0>", "<0 0x80000000 0 0x10000000 0 0xf8000000 0 0x8000000>":
        tree = make_tree(SERIAL.replace('200n8";', '200n8"; dtshim { ram = %s; };' % ram) + OTHERS)
        assert "contains the registers of /serial@feb50000" in tool("plan", tree, code=2).err


@pytest.mark.parametrize("body", [
    UART % ((0x70000000,) * 3), GIC.replace("fe6", "076") % "",
    SERIAL.replace("interrupts", 'status = "disabled"; interrupts'),
    SERIAL + "reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges;"
             " io@fe000000 { reg = <0 0xfe000000 0 0x2000000>; no-map; }; };",
], ids=["below", "another below", "disabled", "in a no-map region"])
def test_taken(tool, make_tree, body):
    tool("plan", *GIVEN, make_tree(body))


def test_explain_says_so(tool, make_tree):
    """What it knows of the log it shows all the same."""
    tree = make_tree(SERIAL)
    (tree.parent / "boot.log").write_text("Starting kernel ...\n\n(XEN) Xen version 4.17.4\n")
    assert "contains the registers of /serial@feb50000" in tool("explain", *GIVEN, "boot.log", tree, code=1).flat


def test_a_memory_node_may_say_so(tool, make_tree):
    """As the Raspberry Pi 3's: existing warnings are for that."""
    tree = make_tree(MEMORY + SERIAL.replace("feb50000", "9eb50000"))
    assert "its registers are in RAM" in tool("plan", tree).out


def test_others_are_counted(tool, make_tree):
    said = tool("plan", *GIVEN, make_tree(OTHERS)).flat
    assert ("/dev@f8000000: its registers are in the RAM that was given, like those of 1 more nodes" in said)
    one = OTHERS[:OTHERS.index("};") + 2]
    assert "in the RAM that was given (" in tool("plan", *GIVEN, make_tree(one)).flat


@pytest.mark.parametrize("board, ram, node, works", [
    ("rockchip/rk3588-rock-5b", "0x200000:4G", "/interrupt-controller@fe600000", "0x200000:3838M"),
    ("xilinx/zynqmp-zcu102-rev1.0", "0x0:4G", "/axi/interrupt-controller@f9010000", None)])
def test_real_boards(tool, board, ram, node, works):
    tree = TREES / f"{board}.dtb"
    if not tree.exists():
        pytest.skip("the board trees were not fetched")
    for command in "plan", "check", "forecast":
        error = tool(command, "--ram", ram, tree, code=2).err
        assert f"contains the registers of {node}, at " in error
        assert not works or works in error
    if works:
        tool("plan", "--ram", works, tree)


@pytest.mark.parametrize("first, at", [(0x0, 0x800), (0x1800, 0x2000)])
def test_the_first_window_of_a_bus_counts(tool, make_tree, first, at):
    """Also for a device whose neighbours go by one that has its address, too."""
    bus = GIC.replace("fe6", "076") % "" + """bus { compatible = "simple-bus"; #address-cells = <1>; #size-cells = <1>;
        ranges = <%#x 0 0x10000000 0x400>, <0x0 0 0xf0000000 0x100000>;
        dev@1000 { compatible = "test,dev"; reg = <0x1000 0x100>; };
        timer@%x { compatible = "arm,armv7-timer-mem"; reg = <%#x 0x100>; }; };"""
    error = tool("plan", *GIVEN, make_tree(bus % (first, at, at)), code=2).err
    assert f"timer@{at:x}, at {0xf0000000 + at:#x}" in " ".join(error.split())
    at = first + 0x100
    assert "timer" not in tool("plan", *GIVEN, make_tree(bus % (first, at, at))).out
