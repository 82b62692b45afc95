# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Fixtures of dtshim report."""
import pathlib
import subprocess

import pytest

from patience import patience
from places import BUILD
from read_page import Page


@pytest.fixture
def run_report(tmp_path):
    """Runs the command in a folder of its own."""
    def run(*arguments, code=0, stdin=None, **more):
        done = subprocess.run([BUILD / "dtshim", "report", *map(str, arguments)], cwd=tmp_path, input=stdin,
                              capture_output=True, timeout=patience(60), **more)
        done.out, done.err = done.stdout.decode(), done.stderr.decode()
        assert done.returncode == code, f"exit {done.returncode}: {done.err}"
        return done
    return run


@pytest.fixture(scope="module")
def pages():
    return {}


def asked_for(folder, arguments, stdin=b""):
    """What a page follows from: the words, without the test's own folder, and what files hold."""
    files = [one for one in arguments if isinstance(one, pathlib.Path)]
    return str(arguments).replace(str(folder), ""), stdin, *(one.read_bytes() for one in files)


@pytest.fixture
def report(run_report, pages, tmp_path):
    """The page, read; of the same tree and words it is made once (test_same_tree_same_page)."""
    def make(*arguments, code=0, **more):
        wanted = asked_for(tmp_path, arguments, **more)
        if wanted not in pages:
            pages[wanted] = run_report(*arguments, "-o", "-", code=code, **more)
        done = pages[wanted]
        assert done.err == "" and done.returncode == code
        return Page(done.out)
    return make
