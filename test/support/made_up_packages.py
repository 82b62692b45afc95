# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""dtshim image with packages that are made up but for their names, and real Xen and Linux in them."""
import os
import shutil
import subprocess

import pytest

from patience import patience
from places import BUILD, GUESTS, ROOT

RELEASE = GUESTS.name
DEBIAN = ["--debian", RELEASE]
STAGE = BUILD / "dtshim.img"


def own_file(folder, name, size=4096):
    """A file that no other is like."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes((name.encode() + b"\n") * (size // (len(name) + 1)))
    return path


def unpacked(cache, package, files):
    folder = cache / "parts" / RELEASE
    for name, source in files.items():
        if source is None:
            own_file(folder / package, name)
        else:
            (folder / package / name).parent.mkdir(parents=True, exist_ok=True)
            os.symlink(source, folder / package / name)
    (folder / f"{package}.version").write_text(f"{package} 1.0-1\n")


@pytest.fixture
def cache(tmp_path):
    """What was fetched, as it seems: nothing more is asked of a mirror."""
    folder = tmp_path / "cache"
    trees = GUESTS / "dtbs/arm64"
    unpacked(folder, "xen", {"boot/xen-4.17-arm64": GUESTS / "xen", "boot/xen-4.17-arm64.efi": None,
                             "boot/xen-4.17-arm64.config": None})
    unpacked(folder, "kernel", {"boot/vmlinuz-6.1-arm64": GUESTS / "Image",
                                "usr/lib/linux-image-6.1-arm64": trees.resolve()})
    unpacked(folder, "busybox-static", {"bin/busybox": GUESTS / "busybox"})
    unpacked(folder, "u-boot-rpi", {"usr/lib/u-boot/rpi_arm64/u-boot.bin": None})
    unpacked(folder, "raspi-firmware", {f"usr/lib/raspi-firmware/{name}": None
                                        for name in ("start4.elf", "fixup4.dat")})
    unpacked(folder, "u-boot-sunxi", {f"usr/lib/u-boot/pine64_plus/{name}": None for name in
                                      ("sunxi-spl.bin", "u-boot-sunxi-with-spl.fit.itb")})
    unpacked(folder, "u-boot-rockchip", {f"usr/lib/u-boot/rockpro64-rk3399/{name}": None
                                         for name in ("idbloader.img", "u-boot.itb")})
    return folder


@pytest.fixture
def image(tmp_path, cache):
    """Runs dtshim image in a folder of its own; `code` is what it has to end with."""
    def run(*arguments, code=0, before=None, **environment):
        done = subprocess.run(
            [ROOT / "image/dtshim-image", *map(str, arguments)], cwd=tmp_path, capture_output=True,
            text=True, timeout=patience(120), check=False, preexec_fn=before,
            env={**os.environ, "DTSHIM_CACHE": str(cache), "DTSHIM_TOOL": str(BUILD / "dtshim"),
                 "PYTHONPATH": "", **environment})
        assert "Traceback" not in done.stderr, done.stderr
        assert done.returncode == code, done.stdout + done.stderr
        return done
    return run


@pytest.fixture
def made_up(tmp_path):
    """A new board: a folder with a file of data, and nothing else."""
    def make(text, name="made_up"):
        folder = tmp_path / "boards" / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / "board.toml").write_text(text)
        return folder
    return make
