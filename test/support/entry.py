# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The stage as the first thing that the machine does, and images of it with a made-up payload."""
import functools
import pathlib
import shutil
import struct
import subprocess
import time

import pytest

import board as emulated
from chain import IMAGE, STAGE, one_file
from patience import patience
from places import BOARD_BUILD, GUESTS, ROOT

TREE = 0x5A000000
STUB = 0x58000000
WORDS = STAGE + 0x1000, 0x400  # where the last words are, in all stages


def assemble(path, source):
    """A few instructions that run before the stage."""
    subprocess.run(["aarch64-linux-gnu-gcc", "-nostdlib", "-c", "-x", "assembler", "-", "-o",
                    f"{path}.o"], input=source.encode(), check=True)
    subprocess.run(["aarch64-linux-gnu-objcopy", "-O", "binary", "-j", ".text", f"{path}.o", path],
                   check=True)
    return path


@pytest.fixture
def enter(boot, tmp_path):
    """
    The stage at the machine's start: x0 is `x0` or the tree's place, after the instructions
    of `before`. `files` are what lies in RAM beside the stage, at `at`, and the tree.
    """
    def start(tree=None, files=None, image=IMAGE, at=STAGE, x0=TREE, before="", extra=(),
              **machine):
        source = f"{before}\nldr x0, ={x0:#x}\nldr x1, ={at:#x}\nbr x1\n"
        loaded = {STUB: assemble(tmp_path / "stub", source), at: image, **(files or {})}
        if tree:
            loaded[TREE] = tree
        return boot(loaded, prompt=False, firmware=False,
                    extra=["-device", f"loader,addr={STUB:#x},cpu-num=0", *extra], **machine)
    return start


@pytest.fixture(scope="session")
def plain_tree(tmp_path_factory):
    return emulated.board_tree(tmp_path_factory.mktemp("tree") / "board.dtb", GUESTS)


@pytest.fixture
def tree(plain_tree, tmp_path):
    """The board's own tree, for a test to change."""
    return pathlib.Path(shutil.copy(plain_tree, tmp_path / "board.dtb"))


def build_stage(folder, options, *more, build=BOARD_BUILD):
    """A stage with another configuration, of which the library knows nothing: it is as it was."""
    arch = next(build.glob("arm*")).name
    config = folder / ".config"
    config.write_text("".join(f"CONFIG_STAGE_{name}={value}\n" for name, value in options.items()))
    shutil.copytree(build / arch, folder / "out" / arch)
    library = [file for file in (folder / "out" / arch / "shim").rglob("*.o")
               if "stage" not in file.relative_to(folder / "out" / arch / "shim").parts]
    assert library
    subprocess.run(["make", "-s", "-C", ROOT, f"O={folder}/out", f"KCONFIG_CONFIG={config}", *more,
                    *(f"--old-file={file}" for file in library), "stage"], check=True,
                   capture_output=True)
    return folder / "out/dtshim.img"


@pytest.fixture(scope="session")
def stage_with(tmp_path_factory):
    """A stage with another console of its own."""
    @functools.lru_cache(maxsize=None)
    def made(**options):
        return build_stage(tmp_path_factory.mktemp("stage"),
                           {f"FALLBACK_{name}": value for name, value in options.items()})
    return made


# The kernel has more bytes than the stage has memory, and no part of it is read as nodes.
MADE_UP = {"xen": b"xen" * 5000, "Image": b"Image" * 1000000, "initrd": b"initrd" * 5000}


@pytest.fixture(scope="session")
def small_image(tmp_path_factory):
    """A stage with a FIT of made-up files: none of these tests gets as far as using them."""
    folder = tmp_path_factory.mktemp("fit")
    text = (ROOT / "board/qemu_arm64/payload.its").read_text()
    for name, data in MADE_UP.items():
        (folder / name).write_bytes(data)
    (folder / "payload.its").write_text(text)
    subprocess.run(["mkimage", "-f", "payload.its", "payload.itb"], cwd=folder, check=True,
                   capture_output=True)
    return one_file(folder, folder / "payload.itb")


def fit_at(image):
    return struct.unpack_from("<Q", image, 48)[0]  # res4: where append-fit puts it


def flip(how, bit=1):
    def damage(image):
        image[how(image)] ^= bit
    return damage


def find(what, behind=0):
    return lambda image: image.index(what, fit_at(image)) + behind


def words(board):
    try:
        return board.memory(*WORDS).split(b"\0")[0].decode()
    except (FileNotFoundError, ConnectionRefusedError):
        return ""  # QEMU is not listening yet


def last_words(board, timeout=patience(10)):
    """What the stage left in memory; read through QEMU's monitor, when it is complete."""
    end = time.monotonic() + timeout
    while "dtshim: halted" not in words(board):
        assert time.monotonic() < end, f"no last words, but: {words(board)!r}"
        time.sleep(0.05)
    return words(board)
