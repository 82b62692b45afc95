# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""dom0's ramdisk where the card has no root file system: busybox, and a shell on the console."""
import gzip
import os
import pathlib
import shutil
import stat

from trouble import run

HERE = pathlib.Path(__file__).resolve().parent


def make(out, folder, busybox, epoch):
    """`folder` is empty, and the ramdisk's root."""
    folder = pathlib.Path(folder)
    for name in ("bin", "dev", "proc", "sys", "tmp"):
        (folder / name).mkdir(parents=True)
    shutil.copy(busybox, folder / "bin/busybox")
    shutil.copy(HERE / "ramdisk-init", folder / "init")
    for name in ("bin/busybox", "init"):
        (folder / name).chmod(stat.S_IRWXU | stat.S_IRGRP | stat.S_IXGRP | stat.S_IROTH | stat.S_IXOTH)
    names = sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))
    for path in folder.rglob("*"):
        os.utime(path, (epoch, epoch))
    archive = folder.with_suffix(".cpio")
    run(["cpio", "--quiet", "-o", "-H", "newc", "-R", "0:0", "--reproducible", "-F", archive],
        "check that there is free space", cwd=folder, input="\n".join(names))
    pathlib.Path(out).write_bytes(gzip.compress(archive.read_bytes(), 9, mtime=0))
    return out
