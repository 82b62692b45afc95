# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""One of the memory maps with its kernel packed by gzip: Xen unpacks it before dom0 has memory."""
import dataclasses
import gzip

import flat
import maps

MIB = 1 << 20


def build(rng, boards, xen_room):
    case = maps.build(rng, boards, xen_room)
    return case and pack(case, rng.choice((0, 3 * MIB, 30 * MIB, 60 * MIB, 100 * MIB)))


def pack(case, more):
    """Its Image with so many bytes behind it, in a file that is smaller than that; None: it is not."""
    image = case.files[case.kernel]
    data = gzip.compress(image + bytes(more), 1, mtime=0)
    root, reserves = flat.read(case.blob)
    for _, node, parent in root.walk():
        rows = flat.rows(node.props.get("reg", b""), *parent.cells())
        if node.name.startswith("module@") and rows and rows[0][0] == case.kernel:
            node.props["reg"] = flat.reg([(case.kernel, len(data))], parent.cells())
    if len(data) > len(image):
        return None
    slack = int.from_bytes(case.blob[4:8], "big") - len(flat.write(*flat.read(case.blob), 0))
    return dataclasses.replace(case, blob=flat.write(root, reserves, max(slack, 0)),
                               files={**case.files, case.kernel: data})
