# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The tests that are meant for boards (test/lab), on what is at hand, as make check-lab does."""
import os
import re
import subprocess

import pytest

from patience import patience
from places import GUESTS, ROOT, UBOOT



def check_lab(tmp_path, board, source, build):
    if not (UBOOT / source).exists():
        pytest.skip("no U-Boot with dtshim was built")
    done = subprocess.run([ROOT / "scripts/check-lab", UBOOT / source, UBOOT / build, board,
                           ROOT / "test/lab/boards", tmp_path / "lab"], capture_output=True,
                          text=True, timeout=patience(200), env={**os.environ, "DTSHIM_GUESTS": str(GUESTS)})
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    return {word: int(count) for count, word in re.findall(r"(\d+) (\w+)", done.stdout[-100:])}


def test_sandbox(tmp_path):
    counts = check_lab(tmp_path, "sandbox", "source/u-boot", "sandbox/u-boot")
    assert counts["passed"] >= 7 and counts["skipped"] == 2  # it boots nothing


def test_qemu(tmp_path):
    counts = check_lab(tmp_path, "qemu_arm64", "source/integrated", "qemu_arm64")
    assert counts["passed"] >= 8 and counts["skipped"] == 1  # it has no unit tests
    assert (tmp_path / "lab/test-log.html").exists()


def test_a_folder_that_is_not_there(tmp_path):
    done = subprocess.run([ROOT / "scripts/check-lab", tmp_path, tmp_path, "x", tmp_path, tmp_path],
                          capture_output=True, text=True)
    assert done.returncode == 1 and "source folder of your U-Boot" in done.stderr
