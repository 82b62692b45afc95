# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Safe unallocated ranges: nobody's addresses, and only those."""
import json

import pytest

from trees import HEADER, MEMORY


NATIVE = ("--contract", "native")
MIB = 1 << 20
LOW = 2 * MIB
BITS = ("--ipa-bits", "32")
ONE_CELL = HEADER.replace("<2>", "<1>")


def ask(tool, tree, *policy):
    plan = json.loads(tool("plan", "--json", *NATIVE, *policy, tree).out)
    grants = plan["grant-table"] and (int(plan["grant-table"]["base"], 16),
                                      int(plan["grant-table"]["size"], 16))
    return grants, [(int(one["base"], 16), int(one["base"], 16) + int(one["size"], 16))
                    for one in plan["regions"]], [one["useful"] for one in plan["regions"]]


def device(base, size=0x1000, more=""):
    return f'dev@{base:x} {{ reg = <{base >> 32:#x} {base & 0xffffffff:#x} 0 {size:#x}>; {more} }};'


def test_all_below_ram(tool, bare_tree):
    """Grant table first, in the smallest hole that holds it; the rest is one region."""
    grants, regions, useful = ask(tool, bare_tree(MEMORY), *BITS)
    assert grants == (LOW, 16 * MIB)
    assert regions == [(LOW + 16 * MIB, 0x80000000)] and useful == [True]


@pytest.mark.parametrize("body", [
    device(0x40000000), device(0x40000000, more='status = "disabled";'),
    device(0x40000fff, 1),
    "b { #address-cells = <1>; #size-cells = <1>; ranges = <0 0 0x40000000 0x1000>; };",
    "b { #address-cells = <1>; #size-cells = <1>; ranges = <0x100 0 0x40000000 0x1000>;"
    " d@100 { reg = <0x100 4>; }; };",
    'pcie { device_type = "pci"; #address-cells = <3>; #size-cells = <2>;'
    " ranges = <0x2000000 0 0 0 0x40000000 0 0x1000>; };",
    "reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges; " + device(0x40000000) + "};",
], ids=range(7))
def test_claims(tool, bare_tree, body):
    """Whoever claims a page makes its 2 MiB somebody's."""
    grants, regions, _ = ask(tool, bare_tree(MEMORY + body), *BITS)
    assert [region for region in regions if region[1] > 0x40000000] == [
        (0x40200000, 0x80000000)]
    assert all(end <= 0x40000000 or first >= 0x40200000 for first, end in regions)
    assert grants == (LOW, 16 * MIB)


def test_memreserve_is_a_claim(tool, bare_tree):
    tree = bare_tree("/dts-v1/; /memreserve/ 0x40000000 0x1000;" + HEADER[9:] + MEMORY + "};")
    assert ask(tool, tree, *BITS)[1][-1] == (0x40200000, 0x80000000)


@pytest.mark.parametrize("body", [
    # A window that RAM lies in is a way of writing "everything".
    "b { #address-cells = <2>; #size-cells = <2>; ranges = <0 0 0 0 1 0>; };",
    # No address: no ranges above, no size, or not a memory bus.
    "b { #address-cells = <1>; #size-cells = <1>; d@40000000 { reg = <0x40000000 0x1000>; }; };",
    device(0x40000000, 0),
    "i2c { #address-cells = <1>; #size-cells = <0>; d@40 { reg = <0x40000000>; }; };",
    # The one that is replaced.
    'hypervisor { compatible = "xen,xen"; reg = <0 0x40000000 0 0x1000>; };',
], ids=range(5))
def test_no_claims(tool, bare_tree, body):
    assert ask(tool, bare_tree(MEMORY + body), *BITS) == ask(tool, bare_tree(MEMORY), *BITS)


def test_dom0_s_own_memory_is_a_claim(tool, bare_tree):
    tree = bare_tree(MEMORY)
    _, regions, _ = ask(tool, tree, *BITS, "--dom0-base", "0x40000000", "--machine-base", "0x80000000")
    assert all(end <= 0x40000000 or first >= 0x60000000 for first, end in regions)


def test_small_holes_serve_the_grant_table(tool, bare_tree):
    """A hole of 20 MiB is no region, and large enough for the grant table."""
    body = device(0x10000000) + device(0x10200000 + 20 * MIB)
    grants, regions, _ = ask(tool, bare_tree(MEMORY + body), *BITS)
    assert grants == (0x10200000, 16 * MIB)
    assert regions[0] == (LOW, 0x10000000)


def test_the_first_region_is_never_smaller_than_it_was(tool, bare_tree, read_tree):
    tree = bare_tree(MEMORY + 'hypervisor { compatible = "xen,xen"; reg = <0 0x1000000 0 0x2000001>; };')
    assert ask(tool, tree, *BITS)[0] == (LOW, 34 * MIB)


def test_useless_to_linux(tool, bare_tree):
    body = device(0x4000000 + 100 * MIB) + device(0x4000000)
    tree = bare_tree(MEMORY + body)
    _, regions, useful = ask(tool, tree, *BITS)
    assert regions[0] == (0x4200000, 0x4000000 + 100 * MIB) and useful == [False, True]
    assert "but useless to Linux" in tool("plan", "-v", *NATIVE, *BITS, tree).flat


def test_bounded_in_number(tool, bare_tree):
    """The largest 32 of 40; ascending."""
    body = "".join(device((i + 1) << 28) for i in range(1, 41))
    _, regions, _ = ask(tool, bare_tree(MEMORY + body), "--ipa-bits", "36")
    assert len(regions) == 32 and regions == sorted(regions)


@pytest.mark.parametrize("more, end", [
    ((), 1 << 40), (("--kernel-bits", "32"), 0x80000000), (("--ipa-bits", "36"), 1 << 36)])
def test_limits(tool, bare_tree, more, end):
    """RAM ends at 4 GiB: a kernel of 32 bits has nothing behind it."""
    assert ask(tool, bare_tree(MEMORY), *more)[1][-1][1] == end


def test_one_cell_ends_at_4_gib(tool, bare_tree, read_tree):
    tree = bare_tree('memory@80000000 { device_type = "memory"; reg = <0x80000000 0x10000000>; };',
                     header=ONE_CELL)
    tool("apply", *NATIVE, "--dom0-mem", "64M", tree, "-o", "out.dtb")
    reg = read_tree(tree.parent / "out.dtb").cells("/hypervisor", "reg")
    assert reg == [0x90000000, 16 * MIB, LOW, 0x80000000 - LOW,
                   0x90000000 + 16 * MIB, 0x70000000 - 16 * MIB]


def test_written_in_the_root_s_cells(tool, bare_tree, read_tree):
    tree = bare_tree(MEMORY)
    tool("apply", *NATIVE, *BITS, tree, "-o", "out.dtb")
    assert read_tree(tree.parent / "out.dtb").u64s("/hypervisor", "reg") == [
        LOW, 16 * MIB, LOW + 16 * MIB, 0x80000000 - LOW - 16 * MIB]


def test_none_wanted(tool, bare_tree, read_tree):
    tree = bare_tree(MEMORY)
    tool("apply", *NATIVE, "--regions", "none", tree, "-o", "out.dtb")
    assert read_tree(tree.parent / "out.dtb").prop("/hypervisor", "reg") is None


def test_no_room_is_a_warning(tool, bare_tree):
    tree = bare_tree('memory@0 { device_type = "memory"; reg = <0 0 1 0>; };')
    words = tool("plan", *NATIVE, *BITS, "--dom0-base", "0x10000000", tree).out
    assert "no room for a grant table" in words and "no safe unallocated range" in words
