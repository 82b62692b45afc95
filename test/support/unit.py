# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Compiles the programs of test/unit."""
import os
import subprocess

import pytest

from places import ROOT, SANITIZED, UNSET

FLAGS = ["-std=c11", "-Wall", "-Wextra", "-Werror", "-I", str(ROOT), "-I", str(ROOT / "include"), "-g", "-O1"]
SANITIZE = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
CC = os.environ.get("CC", "cc")


def compiler(folder, command, library):
    def compiled(name, *more, called=None):
        """`called` is another name for what is made, with other parts."""
        out = folder / (called or name)
        if not out.exists():
            subprocess.run([*command, *FLAGS, ROOT / f"test/unit/{name}.c", *more,
                            library / "libdtshim.a", "-o", out], check=True)
        return out
    return compiled


@pytest.fixture(scope="session")
def build(tmp_path_factory):
    """Compiles sources of test/unit with the sanitized library."""
    return compiler(tmp_path_factory.mktemp("unit"), [CC, *SANITIZE], SANITIZED)


@pytest.fixture(scope="session")
def build_unset(tmp_path_factory):
    """The same with the library that stops at a value which nobody has set."""
    return compiler(tmp_path_factory.mktemp("unset"), ["clang", "-fsanitize=memory"], UNSET)
