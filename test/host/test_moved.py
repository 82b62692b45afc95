# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""RAM that is told, and absolute addresses that follow RAM when it moves."""
import json

import pytest

from trees import HEADER, MEMORY


NATIVE = ("--contract", "native")
RESERVED = "reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges; %s };"
RESERVES = "/dts-v1/; /memreserve/ 0x%x 0x1000;" + HEADER[9:]


def apply(tool, read_tree, tree, *policy):
    tool("apply", *policy, tree, "-o", "out.dtb")
    return read_tree(tree.parent / "out.dtb")


# ---- RAM that the tree does not say --------------------------------------------------

@pytest.mark.parametrize("body", [
    "", 'memory@0 { device_type = "memory"; reg = <0 0 0 0>; };', "memory { device_type = \"memory\"; };"])
@pytest.mark.parametrize("contract", ["xen", "native"])
def test_ram_is_told(tool, make_tree, read_tree, body, contract):
    tree = make_tree(body)
    assert "[no-ram]" in tool("apply", "--contract", contract, tree, "-o", "out.dtb", code=2).err
    out = apply(tool, read_tree, tree, "--contract", contract, "--ram",
                "0x80000000:1G 0x100000000:0x10000000")
    bank = [0x80000000, 0x40000000, 0x100000000, 0x10000000]
    assert out.u64s("/memory@80000000", "reg") == (bank if contract == "xen" else bank[:1] + [512 << 20])
    assert out.string("/memory@80000000", "device_type") == "memory"
    assert [one for one in out.children("/") if one.startswith("memory")] == ["memory@80000000"]
    assert out.u64s("/chosen/dtshim", "ram") == bank
    assert out.u64s("/chosen/dtshim/record", "machine-memory") == bank


def test_ram_in_the_tree_s_policy(tool, make_tree, read_tree):
    tree = make_tree("chosen { dtshim { ram = <0 0x80000000 0 0x40000000>; }; };")
    out = apply(tool, read_tree, tree)
    assert out.u64s("/memory@80000000", "reg") == [0x80000000, 0x40000000]


@pytest.mark.parametrize("ram", ["", "0x80000001", "1G:", "0x80000000:0", "0x80000000:1G,2", ":1G",
                                 "0x80000001:1G", "0xfffffffffffff000:8K", "0x80000000:1GG"])
def test_nonsense_is_refused(tool, make_tree, ram):
    error = tool("plan", "--ram", ram, make_tree(MEMORY), code=2).err
    assert "ram:" in error and "[policy]" in error


def test_usable_memory_where_there_is_no_reg(tool, make_tree, read_tree):
    """Xen reads reg alone; Linux knows linux,usable-memory."""
    tree = make_tree('memory { device_type = "memory"; linux,usable-memory = <0 0x80000000 0 0x40000000>; };')
    out = apply(tool, read_tree, tree)
    assert out.u64s("/memory", "reg") == [0x80000000, 0x40000000]


def test_a_32_bit_kernel_ends_at_4_gib(tool, make_tree):
    cpus = ('cpus { #address-cells = <1>; #size-cells = <0>; cpu@0 {'
            ' device_type = "cpu"; compatible = "%s"; reg = <0>; }; };')
    for core, more, bits, limit in (
            ("arm,cortex-a15", (), 32, 1 << 32), ("arm,cortex-a53", (), 64, 1 << 40),
            ("arm,cortex-a53", ("--kernel-bits", "32"), 32, 1 << 32),
            ("arm,cortex-a53", ("--ipa-bits", "36"), 64, 1 << 36),
            ("arm,cortex-a7", ("--kernel-bits", "64"), 64, 1 << 40)):
        plan = json.loads(tool("plan", "--json", *more, make_tree(MEMORY + cpus % core)).out)
        assert plan["kernel-bits"] == bits and int(plan["guest-limit"], 16) == limit
    assert "neither 32 nor 64" in tool("plan", "--kernel-bits", "16", make_tree(MEMORY), code=2).err


def test_old_32_bit_kernels_want_a_round_base(tool, make_tree):
    words = "older 32-bit kernels do not start here"
    tree = make_tree('memory@80200000 { device_type = "memory"; reg = <0 0x80200000 0 0x40000000>; };')
    assert words in tool("plan", *NATIVE, "--kernel-bits", "32", tree).out
    assert words not in tool("plan", *NATIVE, tree).out


def test_block_lies_in_its_2_mib_as_the_guest_s(tool, make_tree):
    """So that stage 2 can map it with blocks."""
    tree = make_tree('memory@8001f000 { device_type = "memory"; reg = <0 0x8001f000 0 0x40000000>; };' +
                     RESERVED % "r@80100000 { reg = <0 0x80100000 0 0x1000>; };")
    plan = json.loads(tool("plan", "--json", *NATIVE, "--dom0-mem", "128M", tree).out)
    assert plan["machine-block"][0]["base"] == "0x8021f000"


# ---- addresses that follow RAM ----------------------------------------------------------

MOVE = (*NATIVE, "--machine-base", "0xa0000000")  # offset 0x20000000, 512 MiB at 0x80000000


def test_reserved_memory_follows_ram(tool, make_tree, read_tree):
    tree = make_tree(MEMORY + RESERVED % (
        "below@81000000 { reg = <0 0x81000000 0 0x1000>; no-map; };"
        "above@f0000000 { reg = <0 0xf0000000 0 0x1000 0 0xf8000000 0 0x1000>; };"
        "elsewhere@1000000 { reg = <0 0x1000000 0 0x1000>; };"))
    out = apply(tool, read_tree, tree, *MOVE)
    assert out.u64s("/reserved-memory/below@81000000", "reg") == [0x61000000, 0x1000]
    assert out.u64s("/reserved-memory/above@f0000000", "reg") == [
        0xd0000000, 0x1000, 0xd8000000, 0x1000]
    assert out.u64s("/reserved-memory/elsewhere@1000000", "reg") == [0x1000000, 0x1000]
    assert out.u64s("/chosen/dtshim/record", "reserved-memory") == [
        0x81000000, 0x61000000, 0x1000, 0xf0000000, 0xd0000000, 0x1000,
        0xf8000000, 0xd8000000, 0x1000]


def test_reserved_memory_stays_where_ram_stays(tool, make_tree, read_tree):
    tree = make_tree(MEMORY + RESERVED % "r@f0000000 { reg = <0 0xf0000000 0 0x1000>; "
                     "alloc-ranges = <0 0 1 0>; };")
    out = apply(tool, read_tree, tree, *NATIVE)
    assert out.u64s("/reserved-memory/r@f0000000", "reg") == [0xf0000000, 0x1000]
    assert out.u64s("/reserved-memory/r@f0000000", "alloc-ranges") == [0, 1 << 32]


LOW = 'memory@0 { device_type = "memory"; reg = <0 0 0 0x80000000>; };'
FIRMWARE = "own@0 { reg = <0 0 0 0x1c200000>; no-map; }; %s"


@pytest.mark.parametrize("more, first", [
    ("next@1c200000 { reg = <0 0x1c200000 0 0x2000000>; no-map; };", 0x1c200000),
    # It would move to the end of the other, and no further.
    ("next@22600000 { reg = <0 0x22600000 0 0x1000>; no-map; };", 0x1c200000)])
def test_reserved_memory_keeps_off_what_stays(tool, make_tree, read_tree, more, first):
    """An offset of 0x6400000 leads below 0 for the one, and on it for the other."""
    tree = make_tree(LOW + RESERVED % (FIRMWARE % more))
    out = apply(tool, read_tree, tree, *NATIVE, "--dom0-mem", "128M", "--dom0-base", "0x20000000",
                "--machine-base", "0x26400000")
    name = more.split()[0]
    assert out.u64s("/reserved-memory/own@0", "reg")[0] == 0
    assert out.u64s(f"/reserved-memory/{name}", "reg")[0] == first
    assert ": reserved-overlap:" not in tool("check", "out.dtb", code=None).out


def test_reserved_memory_that_neither_moves_nor_stays(tool, make_tree):
    tree = make_tree(LOW + RESERVED % (FIRMWARE % "next@1c200000 { reg = <0 0x1c200000 0 0x6000000>; };"))
    error = tool("plan", *NATIVE, "--dom0-mem", "128M", "--dom0-base", "0x20000000", "--machine-base",
                 "0x26400000", tree, code=2).err
    assert "/reserved-memory/next@1c200000: 0x1c200000-0x221fffff would be hidden by dom0's" in error
    assert "[base]" in error


def test_reserved_memory_keeps_off_disabled_devices(tool, make_tree, read_tree):
    """They may come to life later; safe ranges count them, too."""
    tree = make_tree(MEMORY + RESERVED % "r@f0000000 { reg = <0 0xf0000000 0 0x1000>; };" +
                     'dev@d0000000 { reg = <0 0xd0000000 0 0x1000>; status = "disabled"; };')
    out = apply(tool, read_tree, tree, *MOVE)
    assert out.u64s("/reserved-memory/r@f0000000", "reg") == [0xf0000000, 0x1000]


def test_told_ram_over_a_device_is_a_warning(tool, make_tree):
    tree = make_tree('dev@90000000 { reg = <0 0x90000000 0 0x1000>; };')
    words = "/dev@90000000: its registers are in the RAM that was given"
    assert words in tool("plan", *NATIVE, "--ram", "0x80000000:1G", tree).out
    assert words not in tool("plan", *NATIVE, "--ram", "0xa0000000:1G", tree).out


def test_reserved_memory_without_a_place_is_an_error(tool, make_tree):
    """Under dom0's memory by number, and a device where the offset would put it."""
    tree = make_tree(MEMORY + RESERVED % "r@81000000 { reg = <0 0x81000000 0 0x1000>; };" +
                     'dev@61000000 { compatible = "test,dev"; reg = <0 0x61000000 0 0x1000>; };')
    error = tool("apply", *MOVE, tree, "-o", "out.dtb", code=2).err
    assert "/reserved-memory/r@81000000" in error and "[base]" in error
    assert not (tree.parent / "out.dtb").exists()


def test_memreserve_follows_ram(tool, make_tree, read_tree):
    tree = make_tree(RESERVES % 0xf0000000 + MEMORY + "};")
    assert apply(tool, read_tree, tree, *MOVE).reserves() == [(0xd0000000, 0x1000)]


def test_alloc_ranges_are_clipped_and_follow(tool, make_tree, read_tree):
    tree = make_tree(MEMORY + RESERVED % (
        "cma { size = <0 0x1000000>; alloc-ranges = <0 0 0 0xa8000000>; };"
        "none { size = <0 0x1000000>; alloc-ranges = <0 0 0 0x1000>; };"))
    out = apply(tool, read_tree, tree, *MOVE)
    assert out.u64s("/reserved-memory/cma", "alloc-ranges") == [0x80000000, 0x8000000]
    assert out.prop("/reserved-memory/none", "alloc-ranges") is None
    assert "/reserved-memory/none: dom0's kernel cannot place this pool" in tool(
        "plan", *MOVE, tree).out


def test_usable_memory_range_follows(tool, make_tree, read_tree):
    tree = make_tree(MEMORY + "chosen { linux,usable-memory-range = <0 0xb0000000 0 0x40000000>; };")
    out = apply(tool, read_tree, tree, *MOVE)
    assert out.u64s("/chosen", "linux,usable-memory-range") == [0x90000000, 0x10000000]
