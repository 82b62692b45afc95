# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""
The shapes of a tree: what in it a reader of trees must know how to read, in short lines. Two trees of
the same shapes are read alike; a line that no tree had before is a question (NEEDS).

Written from the bindings (dt-schema, and Documentation/devicetree/bindings of Linux).
"""
import functools
import re

# Phandle with as many cells as the target says: dt-schema's phandle-array of each consumer binding.
SPECIFIERS = {
    "clocks": "clock", "assigned-clocks": "clock", "assigned-clock-parents": "clock",
    "interrupts-extended": "interrupt", "iommus": "iommu", "interconnects": "interconnect",
    "power-domains": "power-domain", "resets": "reset", "phys": "phy", "dmas": "dma", "mboxes": "mbox",
    "pwms": "pwm", "msi-parent": "msi", "io-channels": "io-channel", "io-backends": "io-backend",
    "thermal-sensors": "thermal-sensor", "cooling-device": "cooling", "sound-dai": "sound-dai",
    "hwlocks": "hwlock", "mux-controls": "mux-control", "mux-states": "mux-state",
    "nvmem-cells": "nvmem-cell", "access-controllers": "access-controller",
    "trigger-sources": "trigger-source", "performance-domains": "performance-domain",
    "mmu-masters": "stream-id",
}
# Optional in the target, and then this.
WITHOUT_CELLS = {"msi": 0, "nvmem-cell": 0, "mux-control": 1, "access-controller": 0}
# Rows of an ID, a phandle, as many cells as the target says (else one), a length.
MAPS = {"iommu-map": "#iommu-cells", "msi-map": "#msi-cells"}

GIC = re.compile(r"[,-][aq]?gic(\d|-|$)")

NEEDS = {
    "cells": "a row is read as the target tells; does shim/fdt/reference_kinds.c know the property?",
    "map": "rows of another size: shim/fdt/id_map, shim/board/iommu.c, shim/model/streams.c",
    "interrupt-map": "the way of an interrupt through it: shim/fdt/interrupt.c, shim/model/line.c",
    "rows": "cells of addresses and sizes: shim/fdt/address.c takes up to 3 and 2",
    "iommu": "which of Xen's drivers takes it, or none? shim/model/smmu.c, shim/board/iommu_facts.c",
    "pci-windows": "does its driver program inbound windows from dma-ranges? the list in shim/native/offset.c",
    "dma-way": "a device whose DMA goes another way than its parent's: shim/board/dma_parent.c",
    "sram": "how does Linux map it, and who lives in it? shim/board/sram.c, no_masters in shim/board/masters.c",
    "sram-part": "who maps this part, and how? shim/board/sram.c",
    "sram-place": "what is dom0's of the memory under it? shim/xen/in_ram.c, shim/board/sram.c",
    "gic": "does Xen drive it? shim/model/gic.c, controller.c; else can_run.c refuses the board",
    "interrupt": "what does Xen's gic_irq_xlate() make of it? shim/model/interrupts.c, shim/model/line.c",
    "reserved": "who uses the region, and does it stand an offset? shim/board/reserved_memory.c",
    "memory": "what do Xen and Linux read in a memory node of this form? shim/board/memory.c",
    "phandles": "the name carries phandles: a row in shim/fdt/reference_kinds.c, or a word that it is not followed",
    "reach": "a part of `reg` that the buses above do not lead to: what reads it, and what does Xen do?",
    "node": "a kind of tree of its own",
}


# ---- what refers to others -------------------------------------------------------------

def specifier(name):
    """`gpio` for enable-gpios; None: not one of these."""
    kind = SPECIFIERS.get(name)
    if kind or "gpio" not in name or name.startswith("#") or "," in name:
        return kind
    return "gpio" if name in ("gpio", "gpios") or name.endswith(("-gpio", "-gpios")) else None


# The same few names in thousands of trees.
specifier = functools.lru_cache(maxsize=None)(specifier)


def of_specifiers(tree, node, name, kind):
    value = node.numbers(name)
    cells, at = f"#{kind}-cells", 0
    name = "*-gpios" if kind == "gpio" else name
    if kind == "gpio" and "gpio-hog" in node.props:
        return
    while at < len(value):
        target = tree.phandles.get(value[at])
        if target is None:
            if value[at]:
                yield f"cells {name} of nobody"
                return
            yield f"cells {name} empty"
            at += 1
            continue
        count = target.cell(cells)
        if count is None:
            count = WITHOUT_CELLS.get(kind)
            if count is None:
                yield f"cells {name} without {cells}"
                return
        yield f"cells {name} {count}"
        at += 1 + count
    if at > len(value):
        yield f"cells {name} cut off"


def of_map(tree, node, name):
    value = node.numbers(name)
    counts, at = [], 0
    while at + 1 < len(value) and (target := tree.phandles.get(value[at + 1])):
        counts.append(target.cell(MAPS[name]))
        at += 3 + (1 if counts[-1] is None else counts[-1])
    if at == len(value):
        yield from (f"map {name} rows of {3 + (1 if count is None else count)}, target "
                    f"{'without ' + MAPS[name] if count is None else count}" for count in counts)
    elif len(value) % 4 or not all(one in tree.phandles for one in value[1::4]):
        yield f"map {name} of nobody" if at < len(value) else f"map {name} cut off"
    else:
        # As written before a row had as many cells as the target says.
        yield from (f"map {name} rows of 4, target {tree.phandles[one].cell(MAPS[name])}"
                    for one in value[1::4])


def of_interrupt_map(tree, node):
    value = node.numbers("interrupt-map")
    at, own = 0, node.cell("#address-cells", 0) + node.cell("#interrupt-cells", 1)
    while at + own < len(value):
        parent = tree.phandles.get(value[at + own])
        if parent is None:
            yield "interrupt-map of nobody"
            return
        cells = parent.cell("#address-cells", 0), parent.cell("#interrupt-cells", 1)
        yield f"interrupt-map {own} to {cells[0]}+{cells[1]}"
        at += own + 1 + sum(cells)


# ---- roles -----------------------------------------------------------------------------

def covered(bus, cache):
    """What of a bus leads to the CPU, as its nearest `ranges` with rows says it; None: all of it."""
    if bus not in cache:
        rows = bus.numbers("ranges")
        if not bus.parent or "ranges" in bus.props and not rows:
            cache[bus] = covered(bus.parent, cache) if bus.parent else None
        else:
            (child, size), (parent, _) = bus.cells(), bus.parent.cells()
            step = child + parent + size
            cache[bus] = [(first, first + number(rows[at + child + parent:at + step]))
                          for at in range(0, len(rows) - step + 1, step)
                          for first in [number(rows[at:at + child])]]
    return cache[bus]


def out_of_reach(node, cache):
    """Of a device on a bus of the CPU's: a register that the bus does not lead to."""
    bus = node.parent
    if not bus or not bus.parent or "ranges" not in bus.props or is_pci(bus):
        return False
    ways = covered(bus, cache)
    return ways is not None and any(not meets(one, ways) for one in spans(node, bus.cells()))


def names(node):
    return " ".join(node.strings()) or "nothing"


def is_pci(node):
    return node.props.get("device_type") == b"pci\0" or node.cell("#address-cells") == 3


def of_gic(tree, node, parent, value):
    """Interrupts in the three cells of a GIC: the type, and what Xen has no number for."""
    count = parent.cell("#interrupt-cells", 3)
    gic = "arm,gic-v3" if "arm,gic-v3" in parent.strings() else "older"
    for at in range(0, len(value) - 2, count):
        kind, number, flags = value[at:at + 3]
        far = ", number of 988 or more" if kind == 0 and number >= 988 else ""
        yield f"interrupt {gic} type {kind}, flags {flags & 15:#x}{far}"
    if len(value) % count:
        yield f"interrupt {gic} cut off"


def is_gic(node):
    return any(GIC.search(one) and not one.endswith(("-its", "v2m-frame")) for one in node.strings())


def parent_of_interrupts(tree, node):
    """The next that says how many cells an interrupt has: a controller, or a bus with an interrupt-map."""
    while node:
        up = tree.phandles.get(node.cell("interrupt-parent")) if "interrupt-parent" in node.props else None
        node = up or node.parent
        if node and "#interrupt-cells" in node.props:
            return node
    return None


def spans(node, cells):
    value, (address, size) = node.numbers("reg"), cells
    step = address + size
    for at in range(0, len(value) - step + 1, step or 1):
        first, length = number(value[at:at + address]), number(value[at + address:at + step])
        if length:
            yield first, first + length


def number(cells):
    found = 0
    for cell in cells:
        found = found << 32 | cell
    return found


def on_the_cpu(node):
    """Where the CPU finds the registers, if all buses above are of equal addresses or say no more."""
    shift, above = 0, node.parent
    while above and above.parent:
        value = above.numbers("ranges")
        if "ranges" not in above.props:
            return []
        if value:
            child, (parent, _) = above.cells()[0], above.parent.cells()
            shift += number(value[child:child + parent]) - number(value[:child])
        above = above.parent
    return [(first + shift, end + shift) for first, end in spans(node, node.parent.cells())]


def meets(one, others):
    return any(one[0] < end and first < one[1] for first, end in others)


def of_sram(node, no_map, kept, ram):
    for one in on_the_cpu(node):
        where = ("a no-map region" if meets(one, no_map) else "reserved memory" if meets(one, kept)
                 else "RAM" if meets(one, ram) else None)
        if where:
            yield f"sram-place {node.strings()[0]} in {where}"


def is_sram(node):
    return any("sram" in one or one in ("arm,scmi-shmem", "arm,scp-shmem") for one in node.strings())


def of_region(node):
    said = [name for name in ("no-map", "reusable", "linux,cma-default", "linux,dma-default",
                              "iommu-addresses", "alloc-ranges", "alignment", "no-map-fixup")
            if name in node.props]
    value = node.numbers("reg")
    form = "no reg" if not value else "static"
    if value and not any(value[node.parent.cells()[0]:]):
        form = "static of no size"
    return f"reserved {' '.join([node.strings()[0] if node.strings() else '-', form, *said])}"


def is_memory(node):
    return node.props.get("device_type") == b"memory\0" or node.name.split("@")[0] == "memory"


def of_memory(tree, node):
    value = node.numbers("reg")
    cells = sum(tree.root.cells())
    known = {"reg", "device_type", "phandle", "linux,phandle"}
    form = ("no reg" if not value else "zero" if not any(value) else
            "cut off" if len(value) % cells else "one" if len(value) == cells else "several")
    return f"memory {' '.join([form, *sorted(set(node.props) - known)])}"


# ---- all of a tree ----------------------------------------------------------------------

ROWS = ("ranges", "dma-ranges")


def of_node(tree, node):
    props = node.props
    for name in props:
        kind = specifier(name)
        if kind:
            yield from of_specifiers(tree, node, name, kind)
    for name in MAPS:
        if name in props:
            yield from of_map(tree, node, name)
    if "interrupt-map" in props:
        yield from of_interrupt_map(tree, node)
    for name in ROWS:
        if props.get(name) and node.parent:
            yield (f"rows {name} {node.cells()[0]} to {node.parent.cells()[0]}+{node.cells()[1]}"
                   + (", PCI" if is_pci(node) else ""))
    if "iommu-addresses" in props:
        yield "rows iommu-addresses"
    if "#iommu-cells" in props:
        yield f"iommu {names(node)}: {node.cell('#iommu-cells')}"
    if props.get("dma-ranges") and is_pci(node):
        yield f"pci-windows {names(node)}"
    if "dma-mem" in node.strings("interconnect-names"):
        yield f"dma-way {names(node)}"
    if "interrupts" in props:
        parent = parent_of_interrupts(tree, node)
        if parent and is_gic(parent):
            yield from of_gic(tree, node, parent, node.numbers("interrupts"))
    if "interrupt-controller" in props and is_gic(node):
        yield f"gic {names(node)}: {node.cell('#interrupt-cells')}"


def of_tree(tree):
    """The set of its shapes. Of an overlay nothing more: what it refers to is in another tree."""
    if any(node.name == "__overlay__" for node in tree.nodes):
        return {"node an overlay"}
    found = {f"rows reg {tree.root.cells()[0]}+{tree.root.cells()[1]}, root"}
    ram = [one for node in tree.root.children if is_memory(node)
           for one in spans(node, tree.root.cells())]
    regions = [node for top in tree.root.children if top.name == "reserved-memory"
               for node in top.children]
    kept = [one for node in regions for one in spans(node, node.parent.cells())]
    no_map = [one for node in regions if "no-map" in node.props for one in spans(node, node.parent.cells())]
    ways = {}
    for node in tree.nodes:
        if "reg" in node.props and "compatible" in node.props and out_of_reach(node, ways):
            found.add(f"reach {names(node)}")
        if node.name in ("__symbols__", "__fixups__", "__local_fixups__"):
            continue
        found.update(of_node(tree, node))
        if is_sram(node):
            part = node.parent and is_sram(node.parent)
            found.add(f"sram-part {names(node)}" if part else f"sram {names(node)}")
            found.update(of_sram(node, no_map, kept, ram))
            found.update(f"sram-part {names(part)}" for part in node.children)
        if node.parent is tree.root and is_memory(node):
            found.add(of_memory(tree, node))
    found.update(map(of_region, regions))
    return found
