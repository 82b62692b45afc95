# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Where Xen puts dom0 when its native base cannot be had."""
import pytest

import board as emulated
from chain import BASE, IMAGE, MIB, STAGE, XEN, in_ram, total

pytestmark = pytest.mark.slow


def start(boot, payload, taken, dom0, ram, shim=True):
    """The board with reserved memory, in the words of a firmware's fixup; the default policy."""
    files = in_ram(payload, **({"stage": (STAGE, IMAGE)} if shim else {}))
    board = boot(files, ram=ram, scrub=True)
    emulated.add_payload(board, payload)
    node = f"/reserved-memory/tee@{taken[0]:x}"
    for line in ("mknode / reserved-memory", r"set /reserved-memory \#address-cells <2>",
                 r"set /reserved-memory \#size-cells <2>", "set /reserved-memory ranges",
                 f"mknode /reserved-memory tee@{taken[0]:x}",
                 f"set {node} reg <0 {taken[0]:#x} 0 {taken[1]:#x}>", f"set {node} no-map"):
        board.command(f"fdt {line}")
    if shim:
        board.command("fdt mknode /chosen dtshim")
        emulated.set_u64(board, "/chosen/dtshim", "dom0-mem", dom0 * MIB)
    else:
        board.command(f'fdt set /chosen xen,xen-bootargs "dom0_mem={dom0}M"')
    board.start(f"booti {STAGE if shim else XEN:#x} - {emulated.TREE:#x}")
    return board


@pytest.mark.parametrize("taken, dom0, ram", [
    ((BASE, 0x200000), 512, "2G"), ((BASE, 0x200000), 516, "1G"), ((BASE, 0x1000), 512, "1G"),
    ((BASE, 0x200000), 256, "4G"), ((0x5c000000, 0x200000), 512, "3G"),
    ((BASE, 0x200000), 700, "1G"), ((BASE, 0x200000), 1024, "2G"),
    ((0x47ff0000, 0x10000), 320, "2G")], ids=str)
def test_xen_puts_dom0_there(boot, payload, taken, dom0, ram):
    """Places of all kinds: coarse and fine, with pages and with a static heap."""
    board = start(boot, payload, taken, dom0, ram)
    report = board.finish()
    base, size = total(board.banks())
    assert size == dom0 * MIB and base > BASE
    assert report.one("record dom0-memory") == f"{base:016x}{size:016x}"
    assert report.one("record layout") == "direct"
    assert "not at the native base 0x40000000" in board.text()


def test_control_without_dtshim(boot, payload):
    """Left alone, Xen does not put dom0 where the plan of the same board does."""
    board = start(boot, payload, (BASE, 0x200000), 512, "2G", shim=False)
    board.finish()
    assert board.banks()[0][0] not in (BASE, 0x44000000)
