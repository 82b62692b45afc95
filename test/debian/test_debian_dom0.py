# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Debian as dom0: its root file system, Xen, kernel and ramdisk, up to a guest with a disk.

make check-debian makes the root file system first, and names it; other goals skip this.
"""
import os
import re
import sys

import pytest

import board as emulated
from chain import BASE, BRIEF, IMAGE, KERNEL, RAMDISK, STAGE, XEN, XEN_LINE, total
from login import Login
from patience import patience
from places import ROOT

sys.path.insert(0, str(ROOT / "image"))
import root_fs  # noqa: E402
from root_parts import RootParts  # noqa: E402

pytestmark = pytest.mark.slow

DOM0 = 512 << 20
# What Debian does at a first boot, or by the clock, and nothing here asks for. U-Boot 2023.01
# takes lines of 512 characters, so not all of it.
UNWANTED = ("ldconfig.service", "systemd-journal-catalog-update.service", "getty-static.service",
            "apt-daily.timer", "apt-daily-upgrade.timer")
LINE = " ".join(["console=hvc0 root=LABEL=root rw quiet loglevel=3", BRIEF,
                 *(f"systemd.mask={unit}" for unit in UNWANTED)])


@pytest.fixture(scope="module")
def root(guests, tmp_path_factory):
    """(disk, payload) of the root file system that the environment names."""
    if not os.environ.get("DTSHIM_ROOT"):
        pytest.skip("a Debian root file system takes minutes to make: make check-debian does")
    folder = tmp_path_factory.mktemp("root")
    made = root_fs.make(os.environ["DTSHIM_ROOT"], folder / "root.ext4")
    assert made.warnings == []
    (folder / "boot").mkdir()
    parts = RootParts(os.environ["DTSHIM_ROOT"], folder / "boot")
    return folder / "root.ext4", {"xen": (XEN, parts.xen()), "kernel": (KERNEL, parts.kernel()),
                                  "ramdisk": (RAMDISK, parts.ramdisk())}


@pytest.fixture
def board(guests, root, tmp_path):
    """A machine with that disk, and one for a guest; both stay as they are on the host."""
    disk, payload = root
    guest = tmp_path / "guest"
    guest.write_bytes(os.urandom(4 << 20))
    files = {STAGE: IMAGE} | dict(payload.values())
    with emulated.Board(guests, tmp_path / "console.log", files=files, drive=disk, ram="2G", cpus=2,
                        extra=["-drive", f"if=none,id=guest,format=raw,file={guest}",
                               "-device", "virtio-blk-device,drive=guest", "-snapshot"]) as one:
        one.guest_disk = guest
        one.prompt()
        emulated.prepare_tree(one, LINE)
        emulated.add_payload(one, payload)
        yield one


def start(board, stage=True):
    xen = XEN_LINE if stage else f"{XEN_LINE} dom0_mem=512M"
    board.command(f'fdt set /chosen xen,xen-bootargs "{xen}"')
    if stage:
        board.command("fdt mknode /chosen dtshim")
        board.command(f"fdt set /chosen/dtshim dom0-mem <0 {DOM0:#x}>")
    else:
        board.command('fdt set /chosen/hypervisor@50000000 compatible "none"')
    board.start(f"booti {STAGE if stage else XEN:#x} - {emulated.TREE:#x}")
    board.expect([r"BANK\[\d+\] .*\n(?!\(XEN\) BANK)"])


def guest_disk(dom0):
    """The disk without a file system: Linux may number them either way."""
    root, = dom0.run("blkid -o device").split()
    return {"/dev/vda": "/dev/vdb", "/dev/vdb": "/dev/vda"}[root]


def sum_of_disk(said):
    return re.search(r"^guest: disk (\w+)  /dev/xvda", said, re.M)[1]


def test_debian_as_dom0(board):
    start(board)
    assert total(board.banks()) == (BASE, DOM0)
    dom0 = Login(board)

    # Its memory, in Linux's own words.
    ram = re.findall(r"^([0-9a-f]+)-([0-9a-f]+) : System RAM$", dom0.run("cat /proc/iomem"), re.M)
    assert int(ram[0][0], 16) == BASE and int(ram[-1][1], 16) == BASE + DOM0 - 1

    # Xen's tools, and the programs behind them.
    assert "systemd" in dom0.run("cat /proc/1/comm")
    info = dom0.table("xl info")
    assert info["release"] == dom0.run("uname -r").strip() and info["machine"] == "aarch64"
    assert f'{info["xen_major"]}.{info["xen_minor"]}' == re.search(
        r"\(XEN\) Xen version (\d+\.\d+)", board.text())[1]
    assert re.search(rf"^Domain-0 +0 +{DOM0 >> 20} +2 ", dom0.run("xl list"), re.M)
    assert dom0.run("systemctl --failed --no-legend --plain").strip() == ""

    # A guest that reads its disk: a block device with what the host knows, and a file in dom0.
    said = dom0.run(f"busybox-guest {guest_disk(dom0)}", timeout=patience(240))
    assert re.search(rf"^guest: Linux {re.escape(info['release'])}, xen domain", said, re.M)
    assert sum_of_disk(said) == emulated.disk_sums(board.guest_disk, 4 << 20)[0]
    said = dom0.run("busybox-guest", timeout=patience(240))
    assert sum_of_disk(said) == dom0.run("md5sum /var/lib/busybox-guest/disk").split()[0]


def test_without_dtshim_it_is_elsewhere(board):
    start(board, stage=False)
    base, size = total(board.banks())
    assert size == DOM0 and base != BASE
