# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""A card made of a config of ImageBuilder: Xen starts dom0 and the domain beside it."""
import re

import pytest

import board as emulated
from chain import total
from made_up_packages import DEBIAN, STAGE
from patience import patience
from places import GUESTS

pytestmark = [pytest.mark.slow,
              pytest.mark.skipif(not STAGE.exists(), reason="no boot stage: no cross compiler")]

CONFIG = """
MEMORY_START=0x40000000
MEMORY_END="0xC0000000"
XEN="xen"
XEN_CMD="console=dtuart dom0_mem=512M bootscrub=0"
DOM0_KERNEL="Image"
DOM0_RAMDISK=dom0.cpio.gz
DOM0_CMD="console=hvc0 rdinit=/init quiet"
NUM_DOMUS=1
DOMU_KERNEL[0]="Image"      # dom0's, loaded once
DOMU_RAMDISK[0]="guest.cpio.gz"
DOMU_CMD[0]="console=ttyAMA0 rdinit=/init quiet mark=\\"it's his\\""
DOMU_MEM[0]=256
DOMU_VCPUS[0]=1
LOAD_CMD=tftpb
"""
# Xen writes a domain's lines whole, and may do so in the midst of one of dom0's.
OF_DOMAIN = re.compile(r"\(XEN\) DOM1: (.*)\n")
# dom0 ends the machine, so it waits for the other one.
WAIT = "/busybox sleep 15\n"


@pytest.fixture
def config(tmp_path):
    """Writes one beside the files that it names."""
    for name in ("xen", "Image"):
        (tmp_path / name).symlink_to(GUESTS / name)
    emulated.make_initramfs(GUESTS, tmp_path / "dom0.cpio.gz", WAIT)
    emulated.make_initramfs(GUESTS, tmp_path / "guest.cpio.gz")

    def write(text):
        (tmp_path / "config").write_text(text)
        return tmp_path / "config"
    return write


def booted(tmp_path):
    with emulated.Board(GUESTS, tmp_path / "log", drive=tmp_path / "card.img") as board:
        assert board.expect([r"\n@@ end", "dtshim: halted", "Panic on CPU"], timeout=patience(90)) == 0, board.tail()
        return board.banks(), board.text().replace("\r", "")


def test_dom0_and_a_domain(image, config, tmp_path):
    done = image("--board", "qemu_arm64", "-o", "card.img", *DEBIAN, "--imagebuilder", config(CONFIG))
    assert "LOAD_CMD: has no effect" in done.stderr
    banks, text = booted(tmp_path)
    assert "dtshim: starting Xen" in text
    assert (0x40000000, 0x60000000) in banks
    assert re.search(r"^@@ system-ram 40000000-", OF_DOMAIN.sub("", text), re.M)
    guest = emulated.Report("\n".join(OF_DOMAIN.findall(text)))
    assert guest.one("kernel") and """mark="it's his\"""" in guest.one("bootargs")
    assert int(guest.one("memory-node").split()[1][16:], 16) == 256 << 20


def test_without_the_domain_there_is_none(image, config, tmp_path):
    image("--board", "qemu_arm64", "-o", "card.img", *DEBIAN, "--imagebuilder",
          config(CONFIG.replace("NUM_DOMUS=1", "NUM_DOMUS=0")))
    _, text = booted(tmp_path)
    assert "DOM1: " not in text
