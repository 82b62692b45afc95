# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The emulated board: QEMU virt with EL2, Debian's U-Boot on it, files in RAM.

Used by the demo and by the tests. Nothing here knows what dtshim decides.
"""
import functools
import gzip
import hashlib
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import time

import pexpect

from patience import patience

ROOT = pathlib.Path(__file__).resolve().parent.parent
GIB = 1 << 30
DMA_INIT = ROOT / "board/qemu_arm64/dma"  # for make_initramfs(): reads and writes the disk
TO_DOMAIN = "Serial input to DOM1"


@functools.lru_cache
def one_stage():
    """The machine whose SMMUv3 has no second stage, as up to QEMU 9.0."""
    known = subprocess.run(["qemu-system-aarch64", "-M", "help"], check=True,
                           capture_output=True, text=True).stdout
    return "virt-9.0" if "virt-9.0 " in known else "virt"


def machine_arguments(ram="2G", gic=3, el2=True, iommu=None, its=True, cpus=1):
    """QEMU's command line without firmware and files."""
    more = (f",iommu={iommu}" if iommu else "") + ("" if its else ",its=off")
    return ["qemu-system-aarch64", "-M",
            f"{one_stage() if iommu else 'virt'},virtualization={'on' if el2 else 'off'},"
            f"gic-version={gic}{more}",
            "-cpu", "cortex-a57", "-smp", str(cpus), "-m", ram, "-nographic", "-nic", "none"]


def machine32_arguments(ram="1G", gic=2, hyp=True, cpu="cortex-a15"):
    """The same of a 32-bit board; Debian's U-Boot for it finds no RAM where there are 4 GiB."""
    return ["qemu-system-arm", "-M", f"virt,virtualization={'on' if hyp else 'off'},gic-version={gic}",
            "-cpu", cpu, "-smp", "1", "-m", ram, "-nographic", "-nic", "none"]


def dma_disk(path, pci=False):
    """QEMU's options for a virtio disk that Linux drives through its DMA layer."""
    device = "virtio-blk-pci,disable-legacy=on" if pci else "virtio-blk-device"
    return ["-global", "virtio-mmio.force-legacy=false",
            "-drive", f"if=none,id=dma,format=raw,file={path}",
            "-device", f"{device},drive=dma,iommu_platform=on"]


DISK_PART = 2 << 20  # what dom0 reads at the start of the disk, and writes behind it


def make_dma_disk(path, size=DISK_PART):
    path.write_bytes(os.urandom(DISK_PART) * (size // DISK_PART) + bytes(DISK_PART))
    return path


def disk_sums(path, size=DISK_PART):
    """md5 of what dom0 had to read, and of what it has written."""
    with open(path, "rb") as disk:
        return [hashlib.md5(disk.read(part)).hexdigest() for part in (size, DISK_PART)]


def board_tree(path, guests, **machine):
    """QEMU's own device tree for such a machine (with firmware it has fewer devices)."""
    arguments = machine_arguments(**machine) + ["-bios", str(guests / "u-boot.bin")]
    arguments[2] += f",dumpdtb={path}"
    subprocess.run(arguments, check=True, capture_output=True)
    return path


def make_initramfs(guests, out, extra="", files=()):
    """busybox and board/qemu_arm64/init, as a ramdisk for dom0; init runs `extra` near its end."""
    folder = pathlib.Path(f"{out}.d")
    shutil.rmtree(folder, ignore_errors=True)
    for name in ("proc", "sys", "dev"):
        (folder / name).mkdir(parents=True)
    shutil.copy(guests / "busybox", folder / "busybox")
    shutil.copy(ROOT / "board/qemu_arm64/init", folder / "init")
    for path in files:
        shutil.copy(path, folder / path.name)
    for name in ("busybox", "init", *(path.name for path in files)):
        (folder / name).chmod(0o755)
    if extra:
        (folder / "extra").write_text(extra)
        shutil.copytree(guests / "modules", folder / "modules")
    names = "\n".join(sorted(str(p.relative_to(folder)) for p in folder.rglob("*")))
    archive = subprocess.run(["cpio", "--quiet", "-o", "-H", "newc", "-R", "0:0"], cwd=folder,
                             input=names.encode(), stdout=subprocess.PIPE, check=True)
    pathlib.Path(out).write_bytes(gzip.compress(archive.stdout, 1, mtime=0))
    shutil.rmtree(folder)
    return out


class Report:
    """What dom0's init said in its @@ lines; Xen puts its name before those of a xen,domain."""

    def __init__(self, text):
        self.lines = [line.rstrip() for line in
                      re.findall(r"^(?:\(XEN\) (?:DOM\d+: )?)?@@ (.*?)\r*$", text, re.M)]

    def all(self, key):
        return [line[len(key) + 1:] for line in self.lines if line.startswith(key + " ")]

    def one(self, key):
        values = self.all(key)
        return values[0] if values else None


class Board:
    """
    A running machine. Files given as {address: path} are in RAM from the start; `firmware`
    is a U-Boot instead of Debian's own, or False. `line` is the command line of a machine
    that is not the emulated board.
    """

    def __init__(self, guests, log, files=None, drive=None, firmware=True, timeout=patience(60), extra=(),
                 line=None, **machine):
        arguments = list(line or machine_arguments(**machine))
        if firmware:
            arguments += ["-bios", str(guests / "u-boot.bin" if firmware is True else firmware)]
        for address, path in (files or {}).items():
            arguments += ["-device", f"loader,file={path},addr={address:#x},force-raw=on"]
        if drive:
            arguments += ["-drive", f"if=none,id=disk,format=raw,file={drive}",
                          "-device", "virtio-blk-device,drive=disk"]
        self.log_path = pathlib.Path(log)
        self.monitor = pathlib.Path(tempfile.mkdtemp(prefix="dtshim-")) / "monitor"
        arguments += [*extra, "-qmp", f"unix:{self.monitor},server=on,wait=off"]
        self.log_path.parent.mkdir(parents=True, exist_ok=True)
        self.log = open(log, "w", encoding="latin1", newline="")
        self.started = time.monotonic()
        self.console = pexpect.spawn(arguments[0], arguments[1:], timeout=timeout,
                                     encoding="latin1")
        self.console.logfile_read = self.log
        self.console.delaybeforesend = None  # U-Boot echoes: nothing to wait for

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.console.close(force=True)
        self.log.close()
        shutil.rmtree(self.monitor.parent, ignore_errors=True)

    def text(self):
        self.log.flush()
        return self.log_path.read_text(encoding="latin1")

    def tail(self, count=25):
        lines = [line for line in self.text().replace("\r", "").split("\n") if line]
        return "\n".join(lines[-count:])

    def expect(self, patterns, timeout=-1):
        """The first of these patterns that is seen; all else is a failure with its log."""
        try:
            return self.console.expect(patterns, timeout=timeout)
        except (pexpect.TIMEOUT, pexpect.EOF) as error:
            what = "nothing more came" if isinstance(error, pexpect.TIMEOUT) else "QEMU ended"
            raise RuntimeError(f"waiting for {patterns}: {what}; last lines:\n{self.tail()}\n"
                               f"full log: {self.log_path}") from None

    def prompt(self):
        self.expect("Hit any key to stop autoboot")
        time.sleep(0.1)  # a key that comes before U-Boot looks for one is lost
        self.console.send("\r")
        self.expect("=> ")

    def command(self, text):
        self.console.sendline(text)
        self.expect("=> ")

    def start(self, text):
        """A command that does not come back."""
        self.console.sendline(text)

    def finish(self, timeout=-1):
        """Runs dom0 to its last line; what it reported."""
        seen = self.expect(["@@ end", "dtshim: halted", r"\(XEN\) Panic on CPU", "Kernel panic",
                            "witness: off"], timeout)
        if seen:
            raise RuntimeError(f"dom0 did not come up; last lines:\n{self.tail()}\n"
                               f"full log: {self.log_path}")
        return Report(self.text())

    def memory(self, address, size):
        """Machine memory, read past processor and guest through QEMU's monitor."""
        with socket.socket(socket.AF_UNIX) as monitor:
            monitor.connect(str(self.monitor))
            lines = monitor.makefile("rw", encoding="utf-8")
            out = self.log_path.with_suffix(".memory")
            for command in ({"execute": "qmp_capabilities"},
                            {"execute": "pmemsave", "arguments": {
                                "val": address, "size": size, "filename": str(out)}}):
                lines.write(json.dumps(command))
                lines.flush()
                answer = {}
                while "return" not in answer:
                    answer = json.loads(lines.readline())
                    if "error" in answer:
                        raise RuntimeError(f"QEMU's monitor: {answer['error']['desc']}")
        return out.read_bytes()

    def page(self):
        """What Linux calls the address of busybox's first page (init's `dma` part waits)."""
        self.expect([r"@@ page (\w{16})"])
        entry = int.from_bytes(bytes.fromhex(self.console.match[1]), "little")
        self.expect(["@@ go on"])
        if not entry >> 63:
            raise RuntimeError("by pagemap, busybox is not in memory")
        return (entry & (1 << 55) - 1) << 12

    def finish_disk(self, xen=False, timeout=-1):
        """From there to the end: the disk's file holds what was written."""
        if xen:  # Xen outlives the domain; up to 4.17 the console is its own until told otherwise
            if TO_DOMAIN not in self.text():
                self.console.send("\x01" * 3)
                self.expect([TO_DOMAIN])
        self.console.sendline("")
        report = self.finish(timeout)
        if not xen:
            self.console.expect(pexpect.EOF)
        return report

    def banks(self):
        """Xen's own word on dom0's memory: [(base, end)]. Later ones tell a domain's as "d1 BANK"."""
        last = self.text().rpartition("U-Boot 20")[2]  # a watchdog may have ended another boot
        return [(int(base, 16), int(end, 16)) for base, end in
                re.findall(r"^\(XEN\) BANK\[\d+\] (0x\w+)-(0x\w+)", last, re.M)]


def set_u64(board, node, name, value):
    board.command(f"fdt set {node} {name} <{value >> 32:#x} {value & 0xffffffff:#x}>")


TREE = 0x4E000000


def prepare_tree(board, line="console=hvc0 rdinit=/init quiet", at=TREE):
    """U-Boot's own tree, with room, as the working one; dom0's command line."""
    board.command("fdt addr ${fdtcontroladdr}")
    board.command(f"fdt move ${{fdtcontroladdr}} {at:#x} 0x110000")
    board.command(f'fdt set /chosen xen,dom0-bootargs "{line}"')


def add_module(board, name, compatible, address, path):
    """A module node in /chosen, as Xen's documentation writes it."""
    node = f"/chosen/{name}@{address:x}"
    board.command(f"fdt mknode /chosen {name}@{address:x}")
    board.command(f"fdt set {node} compatible {compatible}")
    size = os.path.getsize(path)
    board.command(f"fdt set {node} reg <{address >> 32:#x} {address & 0xffffffff:#x} 0 {size:#x}>")


def add_payload(board, files):
    """files: {"xen": (address, path), "kernel": ..., "ramdisk": ...}"""
    board.command(r"fdt set /chosen \#address-cells <2>")
    board.command(r"fdt set /chosen \#size-cells <2>")
    compatibles = {"xen": '"dtshim,hypervisor"',
                   "kernel": '"multiboot,kernel" "multiboot,module"',
                   "ramdisk": '"multiboot,ramdisk" "multiboot,module"'}
    for kind, (address, path) in files.items():
        add_module(board, "hypervisor" if kind == "xen" else "module", compatibles[kind],
                   address, path)
