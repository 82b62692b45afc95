# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""on-error = pass-through is for a plan that fails, never for a payload that cannot be trusted.

The tree names a Xen that would start, beside what the stage carries.
"""
import subprocess

import pytest

from chain import IMAGE, assert_halted, name_payload
from entry import find, flip



@pytest.fixture
def start(enter, tree, payload):
    """The stage with this image; the tree names Xen, kernel and ramdisk, and wants pass-through."""
    def run(image, dom0="0 20000000"):
        name_payload(tree, payload)
        subprocess.run(["fdtput", "-cp", tree, "/chosen/dtshim"], check=True)
        for kind, name, *value in (("s", "on-error", "pass-through"),
                                   ("x", "dom0-mem", *dom0.split())):
            subprocess.run(["fdtput", "-t", kind, tree, "/chosen/dtshim", name, *value], check=True)
        return enter(tree, image=image, files=dict(payload.values()))
    return run


def damaged(image, folder, how):
    blob = bytearray(image.read_bytes())
    how(blob)
    (folder / "damaged.img").write_bytes(blob)
    return folder / "damaged.img"


@pytest.mark.slow
@pytest.mark.parametrize("how, says", [
    (flip(find(b"xenxen", 9000)), "/images/xen/hash-1: .*sha256 differs"),
    (flip(find(b"ImageImage", 20000)), "/images/linux/hash-1: .*crc32 differs"),
    (flip(find(b"hash-1\0")), "/images/xen: .*has no hash"),
], ids=["Xen", "kernel", "no hash"])
def test_nothing_starts_after_a_failed_hash(start, small_image, tmp_path, how, says):
    board = start(damaged(small_image, tmp_path, how))
    assert_halted(board, says)
    assert "only the appended payload may start here" in board.text()


@pytest.mark.slow
def test_nor_something_else_when_the_plan_fails(start, small_image):
    """The payload agrees with its hashes; what the tree names has none."""
    board = start(small_image, dom0="10 0")
    assert_halted(board, r"\[(payload|dom0-size)\]")
    assert "only the appended payload may start here" in board.text()


@pytest.mark.slow
def test_control_without_a_payload(start):
    """The same tree starts its Xen where the stage carries nothing."""
    board = start(IMAGE, dom0="10 0")
    board.expect([r"\[dom0-size\]"])
    board.expect([r"is given the unchanged tree"])
    board.expect([r"\(XEN\) Xen version"])
