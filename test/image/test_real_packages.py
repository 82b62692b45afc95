# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Cards with Debian's own firmware: what a board's ROM looks for is where it looks."""
import os
import subprocess

import pytest

from made_up_packages import STAGE
from places import BUILD, RELEASES, ROOT

pytestmark = [pytest.mark.slow,
              pytest.mark.skipif(not STAGE.exists(), reason="no boot stage: no cross compiler")]

FIT = b"\xd0\x0d\xfe\xed"
# What the ROM knows the first stage by, and the first stage the second: (offset, bytes).
# Of Allwinner's, include/sunxi_image.h of U-Boot: BOOT0_MAGIC behind a branch. These ROMs read from
# 8 KiB on, and the SPL looks for a FIT 32 KiB behind itself
# (CONFIG_SYS_MMCSD_RAW_MODE_U_BOOT_SECTOR, 0x50).
SUNXI = [((8 << 10) + 4, b"eGON.BT0"), (40 << 10, FIT)]
# Of Rockchip's, tools/rkcommon.c of U-Boot: 0x0ff0aa55 under the ROM's RC4 key, at sector 64.
ROCKCHIP = [(32 << 10, b"\x3b\x8c\xdc\xfc"), (8 << 20, FIT)]
MAGIC = {"pine64": SUNXI, "nanopi_neo2": SUNXI, "orangepi_one_plus": SUNXI,
         "rockpro64": ROCKCHIP, "rock_pi_4b": ROCKCHIP}


def test_each_board_whose_firmware_is_debians_is_here():
    raw = {path.parent.name for path in ROOT.glob("board/*/board.toml")
           if "[[image.raw]]" in path.read_text()}
    assert raw == set(MAGIC)


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("board", MAGIC)
def test_what_the_rom_looks_for(board, release, tmp_path):
    done = subprocess.run([BUILD / "dtshim", "image", "--board", board, "--debian", release, "-o",
                           tmp_path / "card.img"], capture_output=True, text=True, check=False,
                          env={**os.environ, "DTSHIM_CACHE": os.environ.get(
                              "DTSHIM_CACHE", str(ROOT / "build/cache"))})
    if "is not available" in done.stderr:
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, done.stderr
    with open(tmp_path / "card.img", "rb") as card:
        for offset, magic in MAGIC[board]:
            card.seek(offset)
            assert card.read(len(magic)) == magic
