# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Overlays: a part of a tree is no tree."""
import json

import pytest

from trees import MEMORY

FRAGMENT = """/dts-v1/;
/plugin/;
&device { status = "disabled"; };
"""
BY_PATH = """/dts-v1/;
/plugin/;
&{/device@1000} { status = "disabled"; };
"""
# As before dtc could write them itself: fragments by hand, of any name.
BY_HAND = """/dts-v1/;
/ { first { target-path = "/"; __overlay__ { device@2000 { }; }; }; };
"""
# Built without the one that could tell what its references lead to.
WITHOUT_FRAGMENTS = """/dts-v1/;
/ { node { clocks = <0xffffffff>; }; __fixups__ { clock = "/node:clocks:0"; }; };
"""
OVERLAYS = {"reference": (FRAGMENT, "/fragment@0"), "path": (BY_PATH, "/fragment@0"),
            "hand": (BY_HAND, "/first"), "fixups": (WITHOUT_FRAGMENTS, "/__fixups__")}


@pytest.fixture(params=OVERLAYS)
def overlay(request, bare_tree):
    source, mark = OVERLAYS[request.param]
    return bare_tree(source, "part.dtbo"), mark


@pytest.mark.parametrize("command", [
    ("plan",), ("plan", "--ram", "0x80000000:2G"), ("plan", "--contract", "native"),
    ("apply", "-o", "out.dtb"), ("apply", "-o", "out.dtb", "--ram", "0x80000000:2G"), ("check",),
    ("forecast",), ("plan", "--load-addresses")], ids=" ".join)
def test_no_command_takes_it_for_a_board(tool, overlay, tmp_path, command):
    tree, mark = overlay
    done = tool(*command, tree, code=2)
    assert f"{mark}: this is an overlay, a part of a board's tree [overlay]" in done.err
    assert "fdtoverlay -i board.dtb -o merged.dtb" in done.err
    assert not (tmp_path / "out.dtb").exists()


def test_programs_learn_it_too(tool, overlay):
    tree, mark = overlay
    page = json.loads(tool("plan", "--json", tree, tree, code=2).out)
    assert [one["error"]["code"] for one in page] == ["overlay"] * 2
    assert page[0]["error"]["where"] == mark


def test_what_differs_in_two_of_them_can_be_asked(tool, overlay):
    assert tool("diff", overlay[0], overlay[0]).out == ""


def test_a_board_that_was_built_for_overlays(tool, make_tree):
    """Symbols alone, and nodes of like names that stand deeper."""
    tree = make_tree(MEMORY + "device: device@1000 { a { b { __overlay__ { }; }; }; };", flags=["-@"])
    tool("apply", tree, "-o", "out.dtb")
    tool("check", "out.dtb")
