# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Empty entries of interrupts-extended: Xen cannot tell such an interrupt, and builds no dom0."""
import re

import pytest

from trees import MEMORY

BOARD = "interrupt-parent = <&core_gic>;" + MEMORY
# As on the STM32MP1: the driver counts the entries, and an event without an interrupt has none.
EXTI = """exti: exti@5000000 { compatible = "test,exti"; %s phandle = <77>;
    reg = <0 0x5000000 0 0x400>; interrupts-extended = %s; };"""
CONTROLLER = "interrupt-controller; #interrupt-cells = <%d>;"
SPI = "<&core_gic 0 %d 4>"
RELEASES = ["4.17", "4.18", "4.19", "4.20", "4.21", "4.22"]


def body(entries, own=CONTROLLER % 2, more=""):
    return BOARD + EXTI % (own, entries) + more


def spi(number, flags=4):
    return [0, number, flags]


# entries, what the node is, and its cells with the GIC's phandle taken out, before and after
CASES = {
    "one between": (f"{SPI % 6}, <0>, {SPI % 7}", CONTROLLER % 2,
                    ["gic", *spi(6), 77, 0, 0, "gic", *spi(7)]),
    "the first": (f"<0>, {SPI % 7}", CONTROLLER % 2, [77, 0, 0, "gic", *spi(7)]),
    "many": (f"<0 0 0>, {SPI % 7}, <0>, {SPI % 8}, <0 0>", CONTROLLER % 1,
             [77, 0] * 3 + ["gic", *spi(7), 77, 0, "gic", *spi(8)] + [77, 0] * 2),
    "nothing else": ("<0 0>", CONTROLLER % 3, [77, 0, 0, 0] * 2),
    "at the end, of no controller": (f"{SPI % 6}, <0 0>", "", ["gic", *spi(6)]),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("release", RELEASES)
def test_named_and_filled(tool, make_tree, read_tree, case, release):
    """All others keep their place, and so the number that the driver knows them by."""
    entries, own, after = CASES[case]
    tree = make_tree(body(entries, own))
    options = ["--xen-version", release, "--dom0-mem", "256M"]
    assert "[interrupt-unread]" in tool("forecast", *options[:2], tree, code=1).out
    done = tool("check", *options, tree, code=1)
    assert re.findall(r"(\S+): (\S+): \d+ empty entr", done.out) == [("irq-empty", "/exti@5000000")]
    assert "xen-stops" not in done.out
    tool("apply", *options, tree, "-o", "out.dtb")
    out = read_tree(tree.parent / "out.dtb")
    gic = out.cells("/interrupt-controller@2f000000", "phandle")[0]
    found = out.cells("/exti@5000000", "interrupts-extended")
    assert found == [gic if cell == "gic" else cell for cell in after]
    assert tool("check", "out.dtb").out == ""
    assert "stops" not in tool("forecast", "out.dtb", code=None).out
    tool("apply", tree.parent / "out.dtb", "-o", "twice.dtb")
    assert (tree.parent / "twice.dtb").read_bytes() == (tree.parent / "out.dtb").read_bytes()


@pytest.mark.parametrize("own", ["", CONTROLLER % 5], ids=["no controller", "more cells than Xen reads"])
def test_what_cannot_be_filled_is_refused(tool, make_tree, own):
    """A driver that counts entries would take another interrupt for its own."""
    tree = make_tree(body(f"<0>, {SPI % 7}", own))
    done = tool("plan", "--dom0-mem", "256M", tree, code=2)
    assert "/exti@5000000: Xen 4.17 would stop: an entry of its interrupts-extended is empty" in done.err
    assert "remove the empty entry" in done.err
    assert "irq-empty: /exti@5000000" in tool("check", tree, code=1).out


def test_where_xen_reads_interrupts_instead(tool, make_tree):
    """They stand in for what is empty."""
    tree = make_tree(body(f"<0>, {SPI % 7}", CONTROLLER % 2 + "interrupts = <0 9 4>;"))
    assert "irq-empty" not in tool("check", tree, code=None).out


def test_with_another_type(tool, make_tree, read_tree):
    """Two rules change the one value."""
    device = 'dev@6000000 { compatible = "test,dev"; reg = <0 0x6000000 0 0x1000>; interrupts = <0 7 4>; };'
    tree = make_tree(BOARD + device + EXTI % (CONTROLLER % 2, f"<0>, <&core_gic 0 7 1>"))
    tool("apply", "--dom0-mem", "256M", tree, "-o", "out.dtb")
    cells = read_tree(tree.parent / "out.dtb").cells("/exti@5000000", "interrupts-extended")
    assert cells[:3] == [77, 0, 0] and cells[4:] == [0, 7, 4]
    assert "stops" not in tool("forecast", "out.dtb", code=None).out


def test_native_leaves_it(tool, make_tree, read_tree):
    tree = make_tree(body(f"{SPI % 6}, <0>, {SPI % 7}"))
    tool("apply", "--contract", "native", "--dom0-mem", "256M", tree, "-o", "out.dtb")
    assert read_tree(tree.parent / "out.dtb").cells("/exti@5000000", "interrupts-extended") == \
        read_tree(tree).cells("/exti@5000000", "interrupts-extended")
