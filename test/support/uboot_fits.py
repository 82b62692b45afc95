# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""FITs for boots in U-Boot's sandbox, and a board whose RAM is the sandbox's."""
import os
import struct
import subprocess

import pytest

from uboot_sandbox import DEVICE

FIT = "6000000"
XEN, KERNEL, RAMDISK = 0x4000000, 0x5000000, 0x3000000  # where bootm loads them
BSS = 0x80000
BOARD = 'memory@1000000 { device_type = "memory"; reg = <0 0x1000000 0 0xf000000>; };\n' + \
    DEVICE.replace("1000000", "200000")


def arm64_image(size, bss=BSS):
    body = bytearray(os.urandom(size))
    struct.pack_into("<QQQ", body, 8, 0, size + bss, 0xa)
    body[56:60] = b"ARM\x64"
    return bytes(body)


def image(name, kind, load=None, data=None, packing="none"):
    place = f"load = <{load:#x}>; entry = <{load:#x}>;" if load else ""
    return f"""{name} {{ description = "{name}"; data = /incbin/("{data or name}"); {place}
        type = "{kind}"; arch = "sandbox"; os = "linux"; compression = "{packing}"; }};"""


def hashed(name, kind, load=None):
    return image(name, kind, load).replace("};", 'hash { algo = "sha256"; }; };')


def make_fit(folder, images, configurations):
    names = "".join(f"c{number} {{ {one} }};" for number, one in enumerate(configurations))
    (folder / "boot.its").write_text(
        '/dts-v1/; / { description = "test"; #address-cells = <1>; images { ' + "".join(images)
        + ' }; configurations { default = "c0"; ' + names + " }; };")
    subprocess.run(["mkimage", "-f", "boot.its", "boot.itb"], cwd=folder, check=True,
                   capture_output=True)


@pytest.fixture
def payload(folder, make_tree):
    """A FIT as U-Boot's documentation has it for Xen, and a board whose RAM is the sandbox's."""
    make_tree(BOARD, "board.dtb")
    files = {"xen": arm64_image(0x100000), "linux": arm64_image(0x400000),
             "ramdisk": os.urandom(0x12345)}
    for name, content in files.items():
        (folder / name).write_bytes(content)

    def make(more=(), configuration='kernel = "xen"; fdt = "board.dtb"; loadables = "linux", '
                                    '"ramdisk";', **changed):
        images = {"xen": image("xen", "kernel", XEN), "linux": image("linux", "kernel", KERNEL),
                  "ramdisk": image("ramdisk", "ramdisk", RAMDISK),
                  "board": image("board.dtb", "flat_dt")}
        make_fit(folder, [*(images | changed).values(), *more], [configuration])
        return files
    return make


@pytest.fixture
def plain(folder):
    """A FIT with a kernel that is none, and one tree."""
    (folder / "kernel").write_bytes(os.urandom(5000))
    make_fit(folder, [image("kernel", "kernel", XEN), image("in.dtb", "flat_dt")],
             ['kernel = "kernel"; fdt = "in.dtb";', 'kernel = "kernel";'])


def places(tree):
    """What the modules of the tree are, and where."""
    names = [name for name in tree.children("/chosen") if "@" in name]
    return {tree.strings(f"/chosen/{name}", "compatible")[0]: tree.u64s(f"/chosen/{name}", "reg")
            for name in names}
