# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Writing a card: what is refused on a machine that is made up, and a loop device that is real."""
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

from places import ROOT

sys.path.insert(0, str(ROOT / "image"))
import flash  # noqa: E402
from trouble import Trouble  # noqa: E402

MIB = 1 << 20


class MadeUp:
    """/sys/class/block and /proc of a machine with these disks."""

    def __init__(self, folder):
        self.block, self.proc = folder / "block", folder / "proc"
        (self.proc / "self").mkdir(parents=True)
        self.block.mkdir()
        (self.proc / "swaps").write_text("Filename Type Size Used Priority\n")
        (self.proc / "self/mountinfo").write_text("")
        self.count = 0

    def disk(self, name, size=64 * MIB, parts=0, ro=0):
        folder = self.block.parent / "devices" / name
        self.device(folder, name, size, ro)
        for number in range(1, parts + 1):
            part = f"{name}p{number}"
            self.device(folder / part, part, size // 4, ro)
            (folder / part / "partition").write_text(f"{number}\n")
        return name

    def device(self, folder, name, size, ro):
        self.count += 1
        (folder / "holders").mkdir(parents=True)
        (folder / "dev").write_text(f"8:{self.count}\n")
        (folder / "size").write_text(f"{size // 512}\n")
        (folder / "ro").write_text(f"{ro}\n")
        os.symlink(folder, self.block / name)

    def holds(self, holder, name):
        self.disk(holder)
        (self.block / name / "holders" / holder).mkdir()

    def mount(self, name, where):
        number = (self.block / name / "dev").read_text().strip()
        with open(self.proc / "self/mountinfo", "a") as mounts:
            mounts.write(f"30 1 {number} / {where} rw - ext4 /dev/{name} rw\n")

    def swap(self, name):
        with open(self.proc / "swaps", "a") as swaps:
            swaps.write(f"/dev/{name} partition 1000 0 -2\n")

    def check(self, name, size=32 * MIB):
        flash.check_name(flash.Machine(self.block, self.proc), name, f"/dev/{name}", size)


@pytest.fixture
def made(tmp_path):
    return MadeUp(tmp_path)


def test_a_card_that_nobody_uses(made):
    made.disk("mmcblk0", parts=2)
    made.mount(made.disk("sda"), "/")
    made.check("mmcblk0")


USED = {
    "the disk itself is mounted": (lambda made: made.mount("sdb", "/media/card"),
                                   "sdb is mounted at /media/card"),
    "a partition is mounted": (lambda made: made.mount("sdbp1", "/media/my\\040card"),
                               "sdbp1 is mounted at /media/my card"),
    "the system is on it": (lambda made: made.mount("sdbp2", "/"), "sdbp2 is mounted at /"),
    "swap is on it": (lambda made: made.swap("sdbp2"), "sdbp2 is swap"),
    "a volume is made of a partition": (lambda made: made.holds("dm-0", "sdbp2"),
                                        "dm-0 is made of sdbp2"),
    "the system is in a volume on it": (lambda made: (made.holds("dm-0", "sdbp2"),
                                                      made.holds("dm-1", "dm-0"),
                                                      made.mount("dm-1", "/")), "dm-1 is mounted at /"),
    "swap is in a volume on it": (lambda made: (made.holds("dm-0", "sdbp1"), made.swap("dm-0")),
                                  "dm-0 is swap"),
}


@pytest.mark.parametrize("use", USED)
def test_a_disk_in_use_is_refused(use, made):
    made.disk("sdb", parts=2)
    made.check("sdb")
    USED[use][0](made)
    with pytest.raises(Trouble) as refused:
        made.check("sdb")
    assert USED[use][1] in refused.value.what and "unmount it" in refused.value.remedy


def test_what_is_no_whole_card_is_refused(made):
    made.disk("sdb", parts=1)
    made.disk("sdc", ro=1)
    for name, size, words in (("sdbp1", MIB, "is a partition"), ("sdb", 65 * MIB, "has 64 MiB, the image 65"),
                              ("sdc", MIB, "is read-only"), ("sdd", MIB, "the kernel does not know this disk")):
        with pytest.raises(Trouble) as refused:
            made.check(name, size)
        assert words in refused.value.what


def test_no_disk(tmp_path):
    (tmp_path / "image").write_bytes(bytes(MIB))
    (tmp_path / "file").write_bytes(bytes(MIB))
    for device, words in ((tmp_path / "file", "is not a disk"), (tmp_path / "none", "No such file"),
                          ("/dev/null", "is not a disk")):
        with pytest.raises(Trouble) as refused:
            flash.write(tmp_path / "image", str(device))
        assert words in refused.value.what
    assert (tmp_path / "file").read_bytes() == bytes(MIB)
    with pytest.raises(Trouble) as refused:
        flash.write(tmp_path / "no-image", "/dev/null")
    assert "make the image first" in refused.value.remedy


def test_what_is_read_back_is_compared(tmp_path, monkeypatch):
    """On a card that forgets: the last byte is another one."""
    image, card = tmp_path / "image", tmp_path / "card"
    image.write_bytes(os.urandom(5 * MIB))
    card.write_bytes(bytes(6 * MIB))
    monkeypatch.setattr(flash, "check", lambda *_: None)
    flash.write(image, card, quiet=True)
    assert card.read_bytes() == image.read_bytes() + bytes(MIB)
    whole = flash.copy

    def copy(image, device, size, quiet):
        digest = whole(image, device, size, quiet)
        with open(device, "r+b") as damaged:
            damaged.seek(size - 1)
            last = damaged.read(1)
            damaged.seek(size - 1)
            damaged.write(bytes([last[0] ^ 1]))
        return digest
    monkeypatch.setattr(flash, "copy", copy)
    with pytest.raises(Trouble) as refused:
        flash.write(image, card, quiet=True)
    assert "differs from what was written" in refused.value.what


@pytest.fixture
def loop(tmp_path):
    """A disk that is real, made of a file, where this machine lets us make one."""
    losetup = shutil.which("losetup")
    (tmp_path / "disk").write_bytes(bytes(16 * MIB))
    done = losetup and subprocess.run([losetup, "--find", "--show", tmp_path / "disk"], capture_output=True,
                                      text=True, check=False)
    if not done or done.returncode:
        pytest.skip("no loop device can be had here")
    yield pathlib.Path(done.stdout.strip())
    subprocess.run(["umount", done.stdout.strip()], check=False, capture_output=True)
    subprocess.run([losetup, "--detach", done.stdout.strip()], check=True)


def program(*arguments):
    return subprocess.run([ROOT / "image/dtshim-image", *map(str, arguments)], check=False,
                          capture_output=True, text=True)


@pytest.mark.slow
def test_a_real_disk(loop, tmp_path):
    """Written whole; then with a file system that is mounted, refused."""
    image = tmp_path / "image"
    image.write_bytes(os.urandom(8 * MIB))
    done = program("-o", image, "--flash", loop)
    assert done.returncode == 0 and "8 MiB written and read back without differences" in done.stdout, done.stderr
    assert loop.read_bytes()[:8 * MIB] == image.read_bytes()
    subprocess.run(["mke2fs", "-q", "-F", loop], check=True)
    (tmp_path / "at").mkdir()
    if subprocess.run(["mount", loop, tmp_path / "at"], capture_output=True).returncode:
        pytest.skip("nothing can be mounted here")
    before = loop.read_bytes()
    done = program("-o", image, "--flash", loop)
    assert done.returncode == 1 and f"is mounted at {tmp_path / 'at'}" in done.stderr
    assert loop.read_bytes() == before
