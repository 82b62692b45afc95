# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Each option of plan and forecast goes to those of the tool's runs that take it, and none is left out."""
import json
import os
import re
import subprocess
import sys

import pytest

from places import ROOT, TOOL
from trees import MEMORY

sys.path.insert(0, str(ROOT / "report"))
import asked  # noqa: E402

SOURCE = (ROOT / "shim/cli/option_table.c").read_text()
ROW = re.compile(r'\{ \{ "([\w-]+)", (\w+), NULL, .*? \}, ([A-Z_ |]+), ')
SETS = {"LOOK_AHEAD": {"FORECAST"}, "OF_FILES": {"PLAN", "APPLY", "FORECAST"}, "ALL": {"PLAN", "APPLY", "FORECAST"}}
POLICY = re.findall(r'\] = \{ "([a-z0-9-]+)", SHIM_KIND', "".join(
    path.read_text() for path in (ROOT / "shim").rglob("*.c")))
# What makes no difference to a page, or is for what else plan and forecast do.
OTHERS = {"output", "jobs", "verbose", "quiet", "json", "help", "version", "load-addresses", "stage", "map"}

# A tool that notes how it was called, and answers as the true one would.
NOTING = """#!{python}
import json, os, sys
with open({log!r}, "a") as log:
    log.write(json.dumps(sys.argv[1:]) + "\\n")
os.execv({tool!r}, [{tool!r}, *sys.argv[1:]])
"""


def plain(command):
    return {name for name, _, takers in ROW.findall(SOURCE)
            if command in {word for one in takers.split(" | ") for word in SETS.get(one, {one})}} - OTHERS


def test_no_plain_option_is_left_out():
    assert len(ROW.findall(SOURCE)) > 20
    assert asked.TAKERS["before"] - set(POLICY) == plain("FORECAST")
    # plan takes what is loaded for --load-addresses alone, and apply, which gets the same, not at all
    assert asked.TAKERS["plan"] - set(POLICY) == plain("PLAN") & plain("APPLY")


def test_no_word_of_the_policy_is_left_out():
    taken = re.findall(r"1u << SHIM_POLICY_(\w+)", SOURCE[SOURCE.index("forecast_takes ="):])
    taken = {name.lower().replace("_", "-") for name in taken}
    assert len(POLICY) > 15 and len(taken) == 5 and set(POLICY) <= asked.TAKERS["plan"]
    assert asked.TAKERS["before"] & set(POLICY) == taken


@pytest.fixture
def calls(tmp_path, make_tree):
    """What the tool is asked for a page."""
    def run(*arguments):
        log, noting = tmp_path / "log", tmp_path / "noting"
        noting.write_text(NOTING.format(python=sys.executable, log=str(log), tool=str(TOOL)))
        noting.chmod(0o755)
        subprocess.run([ROOT / "report/dtshim-report", *arguments, "-o", "page.html"], cwd=tmp_path, check=False,
                       env={**os.environ, "DTSHIM_TOOL": str(noting)})
        return [json.loads(line) for line in log.read_text().splitlines()]
    make_tree(MEMORY, name="board.dtb")
    return run


def options_of(call):
    return {word for word in call[1:call.index("--")] if word.startswith("--") and word != "--json"}


@pytest.mark.slow
def test_who_gets_what(calls):
    made = calls("board.dtb", "--dom0-mem=256M", "--xen-version", "4.20", "--ram", "0x80000000:1G", "--xen-at",
                 "0x90000000", "--dom0-base=0x80000000")
    both, ram, policy = "--xen-version=4.20", "--ram=0x80000000:1G", {"--dom0-mem=256M", "--dom0-base=0x80000000"}
    before = {both, ram, "--xen-at=0x90000000"}
    assert [(call[0], options_of(call)) for call in made] == [
        ("plan", {both, ram} | policy), ("forecast", before), ("forecast", before), ("apply", {both, ram} | policy),
        ("forecast", {both}), ("forecast", {both})]
    assert [call[-1] == "board.dtb" for call in made] == [True] * 4 + [False] * 2


@pytest.mark.slow
def test_given_again_and_with_a_dash(calls):
    made = calls("--ram=0x80000000:1G", "--ram", "0xc0000000:1G", "--passthrough=-x", "board.dtb")
    assert {"--ram=0x80000000:1G", "--ram=0xc0000000:1G", "--passthrough=-x"} == options_of(made[0])


@pytest.mark.slow
def test_live(calls, tmp_path):
    made = calls(f"--live={tmp_path}")
    assert options_of(made[0]) == {f"--live={tmp_path}"} and made[0][-1] == "--"
    (tmp_path / "log").unlink()
    assert options_of(calls("--live")[0]) == {"--live"}


def test_a_page_of_a_live_tree(report, make_tree, tmp_path):
    for name in ("sys/firmware", "proc"):
        (tmp_path / "live" / name).mkdir(parents=True)
    (tmp_path / "live/sys/firmware/fdt").write_bytes(make_tree("").read_bytes())
    (tmp_path / "live/proc/iomem").write_text("80000000-9fffffff : System RAM\n")
    page = report(f"--live={tmp_path}/live")
    assert page.all("h1")[0].text == f"{tmp_path}/live" and "0x80000000-0x9fffffff" in page.section("map")
