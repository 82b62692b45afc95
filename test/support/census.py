# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""
What becomes of a board with the defaults: planned, or refused with an option that is then typed.
"""
import collections
import datetime
import json
import re

from boards import Boards
from corpus import named_class, run
from kernels import ARCHITECTURES, KERNELS, folder
from oracle_tree import MIB
from places import BUILD

ROWS = [(kernel, arch) for kernel in KERNELS for arch in ARCHITECTURES]

# Refusals by their words: what a reader of the table wants to know.
REFUSALS = {
    "too little RAM": r"\[dom0-size\]|\[placement\].*dom0-mem",
    "address 0": r"Xen never hands out page 0",
    "reserved memory": r"overlaps the reserved",
    "Xen's own tables": r"Xen's own (tables|heap, .*,) would have to be",
    "interrupt types": r"another type of the same interrupt",
    "overlapping reservations": r"this reserved memory overlaps",
    "frame table": r"more frames than Xen's table",
    "streams of an IOMMU": r"its streams overlap those of another device",
    "address out of reach": r"no ranges cover its address",
}
# No option is named, though --xen-version 4.17 would do.
WITHOUT_OPTION = {"streams of an IOMMU"}


def class_of(words):
    first = words.split("\n")[0]
    return next((name for name, pattern in REFUSALS.items() if re.search(pattern, first)), None)


def named_options(words):
    """
    What a refusal tells to type: a line `this works: dom0-mem 256M, dom0-base 0x...`, and options as
    they are written in the rest, `--ram 4G`.
    """
    works = re.search(r"^  this works: (.*)$", words, re.M)
    if works:
        yield [word for one in works[1].split(", ") for word in ("--" + one.split()[0], *one.split()[1:])]
    for option, value in re.findall(r"(--[a-z0-9-]+) ([0-9a-zA-Z:.]+)", words):
        yield [option, value]


def named_base(words):
    """The bases that a refusal for want of RAM names: `boards with brcm,bcm2711 have RAM at 0x0 (6 trees)`."""
    found = re.search(r"have RAM at (.*)$", words, re.M)
    return {int(base, 16) for base in re.findall(r"0x[0-9a-f]+", found[1])} if found else set()


class Outcome:
    """Of one board: `what` is a word of the table, `wrong` is what is not as promised."""

    def __init__(self, board, left_out):
        self.board, self.said, self.option = board, None, None
        self.counted = left_out is None
        self.said, done = self.plan(*board.options())
        self.words = done.err
        self.wrong = list(self.examine(left_out))

    def plan(self, *options):
        done = run(BUILD, "plan", "--json", *options, self.board.path)
        return json.loads(done.out) if done.returncode == 0 else None, done

    def wrong_base(self):
        """What the tool says of RAM that it does not know: here it is known from elsewhere."""
        _, done = self.plan()
        named = named_base(done.err)
        surely = self.board.told_by != "trees of the vendor"
        if named and self.board.told[0] not in named or surely and not named:
            yield f"RAM is at {self.board.told[0]:#x} ({self.board.told_by}); named: {sorted(map(hex, named))}"
        size = self.board.options()[1].split(":")[1]
        if self.said and "(option: --ram 2G)" in done.err and not self.plan("--ram", size)[0]:
            yield "--ram with a size alone does not work"

    def examine(self, left_out):
        if self.board.told and not left_out:
            yield from self.wrong_base()
        if self.said:
            self.what = left_out or ("nearest" if self.said["nearest"] else "native base")
            yield from wrong_plan(self.said, self.board.ram())
            return
        refused = class_of(self.words) or f"[{named_class(self.words)}]"
        self.what = left_out or refused
        if left_out:
            return
        if refused.startswith("["):
            yield "a refusal of no class"
        self.option = next(filter(self.works, named_options(self.words)), None)
        if not self.option and refused not in WITHOUT_OPTION:
            yield "no option is named that works"

    def works(self, options):
        had = self.board.options()
        said, _ = self.plan(*(options if "--ram" in options else [*had, *options]))
        return said and not list(wrong_plan(said, self.board.ram()))


def cost_that_needs_no_word(ram):
    return min(ram // 100, 16 * MIB)


def wrong_plan(said, ram):
    if said["domain"] or said["layout"] != "direct":
        yield "a domain takes dom0's place, and nobody asked for one"
    # Where the place is not the native base the devices decide it; none may be left out of all of it.
    out = [one["path"] for one in said["dma"] if one["reach"] == "none"]
    if out:
        yield f"reach nothing of dom0: {out}"
    if int(said["cost"], 0) > cost_that_needs_no_word(ram) and not any(
            "nothing else is possible" in one["what"] + one["reason"] for one in said["notes"]):
        yield f"loses {int(said['cost'], 0) / MIB:.1f} MiB, and does not say that nothing else is possible"


def outcomes(kernel, arch):
    boards = Boards(folder(kernel, arch))
    return [Outcome(board, boards.left_out(board)) for board in boards.all]


def refused(found):
    """How many of which class, and one of each."""
    groups = collections.defaultdict(list)
    for one in found:
        if not one.said:
            groups[one.what].append(one.board.name)
    return "\n".join(f"{len(names)} {what}: {names[0]}" for what, names in groups.items())


def version(kernel):
    """As 7.2.12 of Debian's package; the trees of 6.1 are those of the first fetch."""
    said = folder(kernel, "arm64").parent / "versions"
    return said.read_text().split()[1].split("-")[0] if said.exists() else kernel


def keep(found, kernel, arch):
    """For the documentation (scripts/boards_page.py)."""
    kept = BUILD / "census"
    kept.mkdir(exist_ok=True)
    (kept / f"{kernel}-{arch}.json").write_text(json.dumps({
        "kernel": kernel, "arch": arch, "version": version(kernel),
        "date": datetime.date.today().isoformat(),
        "boards": [{"name": one.board.name, "socs": one.board.socs, "what": one.what,
                    "counted": one.counted, "told": bool(one.board.told), "option": one.option}
                   for one in found]}))
