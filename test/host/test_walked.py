# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""
What Xen makes of the devices is worked out once for two releases, where nothing in it depends on
the release: each is to be foretold as it is alone.
"""
import json

import pytest

from places import GUESTS
from trees import MEMORY

FIRST, LAST = "4.17", "4.20"  # those of a tree that does not say which
BOARDS = ["amlogic/meson-gxl-s905d-vero4k-plus", "freescale/fsl-ls1088a-rdb", "arm/juno-r2",
          "qcom/sc7280-crd-r3", "rockchip/rk3399-rock960", "xilinx/zynqmp-zc1232-revA"]
SMMU = """smmu: iommu@1000000 { compatible = "arm,mmu-500"; reg = <0 0x1000000 0 0x20000>;
          #iommu-cells = <2>; #global-interrupts = <1>; interrupts = <0 200 4>, <0 201 4>; };"""
DEVICE = 'd%d { compatible = "test,d"; %s };'
CONSOLE = """serial@1100000 { compatible = "arm,pl011"; reg = <0 0x1100000 0 0x1000>; interrupts = <0 5 4>; };
             chosen { stdout-path = "/serial@1100000"; };"""
PCI = """pcie@1300000 { device_type = "pci"; compatible = "test,pci"; reg = <0 0x1300000 0 0x1000>;
         #address-cells = <3>; #size-cells = <2>; #interrupt-cells = <1>;
         ranges = <0x2000000 0 0x2000000 0 0x2000000 0 0x1000000>;
         interrupt-map = <0 0 0 1 &core_gic 0 %d 4>; interrupt-map-mask = <0 0 0 7>; };"""
# The tree, and where the last release stops; the first one does not.
CASES = {
    "nothing of it": (DEVICE % (1, "reg = <0 0x1200000 0 0x1000>; interrupts = <0 9 4>;"), ""),
    "streams with masks that meet": (SMMU + "first { " + DEVICE % (2, "iommus = <&smmu 0x17 0>;") + " };" +
                                     DEVICE % (1, "iommus = <&smmu 7 0xf0>;"), "/d1"),
    "a slot of PCI with Xen's interrupt": (CONSOLE + PCI % 5, "/pcie@1300000"),
    "a slot of PCI with its own": (CONSOLE + PCI % 6, ""),
}


def foretold(tool, tree, *options):
    return json.loads(tool("forecast", "--json", *options, tree, code=None).out)["forecasts"]


def both_and_each(tool, tree):
    both = foretold(tool, tree)
    assert [one["release"] for one in both] == [FIRST, LAST]
    assert both == foretold(tool, tree, "--xen-version", FIRST) + foretold(tool, tree, "--xen-version", LAST)
    return both


@pytest.mark.parametrize("case", CASES)
def test_each_as_alone(tool, make_tree, case):
    body, stops_at = CASES[case]
    first, last = both_and_each(tool, make_tree(MEMORY + body))
    assert not first["stop"] and first["dom0"]
    assert (last["stop"] or {"node": ""})["node"] == stops_at


@pytest.mark.parametrize("board", BOARDS)
def test_boards(tool, board):
    tree = GUESTS / f"dtbs/arm64/{board}.dtb"
    if not tree.exists():
        pytest.skip("not among this release's trees")
    tool("apply", "--ram", "0x80000000:1G", "--dom0-mem", "128M", tree, "-o", "out.dtb")
    for one in both_and_each(tool, "out.dtb"):
        assert one["dom0"] and not one["stop"]
