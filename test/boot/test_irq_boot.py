# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Interrupts that two nodes say: Xen panics, and with dtshim's tree it does not."""
import re
import subprocess

import pytest

import board as emulated
from chain import BASE, IMAGE, MIB, STAGE, in_ram, name_payload, stub, total
from places import with_each_release

pytestmark = pytest.mark.slow

START, TREE = 0x98000000, 0x9A000000
DOM0 = 512 * MIB
# QEMU's console has SPI 1. Where the devices say to be is nothing.
DEVICE = """%s@%x { compatible = "test,shared"; reg = <0 0x%x 0 0x1000>;
            interrupts = <%s>; status = "disabled"; };"""
CASES = {  # nodes, what Xen says of them
    "the console's": ([("shared", 0xe000000, "0 1 4")], "IRQ 33 is already used by Xen"),
    "two types": ([("one", 0xe000000, "0 100 4"), ("other", 0xe001000, "0 99 4 0 100 1")],
                  "Unable to get irq 1 for /other@e001000"),
    "the console's, of another type": ([("shared", 0xe000000, "0 1 1")], "Unable to get irq 0 for /shared@e000000"),
}
with_each_case = pytest.mark.parametrize("case", CASES)
POLICY = f"/ {{ chosen {{ dtshim {{ dom0-mem = <0 {DOM0:#x}>; }}; }}; }};"


def write_tree(folder, guests, devices):
    nodes = "".join(DEVICE % (name, at, at, interrupts) for name, at, interrupts in devices)
    source = subprocess.run(
        ["dtc", "-q", "-I", "dtb", "-O", "dts", emulated.board_tree(folder / "board.dtb", guests)],
        check=True, capture_output=True, text=True).stdout
    subprocess.run(["dtc", "-q", "-p", "16384", "-I", "dts", "-O", "dtb", "-o", folder / "in.dtb"],
                   input=re.sub(r"};\s*$", nodes + "};\n", source) + POLICY, text=True, check=True)
    return folder / "in.dtb"


@pytest.fixture
def start(boot, payload, guests, tmp_path):
    """The stage or Xen, with such a tree and without U-Boot."""
    payload = {kind: (address + 0x40000000, path) for kind, (address, path) in payload.items()}

    def run(entry, case):
        tree = write_tree(tmp_path, guests, CASES[case][0])
        name_payload(tree, payload)
        subprocess.run(["fdtput", "-t", "s", tree, "/chosen", "xen,xen-bootargs",
                        "dom0_mem=512M bootscrub=0"], check=True)
        files = in_ram(payload, stage=(STAGE, IMAGE), tree=(TREE, tree),
                       start=(START, stub(tmp_path / "stub", entry or payload["xen"][0], TREE)))
        return boot(files, prompt=False, firmware=False,
                    extra=["-device", f"loader,addr={START:#x},cpu-num=0"])
    return run


@with_each_case
@with_each_release
def test_without_dtshim_xen_panics(start, case):
    board = start(None, case)
    board.expect(["Panic on CPU 0"])
    board.expect(["Reboot in"])
    assert CASES[case][1] in board.text().replace("irq 33", "IRQ 33")


@with_each_case
@with_each_release
def test_with_it_dom0_starts(start, case):
    board = start(STAGE, case)
    board.expect([r"BANK\[0\]"])
    board.expect(["Loading zImage"])
    board.expect(["dom0's memory starts at guest address 0x40000000|Freed .*init memory"])
    assert total(board.banks()) == (BASE, DOM0)
    assert "is already used by Xen" not in board.text() and "Unable to get irq" not in board.text()
