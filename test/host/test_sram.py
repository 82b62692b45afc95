# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""On-chip memory: outer regions in whole pages of one type; what the guest has stays."""
import json

import pytest

from trees import MEMORY


NATIVE = ("--contract", "native")


def sram(children="", more="", reg="<0 0x1000000 0 0x10000>", name="sram@1000000",
         compatible="mmio-sram"):
    return (f'{name} {{ compatible = "{compatible}"; reg = {reg}; #address-cells = <1>; '
            f"#size-cells = <1>; ranges = <0 0 0x1000000 0x10000>; {more} {children} }};")


def part(at, size, more=""):
    return f"p@{at:x} {{ reg = <{at:#x} {size:#x}>; {more} }};"


def runs(tool, tree, *policy):
    plan = json.loads(tool("plan", "--json", *NATIVE, *policy, tree).out)
    return [(int(one["base"], 16), int(one["size"], 16), one["type"])
            for one in plan["sram"]["runs"]]


SHMEM = 'compatible = "arm,scmi-shmem";'
NC, NGNRE = "normal-nc", "device-ngnre"
BASE = 0x1000000

CASES = {
    "plain": (sram(), [(BASE, 0x10000, NC)]),
    "no write combining": (sram(more="no-memory-wc;"), [(BASE, 0x10000, NGNRE)]),
    "mailbox in the middle": (sram(part(0x4000, 0x1000, SHMEM)), [
        (BASE, 0x4000, NC), (BASE + 0x4000, 0x1000, NGNRE), (BASE + 0x5000, 0xb000, NC)]),
    "mailbox of less than a page": (sram(part(0x4100, 0x80, SHMEM)), [
        (BASE, 0x4000, NC), (BASE + 0x4000, 0x1000, NGNRE), (BASE + 0x5000, 0xb000, NC)]),
    "mailbox over a page's end": (sram(part(0x4f80, 0x100, SHMEM)), [
        (BASE, 0x4000, NC), (BASE + 0x4000, 0x2000, NGNRE), (BASE + 0x6000, 0xa000, NC)]),
    "disabled mailbox": (sram(part(0, 0x1000, SHMEM + 'status = "disabled";')),
                         [(BASE, 0x10000, NC)]),
    "code in device memory": (sram(part(0, 0x1000, "protect-exec;"), "no-memory-wc;"), [
        (BASE, 0x1000, NC), (BASE + 0x1000, 0xf000, NGNRE)]),
    "code that shares its page": (sram(part(0, 0x800, "protect-exec;"), "no-memory-wc;"),
                                  [(BASE, 0x10000, NGNRE)]),
    "told in the tree": (sram(part(0, 0x1000, 'dtshim,memory-type = "normal-wb";')), [
        (BASE, 0x1000, "normal-wb"), (BASE + 0x1000, 0xf000, NC)]),
    "told nonsense": (sram(more='dtshim,memory-type = "fast";'), [(BASE, 0x10000, NC)]),
    "overlapping parts": (sram(part(0, 0x2000, SHMEM) + "q@1000 { reg = <0x1000 0x2000>; };"), [
        (BASE, 0x2000, NGNRE), (BASE + 0x2000, 0xe000, NC)]),
    "not in whole pages": (sram(reg="<0 0x1000100 0 0x1000>"), [(BASE, 0x2000, NC)]),
    "two in one page": (sram(reg="<0 0x1000000 0 0x800>") + sram(
        reg="<0 0x1000800 0 0x800>", name="sram@1000800", more="no-memory-wc;"),
        [(BASE, 0x1000, NGNRE)]),
    "tegra": (sram(part(0x4e000, 0x1000), compatible="nvidia,tegra194-sysram"),
              [(BASE, 0x10000, NGNRE)]),
    "without size": (sram(reg="<0 0x1000000 0 0>"), []),
    "behind a bus without ranges": ("b { #address-cells = <2>; #size-cells = <2>; " + sram() + "};", []),
    "beside the interrupt controller": (sram() + "gic@1004000 { interrupt-controller; "
                                        "reg = <0 0x1004800 0 0x100>; };", [
        (BASE, 0x4000, NC), (BASE + 0x4000, 0x1000, NGNRE), (BASE + 0x5000, 0xb000, NC)]),
}


@pytest.mark.parametrize("case", CASES)
def test_runs(tool, make_tree, case):
    body, expected = CASES[case]
    assert runs(tool, make_tree(MEMORY + body)) == expected


@pytest.mark.parametrize("contract", ["native", "xen"])
def test_the_map_and_what_stays(tool, make_tree, read_tree, contract):
    """Nodes of the guest keep everything; users of either phandle still find theirs."""
    body = sram(part(0x4000, 0x1000, SHMEM + "phandle = <7>; pool;"), "phandle = <8>;") + \
        'scmi { shmem = <7>; sram = <8>; };'
    tree = make_tree(MEMORY + body)
    tool("apply", "--contract", contract, tree, "-o", "out.dtb")
    before, after = read_tree(tree), read_tree(tree.parent / "out.dtb")
    for node in ("/sram@1000000", "/sram@1000000/p@4000", "/scmi"):
        for name in ("compatible", "reg", "ranges", "phandle", "pool", "shmem", "sram"):
            assert before.prop(node, name) == after.prop(node, name)
    assert after.children("/sram-map") == ["sram@1000000", "sram@1004000", "sram@1005000"]
    assert after.u64s("/sram-map/sram@1004000", "reg") == [BASE + 0x4000, 0x1000]
    assert after.string("/sram-map/sram@1004000", "dtshim,memory-type") == NGNRE
    assert after.prop("/sram-map", "ranges") == b""
    assert tool("check", "out.dtb").out == ""


def test_no_map_without_sram(tool, make_tree, read_tree):
    tree = make_tree(MEMORY)
    tool("apply", *NATIVE, tree, "-o", "out.dtb")
    assert not read_tree(tree.parent / "out.dtb").has("/sram-map")


def test_policy_tells_types(tool, make_tree):
    tree = make_tree(MEMORY + sram(part(0, 0x1000)))
    told = "/sram@1000000=normal-wb /sram@1000000/p@0=device-gre"
    assert runs(tool, tree, "--memory-types", told) == [
        (BASE, 0x1000, "device-gre"), (BASE + 0x1000, 0xf000, "normal-wb")]


@pytest.mark.parametrize("told, words", [
    ("/sram@1000000", "is not path=type"), ("/sram@1000000=cached", "is not path=type"),
    ("/nowhere=normal-nc", "names no node"),
    ("/gic@1004000=normal-nc", "/gic@1004000: memory-types: an interrupt controller is always device-ngnre"),
])
def test_wrong_types_are_refused(tool, make_tree, told, words):
    tree = make_tree(MEMORY + CASES["beside the interrupt controller"][0])
    assert words in tool("plan", *NATIVE, "--memory-types", told, tree, code=2).err
    assert runs(tool, tree, "--memory-types", "/gic@1004000=device-ngnre")


def test_no_type_relaxes_the_interrupt_controller(tool, make_tree):
    tree = make_tree(MEMORY + CASES["beside the interrupt controller"][0])
    told = runs(tool, tree, "--memory-types", "/sram@1000000=normal-wb")
    assert told[1] == (BASE + 0x4000, 0x1000, NGNRE)


@pytest.mark.parametrize("body, words", [
    (sram(part(0xf000, 0x2000)), "/sram@1000000/p@f000: is outside"),
    (sram(part(0, 0x2000) + "q@1000 { reg = <0x1000 0x1000>; };"), "/sram@1000000/q@1000: overlaps"),
    (sram(part(0x20000, 0x1000)), "/sram@1000000/p@20000: has no address in this SRAM"),
    (sram(reg="<0 0x80000000 0 0x1000>"), "/sram@1000000: this SRAM is in RAM"),
])
def test_what_is_wrong_is_explained(tool, make_tree, body, words):
    assert "WARN   sram: " + words in tool("plan", *NATIVE, make_tree(MEMORY + body)).out


def test_a_part_that_gets_a_stricter_type_is_named(tool, make_tree):
    tree = make_tree(MEMORY + sram(part(0x4100, 0x80, SHMEM) + "q@4200 { reg = <0x4200 0x80>; };"))
    words = tool("plan", "-v", *NATIVE, tree).out
    assert "/sram@1000000/q@4200: is not all mapped as normal-nc" in words
    assert "/p@4100: is not mapped" not in words


def test_sram_in_ram_is_kept_from_dom0(tool, make_tree, read_tree):
    """Stock Xen would map it over dom0's memory."""
    tree = make_tree(MEMORY + sram("p@0 { };", reg="<0 0xf0000000 0 0x1000>"))
    tool("apply", tree, "-o", "out.dtb")
    out = read_tree(tree.parent / "out.dtb")
    assert out.prop("/sram@1000000", "xen,passthrough") == b""
    assert out.prop("/sram@1000000/p@0", "xen,passthrough") == b""


NOMAP = """reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges;
    firmware@f0000000 { reg = <0 0xf0000000 0 0x2000>; %s }; };"""


@pytest.mark.parametrize("at, kept, more", [
    (0xf0000000, False, "no-map;"), (0xf0001000, False, "no-map;"), (0xefffff00, True, "no-map;"),
    (0xf0001800, True, "no-map;"), (0xf0000000, True, ""),
], ids=["inside", "to its end", "begins before it", "runs out of it", "that Linux maps"])
def test_sram_in_a_no_map_region_is_at_home(tool, make_tree, read_tree, at, kept, more):
    """Neither Xen nor Linux has such memory as its own: only what runs out of the region is in RAM."""
    tree = make_tree(MEMORY + NOMAP % more + sram("p@0 { };", reg=f"<0 {at:#x} 0 0x1000>"))
    out = tool("apply", tree, "-o", "out.dtb").out
    assert (read_tree(tree.parent / "out.dtb").prop("/sram@1000000", "xen,passthrough") == b"") is kept
    assert ("this SRAM is in RAM" in tool("plan", tree).out) is kept
    assert ("this SRAM is in RAM" in tool("plan", *NATIVE, tree).out) is kept
    assert ("sram-parts" in tool("check", "out.dtb", code=None).out) is kept, out


def test_with_an_offset_such_a_region_stays(tool, make_tree, read_tree):
    """On-chip memory is mapped at its own address, and firmware's around it is no memory of dom0's."""
    regions = (NOMAP % "no-map;").replace("firmware@", "other@e0000000 { reg = <0 0xe0000000 0 0x1000>; no-map; }; firmware@")
    tree = make_tree(MEMORY + regions + sram(reg="<0 0xf0000000 0 0x1000>"))
    options = (*NATIVE, "--dom0-base", "0x40000000", "--dom0-mem", "256M")
    for more in ((), ("--ram", "0x80000000:0x80000000")):
        tool("apply", *options, *more, tree, "-o", "out.dtb")
        out = read_tree(tree.parent / "out.dtb")
        assert out.u64s("/reserved-memory/firmware@f0000000", "reg") == [0xf0000000, 0x2000]
        assert out.u64s("/reserved-memory/other@e0000000", "reg") == [0xa0000000, 0x1000]
        assert "sram-parts" not in tool("check", "out.dtb", code=None).out


def test_told_ram_does_not_doubt_registers_in_a_no_map_region(tool, make_tree):
    """Firmware's memory lies in DRAM, and so do the mailboxes in it."""
    words = "its registers are in the RAM that was given"
    body = NOMAP + sram(reg="<0 %s 0 0x1000>")
    for at, said in (("0xf0000000", False), ("0xf0001800", True)):
        tree = make_tree(MEMORY + body % ("no-map;", at))
        assert (words in tool("plan", "--ram", "0x40000000:0xc0000000", tree).out) is said
