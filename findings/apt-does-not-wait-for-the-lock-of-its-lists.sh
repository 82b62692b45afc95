#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
# apt-get of Debian 12 (apt 2.6.1) with DPkg::Lock::Timeout.
#
# One would have guessed that a timeout for locks, which lets `apt-get install` wait for
# another program, lets `apt-get update` wait as well. That one takes the lock of the lists
# of packages, and gives up at once: a script that first updates and then installs fails
# while unattended upgrades are under way, whatever the timeout.
set -eu

scripts=$(cd "$(dirname "$0")/../scripts" && pwd)
. "$scripts/private-apt.sh"
private_apt guests/12 deb "$(dpkg --print-architecture)"
unpack_packages "$work/root" apt=2.6.1 libapt-pkg6.0=2.6.1 >"$work/version" || {
	echo "cannot be had: $(fetch_trouble)" >&2
	exit 2
}
cat "$work/version"
mkdir -p "$work/lists/partial"

# A program that holds the lock as apt does, until its input ends.
cat >"$work/hold.py" <<'PYTHON'
import fcntl, sys
lock = open(sys.argv[1], "w")
fcntl.lockf(lock, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
PYTHON
mkfifo "$work/end"
python3 "$work/hold.py" "$work/lists/lock" <"$work/end" >"$work/held" &
exec 8>"$work/end"
until grep -q held "$work/held"; do sleep 0.1; done

code=0
LD_LIBRARY_PATH=$(echo "$work"/root/usr/lib/*-linux-gnu) timeout 60 \
	"$work/root/usr/bin/apt-get" -o Dir::State::lists="$work/lists" \
	-o DPkg::Lock::Timeout=600 update >"$work/said" 2>&1 || code=$?
exec 8>&-
wait
grep '^E:' "$work/said" || true
echo "apt-get update ended with $code, with 600 s to wait and the lock still held"
[ "$code" = 100 ] && grep -q '^E: Could not get lock .*/lists/lock' "$work/said" || {
	echo "changed: it waits now, or says something else" >&2
	exit 1
}
