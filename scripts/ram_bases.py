#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Writes shim/board/ram_bases.c: where boards have RAM, by the last compatible of their tree's root.

usage: ram_bases.py SOURCE FOLDER...

SOURCE says whose trees they are, for the file's head; a tree that says the same in several
folders counts once. The rows of UBOOT are of SoCs whose trees never say RAM.
"""
import collections
import glob
import pathlib
import struct
import sys

TABLE = pathlib.Path(__file__).resolve().parent.parent / "shim/board/ram_bases.c"

SUNXI = 0x40000000, "U-Boot, sunxi-common.h"
# For arm64 mach-rockchip/sdram.c starts RAM behind the 2 MiB that are Trusted Firmware's.
ROCKCHIP = 0x200000, "U-Boot, mach-rockchip/sdram.c: the 2 MiB below are firmware's"
UBOOT = {
    **{f"allwinner,{soc}": SUNXI for soc in (
        "sun6i-a31", "sun6i-a31s", "sun7i-a20", "sun8i-a23",
        "sun8i-a33", "sun8i-a83t", "sun8i-h2-plus", "sun8i-h3", "sun8i-r40", "sun8i-v3", "sun8i-v3s",
        "sun8i-t113s", "sun50i-a64", "sun50i-a100", "sun50i-h5", "sun50i-h6", "sun50i-h616",
        "sun50i-h618", "sun50i-h700", "sun55i-a527", "sun55i-h728", "sun55i-t527")},
    "allwinner,sun9i-a80": (0x20000000, "U-Boot, sunxi-common.h"),
    **{f"rockchip,{soc}": ROCKCHIP for soc in (
        "px30", "rk3308", "rk3318", "rk3326", "rk3328", "rk3399", "rk3399pro", "rk3528", "rk3562",
        "rk3566", "rk3568", "rk3588", "rk3588s")},
    "rockchip,rk3576": (0x40200000, ROCKCHIP[1]),
    "rockchip,rv1109": (0, "U-Boot, rv1126_common.h"),
    "rockchip,rv1126": (0, "U-Boot, rv1126_common.h"),
    "fsl,imx8dx": (0x80000000, "U-Boot, imx8qxp_mek.h"),
    "fsl,imx8qp": (0x80000000, "U-Boot, imx8qm_mek.h"),
    "fsl,ls1088a": (0x80000000, "U-Boot, ls1088a_common.h"),
    "marvell,cn9130": (0, "U-Boot, mvebu_armada-8k.h"),
}


def nodes(blob):
    """The root's own properties and, by name, those of its children."""
    at, strings = struct.unpack_from(">II", blob, 8)
    root, children, path = {}, {}, []
    while True:
        token, = struct.unpack_from(">I", blob, at)
        at += 4
        if token == 1:
            end = blob.index(b"\0", at)
            path.append(blob[at:end].decode())
            at = end + 4 & ~3
            if len(path) == 2:
                children[path[1]] = {}
        elif token == 2:
            path.pop()
            if not path:
                return root, children
        elif token == 3:
            length, name = struct.unpack_from(">II", blob, at)
            name = blob[strings + name:blob.index(b"\0", strings + name)].decode()
            if len(path) <= 2:
                into = root if len(path) == 1 else children[path[1]]
                into[name] = blob[at + 8:at + 8 + length]
            at = at + 8 + length + 3 & ~3


def entries(root, reg):
    cells = [int.from_bytes(root.get(f"#{kind}-cells", bytes([0, 0, 0, default])), "big")
             for kind, default in (("address", 2), ("size", 1))]
    step = 4 * sum(cells)
    for at in range(0, len(reg) - step + 1, step):
        yield (int.from_bytes(reg[at:at + 4 * cells[0]], "big"),
               int.from_bytes(reg[at + 4 * cells[0]:at + step], "big"))


def lowest_bank(blob):
    """The SoC and where its RAM starts; None where the tree does not say."""
    root, children = nodes(blob)
    socs = [name for name in root.get("compatible", b"").decode().split("\0") if name]
    bases = []
    for name, properties in children.items():
        if properties.get("device_type") != b"memory\0" and name.split("@")[0] != "memory":
            continue
        address = int(name.split("@")[1].split(",")[0], 16) if "@" in name else 0
        bases += [base or address for base, size in entries(root, properties.get("reg", b""))
                  if base or size or "@" in name]
    real = socs and bases and not socs[-1].startswith("xen,")  # else a guest's tree
    return (socs[-1], min(bases)) if real else None


# Of the cores of 32 bits those with virtualization (their manuals); on others there is no Xen.
CORES = (b"arm,cortex-a7\0", b"arm,cortex-a12\0", b"arm,cortex-a15\0", b"arm,cortex-a17\0",
         b"brcm,brahma-b15\0")


def may_run_xen(arch, blob):
    return arch == "arm64" or any(core in blob for core in CORES)


def gather(folders):
    """For each SoC: how many boards have RAM at which base."""
    boards = set()
    for folder in map(pathlib.Path, folders):
        for path in glob.glob(f"{folder}/**/*.dtb", recursive=True):
            where = pathlib.Path(path).relative_to(folder).parts
            blob = pathlib.Path(path).read_bytes()
            if may_run_xen(where[0], blob):
                boards.add((where[0], where[-1], lowest_bank(blob)))
    socs = collections.defaultdict(collections.Counter)
    for *_, found in boards:
        if found:
            socs[found[0]][found[1]] += 1
    return socs


def words(bases):
    return ", ".join(f"0x{base:x} ({count} {'trees' if count > 1 else 'tree'})"
                     for base, count in sorted(bases.items(), key=lambda one: (-one[1], one[0])))


def table(source, socs):
    rows = {soc: words(bases) for soc, bases in socs.items()}
    rows.update((soc, f"0x{base:x} ({why})") for soc, (base, why) in UBOOT.items() if soc not in rows)
    groups = collections.defaultdict(list)
    for soc in sorted(rows):
        groups[rows[soc]].append(soc)
    return f"""// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Where boards have RAM. Made by scripts/ram_bases.py from the trees of
 * {source};
 * and what U-Boot has (2023.01; for rk35xx and rv11xx master of 2026) for SoCs whose trees leave
 * RAM to firmware.
 */
#include "shim/board/ram_bases.h"

/* Words, and the compatibles of all roots that they are on; packed, see shim_word(). */
const char shim_ram_bases[] =
""" + "\n".join(f'    "{words}\\0"' + "".join(f'\n        "{soc}\\0"' for soc in socs) + ' "\\0"'
                for words, socs in groups.items()) + ";\n"


if __name__ == "__main__":
    TABLE.write_text(table(sys.argv[1], gather(sys.argv[2:])))
