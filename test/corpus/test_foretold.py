# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Forecast, check, plan and apply say the same of every board tree, as it comes and as it is written."""
import re

import pytest

from corpus import COVER, TREES, all_names, run
from places import BUILD

CHUNKS = 6
STOPS, BROKEN = 1, 1


def stops(tree):
    done = run(BUILD, "forecast", tree)
    assert done.returncode in (0, STOPS), done.err
    return done.returncode == STOPS


def rules(tree):
    done = run(BUILD, "check", tree)
    assert done.returncode in (0, BROKEN), done.err
    return set(re.findall(r"^\S+: ([a-z0-9-]+): ", done.out, re.M))


def contradictions(source, folder):
    if stops(source) and not rules(source):
        yield "forecast stops, and check is content"
    written = folder / "out.dtb"
    applied = run(BUILD, "apply", source, "-o", written)
    if applied.returncode:
        return
    if stops(written) or "xen-stops" in rules(written):
        yield "apply writes what Xen stops on"
    if run(BUILD, "plan", source).returncode:
        yield "plan refuses what apply writes"


def examine(names, folder):
    found = {name: list(contradictions(TREES / f"{name}.dtb", folder)) for name in names}
    assert not any(found.values()), {name: wrong for name, wrong in found.items() if wrong}


def test_cover(scratch):
    examine(COVER, scratch)


@pytest.mark.slow
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_all(chunk, scratch):
    examine(all_names()[chunk::CHUNKS], scratch)
