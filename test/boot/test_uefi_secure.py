# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Secure Boot: the firmware verifies dtshim, and that starts only what was signed with it.

Firmware and key are Debian's, made for tests: everybody has the key.
"""
import shutil
import subprocess

import pytest

from chain import make_fit, one_file
from places import BOARD_BUILD, ROOT
from uefi import DOM0_LINE, XEN_LINE, assert_came_up, by_itself, in_check_uefi, payload, xen_cfg

pytestmark = pytest.mark.slow
STAGE = BOARD_BUILD / "dtshim.img"


@pytest.fixture
def sign(uefi, tmp_path):
    """The image, with the signature that the release's firmware trusts."""
    def run(release, image):
        key = uefi(release) / "secure"
        plain, signed = tmp_path / "key", tmp_path / f"{image.name}.signed"
        subprocess.run(["openssl", "rsa", "-passin", "pass:snakeoil", "-in", key / "snakeoil.key", "-out", plain],
                       check=True, capture_output=True)
        done = subprocess.run(["sbsign", "--key", plain, "--cert", key / "snakeoil.pem", "--output", signed, image],
                              check=True, capture_output=True, text=True)
        assert "warning" not in done.stderr
        return signed
    if not shutil.which("sbsign"):
        pytest.fail("sbsign is missing: scripts/install-packages check")
    return run


@pytest.fixture
def carrying(ramdisk, tmp_path):
    """An image with all that is started, and both command lines."""
    text = (ROOT / "board/qemu_arm64/payload.its").read_text()
    lines = f'xen,xen-bootargs = "{XEN_LINE}"; xen,dom0-bootargs = "{DOM0_LINE}";'
    its = text.replace('firmware = "xen";', f'firmware = "xen"; {lines}')
    assert its != text
    return one_file(tmp_path, make_fit(tmp_path, ramdisk, its=its))


@pytest.mark.parametrize("release", [pytest.param("12", marks=in_check_uefi), "13"])
def test_a_signed_image_starts_what_it_carries(start_uefi, sign, carrying, release):
    assert_came_up(start_uefi(release, by_itself(sign(release, carrying)), secure=True))


def test_a_signed_image_starts_no_files(start_uefi, uefi, sign, ramdisk):
    """Nor what a boot loader has put into the tree: nobody verified it."""
    files = payload(ramdisk) | by_itself(sign("13", STAGE)) | {"EFI/BOOT/xen.cfg": xen_cfg()["xen.cfg"]}
    board = start_uefi("13", files, secure=True)
    board.expect(["Secure Boot is on, and files and modules are not signed"])
    board.expect(["dtshim: back to the firmware"])
    assert "(XEN)" not in board.text()


@in_check_uefi
@pytest.mark.parametrize("release", ["12", "13"])
def test_a_changed_byte_is_noticed(start_uefi, sign, carrying, release):
    """In the payload, which is a section like any other; without Secure Boot it is the FIT's hashes."""
    signed = sign(release, carrying)
    data = bytearray(signed.read_bytes())
    data[len(STAGE.read_bytes()) + (8 << 20)] ^= 1
    signed.write_bytes(data)
    board = start_uefi(release, by_itself(signed), secure=True)
    board.expect(["Access Denied", "Security Violation"])
    assert "dtshim" not in board.text()
    board = start_uefi(release, by_itself(signed))
    board.expect(["payload FIT: .*(crc32|sha256) differs"])
    board.expect(["dtshim: back to the firmware"])


@in_check_uefi
def test_what_is_not_signed_does_not_start(start_uefi, carrying):
    board = start_uefi("13", by_itself(carrying), secure=True)
    board.expect(["Access Denied", "Security Violation"])
    assert "dtshim" not in board.text()
