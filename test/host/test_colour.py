# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Colour is for a terminal alone, and for who wants it."""
import os
import pty
import subprocess

import pytest

from patience import patience
from places import TOOL
from terminal import read_to_end
from trees import MEMORY

YELLOW = "\033[1;33mWARN\033[0m"
WARNS = ["plan", "--contract", "native", "--machine-base", "0x90000000", "--offset-in", "both"]


def on_a_terminal(tree, *arguments, **variables):
    ours, theirs = pty.openpty()
    environment = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "TERM")}
    with subprocess.Popen([TOOL, *arguments, tree], stdout=theirs, stdin=subprocess.DEVNULL,
                          env={**environment, "TERM": "xterm", **variables}) as done:
        os.close(theirs)
        text = read_to_end(ours)
        done.wait(timeout=patience(60))
    return text.decode().replace("\r\n", "\n")


@pytest.fixture
def tree(make_tree):
    return make_tree(MEMORY + 'master@1000000 { compatible = "test,dma"; reg = <0 0x1000000 0 0x1000>; };')


def test_a_warning_stands_out(tool, tree):
    """And nothing else differs from what a pipe gets."""
    plain, coloured = tool(*WARNS, tree).out, on_a_terminal(tree, *WARNS)
    assert "  WARN " in plain and "\033" not in plain
    assert coloured.count(YELLOW) == plain.count("  WARN ")
    assert coloured.replace(YELLOW, "WARN") == plain


@pytest.mark.parametrize("variables, wanted", [
    ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True), ({"TERM": "dumb"}, False), ({"TERM": "linux"}, True)],
    ids=str)
def test_who_wants_none(tree, variables, wanted):
    assert ("\033" in on_a_terminal(tree, *WARNS, **variables)) == wanted


def test_workers_do_as_the_terminal_wants(tree):
    copy = tree.parent / "copy.dtb"
    copy.write_bytes(tree.read_bytes())
    assert on_a_terminal(tree, *WARNS, "-j", "2", str(copy)).count(YELLOW) > 1


def test_json_has_none(tree):
    assert "\033" not in on_a_terminal(tree, *WARNS, "--json")
