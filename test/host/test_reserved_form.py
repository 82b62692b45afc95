# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""/reserved-memory that Linux and Xen read otherwise: apply writes it as both read it."""
import json

import pytest

from trees import MEMORY

CELLS = "#address-cells = <2>; #size-cells = <2>;"
REGION = "fw@90000000 { reg = <0 0x90000000 0 0x2000000>; no-map; };"
NODE = "%s { %s %s };"
RELEASES = [f"4.{minor}" for minor in range(17, 23)]

MENDED = {
    "no ranges": (NODE % ("reserved-memory", CELLS, REGION), ["is given ranges"]),
    "no cells": (NODE % ("reserved-memory", "ranges;", REGION), ["is given the root's cells"]),
    "one kind of cells": (NODE % ("reserved-memory", "ranges; #address-cells = <2>;", REGION),
                          ["is given the root's cells"]),
    "neither": (NODE % ("reserved-memory", "", REGION), ["is given the root's cells", "is given ranges"]),
    "a unit address": (NODE % ("reserved-memory@0", CELLS + "ranges;", REGION), ["is renamed to reserved-memory"]),
    "other capitals": (NODE % ("Reserved-Memory", CELLS + "ranges;", REGION), ["is renamed to reserved-memory"]),
}


@pytest.mark.parametrize("case", MENDED)
def test_mended(tool, make_tree, read_tree, case):
    body, says = MENDED[case]
    tree = make_tree(MEMORY + body)
    assert "reserved-form" in tool("check", tree, code=1).out
    text = tool("plan", tree).out
    assert all(words in text for words in says), text
    assert "0x90000000-0x91ffffff  32 MiB" in text
    tool("apply", tree, "-o", "out.dtb")
    out = read_tree(tree.parent / "out.dtb")
    assert out.cells("/reserved-memory", "#address-cells") == [2] and out.prop("/reserved-memory", "ranges") == b""
    assert out.u64s("/reserved-memory/fw@90000000", "reg") == [0x90000000, 0x2000000]
    tool("check", "out.dtb")
    tool("apply", "out.dtb", "-o", "twice.dtb")
    assert (tree.parent / "twice.dtb").read_bytes() == (tree.parent / "out.dtb").read_bytes()


@pytest.mark.parametrize("case", MENDED)
@pytest.mark.parametrize("release", RELEASES)
def test_each_release_keeps_off_it(tool, make_tree, case, release):
    make_tree(MEMORY + MENDED[case][0])
    tool("apply", "--xen-version", release, "in.dtb", "-o", "out.dtb")
    done = tool("forecast", "--json", "--xen-version", release, "out.dtb", code=None)
    [one] = json.loads(done.out)["forecasts"]
    kept = [bank for bank in one["reserved"] if bank["base"] == "0x90000000"]
    assert [bank["size"] for bank in kept] == ["0x2000000"]


REFUSED = {
    "other cells": (NODE % ("reserved-memory", "#address-cells = <1>; #size-cells = <1>; ranges;",
                            "fw@90000000 { reg = <0x90000000 0x2000000>; };"), "its cells are not the root's"),
    "two of them": (NODE % ("reserved-memory", CELLS + "ranges;", REGION) +
                    NODE % ("reserved-memory@1", CELLS + "ranges;", ""), "/reserved-memory@1: is a second"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(tool, make_tree, case):
    body, says = REFUSED[case]
    tree = make_tree(MEMORY + body)
    assert says in tool("plan", tree, code=2).err
    assert "reserved-form" in tool("check", tree, code=1).out


@pytest.mark.parametrize("body", [
    NODE % ("reserved-memory", CELLS + "ranges;", REGION),
    NODE % ("reserved-memory", "", 'pool { compatible = "shared-dma-pool"; size = <0 0x1000000>; };'),
    NODE % ("reserved-memory@0", "", ""),
])
def test_nothing_to_mend(tool, make_tree, body):
    """What has no place is nobody's memory."""
    tree = make_tree(MEMORY + body)
    assert "reserved-form" not in tool("check", tree, code=None).out
    assert not any("/reserved-memory" in (one["node"] or "") for one in
                   json.loads(tool("plan", "--json", tree).out)["notes"] if one.get("kind") == "decision")


def test_native_reads_them_too(tool, make_tree):
    """The root's cells, where it has none."""
    body = MEMORY + MENDED["no cells"][0]
    text = tool("plan", "--contract", "native", make_tree(body)).out
    assert "0x90000000-0x91ffffff  32 MiB" in text
