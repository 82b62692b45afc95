# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""What README.rst and the manual show is what the tool prints."""
import os
import shlex
import shutil
import subprocess

import pytest

import shown
from patience import patience
from places import BOARD_BUILD, GUESTS, ROOT, TOOL

# What does no more than read a tree: typed here. The rest has a test of its own, by how it begins.
TYPED = ("build/dtshim ", "dtshim ", "dtc ")
NOT_HERE = {
    "build/dtshim image": "test/image/test_cards.py",
    "dtshim image": "test/image/test_cards.py",
    "dtshim report": "test/report/test_report_page.py",
    "dtshim plan --live": "test/host/test_live.py",
    "build/dtshim plan --load-addresses": "test/host/test_load.py",
    "build/dtshim explain": "test/host/test_explain.py",
    "make ": "test/host/test_build.py",
    "scripts/make-debian-root": "test/debian/test_debian_dom0.py",
    "cp build/guests": "test/uboot/test_uboot.py",
    "build/uboot/u-boot": "test/uboot/test_uboot.py",
    "dtc -o control.dtb": "test/uboot/test_uboot.py",
    "dtshim forecast --entry uefi": "test/host/test_way_in.py",
    "dtshim check --entry uefi": "test/host/test_way_in.py",
}

SHOWN = [one for page in shown.PAGES for one in shown.commands(page)]


def elsewhere(command):
    return next((test for start, test in NOT_HERE.items() if command.startswith(start)), None)


def test_the_readme_is_short():
    """A stranger reads it to its end."""
    lines = (ROOT / "README.rst").read_text().split("\n")
    assert len(lines) <= 200 and max(map(len, lines)) <= 110


def test_each_command_is_run_somewhere():
    left = [f"{one.page}:{one.line}: {one.command}" for one in SHOWN
            if not elsewhere(one.command) and not one.command.startswith(TYPED)]
    assert left == []
    assert [test for test in NOT_HERE.values() if not (ROOT / test).exists()] == []


@pytest.fixture(scope="session")
def example_tree(tmp_path_factory):
    path = tmp_path_factory.mktemp("example") / "board.dtb"
    subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb", "-o", path, ROOT / "doc/example.dts"], check=True)
    return path


def bring(folder, command, example):
    """The files that a command reads: the example's board, trees of Debian's boards, its guests."""
    for word in shlex.split(command):
        name = os.path.basename(word)
        if name == "board.dtb":
            shutil.copy(example, folder / name)
        elif name.endswith(".dtb") and not (folder / name).exists():
            for one in list((GUESTS / "dtbs").rglob(name))[:1]:
                shutil.copy(one, folder / name)
    for name, path in (("xen", GUESTS / "xen"), ("Image", GUESTS / "Image"), ("initrd", GUESTS / "busybox")):
        if name in shlex.split(command):
            shutil.copy(path, folder / name)
    (folder / "build").mkdir(exist_ok=True)
    for name, path in (("dtshim", TOOL), ("dtshim.img", BOARD_BUILD / "dtshim.img")):
        if not (folder / "build" / name).exists():
            (folder / "build" / name).symlink_to(os.path.abspath(path))


def pages():
    return sorted({one.page for one in SHOWN if not elsewhere(one.command)})


@pytest.mark.parametrize("page", pages())
def test_what_a_page_shows(tmp_path, example_tree, page):
    """Its commands are typed in their order in one folder; each line shown is printed, in its order."""
    (tmp_path / "doc").symlink_to(ROOT / "doc")
    for one in SHOWN:
        if one.page != page or elsewhere(one.command):
            continue
        bring(tmp_path, one.command, example_tree)
        done = subprocess.run(one.command, shell=True, cwd=tmp_path, capture_output=True, text=True,
                              env={**os.environ, "PATH": f"{tmp_path}/build:{os.environ['PATH']}"},
                              timeout=patience(60))
        assert "Sanitizer" not in done.stderr and "runtime error" not in done.stderr
        line = shown.missing(one.output, done.stderr + done.stdout)
        assert line is None, f"{page}:{one.line}: {one.command}\nshows {line}\nprinted:\n{done.stderr}{done.stdout}"
        assert one.output or done.returncode == 0, done.stderr


def test_a_line_that_is_not_printed_is_found():
    assert shown.missing("a\n...\nc", "a\nb\nc") is None
    assert shown.missing("c\na", "a\nb\nc") == "a"
    assert shown.missing("a b", "a  b") == "a b"
