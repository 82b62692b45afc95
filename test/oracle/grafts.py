# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""
Board trees grafted onto QEMU's virt: all nodes of the board but those behind which Xen would
look for hardware. GIC, timer, CPUs, psci and console are QEMU's, RAM lies where QEMU has it.
"""
import collections
import struct

import flat
import maps
import spans
import xen_boot
from xen_case import Case

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30
GICS = {"arm,gic-v3": 3, "arm,gic-400": 2, "arm,cortex-a15-gic": 2, "arm,cortex-a9-gic": 2,
        "arm,cortex-a7-gic": 2, "qcom,msm-qgic2": 2, "arm,pl390": 2, "arm,arm11mp-gic": 2,
        "arm,eb11mp-gic": 2, "arm,gic-v2": 2, "arm,tc11mp-gic": 2}
FRAMES = {"arm,gic-v3-its", "arm,gic-v2m-frame"}
TIMERS = {"arm,armv8-timer", "arm,armv7-timer", "arm,cortex-a9-twd-timer", "arm,cortex-a9-twd-wdt",
          "arm,cortex-a9-global-timer", "arm,cortex-a5-twd-timer", "arm,cortex-a5-global-timer"}
SMMUS = {"arm,smmu-v1", "arm,smmu-v2", "arm,smmu-v3", "arm,mmu-400", "arm,mmu-401", "arm,mmu-500"}
# Xen looks for QEMU's GIC where this one's registers are 64 KiB apart.
OTHER_HARDWARE = {"apm,xgene-storm"}
# What platform code of 32 bits reads and writes (xen/arch/arm/platforms): timers, ways to start CPUs.
OTHER_HARDWARE_32 = {"samsung,exynos5250", "samsung,exynos5410", "ti,omap5", "ti,dra7", "renesas,lager",
                     "arm,vexpress", "brcm,bcm7445d0"}
CONSOLE_SPI = 1
SPIS = 220  # of QEMU's GIC, all of them in Xen's count of lines
MOST_RAM = 8 * GIB


def primary_gic(root):
    """(path, node) of the GIC that Xen would take: the first one that is no other's child."""
    found = [(path, node) for path, node, _ in root.walk()
             if GICS.keys() & set(node.strings("compatible")) and "interrupt-controller" in node.props]
    return next(((path, node) for path, node in found), None)


def gic_version(node):
    return next(GICS[word] for word in node.strings("compatible") if word in GICS)


def reason_to_leave_out(path, node, parent):
    """Why a node cannot stand in the tree of QEMU's board; None: it can."""
    words = set(node.strings("compatible"))
    if path == "/cpus":
        return "CPUs"
    if path == "/chosen":
        return "/chosen"
    if words & (GICS.keys()):
        return "GIC"
    if words & FRAMES:
        return "MSI frame of a GIC"
    if words & TIMERS:
        return "timer"
    if any(word.startswith("arm,psci") for word in words):
        return "psci"
    if words & SMMUS:
        return "SMMU"
    if node.strings("device_type") == ["memory"] or (
            node.name.split("@")[0] == "memory" and not path.startswith("/reserved-memory/")):
        return "memory"
    return None


def strip(root):
    """Takes out what has to go; {reason: nodes}, those below them counted, too."""
    counts = collections.Counter()

    def go(node, path):
        kept = []
        for one in node.children:
            reason = reason_to_leave_out(f"{path}/{one.name}", one, node)
            if reason:
                counts[reason] += 1 + sum(1 for _ in one.walk())
            else:
                go(one, f"{path}/{one.name}")
                kept.append(one)
        node.children = kept

    go(root, "")
    return counts


# ---- interrupts ------------------------------------------------------------------------------

class Interrupts:
    """The SPIs of a board as numbers that QEMU's GIC has; the same one each time."""

    def __init__(self, root, gic):
        self.root, self.gic, self.cells = root, gic, gic.word("#interrupt-cells", 3)
        nodes = list(root.walk())
        self.phandles = {node.word("phandle", node.word("linux,phandle")): node
                         for _, node, _ in reversed(nodes)}
        self.above = {id(node): parent for _, node, parent in nodes}

    def parent(self, node):
        """Who takes the interrupts of a node, as Xen and Linux look for it."""
        for _ in range(40):
            phandle = node.word("interrupt-parent")
            node = self.above.get(id(node)) if phandle is None else self.phandles.get(phandle)
            if node is None or "#interrupt-cells" in node.props:
                return node
        return None

    def in_list(self, words):
        """Where the GIC's specifiers start in an interrupts-extended."""
        at = 0
        while at < len(words):
            target = self.phandles.get(words[at])
            if words[at] == 0:
                at += 1  # an empty entry
                continue
            if target is None:
                return
            if target is self.gic:
                yield at + 1
            at += 1 + target.word("#interrupt-cells", 0)

    def in_map(self, node, words):
        """The same of an interrupt-map: child address, its specifier, parent, its address, its specifier."""
        at, own = 0, node.word("#address-cells", 0) + node.word("#interrupt-cells", 1)
        while at + own < len(words):
            target = self.phandles.get(words[at + own])
            if target is None:
                return
            at += own + 1 + target.word("#address-cells", 0)
            if target is self.gic:
                yield at
            at += target.word("#interrupt-cells", 0)

    def spots(self):
        """(node, property, index of a cell) of each specifier for the GIC that tells an SPI."""
        for _, node, _ in self.root.walk():
            found = []
            if "interrupts" in node.props and self.parent(node) is self.gic:
                count = len(node.words("interrupts"))
                found += [("interrupts", at) for at in range(0, count - self.cells + 1, self.cells)]
            found += [("interrupts-extended", at)
                      for at in self.in_list(node.words("interrupts-extended"))]
            found += [("interrupt-map", at)
                      for at in self.in_map(node, node.words("interrupt-map"))]
            for name, at in found:
                words = node.words(name)
                if at + 2 < len(words) and words[at] == 0:
                    yield node, name, at + 1

    def numbers(self, shares_console):
        """{of the board: of QEMU}: itself, or where that is too high the lowest that is nobody's."""
        met = sorted({node.words(name)[at] for node, name, at in self.spots()})
        fits = {spi: spi for spi in met if spi < SPIS and (spi != CONSOLE_SPI or shares_console)}
        free = (spi for spi in range(2, SPIS) if spi not in fits)
        return {spi: fits.get(spi, None) if spi in fits else next(free, spi % (SPIS - 2) + 2)
                for spi in met}

    def rewrite(self, shares_console):
        numbers = self.numbers(shares_console)
        for node, name, at in list(self.spots()):
            words = list(node.words(name))
            words[at] = numbers[words[at]]
            rest = node.props[name][4 * len(words):]
            node.props[name] = struct.pack(f">{len(words)}I", *words) + rest


# ---- what QEMU's board has ------------------------------------------------------------------------

def padded_interrupts(value, cells):
    """QEMU's specifiers of 3 cells with as many as the board's GIC has."""
    return b"".join(value[at:at + 12] + bytes(4 * (cells - 3)) for at in range(0, len(value), 12))


def planted(node, root, gic_phandle, cells):
    """A node of QEMU's tree for the root of another one."""
    props = dict(node.props)
    for name in ("phandle", "clocks", "clock-names", "interrupt-parent"):
        props.pop(name, None)
    if "reg" in props:
        props["reg"] = flat.reg(flat.rows(props["reg"], 2, 2), root.cells())
    if "interrupts" in props:
        props["interrupts"] = padded_interrupts(props["interrupts"], cells)
        props["interrupt-parent"] = flat.value_of(gic_phandle)
    return flat.Node(node.name, props)


def planted_gic(node, old, root, phandle, cells):
    """QEMU's GIC under the board's phandle, with the cells that the board's nodes use for it."""
    gic = planted(node, root, phandle, cells)
    gic.props.pop("ranges", None)
    for name in ("#address-cells", "#size-cells"):
        gic.props.pop(name, None)
        if name in old.props:
            gic.props[name] = old.props[name]
    gic.props["#interrupt-cells"] = flat.value_of(cells)
    gic.props["phandle"] = flat.value_of(phandle)
    return gic


def without_phandles(cpus):
    """They might be those of other nodes here."""
    cpus.children = [one for one in cpus.children if one.name != "cpu-map"]
    for one in cpus.children:
        one.props.pop("phandle", None)
    return cpus


def plant(rng, root, own, gic):
    """GIC, timer, CPUs, psci and console of QEMU's own tree; the console's path."""
    phandle = gic.word("phandle", gic.word("linux,phandle", 0xfeed))
    cells = max(3, gic.word("#interrupt-cells", 3))
    new = [planted_gic(own.called("intc")[0], gic, root, phandle, cells)]
    new += [planted(own.called(name)[0], root, phandle, cells)
            for name in ("timer", "psci", "pl011")]
    new.append(without_phandles(own.child("cpus")))
    names = {one.name for one in root.children}
    for node in new:
        while node.name in names:
            node.name = "qemu-" + node.name
        root.children.insert(rng.randint(0, len(root.children)), node)
    if "interrupt-parent" not in root.props:
        root.props["interrupt-parent"] = flat.value_of(phandle)
    return "/" + new[3].name


# ---- memory ---------------------------------------------------------------------------------------

def given_banks(root):
    """[(base, size)] of the board's memory nodes that say any."""
    found = [row for node in root.children if node.strings("device_type") == ["memory"] or
             node.name.split("@")[0] == "memory"
             for row in flat.rows(node.props.get("reg", b""), *root.cells()) if row[1]]
    return sorted(found) or [(1 * GIB, 2 * GIB)]


def shift_for(banks):
    """How far RAM has to move to lie where QEMU has it."""
    base = banks[0][0]
    if xen_boot.RAM_BASE <= base < xen_boot.RAM_BASE + 3 * GIB:
        return 0
    return xen_boot.RAM_BASE - base // GIB * GIB


def room_for(banks, narrow):
    """[(first, end)] of QEMU's RAM that these banks have; what firmware left out, as 2 GiB."""
    top = 4 * GIB if narrow else xen_boot.RAM_BASE + MOST_RAM
    return [(base, min(base + size, top)) for base, size in banks if base < top]


def real_banks(root, banks, narrow):
    """RAM that no device lies in: pieces of 16 MiB and more, the six largest."""
    pieces = room_for(banks, narrow)
    for _, first, end in spans.devices(root):
        pieces = list(spans.cut(pieces, (first // (2 * MIB) * (2 * MIB), -(-end // (2 * MIB)) * (2 * MIB))))
    pieces = [piece for piece in pieces if piece[1] - piece[0] >= 16 * MIB]
    pieces.sort(key=lambda piece: piece[0] - piece[1])
    return [(first, end - first) for first, end in sorted(pieces[:6])]


def moved(value, cells, banks, shift):
    """`reg` of a reserved region, as far from where it was as the RAM that it was in."""
    inside = [any(base <= at < base + size for base, size in banks)
              for at, _ in flat.rows(value, *cells)]
    entries = flat.rows(value, *cells)
    return flat.reg([(at + shift if here else at, size)
                     for (at, size), here in zip(entries, inside)], cells)


def move_regions(root, banks, shift):
    """Those of /reserved-memory that were in RAM; the spans of all."""
    for node in root.called("reserved-memory"):
        for one in node.children:
            if "reg" in one.props and node.cells()[0] <= 2:
                one.props["reg"] = moved(one.props["reg"], node.cells(), banks, shift)
                yield from ((base, base + size)
                            for base, size in flat.rows(one.props["reg"], *node.cells()) if size)


# ---- the whole --------------------------------------------------------------------------------------

def machine_of(rng, banks, version):
    end = max(base + size for base, size in banks)
    ram = -(-(end - xen_boot.RAM_BASE) // (512 * MIB)) * 512
    return xen_boot.Machine(ram, version, rng.choice((1, 1, 1, 2)))


def join_chosen(node, old):
    """What the board's own /chosen has beside what is said anew."""
    if not old or old[0].cells() != node.cells() and old[0].children:
        return
    for name, value in old[0].props.items():
        if not name.startswith("#") and name not in ("stdout-path", "bootargs"):
            node.props.setdefault(name, value)
    node.children = old[0].children + node.children


def build(rng, boards, xen_room, paths, machine_of=machine_of, other_hardware=frozenset(OTHER_HARDWARE)):
    """One case with a board of these; None where it has no GIC, or no room for a payload."""
    root, reserves = flat.read(rng.choice(paths).read_bytes())
    gic = primary_gic(root)
    if not gic or set(root.strings("compatible")) & other_hardware or "" in root.props:
        return None
    return graft(rng, boards, xen_room, root, reserves, gic[1], machine_of)


def machine_of_32(rng, banks, version):
    machine = machine_of(rng, banks, version)
    return xen_boot.Machine(machine.ram, 2, machine.cpus, rng.choice(xen_boot.NARROW))


def build_32(rng, boards, xen_room, paths):
    """The same on a board of 32-bit cores."""
    case = build(rng, boards, xen_room, paths, machine_of_32, frozenset(OTHER_HARDWARE_32))
    return case if case and xen_boot.can_be_entered(case, xen_room) else None


def graft(rng, boards, xen_room, root, reserves, gic, machine_of):
    old, narrow = root.called("chosen"), root.cells() != (2, 2)
    told, shift = given_banks(root), shift_for(given_banks(root))
    Interrupts(root, gic).rewrite(maps.chance(rng, 6))
    left_out = strip(root)
    used = list(move_regions(root, told, shift))
    banks = real_banks(root, [(base + shift, size) for base, size in told], narrow)
    if not banks:
        return None
    machine = machine_of(rng, banks, gic_version(gic))
    ram = maps.Map(rng, banks, used)
    payload = maps.Payload(rng, ram, xen_room, machine)
    tree_at = ram.place(3 * MIB, rng.choice((2 * MIB, 4 * KIB, 8)))
    if tree_at is None or not payload.is_complete():
        return None
    console = plant(rng, root, flat.read(boards.tree(machine))[0], gic)
    node = maps.chosen(rng, payload, ram, console, (2, 2))
    join_chosen(node, old)
    for one in [*maps.memory_nodes(rng, ram, root.cells()), node]:
        root.children.insert(rng.randint(0, len(root.children)), one)
    moved_reserves = [(base + shift if any(at <= base < at + size for at, size in told) else base, length)
                      for base, length in reserves]
    blob = flat.write(root, moved_reserves, rng.choice((16, 64)) * KIB)
    return Case(machine=machine, xen_at=payload.xen, tree_at=tree_at, blob=blob,
                files=payload.files, kernel=payload.kernel, left_out=dict(left_out))
