# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Heights and labels of the pictures, from 4 KiB to 1 TiB."""
import random
import sys

import pytest

from places import ROOT

sys.path.insert(0, str(ROOT / "report"))
import sizes           # noqa: E402
import spread_labels   # noqa: E402
from facts import Column, Piece  # noqa: E402
from memory_map import LABEL_HEIGHT, LABELS_MOST, clusters, pictures  # noqa: E402
from scale import LEAST, MOST, SHORT, Scale  # noqa: E402
from sizes import Range  # noqa: E402

KIB, MIB, GIB, TIB = (1 << shift for shift in (10, 20, 30, 40))


def made_up(seed):
    """Edges of pieces of any size from 4 KiB on, up to 1 TiB."""
    chance, edges = random.Random(seed), [0]
    while len(edges) < 30 and edges[-1] < TIB:
        edges.append(edges[-1] + 4096 * chance.randrange(1, 2 ** chance.randrange(1, 26)))
    return edges


@pytest.mark.parametrize("seed", range(30))
def test_heights_follow_addresses(seed):
    edges = made_up(seed)
    scale = Scale(edges, 512 * MIB)
    heights = [scale(edge) for edge in edges]
    assert heights[0] == 0 and heights[-1] == pytest.approx(scale.height)
    for part, low, high in zip(scale.parts, heights, heights[1:]):
        true = (part.end - part.base) / scale.per_pixel()
        assert high - low == pytest.approx(true if part.way == "true" else SHORT if part.way == "short" else LEAST)
        assert (part.way == "short") == (true > MOST) and (part.way == "long") == (true < LEAST)
        assert scale((part.base + part.end) // 2) == pytest.approx((low + high) / 2, abs=1)


def test_the_ends_and_beyond():
    scale = Scale([4096, TIB], GIB)
    assert (scale(0), scale(4096), scale(TIB), scale(2 * TIB)) == (0, 0, SHORT, SHORT)


def test_there_is_room_for_labels():
    scale = Scale([0, 4096, 8192], GIB, least_height=400)
    assert scale.height == pytest.approx(400)


@pytest.mark.parametrize("seed", range(50))
def test_labels_keep_apart(seed):
    chance = random.Random(seed)
    count = chance.randrange(1, 20)
    wanted = sorted(chance.uniform(0, 600) for _ in range(count))
    found = spread_labels.spread(wanted, 30, 0, 600)
    assert found[0] >= 15 - 1e-9 and found[-1] <= 585 + 1e-9
    assert all(after - before >= 30 - 1e-9 for before, after in zip(found, found[1:]))


def test_a_label_that_has_room_is_where_it_belongs():
    assert spread_labels.spread([50, 200, 205, 400], 30, 0, 600)[::3] == [50, 400]


@pytest.mark.parametrize("seed", range(20))
def test_every_piece_is_seen_and_named(seed):
    """Of a picture with tiny and huge pieces beside one another."""
    edges = made_up(seed)
    pieces = [Piece(kind, f"piece {number}", Range(base, end)) for number, (base, end) in
              enumerate(zip(edges, edges[1:])) for kind in ["ram", "dom0", "kernel"][number % 3:][:1]]
    (picture,), (words, length) = pictures([Column("x", "", tuple(pieces))])
    assert len(picture.labels) == len(picture.boxes) == len(pieces) == len(picture.table)
    assert all(box.height >= LEAST for box in picture.boxes) and words and 0 < length <= 160
    middles = [label.middle for label in picture.labels]
    assert all(after - before >= LABEL_HEIGHT - 0.2 for before, after in zip(middles, middles[1:]))
    assert middles[-1] + LABEL_HEIGHT / 2 <= picture.height + 0.2


def test_many_reserved_regions_have_few_labels_and_stand_in_the_table():
    regions = [Piece("reserved", f"region{number}", Range(number * 3 * MIB, number * 3 * MIB + MIB)) for number in range(99)]
    assert 1 <= len(clusters(regions)) <= LABELS_MOST
    (picture,), _ = pictures([Column("x", "", (Piece("ram", "RAM", Range(0, GIB)), *regions))])
    assert len(picture.labels) <= LABELS_MOST + 1 and len(picture.table) == 100
    assert sum(int(label.name.split()[0]) for label in picture.labels if "reserved" in label.name) == 99


@pytest.mark.parametrize("size, words", [
    (4096, "4 KiB"), (3 * MIB, "3 MiB"), (2032 * MIB, "2032 MiB"), (GIB, "1 GiB"), (30 * GIB + 14 * MIB, "30 GiB"),
    (TIB, "1 TiB"), (0xd2c8, "52.7 KiB"), (100, "100 bytes")])
def test_sizes(size, words):
    assert sizes.size_words(size) == words
