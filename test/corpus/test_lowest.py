# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""
dom0 is at the lowest place that can be had, of those that serve the most windows: a search of its own
(test/support/steering.py) finds no better one, over maps at random.
"""
import random

import pytest

import oracle
import steering
from oracle_tree import MIB, up
from steering import Search

RANDOM = 6  # places at random of each tree, beside those that are most likely
STEP = 128 * MIB


@pytest.fixture(scope="module")
def table():
    return oracle.no_masters()


def better(source, options, scratch, table, seed=1):
    """What is wrong with a plan: nothing, or a better place, and how Xen is steered to it."""
    search = Search(source, options, scratch, table)
    if not search.said:
        return None
    planned = search.as_planned()
    if any(banks != search.planned for banks in planned):
        return [f"the plan's own way leads to {planned}, not to {search.planned}"]
    return [f"{block[0]:#x} would do, and dom0 is at {search.planned[0][0]:#x}: {way}"
            for block, way in search.better_places(random.Random(seed), RANDOM)]


# ---- maps at random --------------------------------------------------------------------------

def some_regions(rng, banks):
    for number in range(rng.choice((0, 1, 1, 2, 3, 5))):
        first, end = rng.choice(banks)
        size = rng.choice((4096, MIB, 2 * MIB, 16 * MIB, 40 * MIB))
        base = first + rng.choice((0, rng.randrange(0, end - first - size, 4096),
                                   rng.randrange(0, min(end - first - size, 512 * MIB), 2 * MIB)))
        yield f"r@{base:x} {{ reg = <{base >> 32:#x} {base & 0xffffffff:#x} 0 {size:#x}>; no-map; }};"


def some_bus(rng, number, banks):
    """A device whose bus reaches a part of RAM."""
    first, end = rng.choice(banks)
    base = first + rng.randrange(0, (end - first) // 2, 64 * MIB)
    size = rng.choice((512 * MIB, 1024 * MIB, 1 << 31)) - (rng.random() < 0.3) * 64 * MIB
    return (f"bus@{number + 1}0000000 {{ #address-cells = <2>; #size-cells = <2>; ranges;"
            f" compatible = \"simple-bus\"; dma-ranges = <0 0 {base >> 32:#x} {base & 0xffffffff:#x} 0 {size:#x}>;"
            f" dma@{number + 1}1000000 {{ compatible = \"test,dma\"; reg = <0 {number + 1:#x}1000000 0 0x1000>; }}; }};")


def body(rng):
    base = rng.choice((0, 0x40000000, 0x80000000))
    size = rng.choice((1, 1, 2, 2, 3)) << 30
    banks = [(base, min(base + size, 1 << 32))]
    if rng.random() < 0.4:  # a hole
        first = base + rng.randrange(256, 768, 2) * MIB
        banks = [(base, first), (up(first + rng.choice((2, 64, 130)) * MIB, 2 * MIB), banks[0][1])]
    if rng.random() < 0.3:
        banks.append((1 << 32, (1 << 32) + (1 << 30)))
    reg = " ".join(f"{first >> 32:#x} {first & 0xffffffff:#x} {end - first >> 32:#x} {end - first & 0xffffffff:#x}"
                   for first, end in banks)
    regions = {one.split(" ")[0]: one for one in some_regions(rng, banks)}
    buses = "".join(some_bus(rng, number, banks[:2]) for number in range(rng.choice((0, 0, 1, 2))))
    return (f'memory@{base:x} {{ device_type = "memory"; reg = <{reg}>; }};'
            f" reserved-memory {{ #address-cells = <2>; #size-cells = <2>; ranges; {' '.join(regions.values())} }};"
            + buses)


def map_of(seed):
    return pytest.param(seed, marks=[] if seed < 3 else [pytest.mark.slow])


@pytest.mark.parametrize("seed", map(map_of, range(60)))
def test_maps(make_tree, scratch, table, seed):
    rng = random.Random(seed)
    size = rng.choice(("128M", "256M", "512M", "512M", "320M", "768M", "1G"))
    found = better(make_tree(body(rng)), ["--dom0-mem", size], scratch, table, seed)
    assert not found, "\n".join(found)


# ---- and it does find them ---------------------------------------------------------------------

def finds_lower(source, scratch, table):
    """Whether a plan one step above the lowest place is found out; None: there is no such plan."""
    lowest = steering.plan(source)
    if not lowest:
        return None
    higher = int(lowest["dom0-memory"][0]["base"], 0) + STEP
    found = better(source, ["--dom0-base", hex(higher)], scratch, table)
    return None if found is None else bool(found)


@pytest.mark.slow
def test_a_plan_that_is_too_high(make_tree, scratch, table):
    assert finds_lower(make_tree(body(random.Random(0))), scratch, table)


@pytest.mark.slow
def test_plans_that_are_too_high(make_tree, scratch, table):
    """The next place instead of the lowest: the plain ways that are tried find nearly all of them out."""
    found = [finds_lower(make_tree(body(random.Random(seed))), scratch, table) for seed in range(1, 24)]
    assert found.count(True) >= 12 and found.count(False) <= 2, found
