# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Debian's own update-grub and kernel-install with dtshim's hooks: kernels and Xen come and go, and
where there is no room for something, what was there stays."""
import gzip
import os
import re
import subprocess

import pytest

from debian_root import run_in
from efi_root import Installed
from places import ROOT

pytestmark = pytest.mark.slow

OLD, NEW = "6.1.0-30-arm64", "6.1.0-31-arm64"
ODD = 'its="a $b;c|d&e" end'
releases = pytest.mark.parametrize("release", ["12", "13"])


@pytest.fixture
def grub(scratch):
    return lambda release="12": Installed(scratch / "root", release, "grub")


@pytest.fixture
def systemd_boot(scratch):
    return lambda release="12": Installed(scratch / "root", release, "systemd-boot")


def set_up(grub, systemd_boot, loader):
    return (grub if loader == "grub" else systemd_boot)()


loaders = pytest.mark.parametrize("loader", ["grub", "systemd-boot"])


# ---- GRUB ---------------------------------------------------------------------------------------

def menu_entries(text):
    """[(name, [lines])] of our own, in order."""
    return [(name, [line.strip() for line in body.splitlines()[1:]]) for name, body in
            re.findall(r"^menuentry '[^']*'[^\n]*'(dtshim[^']*)' \{$(.*?)^\}$", text, re.M | re.S)]


@releases
def test_grubs_entries_come_first(release, grub):
    """Those of the newest kernel, then one of each; then Linux alone, where GRUB goes if they fail."""
    debian = grub(release)
    debian.add_kernel(OLD)
    debian.add_kernel(NEW)
    found = menu_entries(debian.menu())
    assert [name for name, _ in found] == ["dtshim", f"dtshim-{NEW}", f"dtshim-{OLD}"]
    assert found[0][1][-4:] == [
        "xen_hypervisor /boot/dtshim/dtshim.img dom0_mem=1G",
        f"xen_module --nounzip /boot/vmlinuz-{NEW} root=/dev/vda2 ro net.ifnames=0 quiet console=hvc0",
        f"xen_module --nounzip /boot/initrd.img-{NEW}", "xen_module --nounzip /boot/xen-4.17-arm64"]
    assert found[0][1].index("insmod part_gpt") < found[0][1].index("insmod xen_boot")
    text = debian.menu()
    assert text.index("'dtshim-all'") < text.index("10_linux") and 'set fallback="2"' in text
    assert f"/boot/vmlinuz-{OLD}" in found[2][1][-3]
    assert (debian.root / "boot/dtshim/dtshim.img").read_bytes() == (debian.root / "stage").read_bytes()


@releases
def test_a_kernels_removal(release, grub):
    debian = grub(release)
    debian.add_kernel(OLD)
    debian.add_kernel(NEW)
    debian.remove_kernel(NEW)
    assert [name for name, _ in menu_entries(debian.menu())] == ["dtshim"] and NEW not in debian.menu()
    assert 'set fallback="1"' in debian.menu()


def test_a_kernel_without_a_ramdisk(grub):
    """Xen comes second then."""
    debian = grub()
    debian.add_kernel(OLD)
    (debian.root / f"boot/initrd.img-{OLD}").unlink()
    debian.run("update-grub")
    (_, lines), = menu_entries(debian.menu())
    assert lines[-1] == "xen_module --nounzip /boot/xen-4.17-arm64" and lines[-2].startswith(
        f"xen_module --nounzip /boot/vmlinuz-{OLD} ")


def test_settings_reach_grub(grub):
    debian = grub()
    debian.settings(f"DTSHIM_XEN_CMDLINE='a=\"b c\" {{x}}'\nDTSHIM_DOM0_CMDLINE='{ODD}'\nDTSHIM_POLICY=dom0-mem=1G\n")
    said = debian.add_kernel(OLD)
    (_, lines), = menu_entries(debian.menu())
    assert "xen_hypervisor /boot/dtshim/dtshim.img 'a=b c' '{x}'" in lines
    assert lines[-3].endswith(" quiet 'its=a $b;c|d&e' end") and "DTSHIM_POLICY has no effect" in said


def test_without_a_line_grub_has_a_word(grub):
    debian = grub()
    debian.settings("DTSHIM_XEN_CMDLINE=\n")
    debian.add_kernel(OLD)
    assert "xen_hypervisor /boot/dtshim/dtshim.img console=dtuart" in menu_entries(debian.menu())[0][1]


SAID = {
    "no Xen": (None, "there is no /boot/xen-*-arm64"),
    "a Xen that is not there": ("DTSHIM_XEN=/boot/none\n", "DTSHIM_XEN: there is no /boot/none"),
    "a Xen elsewhere": ("DTSHIM_XEN=/stage\n", "/stage is not below /boot"),
    "an apostrophe": ("DTSHIM_DOM0_CMDLINE=\"it's\"\n", "DTSHIM_DOM0_CMDLINE: GRUB does not accept an apostrophe"),
    "half a pair": ("DTSHIM_XEN_CMDLINE='a=\"b'\n", "DTSHIM_XEN_CMDLINE: a quote is not closed"),
    "a stage for U-Boot alone": ("", "dtshim.img is not an EFI application"),
    "switched off": ("DTSHIM=no\n", ""),
}


@pytest.mark.parametrize("trouble", SAID)
def test_whatever_is_wrong_update_grub_makes_linux_menu(trouble, grub):
    debian = grub()
    settings, said = SAID[trouble]
    if settings is None:
        (debian.root / "boot/xen-4.17-arm64").unlink()
    else:
        debian.settings(settings)
    if settings == "":
        (debian.root / "usr/local/lib/dtshim/dtshim.img").write_bytes(b"an Image\n")
    assert said in debian.add_kernel(OLD)
    assert "xen_hypervisor" not in debian.menu() and f"/boot/vmlinuz-{OLD}" in debian.menu()


def test_a_new_xen_and_a_new_stage_after_apt(grub):
    debian = grub()
    debian.add_kernel(OLD)
    debian.run("dtshim-update", "--changed")
    before = (debian.root / "boot/grub/grub.cfg").stat().st_mtime_ns
    debian.run("dtshim-update", "--changed")
    assert (debian.root / "boot/grub/grub.cfg").stat().st_mtime_ns == before
    os.rename(debian.root / "boot/xen-4.17-arm64", debian.root / "boot/xen-4.99-arm64")
    (debian.root / "usr/local/lib/dtshim/dtshim.img").write_bytes(b"MZ a new one")
    debian.run("dtshim-update", "--changed")
    assert "--nounzip /boot/xen-4.99-arm64" in debian.menu()
    assert (debian.root / "boot/dtshim/dtshim.img").read_bytes() == b"MZ a new one"


# ---- what is packed ---------------------------------------------------------------------------------

def test_grub_is_given_what_is_unpacked(grub):
    debian = grub()
    (debian.root / "boot/xen-4.17-arm64").write_bytes(gzip.compress(b"a packed Xen"))
    debian.add_kernel(OLD, gzip.compress(b"a packed kernel"))
    folder = debian.root / "boot/dtshim"
    assert (folder / f"vmlinuz-{OLD}").read_bytes() == b"a packed kernel"
    assert (folder / "xen-4.17-arm64").read_bytes() == b"a packed Xen"
    (_, lines), = menu_entries(debian.menu())
    assert lines[-1] == "xen_module --nounzip /boot/dtshim/xen-4.17-arm64"
    assert f"--nounzip /boot/dtshim/vmlinuz-{OLD} " in lines[-3]
    debian.add_kernel(NEW)
    debian.remove_kernel(OLD)
    assert not list(folder.glob("vmlinuz-*"))


def test_a_damaged_kernel_has_no_entry(grub):
    debian = grub()
    said = debian.add_kernel(NEW, gzip.compress(b"a packed kernel")[:-6])
    assert f"vmlinuz-{NEW} cannot be unpacked" in said and "xen_hypervisor" not in debian.menu()
    debian.add_kernel(OLD)
    (_, lines), = menu_entries(debian.menu())
    assert f"--nounzip /boot/vmlinuz-{OLD} " in lines[-3]


def test_systemd_boot_is_given_what_is_unpacked(systemd_boot):
    debian = systemd_boot()
    (debian.root / "boot/xen-4.17-arm64").write_bytes(gzip.compress(b"a packed Xen"))
    debian.add_kernel(OLD, gzip.compress(b"a packed kernel"))
    assert (debian.esp / "dtshim/xen").read_bytes() == b"a packed Xen"
    assert (debian.esp / f"dtshim/debian-{OLD}.linux").read_bytes() == b"a packed kernel"
    assert f"kernel=/boot/efi/dtshim/debian-{OLD}.linux " in debian.entries()[f"debian-{OLD}-dtshim.conf"]
    debian.remove_kernel(OLD)
    assert not list(debian.esp.glob("dtshim/*.linux"))


# ---- systemd-boot -----------------------------------------------------------------------------------

def words_of(entry):
    return dict(line.split(None, 1) for line in entry.splitlines() if not line.startswith("#"))


@releases
def test_each_of_its_entries_has_a_second(release, systemd_boot):
    debian = systemd_boot(release)
    for version in (OLD, NEW):
        debian.add_kernel(version)
    assert set(debian.entries()) == {f"debian-{version}{more}.conf" for version in (OLD, NEW)
                                     for more in ("", "-dtshim")}
    entry = words_of(debian.entries()[f"debian-{NEW}-dtshim.conf"])
    plain = words_of(debian.entries()[f"debian-{NEW}.conf"])
    assert entry["version"] == plain["version"] == NEW and entry["sort-key"] < plain.get("sort-key", "a")
    assert entry["title"] == f"Xen via dtshim, with {plain['title']}" and entry["architecture"] == "aa64"
    assert entry["efi"] == "/boot/efi/dtshim/dtshim.img"
    assert entry["options"] == (
        f"xen=/boot/efi/dtshim/xen kernel={plain['linux']} ramdisk={plain['initrd']} "
        f"dom0=\"{plain['options']} console=hvc0\" -- dom0_mem=1G")
    assert (debian.esp / "dtshim/xen").read_bytes() == (debian.root / "boot/xen-4.17-arm64").read_bytes()
    assert (debian.esp / "dtshim/dtshim.img").read_bytes() == (debian.root / "stage").read_bytes()


@releases
def test_a_kernels_second_entry_goes_with_it(release, systemd_boot):
    debian = systemd_boot(release)
    for version in (OLD, NEW):
        debian.add_kernel(version)
    debian.remove_kernel(OLD)
    assert set(debian.entries()) == {f"debian-{NEW}.conf", f"debian-{NEW}-dtshim.conf"}


def test_paths_are_those_of_the_partition(systemd_boot):
    """Where it is a file system of its own, as it is on a machine."""
    debian = systemd_boot()
    debian.add_kernel(OLD)
    (debian.root / "boot/efi/loader/entries").rename(debian.root / "entries")
    debian.run("sh", "-ec", "mount -t tmpfs none /boot/efi; mkdir -p /boot/efi/loader /boot/efi/debian\n"
               "cp -r /entries /boot/efi/loader/entries; rm /boot/efi/loader/entries/*-dtshim.conf\n"
               f"sed -i s,/boot/efi,, /boot/efi/loader/entries/*; mkdir -p /boot/efi/debian/{OLD}\n"
               f"touch /boot/efi/debian/{OLD}/linux; dtshim-update; cp -r /boot/efi /after")
    entry = words_of((debian.root / f"after/loader/entries/debian-{OLD}-dtshim.conf").read_text())
    assert entry["efi"] == "/dtshim/dtshim.img"
    assert entry["options"].startswith(f"xen=/dtshim/xen kernel=/debian/{OLD}/linux ramdisk=/debian/{OLD}/initrd")


@pytest.mark.parametrize("change, wanted", [("no Xen", "no /boot/xen-*-arm64"), ("a quote", "a quote is not possible"),
                                            ("switched off", "")])
def test_without_xen_linux_comes_first(change, wanted, systemd_boot):
    debian = systemd_boot()
    debian.add_kernel(OLD)
    if change == "no Xen":
        (debian.root / "boot/xen-4.17-arm64").unlink()
    else:
        debian.settings("DTSHIM=no\n" if change == "switched off" else f"DTSHIM_DOM0_CMDLINE='{ODD}'\n")
    assert wanted in debian.run("dtshim-update")
    entries = debian.entries()
    assert (f"debian-{OLD}-dtshim.conf" in entries) == (change == "switched off")
    if change == "switched off":
        assert words_of(entries[f"debian-{OLD}-dtshim.conf"])["sort-key"] == "zz-dtshim"


def test_an_entry_that_may_fail_some_times(systemd_boot):
    debian = systemd_boot()
    (debian.root / "etc/kernel/tries").write_text("3\n")
    debian.add_kernel(OLD)
    assert set(debian.entries()) == {f"debian-{OLD}+3.conf", f"debian-{OLD}-dtshim.conf"}


def test_entries_of_others(systemd_boot):
    """A tree is handed on; what starts no kernel, or one with two ramdisks, has no second."""
    debian = systemd_boot()
    folder = debian.esp / "loader/entries"
    (debian.root / "k").write_text("kernel")
    for name, more in {"tree": "linux /k\ndevicetree /t.dtb\n", "shell": "efi /shell.efi\n",
                       "two": "linux /k\ninitrd /a\ninitrd /b\n"}.items():
        (folder / f"{name}.conf").write_text(f"title {name}\n{more}options a\noptions b\n")
    assert "two.conf: has several ramdisks" in debian.run("dtshim-update")
    assert set(debian.entries()) == {"tree.conf", "shell.conf", "two.conf", "tree-dtshim.conf"}
    assert words_of(debian.entries()["tree-dtshim.conf"])["options"] == (
        "xen=/boot/efi/dtshim/xen kernel=/k dtb=/t.dtb dom0=\"a b console=hvc0\" -- dom0_mem=1G")


# ---- a full file system -------------------------------------------------------------------------------

# $1: the folder that is to be a small file system with what is there now; then a program.
FULL = r"""set -e
cp -a "$1" /saved
mount -t tmpfs -o size=$(($(du -sk /saved | cut -f 1) + 8))k none "$1"
cp -a /saved/. "$1"
folder=$1; shift
"$@" && code=0 || code=$?
cp -a "$folder" /after
exit $code"""


def in_full(debian, folder, *command, **more):
    """What it said, and what the folder has then."""
    said = debian.run("sh", "-c", FULL, "sh", folder, *command, **more)
    after = debian.root / "after"
    return said, {str(path.relative_to(after)): path.read_bytes() for path in after.rglob("*") if path.is_file()}


def test_a_full_boot_keeps_grubs_old_stage(grub):
    debian = grub()
    debian.add_kernel(OLD)
    (debian.root / "usr/local/lib/dtshim/dtshim.img").write_bytes(b"MZ a large one\n" * 8000)
    said, files = in_full(debian, "/boot/dtshim", "update-grub")
    assert "/boot/dtshim/dtshim.img cannot be written, and was not changed" in said and "what to do: " in said
    assert files == {"dtshim.img": (debian.root / "stage").read_bytes()}
    assert "xen_hypervisor /boot/dtshim/dtshim.img" in debian.menu()


def test_a_full_boot_from_the_start(grub):
    debian = grub()
    (debian.root / "stage").write_bytes(b"MZ a large one\n" * 8000)
    debian.install_hooks("--uefi")
    debian.add_kernel(OLD)
    (debian.root / "boot/dtshim/dtshim.img").unlink()
    said, files = in_full(debian, "/boot/dtshim", "update-grub")
    assert "cannot be written" in said and not files and "xen_hypervisor" not in debian.menu()
    assert f"/boot/vmlinuz-{OLD}" in debian.menu()


@pytest.mark.parametrize("large", ["usr/local/lib/dtshim/dtshim.img", "boot/xen-4.17-arm64"])
def test_a_full_partition_keeps_what_it_has(large, systemd_boot):
    debian = systemd_boot()
    debian.add_kernel(OLD)
    before = {str(path.relative_to(debian.esp)): path.read_bytes() for path in debian.esp.rglob("*") if path.is_file()}
    (debian.root / large).write_bytes(b"MZ a large one\n" * 8000)
    said, files = in_full(debian, "/boot/efi", "dtshim-update", code=1)
    assert "cannot be written, and was not changed" in said and "what to do: " in said
    assert files == before


# ---- installation ---------------------------------------------------------------------------------------

UEFI = {"etc/grub.d/09_dtshim", "usr/local/lib/dtshim/hooks/systemd-boot", "etc/kernel/install.d/95-dtshim.install"}


def installed_files(root):
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


@pytest.mark.parametrize("options, made", [([], False), (["--uefi"], True), (["sys/firmware/efi"], True)])
def test_which_hooks_are_installed(options, made, tmp_path):
    (tmp_path / "stage").write_bytes(b"MZ")
    root = tmp_path / "a root"
    root.mkdir()
    if options and not options[0].startswith("-"):
        (root / options.pop()).mkdir(parents=True)
    for _ in range(2):
        subprocess.run([ROOT / "hooks/install", *options, tmp_path / "stage", "/usr/local", root], check=True)
    assert installed_files(root) & UEFI == (UEFI if made else set())
    assert all(os.access(root / path, os.X_OK) for path in UEFI if made)
    done = subprocess.run([ROOT / "hooks/install", "--remove", "/usr/local", root], check=True,
                          capture_output=True, text=True)
    assert installed_files(root) == {"etc/default/dtshim"} and done.stderr == ""


@loaders
def test_removal_leaves_linux_alone(loader, grub, systemd_boot):
    """By the machine itself; the boot loader forgets dtshim before its files go."""
    debian = set_up(grub, systemd_boot, loader)
    debian.add_kernel(OLD)
    debian.run("dtshim-update")
    debian.run(f"/host{ROOT}/hooks/install", "--remove", "/usr/local", "")
    if loader == "grub":
        assert "dtshim" not in debian.menu() and f"/boot/vmlinuz-{OLD}" in debian.menu()
    else:
        assert set(debian.entries()) == {f"debian-{OLD}.conf"} and not (debian.esp / "dtshim").exists()
    assert not (debian.root / "boot/dtshim").exists() and "usr/local/lib/dtshim" not in installed_files(debian.root)


def test_removal_from_a_card_says_what_is_to_be_run(grub):
    debian = grub()
    done = subprocess.run([ROOT / "hooks/install", "--remove", "/usr/local", debian.root], check=True,
                          capture_output=True, text=True)
    assert f"run update-grub in {debian.root}" in done.stderr
    assert run_in(debian.root, "sh", "-c", "ls /etc/grub.d/09_dtshim 2>&1 || true").endswith("No such file or directory\n")
