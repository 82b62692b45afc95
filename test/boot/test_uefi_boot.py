# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Boots by UEFI through dtshim: one dom0, whoever starts it. Without dtshim: test_uefi_xen.py."""
import re
import subprocess

import pytest

import board as emulated
from chain import make_fit, one_file, total
from places import BOARD_BUILD, GUESTS
from uefi import (BASE, DOM0_LINE, MIB, XEN_LINE, assert_came_up, by_grub, by_shell, by_systemd_boot, fat_disk,
                  grub_modules, in_check_uefi, payload, xen_cfg)

pytestmark = pytest.mark.slow

IMAGE = {"dtshim.img": BOARD_BUILD / "dtshim.img"}
OPTIONS = f'options kernel=Image ramdisk=\\initrd dom0="{DOM0_LINE}" {XEN_LINE}\n'
CHAINLOADER = rf'chainloader /dtshim.img kernel=Image ramdisk=/initrd dom0=\"{DOM0_LINE}\" {XEN_LINE}' + "\nboot\n"
WAYS = {
    "GRUB": lambda parts: by_grub(parts, grub_modules("dtshim.img")),
    "shell": lambda parts: by_shell(parts, "fs0:\ndtshim.img\n") | xen_cfg(),
    "systemd-boot": lambda parts: by_systemd_boot(parts, "dtshim.img", OPTIONS),
    "chainloader": lambda parts: by_grub(parts, CHAINLOADER),
}


def every_way(release, *in_check):
    return [pytest.param(release, way, release, marks=() if way in in_check else in_check_uefi) for way in WAYS]


@pytest.mark.parametrize("release, way, guests", every_way("12", "GRUB", "shell") +
                         every_way("13", "GRUB", "systemd-boot"), indirect=["guests"], scope="session")
def test_dom0_comes_up(start_uefi, uefi, ramdisk, guests, release, way):
    """Firmware, boot loader, Xen and Linux of one release of Debian."""
    report = assert_came_up(start_uefi(release, payload(ramdisk, guests) | IMAGE | WAYS[way](uefi(release))))
    assert report.one("record xen-version") == {"12": "4.17", "13": "4.20"}[release]


@in_check_uefi
@pytest.mark.parametrize("way, size, base", [("GRUB", 512, 0x48000000), ("systemd-boot", 512, 0x48000000),
                                             ("shell", 96, BASE)])
def test_a_firmware_that_wants_the_map_again(start_uefi, uefi, ramdisk, way, size, base):
    """Sid's EDK2, where Xen's own stub says nothing. It keeps memory 102 MiB behind the base of RAM."""
    files = payload(ramdisk) | IMAGE | WAYS[way](uefi("sid"))
    if way == "shell":
        files |= xen_cfg(xen_line=f"loglvl=all dom0_mem={size}M")
    assert_came_up(start_uefi("sid", files), base, size * MIB)


def test_u_boot_is_not_in_the_way(ramdisk, tmp_path):
    """Where U-Boot starts Xen itself dom0 is at 0x50000000."""
    disk = fat_disk(tmp_path / "disk", payload(ramdisk) | IMAGE | xen_cfg())
    with emulated.Board(GUESTS, tmp_path / "u-boot.log", drive=disk, ram="1G") as board:
        board.prompt()
        board.command("load virtio 0 ${kernel_addr_r} dtshim.img")
        board.start("bootefi ${kernel_addr_r} ${fdtcontroladdr}")
        assert_came_up(board)


@in_check_uefi
def test_u_boot_mends_a_tree_that_is_a_file(ramdisk, tmp_path):
    """By EFI_DT_FIXUP: of this one the memory node says nothing, and nobody has told its seed."""
    tree = emulated.board_tree(tmp_path / "own.dtb", GUESTS, ram="1G")
    disk = fat_disk(tmp_path / "disk", payload(ramdisk) | IMAGE | xen_cfg() | {"own.dtb": tree})
    with emulated.Board(GUESTS, tmp_path / "u-boot.log", drive=disk, ram="1G") as board:
        board.prompt()
        board.command("setenv bootargs dtb=own.dtb")
        board.command("load virtio 0 ${kernel_addr_r} dtshim.img")
        board.start("bootefi ${kernel_addr_r} ${fdtcontroladdr}")
        assert_came_up(board)
        assert "could not fix up" not in board.text()


def test_pages_are_reserved(start_uefi, uefi, ramdisk):
    """768 MiB of 3 GiB need some, and Xen's own stub drops those."""
    lines = {"xen_line": "loglvl=all dom0_mem=768M"}
    files = payload(ramdisk) | IMAGE | WAYS["shell"](uefi("13")) | xen_cfg(**lines)
    board = start_uefi("13", files, ram="3G")
    assert_came_up(board, size=768 * MIB)
    assert "reserved pages" in board.text()


def test_a_payload_in_the_image(start_uefi, uefi, ramdisk, tmp_path):
    """A section more; no other file is there."""
    files = {"dtshim.img": one_file(tmp_path, make_fit(tmp_path, ramdisk))}
    files |= by_systemd_boot(uefi("13"), "dtshim.img", f'options dom0="{DOM0_LINE}" {XEN_LINE}\n')
    assert_came_up(start_uefi("13", files))


@in_check_uefi
def test_pass_through_starts_xen_as_if_dtshim_were_not_there(start_uefi, uefi, ramdisk, tmp_path):
    """Its own loader, with the firmware's tree and xen.cfg."""
    tree = emulated.board_tree(tmp_path / "own.dtb", GUESTS, ram="1G")
    subprocess.run(["fdtput", "-cp", tree, "/chosen/dtshim"], check=True)
    subprocess.run(["fdtput", "-t", "s", tree, "/chosen/dtshim", "on-error", "pass-through"], check=True)
    subprocess.run(["fdtput", "-t", "x", tree, "/chosen/dtshim", "dom0-mem", "100", "0"], check=True)
    files = payload(ramdisk) | IMAGE | {"own.dtb": tree} | xen_cfg()
    board = start_uefi("12", files | by_shell(uefi("12"), "fs0:\ndtshim.img dtb=own.dtb\n"))
    board.expect(["there is no other place for this much memory"])
    board.expect(["dtshim: on-error is pass-through: Xen's own EFI loader is given everything unchanged"])
    board.expect(["EFI loader"])
    report = board.finish()
    assert total(board.banks()) == (BASE, 512 * MIB) and report.all("record layout") == []


# ---- errors: words, and back in the firmware ---------------------------------------------------

REFUSED = [  # load options, words, EFI_STATUS without its highest bit
    ("cfg=gone.cfg", "gone.cfg: cfg= gives a file that does not exist", "0xE"),
    ("cfg=damaged.cfg", "damaged.cfg: it has no kernel=", "0x1"),
    ("cfg=binary.cfg", "binary.cfg: it is not text", "0x1"),
    ("kernel=gone", "gone: no such file on the volume", "0xE"),
    ("kernel=Image xen=damaged.cfg", "no arm64 Image at", "0x1"),
    ("kernel=damaged.cfg", "dom0's kernel is not one that Xen starts", "0x2"),
    ("kernel=Image dom0_mem=64G", "64 GiB asked for, the board has", "0x2"),
    ("", "nothing to start: no modules, no kernel=NAME, no xen.cfg", "0xE"),
]


def words_of_each(board):
    """What came of each call, up to the echo behind it."""
    board.expect(["the end\r"])
    plain = re.sub(r"\x1b\[[\d;]*[A-Za-z]", "", board.text())
    return [" ".join(call.split()) for call in plain.split("FS0:\\> dtshim.img")[1:]]


def test_errors_lead_back_to_the_shell(start_uefi, uefi, ramdisk):
    script = "fs0:\n" + "".join(f"dtshim.img {line}\necho status %lasterror%\n" for line, _, _ in REFUSED)
    files = payload(ramdisk) | IMAGE | by_shell(uefi("12"), script + "echo the end\n")
    files |= {"damaged.cfg": "[global]\ndefault=dom0\n[dom0]\noptions=loglvl=all\n", "binary.cfg": b"[global\0"}
    calls = words_of_each(start_uefi("12", files))
    assert len(calls) == len(REFUSED)
    for call, (line, words, status) in zip(calls, REFUSED):
        assert words in call and "what to do: " in call, line
        assert "dtshim: back to the firmware" in call and call.split("status ")[-1].split()[0] == status, line


def test_acpi_alone_has_words(start_uefi, uefi, ramdisk):
    """Where Xen's own stub says nothing any more."""
    script = "fs0:\ndtshim.img\necho status %lasterror%\necho the end\n"
    files = payload(ramdisk) | IMAGE | by_shell(uefi("12"), script) | xen_cfg()
    call, = words_of_each(start_uefi("12", files, acpi=True))
    assert "no device tree: this firmware offers ACPI" in call and "QEMU: acpi=off" in call
    assert call.split("status ")[-1].split()[0] == "0x3"
