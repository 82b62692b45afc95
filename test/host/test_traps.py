# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""What stock Xen would panic on or get wrong: apply mends it, and nothing else."""
import pytest

from trees import HEADER, MEMORY



def apply(tool, read_tree, tree, *policy):
    tool("apply", *policy, tree, "-o", "out.dtb")
    return read_tree(tree.parent / "out.dtb")


IOMMUS = """
    driven: iommu@1000 { compatible = "arm,mmu-500"; #global-interrupts = <1>; interrupts = <0 200 4>, <0 201 4>;
        reg = <0 0x1000 0 0x1000>; #iommu-cells = <1>; phandle = <1>; };
    other: iommu@2000 { compatible = "rockchip,iommu"; reg = <0 0x2000 0 0x1000>; #iommu-cells = <0>; phandle = <2>; %s };
    mc: memory-controller@3000 { compatible = "nvidia,tegra124-mc"; reg = <0 0x3000 0 0x1000>; #iommu-cells = <1>; #reset-cells = <1>; phandle = <3>; };
    grants: grants { compatible = "xen,grant-dma"; #iommu-cells = <1>; phandle = <4>; };
"""

USERS = {
    "iommus = <2>;": (None, None, None),
    "iommus = <1 7>;": ([1, 7], None, None),
    "iommus = <2 1 7>;": ([1, 7], None, None),
    "iommus = <1 7 2>;": ([1, 7], None, None),
    "iommus = <3 5>;": (None, None, None),
    "iommus = <4 5>;": ([4, 5], None, None),
    "iommu-map = <0 1 0 0x10000>; iommu-map-mask = <0xff>;": (None, None, None),
    "iommu-map = <0 2 0 1>; iommu-map-mask = <0xff>;": (None, None, None),
    "iommu-map = <0 4 0 1 1 1 1 1>; iommu-map-mask = <0xff>;": (None, [0, 4, 0, 1], [0xff]),
    "iommus = <99 1>;": ([99, 1], None, None),
    "iommus = <2 99 1>;": ([99, 1], None, None),
}


@pytest.mark.parametrize("properties", USERS)
def test_iommus_that_xen_does_not_drive(tool, make_tree, read_tree, properties):
    iommus = IOMMUS % ""
    if "<4 " in properties:  # with an SMMU that it drives Xen would stop
        iommus = iommus.replace("#global-interrupts", "global-interrupts")
    tree = make_tree(MEMORY + iommus + f'dev {{ compatible = "test,dev"; {properties} }};')
    out = apply(tool, read_tree, tree)
    for name, kept in zip(("iommus", "iommu-map", "iommu-map-mask"), USERS[properties]):
        assert (out.cells("/dev", name) if out.prop("/dev", name) is not None else None) == kept
    assert out.string("/iommu@2000", "status") == "disabled"
    assert out.string("/memory-controller@3000", "status") is None  # it resets devices, too
    assert out.string("/grants", "status") is None and out.string("/iommu@1000", "status") is None
    for name in ("iommu-shown", "iommu-map-left"):
        assert name not in tool("check", "out.dtb", code=None).out


def test_disabled_ones_are_left_alone(tool, make_tree, read_tree):
    tree = make_tree(MEMORY + IOMMUS % 'status = "disabled";' + "dev { iommus = <2>; };")
    out = apply(tool, read_tree, tree)
    assert out.cells("/dev", "iommus") == [2]


def test_native_leaves_them_alone(tool, make_tree, read_tree):
    tree = make_tree(MEMORY + IOMMUS % "" + 'dev { compatible = "test,dev"; iommus = <2>; };')
    out = apply(tool, read_tree, tree, "--contract", "native")
    assert out.cells("/dev", "iommus") == [2] and out.string("/iommu@2000", "status") is None


def test_a_policy_with_its_driver_keeps_it(tool, make_tree, read_tree):
    iommus = (IOMMUS % "").replace("arm,mmu-500", "test,mmu")
    tree = make_tree(MEMORY + iommus + 'dev { compatible = "test,dev"; iommus = <2>; };')
    out = apply(tool, read_tree, tree, "--iommu-drivers", "rockchip,iommu")
    assert out.cells("/dev", "iommus") == [2] and out.prop("/dev", "xen-dma-safe") == b""


# ---- addresses -------------------------------------------------------------------

BUS = "b { #address-cells = <1>; #size-cells = <1>; ranges = <0 0 0x1000000 0x1000>; %s };"


@pytest.mark.parametrize("reg, left, trap", [
    ("<0x0 0x1000>", [0, 0x1000], False), ("<0x2000 0x1000>", None, True),
    ("<0x0 0x10 0x2000 0x10>", [0, 0x10], True), ("<0x2000 0x10 0x0 0x10>", None, True),
    ("<0x0 0x10 0x2000 0x10 0x20 0x10>", [0, 0x10], True),
])
def test_reg_that_no_ranges_cover(tool, make_tree, read_tree, reg, left, trap):
    """Xen panics on the first such entry; entries before it keep their numbers."""
    tree = make_tree(MEMORY + BUS % f"d {{ reg = {reg}; }};")
    out = apply(tool, read_tree, tree)
    assert (out.cells("/b/d", "reg") if out.prop("/b/d", "reg") else None) == left
    assert "ranges-cover" not in tool("check", "out.dtb", code=None).out
    assert ("/b/d: reg entry" in tool("check", tree, code=None).out) == trap


@pytest.mark.parametrize("body", [
    "b { #address-cells = <1>; #size-cells = <1>; d { reg = <0x2000 0x1000>; }; };",
    "b { #address-cells = <1>; #size-cells = <0>; ranges; d { reg = <0x2000>; }; };",
    'pcie { device_type = "pci"; #address-cells = <3>; #size-cells = <2>; ranges;'
    " d { reg = <0 0 0 0 0>; }; };",
    "cpus { #address-cells = <1>; #size-cells = <1>; ranges = <0 0 0 1>; c { reg = <9 1>; };"
    ' cpu@0 { device_type = "cpu"; compatible = "arm,cortex-a53"; reg = <0 1>; }; };',
    "a { b { #address-cells = <1>; #size-cells = <1>; d { reg = <0x2000 0x1000>; }; }; };",
], ids=range(5))
def test_what_is_no_trap_stays(tool, make_tree, read_tree, body):
    tree = make_tree(MEMORY + body)
    tool("apply", tree, "-o", "out.dtb")
    assert "reg" not in [line.split()[1] for line in tool("diff", tree, "out.dtb", code=1).out.splitlines()
                         if line.startswith("  - ")]


@pytest.mark.parametrize("reg, page", [
    ("<0 0x9000800 0 0x1000>", 0x9001000), ("<0 0x9000ff0 0 0x20>", 0x9001000),
    ("<0 0x9000000 0 0x1000>", None), ("<0 0x9000800 0 0x800>", None),
    ("<0 0x9000800 0 0x1801>", 0x9002000), ("<0 0x9000800 0 0x1800>", None), ("<0 0xf0000800 0 0x1000>", None)])
def test_pages_that_xen_does_not_map(tool, make_tree, read_tree, reg, page):
    tree = make_tree(MEMORY + f"d {{ reg = {reg}; }};")
    out = apply(tool, read_tree, tree)
    if page is None:
        assert not out.has("/dtshim-pages")
    else:
        assert out.u64s(f"/dtshim-pages/page@{page:x}", "reg") == [page, 0x1000]
        assert "reg-pages" not in tool("check", "out.dtb", code=None).out
    assert not apply(tool, read_tree, tree, "--contract", "native").has("/dtshim-pages")


def test_xen_s_own_devices_get_no_second_name(tool, make_tree, read_tree):
    tree = make_tree(MEMORY + "gic { interrupt-controller; reg = <0 0x9000800 0 0x1000>; };"
                     "serial@0 { reg = <0 0xa000800 0 0x1000>; };")
    assert not apply(tool, read_tree, tree).has("/dtshim-pages")


# ---- extended regions ----------------------------------------------------------------

SMMU = ('smmu { compatible = "arm,mmu-500"; #iommu-cells = <1>; reg = <0 0x1000 0 0x1000>;'
        ' #global-interrupts = <1>; interrupts = <0 200 4>, <0 201 4>; };')


def test_one_cell_roots_with_an_iommu(tool, make_tree, read_tree):
    """Xen would tell dom0 addresses without their high half."""
    memory = 'memory@80000000 { device_type = "memory"; reg = <0x80000000 0x40000000>; };'
    header = HEADER.replace("<2>", "<1>")
    smmu = SMMU.replace("0 0x1000 0 ", "0x1000 ")
    out = apply(tool, read_tree, make_tree(memory + smmu, header=header))
    assert out.string("/chosen", "xen,xen-bootargs") == "dom0_mem=512M ext_regions=0"
    assert "root-cells" not in tool("check", "out.dtb", code=None).out
    out = apply(tool, read_tree, make_tree(memory, header=header))
    assert out.string("/chosen", "xen,xen-bootargs") == "dom0_mem=512M"


def test_an_incomplete_tree(tool, make_tree, read_tree):
    out = apply(tool, read_tree, make_tree(MEMORY), "--regions", "none")
    assert out.string("/chosen", "xen,xen-bootargs") == "dom0_mem=512M ext_regions=0"


def test_claims_that_xen_does_not_see(tool, make_tree, read_tree):
    """With an IOMMU Xen takes every address that no reg claims: bus windows have to be told."""
    bus = "b { #address-cells = <1>; #size-cells = <1>; ranges = <0 0 0x10000000 0x1000000>; };"
    out = apply(tool, read_tree, make_tree(MEMORY + SMMU + bus))
    assert out.u64s("/dtshim-claims", "reg") == [
        0, 0x1000, 0x2000, 0x1fe000, 0x10000000, 0x1000000]
    assert out.prop("/dtshim-claims", "xen,passthrough") == b""
    assert not apply(tool, read_tree, make_tree(MEMORY + bus)).has("/dtshim-claims")
