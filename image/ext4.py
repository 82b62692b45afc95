# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""An ext4 file system in a file, without root and without a mount.

mke2fs makes an empty one, debugfs puts in each entry with its owner, mode and times. (mke2fs -d
would fill it, too, but in the order that the host's folder happens to have, with the times of the
unpacking, and with owners and devices that only root or fakeroot can give.)
"""
import os
import re
import subprocess
import tempfile

import root_tree
from trouble import Trouble, run

BLOCK = 4096
MIB = 1 << 20
# All that mke2fs.conf may say otherwise on another machine. Debian 13 adds two features to it
# that Debian 12's own kernel has, and other readers of ext4, as boot loaders, may not.
FEATURES = ("has_journal,ext_attr,resize_inode,dir_index,filetype,extent,64bit,flex_bg,sparse_super,"
            "large_file,huge_file,dir_nlink,extra_isize,metadata_csum")
CONF = f"""[defaults]
base_features = none
default_mntopts = acl,user_xattr
enable_periodic_fsck = 0
[fs_types]
ext4 = {{
features = {FEATURES}
blocksize = {BLOCK}
inode_size = 256
inode_ratio = 16384
}}
"""
WHOLE = "check that Debian's e2fsprogs is installed completely"


class Ext4:
    def __init__(self, path, label, uuid, epoch):
        self.path, self.label, self.uuid, self.epoch = path, label, uuid, epoch
        conf = path.with_suffix(".conf")
        conf.write_text(CONF)
        self.environment = {**os.environ, "E2FSPROGS_FAKE_TIME": str(epoch),
                            "MKE2FS_CONFIG": str(conf), "LC_ALL": "C", "TZ": "UTC",
                            "PATH": os.environ.get("PATH", "") + ":/usr/sbin:/sbin"}

    def tool(self, *arguments, remedy=WHOLE):
        return run(arguments, remedy, env=self.environment)

    def format(self, size, inodes):
        """Empty, with `size` bytes and room for so many inodes."""
        with open(self.path, "wb") as image:
            image.truncate(size)
        self.tool("mke2fs", "-q", "-F", "-t", "ext4", "-L", self.label, "-U", self.uuid,
                  "-E", f"hash_seed={self.uuid},lazy_itable_init=0,nodiscard", "-m", "1",
                  "-N", max(inodes, size // 16384), self.path, size // 1024)

    def free_blocks(self):
        said = self.tool("dumpe2fs", "-h", self.path)
        return int(re.search(r"^Free blocks: +(\d+)", said, re.M)[1])

    def fill(self, entries):
        script = self.path.with_suffix(".commands")
        script.write_text("".join(f"{line}\n" for line in commands(entries, self.epoch, self.path.parent)),
                          errors="surrogateescape")
        said = debugfs(script, self.path, self.environment)
        if said:
            raise Trouble(f"debugfs: {' / '.join(said[:3])}", WHOLE)

    def check(self):
        self.tool("e2fsck", "-f", "-n", self.path)


def debugfs(script, path, environment):
    """What it says of trouble: it ends well, whatever happens. (mke2fs was there, so it is.)"""
    done = subprocess.run(["debugfs", "-w", "-f", script, path], env=environment, check=False,
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                          errors="surrogateescape")
    return [line for line in done.stderr.splitlines() if not line.startswith("debugfs 1.")]


def blocks(entries):
    """How many blocks the entries take in an empty file system, or a few more."""
    def folder(names):
        return 1 + sum(12 + len(os.fsencode(name)) for name in names) * 9 // 8 // BLOCK
    names = {}
    for entry in entries.values():
        names.setdefault(entry.parent(), []).append(entry.name())
    count = 0
    for entry in entries.values():
        count += -(-entry.size // BLOCK) + entry.size // (64 * MIB)
        count += entry.kind == root_tree.FOLDER and folder(names.get(entry.path, []))
        count += len(entry.target) > 59 and entry.kind == root_tree.SYMLINK
        count += bool(entry.attributes)
    return count


# ---- debugfs's commands -----------------------------------------------------------------------

TYPES = {root_tree.FILE: 0o100000, root_tree.FOLDER: 0o040000, root_tree.CHAR: 0o020000,
         root_tree.BLOCK: 0o060000, root_tree.FIFO: 0o010000}


def quoted(text):
    return '"' + str(text).replace('"', '""') + '"'


def making(entry):
    """The command that makes it, in its folder."""
    name = quoted(entry.name())
    if entry.kind in (root_tree.CHAR, root_tree.BLOCK):
        return f"mknod {name} {entry.kind[0]} {entry.device[0]} {entry.device[1]}"
    return {root_tree.FILE: f"write {quoted(entry.content)} {name}",
            root_tree.FOLDER: f"mkdir {name}",
            root_tree.SYMLINK: f"symlink {name} {quoted(entry.target)}",
            root_tree.HARDLINK: f"ln {quoted('/' + entry.target)} {name}",
            root_tree.FIFO: f"mknod {name} p"}[entry.kind]


def fields(entry, epoch, links):
    path = quoted("/" + entry.path)
    if entry.kind in TYPES:
        yield f"sif {path} mode 0{TYPES[entry.kind] | entry.mode:o}"
    if entry.uid:
        yield f"sif {path} uid {entry.uid}"
    if entry.gid:
        yield f"sif {path} gid {entry.gid}"
    if entry.path in links:
        yield f"sif {path} links_count {1 + links[entry.path]}"
    yield f"sif {path} mtime @{min(entry.mtime, epoch)}"


def attributes(entry, folder):
    for name, value in sorted(entry.attributes.items()):
        handle, file = tempfile.mkstemp(dir=folder)
        with open(handle, "wb") as out:
            out.write(value)
        yield f"ea_set -f {quoted(file)} {quoted('/' + entry.path)} {quoted(name)}"


def in_order(entries):
    """Folders before what is in them, links after what they link."""
    return sorted(entries.values(), key=lambda one: (one.kind == root_tree.HARDLINK,
                                                     one.path.split("/")))


def commands(entries, epoch, folder):
    links = {}
    for entry in entries.values():
        if entry.kind == root_tree.HARDLINK:
            links[entry.target] = links.get(entry.target, 0) + 1
    where = ""
    for entry in in_order(entries):
        if entry.parent() != where:
            where = entry.parent()
            yield f"cd {quoted('/' + where)}"
        if entry.path not in ("", "lost+found"):
            yield making(entry)
        if entry.kind != root_tree.HARDLINK:
            yield from attributes(entry, folder)
            yield from fields(entry, epoch, links)
