# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The manual's tables, from what the tool prints of its own: they cannot differ from it."""
import functools
import json
import os
import pathlib
import subprocess

import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TOOL = os.environ.get("DTSHIM_TOOL", str(ROOT / "build/dtshim"))


@functools.lru_cache(None)
def asked(*arguments):
    done = subprocess.run([TOOL, *arguments, "--json"], check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def literal(text):
    return f"``{text}``"


def definitions(rows):
    """A definition list of (term, paragraphs)."""
    lines = []
    for term, paragraphs in rows:
        lines += [term]
        for paragraph in paragraphs:
            lines += [f"   {line}" if line else "" for line in [*paragraph.split("\n"), ""]]
    return "\n".join(lines)


def list_table(head, rows, widths=None):
    lines = [".. list-table::", "   :header-rows: 1"]
    lines += [f"   :widths: {widths}"] if widths else []
    lines.append("")
    for row in [head, *rows]:
        for i, cell in enumerate(row):
            lines.append(f"   {'*' if not i else ' '} - {cell}")
    return "\n".join(lines) + "\n"


# Text of the tool's holds characters that mean something in a page.
def plain(text):
    return "".join("\\" + c if c in "*`|_\\" else c for c in text)
