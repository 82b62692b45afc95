# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""
The stage does what it must not (test/trespass), and the processor stops it: in words, on a UART
and in memory. That the same acts go through where they may is the control.
"""
import pathlib
import re
import subprocess
from typing import NamedTuple

import pytest

from chain import MIB, STAGE
from entry import TREE, last_words
from places import BOARD32_BUILD, BOARD_BUILD, ROOT


# As in test/trespass/main.c.
ACTS = ["NOTHING", "OVERFLOW", "WRITE_HEAD", "WRITE_TEXT", "WRITE_CONSTANT", "WRITE_RELOCATED",
        "WRITE_PAYLOAD", "WRITE_TREE", "WRITE_BESIDE", "RUN_STACK", "RUN_WORDS", "RUN_MEMORY",
        "RUN_CONSTANT", "RUN_PAYLOAD", "RUN_TREE", "RUN_CONSOLE"]

# ESR_EL2: the class of the exception, and of aborts that it was a write, and why (Arm ARM D17.2.37);
# and HSR of 32 bits is the same (ARM DDI 0406C, B3.13.6).
INSTRUCTION_ABORT, DATA_ABORT = 0x21, 0x25
PERMISSION, TRANSLATION = 0b0011, 0b0001


class Arch(NamedTuple):
    build: pathlib.Path
    enter: str       # the fixture,
    register: str    # and its word for the one that says what to do
    returns: bytes   # an instruction that does


ARCHS = {"arm64": Arch(BOARD_BUILD, "enter", "x0", b"\xc0\x03\x5f\xd6"),
         "arm32": Arch(BOARD32_BUILD, "enter32", "r2", b"\x1e\xff\x2f\xe1")}


@pytest.fixture(params=ARCHS)
def arch(request):
    return ARCHS[request.param]


@pytest.fixture
def symbols(arch):
    listing = subprocess.run(["nm", arch.build / "trespass.elf"], check=True, capture_output=True,
                             text=True).stdout
    return {words[2]: STAGE + int(words[0], 16) for words in map(str.split, listing.splitlines())
            if len(words) == 3}


@pytest.fixture
def trespass(arch, request, tmp_path):
    """What the stage says of the act; behind the image is a FIT, and something is at the tree's place."""
    enter = request.getfixturevalue(arch.enter)
    (tmp_path / "tree").write_bytes(arch.returns * 4096)
    (tmp_path / "fit").write_bytes(b"\xd0\x0d\xfe\xed" + arch.returns * 2000)
    subprocess.run([ROOT / "scripts/append-fit", arch.build / "trespass.img", tmp_path / "fit",
                    tmp_path / "image"], check=True)

    def does(act):
        board = enter(tmp_path / "tree", image=tmp_path / "image", **{arch.register: ACTS.index(act)})
        board.expect(["dtshim: halted"])
        words = last_words(board)
        assert board.text().split() == words.split(), "on the UART as in memory"
        return words
    return does


def exception(words):
    """(class, is a write, why, address)"""
    syndrome, address = (int(found, 16) for found in re.search(
        r"syndrome (0x\w+), image offset 0x\w+, address (0x\w+)", words).groups())
    return syndrome >> 26, bool(syndrome >> 6 & 1), syndrome >> 2 & 15, address


@pytest.mark.slow
@pytest.mark.parametrize("act", ["NOTHING", "WRITE_BESIDE"])
def test_what_it_may(trespass, act):
    assert "nothing was in the way" in trespass(act)


def test_stack_overflow(trespass, symbols):
    """The words come, although there is no stack left; and nothing below it was written."""
    words = trespass("OVERFLOW")
    assert "dtshim: stack overflow: syndrome" in words and "CONFIG_STAGE_STACK_KIB" in words
    kind, write, why, address = exception(words)
    assert (kind, write, why) == (DATA_ABORT, True, TRANSLATION)
    assert symbols["stage_guard"] <= address < symbols["stage_stack"]


@pytest.mark.slow
@pytest.mark.parametrize("act, start, size", [
    ("WRITE_HEAD", "stage_head", 4), ("WRITE_TEXT", "stage_text", MIB),
    ("WRITE_CONSTANT", "stage_constants", MIB), ("WRITE_RELOCATED", "stage_constants", MIB),
    ("WRITE_PAYLOAD", "stage_stack_end", 4), ("WRITE_TREE", TREE + 0x1000, 4)])
def test_what_is_only_read(trespass, symbols, act, start, size):
    kind, write, why, address = exception(trespass(act))
    assert (kind, write, why) == (DATA_ABORT, True, PERMISSION)
    start = symbols[start] if isinstance(start, str) else start
    assert start <= address < start + size


@pytest.mark.slow
@pytest.mark.parametrize("act", [act for act in ACTS if act.startswith("RUN_")])
def test_what_is_no_code(trespass, act):
    kind, _, why, address = exception(trespass(act))
    assert (kind, why) == (INSTRUCTION_ABORT, PERMISSION)
    assert address % 4 == 0
