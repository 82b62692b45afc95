# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""What a root file system brings to the boot partition: its newest kernel, and what fits that one.

xl works with the Xen that it was built for, and modules with their kernel; so where the user names
no other file these come from the root file system, too.
"""
import re

import root_tree
from root_fs import by_version
from trouble import Trouble

DPKG = "var/lib/dpkg/status"
PLACES = ("boot/", "usr/lib/linux-image-", DPKG)  # where the files are; the others stay in the tar


class RootParts:
    def __init__(self, source, folder):
        """`folder` is empty, and takes a tar's files."""
        self.source = source
        self.entries = root_tree.read(source, folder, lambda path: path.startswith(PLACES))
        self.version = self.newest(r"boot/vmlinuz-(.+)", "linux-image-arm64", "--kernel FILE")[1]

    def newest(self, pattern, package, option):
        """(path, what the parentheses hold) of the newest of that name."""
        found = sorted((path for path in self.entries if re.fullmatch(pattern, path)), key=by_version)
        if not found:
            raise Trouble(f"{self.source}: there is no /{pattern.split('(')[0]}*",
                          f"install Debian's {package} there, or give the file itself: {option}")
        return found[-1], re.fullmatch(pattern, found[-1])[1]

    def file(self, path, package, option):
        entry = root_tree.follow(self.entries, path)
        if entry is None or not entry.content:
            raise Trouble(f"{self.source}: there is no /{path}",
                          f"install Debian's {package} there, or give the file itself: {option}")
        return entry.content

    def kernel(self):
        return self.file(f"boot/vmlinuz-{self.version}", "linux-image-arm64", "--kernel FILE")

    def ramdisk(self):
        return self.file(f"boot/initrd.img-{self.version}", "initramfs-tools", "--ramdisk FILE")

    def xen(self):
        path, _ = self.newest(r"boot/xen-(\d[\d.]*-arm64)", "xen-system-arm64", "--xen FILE")
        return self.file(path, "xen-system-arm64", "--xen FILE")

    def tree(self, name):
        return self.file(f"usr/lib/linux-image-{self.version}/{name}", "linux-image-arm64",
                         "--tree FILE")

    def has(self, path):
        """Whether a file of the host is one of these."""
        return any(entry.content == path for entry in self.entries.values())

    def installed(self):
        """[(name, version, architecture)] of dpkg's packages; none where there is no dpkg."""
        entry = self.entries.get(DPKG)
        if entry is None or not entry.content:
            return []
        found = [dict(re.findall(r"^(\w+): (.+)$", stanza, re.M)) for stanza in
                 entry.content.read_text(errors="replace").split("\n\n")]
        return sorted((one["Package"], one["Version"], one["Architecture"]) for one in found
                      if one.get("Status", "").endswith(" installed"))
