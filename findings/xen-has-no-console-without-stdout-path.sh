#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
# Which console Xen of Debian 12 uses (xen-hypervisor-4.17-arm64
# 4.17.7+13-g2445b30a44-0+deb12u1) when a tree has no stdout-path.
#
# Xen's console on Arm is "dtuart" by default, the UART of /chosen/stdout-path. Linux also accepts
# the older name, linux,stdout-path, and one would have guessed that Xen does, or that it
# falls back on the alias serial0, which every board has for the UART with the plug. It does
# neither: Xen boots on without a word, and its own error messages go nowhere, too. An
# alias inside stdout-path, with options behind it, is fine. Board trees of Debian's kernel
# packages without stdout-path are those of APM's X-Gene, for one. Needs qemu-system-arm, dtc and
# python3 on this machine.
set -eu

scripts=$(cd "$(dirname "$0")/../scripts" && pwd)
. "$scripts/private-apt.sh"
private_apt guests/12 deb arm64
unpack_packages "$work/root" \
	"xen-hypervisor-4.17-arm64=4.17.7+13-g2445b30a44-0+deb12u1" >"$work/version" || {
	echo "cannot be had: $(fetch_trouble)" >&2
	exit 2
}
cat "$work/version"
cp "$work/root/boot/xen-4.17-arm64" "$work/xen"

cat >"$work/boot.py" <<'PYTHON'
import re, select, subprocess, sys, time

work = sys.argv[1]
BOARD = ["qemu-system-aarch64", "-M", "virt,virtualization=on,gic-version=3", "-cpu",
         "cortex-a57", "-m", "1024", "-display", "none", "-nic", "none"]
subprocess.run([*BOARD[:2], BOARD[2] + f",dumpdtb={work}/own.dtb", *BOARD[3:]], check=True,
               capture_output=True)
own = subprocess.run(["dtc", "-q", "-I", "dtb", "-O", "dts", f"{work}/own.dtb"], check=True,
                     capture_output=True, text=True).stdout
UART = re.search(r'stdout-path = "(.*?)"', own)[1]
bare = re.sub(r'.*stdout-path = .*\n', "", own) + f'/ {{ aliases {{ serial0 = "{UART}"; }}; }};'


def starts(chosen):
    """Does Xen print its first line within 20 s? It stops later: there is no kernel."""
    subprocess.run(["dtc", "-q", "-O", "dtb", "-o", f"{work}/board.dtb"], check=True, text=True,
                   input=bare + f"/ {{ chosen {{ {chosen} }}; }};", capture_output=True)
    qemu = subprocess.Popen([*BOARD, "-serial", "stdio", "-monitor", "none", "-kernel", f"{work}/xen",
                             "-dtb", f"{work}/board.dtb"], stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    said, end = b"", time.monotonic() + 20
    while time.monotonic() < end and b"Xen version" not in said:
        if select.select([qemu.stdout], [], [], 1)[0]:
            said += qemu.stdout.read1(4096)
    qemu.kill()
    qemu.wait()
    return b"Xen version" in said


CASES = {f'stdout-path = "{UART}";': True,
         'stdout-path = "serial0:115200n8";': True,
         f'linux,stdout-path = "{UART}";': False,
         'xen,xen-bootargs = "console=dtuart";': False,
         'xen,xen-bootargs = "dtuart=serial0";': True}
changed = False
for chosen, expected in CASES.items():
    seen = starts(chosen)
    changed |= seen != expected
    print(f"{chosen:40} {'Xen prints' if seen else 'not a word in 20 s'}")
if changed:
    sys.exit("changed: which consoles Xen finds")
PYTHON
python3 "$work/boot.py" "$work"
