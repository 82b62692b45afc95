# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Small cases by name: a plain boot, and one thing that is otherwise. All of them end well or with words."""
import flat
import xen_boot
from xen_case import Case

MIB = 1 << 20
XEN, KERNEL, RAMDISK, TREE, GUEST = 0x50000000, 0x52000000, 0x56000000, 0x5A000000, 0x5C000000
HIGH = 0x90000000
KERNEL_SIZE, RAMDISK_SIZE = 64 * 1024, 100_000


def module(name, at, size, compatible, **props):
    return flat.Node(f"{name}@{at:x}", {"compatible": flat.value_of(compatible),
                                        "reg": flat.reg([(at, size)], (2, 2)), **props})


def base(boards, machine):
    """QEMU's tree with a payload; 2 GiB of RAM from 1 GiB on in one bank."""
    root, _ = flat.read(boards.tree(machine))
    chosen = root.child("chosen")
    chosen.props = {"stdout-path": b"/pl011@9000000\0", "xen,xen-bootargs": b"dom0_mem=256M\0",
                    "xen,dom0-bootargs": b"console=hvc0\0",
                    "#address-cells": flat.value_of(2), "#size-cells": flat.value_of(2)}
    chosen.children = [
        module("hypervisor", XEN, MIB, "dtshim,hypervisor"),
        module("module", KERNEL, KERNEL_SIZE, ["multiboot,kernel", "multiboot,module"]),
        module("module", RAMDISK, RAMDISK_SIZE, ["multiboot,ramdisk", "multiboot,module"])]
    return root


def region(root, at, size, **props):
    """A child of /reserved-memory."""
    holder = root.child("reserved-memory") or root.add(
        "reserved-memory", address_cells=2, size_cells=2, ranges=True)
    holder.add(f"region@{at:x}", reg=flat.reg([(at, size)], (2, 2)), **props)


def around_a_region(root):
    """As boot loaders reserve what a tree reserves already; larger, so each release takes it."""
    region(root, HIGH, 2 * MIB)
    root.reserves = [(HIGH - MIB, 4 * MIB)]


def many_regions(root, slack):
    """dom0's tree lists all of them once more, in the size of this one and what is free there."""
    for i in range(240):
        region(root, HIGH + i * 2 * MIB, MIB, no_map=True)
    root.slack = slack


def line(root, words):
    root.child("chosen").props["xen,xen-bootargs"] = flat.value_of(words)


def device(root, at=0x10000000, **props):
    root.add(f"dev@{at:x}", compatible="test,device", reg=flat.reg([(at, 4096)], (2, 2)), **props)


def registers_in_ram(root):
    """Where a plan has dom0, but for them."""
    line(root, "dom0_mem=64M")
    device(root, 0x42000000)


def two_banks(root, name="memory", device_type="memory", **props):
    """The upper half of RAM as a node of its own."""
    root.called("memory")[0].props["reg"] = flat.reg([(xen_boot.RAM_BASE, 1024 * MIB)], (2, 2))
    root.add(f"{name}@80000000", device_type=device_type,
             reg=flat.reg([(0x80000000, 1024 * MIB)], (2, 2)), **props)


def unscrubbed(root):
    """RAM in pieces: which of them are dom0's follows from the order of the free lists."""
    for at in (0x68000000, 0x88000000, 0xA8000000):
        region(root, at, 2 * MIB)
    line(root, "dom0_mem=640M no-bootscrub")


def static_heap(root):
    root.child("chosen").props |= {
        "#xen,static-heap-address-cells": flat.value_of(2), "#xen,static-heap-size-cells": flat.value_of(2),
        "xen,static-heap": flat.reg([(0x60000000, 320 * MIB)], (2, 2))}


def domain(root, at, size=64 * MIB):
    """A domain beside dom0, with memory of its own."""
    root.child("chosen").add(
        "guest", [module("module", GUEST, KERNEL_SIZE, ["multiboot,kernel", "multiboot,module"])],
        compatible="xen,domain", address_cells=2, size_cells=2, memory=[0, size >> 10], cpus=1,
        xen__static_mem=flat.reg([(at, size)], (2, 2)))
    root.files = {GUEST: xen_boot.kernel(KERNEL_SIZE, 2 * MIB)}


def level_down(root):
    chosen = root.child("chosen")
    modules = flat.Node("modules", {"#address-cells": flat.value_of(2), "#size-cells": flat.value_of(2)},
                        chosen.children[1:])
    chosen.children = [chosen.children[0], modules]


def shared_kernel(root):
    """Xen takes it for one module, which is dom0's, too, where that names it first."""
    domain = root.child("chosen").add("domU1", compatible="xen,domain", address_cells=2, size_cells=2,
                                      cpus=1, memory=[0, 64 << 10])
    domain.children.append(module("module", KERNEL, KERNEL_SIZE, ["multiboot,kernel", "multiboot,module"]))


def by_order(root):
    for node in root.child("chosen").children[1:]:
        node.props["compatible"] = b"multiboot,module\0"


def bus(root):
    node = root.add("bus@20000000", compatible="simple-bus", address_cells=1, size_cells=1,
                    ranges=[0, 0, 0x20000000, 0x100000])
    node.add("dev@1000", compatible="test,device", reg=[0x1000, 0x1000], interrupts=[0, 150, 4])
    node.add("off@2000", compatible="test,device", reg=[0x2000, 0x1000], interrupts=[0, 151, 4],
             status="disabled")


def two_triggers(root):
    device(root, interrupts=[0, 177, 4])
    device(root, 0x10010000, interrupts=[0, 177, 1])


def out_of_its_bus(root):
    bus(root)
    root.child("bus@20000000").add("dev@200000", compatible="test,device", reg=[0x200000, 0x1000])


def no_kernel(root):
    del root.child("chosen").children[1:]


def allwinner(root):
    """A platform whose code keeps all UARTs of a kind from dom0."""
    root.props["compatible"] = b"allwinner,sun7i-a20\0"
    device(root)
    root.child("dev@10000000").props["compatible"] = b"snps,dw-apb-uart\0"


def empty_interrupt(root, **props):
    """As on the STM32MP1; with two cells of its own where it is a controller."""
    gic = root.word("interrupt-parent")
    device(root, interrupts_extended=[gic, 0, 150, 4, 0, gic, 0, 151, 4], phandle=0xe0, **props)


def doorbell(root):
    """The MSI controller of the Raspberry Pi 5: its second address is one on PCI."""
    node = root.add("axi", compatible="simple-bus", address_cells=2, size_cells=2,
                    ranges=[0, 0x20000000, 0, 0x20000000, 0, 0x100000])
    node.add("msi-controller@20000000", compatible="brcm,bcm2712-mip",
             reg=[0, 0x20000000, 0, 0xc0, 0xff, 0xfffff000, 0, 0x1000])


def behind_pci(root):
    """Its RP1: devices of a PCI device, below a bus of three cells."""
    three = {"address_cells": 3, "size_cells": 2}
    host = root.add("pcie@20000000", compatible="test,pcie", device_type="pci",
                    reg=[0, 0x20000000, 0, 0x1000], ranges=[0x2000000, 0, 0, 0, 0x21000000, 0, 0x1000000], **three)
    bridge = host.add("pci@0,0", device_type="pci", reg=[0] * 5, ranges=True, **three)
    dev = bridge.add("dev@0,0", compatible="pci1de4,1", reg=[0x10000, 0, 0, 0, 0],
                     ranges=[1, 0, 0, 0x82010000, 0, 0, 0, 0x400000], **three)
    inner = dev.add("bus@1", compatible="simple-bus", address_cells=2, size_cells=2,
                    ranges=[0, 0x40000000, 1, 0, 0, 0, 0x400000])
    for at in (0x40018000, 0x40030000, 0x40200000):
        inner.add(f"dev@{at:x}", compatible="test,device", reg=[0, at, 0, 0x1000])


# name: (what is otherwise, does Xen stop)
CASES = {
    "plain": (lambda root: None, False),
    "a region": (lambda root: region(root, HIGH, 64 * MIB, no_map=True), False),
    "a disabled region": (lambda root: region(root, HIGH, 64 * MIB, status="disabled"), False),
    "a disabled region in the way": (
        lambda root: region(root, 0x60000000, 1400 * MIB, status="disabled"), False),
    "a reservation around a region": (around_a_region, False),
    "many regions": (lambda root: many_regions(root, 16 << 10), False),
    "many regions, and no slack": (lambda root: many_regions(root, 0), True),
    "two banks": (two_banks, False),
    "a disabled bank": (lambda root: two_banks(root, status="disabled"), False),
    "a bank of another name": (lambda root: two_banks(root, "ram"), False),
    "a bank by its name alone": (lambda root: two_banks(root, device_type="test"), False),
    "registers in dom0's memory": (lambda root: device(root, 0x44000000), False),
    "registers where dom0's kernel goes": (lambda root: device(root, 0x40000000), True),
    "registers at the native base": (registers_in_ram, False),
    "a static heap": (static_heap, False),
    "modules one level down": (level_down, False),
    "a kernel that a domain shares": (shared_kernel, False),
    "modules by order": (by_order, False),
    "a bus": (bus, False),
    "a device passed over": (lambda root: device(root, xen__passthrough=True, interrupts=[0, 1, 4]), False),
    "the last of several dom0_mem": (lambda root: line(root, "dom0_mem=64M dom0_mem=300M ext_regions=0"),
                                     False),
    "cache colours without a Xen for them": (
        lambda root: line(root, "dom0_mem=256M llc-coloring=on"), False),
    "a long line": (lambda root: line(root, "sync_console " * 100 + "dom0_mem=300M"), False),
    "no dom0_mem": (lambda root: line(root, "bootscrub=0"), False),
    "memory that is not scrubbed": (unscrubbed, False),
    "an Allwinner board": (allwinner, False),
    "the console's line": (lambda root: device(root, interrupts=[0, 1, 4]), True),
    "two triggers": (two_triggers, True),
    "out of its bus": (out_of_its_bus, True),
    "an empty interrupt": (empty_interrupt, True),
    "a controller's empty interrupt": (
        lambda root: empty_interrupt(root, interrupt_controller=True, interrupt_cells=2), True),
    "an address that is none of the CPU's": (doorbell, True),
    "devices behind a PCI device": (behind_pci, True),
    "an extended SPI, as another one": (lambda root: device(root, interrupts=[2, 92, 4]), False),
    "an extended SPI, as a CPU's own": (lambda root: device(root, interrupts=[2, 4, 4]), False),
    "no kernel": (no_kernel, True),
    "too much memory": (lambda root: line(root, "dom0_mem=3G"), True),
}


def build(boards, name, gic=3):
    return build_with(boards, CASES[name][0], gic)


def build_with(boards, change, gic=3, machine=None, kernel_size=KERNEL_SIZE):
    machine = machine or xen_boot.Machine(2048, gic, 1)
    root = base(boards, machine)
    change(root)
    reserves, slack = getattr(root, "reserves", ()), getattr(root, "slack", 16 << 10)
    kernel = xen_boot.kernel_for(machine, kernel_size, 2 * MIB)
    return Case(machine=machine, xen_at=XEN, tree_at=TREE, blob=flat.write(root, reserves, slack),
                files={KERNEL: kernel, RAMDISK: bytes(RAMDISK_SIZE), **getattr(root, "files", {})},
                kernel=KERNEL)
