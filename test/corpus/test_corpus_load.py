# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""plan --load-addresses for every board tree of Debian's kernels: what is loaded there is not moved."""
import collections
import json
import re

import pytest

import oracle
from corpus import (CHUNKS, CONTRACTS, COVER, RAM, all_names, apply_all, by_policy, errors_by_file,
                    named_class, plan_all, refusal, run, staged)
from loading import MIB, addresses, image, loaded, wrong_places
from places import BUILD

FILES = {"xen": 3 * MIB, "kernel": 19 * MIB + 4, "ramdisk": 7 * MIB + 77}
DOM0 = ["--dom0-mem", "256M"]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Options that name sparse files of these sizes; those of Xen come first."""
    folder = tmp_path_factory.mktemp("files")
    image(folder / "xen", 3 * MIB)
    (folder / "kernel").write_bytes(b"\x27\x05\x19\x56")  # a uImage: of 64 bits or of 32
    for kind, size in FILES.items():
        with open(folder / kind, "ab") as file:
            file.truncate(size)
    return [word for kind in FILES for word in (f"--{kind}", folder / kind)]


def place_all(policies, files):
    """{source: (what became of it, policy, places)} for {source: policy}."""
    found = {}
    for policy, sources in by_policy(policies):
        done = run(BUILD, "plan", "--load-addresses", *policy, *files, *sources)
        errors = errors_by_file(done)
        text = dict(re.findall(r"^# == (.*) ==\n((?:(?!# == ).*\n)*)", done.out, re.M)
                    if len(sources) > 1 else [(str(sources[0]), done.out)])
        for source in sources:
            error = errors.get(str(source))
            found[source] = (named_class(error) if error else "placed", policy,
                             addresses(text.get(str(source), "")))
    return found


def place(sources, policy, files):
    """The same; a tree without RAM of its own is told some."""
    found = place_all(dict.fromkeys(sources, policy), files)
    return found | place_all({source: [*policy, *RAM] for source, (outcome, _, _) in found.items()
                              if outcome == "no-ram"}, files)


def refused_anywhere(source, policy, folder):
    """Why there is no plan for these files wherever they lie, here behind one another."""
    done = run(BUILD, "plan", "--json", *policy, "--dom0-mem", "16M", source)
    if done.returncode:
        return refusal(done)
    at = max(oracle.spans(json.loads(done.out)["ram"]), key=lambda span: span[1] - span[0])[0]
    places = {"xen": at + 4 * MIB, "kernel": at + 8 * MIB, "ramdisk": at + 30 * MIB}
    done = run(BUILD, "plan", *policy, loaded(source, folder / "anywhere.dtb", places, FILES))
    return refusal(done) if done.returncode else "planned"


ROOMS = {**FILES, "stage": 8 * MIB, "tree": 2 * MIB}


def examine_all(names, contract, files, folder):
    """{name: (what became of it, what is wrong)}"""
    sources, policy = staged(names, folder / "in"), ["--contract", contract, *DOM0]
    found = place([*sources.values()], policy, files)
    named = {source: loaded(source, folder / source.name, places, FILES)
             for source, (outcome, _, places) in found.items() if outcome == "placed"}
    policies = {one: [*found[source][1], *files[:2]] for source, one in named.items()}
    plans, outputs = plan_all(policies), apply_all(policies, folder / "out")
    for name, source in sources.items():
        outcome, used, places = found[source]
        if outcome != "placed":
            other = refused_anywhere(source, used, folder)
            yield name, outcome, [f"refused: {outcome}"] if other == "planned" else []
        elif named[source] not in plans:
            yield name, outcome, [f"the plan of that boot: {outputs[named[source]][1]}"]
        else:
            after = oracle.Tree(outputs[named[source]][0].read_bytes())
            yield name, outcome, list(wrong_places(plans[named[source]], places, ROOMS, after))


def examine_boards(names, files, folder, record_property):
    outcomes, wrong = collections.Counter(), []
    for contract in CONTRACTS:
        (folder / contract).mkdir()
        for name, outcome, found in examine_all(names, contract, files, folder / contract):
            outcomes[f"load addresses, {contract}: {outcome}"] += 1
            wrong += [f"{name} {contract}: {one}" for one in found]
    record_property("corpus", dict(outcomes))
    if wrong:
        pytest.fail(f"{len(wrong)} differences:\n" + "\n".join(wrong[:50]), pytrace=False)


@pytest.mark.slow
def test_cover(files, scratch):
    examine_boards(COVER, files, scratch, lambda *_: None)


@pytest.mark.slow
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_boards(chunk, files, scratch, record_property):
    examine_boards(all_names()[chunk::CHUNKS], files, scratch, record_property)
