# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""A card of `dtshim image` in QEMU's model of its board, from the SD controller on: Debian's U-Boot
for the board reads the card and starts the stage, which starts Xen. QEMU starts U-Boot where the
board's own firmware would. The negative control is in test_boards.py: Xen without the stage.
"""
import os
import subprocess

import pytest

import board as emulated
import models
from chain import BRIEF, total
from patience import patience
from places import BUILD, GUESTS, QEMUS, ROOT

pytestmark = pytest.mark.slow

ALL = {name: board for name, board in models.with_model().items() if "card" in board.qemu}


def package_of(board):
    return next(one["package"] for one in board.image["file"] if one["file"] == board.qemu["card"])


@pytest.fixture
def u_boot(tmp_path):
    """Debian's for the board, from the cache if it is there."""
    def of(board):
        package = package_of(board)
        parts = models.ROOT / os.environ.get("DTSHIM_CACHE", "build/cache") / "parts" / GUESTS.name
        done = subprocess.run([ROOT / "scripts/fetch-parts", GUESTS.name, parts, package],
                              capture_output=True, text=True)
        if done.returncode:
            pytest.skip(done.stderr.strip().splitlines()[-1])
        return parts / package / board.qemu["card"]
    return of


def make_card(board, folder, ramdisk):
    """For QEMU a card's size is a power of two; the tree has nothing that the model lacks."""
    tree = models.Tree((GUESTS / "dtbs/arm64" / board.tree["file"]).read_bytes())
    models.switch_off(tree, board.qemu["off"])
    made = subprocess.run(
        [ROOT / "image/dtshim-image", "--board", board.name, "-o", folder / "card.img", "--no-firmware",
         "--debian", GUESTS.name, "--stage", BUILD / "dtshim.img", "--xen", GUESTS / "xen",
         "--kernel", GUESTS / "Image", "--ramdisk", ramdisk, "--tree", tree.write(folder / "board.dtb"),
         "--ram", board.qemu["memory"], "--xen-line", board.qemu["xen"], "--boot-size", "100M",
         "--dom0-line", f"console={board.qemu['console']} rdinit=/init quiet {BRIEF}"],
        env={**os.environ, "DTSHIM_TOOL": str(BUILD / "dtshim")}, capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    os.truncate(folder / "card.img", 128 << 20)
    return folder / "card.img"


@pytest.mark.parametrize("name", ALL)
def test_a_card_boots_to_dom0(name, guests, ramdisk, tmp_path, u_boot):
    model = ALL[name]
    try:
        emulator = models.emulator_for(model, QEMUS)
    except models.NoModel as error:
        pytest.skip(str(error))
    firmware, card = u_boot(model), make_card(model, tmp_path, ramdisk)
    with emulated.Board(
            guests, tmp_path / "console.log", firmware=False, timeout=patience(180),
            extra=["-kernel", str(firmware), "-dtb", str(tmp_path / "board.dtb"),
                   "-drive", f"file={card},format=raw,if=sd"],
            line=[str(emulator), *model.qemu["options"], "-display", "none", "-nic", "none"]) as board:
        board.expect(["Hit any key to stop autoboot"])  # its banner is on the other UART
        board.expect(["dtshim: starting Xen at"])
        assert "copies    none: every module is where it has to be" in board.text()
        report = board.finish()
        base, size = model.qemu["base"], models.dom0_size(model)
        assert total(board.banks()) == (base, size)
        assert report.one("record dom0-memory") == f"{base:016x}{size:016x}"
