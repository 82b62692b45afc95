# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""
The same trees for stock Xen on QEMU's virt and for the model, with dom0's memory as that Xen
chose it: dom0's tree is the same node by node, or Xen stops with the words that were foretold.
"""
import re
import struct
import subprocess

import flat
import pytest
import xen_boot

from places import RELEASES

RELEASE = {"12": "17", "13": "20"}
XEN, TREE, KERNEL, RAMDISK = 0x50000000, 0x4f000000, 0x52000000, 0x56000000
# What this board's GIC says of itself.
LINES, TYPER = {2: 288, 3: 256}, "typer=0x500040"
MODULES = """/ { chosen { #address-cells = <2>; #size-cells = <2>;
    xen,xen-bootargs = "bootscrub=0 %s"; xen,dom0-bootargs = "quiet";
    kernel@52000000 { compatible = "multiboot,kernel", "multiboot,module";
        reg = <0 0x52000000 0 0x1000>; };
    ramdisk@56000000 { compatible = "multiboot,ramdisk", "multiboot,module";
        reg = <0 0x56000000 0 0x1000>; }; }; };
"""
WORDS = {"bank": r"BANK\[\d+\] (\w+)-(\w+)", "region": r"extended region \d+: (\w+)->(\w+)",
         "grants": r"Grant table range: (\w+)-(\w+)", "kernel": r"zImage from \w+ to (\w+)-(\w+)",
         "ramdisk": r"initrd from \w+ to (\w+)-(\w+)", "tree": r"DTB to (\w+)-(\w+)"}
# An SMMU's registers, as far as Xen looks at them when it starts: a second stage, 4 contexts.
SMMU_AT, SMMU = 0xc0000000, bytes(0x20) + struct.pack(
    "<3I", 1 << 29 | 1 << 27 | 1 << 14 | 15 << 9 | 32, 4 << 16 | 4, 1 << 12 | 5 << 4 | 5)
SMMU_NODE = """memory@40000000 { reg = <0 0x40000000 0 0x80000000>; };
    smmu: iommu@c0000000 { compatible = "arm,mmu-500"; reg = <0 0xc0000000 0 0x20000>;
        #iommu-cells = <1>; #global-interrupts = <1>;
        interrupts = <0 160 4>, <0 161 4>, <0 162 4>, <0 163 4>, <0 164 4>; %s };
    other: other { #iommu-cells = <1>; };"""

ODD = {
    "own": 'hypervisor { a; }; psci { b; }; memory { c; }; x { device_type = "MEMORY"; };',
    "passed": 'z@b000000 { reg = <0 0xb000000 0 0x1000>; interrupts = <0 1 4>; xen,passthrough; '
              'status = "okay"; x; };',
    "no-bus": "i2c { #address-cells = <1>; #size-cells = <0>; a@10 { reg = <0x10>; }; };"
              "i3c { #address-cells = <1>; #size-cells = <1>; a@1 { reg = <1 1>; }; };",
    "own-interrupt": "a@b000000 { reg = <0 0xb000000 0 0x1000>; interrupts = <1 5 4>; b { }; };",
    "timers": 'soc { t { compatible = "arm,armv7-timer"; interrupts = <1 1 4>; }; };',
    "timer-names": "timer { interrupts = <1 13 8 1 14 8 1 11 8 1 10 8>; interrupt-names = "
                   '"virt", "phys", "sec-phys", "hyp-phys"; };',
    "iommu": 'smmu: s@b100000 { compatible = "arm,mmu-500"; reg = <0 0xb100000 0 0x10000>; '
             '#iommu-cells = <1>; status = "disabled"; }; a { iommus = <&smmu 1>; iommu-map-mask = <1>; };'
             'b { iommu-map = <0 &smmu 0 1>; status = "okay"; x; };',
    "regions": "reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges; a@70000000 { "
               "reg = <0 0x70000000 0 0x100000>; no-map; }; b@69000000 { reg = <0 0x69000000 0 0x1000 "
               "0 0x6a000000 0 0x1000>; }; c { size = <0 0x100000>; }; };",
}
TREES = {
    "plain": "",
    "odd": "".join(ODD.values()),
    "smmu": SMMU_NODE % "" + "a { iommus = <&smmu 1>; }; b { iommus = <&smmu 2>, <&smmu 3>; };",
    "context": SMMU_NODE % "" + "a { interrupts = <0 161 4>; }; b { iommus = <&smmu 1>; };",
}
STOPS = {
    "window": "bus { #address-cells = <1>; #size-cells = <1>; ranges = <0 0 0xb000000 0x1000>; "
              "a@2000 { reg = <0x2000 4>; }; };",
    "console": 'a { interrupts = <0 1 4>; status = "disabled"; };',
    "types": "a { interrupts = <0 170 4>; }; b { interrupts = <0 170 1>; };",
    "lines": "a { interrupts = <0 300 4>; };",
    "no-ranges": 'a { device_type = "pci"; };',
    "tree": 'a@68000000 { reg = <0 0x68000000 0 0x1000>; status = "disabled"; };',
    "beside": SMMU_NODE % "" + "a { iommus = <&other 1>; };",
    "context": SMMU_NODE % "" + "a { iommus = <&smmu 1>; }; b { interrupts = <0 161 4>; };",
    "twice": SMMU_NODE % "mmu-masters = <&a 1>, <&a 2>;" + "a: a { #stream-id-cells = <1>; };",
}


class Pair:
    """A machine with its tree, for Xen and for the model."""

    def __init__(self, folder, program, guests):
        self.folder, self.program, self.guests = folder, program, guests

    def tree(self, machine, body, options):
        path = self.folder / "tree.dtb"
        machine.tree(path)
        source = subprocess.run(["dtc", "-q", "-I", "dtb", "-O", "dts", path], check=True,
                                capture_output=True, text=True).stdout
        source += MODULES % options + f"/ {{ {body} }};\n"
        subprocess.run(["dtc", "-q", "-O", "dtb", "-p", "16384", "-o", path], input=source, text=True,
                       check=True)

    def boot(self, machine):
        files = {KERNEL: xen_boot.kernel(), RAMDISK: b"x" * 4096, SMMU_AT: SMMU}
        for at, data in files.items():
            (self.folder / f"{at:x}.bin").write_bytes(data)
        end = machine.end()
        return xen_boot.boot(self.folder / "boot", machine, (XEN, self.guests / "xen"),
                             (TREE, self.folder / "tree.dtb"),
                             [(at, self.folder / f"{at:x}.bin") for at in files if at < end], 2 << 20)

    def model(self, machine, text):
        """dom0's tree, or the words of the stop; what Xen did not come to say is where it would be."""
        at = [f"{word}={int(base, 16)}+{int(end, 16) - int(base, 16)}"
              for word, form in WORDS.items() for base, end in re.findall(form, text)]
        at += [one for one in ("kernel=0x60000000+0x1000", "ramdisk=0x68200000+0x1000",
                               "tree=0x68000000+0x2000")
               if not any(other.startswith(one[:4]) for other in at)]
        out = self.folder / "model.dtb"
        done = subprocess.run([self.program, RELEASE[self.guests.name], self.folder / "tree.dtb", out,
                               *at, f"lines={LINES[machine.gic]}", TYPER], capture_output=True, text=True)
        assert done.returncode in (0, 3), done.stderr
        return done.stdout.split(maxsplit=2)[2].strip() if done.returncode else out.read_bytes()


@pytest.fixture(name="pair")
def fixture_pair(build, guests, tmp_path):
    return Pair(tmp_path, build("dom0_tree"), guests)


with_both = pytest.mark.parametrize("guests", RELEASES, indirect=True)


def nodes(blob):
    root, _ = flat.read(blob)
    return [("/", list(root.props.items()))] + [(path, list(node.props.items()))
                                                for path, node, _ in root.walk()]


def machine_for(body, **more):
    return xen_boot.Machine(ram=3072 if "c0000000" in body else 2048, **more)


@pytest.mark.slow
@with_both
@pytest.mark.parametrize("name", TREES)
@pytest.mark.parametrize("gic, cpus, options", [(2, 1, ""), (3, 4, "maxcpus=3")])
def test_tree_is_that_of_stock_xen(pair, name, gic, cpus, options):
    machine = machine_for(TREES[name], gic=gic, cpus=cpus)
    pair.tree(machine, TREES[name], options)
    outcome = pair.boot(machine)
    assert outcome.kind == "dom0", outcome.text
    assert nodes(pair.model(machine, outcome.text)) == nodes(outcome.tree)


@pytest.mark.slow
@with_both
@pytest.mark.parametrize("name", STOPS)
def test_stock_xen_stops_with_these_words(pair, name):
    machine = machine_for(STOPS[name], gic=2)
    pair.tree(machine, STOPS[name], "")
    outcome = pair.boot(machine)
    assert outcome.kind == "panic", outcome.text
    words = pair.model(machine, outcome.text)
    assert any(line.startswith(words) for line in outcome.lines()), f"{words}\n{outcome.text}"
