# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Which QEMU a board is started with, and what is said where there is none."""
import re
import subprocess

import pytest

import models
from places import RELEASES, ROOT


@pytest.fixture
def qemu(tmp_path, monkeypatch):
    """A QEMU of some version that has some machines: this machine's, or a fetched one."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")
    models.said.cache_clear()

    def make(version, machines, fetched=None):
        folder = tmp_path / "fetched" / fetched if fetched else tmp_path / "bin"
        folder.mkdir(parents=True)
        lines = "\n".join(f"echo '{machine}   a board'" for machine in ["none", *machines])
        program = folder / models.PROGRAM
        program.write_text(f'#!/bin/sh\nif [ "$1" = --version ]; then echo "QEMU emulator version {version}"'
                           f"\nelse :\n{lines}\nfi\n")
        program.chmod(0o755)
        (folder / "complete").touch()
        return program
    yield make
    models.said.cache_clear()


RASPI = models.read("raspi4b")


def test_its_own_is_taken_where_it_has_the_board(qemu, tmp_path):
    own = qemu("9.1.2", ["raspi4b"])
    qemu("10.0.2", ["raspi4b"], "10.0")
    assert models.emulator_for(RASPI, tmp_path / "fetched") == str(own)


def test_else_the_oldest_that_was_fetched(qemu, tmp_path):
    qemu("7.2.22", ["raspi3b"])
    qemu("11.1.3", ["raspi4b"], "11.1")
    wanted = qemu("10.0.2", ["raspi4b"], "10.0")
    assert models.emulator_for(RASPI, tmp_path / "fetched") == wanted


def test_what_was_fetched_halfway_is_none(qemu, tmp_path):
    qemu("7.2.22", [])
    (qemu("10.0.2", ["raspi4b"], "10.0").parent / "complete").unlink()
    with pytest.raises(models.NoModel, match="raspi4b is in QEMU 9.0 and newer: make check-boards"):
        models.emulator_for(RASPI, tmp_path / "fetched")


def test_the_reason_why_none_could_be_fetched(qemu, tmp_path):
    qemu("7.2.22", [])
    (tmp_path / "fetched/10.0").mkdir(parents=True)
    (tmp_path / "fetched/10.0/skipped").write_text("QEMU 10.0 is not available: no network\n")
    with pytest.raises(models.NoModel, match="newer: QEMU 10.0 is not available: no network"):
        models.emulator_for(RASPI, tmp_path / "fetched")


def test_a_board_that_says_too_old_a_qemu(qemu):
    """Or every test of it would be skipped, for ever."""
    qemu("9.0.1", ["raspi4c"])
    with pytest.raises(RuntimeError, match='raspi4b: since = "9.0", but .* has no raspi4b'):
        models.emulator_for(RASPI)


@pytest.mark.parametrize("name", models.with_model())
def test_each_board_has_a_qemu(name):
    board = models.read(name)
    assert models.release_for(board) in ("10.0", "11.1")
    assert sorted(board.qemu["alone"]) == RELEASES
    assert board.qemu["base"] not in board.qemu["alone"].values(), "no negative control"


@pytest.mark.slow
def test_make_says_which_boards_there_are():
    said = subprocess.run(["make", "-s", "-C", ROOT, "help"], capture_output=True, text=True).stdout
    assert ", ".join(models.with_model()) in re.sub(r"\s+", " ", said)


# ---- trees -----------------------------------------------------------------------------------

BANKS = [(0x40000000, 0x80000000), (0x100000000, 0x80000000)]


def test_memory_is_in_one_node(bare_tree, tmp_path):
    """That which a larger board would have as well goes."""
    tree = models.Tree(bare_tree("memory@0 { device_type = \"memory\"; reg = <0 0 0 0>; };"
                                 "memory@800000000 { device_type = \"memory\"; reg = <8 0 1 0>; };"
                                 "memory-controller@1 { };").read_bytes())
    models.give_memory(tree, BANKS)
    out = tree.write(tmp_path / "out.dtb")
    assert sorted(tree.paths()) == ["/", "/memory-controller@1", "/memory@0"]
    assert fdtget(out, "/memory@0", "reg") == "0 40000000 0 80000000 1 0 0 80000000"


def fdtget(tree, path, name, kind="x"):
    return subprocess.run(["fdtget", "-t", kind, tree, path, name], check=True, capture_output=True,
                          text=True).stdout.strip()


def test_nodes_are_switched_off_by_pattern(bare_tree, tmp_path):
    tree = models.Tree(bare_tree("soc { i2c@7ef1 { }; i2c@7ef2 { status = \"okay\"; }; i2c@1 { }; };"
                                 ).read_bytes())
    models.switch_off(tree, ["i2c@7ef*"])
    out = tree.write(tmp_path / "out.dtb")
    assert [fdtget(out, f"/soc/i2c@{at}", "status", "s") for at in ("7ef1", "7ef2")] == ["disabled"] * 2
    assert subprocess.run(["fdtget", out, "/soc/i2c@1", "status"], capture_output=True).returncode
    with pytest.raises(RuntimeError, match="off: spi@. matches nothing in this tree"):
        models.switch_off(tree, ["spi@*"])
