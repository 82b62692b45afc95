# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""
The processor's side of page tables: EL2, 4 KiB granule, 48 bits (Arm ARM D8.3); with first = 1 those
of Hyp mode's long descriptors, 32 bits (ARM DDI 0406C, B3.6).
"""
import collections
import struct

PAGE = 4096
LAST_LEVEL = 3
NORMAL, DEVICE = 0xFF, 0x04  # attributes in MAIR, of the kinds that the stage uses

# `memory` is the byte of MAIR.
Use = collections.namedtuple("Use", "write execute memory")


def size_at(level):
    return PAGE << 9 * (LAST_LEVEL - level)


def leaves(read, table, level=0, base=0):
    """(base, size, descriptor) of all that is mapped; `read` returns bytes of memory."""
    for at, (entry,) in enumerate(struct.iter_unpack("<Q", read(table, PAGE))):
        start, kind = base + at * size_at(level), entry & 3
        if kind & 1 == 0:
            continue
        assert level != LAST_LEVEL or kind == 3, f"{entry:#x}: reserved"
        if kind == 3 and level < LAST_LEVEL:
            yield from leaves(read, entry & 0xFFFFFFFFF000, level + 1, start)
        else:
            assert level, f"{entry:#x}: no block can be that large"
            yield start, size_at(level), entry


def use_of(descriptor, mair, wxn=True):
    """What may be done with it; at EL2 there is no way to read nothing."""
    write = not descriptor >> 7 & 1
    return Use(write, not (descriptor >> 54 & 1 or write and wxn), mair >> 8 * (descriptor >> 2 & 7) & 0xFF)


def areas(read, root, mair, wxn=True, first=0):
    """[(start, end, use)] of the whole map, in order; what touches and is alike is one area."""
    found = []
    for start, size, descriptor in leaves(read, root, first):
        assert descriptor & 0xFFFFFFFFF000 & -size == start, f"{start:#x} leads to {descriptor:#x}"
        assert descriptor >> 10 & 1, f"{start:#x}: an access flag that nobody would set"
        use = use_of(descriptor, mair, wxn)
        joins = found and found[-1][1:] == (start, use)
        begin = found.pop()[0] if joins else start
        found.append((begin, start + size, use))
    return found
