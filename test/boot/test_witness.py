# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The native contract with real DMA: the stage, test/witness as its hypervisor, Debian's Linux.

The disk masters DMA at machine addresses, and Linux knows only guest ones. What
is asserted is what the disk file holds afterwards, what Linux reports, and what
QEMU's monitor finds in machine memory; where something is taken away from the
tree, the same boot must fail.
"""
import hashlib
import json
import re
import subprocess

import pexpect
import pytest

import board as emulated
from chain import (BRIEF, IMAGE, KERNEL, RAMDISK, STAGE, XEN, make_fit, name_payload, one_file,
                   stub)
from places import BOARD_BUILD, BUILD, GUESTS

MIB = 1 << 20
BASE = 0x40000000
TREE, START = 0x5A000000, 0x58000000
RECORD = "/chosen/dtshim/record"
WITNESS = BOARD_BUILD / "witness.img"
# Without firmware QEMU puts a tree of its own at the start of RAM: the witness must stay away.
FAR = 0x70000000

pytestmark = pytest.mark.slow


def put(tree, kind, node, name, *values):
    subprocess.run(["fdtput", "-t", kind, tree, node, name, *map(str, values)], check=True)


class Machine:
    """A board with a disk; its tree names the payload and a native policy."""

    def __init__(self, folder, dom0, extra="", its=False, **policy):
        self.folder = folder
        self.machine = {"ram": policy.pop("ram", "2G"), "gic": policy.pop("gic", 2), "its": its,
                        "cpus": policy.pop("cpus", 1)}
        self.ramdisk = emulated.make_initramfs(GUESTS, folder / "initrd",
                                               emulated.DMA_INIT.read_text() + extra)
        self.payload = {"xen": (policy.pop("hypervisor", XEN), WITNESS), 
                        "kernel": (policy.pop("kernel", KERNEL), GUESTS / "Image"),
                        "ramdisk": (RAMDISK, self.ramdisk)}
        self.disk = emulated.make_dma_disk(folder / "disk")
        self.pci = policy.pop("pci", False)
        self.tree = emulated.board_tree(folder / "board.dtb", GUESTS, **self.machine)
        name_payload(self.tree, self.payload)
        self.set_policy(dom0, **policy)

    def set_policy(self, dom0, offset_in="both", **addresses):
        node = "/chosen/dtshim"
        subprocess.run(["fdtput", "-c", self.tree, node], check=True)
        for name, word in (("compatible", "dtshim,policy-v1"), ("contract", "native"),
                           ("hypervisor", "dtshim,witness"), ("offset-in", offset_in)):
            put(self.tree, "s", node, name, word)
        put(self.tree, "x", node, "dom0-mem", 0, f"{dom0 * MIB:x}")
        for name, value in addresses.items():
            put(self.tree, "x", node, name.replace("_", "-"), f"{value >> 32:x}",
                f"{value & 0xffffffff:x}")
        put(self.tree, "s", "/chosen", "xen,dom0-bootargs",
            f"console=ttyAMA0 rdinit=/init quiet loglevel=3 {BRIEF} "
            f"disk={'pci' if self.pci else 'mmio'}")

    def start(self, files, entry, tree):
        files[START] = stub(self.folder / "stub", entry, tree)
        return emulated.Board(GUESTS, self.folder / "console.log", files=files, firmware=False,
                              extra=["-device", f"loader,addr={START:#x},cpu-num=0",
                                     *emulated.dma_disk(self.disk, self.pci)], **self.machine)

    def through_the_stage(self, stage=STAGE, tree=TREE, image=IMAGE):
        files = {address: path for address, path in self.payload.values()}
        return self.start(files | {stage: image, tree: self.tree}, stage, tree)

    def apply(self):
        """The tree rewritten on the host, and where the plan wants the files."""
        out = self.folder / "out.dtb"
        plan = json.loads(subprocess.run([BUILD / "dtshim", "plan", "--json", self.tree],
                                         check=True, capture_output=True).stdout)
        subprocess.run([BUILD / "dtshim", "apply", self.tree, "-o", out], check=True)
        places = {one["kind"]: int(one["to"], 16) for one in plan["modules"]}
        files = {places["hypervisor"]: WITNESS, places["kernel"]: GUESTS / "Image",
                 places["ramdisk"]: self.ramdisk, places["tree"]: out}
        return out, places, files

    def sums(self):
        return emulated.disk_sums(self.disk)


@pytest.fixture
def machine(tmp_path):
    def make(dom0=256, **more):
        return Machine(tmp_path, dom0, **more)
    return make


# ---- it works ---------------------------------------------------------------------------

@pytest.mark.parametrize("dom0, base, block, options", [
    (256, BASE, BASE + 8 * MIB, {"gic": 2}),
    (512, BASE, BASE + 0x60000000, {"gic": 3, "ram": "4G"}),
    (512, 0x80000000, BASE, {"gic": 2}),
    (256, BASE, BASE + 0x801000, {"gic": 3}),
    (256, BASE, BASE + 8 * MIB, {"gic": 2, "pci": True}),
    (256, BASE, BASE, {"gic": 3, "its": True}),
], ids=["8 MiB", "0x60000000", "negative", "by the page", "PCI", "none"])
def test_dma(machine, dom0, base, block, options):
    """Linux at its base, its memory elsewhere, and the disk reads and writes the right pages."""
    one = machine(dom0, dom0_base=base, machine_base=block, **options)
    offset = (block - base) % (1 << 64)
    with one.through_the_stage() as board:
        page = board.page()
        assert base <= page < base + dom0 * MIB
        assert board.memory(page + block - base, 4096) == (GUESTS / "busybox").read_bytes()[:4096]
        if offset:
            assert board.memory(page, 4096) != board.memory(page + block - base, 4096)
        report = board.finish_disk()
        console = board.text()
    assert [report.one("read"), report.one("written")] == one.sums()
    assert report.one("dma-offset") == (f"{offset:016x}" if offset else None)
    assert report.one("hypervisor").strip() == "dtshim,witness"
    assert report.one("memory-node") == f"memory@{base:x} {base:016x}{dom0 * MIB:016x}"
    assert int(report.all("system-ram")[0].split("-")[0], 16) == base
    assert int(report.all("system-ram")[-1].split("-")[1], 16) == base + dom0 * MIB - 1
    assert f"witness: guest {base:#x} is machine {block:#x}, offset {offset:#x}" in console


DISK = "virtio_mmio@a003e00"  # QEMU gives the first disk the highest of its places


def get(tree, node, name):
    return subprocess.run(["fdtget", "-t", "x", tree, node, name], check=True,
                          capture_output=True, text=True).stdout.split()


def put_disk_on_a_bus(tree, path, cells, windows):
    """The disk's node below a simple-bus with so many cells, and these dma-ranges."""
    interrupts = get(tree, f"/{DISK}", "interrupts")
    subprocess.run(["fdtput", "-r", tree, f"/{DISK}"], check=True)
    subprocess.run(["fdtput", "-cp", tree, f"{path}/{DISK}"], check=True)
    zero = [0] * (cells - 1)
    for bus in [path[:at] for at in range(1, len(path) + 1) if path[at:at + 1] in ("/", "")]:
        put(tree, "s", bus, "compatible", "simple-bus")
        put(tree, "x", bus, "#address-cells", cells)
        put(tree, "x", bus, "#size-cells", cells)
        put(tree, "x", bus, "ranges")
    if cells == 1:
        put(tree, "x", path, "ranges", "a000000", 0, "a000000", "10000")
    for bus, cells_of_windows in windows.items():
        put(tree, "x", bus, "dma-ranges", *cells_of_windows)
    put(tree, "s", f"{path}/{DISK}", "compatible", "virtio,mmio")
    put(tree, "x", f"{path}/{DISK}", "reg", *zero, "a003e00", *zero, "200")
    put(tree, "x", f"{path}/{DISK}", "interrupts", *interrupts)
    put(tree, "x", f"{path}/{DISK}", "dma-coherent")


@pytest.mark.parametrize("path, cells, windows, carrier, becomes", [
    ("/soc", 2, {}, "/soc", [0, 0x40800000, 0, BASE, 0, 256 * MIB]),
    ("/soc", 2, {"/soc": []}, "/soc", [0, 0x40800000, 0, BASE, 0, 256 * MIB]),
    ("/soc", 2, {"/soc": [0, "40000000", 0, "40000000", 0, "80000000"]}, "/soc",
     [0, 0x40800000, 0, BASE, 0, 256 * MIB]),
    ("/soc", 1, {"/soc": ["40000000", 0, "40000000", "80000000"]}, "/soc",
     [0x40800000, 0, BASE, 256 * MIB]),
    ("/soc/bus", 2, {"/soc": [0, "40000000", 0, "40000000", 0, "80000000"], "/soc/bus": []},
     "/soc", [0, 0x40800000, 0, BASE, 0, 256 * MIB]),
], ids=["none", "empty", "a window", "one cell", "a window further up"])
def test_dma_on_a_bus(machine, path, cells, windows, carrier, becomes):
    """The bus says the offset, and Linux takes it from there, as far up as that is."""
    one = machine(machine_base=BASE + 8 * MIB)
    put_disk_on_a_bus(one.tree, path, cells, windows)
    out, _, _ = one.apply()
    assert [int(cell, 16) for cell in get(out, carrier, "dma-ranges")] == becomes
    with one.through_the_stage() as board:
        board.page()
        report = board.finish_disk()
    assert [report.one("read"), report.one("written")] == one.sums()


def test_a_tree_that_was_rewritten_on_the_host(machine):
    """Everything lies where the host's plan wants it; the stage finds the witness by the record."""
    one = machine(machine_base=BASE + 8 * MIB, hypervisor=FAR)
    _, places, files = one.apply()
    with one.start(files | {STAGE: IMAGE}, STAGE, places["tree"]) as board:
        board.expect(["nothing to do: the tree already has the record"])
        board.page()
        report = board.finish_disk()
    assert [report.one("read"), report.one("written")] == one.sums()


def test_the_kernel_has_the_room_that_its_header_says(machine):
    """The ramdisk goes behind what the kernel needs beside its file, and no further."""
    room = int.from_bytes((GUESTS / "Image").read_bytes()[16:24], "little")
    with machine(machine_base=BASE + 8 * MIB).through_the_stage() as board:
        board.expect(["dtshim: starting the hypervisor"])
        said = " ".join(board.text().split())  # a page breaks its sentences
        assert f"kernel goes to guest address {BASE:#x}" in said
        assert f"ramdisk goes to guest address {BASE + room:#x}" in said


@pytest.mark.parametrize("at, to", [(0, BASE + 0x80000), (72 * MIB, BASE + 0x80000),
                                    (72 * MIB + 0x80000, BASE + 64 * MIB + 0x80000)],
                         ids=["from outside", "does not stay", "stays"])
def test_a_kernel_with_a_text_offset(machine, tmp_path, at, to):
    """As Linux 5.7 and before: 512 KiB into 2 MiB."""
    image = bytearray((GUESTS / "Image").read_bytes())
    image[8:16] = (0x80000).to_bytes(8, "little")
    (tmp_path / "old").write_bytes(image)
    one = machine(machine_base=BASE + 8 * MIB, **({"kernel": BASE + at} if at else {}))
    one.payload["kernel"] = (one.payload["kernel"][0], tmp_path / "old")
    with one.through_the_stage() as board:
        board.expect(["dtshim: starting the hypervisor"])
        assert re.search(rf"kernel (goes to|stays at) guest address {to:#x}\b", " ".join(board.text().split()))


@pytest.mark.parametrize("what", ["stage", "tree"])
@pytest.mark.parametrize("at", ["lowest place", "kernel's bss"])
def test_what_is_still_read_is_in_nobodys_way(machine, what, at):
    """Stage or tree lie where the kernel would go, or where it needs room to stay."""
    lowest = at == "lowest place"
    kernel = KERNEL if lowest else BASE + 72 * MIB
    behind = (GUESTS / "Image").stat().st_size + 4095 & -4096
    where = BASE + 8 * MIB if lowest else kernel + behind
    one = machine(machine_base=BASE + 8 * MIB, kernel=kernel)
    with one.through_the_stage(**{what: where}) as board:
        board.expect([r"kernel\s+goes\s+to\s+guest\s+address\s+0x(\w+)\s"])
        assert (int(board.console.match[1], 16) == BASE) == (not lowest)
        board.page()
        board.finish_disk()


def test_one_cpu(machine):
    """Firmware would start the second one at an address of the guest's."""
    with machine(machine_base=BASE + 8 * MIB, cpus=2).through_the_stage() as board:
        board.expect(["witness: PSCI function 0xc4000003 refused"])
        board.page()
        board.finish_disk()


def test_on_chip_memory(machine):
    """Linux's driver works on it through the witness's map of /sram-map."""
    at = BASE + 0x70000000
    one = machine(machine_base=BASE + 8 * MIB, extra="""
sram=$(/busybox find /sys/devices -type f -name '*.sram')
printf 'the witness' | /busybox dd of=$sram conv=notrunc 2>/dev/null
echo "@@ sram $(/busybox head -c 11 $sram)"
""")
    node = f"/sram@{at:x}"
    subprocess.run(["fdtput", "-cp", one.tree, f"{node}/part@0"], check=True)
    put(one.tree, "x", "/memory@40000000", "reg", 0, f"{BASE:x}", 0, f"{at - BASE:x}")
    put(one.tree, "s", node, "compatible", "mmio-sram")
    for name, cells in (("reg", [0, f"{at:x}", 0, 10000]), ("#address-cells", [1]),
                        ("#size-cells", [1]), ("ranges", [0, 0, f"{at:x}", 10000])):
        put(one.tree, "x", node, name, *cells)
    put(one.tree, "x", f"{node}/part@0", "reg", 0, 1000)
    put(one.tree, "x", f"{node}/part@0", "export")
    with one.through_the_stage() as board:
        board.page()
        assert board.finish_disk().one("sram") == "the witness"


# ---- the payload behind the stage, and the way out ----------------------------------------

def test_one_file(machine, tmp_path):
    """A FIT names nothing in the tree: the nodes of kernel and ramdisk are new."""
    one = machine(machine_base=BASE + 8 * MIB)
    its = (emulated.ROOT / "board/qemu_arm64/payload.its").read_text().replace(
        '/incbin/("xen")', f'/incbin/("{WITNESS}")')
    image = one_file(tmp_path, make_fit(tmp_path, one.ramdisk, its=its))
    for kind, (address, _) in one.payload.items():
        subprocess.run(["fdtput", "-r", one.tree, f"/chosen/{kind}@{address:x}"], check=True)
    one.payload = {}
    with one.through_the_stage(image=image, tree=FAR) as board:
        board.page()
        report = board.finish_disk()
    assert [report.one("read"), report.one("written")] == one.sums()


def test_pass_through(machine):
    """on-error: the hypervisor is given the unchanged tree, and it is the one to judge it."""
    one = machine(dom0=3072, machine_base=BASE)
    put(one.tree, "s", "/chosen/dtshim", "on-error", "pass-through")
    with one.through_the_stage() as board:
        board.expect([r"\[dom0-size\]"])
        board.expect([f"pass-through: the hypervisor at {XEN:#x} is given the unchanged tree"])
        board.expect(["witness: refused: no record of the machine's memory"])
        board.console.expect(pexpect.EOF)


@pytest.mark.parametrize("edit", [
    ("hypervisor", 0, "71000000", 0, "1000"), ("hypervisor", 0, "10000000", 0, "1000"),
    ("hypervisor", 0), ("machine-memory", 0, "40000000", 0, "10000000"), ("machine-memory", 0),
], ids=["no Image there", "no RAM there", "damaged", "not in RAM", "no RAM at all"])
def test_a_record_of_something_else(machine, edit):
    one = machine(machine_base=BASE + 8 * MIB, hypervisor=FAR)
    out, places, files = one.apply()
    put(out, "x", RECORD, *edit)
    with one.start(files | {STAGE: IMAGE}, STAGE, places["tree"]) as board:
        board.expect(["the tree was rewritten for a payload that is not here"])
        board.expect(["dtshim: halted"])


# ---- and would not without ------------------------------------------------------------------

def assert_no_disk(one, board):
    """Linux is up, and its disk does not work. What it would have written is not there."""
    board.page()
    board.console.sendline("")
    report = board.finish()
    read, written = one.sums()
    assert report.one("read") != read
    assert report.one("written") is None
    assert written == hashlib.md5(bytes(emulated.DISK_PART)).hexdigest()


def test_control_no_offset_in_dma_ranges(machine):
    """Stock Linux does not read dma-offset: with it alone the disk is given guest addresses."""
    one = machine(machine_base=BASE + 0x60000000, ram="4G", offset_in="property")
    with one.through_the_stage() as board:
        assert_no_disk(one, board)
        assert "offset 0x60000000" in board.text()


def shift_windows(tree, by):
    """Each dma-mem parent's bus address, moved."""
    names = subprocess.run(["fdtget", "-l", tree, "/"], check=True, capture_output=True,
                           text=True).stdout.split()
    hooks = [f"/{name}" for name in names if name.startswith("dtshim-dma-")]
    for hook in hooks:
        cells = subprocess.run(["fdtget", "-t", "x", tree, hook, "dma-ranges"], check=True,
                               capture_output=True, text=True).stdout.split()
        cells[1] = f"{int(cells[1], 16) + by:x}"
        put(tree, "x", hook, "dma-ranges", *cells)
    return hooks


@pytest.mark.parametrize("by, works", [(0, True), (4096, False)], ids=["as applied", "a page off"])
def test_control_an_offset_that_is_a_page_off(machine, by, works):
    """The applied tree without the stage, as it is and with another offset in dma-ranges."""
    one = machine(machine_base=BASE + 8 * MIB, hypervisor=FAR)
    out, places, files = one.apply()
    assert shift_windows(out, by)
    with one.start(files, places["hypervisor"], places["tree"]) as board:
        if works:
            board.page()
            report = board.finish_disk()
            assert [report.one("read"), report.one("written")] == one.sums()
        else:
            assert_no_disk(one, board)


@pytest.mark.parametrize("how, value", [("write", " 32 1"), ("read", "")])
def test_control_a_stray_access(machine, how, value):
    """Machine memory that is not dom0's is not there for dom0, even if a node claims it."""
    other = BASE + 0x30000000
    one = machine(machine_base=BASE + 8 * MIB, extra=f"/busybox devmem {other:#x}{value}\n")
    subprocess.run(["fdtput", "-cp", one.tree, f"/framebuffer@{other:x}"], check=True)
    put(one.tree, "x", f"/framebuffer@{other:x}", "reg", 0, f"{other:x}", 0, 1000)
    with one.through_the_stage() as board:
        board.expect([f"witness: /framebuffer@{other:x}: {other:#x} is RAM and not mapped"])
        board.expect(["@@ go on"])
        board.console.sendline("")
        board.expect([rf"witness: stray access: {how} at guest address 0x(\w+), PC 0x\w+"])
        assert int(board.console.match[1], 16) == other
        board.console.expect(pexpect.EOF)
        assert "@@ end" not in board.text()


# ---- what the witness refuses -------------------------------------------------------------------

def start_edited(one, *edits):
    out, places, files = one.apply()
    for node, name, *cells in edits:
        put(out, "x", node, name, *cells)
    return one.start(files, places["hypervisor"], places["tree"])


@pytest.mark.parametrize("edit, says", [
    (("/hypervisor", "dma-offset", 0, "900000"), "is not in the machine's memory as the record says"),
    ((RECORD, "machine-memory", 0, "60000000", 0, "20000000"), "is not in the machine's memory"),
    ((RECORD, "machine-memory", 0), "no record of the machine's memory"),
    (("/memory@40000000", "reg", 0, "40000000", 0, "1000", 0, "50000000", 0, "1000"),
     "/memory does not say one block"),
    (("/hypervisor", "dma-offset", "800000"), "does not have the root's address cells"),
    ((f"/chosen/kernel@{BASE:x}", "reg", 0, "90000000", 0, "1000"), "no kernel in dom0's memory"),
], ids=["offset", "machine-memory", "no record", "two blocks", "cells", "kernel"])
def test_witness_believes_nothing(machine, edit, says):
    """Nor does it start a guest on a tree that contradicts itself."""
    with start_edited(machine(machine_base=BASE + 8 * MIB, hypervisor=FAR), edit) as board:
        board.expect([f"witness: refused: .*{re.escape(says)}"])
        board.console.expect(pexpect.EOF)


@pytest.mark.parametrize("what, says", [("hypervisor", "covers the witness"),
                                        ("tree", "the tree is not in dom0's memory")])
def test_witness_and_guest_keep_apart(machine, what, says):
    """The witness inside the guest's block, or the tree outside."""
    one = machine(machine_base=BASE + 8 * MIB, hypervisor=FAR)
    _, places, files = one.apply()
    other = BASE + 128 * MIB if what == "hypervisor" else FAR + 128 * MIB
    files[other] = files.pop(places[what])
    places[what] = other
    with one.start(files, places["hypervisor"], places["tree"]) as board:
        board.expect([f"witness: refused: .*{says}"])
        board.console.expect(pexpect.EOF)


def test_witness_refuses_an_its(machine):
    with machine(machine_base=BASE + 8 * MIB, gic=3, its=True).through_the_stage() as board:
        board.expect(["witness: refused: there is a GICv3 ITS"])
        board.console.expect(pexpect.EOF)
