#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
# mkimage of Debian 12 (u-boot-tools 2023.01+dfsg-2+deb12u3): a FIT signed with -K and -r, once
# with an RSA key and once with an ECDSA key.
#
# One would have guessed that -r marks either key as required in the tree that -K names, as its
# help says ("mark keys used as 'required' in dtb"). It does so for RSA: /signature/key-mine with
# `required`, `algo` and `key-name-hint`. With ECDSA the node is /signature/mine and has the curve
# and the point alone; without a word, and the exit is 0. And where the tree has no /signature yet,
# RSA makes it; ECDSA gives up with FDT_ERR_NOTFOUND. Whoever wants an ECDSA key required writes
# that into the tree himself. Needs dtc and openssl on this machine.
set -eu

scripts=$(cd "$(dirname "$0")/../scripts" && pwd)
. "$scripts/private-apt.sh"
private_apt guests/12 deb "$(dpkg --print-architecture)"
unpack_packages "$work/root" "u-boot-tools=2023.01+dfsg-2+deb12u3" || {
	echo "cannot be had: $(fetch_trouble)" >&2
	exit 2
}
cd "$work"

# mkimage asks for RSA's key and certificate, and for ECDSA's key.
{
	openssl req -batch -new -x509 -nodes -newkey rsa:2048 -keyout mine.key -out mine.crt
	openssl ecparam -name prime256v1 -genkey -noout -out mine.pem
} 2>>"$log"
echo some text >data
cat >fit.its <<'ITS'
/dts-v1/;
/ {
	description = "one kernel";
	images {
		kernel {
			type = "kernel"; arch = "arm64"; os = "linux"; compression = "none";
			load = <0x1000>; entry = <0x1000>;
			data = /incbin/("data");
			hash { algo = "sha256"; };
		};
	};
	configurations {
		default = "it";
		it {
			kernel = "kernel";
			signature { algo = "sha256,ALGORITHM"; key-name-hint = "mine"; sign-images = "kernel"; };
		};
	};
};
ITS

# $1: the algorithm, $2: what the tree has before, $3: what is expected: mkimage's exit, and the
# node's name and properties.
expect() {
	sed "s/ALGORITHM/$1/" fit.its >"$1.its"
	echo "/dts-v1/; / { $2 };" | dtc -q -I dts -O dtb -o keys.dtb
	code=0
	root/usr/bin/mkimage -f "$1.its" -k . -K keys.dtb -r "$1.fit" >/dev/null 2>said || code=$?
	node=$(fdtget -l keys.dtb /signature 2>/dev/null || true)
	has=$code
	[ -z "$node" ] || has="$code: $node:$(fdtget -p keys.dtb "/signature/$node" | sort | sed 's/^/ /' | tr -d '\n')"
	printf '%s, a tree with "%s": exit %s\n' "$1" "$2" "$has"
	! grep FDT_ERR said || true
	[ "$has" = "$3" ] || {
		echo "changed: this was \"$3\"" >&2
		exit 1
	}
}

rsa="algo key-name-hint required rsa,exponent rsa,modulus rsa,n0-inverse rsa,num-bits rsa,r-squared"
expect rsa2048 "" "0: key-mine: $rsa"
expect rsa2048 "signature { };" "0: key-mine: $rsa"
expect ecdsa256 "" "1"
expect ecdsa256 "signature { };" "0: mine: ecdsa,curve ecdsa,x-point ecdsa,y-point"
