#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
# U-Boot's bootefi in Debian 12 and 13 (u-boot-qemu 2023.01+dfsg-2+deb12u3, 2025.01-3+deb13u1)
# and a PE application with more than header structures in SizeOfHeaders.
#
# SizeOfHeaders says how much of the file, from its start, lies at the base of the image in
# memory. One would have guessed that all of it is loaded, as EDK2 does (qemu-efi-aarch64
# 2022.11-6+deb12u2). Both U-Boots load the header structures and the sections, and nothing of what
# the file has between them. So a program whose first bytes are something else too, as those of
# an arm64 Image are, keeps code and data out of that page, or gives them a section.
# The program here looks at eight bytes half a page behind its base, below SizeOfHeaders, and says
# whether they are those of the file. Needs qemu-system-arm, mtools and python3 on this machine.
set -eu

scripts=$(cd "$(dirname "$0")/../scripts" && pwd)

cat >"${boot=$(mktemp)}" <<'PYTHON'
import os, re, select, struct, subprocess, sys, time

work, firmware, typed = sys.argv[1:]

# x0 = this image, x1 = the system table. It is put a page behind the base.
CODE = [0xa9bf7bfd,  # stp x29, x30, [sp, #-16]!
        0xf9402020,  # ldr x0, [x1, #64]        ConOut
        0x10ffbfc2,  # adr x2, . - 0x808        the base + 0x800
        0xf9400042,  # ldr x2, [x2]
        0x58000143,  # ldr x3, WORD
        0x10000161,  # adr x1, SAME
        0x10000344,  # adr x4, OTHER
        0xeb03005f,  # cmp x2, x3
        0x9a840021,  # csel x1, x1, x4, eq
        0xf9400409,  # ldr x9, [x0, #8]         OutputString
        0xd63f0120,  # blr x9
        0xd2800000,  # mov x0, #0
        0xa8c17bfd,  # ldp x29, x30, [sp], #16
        0xd65f03c0]  # ret
WORD = b"in place"


def said(text):
    return f"[seen: {text}]\r\n\0".encode("utf-16-le").ljust(64, b"\0")


def program():
    text = struct.pack("<14I", *CODE) + WORD + said("there") + said("not there")
    coff = struct.pack("<4s2H3I2H", b"PE\0\0", 0xaa64, 1, 0, 0, 0, 112 + 6 * 8, 0x206)
    # One section of a page, at one page; the entry is its start. Subsystem 10: an application.
    optional = struct.pack("<H2B5IQ2I6H4I2H4Q2I", 0x20b, 0, 0, 0x1000, 0, 0, 0x1000, 0x1000,
                           0, 0x1000, 0x1000, 0, 0, 0, 0, 0, 0, 0, 0x2000, 0x1000, 0,
                           10, 0, 0, 0, 0, 0, 0, 6) + bytes(6 * 8)
    section = struct.pack("<8s6I2HI", b".text", 0x1000, 0x1000, 0x1000, 0x1000, 0, 0, 0, 0, 0x60000020)
    headers = b"MZ".ljust(0x3c, b"\0") + struct.pack("<I", 0x40) + coff + optional + section
    return (headers.ljust(0x800, b"\0") + WORD).ljust(0x1000, b"\0") + text.ljust(0x1000, b"\0")


def mtools(name, *arguments, data=b""):
    subprocess.run([name, "-i", f"{work}/disk", *arguments], check=True, input=data)


with open(f"{work}/disk", "wb") as disk:
    disk.truncate(48 << 20)
mtools("mformat", "-F", "::")
mtools("mmd", "::/EFI", "::/EFI/BOOT")
mtools("mcopy", "-", "::/EFI/BOOT/BOOTAA64.EFI", data=program())

qemu = subprocess.Popen(["qemu-system-aarch64", "-M", "virt", "-cpu", "cortex-a57", "-m", "512",
                         "-display", "none", "-nic", "none", "-serial", "stdio", "-monitor", "none",
                         "-bios", firmware, "-drive", f"if=none,id=disk,format=raw,file={work}/disk",
                         "-device", "virtio-blk-device,drive=disk"],
                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
console, end = "", time.monotonic() + 120
keys = [("Hit any key", "\r"), ("=> ", typed + "\r")] if typed else []
while time.monotonic() < end and not re.search(r"\[seen: ([^]]*)\]", console):
    if keys and keys[0][0] in console:
        qemu.stdin.write(keys.pop(0)[1].encode())
        qemu.stdin.flush()
    if select.select([qemu.stdout], [], [], 1)[0]:
        console += os.read(qemu.stdout.fileno(), 4096).decode(errors="replace")
qemu.kill()
seen = re.search(r"\[seen: ([^]]*)\]", console)
print(seen[1] if seen else f"silence behind {console[-200:]!r}")
PYTHON
trap 'rm -f "$boot"' EXIT

# $1: the release, $2: the package, $3: its firmware, $4: what is typed. Prints what the program said.
runs() (
	. "$scripts/private-apt.sh"
	private_apt "guests/$1" deb arm64
	unpack_packages "$work/root" "$2" >&2 || {
		echo "cannot be had: $(fetch_trouble)" >&2
		exit 2
	}
	python3 "$boot" "$work" "$work/root/usr/$3" "$4"
)

# $1: the release, $2: what it is to say, $3...: as runs.
expect() {
	says=$2
	said=$(runs "$1" "$3" "$4" "${5:-}") || exit
	echo "$3: $said"
	[ "$said" = "$says" ] || {
		echo "changed: this was \"$says\"" >&2
		exit 1
	}
}

bootefi='virtio scan; load virtio 0 ${kernel_addr_r} EFI/BOOT/BOOTAA64.EFI; bootefi ${kernel_addr_r} ${fdtcontroladdr}'
expect 12 there qemu-efi-aarch64=2022.11-6+deb12u2 share/qemu-efi-aarch64/QEMU_EFI.fd
expect 12 "not there" u-boot-qemu=2023.01+dfsg-2+deb12u3 lib/u-boot/qemu_arm64/u-boot.bin "$bootefi"
expect 13 "not there" u-boot-qemu=2025.01-3+deb13u1 lib/u-boot/qemu_arm64/u-boot.bin "$bootefi"
