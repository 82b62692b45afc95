# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""
xen-dma-safe on the board trees: never more than the forecast of the tree that is written has as
protected, under any release that the tree is for.
"""
import json

import pytest

import oracle
from corpus import DOM0, RAM, TREES, all_names, apply_all, run, staged
from places import BUILD

CHUNKS = 6
VERSIONS = {"both of Debian's": [], "4.17": ["--xen-version", "4.17"], "4.20": ["--xen-version", "4.20"],
            "4.22": ["--xen-version", "4.22"]}


def with_iommus():
    return [name for name in all_names() if b"#iommu-cells" in (TREES / f"{name}.dtb").read_bytes()]


def tagged(path):
    return {node.path for node in oracle.Tree(path.read_bytes()).nodes if "xen-dma-safe" in node.props}


def forecasts(paths):
    """{path: {release: the devices that it protects, or None where Xen stops}}, of their records."""
    said = json.loads(run(BUILD, "forecast", "--json", *paths).out)
    said = said if isinstance(said, list) else [said]
    return {path: {one["release"]: one["dom0"] and set(one["dom0"]["protected"])
                   for one in answer["forecasts"]}
            for path, answer in zip(paths, said, strict=True)}


def written(policy, names, folder):
    """Trees that apply writes; RAM is told to those that do not say it."""
    sources = list(staged(names, folder / "in").values())
    found = apply_all({source: [*DOM0, *policy] for source in sources}, folder / "out")
    rest = [source for source, (_, error) in found.items() if error and "[no-ram]" in error]
    found |= apply_all({source: [*DOM0, *policy, *RAM] for source in rest}, folder / "told")
    return [target for target, _ in found.values() if target]


def examine(policy, names, folder):
    """(tags that some release does not honour, how many it does honour)"""
    paths, wrong, right = written(policy, names, folder), [], 0
    for path, by_release in forecasts(paths).items():
        tags = tagged(path)
        for release, protected in by_release.items():
            if protected is None:
                continue  # Xen stops, as where RAM that was told to the board is a device's
            wrong += [(path.name, release, tag) for tag in tags - protected]
            right += len(tags & protected)
    return wrong, right


@pytest.mark.slow
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_each_tag_is_foretold(tmp_path, chunk, version):
    wrong, right = examine(VERSIONS[version], with_iommus()[chunk::CHUNKS], tmp_path)
    assert wrong == [] and right > 50


def test_a_tag_too_many_would_be_noticed(make_tree, tmp_path):
    """By a forecast for the release that reads masks, and by the one that does not."""
    tree = make_tree("""memory@80000000 { device_type = "memory"; reg = <0 0x80000000 0 0x80000000>; };
        smmu: iommu@100000 { compatible = "arm,mmu-500"; reg = <0 0x100000 0 0x20000>; #iommu-cells = <2>;
            #global-interrupts = <1>; interrupts = <0 200 4>, <0 201 4>; };
        dev { compatible = "test,dev"; iommus = <&smmu 1 2>; xen-dma-safe; };""")
    assert tagged(tree) == {"/dev"}
    assert forecasts([tree])[tree] == {"4.17": set(), "4.20": {"/dev"}}
