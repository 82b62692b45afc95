# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Compiles the programs of test/unit."""
import os
import subprocess

import pytest

from places import ROOT, SANITIZED

FLAGS = ["-std=c11", "-Wall", "-Wextra", "-Werror", "-I", str(ROOT), "-I", str(ROOT / "include"), "-g", "-O1"]
SANITIZE = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
CC = os.environ.get("CC", "cc")


@pytest.fixture(scope="session")
def build(tmp_path_factory):
    """Compiles sources of test/unit with the sanitized library."""
    folder = tmp_path_factory.mktemp("unit")

    def compiled(name, *more):
        out = folder / name
        if not out.exists():
            subprocess.run([CC, *FLAGS, *SANITIZE, ROOT / f"test/unit/{name}.c", *more,
                            SANITIZED / "libdtshim.a", "-o", out], check=True)
        return out
    return compiled
