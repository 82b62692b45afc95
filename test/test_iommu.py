# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""xen-dma-safe stands on protected devices only: in doubt, not."""
import pytest

from conftest import MEMORY

IOMMUS = """
    good: iommu@1000 { compatible = "test,x", "arm,mmu-500"; reg = <0 0x1000 0 0x1000>; #iommu-cells = <1>; phandle = <1>; };
    other: iommu@2000 { compatible = "rockchip,iommu"; reg = <0 0x2000 0 0x1000>; #iommu-cells = <0>; phandle = <2>; };
    off: iommu@3000 { compatible = "arm,mmu-500"; reg = <0 0x3000 0 0x1000>; #iommu-cells = <1>; status = "disabled"; phandle = <3>; };
    bare: iommu@4000 { compatible = "arm,mmu-500"; reg = <0 0x4000 0 0x1000>; phandle = <4>; };
    given: iommu@6000 { compatible = "arm,mmu-500"; reg = <0 0x6000 0 0x1000>; #iommu-cells = <1>; xen,passthrough; phandle = <6>; };
    second: iommu@8000 { compatible = "arm,mmu-500"; reg = <0 0x8000 0 0x1000>; #iommu-cells = <1>; phandle = <8>; };
    bus { status = "disabled"; inner: iommu@5000 { compatible = "arm,mmu-500"; #iommu-cells = <1>; phandle = <5>; }; };
"""

CASES = {
    "one entry": ("iommus = <1 7>;", True),
    "two entries": ("iommus = <1 7 1 8>;", True),
    "undriven": ("iommus = <2>;", False),
    "one of two undriven": ("iommus = <1 7 2>;", False),
    "first undriven": ("iommus = <2 1 7>;", False),
    "disabled iommu": ("iommus = <3 7>;", False),
    "below a disabled bus": ("iommus = <5 7>;", False),
    "no #iommu-cells": ("iommus = <4>;", False),
    "cut off": ("iommus = <1>;", False),
    "dangling": ("iommus = <99 7>;", False),
    "zero phandle": ("iommus = <0>;", False),
    "empty": ("iommus;", False),
    "odd bytes": ("iommus = [00 00 00 01 00];", False),
    "iommu-map": ("iommu-map = <0 1 0 0x10000>;", False),
    "iommus and iommu-map": ("iommus = <1 7>; iommu-map = <0 1 0 0x10000>;", False),
    "disabled device": ('iommus = <1 7>; status = "disabled";', False),
    "nothing": ("", False),
    "two driven iommus": ("iommus = <1 7 8 7>;", False),
    "given to another domain": ("iommus = <1 7>; xen,passthrough;", False),
    "iommu given to another domain": ("iommus = <6 7>;", False),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("tagged", [False, True])
def test_tag(tool, make_tree, read_tree, case, tagged):
    properties, safe = CASES[case]
    stale = "xen-dma-safe;" if tagged else ""
    tree = make_tree(MEMORY + IOMMUS + f'dev@9000 {{ compatible = "test,dev"; '
                     f'reg = <0 0x9000 0 0x1000>; {properties} {stale} }};')
    tool("apply", "--contract", "native", tree, "-o", "out.dtb")
    assert (read_tree(tree.parent / "out.dtb").prop("/dev@9000", "xen-dma-safe") == b"") == safe


def test_policy_names_the_drivers(tool, make_tree, read_tree):
    tree = make_tree(MEMORY + IOMMUS + 'dev@9000 { compatible = "test,dev"; '
                     'reg = <0 0x9000 0 0x1000>; iommus = <2>; };')
    tool("apply", "--contract", "native", "--iommu-drivers", "rockchip,iommu arm,mmu-500", tree,
         "-o", "out.dtb")
    assert read_tree(tree.parent / "out.dtb").prop("/dev@9000", "xen-dma-safe") == b""
    tool("apply", "--contract", "native", "--iommu-drivers", "arm,mmu-5", tree, "-o", "out.dtb")
    assert read_tree(tree.parent / "out.dtb").prop("/dev@9000", "xen-dma-safe") is None


@pytest.mark.parametrize("node, masters", [
    ('t { compatible = "arm,armv8-timer"; };', 1),
    ('u@1 { compatible = "arm,pl011", "arm,primecell"; reg = <0 1 0 1>; };', 1),
    ('u@1 { compatible = "ns16550a"; reg = <0 1 0 1>; };', 1),
    ('i2c@1 { compatible = "test,i2c"; reg = <0 1 0 1>; #address-cells = <1>; #size-cells = <0>;'
     ' chip@50 { compatible = "test,chip"; reg = <0x50>; }; };', 2),
    ('x@1 { compatible = "test,unknown", "arm,pl011"; reg = <0 1 0 1>; };', 2),
    ('cpus { #address-cells = <1>; #size-cells = <0>; cpu@0 { compatible = "arm,cortex-a57"; reg = <0>; }; };', 1),
    ('off { status = "disabled"; inner { compatible = "test,x"; }; };', 1),
    ('firmware { optee { compatible = "linaro,optee-tz"; }; };', 2),
    ('reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges; pool { compatible = "shared-dma-pool"; size = <0 0x1000>; }; };', 1),
    ('pmu { compatible = "arm,cortex-a57-pmu"; };', 1),
], ids=lambda value: str(value)[:20])
def test_who_may_master(tool, make_tree, node, masters):
    """One master is always there; the node under test adds to it or not."""
    import json
    tree = make_tree(MEMORY + 'dev@9000 { compatible = "test,dev"; reg = <0 0x9000 0 0x1000>; };' + node)
    plan = json.loads(tool("plan", "--json", "--contract", "native", tree).out)
    assert plan["masters"] == masters


@pytest.mark.parametrize("line, safe", [
    ("loglvl=all", True), ("iommu=on", True), ("iommu=force,verbose", True), ("xiommu=off", True),
    ("iommu=off", False), ("loglvl=all iommu=no", False), ("iommu=verbose,disable x", False),
    ("iommu=0", False), ("no-iommu", False), ("iommu=", True), ("iommu=offer", True),
])
@pytest.mark.parametrize("name", ["xen,xen-bootargs", "bootargs"])
def test_xens_command_line_can_switch_it_off(tool, make_tree, read_tree, line, safe, name):
    """With iommu=off Xen programs nothing: a tag would be a lie."""
    tree = make_tree(MEMORY + IOMMUS + 'dev@9000 { compatible = "test,dev"; '
                     f'reg = <0 0x9000 0 0x1000>; iommus = <1 7>; }}; chosen {{ {name} = "{line}"; }};')
    tool("apply", tree, "-o", "out.dtb")
    assert (read_tree(tree.parent / "out.dtb").prop("/dev@9000", "xen-dma-safe") == b"") == safe


def test_names_are_exact(tool, make_tree, read_tree):
    """libfdt's path lookup takes /timer for /timer@2a810000 (Juno); dtshim must not."""
    tree = make_tree(MEMORY + IOMMUS + 'dev@2a810000 { compatible = "test,a"; reg = <0 0x2a810000 0 1>; };'
                     'dev { compatible = "test,b"; iommus = <1 7>; };')
    tool("apply", "--contract", "native", tree, "-o", "out.dtb")
    out = read_tree(tree.parent / "out.dtb")
    assert out.prop("/dev", "xen-dma-safe") == b""
    assert out.prop("/dev@2a810000", "xen-dma-safe") is None
