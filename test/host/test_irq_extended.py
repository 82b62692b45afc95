# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Extended interrupts of a GICv3.1, which Xen takes for others: what has one does not come to dom0."""
import json
import re

import pytest

from trees import MEMORY

BOARD = "interrupt-parent = <&core_gic>;" + MEMORY
DEVICE = 'dev@%x { compatible = "test,dev"; reg = <0 0x%x 0 0x1000>; %s };'
NODE = "/dev@1000000"
RELEASES = ["4.17", "4.18", "4.19", "4.20", "4.21", "4.22"]


def one(what, more=""):
    return BOARD + DEVICE % (0x1000000, 0x1000000, what) + more


# As on Qualcomm's glymur: all of them, or one of many; by number another device's, or a CPU's own.
CASES = {
    "an SPI": one("interrupts = <2 92 4>;"),
    "taken for a CPU's own": one("interrupts = <2 4 4>;"),
    "a PPI": one("interrupts = <3 40 4>;"),
    "among others": one("interrupts = <0 5 4 0 6 4 2 92 4>;"),
    "interrupts-extended": one("interrupts-extended = <&core_gic 0 5 4>, <&core_gic 2 92 4>;"),
    "with an empty one": one("interrupts-extended = <0>, <&core_gic 2 92 4>; interrupt-controller;"
                             "#interrupt-cells = <1>; phandle = <77>;"),
    "of a disabled node": one('interrupts = <2 92 4>; status = "disabled";'),
    "taken for the console's": one(
        "interrupts = <2 21 4>;", 'chosen { stdout-path = "/serial@2000000"; }; serial@2000000 { compatible = '
        '"arm,pl011"; reg = <0 0x2000000 0 0x1000>; interrupts = <0 5 4>; };'),
    "where the other device has another type": one(
        "interrupts = <2 92 4>;", DEVICE % (0x2000000, 0x2000000, "interrupts = <0 76 1>;")),
}
OTHERS = {
    "plain ones": one("interrupts = <0 92 4 1 3 4>;"),
    "another controller's": one("interrupt-parent = <&ic>; interrupts = <2 92 4>;", """
        ic: ic { interrupt-controller; #interrupt-cells = <3>; compatible = "test,ic"; };"""),
    "kept already": one("interrupts = <2 92 4>; xen,passthrough;"),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("release", RELEASES)
def test_it_is_kept_from_dom0(tool, make_tree, read_tree, case, release):
    tree = make_tree(CASES[case])
    options = ["--xen-version", release, "--dom0-mem", "256M"]
    assert re.findall(r"irq-extended: (\S+): has", tool("check", *options, tree, code=1).out) == [NODE]
    plan = json.loads(tool("plan", *options, "--json", tree).out)
    said = [note["node"] for note in plan["notes"] if "extended interrupt of a GICv3.1" in note.get("reason", "")]
    assert said == [NODE]
    tool("apply", *options, tree, "-o", "out.dtb")
    out, before = read_tree(tree.parent / "out.dtb"), read_tree(tree)
    assert out.prop(NODE, "xen,passthrough") == b""
    assert out.prop(NODE, "interrupts") is None and out.prop(NODE, "interrupts-extended") is None
    if before.has("/dev@2000000"):
        assert out.cells("/dev@2000000", "interrupts") == before.cells("/dev@2000000", "interrupts")
    assert tool("check", "out.dtb").out == ""
    assert "stops" not in tool("forecast", "out.dtb", code=None).out
    tool("apply", tree.parent / "out.dtb", "-o", "twice.dtb")
    assert (tree.parent / "twice.dtb").read_bytes() == (tree.parent / "out.dtb").read_bytes()


@pytest.mark.parametrize("case", OTHERS)
def test_others_are_left_alone(tool, make_tree, case):
    assert "irq-extended" not in tool("check", make_tree(OTHERS[case]), code=None).out


def test_what_xen_makes_of_it(tool, make_tree, read_tree):
    """As it stands: of a small number dom0 lacks the node, else it has it with a wrong interrupt."""
    for number, there in ((4, False), (92, True)):
        tree = make_tree(one(f"interrupts = <2 {number} 4>;"), flags=("-p", "32768"))
        tool("forecast", "-o", "dom0.dtb", "--xen-version", "4.20", tree, code=None)
        assert read_tree(tree.parent / "dom0.dtb").has(NODE) is there


def test_a_domain_is_told_why(tool, make_tree):
    tree = make_tree(one("interrupts = <2 92 4>;"))
    done = tool("plan", "--passthrough", NODE, "--xen-features", "static-mem", "--dom0-mem", "256M", tree, code=2)
    assert f"{NODE}: cannot go into a xen,domain: it has an extended interrupt of a GICv3.1" in done.err


def test_native_leaves_it(tool, make_tree, read_tree):
    tree = make_tree(CASES["an SPI"])
    tool("apply", "--contract", "native", "--dom0-mem", "256M", tree, "-o", "out.dtb")
    assert read_tree(tree.parent / "out.dtb").cells(NODE, "interrupts") == [2, 92, 4]
