# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Devices that master DMA; those of which the same is to be said stand together."""
import typing

from facts import cpu_ranges
from sizes import size_words

REACH = {"all": "all of it", "some": "a part of it", "none": "none of it"}
OFFSET = {"bus": "; its bus tells it the offset", "dma-mem": "; a pool tells it the offset",
          "lost": "; nothing tells it the offset", "not": ""}


class Group(typing.NamedTuple):
    paths: tuple
    window: tuple       # lines
    reach: str
    coherent: str
    protection: str
    good: bool


def window_lines(device):
    if not device["window"]:
        return ("all addresses",)
    return tuple(f"{part}, {size_words(part.size)}" for part in cpu_ranges(device))


def reach(device):
    missed = int(device["unreachable"], 16)
    return REACH[device["reach"]] + (f", {size_words(missed)} not" if device["reach"] == "some" and missed else "") + \
        OFFSET[device["offset"]]


def protection(device, blocked):
    """Of a protected one the IOMMU; of another one why it is not."""
    if device["path"] in blocked:
        return "blocked: Xen lets none of its DMA through"
    if device["protected"]:
        by = f", by {device['iommu']}" if device["iommu"] else ""
        return f"xen-dma-safe{by}"
    return f"none: {device['flaw']}" if device["flaw"] else "none"


def groups(plan):
    """Protected ones first, then by window; in the order of the tree."""
    found = {}
    for device in plan["dma"]:
        said = (window_lines(device), reach(device), "yes" if device["coherent"] else "no",
                protection(device, plan["blocked"]), device["protected"])
        found.setdefault(said, []).append(device["path"])
    order = sorted(found.items(), key=lambda one: (not one[0][4], one[0][0] == ("all addresses",)))
    return [Group(tuple(paths), *said) for said, paths in order]
