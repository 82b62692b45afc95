# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""
Boards on which dom0's native base cannot be had: apply steers Xen with reserved pages, or to
several banks. Small cases by name, and others at random.
"""
import flat
import maps
import plain
import spans
import xen_boot
from xen_case import Case

MIB, GIB = 1 << 20, 1 << 30
START = xen_boot.RAM_BASE
SIZES = (100, 260, 320, 512, 700, 1024, 1280, 2048)


def memory(root, *banks):
    """One node for all RAM."""
    root.called("memory")[0].props["reg"] = flat.reg(banks, (2, 2))


def small_window(root, base, size):
    """A bus whose device reaches only this part of RAM."""
    bus = root.add("bus@10100000", compatible="simple-bus", address_cells=1, size_cells=1,
                   ranges=[0, 0, 0x10100000, 0x10000],
                   dma_ranges=[0, base >> 32, base & 0xffffffff, size])
    bus.add("dev@0", compatible="test,device", reg=[0, 4096], interrupts=[0, 150, 4])


def raspberry(root):
    """Xen seeks dom0's first bank below 1 GiB, where QEMU's board has no RAM."""
    root.props["compatible"] = b"brcm,bcm2711\0"


def first(root, size=2 * MIB):
    plain.region(root, START, size, no_map=True)


def hole(root):
    """A hole in RAM that leaves neither side enough."""
    memory(root, (START, 0x30000000), (0x80000000, 0x40000000))


def parted(root):
    """A reservation in the way of any block."""
    memory(root, (START, 0x30000000))
    plain.region(root, 0x58000000, 2 * MIB, no_map=True)


def of_both(*changes):
    def change(root):
        for one in changes:
            one(root)
    return change


# name: (machine's MiB, dom0's MiB, what is otherwise, the plan has several banks)
CASES = {
    "RAM's base is reserved": (2048, 512, first, False),
    "RAM's first page is reserved": (2048, 512, lambda root: first(root, 4096), False),
    "of 320 MiB": (2048, 320, first, False),
    "of 260 MiB": (2048, 260, first, False),
    "of 100 MiB": (2048, 100, first, False),
    "a hole": (2048, 1280, hole, True),
    "parted": (2048, 512, parted, True),
    "2 GiB in banks": (4096, 2048, lambda root: memory(root, (START, 0x60000000), (0xC0000000, 0x60000000)), True),
    "30 bits": (2048, 512, of_both(raspberry, first), False),
    "30 bits and a hole": (2048, 1280, of_both(raspberry, hole), True),
    "a small window": (2048, 256, of_both(first, lambda root: small_window(root, 0x60000000, 0x20000000)), False),
}


def case_of(boards, machine, dom0, change, scrub=""):
    root = plain.base(boards, machine)
    plain.line(root, f"dom0_mem={dom0}M{scrub}")
    memory(root, (START, machine.ram * MIB))
    change(root)
    files = {plain.KERNEL: xen_boot.kernel(plain.KERNEL_SIZE, 2 * MIB), plain.RAMDISK: bytes(plain.RAMDISK_SIZE)}
    return Case(machine=machine, xen_at=plain.XEN, tree_at=plain.TREE,
                blob=flat.write(root, (), 16 << 10), files=files, kernel=plain.KERNEL)


def build(boards, name):
    ram, dom0, change, _ = CASES[name]
    return case_of(boards, xen_boot.Machine(ram, 3, 1), dom0, change)


def is_steered(plan):
    """Pages are kept from Xen, or dom0 has several banks."""
    return bool(plan["reserved-pages"]) or len(plan["dom0-memory"]) > 1


def changes(rng, machine):
    """What stands in the way: at RAM's base, within it, a hole, a window, Xen's own rule."""
    end = machine.end()
    payload = (plain.XEN, plain.GUEST)  # the loader's: RAM that stays

    def free(at, size):
        return not spans.overlap((at, at + size), payload) and at + size <= end

    if maps.chance(rng, 60):
        size = rng.choice((4096, 65536, 2 * MIB, 8 * MIB, 100 * MIB))
        yield lambda root, size=size: first(root, size)
    for _ in range(rng.choice((0, 0, 1, 1, 2, 4))):
        at, size = START + rng.randrange(64, machine.ram // 2) * 2 * MIB, rng.choice((4096, MIB, 2 * MIB, 48 * MIB))
        if free(at, size):
            yield lambda root, at=at, size=size: plain.region(root, at, size, no_map=True)
    if maps.chance(rng, 45):
        at, size = START + rng.randrange(12, machine.ram // 64) * 64 * MIB, rng.choice((64, 192, 256)) * MIB
        if free(at, size) and at + size < end:
            yield lambda root, at=at, size=size: memory(root, (START, at - START), (at + size, end - at - size))
    if maps.chance(rng, 25):
        base = START + rng.randrange(1, 4) * 256 * MIB
        size = rng.choice((256, 512, 1024)) * MIB
        yield lambda root, base=base, size=size: small_window(root, base, size)
    if maps.chance(rng, 25):
        yield raspberry


def at_random(rng, boards):
    machine = xen_boot.Machine(rng.choice((1024, 1536, 2048, 3072, 4096)), rng.choice((2, 3)), rng.choice((1, 1, 2)))
    dom0 = rng.choice([size for size in SIZES if size < machine.ram * 3 // 4])
    scrub = rng.choice(("", "", " bootscrub=0"))
    return case_of(boards, machine, dom0, of_both(*changes(rng, machine)), scrub)
