#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Prints sizes and instruction counts. usage: figures.py BUILD GUESTS CROSS-PREFIX"""
import pathlib
import re
import subprocess
import sys
import tempfile

import board as emulated
import stack_depth


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def instructions(folder, *command):
    """Under callgrind, which counts the same each time."""
    done = subprocess.run(["valgrind", "--tool=callgrind",
                           f"--callgrind-out-file={folder}/callgrind.out", *command],
                          check=True, capture_output=True, text=True)
    totals = re.search(r"Collected : (\d+)", done.stderr)[1]
    listing = output("callgrind_annotate", "--inclusive=yes", f"{folder}/callgrind.out")
    parts = {}
    for name in ("shim_job_plan", "shim_job_apply", "shim_tree_check", "shim_splice"):
        found = re.search(rf"^ *([\d,]+) .*[:]({name})\b", listing, re.M)
        parts[name] = int(found[1].replace(",", "")) if found else None
    return int(totals), parts


def main(build, guests, cross):
    build = pathlib.Path(build)
    size = (build / "dtshim.img").stat().st_size
    print(f"dtshim.img without payload    {size} bytes ({size / 1024:.1f} KiB; goal 48 KiB)")
    if cross:
        text = output(f"{cross}size", str(build / "dtshim.elf")).splitlines()[1].split()
        print(f"stage, linked text and data   {text[0]} + {text[1]} bytes")
        stack_depth.show(build)
    library = [line.split() for line in
               output("size", "-t", str(build / "libdtshim.a")).splitlines()[1:]]
    print(f"libdtshim.a on the host, text {library[-1][0]} bytes")
    with tempfile.TemporaryDirectory() as folder:
        tree = emulated.board_tree(f"{folder}/board.dtb", pathlib.Path(guests))
        used = int.from_bytes(open(tree, "rb").read()[36:40], "big")
        total, parts = instructions(folder, str(build / "dtshim"), "apply", tree, "-o",
                                    f"{folder}/out.dtb")
        print(f"apply on QEMU's tree          {total} instructions, the process as a whole")
        for name, count in parts.items():
            print(f"  of these in {name:18}{'?' if count is None else count}")
        print(f"  structure block             {used} bytes")


if __name__ == "__main__":
    main(*sys.argv[1:])
