# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""
The oracles of the corpus on small trees: what they say is what the tool says there, and they see it
where it is not so. And the page of outcomes leaves nothing unexplained.
"""
import json

import pytest

import corpus
import corpus_page
import kernels
import oracle
from trees import MEMORY

MOVED = ["--contract", "native", "--dom0-mem", "128M", "--dom0-base", "0x18000000", "--machine-base",
         "0x9d200000"]
# 0x88000000 less the offset of 0x85200000 is 0x2e00000.
KEPT = """reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges;
    m4@88000000 { reg = <0 0x88000000 0 0x8000000>; no-map; }; };
"""
FLASH = 'spi@5d120000 { compatible = "t,spi"; reg = <0 0x5d120000 0 0x1000>, <0 0x%x 0 0x1000000>; %s };\n'


@pytest.mark.parametrize("at, more, stays", [
    (0x8000000, 'status = "disabled";', True), (0x8000000, "", True),
    (0x40000000, 'status = "disabled";', False)])
def test_reserved_memory_keeps_off_devices_that_are_off(tool, make_tree, at, more, stays):
    tree = make_tree(MEMORY + KEPT + FLASH % (at, more))
    plan = json.loads(tool("plan", "--json", *MOVED, tree).out)
    offset = int(plan["offset"], 0)
    read = oracle.Tree(tree.read_bytes())
    moved = oracle.moved_reservations(read, oracle.spans(plan["ram"]), offset)
    assert offset == 0x85200000 and bool(moved) != stays
    right = oracle.answers(read, "native", plan, oracle.no_masters())
    assert plan["regions"] == right["regions"]


SRAM = """%s sram@81f08000 { compatible = "mmio-sram"; reg = <0 0x81f08000 0 0x1000>; #address-cells = <1>;
    #size-cells = <1>; ranges = <0 0 0x81f08000 0x1000>; part@0 { reg = <0 0x80>; }; };
dev@81f08000 { compatible = "t,dev"; reg = <0 0x81f08000 0 0x1000>; };
"""
NO_MAP = """reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges;
    region@81f00000 { reg = <0 0x81f00000 0 0x100000>; %s }; };
"""


@pytest.mark.parametrize("region, path, value, is_mend", [
    ("", "/sram@81f08000", b"", True), ("", "/sram@81f08000/part@0", b"", True),
    ("", "/dev@81f08000", b"", False), ("", "/sram@81f08000", b"x\0", False),
    (NO_MAP % "", "/sram@81f08000", b"", True), (NO_MAP % "no-map;", "/sram@81f08000", b"", False),
    (NO_MAP % "no-map;", "/sram@81f08000/part@0", b"", False)])
def test_sram_in_ram_may_be_kept_from_dom0(make_tree, region, path, value, is_mend):
    tree = oracle.Tree(make_tree(MEMORY + SRAM % region).read_bytes())
    ram = [(0x80000000, 0x100000000)]
    assert corpus.is_mend_for_xen(tree, tree.at[path], [], "xen,passthrough", None, value, ram) == is_mend
    assert not corpus.is_mend_for_xen(tree, tree.at[path], [], "xen,passthrough", None, value, [])


# ---- kernels, and the page ------------------------------------------------------------------------

def test_names_of_trees():
    assert kernels.row_of("arm64/arm/juno") == "6.1 arm64" and kernels.row_of("armhf/x") == "6.1 armhf"
    assert kernels.row_of("7.2/arm64/arm/juno") == "7.2 arm64"
    assert kernels.path_of("arm64/arm/juno") == kernels.top("6.1") / "arm64/arm/juno.dtb"
    assert kernels.path_of("7.2/armhf/x") == kernels.top("7.2") / "armhf/x.dtb"
    assert kernels.is_stable("6.1") and not kernels.is_stable("7.2")


def test_each_class_has_its_column():
    outcomes = {"6.1 arm64 xen: planned": 3, "6.1 arm64 xen: base, then planned with another --dom0-base": 2,
                "7.2 armhf xen: planned, not at the native base": 1,
                "7.2 armhf domain, own RAM: unsupported: cannot run on this board": 4}
    found = corpus_page.counted(outcomes)
    assert found["xen"] == {"6.1 arm64": {"planned": 3, "elsewhere": 2}, "7.2 armhf": {"nearest": 1}}
    assert found["domain, own RAM"] == {"7.2 armhf": {"unsupported": 4}}
    assert "7.2 armhf  1      -" in corpus_page.page(outcomes)


def test_a_class_that_nobody_explains_is_no_page():
    with pytest.raises(SystemExit, match="there is no description for this outcome: odd"):
        corpus_page.page({"6.1 arm64 xen: odd": 1})
