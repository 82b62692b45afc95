# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Boards' own trees: started by UEFI, whose map has the RAM that the tree has, all comes out as by booti."""
import re
import struct

import libfdt
import pytest

from oracle_tree import Tree
from places import GUESTS
from stage_entry import FILES, enter
from uefi_start import CONVENTIONAL, MIB, ranges, run

# Of whose RAM this machine can have some where it is.
BOARDS = ["apm/apm-mustang", "arm/corstone1000-fvp", "arm/foundation-v8", "arm/foundation-v8-gicv3-psci", "arm/juno",
          "freescale/fsl-ls1028a-qds-13bb", "marvell/ac5-98dx35xx-rd", "nvidia/tegra210-p3450-0000",
          "ti/k3-am625-sk", "ti/k3-am642-evm", "ti/k3-am6528-iot2050-basic"]
MODULES = {"hypervisor": ("dtshim,hypervisor", 96 * MIB, "xen"),
           "kernel": ("multiboot,kernel\0multiboot,module", 128 * MIB, "Image"),
           "ramdisk": ("multiboot,ramdisk\0multiboot,module", 176 * MIB, "initrd")}
STAGE, TREE = 32 * MIB, 48 * MIB


def banks_of(tree):
    return [one for node in tree.root.children if node.called("memory") for one in ranges(node) if one[1]]


def with_modules(blob, base):
    """The tree as U-Boot's user leaves it."""
    fdt = libfdt.Fdt(bytearray(blob))
    fdt.resize(len(blob) + 4096)
    chosen = fdt.path_offset("/chosen", [libfdt.NOTFOUND])
    chosen = chosen if chosen >= 0 else fdt.add_subnode(0, "chosen")
    for cells in ("#address-cells", "#size-cells"):
        fdt.setprop_u32(fdt.path_offset("/chosen"), cells, 2)
    for name, (compatible, at, file) in MODULES.items():
        node = fdt.add_subnode(fdt.path_offset("/chosen"), f"{name}@{base + at:x}")
        fdt.setprop(node, "compatible", compatible.encode() + b"\0")
        fdt.setprop(node, "reg", struct.pack(">QQ", base + at, len(FILES[file])))
    fdt.pack()
    return bytes(fdt.as_bytearray())[:fdt.totalsize()]


@pytest.mark.parametrize("board", BOARDS)
def test_a_board(tmp_path, board):
    path = GUESTS.parent / f"dtbs/arm64/{board}.dtb"
    if not path.exists():
        pytest.skip("no board trees were fetched")
    banks = banks_of(Tree(path.read_bytes()))
    base = banks[0][0]
    files = {base + at: tmp_path / file for _, at, file in MODULES.values()}
    for at, file in files.items():
        file.write_bytes(FILES[file.name])
    (tmp_path / "tree").write_bytes(with_modules(path.read_bytes(), base))
    bare = enter(files | {base + TREE: tmp_path / "tree"}, "--stage", base + STAGE, "--tree", base + TREE, ram=banks)
    came = run(tmp_path, *(f"at={at:#x}:{file}" for at, file in files.items()), "go-on", "may-map", tree=tmp_path / "tree",
               at=base + TREE, stage=base + STAGE, entries=[(CONVENTIONAL, *bank) for bank in banks])
    assert bare.started and came.then[-1].startswith("started"), (bare, came)
    assert len({*re.findall("will give .*", bare.said), *re.findall("will give .*", came.words)}) == 1
