# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Contract native: devices that no offset reaches, and memory that Linux takes for its own."""
import json
import struct

import pytest

from trees import MEMORY

MIB = 1 << 20
NATIVE = ("--contract", "native", "--dom0-mem", "256M", "--dom0-base", "0x80000000")
SHIFTED = (*NATIVE, "--machine-base", "0x90000000")
STRAIGHT = (*NATIVE, "--machine-base", "0x80000000")
WAYS = ("property", "dma-ranges", "both")
WARNING = "IOMMU would use guest as machine addresses"


def cells(value):
    return list(struct.unpack(f">{len(value) // 4}I", value))


def look(tool, tree, *policy):
    """(the page, {path of a master: how it is told}) of a plan."""
    plan = json.loads(tool("plan", "--json", *policy, tree).out)
    return tool("plan", *policy, tree).flat, {one["path"]: one["offset"] for one in plan["dma"]}


def recorded(tool, read_tree, tree, *policy):
    tool("apply", *policy, tree, "-o", "out.dtb")
    out = read_tree(tree.parent / "out.dtb")
    return out, (out.strings("/chosen/dtshim/record", "lost")
                 if out.prop("/chosen/dtshim/record", "lost") is not None else [])


# ---- behind an IOMMU of dom0's ---------------------------------------------------------

IOMMUS = """
    good: iommu@1000 { compatible = "arm,mmu-500"; reg = <0 0x1000 0 0x1000>; #iommu-cells = <1>;
        #global-interrupts = <1>; interrupts = <0 200 4>, <0 201 4>; };
    other: iommu@2000 { compatible = "rockchip,iommu"; reg = <0 0x2000 0 0x1000>; #iommu-cells = <0>; %s };
    grants: iommu { compatible = "xen,grant-dma"; #iommu-cells = <1>; };
    old: iommu@4000 { compatible = "test,old"; reg = <0 0x4000 0 0x1000>; mmu-masters = <%s>; };
"""


def board(properties, on_iommu="", lists="", kind=""):
    return (MEMORY + IOMMUS % (on_iommu, lists) +
            f'dev: dev@9000 {{ compatible = "test,dev"; reg = <0 0x9000 0 0x1000>; '
            f"{kind} {properties} }};" + 'free@a000 { compatible = "test,free"; };')


PCI = 'device_type = "pci"; #address-cells = <3>; #size-cells = <2>;'
BEHIND = {
    "iommus": board("iommus = <&other>;"),
    "one of two": board("iommus = <&good 1>, <&other>;"),
    "the first of two": board("iommus = <&other>, <&good 1>;"),
    "iommu-map of a PCI host": board("iommu-map = <0 &narrow 0 0x10000>;", "", "", PCI) +
                               'narrow: iommu@5000 { compatible = "test,iommu"; '
                               "reg = <0 0x5000 0 0x1000>; #iommu-cells = <1>; };",
    "mmu-masters": board("#stream-id-cells = <1>;", lists="&dev 3"),
}


@pytest.mark.parametrize("where", WAYS)
@pytest.mark.parametrize("case", BEHIND)
def test_what_dom0_translates_itself_cannot_be_told(tool, make_tree, read_tree, case, where):
    tree = make_tree(BEHIND[case])
    page, told = look(tool, tree, *SHIFTED, "--offset-in", where)
    assert f"/dev@9000: its {WARNING}" in page
    assert told["/dev@9000"] == "lost" and told["/free@a000"] == (
        "not" if where == "property" else "dma-mem")
    out, lost = recorded(tool, read_tree, tree, *SHIFTED, "--offset-in", where)
    assert lost == ["/dev@9000"]
    assert out.prop("/dev@9000", "interconnects") is None
    assert "1 of them cannot be told the offset" in page


NOT_DOM0S = {
    "driven": board("iommus = <&good 1>;"),
    "disabled": board("iommus = <&other>;", 'status = "disabled";'),
    "another domain's": board("iommus = <&other>;", "xen,passthrough;"),
    "no hardware": board("iommus = <&grants 1>;"),
    "none": board(""),
    "a dangling phandle": board("iommus = <99>;"),
}


@pytest.mark.parametrize("case", NOT_DOM0S)
def test_what_dom0_does_not_translate_is_told(tool, make_tree, read_tree, case):
    tree = make_tree(NOT_DOM0S[case])
    page, told = look(tool, tree, *SHIFTED, "--offset-in", "both")
    assert WARNING not in page
    assert told["/dev@9000"] == ("not" if case == "driven" else "dma-mem")
    assert recorded(tool, read_tree, tree, *SHIFTED, "--offset-in", "both")[1] == []


@pytest.mark.parametrize("policy", [STRAIGHT, ("--contract", "xen")])
def test_without_an_offset_all_is_well(tool, make_tree, read_tree, policy):
    tree = make_tree(BEHIND["iommus"])
    assert WARNING not in tool("plan", *policy, tree).flat
    assert recorded(tool, read_tree, tree, *policy)[1] == []


def test_many_are_told_in_one_sentence(tool, make_tree):
    many = "".join(f'dev@{n}000 {{ compatible = "test,dev"; reg = <0 0x{n}000 0 0x1000>; '
                   "iommus = <&other>; };" for n in range(10, 50))
    page = tool("plan", *SHIFTED, make_tree(board("") + many)).flat
    assert f"40 devices: their {WARNING.replace('IOMMU', 'IOMMUs')}" in page.replace("\n", " ")


def test_those_beside_keep_what_the_bus_says(tool, make_tree):
    """The bus still takes the offset in for those that go by it."""
    tree = make_tree(MEMORY + IOMMUS % ("", "") + """
        soc { compatible = "simple-bus"; #address-cells = <2>; #size-cells = <2>; ranges;
              dma-ranges = <0 0 0 0 1 0>;
              dev { compatible = "test,dev"; iommus = <&other>; };
              free { compatible = "test,free"; }; };""")
    _, told = look(tool, tree, *SHIFTED, "--offset-in", "both")
    assert (told["/soc/dev"], told["/soc/free"]) == ("lost", "bus")


ITS = """gic@8000000 { compatible = "arm,gic-v3"; reg = <0 0x8000000 0 0x10000>; ranges;
    #address-cells = <2>; #size-cells = <2>; interrupt-controller;
    its@8080000 { compatible = "arm,gic-v3-its"; reg = <0 0x8080000 0 0x20000>; }; };"""


@pytest.mark.parametrize("where", WAYS)
def test_an_its_is_lost(tool, make_tree, read_tree, where):
    _, lost = recorded(tool, read_tree, make_tree(MEMORY + ITS), *SHIFTED, "--offset-in", where)
    assert lost == ["/gic@8000000/its@8080000"]


# ---- iommu-addresses ---------------------------------------------------------------------

REGIONS = """
    reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges;
        fb: framebuffer@%x { reg = <0 0x%x 0 0x200000>; no-map; %s };
        %s };
    display@9000 { compatible = "test,display"; reg = <0 0x9000 0 0x1000>; memory-region = <&fb>;
        phandle = <7>; iommus = <&good 1>; };
"""
NAMED = "iommu-addresses = <7 0 0x%x 0 0x200000>;"
FB = 0xb0000000


def display(at=FB, more="", named=True):
    return MEMORY + IOMMUS % ("", "") + REGIONS % (at, at, NAMED % at if named else "", more)


@pytest.mark.parametrize("where", WAYS)
def test_a_region_that_hardware_goes_by_stays(tool, make_tree, read_tree, where):
    """Its number is in the hardware: reg and iommu-addresses go on saying the same."""
    tree = make_tree(display())
    page, _ = look(tool, tree, *SHIFTED, "--offset-in", where)
    assert f"/reserved-memory/framebuffer@{FB:x}: keeps its machine addresses" in page
    out, _ = recorded(tool, read_tree, tree, *SHIFTED, "--offset-in", where)
    path = f"/reserved-memory/framebuffer@{FB:x}"
    assert out.u64s(path, "reg") == [FB, 2 * MIB]
    assert cells(out.prop(path, "iommu-addresses")) == [7, 0, FB, 0, 2 * MIB]
    assert out.prop("/chosen/dtshim/record", "reserved-memory") is None


def test_without_iommu_addresses_it_moves(tool, make_tree, read_tree):
    out, _ = recorded(tool, read_tree, make_tree(display(named=False)), *SHIFTED)
    assert out.u64s(f"/reserved-memory/framebuffer@{FB:x}", "reg") == [FB - 0x10000000, 2 * MIB]


def test_its_device_finds_it_where_it_is(tool, make_tree, read_tree):
    """Its pool is in the device's dma-ranges at the one address that it has."""
    tree = make_tree(display().replace("iommus = <&good 1>;", ""))
    out, _ = recorded(tool, read_tree, tree, *SHIFTED, "--offset-in", "both")
    node = next(one for one in out.children("/") if one.startswith("dtshim-dma"))
    rows = out.u64s(f"/{node}", "dma-ranges")
    assert rows == [0x90000000, 0x80000000, 256 * MIB, FB, FB, 2 * MIB]


IN_THE_WAY = {
    "dom0's guest memory": (display(at=0x8f000000), SHIFTED),
    "another region's place": (display(more="other@c0100000 { reg = <0 0xc0100000 0 0x100000>; };"),
                               SHIFTED),
}


@pytest.mark.parametrize("case", IN_THE_WAY)
def test_where_it_cannot_stay_that_is_said(tool, make_tree, case):
    body, policy = IN_THE_WAY[case]
    page = tool("plan", *policy, make_tree(body)).flat
    assert "iommu-addresses are not moved" in page
    assert "keeps its machine addresses" not in page


def test_a_mere_reservation_changes_nothing(tool, make_tree, read_tree):
    """Without reg it is no memory: addresses that the device must not be given."""
    tree = make_tree(display(more="hole { iommu-addresses = <7 0 0x1000 0 0x1000>; };", named=False))
    out, _ = recorded(tool, read_tree, tree, *SHIFTED)
    assert cells(out.prop("/reserved-memory/hole", "iommu-addresses")) == [7, 0, 0x1000, 0, 0x1000]
    assert "iommu-addresses" not in tool("plan", *SHIFTED, tree).flat


# ---- pools outside dom0's memory ---------------------------------------------------------------

OUTSIDE = "is outside dom0's memory"
RESTRICTED = 'compatible = "restricted-dma-pool"; reg = <0 0xb0000000 0 0x400000>;'
CMA = 'compatible = "shared-dma-pool"; reusable; reg = <0 0xb0000000 0 0x400000>;'


def pool(properties, user='dev@9000 { compatible = "test,dev"; reg = <0 0x9000 0 0x1000>; '
                          "memory-region = <&pool>; };"):
    return (MEMORY + "reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges; "
            f"pool: pool@b0000000 {{ {properties} }}; }};" + user)


BEHIND_PCI = """pcie@9000 { compatible = "test,pcie"; device_type = "pci"; reg = <0 0x9000 0 0x1000>;
    #address-cells = <3>; #size-cells = <2>;
    pcie@0 { device_type = "pci"; reg = <0 0 0 0 0>; #address-cells = <3>; #size-cells = <2>;
        wifi@0 { reg = <0 0 0 0 0>; memory-region = <&pool>; }; }; };"""


@pytest.mark.parametrize("policy", [STRAIGHT, SHIFTED])
@pytest.mark.parametrize("properties", [RESTRICTED, CMA])
def test_a_pool_outside_is_named(tool, make_tree, properties, policy):
    """With an offset or without: what is reserved by address is none of dom0's memory."""
    page = tool("plan", *policy, make_tree(pool(properties))).flat
    assert f"/reserved-memory/pool@b0000000: {OUTSIDE}" in page


@pytest.mark.parametrize("where", WAYS)
@pytest.mark.parametrize("user, path", [(None, "/dev@9000"), (BEHIND_PCI, "/pcie@9000")])
def test_who_bounces_outside_is_lost(tool, make_tree, read_tree, user, path, where):
    tree = make_tree(pool(RESTRICTED, user) if user else pool(RESTRICTED))
    assert recorded(tool, read_tree, tree, *SHIFTED, "--offset-in", where)[1] == [path]


NO_SUCH_POOL = {
    "placed at run time": pool('compatible = "restricted-dma-pool"; size = <0 0x400000>;'),
    "disabled": pool(RESTRICTED + 'status = "disabled";'),
    "refused by Linux": pool(RESTRICTED + "no-map;"),
    "refused by Linux, too": pool(RESTRICTED + "reusable;"),
    "refused as the default": pool(RESTRICTED + "linux,dma-default;"),
    "refused as the default, too": pool(RESTRICTED + "linux,cma-default;"),
    "mapped for its device": pool(CMA.replace("reusable;", "no-map;")),
    "the device's own": pool(CMA.replace("reusable;", "")),
    "no pool": pool("reg = <0 0xb0000000 0 0x400000>;"),
}


@pytest.mark.parametrize("case", NO_SUCH_POOL)
def test_other_reserved_memory_is_no_such_pool(tool, make_tree, read_tree, case):
    tree = make_tree(NO_SUCH_POOL[case])
    assert OUTSIDE not in tool("plan", *SHIFTED, tree).flat
    assert recorded(tool, read_tree, tree, *SHIFTED, "--offset-in", "both")[1] == []


def test_xen_maps_pools_for_dom0(tool, make_tree):
    """It gives dom0 a memory node for what is reserved: pages like any other to Linux."""
    assert OUTSIDE not in tool("plan", "--contract", "xen", make_tree(pool(RESTRICTED))).flat


# ---- the same for a xen,domain -------------------------------------------------------------

DOMAIN = ("--contract", "xen", "--layout", "offset", "--dom0-mem", "256M", "--passthrough", "/dev@9000")


def test_a_domain_is_given_neither_iommu_nor_pool(tool, make_tree, read_tree):
    """What a device goes through that Xen does not drive stays as firmware left it: nobody has
    the IOMMU, and what the device finds is the offset alone. The loss of a region is said."""
    source = BEHIND["iommus"].replace("iommus = <&other>;",
                                      "iommus = <&other>; memory-region = <&fb>, <&pool>;") + """
        reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges;
            fb: fb@b0000000 { reg = <0 0xb0000000 0 0x200000>; no-map;
                              iommu-addresses = <&dev 0 0xb0000000 0 0x200000>; };
            pool: pool@b8000000 { compatible = "restricted-dma-pool"; reg = <0 0xb8000000 0 0x400000>; }; };"""
    tree = make_tree(source)
    page, told = look(tool, tree, *DOMAIN)
    assert "/dev@9000: loses its memory-region" in page and told["/dev@9000"] == "bus"
    tool("apply", *DOMAIN, tree, "-o", "out.dtb")
    out, inner = (read_tree(tree.parent / name) for name in ("out.dtb", "out.domain.dtb"))
    assert out.u64s("/reserved-memory/fb@b0000000", "reg") == [FB, 2 * MIB]
    path = "/passthrough/dev@9000"
    assert inner.has(path) and not inner.has("/reserved-memory")
    assert inner.prop(path, "iommus") is None and inner.prop(path, "memory-region") is None
