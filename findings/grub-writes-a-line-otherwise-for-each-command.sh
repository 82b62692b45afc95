#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
# GRUB's chainloader, linux and xen_hypervisor in Debian 12 and 13 (grub-efi-arm64-bin
# 2.06-13+deb12u2; 2.12-9+deb13u4 of it and of grub-efi-arm64-unsigned), started by EDK2
# (qemu-efi-aarch64 2022.11-6+deb12u2, 2025.02-8+deb13u1).
#
# Each of them gives the words behind the file to the EFI program, as its load options. One would
# have guessed that the same words make the same line, and that what GRUB's quotes have kept
# comes through. For chainloader the words are put together with blanks and no more: where a word
# had a blank in it can no longer be seen. For the other two such a word comes in double quotes, from
# its first character on (not behind the "="), and each quote, apostrophe and backslash gets a
# backslash of GRUB's before it, in quotes or not. Linux and Xen take no backslash away, and Xen ends a
# word at a blank whatever is quoted. So no apostrophe and no backslash can be said to them, and a
# program that all three start is told the same in two ways.
# Here a program tells its load options. Needs qemu-system-arm, mtools and python3 on this machine.
set -eu

scripts=$(cd "$(dirname "$0")/../scripts" && pwd)

cat >"${boot=$(mktemp)}" <<'PYTHON'
import os, re, select, struct, subprocess, sys, time, uuid

work = sys.argv[1]
GRUB = f"{work}/root/usr/lib/grub/arm64-efi"
FIRMWARE = f"{work}/root/usr/share/qemu-efi-aarch64/QEMU_EFI.fd"
WORDS = r"""a="b c" d="it's" e='f\g' h='i"j'"""
COMMANDS = ("chainloader", "linux", "xen_hypervisor")
CONFIG = "insmod xen_boot\n" + "".join(f"{one} /program.efi {WORDS}\nboot\n" for one in COMMANDS)
JOINED = r"""a=b c d=it's e=f\g h=i"j"""
QUOTED = r'''"a=b c" d=it\'s e=f\\g h=i\"j'''
EXPECTED = [JOINED, f"BOOT_IMAGE=/program.efi {QUOTED}", QUOTED]

# x0 = this image, x1 = the system table.
CODE = [0xa9bd7bfd,  # stp x29, x30, [sp, #-48]!
        0xa90153f3,  # stp x19, x20, [sp, #16]
        0xf90013f5,  # str x21, [sp, #32]
        0xf9402033,  # ldr x19, [x1, #64]       ConOut
        0xf9403029,  # ldr x9, [x1, #96]        BootServices
        0xf9404d29,  # ldr x9, [x9, #152]       HandleProtocol
        0x10000381,  # adr x1, LOADED_IMAGE
        0x9100a3e2,  # add x2, sp, #40
        0xd63f0120,  # blr x9
        0xf94017e2,  # ldr x2, [sp, #40]
        0xb9403054,  # ldr w20, [x2, #48]       LoadOptionsSize
        0xf9401c55,  # ldr x21, [x2, #56]       LoadOptions
        0x10000341,  # adr x1, OPEN
        0xaa1303e0,  # mov x0, x19
        0xf9400409,  # ldr x9, [x0, #8]         OutputString
        0xd63f0120,  # blr x9
        0x71000a94,  # more: subs w20, w20, #2
        0x5400010b,  # b.lt end
        0x784026a2,  # ldrh w2, [x21], #2
        0xb9002be2,  # str w2, [sp, #40]        one character and a NUL
        0x9100a3e1,  # add x1, sp, #40
        0xaa1303e0,  # mov x0, x19
        0xf9400409,  # ldr x9, [x0, #8]
        0xd63f0120,  # blr x9
        0x17fffff8,  # b more
        0x10000221,  # end: adr x1, CLOSE
        0xaa1303e0,  # mov x0, x19
        0xf9400409,  # ldr x9, [x0, #8]
        0xd63f0120,  # blr x9
        0xd2800000,  # mov x0, #0
        0xf94013f5,  # ldr x21, [sp, #32]
        0xa94153f3,  # ldp x19, x20, [sp, #16]
        0xa8c37bfd,  # ldp x29, x30, [sp], #48
        0xd65f03c0]  # ret
LOADED_IMAGE = uuid.UUID("5b1b31a1-9562-11d2-8e3f-00a0c969723b").bytes_le
OPEN, CLOSE = ("\n[seen:\0".encode("utf-16-le"), "]\r\n\0".encode("utf-16-le"))


def program():
    """With the magic of an arm64 Image, which linux wants."""
    text = struct.pack("<34I", *CODE) + LOADED_IMAGE + OPEN + CLOSE
    coff = struct.pack("<4s2H3I2H", b"PE\0\0", 0xaa64, 1, 0, 0, 0, 112 + 6 * 8, 0x206)
    # One section of a page, at one page; the entry is its start. Subsystem 10: an application.
    optional = struct.pack("<H2B5IQ2I6H4I2H4Q2I", 0x20b, 0, 0, 0x1000, 0, 0, 0x1000, 0x1000,
                           0, 0x1000, 0x1000, 0, 0, 0, 0, 0, 0, 0, 0x2000, 0x1000, 0,
                           10, 0, 0, 0, 0, 0, 0, 6) + bytes(6 * 8)
    section = struct.pack("<8s6I2HI", b".text", 0x1000, 0x1000, 0x1000, 0x1000, 0, 0, 0, 0, 0x60000020)
    headers = b"MZ".ljust(0x38, b"\0") + b"ARM\x64" + struct.pack("<I", 0x40) + coff + optional + section
    return headers.ljust(0x1000, b"\0") + text.ljust(0x1000, b"\0")


def make_disk():
    def mtools(name, *arguments, data=b""):
        subprocess.run([name, "-i", f"{work}/disk", *arguments], check=True, input=data)

    files = {"program.efi": program(), "EFI/debian/grub.cfg": CONFIG.encode()}
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
    """What the program said, each time that it was started."""
    qemu = subprocess.Popen(["qemu-system-aarch64", "-M", "virt,acpi=off", "-cpu", "cortex-a57",
                             "-m", "512", "-display", "none", "-nic", "none", "-serial", "stdio",
                             "-monitor", "none", "-bios", FIRMWARE,
                             "-drive", f"if=none,id=disk,format=raw,file={work}/disk",
                             "-device", "virtio-blk-device,drive=disk"],
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    console, end = "", time.monotonic() + 90
    while time.monotonic() < end and len(re.findall(r"\[seen:[^]]*\]", console)) < len(COMMANDS):
        if select.select([qemu.stdout], [], [], 1)[0]:
            console += os.read(qemu.stdout.fileno(), 4096).decode(errors="replace")
    qemu.kill()
    return re.findall(r"\[seen:([^]]*)\]", console)


make_disk()
said = boot()
for command, line in zip(COMMANDS, said):
    print(f"{command}: {line}")
if said != EXPECTED:
    sys.exit("changed: these were " + " | ".join(EXPECTED))
PYTHON
trap 'rm -f "$boot"' EXIT

# $1: the release, then packages.
expect() (
	. "$scripts/private-apt.sh"
	private_apt "guests/$1" deb arm64
	shift
	unpack_packages "$work/root" "$@" || {
		echo "cannot be had: $(fetch_trouble)" >&2
		exit 2
	}
	python3 "$boot" "$work"
)

expect 12 qemu-efi-aarch64=2022.11-6+deb12u2 grub-efi-arm64-bin=2.06-13+deb12u2
expect 13 qemu-efi-aarch64=2025.02-8+deb13u1 grub-efi-arm64-bin=2.12-9+deb13u4 \
	grub-efi-arm64-unsigned=2.12-9+deb13u4
