# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The pictures: pieces of memory as boxes, each with a label beside it that a line leads to."""
import typing

from facts import Piece, count_words
from scale import Scale
from sizes import Range, joined, size_words
from spread_labels import spread

WIDTH, EDGE = 336, 8
BOX, MARK = (8, 84), (80, 12)   # from, width
BAR, BAR_STEP, BAR_WIDTH = 96, 9, 6   # of windows
LINES = 118, 134            # a label's line goes from the box, bends here, and ends there
LABEL, LABEL_HEIGHT = 138, 31
NAME_MOST = 24              # letters
STEP_MOST = 160             # of the line that shows the scale
LABELS_MOST = 7             # of reserved regions


class Box(typing.NamedTuple):
    kind: str
    left: float
    width: float
    top: float
    height: float


class Label(typing.NamedTuple):
    kind: str
    name: str
    where: str
    middle: float
    line: str       # points of the line that leads to it


class Gap(typing.NamedTuple):
    top: float
    bottom: float


class Picture(typing.NamedTuple):
    title: str
    remark: str
    told: str       # in words, for who does not see it
    height: float
    boxes: tuple
    breaks: tuple
    gaps: tuple
    labels: tuple
    table: tuple


# ---- what has a label ---------------------------------------------------------------------------

def named(piece):
    short = piece.name if len(piece.name) <= NAME_MOST else piece.name[:NAME_MOST - 1] + "…"
    return piece.label or f"{short}, {size_words(piece.range.size)}"


def clusters(pieces):
    """Reserved regions, those that are near to one another as one, so that few labels will do."""
    ranges, gap = joined(one.range for one in pieces), 1 << 12
    while len(ranges) > LABELS_MOST:
        ranges, gap = joined(ranges, gap), gap * 2
    return [(around, [one for one in pieces if around.holds(one.range)]) for around in ranges]


def cluster_piece(around, within):
    if len(within) == 1:
        return within[0]
    total = sum(one.size for one in joined(one.range for one in within))
    return Piece("reserved", "", around, f"{len(within)} reserved, {size_words(total)}")


def labelled(column):
    """The pieces that get a label, in the order of their addresses."""
    reserved = [one for one in column.pieces if one.kind == "reserved"]
    rest = [one for one in column.pieces if one.kind not in ("reserved", "steering")]
    steering = [one.range for one in column.pieces if one.kind == "steering"]
    found = rest + [cluster_piece(*one) for one in clusters(reserved)]
    if steering:
        around = Range(min(steering).base, max(one.end for one in steering))
        found.append(Piece("steering", "", around, count_words(len(steering), "page") + " kept from Xen"))
    return sorted(found, key=lambda one: (one.range.base, -one.range.size))


# ---- one picture ---------------------------------------------------------------------------------

def edges(columns):
    """Where the scale may change: not at what is drawn as a mark, nor beyond all memory."""
    drawn = [one for column in columns for one in labelled(column) if one.kind not in ("window", "steering")]
    first, last = min(one.range.base for one in drawn), max(one.range.end for one in drawn)
    windows = [edge for column in columns for one in column.pieces if one.kind == "window"
               for edge in one.range if first < edge < last]
    return [edge for one in drawn for edge in one.range] + windows


def best_size(columns):
    """What is seen best: a dom0, else a quarter of RAM; a tree without RAM may have reserved memory."""
    pieces = [one for column in columns for one in column.pieces]
    sizes = [one.range.size for one in pieces if one.kind == "dom0"]
    rest = [one.range.size for one in pieces if one.kind == "ram"] or [one.range.size for one in pieces]
    return max(min(sizes) if sizes else max(rest) // 4, 1)


def scale_for(columns):
    """The same for all that stand side by side."""
    most = max(len(labelled(column)) for column in columns)
    return Scale(edges(columns), best_size(columns), (most + 1) * LABEL_HEIGHT)


def box(piece, scale, left, width):
    top, bottom = scale(piece.range.base), scale(piece.range.end)
    return Box(piece.kind, left, width, EDGE + top, max(bottom - top, 1.2))


def bars(column):
    """The ranges of windows, the smallest beside the box, and how far from the left each is drawn."""
    windows = sorted({one.range for one in column.pieces if one.kind == "window"}, key=lambda one: one.size)
    return {one: BAR + BAR_STEP * number for number, one in enumerate(windows)}


def boxes(column, scale):
    """What holds others comes first."""
    order = ("ram", "reserved", "domain", "dom0", "module", "tree", "ramdisk", "kernel", "xen", "steering")
    within = [box(one, scale, *(MARK if kind == "steering" else BOX)) for kind in order
              for one in column.pieces if one.kind == kind]
    return (*within, *(box(Piece("window", "", one), scale, left, BAR_WIDTH) for one, left in bars(column).items()))


def middle_of(piece, column, scale):
    """Of RAM the middle of the largest part of it that nothing else takes."""
    if piece.kind == "steering":
        first = min(one.range for one in column.pieces if one.kind == "steering")
        return scale(first.base)
    if piece.kind != "ram":
        return (scale(piece.range.base) + scale(piece.range.end)) / 2
    best, base = (0.0, scale(piece.range.base)), piece.range.base
    taken = joined(one.range for one in column.pieces if one.kind not in ("ram", "window", "steering")
                   and one.range.meets(piece.range))
    for one in [*taken, Range(piece.range.end, piece.range.end)]:
        best = max(best, (scale(one.base) - scale(base), (scale(one.base) + scale(base)) / 2))
        base = max(base, one.end)
    return best[1]


def labels(column, scale, height):
    lefts = bars(column)
    pieces = sorted(((EDGE + middle_of(one, column, scale), one) for one in labelled(column)), key=lambda one: one[0])
    middles = spread([wanted for wanted, _ in pieces], LABEL_HEIGHT, 0, height)
    found = []
    for (wanted, piece), middle in zip(pieces, middles):
        left = lefts[piece.range] + BAR_WIDTH if piece.kind == "window" else sum(BOX)
        line = f"{left},{wanted:.1f} {LINES[0]},{wanted:.1f} {LINES[1]},{middle:.1f}"
        where = f"in {piece.range}" if piece.label else str(piece.range)
        found.append(Label(piece.kind, named(piece), where, round(middle, 1), line))
    return tuple(found)


def holes(column, scale):
    """Where no memory is, between what is."""
    there = joined(one.range for one in column.pieces if one.kind != "window")
    found = []
    for one, other in zip(there, there[1:]):
        gap = Gap(EDGE + scale(one.end), EDGE + scale(other.base))
        if gap.bottom - gap.top > 15:
            found.append(gap)
    return tuple(found)


def breaks(column, scale):
    """The middles of parts that are shortened, where something is drawn."""
    there = [one.range for one in column.pieces if one.kind != "window"]
    return tuple(round(EDGE + part.top + part.height / 2, 1) for part in scale.parts if part.way == "short"
                 and any(one.meets(Range(part.base, part.end)) for one in there))


# ---- the same in words -----------------------------------------------------------------------------

class Line(typing.NamedTuple):
    kind: str
    name: str
    where: tuple
    size: str


def table(column):
    """Every piece with its addresses; many of one name and size on one line."""
    alike = {}
    for one in sorted(column.pieces, key=lambda one: (one.range.base, -one.range.size)):
        alike.setdefault((one.kind, one.name, one.range.size) if one.kind == "steering" else one, []).append(one)
    return tuple(map(line_of, alike.values()))


def line_of(pieces):
    first = pieces[0]
    if len(pieces) == 1:
        return Line(first.kind, first.name, (str(first.range),), size_words(first.range.size))
    return Line(first.kind, f"{count_words(len(pieces), 'page')} {first.name}",
                tuple(f"{one.range.base:#x}" for one in pieces), f"{size_words(first.range.size)} each")


def told(column):
    return "; ".join(f"{named(one)}, at {one.range}" for one in labelled(column))


def picture(column, scale):
    height = scale.height + 2 * EDGE
    return Picture(column.title, column.remark, told(column), round(height, 1), boxes(column, scale),
                   breaks(column, scale), holes(column, scale), labels(column, scale, height), table(column))


def pictures(columns):
    """Side by side, with one scale; and (words, length) of a size where it is true."""
    scale = scale_for(columns)
    step = 1 << max(int(scale.per_pixel() * STEP_MOST).bit_length() - 1, 0)
    return [picture(column, scale) for column in columns], (size_words(step), round(step / scale.per_pixel(), 1))
