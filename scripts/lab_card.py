#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The emulated board's card, as `dtshim image` makes it, of guests that are there.

usage: lab_card.py BUILD GUESTS CARD
"""
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent


def make(build, guests, card):
    """The ramdisk is dtshim image's own, with these guests' busybox: no package is asked for."""
    sys.path.append(str(ROOT / "image"))
    import ramdisk
    with tempfile.TemporaryDirectory() as folder:
        initrd = ramdisk.make(f"{folder}/initrd", f"{folder}/initrd.d", guests / "busybox", 0)
        subprocess.run([build / "dtshim", "image", "--board", "qemu_arm64", "--quiet", "-o", card,
                        "--stage", build / "dtshim.img", "--xen", guests / "xen",
                        "--kernel", guests / "Image", "--ramdisk", initrd], check=True)
    return card


if __name__ == "__main__":
    make(*map(pathlib.Path, sys.argv[1:]))
