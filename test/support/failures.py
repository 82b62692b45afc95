# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The table of doc/reference/failures.rst: {failure: {way in: where it leads}}."""
import re

from places import ROOT

WAYS = ("files", "payload", "signed", "dtshim boot", "every boot")


def read_table():
    text = (ROOT / "doc/reference/failures.rst").read_text()
    rule = re.search(r"^=+( +=+){5}$", text, re.M)
    starts = [part.start() for part in re.finditer("=+", rule[0])]
    body = text[rule.start():].split(rule[0])[2]
    table = {}
    for line in body.strip("\n").split("\n"):
        row = [line[start:end].strip() for start, end in zip(starts, starts[1:] + [None])]
        table[row[0]] = dict(zip(WAYS, row[1:]))
    return table


TABLE = read_table()


def says(words, text):
    """Where it is not one line the stage has broken none: an error is one."""
    return re.search(words, text) is not None
