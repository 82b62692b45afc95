# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""What a tree says about DMA, IOMMUs, SRAM and free addresses: a second opinion.

Written from the bindings and from what Linux does with them, never from the C
code, and in the plainest way: lists of Python numbers, whole trees in memory.
test_corpus.py asks this and the tool the same questions about shipped trees.
"""
import fnmatch
import functools
import re
import struct

import oracle_smmu
from oracle_smmu import DRIVEN
from oracle_sram import sram_nodes, sram_runs
from oracle_tree import (KIB, MIB, Node, TOP, Tree, bus_address, bus_rows,  # noqa: F401
                         down, is_addressed, overlap, registers, rows, span, spans, through, to_cpu,
                         total, union, up, widen, without)
from places import ROOT



# ---- IOMMUs ------------------------------------------------------------------------------

def has_registers(node):
    """A device of the CPU's: it has an address, and stands among the devices."""
    first = next(rows(node.props.get("reg", b""), *node.parent.cells()), None) if node.parent else None
    return (first is not None and not is_description(node)
            and to_cpu(node.parent, bus_address(node.parent, first[0])) is not None)


def is_driven(tree, contract, node):
    """An IOMMU that the hypervisor takes for itself and programs."""
    return (node.is_reachable() and has_registers(node) and "xen,passthrough" not in node.props
            and not DRIVEN.isdisjoint(node.strings("compatible"))
            and (contract == "native" or oracle_smmu.of(tree, has_registers)[0].has(node)))


def iommus(tree):
    return [node for node in tree.nodes if "#iommu-cells" in node.props]


def listed_by(tree):
    """{device's path: SMMUs that name it in the legacy `mmu-masters`}."""
    lists = {}
    for smmu in tree.nodes:
        if "mmu-masters" in smmu.props and smmu.is_reachable():
            for entry in tree.references(smmu, "mmu-masters", "#stream-id-cells"):
                if entry and smmu not in lists.setdefault(entry[0].path, []):
                    lists[entry[0].path].append(smmu)
    return lists


def four_by_four(tree, cells):
    """
    A map written for kernels that took four cells a row whatever the IOMMU asks for. Linux 7
    takes it so where all name one IOMMU of two cells, for one ID each: of_check_bad_map().
    """
    rows_of_four = [cells[i:i + 4] for i in range(0, len(cells), 4)]
    iommu = tree.phandles.get(cells[1]) if len(cells) > 1 else None
    return (iommu is not None and iommu.word("#iommu-cells", 1) == 2 and len(cells) % 4 == 0
            and all(row[1] == cells[1] and row[3] == 1 for row in rows_of_four))


def rows_by(tree, cells, width):
    """The rows up to the first that is none, and whether that was the end."""
    found, at = [], 0
    while len(cells) - at >= 2 and cells[at + 1] in tree.phandles:
        iommu = tree.phandles[cells[at + 1]]
        count_at = at + 2 + width(iommu)
        if count_at >= len(cells):
            break
        found.append((cells[at], iommu, cells[count_at]))
        at = count_at + 1
    return found, at == len(cells)


def map_rows(tree, node):
    """
    iommu-map by its binding (pci-iommu.txt): the first requester ID, an IOMMU, its specifier in
    #iommu-cells, how many. Returns ([(first, IOMMU, count)], whether all of it was read).
    """
    value = node.props.get("iommu-map", b"")
    cells = [word for word, in rows(value[:len(value) & ~3], 1)]
    read = ([], False)
    if not four_by_four(tree, cells):
        read = rows_by(tree, cells, lambda iommu: iommu.word("#iommu-cells", 1))
    if not read[1] and len(cells) % 4 == 0 and all(cells[i] in tree.phandles
                                                   for i in range(1, len(cells), 4)):
        read = rows_by(tree, cells, lambda iommu: 1)
    return read[0], read[1] and bool(value) and len(value) % 4 == 0


def map_protects(tree, host):
    """Whether each requester ID of a PCI host comes to an IOMMU that Xen drives: the first row counts."""
    mask = host.word("iommu-map-mask", 0xffff)
    entries, whole = map_rows(tree, host)

    def comes_through(requester):
        return next((is_driven(tree, "native", iommu) and iommu.word("#iommu-cells") == 1
                     for first, iommu, count in entries if first <= requester < first + count), False)
    return whole and all(map(comes_through, {requester & mask for requester in range(0x10000)}))


def is_protected(tree, contract, node, lists):
    """Whether every stream of a device is known to go through a driven IOMMU."""
    if node.is_pci():
        return contract == "native" and map_protects(tree, node)
    if "iommu-map" in node.props:
        return False
    if contract == "xen" and node.path not in oracle_smmu.of(tree, has_registers)[1]:
        return False
    if "iommus" not in node.props:
        smmus = lists.get(node.path, [])
        return len(smmus) == 1 and is_driven(tree, contract, smmus[0])
    entries = tree.references(node, "iommus", "#iommu-cells")
    return bool(entries) and None not in entries and all(
        is_driven(tree, contract, iommu) for iommu, _ in entries)


def named_iommus(tree, node, lists):
    """All IOMMUs that a device has something to do with, in whichever way it says so."""
    found = [entry[0] for entry in tree.references(node, "iommus", "#iommu-cells") if entry]
    found += [iommu for _, iommu, _ in map_rows(tree, node)[0]]
    return set(found + lists.get(node.path, []))


# ---- DMA masters ------------------------------------------------------------------------------

def no_masters():
    """The tool's table of devices that are known not to master DMA: data, not code."""
    return table_of("no_masters")


@functools.lru_cache(maxsize=None)
def table_of(name):
    for source in sorted((ROOT / "shim").rglob("*.c")):
        table = re.search(name + r"\[\] *=(.*?);[^\n]*\n\s*\n", source.read_text(), re.DOTALL)
        if table:
            code = re.sub(r"/\*.*?\*/", "", table.group(1), flags=re.DOTALL)
            return tuple(word for literal in re.findall(r'"([^"]*)"', code)
                         for word in literal.split(r"\0") if word)
    raise AssertionError(f"no file under shim has a table {name}[]")


def is_bystander(node):
    """No master in practice: by its compatible, where nothing else in it speaks of memory."""
    said = {"iommus", "iommu-map", "#stream-id-cells", "dma-coherent", "memory-region"}
    return said.isdisjoint(node.props) and any(
        fnmatch.fnmatchcase(node.strings("compatible")[0], row) for row in table_of("bystanders"))


def is_description(node):
    return node.is_description


def may_master(node, listed, table):
    """Any device may master DMA unless it is known not to."""
    if (not node.parent or "compatible" not in node.props or "xen,passthrough" in node.props
            or any(above.is_pci() for above in node.parent.lines_of_parents())
            or is_description(node) or not node.is_reachable()):
        return False
    if "iommus" in node.props or "iommu-map" in node.props or listed:
        return True
    on_wires = "reg" in node.props and node.parent.cells()[1] == 0
    first = "".join(node.strings("compatible")[:1])
    return not (on_wires or "#iommu-cells" in node.props
                or is_known(first, table))


@functools.lru_cache(maxsize=None)
def is_known(compatible, table):
    return any(fnmatch.fnmatchcase(compatible, known) for known in table)


def dma_parent(tree, node):
    """The bus that carries the device's DMA: Linux's __of_get_dma_parent()."""
    names = node.strings("interconnect-names")
    if "dma-mem" in names:
        entries = tree.references(node, "interconnects", "#interconnect-cells")
        index = names.index("dma-mem")
        if index < len(entries) and entries[index]:
            return entries[index][0]
    return node.parent


def dma_parents(tree, node):
    """All buses on the way of a node's DMA."""
    seen = set()
    while (node := dma_parent(tree, node)) and node not in seen:
        seen.add(node)
        yield node


def dma_to_cpu(tree, bus, address):
    """From above a bus to the CPU, as DMA goes; a bus that says nothing changes nothing."""
    for above in dma_parents(tree, bus):
        if above.parent and above.props.get("dma-ranges"):
            address = address and through(above, "dma-ranges", address)
    return address and address[1]


def dma_bus(tree, device):
    """The bus whose `dma-ranges` counts for a device, as of_dma_get_range() looks for it."""
    buses = ([device] if device.is_pci() else []) + list(dma_parents(tree, device))
    for level, bus in enumerate(buses):
        if bus.props.get("dma-ranges"):
            return bus if bus.parent else None
        if "dma-ranges" not in bus.props and level > 0:
            return None
    return None


def window(tree, device):
    """[(bus address, CPU address, size)] that a device can reach; None where it is not limited."""
    bus = dma_bus(tree, device)
    found = []
    for child, parent, size in bus_rows(bus, "dma-ranges") if bus else ():
        cpu = dma_to_cpu(tree, bus, parent)
        if size and cpu is not None:
            found.append((child[1], cpu, size))
    return found or None


# drivers/pci/controller of Linux 6.1 and 7.2: what is probed by pci_host_common_probe() gets
# windows of dma-ranges in a list, and nobody on that way writes them to a register. The rest of
# the names there go to drivers with an inbound setup of their own, or to none that we know.
SET_UP_BY_FIRMWARE = {
    "pci-host-generic.c": {"pci-host-cam-generic", "pci-host-ecam-generic", "snps,dw-pcie-ecam",
                           "marvell,armada8k-pcie-ecam", "socionext,synquacer-pcie-ecam"},
    "pci-thunder-ecam.c": {"cavium,pci-host-thunder-ecam"},
    "pci-thunder-pem.c": {"cavium,pci-host-thunder-pem"},
    "dwc/pcie-hisi.c": {"hisilicon,hip06-pcie-ecam", "hisilicon,hip07-pcie-ecam"},
    "host-generic-pci.yaml": {"arm,juno-r1-pcie", "plda,xpressrich3-axi"},
}


def programs_windows(host):
    """A PCI host whose driver may write its own dma-ranges to the hardware, as they stand."""
    names = host.strings("compatible")
    return bool(host.is_pci() and host.props.get("dma-ranges")
                and not (names and set(names) <= set().union(*SET_UP_BY_FIRMWARE.values())))


def is_coherent(tree, device):
    for node in (device, *dma_parents(tree, device)):
        if "dma-coherent" in node.props:
            return True
        if "dma-noncoherent" in node.props:
            return False
    return False


def in_window(entries):
    return union(span(cpu, size) for _, cpu, size in entries)


def reach(entries, block):
    """(all, some or none of a block, and how much of it the device cannot reach)."""
    missing = total(without(block, in_window(entries))) if entries else 0
    return "all" if not missing else "none" if missing == total(union(block)) else "some", missing


def on_the_bus(entries, block):
    """[[first, end, bus address]] of the parts of a block that a device can reach."""
    found = []
    for bus, cpu, size in sorted(entries or [(0, 0, TOP)], key=lambda entry: entry[1]):
        first, end = max(block[0], cpu), min(block[1], cpu + size)
        if found and found[-1][1] == first and found[-1][2] - found[-1][0] == bus - cpu:
            found[-1][1] = end
        elif first < end:
            found.append([first, end, bus + first - cpu])
    return found


def tightest(dma):
    """The master that can reach least, the first of several."""
    limited = [(total(in_window(entry["window"])), number)
               for number, entry in enumerate(dma) if entry["decides"]]
    return dma[min(limited)[1]]["path"] if limited else None


# ---- addresses that nothing uses ------------------------------------------------------

def guest_limit(tree, ipa_bits, kernel_bits):
    small = tree.root.cells()[0] == 1 or kernel_bits == 32
    return min(1 << ipa_bits, 1 << 32) if small else 1 << ipa_bits


def old_hypervisor(tree):
    return next((node for node in tree.root.children if node.name == "hypervisor"), None)


def device_ranges(tree):
    """All `reg` of all devices, on or off: a disabled device is still on the bus."""
    return [found for node in tree.nodes if is_addressed(node) and node.path != "/hypervisor"
            for found in registers(node) if found]


def bus_windows(tree, ram):
    """What buses decode. A window that holds RAM says 1:1, not that something is there."""
    found = []
    for bus in tree.nodes[1:]:
        for _, parent, size in bus_rows(bus, "ranges") if bus.props.get("ranges") else ():
            cpu = to_cpu(bus.parent, parent)
            if size and cpu is not None:
                window_ = span(cpu, size)
                if bus.is_pci() or not any(overlap(window_, bank) for bank in ram):
                    found.append(window_)
    return found


def aligned_holes(free, step=2 * MIB):
    return [(up(first, step), down(end, step)) for first, end in free
            if up(first, step) < down(end, step)]


def grant_table_size(tree):
    node, size = old_hypervisor(tree), 0
    if node:
        size = next((size for _, size in rows(node.props.get("reg", b""), *tree.root.cells())), 0)
    return max(16 * MIB, up(size, 2 * MIB))


def has_block(first, end, size=128 * MIB):
    return up(first, size) + size <= end


def reservations(tree):
    """What firmware keeps for itself: /memreserve/ and the static part of /reserved-memory."""
    static = [found for node in tree.nodes if node.path.startswith("/reserved-memory/")
              for found in registers(node) if found]
    return static + [span(*one) for one in tree.reserves]


def devices_in_use(tree):
    """(path, registers) of what dom0's drivers may touch."""
    return [(node.path, found) for node in tree.nodes if is_addressed(node)
            and node.is_reachable() and not is_description(node)
            for found in registers(node) if found]


def as_dom0_sees(tree, address, offset):
    """Machine address to guest address; an offset counts modulo the root's addresses."""
    return (address - offset) % (1 << 32 * tree.root.cells()[0])


def moved_reservations(tree, ram, offset):
    """Reserved RAM is an offset below where it was, unless on-chip memory is in it, or something in the
    way: a device, off or on (it may come to life later), or what stays itself."""
    srams = [outer for _, outer in sram_nodes(tree)]
    where = {one: span(as_dom0_sees(tree, one[0], offset), one[1] - one[0]) for one in reservations(tree)
             if any(overlap(one, bank) for bank in ram) and not any(overlap(one, sram) for sram in srams)}
    stay = [device for node in tree.nodes
            if is_addressed(node) and not is_description(node) and node.path != "/hypervisor"
            for device in registers(node) if device]
    stay += [one for one in reservations(tree) if one not in where]
    while blocked := [one for one, to in where.items() if any(overlap(to, other) for other in stay)]:
        stay += blocked
        where = {one: to for one, to in where.items() if one not in blocked}
    return list(where.values())


def regions(tree, limit, ram, dom0, offset):
    """(grant table or None, [(first, end, of use to Linux)]) of the addresses that are free."""
    taken = [(0, 2 * MIB), *ram, *dom0, *bus_windows(tree, ram), *reservations(tree),
             *moved_reservations(tree, ram, offset),
             *(widen(*found) for found in device_ranges(tree))]
    holes = aligned_holes(without([(0, limit)], taken))
    size = grant_table_size(tree)
    fitting = [hole for hole in holes if total([hole]) >= size]
    grants = None
    if fitting:
        first = min(fitting, key=lambda hole: (total([hole]), hole[0]))[0]
        grants = first, first + size
        holes = without(holes, [grants])
    longest = 0xffe00000 if tree.root.cells()[1] == 1 else TOP
    found = [(first, min(end, first + longest)) for first, end in holes if end - first >= 64 * MIB]
    while len(found) > 32:
        found.remove(min(found, key=lambda hole: (total([hole]), -hole[0])))
    return grants, [(first, end, has_block(first, end)) for first, end in found]


# ---- all answers, in the words of plan --json -------------------------------------------

def as_object(first, end, **more):
    return {"base": hex(first), "size": hex(end - first), **more}


def is_kept_from_dom0(node):
    """An IOMMU that would be dom0's to drive, and is nothing else: it is disabled for dom0."""
    others = {name for name in node.props if re.fullmatch("#.*-cells", name)}
    return ("#iommu-cells" in others and node.is_reachable()
            and DRIVEN.isdisjoint(node.strings("compatible"))
            and "xen,grant-dma" not in node.strings("compatible")
            and others <= {"#iommu-cells", "#address-cells", "#size-cells"})


def dom0_sees(node):
    return not any(map(is_kept_from_dom0, node.lines_of_parents()))


def lines(tree, node):
    """The shared interrupts that a node names in its own words, of the controller above it."""
    value = node.props.get("interrupts", b"")
    cells = struct.unpack(f">{len(value) // 4}I", value[:len(value) // 4 * 4])
    parent = next((above.word("interrupt-parent") for above in node.lines_of_parents()
                   if "interrupt-parent" in above.props), None)
    return {(parent, cells[i + 1]) for i in range(0, len(cells) - 2, 3) if cells[i] == 0}


@functools.lru_cache(maxsize=1)
def on_the_consoles_line(tree):
    """Devices with an interrupt of the UART that stdout-path names: Xen keeps it."""
    by_path = {node.path: node for node in tree.nodes}
    said = by_path["/chosen"].strings("stdout-path") if "/chosen" in by_path else []
    name = said[0].split(":")[0] if said else ""
    if name and not name.startswith("/") and "/aliases" in by_path:
        name = "".join(by_path["/aliases"].strings(name)[:1])
    console = by_path.get(name)
    kept = lines(tree, console) if console else set()
    return {node.path for node in tree.nodes
            if kept and node is not console and kept & lines(tree, node)}


def specifiers(tree, node):
    """(controller, first cell) of each interrupt; of interrupts-extended, empty entries left out."""
    if "interrupts-extended" in node.props:
        found = tree.references(node, "interrupts-extended", "#interrupt-cells", holes=True)
        return [(one[0], one[1][0]) for one in found if one and one[0] and one[1]]
    above = oracle_smmu.interrupt_parent(tree, node)
    width = above.word("#interrupt-cells", 0) if above else 0
    value = node.props.get("interrupts", b"")
    return [(above, int.from_bytes(value[at:at + 4], "big"))
            for at in range(0, len(value) - 3, 4 * width)] if width else []


@functools.lru_cache(maxsize=1)
def with_extended_interrupts(tree):
    """Devices with a GIC_ESPI or GIC_EPPI of a GICv3: Xen takes all that is no SPI for a PPI."""
    return {node.path for node in tree.nodes
            if any(kind in (2, 3) and "arm,gic-v3" in controller.strings("compatible")
                   for controller, kind in specifiers(tree, node))}


def dma(tree, contract, plan, table):
    """One entry for each possible DMA master, of dom0's if there is one."""
    lists = listed_by(tree)
    has_dom0 = contract == "xen" and plan["layout"] == "direct"
    kept = on_the_consoles_line(tree) | with_extended_interrupts(tree) if has_dom0 else set()
    blocks = {True: spans(plan["dom0-memory"]), False: spans(plan["machine-block"])}
    found = []
    for node in tree.nodes:
        if (may_master(node, node.path in lists, table) and (not has_dom0 or dom0_sees(node))
                and node.path not in kept):
            safe, entries = is_protected(tree, contract, node, lists), window(tree, node)
            reaches, missing = reach(entries, blocks[safe])
            found.append({"node": node, "path": node.path, "protected": safe,
                          "coherent": is_coherent(tree, node), "window": entries,
                          "reach": reaches, "unreachable": missing,
                          "decides": entries is not None and not is_bystander(node),
                          "iommus": named_iommus(tree, node, lists)})
    return found


def coverage(masters):
    safe = sum(master["protected"] for master in masters)
    return "none" if not safe else "all" if safe == len(masters) else "some"


def blocked(tree, contract, masters):
    """Devices that Xen refuses to give to dom0 as they are: half behind an IOMMU of its own."""
    return [master["path"] for master in masters if contract == "xen"
            and not master["protected"] and any(is_driven(tree, contract, iommu)
                                                for iommu in master["iommus"])]


def dma_answers(tree, contract, plan, table):
    masters = dma(tree, contract, plan, table)

    def as_json(master):
        entries = master["window"] and [
            {"bus": hex(bus), "cpu": hex(cpu), "size": hex(size)}
            for bus, cpu, size in master["window"]]
        return {"path": master["path"], "protected": master["protected"],
                "coherent": master["coherent"], "window": entries,
                "reach": master["reach"], "unreachable": hex(master["unreachable"]),
                "decides": master["decides"]}

    return {"dma": list(map(as_json, masters)), "tightest": tightest(masters),
            "masters": len(masters), "coverage": coverage(masters),
            "protected-masters": sum(master["protected"] for master in masters),
            "blocked": blocked(tree, contract, masters),
            "iommus": [{"path": node.path, "driven": is_driven(tree, contract, node),
                        "users": sum(node in master["iommus"] for master in masters)}
                       for node in iommus(tree)]}


def sram_answers(tree):
    return {"regions": [{"path": node.path, **as_object(*outer)}
                        for node, outer in sram_nodes(tree)],
            "runs": [as_object(first, end, type=kind) for first, end, kind in sram_runs(tree)]}


def region_answers(tree, contract, plan, ipa_bits):
    limit = guest_limit(tree, ipa_bits, plan["kernel-bits"])
    answers = {"guest-limit": hex(limit)}
    if contract == "native":
        grants, found = regions(tree, limit, spans(plan["ram"]), spans(plan["dom0-memory"]),
                                int(plan["offset"], 0))
        answers["grant-table"] = grants and as_object(*grants)
        answers["regions"] = [as_object(first, end, useful=useful)
                              for first, end, useful in found]
    return answers


def answers(tree, contract, plan, table, ipa_bits=40):
    """What plan --json has to say; memory and the kernel's width are taken from it."""
    return {**dma_answers(tree, contract, plan, table), "sram": sram_answers(tree),
            **region_answers(tree, contract, plan, ipa_bits)}
