# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""A root file system with a made-up Debian for arm64: real flash-kernel and u-boot-menu, run by
this machine's own shell. What is not made up are links into the machine, below /host.

Needs a mount namespace: root, or a kernel that lets users have one.
"""
import os
import pathlib
import shutil
import subprocess

import filelock
import pytest

from patience import patience
from places import ROOT

PACKAGES = ("flash-kernel", "u-boot-menu", "linux-base")
# What these packages are told of the machine; nothing is deferred to a trigger.
PROGRAMS = {"dpkg": '[ "$1" != --print-architecture ] || echo arm64',
            "linux-version": 'exec perl -I/usr/local/perl5 /usr/local/linux-version "$@"'}


def parts(release, packages=PACKAGES):
    """The packages' files, by package."""
    cache = pathlib.Path(os.environ.get("DTSHIM_CACHE", ROOT / "build/cache")).resolve() / "parts" / release
    cache.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(cache / "lock"):
        done = subprocess.run([ROOT / "scripts/fetch-parts", release, cache, *packages],
                              capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(done.stderr.strip().splitlines()[-1])
    return [cache / name for name in packages]


def link_all(root, folder):
    """Links to what the machine has in a folder, and the root has not."""
    for path in pathlib.Path("/", folder).iterdir():
        if not (root / folder / path.name).exists():
            (root / folder / path.name).symlink_to(f"/host/{folder}/{path.name}")


def make_root(root, release):
    for folder in ("boot", "etc/default", "usr/sbin", "usr/local/bin", "usr/local/perl5", "tmp",
                   "host", "proc", "dev", "var/lib", "run", "usr/lib", "usr/share"):
        (root / folder).mkdir(parents=True)
    for part in parts(release):
        shutil.copytree(part, root, dirs_exist_ok=True, symlinks=True)
    shutil.move(root / "usr/bin/linux-version", root / "usr/local/linux-version")
    shutil.move(root / "usr/share/perl5/DebianLinux.pm", root / "usr/local/perl5")
    for folder in ("bin", "share/perl5"):
        shutil.rmtree(root / "usr" / folder)
    for folder in ("lib", "share"):
        link_all(root, f"usr/{folder}")
    link_all(root, "usr")
    for name in ("bin", "sbin", "lib", "lib64"):
        if pathlib.Path("/", name).exists():
            (root / name).symlink_to(f"usr/{name}")
    # The package's own default is installed by its postinst.
    shutil.copy(root / "usr/share/flash-kernel/default/flash-kernel", root / "etc/default")
    for name, body in PROGRAMS.items():
        (root / "usr/local/bin" / name).write_text(f"#!/bin/sh\n{body}\n")
        (root / "usr/local/bin" / name).chmod(0o755)
    for name in ("passwd", "alternatives", "ld.so.cache"):
        (root / "etc" / name).symlink_to(f"/host/etc/{name}")
    (root / "etc/os-release").write_text(f'PRETTY_NAME="Debian GNU/Linux {release}"\n')
    (root / "etc/fstab").write_text("/dev/vda1 / ext4 defaults 0 1\n")
    return root


# /proc has nothing but the name of the board.
IN_ROOT = """mount --rbind / "$1/host" && mount --rbind /dev "$1/dev" &&
mount -t tmpfs none "$1/proc" || exit 99
mkdir -p "$1/proc/device-tree" && printf '%b' "$COMPATIBLE" >"$1/proc/device-tree/compatible"
root=$1; shift
exec chroot "$root" /usr/bin/env -i PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin \\
    LC_ALL=C "$@" """


def run_in(root, *command, code=0, compatible="", **environment):
    """What it said. The machine sees nothing of its mounts."""
    names = [f"{name}={value}" for name, value in environment.items()]
    done = subprocess.run(["unshare", "--mount", *([] if os.getuid() == 0 else ["--map-root-user"]),
                           "sh", "-c", IN_ROOT, "sh", root, *names, *map(str, command)],
                          capture_output=True, text=True, env={**os.environ, "COMPATIBLE": compatible},
                          timeout=patience(120))
    if done.returncode == 99 or "unshare:" in done.stderr:
        pytest.skip(f"no mount namespace to be had: {done.stderr.strip()}")
    assert code is None or done.returncode == code, f"{done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


def run_hooks(root, folder, version, action, **more):
    """As a kernel package does it: /etc/kernel/postinst.d or postrm.d, in order."""
    names = sorted(path.name for path in (root / "etc/kernel" / folder).iterdir())
    return "".join(run_in(root, f"/etc/kernel/{folder}/{name}", version, f"/boot/vmlinuz-{version}",
                          DEB_MAINT_PARAMS=action, **more) for name in names)
