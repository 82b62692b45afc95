# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Reserved memory that the releases of Xen read otherwise, each after the other or than Linux."""
import re
import subprocess

import pytest

import board as emulated
from chain import BASE, IMAGE, MIB, STAGE, in_ram, name_payload, stub, total
from places import with_each_release

START, TREE = 0x98000000, 0x9A000000
CELLS = "#address-cells = <2>; #size-cells = <2>;"
REGIONS = "reserved-memory { %s ranges; %%s };" % CELLS
# What Xen would rather give to dom0 than the native base, were it not reserved.
RIVAL = "rival@60000000 { reg = <0 0x60000000 0 0x20000000>; %s };"
FIRMWARE = """
    firmware@60100000 { compatible = "test,firmware"; reg = <0 0x60100000 0 0x100000>; };"""
CASES = {
    "disabled": (RIVAL % 'status = "disabled";', ""),
    "they meet": (RIVAL % "" + FIRMWARE, ""),
    "partly in a reservation": (RIVAL % "no-map;", "7ff80000 0x100000"),
    "around a reservation": (RIVAL % "no-map;", "60010000 0x1000"),
    "no cells": (RIVAL % "no-map;", "", "reserved-memory { ranges; %s };"),
    "no ranges": (RIVAL % "no-map;", "", "reserved-memory { %s %%s };" % CELLS),
    "a unit address": (RIVAL % "no-map;", "", REGIONS.replace("memory {", "memory@0 {")),
}
DOM0 = 512 * MIB


def write_tree(folder, guests, regions, reserve, holder):
    """QEMU's own tree with these nodes, and this entry of /memreserve/."""
    source = subprocess.run(
        ["dtc", "-q", "-I", "dtb", "-O", "dts", emulated.board_tree(folder / "board.dtb", guests)],
        check=True, capture_output=True, text=True).stdout
    head = f"/dts-v1/;\n/memreserve/ 0x{reserve};\n" if reserve else "/dts-v1/;\n"
    body = re.sub(r"};\s*$", holder % regions + "};\n", source.replace("/dts-v1/;", ""))
    policy = f"/ {{ chosen {{ dtshim {{ dom0-mem = <0 {DOM0:#x}>; }}; }}; }};"
    subprocess.run(["dtc", "-q", "-p", "8192", "-I", "dts", "-O", "dtb", "-o", folder / "in.dtb"],
                   input=head + body + policy, text=True, check=True)
    return folder / "in.dtb"


@pytest.fixture
def start(boot, payload, guests, tmp_path):
    """The stage, with such a tree and without U-Boot, and all of it out of Xen's way."""
    payload = {kind: (address + 0x40000000, path) for kind, (address, path) in payload.items()}

    def run(regions, reserve, holder=REGIONS):
        tree = write_tree(tmp_path, guests, regions, reserve, holder)
        name_payload(tree, payload)
        subprocess.run(["fdtput", "-d", tree, "/chosen", "xen,xen-bootargs"], check=True)
        files = in_ram(payload, stage=(STAGE, IMAGE), tree=(TREE, tree),
                       start=(START, stub(tmp_path / "stub", STAGE, TREE)))
        return boot(files, prompt=False, firmware=False,
                    extra=["-device", f"loader,addr={START:#x},cpu-num=0"])
    return run


@pytest.mark.slow
@with_each_release
@pytest.mark.parametrize("case", CASES)
def test_dom0_is_where_the_plan_has_it(start, case):
    board = start(*CASES[case])
    board.expect([r"BANK\[0\]"])
    board.expect(["Loading zImage"])
    assert total(board.banks()) == (BASE, DOM0)
    assert re.search("dom0 gets .* at 0x40000000;", board.text())
