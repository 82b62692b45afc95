# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""A stage that was built without all that can be left out: it boots, and says what it is without.

What each of its stand-ins does is test/host/test_left_out.py's.
"""
import subprocess
import sys

import pytest

import board as emulated
from chain import STAGE, add_tagged_device, assert_dom0, assert_halted, in_ram
from entry import build_stage
from places import BOARD_BUILD, ROOT

sys.path.insert(0, str(ROOT / "image"))
import esp  # noqa: E402

LEFT_OUT = dict.fromkeys(["NATIVE", "DOMAIN", "RAM_BASES", "EFI"], "n")


@pytest.fixture(scope="session")
def least(tmp_path_factory):
    return build_stage(tmp_path_factory.mktemp("least"), {**LEFT_OUT, "FALLBACK_UART": '"arm,pl011"'})


@pytest.fixture
def start(boot, payload, least):
    def started(*policy, image=least):
        board = boot(in_ram(payload, stage=(STAGE, image)))
        emulated.add_payload(board, payload)
        add_tagged_device(board)
        for name, value in policy:
            board.command(f"fdt set /chosen/dtshim {name} {value}")
        board.start(f"booti {STAGE:#x} - {emulated.TREE:#x}")
        return board
    return started


@pytest.mark.slow
def test_it_boots(start):
    assert_dom0(start(("dom0-mem", "<0x0 0x20000000>")), 512)


@pytest.mark.slow
@pytest.mark.parametrize("policy, says, remedy", [
    (("contract", '"native"'), "contract native was left out of this build", "CONFIG_STAGE_NATIVE"),
    (("layout", '"offset"'), "layout offset was left out of this build", "CONFIG_STAGE_DOMAIN")], ids=lambda one: str(one[0]))
def test_what_it_is_without(start, policy, says, remedy):
    board = start(policy)
    assert_halted(board, says)
    assert f"what to do: set {remedy} " in board.text()


@pytest.mark.slow
def test_it_is_no_efi_application(least, tmp_path):
    """Nothing at its beginning looks like one, and what is put behind it is no section."""
    assert esp.is_application(esp.head_of(BOARD_BUILD / "dtshim.img"))
    assert not esp.is_application(esp.head_of(least)) and least.read_bytes()[:2] != b"MZ"
    (tmp_path / "fit").write_bytes(b"\xd0\x0d\xfe\xed" * 1024)
    subprocess.run([ROOT / "scripts/append-fit", least, tmp_path / "fit", tmp_path / "both"], check=True)
    head, both = least.read_bytes()[:4096], (tmp_path / "both").read_bytes()
    assert both[:16] == head[:16] and both[24:4096] == head[24:]
    assert both[-4096:] == (tmp_path / "fit").read_bytes()
