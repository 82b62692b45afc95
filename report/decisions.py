# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The plan's notes, warnings first; what is said of many is said once."""
import typing

KINDS = (("warning", "Warnings"), ("decision", "Decisions"), ("finding", "Findings"))


class Note(typing.NamedTuple):
    about: str      # the part of dtshim
    what: str
    reason: str
    items: tuple    # nodes of which it is said, or what is said of each


def together(entries):
    """Notes with one reason: what they say is the same, or each is an item."""
    first = entries[0]
    if len({one["what"] for one in entries}) == 1:
        items = tuple(one["node"] for one in entries if one["node"])
        return Note(first["pass"], first["what"], first["reason"], items)
    items = tuple(" ".join(filter(None, (one["what"], one["node"]))) for one in entries)
    return Note(first["pass"], f"{len(entries)} alike", first["reason"], items)


def notes(plan, kind):
    found = {}
    for one in plan["notes"]:
        if one["kind"] == kind:
            found.setdefault((one["pass"], one["alike"] or one["what"], one["reason"]), []).append(one)
    return [together(entries) for entries in found.values()]


def all_notes(plan):
    """(heading, notes) of what there is."""
    return [(heading, found) for kind, heading in KINDS if (found := notes(plan, kind))]
