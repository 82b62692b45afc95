# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""What a tree says about on-chip memory: which page is of which type."""
from oracle_tree import PAGE, is_addressed, overlap, registers, widen, without

TEGRA_SRAM = {f"nvidia,tegra{chip}-sysram" for chip in (186, 194, 234)}
SRAM = TEGRA_SRAM | {"mmio-sram", "atmel,sama5d2-securam", "qcom,rpm-msg-ram"}
SHARED_WITH_FIRMWARE = {"arm,scmi-shmem", "arm,scp-shmem", "arm,juno-scp-shmem", "amlogic,meson-gxbb-scp-shmem",
                        "amlogic,meson-gxl-scp-shmem", "amlogic,meson-axg-scp-shmem"}
STRICTEST_FIRST = ("device-ngnre", "device-gre", "normal-nc", "normal-wb")


def first_register(node):
    """reg[0], the only one that Linux's driver looks at."""
    return (registers(node) or [None])[0]


def sram_nodes(tree):
    return [(node, first_register(node)) for node in tree.nodes
            if not SRAM.isdisjoint(node.strings("compatible")) and first_register(node)]


def own_type(node):
    word = "".join(node.strings("dtshim,memory-type")[:1])
    return word if word in STRICTEST_FIRST else None


def outer_type(sram):
    compatible = set(sram.strings("compatible"))
    careful = "no-memory-wc" in sram.props or compatible & (TEGRA_SRAM | {"qcom,rpm-msg-ram"})
    return own_type(sram) or ("device-ngnre" if careful else "normal-nc")


def inner_type(child, sram):
    if own_type(child):
        return own_type(child)
    if not SHARED_WITH_FIRMWARE.isdisjoint(child.strings("compatible")):
        return "device-ngnre"
    return "normal-nc" if "protect-exec" in child.props else outer_type(sram)


def sram_pieces(sram, outer):
    """The sub-allocations and the rest, byte by byte."""
    pieces = []
    for child in sram.children:
        inner = first_register(child)
        if child.is_on() and inner and overlap(inner, outer):
            clipped = max(inner[0], outer[0]), min(inner[1], outer[1])
            pieces.append((clipped, inner_type(child, sram)))
    rest = without([outer], [piece for piece, _ in pieces])
    return pieces + [(piece, outer_type(sram)) for piece in rest]


def interrupt_controllers(tree):
    """Registers that nothing may be mapped over as memory."""
    return [found for node in tree.nodes if "interrupt-controller" in node.props
            for found in registers(node) if found and is_addressed(node)]


def sram_runs(tree):
    """[[first, end, type]]: whole pages; a page is as strict as the strictest byte in it."""
    pages = {}
    for sram, outer in sram_nodes(tree):
        for piece, kind in sram_pieces(sram, outer):
            for page in range(*widen(*piece), PAGE):
                rank = STRICTEST_FIRST.index(kind)
                pages[page] = min(rank, pages.get(page, rank))
    for device in map(lambda found: widen(*found), interrupt_controllers(tree)):
        pages.update({page: 0 for page in pages if device[0] <= page < device[1]})
    runs = []
    for page, rank in sorted(pages.items()):
        if runs and runs[-1][1:] == [page, STRICTEST_FIRST[rank]]:
            runs[-1][1] += PAGE
        else:
            runs.append([page, page + PAGE, STRICTEST_FIRST[rank]])
    return runs
