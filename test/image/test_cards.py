# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Cards as other tools see them: sfdisk's table, mtools' files, mkimage's script, bytes at offsets."""
import json
import re
import shutil
import struct
import subprocess
import sys

import pytest

from card_files import MIB, PARTS, at, boot_start, brought, content, listed, table
from loading import image as image_of
from made_up_packages import DEBIAN, STAGE, own_file
from places import GUESTS, ROOT

sys.path.insert(0, str(ROOT / "image"))
import board_data  # noqa: E402

pytestmark = pytest.mark.skipif(not STAGE.exists(), reason="no boot stage: no cross compiler")


def script_of(card, folder):
    """U-Boot's script, taken out of its image by dumpimage."""
    (folder / "boot.scr").write_bytes(content(card, "boot.scr"))
    subprocess.run(["dumpimage", "-T", "script", "-p", "0", "-o", folder / "boot.out",
                    folder / "boot.scr"], check=True, capture_output=True)
    return (folder / "boot.out").read_bytes()[8:].decode()  # its size is before it


# Of each board: options, the files in its boot partition besides PARTS, what lies raw, and where
# the boot partition begins.
CARDS = {
    "pine64": ([], {"sun50i-a64-pine64-plus.dtb"},
               {8 << 10: b"usr/lib/u-boot/pine64_plus/sunxi-spl.bin",
                40 << 10: b"usr/lib/u-boot/pine64_plus/u-boot-sunxi-with-spl.fit.itb"},
               ("dos", MIB)),
    "rockpro64": ([], {"rk3399-rockpro64.dtb"},
                  {32 << 10: b"usr/lib/u-boot/rockpro64-rk3399/idbloader.img",
                   8 << 20: b"usr/lib/u-boot/rockpro64-rk3399/u-boot.itb"}, ("gpt", 16 * MIB)),
    "raspi4b": (["--non-free"], {"bcm2711-rpi-4-b.dtb", "config.txt", "start4.elf", "fixup4.dat",
                                 "u-boot.bin"}, {}, ("dos", MIB)),
    "imx8mp_evk": (["flash.bin"], {"imx8mp-evk.dtb"}, {32 << 10: b"flash.bin"}, ("dos", MIB)),
    "imx8mm_evk": (["flash.bin"], {"imx8mm-evk.dtb"}, {33 << 10: b"flash.bin"}, ("dos", MIB)),
    "zcu102": (["boot.bin"], {"zynqmp-zcu102-rev1.0.dtb", "boot.bin"}, {}, ("dos", MIB)),
}


@pytest.mark.parametrize("name", CARDS)
def test_a_card(name, image, tmp_path):
    options, files, raw, (label, start) = CARDS[name]
    options = [one for option in options for one in
               ([option] if option.startswith("-") else brought(tmp_path, option))]
    said = image("--board", name, "-o", "card.img", *DEBIAN, *options).stdout
    card = tmp_path / "card.img"
    assert table(card)["label"] == label and boot_start(card) == start
    assert listed(card) == PARTS | files
    for offset, text in raw.items():
        assert at(card, offset, len(text)) == text and f"{offset:#x}" in said
    assert content(card, "xen") == (GUESTS / "xen").read_bytes()
    assert content(card, "Image") == (GUESTS / "Image").read_bytes()
    assert content(card, "dtshim.img") == STAGE.read_bytes()
    script = script_of(card, tmp_path)
    assert script == content(card, "boot.cmd").decode()
    tree = next(file for file in files if file.endswith(".dtb"))
    assert f"setenv file {tree};" in script and script.endswith("booti ${stage_addr} - ${tree_addr}\nfi\n")
    assert "never run: " in said


@pytest.mark.slow
def test_the_script_loads_where_the_plan_says(image, tool, tmp_path):
    """The plan is asked anew, with files of the sizes that have room in the script."""
    said = image("--board", "imx8mp_evk", "-o", "card.img", "--no-firmware", *DEBIAN).stdout
    for name in ("kernel", "ramdisk"):
        image_of(tmp_path / name, 0, 64 * MIB)
    plan = json.loads(tool("plan", "--json", "--load-addresses", "--stage", STAGE, "--xen",
                           GUESTS / "xen", "--kernel", "kernel", "--ramdisk", "ramdisk",
                           GUESTS / "dtbs/arm64/freescale/imx8mp-evk.dtb").out)
    wanted = {one["name"]: int(one["base"], 16) for one in plan["load-addresses"]}
    assert f"dom0 will have 512 MiB at {plan['dom0-memory'][0]['base']}\n" in said
    script = script_of(tmp_path / "card.img", tmp_path)
    names = {"stage": "dtshim.img", "xen": "xen", "kernel": "Image", "ramdisk": "initrd",
             "tree": "imx8mp-evk.dtb"}
    places = dict(re.findall(r"setenv file (\S+); setenv at (\w+);", script))
    assert {name: int(places[file], 16) for name, file in names.items()} == wanted
    rooms = dict(re.findall(r"setenv file (\S+); setenv at \w+; setenv room (\w+)", script))
    ends = sorted((int(places[file], 16), int(places[file], 16) + int(rooms[file], 16))
                  for file in names.values())
    assert all(end <= start for (_, end), (start, _) in zip(ends, ends[1:]))
    spare = int(re.search(r"setenv spare (\w+)", script)[1], 16)
    assert not any(start <= spare < end for start, end in ends)


@pytest.mark.slow
@pytest.mark.parametrize("options, size", [([], 512), (["--xen-line", "dom0_mem=256M"], 256),
                                           (["--xen-line", "dom0_mem=256M", "--policy",
                                             "dom0-mem=128M"], 128)])
def test_what_it_says_of_dom0_is_of_the_tree_that_boots(options, size, image, tmp_path):
    """Xen's command line is a part of it."""
    said = image("--board", "pine64", "-o", "card.img", *DEBIAN, *options).stdout
    assert f"dom0 will have {size} MiB at 0x40000000\n" in said


@pytest.mark.slow
def test_the_same_input_gives_the_same_bytes(image, tmp_path):
    for out in ("a.img", "b.img"):
        image("--board", "pine64", "-o", out, *DEBIAN)
    assert (tmp_path / "a.img").read_bytes() == (tmp_path / "b.img").read_bytes()
    image("--board", "pine64", "-o", "b.img", *DEBIAN, "--policy", "dom0-mem=256M")
    assert (tmp_path / "a.img").read_bytes() != (tmp_path / "b.img").read_bytes()


@pytest.mark.slow
def test_what_the_user_gives_wins(image, tmp_path):
    own = own_file(tmp_path, "own-initrd")
    image("--board", "pine64", "-o", "card.img", *DEBIAN, "--ramdisk", own, "--dom0-line",
          "console=hvc0 root=/dev/nfs", "--xen-line", 'dom0_max_vcpus=1 "x"', "--policy",
          "dom0-mem=256M", "--policy", "layout=direct", "--policy", "domain-name=5")
    card = tmp_path / "card.img"
    script = script_of(card, tmp_path)
    assert content(card, "initrd") == own.read_bytes()
    assert "fdt set /chosen xen,dom0-bootargs 'console=hvc0 root=/dev/nfs'" in script
    assert """fdt set /chosen xen,xen-bootargs 'dom0_max_vcpus=1 "x"'""" in script
    assert "fdt set /chosen/dtshim dom0-mem <0x0 0x10000000>" in script
    assert "fdt set /chosen/dtshim layout 'direct'" in script
    assert "fdt set /chosen/dtshim domain-name '5'" in script


@pytest.mark.slow
def test_extlinux(image, tmp_path):
    """One file has all, with hashes, and the tree has policy and command lines."""
    tree = GUESTS / "dtbs/arm64/rockchip/rk3399-rockpro64.dtb"
    image("--board", "rock5b", "-o", "card.img", *DEBIAN, "--tree", tree, "--policy", "dom0-mem=1G",
          *brought(tmp_path, "idbloader.img", "u-boot.itb"))
    card = tmp_path / "card.img"
    assert listed(card) == {"dtshim.img", "rk3588-rock-5b.dtb", "extlinux/extlinux.conf"}
    text = content(card, "extlinux/extlinux.conf").decode()
    assert "kernel /dtshim.img" in text and "fdt /rk3588-rock-5b.dtb" in text
    whole = content(card, "dtshim.img")
    (behind,) = struct.unpack_from("<Q", whole, 48)  # the stage's own size in memory
    (tmp_path / "payload.itb").write_bytes(whole[behind:])
    shown = subprocess.run(["dumpimage", "-l", tmp_path / "payload.itb"], check=True,
                           capture_output=True, text=True).stdout
    assert shown.count("Hash algo:    sha256") == 3
    (tmp_path / "tree.dtb").write_bytes(content(card, "rk3588-rock-5b.dtb"))

    def get(*words):
        return subprocess.run(["fdtget", "-t", "x", tmp_path / "tree.dtb", *words[:2]] if len(words) > 2
                              else ["fdtget", tmp_path / "tree.dtb", *words], check=True,
                              capture_output=True, text=True).stdout.strip()
    assert get("/chosen", "xen,dom0-bootargs") == "console=hvc0 rdinit=/init"
    assert get("/chosen/dtshim", "dom0-mem", "x") == "0 40000000"


# ---- what is wrong ------------------------------------------------------------------------------

def refused(done, *words):
    assert "what to do: " in done.stderr
    for word in words:
        assert word in done.stderr, done.stderr


@pytest.mark.parametrize("options, words", {
    "a board that there is not": (["--board", "pine65"], ["no board 'pine65'", "pine64", "zcu102"]),
    "firmware that Debian has not": (["--board", "imx8mp_evk"], ["flash.bin: NXP's", "--bring flash.bin=",
                                                                 "--no-firmware"]),
    "non-free firmware": (["--board", "raspi4b"], ["start4.elf", "fixup4.dat", "--non-free"]),
    "what no board wants": (["--board", "pine64", "--bring", "x=y"], ["does not use x", "u-boot-sunxi"]),
    "a file that is not there": (["--board", "pine64", "--kernel", "none"], ["none: file does not exist"]),
    "RAM that is not sold": (["--board", "pine64", "--ram", "3G"], ["no banks of RAM for 3G", "512M, 1G"]),
    "a policy that there is not": (["--board", "pine64", "--policy", "dom0-mim=1G"], ["dom0-mim"]),
    "more than there is": (["--board", "pine64", "--policy", "dom0-mem=8G"], ["dom0-mem: ", "[base]"]),
    "a boot partition without room": (["--board", "pine64", "--boot-size", "34M"], ["--boot-size"]),
    "a folder that is not there": (["--board", "pine64", "-o", "no/card.img"], ["no/card.img"]),
}.items(), ids=lambda value: value[0] if isinstance(value, tuple) else None)
def test_refused(options, words, image, tmp_path):
    refused(image("-o", "card.img", *DEBIAN, *words[0], code=1), *words[1])
    assert not list(tmp_path.glob("*.img*"))


BOARD = """
title = "Made up"
soc = "none"
bits = 64
[tree]
from = "card"
file = "allwinner/sun50i-a64-pine64-plus.dtb"
[memory]
default = "1G"
banks = { "1G" = "0x40000000:1G" }
[image]
label = "gpt"
[[image.bring]]
name = "blob"
at = "64K"
most = "64K"
what = "what this board starts from"
[known]
run = []
never = ["silicon"]
"""


@pytest.mark.slow
def test_a_new_board_is_a_new_folder(image, made_up, tmp_path):
    folder = made_up(BOARD)
    image("--board", folder, "-o", "card.img", *DEBIAN, *brought(tmp_path, "blob"))
    card = tmp_path / "card.img"
    assert table(card)["label"] == "gpt" and at(card, 64 << 10, 4) == b"blob"
    assert "sun50i-a64-pine64-plus.dtb" in listed(card)


WRONG = {
    "an unknown word": ("soc =", "sock =", "sock: unknown key"),
    "a word that is missing": ('soc = "none"\n', "", "soc is missing"),
    "not a number": ("bits = 64", 'bits = "64"', "bits: '64' is not a number"),
    "not a size": ('"64K"\nmost', '"64Q"\nmost', "image.bring.1.at: '64Q' is not a size"),
    "an unknown label": ('"gpt"', '"mbr"', "image.label: there is no 'mbr'"),
    "no tree": ("file = ", "# ", "tree: file is missing"),
    "no banks": ('default = "1G"', 'default = "2G"', "default: there are no banks for 2G"),
    "not TOML": ("[known]", "[known", "board.toml: "),
    "a list that is a table": ("[[image.bring]]", "[image.bring]", "image.bring: is a list of tables"),
    "overlap": ('at = "64K"', 'at = "1M"', "the boot partition (0x100000-0x100fffff) and blob (0x100000-"),
    "over the table": ('at = "64K"', 'at = "512"', "the partition table"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_board_that_is_wrong(wrong, image, made_up, tmp_path):
    old, new, words = WRONG[wrong]
    assert old in BOARD
    folder = made_up(BOARD.replace(old, new, 1))
    refused(image("--board", folder, "-o", "card.img", *DEBIAN, *brought(tmp_path, "blob"), code=1),
            words)


@pytest.mark.slow
def test_what_is_too_large_for_its_place(image, made_up, tmp_path):
    own_file(tmp_path, "blob", 80 << 10)
    refused(image("--board", made_up(BOARD), "-o", "card.img", *DEBIAN, "--bring",
                  f"blob={tmp_path / 'blob'}", code=1), "blob has", "there is space for 65536")


def test_the_list_says_what_was_never_run(image):
    shown = image("--list").stdout
    for path in ROOT.glob("board/*/board.toml"):
        assert re.search(rf"^{path.parent.name} ", shown, re.M)
    assert "never run: silicon" in shown


# ---- a root file system -------------------------------------------------------------------------

@pytest.fixture
def root(tmp_path):
    """A folder that seems to be a Debian's: two kernels, with their ramdisks and trees."""
    folder = tmp_path / "root"
    for name in ("sbin/init", "usr/sbin/xl", "usr/sbin/xenstored", "usr/sbin/xenconsoled",
                 "boot/config-6.12.10", "boot/initrd.img-6.12.9", "boot/initrd.img-6.12.10",
                 "boot/xen-4.20-arm64.config"):
        own_file(folder, name)
    for version in ("6.12.9", "6.12.10"):
        shutil.copy(GUESTS / "Image", folder / f"boot/vmlinuz-{version}")
        with open(folder / f"boot/vmlinuz-{version}", "ab") as kernel:
            kernel.write(version.encode())
        tree = folder / f"usr/lib/linux-image-{version}/allwinner/sun50i-a64-pine64-plus.dtb"
        tree.parent.mkdir(parents=True)
        shutil.copy(GUESTS / "dtbs/arm64/allwinner/sun50i-a64-pine64-plus.dtb", tree)
    shutil.copy(GUESTS / "xen", folder / "boot/xen-4.20-arm64")
    return folder


@pytest.mark.slow
def test_a_root_file_system(root, image, cache, tmp_path):
    """Kernel, ramdisk, Xen and tree are its own, and nothing of a package but firmware."""
    for package in ("kernel", "xen", "busybox-static"):
        shutil.rmtree(cache / "parts" / DEBIAN[1] / package)
    image("--board", "pine64", "-o", "card.img", *DEBIAN, "--rootfs", root, "--boot-size", "128M")
    card = tmp_path / "card.img"
    assert content(card, "Image").endswith(b"6.12.10")
    assert content(card, "initrd") == (root / "boot/initrd.img-6.12.10").read_bytes()
    boot, second = table(card)["partitions"]
    assert boot["size"] == 128 * MIB // 512 and second["type"] == "83"
    with open(tmp_path / "root.ext4", "wb") as out:
        out.write(at(card, 512 * second["start"], 512 * second["size"]))
    subprocess.run(["e2fsck", "-fn", tmp_path / "root.ext4"], check=True, capture_output=True)
    shown = subprocess.run(["debugfs", "-R", "cat /sbin/init", tmp_path / "root.ext4"], check=True,
                           capture_output=True).stdout
    assert shown == (root / "sbin/init").read_bytes()
    script = script_of(card, tmp_path)
    number = int(table(card)["id"], 16)
    assert f"'console=hvc0 root=PARTUUID={number:08x}-02 ro'" in script
    assert "/boot/boot.scr" in script


@pytest.mark.slow
@pytest.mark.parametrize("missing, words", [
    ("boot/initrd.img-6.12.10", "there is no /boot/initrd.img-6.12.10"),
    ("boot/xen-4.20-arm64", "there is no /boot/xen-"), ("sbin/init", "no /sbin/init"),
    ("usr/lib/linux-image-6.12.10/allwinner/sun50i-a64-pine64-plus.dtb", "there is no /usr/lib/linux-")])
def test_a_root_file_system_without(missing, words, root, image, tmp_path):
    (root / missing).unlink()
    refused(image("--board", "pine64", "-o", "card.img", *DEBIAN, "--rootfs", root, code=1), words)
    assert not (tmp_path / "card.img").exists()


def words_of(shape):
    for word, inner in shape.items():
        if word != "*":
            yield word.strip("[]")
        if isinstance(inner, list):
            inner = inner[0]
        if isinstance(inner, dict):
            yield from words_of(inner)


def test_each_word_is_in_the_documentation():
    page = (ROOT / "doc/guide/new-board.rst").read_text()
    for word in words_of(board_data.SHAPE):
        assert re.search(rf"``{word}``|\*\*\[+(image\.)?{word}\]+\*\*", page), word
