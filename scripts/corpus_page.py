#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""
The tables of doc/quality/corpus.rst, from the results of all trees of all kernels (make check-trees).

usage: corpus_page.py OUTCOMES OUT    OUTCOMES: how many of each "6.12 arm64 xen: planned"
"""
import collections
import datetime
import json
import pathlib
import re
import sys
import textwrap

from boards_page import table

# In the order of the columns: what an outcome begins with, the column's head, why it is so.
CLASSES = [
    ("planned", "planned", "planned with the tree as it is"),
    ("planned, not", "nearest", "planned at the nearest place to the native base"),
    ("planned with --ram", "RAM given", "planned with RAM given, because the tree has none"),
    ("planned with --ram, not", "RAM given, nearest", "both of these"),
    ("planned with another", "elsewhere", "planned with one of six other ``--dom0-base``, because the lowest "
     "RAM is reserved, is a device's, or is not one bank of 128 MiB"),
    ("base", "base", "refused: the lowest RAM, or what was given, is reserved, is a device's, or is not one "
     "bank of 128 MiB"),
    ("dom0-size", "dom0-size", "refused: no 128 MiB of RAM are in one piece"),
    ("placement", "placement", "refused: stock Xen cannot be made to put dom0, or the domain's block, "
     "anywhere in the board's RAM"),
    ("no-ram", "no RAM", "refused: the tree has no RAM, and none is given here"),
    ("too-large", "too large", "refused: the domain's tree is larger than Xen accepts"),
    ("unsupported", "unsupported", "refused: Xen cannot run on this board, which lacks a GIC or a timer that Xen "
     "drives, or cores with the virtualization extensions; or regions of reserved memory overlap, which "
     "Xen from 4.18 on does not read (3 trees); or something that a device of the domain needs cannot come"),
]
# The names in the outcomes, and what is run.
WAYS = {
    "native": "``apply --contract native --dom0-mem 128M``",
    "xen": "``apply --contract xen --dom0-mem 128M``",
    "native, offset in dma-ranges": "The same with RAM and ``--machine-base`` given, and ``--offset-in "
                                    "dma-ranges``",
    "domain, base told": "``apply --layout offset --passthrough all-dma`` with RAM and one block given",
    "domain, blocks told": "The same with two blocks given",
    "domain, own RAM": "The same with nothing given",
}

TEXT = """.. SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause

All board trees and their results
=================================

``make check-trees`` plans all board trees of Debian's kernels, in {ways} ways, and asks the oracles
(``test/support/oracle.py``, ``oracle_domain.py``) about each plan and each output. It fails if one of them
differs. This page was made on {date}.

Columns
-------

Each tree is in one of these columns:

{classes}

``make check`` does the same with all trees of 6.1, and with one tree of each SoC of the other kernels
of stable Debian releases.

Results
-------
{tables}"""


def column(outcome):
    """Of `base, then planned with another --dom0-base` the end counts."""
    outcome = outcome.split(", then ")[-1]
    heads = {begins: head for begins, head, _ in CLASSES if outcome.startswith(begins)}
    if heads:
        return heads[max(heads, key=len)]
    sys.exit(f"dtshim: there is no description for this outcome: {outcome}")


def counted(outcomes):
    """{way: {"6.1 arm64": {column: how many}}}."""
    found = collections.defaultdict(lambda: collections.defaultdict(collections.Counter))
    for line, count in outcomes.items():
        row, way, outcome = re.fullmatch(r"(\S+ arm(?:64|hf)) (.*?): (.*)", line).groups()
        found[way][row][column(outcome)] += count
    return found


def key(row):
    return [int(part) for part in row.split()[0].split(".")], row


def of_way(rows):
    heads = [head for _, head, _ in CLASSES if any(row[head] for row in rows.values())]
    return table(("kernel", "trees", *heads), [
        (name, str(sum(rows[name].values())), *(str(rows[name][head] or "-") for head in heads))
        for name in sorted(rows, key=key)])


def page(outcomes):
    found = counted(outcomes)
    tables = "".join(f"\n{text}:\n\n{of_way(found[way])}\n" for way, text in WAYS.items() if way in found)
    assert set(found) <= set(WAYS), set(found) - set(WAYS)
    return TEXT.format(ways=len(WAYS), date=datetime.date.today().isoformat(), tables=tables,
                       classes="\n".join(textwrap.fill(f"- *{head}*: {why}", 96, subsequent_indent="  ")
                                         for _, head, why in CLASSES))


if __name__ == "__main__":
    pathlib.Path(sys.argv[2]).write_text(page(json.loads(pathlib.Path(sys.argv[1]).read_text())))
