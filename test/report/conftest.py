# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Fixtures of dtshim report."""
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


@pytest.fixture
def report(run_report):
    """The page, read."""
    def make(*arguments, code=0, **more):
        done = run_report(*arguments, "-o", "-", code=code, **more)
        assert done.err == ""
        return Page(done.out)
    return make
