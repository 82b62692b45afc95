# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""What the trees of host and domain say of the devices that the domain gets."""
import re

import oracle
from oracle_guest import (GIC_V2, GIC_V3, GRANTS_AND_MAGIC, GUEST_RAM, MAY_GO, OF_THE_HOST,
                          SAID_ANEW, VPL011, free_regions, has_regions, is_gic_v3, u64s)
from oracle_tree import KIB, MIB, PAGE, overlap, registers, rows, span, spans, union

# ---- which node was which ----------------------------------------------------------

def is_made_bus(node):
    """A bus that dtshim makes, to say another dma-ranges."""
    return re.fullmatch(r"dma-\d+", node.name) and node.strings("compatible") == ["simple-bus"]


def pair_up(tree, partial, plan):
    """(partial's /passthrough, {node: the host's node}, [nodes that nobody knows])."""
    bus = next((node for node in partial.root.children if node.name == "passthrough"), None)
    host = {node.path: node for node in tree.nodes}
    devices = [node for one in (bus.children if bus else [])
               for node in (one.children if is_made_bus(one) else [one])]
    named = {node: host.get(node.strings("xen,path")[0]) for node in devices
             if "xen,path" in node.props}
    left = [host[path] for path in plan["domain"]["devices"]
            if path in host and host[path] not in named.values()]
    pairs, strangers = {}, []
    for node in devices:
        twin = named.get(node)
        if node not in named:
            twin = next((one for one in left if looks_like(node, one)), None)
            left = [one for one in left if one is not twin]
        if not twin:
            strangers.append(node)
            continue
        pair_below(node, twin, pairs, strangers)
    return bus, pairs, strangers, left


def looks_like(node, twin):
    same = all(node.props.get(name) == twin.props.get(name)
               for name in twin.props if name not in SAID_ANEW | OF_THE_HOST | {"phandle"}
               and name in node.props)
    number = node.word("phandle")
    return (same and node.props.get("compatible") == twin.props.get("compatible")
            and (number == twin.word("phandle") if number else True)
            and node.name.split("@")[0] == twin.name.split("@")[0])


def pair_below(node, twin, pairs, strangers):
    pairs[node] = twin
    named = {child.name: child for child in twin.children}
    for child in node.children:
        if child.name in named:
            pair_below(child, named[child.name], pairs, strangers)
        else:
            strangers.append(child)


# ---- (a) the host's tree --------------------------------------------------------------

def wrong_tags(tree, partial, after, pairs, pages):
    """xen,passthrough, which keeps Xen and a dom0 off: on what the domain has, and only there."""
    old = {node.path for node in tree.nodes if "xen,passthrough" in node.props}
    new = {node.path: node for node in after.nodes if "xen,passthrough" in node.props
           and not node.path.startswith("/chosen/")}
    given = {twin.path for node, twin in pairs.items() if "xen,path" in node.props}
    for path in given - set(new):
        yield f"the host's {path} has no xen,passthrough, but the domain has the device"
    for path in set(new) - old - given:
        if not any(overlap(one, page) for one in registers(new[path]) if one for page in pages):
            if "#iommu-cells" not in new[path].props:
                yield f"the host's {path} has xen,passthrough, but the domain has not its registers"
    if any("xen,passthrough" in node.props for node in partial.nodes):
        yield "the domain's tree has an xen,passthrough"


# ---- (b) the domain's node ---------------------------------------------------------------

def wrong_domain(after, plan, features, tree_size):
    chosen = next(node for node in after.root.children if node.name == "chosen")
    found = [node for node in chosen.children if "xen,domain" in node.strings("compatible")]
    if len(found) != 1:
        yield f"{len(found)} nodes of /chosen are xen,domain"
        return
    node, memory = found[0], spans(plan["dom0-memory"])
    if "memory" not in node.props or node.props["memory"] != u64s(oracle.total(memory) // KIB):
        yield f"memory of the domain is {node.props.get('memory')}, the plan says {memory}"
    banks = guest_banks(oracle.total(memory))
    if memory != banks:
        yield f"the plan says memory at {memory}, Xen would put it at {banks}"
    cpus = sum(one.props.get("device_type") == b"cpu\0" for one in after.nodes)
    if not 1 <= node.word("cpus", 0) <= max(cpus, 1):
        yield f"the domain has {node.word('cpus')} CPUs, the board {cpus}"
    for name in ("#address-cells", "#size-cells"):
        if node.word(name) not in (1, 2):
            yield f"the domain's {name} is {node.word(name)}"
    if "xen,enhanced" in node.props and node.strings("xen,enhanced") != ["no-xenstore"]:
        yield "the domain is to have a Xenstore, without a dom0"
    if plan["domain"]["enhanced"] != ("xen,enhanced" in node.props):
        yield "the plan and the tree do not agree on xen,enhanced"
    yield from wrong_modules(node, plan, tree_size)
    yield from wrong_memory(after, chosen, node, plan, features)


def guest_banks(size):
    first = min(size, GUEST_RAM[0][1])
    return [span(base, part) for (base, _), part in zip(GUEST_RAM, (first, size - first)) if part]


def wrong_modules(node, plan, tree_size):
    kinds = {"multiboot,kernel": "kernel", "multiboot,ramdisk": "ramdisk",
             "multiboot,device-tree": "domain tree"}
    planned = {one["kind"]: one for one in plan["modules"]}
    seen, places = [], []
    for child in node.children:
        names = child.strings("compatible")
        if "multiboot,module" not in names:
            continue
        kind = next((kinds[name] for name in names if name in kinds), None)
        entries = list(rows(child.props.get("reg", b""), *node.cells()))
        if not kind or len(entries) != 1:
            yield f"{child.path} is no module that Xen knows, or has not one place"
            continue
        seen.append(kind)
        base, size = entries[0]
        places.append(span(base, size))
        if base != int(planned[kind]["to"], 0) or size > int(planned[kind]["room"], 0):
            yield f"{child.path} is at {base:#x} with {size:#x}, the plan says {planned[kind]}"
        if kind == "domain tree" and (size < tree_size or base % 8):
            yield f"{child.path} has {size} bytes at {base:#x}, the domain's tree {tree_size}"
    if seen.count("domain tree") != 1:
        yield "the domain has not one module with its tree"
    for one in places:
        for other in spans(plan["machine-block"]) + spans(plan["reserved"]):
            if overlap(one, other):
                yield f"a module at {one[0]:#x} lies in {other[0]:#x}-{other[1]:#x}"


def wrong_memory(after, chosen, node, plan, features):
    blocks, size = spans(plan["machine-block"]), oracle.total(spans(plan["dom0-memory"]))
    ram = [bank for one in after.root.children if one.called("memory")
           for bank in registers(one) if bank]
    if oracle.total(blocks) != size or oracle.without(blocks, ram):
        yield f"the blocks {blocks} are not {size:#x} of RAM {ram}"
    if any(overlap(block, one) for block in blocks for one in oracle.reservations(after)):
        yield "a machine block is reserved memory"
    if "direct-map" in node.props:
        yield "the domain is mapped 1:1"
    if "xen,static-mem" in node.props:
        if "static-mem" not in features:
            yield "xen,static-mem for a Xen that has it not"
        said = [span(*one) for one in rows(node.props["xen,static-mem"], *chosen.cells())]
        if said != blocks or any(edge % PAGE for block in said for edge in block):
            yield f"xen,static-mem is {said}, the blocks are {blocks}"
        return
    if len(blocks) != 1:
        yield f"{len(blocks)} blocks without xen,static-mem"
        return
    order = blocks[0][1] - blocks[0][0]
    if order & (order - 1) or blocks[0][0] % order or order > 1024 * MIB:
        yield f"no natural block: {blocks[0]}"
    if "xen,static-heap" not in chosen.props:
        yield "neither xen,static-mem nor xen,static-heap: Xen may take any block"
        return
    heap = [span(*one) for one in rows(chosen.props["xen,static-heap"], *after.root.cells())]
    if oracle.without(heap, ram) or any(edge % PAGE for one in heap for edge in one):
        yield f"xen,static-heap {heap} is not RAM throughout, or not whole pages"
    if len(heap) != len(plan["static-heap"]) or heap != spans(plan["static-heap"]):
        yield f"xen,static-heap is {heap}, the plan says {plan['static-heap']}"
    # Xen's frame table comes from the top, 56 bytes a page in 4.17: half of it is certain.
    (*lower, (first, end)), pages = union(heap), oracle.total(ram) // PAGE
    left = [*lower, (first, max(first, end - 28 * pages))]
    free = [base for first, end in left
            for base in range(oracle.up(first, order), end - order + 1, order)]
    if free != [blocks[0][0]]:
        yield f"Xen could take a block at any of {[hex(base) for base in free]}"
    if any(overlap(one, other) for one in heap for other in oracle.reservations(after)):
        yield "xen,static-heap meets reserved memory"
    places = [span(int(one["to"], 0), int(one["room"], 0)) for one in plan["modules"]]
    if any(overlap(one, place) for one in heap for place in places):
        yield "a module lies in xen,static-heap"
    names = [one.name for one in after.root.children]
    if "reserved-memory" in names and names.index("reserved-memory") < names.index("chosen"):
        yield "/reserved-memory stands before /chosen"


# ---- (c) the devices -------------------------------------------------------------------

def is_part(twin):
    """Pins, PHY lanes and the like: a driver finds them below its device, or not at all."""
    return (twin.parent.parent and "compatible" not in twin.props
            and "simple-bus" not in twin.parent.strings("compatible"))


def missing_or_changed(pairs, guests):
    for node, twin in pairs.items():
        for name in (*twin.props, *(one for one in node.props if one not in twin.props)):
            if name in SAID_ANEW | OF_THE_HOST:
                continue
            if name == "phandle" and name not in node.props and not is_referred(twin, guests):
                continue
            if name in MAY_GO and name not in node.props:
                continue
            if node.props.get(name) != twin.props.get(name):
                yield (f"{node.path}: {name} of {twin.path} is "
                       f"{'gone' if name not in node.props else 'changed'}")
        for name in OF_THE_HOST & set(node.props):
            yield f"{node.path} still has {name}"


def is_referred(twin, guests):
    """Whether a device of the domain names it in a way that only its driver knows."""
    return twin.word("phandle") in guests.words


def pages_of(node, bus):
    """xen,reg: (machine, size, guest), in the cells of the bus."""
    address, size = bus.cells()
    return list(rows(node.props.get("xen,reg", b""), address, size, address))


def granted(partial):
    return [span(base, size) for node in partial.nodes if "xen,reg" in node.props
            for base, size, _ in pages_of(node, node.parent)]


def forbidden(after, plan, domain):
    gic = GIC_V3 if is_gic_v3(after) else GIC_V2
    places = [("its RAM", one) for one in spans(plan["dom0-memory"])]
    places += [("its GIC", span(*one)) for one in gic]
    if "vpl011" in domain.props:
        places.append(("its console", VPL011))
    if "xen,enhanced" in domain.props:
        places.append(("the grant table", GRANTS_AND_MAGIC))
        if has_regions(after):
            places += [("what Xen offers for foreign pages", span(*one))
                       for one in free_regions(spans(plan["dom0-memory"]))]
    return places


def wrong_registers(tree, after, plan, partial, guests, domain):
    pages = union(granted(partial))
    if pages != union(spans(plan["domain"]["pages"])):
        yield f"xen,reg gives {in_hex(pages)}, the plan says {plan['domain']['pages']}"
    for what, place in forbidden(after, plan, domain):
        for one in pages:
            if overlap(one, place):
                yield f"registers {in_hex([one])} lie where {what} is"
    ram = spans(plan["ram"])
    for one in pages:
        if any(overlap(one, bank) for bank in ram):
            yield f"registers {in_hex([one])} are RAM"
    for node, twin in guests.pairs.items():
        entries = [one for one in reachable(twin)]
        seen = registers(guests.of[node])
        if "reg" in node.props and oracle.is_addressed(guests.of[node]):
            if [one for one in seen if one] != entries:
                yield (f"{node.path}: Linux finds registers {seen}, {twin.path} of the host has "
                       f"{entries}")
        elif entries and twin.props.get("reg"):
            yield f"{node.path}: has no registers, {twin.path} of the host has {entries}"
        given = pages_of(node, node.parent)
        wanted = union(oracle.widen(*one) for one in entries)
        if "xen,reg" in node.props and union(span(base, size) for base, size, _ in given) != wanted:
            yield f"{node.path}: xen,reg has {given}, its pages are {in_hex(wanted)}"
        missing = in_hex(oracle.without(wanted, pages))
        if missing:
            yield f"{node.path}: nobody gives the domain {missing}"
        for base, size, guest in given:
            if base != guest or base % PAGE or size % PAGE or not size:
                yield f"{node.path}: xen,reg {base:#x} {size:#x} {guest:#x}"
        if ("xen,reg" in node.props) != ("xen,path" in node.props):
            yield f"{node.path}: xen,reg and xen,path are not both there"


def reachable(node):
    """`reg` up to the first entry that the CPU does not reach: more Xen does not take."""
    found = []
    for one in registers(node) if oracle.is_addressed(node) else []:
        if not one:
            break
        found.append(one)
    return found


def in_hex(ranges):
    return [f"{first:#x}-{end:#x}" for first, end in ranges]


def wrong_protection(plan, guests):
    """Without an IOMMU Xen must be forced, and behind one the device is told so."""
    safe = {one["path"] for one in plan["dma"] if one["protected"]}
    for node, twin in guests.pairs.items():
        if "xen,path" in node.props and (
                "xen,force-assign-without-iommu" in node.props) == (twin.path in safe):
            yield f"{node.path}: forced, although protected, or the other way round"
        if ("xen-dma-safe" in node.props) != (twin.path in safe):
            yield f"{node.path}: xen-dma-safe is not what the plan says"
    for one in plan["blocked"]:
        if any(twin.path == one for twin in guests.pairs.values()):
            yield f"{one}: the domain has it, but an IOMMU blocks its DMA"


def console(tree):
    chosen = next((node for node in tree.root.children if node.name == "chosen"), None)
    path = "".join(chosen.strings("stdout-path")[:1]).split(":")[0] if chosen else ""
    if path and path[0] != "/":
        aliases = next((node for node in tree.root.children if node.name == "aliases"), None)
        path = "".join(aliases.strings(path)[:1]) if aliases else ""
    return tree.at.get(path)
