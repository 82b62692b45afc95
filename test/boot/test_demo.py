# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The demos, with the guests of each Debian release: what they show is what should be shown."""
import subprocess
import sys

import pytest

from places import BOARD_BUILD, ROOT, with_each_release


ENDS = {
    "": "dom0 lies at the board's native RAM base 0x40000000",
    "offset": "Linux and the disk met at machine = guest + offset.",
    "native": "Linux and the disk met at machine = guest + offset.",
}


@pytest.mark.slow
@with_each_release
@pytest.mark.parametrize("name", ENDS)
def test_demo(guests, tmp_path, name):
    for image in ("dtshim.img", "witness.img"):
        (tmp_path / image).symlink_to(BOARD_BUILD / image)
    done = subprocess.run([sys.executable, ROOT / "scripts/demo.py", tmp_path, guests,
                           *([name] if name else [])], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert ENDS[name] in done.stdout
