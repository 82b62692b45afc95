# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""A stage that is packed in the file, which U-Boot unpacks: its own programs, no code of dtshim's.

The commands are those of doc/guide/boot-stage.rst.
"""
import re
import shutil
import subprocess

import pytest

import arm32
import board as emulated
from chain import IMAGE, MIB, STAGE, add_tagged_device, assert_dom0, in_ram
from places import ROOT

GUIDE = (ROOT / "doc/guide/boot-stage.rst").read_text().partition("Packed by you, unpacked by U-Boot\n")[2]
NAMES = ["gzip", "lz4", "lzma"]  # U-Boot's
COMMANDS = dict(zip(NAMES, re.findall(r"^    ((?:gzip|lz4|xz) .*dtshim\.img.*)$", GUIDE, re.M)))
UNPACKED_AT = 0x5C000000
FIT_AT = 0x5E000000


@pytest.fixture
def packed(tmp_path):
    def made(name, image=IMAGE):
        shutil.copy(image, tmp_path / "dtshim.img")
        subprocess.run(COMMANDS[name].split(), cwd=tmp_path, check=True, capture_output=True)
        one, = [path for path in tmp_path.glob("dtshim.img.*")]
        return one
    return made


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_its_size_is_as_the_guide_says(packed, name):
    """To 5 %, of the stage for arm64."""
    size = packed(name).stat().st_size
    said, = re.findall(rf"^``{name}`` +([\d,]+) ", GUIDE, re.M)
    assert size == pytest.approx(int(said.replace(",", "")), rel=0.05)


ITS = """/dts-v1/; / { description = "stage"; #address-cells = <1>;
    images { stage { description = "dtshim"; data = /incbin/("%s"); type = "kernel";
        os = "linux"; arch = "%s"; compression = "%s"; load = <%#x>; entry = <%#x>;
        hash-1 { algo = "sha256"; }; }; };
    configurations { default = "c1"; c1 { kernel = "stage"; }; }; };"""


@pytest.fixture
def fit(tmp_path):
    def made(*what):
        (tmp_path / "stage.its").write_text(ITS % (*what, STAGE, STAGE))
        subprocess.run(["mkimage", "-f", tmp_path / "stage.its", tmp_path / "stage.itb"], check=True,
                       capture_output=True)
        return tmp_path / "stage.itb"
    return made


def start(board, payload, command, dom0):
    emulated.add_payload(board, payload)
    add_tagged_device(board)
    emulated.set_u64(board, "/chosen/dtshim", "dom0-mem", dom0 * MIB)
    board.start(f"{command} - {emulated.TREE:#x}")
    assert_dom0(board, dom0)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_booti_unpacks_it(boot, payload, packed, name):
    stage = packed(name)
    board = boot(in_ram(payload, stage=(STAGE, stage)))
    board.command(f"setenv kernel_comp_addr_r {UNPACKED_AT:#x}")
    board.command(f"setenv kernel_comp_size {stage.stat().st_size:#x}")
    start(board, payload, f"booti {STAGE:#x}", 512)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_bootm_unpacks_it(boot, payload, packed, fit, name):
    board = boot(in_ram(payload, fit=(FIT_AT, fit(packed(name), "arm64", name))))
    start(board, payload, f"bootm {FIT_AT:#x}#c1", 512)


@pytest.mark.slow
def test_a_stage_of_32_bits(boot32, payload32, packed, fit):
    """bootz unpacks nothing, bootm does."""
    board = boot32(in_ram(payload32, fit=(0x6C000000, fit(packed("gzip", arm32.IMAGE), "arm", "gzip"))))
    start(board, payload32, "bootm 0x6c000000#c1", 256)


@pytest.mark.slow
def test_damage_is_found(boot, payload, packed, fit):
    """By the hash in the FIT: nothing of it is unpacked."""
    stage = packed("gzip")
    one = fit(stage, "arm64", "gzip")
    blob = bytearray(one.read_bytes())
    blob[blob.index(stage.read_bytes()[:4096]) + 100000] ^= 1
    one.write_bytes(blob)
    board = boot(in_ram(payload, fit=(FIT_AT, one)))
    board.start(f"bootm {FIT_AT:#x}#c1 - {emulated.TREE:#x}")
    board.expect(["Bad hash"])
    board.expect(["=> "])
    assert "dtshim " not in board.text()
