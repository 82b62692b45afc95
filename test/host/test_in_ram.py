# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Registers in what is said to be RAM: Xen maps them for dom0 over whatever it has there."""
import json

import pytest

from trees import MEMORY

MIB = 1 << 20
DEVICE = 'rproc@%x { compatible = "example,m4"; reg = <%s>; %s };'
RESERVED = "reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges; %s };"
BUS = ('soc { compatible = "simple-bus"; #address-cells = <1>; #size-cells = <1>; ranges = <0 0 0x88000000 0x10000000>;'
       ' rproc@0 { compatible = "example,m4"; reg = <0 0x100000>; }; };')


PCI = ('pcie@30000000 { %s device_type = "%s"; compatible = "test,pcie"; reg = <0 0x30000000 0 0x1000>;'
       ' #address-cells = <3>; #size-cells = <2>; ranges = <0x2000000 0 0x90000000 0 0x90000000 0 0x8000000>; };')


def device(base=0x88000000, size=MIB, more=""):
    return DEVICE % (base, f"0 {base:#x} 0 {size:#x}", more)


def plan_of(tool, tree, *options):
    return json.loads(tool("plan", "--json", *options, tree).out)


def base_of(plan):
    return int(plan["machine-block"][0]["base"], 0)


@pytest.mark.parametrize("body, base", [
    (device(), 0x8a000000), (BUS, 0x8a000000), (device(more='status = "disabled";'), 0x8a000000),
    ("chosen { #address-cells = <2>; #size-cells = <2>; ranges; %s };" % device(), 0x8a000000),
    ("chosen { #address-cells = <2>; #size-cells = <2>; %s };" % device(), 0x80000000),
    (PCI % ("", "pci"), 0x98000000), (PCI % ("", "isa"), 0x80000000), (PCI % ("xen,passthrough;", "pci"), 0x80000000),
    (device(0x9ffff800, 0x800), 0xa0000000), (device(0x9ffff000, 0x1001), 0xa2000000),
    (device(0xa0000000), 0x80000000), (device(0x88000000, more="xen,passthrough;"), 0x80000000),
    (RESERVED % ("a@a0000000 { reg = <0 0xa0000000 0 0x100000>; };" + device(0xa0100000)), 0x80000000),
], ids=["in it", "behind a bus", "disabled: Xen maps it all the same",
        "in /chosen, as a framebuffer", "there without ranges",
        "a PCI host's window", "of no PCI host", "of one that is not dom0's", "a part of a page", "and a byte of the next",
        "behind it", "not dom0's", "reserved"])
def test_dom0_keeps_off_them(tool, make_tree, body, base):
    tree = make_tree(MEMORY + body)
    assert base_of(plan_of(tool, tree)) == base
    tool("apply", tree, "-o", "out.dtb")
    tool("check", "out.dtb")


def test_xen_itself_is_no_device(tool, make_tree):
    """Where a /chosen with ranges puts its node among the CPU's addresses; the plan hides it from dom0."""
    xen = ("chosen { #address-cells = <2>; #size-cells = <2>; ranges; xen@88000000 {"
           ' compatible = "dtshim,hypervisor"; reg = <0 0x88000000 0 0x300000>; };'
           ' kernel@98000000 { compatible = "multiboot,kernel", "multiboot,module";'
           " reg = <0 0x98000000 0 0x1000000>; }; };")
    tree = make_tree(MEMORY + xen)
    assert base_of(plan_of(tool, tree)) == 0x80000000
    assert "its registers are in RAM" not in tool("plan", tree).out
    tool("apply", tree, "-o", "out.dtb")
    tool("check", "out.dtb")


def test_the_payload_keeps_off_them(tool, make_tree):
    """What stays where it was is not looked at: it is there already."""
    tree = make_tree(MEMORY + device(0xa0000000, 256 * MIB))
    plan = plan_of(tool, tree)
    assert base_of(plan) == 0x80000000
    for one in plan["modules"]:
        first = int(one["to"], 0)
        assert first >= 0xb0000000 or first + int(one["room"], 0) <= 0xa0000000


def test_what_is_said(tool, make_tree):
    said = tool("plan", make_tree(MEMORY + device() + device(0xf0000000))).flat
    assert "WARN   memory: /rproc@88000000: its registers are in RAM, like those of 1 more nodes" in said
    assert ("not at the native base 0x80000000: dom0's block 0x80000000-0x9fffffff contains registers of "
            "rproc@88000000, at 0x88000000: Xen would map them over dom0's memory") in said
    assert "its registers are in RAM (" in tool("plan", make_tree(MEMORY + device(0xf0000000))).flat
    error = tool("plan", "--dom0-base", "0x80000000", make_tree(MEMORY + device()), code=2).err
    assert "/rproc@88000000: reg: dom0's block" in error and "[base]" in error
    assert "this works: dom0-base 0x8a000000" in error


def test_in_reserved_memory(tool, make_tree):
    """As many a coprocessor has them: that is nobody's RAM."""
    tree = make_tree(MEMORY + RESERVED % "fw@90000000 { reg = <0 0x90000000 0 0x200000>; no-map; };"
                     + device(0x90100000))
    assert "its registers are in RAM" not in tool("plan", tree).out


def test_ram_that_was_told(tool, make_tree):
    """Then it is more likely that the one who told it was wrong."""
    tree = make_tree(device())
    said = tool("plan", "--ram", "0x80000000:2G", tree).out
    assert "its registers are in the RAM that was given" in said and said.count("its registers ") == 1
    assert base_of(plan_of(tool, tree, "--ram", "0x80000000:2G")) == 0x8a000000


def test_no_place_is_left(tool, make_tree):
    """The error names the node that is in the way of the native base."""
    tree = make_tree(MEMORY + "".join(device(0x80000000 + i * 64 * MIB, 4096) for i in range(32)))
    error = tool("plan", "--dom0-mem", "128M", tree, code=2).err
    assert "/rproc@80000000" in error and "contains registers of" in error


def test_a_domain_keeps_off_them(tool, make_tree):
    tree = make_tree(MEMORY + device())
    options = ["--layout", "offset", "--xen-features", "static-mem", "--dom0-mem", "512M"]
    first = base_of(plan_of(tool, tree, *options))
    assert first >= 0x88100000
    error = tool("plan", *options, "--machine-base", "0x80000000", tree, code=2).err
    assert "/rproc@88000000: reg: dom0's block" in error


# ---- a tree as it stands ---------------------------------------------------------------------------

PAYLOAD = """chosen { #address-cells = <2>; #size-cells = <2>;
    hypervisor@c0000000 { compatible = "dtshim,hypervisor"; reg = <0 0xc0000000 0 0x200000>; };
    module@e0000000 { compatible = "multiboot,kernel", "multiboot,module"; reg = <0 0xe0000000 0 0x1000000>; }; };"""


def test_check_knows_where_xen_puts_dom0(tool, make_tree):
    """Not where its kernel would be, at the start: Xen boots, and dom0 loses the page."""
    named = make_tree(MEMORY + PAYLOAD, flags=["-p", "16384"])
    said, = json.loads(tool("forecast", "--json", "--xen-version", "4.17", named).out)["forecasts"]
    dom0 = int(said["dom0"]["banks"][0]["base"], 0)
    for at, found in ((dom0 + 0x9000000, True), (dom0 + 0x20000000, False)):
        tree = make_tree(MEMORY + PAYLOAD + device(at, 4096), flags=["-p", "16384"])
        done = tool("check", "--xen-version", "4.17", tree, code=None)
        assert (f"reg-in-dom0: /rproc@{at:x}: its registers at {at:#x} are in dom0's {dom0:#x}" in done.out) == found
        assert done.returncode == found
        assert "boots" in tool("forecast", "--json", "--xen-version", "4.17", tree).out


def test_check_does_not_guess(tool, make_tree):
    """Without a payload dom0 may be anywhere."""
    tree = make_tree(MEMORY + "".join(device(0x80000000 + (i << 26), 4096) for i in range(32)), flags=["-p", "16384"])
    assert "reg-in-dom0" not in tool("check", tree, code=None).out
