# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""A board whose tree has more than QEMU's own, rewritten on the host and given to Xen directly."""
import json
import subprocess

import board as emulated
from chain import BRIEF, XEN_LINE, stub
from places import BUILD, GUESTS

MIB = 1 << 20
BASE, DOM0 = 0x40000000, 512 * MIB
XEN, KERNEL, RAMDISK, TREE, START = 0x70000000, 0x71000000, 0x75000000, 0x78000000, 0x7A000000
HOLE = 0xBFE00000  # from here on RAM is no memory in the trees below, but devices'
MEMORY = f'memory@40000000 {{ reg = <0 {BASE:#x} 0 {HOLE - BASE:#x}>; }};'


def cells(value):
    return f"{value >> 32:#x} {value & 0xffffffff:#x}"


def module(name, compatible, at, path):
    return (f"{name}@{at:x} {{ compatible = {compatible}; "
            f"reg = <{cells(at)} {cells(path.stat().st_size)}>; }};")


DEVICES = "/busybox mount -t devtmpfs dev /dev\n"


class Case:
    """A board whose tree has `body` on top of QEMU's own."""
    xen_line = f"dom0_mem=512M {XEN_LINE}"

    def __init__(self, folder, body, script, drive=None, quiet="quiet", guests=GUESTS, files=(),
                 **machine):
        self.folder, self.machine, self.drive, self.quiet = folder, machine, drive, quiet
        self.guests = guests
        self.ramdisk = emulated.make_initramfs(guests, folder / "initrd", DEVICES + script, files)
        own = emulated.board_tree(folder / "board.dtb", guests, **machine)
        source = subprocess.run(["dtc", "-q", "-I", "dtb", "-O", "dts", own], check=True,
                                capture_output=True, text=True).stdout
        self.tree = folder / "in.dtb"
        subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb", "-o", self.tree], check=True,
                       input=source + "/ {" + body + self.chosen() + "};", text=True)

    def chosen(self):
        multiboot = '"multiboot,%s", "multiboot,module"'
        return ("chosen { #address-cells = <2>; #size-cells = <2>;"
                f'xen,xen-bootargs = "{self.xen_line}";'
                f'xen,dom0-bootargs = "console=hvc0 rdinit=/init {self.quiet} {BRIEF}";' +
                module("hypervisor", '"dtshim,hypervisor"', XEN, self.guests / "xen") +
                module("module", multiboot % "kernel", KERNEL, self.guests / "Image") +
                module("module", multiboot % "ramdisk", RAMDISK, self.ramdisk) + "};")

    def start(self, tree, places):
        tree_at = places.get("tree", TREE)
        files = {places["Xen"]: self.guests / "xen", places["kernel"]: self.guests / "Image",
                 places["ramdisk"]: self.ramdisk, tree_at: tree,
                 START: stub(self.folder / "stub", places["Xen"], tree_at)}
        extra = ["-device", f"loader,addr={START:#x},cpu-num=0"]
        if self.drive:
            extra += ["-drive", f"if=none,id=pci,format=raw,file={self.drive}", "-device",
                      "virtio-blk-pci,drive=pci,iommu_platform=on,disable-legacy=on"]
        return emulated.Board(self.guests, self.folder / f"{tree.stem}.log", files=files, firmware=False,
                              extra=extra, **self.machine)

    def with_dtshim(self, *policy):
        done = subprocess.run([BUILD / "dtshim", "plan", "--json", *policy, self.tree], check=True,
                              capture_output=True, text=True)
        self.plan = json.loads(done.stdout)
        subprocess.run([BUILD / "dtshim", "apply", *policy, self.tree, "-o",
                        self.folder / "out.dtb"], check=True)
        return self.start(self.folder / "out.dtb",
                          {one["kind"]: int(one["to"], 16) for one in self.plan["modules"]})

    def without(self):
        return self.start(self.tree, {"Xen": XEN, "kernel": KERNEL, "ramdisk": RAMDISK})
