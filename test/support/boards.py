# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""
What the board trees of one kernel say of their boards: the SoC, RAM, and whether Xen can run.

Where a tree knows no RAM it is told: 2 GiB, or less where a device is in the way, at the base that
its own memory node names, else that the trees of the same SoC have, else that U-Boot has for the SoC,
else that all trees of this vendor have.
"""
import collections
import fnmatch

import for_xen
from oracle_tree import MIB, Tree, is_addressed, overlap, registers, rows, span, total

TOLD, LEAST = 2048 * MIB, 512 * MIB
PLACEHOLDER, REAL = 128 * MIB, 1024 * MIB
SMALL = 256 * MIB
# CFG_SYS_SDRAM_BASE of include/configs in U-Boot 2026.10; each file's name is that of the SoC. Of
# 64-bit Rockchips the 2 MiB from there are firmware's (mach-rockchip/sdram.c, dram_init_banksize()).
UBOOT = {
    "rockchip,rk3576": 0x40200000, "rockchip,rk33*": 0x200000, "rockchip,rk35*": 0x200000,
    "rockchip,px30*": 0x200000, "rockchip,rv1126": 0, "rockchip,rv1109": 0, "rockchip,rk3288*": 0,
    "allwinner,sun9i-*": 0x20000000, "allwinner,sun*": 0x40000000,  # sunxi-common.h
    "fsl,ls1088a": 0x80000000,
    "fsl,imx8q[mpx]*": 0x80000000, "fsl,imx8dx*": 0x80000000,       # imx8qm_mek.h, imx8qxp_mek.h
}


def in_ram(node):
    """Its registers are RAM by their nature: a piece of SRAM, or of RAM that is called that."""
    return any({"mmio-sram", "arm,scmi-shmem"} & set(above.strings("compatible"))
               for above in node.lines_of_parents())


class Board:
    def __init__(self, path, name):
        tree = Tree(path.read_bytes())
        self.path, self.name = path, name
        # The board's own name comes first, and is the only one where nobody wrote the SoC's.
        said = tree.root.strings("compatible")
        self.socs = said[1:] or said or ["unknown"]
        self.why_not = for_xen.why_not(tree)
        self.top = 1 << 32 * tree.root.cells()[0]
        memory = [node for node in tree.root.children if node.called("memory")
                  or node.props.get("device_type") == b"memory\0"]
        said = [row for node in memory if node.is_on()
                for row in rows(node.props.get("reg", b""), *tree.root.cells())]
        self.banks = [span(base, size) for base, size in said if size]
        self.named_bases = [base for base, size in said if not size] + [
            int(node.name.split("@")[1].split(",")[0], 16) for node in memory if "@" in node.name]
        self.devices = [] if self.banks else [
            one for node in tree.nodes if is_addressed(node) and not node.is_description
            and not in_ram(node) for one in registers(node) if one]
        self.told, self.told_by = None, None

    def lowest(self):
        return min(first for first, _ in self.banks)

    def ram(self):
        return total(self.banks or ([self.told] if self.told else []))

    def options(self):
        """How the tool is told where RAM is."""
        if not self.told:
            return []
        first, end = self.told
        return ["--ram", f"{first:#x}:{(end - first) // MIB}M"]

    def vendor(self):
        return self.socs[-1].split(",")[0]

    def fits(self, base):
        """What can be told at this base."""
        size = TOLD
        while size >= LEAST:
            ram = span(base, size)
            if ram[1] <= self.top and not any(overlap(ram, one) for one in self.devices):
                return ram
            size //= 2
        return None


class Boards:
    """All of one kernel and architecture, with RAM told to those that know none."""

    def __init__(self, folder):
        self.all = [Board(path, str(path.relative_to(folder))) for path in sorted(folder.rglob("*.dtb"))]
        self.bases = collections.defaultdict(collections.Counter)
        self.vendors = collections.defaultdict(set)
        self.most = collections.Counter()
        for board in self.all:
            for soc in board.socs if board.banks else ():
                self.bases[soc][board.lowest()] += 1
                self.most[soc] = max(self.most[soc], board.ram())
            if board.banks and not board.why_not:
                self.vendors[board.vendor()].add(board.lowest())
        for board in self.all:
            if not board.banks:
                board.told, board.told_by = next(
                    ((board.fits(base), source) for base, source in self.guesses(board)
                     if board.fits(base)), (None, None))

    def guesses(self, board):
        """(base, who says so), what is surest first."""
        yield from ((base, "its own node") for base in board.named_bases)
        yield from ((self.bases[soc].most_common(1)[0][0], "trees of the SoC")
                    for soc in board.socs if self.bases[soc])
        yield from ((base, "U-Boot") for name, base in UBOOT.items()
                    if any(fnmatch.fnmatchcase(soc, name) for soc in board.socs))
        if len(self.vendors[board.vendor()]) == 1:
            yield from ((base, "trees of the vendor") for base in self.vendors[board.vendor()])

    def left_out(self, board):
        """Why nothing is promised of a board, in few words; None: all is."""
        if board.why_not:
            return "no board for Xen"
        if not board.banks:
            return None if board.told else "RAM unknown"
        if board.ram() <= PLACEHOLDER and max(map(self.most.get, board.socs)) >= REAL:
            return "placeholder"
        return "under 256 MiB" if board.ram() < SMALL else None
