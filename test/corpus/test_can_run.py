# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Can Xen run on a board: the tool and a second opinion agree over every board tree."""
import collections
import re

import pytest

import for_xen
from corpus import TREES, all_names, named_class, read_input, run
from places import BUILD

CHUNKS = 4
CORES = "have no virtualization extensions"
# In the order in which they count: the tool's words, and the second opinion's.
KINDS = {
    CORES: "cores without virtualization extensions",
    "Xen has no driver for its interrupt controller": "no GIC that Xen has a driver for",
    "does not support virtual machines": "no GIC that Xen has a driver for",
    "it has no interrupt controller": "no GIC that Xen has a driver for",
    "it has no timer": "no generic timer",
    "the GIC lacks an address": "a GIC without the registers of virtual machines",
    "the timer lacks an interrupt": "a timer without the hypervisor's interrupt",
    "the GIC lacks its maintenance interrupt": "a GIC without a maintenance interrupt",
}
OF_THE_TREE = [*KINDS][-3:]  # Xen says them itself, and later than what it says of RAM


def verdict(error):
    said = re.search(r"cannot run on this board: (.*) \[unsupported\]", error)
    return next((kind for kind in KINDS if kind in said[1]), said[1]) if said else None


def wrong(source, kind, error):
    why = for_xen.why_not(read_input(source))
    if (KINDS.get(kind) if kind else None) != why:
        yield f"the tool says {kind}, and it has {why}"
    if kind and ("this works" in error or named_class(error) != "unsupported"):
        yield "the verdict does not stand alone"
    if kind and kind not in OF_THE_TREE:
        said = re.search(r"cannot run on this board: (.*) \[", error)[1]
        if f"  why         {said} [" not in run(BUILD, "forecast", source).out:
            yield "forecast says something else"
        checked = run(BUILD, "check", source).out
        if checked.count("\n") != 4 or f"\n  why: {said}\n" not in checked or ": can-run: " not in checked:
            yield "check says something else"


@pytest.mark.slow
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_all(chunk, record_property):
    outcomes, found = collections.Counter(), {}
    for name in all_names()[chunk::CHUNKS]:
        source = TREES / f"{name}.dtb"
        error = run(BUILD, "plan", source).err
        kind = verdict(error)
        outcomes[f"{name.split('/')[0]}: {kind or 'a board for Xen'}"] += 1
        if bad := list(wrong(source, kind, error)):
            found[name] = bad
    record_property("corpus", dict(outcomes))
    assert not found
    assert outcomes[f"armhf: {CORES}"] > 400 // CHUNKS and outcomes["arm64: a board for Xen"] > 500 // CHUNKS
