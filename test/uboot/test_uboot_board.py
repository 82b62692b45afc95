# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Whole boots of a U-Boot that was built with dtshim: QEMU's arm64 board, no stage.

As in test_chain.py, what Xen prints and what dom0 reports is what counts.
"""
import gzip
import re
import subprocess
import textwrap

import pytest

import board as emulated
import failures
from chain import (BASE, KERNEL, LINE, MIB, RAMDISK, XEN, XEN_LINE, add_tagged_device, assert_dom0,
                   total)
from places import GUESTS, ROOT, UBOOT, guest_version
from uboot_boards import ITS, XEN_CHOICE, assert_comes_back
from uboot_sandbox import reserved

WITH, AUTO = UBOOT / "qemu_arm64.bin", UBOOT / "qemu_arm64-auto.bin"
FIT = 0x68000000


@pytest.fixture
def boot(tmp_path, ramdisk):
    """A board at U-Boot's prompt, with Xen, kernel and ramdisk in RAM and a tree at TREE."""
    boards = []

    def start(firmware, files=None, kernel_node=True, dom0=512, scrub=False, **machine):
        if not firmware.exists():
            pytest.skip("no U-Boot with dtshim was built for QEMU")
        files = files or {XEN: GUESTS / "xen", KERNEL: GUESTS / "Image", RAMDISK: ramdisk}
        board = emulated.Board(GUESTS, tmp_path / f"console{len(boards)}.log", files=files,
                               firmware=firmware, **machine)
        boards.append(board)
        board.prompt()
        emulated.prepare_tree(board, LINE)
        if not scrub:
            board.command(f'fdt set /chosen xen,xen-bootargs "{XEN_LINE}"')
        if kernel_node:
            emulated.add_payload(board, {"kernel": (KERNEL, GUESTS / "Image")})
        add_tagged_device(board)
        board.command(f"setenv dtshim_dom0_mem {dom0}M")
        return board
    yield start
    for board in boards:
        board.__exit__()


def line(ramdisk):
    """What booti takes: what to boot, the ramdisk, the tree."""
    return f"{XEN:x} {RAMDISK:x}:{ramdisk.stat().st_size:x} {emulated.TREE:x}"


def test_quick(boot, ramdisk):
    board = boot(WITH)
    board.start(f"dtshim boot {line(ramdisk)}")
    assert_dom0(board, 512)


def where_it_lies(line):
    """Behind the kernel: README shows that of Linux 6.1; the ramdisk of a test is of any size."""
    line = re.sub(r"\bramdisk at 0x\w+", "ramdisk at the end", line)
    if guest_version("linux-image") == (6, 1):
        return line
    return re.sub(r"\b(Xen|tree) at 0x6\w+", r"\1 behind the kernel", line)


@pytest.mark.parametrize("board", ["qemu_arm64", "qemu_arm"])
def test_what_it_costs(board):
    """doc/guide/uboot.rst has it of Debian 12's U-Boot, to 5 %."""
    sizes = UBOOT / f"{board}.sizes"
    if not sizes.exists() or not (UBOOT / "version").read_text().startswith("u-boot 2023.01"):
        pytest.skip("Debian 12's U-Boot was not built with dtshim")
    stock, ours = map(int, sizes.read_text().split())
    name = "arm64" if board == "qemu_arm64" else "32-bit"
    grown, now = re.search(rf"^{name} +(\d+) KiB +([\d.]+) MiB$", (ROOT / "doc/guide/uboot.rst").read_text(),
                           re.M).groups()
    assert (ours - stock) / 1024 == pytest.approx(int(grown), rel=0.05)
    assert ours / MIB == pytest.approx(float(now), abs=0.06)


def test_the_transcript(tmp_path, ramdisk):
    """doc/guide/uboot.rst's commands, on the files of this machine: every line that it shows comes."""
    shown = (ROOT / "doc/guide/uboot.rst").read_text().split("where you would type ``booti``::\n")[1]
    shown = textwrap.dedent(shown.split("\n\n``boot`` runs")[0]).strip().split("\n")
    commands = [line[3:] for line in shown if line.startswith("=> ")]
    assert len(commands) == 9 and commands[-1].startswith("dtshim boot ")
    sizes = {"0x1f6dfc0": f"{(GUESTS / 'Image').stat().st_size:#x}",
             ":fde06": f":{ramdisk.stat().st_size:x}"}
    files = {XEN: GUESTS / "xen", KERNEL: GUESTS / "Image", RAMDISK: ramdisk}
    with emulated.Board(GUESTS, tmp_path / "log", files=files, firmware=WITH) as board:
        board.prompt()
        for command in commands:
            for said, true in sizes.items():
                command = command.replace(said, true)
            board.start(command)
            board.expect(["dtshim: starting Xen.*\n" if command.startswith("dtshim boot")
                          else "=> "])
        said = [where_it_lies(line) for line in board.text().replace("\r", "").split("\n")]
    assert [line for line in shown if line.strip() != "..." and not line.startswith("=> ")
            and where_it_lies(line) not in said] == []


@pytest.mark.parametrize("ram, dom0, gic", [("1G", 256, 2), ("2G", 768, 3), ("4G", 1024, 3)])
def test_hook_with_a_stock_script(boot, ramdisk, ram, dom0, gic):
    board = boot(AUTO, dom0=dom0, ram=ram, gic=gic, scrub=True)
    board.start(f"booti {line(ramdisk)}")
    assert_dom0(board, dom0)


def test_without_the_hook_a_stock_script_is_left_alone(boot, ramdisk):
    """The same line as above, of a U-Boot that has the command only."""
    board = boot(WITH)
    board.command('fdt set /chosen xen,xen-bootargs "dom0_mem=512M"')
    board.start(f"booti {line(ramdisk)}")
    report = board.finish()
    assert total(board.banks()) == (XEN_CHOICE, 512 * MIB)
    assert report.one("record layout") is None


@pytest.fixture
def fit(tmp_path, ramdisk):
    for name, path in (("xen", GUESTS / "xen"), ("initrd", ramdisk)):
        (tmp_path / name).symlink_to(path)
    (tmp_path / "Image.gz").write_bytes(gzip.compress((GUESTS / "Image").read_bytes(), 1))
    (tmp_path / "boot.its").write_text(ITS)
    subprocess.run(["mkimage", "-f", "boot.its", "boot.itb"], cwd=tmp_path, check=True,
                   capture_output=True)
    return {FIT: tmp_path / "boot.itb"}


@pytest.mark.parametrize("typed, firmware", [
    (f"dtshim boot {FIT:x}#xen", WITH), (f"bootm {FIT:x}#xen {FIT:x}#xen {emulated.TREE:x}", AUTO)])
def test_fit(boot, fit, typed, firmware):
    board = boot(firmware, fit, kernel_node=False)
    board.command(f"setenv fdtaddr {emulated.TREE:x}")
    board.start(typed)
    assert_dom0(board, 512)


def test_refused_comes_back_to_the_prompt(boot, ramdisk):
    """bootm itself would panic; then the same board boots after all."""
    board = boot(WITH, dom0=16384)
    board.start(f"dtshim boot {line(ramdisk)}")
    assert_comes_back(board, "dom0-size")
    board.command("setenv dtshim_dom0_mem 512M")
    board.start(f"dtshim boot {line(ramdisk)}")
    assert_dom0(board, 512)


def reserved_now(board):
    start = len(board.text())
    board.command("bdinfo")
    return reserved(board.text()[start:])


def test_refused_boots_take_nothing_of_lmb(boot, ramdisk):
    """2025.01 keeps what boots took: tree and ramdisk of those that end here would add up."""
    board = boot(WITH, dom0=16384)
    board.command("setenv initrd_high") # or the ramdisk stays where it is
    taken = []
    for _ in range(2):
        board.start(f"dtshim boot {line(ramdisk)}")
        board.expect(["Loading Ramdisk to"])
        board.expect(["the boot is refused"])
        board.expect(["=> "])
        taken.append(reserved_now(board))
    assert taken[0] and taken[0] == taken[1]


def test_refused_by_the_hook(boot, ramdisk):
    """It goes as U-Boot has it for a tree that it cannot make: the board starts anew."""
    board = boot(AUTO, dom0=16384)
    board.start(f"booti {line(ramdisk)}")
    board.expect([r"\[dom0-size\]"])
    board.expect(["the boot is refused"])
    board.expect(["FDT creation failed"])
    board.expect(["U-Boot 20"])


def test_pass_through(boot, ramdisk):
    board = boot(AUTO, dom0=16384)
    board.command('fdt set /chosen xen,xen-bootargs "dom0_mem=512M"')
    board.command("setenv dtshim_on_error pass-through")
    board.start(f"booti {line(ramdisk)}")
    report = board.finish()
    assert total(board.banks()) == (XEN_CHOICE, 512 * MIB)
    assert report.one("record layout") is None


def test_linux_alone(boot, ramdisk):
    """With contract none a kernel boots by itself, as if dtshim were not there."""
    board = boot(AUTO, kernel_node=False)
    board.command("setenv dtshim_contract none; setenv bootargs console=ttyAMA0 rdinit=/init")
    board.start(f"booti {KERNEL:x} {RAMDISK:x}:{ramdisk.stat().st_size:x} {emulated.TREE:x}")
    report = board.finish()
    assert report.one("record layout") is None and report.all("system-ram")[0].startswith(
        f"{BASE:x}-")


def test_tree_at_the_very_top(boot, ramdisk):
    """Just below U-Boot itself: 2 GiB end at 0xc0000000."""
    board = boot(WITH)
    board.command("fdt move ${fdtaddr} 0xbc000000 0x110000")
    board.start(f"dtshim boot {line(ramdisk).rsplit(' ', 1)[0]} bc000000")
    assert_dom0(board, 512)


def test_a_32_bit_xen(boot, ramdisk, guests32):
    """U-Boot has no bootz that could say so."""
    board = boot(WITH, {XEN: guests32 / "xen", KERNEL: GUESTS / "Image", RAMDISK: ramdisk})
    board.start(f"dtshim boot {line(ramdisk)}")
    board.expect([r"is an arm32 zImage, and this U-Boot starts arm64 Images \[payload\]"])
    board.expect(["=> "])
    assert "Unknown command" not in board.text()


# The cells of doc/reference/failures.rst that the sandbox cannot be in.
@pytest.mark.parametrize("way", ["dtshim boot", "every boot"])
def test_without_el2(boot, ramdisk, way):
    """No hypervisor starts there, whatever on-error says."""
    firmware, command = (WITH, "dtshim boot") if way == "dtshim boot" else (AUTO, "booti")
    board = boot(firmware, el2=False)
    board.command("setenv dtshim_on_error pass-through")
    board.start(f"{command} {line(ramdisk)}")
    board.expect([r"not at EL2.*\[unsupported\]"])
    board.expect(["there is nothing to start"])
    board.expect([{"prompt": "=> ", "reset": "U-Boot 20"}[failures.TABLE["not at EL2"][way]]])
