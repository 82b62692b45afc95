# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""A forecast in words, and what it had to do without."""
import typing

from sizes import read, size_words


class Facts(typing.NamedTuple):
    verdict: str
    source_alone: bool
    stop: dict
    lines: tuple    # (what, lines)


def place(found):
    return f"{found}, {size_words(found.size)}"


def places(entries):
    return tuple(place(one) for one in map(read, entries) if one)


def of_dom0(dom0):
    if not dom0:
        return []
    single = [(name, places([dom0[key]])) for key, name in (
        ("kernel", "its kernel, put at"), ("ramdisk", "its ramdisk"), ("tree", "its tree"),
        ("grant-table", "grant table"))]
    count = len(dom0["protected"])
    return [("dom0's memory", places(dom0["banks"])), *single, ("extended regions", places(dom0["regions"])),
            ("protected", (f"{count} devices, behind IOMMUs that Xen drives",) if count else ())]


def of_modules(forecast):
    return [(f"{one['kind']}, loaded at", (place(read(one)) + (f", {one['node']}" if one["node"] else ""),))
            for one in forecast["modules"] if read(one).size]


def facts(forecast):
    lines = [*of_dom0(forecast["dom0"]), *of_modules(forecast),
             ("Xen's console", (forecast["console"] or "none: Xen prints nothing",)),
             ("Xen's command line", (forecast["xen-line"],) if forecast["xen-line"] else ()),
             ("dom0's command line", (forecast["dom0-line"],) if forecast["dom0-line"] else ())]
    return Facts(forecast["verdict"], not forecast["run"], forecast["stop"],
                 tuple((what, found) for what, found in lines if found))


def unknown(forecasts):
    """Each once, in the order of the first that has it."""
    found = {}
    for one in forecasts:
        for name, words in zip(one["unknown"], one["unknown-words"]):
            found[words + (" " + " ".join(one["untold"]) if name == "line" else "")] = True
    return list(found)
