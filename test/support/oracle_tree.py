# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""A tree and its addresses, as the second opinions read them: with libfdt, in the plainest way."""
import functools

import libfdt

KIB, MIB = 1 << 10, 1 << 20
TOP = 1 << 64
PAGE = 4 * KIB

DESCRIPTIONS = {"chosen", "aliases", "cpus", "reserved-memory", "hypervisor", "memory",
                "__symbols__"}


# ---- the tree ------------------------------------------------------------------

class Node:
    """
    One node, known by where it stands and not by a path that something looks up. It does not
    change once it is read, so what is asked all the time is answered once.
    """

    def __init__(self, name, parent):
        self.name, self.parent = name, parent
        self.props, self.children = {}, []
        self.path = f"{parent.path.rstrip('/')}/{name}" if parent else "/"
        if parent:
            parent.children.append(self)

    def strings(self, name):
        return self.props.get(name, b"").decode(errors="replace").split("\0")[:-1]

    def word(self, name, default=None):
        value = self.props.get(name, b"")
        return int.from_bytes(value[:4], "big") if len(value) >= 4 else default

    def lines_of_parents(self):
        """The node itself and all above it."""
        node = self
        while node:
            yield node
            node = node.parent

    def cells(self):
        return self._cells

    @functools.cached_property
    def _cells(self):
        """How many cells an address and a size of its children have."""
        return self.word("#address-cells", 2), self.word("#size-cells", 1)

    def called(self, *names):
        """With or without a unit address."""
        return self.name.split("@")[0] in names

    def is_pci(self):
        return self._is_pci

    @functools.cached_property
    def _is_pci(self):
        return self.called("pci", "pcie") or self.props.get("device_type") in (b"pci\0", b"pciex\0")

    def is_on(self):
        return "status" not in self.props or self.strings("status")[:1] in (["okay"], ["ok"])

    def is_reachable(self):
        return self._is_reachable

    @functools.cached_property
    def _is_reachable(self):
        return self.is_on() and (not self.parent or self.parent.is_reachable())

    @functools.cached_property
    def registers(self):
        """The CPU addresses of each `reg` entry; None for one that the CPU cannot reach."""
        bus = self.parent
        return [span(cpu, size)
                if size and (cpu := to_cpu(bus, bus_address(bus, address))) is not None
                else None for address, size in rows(self.props.get("reg", b""), *bus.cells())
                ] if bus else []

    @functools.cached_property
    def is_description(self):
        above = self
        while above.parent and above.parent.parent:
            above = above.parent
        return above.parent is not None and above.called(*DESCRIPTIONS)


class Tree:
    """A blob, read with libfdt in document order."""

    def __init__(self, blob):
        self.blob, self.fdt = blob, libfdt.FdtRo(blob)
        self.nodes = []
        self._read()
        self.root = self.nodes[0]
        self.at = {node.path: node for node in reversed(self.nodes)}
        self.phandles = {}
        for node in self.nodes:
            self.phandles.setdefault(node.word("phandle", node.word("linux,phandle")), node)
        for nobody in (None, 0, 0xffffffff):
            self.phandles.pop(nobody, None)
        self.reserves = list(self._reserves(blob))

    def _read(self):
        above, offset, depth = [], 0, 0
        while offset >= 0 and depth >= 0:
            node = Node(self.fdt.get_name(offset), above[depth - 1] if depth else None)
            node.offset = offset
            node.props = dict(self._properties(offset))
            del above[depth:]
            above.append(node)
            self.nodes.append(node)
            offset, depth = self.fdt.next_node(offset, depth, [libfdt.NOTFOUND])

    def _reserves(self, blob):
        """From the blob itself: libfdt's Python cannot say a base or a size of 0."""
        for base, size in rows(blob[self.fdt.off_mem_rsvmap():], 2, 2):
            if not base and not size:
                return
            yield base, size

    def _properties(self, node):
        """By libfdt's own functions: an object for each of thousands of properties takes long."""
        fdt = self.fdt._fdt
        offset = libfdt.fdt_first_property_offset(fdt, node)
        while offset >= 0:
            name, value = libfdt.fdt_get_property_by_offset(fdt, offset)[:2]
            yield name, bytes(value)
            offset = libfdt.fdt_next_property_offset(fdt, offset)

    def references(self, node, prop, cells_name, holes=False):
        """[(node, arguments)...]; None for an entry that cannot be read, and then no more; with holes (None, ())."""
        value = node.props.get(prop, b"")
        words = [number for number, in rows(value, 1)]
        found, at = [], 0
        while at < len(words):
            if holes and words[at] == 0:
                found.append((None, ()))
                at += 1
                continue
            target = self.phandles.get(words[at])
            count = target.word(cells_name) if target else None
            if count is None or at + 1 + count > len(words):
                return found + [None]
            found.append((target, words[at + 1:at + 1 + count]))
            at += 1 + count
        return found + [None] if len(value) % 4 else found


def rows(value, *widths):
    """The numbers of each whole row of cells; what is left over at the end is no row."""
    step = 4 * sum(widths)
    for start in range(0, len(value) - step + 1 if step else 0, step or 1):
        row, at = [], start
        for width in widths:
            row.append(int.from_bytes(value[at:at + 4 * width], "big"))
            at += 4 * width
        yield tuple(row)


# ---- ranges of addresses, as (first, behind the last) ------------------------------

def span(base, size):
    return base, min(base + size, TOP)


def spans(objects):
    """What the tool's JSON says as a list of {base, size}."""
    return [span(int(one["base"], 0), int(one["size"], 0)) for one in objects]


def down(address, step):
    return address - address % step


def up(address, step):
    return down(address + step - 1, step)


def widen(first, end, step=PAGE):
    return down(first, step), up(end, step)


def union(ranges):
    merged = []
    for first, end in sorted(one for one in ranges if one[0] < one[1]):
        if merged and first <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((first, end))
    return merged


def without(ranges, taken):
    """What of the ranges is not taken."""
    left = []
    taken = union(taken)
    for first, end in union(ranges):
        for taken_first, taken_end in [*taken, (end, end)]:
            if first < min(taken_first, end):
                left.append((first, min(taken_first, end)))
            first = max(first, taken_end)
    return left


def total(ranges):
    return sum(end - first for first, end in ranges)


def overlap(one, other):
    return one[0] < other[1] and other[0] < one[1]


# ---- from a bus to the CPU ------------------------------------------------------------

def bus_address(bus, number):
    """(PCI space, address): PCI has memory and I/O at the same numbers; others have no space."""
    return (number >> 64) & 0x03000000 if bus.is_pci() else 0, number % TOP


def bus_rows(bus, prop):
    """Each entry of `ranges` or `dma-ranges`: address below, address above, size."""
    address_cells, size_cells = bus.cells()
    above = bus.parent.cells()[0]
    for child, parent, size in rows(bus.props[prop], address_cells, above, size_cells):
        yield bus_address(bus, child), bus_address(bus.parent, parent), size % TOP


def through(bus, prop, address):
    """One level up; None where no entry covers the address."""
    for (space, child), parent, size in bus_rows(bus, prop):
        if space == address[0] and child <= address[1] < child + size:
            return parent[0], (parent[1] + address[1] - child) % TOP
    return None


def to_cpu(bus, address):
    """The CPU's name for an address on a bus, or None."""
    while address and bus.parent:
        if "ranges" not in bus.props:
            return None
        if bus.props["ranges"]:
            address = through(bus, "ranges", address)
        bus = bus.parent
    return address and address[1]


def registers(node):
    return node.registers


def is_addressed(node):
    """Whether the node's `reg` can be addresses of the CPU at all."""
    bus = node.parent
    return bus and bus.cells()[1] >= 1 and 1 <= bus.cells()[0] <= 2 and not bus.is_pci()
