# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""xen-dma-safe stands on protected devices only: in doubt, not."""
import subprocess

import pytest

from trees import MEMORY


IOMMUS = """
    good: iommu@1000 { compatible = "test,x", "arm,mmu-500"; #global-interrupts = <1>; interrupts = <0 200 4>, <0 201 4>;
        reg = <0 0x1000 0 0x1000>; #iommu-cells = <1>; phandle = <1>; };
    other: iommu@2000 { compatible = "rockchip,iommu"; reg = <0 0x2000 0 0x1000>; #iommu-cells = <0>; phandle = <2>; };
    off: iommu@3000 { compatible = "arm,mmu-500"; #global-interrupts = <1>; interrupts = <0 200 4>, <0 201 4>;
        reg = <0 0x3000 0 0x1000>; #iommu-cells = <1>; status = "disabled"; phandle = <3>; };
    bare: iommu@4000 { compatible = "arm,mmu-500"; reg = <0 0x4000 0 0x1000>; phandle = <4>; };
    given: iommu@6000 { compatible = "arm,mmu-500"; #global-interrupts = <1>; interrupts = <0 200 4>, <0 201 4>;
        reg = <0 0x6000 0 0x1000>; #iommu-cells = <1>; xen,passthrough; phandle = <6>; };
    second: iommu@8000 { compatible = "arm,mmu-500"; #global-interrupts = <1>; interrupts = <0 200 4>, <0 201 4>;
        reg = <0 0x8000 0 0x1000>; #iommu-cells = <1>; phandle = <8>; };
    bus { status = "disabled"; #address-cells = <2>; #size-cells = <2>; ranges;
        inner: iommu@5000 { compatible = "arm,mmu-500"; reg = <0 0x5000 0 0x1000>;
        #global-interrupts = <1>; interrupts = <0 200 4>, <0 201 4>;
        #iommu-cells = <1>; phandle = <5>; }; };
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
    "two driven iommus": ("iommus = <1 7 8 7>;", True),
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


DEVICE = 'dev@9000 {{ compatible = "test,dev"; reg = <0 0x9000 0 0x1000>; {0} }};'
BRIDGE = ('pcie@9000 {{ compatible = "pci-host-ecam-generic"; device_type = "pci"; reg = <0 0x9000 0 0x1000>;'
          ' #address-cells = <3>; #size-cells = <2>; ranges; {0} }};')


def test_xen_takes_one_iommu_a_device(tool, make_tree, read_tree):
    tree = make_tree(MEMORY + IOMMUS + DEVICE.format("iommus = <1 7 8 7>;"))
    tool("apply", "--contract", "native", tree, "-o", "out.dtb")
    assert read_tree(tree.parent / "out.dtb").prop("/dev@9000", "xen-dma-safe") == b""
    assert "it is behind two IOMMUs" in tool("apply", tree, "-o", "out.dtb", code=2).err


@pytest.mark.parametrize("properties, safe", [
    ("iommu-map = <0 1 0 0x10000>;", True),
    ("iommu-map = <0 1 0 0x8000 0x8000 8 0 0x8000>;", True),
    ("iommu-map = <0 1 0 0x8000 0x8001 1 0 0x7fff>;", False),    # a gap of one requester
    ("iommu-map = <0 1 0 0x8000 0x8000 2 0 0x8000>;", False),    # half of it undriven
    ("iommu-map = <0 1 0 0xffff>;", False),
    ("iommu-map = <0 1 0 1>; iommu-map-mask = <0>;", True),
    ("iommu-map = <0 1 0 1 0x100 1 0 1>; iommu-map-mask = <0x100>;", True),
    ("iommu-map = <0 1 0 1>; iommu-map-mask = <0x100>;", False),
    ("iommu-map = <0 1 0 8>; iommu-map-mask = <7>;", True),
    ("iommu-map = <0 1 0>;", False),
    ("iommu-map = <0 99 0 0x10000>;", False),
    ("iommus = <1 7>;", False),
    ("iommus = <2>; iommu-map = <0 1 0 0x10000>;", False),
    ("", False),
])
def test_bridges(tool, make_tree, read_tree, properties, safe):
    """Behind a PCI host any requester ID may appear: all of them must be mapped."""
    tree = make_tree(MEMORY + IOMMUS + BRIDGE.format(properties))
    tool("apply", "--contract", "native", tree, "-o", "out.dtb")
    assert (read_tree(tree.parent / "out.dtb").prop("/pcie@9000", "xen-dma-safe") == b"") == safe
    tool("apply", "--contract", "xen", tree, "-o", "out.dtb")
    assert read_tree(tree.parent / "out.dtb").prop("/pcie@9000", "xen-dma-safe") is None


LEGACY = """
    old: iommu@a000 { compatible = "arm,smmu-v1"; #global-interrupts = <1>; interrupts = <0 200 4>, <0 201 4>;
        reg = <0 0xa000 0 0x1000>; mmu-masters = <20 1 2>; };
    off: iommu@b000 { compatible = "arm,smmu-v1"; #global-interrupts = <1>; interrupts = <0 200 4>, <0 201 4>;
        reg = <0 0xb000 0 0x1000>; status = "disabled"; %s };
    two: iommu@c000 { compatible = "arm,smmu-v1"; #global-interrupts = <1>; interrupts = <0 200 4>, <0 201 4>;
        reg = <0 0xc000 0 0x1000>; %s };
    dev@9000 { compatible = "test,dev"; reg = <0 0x9000 0 0x1000>; phandle = <20>;
               #stream-id-cells = <2>; };
"""


@pytest.mark.parametrize("off, two, safe", [
    ("", "", True), ("mmu-masters = <20 1 2>;", "", False), ("", "mmu-masters = <20 3 4>;", False)])
@pytest.mark.parametrize("contract", ["native", "xen"])
def test_legacy_masters(tool, make_tree, read_tree, off, two, safe, contract):
    tree = make_tree(MEMORY + LEGACY % (off, two))
    if two and contract == "xen":
        assert "names a device that is already named" in tool("apply", tree, "-o", "out.dtb", code=2).err
        return
    tool("apply", "--contract", contract, tree, "-o", "out.dtb")
    assert (read_tree(tree.parent / "out.dtb").prop("/dev@9000", "xen-dma-safe") == b"") == safe


def test_broken_legacy_masters_are_refused(tool, make_tree):
    tree = make_tree(MEMORY + LEGACY.replace("<20 1 2>", "<20 1>") % ("", ""))
    errors = tool("apply", tree, "-o", "out.dtb", code=2).err
    assert "/iommu@a000: mmu-masters:" in errors and "what to do:" in errors


def test_no_second_stage(tool, make_tree, read_tree):
    """The policy can say on a host what the stage reads from the ID registers."""
    tree = make_tree(MEMORY + IOMMUS + DEVICE.format("iommus = <1 7>;"))
    for told, safe in (("/iommu@1000", False), ("/iommu@8000", True)):
        tool("apply", "--contract", "native", "--iommu-no-stage2", told, tree, "-o", "out.dtb")
        tag = read_tree(tree.parent / "out.dtb").prop("/dev@9000", "xen-dma-safe")
        assert (tag == b"") == safe


@pytest.mark.parametrize("told", ["/iommu", "/dev@9000", "/nowhere", "iommu@1000"])
def test_a_path_without_an_iommu_is_refused(tool, make_tree, told):
    """A slip in the path must not leave a tag on the device."""
    tree = make_tree(MEMORY + IOMMUS + DEVICE.format("iommus = <1 7>;"))
    error = tool("apply", "--iommu-no-stage2", told, tree, "-o", "out.dtb", code=2).err
    assert "iommu-no-stage2" in error and "is not an IOMMU" in error


SMMU_AT = ('iommu@9 {{ compatible = "arm,mmu-500"; {0} #iommu-cells = <1>; phandle = <9>;'
           ' #global-interrupts = <1>; interrupts = <0 200 4>, <0 201 4>; }};')


@pytest.mark.parametrize("body, node", [
    # The first entry of iommu-map that fits counts, even where a later one is better.
    (IOMMUS + BRIDGE.format("iommu-map = <0 2 0 0x10000 0 1 0 0x10000>;"), "/pcie@9000"),
    (IOMMUS + BRIDGE.format("iommu-map = <0 99 0 0x10000 0 1 0 0x10000>;"), "/pcie@9000"),
    # Named by an SMMU that protects nothing as well as by its own iommus.
    (LEGACY % ("mmu-masters = <20 1 2>;", ""), "/dev@9000"),
    (IOMMUS + 'x { compatible = "test,mmu"; reg = <0 2 0 1>; mmu-masters = <20 7>; };' +
     DEVICE.format("iommus = <1 4>; phandle = <20>; #stream-id-cells = <1>;"), "/dev@9000"),
    # An IOMMU that is no device, or without registers.
    (SMMU_AT.format("") + DEVICE.format("iommus = <9 1>;"), "/dev@9000"),
    ("chosen { " + SMMU_AT.format("reg = <0 9 1>;") + " };" + DEVICE.format("iommus = <9 1>;"),
     "/dev@9000"),
    # Behind a PCI host only the host's iommu-map speaks.
    (IOMMUS + BRIDGE.format("wifi@0 { reg = <0 0 0 0 0>;"
                            ' compatible = "pci1234,5678"; iommus = <1 5>; };'), "/pcie@9000/wifi@0"),
], ids=range(7))
def test_no_tag_in_doubt(tool, make_tree, read_tree, body, node):
    tree = make_tree(MEMORY + body)
    tool("apply", "--contract", "native", tree, "-o", "out.dtb")
    assert read_tree(tree.parent / "out.dtb").prop(node, "xen-dma-safe") is None


def test_blocked_masters_are_named(tool, make_tree):
    """Xen's SMMU faults streams that it was not told of: the plan says whose."""
    import json
    tree = make_tree(MEMORY + IOMMUS + BRIDGE.format("iommu-map = <0 1 0 0x10000>;") +
                     'd@1 { compatible = "test,a"; iommus = <1 7 2>; };'
                     'e@1 { compatible = "test,a"; iommus = <2>; };'
                     'f@1 { compatible = "test,a"; iommus = <1 7>; };')
    plan = json.loads(tool("plan", "--json", tree).out)
    assert plan["blocked"] == ["/pcie@9000", "/d@1"]
    assert json.loads(tool("plan", "--json", "--contract", "native", tree).out)["blocked"] == []
    assert "Xen will block its DMA behind /iommu@1000" in tool("plan", tree).out


MASKED = """
    two: iommu@1000 { compatible = "%s"; reg = <0 0x1000 0 0x1000>; #iommu-cells = <2>; phandle = <1>;
                      #global-interrupts = <1>; interrupts = <0 200 4>, <0 201 4>; };
    all: iommu@2000 { compatible = "%s"; reg = <0 0x2000 0 0x1000>; #iommu-cells = <1>; phandle = <2>;
                      stream-match-mask = <%s>; #global-interrupts = <1>; interrupts = <0 200 4>, <0 201 4>; };
    wide@3000 { compatible = "test,a"; reg = <0 0x3000 0 0x1000>; iommus = <1 0x11 %s>; };
    narrow@4000 { compatible = "test,a"; reg = <0 0x4000 0 0x1000>; iommus = <1 0x12 0>; };
    old@5000 { compatible = "test,a"; reg = <0 0x5000 0 0x1000>; iommus = <2 3>; };
"""


def protected(tool, read_tree, tree, *options):
    """Who gets the tag, and of whom the plan says that Xen will block them."""
    import json
    plan = json.loads(tool("plan", "--json", *options, tree).out)
    tool("apply", *options, tree, "-o", "out.dtb")
    out = read_tree(tree.parent / "out.dtb")
    assert "tag-proven" not in tool("check", "out.dtb", code=None).out
    return ([name for name in out.children("/") if out.prop(f"/{name}", "xen-dma-safe") == b""],
            plan["blocked"])


@pytest.mark.parametrize("options, read", [
    ([], False), (["--xen-version", "4.17"], False), (["--xen-version", "4.19"], False),
    (["--xen-version", "4.20"], True), (["--xen-version", "4.22"], True),
    (["--contract", "native"], True)])
def test_masks_of_streams(tool, make_tree, read_tree, options, read):
    """Before 4.20 Xen takes a mask for 0: of the streams that it means all but one fault."""
    tree = make_tree(MEMORY + MASKED % ("arm,mmu-500", "arm,smmu-v2", "0x7c00", "0x7f80"))
    safe, blocked = protected(tool, read_tree, tree, *options)
    assert safe == (["wide@3000", "narrow@4000", "old@5000"] if read else ["narrow@4000"])
    assert blocked == ([] if read else ["/wide@3000", "/old@5000"])
    if not read:
        assert "has a mask, which Xen before 4.20 reads as 0" in tool("plan", *options, tree).flat


def test_masks_that_are_none(tool, make_tree, read_tree):
    """A mask of 0 is none; another IOMMU's second cell is no mask; 15 bits are all there is."""
    for smmu, all_of_them, mask, safe in (
            ("arm,mmu-500", "0", "0", ["wide@3000", "narrow@4000", "old@5000"]),
            ("test,mmu", "0x7c00", "0x7f80", ["wide@3000", "narrow@4000", "old@5000"])):
        tree = make_tree(MEMORY + MASKED % (smmu, smmu, all_of_them, mask))
        options = ["--iommu-drivers", "arm,mmu-500 test,mmu", "--xen-version", "4.17"]
        assert protected(tool, read_tree, tree, *options) == (safe, [])
    tree = make_tree(MEMORY + MASKED % ("arm,mmu-500", "arm,mmu-500", "0x8000", "0x10000"))
    assert protected(tool, read_tree, tree, "--xen-version", "4.22")[0] == ["narrow@4000"]


SMMU_V3 = """smmu: iommu@100000 { compatible = "arm,smmu-v3"; reg = <0 0x100000 0 0x20000>;
    #iommu-cells = <1>; phandle = <1>; };"""


@pytest.mark.parametrize("line, read", [
    ("pci-passthrough=on", True), ("pci-passthrough", True), ("pci-passthrough=off pci-passthrough=yes", True),
    ("loglvl=all pci-passthrough=1 x", True), ("", False), ("pci-passthrough=off", False),
    ("no-pci-passthrough", False), ("pci-passthrough=on no-pci-passthrough", False),
    ("pci-passthrough=maybe", False), ("pci-passthroughs=on", False), ("pci-passthrough=on pci-passthrough=maybe", True),
    ("no-pci-passthrough=off", True)])
@pytest.mark.parametrize("version", ["4.17", "4.20", "4.21", "4.22", None])
def test_xen_reads_iommu_map_when_it_is_told_to(tool, make_tree, read_tree, line, read, version):
    """From 4.21 on, with pci-passthrough=on: the host behind it is protected, and the map stays."""
    tree = make_tree(MEMORY + SMMU_V3 + BRIDGE.format("iommu-map = <0 1 0 0x10000>;") +
                     f'chosen {{ xen,xen-bootargs = "{line}"; }};')
    options = ["--iommu-drivers", "arm,smmu-v3", *(["--xen-version", version] if version else [])]
    safe, blocked = protected(tool, read_tree, tree, *options)
    read = read and version in ("4.21", "4.22")
    assert safe == (["pcie@9000"] if read else []) and blocked == ([] if read else ["/pcie@9000"])


@pytest.mark.parametrize("version, stays", [(None, False), ("4.17", False), ("4.18", False), ("4.19", True),
                                            ("4.20", True), ("4.21", True), ("4.22", True)])
def test_iommu_map_stays_where_xen_needs_it(tool, make_tree, read_tree, version, stays):
    """Xen itself takes it away from dom0's tree since 4.19; what it reads is not cut."""
    tree = make_tree(MEMORY + SMMU_V3 + BRIDGE.format("iommu-map = <0 1 0 0x10000>;"))
    options = ["--xen-version", version] if version else []
    tool("apply", "--iommu-drivers", "arm,smmu-v3", *options, tree, "-o", "out.dtb")
    kept = read_tree(tree.parent / "out.dtb").prop("/pcie@9000", "iommu-map")
    assert (kept is not None) == stays
    assert "iommu-map-left" not in tool("check", "out.dtb", code=None).out


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
def test_who_may_master(tool, bare_tree, node, masters):
    """One master is always there; the node under test adds to it or not."""
    import json
    tree = bare_tree(MEMORY + 'dev@9000 { compatible = "test,dev"; reg = <0 0x9000 0 0x1000>; };' + node)
    plan = json.loads(tool("plan", "--json", "--contract", "native", tree).out)
    assert plan["masters"] == masters


@pytest.mark.parametrize("line, safe", [
    ("loglvl=all", True), ("iommu=on", True), ("iommu=force,verbose", True), ("xiommu=off", True),
    ("iommu=off", False), ("loglvl=all iommu=no", False), ("iommu=verbose,disable x", False),
    ("iommu=0", False), ("no-iommu", False), ("iommu=", True), ("iommu=offer", True),
    ("no-iommu=", False), ("no-iommu=yes", True), ("no-iommu=off", True), ("iommu=off iommu=verbose", False),
    ("iommu=off iommu=on", True), ("iommu=on,off", False), ("iommu=off,on", True), ("iommu", True),
    ("no-iommu iommu=on", True), ("iommu=on no-iommu=", False),
    # Xen looks at 127 characters of a word.
    ("iommu=" + "x" * 118 + ",nox", False), ("iommu=" + "x" * 119 + ",no", True),
])
@pytest.mark.parametrize("name", ["xen,xen-bootargs", "bootargs"])
def test_xens_command_line_can_switch_it_off(tool, make_tree, read_tree, line, safe, name):
    """With iommu=off Xen programs nothing: a tag would be a lie."""
    tree = make_tree(MEMORY + IOMMUS + 'dev@9000 { compatible = "test,dev"; '
                     f'reg = <0 0x9000 0 0x1000>; iommus = <1 7>; }}; chosen {{ {name} = "{line}"; }};')
    tool("apply", tree, "-o", "out.dtb")
    assert (read_tree(tree.parent / "out.dtb").prop("/dev@9000", "xen-dma-safe") == b"") == safe


@pytest.mark.parametrize("line, safe", [("xen,xen-bootargs", False), ("bootargs", True), ("module", True)])
def test_whose_line_it_is_under_native(tool, make_tree, read_tree, line, safe):
    """dom0's kernel's, which native writes to /chosen: it is no other line in the tree that comes out."""
    own = "" if line == "module" else f'{line} = "iommu=off";'
    tree = make_tree(MEMORY + IOMMUS + f"""dev@9000 {{ compatible = "test,dev"; reg = <0 0x9000 0 0x1000>;
        iommus = <1 7>; }};
        chosen {{ #address-cells = <2>; #size-cells = <2>; {own}
            hypervisor@90000000 {{ compatible = "dtshim,hypervisor"; reg = <0 0x90000000 0 0x100000>; }};
            module@92000000 {{ compatible = "multiboot,kernel"; reg = <0 0x92000000 0 0x2000000>;
                bootargs = "{'iommu=off' if line == 'module' else 'quiet'}"; }}; }};""")
    tool("apply", "--contract", "native", tree, "-o", "out.dtb")
    out = tree.parent / "out.dtb"
    assert (read_tree(out).prop("/dev@9000", "xen-dma-safe") == b"") == safe
    tool("apply", "--contract", "native", out, "-o", "again.dtb")
    assert (tree.parent / "again.dtb").read_bytes() == out.read_bytes()


def test_names_are_exact(tool, make_tree, read_tree):
    """libfdt's path lookup takes /timer for /timer@2a810000 (Juno); dtshim must not."""
    tree = make_tree(MEMORY + IOMMUS + 'dev@2a810000 { compatible = "test,a"; reg = <0 0x2a810000 0 1>; };'
                     'dev { compatible = "test,b"; iommus = <1 7>; };')
    tool("apply", "--contract", "native", tree, "-o", "out.dtb")
    out = read_tree(tree.parent / "out.dtb")
    assert out.prop("/dev", "xen-dma-safe") == b""
    assert out.prop("/dev@2a810000", "xen-dma-safe") is None


@pytest.mark.parametrize("contract", ["native", "xen"])
def test_no_tag_where_no_device_stands(tool, make_tree, contract):
    """Memory and what an earlier run made are no devices, tagged or not. Reserved memory is
    none either, and may move as a whole: a tag there stays, and says nothing."""
    tree = make_tree("""
        memory@40000000 { device_type = "memory"; reg = <0 0x40000000 0 0x40000000>; xen-dma-safe;
                          inner { xen-dma-safe; }; };
        memory@100000000 { device_type = "memory"; reg = <1 0 0 0x40000000>; xen-dma-safe; };
        reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges; xen-dma-safe;
                          keep@70000000 { reg = <0 0x70000000 0 0x1000>; }; };
        chosen { };
        sram-map { xen-dma-safe; old { xen-dma-safe; }; };
        dtshim-claims { xen-dma-safe; };""")
    tool("apply", "--contract", contract, "--dom0-mem", "128M", tree, "-o", "out.dtb")
    source = subprocess.run(["dtc", "-q", "-I", "dtb", "-O", "dts", tree.parent / "out.dtb"],
                            capture_output=True, text=True, check=True).stdout
    assert "keep@70000000" in source and source.count("xen-dma-safe;") == 1
    assert "tag-proven" not in tool("check", "out.dtb", code=None).out


def test_what_goes_with_its_iommu_is_not_tagged(tool, make_tree, read_tree):
    """Xen does not drive the IOMMU above: dom0 sees neither it nor what is below it. That it
    is behind another one itself does not help."""
    tree = make_tree(MEMORY + IOMMUS + """
        iommu@7000 { compatible = "test,iommu"; reg = <0 0x7000 0 0x1000>; #iommu-cells = <0>; iommus = <1 3>;
                     #address-cells = <2>; #size-cells = <2>; ranges; phandle = <9>;
                     dev@9000 { compatible = "test,dev"; reg = <0 0x9000 0 0x1000>; iommus = <1 7>; }; };
        """ + 'dev@a000 { compatible = "test,dev"; reg = <0 0xa000 0 0x1000>; iommus = <1 8>; };')
    done = tool("plan", "--contract", "xen", tree)
    tool("apply", "--contract", "xen", tree, "-o", "out.dtb")
    out = read_tree(tree.parent / "out.dtb")
    assert out.prop("/iommu@7000", "status") == b"disabled\0"
    assert out.prop("/iommu@7000", "xen-dma-safe") is None
    assert out.prop("/iommu@7000/dev@9000", "xen-dma-safe") is None
    assert out.prop("/dev@a000", "xen-dma-safe") == b""
    assert "is hidden with the IOMMU above it" in done.out
    assert "tag-proven" not in tool("check", tree.parent / "out.dtb", code=None).out


def test_an_iommu_that_stays_names_no_masters(tool, make_tree, read_tree):
    """It provides interrupts, too, so it is not switched off; the old binding names users in it."""
    tree = make_tree(MEMORY + """
        iommu@1000 { compatible = "arm,mmu-500"; #global-interrupts = <1>; interrupts = <0 200 4>, <0 201 4>;
            reg = <0 0x1000 0 0x1000>; #iommu-cells = <1>;
                     #interrupt-cells = <1>; mmu-masters = <2 7>; phandle = <1>; };
        old@2000 { compatible = "test,old"; reg = <0 0x2000 0 0x1000>; #stream-id-cells = <1>; phandle = <2>; };
        """)
    tool("apply", "--contract", "xen", "--iommu-drivers", "test,mmu", tree, "-o", "out.dtb")
    out = read_tree(tree.parent / "out.dtb")
    assert out.prop("/iommu@1000", "status") is None
    assert out.prop("/iommu@1000", "mmu-masters") is None
    assert "iommu-shown" not in tool("check", "out.dtb", code=None).out


@pytest.mark.parametrize("base, more, safe", [
    (0x7fff0000, "", True), (0x80000000, "", False), (0xa0000000, "", False), (0x7fff0000, "0 0x90000000 0 0x1000", False),
    (0x7ffff000, "", False), (0xa0000000, "no-map", False)],
    ids=["below RAM", "its first page", "in RAM", "the second entry", "its last page", "what firmware keeps of RAM"])
@pytest.mark.parametrize("contract", ["xen", "native"])
def test_an_iommu_in_ram_protects_nobody(tool, make_tree, read_tree, contract, base, more, safe):
    """Nothing answers there that is one; and the plan says so."""
    kept = (f"reserved-memory {{ #address-cells = <2>; #size-cells = <2>; ranges; fw@{base:x} {{ no-map;"
            f" reg = <0 {base:#x} 0 0x10000>; }}; }};" if more == "no-map" else "")
    tree = make_tree(MEMORY + kept + f"""
        iommu@{base:x} {{ compatible = "arm,mmu-500"; #global-interrupts = <1>; interrupts = <0 200 4>, <0 201 4>;
            reg = <0 {base:#x} 0 0x10000 {more if more != "no-map" else ""}>; #iommu-cells = <1>; phandle = <1>; }};
        dev@9000 {{ compatible = "test,dev"; reg = <0 0x9000 0 0x1000>; iommus = <1 7>; }};""")
    tool("apply", "--contract", contract, tree, "-o", "out.dtb")
    assert (read_tree(tree.parent / "out.dtb").prop("/dev@9000", "xen-dma-safe") == b"") == safe
    plan = tool("plan", "-v", "--contract", contract, tree).flat
    assert ("an iommus entry names an IOMMU whose registers would lie in memory" in plan) == (not safe)
