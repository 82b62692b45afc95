# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""What a xen,domain gets and what Linux makes of it: a second opinion.

Written from Xen 4.17's source (prepare_dtb_domU() and what it calls) and from what
Linux 6.1 does with a tree, never from the C code. The tree that Xen would build for
the domain is built here with libfdt and then read like any other.
"""
import functools
import re
import subprocess
from collections import Counter

import libfdt

import oracle
import renumbered
from oracle_granted import (console, granted, is_part, missing_or_changed, pair_up, reachable,
                            wrong_domain, wrong_protection, wrong_registers, wrong_tags)
from oracle_guest import (Guest, LOOSE, NO_REFERENCE, REFERENCES, ROOM, SYSCONS, gic_of,
                          interrupt_parent)
from oracle_tree import rows, spans, union

# ---- (d) references --------------------------------------------------------------------

@functools.lru_cache(maxsize=None)
def kind_by_name(name):
    return None if NO_REFERENCE.fullmatch(name) else next(
        (cells_name for pattern, cells_name in REFERENCES if re.fullmatch(pattern, name)), None)


def kind_of(node, name):
    hog = name in ("gpios", "gpio") and "gpio-hog" in node.props
    return None if hog else kind_by_name(name)


OMAP_BOX = re.compile(r"ti,(omap[234]|am654|am64)-mailbox")


def arguments(target, count):
    """How many cells follow; each of an omap mailbox is a phandle again, that of its fifo's node."""
    if not target or not count or any(map(OMAP_BOX.fullmatch, target.strings("compatible"))):
        return 0
    return target.word(count, 0)


def targets(tree, node, name):
    """[(phandle, node or None)] of a property; the rest is left when one is not known."""
    count = kind_of(node, name)
    words, at, found = [one for one, in rows(node.props[name], 1)], 0, []
    while at < len(words):
        target = tree.phandles.get(words[at])
        found.append((words[at], target))
        if words[at] and not target:
            break
        at += 1 + arguments(target, count)
    return found


def wrong_references(tree, guests):
    back = {guests.of[node]: twin for node, twin in guests.pairs.items()}
    known = {node for node in guests.tree.nodes}
    for node in known:
        for name in node.props:
            if kind_of(node, name) is None:
                continue
            for number, target in targets(guests.tree, node, name):
                if number and not target:
                    yield f"{node.path}: {name} has phandle {number:#x}, which nobody has"
                elif number and target in back and node in back:
                    if tree.phandles.get(number) is not back[target]:
                        yield f"{node.path}: {name} leads to {target.path}, not to the host's"
    numbers = Counter(node.word("phandle") for node in known if "phandle" in node.props)
    for number, count in numbers.items():
        if count > 1 or number in (0, 0xffffffff):
            yield f"{count} nodes have phandle {number:#x}"


def loose_targets(tree, node, name, shape):
    """
    The same of a property of few devices (phandle_names.txt): of a node for which it is none of
    phandles, nothing.
    """
    words, at, found = [one for one, in rows(node.props[name], 1)], 0, []
    while at < len(words):
        target = tree.phandles.get(words[at])
        if words[at] and not target:
            return []
        found.append((words[at], target))
        if shape == "first":
            break
        more = {"list": 0}.get(shape, shape)
        if isinstance(more, str):
            more = int(more) if more.isdigit() else target.word(more, 0) if target else 0
        at += 1 + more
    return found


STRAY = re.compile(r"its (\S+) (leads|may lead) to nothing in the domain")


def warned_strays(plan):
    """{(path, property): (whether it is known to be a reference, phandle, path)} of the warnings."""
    found = {}
    for note in plan["notes"]:
        said = STRAY.fullmatch(note["what"])
        if said:
            number, path = re.fullmatch(r"(0x\w+) is (.*), which is not in the domain",
                                        note["reason"]).groups()
            found[note["node"], said[1]] = said[2] == "leads", int(number, 0), path
    return found


def comes_with_phandle(guests, number, host):
    """Whether the domain has the host's node under the number that the host has it under."""
    here = guests.tree.phandles.get(number)
    twins = {guests.of[node]: twin for node, twin in guests.pairs.items()}
    return here is not None and (twins.get(here) is host or here is guests.gic)


def wrong_strays(tree, plan, guests):
    """Each reference of few devices comes with what it leads to, or is named; nothing else is."""
    warned, names = warned_strays(plan), renumbered.known()
    for node, twin in guests.pairs.items():
        for name in set(node.props) & set(names):
            lost = [number for number, target in loose_targets(tree, twin, name, names[name][0])
                    if target and not comes_with_phandle(guests, number, target)]
            if lost and (twin.path, name) not in warned:
                yield f"{node.path}: nobody says that {name} leads to nothing: {lost}"
    for (path, name), (_, number, target) in warned.items():
        words = [one for one, in rows(tree.at[path].props.get(name, b""), 1)]
        host = tree.phandles.get(number)
        if number not in words or not host or host.path != target:
            yield f"{path}: {name} has no phandle {number:#x} of {target}"
        elif comes_with_phandle(guests, number, host):
            yield f"{path}: {name} does not lead to nothing, {target} has come"


# ---- (e) interrupts ------------------------------------------------------------------------


def interrupts(tree, node):
    """[(controller, cells)], as of_irq_parse_one() finds them."""
    if "interrupts-extended" in node.props:
        found = tree.references(node, "interrupts-extended", "#interrupt-cells", holes=True)
        return [(one[0], tuple(one[1])) if one else (None, ()) for one in found]
    if not node.props.get("interrupts"):
        return []
    above = interrupt_parent(tree, node)
    width = above.word("#interrupt-cells", 0) if above else 0
    if not width:
        return [(None, ())]
    return [(above, tuple(one)) for one in rows(node.props["interrupts"], *[1] * width)]


def hands_on(tree, controller, gic):
    """Whether it has no lines of its own but each of its is one of the GIC's: a stacked domain.

    handle_device_interrupts() of Xen leaves out what is not wired to the GIC itself.
    """
    own = "interrupts" in controller.props or "interrupts-extended" in controller.props
    return not own or (controller.word("#interrupt-cells") == 3
                       and interrupt_parent(tree, controller) is gic)


def wrong_interrupts(tree, plan, guests):
    host_gic, gic = gic_of(tree), guests.gic
    warned = {note["node"] for note in plan["notes"]
              if note["what"] == "has no interrupts in the domain"}
    back = {guests.of[node]: twin for node, twin in guests.pairs.items()}
    spoken = {node.strings("xen,path")[0] for node in guests.pairs if "xen,path" in node.props}
    for node, twin in guests.pairs.items():
        mine, right = interrupts(guests.tree, guests.of[node]), interrupts(tree, twin)
        if len(mine) != len(right):
            yield f"{node.path}: {len(mine)} interrupts, {twin.path} of the host has {len(right)}"
            continue
        for (here, number), (there, wanted) in zip(mine, right):
            if there is None and here is guests.of[node] and number and not any(number):
                continue  # an empty entry, which the domain's own names itself
            if not there or not host_gic or (
                    there is not host_gic and "interrupt-map" in there.props):
                yield f"{node.path}: came with an interrupt whose way nobody knows"
            elif there is not host_gic and hands_on(tree, there, host_gic):
                if twin.path not in warned:
                    yield f"{node.path}: nobody says that it gets no interrupts of {there.path}"
            elif there is not host_gic:
                if back.get(here) is not there or number != wanted:
                    yield (f"{node.path}: interrupt {number} of {here and here.path}, "
                           f"not {there.path}")
            elif here is not gic or number != wanted[:3]:
                yield f"{node.path}: interrupt {number} of {here and here.path}, not {wanted}"
            elif number[0] != 0 or number[1] == 0:
                yield f"{node.path}: interrupt {number} is no SPI that a domain can have"
            elif twin.path not in spoken:
                yield f"{node.path}: nobody gives the domain the interrupts of {twin.path}"


# ---- (f) DMA ---------------------------------------------------------------------------------

def segments(plan):
    """[(guest first, guest end, machine first)]: which machine memory is behind which guest's."""
    guest, machine = spans(plan["dom0-memory"]), spans(plan["machine-block"])
    found = []
    while guest and machine:
        size = min(guest[0][1] - guest[0][0], machine[0][1] - machine[0][0])
        found.append((guest[0][0], guest[0][0] + size, machine[0][0]))
        for ranges in (guest, machine):
            ranges[0] = ranges[0][0] + size, ranges[0][1]
            if ranges[0][0] == ranges[0][1]:
                ranges.pop(0)
    return found


def joined(parts):
    found = []
    for first, end, bus in sorted(parts):
        if found and found[-1][1] == first and found[-1][2] - found[-1][0] == bus - first:
            found[-1][1] = end
        else:
            found.append([first, end, bus])
    return found


def wanted_dma(window, safe, plan):
    """[[guest first, guest end, bus address]] of what the device reaches of the domain's RAM."""
    found = []
    for first, end, machine in segments(plan):
        if safe:
            found += oracle.on_the_bus(window, (first, end))
        else:
            found += [[low - machine + first, high - machine + first, bus] for low, high, bus
                      in oracle.on_the_bus(window, (machine, machine + end - first))]
    return joined(found)


def wrong_dma(tree, plan, guests):
    masters = {one["path"]: one for one in plan["dma"]}
    for node, twin in guests.pairs.items():
        if twin.path not in masters or node.parent in guests.pairs and not reachable(twin):
            continue # what is part of a device and has no registers is no device of Linux
        safe = masters[twin.path]["protected"]
        window = oracle.window(guests.tree, guests.of[node])
        mine = joined(part for bank in spans(plan["dom0-memory"])
                      for part in oracle.on_the_bus(window, bank))
        right = wanted_dma(oracle.window(tree, twin), safe, plan)
        if mine != right:
            yield (f"{node.path} ({'' if safe else 'not '}protected): Linux finds {in_words(mine)},"
                   f" right is {in_words(right)}")
        if oracle.is_coherent(guests.tree, guests.of[node]) != oracle.is_coherent(tree, twin):
            yield f"{node.path}: {twin.path} of the host is coherent, or it is and should not be"


def in_words(found):
    return [f"{first:#x}-{end:#x} at {bus:#x}" for first, end, bus in found]


# ---- (g) how long Xen's tree is --------------------------------------------------------------

def shared_ends(tree):
    """Bytes that libfdt saves because a name is the end of another, which dtshim does not count."""
    names = {name for node in tree.nodes for name in node.props}
    return sum(len(name) + 1 for name in names
               if any(other != name and other.endswith(name) for other in names))


def bound(plan):
    for note in plan["notes"]:
        found = re.fullmatch(r"the domain's tree has at most (\d+) bytes", note["what"])
        if found:
            return int(found.group(1))
    return None


def wrong_size(plan, features, guests):
    said, size = bound(plan), len(guests.blob)
    if said is None:
        yield "nobody says how long the domain's tree is"
    elif not size <= said <= size + LOOSE + shared_ends(guests.tree):
        yield f"Xen would make a tree of {size} bytes, the plan says at most {said}"
    if size > ROOM and "large-tree" not in features:
        yield f"Xen 4.17 has room for {ROOM} bytes, the domain's tree has {size}"


# ---- (h) a sound tree ----------------------------------------------------------------------

def dtc(what, blob):
    """What dtc has to say of a tree."""
    done = subprocess.run(["dtc", "-q", "-I", "dtb", "-O", "dtb", "-o", "-"], input=blob,
                          capture_output=True)
    if done.returncode or done.stderr:
        yield f"{what}: dtc says {done.stderr.decode(errors='replace')[:200]}"


def wrong_form(what, tree, blob, ask):
    for node in tree.nodes:
        twice = [name for name, count in Counter(one.name for one in node.children).items()
                 if count > 1]
        if twice:
            yield f"{what}: {node.path} has several {twice}"
    if libfdt.fdt_check_full(bytearray(blob), len(blob)):
        yield f"{what}: fdt_check_full() does not take it"
    yield from ask(what, blob)


# ---- all of it ------------------------------------------------------------------------------

class Guests:
    """The domain's tree as its Linux reads it, beside the partial tree and the host's."""

    def __init__(self, guest, partial, pairs):
        self.blob, self.pairs = guest.blob, pairs
        self.tree = oracle.Tree(guest.blob)
        place = {node.path: node for node in self.tree.nodes}
        self.of = {}
        for old, new in zip(walk(bus_of(partial)), walk(place.get("/passthrough"))):
            self.of[old] = new
        self.gic = next(node for node in self.tree.root.children
                        if node.called("interrupt-controller"))
        self.words = {word for node in self.tree.nodes for name, value in node.props.items()
                      if SYSCONS.fullmatch(name) for word, in list(rows(value, 1))[:1]}


def bus_of(partial):
    return next((node for node in partial.root.children if node.name == "passthrough"), None)


def walk(node):
    if node:
        yield node
        for child in node.children:
            yield from walk(child)


def wrong_things(tree, after, blob, plan, features, ask=dtc):
    """
    Everything that is wrong with an output and its domain's tree, in words; `ask` is given the
    trees that dtc is to take.
    """
    partial = oracle.Tree(blob)
    if len(blob) != plan["domain"]["tree-size"]:
        yield f"the domain's tree has {len(blob)} bytes, not {plan['domain']['tree-size']}"
    yield from wrong_form("the domain's tree", partial, blob, ask)
    yield from wrong_domain(after, plan, features, len(blob))
    domain = next(node for node in after.nodes if "xen,domain" in node.strings("compatible"))
    _, pairs, strangers, left = pair_up(tree, partial, plan)
    yield from (f"{node.path} is no node of the host" for node in strangers)
    yield from (f"{node.path} of the host is nowhere on the domain's bus" for node in left)
    yield from (f"{node.path} is a part of {pairs[node].parent.path}, which is not there"
                for node in pairs if node.parent not in pairs and is_part(pairs[node]))
    guests = Guests(Guest(after, partial, domain, spans(plan["dom0-memory"])), partial, pairs)
    yield from wrong_form("the tree that Xen makes", guests.tree, guests.blob, ask)
    yield from wrong_tags(tree, partial, after, pairs, union(granted(partial)))
    yield from missing_or_changed(pairs, guests)
    yield from wrong_registers(tree, after, plan, partial, guests, domain)
    yield from wrong_protection(plan, guests)
    if console(tree) in pairs.values():
        yield f"{console(tree).path} is Xen's own console"
    yield from wrong_references(tree, guests)
    yield from wrong_strays(tree, plan, guests)
    yield from wrong_interrupts(tree, plan, guests)
    yield from wrong_dma(tree, plan, guests)
    yield from wrong_size(plan, features, guests)
