#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
# GRUB's image in Debian 13 (monolithic/grubaa64.efi of grub-efi-arm64-unsigned 2.12-9+deb13u4, with
# xen_boot.mod of grub-efi-arm64-bin), EDK2 (qemu-efi-aarch64 2025.02-8+deb13u1), and Debian 13's Xen
# (xen-hypervisor-4.20-arm64 4.20.4+63-g7abfd2bce2-0+deb13u1).
#
# GRUB's xen_hypervisor is there for Xen, and EDK2 and U-Boot start this Xen as it is. One would have
# guessed that the GRUB of the same release does. The image has peimage in it, which takes
# the place of the firmware's LoadImage and holds a section against the headers' size even when it
# is empty; Xen's .reloc is, at address 0. So the way ends in "cannot load image", with no word
# of the section. After `rmmod peimage` the firmware loads Xen. The same Xen with its empty
# section put behind the headers, four bytes of difference, is started without that. So a
# program for this GRUB keeps each section out of its headers, and a grub.cfg for this Xen has rmmod.
# Needs qemu-system-arm, mtools and python3 on this machine.
set -eu

scripts=$(cd "$(dirname "$0")/../scripts" && pwd)
. "$scripts/private-apt.sh"
private_apt guests/13 deb arm64
unpack_packages "$work/root" qemu-efi-aarch64=2025.02-8+deb13u1 \
	grub-efi-arm64-unsigned=2.12-9+deb13u4 grub-efi-arm64-bin=2.12-9+deb13u4 \
	xen-hypervisor-4.20-arm64=4.20.4+63-g7abfd2bce2-0+deb13u1 >"$work/version" || {
	echo "cannot be had: $(fetch_trouble)" >&2
	exit 2
}
cat "$work/version"

cat >"$work/boot.py" <<'PYTHON'
import os, re, select, struct, subprocess, sys, time

work = sys.argv[1]
ROOT = f"{work}/root"
GRUB = f"{ROOT}/usr/lib/grub/arm64-efi"
FIRMWARE = f"{ROOT}/usr/share/qemu-efi-aarch64/QEMU_EFI.fd"


def read(name):
    with open(name, "rb") as file:
        return file.read()


XEN = read(f"{ROOT}/boot/xen-4.20-arm64")


def sections(image):
    """Offset in the file, name, size and address of each, and the size of the headers."""
    pe, = struct.unpack_from("<I", image, 0x3c)
    count, optional = struct.unpack_from("<H12xH", image, pe + 6)
    table = pe + 24 + optional
    each = range(table, table + 40 * count, 40)
    return [(at, *struct.unpack_from("<8s2I", image, at)) for at in each], \
        struct.unpack_from("<I", image, pe + 24 + 60)[0]


def moved(image):
    """The same with empty sections behind the headers."""
    found, headers = sections(image)
    image = bytearray(image)
    for at, _, size, address in found:
        if not size and address < headers:
            struct.pack_into("<I", image, at + 12, headers)
    return bytes(image)


def boots(xen, before=""):
    disk = f"{work}/disk"
    files = {"EFI/BOOT/BOOTAA64.EFI": read(f"{GRUB}/monolithic/grubaa64.efi"),
             "EFI/debian/arm64-efi/xen_boot.mod": read(f"{GRUB}/xen_boot.mod"), "xen.efi": xen,
             "EFI/debian/grub.cfg": f"{before}insmod xen_boot\n"
                                    "xen_hypervisor /xen.efi loglvl=all\nboot\n".encode()}
    folders = ["::/EFI", "::/EFI/BOOT", "::/EFI/debian", "::/EFI/debian/arm64-efi"]
    with open(disk, "wb") as file:
        file.truncate(48 << 20)
    subprocess.run(["mformat", "-i", disk, "-F", "::"], check=True)
    subprocess.run(["mmd", "-i", disk, *folders], check=True)
    for name, data in files.items():
        subprocess.run(["mcopy", "-o", "-i", disk, "-", f"::/{name}"], check=True, input=data)
    qemu = subprocess.Popen(["qemu-system-aarch64", "-M", "virt,virtualization=on,gic-version=3,acpi=off",
                             "-cpu", "cortex-a57", "-m", "1024", "-display", "none", "-nic", "none",
                             "-serial", "stdio", "-monitor", "none", "-bios", FIRMWARE,
                             "-drive", f"if=none,id=disk,format=raw,file={disk}",
                             "-device", "virtio-blk-device,drive=disk"],
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    console, end = "", time.monotonic() + 120
    while time.monotonic() < end and not (
            ending := re.search(r"error: ([^.\r\n]+)[.\r\n]|Xen 4\.\d+\S* .*EFI loader", console)):
        if select.select([qemu.stdout], [], [], 1)[0]:
            console += os.read(qemu.stdout.fileno(), 4096).decode(errors="replace")
    qemu.kill()
    return (ending[1] or "Xen starts") if ending else f"silence behind {console[-200:]!r}"


found, headers = sections(XEN)
for _, name, size, address in found:
    print(f"{name.decode().strip(chr(0))}: {size} bytes at {address:#x}, headers: {headers:#x}")
WAYS = [("as it is", XEN, "", "cannot load image"),
        ("after rmmod peimage", XEN, "rmmod peimage\n", "Xen starts"),
        ("with the empty section moved", moved(XEN), "", "Xen starts")]
for way, xen, before, expected in WAYS:
    said = boots(xen, before)
    print(f"{way}: {said}")
    if said != expected:
        sys.exit(f'changed: this was "{expected}"')
PYTHON
python3 "$work/boot.py" "$work"
