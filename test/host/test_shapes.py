# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""
What the census of shapes sees: of each kind a small tree, whose one odd thing is one line that the
list of an older kernel had not; and that the list is as scripts/name_shapes.py writes it.
"""
import pytest

import kernels
import shape_list
import shapes
from phandle_names import Proof, is_followed
from places import ROOT
from quick_tree import Tree
from trees import MEMORY

GIC = """interrupt-parent = <&gic>;
gic: interrupt-controller@2f000000 { compatible = "arm,gic-v3"; interrupt-controller;
    #interrupt-cells = <3>; reg = <0 0x2f000000 0 0x10000>; };
"""
SMMU = """smmu: iommu@9050000 { compatible = "arm,smmu-v3"; reg = <0 0x9050000 0 0x20000>;
    #iommu-cells = <%d>; };
"""
PCI = """pcie@1c00000 { compatible = "%s"; device_type = "pci"; reg = <0 0x1c00000 0 0x1000>;
    #address-cells = <3>; #size-cells = <2>; ranges = <0x2000000 0 0x60000000 0 0x60000000 0 0x1000000>;
    %s };
"""
KEPT = """reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges;
    region@81f00000 { reg = <0 0x81f00000 0 0x100000>; %s }; };
"""
SRAM = """sram@81f08000 { compatible = "mmio-sram"; reg = <0 0x81f08000 0 0x200>; #address-cells = <1>;
    #size-cells = <1>; ranges = <0 0 0x81f08000 0x200>; };
"""
AXI = """axi { compatible = "simple-bus"; #address-cells = <2>; #size-cells = <2>;
    ranges = <0x10 0 0x10 0 0x1 0>;
    msi-controller@1000130000 { compatible = "brcm,bcm2712-mip"; reg = <0x10 0x130000 0 0xc0>%s; }; };
"""

# What is there beside the odd thing, and what is odd: each is a line that came with the kernel.
KINDS = {
    "a longer row of iommu-map": (
        SMMU % 2 + PCI % ("pci-host-ecam-generic", "iommu-map = <0 &smmu 0 1>;"),
        SMMU % 2 + PCI % ("pci-host-ecam-generic", "iommu-map = <0 &smmu 1 2 1>;"),
        "map iommu-map rows of 5, target 2", "7.2"),
    "a row of an older form": (
        SMMU % 1 + PCI % ("pci-host-ecam-generic", "iommu-map = <0 &smmu 0 1>;"),
        SMMU % 2 + PCI % ("pci-host-ecam-generic", "iommu-map = <0 &smmu 0 1>;"),
        "map iommu-map rows of 4, target 2", "6.1"),
    "an entry of reg that no bus leads to": (
        AXI % "", AXI % ", <0xff 0xfffff000 0 0x1000>", "reach brcm,bcm2712-mip", "7.2"),
    "a PCI host with windows": (
        PCI % ("renesas,r9a08g045-pcie", ""),
        PCI % ("renesas,r9a08g045-pcie", "dma-ranges = <0x2000000 0 0 0 0 0 0x10000000>;"),
        "pci-windows renesas,r9a08g045-pcie", "7.2"),
    "an empty entry": (
        GIC + "exti { interrupts-extended = <&gic 0 6 4>; };",
        GIC + "exti { interrupts-extended = <&gic 0 6 4>, <0>, <&gic 0 7 4>; };",
        "cells interrupts-extended empty", "6.12"),
    "an extended SPI": (
        GIC + "dma { interrupts = <0 92 4>; };", GIC + "dma { interrupts = <2 92 4>; };",
        "interrupt arm,gic-v3 type 2, flags 0x4", "7.2"),
    "SRAM in a no-map region": (
        MEMORY + KEPT % "" + SRAM, MEMORY + KEPT % "no-map;" + SRAM,
        "sram-place mmio-sram in a no-map region", "6.12"),
    "an IOMMU": (
        "", SMMU.replace("arm,smmu-v3", "renesas,ipmmu-r8a7795") % 1, "iommu renesas,ipmmu-r8a7795: 1", "7.2"),
    "a pool": (
        "", KEPT % 'compatible = "restricted-dma-pool";', "reserved restricted-dma-pool static", "6.12"),
    "addresses of an IOMMU's": (
        KEPT % "no-map;", KEPT % "no-map; iommu-addresses = <1 0 0 0 0>;", "rows iommu-addresses", "7.2"),
}


def shapes_of(path):
    return shapes.of_tree(Tree(path.read_bytes()))


@pytest.mark.parametrize("kind", KINDS)
def test_one_new_line(bare_tree, kind):
    plain, odd, shape, since = KINDS[kind]
    found = shapes_of(bare_tree(odd))
    assert shape in found and shape not in shapes_of(bare_tree(plain)), sorted(found)
    assert shape_list.known().get(shape) == since


def test_an_overlay(bare_tree):
    tree = bare_tree('/dts-v1/; /plugin/; / { fragment@0 { target-path = "/"; __overlay__ { x; }; }; };')
    assert shapes_of(tree) == {"node an overlay"}


def test_a_new_shape_is_named_with_what_it_needs(bare_tree):
    tree = bare_tree(SMMU.replace("arm,smmu-v3", "new,iommu") % 1)
    lines = list(shape_list.lines_of(dict.fromkeys(shapes_of(tree), "board.dtb"), "9.9"))
    assert lines == [f"9.9 iommu new,iommu: 1\n    board.dtb: {shapes.NEEDS['iommu']}"]


# ---- names that carry phandles ---------------------------------------------------------------------

BOARD = """{more} a: a { compatible = "t,a"; phandle = <%d>; };
b: b { compatible = "t,b"; phandle = <%d>; };
user { t,one = <&a>; t,two = <4 &b>; t,level = <%d>; gpios = <&a 1>; };
"""


def proof_of(bare_tree, *numbers):
    trees = [Tree(bare_tree(BOARD.replace("{more}", "") % one).read_bytes()) for one in numbers]
    proof = Proof()
    for before, after in zip(trees, trees[1:]):
        proof.add(before, after, "board")
    return set(proof.names())


def test_renumbering_proves_names(bare_tree):
    """t,level changes as /a's number does once, and otherwise stays."""
    assert proof_of(bare_tree, (1, 2, 1), (3, 4, 3), (5, 6, 3), (7, 9, 3)) == {"t,one", "t,two", "gpios"}


def test_what_changes_otherwise_is_a_number(bare_tree):
    numbers = [(one, one + 40, one if one < 4 else 90 + one) for one in range(24)]
    assert "t,level" not in proof_of(bare_tree, *numbers[1:])


def test_the_tools_table_is_read():
    table = shape_list.table_of_references()
    assert is_followed("clocks", table) and is_followed("vcc-supply", table)
    assert not is_followed("clock-names", table) and not is_followed("#clock-cells", table)


# ---- the list -------------------------------------------------------------------------------------

def test_each_line_says_what_its_kind_needs():
    assert {shape.split()[0] for shape in shape_list.known()} <= set(shapes.NEEDS)
    assert set(shape_list.known().values()) == set(shape_list.made_from())


def test_the_readme_counts_them():
    assert f"lists the {len(shape_list.known())} shapes" in (ROOT / "doc/quality/testing.rst").read_text()


def test_the_list_is_in_order():
    lines = [line.split(maxsplit=1) for line in shape_list.LIST.read_text().splitlines() if line[0] != "#"]
    keys = [(shape.split()[0], kernels.order(kernel), shape) for kernel, shape in lines]
    assert keys == sorted(keys)
