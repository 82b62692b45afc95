# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""What forecast --entry uefi says of a firmware's map, and what Xen does that its own stub starts there."""
import json
import re

import libfdt
import pytest

import board as emulated
from patience import patience
from places import GUESTS
from uefi import by_grub, by_shell, fat_disk, grub_modules, in_check_uefi, payload, xen_cfg

pytestmark = pytest.mark.slow

# What prints the map before it starts Xen: of the shell and of GRUB (rmmod: see test_uefi_xen.py).
WAYS = {"shell": lambda parts, line: by_shell(parts, "memmap\nfs0:\nxen.efi\n"),
        "GRUB": lambda parts, line: by_grub(parts, "rmmod peimage\nlsefimmap\n" + grub_modules(xen_line=line))}
PLACES = {"--xen-at": r"Grant table range: (0x\w+)-", "--kernel-at": r"Loading \w+ kernel from boot module @ (\w+)",
          "--ramdisk-at": r"Loading ramdisk from boot module @ (\w+)"}


def banks_in(text):
    return [(int(first, 16), int(end, 16)) for first, end in re.findall(r"BANK\[\d+\] (0x\w+)-(0x\w+)", text)]


@pytest.fixture
def board_tree(tmp_path):
    """QEMU's, with Xen's line, which xen.cfg or GRUB says here."""
    def make(ram, line):
        path = emulated.board_tree(tmp_path / "board.dtb", GUESTS, ram=ram)
        tree = libfdt.Fdt(path.read_bytes())
        tree.resize(tree.totalsize() + 4096)
        tree.setprop_str(tree.path_offset("/chosen"), "xen,xen-bootargs", line)
        path.write_bytes(bytes(tree.as_bytearray()))
        return path
    return make


def forecast_banks(tool, log, tree, *options):
    """The console as it was captured is the map's file."""
    answer = json.loads(tool("forecast", "--json", "--entry", "uefi", "--efi-map", log, *options, tree).out)
    [one] = answer["forecasts"]
    assert "map" not in one["unknown"] and one["dom0"]["sure"]
    return [(int(bank["base"], 16), int(bank["base"], 16) + int(bank["size"], 16)) for bank in one["dom0"]["banks"]]


@pytest.mark.parametrize("release, way, ram, size", [
    ("12", "shell", "1G", "512M"),
    *(pytest.param(*case, marks=in_check_uefi) for case in [
        ("12", "GRUB", "1G", "512M"), ("12", "GRUB", "3G", "768M"), ("12", "shell", "4G", "512M"),
        ("13", "shell", "768M", "256M"), ("13", "shell", "6G", "512M"), ("13", "GRUB", "3G", "768M")])])
def test_dom0_is_where_it_is_forecast(tool, start_uefi, uefi, ramdisk, board_tree, release, way, ram, size):
    """With places that are assumed, and with Xen's own."""
    line = f"loglvl=all dom0_mem={size}"
    board = start_uefi(release, payload(ramdisk) | xen_cfg(line) | WAYS[way](uefi(release), line), ram=ram)
    board.expect(["Freed [0-9]+kB init memory"], patience(60))
    text = board.text()
    files = ["--xen", GUESTS / "xen", "--kernel", GUESTS / "Image", "--ramdisk", ramdisk]
    places = [word for option, pattern in PLACES.items()
              for word in (option, f"0x{int(re.search(pattern, text)[1], 16):x}")]
    tree = board_tree(ram, line)
    for more in ([], places):
        assert forecast_banks(tool, board.log_path, tree, *files, *more) == banks_in(text) != []


@in_check_uefi
@pytest.mark.parametrize("ram", ["1G", "2G"])
def test_dom0_is_where_it_is_forecast_by_u_boots_map(tool, ramdisk, board_tree, tmp_path, ram):
    guests = GUESTS.parent / "13"  # whose U-Boot can tell it
    if not (guests / "complete").exists():
        pytest.skip("Debian 13's files were not fetched: make check does that")
    disk = fat_disk(tmp_path / "disk", payload(ramdisk, guests) | xen_cfg())
    with emulated.Board(guests, tmp_path / "u-boot.log", drive=disk, ram=ram) as board:
        board.prompt()
        board.command("efidebug memmap")
        board.command("load virtio 0 ${kernel_addr_r} xen.efi")
        board.start("bootefi ${kernel_addr_r} ${fdtcontroladdr}")
        board.expect(["Freed [0-9]+kB init memory"], patience(60))
        tree = board_tree(ram, "dom0_mem=512M")
        assert forecast_banks(tool, board.log_path, tree, "--xen", guests / "xen") == banks_in(board.text()) != []
