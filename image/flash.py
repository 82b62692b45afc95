# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Writes an image to a card, and reads it back. A disk that is in use is refused.

What is in use the kernel says, in /sys/class/block and /proc; the folders are arguments so
that tests can make up a machine.
"""
import hashlib
import os
import pathlib
import stat
import sys

from trouble import Trouble

BLOCK = 4 << 20
SECTOR = 512


class Machine:
    """What this machine's kernel knows of its disks."""

    def __init__(self, sys_block="/sys/class/block", proc="/proc"):
        self.block, self.proc = pathlib.Path(sys_block), pathlib.Path(proc)

    def text(self, *names):
        try:
            return self.block.joinpath(*names).read_text().strip()
        except OSError:
            return ""

    def is_part(self, disk):
        return (self.block / disk / "partition").exists()

    def parts(self, disk):
        """The disk and its partitions."""
        folder = (self.block / disk).resolve()
        inside = [path.name for path in folder.iterdir() if (path / "partition").exists()] \
            if folder.is_dir() else []
        return [disk, *sorted(inside)]

    def above(self, name):
        """What is made of it (LVM, RAID, encryption), however deep."""
        seen, left = [], [name]
        while left:
            one = left.pop()
            folder = self.block / one / "holders"
            more = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
            seen += [holder for holder in more if holder not in seen]
            left += [holder for holder in more]
        return seen

    def number(self, name):
        return self.text(name, "dev")

    def mounts(self):
        """(major:minor, where) of all file systems."""
        fields = [line.split() for line in (self.proc / "self/mountinfo").read_text().splitlines()]
        return [(field[2], unescaped(field[4])) for field in fields]

    def swaps(self):
        lines = (self.proc / "swaps").read_text().splitlines()[1:]
        return [os.path.basename(line.split()[0]) for line in lines]

    def size(self, disk):
        return int(self.text(disk, "size") or 0) * SECTOR


def unescaped(text):
    """mountinfo writes a space as \\040."""
    return text.encode().decode("unicode_escape")


def uses(machine, disk):
    """In words, what the disk is in use for."""
    mounts, swaps = machine.mounts(), machine.swaps()
    for name in machine.parts(disk):
        for one in [name, *machine.above(name)]:
            number = machine.number(one)
            for at, where in mounts:
                if at == number:
                    yield f"{one} is mounted at {where}"
            if one in swaps:
                yield f"{one} is swap"
        for one in machine.above(name):
            yield f"{one} is made of {name}"


def check(machine, device, size):
    """The disk's name, if it may be written."""
    path = pathlib.Path(device).resolve()
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise Trouble(f"{device}: {error.strerror}", "lsblk lists the disks of this machine") from None
    if not stat.S_ISBLK(mode):
        raise Trouble(f"{device}: is not a disk", "lsblk lists the disks of this machine")
    check_name(machine, path.name, device, size)


def check_name(machine, disk, device, size):
    if not (machine.block / disk).exists():
        raise Trouble(f"{device}: the kernel does not know this disk", "lsblk lists the disks of this machine")
    if machine.is_part(disk):
        raise Trouble(f"{device}: is a partition, but the image has a partition table",
                      "give the whole disk, for example /dev/sdb or /dev/mmcblk0")
    used = list(dict.fromkeys(uses(machine, disk)))
    if used:
        raise Trouble(f"{device}: is in use: {'; '.join(used)}",
                      "check that it is the card; if it is, unmount it (umount)")
    if machine.text(disk, "ro") == "1":
        raise Trouble(f"{device}: is read-only", "move the lock switch of the card")
    if machine.size(disk) < size:
        raise Trouble(f"{device}: has {machine.size(disk) >> 20} MiB, the image {size >> 20}",
                      "use a larger card")


# ---- bytes ------------------------------------------------------------------------------------

class Progress:
    def __init__(self, what, size, quiet):
        self.what, self.size, self.shown = what, size, quiet or not sys.stderr.isatty()
        self.percent = -1

    def at(self, done):
        percent = 100 * done // max(self.size, 1)
        if not self.shown and percent != self.percent:
            end = "\n" if percent == 100 else ""
            print(f"\rdtshim: {self.what} {percent:3} %", end=end, file=sys.stderr, flush=True)
        self.percent = percent


def blocks(source, size, progress):
    done = 0
    while data := source.read(min(BLOCK, size - done)):
        yield data
        done += len(data)
        progress.at(done)


def copy(image, device, size, quiet):
    """O_EXCL: the kernel refuses what has been mounted since."""
    digest = hashlib.sha256()
    handle = os.open(device, os.O_WRONLY | os.O_EXCL)
    with open(image, "rb") as source, open(handle, "wb", buffering=0) as target:
        for data in blocks(source, size, Progress("writing", size, quiet)):
            digest.update(data)
            left = memoryview(data)
            while left:
                left = left[target.write(left):]
        os.fsync(target.fileno())
    return digest.hexdigest()


def read_back(device, size, quiet):
    digest = hashlib.sha256()
    with open(device, "rb", buffering=0) as source:
        # Or the kernel would answer with what it still has in memory.
        os.posix_fadvise(source.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        for data in blocks(source, size, Progress("reading back", size, quiet)):
            digest.update(data)
    return digest.hexdigest()


def write(image, device, quiet=False, machine=None):
    try:
        size = os.path.getsize(image)
    except OSError as error:
        raise Trouble(f"{image}: {error.strerror}", "make the image first: --board NAME -o IMAGE") from None
    check(machine or Machine(), device, size)
    try:
        written = copy(image, device, size, quiet)
        read = read_back(device, size, quiet)
    except OSError as error:
        raise Trouble(f"{device}: {error.strerror}",
                      "run it as root, with a good card; do not use what is on the card now") from None
    if read != written:
        raise Trouble(f"{device}: the data that was read back differs from what was written",
                      "use another card or card reader")
    if not quiet:
        print(f"dtshim: {device}: {size >> 20} MiB written and read back without differences")
