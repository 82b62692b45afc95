# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The emulated board with stage, Xen, kernel and ramdisk in its RAM; what a good boot shows."""
import os
import struct
import subprocess

import pytest

import board as emulated
from lab import WORDS
from places import BOARD_BUILD, GUESTS, ROOT

MIB = 1 << 20
BASE = 0x40000000
STAGE, XEN, KERNEL, RAMDISK = 0x48000000, 0x50000000, 0x52000000, 0x56000000
IMAGE = BOARD_BUILD / "dtshim.img"

# What Linux does at each boot and no test asks for: trials of its ciphers, certificates, tables
# of probes, defences. It is half of the time that a boot takes. The demos boot without this.
BRIEF = ("cryptomgr.notests init_on_alloc=0 mitigations=off kpti=off "
         "initcall_blacklist=load_system_certificate_list,init_kprobe_trace")
LINE = f"console=hvc0 rdinit=/init quiet {BRIEF}"
# Xen clears what it hands out, which takes as long as all of Linux. Free pages are in another
# order without it, so Xen has its own way wherever a test is about the place that it chooses.
XEN_LINE = "bootscrub=0"


@pytest.fixture(scope="session")
def ramdisk(guests, tmp_path_factory):
    return emulated.make_initramfs(guests, tmp_path_factory.mktemp("ramdisk") / "initrd")


@pytest.fixture
def payload(guests, ramdisk):
    return {"xen": (XEN, guests / "xen"), "kernel": (KERNEL, guests / "Image"),
            "ramdisk": (RAMDISK, ramdisk)}


@pytest.fixture
def boot(guests, tmp_path):
    """A board with these files in RAM, stopped at U-Boot's prompt."""
    boards = []

    def start(files, prompt=True, scrub=False, **machine):
        board = emulated.Board(guests, tmp_path / f"console{len(boards)}.log", files=files,
                               **machine)
        boards.append(board)
        if prompt:
            board.prompt()
            emulated.prepare_tree(board, LINE)
            if not scrub:
                board.command(f'fdt set /chosen xen,xen-bootargs "{XEN_LINE}"')
        return board
    yield start
    for board in boards:
        board.__exit__()


def in_ram(payload, **more):
    return {address: path for address, path in payload.values()} | {
        address: path for address, path in more.values()}


def add_tagged_device(board):
    """A device behind an IOMMU that the policy says Xen drives, and one that is not."""
    for line in ("mknode / demo-iommu", 'set /demo-iommu compatible "dtshim,demo-iommu"',
                 "set /demo-iommu reg <0x0 0xb000000 0x0 0x1000>",
                 r"set /demo-iommu \#iommu-cells <1>", "set /demo-iommu phandle <0x7001>",
                 "mknode / demo-master", 'set /demo-master compatible "dtshim,demo-master"',
                 "set /demo-master iommus <0x7001 0x10>", "mknode /chosen dtshim",
                 'set /chosen/dtshim iommu-drivers "dtshim,demo-iommu"'):
        board.command(f"fdt {line}")


def total(banks):
    """Xen may print one block as two banks; they have to join without a gap."""
    assert all(first[1] == second[0] for first, second in zip(banks, banks[1:]))
    return banks[0][0], banks[-1][1] - banks[0][0]


def assert_dom0(board, dom0, base=BASE):
    report = board.finish()
    assert total(board.banks()) == (base, dom0 * MIB)
    assert [line.split()[0] for line in report.all("memory-node")] == [f"memory@{base:x}"]
    assert report.all("system-ram") == [f"{base:x}-{base + dom0 * MIB - 1:x}"] or \
        report.all("system-ram")[0].startswith(f"{base:x}-")
    assert report.all("xen-dma-safe") == ["/demo-master"]
    assert report.one("record layout") == "direct"
    assert report.one("record coverage") == "some"
    assert report.one("record dom0-memory") == f"{base:016x}{dom0 * MIB:016x}"
    assert "quiet" in report.one("bootargs")
    return report


def make_fit(folder, ramdisk, its=None, flags=()):
    """mkimage's own FIT of Xen, kernel and ramdisk."""
    text = its or (ROOT / "board/qemu_arm64/payload.its").read_text()
    for name, path in (("xen", GUESTS / "xen"), ("Image", GUESTS / "Image"), ("initrd", ramdisk)):
        text = text.replace(f'/incbin/("{name}")', f'/incbin/("{path}")')
    (folder / "payload.its").write_text(text)
    subprocess.run(["mkimage", "-f", folder / "payload.its", *flags, folder / "payload.itb"],
                   check=True, capture_output=True)
    return folder / "payload.itb"


def one_file(folder, fit, image=IMAGE):
    subprocess.run([ROOT / "scripts/append-fit", image, fit, folder / "one.img"], check=True)
    return folder / "one.img"


def stub(path, stage, tree):
    """x0 = tree, jump to the stage: seven instructions that need no assembler."""
    def load(register, value):
        parts = ((0xD2800000, 0), (0xF2A00000, 16), (0xF2C00000, 32))
        return [code | (value >> shift & 0xFFFF) << 5 | register for code, shift in parts]
    code = load(0, tree) + load(1, stage) + [0xD61F0020]
    path.write_bytes(struct.pack(f"<{len(code)}I", *code))
    return path


def assert_halted(board, *words):
    for word in words:
        board.expect([word])
    board.expect([WORDS["refusal"]["remedy"]])
    board.expect([WORDS["end"]["stage"]])
    assert "(XEN)" not in board.text()


def name_payload(tree, payload, parent="/chosen"):
    """The module nodes of add_payload(), written on the host with fdtput; dom0's below `parent`."""
    compatibles = {"xen": ["dtshim,hypervisor"], "kernel": ["multiboot,kernel", "multiboot,module"],
                   "ramdisk": ["multiboot,ramdisk", "multiboot,module"]}

    def put(kind, node, name, *values):
        subprocess.run(["fdtput", "-t", kind, tree, node, name, *values], check=True)
    put("u", "/chosen", "#address-cells", "2")
    put("u", "/chosen", "#size-cells", "2")
    put("s", "/chosen", "xen,dom0-bootargs", LINE)
    put("s", "/chosen", "xen,xen-bootargs", XEN_LINE)
    for kind, (address, path) in payload.items():
        node = f"{'/chosen' if kind == 'xen' else parent}/{kind}@{address:x}"
        subprocess.run(["fdtput", "-p", "-c", tree, node], check=True)
        put("s", node, "compatible", *compatibles[kind])
        put("x", node, "reg", "0", f"{address:x}", "0", f"{os.path.getsize(path):x}")
