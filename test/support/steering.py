# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""
A search of its own for a lower place for dom0, put to the model of Xen and to nothing else.

The tree that apply wrote has all that Xen needs; of what steers Xen only the command line is left.
Places are those that every DMA window reaches as well (test/support/oracle.py). Then pages are kept from
Xen, and modules laid, in several plain ways, and the forecast says where dom0 comes to lie.
"""
import dataclasses
import json
import struct

import flat
import oracle
from corpus import run
from oracle_tree import MIB, PAGE, down, is_addressed, overlap, rows, span, spans, total, union, up, without
from places import BUILD

KINDS = ("Xen", "kernel", "ramdisk", "tree")
OPTIONS = {kind: f"--{kind.lower()}-at" for kind in KINDS}
PAGES_MAX = 48  # as many as dtshim keeps from Xen
FINE, COARSE = 2 * MIB, 128 * MIB
LOW = 1 << 32


def plan(source, *options):
    done = run(BUILD, "plan", "--json", *options, source)
    return json.loads(done.out) if done.returncode == 0 else None


@dataclasses.dataclass
class Try:
    """One way to steer Xen: pages that it may not have, and where the modules lie."""
    pages: list
    modules: dict


class Bare:
    """What apply wrote, without the pages that it keeps from Xen; others are put in their place."""

    def __init__(self, source, said, options, folder):
        self.file = folder / "bare.dtb"
        done = run(BUILD, "apply", *options, source, "-o", self.file)
        assert done.returncode == 0, done.err
        root, reserves = flat.read(self.file.read_bytes())
        pages = {first for first, _ in spans(said["reserved-pages"])}
        self.reserves = [one for one in reserves if one[0] not in pages]
        blob = flat.write(root, self.reserves + [(PAGE, PAGE)] * PAGES_MAX, 0)
        self.at = struct.unpack_from(">I", blob, 16)[0]
        self.blob = blob

    def write(self, pages):
        blob = bytearray(self.blob)
        for number, one in enumerate([*self.reserves, *((page, PAGE) for page in pages), (0, 0)]):
            struct.pack_into(">QQ", blob, self.at + 16 * number, *one)
        self.file.write_bytes(blob)

    def banks(self, attempt):
        """dom0's banks by release, as the model has them; None where it stops."""
        self.write(attempt.pages)
        places = [word for kind, at in attempt.modules.items() for word in (OPTIONS[kind], hex(at))]
        done = run(BUILD, "forecast", "--json", *places, self.file)
        assert done.returncode in (0, 1), done.err
        return [spans(one["dom0"]["banks"]) if one["outcome"] == "boots" else None
                for one in json.loads(done.out)["forecasts"]]


class Search:
    def __init__(self, source, options, folder, table):
        self.said = plan(source, *options)
        if not self.said:
            return
        self.planned = spans(self.said["dom0-memory"])
        self.size = total(self.planned)
        self.tree = oracle.Tree(source.read_bytes())
        self.bare = Bare(source, self.said, options, folder)
        masters = oracle.dma(self.tree, "xen", self.said, table)
        self.windows = [oracle.in_window(one["window"]) for one in masters
                        if one["window"] and not one["protected"] and one["decides"]]
        ram = union(spans(self.said["ram"]))
        kept = [(down(first, PAGE), up(end, PAGE)) for first, end in
                [*spans(self.said["reserved"]), *(span(*one) for one in self.bare.reserves)]]
        self.free = without(ram, [(0, PAGE), *kept, *self.find_registers()])
        self.pools = list(self.find_pools())

    def find_registers(self):
        """Xen maps them 1:1 for dom0, over what memory it may have there."""
        return [(down(first, PAGE), up(end, PAGE)) for node in self.tree.nodes if is_addressed(node)
                if not node.path.startswith(("/memory", "/reserved-memory/", "/cpus/"))
                for first, end in filter(None, node.registers)]

    def find_pools(self):
        """(size, where it may lie) of what dom0's kernel places in its own memory."""
        for node in self.tree.nodes:
            if node.path.startswith("/reserved-memory/") and {"size", "alloc-ranges"} <= set(node.props):
                size, = next(rows(node.props["size"], node.parent.cells()[1]), (0,))
                yield size, [span(*one) for one in rows(node.props["alloc-ranges"], *node.parent.cells())]

    def unserved(self, banks):
        """How many windows and pools a place does not serve."""
        return (sum(bool(without(banks, window)) for window in self.windows) +
                sum(not any(min(end, bank[1]) - max(first, bank[0]) >= size
                            for first, end in ranges for bank in banks)
                    for size, ranges in self.pools))

    def is_better(self, block):
        mine, its = self.unserved([block]), self.unserved(self.planned)
        return mine < its or mine == its and block[0] < self.planned[0][0]

    def places(self, rng, count):
        """
        Multiples of 2 MiB where dom0 would be better off: the coarse ones, the first of each
        alignment in each range, and some at random.
        """
        found = [(base, base + self.size) for first, end in self.free
                 for base in range(up(first, FINE), end - self.size + 1, FINE)]
        better = [one for one in found if self.is_better(one)]
        firsts = {}
        for base, end in better:
            inside = next(one for one in self.free if one[0] <= base < one[1])
            firsts.setdefault((inside, base & -base), (base, end))
        chosen = {*firsts.values(), *(one for one in better if one[0] % (COARSE // 2) == 0)}
        chosen |= set(rng.sample(better, min(count, len(better))))
        return sorted(chosen)

    # ---- steering -----------------------------------------------------------------------------

    def lay(self, block, ranges):
        """The modules one behind the other, each in the first range that has room."""
        left, found = without(ranges, [block]), {}
        for kind, room in self.rooms().items():
            at = next((up(first, FINE) for first, end in left if up(first, FINE) + room <= end), None)
            if at is None:
                return None
            found[kind] = at
            left = without(left, [(at, at + room)])
        return found

    def rooms(self):
        return {one["kind"]: up(int(one["room"], 0), FINE) for one in self.said["modules"]}

    def payloads(self, block):
        """Behind dom0, far up, and as the plan has them."""
        low = [(first, min(end, LOW)) for first, end in self.free if first < LOW]
        need = sum(self.rooms().values()) + len(KINDS) * FINE
        for ranges in ([(max(first, block[1]), end) for first, end in low if end > block[1]],
                       [(max(first, end - need), end) for first, end in low[::-1]], low):
            laid = self.lay(block, ranges)
            if laid:
                yield laid
        said = {one["kind"]: int(one["to"], 0) for one in self.said["modules"]}
        if not any(overlap(block, (at, at + self.rooms()[kind])) for kind, at in said.items()):
            yield said

    def grid(self, block, modules, step):
        """A page of each aligned piece that Xen might rather take."""
        taken = [(at, at + self.rooms()[kind]) for kind, at in modules.items()]
        for first, end in self.free:
            for base in range(up(first, step), min(down(end, step), LOW), step):
                piece = base, base + step
                if not overlap(piece, block) and not any(overlap(piece, one) for one in taken):
                    yield base

    def ends(self, block, modules):
        taken = [(at, at + self.rooms()[kind]) for kind, at in modules.items()]
        for page in (block[0] - PAGE, block[1]):
            one = page, page + PAGE
            if not without([one], self.free) and not any(overlap(one, other) for other in taken):
                yield page

    def tries(self, block):
        for modules in self.payloads(block):
            ends = list(self.ends(block, modules))
            for step in (None, COARSE, COARSE // 2, COARSE // 4, COARSE // 8):
                grid = list(self.grid(block, modules, step)) if step else []
                for pages in (grid, sorted({*ends, *grid})):
                    if len(pages) <= PAGES_MAX:
                        yield Try(pages, modules)

    def can_be_had(self, block):
        """The way to it, if one of those that are tried leads there with both releases."""
        return next((attempt for attempt in self.tries(block)
                     if all(banks == [block] for banks in self.bare.banks(attempt))), None)

    def as_planned(self):
        """The plan's own way, put to the same model: it is what the search is measured with."""
        modules = {one["kind"]: int(one["to"], 0) for one in self.said["modules"]}
        return self.bare.banks(Try([first for first, _ in spans(self.said["reserved-pages"])], modules))

    def better_places(self, rng, count):
        for block in self.places(rng, count):
            way = self.can_be_had(block)
            if way:
                yield block, way

