# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""What doc/guide/packages.rst has a user type, and where."""
import re

from places import ROOT

PAGE = (ROOT / "doc/guide/packages.rst").read_text()
ON_THE_BUILDER = ("make ", "dpkg-source ", "cd sources ")


def commands(on_the_builder=False):
    """All lines of blocks, in order: those that build the packages, or those where they are installed."""
    blocks = re.findall(r"::\n\n((?:    .*\n)+)", PAGE)
    lines = [line.strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line.startswith(ON_THE_BUILDER) == on_the_builder]
