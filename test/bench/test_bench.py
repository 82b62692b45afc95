# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""make bench compares like with like: every way makes the same tree, and counts repeat.

Nothing here asserts a time or a number of instructions.
"""
import shutil

import libfdt
import pytest

import bench
from places import BUILD, GUESTS

JUNO = GUESTS / "dtbs/arm64/arm/juno-r2.dtb"


def made(folder, listed, count, ways=tuple(bench.WAYS)):
    """What each way makes of Juno's tree, as sorted source; and the tree as it came."""
    folder.mkdir()
    edits = bench.Edits(folder, BUILD, JUNO.read_bytes(), listed(JUNO.read_bytes(), count))
    for way in ways:
        for command in edits.commands(way):
            bench.run(*command)
    shutil.copy(edits.tree, edits.out("input"))
    return {way: edits.content(way) for way in [*ways, "input"]}


@pytest.mark.parametrize("listed", [bench.added, bench.lengthened])
def test_every_way_makes_the_same_tree(tmp_path, listed):
    contents = made(tmp_path / "edits", listed, 20)
    untouched = contents.pop("input")
    assert set(contents) == set(bench.WAYS)
    assert all(content == contents["dtshim"] for content in contents.values())
    assert contents["dtshim"] != untouched


def test_more_edits_than_nodes(tmp_path):
    contents = made(tmp_path / "edits", bench.added, 600, [*bench.LIBRARY_WAYS, "dtc"])
    assert contents.pop("input").count(bench.ADDED) == 0
    assert {content.count(f"\t{bench.ADDED}") for content in contents.values()} == {600}
    assert len(set(contents.values())) == 1


def test_another_tree_is_seen(tmp_path):
    one, other = (made(tmp_path / str(count), bench.added, count, ["dtshim", "libfdt-walk"])
                  for count in (10, 11))
    assert one["dtshim"] != other["libfdt-walk"]


@pytest.mark.slow
@pytest.mark.parametrize("way", ["dtshim", "libfdt-walk", "fdtoverlay"])
def test_counts_repeat(tmp_path, way):
    tree = JUNO.read_bytes()
    edits = bench.Edits(tmp_path, BUILD, tree, bench.added(tree, 10))
    assert edits.count(way) == edits.count(way) > 0


@pytest.mark.slow
def test_the_whole_job_is_counted(tmp_path):
    assert [bench.count_jobs(BUILD, [JUNO], contract) for contract in bench.CONTRACTS] == \
        [bench.count_jobs(BUILD, [JUNO], contract) for contract in bench.CONTRACTS]
    (tmp_path / "broken.dtb").write_bytes(bytes(64))
    rows = bench.count_jobs(BUILD, [tmp_path / "broken.dtb", JUNO], "xen")
    assert [row.path for row in rows] == [JUNO], "what is refused is not counted"


@pytest.mark.slow
def test_contract_native_has_no_forecast():
    steps = {contract: [*bench.count_jobs(BUILD, [JUNO], contract)[0].steps]
             for contract in bench.CONTRACTS}
    assert steps == {"xen": ["check", "plan", "forecast"], "native": ["check", "plan"]}


@pytest.mark.parametrize("order", ["sorted", "scattered"])
def test_the_made_up_tree_is_one(tmp_path, order):
    """libfdt takes it, and a tenth of the devices is tagged."""
    bench.run(BUILD / "bench/growth", 200, 50, 10, order, tmp_path / "out.dtb")
    fdt = libfdt.FdtRo((tmp_path / "out.dtb").read_bytes())
    paths = [path for _, offset, path in bench.nodes_of(fdt)
             if any(prop.name == bench.ADDED for prop in bench.properties_of(fdt, offset))]
    assert paths == [f"/bus@{number // 50 * 50:x}/device@{number:x}"
                     for number in range(0, 200, 10)]
