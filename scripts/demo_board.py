#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The demo on QEMU's model of a board, with its own tree: Xen -> Linux and dtshim -> Xen -> Linux,
started by QEMU where Debian has no U-Boot for the board. A QEMU that has the model is fetched where
this machine's has not.
usage: demo_board.py BOARD STAGE GUESTS QEMUS
"""
import itertools
import pathlib
import re
import subprocess
import sys

import demo
import models
from one_at_a_time import own_folder


def emulator_for(board, folder):
    try:
        return models.emulator_for(board, folder)
    except models.NoModel:
        release = models.release_for(board)
    if not (folder / release / "complete").exists():
        subprocess.run([models.ROOT / "scripts/fetch-qemu", release, folder / release, "or-skip"],
                       check=True)
    try:
        return models.emulator_for(board, folder)
    except models.NoModel as error:
        sys.exit(f"demo: {error}\n  what to do: on a machine with Debian 12 or 13's package sources "
                 f"try again, or put a newer {models.PROGRAM} on the PATH")


def boot(what, on, board, patterns):
    demo.say(f"booting {what}")
    with on() as running:
        for said, pattern in patterns:
            running.expect([pattern])
            demo.say(f"  {said}")
        return running.finish(), running.banks(), running.text().replace("\r", "")


def stages(board):
    """What is seen of a boot on this board's console."""
    xen = [("Xen is up", r"\(XEN\) Xen version"), ("Xen starts dom0", r"\(XEN\) BANK\[0\].*")]
    return (xen if models.xen_speaks(board) else []) + [("Linux is up as dom0", "@@ kernel")]


def plan(text):
    """The stage's own words, up to its reasons. On the way each line's end becomes two."""
    head, _, rest = re.search(r"^dtshim [^\n]*: contract.*", text, re.M | re.S)[0].partition("\n")
    reason = re.compile("[^ ]|  (decide|found|depend) ")
    return [head, *itertools.takewhile(lambda line: not reason.match(line), filter(None, rest.split("\n")))]


def first(report):
    return int(report.all("system-ram")[0].split("-")[0], 16)


def show(board, plain, shimmed):
    (report, banks, _), (shim_report, shim_banks, text) = plain, shimmed
    print(f"\n  what dtshim printed on the console of the {board.title}:")
    for line in plan(text):
        print(f"    {line}")
    rows = [("System RAM of Linux: without", ", ".join(report.all("system-ram"))),
            ("                     with", ", ".join(shim_report.all("system-ram")))]
    if models.xen_speaks(board):
        rows = [("dom0 without dtshim (Xen's choice)", demo.megabytes(banks)),
                ("dom0 with dtshim", demo.megabytes(shim_banks)), *rows]
    demo.show_rows([*rows, ("record:  dom0-memory",
                            demo.as_pairs(shim_report.one("record dom0-memory") or ""))])
    planned = int(re.search(r"^  dom0 +(0x\w+)-", text, re.M)[1], 16)
    good = planned == first(shim_report) != first(report)
    print("\n" + (f"  dom0 is at {planned:#x}, as dtshim planned; without dtshim, Xen put "
                  f"it at {first(report):#x}." if good else
                  "  THIS IS NOT WHAT SHOULD HAVE HAPPENED: see the addresses above."))
    return good


def run(board, image, guests, emulator):
    work = image.parent / "demo" / board.name
    lock = own_folder(work)  # noqa: F841 (held until the end)
    demo.say(f"{board.title}: {models.PROGRAM} {'.'.join(map(str, models.version_of(emulator)))} "
             f"-M {board.qemu['machine']}")
    ramdisk = models.emulated.make_initramfs(guests, work / "initrd")
    made = {}
    for kind in "without", "with":
        (work / kind).mkdir(exist_ok=True)
        made[kind] = models.Start(board, emulator, guests, ramdisk, image, work / kind)
    plain = boot("Xen -> Linux (without dtshim)", made["without"].without_stage, board, stages(board))
    shimmed = boot("dtshim -> Xen -> Linux", made["with"].with_stage, board,
                   [("dtshim has made its plan", "dtshim: starting Xen"), *stages(board)])
    good = show(board, plain, shimmed)
    print(f"  consoles: {work}/without/console.log {work}/with/console.log")
    return 0 if good else 1


def board_of(name):
    there = models.with_model()
    if name not in there:
        sys.exit(f"demo: QEMU has no model of a board {name!r}\n"
                 f"  what to do: make demo BOARD=, one of {', '.join(there)}; or without BOARD")
    return there[name]


def main():
    image, guests, qemus = map(pathlib.Path, sys.argv[2:])
    board = board_of(sys.argv[1])
    try:
        return run(board, image, guests, emulator_for(board, qemus))
    except RuntimeError as error:
        sys.exit(f"\ndemo: {error}")


if __name__ == "__main__":
    sys.exit(main())
