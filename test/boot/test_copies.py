# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""
What the stage copies, fills and searches memory with, on the emulated cores (test/copies): it makes
the bytes that plain loops make, and none beside them, and finds what they find.
"""
import re

import pytest

from places import BOARD32_BUILD, BOARD_BUILD

ENTRIES = {"enter": BOARD_BUILD, "enter32": BOARD32_BUILD}
APART, OVERLAPPING, FILLS, SEARCHES = 10 * 10 * 38, 4 * 49 * 31, 3 * 10 * 38, 40 * 10 * 38


@pytest.mark.slow
@pytest.mark.parametrize("entry", ENTRIES)
def test_every_byte(entry, request):
    board = request.getfixturevalue(entry)(image=ENTRIES[entry] / "copies.img")
    board.expect(["dtshim: halted"])
    said = re.findall(r"^copies: (.+?)\r?$", board.text(), re.M)
    assert said == [f"{what}, {count} of {count} right" for what, count in (
        ("cpu_copy", APART), ("memcpy", APART), ("memmove", APART), ("memmove", OVERLAPPING),
        ("memset", FILLS), ("cpu_next_name", SEARCHES))]
