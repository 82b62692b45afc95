# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Whole boots of a 32-bit board: Debian's U-Boot, the arm32 stage, Debian 12's Xen and Linux for armhf.

As in test_chain.py and test_faults.py; what is asserted of a good boot is what Xen prints and what
dom0 reports.
"""
import json
import re
import shutil
import struct
import subprocess

import pytest

import board as emulated
from arm32 import IMAGE, LINE, assemble32
from chain import (BASE, MIB, STAGE, XEN, add_tagged_device, assert_dom0, assert_halted, in_ram, name_payload,
                   one_file, total)
from entry import TREE, last_words
from places import BOARD_BUILD, BUILD, ROOT

GIB = 1 << 30
HOLE = 0x0B000000  # QEMU answers with an abort


def start_stage(boot, payload, dom0, at=STAGE, image=IMAGE, **machine):
    board = boot(in_ram(payload, stage=(at, image)), **machine)
    emulated.add_payload(board, payload)
    add_tagged_device(board)
    emulated.set_u64(board, "/chosen/dtshim", "dom0-mem", dom0 * MIB)
    board.start(f"bootz {at:#x} - {emulated.TREE:#x}")
    return board


# ---- the chain ------------------------------------------------------------------------------

@pytest.mark.slow
@pytest.mark.parametrize("ram, dom0, kernel, cpu", [
    ("1G", 256, "zImage", "cortex-a15"), ("1G", 512, "zImage-lpae", "cortex-a7"),
    ("1G", 896, "zImage", "cortex-a7"), ("2G", 384, "zImage-lpae", "cortex-a15"),
    ("3G", 768, "zImage-lpae", "cortex-a15")])
def test_sizes(boot32, payload32, guests32, ram, dom0, kernel, cpu):
    payload = {**payload32, "kernel": (payload32["kernel"][0], guests32 / kernel)}
    report = assert_dom0(start_stage(boot32, payload, dom0, ram=ram, cpu=cpu), dom0)
    assert report.one("record xen-version") == "4.17"
    assert report.one("kernel").endswith("-lpae") == kernel.endswith("-lpae")


@pytest.mark.slow
@pytest.mark.parametrize("dom0, base", [(256, 0x60000000), (512, 0x58000000)])
def test_control_without_dtshim(boot32, payload32, dom0, base):
    board = boot32(in_ram(payload32))
    emulated.add_payload(board, payload32)
    board.command(f'fdt set /chosen xen,xen-bootargs "dom0_mem={dom0}M"')
    board.start(f"bootz {XEN:#x} - {emulated.TREE:#x}")
    report = board.finish()
    assert total(board.banks()) == (base, dom0 * MIB)
    assert report.one("record layout") is None


@pytest.mark.slow
@pytest.mark.parametrize("stage, xen", [(STAGE + 4096, XEN + 4096), (0x6C1FF000, 0x501FF000),
                                        (0x783FF000, 0x503FF000)], ids=["4K", "2M", "4M"])
def test_at_any_page(boot32, payload32, stage, xen):
    payload = {**payload32, "xen": (xen, payload32["xen"][1])}
    assert_dom0(start_stage(boot32, payload, 256, at=stage), 256)


@pytest.mark.slow
def test_bootm(boot32, tmp_path, payload32):
    """As a uImage, which U-Boot copies to where it says."""
    subprocess.run(["mkimage", "-A", "arm", "-O", "linux", "-T", "kernel", "-C", "none", "-a", hex(STAGE),
                    "-e", hex(STAGE), "-d", IMAGE, tmp_path / "uImage"], check=True, capture_output=True)
    board = boot32(in_ram(payload32, stage=(0x6C000000, tmp_path / "uImage")))
    emulated.add_payload(board, payload32)
    add_tagged_device(board)
    emulated.set_u64(board, "/chosen/dtshim", "dom0-mem", 256 * MIB)
    board.start(f"bootm 0x6c000000 - {emulated.TREE:#x}")
    assert_dom0(board, 256)


@pytest.mark.slow
def test_a_kernel_as_uimage(boot32, tmp_path, payload32):
    """Which Xen takes for its dom0, too."""
    address, path = payload32["kernel"]
    subprocess.run(["mkimage", "-A", "arm", "-O", "linux", "-T", "kernel", "-C", "none", "-a", "0", "-e", "0",
                    "-d", path, tmp_path / "uImage"], check=True, capture_output=True)
    payload = {**payload32, "kernel": (address, tmp_path / "uImage")}
    assert_dom0(start_stage(boot32, payload, 256), 256)


@pytest.mark.slow
def test_an_applied_tree(boot32, tmp_path, tree32, payload32):
    """By the host tool, with its record; the files are where its plan wants them."""
    tree = shutil.copy(tree32, tmp_path / "named.dtb")
    name_payload(tree, payload32)
    put(tree, "/chosen/dtshim", "dom0-mem", 0, 256 * MIB)
    command = [BUILD / "dtshim", "plan", "--json", "--xen-version", "4.17", tree]
    plan = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    command[1:3] = ["apply", "-o", tmp_path / "applied.dtb"]
    subprocess.run(command, check=True)
    places = {module["kind"].lower(): int(module["to"], 16) for module in plan["modules"]}
    loaded = {kind: (places[kind], path) for kind, (_, path) in payload32.items()}
    board = boot32(in_ram(loaded, stage=(0x7A000000, IMAGE), tree=(places["tree"], tmp_path / "applied.dtb")),
                   prompt=False)
    board.prompt()
    board.command("setenv fdt_high ffffffff")
    board.start(f"bootz 0x7a000000 - {places['tree']:#x}")
    board.expect(["nothing to do: the tree already has the record"])
    assert total_of(board) == (BASE, 256 * MIB)


@pytest.mark.slow
def test_nothing_is_copied(boot32, tmp_path, tree32, payload32):
    """Loaded where plan --load-addresses says, and with its line that keeps the tree where it is."""
    files = {kind: str(path) for kind, (_, path) in payload32.items()}
    lines = subprocess.run([BUILD / "dtshim", "plan", "--load-addresses", "--dom0-mem", "256M", "--xen-version",
                            "4.17", "--stage", IMAGE, "--xen", files["xen"], "--kernel", files["kernel"],
                            "--ramdisk", files["ramdisk"], tree32], check=True, capture_output=True,
                           text=True).stdout
    at = {name: int(address, 16) for name, address in re.findall(r"^setenv (\w+)_addr (\w+)$", lines, re.M)}
    payload = {kind: (at[kind], path) for kind, path in files.items()}
    tree = shutil.copy(tree32, tmp_path / "named.dtb")
    name_payload(tree, payload)
    put(tree, "/chosen/dtshim", "dom0-mem", 0, 256 * MIB)
    board = boot32(in_ram(payload, stage=(at["stage"], IMAGE), tree=(at["tree"], tree)), prompt=False)
    board.prompt()
    board.command(re.search("^setenv fdt_high .*$", lines, re.M)[0])
    board.start(f"bootz {at['stage']:#x} - {at['tree']:#x}")
    board.expect(["copies    none"])
    assert total_of(board) == (BASE, 256 * MIB)


def total_of(board):
    board.expect([r"\(XEN\) Grant table range"])
    return total(board.banks())


@pytest.mark.slow
def test_pass_through(boot32, payload32, tmp_path):
    """on-error: Xen is given the unchanged tree, and boots with it; explain has it from the log."""
    board = boot32(in_ram(payload32, stage=(STAGE, IMAGE)))
    emulated.add_payload(board, payload32)
    board.command('fdt set /chosen xen,xen-bootargs "dom0_mem=256M"')
    board.command("fdt mknode /chosen dtshim")
    board.command("fdt set /chosen/dtshim on-error pass-through")
    emulated.set_u64(board, "/chosen/dtshim", "dom0-mem", 64 << 30)
    board.start(f"bootz {STAGE:#x} - {emulated.TREE:#x}")
    board.expect([f"on-error is pass-through: Xen at {XEN:#x} is given the unchanged tree"])
    report = board.finish()
    assert report.one("record layout") is None and total(board.banks()) == (0x60000000, 256 * MIB)
    said = subprocess.run([BUILD / "dtshim", "explain", board.log_path], capture_output=True, text=True)
    assert "started dom0, which runs" in said.stdout and "policy: dom0-mem" in said.stdout


@pytest.mark.slow
def test_explain_of_the_wrong_mode(enter32, tree32):
    board = enter32(tree32, hyp=False)
    board.expect(["dtshim: halted"])
    said = subprocess.run([BUILD / "dtshim", "explain", board.log_path], capture_output=True, text=True)
    assert said.returncode == 1 and "started at EL1, and a hypervisor needs EL2, Hyp mode" in said.stdout


def make_fit32(folder, payload):
    text = (ROOT / "board/qemu_arm/payload.its").read_text()
    for name, kind in (("xen", "xen"), ("zImage", "kernel"), ("initrd", "ramdisk")):
        text = text.replace(f'/incbin/("{name}")', f'/incbin/("{payload[kind][1]}")')
    (folder / "payload.its").write_text(text)
    subprocess.run(["mkimage", "-f", folder / "payload.its", folder / "payload.itb"], check=True,
                   capture_output=True)
    return one_file(folder, folder / "payload.itb", IMAGE)


@pytest.mark.slow
def test_one_file(boot32, tmp_path, payload32):
    """The FIT behind the image; U-Boot keeps all of it free, and relocates its tree elsewhere."""
    board = boot32({STAGE: make_fit32(tmp_path, payload32)})
    add_tagged_device(board)
    board.command(f'fdt set /chosen xen,dom0-bootargs "{LINE}"')
    emulated.set_u64(board, "/chosen/dtshim", "dom0-mem", 256 * MIB)
    board.start(f"bootz {STAGE:#x} - {emulated.TREE:#x}")
    assert_dom0(board, 256)


@pytest.mark.slow
def test_a_damaged_file(boot32, tmp_path, payload32):
    image = bytearray(make_fit32(tmp_path, payload32).read_bytes())
    image[image.index(payload32["xen"][1].read_bytes()) + 0x1000] ^= 1
    (tmp_path / "one.img").write_bytes(image)
    board = boot32({STAGE: tmp_path / "one.img"})
    board.start(f"bootz {STAGE:#x} - {emulated.TREE:#x}")
    assert_halted(board, "/images/xen/hash-1: payload FIT: sha256 differs: the data is damaged")


@pytest.fixture
def named(tree32, payload32, tmp_path):
    """The board's own tree with the payload in it, for a machine without U-Boot."""
    path = shutil.copy(tree32, tmp_path / "named.dtb")
    name_payload(path, payload32)
    return path


def put(tree, node, name, *cells):
    subprocess.run(["fdtput", "-p", "-t", "x", tree, node, name, *(f"{cell:x}" for cell in cells)], check=True)


# A zImage that says "xen" and where it is, and no more.
HELLO = """
    .rept 8
    nop
    .endr
    b 1f
    .word 0x016f2818, 0, 0x1000, 0x04030201
1:  ldr r1, =0x09000000         @ the UART
    adr r3, 3f
2:  ldrb r0, [r3], #1
    cmp r0, #0
    strne r0, [r1]
    bne 2b
    wfi
    b .
3:  .asciz "xen is here\\r\\n"
    .balign 4
    .ltorg
"""


@pytest.mark.slow
def test_memory_beyond_what_it_reaches(enter32, named, payload32, tmp_path):
    """4 GiB from 1 GiB on: that above 32 bits is Xen's, and the stage does not touch it."""
    payload32["xen"] = (XEN, assemble32(tmp_path / "hello", HELLO))
    put(named, "/memory@40000000", "reg", 0, 0x40000000, 1, 0)
    put(named, "/chosen/dtshim", "dom0-mem", 0, 256 * MIB)
    board = enter32(named, ram="4G", files=in_ram(payload32))
    board.expect([f"RAM +{BASE:#x}-{BASE + 4 * GIB - 1:#x}  4 GiB"])
    board.expect([f"dtshim: starting Xen at {XEN:#x}"])
    board.expect(["xen is here"])


@pytest.mark.slow
def test_no_place_but_beyond_what_it_reaches(enter32, named, payload32):
    """What has to move goes to no place that the stage cannot write, however much is free there."""
    put(named, "/memory@40000000", "reg", 0, 0x40000000, 1, 0)
    put(named, "/chosen/dtshim", "dom0-mem", 0, 3 * GIB)
    board = enter32(named, ram="4G", files=in_ram(payload32))
    assert_halted(board, "is left below 0x100000000 for the ")


def assert_refused(board, says, remedy):
    assert_halted(board, says)
    assert remedy in board.text()


# ---- refusals --------------------------------------------------------------------------------

@pytest.mark.slow
def test_a_64_bit_xen(boot32, payload32, guests):
    payload = {**payload32, "xen": (XEN, guests / "xen")}
    assert_refused(start_stage(boot32, payload, 256), f"no arm32 zImage at {XEN:#x}, where Xen should be",
                   "/boot/xen-4.17-armhf")


@pytest.mark.slow
def test_all_of_ram(boot32, payload32):
    assert_halted(start_stage(boot32, payload32, 1024), r"\[placement\]")


def test_not_in_hyp_mode(enter32, tree32):
    assert_refused(enter32(tree32, hyp=False), "started at EL1, and a hypervisor needs EL2, Hyp mode",
                   "CONFIG_ARMV7_VIRT")


@pytest.mark.slow
@pytest.mark.parametrize("at", [STAGE + 0x40, STAGE + 0x800], ids=hex)
def test_loaded_inside_a_page(enter32, tree32, at):
    assert_refused(enter32(tree32, at=at), f"loaded at {at:#x}, not a multiple of 4096",
                   "bootz does not move it")


@pytest.mark.parametrize("r2, says", [
    (0, "no device tree in r2"), (4, "no device tree at 0x4, the address in r2"),
    (TREE + 4, f"no device tree at {TREE + 4:#x}"), (STAGE + 2 * MIB, "the stage's own memory"),
    (HOLE, f"unexpected exception: .* address {HOLE:#x}"),
], ids=["none", "4", "misaligned", "own memory", "hole"])
def test_no_tree_there(enter32, tree32, r2, says):
    board = enter32(tree32, r2=r2)
    assert_halted(board, says)
    assert says.split()[0] in last_words(board)


def test_an_exception_at_another_level(enter32):
    assert_halted(enter32(r2=HOLE, hyp=False), f"unexpected exception: .* address {HOLE:#x}")


MMU_ON = """
    ldr  r2, =0x58001000        @ the tables below
    ldr  r3, =0xff04            @ HMAIR0: device, memory
    mcr  p15, 4, r3, c10, c2, 0
    ldr  r3, =0x80803500        @ HTCR: cached walks
    mcr  p15, 4, r3, c2, c0, 2
    mov  r4, #0
    mcrr p15, 4, r2, r4, c2
    isb
    mrc  p15, 4, r3, c1, c0, 0
    ldr  r4, =0x1005            @ MMU and caches
    orr  r3, r3, r4
    mcr  p15, 4, r3, c1, c0, 0
    isb
    b    1f
    .ltorg
    .balign 4096                @ where STUB is, and a page
    .quad 0x00000441, 0x40000000 | 0x745, 0, 0
1:
"""


def test_mmu_left_on(enter32, tree32):
    assert_refused(enter32(tree32, before=MMU_ON), "the boot loader left the MMU on", "bootz or bootm")


# ---- the file --------------------------------------------------------------------------------

def test_the_header():
    """Documentation/arch/arm/booting.rst; and behind it what append-fit goes by."""
    head = struct.unpack_from("<16I", IMAGE.read_bytes())
    assert head[:8] == (0xE1A00000,) * 8 and head[8] >> 24 == 0xEA
    assert head[9:11] == (0x016F2818, 0) and head[12] == 0x04030201
    assert len(IMAGE.read_bytes()) <= head[14] < head[11] == head[14] + (4 << 20)


def test_the_size():
    """Code for pairs of registers is not as dense, and the words are the same."""
    assert IMAGE.stat().st_size < 0.85 * (BOARD_BUILD / "dtshim.img").stat().st_size
