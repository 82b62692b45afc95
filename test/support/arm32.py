# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The emulated 32-bit board with the arm32 stage, Debian 12's Xen, kernel and ramdisk in its RAM."""
import subprocess

import pytest

import board as emulated
from chain import KERNEL, RAMDISK, STAGE, XEN
from entry import STUB, TREE
from places import BOARD32_BUILD

IMAGE = BOARD32_BUILD / "dtshim.img"
# As in chain.py, what no test asks for.
LINE = "console=hvc0 rdinit=/init quiet cryptomgr.notests init_on_alloc=0"


@pytest.fixture(scope="session")
def ramdisk32(guests32, tmp_path_factory):
    return emulated.make_initramfs(guests32, tmp_path_factory.mktemp("ramdisk32") / "initrd")


@pytest.fixture
def payload32(guests32, ramdisk32):
    return {"xen": (XEN, guests32 / "xen"), "kernel": (KERNEL, guests32 / "zImage"),
            "ramdisk": (RAMDISK, ramdisk32)}


@pytest.fixture
def boot32(guests32, tmp_path):
    """A board with these files in RAM, stopped at U-Boot's prompt, or with no U-Boot at all."""
    boards = []

    def start(files, prompt=True, extra=(), firmware=True, **machine):
        board = emulated.Board(guests32, tmp_path / f"console{len(boards)}.log", files=files, extra=extra,
                               firmware=firmware, line=emulated.machine32_arguments(**machine))
        boards.append(board)
        if prompt:
            board.prompt()
            emulated.prepare_tree(board, LINE)
            board.command('fdt set /chosen xen,xen-bootargs "bootscrub=0"')
        return board
    yield start
    for board in boards:
        board.__exit__()


def assemble32(path, source):
    subprocess.run(["arm-linux-gnueabihf-gcc", "-march=armv7ve", "-marm", "-nostdlib", "-c", "-x",
                    "assembler", "-", "-o", f"{path}.o"], input=source.encode(), check=True)
    subprocess.run(["arm-linux-gnueabihf-objcopy", "-O", "binary", "-j", ".text", f"{path}.o", path],
                   check=True)
    return path


@pytest.fixture
def enter32(boot32, tmp_path):
    """
    The stage at the machine's start, as entry.enter: r2 is `r2` or the tree's place, after the
    instructions of `before`.
    """
    def start(tree=None, files=None, image=IMAGE, at=STAGE, r2=TREE, before="", **machine):
        source = f"{before}\nldr r2, ={r2:#x}\nldr r1, ={at:#x}\nbx r1\n"
        loaded = {STUB: assemble32(tmp_path / "stub32", source), at: image, **(files or {})}
        if tree:
            loaded[TREE] = tree
        return boot32(loaded, prompt=False, firmware=False,
                      extra=["-device", f"loader,addr={STUB:#x},cpu-num=0"], **machine)
    return start


@pytest.fixture(scope="session")
def tree32(guests32, tmp_path_factory):
    """QEMU's own of such a machine."""
    path = tmp_path_factory.mktemp("tree32") / "board.dtb"
    line = emulated.machine32_arguments() + ["-bios", str(guests32 / "u-boot.bin")]
    line[2] += f",dumpdtb={path}"
    subprocess.run(line, check=True, capture_output=True)
    return path
