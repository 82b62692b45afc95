# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Addresses that Xen finds no way up from, and that a kernel needs: the bus says more, nothing is cut."""
import pytest

from trees import MEMORY

CELLS = "#address-cells = <2>; #size-cells = <2>;"
# As on the Raspberry Pi 5: the second address is where on PCI a message goes.
MIP = """axi { compatible = "simple-bus"; %s ranges = <0x10 0 0x10 0 1 0>;
    msi-controller@1000130000 { compatible = "%s"; reg = <0x10 0x130000 0 0xc0>, <%s 0 0x1000>; %s }; };"""
DOORBELL = "0xff 0xfffff000"
# As its RP1 is described since 6.14: on PCI, with a bus of three cells that is none of PCI's.
RP1 = """axi { compatible = "simple-bus"; #address-cells = <2>; #size-cells = <2>; ranges;
    pcie@1000120000 { compatible = "test,pcie"; device_type = "pci"; reg = <0x10 0x120000 0 0x9310>;
        #address-cells = <3>; #size-cells = <2>; #interrupt-cells = <1>; interrupt-map-mask = <0 0 0 7>;
        interrupt-map = <0 0 0 1 &core_gic 0 229 4>; ranges = <0x2000000 0 0 0x1f 0 0 0xfffffffc>;
        pci@0,0 { device_type = "pci"; reg = <0 0 0 0 0>; #address-cells = <3>; #size-cells = <2>; ranges;
            dev@0,0 { compatible = "pci1de4,1"; reg = <0x10000 0 0 0 0>; interrupt-controller; #interrupt-cells = <2>;
                #address-cells = <3>; #size-cells = <2>; ranges = <1 0 0 0x82010000 0 0 0 0x400000>;
                bus@1 { compatible = "simple-bus"; #address-cells = <2>; #size-cells = <2>;
                    ranges = <0 0x40000000 1 0 0 0 0x400000>;
                    clocks@40018000 { compatible = "test,clocks"; reg = <0 0x40018000 0 0x10038>; };
                    serial@40030000 { compatible = "test,uart"; reg = <0 0x40030000 0 0x100>; };
                    twin@40030000 { compatible = "test,uart"; reg = <0 0x40030000 0 0x100>; status = "disabled"; };
                }; }; }; }; };"""
HOST = "/axi/pcie@1000120000"
DEV = HOST + "/pci@0,0/dev@0,0"
RELEASES = ["4.17", "4.18", "4.19", "4.20", "4.21", "4.22"]


def board(body):
    return "interrupt-parent = <&core_gic>;" + MEMORY + body


def mip(at=DOORBELL, compatible="brcm,bcm2712-mip", more=""):
    return board(MIP % (CELLS, compatible, at, more))


def applied(tool, tree, read_tree, *options):
    tool("apply", *options, "--dom0-mem", "256M", tree, "-o", "out.dtb")
    assert tool("check", "out.dtb").out == ""
    assert "stops" not in tool("forecast", "out.dtb", code=None).out
    again = tree.parent / "twice.dtb"
    tool("apply", tree.parent / "out.dtb", "-o", again)
    assert again.read_bytes() == (tree.parent / "out.dtb").read_bytes()
    return read_tree(tree.parent / "out.dtb")


@pytest.mark.parametrize("release", RELEASES)
def test_an_address_that_a_driver_reads_as_it_stands(tool, make_tree, read_tree, release):
    tree = make_tree(mip())
    node = "/axi/msi-controller@1000130000"
    assert "[address]" in tool("forecast", "--xen-version", release, tree, code=1).out
    assert f"ranges-cover: {node}: Xen cannot translate its address" in tool("check", "--xen-version", release, tree, code=1).out
    out = applied(tool, tree, read_tree, "--xen-version", release)
    assert out.cells(node, "reg") == read_tree(tree).cells(node, "reg")
    assert out.cells("/axi", "ranges") == [0x10, 0, 0x10, 0, 1, 0] + [0xff, 0xfffff000] * 2 + [0, 0x1000]


def test_the_same_address_of_another_driver_is_cut(tool, make_tree, read_tree):
    """No kernel takes it for anything: it is an address of the CPU, which the CPU cannot reach."""
    out = applied(tool, make_tree(mip(compatible="test,dev")), read_tree)
    assert out.cells("/axi/msi-controller@1000130000", "reg") == [0x10, 0x130000, 0, 0xc0]
    assert out.cells("/axi", "ranges") == [0x10, 0, 0x10, 0, 1, 0]


def test_none_is_said_where_there_is_ram(tool, make_tree):
    """Xen would map it over dom0's memory; and the driver needs it: nothing helps."""
    tree = make_tree(mip("0 0x90000000"))
    done = tool("plan", "--dom0-mem", "256M", tree, code=2)
    assert "/axi/msi-controller@1000130000: Xen 4.17 would stop: no ranges cover its address" in done.err
    assert "make the ranges above it cover it" in done.err


def words(*rows):
    return [cell for row in rows for cell in row]


@pytest.mark.parametrize("release", RELEASES)
def test_devices_behind_a_pci_device(tool, make_tree, read_tree, release):
    """Linux finds each by the entry that was there; Xen by one that has the very address."""
    tree = make_tree(board(RP1))
    assert "[address]" in tool("forecast", "--xen-version", release, tree, code=1).out
    assert f"ranges-cover: {DEV}/bus@1/clocks@40018000: Xen cannot translate its address" in tool(
        "check", "--xen-version", release, tree, code=1).out
    out = applied(tool, tree, read_tree, "--xen-version", release)
    assert out.cells(DEV, "ranges") == words(
        [1, 0, 0, 0x82010000, 0, 0, 0, 0x400000], [0, 0, 0x18000, 0x82010000, 0, 0x18000, 0, 0x10038],
        [0, 0, 0x30000, 0x82010000, 0, 0x30000, 0, 0x100])
    assert out.cells(HOST + "/pci@0,0", "ranges") == [0x82010000, 0, 0] * 2 + [0, 0x400000]
    for node in (HOST, DEV + "/bus@1", "/axi"):
        assert out.cells(node, "ranges") == read_tree(tree).cells(node, "ranges")


def test_more_ways_than_there_is_room_for(tool, make_tree):
    """It is refused by the node that Xen would stop at."""
    row = 'd@%x { compatible = "test,d"; reg = <1 0 %#x 0 4>; };'
    body = """bus { #address-cells = <3>; #size-cells = <2>; ranges = <1 0 0 0 0x4000000 0 0x400000>; %s };"""
    fits = make_tree(board(body % "".join(row % (i, i) for i in range(4, 1028, 4))), name="fits.dtb")
    tool("apply", "--dom0-mem", "256M", fits, "-o", "out.dtb")
    more = make_tree(board(body % "".join(row % (i, i) for i in range(4, 1032, 4))))
    assert "no ranges cover its address" in tool("plan", "--dom0-mem", "256M", more, code=2).err


def test_native_needs_none(tool, make_tree, read_tree):
    tree = make_tree(board(RP1))
    tool("apply", "--contract", "native", "--dom0-mem", "256M", tree, "-o", "out.dtb")
    assert read_tree(tree.parent / "out.dtb").cells(DEV, "ranges") == read_tree(tree).cells(DEV, "ranges")
