# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Xen itself on the boards of memory_maps.py: the banks that the model's tests go by."""
import re

import pytest

from memory_maps import MAPS
from places import with_each_release


@with_each_release
@pytest.mark.parametrize("name", [name for name, one in MAPS.items() if one.seen])
@pytest.mark.slow
def test_banks_are_those(guests, tmp_path, name):
    one = MAPS[name]
    seen = one.seen[{"12": 17, "13": 20}[guests.name]]
    with one.start(guests, tmp_path) as board:
        if isinstance(seen, list):
            board.expect([rf"BANK\[{len(seen) - 1}\] .*\n\(XEN\) (?!BANK)"])
            assert board.banks() == seen
        else:
            board.expect([r"Panic on CPU 0:\s+\(XEN\) " + re.escape(seen)])
