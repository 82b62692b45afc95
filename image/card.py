# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The card's bytes: a partition table, a FAT to boot from, a root file system, and what lies raw.

Nothing is mounted and nothing needs root: sfdisk, mkfs.vfat and mcopy write into files. The
same input gives the same bytes: all names and times that a tool would make up are made from
the input here.
"""
import os
import pathlib
import uuid

from board_data import parse_bytes
from trouble import Trouble, run

SECTOR = 512
MIB = 1 << 20
GPT_SECTORS = 34  # the table before the first partition, and one more behind the last
NAMES = uuid.UUID("8a7f2f3c-8a0c-5a55-9d5e-0b9fd2d5a9c1")  # of dtshim's cards

TABLES = {"dos": (1, 0), "gpt": (GPT_SECTORS, GPT_SECTORS)}  # sectors before and behind
TYPES = {"dos": ("c", "83"), "gpt": ("EBD0A0A2-B9E5-4433-87C0-68B6B72699C7",
                                     "0FC63DAF-8483-4772-8E79-3D69D8477DE4")}


class Extent:
    """What takes bytes of the card: from, to, and what it is called in words."""

    def __init__(self, name, start, size):
        self.name, self.start, self.end = name, start, start + size

    def __str__(self):
        return f"{self.name} ({self.start:#x}-{self.end - 1:#x})"


class Card:
    def __init__(self, board, seed, boot_size=None, boot_type=None):
        """boot_type: of the boot partition, in the table."""
        image = board.image
        self.board, self.label = board, image["label"]
        self.boot_type = boot_type or TYPES[self.label][0]
        self.seed = f"{board.name} {seed}"
        self.boot_at = parse_bytes(image["boot-at"])
        self.boot_size = parse_bytes(boot_size or image["boot-size"])
        self.raw, self.root = [], None
        self.before, self.behind = (count * SECTOR for count in TABLES[self.label])

    def uuid(self, what):
        return uuid.uuid5(NAMES, f"{self.seed} {what}")

    def disk_id(self):
        """Of a dos label: 32 bits, which PARTUUID begins with, too."""
        return self.uuid("disk").int & 0xFFFFFFFF

    def root_partuuid(self):
        return f"{self.disk_id():08x}-02" if self.label == "dos" else str(self.uuid("root"))

    # ---- where everything is ------------------------------------------------------------

    def put_raw(self, name, path, at, most=None):
        size = os.path.getsize(path)
        if most and size > parse_bytes(most):
            raise Trouble(f"{self.board.name}: {name} has {size} bytes, and there is space for "
                          f"{parse_bytes(most)}", f"check that {path} is the right file for the board")
        self.raw.append((Extent(name, parse_bytes(at), size), path))

    def put_root(self, path):
        self.root = path

    def extents(self):
        listed = [Extent("the partition table", 0, self.before),
                  Extent("the boot partition", self.boot_at, self.boot_size)]
        if self.root:
            listed.append(Extent("the root file system", self.root_at(), os.path.getsize(self.root)))
        return listed + [extent for extent, _ in self.raw]

    def root_at(self):
        return -(-(self.boot_at + self.boot_size) // MIB) * MIB

    def size(self):
        end = max(extent.end for extent in self.extents())
        return -(-(end + self.behind) // MIB) * MIB

    def check(self):
        """No two of them share a byte."""
        listed = sorted(self.extents(), key=lambda extent: extent.start)
        for first, second in zip(listed, listed[1:]):
            if first.end > second.start:
                raise Trouble(f"{self.board.name}: {first} and {second} overlap",
                              "correct image in board.toml")

    # ---- the table ----------------------------------------------------------------------

    def table(self):
        root = TYPES[self.label][1]
        lines = [f"label: {self.label}", f"label-id: {self.label_id()}", "unit: sectors",
                 self.partition(self.boot_at, self.boot_size, self.boot_type, "boot", True)]
        if self.root:
            lines.append(self.partition(self.root_at(), os.path.getsize(self.root), root, "root"))
        return "\n".join(lines) + "\n"

    def label_id(self):
        return f"{self.disk_id():#010x}" if self.label == "dos" else self.uuid("disk")

    def partition(self, start, size, kind, name, boots=False):
        line = f"start={start // SECTOR}, size={size // SECTOR}, type={kind}"
        if self.label == "gpt":
            line += f", uuid={self.uuid(name)}, name={name}"
            return line + (', attrs="LegacyBIOSBootable"' if boots else "")
        return line + (", bootable" if boots else "")

    # ---- bytes --------------------------------------------------------------------------

    def write(self, out, boot):
        """`boot`: the boot partition's file system, a file of its size."""
        with open(out, "wb") as image:
            image.truncate(self.size())
        run(["sfdisk", "-q", "--no-reread", "--no-tell-kernel", out],
            "check image in board.toml", input=self.table())
        with open(out, "r+b") as image:
            copy_to(image, boot, self.boot_at)
            if self.root:
                copy_to(image, self.root, self.root_at())
            for extent, path in self.raw:
                copy_to(image, path, extent.start)


def parts_with_data(source):
    """(from, to) of what is no hole."""
    end = os.fstat(source.fileno()).st_size
    start = 0
    while start < end:
        try:
            start = os.lseek(source.fileno(), start, os.SEEK_DATA)
        except OSError:  # nothing but a hole is left
            return
        stop = os.lseek(source.fileno(), start, os.SEEK_HOLE)
        yield start, stop
        start = stop


def copy_to(image, path, at, block=MIB):
    """What is a hole stays one, and what has only zeros becomes one."""
    with open(path, "rb", buffering=0) as source:
        for start, stop in parts_with_data(source):
            for offset in range(start, stop, block):
                data = os.pread(source.fileno(), min(block, stop - offset), offset)
                if data.count(0) != len(data):
                    image.seek(at + offset)
                    image.write(data)


def make_fat(out, size, serial, folder, epoch):
    """A FAT32 with what is in `folder`; times of everything in it are `epoch`."""
    out = pathlib.Path(out)
    out.unlink(missing_ok=True)
    with open(out, "wb") as image:
        image.truncate(size)
    # In this order: --invariant sets a serial number of its own.
    run(["mkfs.vfat", "--invariant", "-F", "32", "-i", f"{serial:08x}", "-n", "DTSHIM", out],
        "give the boot partition at least 64M")
    paths = sorted(pathlib.Path(folder).rglob("*"))
    for path in paths:
        os.utime(path, (epoch, epoch))
    environment = {**os.environ, "TZ": "UTC", "SOURCE_DATE_EPOCH": str(epoch), "MTOOLS_SKIP_CHECK": "1"}
    for path in sorted(pathlib.Path(folder).iterdir()):
        run(["mcopy", "-s", "-m", "-Q", "-i", out, path, "::"],
            "make the boot partition larger: --boot-size", env=environment)
    return out
