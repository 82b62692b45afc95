# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""What a xen,domain gets and what Linux makes of it: a second opinion.

Written from Xen 4.17's source (prepare_dtb_domU() and what it calls) and from what
Linux 6.1 does with a tree, never from the C code. The tree that Xen would build for
the domain is built here with libfdt and then read like any other.
"""
import functools
import re
import subprocess
from collections import Counter

import libfdt

import oracle
from oracle import KIB, MIB, PAGE, overlap, registers, rows, span, spans, union

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
# Linux does without: bandwidth, MSIs and who throttles whom are not the domain's to say.
MAY_GO = {"interconnects", "interconnect-names", "msi-parent", "msi-map", "msi-map-mask",
          "cooling-device", "interrupt-affinity"}
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
     r"pinctrl-[0-8]|.*-supply|phy-handle|memory-region|operating-points-v2", 0),
]
NO_REFERENCE = re.compile(r".*,nr-gpios?|.*#.*") # of/property.c leaves these out by name


# ---- the tree that Xen makes ------------------------------------------------------

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
        yield f"xen,static-heap {heap} is not all RAM, or not whole pages"
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


# ---- (d) references --------------------------------------------------------------------

@functools.lru_cache(maxsize=None)
def kind_by_name(name):
    return None if NO_REFERENCE.fullmatch(name) else next(
        (cells_name for pattern, cells_name in REFERENCES if re.fullmatch(pattern, name)), None)


def kind_of(node, name):
    hog = name in ("gpios", "gpio") and "gpio-hog" in node.props
    return None if hog else kind_by_name(name)


def targets(tree, node, name):
    """[(phandle, node or None)] of a property; the rest is left when one is not known."""
    count = kind_of(node, name)
    words, at, found = [one for one, in rows(node.props[name], 1)], 0, []
    while at < len(words):
        target = tree.phandles.get(words[at])
        found.append((words[at], target))
        if words[at] and not target:
            break
        at += 1 + ((target.word(count, 0) if target else 0) if count else 0)
    return found


def wrong_references(tree, guests):
    back = {guests.of[node]: twin for node, twin in guests.pairs.items()}
    known = {node for node in guests.tree.nodes}
    for node in known:
        for name in node.props:
            if kind_of(node, name) is None:
                continue
            for number, target in targets(guests.tree, node, name):
                if number and not target:
                    yield f"{node.path}: {name} has phandle {number:#x}, which nobody has"
                elif number and target in back and node in back:
                    if tree.phandles.get(number) is not back[target]:
                        yield f"{node.path}: {name} leads to {target.path}, not to the host's"
    numbers = Counter(node.word("phandle") for node in known if "phandle" in node.props)
    for number, count in numbers.items():
        if count > 1 or number in (0, 0xffffffff):
            yield f"{count} nodes have phandle {number:#x}"


# ---- (e) interrupts ------------------------------------------------------------------------

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


def interrupts(tree, node):
    """[(controller, cells)], as of_irq_parse_one() finds them."""
    if "interrupts-extended" in node.props:
        found = tree.references(node, "interrupts-extended", "#interrupt-cells")
        return [(one[0], tuple(one[1])) if one else (None, ()) for one in found]
    if not node.props.get("interrupts"):
        return []
    above = interrupt_parent(tree, node)
    width = above.word("#interrupt-cells", 0) if above else 0
    if not width:
        return [(None, ())]
    return [(above, tuple(one)) for one in rows(node.props["interrupts"], *[1] * width)]


def hands_on(tree, controller, gic):
    """Whether it has no lines of its own but each of its is one of the GIC's: a stacked domain.

    handle_device_interrupts() of Xen leaves out what is not wired to the GIC itself.
    """
    own = "interrupts" in controller.props or "interrupts-extended" in controller.props
    return not own or (controller.word("#interrupt-cells") == 3
                       and interrupt_parent(tree, controller) is gic)


def wrong_interrupts(tree, plan, guests):
    host_gic, gic = gic_of(tree), guests.gic
    warned = {note["node"] for note in plan["notes"]
              if note["what"] == "gets no interrupts in the domain"}
    back = {guests.of[node]: twin for node, twin in guests.pairs.items()}
    spoken = {node.strings("xen,path")[0] for node in guests.pairs if "xen,path" in node.props}
    for node, twin in guests.pairs.items():
        mine, right = interrupts(guests.tree, guests.of[node]), interrupts(tree, twin)
        if len(mine) != len(right):
            yield f"{node.path}: {len(mine)} interrupts, {twin.path} of the host has {len(right)}"
            continue
        for (here, number), (there, wanted) in zip(mine, right):
            if not there or not host_gic or (
                    there is not host_gic and "interrupt-map" in there.props):
                yield f"{node.path}: came with an interrupt whose way nobody knows"
            elif there is not host_gic and hands_on(tree, there, host_gic):
                if twin.path not in warned:
                    yield f"{node.path}: nobody says that it gets no interrupts of {there.path}"
            elif there is not host_gic:
                if back.get(here) is not there or number != wanted:
                    yield (f"{node.path}: interrupt {number} of {here and here.path}, "
                           f"not {there.path}")
            elif here is not gic or number != wanted[:3]:
                yield f"{node.path}: interrupt {number} of {here and here.path}, not {wanted}"
            elif number[0] != 0 or number[1] == 0:
                yield f"{node.path}: interrupt {number} is no SPI that a domain can have"
            elif twin.path not in spoken:
                yield f"{node.path}: nobody gives the domain the interrupts of {twin.path}"


# ---- (f) DMA ---------------------------------------------------------------------------------

def segments(plan):
    """[(guest first, guest end, machine first)]: which machine memory is behind which guest's."""
    guest, machine = spans(plan["dom0-memory"]), spans(plan["machine-block"])
    found = []
    while guest and machine:
        size = min(guest[0][1] - guest[0][0], machine[0][1] - machine[0][0])
        found.append((guest[0][0], guest[0][0] + size, machine[0][0]))
        for ranges in (guest, machine):
            ranges[0] = ranges[0][0] + size, ranges[0][1]
            if ranges[0][0] == ranges[0][1]:
                ranges.pop(0)
    return found


def joined(parts):
    found = []
    for first, end, bus in sorted(parts):
        if found and found[-1][1] == first and found[-1][2] - found[-1][0] == bus - first:
            found[-1][1] = end
        else:
            found.append([first, end, bus])
    return found


def wanted_dma(window, safe, plan):
    """[[guest first, guest end, bus address]] of what the device reaches of the domain's RAM."""
    found = []
    for first, end, machine in segments(plan):
        if safe:
            found += oracle.on_the_bus(window, (first, end))
        else:
            found += [[low - machine + first, high - machine + first, bus] for low, high, bus
                      in oracle.on_the_bus(window, (machine, machine + end - first))]
    return joined(found)


def wrong_dma(tree, plan, guests):
    masters = {one["path"]: one for one in plan["dma"]}
    for node, twin in guests.pairs.items():
        if twin.path not in masters or node.parent in guests.pairs and not reachable(twin):
            continue # what is part of a device and has no registers is no device of Linux
        safe = masters[twin.path]["protected"]
        window = oracle.window(guests.tree, guests.of[node])
        mine = joined(part for bank in spans(plan["dom0-memory"])
                      for part in oracle.on_the_bus(window, bank))
        right = wanted_dma(oracle.window(tree, twin), safe, plan)
        if mine != right:
            yield (f"{node.path} ({'' if safe else 'not '}protected): Linux finds {in_words(mine)},"
                   f" right is {in_words(right)}")
        if oracle.is_coherent(guests.tree, guests.of[node]) != oracle.is_coherent(tree, twin):
            yield f"{node.path}: {twin.path} of the host is coherent, or it is and should not be"


def in_words(found):
    return [f"{first:#x}-{end:#x} at {bus:#x}" for first, end, bus in found]


# ---- (g) how long Xen's tree is --------------------------------------------------------------

def shared_ends(tree):
    """Bytes that libfdt saves because a name is the end of another, which dtshim does not count."""
    names = {name for node in tree.nodes for name in node.props}
    return sum(len(name) + 1 for name in names
               if any(other != name and other.endswith(name) for other in names))


def bound(plan):
    for note in plan["notes"]:
        found = re.fullmatch(r"the domain's tree has at most (\d+) bytes", note["what"])
        if found:
            return int(found.group(1))
    return None


def wrong_size(plan, features, guests):
    said, size = bound(plan), len(guests.blob)
    if said is None:
        yield "nobody says how long the domain's tree is"
    elif not size <= said <= size + LOOSE + shared_ends(guests.tree):
        yield f"Xen would make a tree of {size} bytes, the plan says at most {said}"
    if size > ROOM and "large-tree" not in features:
        yield f"Xen 4.17 has room for {ROOM} bytes, the domain's tree has {size}"


# ---- (h) a sound tree ----------------------------------------------------------------------

def dtc(what, blob):
    """What dtc has to say of a tree."""
    done = subprocess.run(["dtc", "-q", "-I", "dtb", "-O", "dtb", "-o", "-"], input=blob,
                          capture_output=True)
    if done.returncode or done.stderr:
        yield f"{what}: dtc says {done.stderr.decode(errors='replace')[:200]}"


def wrong_form(what, tree, blob, ask):
    for node in tree.nodes:
        twice = [name for name, count in Counter(one.name for one in node.children).items()
                 if count > 1]
        if twice:
            yield f"{what}: {node.path} has several {twice}"
    if libfdt.fdt_check_full(bytearray(blob), len(blob)):
        yield f"{what}: fdt_check_full() does not take it"
    yield from ask(what, blob)


# ---- all of it ------------------------------------------------------------------------------

class Guests:
    """The domain's tree as its Linux reads it, beside the partial tree and the host's."""

    def __init__(self, guest, partial, pairs):
        self.blob, self.pairs = guest.blob, pairs
        self.tree = oracle.Tree(guest.blob)
        place = {node.path: node for node in self.tree.nodes}
        self.of = {}
        for old, new in zip(walk(bus_of(partial)), walk(place.get("/passthrough"))):
            self.of[old] = new
        self.gic = next(node for node in self.tree.root.children
                        if node.called("interrupt-controller"))
        self.words = {word for node in self.tree.nodes for name, value in node.props.items()
                      if SYSCONS.fullmatch(name) for word, in list(rows(value, 1))[:1]}


def bus_of(partial):
    return next((node for node in partial.root.children if node.name == "passthrough"), None)


def walk(node):
    if node:
        yield node
        for child in node.children:
            yield from walk(child)


def wrong_things(tree, after, blob, plan, features, ask=dtc):
    """
    Everything that is wrong with an output and its domain's tree, in words; `ask` is given the
    trees that dtc is to take.
    """
    partial = oracle.Tree(blob)
    if len(blob) != plan["domain"]["tree-size"]:
        yield f"the domain's tree has {len(blob)} bytes, not {plan['domain']['tree-size']}"
    yield from wrong_form("the domain's tree", partial, blob, ask)
    yield from wrong_domain(after, plan, features, len(blob))
    domain = next(node for node in after.nodes if "xen,domain" in node.strings("compatible"))
    _, pairs, strangers, left = pair_up(tree, partial, plan)
    yield from (f"{node.path} is no node of the host" for node in strangers)
    yield from (f"{node.path} of the host is nowhere on the domain's bus" for node in left)
    yield from (f"{node.path} is a part of {pairs[node].parent.path}, which is not there"
                for node in pairs if node.parent not in pairs and is_part(pairs[node]))
    guests = Guests(Guest(after, partial, domain, spans(plan["dom0-memory"])), partial, pairs)
    yield from wrong_form("the tree that Xen makes", guests.tree, guests.blob, ask)
    yield from wrong_tags(tree, partial, after, pairs, union(granted(partial)))
    yield from missing_or_changed(pairs, guests)
    yield from wrong_registers(tree, after, plan, partial, guests, domain)
    yield from wrong_protection(plan, guests)
    if console(tree) in pairs.values():
        yield f"{console(tree).path} is Xen's own console"
    yield from wrong_references(tree, guests)
    yield from wrong_interrupts(tree, plan, guests)
    yield from wrong_dma(tree, plan, guests)
    yield from wrong_size(plan, features, guests)
