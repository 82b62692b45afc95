#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
# dtc of Debian 12 (device-tree-compiler 1.6.1), from a blob to source and back; Debian 13's
# (1.7.2) beside it.
#
# One would have guessed that the source which dtc makes of a blob compiles to that blob. 1.6.1
# writes a list of strings as one with "\0" in between, and where the next string begins with
# a digit from 0 to 7 it reads the two back as one octal number: "4.17", "4.20" becomes one
# string with a byte 4 in its middle, and nothing warns. 1.7.2 writes the list as a list.
set -eu

scripts=$(cd "$(dirname "$0")/../scripts" && pwd)
architecture=$(dpkg --print-architecture)

# $1: of which Debian, $2: the version of the package. Prints "other" or "same" last.
look() (
	. "$scripts/private-apt.sh"
	private_apt "guests/$1" deb "$architecture"
	unpack_packages "$work/root" "device-tree-compiler=$2" "libfdt1=$2" >"$work/version" || {
		echo "cannot be had: $(fetch_trouble)" >&2
		exit 2
	}
	cat "$work/version"
	dtc=$work/root/usr/bin/dtc
	LD_LIBRARY_PATH=$(echo "$work/root"/usr/lib/*-linux-gnu)
	export LD_LIBRARY_PATH
	echo '/dts-v1/; / { versions = "4.17", "4.20"; };' | "$dtc" -I dts -O dtb -o "$work/first.dtb"
	"$dtc" -I dtb -O dts -o "$work/again.dts" "$work/first.dtb"
	grep versions "$work/again.dts"
	"$dtc" -I dts -O dtb -o "$work/second.dtb" "$work/again.dts" 2>"$work/said"
	[ -s "$work/said" ] && echo said || cmp -s "$work/first.dtb" "$work/second.dtb" && echo same || echo other
)

# What it said, on the screen; its last word has to be $3.
expect() {
	said=$(look "$1" "$2")
	echo "$said"
	[ "$(echo "$said" | tail -n 1)" = "$3" ] || {
		echo "changed: it is not '$3' any more" >&2
		exit 1
	}
}

expect 12 1.6.1-4+b1 other
expect 13 1.7.2-2+b1 same
