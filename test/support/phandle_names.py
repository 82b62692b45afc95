# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""
Names of properties that carry phandles, proven without a list: two kernels' trees of one board number
their nodes differently, and a cell that changes exactly as the number of a node does is that node's.
"""
import collections
import fnmatch
import re

from quick_tree import words

# Tables of numbers may be long, and few of them have phandles.
LONGEST = 512
# By chance a cell may change so once, and among many that change otherwise.
LEAST, AMONG = 3, 5
OWN = ("phandle", "linux,phandle")
# Named by a pattern in each binding.
PATTERNS = ("*-supply", "*-gpios", "*-gpio")


class Proof:
    """Of many pairs of trees; what was seen of a name is counted."""

    def __init__(self):
        self.as_a_phandle, self.otherwise = collections.Counter(), collections.Counter()
        self.where = {}

    def add(self, before, after, board):
        there = {node.path: node for node in after.nodes}
        moved = {number: there[node.path].cell("phandle") for number, node in before.phandles.items()
                 if node.path in there}
        for node in before.nodes:
            other = there.get(node.path)
            for name, value in node.props.items() if other else ():
                new = other.props.get(name)
                if new and new != value and len(new) == len(value) <= LONGEST and len(value) % 4 == 0:
                    self.compare(name, words(value), words(new), moved, f"{board} {node.path}")

    def compare(self, name, before, after, moved, where):
        for old, new in zip(before, after):
            if old != new and moved.get(old) == new:
                self.as_a_phandle[name] += 1
                self.where.setdefault(name, where)
            elif old != new:
                self.otherwise[name] += 1

    def names(self):
        """{name or pattern: where it was seen}."""
        return {pattern_of(name): self.where[name] for name, times in sorted(self.as_a_phandle.items())
                if name not in OWN and times >= LEAST and times * AMONG >= self.otherwise[name]}


def pattern_of(name):
    return next((pattern for pattern in PATTERNS if fnmatch.fnmatchcase(name, pattern)), name)


def is_followed(name, table):
    """Whether the tool's table (shim/fdt/references.c) has the name."""
    return any(re.fullmatch(fnmatch.translate(row), name) for row in table)
