# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Rows of iommu-map and msi-map are as long as their target says: they are never cut apart."""
import json

import pytest

from trees import MEMORY

# Xen has a driver for the first two, none for the third; the last is for grants and stays.
IOMMUS = """
    two: iommu@1000 { compatible = "arm,mmu-500"; reg = <0 0x1000 0 0x1000>; #iommu-cells = <2>; phandle = <1>;
                      #global-interrupts = <1>; interrupts = <0 200 4>, <0 201 4>; };
    one: iommu@2000 { compatible = "arm,mmu-500"; reg = <0 0x2000 0 0x1000>; #iommu-cells = <1>; phandle = <2>;
                      #global-interrupts = <1>; interrupts = <0 202 4>, <0 203 4>; };
    none: iommu@3000 { compatible = "rockchip,iommu"; reg = <0 0x3000 0 0x1000>; #iommu-cells = <0>; phandle = <3>; };
    grants: grants { compatible = "xen,grant-dma"; #iommu-cells = <1>; phandle = <4>; };
"""
HOST = ('pcie@9000 {{ compatible = "pci-host-ecam-generic"; device_type = "pci"; reg = <0 0x9000 0 0x1000>;'
        ' #address-cells = <3>; #size-cells = <2>; ranges; {0} }};')
UNDRIVEN = ("#global-interrupts", "global-interrupts")  # Xen stops where it drives one, and one is for grants

TWO = "0 1 0x10 0 1  0x100 1 0x11 0 1"

# What is left of a map; None: it goes, and its mask with it.
LEFT = {
    TWO: None,
    TWO + "  0x200 1 0x12 0 1  0x300 1 0x13 0 1": None,  # as long as five rows of four cells
    "0 2 0x10 1  0x100 1 0x11 0 1": None,
    "0 1 0x10 0 1  0x100 4 7 1  0x200 2 0x12 1": "0x100 4 7 1",
    "0 4 7 1  0x100 1 0x11 0 1": "0 4 7 1",
    "0 3 1  0x100 3 1": None,                            # nothing is asked for
    "0 3 1  0x100 4 7 1  0x200 3 1": "0x100 4 7 1",
    # Of four cells, written for kernels before 7: where Linux 7 still takes them,
    "0 1 0x10 1  0x100 1 0x11 1": None,
    "0 1 0x10 1  0x100 1 0x11 1  0x200 1 0x12 1  0x300 1 0x13 1  0x400 1 0x14 1": None,
    "0 1 0x10 1": None,
    # and where it does not.
    "0 1 0 0x10000": None,
    "0 3 0 0x8000  0x8000 4 0 0x8000": "0x8000 4 0 0x8000",
    # No kernel reads these to the end.
    "0 99 1 2 1  0x100 1 0x11 0 1": "0 99 1 2 1  0x100 1 0x11 0 1",
    "0 1 0x10 0 1  0x100": "0 1 0x10 0 1  0x100",
    TWO + "  0x200 99 0x12 0 1": TWO + "  0x200 99 0x12 0 1",
}


def numbers(cells):
    return None if cells is None else [int(cell, 0) for cell in cells.split()]


def cells_of(tree, name):
    return None if tree.prop("/pcie@9000", name) is None else tree.cells("/pcie@9000", name)


@pytest.mark.parametrize("cells", LEFT)
def test_whole_rows_go(tool, make_tree, read_tree, cells):
    """Xen before 4.19 leaves the map of an IOMMU that it hides: its rows go, the others stay."""
    tree = make_tree(MEMORY + IOMMUS.replace(*UNDRIVEN) +
                     HOST.format(f"iommu-map = <{cells}>; iommu-map-mask = <0xffff>;"))
    tool("apply", tree, "-o", "out.dtb")
    out = read_tree(tree.parent / "out.dtb")
    assert cells_of(out, "iommu-map") == numbers(LEFT[cells])
    assert cells_of(out, "iommu-map-mask") == (None if LEFT[cells] is None else [0xffff])
    said = tool("check", "out.dtb", code=None).out
    assert "iommu-map-left" not in said and "iommu-shown" not in said


@pytest.mark.parametrize("cells", [cells for cells in LEFT if "0 3 " not in cells])
def test_check_names_the_ones_that_are_left(tool, make_tree, cells):
    tree = make_tree(MEMORY + IOMMUS.replace(*UNDRIVEN) + HOST.format(f"iommu-map = <{cells}>;"))
    said = tool("check", tree, code=None).out
    assert ("its iommu-map names an IOMMU that Xen will hide" in said) == (LEFT[cells] != cells)


@pytest.mark.parametrize("cells", [TWO, TWO + "  0x200 1 0x12 0 1  0x300 1 0x13 0 1",
                                   "0 1 0x10 1  0x100 1 0x11 1", "0 1 0x10 0 1  0x100"])
@pytest.mark.parametrize("options", [[], ["--xen-version", "4.22"]], ids=str)
def test_what_is_behind_one_is_blocked(tool, make_tree, cells, options):
    """However long the rows: the IOMMU is driven, and nobody tells it the streams."""
    tree = make_tree(MEMORY + IOMMUS + HOST.format(f"iommu-map = <{cells}>;"))
    plan = json.loads(tool("plan", "--json", *options, tree).out)
    assert plan["blocked"] == ["/pcie@9000"]


@pytest.mark.parametrize("properties, reason", [
    ("iommu-map = <0 2 0 0x10000>;", None),
    ("iommu-map = <0 2 0 0x100 0x100 2 0 0xff00>;", None),
    (f"iommu-map = <{TWO}>;", "leaves requester IDs without an IOMMU that is driven"),
    (f"iommu-map = <{TWO}>; iommu-map-mask = <0x100>;", "names an IOMMU whose #iommu-cells is not 1"),
    ("iommu-map = <0 1 0 1>; iommu-map-mask = <0>;", "names an IOMMU whose #iommu-cells is not 1"),
    ("iommu-map = <0 1 7 0 1 0x100 2 0 1>; iommu-map-mask = <0x100>;", "names an IOMMU whose #iommu-cells is not 1"),
    ("iommu-map = <0 2 0 1 0x100 3 1>; iommu-map-mask = <0x100>;", "leaves requester IDs without an IOMMU that is driven"),
    ("iommu-map = <0 2 0 0x10000 7>;", "is not a whole number of rows"),
    ("iommu-map = <0 2 0 0x10000 0 99 0 0x10000>;", "is not a whole number of rows"),
    ("iommu-map = [00 00 00 00 00 00 00 02 00 00 00 00 00 01 00 00 00];", "is not a whole number of rows"),
    ("iommu-map;", "has no row"),
])
def test_native_tags_none_in_doubt(tool, make_tree, read_tree, properties, reason):
    """A hypervisor may read four cells a row whatever the IOMMU asks for."""
    tree = make_tree(MEMORY + IOMMUS + HOST.format(properties))
    tool("apply", "--contract", "native", tree, "-o", "out.dtb")
    safe = read_tree(tree.parent / "out.dtb").prop("/pcie@9000", "xen-dma-safe") == b""
    assert safe == (reason is None)
    assert reason is None or reason in tool("plan", "--contract", "native", "-v", tree).flat


@pytest.mark.parametrize("cells", [TWO, TWO + "  0x200 1 0x12 0 1  0x300 1 0x13 0 1"])
def test_xen_reads_four_cells_a_row(tool, make_tree, read_tree, cells):
    """dt_map_id() of 4.21 and 4.22: what it makes of longer rows protects nothing."""
    tree = make_tree(MEMORY + IOMMUS + HOST.format(f"iommu-map = <{cells}>; iommu-map-mask = <0x300>;") +
                     'chosen { xen,xen-bootargs = "pci-passthrough=on"; };')
    tool("apply", "--xen-version", "4.22", tree, "-o", "out.dtb")
    out = read_tree(tree.parent / "out.dtb")
    assert out.prop("/pcie@9000", "xen-dma-safe") is None
    assert cells_of(out, "iommu-map") == numbers(cells)


# ---- diff --------------------------------------------------------------------------------

SIDES = """
    p: p { phandle = <%d>; #iommu-cells = <2>; #msi-cells = <0>; };
    q: q { phandle = <%d>; #iommu-cells = <1>; };
    user { %s };
"""


def compare(tool, bare_tree, a, b):
    return tool("diff", bare_tree(SIDES % a, "a.dtb"), bare_tree(SIDES % b, "b.dtb"),
                code=None).out.splitlines()


@pytest.mark.parametrize("map", [
    "iommu-map = <0 &p 1 2 1>, <0x100 &q 2 1>, <0x200 &p 2 1 1>", "iommu-map = <0 &p 1 1>, <0x100 &p 2 1>",
    "msi-map = <0 &p 1>, <1 &q 2 1>, <2 &p 1>"])
def test_diff_follows_rows_of_any_length(tool, bare_tree, map):
    """p and q exchange 1 and 2, which stand in the rows as numbers, too."""
    assert compare(tool, bare_tree, (1, 2, map + ";"), (2, 1, map + ";")) == [
        "2 phandles are numbered differently; every reference was followed"]


@pytest.mark.parametrize("name, a, b", [
    ("iommu-map", "0 &p 1 2 1  0x100 &q 2 1", "0 &p 2 2 1  0x100 &q 2 1"),
    ("iommu-map", "0 &p 1 2 1  0x100 &q 2 1", "0 &p 1 2 1  0x100 &q 1 1"),
    ("iommu-map", "0 &p 1 1  0x100 &p 2 1", "0 &p 2 1  0x100 &p 2 1"),
    ("msi-map", "0 &p 1  1 &q 2 1", "0 &p 2  1 &q 2 1"),
])
def test_diff_shows_a_stream_that_only_looks_renumbered(tool, bare_tree, name, a, b):
    lines = compare(tool, bare_tree, (1, 2, f"{name} = <{a}>;"), (2, 1, f"{name} = <{b}>;"))
    assert lines[0] == "/user" and lines[1].startswith(f"  - {name} = <") and "(&/p, &/" in lines[1]
