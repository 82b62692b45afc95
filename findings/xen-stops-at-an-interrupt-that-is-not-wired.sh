#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
# An empty entry of interrupts-extended and Xen of Debian 12
# (xen-hypervisor-4.17-arm64 4.17.7+13-g2445b30a44-0+deb12u1).
#
# The interrupts of ST's EXTI are told by position, and an input that is wired to nothing is
# <0>: so it stands in the STM32MP1 trees of Linux from 6.12 on, and Linux passes over it. One
# would have guessed that Xen does so, too, or maps the device without its interrupts. Xen
# builds no dom0 then: "Device tree generation failed (-22)", although the entries on either
# side are sound. Here a made-up device has two interrupts, with and without a <0> between
# them. Needs qemu-system-arm, dtc and python3 on this machine.
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
import re, select, struct, subprocess, sys, time

work = sys.argv[1]
BOARD = ["qemu-system-aarch64", "-M", "virt,virtualization=on,gic-version=3", "-cpu",
         "cortex-a57", "-m", "1024", "-display", "none", "-nic", "none"]
KERNEL = 0x50000000

# A kernel that does nothing, with the header of an arm64 Image.
loop = struct.pack("<II", 0x14000000, 0) + struct.pack("<QQQQQQ", 0, 0x200000, 0xa, 0, 0, 0)
open(f"{work}/kernel", "wb").write((loop + b"ARM\x64" + bytes(4)).ljust(4096, b"\0"))

subprocess.run([*BOARD[:2], BOARD[2] + f",dumpdtb={work}/own.dtb", *BOARD[3:]], check=True,
               capture_output=True)
own = subprocess.run(["dtc", "-q", "-I", "dtb", "-O", "dts", f"{work}/own.dtb"], check=True,
                     capture_output=True, text=True).stdout
gic = re.search(r"interrupt-parent = <(0x\w+)>", own)[1]


def tree(between):
    more = f"""/ {{
        router@a100000 {{ compatible = "example,router"; reg = <0 0xa100000 0 0x1000>;
            interrupts-extended = <{gic} 0 100 4>, {between} <{gic} 0 101 4>; }};
        chosen {{ #address-cells = <2>; #size-cells = <2>; xen,xen-bootargs = "dom0_mem=128M";
            kernel@{KERNEL:x} {{ compatible = "multiboot,kernel", "multiboot,module";
                reg = <0 {KERNEL:#x} 0 0x1000>; }}; }}; }};"""
    subprocess.run(["dtc", "-q", "-O", "dtb", "-o", f"{work}/board.dtb"], check=True,
                   input=own + more, text=True, capture_output=True)


def boot(between):
    """What Xen says, up to what tells how it ended."""
    tree(between)
    qemu = subprocess.Popen([*BOARD, "-serial", "stdio", "-monitor", "none", "-kernel", f"{work}/xen",
                             "-dtb", f"{work}/board.dtb", "-device",
                             f"loader,file={work}/kernel,addr={KERNEL:#x},force-raw=on"],
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT)
    said, end = b"", time.monotonic() + 60
    while time.monotonic() < end and not re.search(rb"Panic on CPU|Std\. Loglevel", said):
        if select.select([qemu.stdout], [], [], 1)[0]:
            said += qemu.stdout.read1(4096)
    time.sleep(1)
    said += qemu.stdout.read1(4096) if select.select([qemu.stdout], [], [], 0)[0] else b""
    qemu.kill()
    qemu.wait()
    found = re.search(rb"Device tree generation failed \(-\d+\)|Std\. Loglevel", said)
    return found[0].decode() if found else "neither"


both, hole = boot(""), boot("<0>,")
print("two interrupts: ", "Xen starts dom0" if both == "Std. Loglevel" else both)
print("a <0> between:  ", "Xen starts dom0" if hole == "Std. Loglevel" else hole)
if (both, hole) != ("Std. Loglevel", "Device tree generation failed (-22)"):
    sys.exit("changed: what Xen makes of an empty entry")
PYTHON
python3 "$work/boot.py" "$work"
