# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Memory maps at random on a board of 32-bit cores; one in three leaves Xen next to nothing beside dom0."""
import dataclasses

import flat
import maps
import xen_boot

MIB = 1 << 20
SIZES = (512, 768, 1024, 1024, 1536, 2048, 3072, 3072, 4096)


def machine_for(rng):
    return xen_boot.Machine(rng.choice(SIZES), 2, rng.choice((1, 1, 1, 2, 4)), rng.choice(xen_boot.NARROW))


def build(rng, boards, xen_room):
    case = maps.build(rng, boards, xen_room, machine_for)
    if case and not xen_boot.can_be_entered(case, xen_room):
        return None
    if not case or maps.chance(rng, 65):
        return case
    return nearly_full(rng, case)


def ram_of(root):
    return sum(size for node in root.called("memory") if node.is_on()
               for _, size in flat.rows(node.props.get("reg", b""), *root.cells()))


def nearly_full(rng, case):
    """dom0 has all but so many MiB of what the tree tells."""
    root, reserves = flat.read(case.blob)
    left = ram_of(root) // MIB - rng.choice((0, 16, 32, 33, 36, 40, 48, 64, 80, 96, 128, 160, 192))
    line = f"dom0_mem={max(left, 16)}M" + rng.choice(("", "", " bootscrub=0"))
    root.child("chosen").props["xen,xen-bootargs"] = flat.value_of(line)
    slack = int.from_bytes(case.blob[4:8], "big") - len(flat.write(*flat.read(case.blob), 0))
    return dataclasses.replace(case, blob=flat.write(root, reserves, max(slack, 0)))
