# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""U-Boot's sandbox: its own tree says nothing of memory, and it boots nothing."""

env__dtshim = {"commands": ["setenv dtshim_ram 0x80000000:1G"]}
