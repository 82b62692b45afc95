# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Fixtures of U-Boot with the command in it."""
from chain import ramdisk  # noqa: F401
from uboot_sandbox import folder, host, sandbox  # noqa: F401
