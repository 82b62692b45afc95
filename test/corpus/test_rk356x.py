# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Board trees that say one interrupt with two types: Rockchip's RK3566 and RK3568."""
import re

import pytest

from corpus import TREES, run
from places import BUILD

BOARDS = [path for path in sorted(TREES.rglob("rk356*.dtb")) if b"legacy-interrupt-controller" in path.read_bytes()]


def test_there_are_some():
    assert len(BOARDS) >= 14


@pytest.mark.parametrize("source", BOARDS, ids=lambda path: path.stem)
def test_board(source, scratch):
    said = run(BUILD, "check", "-v", "--ram", "0x200000:2G", source).out
    broken = re.findall(r"irq-type: (/pcie@\w+/legacy-interrupt-controller): has rising edges", said)
    out = scratch / "out.dtb"
    assert not run(BUILD, "apply", "--ram", "0x200000:2G", source, "-o", out).returncode
    changed = re.findall(r"^(/pcie@.*)\n  - (interrupts = .*) 0x1>\n  [+] \2 0x4>", run(BUILD, "diff", source, out).out,
                         re.M)
    assert broken and [path for path, _ in changed] == broken
    assert run(BUILD, "check", out).out == ""
