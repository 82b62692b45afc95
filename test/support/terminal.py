# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""A terminal as a program's standard output or error."""
import os


def read_to_end(ours):
    """All that is written to the other end, until nobody has that open; closes this one."""
    text = b""
    while True:
        try:
            text += os.read(ours, 4096)
        except OSError:
            break
    os.close(ours)
    return text
