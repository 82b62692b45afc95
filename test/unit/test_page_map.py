# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The stage's page tables, made on the host and read by the rules of the Arm ARM."""
import random
import subprocess

import pytest

from page_tables import DEVICE, NORMAL, PAGE, Use, areas, leaves
from places import ROOT

MIB, GIB = 1 << 20, 1 << 30
END = 1 << 48
MAIR = 0x04FF  # of shim/stage/arm64/mmu.c

# As in shim/stage/cpu.h, and what each has to be to the processor; None: not mapped.
KINDS = {"normal": 0, "device": 1, "constant": 2, "code": 3, "nothing": 4}
USES = {"normal": Use(True, False, NORMAL), "device": Use(True, False, DEVICE),
        "constant": Use(False, False, NORMAL), "code": Use(False, True, NORMAL), "nothing": None}


class Map:
    first = 0  # the level of the root

    def __init__(self, output):
        head, _, self.memory = output.partition(b"\n")
        self.root, self.pool, self.used, self.full = (int(word, 16) for word in head.split())
        assert len(self.memory) == self.used

    def read(self, at, size):
        assert 0 <= at - self.pool <= self.used - size, f"{at:#x} is no table"
        return self.memory[at - self.pool:at - self.pool + size]

    def areas(self):
        """SCTLR_EL2.WXN is not what makes it so: the tables say it by themselves."""
        return areas(self.read, self.root, MAIR, wxn=False, first=self.first)


class Map32(Map):
    first = 1


def mapper(program, made):
    def mapped(ranges, tables=64):
        lines = "".join(f"{KINDS[kind]} {base:x} {size:x}\n" for kind, base, size in ranges)
        return made(subprocess.run([program, str(tables)], input=lines.encode(), check=True,
                                   capture_output=True).stdout)
    return mapped


@pytest.fixture(name="mapped")
def fixture_mapped(build):
    return mapper(build("page_map", ROOT / "shim/stage/map.c", ROOT / "shim/stage/arm64/arch.c"), Map)


@pytest.fixture(name="mapped32")
def fixture_mapped32(build):
    return mapper(build("page_map", ROOT / "shim/stage/map.c", ROOT / "shim/stage/arm32/arch.c",
                        called="page_map32"), Map32)


def pieces(ranges, limit=END):
    """The same by hand: of each stretch between two edges the first range that has it decides."""
    whole = [(kind, base & -PAGE, -(-(base + size) // PAGE) * PAGE)
             for kind, base, size in ranges if size and -(-(base + size) // PAGE) * PAGE <= limit]
    edges = sorted({edge for _, *both in whole for edge in both})
    for start, end in zip(edges, edges[1:]):
        kinds = [kind for kind, first, last in whole if first <= start and end <= last]
        if kinds and USES[kinds[0]]:
            yield start, end, USES[kinds[0]]


def told(ranges, limit=END):
    found = []
    for start, end, use in pieces(ranges, limit):
        begin = found.pop()[0] if found and found[-1][1:] == (start, use) else start
        found.append((begin, end, use))
    return found


@pytest.mark.parametrize("kind", USES)
@pytest.mark.parametrize("base, size", [
    (0x1000, 0x1000), (0x1FFF, 2), (0, 2 * MIB), (GIB, GIB), (GIB - PAGE, 2 * PAGE), (0, 1),
    (END - PAGE, PAGE), (END - GIB, GIB), (0x40000000, 0x12345678), (2 * MIB - 1, 2 * MIB)])
def test_one_range(mapped, kind, base, size):
    """Whole pages that meet it, and none beside them."""
    made = mapped([(kind, base, size)])
    assert made.areas() == told([(kind, base, size)])
    assert bool(made.areas()) == (kind != "nothing") and not made.full


@pytest.mark.parametrize("base, size", [
    (0x1000, 0), (0x1234, 0), (END, PAGE), (END - PAGE, PAGE + 1), (1 << 52, GIB),
    ((1 << 64) - PAGE, PAGE), ((1 << 64) - 4, 4), ((1 << 64) - PAGE, 2 * PAGE), (PAGE, (1 << 64) - 1)])
def test_what_is_no_range_here(mapped, base, size):
    """Nothing of it, least of all at the address that its low 48 bits are."""
    made = mapped([("device", base, size)])
    assert made.areas() == [] and not made.full and made.used == PAGE


@pytest.mark.parametrize("first", USES)
@pytest.mark.parametrize("second", USES)
@pytest.mark.parametrize("small", [(0x40201000, PAGE), (0x40200000, 2 * MIB), (0x403FF000, 2 * PAGE)])
def test_what_is_mapped_stays(mapped, first, second, small):
    """A page in what is a block, and a block over a page."""
    large = (0x40000000, GIB)
    for ranges in ([(first, *small), (second, *large)], [(first, *large), (second, *small)]):
        assert mapped(ranges).areas() == told(ranges)


def test_large_ranges_are_blocks(mapped):
    made = mapped([("normal", 0x40000000 - 2 * MIB - PAGE, 2 * GIB + 4 * MIB)])
    sizes = {size for _, size, _ in leaves(made.read, made.root)}
    assert sizes == {PAGE, 2 * MIB, GIB}
    assert made.used <= 8 * PAGE


def test_a_device_is_a_page(mapped):
    """Between blocks of RAM on both sides, and in nobody's block."""
    made = mapped([("device", 0x40201018, 4), ("normal", 0x40000000, 2 * MIB), ("normal", 0x40400000, GIB)])
    assert (0x40201000, 0x40202000, USES["device"]) in made.areas()
    assert 0x40200000 not in [start for start, *_ in made.areas()]


def some_range(random_, about):
    size = random_.choice([1, 4, PAGE, 3 * PAGE, MIB, 2 * MIB, 5 * MIB, 512 * MIB, GIB, 3 * GIB])
    size = max(1, size + random_.choice([0, 0, -1, 1, random_.randrange(PAGE)]))
    base = random_.choice(about) + random_.choice([0, 0, 1, -1, 7]) * random_.choice([1, PAGE, 2 * MIB, GIB])
    return random_.choice(list(USES)), max(0, base), size


@pytest.mark.parametrize("seed", range(60))
def test_ranges_at_random(mapped, seed):
    random_ = random.Random(seed)
    about = [random_.choice([0, GIB, 1 << 39, END - 4 * GIB, random_.randrange(1 << 40) & -PAGE]) for _ in range(3)]
    ranges = [some_range(random_, about) for _ in range(random_.randrange(1, 12))]
    made = mapped(ranges)
    assert not made.full and made.areas() == told(ranges), ranges


@pytest.mark.parametrize("seed", range(40))
def test_ranges_at_random_of_32_bits(mapped32, seed):
    random_ = random.Random(seed)
    about = [random_.choice([0, GIB, 4 * GIB - 2 * MIB, 4 * GIB, random_.randrange(1 << 32) & -PAGE])
             for _ in range(3)]
    ranges = [some_range(random_, about) for _ in range(random_.randrange(1, 12))]
    made = mapped32(ranges)
    assert not made.full and made.areas() == told(ranges, 4 * GIB), ranges
    assert made.read(made.root, PAGE)[4 * 8:] == bytes(PAGE - 4 * 8), "four entries are all that there are"


@pytest.mark.parametrize("tables", range(1, 11))
def test_no_table_left(mapped, tables):
    """It says so, and what it has mapped until then is right."""
    ranges = [("code", 0x40001000, PAGE), ("normal", 0x40000000, 4 * MIB), ("device", 0xFF000000, 4),
              ("normal", 1 << 40, PAGE)]
    made, asked = mapped(ranges, tables), told(ranges)
    needed = 9  # the root, three for each of two places, and two for the device's
    assert made.full == (tables < needed)
    for start, end, use in made.areas():
        assert any(first <= start and end <= last and use == other for first, last, other in asked)
    assert tables < needed or made.areas() == asked
