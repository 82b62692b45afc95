#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
# The FSFE's tool reuse in Debian 12 (reuse 1.1.2-1): a file of JSON with a licence's tag inside a
# string, as bills of materials and test data have; .reuse/dep5 says its licence.
#
# One would have guessed that the tag ends with the string, or that a line which says ERROR makes
# the exit one. It takes the rest of the line for the licence, says on standard error that it cannot
# parse that and skips the file, and then that the project is compliant: the exit is 0. A check
# that asks for the exit alone does not see it.
set -eu

scripts=$(cd "$(dirname "$0")/../scripts" && pwd)
. "$scripts/private-apt.sh"
private_apt guests/12 deb "$(dpkg --print-architecture)"
unpack_packages "$work/root" reuse=1.1.2-1 python3-binaryornot python3-boolean python3-debian \
	python3-jinja2 python3-license-expression python3-markupsafe python3-chardet || {
	echo "cannot be had: $(fetch_trouble)" >&2
	exit 2
}

mkdir -p "$work/project/.reuse" "$work/project/LICENSES"
cd "$work/project"
cat >.reuse/dep5 <<'DEP5'
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: example

Files: *
Copyright: The authors
License: BSD-2-Clause
DEP5
echo "The text of the licence" >LICENSES/BSD-2-Clause.txt

# $1: the file, $2: the errors that are expected.
expect() {
	printf '%s\n' "$1" >data.json
	code=0
	PYTHONPATH=$work/root/usr/lib/python3/dist-packages "$work/root/usr/bin/reuse" lint \
		>"$work/said" 2>"$work/errors" || code=$?
	errors=$(grep -c ERROR "$work/errors" || true)
	cat "$work/errors"
	tail -n 1 "$work/said"
	printf '%s: exit %s, lines of ERROR: %s\n' "$1" "$code" "$errors"
	[ "$code $errors" = "0 $2" ] && grep -q '^Congratulations' "$work/said" || {
		echo "changed: this was exit 0 with $2 lines of ERROR" >&2
		exit 1
	}
}

expect '{ "text": "nothing of it" }' 0
tag=SPDX-License # in one piece it would speak of this file
expect "{ \"text\": \"$tag-Identifier: BSD-2-Clause\\n\", \"size\": 1 }" 2
