# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The names of phandles: what trees prove, what the list says, what the tool knows."""
import struct

import pytest

import census
import renumbered
from oracle_domain import kind_by_name
from shape_list import table_of_references

PAIR = """/dts-v1/; / { a: a { phandle = <%d>; }; b: b { phandle = <%d>; };
    dev { ref = <%d>; refs = <%d 7 %d>; count = <%d>; none = <0>; same = <1>; }; };"""


def trees():
    """(name, blob) of all that were fetched; those of a SoC and of one board stand together."""
    found = [(path.relative_to(folder).parts[-1], kernel, path) for kernel, arch in census.ROWS
             if (folder := census.folder(kernel, arch)) for path in folder.rglob("*.dtb")]
    for name, kernel, path in sorted(found):
        yield f"{kernel} {name}", path.read_bytes()


def names_in_c():
    """All names of shim/fdt/reference_kinds.c."""
    return {name for name in table_of_references() if not name.endswith("-cells")}


# What all devices share, beside that of oracle_guest.py, and what only the host has.
SHARED = {"cpu-idle-states", "gpio-ranges", "interrupt-affinity", "iommu-addresses", "iommu-map",
          "mmu-masters", "msi-map", "next-level-cache", "rockchip,pins", "shmem", "sram"}
# Numbers: two trees have them by chance where one node had both as its phandle.
NUMBERS = {"bits", "linux,pci-domain", "mediatek,larb-id", "ti,wire-config"}


def is_known(name):
    return name in renumbered.known() or name in SHARED or kind_by_name(name) is not None


@pytest.mark.slow
def test_each_name_that_trees_prove_is_known(record_property):
    """A newer kernel that brings a name fails here, with the tree and the node that prove it."""
    names = renumbered.proven(renumbered.votes_of(trees()))
    record_property("corpus", {"names of properties that renumbering proves": len(names)})
    rest = sorted(f"{name}: {names[name]}" for name in names
                  if not is_known(name) and name not in NUMBERS)
    assert not rest, "\n".join(rest)
    if all(census.folder(*row) for row in census.ROWS):
        said = {name for name, (_, how) in renumbered.known().items() if how == "renumbered"}
        assert not said - set(names), "nothing proves them"


def test_the_tool_knows_the_names_of_the_list():
    assert not set(renumbered.known()) - names_in_c()
    rest = {name for name in names_in_c() if not is_known(name.replace("*", "x"))}
    assert not rest, "no list says where these are from"


# ---- the proof itself ----------------------------------------------------------------------------

@pytest.fixture
def pair(bare_tree):
    """(name, blob) of two numberings."""
    def make(one, other):
        return [(str(at), bare_tree(PAIR % numbers, header="").read_bytes())
                for at, numbers in enumerate((one, other))]
    return make


def test_what_two_numberings_prove(pair):
    votes = renumbered.votes_of(pair((1, 2, 1, 1, 2, 5), (8, 9, 8, 8, 9, 6)))
    assert set(renumbered.proven(votes)) == {"ref", "refs"}
    assert votes["refs", 1].good == 0 and votes["refs", 2].good == 1
    assert votes["count", 0].bad == 1 and ("same", 0) in votes and not votes["same", 0].good


def test_numbers_that_are_phandles_by_chance_prove_nothing(pair):
    """The cell leads to another node in each tree."""
    assert not renumbered.proven(renumbered.votes_of(pair((1, 2, 1, 1, 1, 1), (1, 3, 3, 3, 3, 3))))


def test_what_is_no_phandle_in_one_tree_is_none(pair):
    trees_of = [*pair((1, 2, 1, 1, 2, 1), (8, 9, 8, 8, 9, 8)), *pair((1, 2, 1, 1, 2, 77), (1, 2, 1, 1, 2, 77))]
    assert set(renumbered.proven(renumbered.votes_of(trees_of))) == {"ref", "refs"}
    assert struct.unpack(">I", renumbered.read(trees_of[2][1])[0]["/dev"]["count"]) == (77,)
