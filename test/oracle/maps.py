# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Memory maps at random: QEMU's own tree with other RAM, reservations, payload and options."""
import flat
import oddities
import xen_boot
from xen_case import Case

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30
PAGE = 4 * KIB
SIZES = (1024, 1536, 2048, 2048, 3072, 4096, 6144, 8192)
GRAINS = (2 * MIB, 2 * MIB, 2 * MIB, 16 * MIB, 128 * MIB, MIB, 64 * KIB, PAGE)


def chance(rng, percent):
    return rng.random() * 100 < percent


def grained(rng, low, high, grain):
    """A multiple of grain from low to high, both of them possible."""
    low, high = -(-low // grain), high // grain
    return rng.randint(low, high) * grain if low <= high else None


class Map:
    """RAM as the tree tells it, and who has which part of it."""

    def __init__(self, rng, banks, used=()):
        """banks: [(base, size)], used: [(base, end)]"""
        self.rng, self.banks, self.used = rng, banks, [xen_boot.OWN_TREE, *used]

    def is_free(self, base, size):
        return all(base + size <= first or last <= base for first, last in self.used)

    def place(self, size, grain=PAGE, take=True, low=0, high=1 << 64):
        """Somewhere in one bank that is nobody's yet; None where there is no such place."""
        for _ in range(60):
            bank, length = self.rng.choice(self.banks)
            first, last = max(bank, low), min(bank + length, high) - size
            if chance(self.rng, 25):  # at an edge, where mistakes are
                last = min(last, first + 4 * MIB) if chance(self.rng, 50) else last
                first = max(first, last - 4 * MIB)
            at = grained(self.rng, first, last, grain) if first <= last else None
            if at is not None and self.is_free(at, size):
                if take:
                    self.used.append((at, at + size))
                return at
        return None


def random_banks(rng, base, end):
    """Pieces of RAM: adjacent, with holes, of even or odd sizes; one at least is large."""
    cuts = {grained(rng, base + MIB, end - MIB, rng.choice(GRAINS))
            for _ in range(rng.choice((0, 0, 1, 1, 2, 3, 5)))}
    edges = [base, *sorted(cuts), end]
    pieces = list(zip(edges, edges[1:]))
    largest = max(pieces, key=lambda piece: piece[1] - piece[0])
    for first, last in pieces:
        if (first, last) != largest and chance(rng, 25):
            continue
        grain = rng.choice(GRAINS)
        if chance(rng, 30) and last - first > 512 * MIB:
            first = grained(rng, first, first + 128 * MIB, grain)
        if chance(rng, 30) and last - first > 512 * MIB:
            last = grained(rng, last - 128 * MIB, last, grain)
        yield first, last - first


# ---- what stands in the tree ---------------------------------------------------------------------

def memory_nodes(rng, ram, cells):
    """One node for all banks, or one each, in ascending order or not."""
    banks = list(ram.banks)
    if chance(rng, 20):
        rng.shuffle(banks)
    groups = [banks] if chance(rng, 50) else [[bank] for bank in banks]
    for group in groups:
        node = flat.Node(f"memory@{group[0][0]:x}")
        node.props["device_type"] = b"memory\0"
        node.props["reg"] = flat.reg(group, cells)
        yield node


def region_size(rng):
    return rng.choice((PAGE, 16 * PAGE, MIB, 2 * MIB, 8 * MIB, 8 * MIB, 32 * MIB, 64 * MIB,
                       96 * MIB, 256 * MIB))


def region(rng, ram, cells):
    """A child of /reserved-memory; None where it has no place."""
    props, kind = {}, rng.random()
    if kind < 0.12:  # Linux looks for a place
        props["size"] = region_size(rng).to_bytes(4 * cells[1], "big")
        if chance(rng, 50):
            props["alignment"] = (2 * MIB).to_bytes(4 * cells[1], "big")
        name = f"pool-{rng.randrange(1000)}"
    else:
        size = region_size(rng) + (rng.randrange(1, PAGE) if kind < 0.17 else 0)
        at = ram.place(size)
        if at is None:
            return None
        entries = [(at, size)]
        if chance(rng, 10) and (more := ram.place(2 * MIB)) is not None:
            entries.append((more, 2 * MIB))
        name, props["reg"] = f"region@{at:x}", flat.reg(entries, cells)
    for flag, percent in (("no-map", 35), ("reusable", 15)):
        if chance(rng, percent):
            props[flag] = b""
    if chance(rng, 20):
        props["compatible"] = flat.value_of(rng.choice(("shared-dma-pool", "test,region")))
    if chance(rng, 15):
        props["status"] = flat.value_of(rng.choice(("disabled", "okay", "disabled")))
    return flat.Node(name, props)


def regions(rng, ram, cells):
    """/reserved-memory, or None."""
    count = rng.choice((0, 0, 1, 1, 2, 3, 4, 7))
    children = [one for one in (region(rng, ram, cells) for _ in range(count)) if one]
    if not children and chance(rng, 80):
        return None
    if chance(rng, 4):
        cells = (2, 2) if cells == (1, 1) else (2, 1)
        for one in children:
            one.props.pop("reg", None)
    node = flat.Node("reserved-memory", {"#address-cells": flat.value_of(cells[0]),
                                         "#size-cells": flat.value_of(cells[1])}, children)
    if chance(rng, 90):
        node.props["ranges"] = b""
    return node


def memreserve(rng, ram):
    rows = []
    for _ in range(rng.choice((0, 0, 0, 1, 1, 2, 3))):
        size = rng.choice((PAGE, 64 * KIB, MIB, 2 * MIB, 16 * MIB, 64 * MIB, 0x1234))
        at = ram.place(size)
        if at is not None:
            rows.append((at, size))
    return rows


def dom0_mem(rng, ram):
    """Mostly what can be had."""
    total = sum(size for _, size in ram.banks) // MIB
    most = max(64, min(total - 192, 2048))
    size = rng.choice((None, 128, 256, 512, 512, 768, 1024, rng.randint(64, most),
                       rng.randint(64, most), total if chance(rng, 20) else 300))
    if size is None:
        return ""
    size = size if chance(rng, 5) else min(size, most)
    forms = [f"{size}M"] * 4 + [f"{size}m", f"{size * 1024}K", f"{size * 1024}", f"{hex(size)}M"]
    if size % 1024 == 0:
        forms.append(f"{size // 1024}G")
    word = "dom0_mem=" + rng.choice(forms)
    return word + (",max:4G" if chance(rng, 5) else "")


def xen_line(rng, ram):
    words = [dom0_mem(rng, ram)]
    for word, percent in (("bootscrub=0", 25), ("no-bootscrub", 5), ("ext_regions=0", 8),
                          ("ext_regions=no", 3), ("iommu=no", 5), ("dom0_max_vcpus=2", 15),
                          ("loglvl=all", 10), ("console=dtuart", 10), ("dom0_mem=96M", 3)):
        if chance(rng, percent):
            words.append(word)
    rng.shuffle(words)
    return " ".join(word for word in words if word)


def static_heap(rng, ram, chosen, cells):
    """xen,static-heap over one or two pieces; Xen hands out nothing else to itself."""
    entries = []
    for _ in range(rng.choice((1, 1, 2))):
        at = ram.place(rng.choice((32, 64, 128)) * MIB, 64 * KIB)
        if at is not None:
            entries.append((at, ram.used[-1][1] - at))
    if entries:
        chosen.props["#xen,static-heap-address-cells"] = flat.value_of(cells[0])
        chosen.props["#xen,static-heap-size-cells"] = flat.value_of(cells[1])
        chosen.props["xen,static-heap"] = flat.reg(entries, cells)


# ---- the payload ---------------------------------------------------------------------------------

KERNELS = (["multiboot,kernel", "multiboot,module"],) * 20 + (
    *[["xen,linux-zimage", "xen,multiboot-module"], ["multiboot,module"]] * 5, ["multiboot,kernel"])
RAMDISKS = (["multiboot,ramdisk", "multiboot,module"],) * 4 + (
    ["xen,linux-initrd", "xen,multiboot-module"], ["multiboot,module"])


class Payload:
    """What lies in RAM, and the nodes that say so. `small` is the most that a ramdisk has."""

    def __init__(self, rng, ram, xen_room, machine):
        self.rng, self.ram, self.files = rng, ram, {}
        self.xen = ram.place(xen_room, rng.choice((2 * MIB, 2 * MIB, PAGE)))
        size = rng.choice((PAGE, 64 * KIB, 64 * KIB + 24, 5 * MIB))
        room = rng.choice((0, 2 * MIB, 32 * MIB, 40 * MIB))
        image = xen_boot.kernel_for(machine, size, room, rng.choice((0, 0, 0, 0x80000)))
        self.kernel = self.put(image, rng.choice((2 * MIB, PAGE)), ram.place)
        self.ramdisk = None
        if chance(rng, 55):
            size = rng.choice((PAGE, 100_000, MIB, 20 * MIB, 24 * MIB))
            self.ramdisk = self.put(bytes(size), PAGE, ram.place)

    def put(self, data, grain, place):
        at = place(max(len(data), 1), grain)
        if at is not None:
            self.files[at] = data
        return at

    def is_complete(self):
        return None not in (self.xen, self.kernel)

    def module(self, at, compatible, cells):
        return flat.Node(f"module@{at:x}", {
            "compatible": flat.value_of(compatible),
            "reg": flat.reg([(at, len(self.files[at]))], cells)})

    def nodes(self, cells):
        """Nodes below /chosen, in the order that Linux's and Xen's documentation has, or another."""
        rng = self.rng
        found = [self.module(self.kernel, rng.choice(KERNELS), cells)]
        if chance(rng, 50):
            found[0].props["bootargs"] = b"console=hvc0 from=module\0"
        if self.ramdisk is not None:
            guessed = found[0].strings("compatible") == ["multiboot,module"]
            found.append(self.module(self.ramdisk, RAMDISKS[0] if guessed else rng.choice(RAMDISKS),
                                     cells))
        if chance(rng, 10):
            at = self.put(bytes(rng.choice((PAGE, 3000, MIB))), PAGE, self.ram.place)
            if at is not None:
                found.append(self.module(at, ["test,other", "multiboot,module"], cells))
        if chance(rng, 20) and all(len(one.strings("compatible")) > 1 for one in found):
            rng.shuffle(found)
        return found


def chosen(rng, payload, ram, console, cells):
    """/chosen with modules in it or one or two levels down."""
    nodes = payload.nodes(cells)
    props = {"stdout-path": flat.value_of(console)}
    inner = {"#address-cells": flat.value_of(cells[0]), "#size-cells": flat.value_of(cells[1])}
    line = xen_line(rng, ram)
    if line or chance(rng, 50):
        props["xen,xen-bootargs"] = flat.value_of(line)
    for name, percent in (("xen,dom0-bootargs", 40), ("bootargs", 40), ("test,left-alone", 30)):
        if chance(rng, percent):
            props[name] = flat.value_of(f"console=hvc0 from={name}")
    if "bootargs" in props and "xen,xen-bootargs" not in props:
        props["bootargs"] = flat.value_of(line)
    props |= inner
    if chance(rng, 12):
        nodes = [flat.Node("modules", {**inner, "ranges": b""}, nodes)]
    node = flat.Node("chosen", props, nodes)
    xen = flat.Node(f"hypervisor@{payload.xen:x}", {
        "compatible": b"dtshim,hypervisor\0", "reg": flat.reg([(payload.xen, MIB)], cells)})
    node.children.insert(rng.randint(0, len(node.children)), xen)
    if chance(rng, 10):
        node.children.append(flat.Node("dtshim", {"dom0-mem": flat.value_of([0, 1 << 29])}))
    return node


def names_ramdisk(node):
    """Does a module say that it is the ramdisk? Then linux,initrd-start may say it, too."""
    return any(set(one.strings("compatible")) & {"multiboot,ramdisk", "xen,linux-initrd"}
               for _, one, _ in node.walk())


# ---- the whole ------------------------------------------------------------------------------------

def devices(rng, root):
    """QEMU's devices, some of them left out, off, or with a word for Xen."""
    kept = []
    for node in root.children:
        kind = node.name.split("@")[0]
        if kind in ("memory", "chosen"):
            continue
        optional = kind in ("virtio_mmio", "pcie", "fw-cfg", "pl031", "pl061", "gpio-keys",
                            "platform-bus", "flash", "pmu")
        if optional and chance(rng, 30):
            continue
        if optional and chance(rng, 8):
            node.props["status"] = b"disabled\0"
        if optional and chance(rng, 4):
            node.props["xen,passthrough"] = b""
        kept.append(node)
    return kept


def with_cells(root, cells):
    """The root's children told with other cells; those that cannot be are left out."""
    own = root.cells()
    if own == cells:
        return
    kept = []
    for node in root.children:
        entries = flat.rows(node.props.get("reg", b""), *own)
        if "ranges" in node.props and node.props["ranges"] or any(
                base + size > 4 * GIB for base, size in entries):
            continue
        if "reg" in node.props:
            node.props["reg"] = flat.reg(entries, cells)
        kept.append(node)
    root.children = kept
    root.props["#address-cells"], root.props["#size-cells"] = map(flat.value_of, cells)


def machine_for(rng):
    return xen_boot.Machine(rng.choice(SIZES), rng.choice((2, 3)), rng.choice((1, 1, 1, 2, 4)))


def build(rng, boards, xen_room, machine_for=machine_for):
    """One case; None where the parts found no place beside one another."""
    machine = machine_for(rng)
    narrow = chance(rng, 25)
    root, _ = flat.read(boards.tree(machine))
    cells = (1, 1) if narrow else (2, 2)
    end = min(machine.end(), 4 * GIB) if narrow else machine.end()
    ram = Map(rng, list(random_banks(rng, xen_boot.RAM_BASE, end)))
    payload = Payload(rng, ram, xen_room, machine)
    tree_at = ram.place(2 * MIB, rng.choice((2 * MIB, PAGE, 8)))
    if tree_at is None or not payload.is_complete():
        return None
    children = devices(rng, root)
    root.children = children
    with_cells(root, cells)
    console = "/" + root.called("pl011")[0].name
    inner = cells if chance(rng, 70) else (2, 2)
    node = chosen(rng, payload, ram, console, inner)
    if payload.ramdisk is not None and chance(rng, 15) and names_ramdisk(node):
        end = payload.ramdisk + len(payload.files[payload.ramdisk])
        node.props["linux,initrd-start"] = flat.value_of([payload.ramdisk >> 32, payload.ramdisk & 0xffffffff])
        node.props["linux,initrd-end"] = flat.value_of([end >> 32, end & 0xffffffff])
    reserved = regions(rng, ram, cells)
    if chance(rng, 8):
        static_heap(rng, ram, node, cells)  # Xen reads it with the root's, whatever the tree says
    if reserved:
        root.children.append(reserved)
    reserves = memreserve(rng, ram)
    oddities.add(rng, root, ram, reserves)
    for one in [*memory_nodes(rng, ram, cells), node]:
        root.children.insert(rng.randint(0, len(root.children)) if chance(rng, 50) else
                             len(root.children), one)
    blob = flat.write(root, reserves, rng.choice((0, 1, 4, 16, 16, 16, 64, 256)) * KIB)
    return Case(machine=machine, xen_at=payload.xen, tree_at=tree_at, blob=blob,
                files=payload.files, kernel=payload.kernel)
