# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Each file says its licence and its holders, in the form of the REUSE specification."""
import re
import shutil
import subprocess

import pytest

from places import ROOT

LICENCE = "GPL-2.0-or-later OR BSD-2-Clause"
HOLDER = "The dtshim authors"
DEP5 = ROOT / ".reuse/dep5"
OF_ITS_OWN = ("LICENSES/",)  # texts that are licences


def tracked():
    return subprocess.run(["git", "-C", ROOT, "ls-files", "-z"], check=True, capture_output=True,
                          text=True).stdout.split("\0")[:-1]


def stanzas(path):
    """[{field: value}] of a file in the form of Debian's copyright files."""
    return [dict(re.findall(r"^(\S+?): *(.*)$", stanza, re.M))
            for stanza in path.read_text().strip().split("\n\n")]


def test_all_files_have_a_holder_and_a_licence():
    """One stanza for all of them, so that no new file is forgotten."""
    head, *listed = stanzas(DEP5)
    assert head["Format"].endswith("/copyright-format/1.0/") and head["Upstream-Name"] == "dtshim"
    assert listed == [{"Files": "*", "Copyright": HOLDER, "License": LICENCE}]


def test_no_file_says_otherwise():
    """Neither a licence nor a holder."""
    tag, mine = re.compile(r"SPDX-(?:License-Identifier|FileCopyrightText): *([\w. -]*\w)"), set()
    for name in tracked():
        if not name.startswith(OF_ITS_OWN):
            mine |= {(name, found) for found in tag.findall((ROOT / name).read_text(errors="replace")[:4096])
                     if found not in (LICENCE, HOLDER)}
    assert mine == set()


def test_the_texts_are_those_that_are_used():
    """No missing one, no other one."""
    assert {path.name for path in (ROOT / "LICENSES").iterdir()} == {
        f"{name}.txt" for name in LICENCE.split(" OR ")}


# ---- the program that others use -----------------------------------------------------------------

def lint(folder):
    if not shutil.which("reuse"):
        pytest.skip("reuse is not installed: scripts/install-packages check does that")
    return subprocess.run(["reuse", "--root", folder, "lint"], capture_output=True, text=True)


@pytest.mark.slow
def test_reuse_is_content():
    done = lint(ROOT)
    assert done.returncode == 0 and "Congratulations" in done.stdout, done.stdout[-2000:]
    assert "ERROR" not in done.stderr, done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("name,content", [
    ("LICENSES/MIT.txt", "text\n"),
    ("one.c", "/* SPDX-%s: MIT */\n" % "License-Identifier"),
], ids=["a text too many", "a text too few"])
def test_reuse_would_say_so(tmp_path, name, content):
    """With this dep5 in another project."""
    for part in ".reuse", "LICENSES":
        shutil.copytree(ROOT / part, tmp_path / part)
    (tmp_path / "two.c").write_text("int none;\n")
    assert lint(tmp_path).returncode == 0
    (tmp_path / name).write_text(content)
    done = lint(tmp_path)
    assert done.returncode and "MIT" in done.stdout
