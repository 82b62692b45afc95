#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
# QEMU's xlnx-zcu102 with -m 4G (Debian 12, qemu-system-arm 1:7.2+dfsg-7+deb12u18+b3).
#
# The board has 2 GiB at 0 and the rest at 0x800000000, and the model maps it so. One would
# have guessed that QEMU, which writes the memory node of the tree that -dtb names, says the
# same. It says one bank of 4 GiB from 0, over the devices and over a hole. With -m 2G both
# agree. Needs the libraries of qemu-system-arm on this machine.
set -eu

scripts=$(cd "$(dirname "$0")/../scripts" && pwd)
. "$scripts/private-apt.sh"
private_apt guests/12 deb "$(dpkg --print-architecture)"
unpack_packages "$work/root" "qemu-system-arm=1:7.2+dfsg-7+deb12u18+b3" >"$work/version" || {
	echo "cannot be had: $(fetch_trouble)" >&2
	exit 2
}
cat "$work/version"
dtc -q -O dtb -o "$work/board.dtb" - <<'DTS'
/dts-v1/;
/ {
	#address-cells = <2>;
	#size-cells = <2>;
	compatible = "xlnx,zynqmp-zcu102", "xlnx,zynqmp";

	memory@0 {
		device_type = "memory";
		reg = <0x0 0x0 0x0 0x80000000>, <0x8 0x0 0x0 0x80000000>;
	};
};
DTS
: >"$work/kernel"
export QEMU_AUDIO_DRV=none

qemu() {
	"$work/root/usr/bin/qemu-system-aarch64" -display none -nic none -serial none "$@" 2>"$work/err"
}

# $1: -m
told() {
	qemu -M "xlnx-zcu102,dumpdtb=$work/told.dtb" -m "$1" -dtb "$work/board.dtb" \
		-kernel "$work/kernel" -monitor none
	fdtget -t x "$work/told.dtb" /memory@0 reg
}

mapped() {
	printf 'info mtree -f\nquit\n' | qemu -M xlnx-zcu102 -m "$1" -S -monitor stdio |
		sed -n 's/^ *\([0-9a-f]*-[0-9a-f]*\) .*: ddr-ram.*/\1/p' | sort -u
}

for size in 2G 4G; do
	echo "-m $size: the tree says <$(told $size)>; there is RAM at" $(mapped $size)
done
[ "$(told 4G)" = "0 0 1 0" ] && [ "$(told 2G)" = "0 0 0 80000000" ] &&
	mapped 4G | grep -q '^0000000800000000-' && ! mapped 4G | grep -q -- '-00000000ffffffff$' || {
	echo "changed: the tree and the model's memory map" >&2
	exit 1
}
