# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""A Debian root file system, a folder or a tar, as an ext4 file system in a file.

    made = root_fs.make("root.tar", "root.ext4")          as large as it needs, and some

The same source gives the same bytes: the UUID is made from all that is in it, and the times are
SOURCE_DATE_EPOCH, or that of its newest file.
"""
import dataclasses
import hashlib
import os
import pathlib
import re
import tempfile
import uuid

import root_tree
from ext4 import MIB, Ext4, blocks
from trouble import Trouble


@dataclasses.dataclass
class Made:
    size: int
    uuid: str
    warnings: list


# What dom0's user wants of it: without one of these there is no domain but dom0.
TOOLS = {"xl": ("usr/sbin/xl", "usr/local/sbin/xl"),
         "xenstored": ("usr/sbin/xenstored", "usr/sbin/oxenstored", "usr/local/sbin/xenstored",
                       "usr/lib/xen-*/bin/xenstored"),
         "xenconsoled": ("usr/sbin/xenconsoled", "usr/local/sbin/xenconsoled",
                         "usr/lib/xen-*/bin/xenconsoled")}


def has(entries, pattern):
    if "*" not in pattern:
        return root_tree.follow(entries, pattern) is not None
    shape = re.compile(pattern.replace("*", "[^/]+"))
    return any(shape.fullmatch(path) for path in entries)


def check_root(entries, source):
    """Stops for what does not boot; says what a dom0 would miss."""
    if root_tree.follow(entries, "sbin/init") is None:
        raise Trouble(f"{source}: there is no /sbin/init, so this root file system cannot boot",
                      "give the top folder of one, such as scripts/make-debian-root makes (mmdebstrap "
                      "--include=systemd-sysv)")
    missing = [tool for tool, places in TOOLS.items()
               if not any(has(entries, place) for place in places)]
    if not missing:
        return []
    return [f"{source}: dom0 has no {' and no '.join(missing)} there: they are in Debian's package xen-system-arm64"]


# ---- the source -----------------------------------------------------------------------------------

def digest(entries, label):
    """Of all that is there, in an order of its own."""
    total = hashlib.sha256(label.encode())
    for path in sorted(entries):
        entry = entries[path]
        total.update(repr((path, entry.kind, entry.mode, entry.uid, entry.gid, entry.mtime, entry.size,
                           entry.target, entry.device, sorted(entry.attributes.items()))).encode(
                               "utf-8", "surrogateescape"))
        if entry.content:
            with open(entry.content, "rb") as content:
                total.update(hashlib.file_digest(content, "sha256").digest())
    return total.digest()


def epoch_of(entries):
    text = os.environ.get("SOURCE_DATE_EPOCH")
    return int(text) if text else max(entry.mtime for entry in entries.values())


# ---- size -------------------------------------------------------------------------------------------

def smallest(fs, entries):
    """The smallest file system, in MiB, that takes the entries: what is free in an empty one tells."""
    wanted, inodes = blocks(entries), len(entries) + 64
    size = wanted * 4096 // MIB + 8
    while True:
        fs.format(size * MIB, inodes)
        missing = wanted - fs.free_blocks()
        if missing <= 0:
            return size
        size += missing * 4096 // MIB + 1


def size_for(fs, entries, asked, source):
    least = smallest(fs, entries)
    if asked is None:
        return least + max(64, least // 4)
    if asked // MIB < least:
        raise Trouble(f"{source}: {asked // MIB} MiB is too small for this root file system: it needs "
                      f"{least} MiB", "make it larger, with space for what is written later")
    return asked // MIB


# ---- what others call -------------------------------------------------------------------------------

def make(source, out, size=None, label="root"):
    """`size` in bytes. `out` is there when it is whole, and not before."""
    source, out = pathlib.Path(source), pathlib.Path(out)
    with tempfile.TemporaryDirectory(prefix=".root-", dir=out.absolute().parent) as folder:
        folder = pathlib.Path(folder)
        (folder / "files").mkdir()
        entries = root_tree.read(source, folder / "files")
        warnings = check_root(entries, source)
        name = str(uuid.UUID(bytes=digest(entries, label)[:16], version=4))
        fs = Ext4(folder / "root.ext4", label, name, epoch_of(entries))
        mebibytes = size_for(fs, entries, size, source)
        fs.format(mebibytes * MIB, len(entries) + len(entries) // 4 + 64)
        fs.fill(entries)
        fs.check()
        os.replace(fs.path, out)
    return Made(mebibytes * MIB, name, warnings)


def by_version(path):
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", path)]
