# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Every board tree of Debian's kernels with the defaults: what a user gets who says nothing else.

A plan is direct; it is at the native base, or no lower place serves as many devices. A
refusal over memory names what works, or nothing does.
"""
import collections
import itertools
import json
import re

import pytest

from corpus import TREES, refusal, run
from places import BUILD


CHUNKS = 12
MIB = 1 << 20
STEP = 128 * MIB
ABOUT_MEMORY = ("base", "dom0-size", "placement")


def plan(source, *options):
    done = run(BUILD, "plan", "--json", *options, source)
    return (json.loads(done.out) if done.returncode == 0 else None), done


def lost(said):
    """What dom0 loses by its place: devices that do not reach it, and pools."""
    return (sum(one["reach"] != "all" for one in said["dma"] if one["decides"]) +
            sum("cannot place this pool" in one["what"] for one in said["notes"]))


def better_places(source, said):
    """Lower multiples of 128 MiB, asked for by name, that cost no static heap and lose no more."""
    base, native = (int(one, 16) for one in (said["dom0-memory"][0]["base"],
                                             said["nearest"]["native-base"]))
    for lower in range(native, base, STEP):
        lower = -(-lower // STEP) * STEP
        other, _ = plan(source, "--dom0-base", hex(lower)) if lower < base else (None, None)
        if other and lost(other) <= lost(said) and not other["static-heap"]:
            yield f"dom0 is at {base:#x}, and {lower:#x} would do"


def wrong_plan(source, said):
    if said["domain"] or said["layout"] != "direct":
        yield "a domain takes dom0's place, and nobody asked for one"
    if said["nearest"]:
        yield from better_places(source, said)
    elif said["dom0-memory"][0]["base"] != min((one["base"] for one in said["ram"]),
                                               key=lambda base: int(base, 16)):
        yield "dom0 is not at the native base, and nobody says why"


def named(done):
    """The options of the line `this works`; None: there is no such line."""
    works = re.search(r"^  this works: (.*)$", done.err, re.M)
    return works and [word for one in works[1].split(", ")
                      for word in ("--" + one.split()[0], one.split()[1])]


def wrong_refusal(source, done):
    works = named(done)
    if works and not plan(source, *works)[0]:
        yield f"does not work: {works}"
    if not works:
        for size, base in itertools.product((64, 128, 256, 384), (None, "0x10000000", "0x90000000")):
            options = ["--dom0-mem", f"{size}M", *(["--dom0-base", base] if base else [])]
            if plan(source, *options)[0]:
                yield f"works, and is not named: {options}"


def examine(source):
    said, done = plan(source)
    if said:
        return ("at the nearest base" if said["nearest"] else "at the native base",
                list(wrong_plan(source, said)))
    why = refusal(done)
    if why in ABOUT_MEMORY:
        return (f"refused ({why}), {'' if named(done) else 'no '}way out named",
                list(wrong_refusal(source, done)))
    if why == "unsupported" and "cannot run on this board" in done.err:
        return f"refused ({why}): no board for Xen", []
    return f"refused ({why})", [] if why == "no-ram" else [done.err]


@pytest.mark.parametrize("chunk", [0, *(pytest.param(chunk, marks=pytest.mark.slow)
                                       for chunk in range(1, CHUNKS))])
def test_default(chunk, record_property):
    outcomes, wrong = collections.Counter(), []
    for source in sorted(TREES.rglob("*.dtb"))[chunk::CHUNKS]:
        name = source.relative_to(TREES)
        outcome, found = examine(source)
        outcomes[f"{name.parts[0]} with the defaults: {outcome}"] += 1
        wrong += [f"{name}: {one}" for one in found]
    record_property("corpus", dict(outcomes))
    assert not wrong, "\n".join(wrong)
