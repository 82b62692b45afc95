# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""What all tests share: the built tool, trees made by dtc, and libfdt to read results."""
import collections
import functools
import itertools
import json
import os
import pathlib
import re
import subprocess
import tempfile

import pytest

from patience import patience
from places import GUESTS, GUESTS32, TOOL
from trees import HEADER, Tree, with_core


@pytest.fixture(scope="session")
def guests(request):
    """The folder of the guests that the tests run with, or with_each_release of that release's."""
    return fetched(GUESTS.parent / request.param if hasattr(request, "param") else GUESTS)


@pytest.fixture(scope="session")
def guests32():
    """Those of a 32-bit board: zImage and zImage-lpae are its kernels."""
    return fetched(GUESTS32)


def fetched(folder):
    if (folder / "skipped").exists():
        pytest.skip((folder / "skipped").read_text().strip())
    if not (folder / "complete").exists():
        pytest.skip(f"the guests of Debian {folder.name} were not fetched: make check does that")
    return folder


NUMBER = itertools.count()


@pytest.fixture
def tmp_path(request, tmp_path_factory):
    """A folder of the test's own. pytest's own fixture reads the names of all others' each time."""
    folder = tmp_path_factory.getbasetemp() / f"{next(NUMBER)}-{re.sub(r'[^a-zA-Z0-9_]', '_', request.node.name)[:30]}"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture
def tool(tmp_path):
    """Runs the host tool in a folder of its own; where it is the one with ASan and UBSan, they are
    content."""
    def run(*arguments, stdin=None, code=0):
        done = subprocess.run([TOOL, *map(str, arguments)], cwd=tmp_path,
                              input=stdin, capture_output=True, timeout=patience(60))
        errors = done.stderr.decode()
        assert "Sanitizer" not in errors and "runtime error" not in errors, errors
        assert code is None or done.returncode == code, f"exit {done.returncode}: {errors}"
        done.out, done.err = done.stdout.decode(errors="replace"), errors
        # Sentences in one piece: a page breaks them at 80 columns.
        done.flat = re.sub(r"\n {11,12}(?=\S)", " ", done.out)
        return done
    return run


@pytest.fixture
def scratch(tmp_path):
    """A folder for much that is soon forgotten: in memory, where a write is not waited for."""
    shared = "/dev/shm"
    with tempfile.TemporaryDirectory(dir=shared if os.access(shared, os.W_OK) else tmp_path) as folder:
        yield pathlib.Path(folder)


@pytest.fixture
def bare_tree(tmp_path):
    """Compiles the body of a root node (or a whole source) with dtc."""
    def make(body, name="in.dtb", header=HEADER, flags=(), more=lambda source: source):
        source = body if body.startswith("/dts-v1/") else header + body + "};\n"
        subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb", *flags, "-o", tmp_path / name],
                       input=more(source).encode(), check=True)
        return tmp_path / name
    return make


@pytest.fixture
def make_tree(bare_tree):
    """The same, with what Xen needs of a board, where the source says nothing of it."""
    return functools.partial(bare_tree, more=with_core)


@pytest.fixture
def read_tree():
    return Tree


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    import spread  # pylint: disable=import-outside-toplevel
    return spread.ByFile(config, log) if config.getoption("dist") == "load" else None


def mark_further_cases(items):
    """What check-quick leaves out of tests with many cases: all between the first and the last."""
    tests = collections.defaultdict(list)
    for item in items:
        if item.get_closest_marker("slow") is None:
            tests[item.nodeid.partition("[")[0]].append(item)
    for item in sum((cases[1:-1] for cases in tests.values()), []):
        item.add_marker(pytest.mark.further)


def pytest_collection_modifyitems(config, items):
    """Workers that share them begin with what takes long; else each file stays in one piece."""
    mark_further_cases(items)
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def pytest_terminal_summary(terminalreporter):
    """What became of the trees of test_corpus.py, summed over all its tests and workers."""
    sums = collections.Counter()
    for report in sum(terminalreporter.stats.values(), []):
        if getattr(report, "when", None) == "call":
            for name, outcomes in report.user_properties:
                sums.update(outcomes if name == "corpus" else {})
    if sums and "DTSHIM_OUTCOMES" in os.environ:
        pathlib.Path(os.environ["DTSHIM_OUTCOMES"]).write_text(json.dumps(sums))
    if sums:
        terminalreporter.section("board trees, by architecture and contract")
        for outcome in sorted(sums):
            terminalreporter.line(f"{sums[outcome]:6}  {outcome}")
