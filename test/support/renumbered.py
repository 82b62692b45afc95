# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""
Which properties hold phandles, as trees themselves prove it.

dtc numbers the nodes of each tree anew. Where the trees of two boards, or of one board in two
kernels, have the same property in the same node, and a cell of it differs, but both numbers are
phandles of one and the same path, the cell is a phandle. A number that only happens to be some
node's phandle does not follow it like that.
"""
import collections
import dataclasses

from places import ROOT
from quick_tree import Tree, words

# Said by what they stand for, and read by their own rules.
OWN_RULES = {"phandle", "linux,phandle", "reg", "ranges", "interrupts", "compatible",
             "interrupt-map"}
# Not of devices: labels and what an overlay leaves behind.
NO_DEVICES = ("/__", "/aliases")
# A cell of a phandle's that also holds others, in trees that somebody renumbered by half.
FEW = 10
# By chance one or two cells may change so, among more that do not.
CHANCE = 2


@dataclasses.dataclass
class Votes:
    """What is seen of one cell of a property: where it changed, and in how many it is a phandle."""
    good: int = 0
    bad: int = 0
    seen: int = 0
    phandles: int = 0
    example: str = ""

    def proves(self):
        most = self.good * FEW if self.good > CHANCE else self.good
        return self.good and self.bad <= most and self.phandles == self.seen


def read(blob):
    """({path: {name: value}}, {phandle: path}) of a tree that dtc made."""
    numbers, nodes = {}, {node.path: node.props for node in Tree(blob).nodes}
    for path, props in nodes.items():
        value = props.get("phandle", props.get("linux,phandle", b""))
        numbers.setdefault(int.from_bytes(value, "big"), path)
    numbers.pop(0, None)
    return {path: props for path, props in nodes.items() if not path.startswith(NO_DEVICES)}, numbers


def is_value(name, value):
    return value and len(value) % 4 == 0 and name not in OWN_RULES


def look_at(tree, votes):
    nodes, numbers = tree
    for props in nodes.values():
        for name, value in props.items():
            for at, cell in enumerate(words(value)) if is_value(name, value) else ():
                vote = votes[name, at]
                vote.seen += 1
                vote.phandles += not cell or cell in numbers


def compare(one, other, votes, example):
    for path, props in one[0].items():
        for name, value in props.items():
            twin = other[0].get(path, {}).get(name)
            if twin is None or twin == value or len(twin) != len(value) or not is_value(name, value):
                continue
            for at, (mine, theirs) in enumerate(zip(words(value), words(twin))):
                if mine == theirs:
                    continue
                vote = votes[name, at]
                if one[1].get(mine, "") == other[1].get(theirs):
                    vote.good += 1
                    vote.example = vote.example or f"{example} {path}"
                else:
                    vote.bad += 1


def votes_of(trees):
    """Of trees as (name, blob), those of one SoC side by side."""
    votes, before = collections.defaultdict(Votes), None
    for name, blob in trees:
        tree = read(blob)
        look_at(tree, votes)
        if before:
            compare(before, tree, votes, name)
        before = tree
    return votes


def proven(votes):
    """{name: an example}"""
    found = {}
    for (name, _), vote in votes.items():
        if vote.good and vote.proves():
            found.setdefault(name, vote.example)
    return found


def known():
    """{name: (cells, how it is known)} of the properties of few devices."""
    lines = (ROOT / "test/support/phandle_names.txt").read_text().splitlines()
    return {name: (shape, how) for name, shape, how, *_ in
            (line.split(" ", 3) for line in lines if line and line[0] != "#" )}
