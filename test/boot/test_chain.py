# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Whole boots under QEMU: Debian's U-Boot, dtshim, Debian's Xen, Debian's Linux.

What is asserted is what Xen prints and what dom0 reports from its own tree,
never what dtshim says of itself.
"""
import json
import re
import struct
import subprocess

import pytest

import board as emulated
from chain import (BASE, IMAGE, KERNEL, LINE, MIB, STAGE, XEN, add_tagged_device, assert_dom0,
                   assert_halted, in_ram, make_fit, name_payload, one_file, stub, total)
from places import BUILD, GUESTS, ROOT, with_each_release


def start_stage(boot, payload, dom0, at=STAGE, base=None, image=IMAGE, **machine):
    board = boot(in_ram(payload, stage=(at, image)), **machine)
    emulated.add_payload(board, payload)
    add_tagged_device(board)
    emulated.set_u64(board, "/chosen/dtshim", "dom0-mem", dom0 * MIB)
    if base:
        emulated.set_u64(board, "/chosen/dtshim", "dom0-base", base)
    board.start(f"booti {at:#x} - {emulated.TREE:#x}")
    return board


# ---- the chain ------------------------------------------------------------------------------

@with_each_release
def test_quick(boot, payload):
    """Nobody said which Xen it is: the tree was made for what Xen itself says that it is."""
    board = start_stage(boot, payload, 512)
    report = assert_dom0(board, 512)
    assert report.one("record xen-version") == re.search(r"\(XEN\) Xen version (\d+\.\d+)", board.text())[1]


@pytest.mark.slow
@with_each_release
def test_a_wrong_release_is_refused(boot, guests, payload):
    """The policy names one that the Xen at hand is not, and the stage starts nothing."""
    board = boot(in_ram(payload, stage=(STAGE, IMAGE)))
    emulated.add_payload(board, payload)
    board.command("fdt mknode /chosen dtshim")
    board.command('fdt set /chosen/dtshim xen-version "4.19"')
    board.start(f"booti {STAGE:#x} - {emulated.TREE:#x}")
    release = {"12": "4.17", "13": "4.20"}[guests.name]
    assert_halted(board, f"the policy asks for 4.19, but this Xen is {release}")


@pytest.mark.slow
@pytest.mark.parametrize("gic", [2, 3])
@pytest.mark.parametrize("ram, dom0", [
    (ram, dom0) for ram in (1, 2, 4) for dom0 in (256, 512, 768, 1024)
    if dom0 < ram * 1024])
def test_sizes(boot, payload, ram, dom0, gic):
    assert_dom0(start_stage(boot, payload, dom0, ram=f"{ram}G", gic=gic, scrub=True), dom0)


@pytest.mark.slow
@pytest.mark.parametrize("ram, dom0, base", [
    ("1G", 128, BASE), ("2G", 384, BASE), ("4G", 1536, BASE), ("4G", 3072, BASE),
    ("2G", 512, 0x48000000), ("4G", 768, 0x50000000), ("8G", 1024, 0x100000000),
])
def test_other_blocks(boot, payload, ram, dom0, base):
    assert_dom0(start_stage(boot, payload, dom0, ram=ram, base=base, scrub=True), dom0, base)


@pytest.mark.slow
@pytest.mark.parametrize("ram, dom0, base, heap", [
    ("1G", 516, BASE, False), ("4G", 320, BASE, False), ("2G", 512, 0x40400000, True), ("2G", 100, BASE, True)])
def test_what_takes_pages_or_a_static_heap(boot, payload, ram, dom0, base, heap):
    """The base is named: it is had whatever that costs, and with pages if they will do."""
    board = start_stage(boot, payload, dom0, ram=ram, base=base, scrub=True)
    assert_dom0(board, dom0, base)
    assert ("xen,static-heap" in board.text()) == heap


@pytest.mark.slow
@with_each_release
def test_control_without_dtshim(boot, payload):
    """The same board, files and addresses: Xen alone puts dom0 elsewhere."""
    board = boot(in_ram(payload))
    emulated.add_payload(board, payload)
    board.command('fdt set /chosen xen,xen-bootargs "dom0_mem=512M"')
    board.start(f"booti {XEN:#x} - {emulated.TREE:#x}")
    report = board.finish()
    base, size = total(board.banks())
    assert size == 512 * MIB and base != BASE
    assert report.one("record layout") is None
    assert report.all("xen-dma-safe") == []


@pytest.mark.slow
def test_control_with_the_modules_in_the_way(boot, payload):
    """What the stage moves away does matter: Xen refuses its command line's wish otherwise."""
    board = boot(in_ram(payload))
    emulated.add_payload(board, payload)
    board.command('fdt set /chosen xen,xen-bootargs "dom0_mem=1G"')
    board.start(f"booti {XEN:#x} - {emulated.TREE:#x}")
    board.finish()
    assert board.banks()[0][0] != BASE


@pytest.mark.slow
@pytest.mark.parametrize("at", [0x60200000, 0x9C000000])
def test_runs_anywhere(boot, payload, at):
    assert_dom0(start_stage(boot, payload, 512, at=at), 512)


@pytest.mark.slow
def test_nothing_moves_when_nothing_is_in_the_way(boot, ramdisk):
    payload = {"xen": (0x6C000000, GUESTS / "xen"), "kernel": (0x6D000000, GUESTS / "Image"),
               "ramdisk": (0x70000000, ramdisk)}
    board = start_stage(boot, payload, 512)
    assert_dom0(board, 512)
    assert "moved from" not in board.text()
    assert f"boot module @ {0x6D000000:016x}" in board.text()


def places_for(tree, ramdisk):
    """What plan --load-addresses prints for this board and Debian's files."""
    return subprocess.run(
        [BUILD / "dtshim", "plan", "--load-addresses", "--dom0-mem", "512M", "--stage", IMAGE,
         "--xen", GUESTS / "xen", "--kernel", GUESTS / "Image", "--ramdisk", ramdisk, tree],
        check=True, capture_output=True, text=True).stdout


def start_where_advised(boot, ramdisk, lines, **elsewhere):
    """The lines pasted into U-Boot, and all files loaded there, or elsewhere."""
    at = {name: int(value, 16) for name, value in re.findall(r"^setenv (\w+)_addr (\w+)$", lines, re.M)}
    payload = {"xen": (at["xen"], GUESTS / "xen"), "kernel": (at["kernel"], GUESTS / "Image"),
               "ramdisk": (at["ramdisk"], ramdisk)}
    payload |= {kind: (address, payload[kind][1]) for kind, address in elsewhere.items()}
    board = boot(in_ram(payload, stage=(at["stage"], IMAGE)), prompt=False)
    board.prompt()
    for line in lines.splitlines():
        board.command(line)
    emulated.prepare_tree(board, LINE, at["tree"])
    emulated.add_payload(board, payload)
    add_tagged_device(board)
    emulated.set_u64(board, "/chosen/dtshim", "dom0-mem", 512 * MIB)
    board.start("booti 0x${stage_addr} - 0x${tree_addr}")
    return board, at


@pytest.mark.slow
def test_nothing_is_copied_where_all_is_loaded_as_advised(boot, ramdisk, tmp_path):
    tree = emulated.board_tree(tmp_path / "board.dtb", GUESTS)
    board, at = start_where_advised(boot, ramdisk, places_for(tree, ramdisk))
    assert_dom0(board, 512)
    assert f"at {at['stage']:#x}, EL2, tree at {at['tree']:#x}" in board.text(), "U-Boot's own copies"
    assert "copies    none" in board.text() and "moved from" not in board.text()
    for kind in ("kernel", "ramdisk"):
        assert f"boot module @ {at[kind]:016x}" in board.text()


@pytest.mark.slow
def test_something_is_copied_where_one_is_loaded_elsewhere(boot, ramdisk, tmp_path):
    tree = emulated.board_tree(tmp_path / "board.dtb", GUESTS)
    board, at = start_where_advised(boot, ramdisk, places_for(tree, ramdisk), kernel=KERNEL)
    assert_dom0(board, 512)
    tenths = (GUESTS / "Image").stat().st_size * 10 // MIB
    assert f"copies    {tenths / 10:g} MiB of modules" in board.text()
    assert re.search(rf"kernel\s+at\s+{at['kernel']:#x},\s+moved\s+from\s+{KERNEL:#x}", board.text())


# ---- the payload behind the image -------------------------------------------------------------


def start_one_file(boot, image):
    board = boot({STAGE: image})
    add_tagged_device(board)
    emulated.set_u64(board, "/chosen/dtshim", "dom0-mem", 512 * MIB)
    board.start(f"booti {STAGE:#x} - {emulated.TREE:#x}")
    return board


@pytest.mark.slow
@pytest.mark.parametrize("flags", [(), ("-E",)], ids=["data inside", "data behind"])
def test_one_file(boot, tmp_path, ramdisk, flags):
    image = one_file(tmp_path, make_fit(tmp_path, ramdisk, flags=flags))
    assert_dom0(start_one_file(boot, image), 512)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["xen", "linux"])
def test_one_file_damaged(boot, tmp_path, ramdisk, kind):
    fit = make_fit(tmp_path, ramdisk)
    blob = bytearray(fit.read_bytes())
    source = (GUESTS / ("xen" if kind == "xen" else "Image")).read_bytes()
    at = blob.index(source[:256])
    blob[at + len(source) // 2] ^= 1
    fit.write_bytes(blob)
    board = start_one_file(boot, one_file(tmp_path, fit))
    board.expect([f"/images/{kind}/hash-1: .*differs"])
    board.expect(["dtshim: halted"])


@pytest.mark.slow
@pytest.mark.parametrize("change, says", [
    (('firmware = "xen";', ""), "has no firmware"),
    (('firmware = "xen";', 'firmware = "zen";'), "no image 'zen'"),
    (('algo = "sha256"', 'algo = "md5"'), "unknown hash algo 'md5'"),
    (("hash-1 {\n\t\t\t\talgo = \"crc32\";\n\t\t\t};", ""), "has no hash"),
], ids=["no xen", "wrong name", "md5", "no hash"])
def test_one_file_wrong(boot, tmp_path, ramdisk, change, says):
    text = (ROOT / "board/qemu_arm64/payload.its").read_text()
    assert change[0] in text
    board = start_one_file(boot, one_file(tmp_path, make_fit(
        tmp_path, ramdisk, its=text.replace(*change))))
    board.expect([says])
    board.expect(["dtshim: halted"])


@pytest.mark.slow
def test_bootm(boot, tmp_path, payload):
    """The stage as the kernel of a FIT of the user's own."""
    source = f"""/dts-v1/; / {{ description = "stage"; #address-cells = <1>;
        images {{ stage {{ description = "dtshim"; data = /incbin/("{IMAGE}"); type = "kernel";
            os = "linux"; arch = "arm64"; compression = "none"; load = <{STAGE:#x}>;
            entry = <{STAGE:#x}>; hash-1 {{ algo = "crc32"; }}; }}; }};
        configurations {{ default = "c1"; c1 {{ kernel = "stage"; }}; }}; }};"""
    (tmp_path / "stage.its").write_text(source)
    subprocess.run(["mkimage", "-f", tmp_path / "stage.its", tmp_path / "stage.itb"], check=True,
                   capture_output=True)
    board = boot(in_ram(payload, fit=(0x5C000000, tmp_path / "stage.itb")))
    emulated.add_payload(board, payload)
    add_tagged_device(board)
    emulated.set_u64(board, "/chosen/dtshim", "dom0-mem", 512 * MIB)
    board.start(f"bootm 0x5c000000#c1 - {emulated.TREE:#x}")
    assert_dom0(board, 512)


# ---- facts of the hardware ----------------------------------------------------------------------

@pytest.mark.slow
def test_registers_say_what_the_tree_does_not(boot, payload):
    """QEMU's SMMUv3 has no second stage: the policy calls it driven, its register says it cannot be."""
    board = boot(in_ram(payload, stage=(STAGE, IMAGE)), iommu="smmuv3")
    emulated.add_payload(board, payload)
    board.command("fdt mknode /chosen dtshim")
    board.command('fdt set /chosen/dtshim iommu-drivers "arm,smmu-v3"')
    board.command("fdt set /chosen/dtshim ipa-bits <48>")
    board.command("fdt get value smmu /smmuv3@9050000 phandle")
    board.command("fdt mknode / behind")
    board.command('fdt set /behind compatible "test,behind"')
    board.command("fdt set /behind iommus <${smmu} 1>")
    board.start(f"booti {STAGE:#x} - {emulated.TREE:#x}")
    board.expect(["/behind: not protected"])
    board.expect(["an iommus entry names an IOMMU without a second stage"])
    assert board.finish().all("xen-dma-safe") == []  # without the register it were /behind


@pytest.mark.slow
def test_the_cpu_says_how_far_guest_addresses_go(boot, payload):
    """The policy allows 48 bits, and a Cortex-A57 has 44."""
    board = boot(in_ram(payload, stage=(STAGE, IMAGE)))
    emulated.add_payload(board, payload)
    board.command("fdt mknode /chosen dtshim")
    board.command("fdt set /chosen/dtshim ipa-bits <48>")
    board.command("fdt set /chosen/dtshim dom0-base <0x1000 0>")
    board.start(f"booti {STAGE:#x} - {emulated.TREE:#x}")
    board.expect(["would end above the guest address limit 0x100000000000"])
    board.expect(["dtshim: halted"])


# ---- bad entries ---------------------------------------------------------------------------------


def enter(boot, tmp_path, tree=None, at=0x5A000000, **machine):
    """The stage without U-Boot: with this file as its tree, or none at all."""
    files = {0x58000000: stub(tmp_path / "stub", STAGE, at if tree else 0), STAGE: IMAGE}
    if tree:
        files[at] = tree
    return boot(files, prompt=False, firmware=False,
                extra=["-device", "loader,addr=0x58000000,cpu-num=0"], **machine)


@pytest.mark.slow
def test_entered_at_el1(boot, payload):
    board = start_stage(boot, payload, 512, el2=False)
    assert_halted(board, "started at EL1, and a hypervisor needs EL2")


def test_no_tree(boot, tmp_path):
    assert_halted(enter(boot, tmp_path), "no device tree in x0")


@pytest.mark.slow
@pytest.mark.parametrize("damage, code", [
    (lambda blob: b"\0" * len(blob), "magic"),
    (lambda blob: blob[:4] + b"\xff" * 36 + blob[40:], "truncated"),
    (lambda blob: blob[:8] + struct.pack(">I", 1 << 28) + blob[12:], "layout"),
    (lambda blob: blob[:20] + struct.pack(">I", 16) + blob[24:], "version"),
    (lambda blob: blob.replace(b"\0\0\0\1memory@", b"\0\0\0\7memory@"), "structure"),
], ids=["zeros", "header", "offsets", "version", "structure"])
def test_broken_tree(boot, tmp_path, damage, code):
    tree = emulated.board_tree(tmp_path / "board.dtb", GUESTS)
    tree.write_bytes(damage(tree.read_bytes()))
    assert_halted(enter(boot, tmp_path, tree), rf"\[{code}\]")


@pytest.mark.slow
def test_tree_in_the_stage(boot, tmp_path):
    tree = emulated.board_tree(tmp_path / "board.dtb", GUESTS)
    assert_halted(enter(boot, tmp_path, tree, at=STAGE + 2 * MIB), "the stage's own memory")


@pytest.mark.slow
def test_no_xen(boot, payload):
    del payload["xen"]
    assert_halted(start_stage(boot, payload, 512), "no Xen to boot")


@pytest.mark.slow
def test_something_else_than_xen(boot, payload, tmp_path):
    (tmp_path / "text").write_bytes(b"this is not an arm64 Image, however long it may be" * 100)
    payload["xen"] = (XEN, tmp_path / "text")
    assert_halted(start_stage(boot, payload, 512), "no arm64 Image at 0x50000000")


@pytest.mark.slow
def test_a_module_in_the_stage(boot, payload):
    payload["ramdisk"] = (STAGE + MIB, payload["ramdisk"][1])
    board = boot(in_ram({"xen": payload["xen"], "kernel": payload["kernel"]},
                        stage=(STAGE, IMAGE)))
    emulated.add_payload(board, payload)
    board.start(f"booti {STAGE:#x} - {emulated.TREE:#x}")
    assert_halted(board, "the stage's own memory")


@pytest.mark.slow
def test_a_module_outside_ram(boot, payload):
    payload["kernel"] = (0x30000000, payload["kernel"][1])
    board = boot({XEN: GUESTS / "xen", STAGE: IMAGE})
    emulated.add_payload(board, payload)
    board.start(f"booti {STAGE:#x} - {emulated.TREE:#x}")
    assert_halted(board, "/chosen/module@30000000", "not RAM throughout")


@pytest.mark.slow
def test_a_wish_that_cannot_be(boot, payload):
    assert_halted(start_stage(boot, payload, 1024, ram="1G"), "cannot be made to put dom0")


def start_with_policy(boot, payload, name, word, dom0_mem=None):
    """The stage with one policy string, and dom0-mem if it is given."""
    board = boot(in_ram(payload, stage=(STAGE, IMAGE)))
    emulated.add_payload(board, payload)
    board.command("fdt mknode /chosen dtshim")
    board.command(f'fdt set /chosen/dtshim {name} "{word}"')
    if dom0_mem:
        emulated.set_u64(board, "/chosen/dtshim", "dom0-mem", dom0_mem)
    board.start(f"booti {STAGE:#x} - {emulated.TREE:#x}")
    return board


@pytest.mark.slow
def test_none_has_no_hypervisor(boot, payload):
    board = start_with_policy(boot, payload, "contract", "none")
    assert_halted(board, "with contract none there is no hypervisor to start")


@pytest.mark.slow
def test_native_needs_its_payload(boot):
    """On a host the tree alone may be wanted; here something is to be booted."""
    assert_halted(start_with_policy(boot, {}, "contract", "native"), "no hypervisor to boot")


@pytest.mark.slow
def test_a_damaged_kernel_header_under_native(boot, payload, tmp_path):
    image = bytearray((GUESTS / "Image").read_bytes())
    image[16:24] = b"\xff" * 8
    (tmp_path / "Image").write_bytes(image)
    payload["kernel"] = (KERNEL, tmp_path / "Image")
    board = start_with_policy(boot, payload, "contract", "native")
    assert_halted(board, "is left for the kernel in the 512 MiB of dom0's memory")


@pytest.mark.slow
def test_a_tree_that_was_rewritten_on_the_host(boot, payload, tmp_path):
    """The files are loaded where the host's plan wants them; the stage only starts Xen."""
    tree = emulated.board_tree(tmp_path / "board.dtb", GUESTS)
    name_payload(tree, payload)
    subprocess.run([BUILD / "dtshim", "apply", tree, "-o", tmp_path / "applied.dtb"], check=True)
    plan = json.loads(subprocess.run([BUILD / "dtshim", "plan", "--json", tree], check=True,
                                     capture_output=True).stdout)
    places = {module["kind"].lower(): int(module["to"], 16) for module in plan["modules"]}
    assert places["kernel"] != KERNEL, "the block has to be left"
    loaded = {kind: (places[kind], path) for kind, (_, path) in payload.items()}
    board = boot(in_ram(loaded, stage=(STAGE, IMAGE), tree=(0x7C000000, tmp_path / "applied.dtb")),
                 prompt=False)
    board.prompt()
    board.start(f"booti {STAGE:#x} - 0x7c000000")
    board.expect(["nothing to do: the tree already has the record"])
    report = board.finish()
    assert total(board.banks()) == (BASE, 512 * MIB)
    assert report.one("record layout") == "direct"


@pytest.mark.slow
def test_pass_through(boot, payload):
    """on-error: Xen is given the unchanged tree, and boots with it."""
    board = start_with_policy(boot, payload, "on-error", "pass-through", 64 << 30)
    board.expect([r"\[dom0-size\]"])
    report = board.finish()
    assert report.one("record layout") is None
    assert board.banks()


@pytest.mark.slow
def test_pass_through_without_xen(boot, payload):
    del payload["xen"]
    board = start_with_policy(boot, payload, "on-error", "pass-through")
    board.expect(["no Xen to start"])
    board.expect(["dtshim: halted"])
