# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The page appears whole or not at all; errors are the tool's, with its exit code."""
import json
import os
import pathlib
import subprocess
import sys

import pytest

from places import BUILD, ROOT
from trees import MEMORY

sys.path.insert(0, str(ROOT / "report"))
import asked  # noqa: E402


@pytest.fixture
def tree(make_tree):
    return make_tree(MEMORY, name="board.dtb")


def files(folder):
    return sorted(one.name for one in folder.iterdir())


def test_a_file_is_replaced(run_report, tree, tmp_path):
    page = tmp_path / "page.html"
    page.write_text("old")
    page.chmod(0o640)
    done = run_report(tree, "-o", page)
    assert done.out == "" and page.read_text().rstrip().endswith("</html>")
    assert page.stat().st_mode & 0o777 == 0o640 and files(tmp_path) == ["board.dtb", "page.html"]


@pytest.mark.slow
def test_a_refusal_too(run_report, tree, tmp_path):
    run_report(tree, "--dom0-mem", "1T", "-o", tmp_path / "page.html", code=1)
    assert "No plan" in (tmp_path / "page.html").read_text()


@pytest.mark.parametrize("arguments, words", [
    (["nosuch.dtb"], "nosuch.dtb: "),
    (["board.dtb", "--dom0-mem", "much"], "'much'"),
    (["board.dtb", "--xen", "nosuch"], "nosuch: "),
    (["board.dtb", "--efi-map", "nosuch"], "--efi-map"),
    (["damaged.dtb"], "damaged.dtb: "),
    (["board.dtb", "--frobnicate"], "unrecognized arguments: --frobnicate"),
    (["board.dtb", "other.dtb"], "unrecognized arguments: other.dtb"),
    (["--live=nosuch"], "nosuch"),
    (["--live=nosuch", "board.dtb"], "one file too many: board.dtb"),
    ([], "a file is missing")])
def test_trouble_leaves_the_page_that_was(run_report, tree, tmp_path, arguments, words):
    (tmp_path / "page.html").write_text("old")
    (tmp_path / "damaged.dtb").write_bytes(tree.read_bytes()[:100])
    done = run_report(*arguments, "-o", "page.html", code=2)
    assert words in done.err and "what to do: " in done.err and "Traceback" not in done.err
    assert (tmp_path / "page.html").read_text() == "old"
    assert files(tmp_path) == ["board.dtb", "damaged.dtb", "page.html"]


@pytest.mark.slow
def test_the_tools_own_words(run_report, tool, tree):
    ours = run_report("nosuch.dtb", "-o", "page.html", code=2).err
    assert ours == tool("plan", "--json", "nosuch.dtb", code=2).err


@pytest.mark.slow
def test_no_place(run_report, tree, tmp_path):
    for place in ("nosuch/page.html", tmp_path, "/dev/null"):
        done = run_report(tree, "-o", place, code=2)
        assert str(place) in done.err and "what to do: give another place" in done.err and "flash" not in done.err
    done = run_report(tree, code=2)
    assert "required: -o" in done.err


@pytest.mark.slow
def test_a_full_disk(tree):
    with open("/dev/full", "wb") as full:
        done = subprocess.run([BUILD / "dtshim", "report", tree, "-o", "-"], stdout=full, stderr=subprocess.PIPE,
                              text=True)
    assert done.returncode == 2 and "cannot write to standard output" in done.stderr


@pytest.mark.slow
def test_a_disk_that_fills_up(run_report, tree, tmp_path):
    """The old page stays, and no part of the new one. The tool's own files have the room that they need."""
    assert len(run_report(tree, "-o", "-").out) > 24 << 10
    (tmp_path / "page.html").write_text("old")
    limited = ["bash", "-c", 'ulimit -f 24; trap "" XFSZ; exec "$@"', "-", BUILD / "dtshim", "report", tree, "-o",
               tmp_path / "page.html"]
    done = subprocess.run(list(map(str, limited)), capture_output=True, text=True)
    assert done.returncode == 2 and "page.html: File too large" in done.stderr
    assert (tmp_path / "page.html").read_text() == "old" and files(tmp_path) == ["board.dtb", "page.html"]


def test_without_the_templates_library(run_report, tree, tmp_path):
    (tmp_path / "less").mkdir()
    (tmp_path / "less/jinja2.py").write_text("raise ModuleNotFoundError(\"No module named 'jinja2'\", name='jinja2')\n")
    done = run_report(tree, "-o", "page.html", code=2, env={**os.environ, "PYTHONPATH": str(tmp_path / "less")})
    assert "jinja2, which makes the page, is missing" in done.err and "install Debian's package python3-jinja2" in done.err
    assert not (tmp_path / "page.html").exists()


@pytest.mark.slow
def test_a_defect_is_no_word_on_the_board(tree, tmp_path):
    """Its exit code is not that of a page that says "no plan"."""
    broken = tmp_path / "broken"
    broken.write_text("#!/bin/sh\necho '{}'\n")
    broken.chmod(0o755)
    done = subprocess.run([ROOT / "report/dtshim-report", tree, "-o", tmp_path / "page.html"], capture_output=True,
                          text=True, env={**os.environ, "DTSHIM_TOOL": str(broken)})
    assert done.returncode == 2 and "KeyError" in done.stderr and not (tmp_path / "page.html").exists()
    assert done.stderr.startswith("dtshim: report: ") and "\n  what to do: " in done.stderr
    assert "Traceback" not in done.stderr and len(done.stderr.splitlines()) == 2


@pytest.mark.slow
@pytest.mark.parametrize("answer", ["echo no JSON", "kill -SEGV $$"])
def test_a_tool_that_fails_is_no_word_on_the_board(tree, tmp_path, answer):
    broken = tmp_path / "broken"
    broken.write_text(f"#!/bin/sh\n{answer}\n")
    broken.chmod(0o755)
    done = subprocess.run([ROOT / "report/dtshim-report", tree, "-o", tmp_path / "page.html"], capture_output=True,
                          text=True, env={**os.environ, "DTSHIM_TOOL": str(broken)})
    assert done.returncode == 2 and done.stderr.startswith("dtshim: ") and "\n  what to do: " in done.stderr
    assert "Traceback" not in done.stderr and not (tmp_path / "page.html").exists()


def words_of(text):
    return " ".join(text.split())


@pytest.mark.slow
def test_help(run_report, tool):
    """Each option of the tool's that it takes has the tool's words."""
    out = run_report("--help").out
    assert out.startswith("usage: dtshim report ") and "Exit codes: 0" in out
    assert all(len(line) <= 80 for line in out.splitlines())
    tables = json.loads(tool("--help", "--json").out)
    rows = {one["name"]: one for one in tables["options"] + tables["policy"]}
    assert len(asked.PASSED_ON) > 30 and set(asked.PASSED_ON) <= set(rows)
    for name in asked.PASSED_ON:
        one = rows[name]
        value = f"[={one['argument']}]" if name == "live" else f" {one['argument']}"
        told = one["help"] + (f"; default: {one['default']}" if one.get("default") else "")
        assert f"\n  --{name}{value}" in out and f"--{name}{value} {words_of(told)} " in words_of(out), name
    assert run_report("-h").out == out


@pytest.mark.slow
def test_help_of_the_program_alone():
    """Without a tool to ask there is help, too."""
    done = subprocess.run([ROOT / "report/dtshim-report", "--help"], capture_output=True, text=True, check=True,
                          env={**os.environ, "DTSHIM_TOOL": "/nonexistent/dtshim"})
    assert "--dom0-mem" in done.stdout and done.stderr == ""


@pytest.mark.slow
def test_the_program_alone(tree):
    """Without the tool before it: it looks for that beside itself."""
    done = subprocess.run([ROOT / "report/dtshim-report", tree, "-o", "-"], capture_output=True, text=True,
                          env={**os.environ, "DTSHIM_TOOL": str(BUILD / "dtshim")})
    assert done.returncode == 0 and "<h1>board.dtb</h1>" in done.stdout
    assert pathlib.Path(ROOT / "report/dtshim-report").stat().st_mode & 0o111
