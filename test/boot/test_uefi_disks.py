# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Disks of dtshim image --uefi, and what Debian's boot loaders are told by the hooks: the firmware
finds them and dom0 comes up at the base of RAM."""
import shutil
import sys

import pytest

import board as emulated
from chain import total
from efi_root import Installed
from made_up_packages import DEBIAN, RELEASE, cache, image, unpacked  # noqa: F401
from places import BOARD_BUILD, GUESTS, ROOT
from uefi import DEFAULT, DOM0_LINE, MIB, XEN_LINE, by_grub, fat_disk, mtools

sys.path.insert(0, str(ROOT / "image"))
import esp  # noqa: E402

STAGE = BOARD_BUILD / "dtshim.img"
pytestmark = [pytest.mark.slow, pytest.mark.skipif(
    not STAGE.exists() or not esp.is_application(esp.head_of(STAGE)), reason="the stage is not an EFI application")]

BASE, DOM0 = 0x40000000, 512 * MIB
KERNEL = "6.1.0-31-arm64"
GRUB = "usr/lib/grub/arm64-efi"


def assert_came_up(board, more="", size=DOM0):
    report = board.finish()
    assert total(board.banks()) == (BASE, size) and report.one("record layout") == "direct"
    assert report.all("system-ram")[0].startswith(f"{BASE:x}-")
    assert "quiet" in report.one("bootargs") and more in report.one("bootargs")


# ---- dtshim image ---------------------------------------------------------------------------

@pytest.fixture
def loaders(cache, uefi):  # noqa: F811
    """Packages with the release's own boot loaders."""
    parts = uefi(RELEASE)
    unpacked(cache, "grub-efi-arm64-bin", {f"{GRUB}/xen_boot.mod": parts / "grub/xen_boot.mod",
                                           f"{GRUB}/moddep.lst": None,
                                           f"{GRUB}/monolithic/grubaa64.efi": parts / "grub.efi"})
    (cache / f"parts/{RELEASE}/grub-efi-arm64-bin/{GRUB}/moddep.lst").write_text("xen_boot:\n")
    unpacked(cache, "systemd-boot-efi",
             {"usr/lib/systemd/boot/efi/systemd-bootaa64.efi": parts / "systemd-boot.efi"})


@pytest.mark.parametrize("loader", esp.LOADERS)
def test_a_disk_boots(loader, loaders, image, start_uefi, ramdisk, tmp_path):  # noqa: F811
    image("--uefi", "--loader", loader, "-o", "disk.img", *DEBIAN, "--stage", STAGE, "--ramdisk", ramdisk,
          "--xen-line", XEN_LINE, "--dom0-line", DOM0_LINE)
    assert_came_up(start_uefi(RELEASE, tmp_path / "disk.img"))


@pytest.mark.parametrize("loader", esp.LOADERS)
def test_a_disk_with_a_tree(loader, loaders, image, start_uefi, ramdisk, tmp_path):  # noqa: F811
    """What its policy says is done, so that it is this one and not the firmware's."""
    tree = emulated.board_tree(tmp_path / "own.dtb", GUESTS, ram="1G")
    image("--uefi", "--loader", loader, "-o", "disk.img", *DEBIAN, "--stage", STAGE, "--ramdisk", ramdisk,
          "--tree", tree, "--policy", "dom0-mem=384M", "--xen-line", "loglvl=all", "--dom0-line", DOM0_LINE)
    assert_came_up(start_uefi(RELEASE, tmp_path / "disk.img"), size=384 * MIB)


# ---- the hooks --------------------------------------------------------------------------------

@pytest.fixture
def bootable(scratch, ramdisk):
    """Its stage, Xen, kernel and ramdisk are real."""
    def make(loader, more=""):
        debian = Installed(scratch / "root", RELEASE, loader)
        shutil.copy(STAGE, debian.root / "usr/local/lib/dtshim/dtshim.img")
        shutil.copy(GUESTS / "xen", debian.root / "boot/xen-4.17-arm64")
        debian.settings(f"DTSHIM_XEN_CMDLINE='{XEN_LINE}'\nDTSHIM_DOM0_CMDLINE='{DOM0_LINE}{more}'\n")
        debian.add_kernel(KERNEL, (GUESTS / "Image").read_bytes(), ramdisk.read_bytes())
        return debian
    return make


def all_below(folder, root):
    return {str(path.relative_to(root)): path for path in folder.rglob("*") if path.is_file()}


def test_grub_starts_what_the_hook_wrote(bootable, start_uefi, uefi, tmp_path):
    """The root, which update-grub was told is the FAT with that number, has /boot as well."""
    debian = bootable("grub", ' its="a $b;c|d&e"')
    files = by_grub(uefi(RELEASE), debian.menu()) | all_below(debian.root / "boot", debian.root)
    disk = fat_disk(tmp_path / "disk", files)
    mtools("mlabel", disk, "-N", "11112222", "::")
    assert_came_up(start_uefi(RELEASE, disk), 'its=a $b;c|d&e"')


def test_systemd_boot_starts_what_the_hook_wrote(bootable, start_uefi, uefi):
    """Nothing says which entry is the default: the first of its menu is."""
    debian = bootable("systemd-boot")
    files = all_below(debian.esp, debian.root) | all_below(debian.esp / "loader", debian.esp)
    files |= {DEFAULT: uefi(RELEASE) / "systemd-boot.efi", "loader/loader.conf": "timeout 0\n"}
    assert_came_up(start_uefi(RELEASE, files))
