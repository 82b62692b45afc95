#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
# The Raspberry Pi 3's tree in Debian 12's kernel package (linux-image-6.1.0-50-arm64,
# 6.1.176-1) says 1 GiB of RAM from address 0.
#
# One would have guessed that a board's tree leaves out of its memory node what is no RAM.
# In this one the memory node covers the bus with all devices, which /soc's ranges put at
# 0x3f000000, 16 MiB below the end: the UART of stdout-path is "RAM". The firmware of the
# board writes the true size; whoever reads the packaged tree must not believe both.
set -eu

scripts=$(cd "$(dirname "$0")/../scripts" && pwd)
. "$scripts/private-apt.sh"
package=linux-image-6.1.0-50-arm64
private_apt guests/12 deb arm64
unpack_packages "$work/root" "$package=6.1.176-1" >"$work/version" || {
	echo "cannot be had: $(fetch_trouble)" >&2
	exit 2
}
cat "$work/version"
tree=$work/root/usr/lib/$package/broadcom/bcm2837-rpi-3-b.dtb

memory=$(fdtget -t x "$tree" /memory@0 reg)
ranges=$(fdtget -t x "$tree" /soc ranges)
alias=$(fdtget "$tree" /chosen stdout-path)
uart=$(fdtget "$tree" /aliases "${alias%%:*}")
reg=$(fdtget -t x "$tree" "$uart" reg)
echo "/memory@0 reg = <$memory>"
echo "/soc ranges = <$ranges>"
echo "$uart reg = <$reg>"

set -- $ranges $reg $memory # bus, CPU, size, another range; UART, size; RAM, size
address=$((0x$7 - 0x$1 + 0x$2))
printf 'the UART is at 0x%x, RAM at 0x%x-0x%x\n' "$address" "$((0x$9))" "$((0x$9 + 0x${10} - 1))"
[ "$memory" = "0 40000000" ] && [ "$address" -lt "$((0x$9 + 0x${10}))" ] || {
	echo "changed: the UART is no longer in what the tree calls RAM" >&2
	exit 1
}
