# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Boards with trees of their own: QEMU's models of them, with the trees of Debian's kernels.

What is done to a tree is what a board's firmware and boot script do: memory, modules, and
the devices that QEMU's model lacks. There is no U-Boot for most of these in Debian, so QEMU
starts the stage as a kernel. The policy is the default, and the stage is told no UART.
"""
import collections
import fnmatch
import os
import pathlib
import re
import shutil
import struct
import subprocess

import pytest

import board as emulated
import oracle
from chain import BRIEF, assert_halted, total
from places import BUILD, GUESTS, guest_version

pytestmark = pytest.mark.slow

MIB = 1 << 20
IMAGE = BUILD / "dtshim.img"

Model = collections.namedtuple("Model", [
    "since",     # the first QEMU that has it
    "tree",      # of Debian's linux-image, below dtbs/arm64
    "options",   # of QEMU
    "memory",    # (base, size): what the firmware would tell
    "files",     # where stage, Xen, kernel and ramdisk are loaded
    "firmware",  # (register, value): how firmware would have left the UART
    "off",       # nodes without a model behind them: with one of them left on Linux dies
    "console",   # of dom0
    "xen",       # of Xen's command line
    "base",      # of dom0, under the default policy
])

ALL = {
    # More than 2G would be written over the hole below 4G. Xen gets no further with 4 CPUs.
    "xlnx-zcu102": Model(
        since=(7, 2), tree="xilinx/zynqmp-zcu102-rev1.0",
        options=["-M", "xlnx-zcu102,virtualization=on", "-m", "2G", "-smp", "1",
                 "-serial", "mon:stdio"],
        memory=(0, 0x80000000), files=(0x10000000, 0x40000000, 0x42000000, 0x46000000),
        firmware=[(0xFF000000, 0x14)],  # CR: TX_EN, RX_EN
        off=[], console="hvc0", xen="", base=0x2000000),
    # The model has no VideoCore, whose memory is the last 64 MiB, and 4 CPUs, always.
    "raspi4b": Model(
        since=(9, 0), tree="broadcom/bcm2711-rpi-4-b",
        options=["-M", "raspi4b", "-serial", "null", "-serial", "mon:stdio"],
        memory=(0, 0x3C000000), files=(0x0C000000, 0x30000000, 0x32000000, 0x36000000),
        firmware=[],
        off=["i2c@7ef*", "clock@7ef*", "interrupt-controller@7ef00100"],
        console="hvc0", xen="dom0_max_vcpus=1", base=0x1000000),
    # Xen 4.17 has no driver for this UART, so dom0 has it.
    "imx8mp-evk": Model(
        since=(10, 0), tree="freescale/imx8mp-evk",
        options=["-M", "imx8mp-evk", "-m", "3G", "-smp", "1", "-serial", "null",
                 "-serial", "mon:stdio"],
        memory=(0x40000000, 0xC0000000), files=(0x70000000, 0x60000000, 0x62000000, 0x66000000),
        firmware=[], off=[], console="ttymxc1,115200", xen="", base=0x40000000),
    "imx8mm-evk": Model(
        since=(11, 0), tree="freescale/imx8mm-evk",
        options=["-M", "imx8mm-evk", "-m", "2G", "-smp", "1", "-serial", "null",
                 "-serial", "mon:stdio"],
        memory=(0x40000000, 0x80000000), files=(0x70000000, 0x60000000, 0x62000000, 0x66000000),
        firmware=[], off=[], console="ttymxc1,115200", xen="", base=0x40000000),
}


def qemu(*arguments):
    return subprocess.run(["qemu-system-aarch64", *arguments], check=True, capture_output=True,
                          text=True).stdout


@pytest.fixture(params=ALL)
def model(request):
    version = tuple(map(int, re.search(r"version (\d+)\.(\d+)", qemu("--version")).groups()))
    if not re.search(rf"^{request.param}\s", qemu("-M", "help"), re.M):
        assert version < ALL[request.param].since, "this QEMU should have the machine"
        pytest.skip("QEMU {}.{} has no {}: {}.{} has".format(
            *version, request.param, *ALL[request.param].since))
    return ALL[request.param]


# ---- what firmware and boot script do --------------------------------------------------------

def put(tree, path, name, *cells):
    subprocess.run(["fdtput", "-p", "-t", "x", tree, path, name, *(f"{cell:x}" for cell in cells)],
                   check=True)


def put_text(tree, path, name, *texts):
    subprocess.run(["fdtput", "-p", "-t", "s", tree, path, name, *texts], check=True)


def u64(value):
    return value >> 32, value & 0xFFFFFFFF


def give_memory(tree, nodes, memory):
    """In the memory node that is there; the others are for larger boards."""
    cells = nodes[0].cells()
    there, *others = [node.path for node in nodes if node.props.get("device_type") == b"memory\0"]
    put(tree, there, "reg", *u64(memory[0])[2 - cells[0]:], *u64(memory[1])[2 - cells[1]:])
    for path in others:
        subprocess.run(["fdtput", "-r", tree, path], check=True)


def switch_off(tree, nodes, patterns):
    for pattern in patterns:
        named = [node for node in nodes if fnmatch.fnmatch(node.name, pattern)]
        assert named, f"{pattern} names nothing in {tree}"
        for node in named:
            put_text(tree, node.path, "status", "disabled")


def name_files(tree, files):
    """As a boot script would, in /chosen; its cells are two and two."""
    put(tree, "/chosen", "#address-cells", 2)
    put(tree, "/chosen", "#size-cells", 2)
    for (address, path), compatible in zip(files, ("dtshim,hypervisor", "multiboot,kernel",
                                                   "multiboot,ramdisk")):
        kind = compatible.split(",")[1] if "dtshim" in compatible else "module"
        node = f"/chosen/{kind}@{address:x}"
        put(tree, node, "reg", *u64(address), *u64(os.path.getsize(path)))
        put_text(tree, node, "compatible", compatible,
                 *(["multiboot,module"] if kind == "module" else []))


def board_tree(folder, model, files):
    tree = shutil.copy(GUESTS / f"dtbs/arm64/{model.tree}.dtb", folder / "board.dtb")
    nodes = oracle.Tree(pathlib.Path(tree).read_bytes()).nodes
    give_memory(tree, nodes, model.memory)
    switch_off(tree, nodes, model.off)
    name_files(tree, files)
    put_text(tree, "/chosen", "xen,dom0-bootargs", f"console={model.console} rdinit=/init quiet {BRIEF}")
    if model.xen:
        put_text(tree, "/chosen", "xen,xen-bootargs", model.xen)
    put_text(tree, "/chosen/dtshim", "on-error", "halt")
    return tree


def firmware(path, registers, stage):
    """What QEMU starts as a kernel, with the tree in x0: sets up the UART and enters the stage."""
    def load(register, value):
        return [code | (value >> shift & 0xFFFF) << 5 | register
                for code, shift in ((0xD2800000, 0), (0xF2A00000, 16), (0xF2C00000, 32))]
    code = []
    for address, value in registers:
        code += load(1, address) + load(2, value) + [0xB9000022]  # str w2, [x1]
    code += load(1, stage) + [0xD61F0020]  # br x1
    path.write_bytes(struct.pack(f"<{len(code)}I", *code))
    return path


@pytest.fixture
def start(tmp_path, ramdisk, monkeypatch):
    """A board that is on; `change(tree)` is done last."""
    boards = []
    monkeypatch.setenv("QEMU_AUDIO_DRV", "none")  # before 8.2; the ZCU102 has a DisplayPort

    def on(model, change=lambda tree: None, registers=None, image=IMAGE):
        stage, *places = model.files
        files = list(zip(places, (GUESTS / "xen", GUESTS / "Image", ramdisk)))
        tree = board_tree(tmp_path, model, files)
        change(tree)
        kernel = firmware(tmp_path / "firmware", model.firmware if registers is None else registers,
                          stage)
        board = emulated.Board(
            GUESTS, tmp_path / "console.log", files={stage: image, **dict(files)}, timeout=180,
            firmware=False, extra=["-kernel", str(kernel), "-dtb", str(tree)],
            line=["qemu-system-aarch64", *model.options, "-display", "none", "-nic", "none"])
        boards.append(board)
        return board
    yield on
    for board in boards:
        board.__exit__()


# ---- boots -----------------------------------------------------------------------------------

def planned_block(text):
    """dom0's memory, as the stage prints it: (base, size)."""
    first, last = re.search(r"^  dom0 +(0x\w+)-(0x\w+)", text, re.M).groups()
    return int(first, 16), int(last, 16) + 1 - int(first, 16)


def test_dom0_is_where_the_stage_said(model, start):
    """The stage is heard on the board's UART, and Xen and dom0 say what it said."""
    board = start(model)
    board.expect(["dtshim: starting Xen at"])
    text = board.text().replace("\r", "")
    base, size = planned_block(text)
    release = ".".join(map(str, guest_version("xen-hypervisor")))
    assert f"\ndtshim: Xen {release} will give dom0 {base:#x}-{base + size - 1:#x}\n" in text
    report = board.finish()
    assert (base, size) == (model.base, 512 * MIB)
    if model.console == "hvc0":
        assert total(board.banks()) == (base, size)
    nodes = dict(line.split() for line in report.all("memory-node"))  # one more: reserved memory
    assert nodes[f"memory@{base:x}"] in (f"{base:016x}{size:016x}", f"{base:016x}{size:08x}")
    assert report.all("system-ram")[0].startswith(f"{base:08x}-")
    assert report.one("record dom0-memory") == f"{base:016x}{size:016x}"
    assert report.one("record layout") == "direct"


WRONG = {
    "an unknown word": (lambda tree: put_text(tree, "/chosen/dtshim", "layout", "sideways"),
                        r"layout: .*\[policy\]"),
    "more than there is": (lambda tree: put(tree, "/chosen/dtshim", "dom0-mem", 0x40, 0),
                           r"\[base\]|\[dom0-size\]"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_policy_ends_in_words(model, start, wrong):
    """Where, what, what to do, and halted: on that board's own UART."""
    change, says = WRONG[wrong]
    board = start(model, change)
    assert_halted(board, says)


# ---- UARTs that are not as they should be ----------------------------------------------------

ZCU102 = ALL["xlnx-zcu102"]


def test_a_uart_that_firmware_left_off(start):
    """The model sends nothing then, as the board would not: all else goes on."""
    board = start(ZCU102, registers=[])
    report = board.finish()
    assert "dtshim" not in board.text().split("(XEN) Xen version")[0]
    assert total(board.banks()) == (ZCU102.base, 512 * MIB)
    assert report.one("record layout") == "direct"


def test_the_fallback_of_a_board(start, stage_with):
    """By its compatible, where the tree names no UART; the wrong policy is there to be told."""
    def change(tree):
        WRONG["an unknown word"][0](tree)
        subprocess.run(["fdtput", "-d", tree, "/chosen", "stdout-path"], check=True)
    image = stage_with(UART='"cdns,uart-r1p8"', BASE="0xff000000")
    assert_halted(start(ZCU102, change, image=image), WRONG["an unknown word"][1])
