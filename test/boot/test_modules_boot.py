# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Modules one level down in /chosen, which Xen reads as those that stand in it."""
import re
import subprocess

import pytest

import board as emulated
from chain import BASE, IMAGE, MIB, STAGE, in_ram, name_payload, stub, total
from places import with_each_release

START, TREE = 0x98000000, 0x9A000000
DOM0 = 512 * MIB


def write_tree(folder, guests, payload):
    """QEMU's own tree, with room; only Xen's node stands in /chosen itself."""
    policy = f"/ {{ chosen {{ dtshim {{ dom0-mem = <0 {DOM0:#x}>; }}; }}; }};"
    source = subprocess.run(
        ["dtc", "-q", "-I", "dtb", "-O", "dts", emulated.board_tree(folder / "board.dtb", guests)],
        check=True, capture_output=True, text=True).stdout
    tree = folder / "in.dtb"
    subprocess.run(["dtc", "-q", "-p", "8192", "-I", "dts", "-O", "dtb", "-o", tree],
                   input=source + policy, text=True, check=True)
    name_payload(tree, payload, "/chosen/modules")
    subprocess.run(["fdtput", "-d", tree, "/chosen", "xen,xen-bootargs"], check=True)
    return tree


@pytest.mark.slow
@with_each_release
def test_dom0_starts(boot, payload, guests, tmp_path):
    """All of it lies where dom0 is to be, so that the stage moves it, and the nodes."""
    tree = write_tree(tmp_path, guests, payload)
    files = in_ram(payload, stage=(STAGE, IMAGE), tree=(TREE, tree),
                   start=(START, stub(tmp_path / "stub", STAGE, TREE)))
    board = boot(files, prompt=False, firmware=False,
                 extra=["-device", f"loader,addr={START:#x},cpu-num=0"])
    board.expect([r"BANK\[0\]"])
    board.expect(["Loading zImage"])
    assert total(board.banks()) == (BASE, DOM0)
    board.expect(["@@ end"])
    assert re.search(r"kernel at 0x\w+,\s+moved\s+from\s+0x52000000", board.text())
