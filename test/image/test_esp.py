# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Disks for machines that boot by UEFI: their table and files, and what the boot loader is told."""
import gzip
import json
import re
import shutil
import struct
import sys

import pytest

import spdx_rules
from card_files import MIB, content, listed, table
from made_up_packages import DEBIAN, RELEASE, STAGE, unpacked
from places import GUESTS, ROOT

sys.path.insert(0, str(ROOT / "image"))
import esp  # noqa: E402
import trouble  # noqa: E402

pytestmark = pytest.mark.skipif(not STAGE.exists(), reason="no boot stage: no cross compiler")

ESP_TYPE = "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"
GRUB = "usr/lib/grub/arm64-efi"
MODULES = ("boot", "fdt", "linux", "xen_boot")
MOVED_TO = {"12": "grub-efi-arm64-bin", "13": "grub-efi-arm64-unsigned"}[RELEASE]
PARTS = {"dtshim.img", "xen", "Image", "initrd"}
FILES = {
    "grub": {*PARTS, "EFI/BOOT/BOOTAA64.EFI", "EFI/debian/grub.cfg",
             *(f"EFI/debian/arm64-efi/{name}.mod" for name in MODULES)},
    "systemd-boot": {*PARTS, "EFI/BOOT/BOOTAA64.EFI", "loader/loader.conf", "loader/entries/dtshim.conf",
                     "xen.cfg"},
    "none": {f"EFI/BOOT/{name}" for name in ("BOOTAA64.EFI", "xen", "Image", "initrd", "xen.cfg")},
}


@pytest.fixture
def stage(tmp_path):
    """With what makes it an EFI application, as far as anybody looks here."""
    head = bytearray(STAGE.read_bytes())
    head[:2], head[60:64], head[64:68] = b"MZ", struct.pack("<I", 64), b"PE\0\0"
    (tmp_path / "stage").write_bytes(head)
    return tmp_path / "stage"


@pytest.fixture
def loaders(cache):
    """The boot loaders' packages, of the release that has them in these places."""
    grub = {f"{GRUB}/{name}.mod": None for name in (*MODULES, "reiserfs")} | {f"{GRUB}/moddep.lst": None}
    unpacked(cache, "grub-efi-arm64-bin", grub)
    unpacked(cache, MOVED_TO, {f"{GRUB}/monolithic/grubaa64.efi": None})
    (cache / "parts" / RELEASE / "grub-efi-arm64-bin" / GRUB / "moddep.lst").write_text(
        "reiserfs: fshelp\nxen_boot: fdt boot linux\nlinux: fdt boot\nfdt:\nboot:\n")
    unpacked(cache, "systemd-boot-efi", {"usr/lib/systemd/boot/efi/systemd-bootaa64.efi": None})
    return cache


@pytest.fixture
def disk(image, loaders, stage, tmp_path):
    def make(*options, **more):
        done = image("--uefi", "-o", "disk.img", *DEBIAN, "--stage", stage, *options, **more)
        return tmp_path / "disk.img", done
    return make


def words(loader, disk):
    """What the loader reads, as lines without what is only for the eye."""
    name = {"grub": "EFI/debian/grub.cfg", "none": "EFI/BOOT/xen.cfg", "systemd-boot": "xen.cfg"}[loader]
    return [line.strip() for line in content(disk, name).decode().splitlines()]


# ---- what is on it --------------------------------------------------------------------------------

@pytest.mark.slow
@pytest.mark.parametrize("loader", FILES)
def test_the_partition_and_its_files(loader, disk, stage, loaders):
    path, _ = disk("--loader", loader)
    assert table(path)["label"] == "gpt"
    part, = table(path)["partitions"]
    assert part["type"] == ESP_TYPE and part["start"] * 512 == MIB and part["size"] * 512 == 256 * MIB
    assert listed(path) == FILES[loader]
    folder = "EFI/BOOT/" if loader == "none" else ""
    for name, source in {"xen": GUESTS / "xen", "Image": GUESTS / "Image"}.items():
        assert content(path, folder + name) == source.read_bytes()
    first = {"grub": loaders / f"parts/{RELEASE}/{MOVED_TO}/{GRUB}/monolithic/grubaa64.efi", "none": stage,
             "systemd-boot": loaders / f"parts/{RELEASE}/systemd-boot-efi/usr/lib/systemd/boot/efi/systemd-bootaa64.efi"}
    assert content(path, "EFI/BOOT/BOOTAA64.EFI") == first[loader].read_bytes()
    if loader != "none":
        assert content(path, "dtshim.img") == stage.read_bytes()


@pytest.mark.slow
def test_grubs_entry(disk):
    """Kernel and ramdisk are known by their order, so Xen is the last."""
    path, _ = disk("--xen-line", "dom0_mem=1G", "--dom0-line", "console=hvc0 quiet")
    lines = words("grub", path)
    assert lines.index("insmod xen_boot") < lines.index("menuentry 'Xen via dtshim' --id dtshim {")
    assert lines[-5:] == ["xen_hypervisor /dtshim.img dom0_mem=1G",
                          "xen_module --nounzip /Image console=hvc0 quiet", "xen_module --nounzip /initrd",
                          "xen_module --nounzip /xen", "}"]


@pytest.mark.slow
def test_grub_is_given_words_that_it_does_not_take_apart(disk):
    path, _ = disk("--dom0-line", 'console=hvc0 its="a $b;c|d&e" {x} #y')
    assert "xen_module --nounzip /Image console=hvc0 'its=a $b;c|d&e' '{x}' '#y'" in words("grub", path)


@pytest.mark.slow
@pytest.mark.parametrize("loader", ["none", "systemd-boot"])
def test_xen_cfg(loader, disk):
    path, _ = disk("--loader", loader, "--xen-line", "dom0_mem=1G", "--dom0-line", 'a="b \'c\\')
    assert words(loader, path) == ["[global]", "default=dtshim", "", "[dtshim]", "options=dom0_mem=1G",
                                   'kernel=Image a="b \'c\\', "ramdisk=initrd"]


@pytest.mark.slow
def test_systemd_boots_entry(disk):
    path, _ = disk("--loader", "systemd-boot")
    entry = content(path, "loader/entries/dtshim.conf").decode()
    assert re.search(r"^efi +/dtshim.img$", entry, re.M) and re.search("^architecture aa64$", entry, re.M)
    assert "default dtshim.conf\n" in content(path, "loader/loader.conf").decode()


@pytest.mark.slow
@pytest.mark.parametrize("loader", FILES)
def test_a_tree_of_the_users(loader, disk, tmp_path):
    """It has the policy, and the loader says where it is."""
    tree = GUESTS / "dtbs/arm64/rockchip/rk3399-rockpro64.dtb"
    path, _ = disk("--loader", loader, "--tree", tree, "--policy", "dom0-mem=1G")
    folder = "EFI/BOOT/" if loader == "none" else ""
    assert listed(path) == FILES[loader] | {f"{folder}board.dtb"}
    lines = words(loader, path)
    if loader == "grub":
        # GRUB wants a word here, so one is given that changes nothing.
        assert lines.index("devicetree /board.dtb") < lines.index("xen_hypervisor /dtshim.img console=dtuart")
    else:
        assert "dtb=board.dtb" in lines
    if loader == "systemd-boot":
        assert re.search("^options +dtb=/board.dtb$", content(path, "loader/entries/dtshim.conf").decode(), re.M)
    assert b"dom0-mem" in content(path, f"{folder}board.dtb") and b"dom0-mem" not in tree.read_bytes()


@pytest.mark.slow
def test_a_board_that_boots_by_uefi(disk):
    """Its U-Boot is on the card, and has bootefi; the tree is the board's."""
    path, done = disk("--board", "pine64", "--policy", "dom0-mem=256M")
    part, = table(path)["partitions"]
    assert table(path)["label"] == "dos" and part["type"] == "ef"
    assert listed(path) == FILES["grub"] | {"board.dtb"} and "u-boot-sunxi" in done.stdout
    assert "dom0 will have 256 MiB at 0x40000000\n" in done.stdout
    assert "never run: this board by UEFI\n" in done.stdout


@pytest.mark.slow
def test_what_is_packed_is_unpacked(disk, tmp_path):
    """By whatever the stage is started: it takes Images."""
    for name in ("xen", "Image"):
        (tmp_path / f"{name}.gz").write_bytes(gzip.compress((GUESTS / name).read_bytes(), 1))
    path, _ = disk("--xen", "xen.gz", "--kernel", "Image.gz", "--sbom", "bill.json")
    for name in ("xen", "Image"):
        assert content(path, name) == (GUESTS / name).read_bytes()
    found = spdx_rules.Read(json.loads((tmp_path / "bill.json").read_text()))
    assert found.of("boot partition: xen", "GENERATED_FROM") == {"xen.gz"}


@pytest.mark.slow
def test_what_is_packed_is_unpacked_for_u_boot(image, tmp_path, stage):
    (tmp_path / "Image.gz").write_bytes(gzip.compress((GUESTS / "Image").read_bytes(), 1))
    image("--board", "pine64", "-o", "card.img", *DEBIAN, "--stage", stage, "--kernel", "Image.gz")
    assert content(tmp_path / "card.img", "Image") == (GUESTS / "Image").read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("loader", FILES)
def test_its_bill(loader, disk, tmp_path):
    path, _ = disk("--loader", loader, "--sbom", "bill.json")
    found = spdx_rules.Read(json.loads((tmp_path / "bill.json").read_text()))
    parts = {name.removeprefix("boot partition: ") for name in found.of("disk.img", "CONTAINS")}
    assert parts == FILES[loader] == listed(path)
    first = {"grub": ("EXPANDED_FROM_ARCHIVE", {MOVED_TO}), "none": ("COPY_OF", {"stage"}),
             "systemd-boot": ("EXPANDED_FROM_ARCHIVE", {"systemd-boot-efi"})}[loader]
    assert found.of("boot partition: EFI/BOOT/BOOTAA64.EFI", first[0]) == first[1]


@pytest.mark.slow
def test_the_same_input_gives_the_same_bytes(disk, image, stage, tmp_path):
    path, _ = disk()
    image("--uefi", "-o", "again.img", *DEBIAN, "--stage", stage, TZ="Pacific/Chatham")
    assert path.read_bytes() == (tmp_path / "again.img").read_bytes()


# ---- what is wrong ----------------------------------------------------------------------------------

REFUSED = {
    "a full partition": (["--boot-size", "34M"], ["--boot-size"]),
    "a policy without a tree": (["--policy", "dom0-mem=1G"], ["--policy dom0-mem", "--tree FILE"]),
    "a kernel that is none": (["--kernel", GUESTS / "busybox"], ["busybox: is not an arm64 Image", "--kernel FILE"]),
    "a Xen that is none": (["--xen", GUESTS / "busybox"], ["busybox: is not an arm64 Image", "--xen FILE"]),
    "an apostrophe for GRUB": (["--dom0-line", "it's"], ["--dom0-line: GRUB does not accept an apostrophe", "--loader"]),
    "half a pair of quotes": (["--xen-line", 'a="b'], ["--xen-line: GRUB does not accept"]),
    "two lines": (["--loader", "none", "--xen-line", "a\nb"], ["--xen-line: a command line has to be one line"]),
    "a stage that is none": (["--stage", GUESTS / "busybox"], ["busybox: is not an EFI application", "--stage FILE"]),
    "a packed file that is cut": (["--kernel", "cut.gz"], ["cut.gz: is packed by gzip and damaged"]),
    "a policy that there is not": (["--board", "pine64", "--policy", "dom0-mim=1G"], ["dom0-mim"]),
}


@pytest.mark.slow
@pytest.mark.parametrize("wrong", REFUSED)
def test_refused(wrong, disk, tmp_path):
    options, said = REFUSED[wrong]
    (tmp_path / "cut.gz").write_bytes(gzip.compress(b"kernel" * 1000)[:20])
    _, done = disk(*options, code=1)
    assert "what to do: " in done.stderr and not list(tmp_path.glob("*.img*"))
    for one in said:
        assert one in done.stderr, done.stderr


@pytest.mark.parametrize("options, said", [
    (["--uefi", "--loader", "lilo"], "'lilo' (choose from 'grub', 'systemd-boot', 'none')"),
    (["--board", "pine64", "--loader", "grub"], "--loader needs --uefi"),
    (["--uefi", "--imagebuilder", "x"], "remove it or --uefi")])
def test_options_that_do_not_go_together(options, said, image):
    assert said in image(*options, "-o", "disk.img", code=2).stderr


@pytest.mark.slow
@pytest.mark.parametrize("missing, said", [
    (f"grub-efi-arm64-bin/{GRUB}/xen_boot.mod", "has no usr/lib/grub/arm64-efi/xen_boot.mod"),
    (f"{MOVED_TO}/{GRUB}/monolithic/grubaa64.efi", "monolithic/grubaa64.efi")])
def test_a_package_that_lacks_something(missing, said, disk, loaders):
    if RELEASE == "12" and "monolithic" in missing:
        unpacked(loaders, "grub-efi-arm64-unsigned", {"usr/share/doc/none": None})
    (loaders / "parts" / RELEASE / missing).unlink()
    _, done = disk(code=1)
    assert said in done.stderr and "what to do: " in done.stderr


@pytest.mark.slow
def test_a_package_that_cannot_be_had(disk, loaders, tmp_path):
    """Whatever the mirror says: here there is none."""
    shutil.rmtree(loaders / "parts" / RELEASE / "systemd-boot-efi")
    (loaders / "parts" / RELEASE / "systemd-boot-efi.version").unlink()
    (tmp_path / "apt.conf").write_text('Dir::Etc::sourcelist "/dev/null"; Dir::Etc::sourceparts "/none";\n')
    _, done = disk("--loader", "systemd-boot", code=1, APT_CONFIG=str(tmp_path / "apt.conf"))
    assert "the package systemd-boot-efi of Debian" in done.stderr


# ---- words for GRUB's shell ---------------------------------------------------------------------------

@pytest.mark.parametrize("line, written", [
    ("", ""), ("a  b", "a b"), ("root=UUID=1-2 ro", "root=UUID=1-2 ro"), ('x="a b"', "'x=a b'"),
    ('x=""', "x="), ("$x", "'$x'"), ("a;b", "'a;b'"), ("grün", "'grün'"), ("#", "'#'")])
def test_words(line, written):
    assert esp.grub_words(line, "x") == written


@pytest.mark.parametrize("line", ["'", "\\", '"', 'a"b" "'])
def test_words_that_cannot_be_said(line):
    with pytest.raises(trouble.Trouble):
        esp.grub_words(line, "x")
