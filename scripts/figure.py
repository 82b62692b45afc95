#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Draws where dom0's memory is, from a plan. usage: figure.py PLAN.json OUT.svg

PLAN.json is what dtshim plan --json prints. Three columns: what dom0 calls its
memory, where it is in the machine, and what devices are told. The axis is in
order and not to scale: on a true scale 8 MiB beside 1020 GiB are nothing.
A colour stands for a kind of number, whoever uses it: that a protected device is
drawn in the colour of guest addresses is the point of the figure.
"""
import json
import pathlib
import sys
from typing import NamedTuple
from xml.sax.saxutils import escape

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "report"))

from sizes import Range  # noqa: E402

GUEST, MACHINE = "guest", "machine"

WIDTH = 1016
COLUMNS = {GUEST: (24, 212), MACHINE: (364, 212), "devices": (712, 280)}  # x, width
TOP = 124               # of the highest address
CARD_LINE, CARD_PAD, CARD_GAP = 18, 10, 22
# A board may have dozens of each; the first devices and the largest ranges tell enough.
MOST_GROUPS, MOST_PATHS, MOST_RANGES = 6, 3, 4

# Its own light ground: one picture that can be read on a light and on a dark page.
STYLE = """
text { font-family: "DejaVu Sans", Verdana, Arial, sans-serif; font-size: 13px; fill: #222; }
.mono { font-family: "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: 12.5px; }
.title { font-size: 18px; font-weight: bold; }
.head { font-size: 14px; font-weight: bold; }
.bold { font-weight: bold; }
.soft { fill: #555; }
.mid { text-anchor: middle; }
.ground { fill: #fbfbf9; stroke: #c8c8c4; }
.guest { fill: #cbe5e1; stroke: #2b7a72; }
.machine { fill: #f5dcb0; stroke: #a96c14; }
.ram { fill: #efefec; stroke: #8f8f8a; }
.reserved { fill: #d3d3cf; stroke: #77776f; }
.safe { fill: #fbfbf9; stroke: #2b7a72; stroke-dasharray: 5 4; }
.blocked { fill: #efefec; stroke: #77776f; stroke-dasharray: 5 4; }
.bank { fill: none; stroke: #555; stroke-width: 2; }
.halo { paint-order: stroke; stroke: #efefec; stroke-width: 5; stroke-linejoin: round; }
.band { fill: #8d8d86; fill-opacity: .16; stroke: #77776f; stroke-dasharray: 2 3; }
.line { fill: none; stroke-width: 2.5; }
.line.guest { stroke: #2b7a72; fill: none; }
.line.machine { stroke: #a96c14; fill: none; }
.tip.guest { fill: #2b7a72; }
.tip.machine { fill: #a96c14; }
.iommu { fill: #fbfbf9; stroke: #2b7a72; stroke-width: 2; }
"""


class Box(NamedTuple):
    kind: str
    what: str
    range: Range


class Group(NamedTuple):
    """Devices of which the same is to be said."""
    kind: str                    # GUEST where an IOMMU protects, MACHINE, or "blocked"
    buses: tuple                 # of Range: what the devices are told
    memory: tuple                # of Range: the machine memory behind it
    remark: tuple                # lines
    paths: tuple


# ---- the plan ------------------------------------------------------------------------

def number(text):
    return int(text, 16)


def ranges(entries):
    return [Range(number(entry["base"]), number(entry["base"]) + number(entry["size"]))
            for entry in entries]


def size_text(size):
    """In the largest unit that leaves no fraction, unless that makes too long a number."""
    for shift, unit in ((30, "GiB"), (20, "MiB"), (10, "KiB")):
        if size % (1 << shift) == 0:
            return f"{size >> shift} {unit}"
        if size >> shift - 10 >= 100000:
            return f"{size / (1 << shift):.1f} {unit}"
    return f"{size} bytes"


def memory_pairs(plan):
    """Each part of dom0's memory with the machine block behind it."""
    base, pairs = ranges(plan["dom0-memory"])[0].base, []
    for block in ranges(plan["machine-block"]):
        pairs.append((Range(base, base + block.size), block))
        base += block.size
    return pairs


def shifts(plan):
    """Signed, unlike the plan's offset, which wraps at the width of the tree's addresses."""
    return [machine.base - guest.base for guest, machine in memory_pairs(plan)]


def to_machine(plan, part):
    """Guest addresses, cut where another block begins."""
    return [moved(seen, machine.base - guest.base) for guest, machine in memory_pairs(plan)
            if (seen := meet(part, guest))]


def to_guest(plan, address):
    return next(guest.base + address - machine.base for guest, machine in memory_pairs(plan)
                if machine.base <= address < machine.end)


def moved(part, shift):
    return Range(part.base + shift, part.end + shift)


def meet(one, other):
    base, end = max(one.base, other.base), min(one.end, other.end)
    return Range(base, end) if base < end else None


def without(whole, parts):
    """What of a range no part covers."""
    rest, base = [], whole.base
    for part in sorted(parts):
        if part.end <= base or part.base >= whole.end:
            continue
        if part.base > base:
            rest.append(Range(base, part.base))
        base = part.end
    return rest + ([Range(base, whole.end)] if base < whole.end else [])


def largest(parts):
    """The largest, in the order of addresses, and how many that leaves out."""
    kept = sorted(sorted(parts, key=lambda part: (-part.size, part))[:MOST_RANGES])
    return kept, len(parts) - len(kept)


def guest_boxes(plan):
    boxes = [Box(GUEST, "dom0's RAM", part) for part in ranges(plan["dom0-memory"])]
    if plan["grant-table"]:
        boxes.append(Box("safe", "grant table", ranges([plan["grant-table"]])[0]))
    safe, left_out = largest(ranges(plan["regions"]))
    return boxes + [Box("safe", "for foreign pages", part) for part in safe], left_out


def machine_boxes(plan):
    """The banks, cut into what dom0 gets, what is reserved, and the rest."""
    blocks = ranges(plan["machine-block"])
    banks = ranges(plan["ram"])
    reserved, left_out = largest([piece for part in ranges(plan["reserved"]) for bank in banks
                                  for free in without(bank, blocks) if (piece := meet(part, free))])
    rest = [part for bank in banks for part in without(bank, blocks + reserved)]
    return ([Box(MACHINE, "dom0's block", part) for part in blocks] +
            [Box("reserved", "reserved", part) for part in reserved] +
            [Box("ram", "other RAM", part) for part in rest]), left_out


def through(window, memory):
    """Bus and memory of each piece of memory that a bus window shows; no window: all, as is."""
    if window is None:
        return [(part, part) for part in memory]
    pieces = []
    for entry in window:
        bus, cpu, size = (number(entry[name]) for name in ("bus", "cpu", "size"))
        for part in memory:
            seen = meet(part, Range(cpu, cpu + size))
            if seen:
                pieces.append((Range(seen.base - cpu + bus, seen.end - cpu + bus), seen))
    return pieces


def remark(device, shift, bus, guest):
    """How dom0's kernel comes to the right address."""
    if bus is None:
        return ("reaches none of dom0's memory",)
    if device["protected"]:
        return (("behind an IOMMU that adds the", "offset: told guest addresses") if shift
                else ("behind an IOMMU: guest addresses",))
    told = () if bus == guest else (f"guest {guest:#x} = bus {bus:#x}",)
    if not shift:
        return ("no IOMMU, and no offset to add",) + told
    return {"bus": ("no IOMMU; dma-ranges of its bus", "tell dom0:"),
            "dma-mem": ("no IOMMU; dma-ranges of its", "dma-mem parent tell dom0:"),
            "lost": ("no IOMMU, and no dma-ranges", "can tell dom0:"),
            "not": ("no IOMMU; needs a kernel that", "reads dma-offset:")}[device["offset"]] + told


def is_guests(plan, device):
    """A xen,domain has only the devices that it was given, with what is below them."""
    given = plan["domain"]["devices"] if plan.get("domain") else [""]
    return any(f"{device['path']}/".startswith(f"{path}/") for path in given)


def groups(plan):
    shift, guest = any(shifts(plan)), ranges(plan["dom0-memory"])
    found = {}
    for device in plan["dma"]:
        if not is_guests(plan, device):
            continue
        if device["path"] in plan["blocked"]:
            key = Group("blocked", (), (), ("the IOMMU knows none of its", "streams: DMA is blocked"), ())
        else:
            seen = guest if device["protected"] else ranges(plan["machine-block"])
            pieces = through(device["window"], seen)
            memory = tuple(machine for _, part in pieces for machine in
                           (to_machine(plan, part) if device["protected"] else [part]))
            first = (pieces[0][0].base, to_guest(plan, memory[0].base)) if pieces else (None, None)
            key = Group(GUEST if device["protected"] else MACHINE, tuple(bus for bus, _ in pieces),
                        memory, remark(device, shift, *first), ())
        found.setdefault(key, []).append(device["path"])
    return [key._replace(paths=tuple(paths)) for key, paths in found.items()]


# ---- the axis --------------------------------------------------------------------------

def axis(parts):
    """Address to y. Steps between neighbours grow with the logarithm of their size, so
    that each can hold two lines; where there is nothing, a short step does."""
    marks = sorted({mark for part in parts for mark in part})
    heights = [0]
    for low, high in zip(marks, marks[1:]):
        covered = any(part.base <= low and high <= part.end for part in parts)
        step = 44 + 4 * max(0, (high - low).bit_length() - 24)
        heights.append(heights[-1] + (min(step, 92) if covered else 26))
    bottom = TOP + heights[-1]
    return {mark: bottom - height for mark, height in zip(marks, heights)}, bottom


# ---- SVG -------------------------------------------------------------------------------

def tag(name, inner=None, **attributes):
    said = "".join(f' {key.rstrip("_").replace("_", "-")}="{escape(str(value), {chr(34): "&quot;"})}"'
                   for key, value in attributes.items())
    return f"<{name}{said}/>" if inner is None else f"<{name}{said}>{inner}</{name}>"


def text(x, y, words, class_=""):
    return tag("text", escape(words), x=x, y=y, **({"class_": class_} if class_ else {}))


def shorten(path, most=32):
    """The end of a path tells devices apart."""
    return path if len(path) <= most else "…" + path[1 - most:]


def wrap(words, at, most):
    """One line, or two, cut behind "at", where it is too long."""
    if len(words) <= most:
        return [words]
    head, tail = words.split(at, 1)
    return [head + at.rstrip(), tail]


def draw_box(box, column, places):
    x, width = COLUMNS[column]
    top, bottom = places[box.range.end], places[box.range.base]
    lines = [(f"{box.what}, {size_text(box.range.size)}", "bold" if box.kind in COLUMNS else "")]
    lines += [(line, "mono") for line in wrap(str(box.range), "-", 26)]
    first = (top + bottom) // 2 - 9 * len(lines) + 14
    return [tag("rect", x=x, y=top, width=width, height=bottom - top, class_=box.kind)] + [
        text(x + width // 2, first + 18 * i, words, f"mid {kind}".rstrip())
        for i, (words, kind) in enumerate(lines)]


def draw_band(guest, machine, places):
    """Joins dom0's RAM to the memory behind it."""
    left = sum(COLUMNS[GUEST])
    right = COLUMNS[MACHINE][0]
    corners = [(left, places[guest.end]), (right, places[machine.end]),
               (right, places[machine.base]), (left, places[guest.base])]
    return tag("polygon", points=" ".join(f"{x},{y}" for x, y in corners), class_="band")


def card_lines(group):
    lines = [(shorten(path), "mono bold") for path in group.paths[:MOST_PATHS]]
    if len(group.paths) > MOST_PATHS:
        lines.append((f"and {len(group.paths) - MOST_PATHS} more like these", "soft"))
    for bus in group.buses:
        lines += [(line, "mono") for line in wrap(f"bus {bus}", "-", 33)]
    for words in group.remark:
        kind = "mono" if words.startswith("guest 0x") else ""
        lines += [(line, kind) for line in wrap(words, "= ", 33)] if kind else [(words, kind)]
    return lines


def draw_card(group, y):
    x, width = COLUMNS["devices"]
    lines = card_lines(group)
    height = card_height(group)
    return [tag("rect", x=x, y=y, width=width, height=height, rx=6, class_=group.kind)] + [
        text(x + CARD_PAD, y + CARD_PAD + 13 + CARD_LINE * i, words, kind)
        for i, (words, kind) in enumerate(lines)]


def card_height(group):
    return 2 * CARD_PAD + CARD_LINE * len(card_lines(group))


def draw_arrow(group, card_y, target_y):
    """From a device to the memory that it reaches, through the IOMMU if there is one."""
    start, end = COLUMNS["devices"][0], sum(COLUMNS[MACHINE])
    parts = []
    if group.kind == GUEST:
        # What goes in is a guest address, what comes out is a machine address.
        left, right = start - 82, start - 18
        parts = [tag("path", d=f"M{start},{card_y} H{right}", class_="line guest"),
                 tag("rect", x=left, y=card_y - 14, width=right - left, height=28, rx=5,
                     class_="iommu"),
                 text((left + right) // 2, card_y + 5, "IOMMU", "mid bold")]
        start = left
    tip = end + 10
    half = (start + tip) // 2
    curve = f"M{start},{card_y} C{half},{card_y} {half},{target_y} {tip},{target_y}"
    return [tag("path", d=curve, class_="line machine"), *parts,
            tag("polygon", points=f"{end},{target_y} {tip},{target_y - 5} {tip},{target_y + 5}",
                class_="tip machine")]


def spread(low, high, count):
    """Places for arrow heads along an edge, the first on top."""
    return [low + (high - low) * (i + 1) // (count + 1) for i in range(count)]


def shift_text(shift):
    """A block below the native base makes a negative shift."""
    return f"{'-' if shift < 0 else '+'} {abs(shift):#x}" if shift else "1 : 1"


def without_text(safe, reserved):
    left_out = [f"{count} smaller {what}" for count, what in
                ((safe, "for foreign pages"), (reserved, "reserved")) if count]
    return f"Not drawn: {', '.join(left_out)}. " if left_out else ""


def headline(plan):
    if not any(shifts(plan)):
        return "Layout direct: machine address = guest address"
    if len(shifts(plan)) > 1:
        return "Layout offset: machine address = guest address + the constant of its block"
    return f"Layout offset: machine address = guest address {shift_text(shifts(plan)[0])}"


def draw_heads(plan):
    parts = [text(24, 36, headline(plan), "title")]
    for column, head, below in (
            (GUEST, "Guest addresses", "what dom0 calls its memory"),
            (MACHINE, "Machine addresses", "where it is"),
            ("devices", "Bus addresses", "what devices are told")):
        x, width = COLUMNS[column]
        x, class_ = (x, "") if column == "devices" else (x + width // 2, "mid ")
        parts += [text(x, 76, head, f"{class_}head"), text(x, 96, below, f"{class_}soft")]
    return parts


def draw_shift(shift, pair, places):
    """Between the columns, on the band: what the hypervisor's translation does."""
    x = (sum(COLUMNS[GUEST]) + COLUMNS[MACHINE][0]) // 2
    y = sum(places[mark] for part in pair for mark in part) // 4
    return [text(x, y - 4, "hypervisor maps", "mid halo"),
            text(x, y + 14, shift_text(shift), "mid halo mono bold")]


def draw_memory(plan, guest, machine, places):
    banks, pairs = ranges(plan["ram"]), memory_pairs(plan)
    parts = [draw_band(*pair, places) for pair in pairs]
    for column, boxes in ((GUEST, guest), (MACHINE, machine)):
        for box in boxes:
            parts += draw_box(box, column, places)
    x, width = COLUMNS[MACHINE]
    parts += [tag("rect", x=x, y=places[bank.end], width=width,
                  height=places[bank.base] - places[bank.end], class_="bank") for bank in banks]
    for shift, pair in zip(shifts(plan), pairs):
        parts += draw_shift(shift, pair, places)
    return parts


def draw_devices(plan, places, bottom):
    """Cards beside dom0's block, with arrows to it, and where they end."""
    cards = groups(plan)
    hidden = sum(len(group.paths) for group in cards[MOST_GROUPS:])
    cards = cards[:MOST_GROUPS]
    blocks = ranges(plan["machine-block"])
    tall = sum(map(card_height, cards)) + CARD_GAP * max(0, len(cards) - 1)
    centre = (places[blocks[0].base] + places[blocks[-1].end]) // 2
    y = max(TOP, min(centre - tall // 2, bottom - tall))
    parts = []
    reaching = [group for group in cards if group.memory]
    for group in cards:
        parts += draw_card(group, y)
        if group.memory:
            # One arrow for each card is enough; where it ends is the larger part.
            target = max(group.memory, key=lambda part: part.size)
            block = next(block for block in blocks if meet(block, target))
            heads = spread(places[block.end], places[block.base], len(reaching))
            parts += draw_arrow(group, y + card_height(group) // 2, heads[reaching.index(group)])
        y += card_height(group) + CARD_GAP
    if hidden:
        parts.append(text(COLUMNS["devices"][0], y, f"and {hidden} devices of other kinds", "soft"))
    return parts, y + (CARD_GAP if hidden else 0) - CARD_GAP


def draw_key(y, left_out):
    return [tag("rect", x=24, y=y - 11, width=14, height=14, class_=GUEST),
            text(44, y, "guest addresses"),
            tag("rect", x=364, y=y - 11, width=14, height=14, class_=MACHINE),
            text(384, y, "machine addresses, or what a bus makes of them"),
            text(24, y + 24, "Higher addresses are further up; not to scale. " + left_out +
                 "Drawn by scripts/figure.py from a plan.", "soft")]


def svg(plan):
    if "layout" not in plan:
        raise ValueError("the plan has nothing to draw: the tree stays as it is")
    guest, fewer_safe = guest_boxes(plan)
    machine, fewer_reserved = machine_boxes(plan)
    pairs = [part for pair in memory_pairs(plan) for part in pair]
    places, bottom = axis([box.range for box in guest + machine] + ranges(plan["ram"]) + pairs)
    devices, end = draw_devices(plan, places, bottom)
    height = max(bottom, end) + 72
    return "\n".join([
        "<!-- SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause -->",
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}" role="img">',
        tag("title", escape(headline(plan))), tag("style", STYLE),
        tag("rect", x=.5, y=.5, width=WIDTH - 1, height=height - 1, rx=8, class_="ground"),
        *draw_heads(plan), *draw_memory(plan, guest, machine, places), *devices,
        *draw_key(height - 40, without_text(fewer_safe, fewer_reserved)), "</svg>", ""])


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__.splitlines()[0].split("plan. ")[1])
    plan = json.loads(pathlib.Path(sys.argv[1]).read_text())
    try:
        drawn = svg(plan)
    except ValueError as trouble:
        sys.exit(f"dtshim: {sys.argv[1]}: {trouble}")
    pathlib.Path(sys.argv[2]).write_text(drawn)


if __name__ == "__main__":
    main()
