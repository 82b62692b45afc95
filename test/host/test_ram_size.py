# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""RAM of which only the size is told: the memory node has the base, and the tree what is in the way."""
import json
import re
import sys

import pytest

from places import GUESTS, ROOT

GIB = 1 << 30
EMPTY = 'memory@%s { device_type = "memory"; reg = <%s>; };'


def ram_of(tool, tree, *options):
    plan = json.loads(tool("plan", "--json", *options, tree).out)
    return [(int(one["base"], 16), int(one["size"], 16)) for one in plan["ram"]]


def refusal(tool, tree, *options):
    error = tool("plan", *options, tree, code=2).err
    assert "[policy]" in error and "ram: " in error
    return error


# ---- the base ---------------------------------------------------------------------------------

@pytest.mark.parametrize("memory, base", [
    (EMPTY % ("80000000", "0 0x80000000 0 0"), 0x80000000),
    (EMPTY % ("40000000", "0 0 0 0"), 0x40000000),          # a placeholder; the name knows
    (EMPTY % ("8,80000000", "8 0x80000000 0 0"), 0x880000000),
    ('memory { device_type = "memory"; reg = <0 0x60000000 0 0>; };', 0x60000000),
    ('memory@c0000000 { device_type = "memory"; };', 0xc0000000),
    (EMPTY % ("40000000", "0 0x40000000 0 0x8000000"), 0x40000000), # what is told is more
    (EMPTY % ("40000000", "0 0x40000000 0 0x8000000 0 0x48000000 0 0x8000000"), 0x40000000),
    (EMPTY % ("40000000", "0 0x40000000 0 0x8000000 0 0x44000000 0 0"), 0x40000000),
], ids=range(8))
def test_it_is_the_memory_nodes(tool, make_tree, memory, base):
    assert ram_of(tool, make_tree(memory), "--ram", "2G") == [(base, 2 * GIB)]


def test_it_may_be_zero(tool, make_tree):
    assert ram_of(tool, make_tree(EMPTY % (0, "0 0 0 0")), "--ram", "512M", "--dom0-mem",
                  "128M") == [(0, 512 << 20)]


@pytest.mark.parametrize("memory, words", [
    ("", "the tree has no memory node to name one"),
    ('memory { device_type = "memory"; reg = <0 0 0 0>; };', "the memory node names none"),
    ('memory@x { device_type = "memory"; reg = <0 0 0 0>; };', "the memory node names none"),
    (EMPTY % (0, "0 0 0 0x80000000 8 0 0 0x80000000"), "0x0 as well as 0x800000000"),
    (EMPTY % ("80000000", "0 0x80000000 0 0") + EMPTY % ("c0000000", "0 0xc0000000 0 0"),
     "0x80000000 as well as 0xc0000000"),
    (EMPTY % ("80000000", "0 0x80000000 0 0 0 0x40000000 0 0"), "0x80000000 as well as 0x40000000"),
], ids=range(6))
def test_there_is_none_or_more_than_one(tool, make_tree, memory, words):
    error = refusal(tool, make_tree(memory), "--ram", "2G")
    assert "is a size without a base" in error and words in error
    assert "give base and size of each bank" in error and "boards with" not in error


@pytest.mark.parametrize("soc, words", [
    ("rockchip,rk3399", "RAM at 0x200000 (U-Boot"), ("qcom,sdm845", "RAM at 0x80000000 ("),
    ("samsung,exynos5", "RAM at 0x40000000 ("), ("test,soc", "")])
def test_what_is_known_of_the_soc(tool, make_tree, soc, words):
    """With a size and without one."""
    tree = make_tree("", header=f"""/dts-v1/; / {{ #address-cells = <2>; #size-cells = <2>;
        compatible = "test,board", "{soc}";""")
    for error in refusal(tool, tree, "--ram", "2G"), tool("plan", tree, code=2).err:
        assert f"boards with {soc} have {words}" in error if words else "boards with" not in error


def test_words_of_a_refusal_name_both_ways(tool, make_tree):
    error = tool("plan", make_tree(EMPTY % ("80000000", "0 0x80000000 0 0")), code=2).err
    assert "[no-ram]" in error and "--ram 2G" in error and "--live" in error
    error = tool("plan", make_tree(""), code=2).err
    assert "--ram 0x80000000:2G" in error and "--ram 2G" not in error


# ---- what is in the way -------------------------------------------------------------------------

MEMORY = EMPTY % ("40000000", "0 0x40000000 0 0")
DEVICE = 'dev@f8000000 { compatible = "test,dev"; reg = <0 0xf8000000 0 0x1000>; %s };'
PCIE = """pcie@10000000 { device_type = "pci"; compatible = "test,pcie"; reg = <0 0x10000000 0 0x1000>;
    #address-cells = <3>; #size-cells = <2>; ranges = <0x2000000 0 0x10000000 %s 0 0x10000000>; };"""
GIC = """interrupt-parent = <&gic>; gic: interrupt-controller@ff000000 { compatible = "arm,gic-v3";
    interrupt-controller; #interrupt-cells = <3>; interrupts = <1 9 4>;
    reg = <0 0xff000000 0 0x10000>, <0 0xff100000 0 0x20000>; };
    timer { compatible = "arm,armv8-timer"; interrupts = <1 13 8>, <1 14 8>, <1 11 8>, <1 10 8>; };"""
SOC = """soc { compatible = "simple-bus"; #address-cells = <1>; #size-cells = <1>; ranges = <%s>;
    dev@%s { compatible = "test,dev"; reg = <0x%s 0x1000>; }; };"""


@pytest.mark.parametrize("body, node, end", [
    (DEVICE % "", "/dev@f8000000", 0xf8000000),
    (DEVICE % 'status = "disabled";', "/dev@f8000000", 0xf8000000),
    (PCIE % "0 0xe0000800", "/pcie@10000000", 0xe0000000),
    (SOC % ("0 0 0xfc000000 0x1000000", "1000", "1000"), "/soc", 0xfc000000),
    # A window of everything is none; what is in it counts.
    (SOC % ("0 0 0 0xffffffff", "f9000000", "f9000000"), "/soc/dev@f9000000", 0xf9000000),
    (DEVICE % "" + PCIE % "0 0xe0000000", "/pcie@10000000", 0xe0000000),
], ids=range(6))
def test_ram_ends_there(tool, make_tree, body, node, end):
    tree = make_tree(MEMORY + body)
    assert ram_of(tool, tree, "--ram", "4G") == [(0x40000000, end - 0x40000000)]
    said = tool("plan", "--ram", "4G", tree).flat
    assert f"{node}: RAM is cut at 0x{end:x}: " in said and "of the 4 GiB that was given" in said
    assert "only firmware knows" in said
    assert "is cut" not in tool("plan", "--ram", "1G", tree).flat


@pytest.mark.parametrize("body", [
    'reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges; a@50000000 { reg = <0 0x50000000 0 0x1000>; }; };',
    'chosen { #address-cells = <2>; #size-cells = <2>; framebuffer@50000000 { compatible = "simple-framebuffer"; '
    'reg = <0 0x50000000 0 0x1000>; }; };',
    'hypervisor { compatible = "xen,xen-4.17", "xen,xen"; reg = <0 0x50000000 0 0x1000>; };',
])
def test_what_lies_in_ram_is_no_obstacle(tool, make_tree, body):
    assert ram_of(tool, make_tree(MEMORY + body), "--ram", "2G") == [(0x40000000, 2 * GIB)]


def test_a_base_that_is_taken(tool, make_tree):
    tree = make_tree(EMPTY % ("f8000000", "0 0xf8000000 0 0") + DEVICE % "")
    assert "at 0xf8000000, which the memory node names, the tree has /dev@f8000000" in \
        refusal(tool, tree, "--ram", "2G")


def test_what_firmware_keeps(tool, make_tree):
    """A Pi 4's VideoCore; the device behind cuts, too."""
    tree = make_tree(GIC + EMPTY % (0, "0 0 0 0") + DEVICE % "", header="""/dts-v1/; /
        { #address-cells = <2>; #size-cells = <2>; compatible = "test,board", "brcm,bcm2711";""")
    assert ram_of(tool, tree, "--ram", "4G") == [(0, 0x3b400000), (GIB, 0xf8000000 - GIB)]
    assert "gpu_mem" in tool("plan", "--ram", "4G", tree).out
    assert ram_of(tool, tree, "--ram", "948M") == [(0, 0x3b400000)]


@pytest.mark.parametrize("size", ["4G", "2G", "948M"])
def test_what_was_written_with_a_hole_is_recognised(tool, make_tree, size):
    """Its second bank follows VideoCore's memory: it is no second base."""
    tree = make_tree(GIC + EMPTY % (0, "0 0 0 0") + DEVICE % "", header="""/dts-v1/; /
        { #address-cells = <2>; #size-cells = <2>; compatible = "test,board", "brcm,bcm2711";""")
    tool("apply", "--dom0-mem", "128M", "--ram", size, tree, "-o", "once.dtb")
    assert "size without a base" not in tool("check", "once.dtb", code=None).err
    tool("apply", "--dom0-mem", "128M", "--ram", size, "once.dtb", "-o", "twice.dtb")
    tool("diff", "once.dtb", "twice.dtb")


# ---- the policy -------------------------------------------------------------------------------------

@pytest.mark.parametrize("options", [
    ["--ram", "2G", "--ram", "0x80000000:1G"], ["--ram", "0x80000000:1G", "--ram", "2G"],
    ["--ram", "2G", "--ram", "2G"], ["--ram", "2G 2G"], ["--ram", "1000"], ["--ram", "0"],
    ["--ram", ""], ["--machine-blocks", "2G"]], ids=str)
def test_a_size_stands_alone(tool, make_tree, options):
    assert "[policy]" in tool("plan", *options, make_tree(MEMORY), code=2).err


@pytest.mark.parametrize("contract", ["xen", "native"])
def test_from_the_tree(tool, make_tree, read_tree, contract):
    """The property has two cells then; the output is recognised with either."""
    plain = make_tree(MEMORY + DEVICE % "", name="plain.dtb")
    own = make_tree(MEMORY + DEVICE % "" + "chosen { dtshim { ram = <1 0>; }; };", name="own.dtb")
    options = ("--contract", contract)
    tool("apply", *options, "--ram", "4G", plain, "-o", "a.dtb")
    tool("apply", *options, own, "-o", "b.dtb")
    assert "/chosen/dtshim" not in tool("diff", "a.dtb", "b.dtb", code=None).out
    assert ram_of(tool, own, *options) == [(0x40000000, 0xb8000000)]
    assert read_tree(plain.parent / "a.dtb").u64s("/chosen/dtshim", "ram") == [4 * GIB]
    tool("apply", *options, "--ram", "4G", "a.dtb", "-o", "again.dtb")
    tool("diff", "a.dtb", "again.dtb")
    tool("plan", *options, "--ram", "2G", "a.dtb", code=2)
    if contract == "xen":
        tool("check", "a.dtb", code=None)


@pytest.mark.parametrize("value", ["<0 0>", "<0 0x1000 0>", "<0 0x800>"])
def test_a_property_of_another_shape(tool, make_tree, value):
    assert "[policy]" in tool("plan", make_tree(MEMORY + "chosen { dtshim { ram = %s; }; };" % value),
                              code=2).err


def test_forecast_takes_it_too(tool, make_tree):
    done = tool("forecast", "--json", "--ram", "2G", make_tree(MEMORY), code=None)
    one = json.loads(done.out)["forecasts"][0]
    assert [(bank["base"], bank["size"]) for bank in one["ram"]] == [("0x40000000", "0x80000000")]


# ---- the table ----------------------------------------------------------------------------------------

@pytest.mark.slow
def test_the_table_has_what_the_trees_say():
    """Debian 12's trees are some of those that it was made from."""
    trees = GUESTS.parent / "dtbs"
    if not (trees / "complete").exists():
        pytest.skip("the board trees were not fetched")
    sys.path.insert(0, str(ROOT / "scripts"))
    import ram_bases
    rows = {soc: words for words, socs in re.findall(r'^    "(.*?)\\0"((?:\s+".+?\\0")+)', ram_bases.TABLE.read_text(), re.M)
            for soc in re.findall(r'"(.+?)\\0"', socs)}
    found = ram_bases.gather([trees])
    assert len(found) > 80
    for soc, bases in found.items():
        assert all(f"0x{base:x} (" in rows[soc] for base in bases), rows[soc]
