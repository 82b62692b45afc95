# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The plan's notes, warnings first; what is said of many nodes is said once."""
import typing

KINDS = (("warning", "Warnings"), ("decision", "Decisions"), ("finding", "Findings"))


class Note(typing.NamedTuple):
    about: str      # the part of dtshim
    what: str
    reason: str
    nodes: tuple


def notes(plan, kind):
    found = {}
    for one in plan["notes"]:
        if one["kind"] == kind:
            found.setdefault((one["pass"], one["what"], one["reason"]), []).append(one["node"])
    return [Note(*said, tuple(node for node in nodes if node)) for said, nodes in found.items()]


def all_notes(plan):
    """(heading, notes) of what there is."""
    return [(heading, found) for kind, heading in KINDS if (found := notes(plan, kind))]
