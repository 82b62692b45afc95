# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""
Which SMMUs of version 1 and 2 Xen drives, and whose DMA they then translate: a second opinion,
from Xen's source of 4.17 to 4.22 and never from the C code. Where Xen runs, it is said which:
drivers/passthrough/arm/smmu.c, drivers/passthrough/device_tree.c, common/device_tree.c.
"""
import functools

from oracle_tree import rows

DRIVEN = {"arm,smmu-v1", "arm,smmu-v2", "arm,mmu-400", "arm,mmu-401", "arm,mmu-500"}
GICS = {"arm,cortex-a15-gic", "arm,cortex-a7-gic", "arm,gic-400", "arm,gic-v3"}
DEBIAN = (17, 20)
STREAM_BITS = 0x7fff  # SMR_ID_MASK, SMR_MASK_MASK
STREAMS = 16          # MAX_PHANDLE_ARGS, which is MAX_MASTER_STREAMIDS
READS_MASKS = 20      # ef3b4768b3
SPECIFIERS = 4        # DT_MAX_IRQ_SPEC


def cells_of(node, name):
    return [cell for cell, in rows(node.props.get(name, b""), 1)]


def is_xens(node):
    return "xen,passthrough" not in node.props and node.is_on()


# ---- interrupts: platform_get_irq() --------------------------------------------------------

def gic_of(tree):
    return next((node for node in tree.nodes if "interrupt-controller" in node.props
                 and not GICS.isdisjoint(node.strings("compatible")) and is_xens(node)), None)


def interrupt_parent(tree, node):
    """dt_irq_find_parent(): up, or where interrupt-parent points, to who counts in cells."""
    for _ in range(len(tree.nodes)):
        node = (tree.phandles.get(node.word("interrupt-parent")) if "interrupt-parent" in node.props
                else node.parent)
        if node is None or "#interrupt-cells" in node.props:
            return node
    return None


def through_maps(tree, node, spec, address):
    """dt_irq_map_raw(): (controller, its cells), or None."""
    above = node
    while above and "#address-cells" not in above.props:
        above = above.parent
    width = above.word("#address-cells") if above else 2
    for _ in range(len(tree.nodes)):
        if node is None:
            return None
        if "interrupt-controller" in node.props:
            return (node, spec) if len(spec) <= SPECIFIERS else None
        if "interrupt-map" not in node.props:
            node = interrupt_parent(tree, node)
            continue
        if address is None and width:
            return None
        found = map_entry(tree, node, (address or [])[:width] + spec, width)
        if not found:
            return None
        node, address, spec = found
        width = len(address)
    return None


def map_entry(tree, node, key, width):
    """The first entry of an interrupt-map for the key: (parent, its address, its cells)."""
    entries, mask = cells_of(node, "interrupt-map"), cells_of(node, "interrupt-map-mask")
    mask = mask or [0xffffffff] * len(key)
    while len(entries) > len(key) + 1:
        own, parent = entries[:len(key)], tree.phandles.get(entries[len(key)])
        if not parent or "#interrupt-cells" not in parent.props:
            return None
        address, spec = parent.word("#address-cells", 0), parent.word("#interrupt-cells")
        entries = entries[len(key) + 1:]
        if len(entries) < address + spec:
            return None
        if all((a ^ b) & bits == 0 for a, b, bits in zip(key, own, mask)):
            return parent, entries[:address], entries[address:address + spec]
        entries = entries[address + spec:]
    return None


def raw_interrupts(tree, node):
    """Of each interrupt (controller, cells), or None where Xen cannot tell it."""
    address = cells_of(node, "reg") if "reg" in node.props else None
    extended = tree.references(node, "interrupts-extended", "#interrupt-cells")
    if extended and None not in extended:
        return [through_maps(tree, parent, spec, address) for parent, spec in extended]
    parent = interrupt_parent(tree, node) if "interrupts" in node.props else None
    count = parent.word("#interrupt-cells", 0) if parent else 0
    cells = cells_of(node, "interrupts")
    return [through_maps(tree, parent, cells[i:i + count], address)
            for i in range(0, len(cells) - count + 1, count)] if count else []


def count_interrupts(tree, node, gic, types):
    """How many Xen has one after another: each of the GIC, none with two types."""
    count = 0
    for found in raw_interrupts(tree, node):
        if not found or found[0] is not gic or len(found[1]) < 3:
            break
        private, number, trigger = found[1][:3]
        if types.setdefault((private != 0, number), trigger & 0xf) != trigger & 0xf:
            break
        count += 1
    return count


# ---- which are driven: arm_smmu_device_dt_probe() ------------------------------------------

class Drives:
    """What iommu_hardware_setup() comes to."""

    def __init__(self, tree, has_registers):
        self.smmus, self.masters, self.panics = [], {}, False
        gic, types = gic_of(tree), {}
        for node in tree.nodes:
            if DRIVEN.isdisjoint(node.strings("compatible")) or not is_xens(node):
                continue
            contexts = node.word("#global-interrupts")
            if not has_registers(node):
                self.panics = True
            elif contexts is not None and count_interrupts(tree, node, gic, types) > contexts:
                self.smmus.append(node)
                self.take_masters(tree, node)

    def take_masters(self, tree, smmu):
        """register_smmu_master(): a device that is named twice, here or elsewhere, is an error."""
        for entry in tree.references(smmu, "mmu-masters", "#stream-id-cells"):
            if entry:
                self.panics |= entry[0].path in self.masters
                self.masters[entry[0].path] = smmu, entry[1]

    def has(self, node):
        return not self.panics and node in self.smmus


# ---- devices: iommu_add_dt_device() and arm_smmu_dt_xlate_generic() --------------------------

def told_streams(tree, node, drives):
    """[(stream, mask)] of a device that goes through one SMMU as a whole; None: it does not."""
    listed = drives.masters.get(node.path)
    if listed:
        sound = "iommus" not in node.props and 1 <= len(listed[1]) <= STREAMS
        return (listed[0], [(stream, 0) for stream in listed[1]]) if sound else None
    entries = tree.references(node, "iommus", "#iommu-cells")
    if (not entries or None in entries or len({smmu for smmu, _ in entries}) != 1
            or not drives.has(entries[0][0]) or not entries[0][0].is_on() or len(entries) > STREAMS
            or any(len(cells) not in (1, 2) for _, cells in entries)):
        return None
    return entries[0][0], [(cells[0], cells[1] if len(cells) > 1 else smmu.word("stream-match-mask", 0))
                           for smmu, cells in entries]


def meet(one, other):
    """Some stream matches both, and the second is not all within the first: find_sme()."""
    (first, first_mask), (then, then_mask) = one, other
    if (first ^ then) & ~(first_mask | then_mask) & STREAM_BITS:
        return False
    return then_mask & ~first_mask != 0 or (first ^ then) & ~first_mask & STREAM_BITS != 0


def translated_by(tree, drives, minor):
    """Paths of the devices all of whose streams this release of Xen translates."""
    found, programmed = set(), {}
    for node in tree.nodes:
        told = told_streams(tree, node, drives)
        if not told:
            continue
        smmu, streams = told
        taken = programmed.setdefault(smmu.path, [])
        sound = all(stream <= STREAM_BITS and mask <= (STREAM_BITS if minor >= READS_MASKS else 0)
                    for stream, mask in streams)
        for stream, mask in streams:
            one = stream & STREAM_BITS, mask & STREAM_BITS if minor >= READS_MASKS else 0
            sound &= not any(meet(other, one) for other in taken)
            taken.append(one)
        if sound:
            found.add(node.path)
    return found


@functools.lru_cache(maxsize=4)
def of(tree, has_registers, minors=DEBIAN):
    """(what Xen drives, the devices that all of these releases translate)"""
    drives = Drives(tree, has_registers)
    found = set() if drives.panics else set.intersection(
        *(translated_by(tree, drives, minor) for minor in minors))
    return drives, found
