# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""dtshim image that is stopped, or has no place for what it makes: nothing half made is left."""
import os
import resource
import signal

import pytest

from made_up_packages import DEBIAN, STAGE

pytestmark = pytest.mark.skipif(not STAGE.exists(), reason="no boot stage: no cross compiler")

CARD = ["--board", "pine64", *DEBIAN]


@pytest.fixture
def place(tmp_path):
    """Where the image goes, and where its parts are made: both are empty."""
    for name in ("out", "tmp", "bin"):
        (tmp_path / name).mkdir()
    return tmp_path


def stop_at(place, program, what):
    """That program, which the image is made with, does this instead."""
    (place / "bin" / program).write_text(f"#!/bin/sh\n{what}\n")
    (place / "bin" / program).chmod(0o755)
    return {"PATH": f"{place}/bin:{os.environ['PATH']}", "TMPDIR": str(place / "tmp")}


def left(place):
    return sorted(os.listdir(place / "out")), os.listdir(place / "tmp")


@pytest.mark.slow
@pytest.mark.parametrize("program", ["sfdisk", "mcopy"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_nothing(image, place, program, number):
    (place / "out/card.img").write_bytes(b"old")
    environment = stop_at(place, program, f"kill -{int(number)} $PPID; exec sleep 60")
    image(*CARD, "-o", "out/card.img", code=-number, **environment)
    assert left(place) == (["card.img"], []) and (place / "out/card.img").read_bytes() == b"old"


@pytest.mark.slow
def test_a_program_that_fails_leaves_nothing(image, place):
    said = image(*CARD, "-o", "out/card.img", code=1, **stop_at(place, "sfdisk", "echo no disk >&2; exit 1"))
    assert "sfdisk: no disk" in said.stderr and left(place) == ([], [])


@pytest.mark.slow
@pytest.mark.parametrize("limit", [4096, 100 << 20])
def test_a_limit_to_the_size_of_files(image, place, limit):
    """The first file of all, or the image."""
    said = image(*CARD, "-o", "out/card.img", code=1, TMPDIR=str(place / "tmp"),
                 before=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
    assert "what to do: " in said.stderr and "Traceback" not in said.stderr
    assert left(place) == ([], [])


@pytest.mark.slow
@pytest.mark.parametrize("what", ["pipe", "folder", "dangling", "nowhere"])
def test_what_can_be_no_image(image, place, what):
    """It is refused before anything is made."""
    out = place / "out/card.img"
    make = {"pipe": lambda: os.mkfifo(out), "folder": out.mkdir, "dangling": lambda: out.symlink_to("away"),
            "nowhere": lambda: (place / "out").rmdir()}
    make[what]()
    before = out.lstat().st_mode if what != "nowhere" else None
    said = image(*CARD, "-o", "out/card.img", code=1, **stop_at(place, "mkfs.vfat", "exit 9"))
    assert "out/card.img: " in said.stderr and "what to do: " in said.stderr and "mkfs" not in said.stderr
    assert before is None or out.lstat().st_mode == before


@pytest.mark.slow
def test_a_link_is_followed(image, place):
    (place / "real.img").write_bytes(b"old")
    (place / "real.img").chmod(0o600)
    (place / "out/card.img").symlink_to("../real.img")
    image(*CARD, "-o", "out/card.img", TMPDIR=str(place / "tmp"))
    assert left(place) == (["card.img"], []) and (place / "out/card.img").is_symlink()
    assert (place / "real.img").stat().st_size > 1 << 20 and (place / "real.img").stat().st_mode & 0o777 == 0o600


@pytest.mark.slow
def test_names_with_spaces(image, place):
    """Of what is given, of what is made, and of where it is made."""
    folder = place / "my own  files"
    (folder / "tmp dir").mkdir(parents=True)
    (folder / "a ramdisk").write_bytes(b"x" * 100)
    image(*CARD, "-o", "plain.img", "--ramdisk", folder / "a ramdisk", TMPDIR=str(place / "tmp"))
    image(*CARD, "-o", folder / "my card.img", "--ramdisk", folder / "a ramdisk", TMPDIR=str(folder / "tmp dir"))
    assert (folder / "my card.img").read_bytes() == (place / "plain.img").read_bytes()
    assert os.listdir(folder / "tmp dir") == []
