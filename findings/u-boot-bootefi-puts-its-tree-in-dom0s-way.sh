#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
# U-Boot's bootefi of Debian 12 and 13 (u-boot-qemu 2023.01+dfsg-2+deb12u3, 2025.01-3+deb13u1) and
# Debian 12's Xen (xen-hypervisor-4.17-arm64 4.17.7+13-g2445b30a44-0+deb12u1), with 1 GiB of RAM
# from 0x40000000 and 512 MiB for dom0.
#
# One would have guessed that dom0's 512 MiB start at the base of RAM, and do so whatever U-Boot's
# release is: all that it has loaded, and itself, lie far behind. 2023.01 puts a copy of the tree
# for the program 127 MiB behind the base, as ACPI memory. Such memory is no RAM for Xen, not
# even when it is of no use any more, so dom0's block begins at 0x50000000. With 2025.01 nothing
# is there, and it begins at 0x40000000. Where a device reaches the first part of RAM alone,
# or a guest counts on an address, BANK[0] in Xen's log is to be looked at after an update of U-Boot.
# Needs qemu-system-arm, mtools and python3 on this machine.
set -eu

scripts=$(cd "$(dirname "$0")/../scripts" && pwd)

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

cat >"$folder/boot.py" <<'PYTHON'
import os, re, select, struct, subprocess, sys, time

work, xen = sys.argv[1:]
TYPED = "virtio scan; load virtio 0 ${kernel_addr_r} xen.efi; bootefi ${kernel_addr_r} ${fdtcontroladdr}"
# A kernel that does nothing, with the header of an arm64 Image.
LOOP = struct.pack("<II6Q", 0x14000000, 0, 0, 0x200000, 0xa, 0, 0, 0) + b"ARM\x64" + bytes(4)
CONFIG = b"[global]\ndefault=dom0\n\n[dom0]\noptions=dom0_mem=512M\nkernel=Image console=hvc0\n"


def mtools(name, *arguments, data=b""):
    subprocess.run([name, "-i", f"{work}/disk", *arguments], check=True, input=data)


with open(f"{work}/disk", "wb") as disk:
    disk.truncate(48 << 20)
mtools("mformat", "-F", "::")
for name, data in (("xen.efi", open(xen, "rb").read()),
                   ("xen.cfg", CONFIG), ("Image", LOOP.ljust(4096, b"\0"))):
    mtools("mcopy", "-", f"::/{name}", data=data)

qemu = subprocess.Popen(["qemu-system-aarch64", "-M", "virt,virtualization=on,gic-version=3,memory-backend=ram",
                         "-cpu", "cortex-a57", "-m", "1024", "-display", "none", "-nic", "none",
                         "-serial", "stdio", "-monitor", "none",
                         "-object", f"memory-backend-file,id=ram,size=1G,share=on,mem-path={work}/ram",
                         "-bios", f"{work}/root/usr/lib/u-boot/qemu_arm64/u-boot.bin",
                         "-drive", f"if=none,id=disk,format=raw,file={work}/disk",
                         "-device", "virtio-blk-device,drive=disk"],
                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
console, end = "", time.monotonic() + 120
keys = [("Hit any key", "\r"), ("=> ", TYPED + "\r")]
while time.monotonic() < end and not re.search(r"Loading zImage|Panic", console):
    if keys and keys[0][0] in console:
        qemu.stdin.write(keys.pop(0)[1].encode())
        qemu.stdin.flush()
    if select.select([qemu.stdout], [], [], 1)[0]:
        console += os.read(qemu.stdout.fileno(), 4096).decode(errors="replace")
qemu.kill()
qemu.wait()
with open(f"{work}/ram", "rb") as ram:
    ram.seek(127 << 20)
    tree = ram.read(4) == b"\xd0\x0d\xfe\xed"
banks = re.findall(r"BANK\[\d+\] 0x0*(\w+)-0x0*(\w+)", console)
print(" ".join(f"{start}-{end}" for start, end in banks) or f"silence behind {console[-200:]!r}",
      "a tree at 127 MiB" if tree else "no tree at 127 MiB", sep=", ")
PYTHON

# $1: the release, $2: a package. Leaves it in $work/root.
get() {
	. "$scripts/private-apt.sh"
	private_apt "guests/$1" deb arm64
	unpack_packages "$work/root" "$2" >&2 || {
		echo "cannot be had: $(fetch_trouble)" >&2
		exit 2
	}
}

# $1: the release, $2: the version. Prints dom0's banks, and whether the tree is in their way.
runs() (
	get "$1" "u-boot-qemu=$2"
	python3 "$folder/boot.py" "$work" "$folder/xen"
)

expect() {
	said=$(runs "$1" "$2") || exit
	echo "U-Boot $2, dom0: $said"
	[ "$said" = "$3" ] || {
		echo "changed: this was \"$3\"" >&2
		exit 1
	}
}

(get 12 "xen-hypervisor-4.17-arm64=4.17.7+13-g2445b30a44-0+deb12u1"
	cp "$work/root/boot/xen-4.17-arm64" "$folder/xen") || exit
expect 12 2023.01+dfsg-2+deb12u3 "50000000-70000000, a tree at 127 MiB"
expect 13 2025.01-3+deb13u1 "40000000-60000000, no tree at 127 MiB"
