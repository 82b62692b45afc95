# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Fixtures of U-Boot with the command in it; building it takes longer than all of check-quick."""
import pathlib

import pytest

from arm32 import boot32, ramdisk32  # noqa: F401
from chain import ramdisk  # noqa: F401
from uboot_sandbox import folder, host, sandbox  # noqa: F401


def pytest_collection_modifyitems(items):
    here = str(pathlib.Path(__file__).parent) + "/"
    for item in items:
        if str(item.path).startswith(here):
            item.add_marker(pytest.mark.slow)
