# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Cards that boot: U-Boot finds the script or extlinux.conf by itself, and dom0 is where planned."""
import shutil
import subprocess

import pytest

import board as emulated
from chain import BRIEF, total
from made_up_packages import DEBIAN, STAGE
from patience import patience
from places import GUESTS

pytestmark = [pytest.mark.slow,
              pytest.mark.skipif(not STAGE.exists(), reason="no boot stage: no cross compiler")]

MIB = 1 << 20
BASE = 0x40000000
DOM0 = ["--policy", "dom0-mem=512M", "--dom0-line", f"console=hvc0 rdinit=/init quiet {BRIEF}"]


@pytest.fixture
def start(tmp_path):
    """The emulated board with this card in it, and nobody at its keys."""
    boards = []

    def on(name, **machine):
        board = emulated.Board(GUESTS, tmp_path / f"console{len(boards)}.log", drive=tmp_path / name,
                               **machine)
        boards.append(board)
        return board
    yield on
    for board in boards:
        board.__exit__()


def assert_dom0(board):
    report = board.finish()
    assert total(board.banks()) == (BASE, 512 * MIB)
    assert report.one("record layout") == "direct"
    assert report.all("system-ram")[0].startswith(f"{BASE:08x}-")
    return board.text().replace("\r", "")


def test_nothing_is_copied(image, start, ramdisk):
    """What else the plan's addresses are for."""
    line = r"""bootscrub=0 a="b c" it's \ ${devtype} ; #"""
    image("--board", "qemu_arm64", "-o", "card.img", *DEBIAN, *DOM0, "--ramdisk", ramdisk, "--xen-line",
          line)
    text = assert_dom0(start("card.img"))
    assert "copies    none" in text and "larger than its place" not in text
    assert f"@@ decision xen: Xen's command line: {line} dom0_mem=512M: " in text


def test_a_kernel_that_has_grown(image, start, ramdisk, tmp_path):
    """Larger than its place, by an update: the script finds another one."""
    image("--board", "qemu_arm64", "-o", "card.img", *DEBIAN, *DOM0, "--ramdisk", ramdisk)
    grown = tmp_path / "Image"
    shutil.copy(GUESTS / "Image", grown)
    with open(grown, "r+b") as kernel:
        kernel.truncate(80 * MIB)
    subprocess.run(["mcopy", "-o", "-i", f"{tmp_path / 'card.img'}@@1M", grown, "::Image"], check=True)
    text = assert_dom0(start("card.img"))
    assert "Image is larger than its place at 0x60200000" in text


def test_less_ram_than_the_card_was_made_for(image, start, ramdisk):
    """Words of what to do, and U-Boot's prompt."""
    image("--board", "qemu_arm64", "-o", "card.img", *DEBIAN, *DOM0, "--ramdisk", ramdisk, "--ram", "4G",
          "--policy", "dom0-mem=1G")
    board = start("card.img", ram="512M")
    board.expect(["cannot be loaded at 0x\\w+: either it is not on the card, or this board has less "
                  r"RAM than the card was made for \(dtshim image --ram\)"])
    board.expect(["=> "])


EXTLINUX = """
title = "The emulated board, by extlinux.conf"
soc = "none"
bits = 64
[tree]
from = "card"
file = "virt.dtb"
[boot]
method = "extlinux"
[image]
label = "gpt"
[known]
run = []
never = []
"""


def test_extlinux(image, start, ramdisk, made_up, tmp_path):
    tree = emulated.board_tree(tmp_path / "virt.dtb", GUESTS)
    image("--board", made_up(EXTLINUX), "-o", "card.img", *DEBIAN, *DOM0, "--ramdisk", ramdisk,
          "--tree", tree)
    board = start("card.img")
    board.prompt()
    board.command("setenv fdt_addr_r 48000000")  # this board's U-Boot has none, and takes no tree then
    board.console.send("boot\r")
    text = assert_dom0(board)
    assert "Xen, by dtshim" in text and "Retrieving file: /virt.dtb" in text


def test_the_cards_own_ramdisk(image, start):
    """Says where dom0's memory is, and gives a shell."""
    image("--board", "qemu_arm64", "-o", "card.img", *DEBIAN, "--policy", "dom0-mem=512M")
    board = start("card.img")
    board.expect(["This is dom0, Linux "], timeout=patience(120))
    board.expect(["40000000-5fffffff : System RAM"])
    board.expect(["dtshim was here, layout direct"])
    board.expect(["/ # "])
    board.console.send("echo $((6 * 7))\r")
    board.expect(["\r\n42\r"])


def test_without_the_stage_dom0_is_elsewhere(image, start, ramdisk, tmp_path):
    """The same card, whose script starts Xen: what all of this is for."""
    image("--board", "qemu_arm64", "-o", "card.img", *DEBIAN, *DOM0, "--ramdisk", ramdisk, "--xen-line",
          "dom0_mem=512M")
    card = f"{tmp_path / 'card.img'}@@1M"
    script = subprocess.run(["mtype", "-i", card, "::boot.cmd"], check=True, capture_output=True,
                            text=True).stdout
    assert "booti ${stage_addr}" in script
    (tmp_path / "boot.cmd").write_text(script.replace("booti ${stage_addr}", "booti ${xen_addr}"))
    subprocess.run(["mkimage", "-T", "script", "-A", "arm64", "-C", "none", "-d", tmp_path / "boot.cmd",
                    tmp_path / "boot.scr"], check=True, capture_output=True)
    subprocess.run(["mcopy", "-o", "-i", card, tmp_path / "boot.scr", "::boot.scr"], check=True)
    board = start("card.img")
    board.finish()
    assert total(board.banks())[0] != BASE
