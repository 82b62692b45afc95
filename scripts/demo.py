#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Boots U-Boot -> Xen -> Linux and U-Boot -> dtshim -> Xen -> Linux under QEMU
and shows what each of them saw. usage: demo.py BUILD GUESTS
"""
import pathlib
import struct
import subprocess
import sys
import time

import board as emulated

BOARD = emulated.ROOT / "board/qemu_arm64"


def say(text):
    print(f"[{time.monotonic() - START:5.1f} s] {text}", flush=True)


def make_disk(build, guests, disk):
    """A FAT disk as a user would make it: the boot script and four files."""
    work = build / "demo"
    emulated.make_initramfs(guests, work / "initrd")
    subprocess.run(["mkimage", "-A", "arm64", "-T", "script", "-d", BOARD / "boot.cmd",
                    work / "boot.scr"], check=True, capture_output=True)
    sectors, first = (64 << 20) // 512, 2048
    entry = struct.pack("<B3sB3sII", 0x80, bytes(3), 0x0c, bytes(3), first, sectors - first)
    with open(disk, "wb") as image:  # an MBR with one bootable FAT partition
        image.write((bytes(446) + entry).ljust(510, b"\0") + b"\x55\xaa")
        image.truncate(sectors * 512)
    subprocess.run(["/usr/sbin/mkfs.vfat", "--offset", str(first), disk,
                    str((sectors - first) // 2)], check=True, capture_output=True)
    files = {"boot.scr": work / "boot.scr", "dtshim.img": build / "dtshim.img",
             "xen": guests / "xen", "image": guests / "Image", "initrd": work / "initrd"}
    for name, path in files.items():
        subprocess.run(["mcopy", "-o", "-i", f"{disk}@@{first * 512}", path, f"::{name}"], check=True)


def boot(name, guests, disk, log, with_dtshim):
    say(f"booting {name}")
    with emulated.Board(guests, log, drive=disk, ram="2G") as board:
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
        ("with:    System RAM, says Linux", ", ".join(shim_report.all("system-ram"))),
        ("with:    xen-dma-safe on", ", ".join(shim_report.all("xen-dma-safe"))),
        ("record:  version, layout, coverage",
         ", ".join(shim_report.one(f"record {key}") or "-"
                   for key in ("version", "layout", "coverage"))),
        ("record:  dom0-memory", as_pairs(shim_report.one("record dom0-memory") or "")),
        ("record:  machine-memory", as_pairs(shim_report.one("record machine-memory") or "")),
    ]
    print()
    for label, value in rows:
        print(f"  {label:36}{value}".rstrip())
    print("\n  the record's reasons, as dom0 reads them in /chosen/dtshim/record/decisions:")
    for line in shim_report.all("decision"):
        print(f"    {line}")
    native = shim_banks and shim_banks[0][0] == 0x40000000 and banks[0][0] != 0x40000000
    print("\n" + ("  dom0 lies at the board's native RAM base 0x40000000; left alone, Xen put it "
                  "elsewhere." if native else
                  "  THIS IS NOT WHAT SHOULD HAVE HAPPENED: see the addresses above."))
    return native


def main():
    build, guests = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    work = build / "demo"
    work.mkdir(parents=True, exist_ok=True)
    disk = work / "disk.img"
    say("making a disk with U-Boot script, stage, Xen, Linux and a busybox ramdisk")
    make_disk(build, guests, disk)
    logs = work / "without.log", work / "with.log"
    try:
        plain = boot("U-Boot -> Xen -> Linux (without dtshim)", guests, disk, logs[0], False)
        shimmed = boot("U-Boot -> dtshim -> Xen -> Linux", guests, disk, logs[1], True)
    except RuntimeError as error:
        sys.exit(f"\ndemo: {error}")
    good = show(plain, shimmed)
    print(f"  consoles: {logs[0]} {logs[1]}")
    return 0 if good else 1


if __name__ == "__main__":
    START = time.monotonic()
    sys.exit(main())
