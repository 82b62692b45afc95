# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Domains that the tree describes: dom0, the payload and Xen's heap keep off their memory."""
import json

import pytest

from trees import MEMORY

MIB = 1 << 20
STATIC = ("--xen-features", "static-mem")
SHARED = ("--xen-features", "static-shm")
CHOSEN = """chosen { #address-cells = <2>; #size-cells = <2>;
    hypervisor@81000000 { compatible = "dtshim,hypervisor"; reg = <0 0x81000000 0 0x100000>; };
    module@82000000 { compatible = "multiboot,kernel", "multiboot,module"; reg = <0 0x82000000 0 0x1000000>; };
    %s };"""


def domain(*banks, name="guest", more=""):
    cells = " ".join(f"{base >> 32:#x} {base & 0xffffffff:#x} 0 {size:#x}" for base, size in banks)
    own = f"xen,static-mem = <{cells}>; direct-map;" if banks else ""
    return f'{name} {{ compatible = "xen,domain"; memory = <0 0x10000>; {own} {more} }};'


def shared(base, size, name="one"):
    return (f'{name} {{ compatible = "xen,domain-shared-memory-v1"; xen,shm-id = "{name}";'
            f" xen,shared-mem = <0 {base:#x} 0 0x50000000 0 {size:#x}>; }};")


IN_TWO = domain(more="#address-cells = <2>; #size-cells = <2>;" + shared(0x90000000, MIB)) + domain(
    name="other", more="#address-cells = <2>; #size-cells = <2>;" + shared(0x90000000, MIB))


def overlap(base, size, one):
    first = int(one["base"], 0)
    return base < first + int(one["size"], 0) and first < base + size


@pytest.mark.parametrize("release", ["4.17", "4.18", "4.19", "4.20", "4.21", "4.22"])
@pytest.mark.parametrize("body, options, taken", [
    (domain((0x90000000, 64 * MIB)), STATIC, [(0x90000000, 64 * MIB)]),
    (domain((0x80000000, MIB), (0xa0000000, 256 * MIB)), STATIC,
     [(0x80000000, MIB), (0xa0000000, 256 * MIB)]),
    (IN_TWO, SHARED, [(0x90000000, MIB)]),
], ids=["in the block", "two banks, one where everything would go", "shared"])
def test_everything_keeps_off_it(tool, make_tree, release, body, options, taken):
    tree = make_tree(MEMORY + CHOSEN % body)
    options = [*options, "--xen-version", release]
    plan = json.loads(tool("plan", "--json", *options, tree).out)
    used = plan["machine-block"] + plan["static-heap"] + plan["reserved-pages"] + [
        {"base": one["to"], "size": one["room"]} for one in plan["modules"]]
    assert not [one for claim in taken for one in used if overlap(*claim, one)]
    assert all(any(int(one["base"], 0) <= base and base + size <= int(one["base"], 0) + int(one["size"], 0)
                   for one in plan["reserved"]) for base, size in taken)
    tool("apply", *options, tree, "-o", "out.dtb")
    tool("apply", *options, "out.dtb", "-o", "again.dtb")
    assert (tree.parent / "out.dtb").read_bytes() == (tree.parent / "again.dtb").read_bytes()
    at = next(one["to"] for one in plan["modules"] if one["kind"] == "tree")
    said, = json.loads(tool("forecast", "--json", *options, "--tree-at", at, "out.dtb").out)["forecasts"]
    assert said["dom0"]["banks"] == plan["machine-block"] and said["dom0"]["sure"]


def test_a_static_heap_keeps_off_it(tool, make_tree):
    """Even where Xen would have its own memory: at the top."""
    tree = make_tree(MEMORY.replace("0 0x80000000>", "1 0>") + CHOSEN % domain((0x178000000, 128 * MIB)))
    plan = json.loads(tool("plan", "--json", *STATIC, "--dom0-mem", "100M", "--dom0-base", "0x80000000", tree).out)
    assert plan["static-heap"] and not [one for one in plan["static-heap"]
                                        if overlap(0x178000000, 128 * MIB, one)]


def test_what_the_plan_says(tool, make_tree):
    tree = make_tree(MEMORY + CHOSEN % domain((0x90000000, 64 * MIB)))
    said = tool("plan", "-v", *STATIC, tree).flat
    assert "/chosen/guest: reserves 0x90000000-0x93ffffff for itself" in said
    assert ("not at the native base 0x80000000: dom0's block 0x80000000-0x9fffffff overlaps the "
            "reserved 0x90000000-0x93ffffff") in said
    error = tool("plan", *STATIC, "--dom0-base", "0x88000000", tree, code=2).err
    assert "/chosen/guest: dom0-base: dom0's block 0x88000000-0xa7ffffff overlaps" in error


def test_one_that_is_in_nobody_s_way(tool, make_tree):
    tree = make_tree(MEMORY + CHOSEN % domain((0xf0000000, 64 * MIB)))
    plan = json.loads(tool("plan", "--json", *STATIC, tree).out)
    assert plan["machine-block"][0]["base"] == "0x80000000" and plan["nearest"] is None


def test_without_static_memory_xen_stops_on_it(tool, make_tree):
    error = tool("plan", make_tree(MEMORY + CHOSEN % domain((0x90000000, 64 * MIB))), code=2).err
    assert "/chosen/guest: Xen 4.17 would stop" in error and "CONFIG_STATIC_MEMORY" in error
    error = tool("plan", "--xen-version", "4.20", make_tree(MEMORY + CHOSEN % IN_TWO), code=2).err
    assert "/chosen/guest/one: Xen 4.20 would stop" in error and "CONFIG_STATIC_SHM" in error


def test_direct_map_without_static_memory(tool, make_tree):
    """No advice to give it what this Xen cannot give."""
    tree = make_tree(MEMORY + CHOSEN % domain(more="direct-map;"))
    error = tool("plan", tree, code=2).err
    assert "/chosen/guest: Xen 4.17 would stop" in error and "give it xen,static-mem" not in error
    assert "give it xen,static-mem" in tool("plan", *STATIC, tree, code=2).err


def test_native_knows_no_domains(tool, make_tree):
    tree = make_tree(MEMORY + CHOSEN % domain((0x90000000, 64 * MIB)))
    plan = json.loads(tool("plan", "--json", "--contract", "native", tree).out)
    assert plan["reserved"] == []


def test_a_domain_in_dom0_s_place_keeps_off_it(tool, make_tree, read_tree):
    tree = make_tree(MEMORY + CHOSEN % domain((0xc0000000, 64 * MIB)))
    options = ["--layout", "offset", *STATIC, "--dom0-mem", "256M"]
    tool("apply", *options, tree, "-o", "out.dtb")
    (base, size), = [read_tree(tree.parent / "out.dtb").u64s("/chosen/dom0", "xen,static-mem")]
    assert size == 256 * MIB and not overlap(0xc0000000, 64 * MIB, {"base": hex(base), "size": hex(size)})
    tool("apply", *options, "out.dtb", "-o", "again.dtb")
    assert (tree.parent / "out.dtb").read_bytes() == (tree.parent / "again.dtb").read_bytes()
    error = tool("plan", *options, "--machine-base", "0xc2000000", tree, code=2).err
    assert "/chosen/guest" in error and "overlaps" in error


# ---- what Xen offers them for foreign pages -------------------------------------------------------

PARTIAL = "m { compatible = \"multiboot,device-tree\", \"multiboot,module\"; reg = <0 0xe0000000 0 0x2000>; };"
CELLS = "#address-cells = <2>; #size-cells = <2>;"


@pytest.mark.parametrize("release", [None, "4.17", "4.18", "4.19", "4.20", "4.21", "4.22"])
@pytest.mark.parametrize("more, line, warned", [
    ("xen,enhanced;", "", True), ('xen,enhanced = "no-xenstore";', "", True), ('xen,enhanced = "disabled";', "", False),
    ("", "", False), ("xen,enhanced;", "ext_regions=0", False), ("xen,enhanced;", "no-ext_regions", False),
    ("xen,enhanced;", "ext_regions=0 ext_regions", True)])
def test_devices_where_xen_offers_it_addresses(tool, make_tree, release, more, line, warned):
    """From 4.21 on Xen keeps off xen,reg itself."""
    line = f'xen,xen-bootargs = "{line}";' if line else ""
    tree = make_tree(MEMORY + CHOSEN.replace("chosen {", f"chosen {{ {line}") % domain(
        more=more + CELLS + PARTIAL))
    said = tool("plan", *(["--xen-version", release] if release else []), tree).flat
    assert ("/chosen/guest: what its own tree passes through (xen,reg) is not checked" in said) == (
        warned and release not in ("4.21", "4.22"))


def test_without_a_tree_of_its_own_it_has_no_devices(tool, make_tree):
    tree = make_tree(MEMORY + CHOSEN % domain(more="xen,enhanced;"))
    assert "passes through" not in tool("plan", tree).out
