#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
# GRUB's xen_module in Debian 12 and 13 (grub-efi-arm64-bin 2.06-13+deb12u2; 2.12-9+deb13u4 of it and
# of grub-efi-arm64-unsigned), started by EDK2 (qemu-efi-aarch64 2022.11-6+deb12u2, 2025.02-8+deb13u1).
#
# The words behind a module's file become its bootargs in the tree. One would have guessed that the
# property is that line with a NUL at its end, as strings in a tree are. It has one byte more, behind
# the NUL, which is whatever lies there: with some lines 0, with others not, and not the same
# in both releases. A reader that wants strings in the whole property refuses it, dtc shows bytes
# for it, and whoever measures the tree measures that byte. So the line ends at the first NUL.
# Six lines of other lengths are given here to a program in Xen's place, which only says that it
# has started; the tree is then read from RAM. Needs qemu-system-arm, mtools, fdtget and python3
# on this machine.
set -eu

scripts=$(cd "$(dirname "$0")/../scripts" && pwd)

cat >"${boot=$(mktemp)}" <<'PYTHON'
import os, re, select, struct, subprocess, sys, time

work = sys.argv[1]
LINES = ["x" * length for length in (24, 30, 31, 32, 33, 63)]
GRUB = f"{work}/root/usr/lib/grub/arm64-efi"
FIRMWARE = f"{work}/root/usr/share/qemu-efi-aarch64/QEMU_EFI.fd"
CONFIG = "insmod xen_boot\nxen_hypervisor /program.efi loglvl=all\n" + \
    "".join(f"xen_module --nounzip /file {line}\n" for line in LINES) + "boot\n"


def program():
    """x0 = this image, x1 = the system table."""
    code = struct.pack("<5I", 0xf9402020,  # ldr x0, [x1, #64]   ConOut
                       0x10000081,         # adr x1, TEXT
                       0xf9400409,         # ldr x9, [x0, #8]    OutputString
                       0xd63f0120,         # blr x9
                       0x14000000)         # b .
    text = "[started]\r\n\0".encode("utf-16-le")
    coff = struct.pack("<4s2H3I2H", b"PE\0\0", 0xaa64, 1, 0, 0, 0, 112 + 6 * 8, 0x206)
    # One section of a page, at one page; the entry is its start. Subsystem 10: an application.
    optional = struct.pack("<H2B5IQ2I6H4I2H4Q2I", 0x20b, 0, 0, 0x1000, 0, 0, 0x1000, 0x1000,
                           0, 0x1000, 0x1000, 0, 0, 0, 0, 0, 0, 0, 0x2000, 0x1000, 0,
                           10, 0, 0, 0, 0, 0, 0, 6) + bytes(6 * 8)
    section = struct.pack("<8s6I2HI", b".text", 0x1000, 0x1000, 0x1000, 0x1000, 0, 0, 0, 0, 0x60000020)
    headers = b"MZ".ljust(0x3c, b"\0") + struct.pack("<I", 0x40) + coff + optional + section
    return headers.ljust(0x1000, b"\0") + (code + text).ljust(0x1000, b"\0")


def make_disk():
    def mtools(name, *arguments, data=b""):
        subprocess.run([name, "-i", f"{work}/disk", *arguments], check=True, input=data)

    files = {"program.efi": program(), "file": bytes(4096), "EFI/debian/grub.cfg": CONFIG.encode()}
    for name, path in (("EFI/BOOT/BOOTAA64.EFI", "monolithic/grubaa64.efi"),
                       ("EFI/debian/arm64-efi/xen_boot.mod", "xen_boot.mod")):
        with open(f"{GRUB}/{path}", "rb") as file:
            files[name] = file.read()
    with open(f"{work}/disk", "wb") as disk:
        disk.truncate(48 << 20)
    mtools("mformat", "-F", "::")
    mtools("mmd", "::/EFI", "::/EFI/BOOT", "::/EFI/debian", "::/EFI/debian/arm64-efi")
    for name, data in files.items():
        mtools("mcopy", "-", f"::/{name}", data=data)


def boot():
    """What RAM has in it when the program is there."""
    qemu = subprocess.Popen(["qemu-system-aarch64", "-M", "virt,acpi=off,memory-backend=ram", "-cpu",
                             "cortex-a57", "-m", "512", "-display", "none", "-nic", "none",
                             "-serial", "stdio", "-monitor", "none", "-bios", FIRMWARE, "-object",
                             f"memory-backend-file,id=ram,size=512M,share=on,mem-path={work}/ram",
                             "-drive", f"if=none,id=disk,format=raw,file={work}/disk",
                             "-device", "virtio-blk-device,drive=disk"],
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    console, end = "", time.monotonic() + 120
    while time.monotonic() < end and "[started]" not in console:
        if select.select([qemu.stdout], [], [], 1)[0]:
            console += os.read(qemu.stdout.fileno(), 4096).decode(errors="replace")
    qemu.kill()
    qemu.wait()
    with open(f"{work}/ram", "rb") as ram:
        return ram.read()


def tree_in(ram):
    for found in re.finditer(b"\xd0\x0d\xfe\xed", ram):
        size, = struct.unpack_from(">I", ram, found.start() + 4)
        tree = ram[found.start():found.start() + size]
        if found.start() % 4096 == 0 and b"multiboot,module" in tree:
            return tree
    sys.exit("GRUB has made no tree")


def fdtget(*arguments):
    return subprocess.run(["fdtget", *arguments], check=True, capture_output=True, text=True).stdout.split()


make_disk()
with open(f"{work}/tree", "wb") as file:
    file.write(tree_in(boot()))
lines = {}
for node in fdtget("-l", f"{work}/tree", "/chosen"):
    line = bytes(int(one, 16) for one in fdtget("-t", "bx", f"{work}/tree", f"/chosen/{node}", "bootargs"))
    lines[line.index(0)] = line
print(*(f"{length}+{len(line) - length}" for length, line in sorted(lines.items())))
behind = {line[length + 1:].hex() for length, line in lines.items()}
print("behind the NULs:", *sorted(behind), file=sys.stderr)
print("all 0" if behind <= {"00", ""} else "not all 0")
PYTHON
trap 'rm -f "$boot"' EXIT

# $1: the release, then packages. Prints length and what is added to it, of each line.
runs() (
	. "$scripts/private-apt.sh"
	private_apt "guests/$1" deb arm64
	shift
	unpack_packages "$work/root" "$@" >&2 || {
		echo "cannot be had: $(fetch_trouble)" >&2
		exit 2
	}
	python3 "$boot" "$work" | paste -sd ,
)

expect() {
	said=$(runs "$@") || exit
	echo "Debian $1: $said"
	[ "$said" = "24+2 30+2 31+2 32+2 33+2 63+2,not all 0" ] || {
		echo "changed: these were two more each, not all 0" >&2
		exit 1
	}
}
expect 12 qemu-efi-aarch64=2022.11-6+deb12u2 grub-efi-arm64-bin=2.06-13+deb12u2
expect 13 qemu-efi-aarch64=2025.02-8+deb13u1 grub-efi-arm64-bin=2.12-9+deb13u4 \
	grub-efi-arm64-unsigned=2.12-9+deb13u4
