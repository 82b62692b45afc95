#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Boots U-Boot -> Xen -> Linux and U-Boot -> dtshim -> Xen -> Linux under QEMU
and shows what each of them saw. With a third argument, native, it boots U-Boot ->
dtshim -> witness -> Linux, with a disk. usage: demo.py BUILD GUESTS [native]
"""
import pathlib
import re
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


NATIVE_POLICY = ("contract native", 'hypervisor "dtshim,witness"', "offset-in both",
                 "dom0-mem <0 0x20000000>", "machine-base <0 0x40800000>")


def boot_native(build, guests, ramdisk, disk, log):
    """
    The files lie in RAM: U-Boot 2023.01 does not drive a virtio disk that minds
    the board's DMA addresses, and looks at no other one beside it.
    """
    say("booting U-Boot -> dtshim -> witness -> Linux")
    payload = {"xen": (0x50000000, build / "witness.img"),
               "kernel": (0x52000000, guests / "Image"), "ramdisk": (0x56000000, ramdisk)}
    files = {0x48000000: build / "dtshim.img"} | dict(payload.values())
    with emulated.Board(guests, log, files=files, ram="2G", its=False,
                        extra=emulated.dma_disk(disk)) as board:
        board.prompt()
        emulated.prepare_tree(board, "console=ttyAMA0 rdinit=/init quiet loglevel=3")
        emulated.add_payload(board, payload)
        board.command("fdt mknode /chosen dtshim")
        for line in NATIVE_POLICY:
            board.command(f"fdt set /chosen/dtshim {line}")
        board.start(f"booti 0x48000000 - {emulated.TREE:#x}")
        for what, pattern in [("U-Boot starts the stage", "Starting kernel"),
                              ("dtshim has made its plan", "dtshim: starting the hypervisor"),
                              ("the witness has built stage 2", "witness: starting the kernel"),
                              ("Linux is up as dom0", "@@ kernel")]:
            board.expect([pattern])
            say(f"  {what}")
        page = board.page()
        offset = int(re.search("offset (0x[0-9a-f]+)", board.text())[1], 16)
        seen = [address for address in (page, page + offset)
                if board.memory(address, 4096) == (guests / "busybox").read_bytes()[:4096]]
        report = board.finish_disk()
        say("  Linux has read and written the disk")
        return page, seen, report, board.text()


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
    show_rows(rows)
    print("\n  the record's reasons, as dom0 reads them in /chosen/dtshim/record/decisions:")
    for line in shim_report.all("decision"):
        print(f"    {line}")
    native = shim_banks and shim_banks[0][0] == 0x40000000 and banks[0][0] != 0x40000000
    print("\n" + ("  dom0 lies at the board's native RAM base 0x40000000; left alone, Xen put it "
                  "elsewhere." if native else
                  "  THIS IS NOT WHAT SHOULD HAVE HAPPENED: see the addresses above."))
    return native


def show_rows(rows):
    print()
    for label, value in rows:
        print(f"  {label:36}{value}".rstrip())


def show_native(page, seen, report, console, sums):
    said = re.search("witness: guest (0x[0-9a-f]+) is machine (0x[0-9a-f]+), offset (0x[0-9a-f]+)",
                     console)
    offset, told = int(said[3], 16), int(report.one("dma-offset") or "0", 16)
    read, written = report.one("read"), report.one("written")
    show_rows([
        ("Linux:   System RAM", ", ".join(report.all("system-ram"))),
        ("Linux:   dma-offset in /hypervisor", f"{told:#x}"),
        ("dtshim:  dom0-memory in the record", as_pairs(report.one("record dom0-memory"))),
        ("dtshim:  machine-block", as_pairs(report.one("record machine-block"))),
        ("witness: what the processor says", f"guest {said[1]} is machine {said[2]}, offset {said[3]}"),
        ("Linux:   first page of its busybox", f"guest {page:#x}"),
        ("monitor: that page of busybox is at", ", ".join(f"machine {at:#x}" for at in seen)),
        ("Linux:   md5 of 2 MiB read", read),
        ("host:    md5 of these in the disk", sums[0]),
        ("Linux:   md5 of 2 MiB written", written),
        ("host:    md5 of these in the disk", sums[1]),
    ])
    good = offset == told and seen == [page + offset] and [read, written] == sums
    print("\n" + ("  Linux and the disk met at machine = guest + dma-offset, and no one edited the "
                  "tree behind dtshim." if good else
                  "  THIS IS NOT WHAT SHOULD HAVE HAPPENED: see the lines above."))
    return good


def main_native(build, guests, work, log):
    ramdisk = emulated.make_initramfs(guests, work / "initrd-native",
                                      emulated.DMA_INIT.read_text())
    disk = emulated.make_dma_disk(work / "dma.img")
    try:
        seen = boot_native(build, guests, ramdisk, disk, log)
    except RuntimeError as error:
        sys.exit(f"\ndemo: {error}")
    good = show_native(*seen, emulated.disk_sums(disk))
    print(f"  console: {log}")
    return 0 if good else 1


def main():
    build, guests = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    work = build / "demo"
    work.mkdir(parents=True, exist_ok=True)
    if sys.argv[3:] == ["native"]:
        return main_native(build, guests, work, work / "native.log")
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
