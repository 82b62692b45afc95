# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Boards of RAM and nothing else, and the banks that Xen was seen to give dom0 on them."""
import dataclasses
import re
import struct
import subprocess

import board as emulated
from chain import stub
from patience import patience

MIB = 1 << 20
BASE = 0x40000000
XEN_ROOM = 0x150000  # image_size of Debian's, or more


@dataclasses.dataclass
class Map:
    """Addresses of one boot of QEMU's board; `seen`: dom0's banks or Xen's last words, by release."""
    cpu: str
    ram: int         # MiB that the machine has
    dom0: str        # dom0_mem=
    banks: list      # (base, end) of RAM
    regions: list    # (base, size) of reserved memory
    xen: int
    tree: int
    kernel: int
    seen: dict
    ramdisk: tuple = ()
    line: str = ""

    def body(self):
        def cells(*values):
            return " ".join(f"{value >> 32:#x} {value & 0xffffffff:#x}" for value in values)
        reg = " ".join(cells(base, end - base) for base, end in self.banks)
        regions = "".join(f"r@{base:x} {{ reg = <{cells(base, size)}>; }};"
                          for base, size in self.regions)
        modules = [("kernel", self.kernel, 4096)] + [("ramdisk", *one) for one in [self.ramdisk] if one]
        nodes = "".join(f'm@{base:x} {{ compatible = "multiboot,{kind}", "multiboot,module"; '
                        f"reg = <{cells(base, size)}>; }};" for kind, base, size in modules)
        return f"""memory@{self.banks[0][0]:x} {{ device_type = "memory"; reg = <{reg}>; }};
            reserved-memory {{ #address-cells = <2>; #size-cells = <2>; ranges; {regions} }};
            chosen {{ #address-cells = <2>; #size-cells = <2>; xen,dom0-bootargs = "quiet";
                xen,xen-bootargs = "dom0_mem={self.dom0} console=dtuart dtuart=/pl011@9000000 {self.line}";
                {nodes} }};"""

    def cpus(self, count=1):
        nodes = "".join(f'cpu@{i} {{ device_type = "cpu"; compatible = "arm,{self.cpu}"; reg = <{i}>; }};'
                        for i in range(count))
        return f"cpus {{ #address-cells = <1>; #size-cells = <0>; {nodes} }};"

    def machine(self):
        return ["qemu-system-aarch64", "-M", "virt,virtualization=on,gic-version=3", "-cpu", self.cpu,
                "-smp", "1", "-m", str(self.ram), "-nographic", "-nic", "none", "-no-reboot"]

    def start(self, guests, folder):
        """The board with Xen started; its kernel is a header and nothing else."""
        own = folder / "own.dtb"
        line = self.machine()
        line[2] += f",dumpdtb={own}"
        subprocess.run(line, check=True, capture_output=True)
        source = subprocess.run(["dtc", "-q", "-I", "dtb", "-O", "dts", own], check=True,
                                capture_output=True, text=True).stdout
        source = re.sub(r"\tmemory@40000000 \{.*?\};\n", "", source, flags=re.S)
        subprocess.run(["dtc", "-q", "-p", "8192", "-I", "dts", "-O", "dtb", "-o", folder / "in.dtb"],
                       check=True, text=True, input=f"{source}/ {{{self.body()}}};")
        kernel = bytearray(struct.pack("<IIQQQ", 0xD503201F, 0x14000000, 0, 0x10000, 0xA) + bytes(4064))
        kernel[56:60] = b"ARM\x64"
        (folder / "kernel").write_bytes(kernel)
        first = self.banks[0][0] + 4 * MIB
        files = {self.xen: guests / "xen", self.tree: folder / "in.dtb", self.kernel: folder / "kernel",
                 first: stub(folder / "stub", self.xen, self.tree)}
        return emulated.Board(guests, folder / "console.log", files=files, firmware=False,
                              line=self.machine(), timeout=patience(180),
                              extra=["-device", f"loader,addr={first:#x},cpu-num=0"])


# In each of them Xen could choose otherwise if one list of its heap had another order.
MAPS = {
    # Six fragments at both ends of five banks.
    "banks": Map("cortex-a57", 1024, "300M", [
        (0x40000000, 0x44800000), (0x44800000, 0x57A00000), (0x5B200000, 0x60200000),
        (0x60200000, 0x67600000), (0x67600000, 0x80000000)],
        [], 0x73400000, 0x759C0000, 0x6FF56000, {
            release: [(0x40000000, 0x50000000), (0x73800000, 0x74000000), (0x75C00000, 0x76000000),
                      (0x7C000000, 0x7E000000)] for release in (17, 20)}),
    # Pieces above the first bank from the ends of reserved regions.
    "regions": Map("cortex-a57", 4096, "300M", [(0x40000000, 0x140000000)], [
        (0x6BDEB000, 0x8000000), (0x7D600000, 0x8000000), (0xC21AD000, 0x1000),
        (0x106B29000, 0x123000), (0x12BC00000, 0x8000000), (0xFA47E000, 0x200000),
        (0x106400000, 0x123000), (0x887BB000, 0x200000)], 0x97000000, 0x126760000, 0x96029000, {
            release: [(0x50000000, 0x60000000), (0xC0000000, 0xC2000000), (0xC2800000, 0xC3000000),
                      (0xFA000000, 0xFA400000)] for release in (17, 20)}),
    # A root of two pages moves the lists once; on 4.20 the erratum's moves them once more.
    "roots": Map("cortex-a53", 1024, "320M", [(0x40000000, 0x80000000)], [(0x435A0000, 0x1000)],
                 0x75200000, 0x6A520000, 0x42B3A000, {
                     17: [(0x50000000, 0x60000000), (0x70000000, 0x74000000)],
                     20: "Failed to allocate requested dom0 memory. 64MB unallocated"}),
    "roots-and-regions": Map("cortex-a53", 3072, "300M", [(0x40000000, 0xD2000000)], [
        (0x67226000, 0x1000), (0x90000000, 0x8000000), (0x55750000, 0x4000000),
        (0x45000000, 0x4000000), (0x9B400000, 0x400000), (0x41C00000, 0x1000),
        (0x5E600000, 0x123000), (0xC7641000, 0x4000000)], 0x5CA00000, 0x80380000, 0xABE8B000, {
            17: [(0x70000000, 0x80000000), (0x9B800000, 0x9C000000), (0xA8000000, 0xAA000000),
                 (0xAB800000, 0xABC00000)],
            20: [(0x70000000, 0x80000000), (0x98000000, 0x9A000000), (0x9B000000, 0x9B400000),
                 (0xAB000000, 0xAB800000)]}, (0x63B5E000, 0x1400000)),
    # With one CPU dom0 gets 0x60000000-0x80000000 and a piece above; three CPUs scrub 128 MiB below.
    "scrubbed": Map("cortex-a57", 3072, "640M", [
        (0x40000000, 0xB7ED0000), (0xB7ED0000, 0xBEF50000), (0xBF340000, 0x100000000)],
        [], 0x4D200000, 0x9EF50000, 0x50B7C000, {}),
}
