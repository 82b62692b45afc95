# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Boards with trees of their own: QEMU's models of them (scripts/models.py), with the trees of
Debian's kernels, or QEMU's own. Each board folder that says [qemu] is started; make check-boards
gets the QEMU that has its model. The policy is the default, and the stage is told no UART.
"""
import re
import subprocess

import pytest

import models
from chain import BRIEF, assert_halted, total
from places import BUILD, GUESTS, QEMUS, guest_version

pytestmark = pytest.mark.slow

ALL = models.with_model()
each_board = pytest.mark.parametrize("name", ALL)


@pytest.fixture
def start(tmp_path, ramdisk):
    """What starts a board; all of them are off in the end."""
    on = []

    def kept(method):
        def call(*arguments, **more):
            on.append(method(*arguments, **more))
            return on[-1]
        return call

    def of(name, image=BUILD / "dtshim.img"):
        try:
            emulator = models.emulator_for(ALL[name], QEMUS)
        except models.NoModel as error:
            pytest.skip(str(error))
        made = models.Start(ALL[name], emulator, GUESTS, ramdisk, image, tmp_path, BRIEF)
        made.on = kept(made.on)
        return made
    yield of
    for board in on:
        board.__exit__()


# ---- boots -----------------------------------------------------------------------------------

def planned_block(text):
    """dom0's memory, as the stage prints it: (base, size)."""
    first, last = re.search(r"^  dom0 +(0x\w+)-(0x\w+)", text, re.M).groups()
    return int(first, 16), int(last, 16) + 1 - int(first, 16)


@each_board
def test_dom0_is_where_the_stage_said(name, start):
    """The stage is heard on the board's UART, and Xen and dom0 say what it said."""
    model = ALL[name]
    board = start(name).with_stage()
    board.expect(["dtshim: starting Xen at"])
    text = board.text().replace("\r", "")
    base, size = planned_block(text)
    release = ".".join(map(str, guest_version("xen-hypervisor")))
    assert f"\ndtshim: Xen {release} will give dom0 {base:#x}-{base + size - 1:#x}\n" in text
    report = board.finish()
    assert (base, size) == (model.qemu["base"], models.dom0_size(model))
    if models.xen_speaks(model):
        assert total(board.banks()) == (base, size)
    nodes = dict(line.split() for line in report.all("memory-node"))  # one more: reserved memory
    assert nodes[f"memory@{base:x}"] in (f"{base:016x}{size:016x}", f"{base:016x}{size:08x}")
    assert report.all("system-ram")[0].startswith(f"{base:08x}-")
    assert report.one("record dom0-memory") == f"{base:016x}{size:016x}"
    assert report.one("record layout") == "direct"


@each_board
def test_without_the_stage_it_is_elsewhere(name, start):
    """Xen's own choice, for the same files in the same places."""
    model = ALL[name]
    board = start(name).without_stage()
    if models.xen_speaks(model):
        board.expect([r"BANK\[0\] 0x\w+-0x\w+"])
        seen = board.banks()[0][0]
    else:
        board.expect([r"@@ system-ram [0-9a-f]+-"])
        seen = int(re.findall(r"@@ system-ram (\w+)-", board.text())[0], 16)
    assert seen == model.qemu["alone"][GUESTS.name] != model.qemu["base"]
    assert "dtshim" not in board.text()


WRONG = {
    "an unknown word": ("-ts", "layout", ["sideways"], r"layout: .*\[policy\]"),
    "more than there is": ("-tx", "dom0-mem", ["40", "0"], r"\[base\]|\[dom0-size\]"),
}


def wrong_policy(wrong):
    kind, name, values, _ = WRONG[wrong]
    return lambda tree: subprocess.run(["fdtput", kind, tree, "/chosen/dtshim", name, *values],
                                       check=True)


@pytest.mark.parametrize("wrong", WRONG)
@each_board
def test_a_wrong_policy_ends_in_words(name, start, wrong):
    """Where, what, what to do, and halted: on that board's own UART."""
    assert_halted(start(name).with_stage(wrong_policy(wrong)), WRONG[wrong][-1])


# ---- UARTs that are not as they should be ----------------------------------------------------

def test_a_uart_that_firmware_left_off(start):
    """The model sends nothing then, as the board would not: all else goes on."""
    board = start("zcu102").with_stage(registers=[])
    report = board.finish()
    assert "dtshim" not in board.text().split("(XEN) Xen version")[0]
    assert total(board.banks()) == (ALL["zcu102"].qemu["base"], models.dom0_size(ALL["zcu102"]))
    assert report.one("record layout") == "direct"


def test_the_fallback_of_a_board(start, stage_with):
    """By its compatible, where the tree names no UART; the wrong policy is there to be told."""
    def change(tree):
        wrong_policy("an unknown word")(tree)
        subprocess.run(["fdtput", "-d", tree, "/chosen", "stdout-path"], check=True)
    image = stage_with(UART='"cdns,uart-r1p8"', BASE="0xff000000")
    assert_halted(start("zcu102", image).with_stage(change), WRONG["an unknown word"][-1])
