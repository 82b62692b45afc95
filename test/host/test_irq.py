# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Interrupts that Xen keeps for itself, on devices of dom0's: it would not build dom0."""
import json
import re

import pytest

from trees import MEMORY

BOARD = "interrupt-parent = <&gic>;" + MEMORY + """
    psci { compatible = "arm,psci-1.0"; method = "smc"; };
    timer { compatible = "arm,armv8-timer"; interrupts = <1 13 4 1 14 4 1 11 4 1 10 4>; };
    gic: gic@8000000 {
        compatible = "arm,gic-400"; interrupt-controller; #interrupt-cells = <3>;
        #address-cells = <0>; interrupts = <%s 9 4>;
        reg = <0 0x8000000 0 0x1000 0 0x8010000 0 0x2000 0 0x8030000 0 0x2000 0 0x8040000 0 0x2000>;
    };
    aliases { serial0 = "/serial@1100000"; };
    serial@1100000 { compatible = "arm,pl011"; reg = <0 0x1100000 0 0x1000>; interrupts = <0 5 4>; %s };
    smmu: iommu@1000000 {
        compatible = "arm,mmu-500"; reg = <0 0x1000000 0 0x1000>; #iommu-cells = <1>;
        #global-interrupts = <1>; interrupts = <0 7 4 0 8 4>;
    };
    chosen { %s };
"""
STDOUT = 'stdout-path = "/serial@1100000:115200";'
DEVICE = '%s dev@1200000 { compatible = "test,dev"; reg = <0 0x1200000 0 0x1000>; %s };'
NEXUS = """nexus { #interrupt-cells = <1>; #address-cells = <0>; phandle = <77>;
           interrupt-map-mask = <3>; interrupt-map = <1 &gic 0 5 4>; };"""
PCI = """pcie@1300000 { device_type = "pci"; compatible = "test,pci"; reg = <0 0x1300000 0 0x1000>;
         #address-cells = <3>; #size-cells = <2>; #interrupt-cells = <1>;
         ranges = <0x2000000 0 0x2000000 0 0x2000000 0 0x1000000>;
         interrupt-map = <0 0 0 1 &gic 0 5 4>; interrupt-map-mask = <0 0 0 7>; };"""


def body(device, more="", chosen=STDOUT, serial="", maintenance="1"):
    return BOARD % (maintenance, serial, chosen) + DEVICE % (more, device)


SHARED = {
    "the console's": (body("interrupts = <0 5 4>;"), 37),
    "of a disabled node": (body('interrupts = <0 5 4>; status = "disabled";'), 37),
    "the second of its own": (body("interrupts = <0 6 4 0 5 4>;"), 37),
    "interrupts-extended": (body("interrupts-extended = <&gic 0 5 4>;"), 37),
    "through a map": (body("interrupt-parent = <77>; interrupts = <1>;", NEXUS), 37),
    "dtuart, by its alias": (
        body("interrupts = <0 5 4>;", chosen='xen,xen-bootargs = "dtuart=serial0";'), 37),
    "dtuart, by its path": (
        body("interrupts = <0 5 4>;", chosen='xen,xen-bootargs = "dtuart=/serial@1100000";'), 37),
    "the GIC's": (body("interrupts = <0 9 4>;", maintenance="0"), 41),
    "an SMMU's": (body("interrupts = <0 7 4>;"), 39),
}
NOT_SHARED = {
    "another": body("interrupts = <0 6 4>;"),
    "marked already": body("interrupts = <0 5 4>; xen,passthrough;"),
    "no console": body("interrupts = <0 5 4>;", chosen=""),
    "a console that Xen cannot take": body("interrupts = <0 5 4>;", serial='status = "disabled";'),
    "dtuart is another": body("interrupts = <0 5 4>;",
                              chosen=STDOUT + 'xen,xen-bootargs = "dtuart=/other";'),
    "a CPU's own, and dom0 has not the node": body("interrupts = <1 9 4>;"),
    "an SMMU that Xen does not drive": body("interrupts = <0 7 4>;",
                                            chosen='xen,xen-bootargs = "iommu=no";'),
}


def named(done):
    return re.findall(r"irq-kept: (\S+): has interrupt (\d+)", done.out)


@pytest.mark.parametrize("case", SHARED)
def test_named_and_mended(tool, make_tree, read_tree, case):
    source, number = SHARED[case]
    tree = make_tree(source)
    assert named(tool("check", tree, code=None)) == [("/dev@1200000", str(number))]
    plan = tool("plan", "--dom0-mem", "256M", tree).out
    assert plan.count("/dev@1200000: is hidden from dom0 (xen,passthrough)") == 1
    tool("apply", "--dom0-mem", "256M", tree, "-o", "out.dtb")
    assert named(tool("check", "out.dtb", code=None)) == []
    out = read_tree(tree.parent / "out.dtb")
    assert out.prop("/dev@1200000", "xen,passthrough") == b""
    assert out.prop("/serial@1100000", "xen,passthrough") is None
    assert out.prop("/dev@1200000", "xen-dma-safe") is None
    tool("apply", "out.dtb", "-o", "again.dtb")
    assert (tree.parent / "again.dtb").read_bytes() == (tree.parent / "out.dtb").read_bytes()


@pytest.mark.parametrize("case", NOT_SHARED)
def test_left_alone(tool, make_tree, read_tree, case):
    tree = make_tree(NOT_SHARED[case])
    before = read_tree(tree).prop("/dev@1200000", "xen,passthrough")
    assert named(tool("check", tree, code=None)) == []
    tool("apply", "--dom0-mem", "256M", tree, "-o", "out.dtb")
    assert read_tree(tree.parent / "out.dtb").prop("/dev@1200000", "xen,passthrough") == before


@pytest.mark.parametrize("version, shared", [("4.17", False), ("4.18", True), ("4.22", True)])
def test_a_slot_of_pci(tool, make_tree, version, shared):
    """Xen up to 4.17 maps those of an interrupt-map without a look at who has them."""
    tree = make_tree(body("", PCI))
    found = named(tool("check", "--xen-version", version, tree, code=None))
    assert found == [("/pcie@1300000", "37")] * shared


def test_what_is_kept_is_no_master(tool, make_tree, read_tree):
    """Behind a driven IOMMU, too: no tag, and it does not count."""
    tree = make_tree(body("interrupts = <0 5 4>; iommus = <&smmu 1>;",
                          'd { compatible = "test,d"; iommus = <&smmu 2>; };'))
    plan = json.loads(tool("plan", "--json", "--dom0-mem", "256M", tree).out)
    assert (plan["masters"], plan["protected-masters"]) == (1, 1)
    tool("apply", "--dom0-mem", "256M", tree, "-o", "out.dtb")
    out = read_tree(tree.parent / "out.dtb")
    assert out.prop("/d", "xen-dma-safe") == b""
    assert out.prop("/dev@1200000", "xen-dma-safe") is None
    assert tool("check", "out.dtb", code=None).out == ""


def test_the_forecast_says_the_same(tool, make_tree):
    tree = make_tree(SHARED["the console's"][0])
    for version in ("4.17", "4.20"):
        done = tool("forecast", "--xen-version", version, tree, "-o", "dom0.dtb", code=1)
        assert f"Xen {version} stops: IRQ 37 is already used by Xen" in done.out


def test_a_domain_in_dom0s_place(tool, make_tree):
    """Nothing is routed to dom0 then, and the other contracts know nothing of Xen."""
    tree = make_tree(SHARED["the console's"][0])
    tool("apply", "--contract", "native", "--dom0-mem", "256M", tree, "-o", "out.dtb")
    assert named(tool("check", "out.dtb", code=None)) == []
