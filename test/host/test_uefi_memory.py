# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""UEFI's memory map becomes /memory and /reserved-memory, and the stage then leaves alone what is kept."""
import itertools
import subprocess

import pytest

from places import TOOL
from uefi_start import (ACPI_NVS, ACPI_RECLAIM, BOARD, BOOT_CODE, BOOT_DATA, CONVENTIONAL, LOADER_CODE, LOADER_DATA,
                        INVALID_PARAMETER, OUT_OF_RESOURCES, MAP, MAPPED_IO, MAPPED_PORTS, MIB, PAL_CODE, PAYLOAD, PERSISTENT, RAM, RESERVED,
                        RUNTIME_CODE, RUNTIME_DATA, RUNTIME_USE, STAGE, TREE, UNACCEPTED, UNUSABLE, WB, XEN_CFG, board,
                        children, ranges, run, volume)

pytestmark = pytest.mark.slow
PAGE = 0x1000
TREE_PAGE = TREE, PAGE
ALL = [RAM]
FREE = [(CONVENTIONAL, *RAM)]


@pytest.fixture
def start(tmp_path):
    files = volume(tmp_path / "esp", PAYLOAD | {"xen.cfg": XEN_CFG})

    def start_with(entries, *words, tree=None, **more):
        return run(tmp_path, f"volume={files}", "path=dtshim.efi", *words, entries=entries,
                   tree=tree or board(tmp_path, **more))
    return start_with


def without(whole, *parts):
    """Ranges less ranges."""
    for base, size in parts:
        whole = [(low, high - low) for start, length in whole
                 for low, high in ((start, min(start + length, base)), (max(start, base + size), start + length))
                 if low < high]
    return whole


def reserved(came):
    return [(node.name, *one) for node in children(came.tree, "/reserved-memory") for one in ranges(node)]


def require_no_overlap(came):
    """Xen from 4.18 on stops where two meet (check_reserved_regions_overlap())."""
    found = [(base, base + size) for _, base, size in reserved(came)]
    found += [(base, base + size) for base, size in came.tree.reserves]
    assert not [pair for pair in itertools.combinations(sorted(found), 2) if pair[0][1] > pair[1][0]]


def require(came, ram, kept, then="started"):
    assert came.end == "left", came
    assert [ranges(node) for node in children(came.tree, "/") if node.called("memory")] == [ram]
    assert reserved(came) == [(f"firmware@{base:x}", base, size) for base, size in sorted(kept)]
    assert all("no-map" in node.props for node in children(came.tree, "/reserved-memory"))
    require_no_overlap(came)
    assert not came.then or came.then[-1].startswith(then), came
    assert subprocess.run([TOOL, "plan", came.path], capture_output=True, check=False).returncode == 0


# ---- what is what --------------------------------------------------------------------------------

PIECE = RAM[0] + 100 * MIB, 16 * PAGE
RAM_TYPES = [LOADER_CODE, LOADER_DATA, BOOT_CODE, BOOT_DATA, CONVENTIONAL, ACPI_RECLAIM]
KEPT_TYPES = [RESERVED, RUNTIME_CODE, RUNTIME_DATA, UNUSABLE, ACPI_NVS, PAL_CODE, PERSISTENT, UNACCEPTED,
              16, 0x70000000, 0xffffffff]
AROUND = [(CONVENTIONAL, RAM[0], PIECE[0] - RAM[0]), (CONVENTIONAL, sum(PIECE), sum(RAM) - sum(PIECE))]


@pytest.mark.parametrize("kind", RAM_TYPES)
def test_types_that_are_ram(start, kind):
    require(start([*AROUND, (kind, *PIECE)], "go-on"), ALL, [])


@pytest.mark.parametrize("kind", KEPT_TYPES)
def test_types_that_are_kept(start, kind):
    """The stage maps none of it, which the test's machine would tell."""
    require(start([*AROUND, (kind, *PIECE)], "go-on"), without(ALL, PIECE), [PIECE])


def test_acpi_tables_are_kept(start):
    """Where there are some: what is for them may be the tree's alone (EBBR 2.1, 2.3)."""
    require(start([*AROUND, (ACPI_RECLAIM, *PIECE)], "acpi", "go-on"), without(ALL, PIECE, TREE_PAGE), [PIECE, TREE_PAGE])


@pytest.mark.parametrize("kind", [MAPPED_IO, MAPPED_PORTS])
def test_devices_are_neither(start, kind):
    require(start([*AROUND, (kind, *PIECE)], "go-on"), without(ALL, PIECE), [])


@pytest.mark.parametrize("kind", RAM_TYPES)
@pytest.mark.parametrize("attribute", [0, 1, 7, WB | RUNTIME_USE, RUNTIME_USE], ids=hex)
def test_ram_that_cannot_be_used_so_is_kept(start, kind, attribute):
    """Not write-back, or of runtime services."""
    require(start([*AROUND, (kind, *PIECE, attribute)], "go-on"), without(ALL, PIECE), [PIECE])


@pytest.mark.parametrize("attribute", [WB, 0xf, 0x100f | WB, 0xf | 1 << 17, 0x7000f], ids=hex)
def test_more_attributes_change_nothing(start, attribute):
    require(start([*AROUND, (CONVENTIONAL, *PIECE, attribute)], "go-on"), ALL, [])


def test_what_follows_is_one(start):
    kinds = [BOOT_CODE, BOOT_DATA, LOADER_DATA, LOADER_CODE, CONVENTIONAL] * 20
    entries = [(kind, PIECE[0] + i * PAGE, PAGE) for i, kind in enumerate(kinds)]
    end = entries[-1][1] + PAGE
    require(start([AROUND[0], *entries, (CONVENTIONAL, end, sum(RAM) - end)], "go-on"), ALL, [])


def test_a_map_in_pieces(start):
    """Sixty pieces of each, as of a large server's firmware."""
    kept = [(PIECE[0] + i * 4 * PAGE, PAGE) for i in range(60)]
    entries, at = [], RAM[0]
    for base, size in kept:
        entries += [(CONVENTIONAL, at, base - at), (RUNTIME_DATA if base % (8 * PAGE) else RESERVED, base, size)]
        at = base + size
    require(start([*entries, (CONVENTIONAL, at, sum(RAM) - at)], "go-on"), without(ALL, *kept), kept)


def test_kept_ranges_that_follow_are_one(start):
    kinds = [RESERVED, RUNTIME_CODE, RUNTIME_DATA, ACPI_NVS]
    entries = [(kind, PIECE[0] + i * 4 * PAGE, 4 * PAGE) for i, kind in enumerate(kinds)]
    require(start([*AROUND, *entries], "go-on"), without(ALL, PIECE), [PIECE])


def test_kept_outside_ram(start):
    """A hole that the firmware has, as for PCI Express: no RAM is behind it."""
    window = 0x10000000, MIB
    came = start(FREE, f"memory={RESERVED}:{window[0]:#x}:{window[1]:#x}:-", "go-on")
    require(came, ALL, [window])


# ---- entries that no firmware should have ------------------------------------------------------------

ODD = {"no pages": (CONVENTIONAL, 0x90000000, 0, WB), "that wraps": (CONVENTIONAL, 0xfffffffffffff000, 2, WB),
       "more than can be said": (CONVENTIONAL, 0, 1 << 52, WB), "all pages": (RESERVED, PAGE, (1 << 52) - 1, WB),
       "the most pages": (CONVENTIONAL, 0x1000, (1 << 64) - 1, WB), "kept that wraps": (RUNTIME_DATA, 1 << 63, 1 << 51, WB)}


@pytest.mark.parametrize("name", ODD)
def test_odd_entries_are_nothing(start, name):
    kind, base, pages, attribute = ODD[name]
    require(start(FREE, f"odd={kind}:{base:#x}:{pages:#x}:{attribute}", "go-on"), ALL, [])


@pytest.mark.parametrize("kind", [RESERVED, RUNTIME_DATA])
@pytest.mark.parametrize("piece", [PIECE, (PIECE[0] + 0x800, PAGE)])
def test_kept_memory_that_is_told_as_ram_too(start, kind, piece):
    """It is kept."""
    came = start(FREE, f"odd={kind}:{piece[0]:#x}:{piece[1] // PAGE}:{WB}", "go-on")
    assert came.then[-1].startswith("started") and reserved(came) == [(f"firmware@{piece[0]:x}", *piece)]


@pytest.mark.parametrize("base, bits", [(1 << 48, 48), ((1 << 52) - PAGE, 52)])
def test_ram_that_is_nowhere(start, base, bits):
    came = start(FREE, f"odd={CONVENTIONAL}:{base:#x}:16:{WB}")
    assert came.refused == INVALID_PARAMETER and f"is above {bits} bits" in came.words


@pytest.mark.parametrize("size", [40, 41, 48, 56, 64, 200, 4096])
def test_sizes_of_an_entry(start, size):
    require(start(MAP, f"entry={size}", "go-on"), without(ALL, MAP[1][1:3]), [MAP[1][1:3]])


@pytest.mark.parametrize("size", [1, 39])
def test_entries_that_are_too_small(start, size):
    came = start(MAP, f"entry={size}")
    assert came.refused == OUT_OF_RESOURCES and "the firmware's memory map: its size is not given" in came.words


# ---- the tree's own words --------------------------------------------------------------------------

def region(base, size, more=""):
    return f"reserved-memory {{ #address-cells = <2>; #size-cells = <2>; ranges; own@{base:x} {{ reg = <0 {base:#x} 0 {size:#x}>; {more} }}; }};"


def pages(base, count):
    return PIECE[0] + base * PAGE, count * PAGE


@pytest.mark.parametrize("own, left", [
    (pages(0, 16), []), (pages(-4, 24), []), (pages(0, 4), [pages(4, 12)]), (pages(12, 4), [pages(0, 12)]),
    (pages(4, 4), [pages(0, 4), pages(8, 8)]), (pages(-4, 8), [pages(4, 12)]), (pages(8, 16), [pages(0, 8)]),
    (pages(20, 4), [pages(0, 16)]), (pages(-4, 4), [pages(0, 16)]),
    ((PIECE[0] + 0x100, 0x200), [(PIECE[0], 0x100), (PIECE[0] + 0x300, PIECE[1] - 0x300)])])
@pytest.mark.parametrize("form", ["node", "reserve"])
def test_what_the_tree_reserves_already(start, own, left, form):
    """Is reserved once."""
    more = {"more": region(*own)} if form == "node" else {"reserve": f"/memreserve/ {own[0]:#x} {own[1]:#x};"}
    came = start([*AROUND, (RUNTIME_DATA, *PIECE)], **more)
    assert came.end == "left", came
    assert [one[1:] for one in reserved(came) if one[0].startswith("firmware@")] == left
    require_no_overlap(came)


def test_kept_memory_that_such_cells_cannot_say(start):
    more = "reserved-memory { #address-cells = <1>; #size-cells = <1>; ranges; };"
    came = start([*FREE, (RESERVED, 1 << 32, 2 * MIB)], more=more)
    assert came.refused == INVALID_PARAMETER
    assert "/reserved-memory: #address-cells: 1 and 1 cells cannot hold 0x100000000-0x1001fffff of the firmware's" in came.words
    assert "give the node two cells" in came.words


ONE_CELL = BOARD.replace("#address-cells = <2>; #size-cells = <2>; interrupt-parent", "#address-cells = <1>; #size-cells = <1>; interrupt-parent"
                         ).replace("<0 0x", "<0x").replace(" 0 0x", " 0x").replace(", <0x80a0000", ", <0x80a0000")


def test_ram_in_one_cell(start, tmp_path):
    came = start(FREE, "go-on", source=ONE_CELL)
    assert came.end == "left" and came.then[-1].startswith("started"), came
    assert ranges(came.tree.at["/memory@40000000"]) == ALL


def test_ram_that_one_cell_cannot_say(start):
    came = start([*FREE, (CONVENTIONAL, 1 << 32, 16 * MIB)], source=ONE_CELL)
    assert came.refused == INVALID_PARAMETER
    assert "/: #address-cells: 1 and 1 cells cannot hold 0x100000000-0x100ffffff of the firmware's memory map" in came.words


def test_ram_that_ends_where_one_cell_does(start):
    came = start([*FREE, (CONVENTIONAL, 0xff000000, 16 * MIB)], source=ONE_CELL)
    assert (0xff000000, 16 * MIB) in ranges(came.tree.at["/memory@40000000"])


@pytest.mark.parametrize("more", ["", "reserved-memory { #address-cells = <1>; #size-cells = <1>; ranges; own@70000000 { reg = <0x70000000 0x1000>; }; };"])
def test_reserved_with_one_cell(start, more):
    """In the cells of the node that is there, or the root's."""
    came = start(MAP, "go-on", more=more, source=ONE_CELL)
    assert came.end == "left" and came.then[-1].startswith("started"), came
    assert ranges(came.tree.at["/reserved-memory/firmware@7c000000"]) == [MAP[1][1:3]]


@pytest.mark.parametrize("kept", [(1 << 32, PAGE), (0xffff0000, 32 * PAGE)])
def test_kept_memory_that_one_cell_cannot_say(start, kept):
    came = start([*FREE, (RESERVED, *kept)], source=ONE_CELL)
    assert came.refused == INVALID_PARAMETER and "/: #address-cells: 1 and 1 cells cannot hold" in came.words


MEMORY = BOARD[BOARD.index("    memory@"):BOARD.index("    cpus {")]


@pytest.mark.parametrize("nodes", [
    "", 'memory { device_type = "memory"; reg = <0 0 0 0>; };',
    'memory@90000000 { device_type = "memory"; reg = <0 0x90000000 0 0x1000>; };' + MEMORY.strip(),
    MEMORY + 'memory@90000000 { device_type = "memory"; reg = <0 0x90000000 0 0x1000>; };',
    'memory@90000000 { device_type = "memory"; reg = <0 0x90000000 0 0x1000>; linux,usable-memory = <0 0x90000000 0 0x1000>; };',
    'memory@90000000 { reg = <0 0x90000000 0 0x1000>; }; ram@a0000000 { device_type = "memory"; reg = <0 0xa0000000 0 0x1000>; };',
    'memory@90000000 { device_type = "memory"; status = "disabled"; reg = <0 0x90000000 0 0x1000>; };'])
def test_memory_nodes_of_the_tree(start, nodes):
    """What they say is nothing: one of them holds what the map has."""
    came = start(MAP, "go-on", source=BOARD.replace(MEMORY, nodes))
    assert came.end == "left" and came.then[-1].startswith("started"), came
    (node,) = [one for one in children(came.tree, "/") if one.called("memory", "ram") and one.is_on()]
    assert ranges(node) == without(ALL, MAP[1][1:3]) and "linux,usable-memory" not in node.props


# ---- a map that changes ---------------------------------------------------------------------------

@pytest.mark.parametrize("words", [["exits=1"], ["exits=7"], ["exits=1", "grow=3"], ["exits=7", "grow=9"],
                                   ["grow-by-file=9"], ["grow-by-file=9", "exits=3", "grow=40"], ["grow-by-file=9", "below"]])
def test_boot_services_that_end_late(start, words):
    """The map is taken anew each time, and nothing but the map and pages is asked for (the test's UEFI sees to that)."""
    came = start(MAP, "go-on", *words)
    require(came, without(ALL, MAP[1][1:3]), [MAP[1][1:3]])


@pytest.mark.parametrize("exits", [8, 9, 100])
def test_boot_services_that_never_end(start, exits):
    assert start(MAP, f"exits={exits}").end == "stopped"


def test_boot_services_that_end_the_seventh_time_are_asked_no_more(start):
    assert start(MAP, "exits=7").end == "left" and start(MAP, "exits=8").end == "stopped"


def test_an_old_place_for_everything(start):
    """Memory from the lowest place on: the stage is in the way of nothing."""
    came = start(MAP, "below", "go-on")
    require(came, without(ALL, MAP[1][1:3]), [MAP[1][1:3]])
    assert STAGE < sum(RAM)
