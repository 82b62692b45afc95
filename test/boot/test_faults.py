# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""What a board may do to the stage: it starts Xen, or ends in words, on a UART or in memory.

Most of these enter the stage without U-Boot, as the first thing that the machine does.
"""
import hashlib
import struct
import subprocess

import pexpect
import pytest

import board as emulated
from chain import (IMAGE, KERNEL, MIB, STAGE, add_tagged_device, assert_dom0, assert_halted,
                   in_ram, name_payload)
from entry import MADE_UP, TREE, find, fit_at, flip, last_words
from places import BUILD
from trees import Tree

pytestmark = pytest.mark.slow
SILENT = BUILD / "dtshim.img"  # a stage that is told no UART but the tree's
PL011 = "/pl011@9000000"
HOLE = 0x0B000000   # QEMU answers with an external abort
ONES = 0x30000000   # of the PCI host, without a device behind it: all ones
SECURE = ("-machine", "secure=on")


def heard(board):
    """All that came until now: what nobody waits for is not read by itself."""
    board.console.expect([pexpect.TIMEOUT, pexpect.EOF], timeout=0.2)
    return board.text()


# ---- the pointer to the tree --------------------------------------------------------------------

@pytest.mark.parametrize("x0, says", [
    (4, "no device tree at 0x4"),
    (TREE + 4, f"no device tree at {TREE + 4:#x}"),
    (ONES, f"no device tree at {ONES:#x}"),
    (STAGE, "the stage's own memory"),
    (STAGE + 2 * MIB, "the stage's own memory"),
    (HOLE, f"unexpected exception: .* address {HOLE:#x}"),
    (1 << 47, "unexpected exception: .* address 0x800000000000"),
], ids=["4", "misaligned", "ones", "stage", "stage's memory", "hole", "beyond"])
def test_no_tree_there(enter, tree, x0, says):
    assert_halted(enter(tree, x0=x0), says)


@pytest.mark.parametrize("machine", [{"el2": False}, {"extra": SECURE}], ids=["EL1", "EL3"])
def test_an_exception_at_another_level(enter, machine):
    assert_halted(enter(x0=HOLE, **machine), f"unexpected exception: .* address {HOLE:#x}")


def test_entered_at_el3(enter, tree):
    assert_halted(enter(tree, extra=SECURE), "started at EL3, and a hypervisor needs EL2")


@pytest.mark.parametrize("at", [STAGE + 0x40, STAGE + 0x800], ids=hex)
def test_loaded_inside_a_page(enter, tree, at):
    """As by bootm from a uImage, whose header has 64 bytes."""
    assert_halted(enter(tree, at=at), f"loaded at {at:#x}, not a multiple of 4096")


def test_an_overlay_for_a_tree(enter, tree):
    """Which has no console to say so either."""
    subprocess.run(["fdtput", "-p", "-c", tree, "/fragment@0/__overlay__"], check=True)
    board = enter(tree)
    assert_halted(board, r"/fragment@0: this is an overlay, a part of a board's tree \[overlay\]")
    assert "fdt apply OVERLAY" in heard(board)


# ---- a console that is none ---------------------------------------------------------------------

UARTS = {
    "none": lambda tree: ("-d", tree, "/chosen", "stdout-path"),
    "unknown": lambda tree: ("-t", "s", tree, PL011, "compatible", "test,uart"),
    "disabled": lambda tree: ("-t", "s", tree, PL011, "status", "disabled"),
}


def change(tree, arguments):
    subprocess.run(["fdtput", *arguments(tree)], check=True)


def move_uart(tree, base):
    change(tree, lambda tree: ("-t", "x", tree, PL011, "reg", "0", f"{base:x}", "0", "1000"))


@pytest.mark.parametrize("uart", UARTS)
def test_no_console_last_words(enter, tree, uart):
    """What is wrong lies in memory, and no register of a UART was written."""
    change(tree, UARTS[uart])
    board = enter(tree, image=SILENT)
    assert "no Xen to boot [payload]\n  what to do: " in last_words(board)
    assert "dtshim" not in heard(board)


def test_a_uart_that_is_not_there(enter, tree):
    move_uart(tree, HOLE)
    said = last_words(enter(tree, image=SILENT))
    assert "unexpected exception" in said and f"address {HOLE + 0x18:#x}" in said


def test_a_uart_that_is_not_there_and_another(enter, tree):
    move_uart(tree, HOLE)
    assert_halted(enter(tree), f"unexpected exception: .* address {HOLE + 0x18:#x}")


def test_a_uart_that_never_drains(enter, tree):
    """All its bits are ones, full among them: it is given up, not waited for at each letter."""
    move_uart(tree, ONES)
    assert "no Xen to boot [payload]" in last_words(enter(tree, image=SILENT))


IN_RAM = 0x60000000


def plain_memory(board, address, size=0x100):
    return board.memory(address, size) == bytes(size)


@pytest.mark.parametrize("at, what", [
    (IN_RAM, "RAM"), (0xBFFFF000, "RAM"), (STAGE + 3 * MIB, "the stage's own memory"),
    (TREE, "the tree")], ids=["RAM", "end of RAM", "stage", "tree"])
def test_a_uart_in_memory(enter, tree, at, what):
    """Not a byte is written there, which would be a hole in somebody's file."""
    move_uart(tree, at)
    board = enter(tree, image=SILENT)
    said = last_words(board)
    assert f"stdout-path: the UART at {at:#x} would be in {what}: nothing is printed there\n" \
        "  what to do: correct the reg" in said
    assert "no Xen to boot [payload]" in said, "it went on as without a console"
    if what == "RAM":
        assert plain_memory(board, at)
    if what == "the tree":
        assert board.memory(at, 0x100) == tree.read_bytes()[:0x100]


def put(tree, kind, node, name, *values):
    subprocess.run(["fdtput", "-p", "-t", kind, tree, node, name, *values], check=True)


def add_memory(tree, base, size, **properties):
    node = f"/memory@{base:x}"
    put(tree, "s", node, "device_type", "memory")
    put(tree, "x", node, "reg", "0", f"{base:x}", "0", f"{size:x}")
    for name, value in properties.items():
        put(tree, "s", node, name, value)


def add_region(tree, base, size):
    for name in ("#address-cells", "#size-cells"):
        put(tree, "u", "/reserved-memory", name, "2")
    put(tree, "s", "/reserved-memory", "ranges", "")
    put(tree, "x", f"/reserved-memory/test@{base:x}", "reg", "0", f"{base:x}", "0", f"{size:x}")


def add_kernel(tree, base, size):
    node = f"/chosen/module@{base:x}"
    for name in ("#address-cells", "#size-cells"):
        put(tree, "u", "/chosen", name, "2")
    put(tree, "s", node, "compatible", "multiboot,kernel", "multiboot,module")
    put(tree, "x", node, "reg", "0", f"{base:x}", "0", f"{size:x}")


def add_ramdisk(tree, base, size):
    add_kernel(tree, KERNEL, MIB)
    put(tree, "x", "/chosen", "linux,initrd-start", f"{base:x}")
    put(tree, "x", "/chosen", "linux,initrd-end", f"{base + size:x}")


def tell_ram(tree, base, size):
    """By the policy; the tree itself says none."""
    subprocess.run(["fdtput", "-r", tree, "/memory@40000000"], check=True)
    put(tree, "x", "/chosen/dtshim", "ram", "0", f"{base:x}", "0", f"{size:x}")


@pytest.mark.parametrize("at, add, place, what", [
    (HOLE, add_memory, (HOLE + 0x800, 0x10000), "RAM"),
    (HOLE, lambda *at: add_memory(*at, status="disabled"), (HOLE, 0x10000), "RAM"),
    (IN_RAM, tell_ram, (0x40000000, 0x80000000), "RAM"),
    (HOLE, add_kernel, (HOLE - MIB, MIB + 4), "a module"),
    (HOLE, add_ramdisk, (HOLE - MIB, MIB + 4), "a module"),
    (HOLE, add_region, (HOLE, 0x10000), "reserved memory"),
    ((1 << 48) - 0x10, None, (), "memory above 48 bits, which the stage cannot map"),
], ids=["the page has some RAM", "disabled RAM", "RAM by the policy", "module", "ramdisk", "reserved",
        "last bytes"])
def test_a_uart_in_what_only_the_tree_knows(enter, tree, at, add, place, what):
    """A part of a page is enough: devices are mapped by the page."""
    put(tree, "x", PL011, "reg", f"{at >> 32:x}", f"{at & 0xFFFFFFFF:x}", "0", "1000")
    if add:
        add(tree, *place)
    board = enter(tree, image=SILENT)
    said = last_words(board)
    assert f"stdout-path: the UART at {at:#x} would be in {what}: nothing is printed there\n" in said
    assert "unexpected exception" not in said
    assert at != IN_RAM or plain_memory(board, at)


# ---- an IOMMU that is none ----------------------------------------------------------------------

def add_smmu(tree, base):
    """Driven, says the policy, and with a device behind it."""
    put(tree, "s", "/smmu", "compatible", "arm,smmu-v3")
    put(tree, "x", "/smmu", "reg", f"{base >> 32:x}", f"{base & 0xFFFFFFFF:x}", "0", "20000")
    put(tree, "u", "/smmu", "#iommu-cells", "1")
    put(tree, "u", "/smmu", "phandle", "28673")
    put(tree, "s", "/behind", "compatible", "test,behind")
    put(tree, "u", "/behind", "iommus", "28673", "1")
    put(tree, "s", "/chosen/dtshim", "iommu-drivers", "arm,smmu-v3")


@pytest.mark.parametrize("at, add, place", [
    (IN_RAM, None, ()), (0x70000000, add_region, (0x70000000, 0x100000)), (STAGE, None, ()), (TREE, None, ()),
    (HOLE, lambda *at: add_memory(*at, status="disabled"), (HOLE, 0x10000)),
    (HOLE, add_region, (HOLE, 0x1000)),
], ids=["RAM", "no-map", "stage", "tree", "disabled RAM", "reserved"])
def test_an_smmu_in_memory(enter, tree, payload, at, add, place):
    """It is not read as a device, protects nothing, and the plan says so."""
    name_payload(tree, payload)
    add_smmu(tree, at)
    if add:
        add(tree, *place)
    if at == 0x70000000:
        put(tree, "s", f"/reserved-memory/test@{at:x}", "no-map", "")
    board = enter(tree, in_ram(payload))
    board.expect(["/behind: not protected"])
    board.expect(["an iommus entry names an IOMMU whose registers would lie in memory"])
    board.expect(["dtshim: starting Xen", "dtshim: halted"])
    assert "unexpected exception" not in board.text()


def test_an_smmu_where_nothing_answers(enter, tree, payload):
    """The control: where no memory is known the register is read, and QEMU has none there."""
    name_payload(tree, payload)
    add_smmu(tree, HOLE)
    assert_halted(enter(tree, in_ram(payload)), f"unexpected exception: .* address {HOLE:#x}")


def test_a_uart_in_memory_and_another(enter, tree):
    move_uart(tree, IN_RAM)
    board = enter(tree)
    assert_halted(board, f"the UART at {IN_RAM:#x} would be in RAM")
    assert "no Xen to boot" in board.text() and plain_memory(board, IN_RAM)


def test_a_uart_right_below_ram(enter, tree):
    """The control: of these registers no byte is RAM, and they are used. QEMU has none there."""
    move_uart(tree, 0x40000000 - 0x1000)
    said = last_words(enter(tree, image=SILENT))
    assert "would be in" not in said


@pytest.mark.parametrize("base, what", [(IN_RAM, "RAM"), (STAGE + MIB, "the stage's own memory")],
                         ids=["RAM", "stage"])
@pytest.mark.parametrize("uart", ["none", "PL011"])
def test_a_fallback_in_memory(enter, tree, stage_with, uart, base, what):
    """Refused in words as well: on the tree's UART, or in memory where it names none."""
    image = stage_with(UART='"cdns,uart-r1p12"', BASE=f"{base:#x}")
    if uart == "none":
        change(tree, UARTS["none"])
    board = enter(tree, image=image)
    said = last_words(board)
    assert f"CONFIG_STAGE_FALLBACK_BASE: the UART at {base:#x} would be in {what}" in said
    assert "no Xen to boot" in said
    assert ("no Xen to boot" in heard(board)) == (uart == "PL011")
    assert ("would be in RAM" in heard(board)) == (uart == "PL011" and what == "RAM")
    assert what != "RAM" or plain_memory(board, base)


def test_a_fallback_by_another_name(enter, tree, stage_with):
    change(tree, UARTS["none"])
    image = stage_with(UART='"arm,sbsa-uart"', BASE="0x9000000")
    assert_halted(enter(tree, image=image), "no Xen to boot")


def test_no_console_and_all_is_well(enter, tree, payload):
    """Nobody says a word; dom0's init ends the machine."""
    change(tree, UARTS["none"])
    name_payload(tree, payload)
    board = enter(tree, in_ram(payload), image=SILENT)
    board.console.expect(pexpect.EOF)


# ---- what the boot loader left on ---------------------------------------------------------------

MMU_ON = """
    adr  x2, tables
    ldr  x3, =0xff04            // MAIR: device, memory
    msr  mair_el2, x3
    ldr  x3, =0x80823519        // TCR: 39 bits, 4 KiB granule, cached walks
    msr  tcr_el2, x3
    msr  ttbr0_el2, x2
    isb
    mrs  x3, sctlr_el2
    mov  x4, #0x1005            // MMU and caches
    orr  x3, x3, x4
    msr  sctlr_el2, x3
    isb
    b    1f
    .balign 4096
tables:
    .quad 0x00000441, 0x40000000 | 0x745
    .fill 510, 8, 0
1:
"""


def test_mmu_left_on(enter, tree):
    """What lies in caches would be lost, so nothing is begun."""
    assert_halted(enter(tree, before=MMU_ON), "the boot loader left the MMU on")


INTERRUPT = """
    mov  x2, #1 << 4            // HCR_EL2.IMO: interrupts come to EL2
    msr  hcr_el2, x2
    mov  x3, #0x08000000        // GICv2: group 0, the hypervisor's timer, all priorities
    mov  w2, #1
    str  w2, [x3]
    mov  w4, #1 << 26
    str  w4, [x3, #0x100]
    mov  x3, #0x08010000
    mov  w4, #0xff
    str  w4, [x3, #4]
    str  w2, [x3]
    mov  x4, #62500             // of 62.5 MHz: due in a millisecond, while the stage plans
    msr  cnthp_tval_el2, x4
    msr  cnthp_ctl_el2, x2
    msr  daifclr, #0xf
"""


def test_an_interrupt_that_is_due(enter, tree, payload):
    name_payload(tree, payload)
    board = enter(tree, in_ram(payload), before=INTERRUPT, gic=2)
    board.expect([r"\(XEN\) Xen version 4\."])


# ---- a tree that was rewritten before -----------------------------------------------------------

@pytest.mark.parametrize("grown", [False, True], ids=["as it was", "a device more"])
def test_a_tree_that_apply_wrote(enter, tree, payload, tool, tmp_path, grown):
    """Which the stage takes as it is, but not with what an overlay has brought since."""
    name_payload(tree, payload)
    tool("apply", tree, "-o", "once.dtb")
    places = Tree(tmp_path / "once.dtb").u64s("/chosen/dtshim/record", "load-places")[::2]
    there = {kind: (place, payload[kind][1]) for kind, place in zip(("xen", "kernel", "ramdisk"), places)}
    if grown:
        for values in (["-p", "-c", "once.dtb", "/late@7000000"],
                       ["-t", "s", "once.dtb", "/late@7000000", "compatible", "test,late"]):
            subprocess.run(["fdtput", *values], cwd=tmp_path, check=True)
    board = enter(tmp_path / "once.dtb", in_ram(there))
    if grown:
        assert_halted(board, r"/late@7000000: was not there, not enabled, or had a different DMA window, .*"
                             r"\[record\]")
    else:
        board.expect(["nothing to do: the tree already has the record"])
        board.expect(["dtshim: starting Xen"])


# ---- the payload behind the image ---------------------------------------------------------------


def header_word(image, i):
    return struct.unpack_from(">I", image, fit_at(image) + 4 * i)[0]


def cut(how):
    def damage(image):
        del image[how(image):]
    return damage


def header(i, value):
    def damage(image):
        struct.pack_into(">I", image, fit_at(image) + 4 * i, value)
    return damage


def structure(image):
    return fit_at(image) + header_word(image, 2)


@pytest.mark.parametrize("damage, says", [
    (cut(fit_at), r"\[magic\]"),
    (cut(lambda image: fit_at(image) + 20), r"\[layout\]|\[version\]"),
    (cut(lambda image: structure(image) + 300), r"\[structure\]"),
    (cut(find(b"xenxen", 4000)), r"/images/xen: .*\[structure\]"),
    (cut(lambda image: fit_at(image) + header_word(image, 3)), "has no firmware"),
    (header(1, 0x7FFFFFFF), r"\[truncated\]"),
    (header(2, 0xFFFFFFF0), r"\[layout\]|\[alignment\]"),
    (flip(fit_at), r"\[magic\]"),
    (flip(structure), r"\[structure\]"),
    (flip(find(b"images\0")), "no image 'xen' in /images"),
    (flip(find(b"configurations\0")), "no default configuration"),
    (flip(find(b"hash-1\0")), "/images/xen: .*has no hash"),
    (flip(find(b"sha256\0")), "unknown hash algo 'rha256'"),
    (flip(find(hashlib.sha256(MADE_UP["xen"]).digest())), "sha256 differs"),
    (flip(find(b"xenxen", 9000)), "/images/xen/hash-1: .*sha256 differs"),
    (flip(find(b"ImageImage", 20000)), "/images/linux/hash-1: .*crc32 differs"),
], ids=["cut whole", "cut header", "cut structure", "cut data", "cut strings", "totalsize",
        "offset", "magic", "token", "images", "configurations", "hash", "algo", "value", "sha256",
        "crc32"])
def test_a_damaged_payload(enter, tree, small_image, tmp_path, damage, says):
    image = bytearray(small_image.read_bytes())
    damage(image)
    (tmp_path / "damaged.img").write_bytes(image)
    assert_halted(enter(tree, image=tmp_path / "damaged.img"), says)


# ---- modules in the way -------------------------------------------------------------------------

def end_of_stage():
    return STAGE + struct.unpack_from("<Q", IMAGE.read_bytes(), 16)[0]


@pytest.mark.parametrize("at, says", [
    (STAGE - 4096, "the stage's own memory"),
    (STAGE + 0x10000, "the stage's own memory"),
    (end_of_stage, "the stage's own memory"),
    (TREE - 4096, f"overlaps the device tree at {TREE:#x}"),
    (KERNEL + MIB, f"overlaps the ramdisk at {KERNEL + MIB:#x}"),
], ids=["head", "image", "end", "tree", "kernel"])
def test_a_module_over_something(enter, tree, payload, at, says):
    """Named there, not loaded there: what was overwritten could not say so."""
    base = at if isinstance(at, int) else at() - 4096
    name_payload(tree, payload | {"ramdisk": (base, payload["ramdisk"][1])})
    del payload["ramdisk"]
    assert_halted(enter(tree, in_ram(payload)), rf"/chosen/\w+@\w+: reg: .*{says}")


def test_a_module_where_another_one_goes(boot, payload):
    """The ramdisk lies where the kernel was put in test_quick: nothing is copied over it."""
    payload["ramdisk"] = (0x60000000, payload["ramdisk"][1])
    board = boot(in_ram(payload, stage=(STAGE, IMAGE)))
    start(board, payload)
    assert_dom0(board, 512)


# ---- a watchdog that nobody stops ---------------------------------------------------------------

WATCHDOG = ("-device", "i6300esb,addr=5", "-action", "watchdog=reset")


def arm_watchdog(board, seconds):
    """A real timer with a real reset: two stages of 33 MHz / 2^15, half the time each."""
    unlock = ("mw.w 1000000c 80 1", "mw.w 1000000c 86 1")
    half = f"{int(seconds * 1007 / 2):x}"
    for line in ("pci enum", *unlock, f"mw.l 10000000 {half} 1", *unlock,
                 f"mw.l 10000004 {half} 1", "pci write.b 0.5.0 60 0", "pci write.b 0.5.0 68 2"):
        board.command(line)


def start(board, files, watchdog=None):
    emulated.add_payload(board, files)
    add_tagged_device(board)
    emulated.set_u64(board, "/chosen/dtshim", "dom0-mem", 512 * MIB)
    if watchdog:
        arm_watchdog(board, watchdog)
    board.start(f"booti {STAGE:#x} - {emulated.TREE:#x}")


def test_a_watchdog_left_running(boot, payload):
    """With the 60 s that U-Boot sets by default there is time for the stage, Xen and dom0."""
    board = boot(in_ram(payload, stage=(STAGE, IMAGE)), extra=WATCHDOG)
    start(board, payload, watchdog=60)
    assert_dom0(board, 512)
    assert board.text().count("U-Boot 20") == 1


def test_a_watchdog_ends_a_halt(boot, payload):
    """The stage waits for ever; the reset leaves nothing behind that the next boot minds."""
    board = boot(in_ram(payload, stage=(STAGE, IMAGE)), extra=WATCHDOG)
    start(board, {"kernel": payload["kernel"]}, watchdog=2)
    assert_halted(board, "no Xen to boot")
    board.prompt()
    emulated.prepare_tree(board)
    start(board, payload)
    assert_dom0(board, 512)


def test_a_watchdog_fires_meanwhile(boot, payload):
    """Reset at a moment that nobody chose, in the stage or beside it: the next boot is as any."""
    board = boot(in_ram(payload, stage=(STAGE, IMAGE)), extra=WATCHDOG)
    start(board, payload, watchdog=0.2)
    board.prompt()
    emulated.prepare_tree(board)
    start(board, payload)
    assert_dom0(board, 512)
