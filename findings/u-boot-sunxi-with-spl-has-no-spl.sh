#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
# Debian 12's u-boot-sunxi for arm64, 2023.01+dfsg-2+deb12u3: the file
# u-boot-sunxi-with-spl.fit.itb of each board.
#
# One would have guessed by its name, and by the 32-bit boards of the same package, whose
# u-boot-sunxi-with-spl.bin is written at 8 KiB, that it begins with the SPL that the ROM looks for.
# It begins with a FIT, as long as the file, and belongs 32 KiB further on, behind sunxi-spl.bin. Written at 8 KiB it gives a card on which the ROM finds nothing, in silence.
set -eu

scripts=$(cd "$(dirname "$0")/../scripts" && pwd)
. "$scripts/private-apt.sh"
private_apt guests/12 deb arm64
unpack_packages "$work/root" "u-boot-sunxi=2023.01+dfsg-2+deb12u3" >"$work/version" || {
	echo "cannot be had: $(fetch_trouble)" >&2
	exit 2
}
cat "$work/version"

# What the ROM knows a first stage by is behind its first word: "eGON.BT0".
begins() {
	dd if="$1" bs=1 skip="$2" count=8 2>/dev/null | tr -c '[:alnum:].' '?'
}

boards=0 with=0 alone=0
for itb in "$work"/root/usr/lib/u-boot/*/u-boot-sunxi-with-spl.fit.itb; do
	boards=$((boards + 1))
	[ "$(begins "$itb" 4)" != eGON.BT0 ] || with=$((with + 1))
	[ "$(begins "${itb%/*}/sunxi-spl.bin" 4)" != eGON.BT0 ] || alone=$((alone + 1))
done
echo "$boards boards; u-boot-sunxi-with-spl.fit.itb begins as an SPL: $with, sunxi-spl.bin: $alone"
[ "$boards" -gt 0 ] && [ "$with" = 0 ] && [ "$alone" = "$boards" ] || {
	echo "changed: the files are what their names say" >&2
	exit 1
}
