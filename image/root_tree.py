# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""What a root file system holds, read from a folder or a tar archive.

A tar keeps owners, devices and extended attributes for someone who is not root and may make none
of them: they stay words in here, and only the contents of files are unpacked, under numbers.
"""
import dataclasses
import os
import pathlib
import shutil
import stat
import tarfile

from trouble import Trouble

FILE, FOLDER, SYMLINK, HARDLINK, CHAR, BLOCK, FIFO = (
    "file", "folder", "symlink", "hard link", "char", "block", "fifo")


@dataclasses.dataclass
class Entry:
    path: str            # "etc/fstab"; the root itself is ""
    kind: str
    mode: int = 0o755
    uid: int = 0
    gid: int = 0
    mtime: int = 0
    size: int = 0
    target: str = ""     # of a link; a hard link's is a path as above
    device: tuple = (0, 0)
    content: pathlib.Path | None = None  # where a file's bytes are on the host
    attributes: dict = dataclasses.field(default_factory=dict)

    def parent(self):
        return self.path.rpartition("/")[0]

    def name(self):
        return self.path.rpartition("/")[2]


def clean(path, source):
    """As one of `Entry`'s paths."""
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if ".." in parts or any(set("\n\r\0") & set(part) for part in parts):
        raise Trouble(f"{source}: the name {path!r} is not possible in a root file system",
                      "remove it from the source")
    return "/".join(parts)


# ---- a tar ------------------------------------------------------------------------------------

XATTR = "SCHILY.xattr."
TAR_KINDS = {tarfile.DIRTYPE: FOLDER, tarfile.SYMTYPE: SYMLINK, tarfile.LNKTYPE: HARDLINK,
             tarfile.CHRTYPE: CHAR, tarfile.BLKTYPE: BLOCK, tarfile.FIFOTYPE: FIFO}


def attributes_of(member):
    return {name[len(XATTR):]: value.encode("utf-8", "surrogateescape")
            for name, value in member.pax_headers.items() if name.startswith(XATTR)}


def of_member(member, source):
    kind = FILE if member.isreg() else TAR_KINDS.get(member.type)
    if not kind:
        raise Trouble(f"{source}: {member.name} is of an unknown kind ({member.type!r})",
                      "remove it from the archive")
    target = clean(member.linkname, source) if kind == HARDLINK else member.linkname
    return Entry(clean(member.name, source), kind, member.mode & 0o7777, member.uid, member.gid,
                 int(member.mtime), member.size if kind == FILE else 0, target,
                 (member.devmajor, member.devminor), attributes=attributes_of(member))


def read_tar(source, folder, wanted):
    """Bytes of wanted files go to `folder`. Of two members with one name the later one stays."""
    entries = {}
    with tarfile.open(source, errorlevel=2) as archive:
        for number, member in enumerate(archive):
            entry = of_member(member, source)
            if entry.kind == FILE and wanted(entry.path):
                entry.content = folder / str(number)
                with archive.extractfile(member) as bytes_in, open(entry.content, "wb") as out:
                    shutil.copyfileobj(bytes_in, out, 1 << 20)
            entries[entry.path] = entry
    return entries


# ---- a folder -----------------------------------------------------------------------------------

KINDS = {stat.S_IFREG: FILE, stat.S_IFDIR: FOLDER, stat.S_IFLNK: SYMLINK, stat.S_IFCHR: CHAR,
         stat.S_IFBLK: BLOCK, stat.S_IFIFO: FIFO}


def of_path(path, inside, seen):
    """None for a socket, which is nothing without its program."""
    found = os.lstat(path)
    kind = KINDS.get(stat.S_IFMT(found.st_mode))
    entry = kind and Entry(inside, kind, stat.S_IMODE(found.st_mode), found.st_uid, found.st_gid,
                           int(found.st_mtime), device=(os.major(found.st_rdev),
                                                        os.minor(found.st_rdev)))
    if kind == SYMLINK:
        entry.target = os.readlink(path)
    if kind == FILE:
        first = seen.setdefault((found.st_dev, found.st_ino), inside)
        if first != inside:
            return Entry(inside, HARDLINK, target=first)
        entry.content, entry.size = pathlib.Path(path), found.st_size
    if entry:
        entry.attributes = {name: os.getxattr(path, name, follow_symlinks=False)
                            for name in os.listxattr(path, follow_symlinks=False)}
    return entry


def read_folder(source):
    def stop(error):
        raise error
    entries, seen = {"": of_path(source, "", {})}, {}
    for folder, folders, files in os.walk(source, onerror=stop):
        folders.sort()
        for name in sorted(folders + files):
            path = os.path.join(folder, name)
            inside = clean(os.path.relpath(path, source), source)
            if entry := of_path(path, inside, seen):
                entries[inside] = entry
    return entries


# ---- either ---------------------------------------------------------------------------------------

def with_parents(entries):
    """Folders that nobody mentions, and no file in the place of a folder."""
    for path in list(entries):
        while path:
            path = path.rpartition("/")[0]
            entries.setdefault(path, Entry(path, FOLDER))
    for entry in entries.values():
        if entry.path and entries[entry.parent()].kind != FOLDER:
            raise Trouble(f"{entry.path}: {entry.parent()} is not a folder",
                          "make the archive again from one folder tree")
    return entries


def with_targets(entries, source):
    for entry in entries.values():
        if entry.kind == HARDLINK and getattr(entries.get(entry.target), "kind", None) != FILE:
            raise Trouble(f"{source}: {entry.path} is a link to {entry.target}, which is not a file "
                          "there", "make a complete archive")
    return entries


def read(source, folder, wanted=lambda path: True):
    """{path: Entry}; of a tar the bytes of files whose path is wanted are put into `folder`."""
    try:
        entries = read_folder(source) if os.path.isdir(source) else read_tar(source, folder, wanted)
    except tarfile.ReadError as error:
        raise Trouble(f"{source}: not a tar archive, or incomplete ({error})",
                      "give a folder, or a .tar, .tar.gz, .tar.bz2 or .tar.xz; unpack "
                      "others, such as .zst, first: unzstd FILE") from None
    except PermissionError as error:
        raise Trouble(f"{error.filename}: {error.strerror}", "a tar archive does not "
                      "need root; a folder only if you can read all of it") from None
    except OSError as error:
        raise Trouble(f"{error.filename or source}: {error.strerror}",
                      "give a Debian root file system: a folder or a tar archive") from None
    return with_targets(with_parents(entries), source)


def follow(entries, path, most=32):
    """The entry that a program would get for this path; symbolic links are followed, within the root."""
    done, rest = "", [part for part in path.split("/") if part]
    while rest:
        part = rest.pop(0)
        if part in ("", ".", ".."):
            done = done.rpartition("/")[0] if part == ".." else done
            continue
        entry = entries.get(f"{done}/{part}".strip("/"))
        if entry is None:
            return None
        if entry.kind != SYMLINK:
            done = entry.path
            continue
        most -= 1
        if most < 0:
            return None
        done = "" if entry.target.startswith("/") else done
        rest = entry.target.split("/") + rest
    return entries.get(done)
