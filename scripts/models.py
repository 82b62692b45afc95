# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""QEMU's models of boards: what board/NAME/board.toml says in [qemu], started.

There is no U-Boot for most of these in Debian, so QEMU starts the stage as a kernel. What is done to
a tree is what a board's firmware and boot script do: memory, modules, and the devices that the model
lacks. The policy is the default.
"""
import fnmatch
import functools
import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys

import libfdt

import board as emulated

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "image"))
import board_data as data  # noqa: E402  (found through the line above)
from patience import patience  # noqa: E402

PROGRAM = "qemu-system-aarch64"
BOARDS = ROOT / "board"


class NoModel(Exception):
    """No QEMU here has it; what to do is said, too."""


def read(name):
    return data.find(name, BOARDS)


def with_model():
    """The boards that QEMU starts by itself, by their names."""
    found = [data.read(BOARDS / name) for name in data.names(BOARDS)]
    return {board.name: board for board in found if "files" in board.data.get("qemu", {})}


# ---- which QEMU ------------------------------------------------------------------------------

def numbers(version):
    return tuple(map(int, version.split(".")))


@functools.lru_cache(maxsize=None)
def said(program, *arguments):
    done = subprocess.run([program, *arguments], check=True, capture_output=True, text=True)
    return done.stdout


def version_of(program):
    return numbers(re.search(r"version (\d+\.\d+)", said(program, "--version"))[1])


def has(program, machine):
    return re.search(rf"^{machine}\s", said(program, "-M", "help"), re.M)


def releases():
    """Those that scripts/fetch-qemu knows, oldest first."""
    return sorted((path.name for path in (ROOT / "scripts/qemu").iterdir()), key=numbers)


def release_for(board):
    """The oldest of them that has the board."""
    return next(name for name in releases() if numbers(name) >= numbers(board.qemu["since"]))


def emulator_for(board, fetched=None):
    """This machine's QEMU, or else of those in the folder `fetched` the oldest that has the board."""
    machine, since = board.qemu["machine"], board.qemu["since"]
    for program in [shutil.which(PROGRAM), *fetched_programs(fetched)]:
        if program and has(program, machine):
            return program
        if program and version_of(program) >= numbers(since):
            raise RuntimeError(f"{board.name}: since = \"{since}\", but {program} has no {machine}")
    raise NoModel(f"{machine} is in QEMU {since} and newer: {why_not(board, fetched)}")


def fetched_programs(folder):
    return [folder / name / PROGRAM for name in releases()
            if folder and (folder / name / "complete").exists()]


def why_not(board, folder):
    name = release_for(board)
    skipped = folder and folder / name / "skipped"
    if skipped and skipped.exists():
        return skipped.read_text().strip()
    return f"make check-boards and make demo BOARD={board.name} get QEMU {name}"


# ---- what firmware and boot script do --------------------------------------------------------

class Tree:
    """A device tree that is changed; a file in the end."""

    def __init__(self, blob):
        self.fdt = libfdt.Fdt(blob)
        self.fdt.resize(len(blob) + (16 << 10))

    def node(self, path):
        """Made if it is not there."""
        at = 0
        for name in path.strip("/").split("/"):
            below = self.fdt.subnode_offset(at, name, [libfdt.NOTFOUND])
            at = self.fdt.add_subnode(at, name) if below < 0 else below
        return at

    def cells(self, path, name, *values):
        self.fdt.setprop(self.node(path), name, struct.pack(f">{len(values)}I", *values))

    def texts(self, path, name, *values):
        self.fdt.setprop(self.node(path), name, b"".join(text.encode() + b"\0" for text in values))

    def paths(self):
        at, depth, names = 0, 0, []
        while at >= 0 and depth >= 0:
            names[max(depth - 1, 0):] = [self.fdt.get_name(at)]
            yield "/".join(["", *names]) if depth else "/"
            at, depth = self.fdt.next_node(at, depth, [libfdt.NOTFOUND])

    def remove(self, path):
        self.fdt.del_node(self.fdt.path_offset(path))

    def write(self, path):
        self.fdt.pack()
        path.write_bytes(self.fdt.as_bytearray())
        return path


def u64(value):
    return value >> 32, value & 0xFFFFFFFF


def give_memory(tree, banks):
    """In the memory node that is there; the others are for larger boards."""
    there, *others = [path for path in tree.paths() if re.fullmatch("/memory(@[^/]*)?", path)]
    for path in others:
        tree.remove(path)
    wide = tree.fdt.getprop(0, "#address-cells").as_uint32(), \
        tree.fdt.getprop(0, "#size-cells").as_uint32()
    tree.cells(there, "reg", *(cell for bank in banks for count, value in zip(wide, bank)
                               for cell in u64(value)[2 - count:]))


def switch_off(tree, patterns):
    for pattern in patterns:
        named = [path for path in tree.paths() if fnmatch.fnmatch(path.rpartition("/")[2], pattern)]
        if not named:
            raise RuntimeError(f"off: {pattern} matches nothing in this tree")
        for path in named:
            tree.texts(path, "status", "disabled")


def name_files(tree, files):
    """As a boot script would, in /chosen; its cells are two and two."""
    tree.cells("/chosen", "#address-cells", 2)
    tree.cells("/chosen", "#size-cells", 2)
    for (address, path), compatible in zip(files, ("dtshim,hypervisor", "multiboot,kernel",
                                                   "multiboot,ramdisk")):
        kind = compatible.split(",")[1] if "dtshim" in compatible else "module"
        node = f"/chosen/{kind}@{address:x}"
        tree.cells(node, "reg", *u64(address), *u64(os.path.getsize(path)))
        tree.texts(node, "compatible", compatible,
                   *(["multiboot,module"] if kind == "module" else []))


def own_tree(board, emulator, guests, folder):
    """The tree that comes with the board: its kernel's, or QEMU's."""
    if board.tree["from"] == "card":
        return (guests / "dtbs/arm64" / board.tree["file"]).read_bytes()
    options = list(board.qemu["options"])
    options[options.index("-M") + 1] += f",dumpdtb={folder / 'own.dtb'}"
    subprocess.run([emulator, *options, "-display", "none"], check=True, capture_output=True)
    return (folder / "own.dtb").read_bytes()


def board_tree(board, blob, files, line):
    """`line`: more of dom0's command line."""
    tree = Tree(blob)
    if "memory" in board.qemu:
        give_memory(tree, data.parse_banks(board.qemu["memory"]))
    switch_off(tree, board.qemu.get("off", []))
    name_files(tree, files)
    tree.texts("/chosen", "xen,dom0-bootargs",
               f"console={board.qemu['console']} rdinit=/init quiet {line}".strip())
    if "xen" in board.qemu:
        tree.texts("/chosen", "xen,xen-bootargs", board.qemu["xen"])
    return tree


def firmware(path, registers, entry):
    """What QEMU starts as a kernel, with the tree in x0: sets up the UART and goes on."""
    def load(register, value):
        return [code | (value >> shift & 0xFFFF) << 5 | register
                for code, shift in ((0xD2800000, 0), (0xF2A00000, 16), (0xF2C00000, 32))]
    code = []
    for register in registers:
        code += load(1, register["at"]) + load(2, register["value"]) + [0xB9000022]  # str w2, [x1]
    code += load(1, entry) + [0xD61F0020]  # br x1
    path.write_bytes(struct.pack(f"<{len(code)}I", *code))
    return path


def dom0_size(board):
    """What the default policy gives dom0 there."""
    return data.parse_bytes(board.qemu.get("size", "512M"))


class Start:
    """What a boot of a board takes: `line` is more of dom0's command line."""

    def __init__(self, board, emulator, guests, ramdisk, image, folder, line=""):
        self.board, self.emulator, self.guests, self.folder = board, emulator, guests, folder
        at = board.qemu["files"]
        self.files = [(at["xen"], guests / "xen"), (at["kernel"], guests / "Image"),
                      (at["ramdisk"], ramdisk)]
        self.loaded, self.line = {at["stage"]: image, **dict(self.files)}, line

    def tree(self):
        blob = own_tree(self.board, self.emulator, self.guests, self.folder)
        return board_tree(self.board, blob, self.files, self.line)

    def on(self, tree, entry, registers=None):
        """The board, on, with this tree; `entry` is what its firmware starts."""
        if registers is None:
            registers = self.board.qemu.get("registers", [])
        kernel = firmware(self.folder / "firmware", registers, entry)
        os.environ.setdefault("QEMU_AUDIO_DRV", "none")  # before 8.2; the ZCU102 has a DisplayPort
        return emulated.Board(
            self.guests, self.folder / "console.log", files=self.loaded, timeout=patience(180), firmware=False,
            extra=["-kernel", str(kernel), "-dtb", str(tree)],
            line=[str(self.emulator), *self.board.qemu["options"], "-display", "none", "-nic", "none"])

    def with_stage(self, change=lambda path: None, registers=None):
        """`change(path)` is the last that is done to the tree's file."""
        tree = self.tree()
        tree.texts("/chosen/dtshim", "on-error", "halt")
        path = tree.write(self.folder / "board.dtb")
        change(path)
        return self.on(path, self.board.qemu["files"]["stage"], registers)

    def without_stage(self):
        """Xen at once, as a boot script would start it: dom0 is as large as it is with the stage."""
        tree = self.tree()
        tree.texts("/chosen", "xen,xen-bootargs", " ".join(
            [f"dom0_mem={dom0_size(self.board) >> 20}M", self.board.qemu.get("xen", "")]).strip())
        return self.on(tree.write(self.folder / "board.dtb"), self.board.qemu["files"]["xen"])


def xen_speaks(board):
    """Of some UARTs Xen has no driver; dom0 has them then."""
    return board.qemu["console"] == "hvc0"
