# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Layout offset on stock Xen, with real DMA: Debian's Xen, Debian's Linux, a disk that is
passed through. What is asserted is what Linux reads from the disk, what the disk file holds
afterwards, and what QEMU's monitor finds in machine memory; with the offset taken away, or
wrong by a page, the same boot must not get at the disk.
"""
import json
import subprocess

import pytest

import board as emulated
from chain import BASE, IMAGE, LINE, MIB, STAGE, make_fit, one_file, stub
from dom0 import Case, START
from patience import patience
from places import BUILD, GUESTS

DISK = "/virtio_mmio@a003e00"  # QEMU hands out the transports from the last one on
BUS = "/passthrough"


class Offset(Case):
    """A board whose domain gets the disk, of which Linux reads `size` bytes."""
    xen_line = "dom0_mem=512M"

    def __init__(self, folder, size=emulated.DISK_PART, xen=GUESTS / "xen", script="", **machine):
        super().__init__(folder, "", emulated.DMA_INIT.read_text() + script,
                         quiet=f"quiet parts={size >> 16}", **machine)
        self.xen, self.size = xen, size
        self.disk = emulated.make_dma_disk(folder / "disk", size)

    def apply(self, *policy, more=""):
        """The plan, with both trees written."""
        options = ["--passthrough", f"{DISK} {more}", *policy]
        self.out, self.domain = self.folder / "out.dtb", self.folder / "out.domain.dtb"
        self.plan = json.loads(subprocess.run([BUILD / "dtshim", "plan", "--json", *options, self.tree],
                                              check=True, capture_output=True).stdout)
        subprocess.run([BUILD / "dtshim", "apply", *options, self.tree, "-o", self.out], check=True,
                       capture_output=True)

    def boot(self):
        places = {one["kind"]: int(one["to"], 16) for one in self.plan["modules"]}
        files = {places["Xen"]: self.xen, places["kernel"]: GUESTS / "Image",
                 places["ramdisk"]: self.ramdisk, places["tree"]: self.out,
                 places["domain tree"]: self.domain,
                 START: stub(self.folder / "stub", places["Xen"], places["tree"])}
        return emulated.Board(GUESTS, self.folder / "log", files=files, firmware=False,
                              extra=["-device", f"loader,addr={START:#x},cpu-num=0",
                                     *emulated.dma_disk(self.disk)], **self.machine)

    def blocks(self):
        """[(guest, machine, size)] of the plan."""
        guest, found = int(self.plan["dom0-memory"][0]["base"], 16), []
        for block in self.plan["machine-block"]:
            found.append((guest, int(block["base"], 16), int(block["size"], 16)))
            guest += found[-1][2]
        return found

    def machine_of(self, address):
        return next(machine + address - guest for guest, machine, size in self.blocks()
                    if guest <= address < guest + size)

    def sums(self):
        return emulated.disk_sums(self.disk, self.size)


@pytest.fixture
def case(tmp_path):
    def make(**more):
        return Offset(tmp_path, **more)
    return make


def assert_dma(one):
    """Linux reads what is on the disk, and what it writes is on the disk afterwards."""
    busybox = (GUESTS / "busybox").read_bytes()[:4096]
    with one.boot() as board:
        page = board.page()
        assert board.memory(one.machine_of(page), 4096) == busybox
        assert board.memory(page, 4096) != busybox
        report = board.finish_disk(xen=True)
    assert [report.one("read"), report.one("written")] == one.sums()
    assert report.all("system-ram")[0].startswith(f"{BASE:x}-")
    return report


def assert_no_dma(one):
    sums = one.sums()
    with one.boot() as board:
        board.page()
        report = board.finish_disk(xen=True, timeout=patience(120))
    assert report.one("read") != sums[0] and report.one("kernel")
    assert one.sums() == sums


# ---- Debian's Xen: a heap with one piece of the domain's size ------------------------------

@pytest.mark.slow
@pytest.mark.parametrize("dom0, block, machine", [
    (512, None, {}), (256, 0x90000000, {"gic": 2}), (1024, 0x100000000, {"ram": "8G"}),
], ids=["by itself", "GICv2", "above 4 GiB"])
def test_dma(case, dom0, block, machine):
    one = case(**machine)
    one.apply("--layout", "offset", "--dom0-mem", f"{dom0}M",
              *(["--machine-base", hex(block)] if block else []))
    (guest, base, size), = one.blocks()
    assert guest == BASE and size == dom0 * MIB and base == (block or 0x60000000)
    report = assert_dma(one)
    assert report.one("bus") == f"{base:016x}{BASE:016x}{dom0 * MIB:016x}"
    assert_size(one, report)


def assert_size(one, report):
    """What the plan forecast of the domain's tree; 4096 is where Xen 4.17 cuts."""
    note, = [note for note in one.plan["notes"] if note["what"].startswith("the domain's tree has")]
    most, real = int(note["what"].split()[-2]), int(report.one("tree"))
    assert most - 64 <= real <= most


@pytest.mark.slow
@pytest.mark.parametrize("change", ["none", "a page off"])
def test_controls(case, change):
    """The same boot, but the domain is told nothing, or something that is wrong by a page."""
    one = case()
    one.apply("--layout", "offset")
    (guest, base, size), = one.blocks()
    if change == "none":
        subprocess.run(["fdtput", "-d", one.domain, BUS, "dma-ranges"], check=True)
    else:
        cells = [number for value in (base + 4096, guest, size)
                 for number in (value >> 32, value & 0xffffffff)]
        subprocess.run(["fdtput", "-t", "x", one.domain, BUS, "dma-ranges",
                        *(f"{cell:x}" for cell in cells)], check=True)
    assert_no_dma(one)


RTC = """
echo "@@ rtc $(/busybox cat /sys/class/rtc/rtc0/name)"
echo "@@ irq $(/busybox grep rtc /proc/interrupts)"
"""


@pytest.mark.slow
@pytest.mark.parametrize("clock", [True, False])
def test_a_neighbour_comes_along(case, clock):
    """A clock chip works with the clock that it is fed by; taken from the tree, it does not."""
    one = case(script=RTC)
    one.apply("--layout", "offset", more="arm,pl031")
    assert "/apb-pclk" in one.plan["domain"]["devices"]
    if not clock:
        subprocess.run(["fdtput", "-r", one.domain, f"{BUS}/apb-pclk"], check=True)
    report = assert_dma(one)
    assert ("rtc-pl031" in str(report.one("rtc"))) == clock
    assert ("rtc-pl031" in str(report.one("irq"))) == clock


# ---- a Xen with static memory -----------------------------------------------------------------

@pytest.fixture
def static_xen():
    if (GUESTS / "xen-static.skipped").exists():
        pytest.skip((GUESTS / "xen-static.skipped").read_text().strip())
    if not (GUESTS / "xen-static").exists():
        pytest.skip("no Xen with static memory was built: make check does that")
    return GUESTS / "xen-static"


STATIC = ["--layout", "offset", "--xen-features", "static-mem"]


@pytest.mark.slow
def test_static_memory(case, static_xen):
    """Any page may start the block: here the offset is 8 MiB, no multiple of the size."""
    one = case(xen=static_xen)
    one.apply(*STATIC, "--dom0-mem", "512M", "--machine-base", hex(BASE + 8 * MIB))
    assert one.blocks() == [(BASE, BASE + 8 * MIB, 512 * MIB)]
    assert "static-heap" not in subprocess.run(["fdtdump", one.out], capture_output=True,
                                               text=True).stdout
    assert_dma(one)


BLOCKS = [(BASE, 0x80800000, 256 * MIB), (BASE + 256 * MIB, 0xA1000000, 256 * MIB)]


@pytest.mark.slow
def test_two_blocks(case, static_xen):
    """Two machine blocks, two entries of dma-ranges. What Linux reads and its copy need both."""
    one = case(xen=static_xen, size=136 * MIB)
    one.apply(*STATIC, "--dom0-mem", "512M", "--machine-blocks", "0x80800000:256M 0xa1000000:256M")
    assert one.blocks() == BLOCKS
    report = assert_dma(one)
    assert report.one("bus") == "".join(f"{machine:016x}{guest:016x}{size:016x}"
                                        for guest, machine, size in BLOCKS)


# ---- through U-Boot and the stage -----------------------------------------------------------------

# What a secure firmware keeps for itself at the native base, as OP-TEE tells it.
CARVED = ("mknode / reserved-memory", r"set /reserved-memory \#address-cells <2>",
          r"set /reserved-memory \#size-cells <2>", "set /reserved-memory ranges",
          "mknode /reserved-memory optee@40000000",
          "set /reserved-memory/optee@40000000 reg <0 0x40000000 0 0x200000>",
          "set /reserved-memory/optee@40000000 no-map")


def boot_stage(folder, files, disk, payload=None, carved=False, policy=()):
    """Linux as a domain, from the stage on; what it did to the disk."""
    with emulated.Board(GUESTS, folder / "log", files=files,
                        extra=emulated.dma_disk(disk)) as board:
        board.prompt()
        emulated.prepare_tree(board, LINE)
        for words in CARVED if carved else ():
            board.command(f"fdt {words}")
        if payload:
            emulated.add_payload(board, payload)
        board.command("fdt mknode /chosen dtshim")
        for words in (f'passthrough "{DISK}"', *policy):
            board.command(f"fdt set /chosen/dtshim {words}")
        board.start(f"booti {STAGE:#x} - {emulated.TREE:#x}")
        page = board.page()
        assert board.memory(page + 0x20000000, 4096) == (GUESTS / "busybox").read_bytes()[:4096]
        report = board.finish_disk(xen=True)
    assert [report.one("read"), report.one("written")] == emulated.disk_sums(disk)


@pytest.fixture
def ramdisk(tmp_path):
    return emulated.make_initramfs(GUESTS, tmp_path / "initrd", emulated.DMA_INIT.read_text())


@pytest.mark.slow
@pytest.mark.parametrize("carved", [False, True], ids=["layout offset", "auto, carved out"])
def test_stage(tmp_path, ramdisk, carved):
    """Asked for by layout, or by the device alone: also where firmware sits at the native base."""
    payload = {"xen": (0x50000000, GUESTS / "xen"), "kernel": (0x52000000, GUESTS / "Image"),
               "ramdisk": (0x56000000, ramdisk)}
    boot_stage(tmp_path, {STAGE: IMAGE} | dict(payload.values()),
               emulated.make_dma_disk(tmp_path / "disk"), payload, carved,
               [] if carved else ['layout "offset"'])


@pytest.mark.slow
def test_one_file(tmp_path, ramdisk):
    """Xen, kernel and ramdisk in a FIT behind the stage: no nodes in /chosen to begin with."""
    image = one_file(tmp_path, make_fit(tmp_path, ramdisk))
    boot_stage(tmp_path, {STAGE: image}, emulated.make_dma_disk(tmp_path / "disk"),
               policy=['layout "offset"'])
