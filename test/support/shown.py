# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""What the pages show: commands in their blocks, each with the output that is shown below it."""
import collections
import re
import textwrap

from places import ROOT

PAGES = sorted([ROOT / "README.rst", *(ROOT / "doc").glob("*/*.rst")])

Shown = collections.namedtuple("Shown", "page line command output")


def blocks(text):
    """(number of its first line, text) of each literal block."""
    lines = text.split("\n")
    at = 0
    while at < len(lines):
        if not lines[at].rstrip().endswith("::") or lines[at].lstrip().startswith(".."):
            at += 1
            continue
        depth = len(lines[at]) - len(lines[at].lstrip())
        begin = at = at + 1
        while at < len(lines) and (not lines[at].strip() or
                                   len(lines[at]) - len(lines[at].lstrip()) > depth):
            at += 1
        yield begin + 1, textwrap.dedent("\n".join(lines[begin:at]))


def commands(page):
    """Each "$ command" of the page, continued lines joined, comments cut."""
    for first, block in blocks(page.read_text()):
        parts = re.split(r"^\$ ", block, flags=re.MULTILINE)
        line = first + parts[0].count("\n")
        for part in parts[1:]:
            command, _, output = re.sub(r" *\\\n *", " ", part).partition("\n")
            # What is typed into another prompt below it is not this command's output.
            output = re.split(r"^(?:=>|#) ", output, flags=re.MULTILINE)[0]
            yield Shown(page.relative_to(ROOT).as_posix(), line, re.sub(r"\s+# .*", "", command),
                        output.strip("\n"))
            line += part.count("\n")


def missing(output, printed):
    """The first line shown that is not printed, in this order; "..." stands for any lines."""
    lines = iter(printed.expandtabs(4).splitlines())
    for line in output.splitlines():
        if line.strip() not in ("", "...") and not any(line.rstrip() == one.rstrip() for one in lines):
            return line
    return None
