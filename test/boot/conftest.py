# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Fixtures of whole boots."""
from arm32 import boot32, enter32, payload32, ramdisk32, tree32  # noqa: F401
from chain import boot, payload, ramdisk  # noqa: F401
from entry import enter, plain_tree, small_image, stage_with, tree  # noqa: F401
from uefi import start_uefi, uefi  # noqa: F401
