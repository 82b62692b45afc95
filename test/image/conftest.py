# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Fixtures of dtshim image."""
from chain import ramdisk  # noqa: F401
from made_up_packages import cache, image, made_up  # noqa: F401
