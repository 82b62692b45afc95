#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Boots U-Boot -> Xen -> Linux and U-Boot -> dtshim -> Xen -> Linux under QEMU
and shows what each of them saw. A third argument is another board, qemu_arm, or what
is shown with a disk, and memory that is elsewhere than Linux believes: offset boots
U-Boot -> dtshim -> Xen -> Linux as a domain, native U-Boot -> dtshim -> witness -> Linux.
usage: demo.py BUILD GUESTS [qemu_arm|offset|native]
"""
import pathlib
import re
import struct
import subprocess
import sys
import time
from typing import NamedTuple

import board as emulated
from one_at_a_time import own_folder

START = time.monotonic()


class Machine(NamedTuple):
    name: str    # its folder in board/
    arch: str    # mkimage's word
    kernel: str
    line: list   # QEMU's command line


MACHINES = {machine.name: machine for machine in (
    Machine("qemu_arm64", "arm64", "Image", emulated.machine_arguments(ram="2G")),
    Machine("qemu_arm", "arm", "zImage", emulated.machine32_arguments()))}


def say(text):
    print(f"[{time.monotonic() - START:5.1f} s] {text}", flush=True)


def make_disk(machine, build, guests, disk):
    """A FAT disk as a user would make it: the boot script and four files."""
    work = build / "demo"
    emulated.make_initramfs(guests, work / "initrd")
    subprocess.run(["mkimage", "-A", machine.arch, "-T", "script", "-d",
                    emulated.ROOT / "board" / machine.name / "boot.cmd", work / "boot.scr"],
                   check=True, capture_output=True)
    sectors, first = (64 << 20) // 512, 2048
    entry = struct.pack("<B3sB3sII", 0x80, bytes(3), 0x0c, bytes(3), first, sectors - first)
    with open(disk, "wb") as image:  # an MBR with one bootable FAT partition
        image.write((bytes(446) + entry).ljust(510, b"\0") + b"\x55\xaa")
        image.truncate(sectors * 512)
    subprocess.run(["/usr/sbin/mkfs.vfat", "--offset", str(first), disk,
                    str((sectors - first) // 2)], check=True, capture_output=True)
    files = {"boot.scr": work / "boot.scr", "dtshim.img": build / "dtshim.img",
             "xen": guests / "xen", "image": guests / machine.kernel, "initrd": work / "initrd"}
    for name, path in files.items():
        subprocess.run(["mcopy", "-o", "-i", f"{disk}@@{first * 512}", path, f"::{name}"], check=True)


def boot(machine, name, guests, disk, log, with_dtshim):
    say(f"booting {name}")
    with emulated.Board(guests, log, drive=disk, line=machine.line) as board:
        if not with_dtshim:
            board.prompt()
            board.command("setenv dtshim no")
            board.start("run bootcmd")
        stages = [("U-Boot runs the boot script", "Starting kernel"),
                  ("Xen is up", r"\(XEN\) Xen version"),
                  ("Xen starts dom0", r"\(XEN\) BANK\[0\].*"),
                  ("Linux is up as dom0", "@@ kernel")]
        if with_dtshim:
            stages.insert(1, ("dtshim has made its plan", "dtshim: starting Xen"))
        for what, pattern in stages:
            board.expect([pattern])
            say(f"  {what}")
        report = board.finish()
        return board.banks(), report, board.text()


class Proof(NamedTuple):
    """A boot with a disk whose addresses are the machine's."""
    chain: str
    hypervisor: pathlib.Path
    policy: tuple
    bootargs: str
    stages: tuple
    xen: bool


def offset_proof(_, guests):
    return Proof("U-Boot -> dtshim -> Xen -> Linux", guests / "xen",
                 ('layout "offset"', 'passthrough "/virtio_mmio@a003e00"',
                  "dom0-mem <0 0x20000000>"),
                 "rdinit=/init quiet loglevel=3",
                 (("dtshim has made its plan", "dtshim: starting Xen"),
                  ("Xen is up", r"\(XEN\) Xen version"),
                  ("Xen builds the domain", r"LOADING DOMU"),
                  ("Linux is up as a domain", "@@ kernel")), True)


def native_proof(build, _):
    return Proof("U-Boot -> dtshim -> witness -> Linux", build / "witness.img",
                 ("contract native", 'hypervisor "dtshim,witness"', "offset-in both",
                  "dom0-mem <0 0x20000000>", "machine-base <0 0x40800000>"),
                 "console=ttyAMA0 rdinit=/init quiet loglevel=3",
                 (("dtshim has made its plan", "dtshim: starting the hypervisor"),
                  ("the witness has built stage 2", "witness: starting the kernel"),
                  ("Linux is up as dom0", "@@ kernel")), False)


class Seen(NamedTuple):
    page: int       # what Linux calls the first page of its busybox
    found: list     # where QEMU's monitor finds that page
    report: emulated.Report
    console: str
    offset: int     # what dtshim's plan says


def boot_proof(proof, build, guests, ramdisk, disk, log):
    """
    The files lie in RAM: U-Boot 2023.01 does not drive a virtio disk that minds
    the board's DMA addresses, and looks at no other one beside it.
    """
    say(f"booting {proof.chain}")
    payload = {"xen": (0x50000000, proof.hypervisor),
               "kernel": (0x52000000, guests / "Image"), "ramdisk": (0x56000000, ramdisk)}
    files = {0x48000000: build / "dtshim.img"} | dict(payload.values())
    busybox = (guests / "busybox").read_bytes()[:4096]
    with emulated.Board(guests, log, files=files, ram="2G", its=False,
                        extra=emulated.dma_disk(disk)) as board:
        board.prompt()
        emulated.prepare_tree(board, proof.bootargs)
        emulated.add_payload(board, payload)
        board.command("fdt mknode /chosen dtshim")
        for line in proof.policy:
            board.command(f"fdt set /chosen/dtshim {line}")
        board.start(f"booti 0x48000000 - {emulated.TREE:#x}")
        for what, pattern in (("U-Boot starts the stage", "Starting kernel"), *proof.stages):
            board.expect([pattern])
            say(f"  {what}")
        page = board.page()
        offset = int(re.search(r"machine block at 0x[0-9a-f]+,\s+offset\s+(0x[0-9a-f]+)", board.text())[1], 16)
        found = [address for address in (page, page + offset)
                 if board.memory(address, 4096) == busybox]
        report = board.finish_disk(xen=proof.xen)
        say("  Linux has read and written the disk")
        return Seen(page, found, report, board.text(), offset)


def megabytes(banks):
    return " + ".join(f"{base:#x}-{end - 1:#x} ({(end - base) >> 20} MiB)" for base, end in banks)


def as_pairs(digits):
    """Hexadecimal bytes of u64 pairs as base and size."""
    numbers = [int(digits[i:i + 16], 16) for i in range(0, len(digits), 16)]
    return ", ".join(f"{base:#x} + {size >> 20} MiB"
                     for base, size in zip(numbers[::2], numbers[1::2]))


def show(plain, shimmed):
    (banks, report, _), (shim_banks, shim_report, _) = plain, shimmed
    rows = [
        ("dom0 without dtshim (Xen's choice)", megabytes(banks)),
        ("dom0 with dtshim", megabytes(shim_banks)),
        ("", ""),
        ("without: memory nodes of dom0", ", ".join(line.split()[0] for line in
                                                    report.all("memory-node"))),
        ("with:    memory nodes of dom0", ", ".join(line.split()[0] for line in
                                                    shim_report.all("memory-node"))),
        ("with:    System RAM of Linux", ", ".join(shim_report.all("system-ram"))),
        ("with:    xen-dma-safe on", ", ".join(shim_report.all("xen-dma-safe"))),
        ("record:  version, layout, coverage",
         ", ".join(shim_report.one(f"record {key}") or "-"
                   for key in ("version", "layout", "coverage"))),
        ("record:  dom0-memory", as_pairs(shim_report.one("record dom0-memory") or "")),
        ("record:  machine-memory", as_pairs(shim_report.one("record machine-memory") or "")),
    ]
    show_rows(rows)
    print("\n  the record's reasons, as dom0 reads them in /chosen/dtshim/record/decisions:")
    for line in shim_report.all("decision"):
        print(f"    {line}")
    native = shim_banks and shim_banks[0][0] == 0x40000000 and banks[0][0] != 0x40000000
    print("\n" + ("  dom0 is at the board's native RAM base 0x40000000; without dtshim, Xen put "
                  "it elsewhere." if native else
                  "  THIS IS NOT WHAT SHOULD HAVE HAPPENED: see the addresses above."))
    return native


def show_rows(rows):
    print()
    for label, value in rows:
        print(f"  {label:36}{value}".rstrip())


def told_by_xen(seen):
    bus, guest, size = (int(seen.report.one("bus")[i:i + 16], 16) for i in (0, 16, 32))
    return bus - guest, [
        ("Linux:   dma-ranges of the bus", f"{bus:#x} is guest {guest:#x}, {size >> 20} MiB"),
        ("Linux:   its hypervisor", seen.report.one("hypervisor")),
    ]


def told_by_witness(seen):
    said = re.search("witness: guest (0x[0-9a-f]+) is machine (0x[0-9a-f]+), offset (0x[0-9a-f]+)",
                     seen.console)
    told = int(seen.report.one("dma-offset") or "0", 16)
    return told if int(said[3], 16) == told else None, [
        ("Linux:   dma-offset in /hypervisor", f"{told:#x}"),
        ("dtshim:  dom0-memory in the record", as_pairs(seen.report.one("record dom0-memory"))),
        ("dtshim:  machine-block", as_pairs(seen.report.one("record machine-block"))),
        ("witness: address by the processor", f"guest {said[1]} is machine {said[2]}, offset {said[3]}"),
    ]


def show_proof(seen, told, rows, sums):
    read, written = seen.report.one("read"), seen.report.one("written")
    show_rows([
        ("Linux:   System RAM", ", ".join(seen.report.all("system-ram"))),
        ("dtshim:  the plan's offset", f"{seen.offset:#x}"),
        *rows,
        ("Linux:   first page of its busybox", f"guest {seen.page:#x}"),
        ("monitor: that page of busybox is at", ", ".join(f"machine {at:#x}" for at in seen.found)),
        ("Linux:   md5 of 2 MiB read", read),
        ("host:    md5 of these in the disk", sums[0]),
        ("Linux:   md5 of 2 MiB written", written),
        ("host:    md5 of these in the disk", sums[1]),
    ])
    good = (seen.offset == told and seen.found == [seen.page + told] and [read, written] == sums)
    print("\n" + ("  Linux and the disk met at machine = guest + offset." if good else
                  "  THIS IS NOT WHAT SHOULD HAVE HAPPENED: see the lines above."))
    return good


PROOFS = {"offset": (offset_proof, told_by_xen), "native": (native_proof, told_by_witness)}


def main_proof(name, build, guests, work):
    make, told = PROOFS[name]
    ramdisk = emulated.make_initramfs(guests, work / "initrd-dma", emulated.DMA_INIT.read_text())
    disk, log = emulated.make_dma_disk(work / "dma.img"), work / f"{name}.log"
    try:
        seen = boot_proof(make(build, guests), build, guests, ramdisk, disk, log)
    except RuntimeError as error:
        sys.exit(f"\ndemo: {error}")
    good = show_proof(seen, *told(seen), emulated.disk_sums(disk))
    print(f"  console: {log}")
    return 0 if good else 1


def main():
    build, guests = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    work = build / "demo"
    lock = own_folder(work)  # noqa: F841 (held until the end)
    what = sys.argv[3] if sys.argv[3:] else "qemu_arm64"
    if what in PROOFS:
        return main_proof(what, build, guests, work)
    machine, disk = MACHINES[what], work / "disk.img"
    say("making a disk with U-Boot script, stage, Xen, Linux and a busybox ramdisk")
    make_disk(machine, build, guests, disk)
    logs = work / "without.log", work / "with.log"
    try:
        plain = boot(machine, "U-Boot -> Xen -> Linux (without dtshim)", guests, disk, logs[0], False)
        shimmed = boot(machine, "U-Boot -> dtshim -> Xen -> Linux", guests, disk, logs[1], True)
    except RuntimeError as error:
        sys.exit(f"\ndemo: {error}")
    good = show(plain, shimmed)
    print(f"  consoles: {logs[0]} {logs[1]}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
