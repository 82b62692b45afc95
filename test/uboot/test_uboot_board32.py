# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Whole boots of a 32-bit U-Boot that was built with dtshim: QEMU's board, no stage.

As in test_uboot_board.py; Xen and Linux are Debian 12's for armhf, whatever the U-Boot.
"""
import gzip
import re
import subprocess
import textwrap

import pytest

import board as emulated
import failures
from chain import BASE, KERNEL, MIB, RAMDISK, XEN, add_tagged_device, assert_dom0, total
from places import BUILD, GUESTS, ROOT, UBOOT
from uboot_boards import ITS, XEN_CHOICE, assert_comes_back

WITH, AUTO = UBOOT / "qemu_arm.bin", UBOOT / "qemu_arm-auto.bin"
ELSEWHERE = 0x68000000
ITS32 = ITS.replace('arch = "arm64"', 'arch = "arm"').replace("Image.gz", "zImage.gz")


@pytest.fixture
def boot(boot32, guests32, ramdisk32):
    """A board at U-Boot's prompt, with Xen, kernel and ramdisk in RAM and a tree at TREE."""
    def start(firmware, files=None, kernel_node=True, tagged=True, dom0=256, **machine):
        if not firmware.exists():
            pytest.skip("no 32-bit U-Boot with dtshim was built for QEMU")
        lies = {XEN: guests32 / "xen", KERNEL: guests32 / "zImage", RAMDISK: ramdisk32}
        board = boot32({**lies, **(files or {})}, firmware=firmware, **machine)
        if kernel_node:
            emulated.add_payload(board, {"kernel": (KERNEL, guests32 / "zImage")})
        if tagged:
            add_tagged_device(board)
        board.command(f"setenv dtshim_dom0_mem {dom0}M")
        return board
    return start


@pytest.fixture
def line(ramdisk32):
    """What bootz takes behind the OS."""
    return f"{RAMDISK:x}:{ramdisk32.stat().st_size:x} {emulated.TREE:x}"


# ---- the boot -------------------------------------------------------------------------------

@pytest.mark.parametrize("ram, dom0", [("1G", 256), ("1G", 512), ("3G", 768)])
def test_dom0_at_the_native_base(boot, line, ram, dom0):
    """Of 3 GiB the end is that of all that U-Boot can address."""
    board = boot(WITH, dom0=dom0, ram=ram)
    board.start(f"dtshim boot {XEN:x} {line}")
    assert_dom0(board, dom0)


def test_without_dtshim(boot, line):
    """The same files by bootz, which Xen puts dom0 elsewhere with."""
    board = boot(WITH)
    board.command('fdt set /chosen xen,xen-bootargs "dom0_mem=256M"')
    board.start(f"bootz {XEN:x} {line}")
    report = board.finish()
    assert total(board.banks()) == (XEN_CHOICE, 256 * MIB)
    assert report.one("record layout") is None


def test_hook_with_a_stock_script(boot, line):
    board = boot(AUTO)
    board.start(f"bootz {XEN:x} {line}")
    assert_dom0(board, 256)


def uimage(folder, xen):
    subprocess.run(["mkimage", "-A", "arm", "-O", "linux", "-T", "kernel", "-C", "none", "-a", f"{XEN:#x}",
                    "-e", f"{XEN:#x}", "-d", xen, folder / "uImage"], check=True, capture_output=True)
    return folder / "uImage"


@pytest.fixture
def fit(tmp_path, guests32, ramdisk32):
    def make(xen=guests32 / "xen"):
        for name, path in (("xen", xen), ("initrd", ramdisk32)):
            (tmp_path / name).symlink_to(path)
        (tmp_path / "zImage.gz").write_bytes(gzip.compress((guests32 / "zImage").read_bytes(), 1))
        (tmp_path / "boot.its").write_text(ITS32)
        subprocess.run(["mkimage", "-f", "boot.its", "boot.itb"], cwd=tmp_path, check=True,
                       capture_output=True)
        return {ELSEWHERE: tmp_path / "boot.itb"}
    return make


def test_uimage(boot, tmp_path, guests32, line):
    board = boot(WITH, {ELSEWHERE: uimage(tmp_path, guests32 / "xen")})
    board.start(f"dtshim boot {ELSEWHERE:x} {line}")
    assert_dom0(board, 256)


@pytest.mark.parametrize("typed, firmware", [
    (f"dtshim boot {ELSEWHERE:x}#xen", WITH),
    (f"bootm {ELSEWHERE:x}#xen {ELSEWHERE:x}#xen {emulated.TREE:x}", AUTO)])
def test_fit(boot, fit, typed, firmware):
    board = boot(firmware, fit(), kernel_node=False)
    board.command(f"setenv fdtaddr {emulated.TREE:x}")
    board.start(typed)
    assert_dom0(board, 256)


def test_the_transcript(boot, line, ramdisk32):
    """What doc/guide/uboot.rst shows of it; the ramdisk of a test is of any size."""
    shown = (ROOT / "doc/guide/uboot.rst").read_text().split("with the kernel's size and 256M for dom0::\n")[1]
    shown = textwrap.dedent(shown.split("\n\n``bootz")[0]).strip().split("\n")
    board = boot(WITH, tagged=False)
    board.start(shown[0][3:].replace("dc818", f"{ramdisk32.stat().st_size:x}"))
    board.expect(["dtshim: starting Xen.*\n"])
    said = board.text().replace("\r", "").split("\n")
    assert [one for one in shown[1:] if one.strip() != "..." and one not in said] == []


# ---- refusals ---------------------------------------------------------------------------------

def test_refused_comes_back_to_the_prompt(boot, line):
    """Then the same board boots after all."""
    board = boot(WITH, dom0=2048)
    board.start(f"dtshim boot {XEN:x} {line}")
    assert_comes_back(board, "dom0-size")
    board.command("setenv dtshim_dom0_mem 256M")
    board.start(f"dtshim boot {XEN:x} {line}")
    assert_dom0(board, 256)


def test_a_64_bit_xen(boot, line, guests):
    """U-Boot has no booti that could say so."""
    board = boot(WITH, {XEN: guests / "xen"})
    board.start(f"dtshim boot {XEN:x} {line}")
    board.expect([r"is an arm64 Image, and this U-Boot starts arm32 zImages \[payload\]"])
    board.expect(["/boot/xen-4.17-armhf"])
    board.expect(["=> "])
    assert "Unknown command" not in board.text()


def test_a_64_bit_xen_in_a_fit_of_32_bits(boot, fit, guests):
    board = boot(WITH, fit(guests / "xen"), kernel_node=False)
    board.start(f"dtshim boot {ELSEWHERE:x}#xen - {emulated.TREE:x}")
    board.expect([f"no arm32 zImage at {XEN:#x}, where the hypervisor should be, but an arm64 Image"])
    assert_comes_back(board, "payload")


def test_contract_native(boot, line):
    """As the stage for 32 bits has it."""
    board = boot(WITH)
    board.command("setenv dtshim_contract native")
    board.start(f"dtshim boot {XEN:x} {line}")
    board.expect([r"contract native is proven only on 64-bit cores.*\[unsupported\]"])
    assert_comes_back(board, "unsupported")


@pytest.mark.parametrize("way", ["dtshim boot", "every boot"])
def test_not_in_hyp_mode(boot, line, way):
    """No hypervisor starts there, whatever on-error says."""
    firmware, command = (WITH, "dtshim boot") if way == "dtshim boot" else (AUTO, "bootz")
    board = boot(firmware, hyp=False)
    board.command("setenv dtshim_on_error pass-through")
    board.start(f"{command} {XEN:x} {line}")
    board.expect([r"U-Boot is not in Hyp mode.*\[unsupported\]"])
    board.expect(["CONFIG_ARMV7_VIRT"])
    board.expect(["there is nothing to start"])
    board.expect([{"prompt": "=> ", "reset": "U-Boot 20"}[failures.TABLE["not at EL2"][way]]])


# ---- at the prompt ------------------------------------------------------------------------------

def test_plan_forecast_and_check(boot, guests32):
    """Xen's bytes are read: its release and its width are known."""
    board = boot(WITH, kernel_node=False)
    emulated.add_payload(board, {"xen": (XEN, guests32 / "xen"), "kernel": (KERNEL, guests32 / "zImage")})
    board.command(f"setenv fdtaddr {emulated.TREE:x}")
    board.command("dtshim plan")
    board.command("dtshim forecast")
    board.command("if dtshim check; then echo holds; fi")
    said = board.text().replace("\r", "")
    assert f"dom0      {BASE:#x}-0x4fffffff  256 MiB, machine addresses are the same" in said
    assert "\nXen 4.17 (32 bits) starts dom0 with 512 MiB at " in said and "\nholds\n" in said


TREES, OUT, SCRIPT = 0x48000000, 0x60000000, 0x47000000
MANY = """setenv out {out:x}; setenv dtshim_ram 0x80000000:1G
for a in {addresses}; do
if dtshim apply $a; then cp.b $dtshim_addr $out $dtshim_size; setexpr out $out + 80000; fi
done
echo all of them
"""


def test_corpus(boot, tmp_path):
    """Board trees by the 32-bit U-Boot: byte for byte the host tool's, or refused as by it."""
    trees = sorted((GUESTS / "dtbs").rglob("*.dtb"))[::12]
    bytes_of, at = {}, TREES
    (tmp_path / "host").mkdir()
    (tmp_path / "trees").mkdir()
    for tree in trees:
        bytes_of[at] = tree.read_bytes()
        (tmp_path / f"trees/{at:x}").write_bytes(bytes_of[at])
        at += len(bytes_of[at]) + 0xfff & ~0xfff
    (tmp_path / "all").write_bytes(b"".join(one + bytes(-len(one) % 4096) for one in bytes_of.values()))
    script = MANY.format(out=OUT, addresses=" ".join(f"{one:x}" for one in bytes_of))
    (tmp_path / "script.txt").write_text(script)
    subprocess.run(["mkimage", "-A", "arm", "-T", "script", "-C", "none", "-d", tmp_path / "script.txt",
                    tmp_path / "script"], check=True, capture_output=True)
    done = subprocess.run([BUILD / "dtshim", "apply", "--dom0-mem", "128M", "--ram", "0x80000000:1G", *(f"trees/{one:x}" for one in bytes_of),
                           "-o", "host/"], cwd=tmp_path, capture_output=True, text=True)
    board = boot(WITH, {TREES: tmp_path / "all", SCRIPT: tmp_path / "script"}, kernel_node=False, dom0=128)
    board.start(f"source {SCRIPT:x}")
    board.expect(["all of them\r"])
    said = board.text().replace("\r", "")
    sizes = re.findall(r"^dtshim: (\w+): rewritten, (\d+) bytes at", said, re.M)
    written = {path.name for path in (tmp_path / "host").iterdir()}
    assert {at for at, _ in sizes} == written and len(written) > len(trees) // 2
    for number, (at, size) in enumerate(sizes):
        assert board.memory(OUT + number * 0x80000, int(size)) == (tmp_path / "host" / at).read_bytes(), at
    assert re.findall(r"^dtshim: .*\]$", said, re.M) == re.findall(
        r"^dtshim: .*\]$", done.stderr.replace("trees/", ""), re.M)
