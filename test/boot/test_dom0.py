# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""dom0's own word under stock Xen, on trees with what real boards have.

The tree is rewritten on the host, Xen is started with it and no boot loader
(U-Boot would put all of RAM back into /memory). Each case is booted a second
time without dtshim: what it prevents must then be seen.
"""
import re
import subprocess

import pytest

from dom0 import BASE, Case, DOM0, HOLE, MEMORY, MIB
from patience import patience
from places import guest_version


pytestmark = pytest.mark.slow


@pytest.fixture
def case(tmp_path):
    def make(body, script="true", **more):
        return Case(tmp_path, body, script, **more)
    return make


def report(board, timeout=patience(60)):
    with board:
        return board.finish(timeout)


def panic(board):
    """What Xen says at its end."""
    with board:
        board.expect(["Panic on CPU 0"])
        board.expect(["Reboot in"])
        return board.text()


# ---- on-chip memory -------------------------------------------------------------------

SRAM = HOLE + MIB
SRAM_NODE = f"""
    onchip: sram@{SRAM:x} {{ compatible = "mmio-sram"; reg = <0 {SRAM:#x} 0 0x10000>;
        #address-cells = <1>; #size-cells = <1>; ranges = <0 0 {SRAM:#x} 0x10000>;
        text@0 {{ reg = <0 0x1000>; export; label = "words"; }};
        mail: mail@4000 {{ compatible = "arm,scmi-shmem"; reg = <0x4000 0x80>; }};
        pool@8000 {{ reg = <0x8000 0x1000>; pool; }}; }};
    user {{ shmem = <&mail>; sram = <&onchip>; }};
"""
SRAM_SCRIPT = """
sram=$(busybox find /sys/devices -type f -name '*.sram' | busybox head -n 1)
echo "@@ export ${sram##*/}"
printf 'dtshim was here' | busybox dd of=$sram conv=notrunc 2>/dev/null
echo "@@ reads $(busybox head -c 15 $sram)"
for run in $tree/sram-map/sram@*; do
	echo "@@ run $(hex $run/reg) $(words $run/dtshim,memory-type)"
done
echo "@@ mail $(hex $tree/sram@%x/mail@4000/phandle) $(hex $tree/user/shmem)"
echo "@@ outer $(hex $tree/sram@%x/phandle) $(hex $tree/user/sram)"
busybox grep sram /proc/iomem | while read -r line; do echo "@@ iomem $line"; done
""".replace("busybox ", "/busybox ") % (SRAM, SRAM)


def test_sram(case):
    """Linux's driver works on the guest's nodes, both phandles lead home, the map is the plan's."""
    one = case(MEMORY + SRAM_NODE, SRAM_SCRIPT)
    said = report(one.with_dtshim())
    assert said.one("export") == f"{SRAM:x}.sram"
    assert said.one("reads") == "dtshim was here"
    planned = [f"{int(run['base'], 16):016x}{int(run['size'], 16):016x} {run['type']}"
               for run in one.plan["sram"]["runs"]]
    assert [line.strip() for line in said.all("run")] == planned and len(planned) == 3
    for key in ("mail", "outer"):
        phandle, used = said.one(key).split()
        assert phandle == used
    assert said.all("iomem")


def test_a_part_outside_its_srams_ranges(case):
    one = case(MEMORY + SRAM_NODE.replace("reg = <0x8000 0x1000>", "reg = <0x18000 0x1000>"))
    assert report(one.with_dtshim()).all("system-ram")
    assert "Unable to retrieve address 0 for /sram" in panic(one.without())


def test_memory_without_device_type(case):
    """To 4.17 it is RAM and a device at once; to a later one it is no RAM."""
    one = case(MEMORY.replace("{", "{ /delete-property/ device_type;"))
    assert report(one.with_dtshim()).all("system-ram")
    if guest_version("xen-hypervisor") < (4, 20):
        assert "Unable to copy the kernel" in panic(one.without())


ODD = HOLE + 0x2800
ODD_NODE = f"odd@{ODD:x} {{ reg = <0 {ODD:#x} 0 0x1000>; }};"
ODD_SCRIPT = f"""
echo "@@ start $(/busybox devmem {ODD:#x} 32 0x11111111 && /busybox devmem {ODD:#x})"
echo "@@ tail $(/busybox devmem {ODD + 0xFFC:#x} 32 0x22222222 && /busybox devmem {ODD + 0xFFC:#x})"
"""


def test_a_device_over_a_page_s_end(case):
    """Without dtshim the second page is not there: dom0 dies of reading a register."""
    one = case(MEMORY + ODD_NODE, ODD_SCRIPT)
    said = report(one.with_dtshim())
    assert said.one("start") == "0x11111111" and said.one("tail") == "0x22222222"
    with one.without() as board:
        board.expect(["@@ start 0x11111111"])
        board.expect(["@@ tail ?\r", "Internal error", "Bus error", "external abort"])
        assert "0x22222222" not in board.text()


# ---- reserved memory --------------------------------------------------------------------

def test_reserved_memory(case):
    """no-map regions are reserved to dom0, the others are its RAM, where the board has them."""
    one = case(MEMORY + """reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges;
        keep@90000000 { reg = <0 0x90000000 0 0x100000>; no-map; };
        share@91000000 { reg = <0 0x91000000 0 0x100000>; }; };""",
               "/busybox cat /proc/iomem | while read -r line; do echo \"@@ iomem $line\"; done\n")
    said = report(one.with_dtshim())
    assert "90000000-900fffff : reserved" in said.all("iomem")
    assert any(re.match("91000000-910fffff : System RAM", line) for line in said.all("iomem"))
    assert said.all("system-ram")[0].split()[0] == "40000000-5fffffff"
    assert one.plan["reserved"] == [{"base": "0x90000000", "size": "0x100000"},
                                    {"base": "0x91000000", "size": "0x100000"}]


# ---- an IOMMU that Xen does not drive -----------------------------------------------------

DISK_SCRIPT = """
for module in virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci virtio_blk; do
	[ ! -e /modules/$module.ko ] || /busybox insmod /modules/$module.ko
done
/busybox timeout 10 /busybox md5sum /dev/vda >/sum 2>/dev/null
echo "@@ disk $(/busybox cut -d' ' -f1 /sum)"
echo "@@ smmu $(words $tree/smmuv3@9050000/status)"
[ -e $tree/pcie@10000000/iommu-map ] && echo "@@ map there"
"""


# What Linux says to an SMMU that it finds under Xen. The later one's disk works all the same.
TROUBLE = {(6, 1): "arm-smmu-v3 .*: event 0x10 received",
           (6, 12): "Failed to enable 64-bit or 32-bit DMA"}


def test_undriven_iommu_and_pci_host(case, tmp_path):
    """dom0 reads a disk behind an SMMU that Debian's Xen has no driver for."""
    linux = guest_version("linux-image")
    disk = tmp_path / "disk"
    disk.write_bytes(bytes(range(256)) * 4096)
    md5 = subprocess.run(["md5sum", disk], capture_output=True, text=True,
                         check=True).stdout.split()[0]
    one = case("", DISK_SCRIPT, drive=disk, quiet="", iommu="smmuv3", gic=2)
    with one.with_dtshim() as board:
        said = board.finish()
        assert not re.search(TROUBLE[linux], board.text())
    assert said.one("disk") == md5
    assert said.one("smmu").strip() == "disabled" and said.one("map") is None
    with one.without() as board:
        board.expect([TROUBLE[linux]], timeout=patience(90))
        assert linux > (6, 1) or md5 not in board.text()


# ---- extended regions ------------------------------------------------------------------------

def hypervisor_reg():
    return 'echo "@@ reg $(hex $tree/hypervisor/reg)"\n'


def test_regions_on_a_complete_and_an_incomplete_tree(case):
    """Xen's regions lie in RAM that is not dom0's; with regions = none there are none."""
    one = case(MEMORY, hypervisor_reg())
    reg = report(one.with_dtshim()).one("reg")
    pairs = [(int(reg[i:i + 16], 16), int(reg[i + 16:i + 32], 16)) for i in range(0, len(reg), 32)]
    assert len(pairs) > 1
    assert all(BASE + DOM0 <= base and base + size <= HOLE for base, size in pairs[1:])
    reg = report(one.with_dtshim("--regions", "none")).one("reg")
    assert len(reg) == 32
