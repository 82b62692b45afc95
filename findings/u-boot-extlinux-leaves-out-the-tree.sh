#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
# U-Boot of Debian 12 for QEMU's arm64 board (u-boot-qemu 2023.01+dfsg-2+deb12u3), on a disk with
# an extlinux.conf whose entry has a line `fdt /mine.dtb`.
#
# One would have guessed that the tree is loaded, or that U-Boot says it cannot. It is left out
# without a word, and the kernel gets the tree that U-Boot itself was given, where the environment
# has no fdt_addr_r, as on this board. With `setenv fdt_addr_r` the same entry loads the tree.
# Needs qemu-system-arm, mtools, dosfstools and dtc on this machine.
set -eu

scripts=$(cd "$(dirname "$0")/../scripts" && pwd)
. "$scripts/private-apt.sh"
private_apt guests/12 deb arm64
unpack_packages "$work/root" "u-boot-qemu=2023.01+dfsg-2+deb12u3" >"$work/version" || {
	echo "cannot be had: $(fetch_trouble)" >&2
	exit 2
}
cat "$work/version"

# A kernel that does nothing, with the header of an arm64 Image, and a tree.
python3 - "$work/kernel" <<'PYTHON'
import struct, sys
loop = struct.pack("<II", 0x14000000, 0) + struct.pack("<QQQQQQ", 0, 0x200000, 0xa, 0, 0, 0)
open(sys.argv[1], "wb").write((loop + b"ARM\x64" + bytes(4)).ljust(4096, b"\0"))
PYTHON
printf '/dts-v1/; / { #address-cells = <2>; #size-cells = <2>; chosen { }; };' |
	dtc -q -O dtb -o "$work/mine.dtb"
printf 'default one\nlabel one\n kernel /kernel\n fdt /mine.dtb\n' >"$work/extlinux.conf"
truncate -s 40M "$work/disk"
/sbin/mkfs.vfat -F 32 "$work/disk" >/dev/null
mmd -i "$work/disk" ::extlinux
mcopy -i "$work/disk" "$work/extlinux.conf" ::extlinux/
mcopy -i "$work/disk" "$work/kernel" "$work/mine.dtb" ::

# $1: what is typed before.
boots() {
	{
		sleep 5
		printf '\r'
		sleep 1
		printf '%ssysboot virtio 0:0 any ${scriptaddr} /extlinux/extlinux.conf\r' "$1"
		sleep 5
	} | timeout 13 qemu-system-aarch64 -M virt -cpu cortex-a57 -m 512 -display none -nic none \
		-serial stdio -monitor none -bios "$work/root/usr/lib/u-boot/qemu_arm64/u-boot.bin" \
		-drive "if=none,id=d,format=raw,file=$work/disk" -device virtio-blk-device,drive=d \
		>"$work/console" || true
	tr -d '\r' <"$work/console" | grep -e 'Retrieving file: /mine' -e 'Starting kernel' -e 'Flattened' |
		paste -sd ','
}

without=$(boots '')
with=$(boots 'setenv fdt_addr_r 48000000; ')
echo "as it is:        $without"
echo "with fdt_addr_r: $with"
case "$without,$with" in
*"Retrieving"*"Starting"*"Starting"*) changed=yes ;;
*"Flattened Device Tree blob at 40000000"*"Starting"*"Retrieving file: /mine.dtb"*"blob at 48000000"*"Starting"*) changed= ;;
*) changed=yes ;;
esac
[ ! "$changed" ] || {
	echo "changed: the tree is loaded, or that it is not is said" >&2
	exit 1
}
