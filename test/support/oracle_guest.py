# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The tree that Xen 4.17 would make for a domain: prepare_dtb_domU() and what it calls."""
import re

import libfdt

import oracle
from oracle_tree import KIB, MIB

GUEST_RAM = ((0x40000000, 0xc0000000), (0x200000000, 0xfe00000000))
GRANTS_AND_MAGIC = (0x38000000, 0x3a000000)
VPL011 = (0x22000000, 0x22001000)
GIC_V2 = [(0x03001000, 0x1000), (0x03002000, 0x2000)]
GIC_V3 = [(0x03001000, 0x10000), (0x03020000, 0x1000000)]
GIC_WITHOUT_NODE = 65000
XEN_KNOWS_GIC = {"arm,cortex-a15-gic", "arm,cortex-a7-gic", "arm,gic-400", "arm,gic-v3"}
TIMERS = {"arm,armv7-timer", "arm,armv8-timer"}
ROOM = 4096
LOOSE = 64 # bytes by which dtshim's upper bound may be above what Xen would make

FOR_XEN = ("xen,reg", "xen,path", "xen,force-assign-without-iommu")
# Said anew for the domain, and examined one by one.
SAID_ANEW = {"reg", "interrupts", "interrupt-parent", "interrupts-extended", "dma-coherent",
             "dma-noncoherent", "dma-ranges", "ranges", "xen-dma-safe", *FOR_XEN}
# Of the host alone: its IOMMUs, its memory, and who has the device.
OF_THE_HOST = {"iommus", "iommu-map", "iommu-map-mask", "status", "memory-region",
               "memory-region-names", "xen,passthrough", "linux,phandle"}
# Linux does without: bandwidth, MSIs, firewalls, who throttles whom, and which of the host's CPUs
# a device belongs to, are not the domain's to say.
MAY_GO = {"interconnects", "interconnect-names", "msi-parent", "msi-map", "msi-map-mask",
          "cooling-device", "interrupt-affinity", "affinity", "cpu", "cpus", "access-controllers"}
# Properties that are known to hold a phandle, though no list of Linux has them.
SYSCONS = re.compile(r"syscon|.*-syscon|syscon-.*|intf_mode|.*,grf|.*,gpr|.*,sysreg|.*,regmap.*")

# Linux 6.1's drivers/of/property.c, and the bindings of what it leaves out:
# (name, property that counts the arguments, or their number).
REFERENCES = [
    (r"clocks|assigned-clocks|assigned-clock-parents", "#clock-cells"),
    (r"interconnects", "#interconnect-cells"), (r"iommus", "#iommu-cells"),
    (r"mboxes", "#mbox-cells"), (r"io-channels", "#io-channel-cells"),
    (r"dmas", "#dma-cells"), (r"power-domains", "#power-domain-cells"),
    (r"hwlocks", "#hwlock-cells"), (r"phys", "#phy-cells"), (r"pwms", "#pwm-cells"),
    (r"resets", "#reset-cells"), (r"interrupts-extended", "#interrupt-cells"),
    (r"gpios?|.*-gpios?", "#gpio-cells"), (r"sound-dai", "#sound-dai-cells"),
    (r"thermal-sensors", "#thermal-sensor-cells"), (r"cooling-device", "#cooling-cells"),
    (r"msi-parent", "#msi-cells"), (r"mux-controls", "#mux-control-cells"),
    (r"nvmem-cells", "#nvmem-cell-cells"),
    (r"interrupt-parent|wakeup-parent|extcon|leds|backlight|panel|remote-endpoint|"
     r"pinctrl-[0-9]+|.*-supply|phy-handle|memory-region|operating-points-v2", 0),
]
NO_REFERENCE = re.compile(r".*,nr-gpios?|.*#.*") # of/property.c leaves these out by name


# ---- the tree that Xen makes ------------------------------------------------------

def interrupt_parent(tree, node):
    """Linux's of_irq_find_parent(): the first above that counts interrupts in cells."""
    seen = set()
    while node and node not in seen:
        seen.add(node)
        number = node.word("interrupt-parent")
        above = tree.phandles.get(number) if number is not None else node.parent
        if above is None or "#interrupt-cells" in above.props:
            return above
        node = above
    return None


def gic_of(tree):
    """The host's interrupt controller, as dt_find_interrupt_controller() picks it."""
    found = [node for node in tree.nodes if "interrupt-controller" in node.props
             and not XEN_KNOWS_GIC.isdisjoint(node.strings("compatible")) and node.is_reachable()]
    return next((node for node in found if interrupt_parent(tree, node) in (None, node)), None)


def is_gic_v3(tree):
    gic = gic_of(tree)
    return bool(gic) and "arm,gic-v3" in gic.strings("compatible")


def cells(*numbers):
    return b"".join(number.to_bytes(4, "big") for number in numbers)


def u64s(*numbers):
    return b"".join(number.to_bytes(8, "big") for number in numbers)


def lines(*numbers):
    """Interrupts as Xen's set_interrupt() writes them: (number, flags)."""
    return b"".join(cells(number < 32, number - (32 if number >= 32 else 16), flags)
                    for number, flags in numbers)


class Guest:
    """prepare_dtb_domU() of Xen 4.17, step by step; `after` is the tree that Xen was given."""

    def __init__(self, after, partial, domain, memory, wide=True):
        self.after, self.domain, self.wide = after, domain, wide
        self.out = libfdt.FdtSw(64 * KIB)
        self.out.finish_reservemap()
        self.phandle = GIC_WITHOUT_NODE
        self.out.begin_node("")
        self.put("#address-cells", cells(2))
        self.put("#size-cells", cells(2))
        self.chosen()
        self.psci()
        self.cpus()
        self.memory(memory)
        self.handed_over(partial)
        self.gic()
        self.timer()
        if "vpl011" in domain.props:
            self.vpl011()
        if domain.strings("xen,enhanced")[:1] in ([], ["no-xenstore"], ["enabled"], [""]) and (
                "xen,enhanced" in domain.props):
            self.hypervisor(memory)
        self.out.end_node()
        blob = self.out.as_fdt().as_bytearray()
        self.blob = bytes(blob[:int.from_bytes(blob[4:8], "big")])

    def put(self, name, value=b""):
        self.out.property(name, value)

    def module(self, kind):
        return next((node for node in self.domain.children
                     if f"multiboot,{kind}" in node.strings("compatible")), None)

    def chosen(self):
        kernel = self.module("kernel")
        self.out.begin_node("chosen")
        arguments = (kernel.props.get("bootargs", b"\0") if kernel else
                     self.arguments_to_come() + b"\0")
        if len(arguments) > 1:
            self.put("bootargs", arguments)
        # Xen 4.17 asks for a kernel here, not for a ramdisk; one that is not named yet will come.
        self.put("linux,initrd-start", u64s(0))
        self.put("linux,initrd-end", u64s(0))
        self.out.end_node()

    def arguments_to_come(self):
        """Of a kernel that is not named yet: what the board says."""
        chosen = next(node for node in self.after.root.children if node.name == "chosen")
        line = next((chosen.props[name].rstrip(b"\0") for name in ("xen,dom0-bootargs", "bootargs")
                     if name in chosen.props), b"")
        console = b"console=ttyAMA0" # the emulated UART
        return line if console in line.split() else b" ".join(filter(None, (line, console)))

    def psci(self):
        self.out.begin_node("psci")
        self.put("compatible", b"arm,psci-1.0\0arm,psci-0.2\0arm,psci\0")
        self.put("method", b"hvc\0")
        self.put("cpu_off", cells(1))
        self.put("cpu_on", cells(2))
        self.out.end_node()

    def cpus(self):
        host = next((node for node in self.after.nodes if node.props.get("device_type") == b"cpu\0"
                     and node.parent.path == "/cpus"), oracle.Node("cpu", None)) # Xen panics
        self.out.begin_node("cpus")
        self.put("#address-cells", cells(1))
        self.put("#size-cells", cells(0))
        for number in range(self.domain.word("cpus", 1)):
            self.out.begin_node(f"cpu@{number % 16 + (number // 16 << 8):x}")
            self.put("compatible", host.props.get("compatible", b""))
            self.put("device_type", b"cpu\0")
            self.put("reg", cells(number % 16 + (number // 16 << 8)))
            if host.word("clock-frequency") is not None:
                self.put("clock-frequency", cells(host.word("clock-frequency")))
            if self.wide:
                self.put("enable-method", b"psci\0")
            self.out.end_node()
        self.out.end_node()

    def memory(self, banks):
        self.out.begin_node(f"memory@{banks[0][0]:x}")
        self.put("device_type", b"memory\0")
        self.put("reg", u64s(*(one for first, end in banks for one in (first, end - first))))
        self.out.end_node()

    def handed_over(self, partial):
        for node in partial.root.children:
            if node.name.lower() == "gic":
                self.phandle = node.word("phandle", node.word("linux,phandle", 0))
            elif node.name.lower() in ("aliases", "passthrough"):
                self.copy(node, node.name.lower() == "passthrough")

    def copy(self, node, strip):
        self.out.begin_node(node.name)
        for name, value in node.props.items():
            if not strip or name not in FOR_XEN:
                self.put(name, value)
        for child in node.children:
            self.copy(child, strip)
        self.out.end_node()

    def gic(self):
        three = is_gic_v3(self.after)
        self.out.begin_node("interrupt-controller@3001000")
        self.put("#address-cells", cells(0))
        self.put("#interrupt-cells", cells(3))
        self.put("interrupt-controller")
        self.put("compatible", b"arm,gic-v3\0" if three else b"arm,gic-400\0")
        self.put("reg", u64s(*(one for place in (GIC_V3 if three else GIC_V2) for one in place)))
        self.put("linux,phandle", cells(self.phandle))
        self.put("phandle", cells(self.phandle))
        self.out.end_node()

    def timer(self):
        host = next((node for node in self.after.nodes
                     if not TIMERS.isdisjoint(node.strings("compatible"))), None)
        self.out.begin_node("timer")
        self.put("compatible", b"arm,armv8-timer\0" if self.wide else b"arm,armv7-timer\0")
        self.put("interrupts", lines((29, 0xf08), (30, 0xf08), (27, 0xf08)))
        self.put("interrupt-parent", cells(self.phandle))
        if host and host.word("clock-frequency") is not None:
            self.put("clock-frequency", cells(host.word("clock-frequency")))
        self.out.end_node()

    def vpl011(self):
        self.out.begin_node(f"sbsa-uart@{VPL011[0]:x}")
        self.put("compatible", b"arm,sbsa-uart\0")
        self.put("reg", u64s(VPL011[0], VPL011[1] - VPL011[0]))
        self.put("interrupts", lines((32, 0xf04)))
        self.put("interrupt-parent", cells(self.phandle))
        self.put("current-speed", cells(115200))
        self.out.end_node()

    def hypervisor(self, banks):
        offered = [(GRANTS_AND_MAGIC[0], 16 * MIB)]
        if self.wide and has_regions(self.after):
            offered += free_regions(banks)
        self.out.begin_node("hypervisor")
        self.put("compatible", b"xen,xen-4.17\0xen,xen\0")
        self.put("reg", u64s(*(one for place in offered for one in place)))
        self.put("interrupts", lines((31, 0xf08)))
        self.put("interrupt-parent", cells(self.phandle))
        self.out.end_node()


def has_regions(after):
    chosen = next(node for node in after.root.children if node.name == "chosen")
    words = " ".join(chosen.strings("xen,xen-bootargs")).split()
    off = {"ext_regions=0", "ext_regions=no", "ext_regions=off", "ext_regions=false",
           "no-ext_regions"}
    return off.isdisjoint(words)


def free_regions(banks):
    """find_domU_holes(): what RAM leaves of its two windows."""
    found = []
    for (base, size), index in zip(GUEST_RAM, range(2)):
        used = banks[index][1] - banks[index][0] if index < len(banks) else 0
        first = oracle.up(base + used, 2 * MIB)
        if base + size - first >= 64 * MIB:
            found.append((first, base + size - first))
    return found
