# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""What stops a command: where and what, and what to do."""
import subprocess


class Trouble(Exception):
    def __init__(self, what, remedy):
        super().__init__(what)
        self.what, self.remedy = what, remedy

    def __str__(self):
        return f"{self.what}\n  what to do: {self.remedy}"


def run(arguments, remedy, **more):
    """A program that has to succeed; what it says is the cause."""
    arguments = [str(one) for one in arguments]
    try:
        done = subprocess.run(arguments, capture_output=True, text=True, check=False, **more)
    except FileNotFoundError:
        raise Trouble(f"there is no {arguments[0]}", PACKAGES.get(
            arguments[0], f"install the package that has {arguments[0]}")) from None
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines() or ["it printed nothing"]
        raise Trouble(f"{arguments[0]}: {' / '.join(said[-3:])}", remedy)
    return done.stdout


PACKAGES = {program: f"install Debian's package {package}" for program, package in {
    "sfdisk": "fdisk", "mkfs.vfat": "dosfstools", "mcopy": "mtools", "mmd": "mtools",
    "mkimage": "u-boot-tools", "mke2fs": "e2fsprogs", "debugfs": "e2fsprogs", "e2fsck": "e2fsprogs",
    "dumpe2fs": "e2fsprogs", "dtc": "device-tree-compiler",
    "fdtput": "device-tree-compiler", "cpio": "cpio"}.items()}
