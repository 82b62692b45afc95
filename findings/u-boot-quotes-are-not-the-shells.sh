#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
# The shell of U-Boot in Debian 12 and 13 (u-boot-qemu 2023.01+dfsg-2+deb12u3, 2025.01-3+deb13u1):
# a command line for Xen or Linux in quotes.
#
# One would have guessed, from the shell that it is made of, that a backslash guards a quote inside
# double quotes, that an apostrophe is nothing special there, and that single quotes keep all as it
# is. It is the other way round: in double quotes the backslash stays in the text, and an apostrophe
# makes the whole script a "syntax error", of which no line runs; in single quotes a backslash goes,
# and takes the next character as it is. So 'it'\''s' and two backslashes in single quotes are what
# works for any text. And what a variable brings into double quotes is read again: there an apostrophe
# in its value is a "syntax error", and two backslashes become one. Needs qemu-system-arm and u-boot-tools on this machine.
set -eu

scripts=$(cd "$(dirname "$0")/../scripts" && pwd)

# $1: the release, $2: the version, $3: the script. Prints what the script printed.
runs() (
	. "$scripts/private-apt.sh"
	private_apt "guests/$1" deb arm64
	unpack_packages "$work/root" "u-boot-qemu=$2" >&2 || {
		echo "cannot be had: $(fetch_trouble)" >&2
		exit 2
	}
	printf '%s\n' "$3" >"$work/cmd"
	mkimage -T script -A arm64 -C none -d "$work/cmd" "$work/scr" >/dev/null
	{
		sleep 5
		printf '\rsource 44000000\r'
		sleep 5
	} | timeout 12 qemu-system-aarch64 -M virt -cpu cortex-a57 -m 512 -display none -nic none \
		-serial stdio -monitor none -bios "$work/root/usr/lib/u-boot/qemu_arm64/u-boot.bin" \
		-device "loader,file=$work/scr,addr=0x44000000,force-raw=on" >"$work/console" || true
	tr -d '\r' <"$work/console" | grep -e '^seen: ' -e '^syntax error'
)

expect() {
	said=$(runs "$1" "$2" "$3" | paste -sd ',') || exit
	printf "Debian %s: %s\n  %s\n" "$1" "$3" "$said"
	[ "$said" = "$4" ] || {
		echo "changed: this was \"$4\"" >&2
		exit 1
	}
}

old=2023.01+dfsg-2+deb12u3 new=2025.01-3+deb13u1

expect 12 "$old" 'echo "seen: a \" b \\ c"' 'seen: a \" b \\ c'
expect 13 "$new" 'echo "seen: a \" b \\ c"' 'seen: a \" b \\ c'
expect 12 "$old" "echo \"seen: it's\"" 'syntax error'
expect 13 "$new" "echo \"seen: it's\"" 'syntax error'
expect 12 "$old" "echo 'seen: a \\ b \\\\ c \" d'" 'seen: a  b \ c " d'
expect 13 "$new" "echo 'seen: a \\ b \\\\ c \" d'" 'seen: a  b \ c " d'
expect 12 "$old" "echo 'seen: it'\\''s'" "seen: it's"
expect 13 "$new" "echo 'seen: it'\\''s'" "seen: it's"
expect 12 "$old" "setenv d 'it'\\''s'; echo \"seen: \${d}\"" 'syntax error'
expect 13 "$new" "setenv d 'it'\\''s'; echo \"seen: \${d}\"" 'syntax error'
expect 12 "$old" "setenv d 'a\\\\\\\\b'; echo \"seen: \${d}\"" 'seen: a\b'
expect 13 "$new" "setenv d 'a\\\\\\\\b'; echo \"seen: \${d}\"" 'seen: a\b'
