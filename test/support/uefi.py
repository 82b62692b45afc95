# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The emulated machine with UEFI: EDK2 and what it starts, of a Debian release (scripts/fetch-uefi).

A test gives the files of a FAT disk as {name: path, text or bytes}. What by_grub() and its likes
give are such files: that boot loader, where the firmware looks for one, and what it is told.
"""
import os
import pathlib
import subprocess

import pytest

import board as emulated
from chain import BRIEF, total
from patience import patience
from places import GUESTS

MIB = 1 << 20
BASE, DOM0 = 0x40000000, 512 * MIB
FOLDER = GUESTS.parent / "uefi"
DEFAULT = "EFI/BOOT/BOOTAA64.EFI"  # what firmware starts of a disk that it was told nothing about
XEN_LINE, DOM0_LINE = "loglvl=all dom0_mem=512M", f"console=hvc0 rdinit=/init quiet {BRIEF}"

in_check_uefi = pytest.mark.skipif("DTSHIM_UEFI" not in os.environ, reason="make check-uefi boots this")


@pytest.fixture(scope="session")
def uefi():
    """The folder of a release's parts: uefi("13")."""
    def parts(release):
        folder = FOLDER / release
        if (folder / "skipped").exists():
            pytest.skip((folder / "skipped").read_text().strip())
        if not (folder / "complete").exists():
            pytest.skip(f"the UEFI of Debian {release} was not fetched: make check-uefi does that")
        return folder
    return parts


@pytest.fixture
def start_uefi(uefi, tmp_path):
    """start_uefi("13", files) is a machine with that release's firmware and a disk with these files."""
    on = []

    def start(release, files, **machine):
        on.append(Machine(uefi(release), tmp_path / f"uefi{len(on)}", files, **machine))
        return on[-1]
    yield start
    for machine in on:
        machine.__exit__()


class Machine(emulated.Board):
    """`acpi`: it offers that instead of a device tree. `secure`: with Secure Boot on, and what is
    signed with the parts' own key trusted (secure/snakeoil.key, password snakeoil)."""

    def __init__(self, parts, name, files, acpi=False, secure=False, ram="1G", extra=(), **machine):
        """`files`: or a disk that has them."""
        is_disk = isinstance(files, pathlib.Path)
        disk = files if is_disk else fat_disk(pathlib.Path(f"{name}.disk"), files)
        line = emulated.machine_arguments(ram=ram, **machine)
        line[2] += f",acpi={'on' if acpi else 'off'}"
        flash = parts / "secure" if secure else parts
        self.variables = pathlib.Path(f"{name}.vars")
        subprocess.run(["cp", "--sparse=always", flash / "vars.fd", self.variables], check=True)
        pflash = "if=pflash,format=raw,file="
        super().__init__(GUESTS, f"{name}.log", firmware=False, line=line, extra=[
            "-drive", f"{pflash}{flash}/firmware.fd,readonly=on", "-drive", pflash + str(self.variables),
            "-drive", f"if=none,id=esp,format=raw,file={disk}",
            "-device", "virtio-blk-device,drive=esp,bootindex=0", *extra])
        if not is_disk and "startup.nsh" in files:  # before it the shell waits five seconds for a key
            self.expect(["any other key to continue"], patience(60))
            self.console.send("\r")


# ---- what comes of a boot through dtshim ----------------------------------------------------

def assert_came_up(board, base=BASE, size=DOM0):
    """In a place that the plan, Xen and dom0 agree on."""
    report = board.finish()
    assert total(board.banks()) == (base, size)
    assert report.all("system-ram")[0].startswith(f"{base:x}-")
    assert "quiet" in report.one("bootargs")
    assert f"dtshim: Xen {report.one('record xen-version')} will give dom0 {base:#x}-{base + size - 1:#x}" \
        in board.text()
    block = f"{base:016x}{size:016x}"
    assert [report.one(f"record {name}") for name in ("coverage", "dom0-memory", "layout", "machine-block", "offset")] == ["none", block, "direct", block, "0" * 16]
    return report


# ---- the disk -----------------------------------------------------------------------------

def fat_disk(path, files, free=4 * MIB):
    """A disk that is one FAT file system."""
    contents = {name: one.read_bytes() if isinstance(one, pathlib.Path) else
                one.encode() if isinstance(one, str) else one for name, one in files.items()}
    size = sum(map(len, contents.values())) + free
    path.unlink(missing_ok=True)
    with open(path, "wb") as disk:
        disk.truncate(max(40 * MIB, -(-size // MIB) * MIB))  # EDK2 takes no FAT32 that is too small
    mtools("mformat", path, "-F", "::")
    folders = {str(above) for name in files for above in pathlib.PurePosixPath(name).parents} - {"."}
    if folders:
        mtools("mmd", path, *(f"::/{one}" for one in sorted(folders)))
    for name, data in contents.items():
        mtools("mcopy", path, "-", f"::/{name}", data=data)
    return path


def mtools(program, disk, *arguments, data=b""):
    return subprocess.run([program, "-i", disk, *arguments], input=data, check=True,
                          capture_output=True).stdout


def file_on(disk, name):
    """What a file of the disk has in it now."""
    return mtools("mtype", disk, f"::/{name}")


# ---- what the firmware starts -------------------------------------------------------------

def payload(ramdisk, guests=GUESTS):
    """Xen, the kernel and the ramdisk beside each other."""
    return {"xen.efi": guests / "xen", "Image": guests / "Image", "initrd": ramdisk}


def xen_cfg(xen_line=XEN_LINE, dom0_line=DOM0_LINE):
    """What Xen's own stub reads where nobody gave it modules."""
    return {"xen.cfg": f"[global]\ndefault=dom0\n\n[dom0]\noptions={xen_line}\n"
                       f"kernel=Image {dom0_line}\nramdisk=initrd\n"}


def by_itself(image):
    """The firmware's own choice."""
    return {DEFAULT: image}


def by_shell(parts, script="fs0:\nxen.efi\n"):
    """Where no shell lies on the disk, the firmware ends in its own."""
    shell = parts / "shell.efi"
    return {"startup.nsh": script, **({DEFAULT: shell} if shell.exists() else {})}


def by_grub(parts, script):
    """Debian's own image of GRUB, which has most modules in it; /EFI/debian has the others."""
    return {DEFAULT: parts / "grub.efi", "EFI/debian/grub.cfg": script,
            **{f"EFI/debian/arm64-efi/{one.name}": one for one in (parts / "grub").iterdir()}}


def grub_modules(image="xen.efi", xen_line=XEN_LINE, dom0_line=DOM0_LINE):
    """GRUB's own way to Xen, or to what stands where Xen stands."""
    return (f"insmod xen_boot\nxen_hypervisor /{image} {xen_line}\n"
            f"xen_module --nounzip /Image {dom0_line}\nxen_module --nounzip /initrd\nboot\n")


def by_systemd_boot(parts, image="xen.efi", more=""):
    """An entry that starts an EFI program; `more`: what else it says (options, devicetree)."""
    return {DEFAULT: parts / "systemd-boot.efi",
            "loader/loader.conf": "timeout 0\ndefault one.conf\n",
            "loader/entries/one.conf": f"title one\nefi /{image}\n{more}"}
