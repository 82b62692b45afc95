# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Help on the options that plan and forecast take, in the tool's own words and its form."""
import argparse
import textwrap

WIDTH, COLUMN = 80, 28
VALUES = """BYTES are decimal or 0x hexadecimal, with K, M, G or T. RANGES are base:size.
Separate several values with spaces, or give the option again."""
UNTOLD = "The program dtshim, which is missing, has the help of these."


class Formatter(argparse.RawDescriptionHelpFormatter):
    def __init__(self, prog):
        super().__init__(prog, max_help_position=COLUMN, width=WIDTH)


def label(one):
    value = one["argument"] or ""
    return f"  --{one['name']}" + (f"[={value}]" if one.get("argument_optional") else f" {value}".rstrip())


def row(one):
    text = one["help"] + (f"; default: {one['default']}" if one.get("default") else "")
    lines = textwrap.wrap(text, WIDTH - COLUMN, break_on_hyphens=False)
    first = label(one)
    if len(first) + 2 > COLUMN:
        return "\n".join([first, *(" " * COLUMN + line for line in lines)])
    return "\n".join([first.ljust(COLUMN) + lines[0], *(" " * COLUMN + line for line in lines[1:])])


def section(names, rows):
    """`rows` are the tool's, by name, in its order; None: it could not be asked."""
    head = "options of plan and forecast:\n"
    if rows is None:
        return head + "\n".join([*(f"  --{name}" for name in names), "", UNTOLD])
    return head + "\n".join([*(row(one) for name, one in rows.items() if name in names), "", VALUES])
