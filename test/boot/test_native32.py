# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Contract native on a 32-bit board, where nobody has proven it: the arm32 stage says so and halts."""
import shutil
import subprocess

import pytest

import board as emulated
from arm32 import IMAGE
from chain import STAGE, assert_halted, in_ram, name_payload
from entry import TREE
from places import BUILD

WHY = "/chosen/dtshim: contract: not native: it is proven only on 64-bit cores"


def assert_refused(board):
    assert_halted(board, WHY)
    assert "use contract xen, or a board with 64-bit cores" in board.text()


@pytest.mark.slow
@pytest.mark.parametrize("payload", [True, False], ids=["payload", "none"])
def test_native(boot32, payload32, payload):
    """Whatever else is missing: this is what has to be said first."""
    board = boot32(in_ram(payload32, stage=(STAGE, IMAGE)))
    if payload:
        emulated.add_payload(board, payload32)
    board.command("fdt mknode /chosen dtshim")
    board.command('fdt set /chosen/dtshim contract "native"')
    board.start(f"bootz {STAGE:#x} - {emulated.TREE:#x}")
    assert_refused(board)


def test_a_tree_that_was_rewritten_on_the_host(enter32, tree32, payload32, tmp_path):
    tree = shutil.copy(tree32, tmp_path / "in.dtb")
    name_payload(tree, payload32)
    subprocess.run([BUILD / "dtshim", "apply", "--contract", "native", "--kernel-bits", "32", tree, "-o",
                    tmp_path / "out.dtb"], check=True, capture_output=True)
    assert_refused(enter32(tmp_path / "out.dtb"))


@pytest.mark.slow
@pytest.mark.parametrize("contract, refused", [("native", True), ("xen", False)])
def test_pass_through(enter32, tree32, payload32, tmp_path, contract, refused):
    """The boot may go on without dtshim, if the policy allows it; under xen there is nothing to refuse."""
    tree = shutil.copy(tree32, tmp_path / "in.dtb")
    name_payload(tree, payload32)
    for name, word in (("contract", contract), ("on-error", "pass-through")):
        subprocess.run(["fdtput", "-p", "-t", "s", tree, "/chosen/dtshim", name, word], check=True)
    board = enter32(tree, files=in_ram(payload32))
    board.expect([WHY if refused else "dtshim: starting Xen at"])
    board.expect(["is given the unchanged tree" if refused else "32-bit Execution"])
