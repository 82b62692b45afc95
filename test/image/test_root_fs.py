# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""A root file system in a file: what debugfs reads from it is what the source had.

Sources are made here, by nobody who needs to be root: a tar's owners and devices are words.
"""
import io
import os
import re
import shutil
import subprocess
import sys
import tarfile

import pytest

from places import ROOT

sys.path.insert(0, str(ROOT / "image"))
import root_fs  # noqa: E402
from ext4 import Ext4  # noqa: E402
from root_parts import RootParts  # noqa: E402
from root_tree import Entry  # noqa: E402
from trouble import Trouble  # noqa: E402

CAPABILITY = b"\1\0\0\2\0\x20\0\0" + bytes(12)  # cap_net_raw, as getcap would say
ACL = bytes.fromhex("02000000" "01000700ffffffff" "04000500ffffffff" "0800050004000000"
                    "10000500ffffffff" "20000500ffffffff")
SYSTEM = [("dir", "usr/sbin", {}), ("symlink", "sbin", {"linkname": "usr/sbin"}),
          ("dir", "usr/lib/systemd", {}), ("file", "usr/lib/systemd/systemd", {"mode": 0o755}),
          ("symlink", "usr/sbin/init", {"linkname": "../lib/systemd/systemd"})]
XEN = [("file", f"usr/sbin/{tool}", {"mode": 0o755}) for tool in ("xl", "xenstored", "xenconsoled")]
TYPES = {"dir": tarfile.DIRTYPE, "file": tarfile.REGTYPE, "symlink": tarfile.SYMTYPE,
         "link": tarfile.LNKTYPE, "char": tarfile.CHRTYPE, "block": tarfile.BLKTYPE,
         "fifo": tarfile.FIFOTYPE, "odd": b"V"}


def member(kind, name, content=None, xattrs=None, **fields):
    info = tarfile.TarInfo(name)
    info.type, info.mtime = TYPES[kind], 1000
    info.mode = 0o755 if kind == "dir" else 0o644
    for field, value in fields.items():
        setattr(info, field, value)
    info.pax_headers = {f"SCHILY.xattr.{key}": value.decode("utf-8", "surrogateescape")
                        for key, value in (xattrs or {}).items()}
    content = f"this is {name}".encode() if content is None and kind == "file" else content or b""
    info.size = len(content)
    return info, content


@pytest.fixture
def tar(tmp_path):
    def make(*more, system=(*SYSTEM, *XEN), name="root.tar", mode="w"):
        with tarfile.open(tmp_path / name, mode, format=tarfile.PAX_FORMAT) as archive:
            for kind, path, fields in (*system, *more):
                info, content = member(kind, path, **fields)
                archive.addfile(info, io.BytesIO(content))
        return tmp_path / name
    return make


@pytest.fixture(autouse=True)
def no_date(monkeypatch):
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)


class Image:
    """Read back by debugfs."""

    def __init__(self, path):
        self.path = path

    def say(self, command):
        return subprocess.run(["/usr/sbin/debugfs", "-R", command, self.path], check=True,
                              capture_output=True, env={"TZ": "UTC", "LC_ALL": "C"}).stdout

    def stat(self, path):
        text = self.say(f'stat "{path}"').decode(errors="replace")
        found = {name.lower(): value for name, value in re.findall(
            r"\b(Inode|Type|Mode|User|Group|Size|Links): +(\S+)", text)}
        times = re.findall(r"^ *(\wc?r?time): 0x(\w+):", text, re.M)
        return found | {name: int(value, 16) for name, value in times}, text

    def content(self, path):
        return self.say(f'cat "{path}"')


@pytest.fixture
def image(tmp_path):
    def make(source, **more):
        made = root_fs.make(source, tmp_path / "root.ext4", **more)
        one = Image(tmp_path / "root.ext4")
        one.made = made
        return one
    return make


def trouble(source, out, **more):
    with pytest.raises(Trouble) as caught:
        root_fs.make(source, out, **more)
    assert not out.exists(), "nothing half-written is left"
    assert not list(out.parent.glob(".root-*")), "nor a folder of it"
    return str(caught.value)


# ---- what is kept -------------------------------------------------------------------------------

def test_files_folders_owners_and_modes(tar, image):
    one = image(tar(("dir", "./home/me", {"uid": 1000, "gid": 100, "mode": 0o1770}),
                    ("file", "./home/me/big", {"uid": 70000, "gid": 80000, "mode": 0o4755,
                                               "content": bytes(range(256)) * 5000})))
    seen, _ = one.stat("/home/me")
    assert (seen["type"], seen["mode"], seen["user"], seen["group"]) == ("directory", "01770", "1000",
                                                                         "100")
    seen, _ = one.stat("/home/me/big")
    assert (seen["mode"], seen["user"], seen["group"]) == ("04755", "70000", "80000")
    assert one.content("/home/me/big") == bytes(range(256)) * 5000
    assert one.content("/usr/sbin/xl") == b"this is usr/sbin/xl"
    assert one.stat("/home")[0]["mode"] == "0755", "a folder that the archive only implies"


def test_devices_and_pipes(tar, image):
    one = image(tar(("char", "dev/null", {"devmajor": 1, "devminor": 3, "mode": 0o666}),
                    ("block", "dev/big", {"devmajor": 259, "devminor": 300}),
                    ("fifo", "run/pipe", {"mode": 0o600})))
    seen, text = one.stat("/dev/null")
    assert seen["mode"] == "0666" and seen["type"] == "character" and "number: 01:03" in text
    seen, text = one.stat("/dev/big")
    assert seen["type"] == "block" and "major: 259, minor: 300" in text.replace("(New-style) ", "") or \
        re.search(r"259:300", text), text
    assert one.stat("/run/pipe")[0]["mode"] == "0600"


def test_links(tar, image):
    long = "/a" * 100
    one = image(tar(("file", "etc/one", {}), ("link", "bin/two", {"linkname": "./etc/one"}),
                    ("link", "bin/three", {"linkname": "etc/one"}),
                    ("symlink", "etc/long", {"linkname": long})))
    seen = [one.stat(path)[0] for path in ("/etc/one", "/bin/two", "/bin/three")]
    assert {each["inode"] for each in seen} == {seen[0]["inode"]}
    assert seen[0]["links"] == "3"
    assert one.content("/etc/long") == long.encode()


def test_extended_attributes(tar, image):
    """A capability, which is bytes, and an access list, which ext4 writes in a form of its own."""
    one = image(tar(("file", "bin/ping", {"xattrs": {"security.capability": CAPABILITY}}),
                    ("dir", "var/log", {"xattrs": {"system.posix_acl_access": ACL}})))
    said = one.say("ea_list /bin/ping").decode()
    assert "security.capability (20) = " + CAPABILITY.hex(" ") in said
    said = one.say("ea_list /var/log").decode()
    assert "01 00 00 00 01 00 07 00 04 00 05 00 08 00 05 00 04 00 00 00" in said


NAMES = ['with space', 'quote"quote', "<12>", "back\\slash", "ümlaut", "-f", "\udcff"]


def test_odd_names(tar, image, tmp_path):
    one = image(tar(*(("file", f"etc/{name}", {"content": name.encode("utf-8", "surrogateescape")})
                      for name in NAMES)))
    (tmp_path / "out").mkdir()
    subprocess.run(["/usr/sbin/debugfs", "-R", f"rdump /etc {tmp_path / 'out'}", one.path],
                   check=True, capture_output=True)
    assert sorted(os.listdir(tmp_path / "out/etc")) == sorted(NAMES)
    for name in NAMES:
        assert (tmp_path / "out/etc" / name).read_bytes() == name.encode("utf-8", "surrogateescape")


def test_a_folder_of_many(tar, image):
    """More names than a block of a folder holds."""
    one = image(tar(*(("file", f"etc/a-rather-long-name-{number}", {"content": b"x"})
                      for number in range(600))))
    assert one.content("/etc/a-rather-long-name-599") == b"x"


def test_the_later_of_two(tar, image):
    one = image(tar(("file", "etc/a", {"content": b"old"}), ("file", "etc/a", {"content": b"new"})))
    assert one.content("/etc/a") == b"new"


def test_a_folder_as_the_source(image, tmp_path):
    source = tmp_path / "tree"
    (source / "sbin").mkdir(parents=True)
    (source / "sbin/init").write_bytes(b"an init")
    (source / "sbin/init").chmod(0o700)
    os.link(source / "sbin/init", source / "sbin/again")
    (source / "link").symlink_to("sbin/init")
    os.utime(source / "sbin/init", (5, 5))
    one = image(source)
    seen, _ = one.stat("/sbin/init")
    assert (seen["mode"], seen["user"], seen["links"], seen["mtime"]) == (
        "0700", str(os.getuid()), "2", 5)
    assert one.content("/sbin/again") == b"an init"
    assert one.stat("/link")[0]["type"] == "symlink"


# ---- the same bytes --------------------------------------------------------------------------------

@pytest.mark.slow
def test_the_same_source_gives_the_same_bytes(tar, tmp_path):
    source = tar(("file", "etc/a", {}))
    first = root_fs.make(source, tmp_path / "a")
    later = shutil.copy(source, tmp_path / "later.tar")
    os.utime(later, (1, 1))
    second = root_fs.make(later, tmp_path / "b")
    assert (first.uuid, first.size) == (second.uuid, second.size)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    other = root_fs.make(tar(("file", "etc/a", {"content": b"other"})), tmp_path / "c")
    assert other.uuid != first.uuid


def test_times_are_those_of_the_source(tar, image, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "2000")
    one = image(tar(("file", "etc/old", {"mtime": 500}), ("file", "etc/new", {"mtime": 9000})))
    assert one.stat("/etc/old")[0]["mtime"] == 500
    for name in ("mtime", "ctime", "atime", "crtime"):
        assert one.stat("/etc/new")[0][name] == 2000
    said = subprocess.run(["/usr/sbin/dumpe2fs", "-h", one.path], capture_output=True, text=True,
                          check=True, env={"TZ": "UTC", "LC_ALL": "C"}).stdout
    times = re.findall(r"^(?:Filesystem created|Last write time|Last checked): +(.*)", said, re.M)
    assert set(times) == {"Thu Jan  1 00:33:20 1970"} and len(times) == 3
    assert one.made.uuid in said and "root" in said


# ---- size -------------------------------------------------------------------------------------------

@pytest.mark.slow
def test_the_size_that_the_error_names_is_enough(tar, image, tmp_path):
    big = [("file", f"usr/big{number}", {"content": os.urandom(700_000)}) for number in range(30)]
    said = trouble(tar(*big), tmp_path / "out", size=8 << 20)
    least = int(re.search(r"8 MiB is too small .*: it needs (\d+) MiB", said)[1])
    assert "what to do: " in said
    assert image(tar(*big), size=least << 20).made.size == least << 20 == (
        tmp_path / "root.ext4").stat().st_size
    assert f"needs {least} MiB" in trouble(tar(*big), tmp_path / "out", size=(least - 1) << 20)


def test_room_for_what_is_written_later(tar, image):
    assert image(tar()).made.size >= 64 << 20


# ---- what is refused ----------------------------------------------------------------------------------

def test_no_tar(tmp_path):
    (tmp_path / "a").write_bytes(b"no tar at all" * 100)
    assert "a: not a tar archive" in trouble(tmp_path / "a", tmp_path / "out")


def test_a_tar_that_ends_early(tar, tmp_path):
    source = tar(("file", "etc/big", {"content": bytes(100_000)}))
    source.write_bytes(source.read_bytes()[:50_000])
    assert "root.tar: not a tar archive, or incomplete" in trouble(source, tmp_path / "out")


def test_a_compressed_tar(tar, image):
    assert image(tar(name="root.tar.xz", mode="w:xz")).content("/usr/sbin/xl") == \
        b"this is usr/sbin/xl"


def test_nothing_there(tmp_path):
    said = trouble(tmp_path / "none", tmp_path / "out")
    assert "none: No such file or directory" in said and "what to do: " in said


def test_no_init(tar, tmp_path):
    """Nor one that a link leads to and that is not there."""
    for system in (XEN, SYSTEM[:3] + SYSTEM[4:]):
        said = trouble(tar(system=system), tmp_path / "out")
        assert "there is no /sbin/init" in said and "make-debian-root" in said


def test_links_in_a_ring_are_no_init(tar, tmp_path):
    ring = [("symlink", "sbin", {"linkname": "usr"}), ("symlink", "usr", {"linkname": "sbin"})]
    assert "there is no /sbin/init" in trouble(tar(system=ring), tmp_path / "out")


def test_names_that_lead_out(tar, tmp_path):
    for name in ("../../etc/a", "etc/a\nb"):
        assert "is not possible in a root file system" in trouble(tar(("file", name, {})), tmp_path / "out")


@pytest.mark.parametrize("more, said", [
    (("link", "etc/a", {"linkname": "etc/none"}), "etc/a is a link to etc/none, which is not a file"),
    (("file", "usr/sbin/init/a", {}), "usr/sbin/init is not a folder"),
    (("odd", "etc/a", {}), "etc/a is of an unknown kind")])
def test_archives_that_make_no_sense(tar, tmp_path, more, said):
    assert said in trouble(tar(more), tmp_path / "out")


def test_a_file_that_goes_away_meanwhile(tmp_path):
    """debugfs ends well whatever happens: what it says is the trouble."""
    entries = {"": Entry("", "folder"), "a": Entry("a", "file", content=tmp_path / "gone")}
    fs = Ext4(tmp_path / "fs", "root", "5f6bb2f5-6f5c-4f50-8a51-5d2c0b0c6f3e", 1000)
    fs.format(8 << 20, 64)
    with pytest.raises(Trouble, match="debugfs: .*No such file"):
        fs.fill(entries)


# ---- dom0's tools -----------------------------------------------------------------------------------

def test_what_a_dom0_misses(tar, image):
    assert image(tar()).made.warnings == []
    said, = image(tar(system=[*SYSTEM, XEN[1]])).made.warnings
    assert "dom0 has no xl and no xenconsoled" in said and "xen-system-arm64" in said


# ---- kernels ------------------------------------------------------------------------------------------

def test_the_newest_kernel_and_its_ramdisk(tar, tmp_path):
    source = tar(*(("file", f"boot/{name}", {}) for name in (
        "vmlinuz-6.9.0", "vmlinuz-6.12.10", "vmlinuz-6.12.9", "initrd.img-6.12.10", "initrd.img-6.9.0")))
    (tmp_path / "files").mkdir()
    parts = RootParts(source, tmp_path / "files")
    assert parts.kernel().read_bytes() == b"this is boot/vmlinuz-6.12.10"
    assert parts.ramdisk().read_bytes() == b"this is boot/initrd.img-6.12.10"
    assert len(os.listdir(tmp_path / "files")) == 5, "no more is unpacked than may be asked for"
    with pytest.raises(Trouble, match="no /boot/vmlinuz"):
        RootParts(tar(), tmp_path / "files")
