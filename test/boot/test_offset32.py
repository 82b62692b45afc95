# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Layout offset on a 32-bit board, as in test_offset.py: Debian 12's Xen and Linux for armhf, and a
disk that is passed through.
"""
import json
import shutil
import subprocess

import pytest

import board as emulated
from arm32 import IMAGE, LINE, assemble32
from chain import BASE, MIB, STAGE, in_ram, name_payload
from entry import STUB
from patience import patience
from places import BUILD

DISK = "/virtio_mmio@a003e00"
BUS = "/passthrough"


@pytest.fixture
def disk(tmp_path):
    return emulated.make_dma_disk(tmp_path / "disk")


@pytest.fixture
def payload(payload32, guests32, tmp_path):
    """With a ramdisk that works the disk."""
    return payload32 | {"ramdisk": (payload32["ramdisk"][0], emulated.make_initramfs(
        guests32, tmp_path / "initrd", emulated.DMA_INIT.read_text()))}


def start_stage(boot32, payload, disk, dom0, **machine):
    board = boot32(in_ram(payload, stage=(STAGE, IMAGE)), extra=emulated.dma_disk(disk), **machine)
    emulated.add_payload(board, payload)
    board.command("fdt mknode /chosen dtshim")
    for words in ('layout "offset"', f'passthrough "{DISK}"'):
        board.command(f"fdt set /chosen/dtshim {words}")
    emulated.set_u64(board, "/chosen/dtshim", "dom0-mem", dom0 * MIB)
    board.start(f"bootz {STAGE:#x} - {emulated.TREE:#x}")
    return board


@pytest.mark.slow
@pytest.mark.parametrize("dom0, block, machine", [
    (64, 0x44000000, {}), (256, 0x50000000, {}), (512, 0x60000000, {"ram": "2G", "cpu": "cortex-a7"}),
    (1024, 0x80000000, {"ram": "3G"})])
def test_dma(boot32, payload, disk, guests32, dom0, block, machine):
    """Linux reads what is on the disk, and what it writes is on the disk afterwards."""
    busybox = (guests32 / "busybox").read_bytes()[:4096]
    board = start_stage(boot32, payload, disk, dom0, **machine)
    page = board.page()
    assert board.memory(page + block - BASE, 4096) == busybox
    assert board.memory(page, 4096) != busybox
    report = board.finish_disk(xen=True)
    assert [report.one("read"), report.one("written")] == emulated.disk_sums(disk)
    assert report.one("bus") == f"{block:016x}{BASE:016x}{dom0 * MIB:016x}"
    assert report.all("system-ram")[0].startswith(f"{BASE:x}-")


class OnTheHost:
    """Both trees of the plan, before anything starts."""

    def __init__(self, folder, tree, payload, dom0):
        name_payload(tree, payload)
        subprocess.run(["fdtput", "-t", "s", tree, "/chosen", "xen,dom0-bootargs", f"{LINE} tries=8"], check=True)
        self.out, self.domain = folder / "out.dtb", folder / "out.domain.dtb"
        policy = ["--layout", "offset", "--passthrough", DISK, "--dom0-mem", f"{dom0}M",
                  "--xen-version", "4.17", "--kernel-bits", "32"]
        self.plan = json.loads(subprocess.run([BUILD / "dtshim", "plan", "--json", *policy, tree], check=True,
                                              capture_output=True).stdout)
        subprocess.run([BUILD / "dtshim", "apply", *policy, tree, "-o", self.out], check=True,
                       capture_output=True)
        self.places = {one["kind"]: int(one["to"], 16) for one in self.plan["modules"]}
        self.files = {self.places[kind]: path for kind, path in
                      (("Xen", payload["xen"][1]), ("kernel", payload["kernel"][1]),
                       ("ramdisk", payload["ramdisk"][1]), ("tree", self.out),
                       ("domain tree", self.domain))}

    def start(self, boot32, folder, disk):
        source = (f"mov r0, #0\nmvn r1, #0\nldr r2, ={self.places['tree']:#x}\n"
                  f"ldr r3, ={self.places['Xen']:#x}\nbx r3\n")
        return boot32(self.files | {STUB: assemble32(folder / "stub32", source)}, prompt=False, firmware=False,
                      extra=["-device", f"loader,addr={STUB:#x},cpu-num=0", *emulated.dma_disk(disk)])

    def forecast_size(self):
        note, = [note for note in self.plan["notes"] if note["what"].startswith("the domain's tree has")]
        return int(note["what"].split()[-2])


def cells(*values):
    return [f"{number:x}" for value in values for number in (value >> 32, value & 0xFFFFFFFF)]


@pytest.mark.slow
@pytest.mark.parametrize("change", ["as applied", "none", "a page off"])
def test_controls(boot32, tree32, payload, disk, tmp_path, change):
    """One boot as the host applied it; the same with nothing told, or something wrong by a page."""
    one = OnTheHost(tmp_path, shutil.copy(tree32, tmp_path / "in.dtb"), payload, 256)
    sums = emulated.disk_sums(disk)
    if change == "none":
        subprocess.run(["fdtput", "-d", one.domain, BUS, "dma-ranges"], check=True)
    if change == "a page off":
        subprocess.run(["fdtput", "-t", "x", one.domain, BUS, "dma-ranges",
                        *cells(0x50000000 + 4096, BASE, 256 * MIB)], check=True)
    board = one.start(boot32, tmp_path, disk)
    board.page()
    report = board.finish_disk(xen=True, timeout=patience(120))
    if change == "as applied":
        assert [report.one("read"), report.one("written")] == emulated.disk_sums(disk)
        assert int(report.one("tree")) <= one.forecast_size()
    else:
        assert report.one("read") != sums[0] and report.one("kernel")
        assert emulated.disk_sums(disk) == sums
