# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The files that go on a card: from Debian's packages, or the user's own.

What a user gives wins over a package, and only packages that are still needed are fetched.
"""
import os
import pathlib
import subprocess

from trouble import Trouble

HERE = pathlib.Path(__file__).resolve().parent
KERNEL = "boot/vmlinuz-*"
TREES = "usr/lib/linux-image-*"


def cache():
    """Where packages are kept: in a checkout's build folder, or the user's cache."""
    if "DTSHIM_CACHE" in os.environ:
        return pathlib.Path(os.environ["DTSHIM_CACHE"])
    checkout = HERE.parent / "build/cache"
    if (HERE.parent / "Makefile").exists():
        return checkout
    base = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return pathlib.Path(base) / "dtshim"


def fetcher():
    return HERE.parent / "scripts/fetch-parts"


class Packages:
    """Unpacked packages of a Debian release."""

    def __init__(self, release, fresh=False):
        self.release, self.fresh = release, fresh
        self.folder = cache() / "parts" / release
        self.used = {}

    def get(self, package, non_free=False):
        if package in self.used:
            return self.folder / package
        environment = {**os.environ, "DTSHIM_CACHE": str(cache()),
                       **({"FIRMWARE": "non-free"} if non_free else {}),
                       **({"FRESH": "yes"} if self.fresh else {})}
        done = subprocess.run([str(fetcher()), self.release, str(self.folder), package],
                              env=environment, check=False)
        if done.returncode:
            raise Trouble(f"the package {package} of Debian {self.release} is not available",
                          "give the file itself: dtshim image --help lists the options")
        self.used[package] = (self.folder / f"{package}.version").read_text().strip()
        return self.folder / package

    def file(self, package, pattern, non_free=False):
        """The newest file of that name in a package."""
        found = sorted(self.get(package, non_free).glob(pattern))
        if not found:
            raise Trouble(f"{self.used[package]} has no {pattern}",
                          "Debian has moved it: give the file itself, or correct board.toml")
        return found[-1]


def xen(packages):
    """Not its .config and its .efi."""
    found = [path for path in sorted(packages.get("xen").glob("boot/xen-*"))
             if path.suffix not in (".config", ".efi", ".map")]
    if not found:
        raise Trouble("the package has no boot/xen-*", "give the file itself: --xen FILE")
    return found[-1]


def given(path, what):
    """A file that the user names; an empty one is none."""
    path = pathlib.Path(path)
    if not path.is_file() or not path.stat().st_size:
        raise Trouble(f"{path}: {'is empty' if path.is_file() else 'file does not exist'}",
                      f"give {what}")
    return path


def tree(board, packages):
    wanted = board.tree.get("debian")
    if wanted and packages.release not in wanted:
        raise Trouble(f"{board.name}: Debian {packages.release}'s kernel has no tree for this board",
                      f"use that of Debian {' or '.join(wanted)} (--debian {wanted[-1]}), or give the "
                      "tree itself: --tree FILE")
    return packages.file("kernel", f"{TREES}/{board.tree['file']}")


# ---- what a board needs before U-Boot's script ------------------------------------------------

class Firmware:
    """(name, path) of what goes raw on the card and into the boot partition."""

    def __init__(self, board, packages, brought, non_free):
        self.board, self.packages, self.brought = board, packages, brought
        self.non_free = non_free
        self.missing = []
        known = [os.path.basename(one.get("file", one.get("name", ""))) for kind in
                 ("raw", "file", "bring") for one in board.image.get(kind, [])]
        for name in set(brought) - set(known):
            raise Trouble(f"{board.name} does not use {name}",
                          f"it uses: {', '.join(known) or 'nothing'}")

    def raw(self):
        for one in self.board.image.get("raw", []):
            yield os.path.basename(one["file"]), self.path_of(one), one["at"], one.get("most")
        for one in self.board.image.get("bring", []):
            if "at" in one:
                yield one["name"], self.brought_of(one), one["at"], one.get("most")

    def files(self):
        for one in self.board.image.get("file", []):
            name = os.path.basename(one["file"])
            yield one.get("to", name), self.path_of(one)
        for one in self.board.image.get("bring", []):
            if "to" in one:
                yield one["to"], self.brought_of(one)

    def path_of(self, one):
        name = os.path.basename(one["file"])
        if name in self.brought:
            return given(self.brought[name], f"{name} of this board")
        if one.get("non-free") and not self.non_free:
            self.missing.append((name, f"is in {one['package']}, in Debian's section "
                                 "non-free-firmware: add --non-free"))
            return None
        return self.packages.file(one["package"], one["file"], one.get("non-free", False))

    def brought_of(self, one):
        if one["name"] in self.brought:
            return given(self.brought[one["name"]], one["what"])
        self.missing.append((one["name"], one["what"]))
        return None

    def all_there(self):
        if self.missing:
            names = "\n".join(f"  {name}: {what}" for name, what in self.missing)
            options = " ".join(f"--bring {name}=FILE" for name, _ in self.missing)
            raise Trouble(f"{self.board.name}: its firmware is incomplete; these are missing:\n{names}",
                          f"give them: {options}; or --no-firmware, if the board has a U-Boot "
                          "elsewhere (eMMC, SPI flash)")
