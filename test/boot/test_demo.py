# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The demos, with the guests of each Debian release: what they show is what should be shown."""
import os
import subprocess
import sys

import pytest

import models
import one_at_a_time
from patience import patience
from places import BOARD32_BUILD, BOARD_BUILD, BUILD, GUESTS, QEMUS, ROOT, with_each_release


ENDS = {
    "": "dom0 is at the board's native RAM base 0x40000000",
    "offset": "Linux and the disk met at machine = guest + offset.",
    "native": "Linux and the disk met at machine = guest + offset.",
}


@pytest.mark.slow
@with_each_release
@pytest.mark.parametrize("name", ENDS)
def test_demo(guests, tmp_path, name):
    for image in ("dtshim.img", "witness.img"):
        (tmp_path / image).symlink_to(BOARD_BUILD / image)
    done = subprocess.run([sys.executable, ROOT / "scripts/demo.py", tmp_path, guests,
                           *([name] if name else [])], capture_output=True, text=True, timeout=patience(300))
    assert done.returncode == 0, done.stdout + done.stderr
    assert ENDS[name] in done.stdout


@pytest.mark.slow
def test_demo_of_32_bits(guests32, tmp_path):
    (tmp_path / "dtshim.img").symlink_to(BOARD32_BUILD / "dtshim.img")
    done = subprocess.run([sys.executable, ROOT / "scripts/demo.py", tmp_path, guests32, "qemu_arm"],
                          capture_output=True, text=True, timeout=patience(300))
    assert done.returncode == 0, done.stdout + done.stderr
    assert ENDS[""] in done.stdout


def test_a_second_demo_waits(tmp_path):
    """It has the disk and the logs of the first one."""
    lock = one_at_a_time.own_folder(tmp_path / "demo")
    second = subprocess.Popen([sys.executable, "-B", ROOT / "scripts/demo.py", tmp_path, tmp_path / "guests"],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert second.stdout.readline() == f"dtshim: waiting for another process that works in {tmp_path}/demo\n"
    lock.close()
    second.communicate(timeout=patience(60))
    assert second.returncode, "it has no guests"


def demo_board(name, folder, qemus, **environment):
    (folder / "dtshim.img").symlink_to(BUILD / "dtshim.img")
    return subprocess.run([sys.executable, ROOT / "scripts/demo_board.py", name,
                           folder / "dtshim.img", GUESTS, qemus], capture_output=True, text=True,
                          timeout=patience(300), env={**os.environ, **environment})


@pytest.mark.slow
@pytest.mark.parametrize("name", models.with_model())
def test_demo_of_a_board(guests, tmp_path, name):
    board = models.read(name)
    try:
        models.emulator_for(board, QEMUS)
    except models.NoModel as error:
        pytest.skip(str(error))
    done = demo_board(name, tmp_path, QEMUS or tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (f"dom0 is at {board.qemu['base']:#x}, as dtshim planned; without dtshim, Xen put it at "
            f"{board.qemu['alone'][GUESTS.name]:#x}.") in done.stdout


@pytest.mark.parametrize("name", ["raspi5", "qemu_arm64", "nothing"])
def test_a_board_without_a_model(tmp_path, name):
    done = demo_board(name, tmp_path, tmp_path)
    assert done.returncode == 1 and f"no model of a board '{name}'" in done.stderr
    assert "what to do: make demo BOARD=, one of imx8mm_evk, imx8mp_evk, raspi4b," in done.stderr


def test_a_qemu_that_cannot_be_had(tmp_path):
    """This machine's is too old, and its apt has no sources."""
    old = tmp_path / models.PROGRAM
    old.write_text("#!/bin/sh\necho QEMU emulator version 7.2.1\n")
    old.chmod(0o755)
    (tmp_path / "apt.conf").write_text(f'Dir::Etc::sourcelist "{tmp_path}/none";\n'
                                       f'Dir::Etc::sourceparts "{tmp_path}/none.d";\n')
    done = demo_board("imx8mm_evk", tmp_path, tmp_path / "qemus", DTSHIM_CACHE=str(tmp_path / "cache"),
                      APT_CONFIG=str(tmp_path / "apt.conf"), PATH=f"{tmp_path}:{os.environ['PATH']}")
    assert done.returncode == 1
    assert ("demo: imx8mm-evk is in QEMU 11.0 and newer: QEMU 11.1 is not available: no apt source of "
            "this machine has it\n  what to do: ") in done.stderr
