# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Xen's own EFI stub, without dtshim: what each way by UEFI makes of the same files.

What boots with dtshim is compared with these. make check has one way of each release, and U-Boot's;
make check-uefi has all of them.
"""
import re

import pytest

import board as emulated
from chain import total
from patience import until
from places import GUESTS
from uefi import (MIB, XEN_LINE, by_grub, by_itself, by_shell, by_systemd_boot, fat_disk,
                  grub_modules, in_check_uefi, payload, xen_cfg)

pytestmark = pytest.mark.slow

BASE, DOM0 = 0x40000000, 512 * MIB
# Under U-Boot's own UEFI it depends on U-Boot, of Debian 12 and 13, not on Xen.
BY_UBOOT = {"12": 0x50000000, "13": 0x40000000}
# GRUB's own loader of programs, in Debian's image of it since 13, refuses Xen: it has an empty section
# where its headers are. Without that module the firmware's loader gets it.
FIRMWARE_LOADS = "rmmod peimage\n"
WAYS = {"GRUB": lambda parts: by_grub(parts, FIRMWARE_LOADS + grub_modules()),
        "shell": by_shell, "systemd-boot": by_systemd_boot}


def every_way(release, *in_check):
    return [pytest.param(release, way, marks=() if way in in_check else in_check_uefi) for way in WAYS]


@pytest.fixture
def files(ramdisk):
    return payload(ramdisk) | xen_cfg()


def assert_came_up(board, base=BASE):
    report = board.finish()
    assert total(board.banks()) == (base, DOM0)
    assert report.all("system-ram")[0].startswith(f"{base:x}-")
    assert "quiet" in report.one("bootargs") and report.all("record layout") == []


@pytest.mark.parametrize("release, way", every_way("12", "GRUB") + every_way("13", "systemd-boot"))
def test_dom0_comes_up(start_uefi, uefi, files, release, way):
    assert_came_up(start_uefi(release, files | WAYS[way](uefi(release))))


def test_bootefi(files, tmp_path):
    disk = fat_disk(tmp_path / "disk", files)
    with emulated.Board(GUESTS, tmp_path / "u-boot.log", drive=disk, ram="1G") as board:
        board.prompt()
        board.command("load virtio 0 ${kernel_addr_r} xen.efi")
        board.start("bootefi ${kernel_addr_r} ${fdtcontroladdr}")
        assert_came_up(board, BY_UBOOT[GUESTS.name])


# ---- where it does not come up ----------------------------------------------------------------

def words_in_ram(board, ram=512 * MIB, part=64 * MIB):
    """What Xen has in its ring, where its console was never found."""
    found = ""
    for at in range(BASE, BASE + ram, part):
        text = board.memory(at, min(part + MIB, BASE + ram - at))
        found += "".join(run.decode() for run in re.findall(rb"(?:\(XEN\) ?[^\0]*\n)+", text))
    board.log_path.with_suffix(".memory").unlink()
    return found


def words_of_a_silent_xen(board):
    board.expect(["Using bootargs from Xen configuration file", "Using modules provided by bootloader"])
    until(lambda: "Panic on CPU 0:" in words_in_ram(board))
    assert "(XEN)" not in board.text()
    return words_in_ram(board)


@in_check_uefi
@pytest.mark.parametrize("release", ["12", "13"])
def test_with_acpi_it_says_nothing(start_uefi, uefi, ramdisk, release):
    """The tree is the stub's own, then, and has no more than /chosen."""
    files = payload(ramdisk) | xen_cfg(f"{XEN_LINE} noreboot")
    board = start_uefi(release, files | by_systemd_boot(uefi(release)), acpi=True, ram="512M")
    assert "Unable to find a compatible timer in the device tree" in words_of_a_silent_xen(board)


@in_check_uefi
@pytest.mark.parametrize("way", WAYS)
def test_a_firmware_that_wants_the_map_again(start_uefi, uefi, ramdisk, way):
    """Xen counts all RAM twice, as sid's EDK2 refuses the first ExitBootServices."""
    line = f"{XEN_LINE} noreboot"
    script = FIRMWARE_LOADS + grub_modules(xen_line=line)
    ways = WAYS | {"GRUB": lambda parts: by_grub(parts, script)}
    board = start_uefi("sid", payload(ramdisk) | xen_cfg(line) | ways[way](uefi("sid")), ram="512M")
    words = words_of_a_silent_xen(board)
    assert re.search(r"Xen BUG at common/page_alloc\.c", words)
    banks = re.findall(r"RAM: (\w+ - \w+)", words)
    assert banks and all(banks.count(one) == 2 for one in banks[2:])


@in_check_uefi
@pytest.mark.parametrize("release", ["13", "sid"])
def test_grub_s_own_loader_refuses_it(start_uefi, uefi, files, release):
    board = start_uefi(release, files | by_grub(uefi(release), grub_modules()))
    board.expect(["error: cannot load image"])


@in_check_uefi
@pytest.mark.parametrize("release", ["12", "13", "sid"])
def test_secure_boot_starts_nothing_unsigned(start_uefi, ramdisk, release):
    """No key of this firmware's has signed Xen; with Secure Boot off the firmware does start it."""
    files = payload(ramdisk) | by_itself(GUESTS / "xen")
    board = start_uefi(release, files, secure=True)
    board.expect(["Access Denied", "Security Violation"])
    assert "EFI loader" not in board.text()
    start_uefi(release, files).expect(["EFI loader"])
