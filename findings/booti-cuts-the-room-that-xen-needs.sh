#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
# U-Boot's booti and Xen, both of Debian 12 (u-boot-qemu 2023.01+dfsg-2+deb12u3 and
# xen-hypervisor-4.17-arm64 4.17.7+13-g2445b30a44-0+deb12u1), on a tree with free bytes behind.
#
# Xen builds dom0's tree in as many bytes as the one it was given has, and lists reserved
# regions twice there: a tree with very many of them needs room to spare. One would have
# guessed that `dtc -p` gives it that, and that a tree which booti may not move (fdt_high)
# reaches Xen as it was loaded. booti cuts what is free behind it, up to the end of a page:
# Xen ends with "Device tree generation failed (-3)", however much dtc left. As many bytes
# in a property that dom0 does not get (here of /cpus) stay, and dom0 starts. Needs
# qemu-system-arm, dtc and python3 on this machine.
set -eu

scripts=$(cd "$(dirname "$0")/../scripts" && pwd)
. "$scripts/private-apt.sh"
private_apt guests/12 deb arm64
unpack_packages "$work/root" "u-boot-qemu=2023.01+dfsg-2+deb12u3" \
	"xen-hypervisor-4.17-arm64=4.17.7+13-g2445b30a44-0+deb12u1" >"$work/version" || {
	echo "cannot be had: $(fetch_trouble)" >&2
	exit 2
}
cat "$work/version"
cp "$work/root/boot/xen-4.17-arm64" "$work/xen"

cat >"$work/boot.py" <<'PYTHON'
import os, re, select, struct, subprocess, sys, time

work = sys.argv[1]
BOARD = ["qemu-system-aarch64", "-M", "virt,virtualization=on,gic-version=3", "-cpu",
         "cortex-a57", "-m", "1024", "-display", "none", "-nic", "none"]
XEN, KERNEL, TREE = 0x44000000, 0x48000000, 0x4c000000

# A kernel that does nothing, with the header of an arm64 Image.
loop = struct.pack("<II", 0x14000000, 0) + struct.pack("<QQQQQQ", 0, 0x200000, 0xa, 0, 0, 0)
open(f"{work}/kernel", "wb").write((loop + b"ARM\x64" + bytes(4)).ljust(4096, b"\0"))

subprocess.run([*BOARD[:2], BOARD[2] + f",dumpdtb={work}/own.dtb", *BOARD[3:]], check=True,
               capture_output=True)
own = subprocess.run(["dtc", "-q", "-I", "dtb", "-O", "dts", f"{work}/own.dtb"], check=True,
                     capture_output=True, text=True).stdout


def tree(name, bulk, *flags):
    regions = "".join(f"r@{at:x} {{ reg = <0 {at:#x} 0 0x10000>; no-map; }};"
                      for at in range(0x60000000, 0x60000000 + 240 * 0x20000, 0x20000))
    more = f"""/ {{
        reserved-memory {{ #address-cells = <2>; #size-cells = <2>; ranges; {regions} }};
        cpus {{ bulk = <{"0 " * (bulk // 4)}>; }};
        chosen {{ #address-cells = <2>; #size-cells = <2>; xen,xen-bootargs = "dom0_mem=128M";
            kernel@{KERNEL:x} {{ compatible = "multiboot,kernel", "multiboot,module";
                reg = <0 {KERNEL:#x} 0 0x1000>; }}; }}; }};"""
    subprocess.run(["dtc", "-q", *flags, "-O", "dtb", "-o", f"{work}/{name}"], check=True,
                   input=own + more, text=True, capture_output=True)
    return os.path.getsize(f"{work}/{name}")


def boot(name):
    """What comes on the console, up to what tells how it ended."""
    load = [word for file, at in (("xen", XEN), ("kernel", KERNEL), (name, TREE))
            for word in ("-device", f"loader,file={work}/{file},addr={at:#x},force-raw=on")]
    qemu = subprocess.Popen([*BOARD, "-bios", f"{work}/root/usr/lib/u-boot/qemu_arm64/u-boot.bin",
                             "-serial", "stdio", "-monitor", "none", *load],
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    said, typed, end = "", False, time.monotonic() + 120
    while time.monotonic() < end:
        if not typed and said.endswith("=> "):
            qemu.stdin.write(f"setenv fdt_high ffffffffffffffff; booti {XEN:#x} - {TREE:#x}\n".encode())
            qemu.stdin.flush()
            typed = True
        if re.search(r"generation failed|Freed \d+kB init memory", said):
            break
        if select.select([qemu.stdout], [], [], 1)[0]:
            said += os.read(qemu.stdout.fileno(), 4096).decode(errors="replace")
    qemu.kill()
    return said


ends = []
for name, bulk, flags in (("free.dtb", 0, ("-p", "16384")), ("bulk.dtb", 16384, ())):
    size, said = tree(name, bulk, *flags), boot(name)
    failed = re.search(r"Device tree generation failed \(-?\d+\)", said)
    ends.append(failed[0] if failed else "dom0 starts" if "init memory" in said else "silence")
    print(f"{name}, {size} bytes: {ends[-1]}")
sys.exit(ends != ["Device tree generation failed (-3)", "dom0 starts"])
PYTHON
python3 "$work/boot.py" "$work" || {
	echo "changed: the room is left, or Xen needs none" >&2
	exit 1
}
