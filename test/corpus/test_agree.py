# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""
The plan in words, the plan for programs, the record and the tree tell one story of whose DMA
is protected, on every board tree and under both contracts.
"""
import re

import pytest

import oracle
from corpus import CONTRACTS, DOM0, RAM, all_names, apply_all, plan_all, run, staged
from places import BUILD

CHUNKS = 9
SAID = re.compile(r"^  DMA       (\d+) of (\d+) possible masters protected by a driven IOMMU "
                  r"\((none|some|all)\)$", re.M)
RECORD = "/chosen/dtshim/record"


def coverage(protected, masters):
    return "none" if not protected else "all" if protected == masters else "some"


def tagged(tree):
    return sorted(node.path for node in tree.nodes if "xen-dma-safe" in node.props)


def disagreements(text, said, tree):
    """What is told in another way than the tags of the tree that is written tell it."""
    tags = tagged(tree)
    word = coverage(len(tags), said["masters"])
    in_words = SAID.findall(text)
    record = {node.path: node for node in tree.nodes}[RECORD].props["coverage"]
    if in_words != [(str(len(tags)), str(said["masters"]), word)]:
        yield f"the plan says {in_words}, {len(tags)} of {said['masters']} have the tag"
    if (said["protected-masters"], said["coverage"]) != (len(tags), word):
        yield f"plan --json says {said['protected-masters']}, {said['coverage']}"
    if sorted(one["path"] for one in said["dma"] if one["protected"]) != tags:
        yield "plan --json lists others as protected than have the tag"
    if len(said["dma"]) != said["masters"]:
        yield f"plan --json lists {len(said['dma'])} masters and counts {said['masters']}"
    if record != word.encode() + b"\0":
        yield f"the record says {record}"


def compare(policies, folder):
    """({source: what does not agree}, how many agreed and had a tag, had none)."""
    found, counts = {}, {True: 0, False: 0}
    plans = plan_all(policies)
    for source, (target, _) in apply_all(policies, folder).items():
        if not target:
            assert source not in plans
            continue
        tree = oracle.Tree(target.read_bytes())
        text = run(BUILD, "plan", *policies[source], source).out
        wrong = list(disagreements(text, plans[source], tree))
        if wrong:
            found[source.name] = wrong
        else:
            counts[bool(tagged(tree))] += 1
    return found, counts


def with_ram(names, contract):
    """RAM is told to those trees that do not say it."""
    base = ["--contract", contract, *DOM0]
    for source in names:
        done = run(BUILD, "plan", *base, source)
        yield source, base + RAM if "[no-ram]" in done.err else base


@pytest.mark.slow
@pytest.mark.parametrize("contract", CONTRACTS)
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_all_tell_one_story(tmp_path, contract, chunk):
    sources = staged(all_names()[chunk::CHUNKS], tmp_path / "in").values()
    found, counts = compare(dict(with_ram(sources, contract)), tmp_path / "out")
    assert found == {}
    assert counts[True] > 0 and counts[False] > 50, counts


# ---- made-up boards ------------------------------------------------------------------------

BEHIND = """
    smmu: iommu@1000 { compatible = "arm,mmu-500"; #global-interrupts = <1>; interrupts = <0 200 4>, <0 201 4>;
        reg = <0 0x1000 0 0x1000>; #iommu-cells = <1>; };
    other: iommu@2000 { compatible = "test,other"; reg = <0 0x2000 0 0x1000>; #iommu-cells = <1>;
        iommus = <&smmu 1>; %s
        part@0 { compatible = "test,part"; iommus = <&smmu 2>; }; };
    user@3000 { compatible = "test,user"; reg = <0 0x3000 0 0x1000>; iommus = <&other 1>; };
"""
# Xen has no driver for the second IOMMU and it is kept from dom0, unless it provides more. A
# GICv3 may master DMA, too.
BOARDS = [
    ("xen", "", 0, 2), ("xen", "#clock-cells = <0>;", 2, 4), ("native", "", 2, 4),
    ("native", "#clock-cells = <0>;", 2, 4), ("xen", 'status = "disabled";', 0, 2),
]


@pytest.mark.parametrize("contract, more, protected, masters", BOARDS)
def test_an_iommu_behind_another(make_tree, tmp_path, contract, more, protected, masters):
    source = make_tree('memory@80000000 { device_type = "memory"; reg = <0 0x80000000 0 0x80000000>; };'
                       + BEHIND % more)
    policies = {source: ["--contract", contract]}
    said = plan_all(policies)[source]
    assert (said["protected-masters"], said["masters"]) == (protected, masters)
    found, _ = compare(policies, tmp_path / "out")
    assert found == {}


def test_a_wrong_story_would_be_noticed(make_tree, tmp_path):
    source = make_tree('memory@80000000 { device_type = "memory"; reg = <0 0x80000000 0 0x80000000>; };'
                       + BEHIND % "#clock-cells = <0>;")
    policies = {source: ["--contract", "xen"]}
    target, _ = apply_all(policies, tmp_path / "out")[source]
    said, tree = plan_all(policies)[source], oracle.Tree(target.read_bytes())
    text = run(BUILD, "plan", source).out
    assert list(disagreements(text, said, tree)) == []
    assert list(disagreements(text.replace("2 of 4", "1 of 4"), said, tree))
    assert list(disagreements(text, said | {"coverage": "none"}, tree))
    assert list(disagreements(text, said | {"masters": 5}, tree))
    for node in tree.nodes:
        if node.path == RECORD:
            node.props["coverage"] = b"none\0"
    assert list(disagreements(text, said, tree)) == ["the record says b'none\\x00'"]
