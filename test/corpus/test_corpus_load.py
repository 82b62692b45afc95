# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""plan --load-addresses for every board tree of Debian's kernels: what is loaded there is not moved."""
import collections
import json

import pytest

import oracle
from corpus import CHUNKS, CONTRACTS, COVER, RAM, TREES, refusal, run
from loading import MIB, addresses, image, loaded, wrong_places
from places import BUILD

FILES = {"xen": 3 * MIB, "kernel": 19 * MIB + 4, "ramdisk": 7 * MIB + 77}
DOM0 = ["--dom0-mem", "256M"]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Options that name sparse files of these sizes."""
    folder = tmp_path_factory.mktemp("files")
    image(folder / "xen", 3 * MIB)
    for kind, size in FILES.items():
        with open(folder / kind, "ab") as file:
            file.truncate(size)
    return [word for kind in FILES for word in (f"--{kind}", folder / kind)]


def place_all(name, policy, files):
    """(what became of it, policy, places); a tree without RAM of its own is told some."""
    source = TREES / f"{name}.dtb"
    done = run(BUILD, "plan", "--load-addresses", *policy, *files, source)
    if done.returncode and refusal(done) == "no-ram":
        policy = [*policy, *RAM]
        done = run(BUILD, "plan", "--load-addresses", *policy, *files, source)
    outcome = refusal(done) if done.returncode else "placed"
    return outcome, policy, addresses(done.out)


def refused_anywhere(name, policy, folder):
    """Why there is no plan for these files wherever they lie, here behind one another."""
    source = TREES / f"{name}.dtb"
    done = run(BUILD, "plan", "--json", *policy, "--dom0-mem", "16M", source)
    if done.returncode:
        return refusal(done)
    at = max(oracle.spans(json.loads(done.out)["ram"]), key=lambda span: span[1] - span[0])[0]
    places = {"xen": at + 4 * MIB, "kernel": at + 8 * MIB, "ramdisk": at + 30 * MIB}
    done = run(BUILD, "plan", *policy, loaded(source, folder / "anywhere.dtb", places, FILES))
    return refusal(done) if done.returncode else "planned"


def examine_board(name, policy, files, folder):
    """(what became of it, what is wrong)"""
    outcome, policy, places = place_all(name, policy, files)
    if outcome != "placed":
        other = refused_anywhere(name, policy, folder)
        return outcome, [f"refused: {outcome}"] if other == "planned" else []
    named = loaded(TREES / f"{name}.dtb", folder / "loaded.dtb", places, FILES)
    done = run(BUILD, "plan", "--json", *policy, named)
    if done.returncode:
        return outcome, [f"the plan of that boot: {done.err}"]
    run(BUILD, "apply", *policy, named, "-o", folder / "out.dtb")
    after = oracle.Tree((folder / "out.dtb").read_bytes())
    return outcome, list(wrong_places(json.loads(done.out), places, ROOMS, after))


ROOMS = {**FILES, "stage": 8 * MIB, "tree": 2 * MIB}


def examine_boards(names, files, folder, record_property):
    outcomes, wrong = collections.Counter(), []
    for name in names:
        for contract in CONTRACTS:
            outcome, found = examine_board(name, ["--contract", contract, *DOM0], files, folder)
            outcomes[f"load addresses, {contract}: {outcome}"] += 1
            wrong += [f"{name} {contract}: {one}" for one in found]
    record_property("corpus", dict(outcomes))
    if wrong:
        pytest.fail(f"{len(wrong)} differences:\n" + "\n".join(wrong[:50]), pytrace=False)


def test_cover(files, tmp_path):
    examine_boards(COVER, files, tmp_path, lambda *_: None)


@pytest.mark.slow
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_boards(chunk, files, tmp_path, record_property):
    names = sorted(str(path.relative_to(TREES).with_suffix("")) for path in TREES.rglob("*.dtb"))
    assert len(names) > 1000, "build/guests/dtbs is not complete: scripts/fetch-trees"
    examine_boards(names[chunk::CHUNKS], files, tmp_path, record_property)
