#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
# mkimage of Debian 12 (u-boot-tools 2023.01+dfsg-2+deb12u3): the signature of a configuration that
# names a kernel, a tree and a ramdisk.
#
# One would have guessed that it covers all images which the configuration names. It covers its
# kernel and its fdt; the ramdisk's hash is no part of what is signed, and nothing says so. With
# sign-images = "kernel", "fdt", "ramdisk" it is. So a configuration lists all of its images there.
# hashed-nodes in the FIT tells what is signed. Needs dtc and openssl on this machine.
set -eu

scripts=$(cd "$(dirname "$0")/../scripts" && pwd)
. "$scripts/private-apt.sh"
private_apt guests/12 deb "$(dpkg --print-architecture)"
unpack_packages "$work/root" "u-boot-tools=2023.01+dfsg-2+deb12u3" || {
	echo "cannot be had: $(fetch_trouble)" >&2
	exit 2
}
cd "$work"

openssl req -batch -new -x509 -nodes -newkey rsa:2048 -keyout mine.key -out mine.crt 2>>"$log"
echo some text >data
echo '/dts-v1/; / { };' | dtc -q -I dts -O dtb -o board.dtb
cat >fit.its <<'ITS'
/dts-v1/;
/ {
	description = "three images";
	images {
		kernel {
			type = "kernel"; arch = "arm64"; os = "linux"; compression = "none";
			load = <0x1000>; entry = <0x1000>;
			data = /incbin/("data");
			hash { algo = "sha256"; };
		};
		ramdisk {
			type = "ramdisk"; arch = "arm64"; os = "linux"; compression = "none";
			data = /incbin/("data");
			hash { algo = "sha256"; };
		};
		tree {
			type = "flat_dt"; arch = "arm64"; compression = "none";
			data = /incbin/("board.dtb");
			hash { algo = "sha256"; };
		};
	};
	configurations {
		default = "it";
		it {
			kernel = "kernel"; fdt = "tree"; ramdisk = "ramdisk";
			signature { algo = "sha256,rsa2048"; key-name-hint = "mine"; LISTED };
		};
	};
};
ITS

# $1: a property of the signature, $2: the images that are expected to be signed.
expect() {
	sed "s/LISTED/$1/" fit.its >this.its
	echo '/dts-v1/; / { };' | dtc -q -I dts -O dtb -o keys.dtb
	root/usr/bin/mkimage -f this.its -k . -K keys.dtb -r this.fit >/dev/null 2>said
	signed=$(fdtget this.fit /configurations/it/signature hashed-nodes | tr ' ' '\n' |
		sed -n 's,^/images/\([^/]*\)$,\1,p' | sort | xargs)
	printf '%s: signed: %s\n' "${1:-no sign-images}" "$signed"
	[ "$signed" = "$2" ] && [ ! -s said ] || {
		cat said >&2
		echo "changed: this was \"$2\", without a word" >&2
		exit 1
	}
}

expect '' 'kernel tree'
expect 'sign-images = "kernel", "fdt", "ramdisk";' 'kernel ramdisk tree'
