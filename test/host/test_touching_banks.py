# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Memory nodes that Xen reads otherwise than Linux, and pools that dom0's memory does not serve."""
import json

import pytest

from trees import MEMORY, patched

OFF = 'memory@c0000000 { device_type = "memory"; reg = <0 0xc0000000 0 0x10000000>; status = "disabled"; };'
BANK = 'memory@%x { device_type = "memory"; reg = <%s>; };'
POLICY = ("--dom0-mem", "256M")


@pytest.mark.parametrize("nodes", [
    BANK % (0x80000000, "0 0x80000000 0 0x40000000") + BANK % (0xc0000000, "0 0xc0000000 0 0x40000000"),
    BANK % (0x80000000, "0 0x80000000 0 0x40000000 0 0xc0000000 0 0x40000000"),
    BANK % (0x80000000, "0 0x80000000 0 0x50000000") + BANK % (0xc0000000, "0 0xc0000000 0 0x40000000"),
    BANK % (0xc0000000, "0 0xc0000000 0 0x40000000") + BANK % (0x80000000, "0 0x80000000 0 0x40000000"),
], ids=["two nodes", "one node", "they overlap", "the upper one first"])
def test_banks_that_touch_become_one(tool, make_tree, read_tree, nodes):
    tree = make_tree(nodes)
    assert "memory-banks" in tool("check", tree, code=1).out
    tool("apply", *POLICY, tree, "-o", "out.dtb")
    out = read_tree(tree.parent / "out.dtb")
    assert [name for name in out.children("/") if name.startswith("memory")] == ["memory@80000000"]
    assert out.u64s("/memory@80000000", "reg") == [0x80000000, 0x80000000]
    assert "memory-banks" not in tool("check", "out.dtb").out
    tool("apply", "out.dtb", "-o", "again.dtb")
    assert (tree.parent / "out.dtb").read_bytes() == (tree.parent / "again.dtb").read_bytes()


RELEASES = ["4.17", "4.18", "4.19", "4.20", "4.21", "4.22"]
PAYLOAD = """chosen { #address-cells = <2>; #size-cells = <2>;
    hypervisor@%x { compatible = "dtshim,hypervisor"; reg = <0 0x%x 0 0x100000>; };
    module@a0000000 { compatible = "multiboot,kernel", "multiboot,module"; reg = <0 0xa0000000 0 0x1000000>; }; };"""
LOWER = BANK % (0x80000000, "0 0x80000000 0 0x40000000")
OVER = BANK % (0xb0000000, "0 0xb0000000 0 0x50000000")
NEXT = BANK % (0xc0000000, "0 0xc0000000 0 0x40000000")


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("nodes, xen, stop, node", [
    (LOWER + OVER, 0xa4000000, "banks-meet", "memory@b0000000"), (OVER + LOWER, 0xa4000000, "banks-meet", "memory@80000000"),
    (LOWER + NEXT, 0xa4000000, None, "memory@c0000000"), (LOWER + NEXT, 0xbff80000, "across-banks", "memory@c0000000"),
], ids=["two overlap", "the lower one second", "they touch", "they touch, and Xen is in both"])
def test_by_release(tool, make_tree, release, nodes, xen, stop, node):
    """No release joins what a tree says (fb9a7f6cf3 is for EFI): apply does, and then each boots."""
    tree = make_tree(nodes + PAYLOAD % (xen, xen))
    patched(tree, tree.name, totalsize=tree.stat().st_size + (16 << 10))
    tree.write_bytes(tree.read_bytes() + bytes(16 << 10))
    options = ["--xen-version", release, "--json"]
    said, = json.loads(tool("forecast", *options, tree, code=1 if stop else 0).out)["forecasts"]
    assert (said["stop"] or {}).get("id") == stop
    assert len(said["ram"]) == 2
    assert f"/{node}: 2 banks" in tool("check", "--xen-version", release, tree, code=None).out
    assert f"/{node}: banks that touch or overlap become one" in tool("plan", "--xen-version", release, tree).out
    tool("apply", "--xen-version", release, tree, "-o", "out.dtb")
    said, = json.loads(tool("forecast", *options, "out.dtb").out)["forecasts"]
    assert said["stop"] is None and [bank["size"] for bank in said["ram"]] == ["0x80000000"]
    tool("check", "--xen-version", release, "out.dtb")


def test_banks_apart_stay_as_they_are(tool, make_tree, read_tree):
    tree = make_tree(BANK % (0x80000000, "0 0x80000000 0 0x40000000 0 0xc0001000 0 0x10000000") +
                     BANK % (0x1_0000_0000, "1 0 0 0x40000000"))
    tool("apply", *POLICY, tree, "-o", "out.dtb")
    out = read_tree(tree.parent / "out.dtb")
    assert out.u64s("/memory@80000000", "reg") == [0x80000000, 0x40000000, 0xc0001000, 0x10000000]
    assert out.u64s("/memory@100000000", "reg") == [0x100000000, 0x40000000]
    assert tool("check", tree).out == ""


def test_a_long_bank_of_one_cell_is_no_fault(tool, make_tree):
    """What one cell cannot say is several entries, which touch."""
    body = ("/dts-v1/; / { #address-cells = <2>; #size-cells = <1>; memory@80000000 {"
            ' device_type = "memory"; reg = <0 0x80000000 0xc0000000>, <1 0x40000000 0xc0000000>; }; };')
    assert "memory-banks" not in tool("check", make_tree(body), code=None).out


def test_disabled_memory_gets_another_name(tool, make_tree, read_tree):
    tree = make_tree(MEMORY.replace("0 0x80000000>", "0 0x40000000>") + OFF)
    assert "disabled-memory" in tool("check", "--xen-version", "4.17", tree, code=1).out
    assert "disabled-memory" not in tool("check", "--xen-version", "4.20", tree, code=0).out
    tool("apply", *POLICY, tree, "-o", "out.dtb")
    out = read_tree(tree.parent / "out.dtb")
    assert out.has("/disabled-memory@c0000000") and not out.has("/memory@c0000000")
    assert out.string("/disabled-memory@c0000000", "device_type") == "memory"
    tool("check", "out.dtb")


def test_a_name_that_is_taken(tool, make_tree, read_tree):
    """By a sibling: then there is a second one for it."""
    bus = ("b { #address-cells = <2>; #size-cells = <2>; memory@0 { reg = <0 0 0 0x1000>; };"
           " region@0 { compatible = \"test,region\"; }; };")
    tree = make_tree(MEMORY.replace("0 0x80000000>", "0 0x40000000>") + OFF + bus +
                     "disabled-memory@c0000000 { };")
    tool("apply", "--xen-version", "4.17", tree, "-o", "out.dtb")
    out = read_tree(tree.parent / "out.dtb")
    assert out.has("/disabled-memory-node@c0000000") and out.has("/b/region-of-memory@0")
    tool("check", "out.dtb")
    tool("apply", "out.dtb", "-o", "twice.dtb")
    assert (tree.parent / "twice.dtb").read_bytes() == (tree.parent / "out.dtb").read_bytes()


def test_native_beside_disabled_memory(tool, make_tree):
    """dom0's memory is what Linux takes for it: a disabled node says nothing of it."""
    tree = make_tree(MEMORY.replace("0 0x80000000>", "0 0x40000000>") + OFF)
    tool("apply", "--contract", "native", *POLICY, tree, "-o", "out.dtb")
    assert "memory-record" not in tool("check", "out.dtb", code=None).out


# ---- RAM of another name ----------------------------------------------------------------------------

RAM = 'ram@%x { device_type = "memory"; reg = <%s>; };'


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("nodes, unseen, named", [
    (RAM % (0x80000000, "0 0x80000000 0 0x80000000"), ["ram@80000000"], ["memory@80000000"]),
    (LOWER + RAM % (0x100000000, "1 0 0 0x40000000"), ["ram@100000000"], ["memory@80000000", "memory@100000000"]),
    (RAM % (0x80000000, "0 0x80000000 0 0x40000000") + RAM.replace("ram@", "dram@") % (0x100000000, "1 0 0 0x40000000"),
     ["ram@80000000", "dram@100000000"], ["memory@80000000", "memory@100000000"]),
    (RAM % (0x80000000, "0 0x80000000 0 0x40000000") + 'memory@80000000 { status = "disabled"; };',
     ["ram@80000000"], ["memory@dtshim"]),
    (RAM % (0x80000000, "0 0x80000000 0 0x40000000") + NEXT, ["ram@80000000"], ["memory@80000000"]),
], ids=["all of it", "some of it", "two nodes", "the name is taken", "they touch"])
def test_ram_of_another_name(tool, make_tree, read_tree, release, nodes, unseen, named):
    """Linux goes by device_type, Xen by the name, too: it is given that name."""
    tree, options = make_tree(nodes + PAYLOAD % (0xa4000000, 0xa4000000)), ["--xen-version", release]
    said = tool("check", "-v", *options, tree, code=None).out
    assert [f"memory-name: /{node}: is RAM" in said for node in unseen] == [True] * len(unseen)
    tool("apply", *options, *POLICY, tree, "-o", "out.dtb")
    out = read_tree(tree.parent / "out.dtb")
    assert [name for name in out.children("/") if out.prop(f"/{name}", "device_type") == b"memory\0"
            and out.string(f"/{name}", "status") is None] == named
    plan = json.loads(tool("plan", "--json", *options, *POLICY, tree).out)
    said, = json.loads(tool("forecast", "--json", *options, "out.dtb").out)["forecasts"]
    assert [(bank["base"], bank["size"]) for bank in said["ram"]] == [(one["base"], one["size"]) for one in plan["ram"]]
    tool("check", *options, "out.dtb")
    tool("apply", *options, *POLICY, "out.dtb", "-o", "again.dtb")
    assert (tree.parent / "out.dtb").read_bytes() == (tree.parent / "again.dtb").read_bytes()


@pytest.mark.parametrize("kind", ['device_type = "ram";', 'device_type = "";'])
def test_a_name_alone_is_no_ram(tool, make_tree, read_tree, kind):
    """Linux goes by device_type, and Xen before 4.20 by the name alone."""
    tree = make_tree(MEMORY.replace("0 0x80000000>", "0 0x40000000>") +
                     f"memory@c0000000 {{ {kind} reg = <0 0xc0000000 0 0x40000000>; }};")
    assert "memory-depth: /memory@c0000000" in tool("check", "--xen-version", "4.19", tree, code=1).out
    tool("check", "--xen-version", "4.20", tree)
    tool("apply", *POLICY, tree, "-o", "out.dtb")
    assert read_tree(tree.parent / "out.dtb").has("/region@c0000000")
    for said in json.loads(tool("forecast", "--json", "out.dtb").out)["forecasts"]:
        assert [bank["base"] for bank in said["ram"]] == ["0x80000000"]


@pytest.mark.parametrize("size, alloc, says", [
    ("0x4000000", "0 0x8e000000 0 0x10000000", "32 MiB of its alloc-ranges is in dom0's machine block, it needs 64 MiB"),
    ("0x4000000", "0 0xa0000000 0 0x10000000", "none of its alloc-ranges is in dom0's machine block"),
    ("0x2000000", "0 0x8e000000 0 0x10000000", None)], ids=["a part", "none", "enough"])
def test_a_pool_that_finds_too_little(tool, make_tree, size, alloc, says):
    tree = make_tree(MEMORY + "reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges;"
                     f" pool {{ size = <0 {size}>; alloc-ranges = <{alloc}>; }}; }};")
    said = tool("plan", *POLICY, "--dom0-base", "0x80000000", tree).flat
    assert ("cannot place this pool" in said) == bool(says)
    assert not says or says in said
    assert "cannot place this pool" not in tool("plan", *POLICY, tree).flat
