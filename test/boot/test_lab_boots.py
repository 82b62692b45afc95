# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""What is meant for boards in a laboratory (test/lab), on QEMU: labgrid's tests as make
check-labgrid runs them, and LAVA's job, played by LAVA's rules."""
import importlib.util
import os
import pathlib
import re
import subprocess
import time

import pytest

import board as emulated
import lab_card
from lab import LAB, load, scripts
from patience import patience
from places import BOARD_BUILD, GUESTS, ROOT

pytestmark = pytest.mark.slow


# ---- labgrid -----------------------------------------------------------------------------------

@pytest.fixture
def check_labgrid(tmp_path):
    if not importlib.util.find_spec("labgrid"):
        pytest.skip("labgrid is not installed: make check-labgrid does that, where Debian has it (12)")

    def run(environment, *arguments):
        return subprocess.run(
            [ROOT / "scripts/check-labgrid", environment, tmp_path / "results", *arguments],
            capture_output=True, text=True, timeout=patience(200),
            env={**os.environ, "DTSHIM_GUESTS": str(GUESTS), "DTSHIM_BOARD_BUILD": str(BOARD_BUILD)})
    return run


@pytest.mark.parametrize("name", ["qemu_arm64", "qemu_by_wire"])
def test_labgrid(check_labgrid, name):
    done = check_labgrid(LAB / f"labgrid/{name}.yaml")
    assert done.returncode == 0 and "4 passed" in done.stdout, done.stdout[-3000:] + done.stderr


@pytest.fixture
def changed(tmp_path):
    """QEMU's environment with something else in it."""
    def make(old, new):
        text = (LAB / "labgrid/qemu_arm64.yaml").read_text()
        assert old in text
        path = tmp_path / "other.yaml"
        path.write_text(text.replace("- strategy.py", f"- {LAB}/labgrid/strategy.py").replace(old, new))
        return path
    return make


def test_labgrid_wants_dom0_where_it_was_told(check_labgrid, changed):
    done = check_labgrid(changed("dom0-base: 0x40000000", "dom0-base: 0x48000000"), "-k", "stage_says")
    assert done.returncode == 1 and "1 failed" in done.stdout


def test_labgrid_tells_why_a_board_does_not_come_up(check_labgrid, changed):
    """By the stage's own words, and at once."""
    wrong = """      UBootDriver:
        init_commands: ["setenv dtshim_more 'fdt mknode /chosen dtshim; fdt set /chosen/dtshim layout sideways'"]
"""
    done = check_labgrid(changed("      UBootDriver:\n", wrong), "-k", "dom0_is")
    assert done.returncode == 1 and "the boot ended before" in done.stdout
    assert "unknown value 'sideways'" in done.stdout and "what to do: " in done.stdout
    assert float(re.search(r"1 failed.* in ([\d.]+)s", done.stdout)[1]) < 60


def test_no_such_environment(check_labgrid, tmp_path):
    done = check_labgrid(tmp_path / "none.yaml")
    assert done.returncode == 1 and "board.yaml is a template" in done.stderr


# ---- LAVA --------------------------------------------------------------------------------------

@pytest.fixture
def board(tmp_path):
    """As LAVA's boot leaves it: U-Boot was stopped, and its prompt is still to be read."""
    pytest.importorskip("yaml")
    disk = tmp_path / "card.img"
    lab_card.make(BOARD_BUILD, GUESTS, disk)
    with emulated.Board(GUESTS, tmp_path / "log", drive=disk, timeout=patience(120)) as one:
        one.expect(["Hit any key to stop autoboot"])
        time.sleep(0.1)
        one.console.send(" ")
        yield one


def play(board, script):
    """LAVA's interactive test (its documentation, "interactive tests"): each step types its command
    and waits for a prompt, a failure or a success; a prompt is no success where there is one to
    come. True for each step that passed."""
    names, prompts = {}, script["prompts"]
    for step in script["script"]:
        if step["command"] is not None:
            board.start(re.sub(r"\{(\w+)\}", lambda name: names.get(name[1], name[0]), step["command"]))
        good, bad = [[one["message"] for one in step.get(kind, [])] for kind in ("successes", "failures")]
        seen = board.console.expect([*prompts, *bad, *good])
        names.update(board.console.match.groupdict())
        yield step["name"], (seen >= len(prompts) + len(bad)) if good else seen < len(prompts)
        if seen >= len(prompts) and step.get("wait_for_prompt", True):
            board.console.expect(prompts)


@pytest.mark.parametrize("index", [0, 1], ids=["boot", "wrong policy"])
def test_job_passes(board, index):
    script = scripts(load(LAB / "lava/job.yaml"))[index]
    results = dict(play(board, script))
    assert results == {step["name"]: True for step in script["script"]}


def test_job_fails_without_dtshim(board):
    board.command("setenv dtshim_more 'booti ${xen_addr} - ${tree_addr}'")
    results = play(board, scripts(load(LAB / "lava/job.yaml"))[0])
    assert next(results) == ("promise", False)
