# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Time limits of tests are for hangs, and grow with the machine's slowness: scripts/patience.py."""
import ast
import os
import subprocess
import sys

import pytest

from places import ROOT

# What other programs' own harnesses run has their limits.
FILES = [path for folder in ("test", "scripts") for path in sorted((ROOT / folder).rglob("*.py"))
         if "lab" not in path.relative_to(ROOT).parts]
QUIET = 1  # seconds: to see that nothing more comes, not to wait for what comes
CLOCKS = {"time", "monotonic", "perf_counter", "process_time"}


def number(node):
    return isinstance(node, ast.Constant) and isinstance(node.value, (int, float)) and node.value > QUIET


def calls_clock(node):
    return any(isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute) and one.func.attr in CLOCKS and
               isinstance(one.func.value, ast.Name) and one.func.value.id == "time" for one in ast.walk(node))


def limits_of(node):
    """Numbers of seconds that this waits at most."""
    if isinstance(node, ast.Call):
        yield from (word.value for word in node.keywords if word.arg == "timeout")
        if isinstance(node.func, ast.Attribute) and node.func.attr == "wait":
            yield from node.args[:1]
    elif isinstance(node, ast.FunctionDef):
        both = node.args.posonlyargs + node.args.args, node.args.defaults
        yield from (default for name, default in [*zip(*map(reversed, both)),
                                                  *zip(node.args.kwonlyargs, node.args.kw_defaults)]
                    if name.arg == "timeout")
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) and calls_clock(node.left):
        yield node.right


def naked(source):
    """The lines with a limit that is the same on each machine, or turns that are counted."""
    for node in ast.walk(ast.parse(source)):
        if any(number(limit) for limit in limits_of(node)):
            yield node.lineno
        if isinstance(node, ast.For) and "range(" in ast.unparse(node.iter) and ".sleep(" in ast.unparse(node):
            yield node.lineno


def asks_the_clock(source):
    """Asserts how long something took; in a loop it is a limit."""
    tree = ast.parse(source)
    waiting = {id(inner) for loop in ast.walk(tree) if isinstance(loop, ast.While) for inner in ast.walk(loop)}
    return [node.lineno for node in ast.walk(tree)
            if isinstance(node, ast.Assert) and id(node) not in waiting and calls_clock(node.test)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_limit_is_naked(path):
    assert list(naked(path.read_text())) == [] and asks_the_clock(path.read_text()) == []


@pytest.mark.parametrize("source", [
    "run(x, timeout=60)", "p.communicate(timeout=1.5)", "e.wait(60)", "def f(a, timeout=60): pass",
    "def f(*, timeout=60): pass", "end = time.monotonic() + 60",
    "for _ in range(9):\n    time.sleep(0.1)"])
def test_a_naked_one_is_seen(source):
    assert list(naked(source))


@pytest.mark.parametrize("source", [
    "run(x, timeout=patience(60))", "e.wait()", "def f(timeout=-1): pass", "expect(x, timeout=0.2)",
    "end = time.monotonic() + patience(60)", "for _ in range(9):\n    print()"])
def test_others_are_not(source):
    assert not list(naked(source))


def test_the_clock_is_asked_in_loops_only():
    assert asks_the_clock("assert time.monotonic() - began < 3") == [1]
    assert asks_the_clock("while x:\n    assert time.monotonic() < end") == []


@pytest.mark.parametrize("asked, seconds", [("3", 180), ("0.5", 30), ("", None)])
def test_what_is_asked_for_wins(asked, seconds):
    said = subprocess.run([sys.executable, "-B", "-c", "import patience; print(patience.patience(60))"], check=True,
                          capture_output=True, text=True,
                          env={**os.environ, "PYTHONPATH": str(ROOT / "scripts"), "DTSHIM_PATIENCE": asked}).stdout
    assert float(said) == seconds if seconds else 60 <= float(said) <= 60 * 20
