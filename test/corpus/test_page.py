# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""What a person reads of every board tree of Debian's kernels: a screen, and the verdict last."""
import collections
import json

import pytest

from corpus import TREES, run
from pages import notes_of
from places import BUILD

CHUNKS = 12
SCREEN = 40  # lines
RAM = ["--ram", "0x80000000:2G"]  # for a tree that firmware fills in


def page_of(source, *options):
    """The page, the full one, the notes as JSON, what -q says, and the exit codes."""
    done = [run(BUILD, "plan", *extra, *options, source) for extra in ([], ["-v"], ["--json"], ["-q"])]
    return done, {one.returncode for one in done}


def wrong_page(page, full, said, quiet):
    if quiet.out.count("\n") != 1 or quiet.err:
        yield f"-q says more than one line: {quiet.out!r} {quiet.err!r}"
    for one in (page, full):
        if not one.out.endswith("\n" + quiet.out) and one.out != quiet.out:
            yield f"the last line is not what -q says: {one.out[-200:]!r}"
    if page.returncode:
        return
    count, bad = notes_of(full.out)
    if count != len(json.loads(said.out)["notes"]):
        yield f"{count} notes with -v, {len(json.loads(said.out)['notes'])} for programs"
    yield from (f"not as many as it says: {line}" for line in bad)


def examine(source):
    (page, full, said, quiet), codes = page_of(source)
    if "[no-ram]" in page.err:
        (page, full, said, quiet), codes = page_of(source, *RAM)
    wrong = list(wrong_page(page, full, said, quiet))
    if len(codes) > 1:
        wrong.append(f"exit codes {codes}")
    return page, wrong


@pytest.mark.slow
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_page(chunk, record_property):
    outcomes, wrong, long = collections.Counter(), [], []
    for source in sorted(TREES.rglob("*.dtb"))[chunk::CHUNKS]:
        name = source.relative_to(TREES)
        page, found = examine(source)
        lines = page.out.count("\n")
        if page.returncode == 0:
            outcomes[f"{name.parts[0]} pages: {'a screen' if lines <= SCREEN else 'longer'}"] += 1
            long += [(lines, str(name))] if lines > SCREEN else []
        wrong += [f"{name}: {one}" for one in found]
    record_property("corpus", dict(outcomes))
    assert not wrong, "\n".join(wrong)
    assert len(long) <= 0.02 * sum(outcomes.values()), long
