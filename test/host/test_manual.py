# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The manual: built without a warning, spelt right, links that lead somewhere, tables as the tool has them."""
import html
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys

import pytest

from patience import patience
from places import ROOT, TOOL

PARTS = {"sphinx": "python3-sphinx", "furo": "furo", "sphinxcontrib.spelling": "python3-sphinxcontrib.spelling"}


def lacks():
    def there(module):
        try:
            return importlib.util.find_spec(module)
        except ModuleNotFoundError:
            return None
    return [package for module, package in PARTS.items() if not there(module)]


pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(lacks()), reason=f"not installed: {lacks()}")]


def sphinx(source, builder, out, spelling=False):
    """What sphinx says of its own; with -W a warning is an error."""
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", builder, "-d", out.parent / "trees",
         source, out], capture_output=True, text=True, timeout=patience(200),
        env={**os.environ, "DTSHIM_TOOL": str(TOOL), "DTSHIM_SPELLING": "1" if spelling else ""})
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="session")
def manual(tmp_path_factory):
    out = tmp_path_factory.mktemp("manual") / "html"
    code, words = sphinx(ROOT / "doc", "html", out)
    assert (code, words) == (0, "")
    return out


def text_of(page):
    return html.unescape(re.sub(r"<[^>]+>", "", page.read_text()))


def asked(*arguments):
    return json.loads(subprocess.run([TOOL, *arguments, "--json"], check=True, capture_output=True).stdout)


@pytest.mark.parametrize("page, rows", [
    ("reference/policy", lambda: [row["name"] for row in asked("--help")["policy"]]),
    ("reference/commands", lambda: [f"--{row['name']}" for row in asked("--help")["options"]]),
    ("reference/errors", lambda: [row["code"] for row in asked("--help")["errors"]]),
    ("reference/releases", lambda: [row["name"] for row in asked("--help")["releases"]]),
    ("reference/rules", lambda: [row["remedy"] for row in asked("check", "--list-rules")["rules"]])])
def test_tables_are_the_tools(manual, page, rows):
    shown = " ".join(text_of(manual / f"{page}.html").split())
    expected = rows()
    assert len(expected) > 4
    assert [row for row in expected if " ".join(row.split())[1:] not in shown] == []


def test_every_link_leads_somewhere(manual):
    """Between its own pages, to their sections and to files beside them."""
    broken, seen = [], 0
    for page in manual.rglob("*.html"):
        for link in re.findall(r'(?:href|src)="([^"]+)"', page.read_text()):
            path, _, part = html.unescape(link).partition("#")
            if re.match(r"[a-z]+:", path):
                continue
            target = (page.parent / path).resolve() if path else page
            seen += 1
            if not target.exists() or part and f'id="{part}"' not in target.read_text():
                broken.append(f"{page.relative_to(manual)}: {link}")
    assert seen > 1000
    assert sorted({one for one in broken if "_static" not in one}) == []


def test_pages_name_files_that_are_there():
    """A path of this checkout in a page or in a comment of the README."""
    pattern = re.compile(r"``((?:board|doc|dts|example|hooks|image|include|report|scripts|shim|test)/[\w./,-]+)``")
    missing = [f"{page.relative_to(ROOT)}: {path}" for page in [ROOT / "README.rst", ROOT / "CONTRIBUTING.rst",
                                                                *(ROOT / "doc").glob("*/*.rst")]
               for path in pattern.findall(page.read_text()) if path == path.lower() and not (ROOT / path.rstrip("/")).exists()]
    assert missing == []


def test_spelling(tmp_path):
    code, words = sphinx(ROOT / "doc", "spelling", tmp_path / "out", spelling=True)
    assert (code, words) == (0, "")


def test_man_pages(tmp_path):
    code, words = sphinx(ROOT / "doc", "man", tmp_path / "man")
    assert (code, words) == (0, "")
    assert {path.name for path in (tmp_path / "man").glob("*.[0-9]")} == \
        {"dtshim.1", "dtshim-image.1", "dtshim-report.1", "dtshim-policy.7", "dtshim-rules.7"}


WRONG = {"link": ("See ``doc/guide/no-such-page.rst``.", "no page doc/guide/no-such-page"),
         "word": ("This word is mispelled.", "mispelled"),
         "title": ("A long title\n======\n", "Title underline too short")}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_is_found(tmp_path, wrong):
    """A small manual with one such fault."""
    source = tmp_path / "doc"
    shutil.copytree(ROOT / "doc/_ext", source / "_ext", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "doc/conf.py", source)
    (source / "words.txt").write_text("")
    (tmp_path / "include").symlink_to(ROOT / "include")
    text, said = WRONG[wrong]
    (source / "index.rst").write_text(f"Index\n=====\n\n{text}\n")
    code, words = sphinx(source, "spelling", tmp_path / "out", spelling=True)
    assert code and said in words, words
