# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""One interrupt that nodes say with several types: Xen would not build dom0."""
import json
import re

import pytest

from trees import MEMORY

BOARD = "interrupt-parent = <&core_gic>;" + MEMORY
DEVICE = 'dev@%x { compatible = "test,dev"; reg = <0 0x%x 0 0x1000>; %s };'
EDGE, LEVEL = "interrupts = <0 5 1>;", "interrupts = <0 5 4>;"
OFF = ' status = "disabled";'
# As on the RK3568: a host, and its own controller, which Linux has no driver for.
CHILD = "legacy { interrupt-controller; #interrupt-cells = <1>; %s };"


def two(first, second, more=""):
    return BOARD + DEVICE % (0x1000000, 0x1000000, first) + DEVICE % (0x1001000, 0x1001000, second) + more


# body, the node whose type changes, its value before and after
CASES = {
    "the later": (two(LEVEL, EDGE), "/dev@1001000", "interrupts", [0, 5, 1], [0, 5, 4]),
    "the one that is off": (two(EDGE + OFF, LEVEL), "/dev@1000000", "interrupts", [0, 5, 1], [0, 5, 4]),
    "both are off": (two(EDGE + OFF, LEVEL + OFF), "/dev@1001000", "interrupts", [0, 5, 4], [0, 5, 1]),
    "one of several": (two(LEVEL, "interrupts = <0 6 1 0 5 1 0 7 2>;"), "/dev@1001000", "interrupts",
                       [0, 6, 1, 0, 5, 1, 0, 7, 2], [0, 6, 1, 0, 5, 4, 0, 7, 2]),
    "twice in one node": (two("interrupts = <0 5 4 0 5 1>;", ""), "/dev@1000000", "interrupts",
                          [0, 5, 4, 0, 5, 1], [0, 5, 4, 0, 5, 4]),
    "other flags stay": (two(LEVEL, "interrupts = <0 5 0xf01>;"), "/dev@1001000", "interrupts",
                         [0, 5, 0xf01], [0, 5, 0xf04]),
    "a child without a driver": (
        BOARD + DEVICE % (0x1000000, 0x1000000, LEVEL + CHILD % ("interrupt-parent = <&core_gic>;" + EDGE)),
        "/dev@1000000/legacy", "interrupts", [0, 5, 1], [0, 5, 4]),
    "of a host that is off": (
        BOARD + DEVICE % (0x1000000, 0x1000000,
                          LEVEL + OFF + CHILD % ("interrupt-parent = <&core_gic>;" + EDGE)),
        "/dev@1000000/legacy", "interrupts", [0, 5, 1], [0, 5, 4]),
    "a CPU's own": (two("interrupts = <1 5 4>;", "interrupts = <1 5 1>;"), "/dev@1001000", "interrupts",
                    [1, 5, 1], [1, 5, 4]),
    "for another domain": (two(LEVEL, EDGE + "xen,passthrough;"), "/dev@1001000", "interrupts",
                           [0, 5, 1], [0, 5, 4]),
}
SAME = {
    "one type": two(LEVEL, LEVEL),
    "two interrupts": two(LEVEL, "interrupts = <0 6 1>;"),
    "another controller's": two(LEVEL, "interrupt-parent = <&ic>;" + EDGE, """ic: ic { interrupt-controller;
                                #interrupt-cells = <3>; compatible = "test,ic"; };"""),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("release", ["4.17", "4.18", "4.19", "4.20", "4.21", "4.22"])
def test_both_get_the_type_of_the_one_that_is_driven(tool, make_tree, read_tree, case, release):
    body, node, name, before, after = CASES[case]
    tree = make_tree(body)
    version = ["--xen-version", release]
    options = [*version, "--dom0-mem", "256M"]
    assert "[interrupt-type]" in tool("forecast", *version, tree, code=1).out
    assert re.findall(r"irq-type: (\S+): has ", tool("check", *options, tree, code=1).out) == [node]
    said = json.loads(tool("plan", *options, "--json", tree).out)
    assert [note["node"] for note in said["notes"] if "interrupt" in note["what"] and "does" in note["what"]] == [node]
    tool("apply", *options, tree, "-o", "out.dtb")
    assert read_tree(tree).cells(node, name) == before
    assert read_tree(tree.parent / "out.dtb").cells(node, name) == after
    assert tool("check", "out.dtb").out == ""
    assert "stops" not in tool("forecast", "out.dtb", code=None).out
    tool("apply", tree.parent / "out.dtb", "-o", "twice.dtb")
    assert (tree.parent / "twice.dtb").read_bytes() == (tree.parent / "out.dtb").read_bytes()


def test_an_entry_of_interrupts_extended(tool, make_tree, read_tree):
    tree = make_tree(two(LEVEL, "interrupts-extended = <&core_gic 0 6 1>, <&core_gic 0 5 1>;"))
    tool("apply", "--dom0-mem", "256M", tree, "-o", "out.dtb")
    cells = read_tree(tree.parent / "out.dtb").cells("/dev@1001000", "interrupts-extended")
    assert cells[1:4] == [0, 6, 1] and cells[5:] == [0, 5, 4]


@pytest.mark.parametrize("case", SAME)
def test_nothing_to_change(tool, make_tree, case):
    tree = make_tree(SAME[case])
    assert "irq-type" not in tool("check", tree, code=None).out
    assert "two types" not in tool("plan", "--dom0-mem", "256M", tree).out


def test_the_consoles_type_counts(tool, make_tree):
    """Both mends on one node: Xen asks for the type of what it keeps from dom0, too."""
    tree = make_tree(BOARD + 'chosen { stdout-path = "/serial@2000000"; };' + DEVICE % (0x1000000, 0x1000000, EDGE) +
                     'serial@2000000 { compatible = "arm,pl011"; reg = <0 0x2000000 0 0x1000>; %s };' % LEVEL)
    tool("apply", "--dom0-mem", "256M", tree, "-o", "out.dtb")
    assert "stops" not in tool("forecast", "out.dtb", code=None).out
    assert tool("check", "out.dtb").out == ""


def test_through_a_map_it_is_refused(tool, make_tree):
    """Its flags stand in another node, for all that lead through it."""
    nexus = """nexus { #interrupt-cells = <1>; #address-cells = <0>; phandle = <77>;
               interrupt-map-mask = <3>; interrupt-map = <1 &core_gic 0 5 1>; };"""
    tree = make_tree(two(LEVEL, "interrupt-parent = <77>; interrupts = <1>;", nexus))
    assert "give both the same flags" in tool("plan", "--dom0-mem", "256M", tree, code=2).err
