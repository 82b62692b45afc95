# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Each row of the table of bystanders stands for devices of Debian's board trees."""
import fnmatch
import re

import pytest

import oracle
from corpus import TREES


@pytest.mark.slow
def test_each_row_is_some_device_s():
    words = set()
    for source in TREES.rglob("*.dtb"):
        words.update(re.findall(rb"[a-z0-9]+,[\w,.+-]+(?=\0)", source.read_bytes()))
    words = {word.decode() for word in words}
    words |= {word[1:] for word in words}  # the byte before a value may look like a letter
    assert len(words) > 4000
    useless = [row for row in oracle.table_of("bystanders") if not fnmatch.filter(words, row)]
    assert not useless
