# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Which devices no offset reaches under contract native, from Linux' own sources.

of_iommu.c (6.1 to 7.2): a device is translated where an IOMMU that its node names is available
and has a driver; its tables hold physical addresses. irq-gic-v3-its.c: virt_to_phys() of each
table. swiotlb.c: phys_to_virt() of a restricted pool. of_reserved_mem.c: none of that of what is
not available.
"""
import oracle

REFUSED_BY_SWIOTLB = {"reusable", "linux,cma-default", "linux,dma-default", "no-map"}


def translated_by_dom0(tree, node, lists):
    """An IOMMU that a device goes through and that nobody but dom0's kernel would program."""
    return any(iommu.is_reachable() and not oracle.is_driven(tree, "native", iommu)
               and "xen,passthrough" not in iommu.props
               and "xen,grant-dma" not in iommu.strings("compatible")
               for iommu in oracle.named_iommus(tree, node, lists)
               if {"#iommu-cells", "mmu-masters"} & set(iommu.props))


def below(node):
    yield node
    for child in node.children:
        yield from below(child)


def restricted_pools(tree, node):
    value = node.props.get("memory-region", b"")
    for at in range(0, len(value) // 4 * 4, 4):
        pool = tree.phandles.get(int.from_bytes(value[at:at + 4], "big"))
        if (pool and "restricted-dma-pool" in pool.strings("compatible") and pool.is_reachable()
                and pool.props.get("reg") and REFUSED_BY_SWIOTLB.isdisjoint(pool.props)):
            yield pool


def is_beyond(tree, node, lists):
    """A master with an own way to memory, past dma-offset and dma-ranges."""
    if "arm,gic-v3-its" in node.strings("compatible") or translated_by_dom0(tree, node, lists):
        return True
    users = below(node) if node.is_pci() else [node]
    return any(any(restricted_pools(tree, user)) for user in users)


def wrong_beyond(tree, plan):
    """Masters whose DMA goes by guest addresses, and the tool says that they are told."""
    lists, by_path = oracle.listed_by(tree), {node.path: node for node in tree.nodes}
    for master in plan["dma"]:
        if (int(plan["offset"], 0) and not master["protected"] and master["offset"] != "lost"
                and is_beyond(tree, by_path[master["path"]], lists)):
            yield f"{master['path']} ({master['offset']}): no offset reaches it"


def wrong_numbers(tree, plan, after):
    """Regions that hardware goes by, by number, and that have other addresses now."""
    new = {node.path: node for node in after.nodes}
    warned = {note["node"] for note in plan["notes"] if "iommu-addresses" in note["what"]}
    for node in tree.nodes:
        if (node.path.startswith("/reserved-memory/") and node.props.get("iommu-addresses")
                and node.props.get("reg") and node.path not in warned
                and new[node.path].props["reg"] != node.props["reg"]):
            yield f"{node.path}: its iommu-addresses are not moved"
