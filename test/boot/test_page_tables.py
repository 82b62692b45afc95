# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The stage's page tables as the processor has them: walked from TTBR0_EL2, through QEMU."""
import collections
import re
import struct
import subprocess

import pytest

from chain import IMAGE, KERNEL, MIB, STAGE, XEN, in_ram, name_payload
from entry import TREE, fit_at
from gdb_stub import Gdb
from page_tables import DEVICE, NORMAL, PAGE, Use, areas
from places import BOARD_BUILD

RAM = 0x40000000, 0xC0000000
UART = 0x09000000
MMU, CACHE, SA, I_CACHE, WXN = 1 << 0, 1 << 2, 1 << 3, 1 << 12, 1 << 19
RES1 = 0x30C50830  # of SCTLR_EL2, and all that Xen is entered with

DATA, CONSTANT, CODE, REGISTERS = (Use(True, False, NORMAL), Use(False, False, NORMAL),
                                   Use(False, True, NORMAL), Use(True, False, DEVICE))

Segment = collections.namedtuple("Segment", "start end flags")


def segments(name="dtshim"):
    """What the linker made, by address in the machine: [start, end) in whole pages."""
    text = subprocess.run(["readelf", "-lW", BOARD_BUILD / f"{name}.elf"], check=True,
                          capture_output=True, text=True).stdout
    found = re.findall(r"LOAD +\S+ 0x(\w+) \S+ \S+ 0x(\w+) ([RWE ]{3}) ", text)
    return [Segment(STAGE + int(start, 16), STAGE - (-(int(start, 16) + int(size, 16)) // PAGE * PAGE), flags)
            for start, size, flags in found]


def symbol(name, image="dtshim"):
    text = subprocess.run(["nm", BOARD_BUILD / f"{image}.elf"], check=True, capture_output=True,
                          text=True).stdout
    return STAGE + int(re.search(rf"^(\w+) \w {name}$", text, re.M)[1], 16)


@pytest.fixture
def gdb():
    made = []

    def prepared(**how):
        made.append(Gdb(**how))
        return made[-1]
    yield prepared
    for one in made:
        one.close()


class Maps:
    """What the processor may do with each page."""

    def __init__(self, board, gdb):
        self.control = gdb.register("SCTLR_EL2")
        self.areas = areas(board.memory, gdb.register("TTBR0_EL2") & 0xFFFFFFFFF000,
                           gdb.register("MAIR_EL2"), wxn=False)

    def of(self, start, end):
        """The uses of these pages, None where one is not mapped."""
        found, at = [], start
        for first, last, use in self.areas:
            if last > at and first < end:
                found += [None] if first > at else []
                found.append(use)
                at = last
        return found + ([None] if at < end else [])

    def used_for(self, use):
        return [(start, end) for start, end, other in self.areas if other == use]


def assert_protected(maps):
    """Whatever else is mapped."""
    assert maps.control & (MMU | CACHE | I_CACHE | SA | WXN) == MMU | CACHE | I_CACHE | SA | WXN
    assert not [area for area in maps.areas if area[2].write and area[2].execute]
    code = [segment for segment in segments() if "E" in segment.flags]
    assert maps.used_for(CODE) == [(segment.start, segment.end) for segment in code]
    assert len(code) == 2 and all(use in (DATA, CONSTANT, CODE, REGISTERS) for *_, use in maps.areas)
    for start, end, flags in segments():
        uses = {"R E": [CODE], "R  ": [CONSTANT], "RW ": [DATA]}[flags]
        assert maps.of(start, min(end, symbol("stage_guard"))) == uses
    assert maps.of(symbol("stage_guard"), symbol("stage_stack")) == [None]
    assert maps.of(symbol("stage_stack"), symbol("stage_stack_end")) == [DATA]
    assert maps.used_for(REGISTERS) == [(UART, UART + PAGE)]


def tree_pages(tree):
    return TREE, TREE + len(tree.read_bytes()) // PAGE * PAGE


@pytest.mark.slow
def test_before_ram_is_known(enter, tree, gdb):
    """A tree that cannot be read: only the stage and what its header calls the tree are mapped."""
    blob = bytearray(tree.read_bytes())
    struct.pack_into(">I", blob, 20, 16)  # a version that nobody knows
    tree.write_bytes(blob)
    stub = gdb()
    board = enter(tree, extra=stub.arguments)
    board.expect([r"\[version\]"])
    board.expect(["dtshim: halted"])
    maps = Maps(board, stub.connect())
    assert_protected(maps)
    size = struct.unpack_from("<Q", IMAGE.read_bytes(), 16)[0]
    assert {start & -MIB for start, *_ in maps.areas} <= \
        {UART, TREE, *range(STAGE, STAGE + size, MIB)}
    assert maps.of(*tree_pages(tree)) == [CONSTANT]


@pytest.mark.slow
def test_with_all_ram(enter, tree, gdb):
    stub = gdb()
    board = enter(tree, extra=stub.arguments)
    board.expect(["no Xen to boot"])
    board.expect(["dtshim: halted"])
    maps = Maps(board, stub.connect())
    assert_protected(maps)
    assert maps.of(*tree_pages(tree)) == [CONSTANT]
    assert maps.of(RAM[0], STAGE) == [DATA] and maps.of(TREE + MIB, RAM[1]) == [DATA]
    assert maps.areas[-1][1] == RAM[1] and maps.areas[0][:2] == (UART, UART + PAGE)
    assert {use for use in maps.of(*RAM)} == {DATA, CODE, CONSTANT, None}


@pytest.mark.slow
def test_what_firmware_keeps(enter, tree, gdb):
    """A no-map region is not mapped, and the pages beside it are."""
    node = "/reserved-memory/firmware@70000000"
    for words in (["-p", "-c", tree, node], ["-t", "s", tree, node, "no-map", ""],
                  ["-t", "x", tree, node, "reg", "0", "70001800", "0", "1000"],
                  ["-t", "u", tree, "/reserved-memory", "#address-cells", "2"],
                  ["-t", "u", tree, "/reserved-memory", "#size-cells", "2"],
                  ["-t", "s", tree, "/reserved-memory", "ranges", ""]):
        subprocess.run(["fdtput", *words], check=True)
    stub = gdb()
    board = enter(tree, extra=stub.arguments)
    board.expect(["dtshim: halted"])
    maps = Maps(board, stub.connect())
    assert_protected(maps)
    assert maps.of(0x70000000, 0x70004000) == [DATA, None, DATA]
    assert maps.of(0x70001000, 0x70003000) == [None]


@pytest.mark.slow
def test_a_payload_is_only_read(enter, tree, small_image, gdb):
    stub = gdb()
    board = enter(tree, image=small_image, extra=stub.arguments)
    board.expect(["verifying the appended payload"])
    board.expect(["dtshim: halted"])
    maps = Maps(board, stub.connect())
    assert_protected(maps)
    image = bytearray(small_image.read_bytes())
    assert maps.of(STAGE + fit_at(image), STAGE + len(image)) == [CONSTANT]


@pytest.mark.slow
def test_when_xen_starts(enter, tree, payload, gdb):
    """The last moment of the map; and behind it MMU and caches are off, as Xen asks for."""
    name_payload(tree, payload)
    stub = gdb(stopped=True)
    board = enter(tree, in_ram(payload), extra=stub.arguments)
    stub.connect()
    stub.run_to(symbol("stage_leave"))
    maps = Maps(board, stub)
    assert_protected(maps)
    assert maps.of(XEN, XEN + MIB) == maps.of(KERNEL, KERNEL + 32 * MIB) == [DATA]
    entry, given = stub.register("x0"), stub.register("x1")
    assert maps.of(entry, entry + PAGE) == [DATA], "Xen itself runs without a map"
    stub.run_to(entry)
    assert stub.register("SCTLR_EL2") == RES1
    assert [stub.register(f"x{i}") for i in range(4)] == [given, 0, 0, 0]
    assert board.memory(given, 4) == b"\xd0\x0d\xfe\xed"
