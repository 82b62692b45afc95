# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""A new Debian in a folder, in which commands are run as on a machine of its own."""
import os
import pathlib
import shutil
import subprocess

import pytest

from patience import patience
from places import ROOT

# Its own mounts, which nobody else sees and which go with the command.
IN_ROOT = """mount -t proc proc "$1/proc" && mount --rbind /dev "$1/dev" || exit 99
exec chroot "$1" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \\
    DEBIAN_FRONTEND=noninteractive sh -c "cd /root && $2" """


class PlainRoot:
    def __init__(self, release, folder, packages):
        self.release, self.folder = release, pathlib.Path(folder)
        if os.getuid() or not shutil.which("mmdebstrap"):
            pytest.skip("a root file system is made by root, with mmdebstrap")
        done = subprocess.run([ROOT / "scripts/make-plain-root", release, folder,
                               f"--include={','.join(packages)}"], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    def run(self, command, code=0):
        done = subprocess.run(["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", IN_ROOT, "sh",
                               self.folder, command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=patience(900), check=False)
        assert code is None or done.returncode == code, f"{command}: {done.returncode}\n{done.stdout}"
        return done.stdout

    def put(self, *files):
        for file in files:
            shutil.copy(file, self.folder / "root")

    def close(self):
        shutil.rmtree(self.folder)
