# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""What trees have beside the plain: each of these now and then, by a rule of Xen that it meets."""
import flat

KIB, MIB = 1 << 10, 1 << 20
PAGE = 4 * KIB
MMIO = 0x10000000  # nothing is there on QEMU's board up to its PCI windows
CONSOLE_SPI = 1  # and 48 to 111 are the v2m frame's on QEMU's board, which only the frame itself tells


class Odd:
    """Where the nodes go, and with which cells."""

    def __init__(self, rng, root, ram, memreserve):
        self.rng, self.root, self.ram, self.memreserve = rng, root, ram, memreserve
        self.cells, self.count = root.cells(), 0

    def device(self, parent=None, base=None, size=PAGE, name="dev", **props):
        """A node with a place of its own."""
        self.count += 1
        if base is None:
            base = MMIO + self.count * 64 * KIB
        parent = self.root if parent is None else parent
        return parent.add(f"{name}@{base:x}", compatible="test,device",
                          reg=flat.reg([(base, size)], parent.cells()), **props)


def device_in_ram(odd):
    at = odd.ram.place(odd.rng.choice((PAGE, MIB, 16 * MIB)), take=False)
    if at is not None:
        odd.device(base=at)


def on_the_consoles_line(odd):
    odd.device(interrupts=[0, CONSOLE_SPI, 4],
               **odd.rng.choice(({}, {"status": "disabled"}, {"xen__passthrough": True})))


def one_line_two_triggers(odd):
    line = 100 + odd.rng.randint(60, 100)
    for trigger in odd.rng.choice(((4, 4), (4, 1), (1, 1), (4, 8))):
        odd.device(interrupts=[0, line, trigger])


def private_interrupt(odd):
    odd.device(interrupts=[1, odd.rng.choice((7, 10, 11, 13, 14)), odd.rng.choice((4, 8, 1))])


def bus(odd):
    """A bus with ranges, and devices within; seldom one without."""
    size = odd.rng.choice((64 * KIB, MIB))
    node = odd.root.add("bus@20000000", compatible="simple-bus", address_cells=1, size_cells=1)
    ranges = [0, *([0] * (odd.cells[0] - 1)), 0x20000000, size]
    node.props["ranges"] = odd.rng.choice((flat.value_of(ranges), flat.value_of(ranges), b""))
    inside = 0 if node.props["ranges"] else 0x20000000
    for number in range(odd.rng.randint(1, 3)):
        odd.device(node, inside + number * PAGE, interrupts=[0, 150 + number, 4])
    if odd.rng.random() < 0.25:
        odd.device(node, inside + 2 * size)


def bus_without_ranges(odd):
    node = odd.root.add("i2c@30000000", address_cells=1, size_cells=0)
    node.add("chip@50", compatible="test,chip", reg=[0x50])


def name_of_a_length(odd):
    odd.device(name="n" * odd.rng.randint(24, 38))


def nested(odd):
    node = odd.root
    for depth in range(odd.rng.randint(3, 9)):
        node = node.add(f"level{depth}", test__word=depth)


def own_hypervisor(odd):
    """dom0's has this name; Xen leaves one out that says what it is."""
    odd.root.add("hypervisor", **odd.rng.choice(({"compatible": "xen,xen"}, {"compatible": "test,other"})))


def foreign_iommu(odd):
    odd.device(name="iommu", iommu_cells=1, phandle=0x7001)
    odd.device(iommus=[0x7001, 5])


def memory_of_another_kind(odd):
    """RAM that not every release, or not even Xen, sees as such."""
    at = odd.ram.place(64 * MIB, 2 * MIB)
    if at is None:
        return
    odd.ram.banks = [piece for bank in odd.ram.banks for piece in without(bank, at, 64 * MIB)]
    name, props, parent = odd.rng.choice((
        (f"memory@{at:x}", {"device_type": "memory", "status": "disabled"}, odd.root),
        (f"memory@{at:x}", {}, odd.root), (f"ram@{at:x}", {"device_type": "memory"}, odd.root),
        (f"memory@{at:x}", {"device_type": "memory"}, None)))
    if parent is None:
        parent = odd.root.add("below", address_cells=odd.cells[0], size_cells=odd.cells[1], ranges=True)
    parent.add(name, reg=flat.reg([(at, 64 * MIB)], odd.cells), **props)


def without(bank, at, size):
    base, length = bank
    for first, end in ((base, min(at, base + length)), (max(at + size, base), base + length)):
        if first < end:
            yield first, end - first


def memreserve_of_the_payload(odd):
    """As boot loaders do for what they have loaded."""
    first, end = odd.rng.choice(odd.ram.used[1:])
    odd.memreserve.append((first, end - first))



def meeting_regions(odd):
    """A region that meets another one, or a /memreserve/, in part or as a whole."""
    at = odd.ram.place(16 * MIB, 2 * MIB)
    if at is None:
        return
    node = next(iter(odd.root.called("reserved-memory")), None)
    if node is None:
        node = odd.root.add("reserved-memory", ranges=True, address_cells=odd.cells[0],
                            size_cells=odd.cells[1])
    spans = odd.rng.choice((((0, 4), (2, 4)), ((0, 8), (2, 2)), ((0, 4), (4, 4)), ((2, 2), (0, 8))))
    for number, (first, length) in enumerate(spans):
        base, size = at + first * MIB, length * MIB
        if number and odd.rng.random() < 0.5:
            odd.memreserve.append((base, size))
        else:
            node.add(f"meets@{base:x}", reg=flat.reg([(base, size)], node.cells()))


def region_below_a_region(odd):
    for node in odd.root.called("reserved-memory"):
        at = odd.ram.place(2 * MIB)
        if at is not None and node.children:
            node.children[0].add(f"inner@{at:x}", reg=flat.reg([(at, 2 * MIB)], node.cells()))


ALL = {device_in_ram: 5, on_the_consoles_line: 4, one_line_two_triggers: 5, private_interrupt: 3,
       bus: 20, bus_without_ranges: 10, name_of_a_length: 8, nested: 10, own_hypervisor: 4,
       foreign_iommu: 5, memory_of_another_kind: 8, memreserve_of_the_payload: 10,
       meeting_regions: 7, region_below_a_region: 4}


def add(rng, root, ram, memreserve):
    """Each of them with its percentage."""
    odd = Odd(rng, root, ram, memreserve)
    for make, percent in ALL.items():
        if rng.random() * 100 < percent:
            make(odd)
