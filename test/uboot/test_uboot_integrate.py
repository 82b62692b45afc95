# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""dtshim as a part of a U-Boot source tree: what changes, and that it can be taken back.

That such a U-Boot works is test_uboot_board.py's: scripts/build-uboot makes it in this way.
"""
import subprocess

import pytest

from patience import patience
from places import ROOT, UBOOT



def run(*command, cwd=ROOT, code=0):
    done = subprocess.run([str(word) for word in command], cwd=cwd, capture_output=True,
                          text=True, timeout=patience(300))
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def integrate(tree, *more, code=0):
    return run("make", "--no-print-directory", "uboot-integrate", f"UBOOT={tree}", *more, code=code)


@pytest.fixture
def source():
    if not (UBOOT / "source/u-boot").exists():
        pytest.skip("no U-Boot source was fetched")
    return UBOOT / "source/u-boot"


@pytest.fixture
def tree(source, tmp_path):
    run("cp", "-r", source, tmp_path / "u-boot")
    return tmp_path / "u-boot"


def differences(source, tree, code=1):
    return run("diff", "-r", "--no-dereference", source, tree, code=code)


def test_two_lines_and_back(tree, tmp_path):
    source = tmp_path / "before"  # U-Boot's sandbox may run in the source meanwhile, and leaves files
    run("cp", "-r", tree, source)
    said = integrate(tree)
    lines = [line for line in differences(source, tree).split("\n") if line[:1] in "<>"]
    assert [line for line in lines if line] == ['> source "dtshim/Kconfig"',
                                                "> libs-$(CONFIG_DTSHIM) += dtshim/"]
    assert 'Kconfig: + source "dtshim/Kconfig"' in said and "make olddefconfig" in said
    assert all(path.is_symlink() for path in (tree / "dtshim").iterdir())
    once = differences(source, tree)
    integrate(tree)
    assert differences(source, tree) == once
    assert "dtshim/: removed" in integrate(tree, "UNDO=1")
    differences(source, tree, code=0)
    integrate(tree, "UNDO=1")
    differences(source, tree, code=0)


@pytest.mark.parametrize("folder, words", [
    ("", "no U-Boot source tree is named"), ("/nowhere", "/nowhere is not a U-Boot source tree"),
    (ROOT, "is not a U-Boot source tree")], ids=["none", "nowhere", "other"])
def test_not_a_u_boot(folder, words):
    said = integrate(folder, code=2)
    assert words in said and "what to do: " in said


def test_something_else_of_that_name(tree):
    (tree / "dtshim").mkdir()
    (tree / "dtshim/Makefile").write_text("mine")
    assert "is there already" in integrate(tree, code=2)
    assert "is there already" in integrate(tree, "UNDO=1", code=2)
    assert (tree / "dtshim/Makefile").read_text() == "mine"


def test_kconfig_without_a_last_newline(tree):
    before = (tree / "Kconfig").read_text().rstrip()
    (tree / "Kconfig").unlink()
    (tree / "Kconfig").write_text(before)
    integrate(tree)
    integrate(tree)
    assert (tree / "Kconfig").read_text() == f'{before}\nsource "dtshim/Kconfig"\n'


def test_objects_stay_in_u_boots_tree(tree):
    """Built in its own folder, without O=: as many do, and the hardest to keep apart."""
    integrate(tree)
    make = ["nice", "env", "-i", "PATH=/usr/bin:/bin", "make", "-s", "NO_SDL=1", "NO_LTO=1",
            "DTC=/usr/bin/dtc", "PYTHON3=/usr/bin/python3"]
    run(*make, "sandbox_flattree_defconfig", cwd=tree)
    run("scripts/config", "--enable", "DTSHIM", "--enable", "DTSHIM_AUTO", cwd=tree)
    run(*make, "olddefconfig", cwd=tree)
    run(*make, "-j2", "dtshim/", cwd=tree)
    assert (tree / "dtshim/fdt/splice.o").exists() and (tree / "dtshim/uboot/ut.o").exists()
    assert "ft_verify_fdt" in run("nm", "dtshim/built-in.o", cwd=tree)
    assert not [path for path in (ROOT / "shim").rglob("*") if path.suffix in (".o", ".su", ".cmd")]
    run(*make, "mrproper", cwd=tree)
    assert not (tree / "dtshim/fdt/splice.o").exists()
