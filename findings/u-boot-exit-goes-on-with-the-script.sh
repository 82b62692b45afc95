#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
# The shell of U-Boot in Debian 12 and 13 (u-boot-qemu 2023.01+dfsg-2+deb12u3, 2025.01-3+deb13u1):
# `exit` in a script that `source` runs.
#
# One would have guessed that it ends the script, as U-Boot's help says. In 2023.01 it does nothing:
# a script that stops that way where a file cannot be loaded goes on, and boots what it has. In
# 2025.01 it ends it. So a script for both must ask again before each step that must not follow.
# Needs qemu-system-arm and u-boot-tools on this machine.
set -eu

scripts=$(cd "$(dirname "$0")/../scripts" && pwd)

cat >"${script=$(mktemp)}" <<'UBOOT'
echo "seen: first"
if false; then echo "seen: wrong"; else echo "seen: stop here"; exit; fi
echo "seen: it goes on"
UBOOT

# $1: the release, $2: the version. Prints what the script printed.
runs() (
	. "$scripts/private-apt.sh"
	private_apt "guests/$1" deb arm64
	unpack_packages "$work/root" "u-boot-qemu=$2" >&2 || {
		echo "cannot be had: $(fetch_trouble)" >&2
		exit 2
	}
	mkimage -T script -A arm64 -C none -d "$script" "$work/scr" >/dev/null
	{
		sleep 5
		printf '\rsource 44000000\r'
		sleep 5
	} | timeout 12 qemu-system-aarch64 -M virt -cpu cortex-a57 -m 512 -display none -nic none \
		-serial stdio -monitor none -bios "$work/root/usr/lib/u-boot/qemu_arm64/u-boot.bin" \
		-device "loader,file=$work/scr,addr=0x44000000,force-raw=on" >"$work/console" || true
	tr -d '\r' <"$work/console" | grep '^seen: '
)

expect() {
	said=$(runs "$1" "$2" | sed 's/seen: //' | paste -sd ',') || exit
	echo "Debian $1: $said"
	[ "$said" = "$3" ] || {
		echo "changed: this was \"$3\"" >&2
		exit 1
	}
}

trap 'rm -f "$script"' EXIT
expect 12 2023.01+dfsg-2+deb12u3 "first,stop here,it goes on"
expect 13 2025.01-3+deb13u1 "first,stop here"
