# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""
Which streams stock Xen programs into an SMMU, beside what the forecast has as protected. QEMU
has no SMMU of version 1 or 2: its registers are RAM that no memory node names, with the words in
them by which Xen knows one, and what Xen writes there is read when it has started dom0.
"""
import json
import struct
import subprocess

import pytest

import flat
import plain
import xen_boot
import xen_case
from places import BUILD, GUESTS

pytestmark = pytest.mark.slow

VERSIONS = {"12": "4.17", "13": "4.20"}
REGISTERS, SIZE, ENTRIES = 0xb0000000, 0x20000, 32
IDR0, IDR1, IDR2, SMR, S2CR = 0x20, 0x24, 0x28, 0x800, 0xc00
STAGE_2, MATCHES, COHERENT = 1 << 29, 1 << 27, 1 << 14
SPI = 60
PHANDLE, DEVICE = 0x7001, 0x7002


def registers(contexts):
    """Of an SMMUv2: a second stage, stream matching with 15 bits, pages of 4 KiB."""
    words = bytearray(SIZE)
    struct.pack_into("<3I", words, IDR0, STAGE_2 | MATCHES | COHERENT | 15 << 9 | ENTRIES,
                     3 << 28 | contexts, 5 | 5 << 4 | 1 << 12)
    return bytes(words)


def smmu(root, cells=1, **props):
    node = root.add(f"iommu@{REGISTERS:x}", compatible="arm,mmu-500", phandle=PHANDLE, iommu_cells=cells,
                    reg=flat.reg([(REGISTERS, SIZE)], (2, 2)),
                    **{"interrupts": [0, SPI, 4, 0, SPI + 1, 4]} | props)
    node.props["#global-interrupts"] = flat.value_of(1)
    return node


def device(root, number=1, **props):
    at = 0x10000000 + number * 0x10000
    root.add(f"d{number}@{at:x}", compatible="test,device", reg=flat.reg([(at, 4096)], (2, 2)), **props)


def without(root, name):
    del smmu(root).props[name]


def off(root):
    root.add("off@20000000", compatible="arm,mmu-500", phandle=0x7003, iommu_cells=1, status="disabled",
             reg=flat.reg([(0x20000000, SIZE)], (2, 2)))


def listed(root, *streams, times=1):
    smmu(root, mmu_masters=[DEVICE, *streams] * times)
    device(root, phandle=DEVICE, stream_id_cells=len(streams))


# What makes the tree, and the streams with masks that the first device means by it.
CASES = {
    "plain": (lambda root: (smmu(root), device(root, iommus=[PHANDLE, 7])), [(7, 0)]),
    "a mask": (lambda root: (smmu(root, 2), device(root, iommus=[PHANDLE, 7, 0x7f80])), [(7, 0x7f80)]),
    "no stream": (lambda root: (smmu(root, 0), device(root, iommus=[PHANDLE])), [(9, 0)]),
    "a wide stream": (lambda root: (smmu(root), device(root, iommus=[PHANDLE, 0x9001])), [(0x9001, 0)]),
    "no #global-interrupts": (lambda root: (without(root, "#global-interrupts"),
                                            device(root, iommus=[PHANDLE, 7])), [(7, 0)]),
    "no context": (lambda root: (smmu(root, interrupts=[0, SPI, 4]), device(root, iommus=[PHANDLE, 7])),
                   [(7, 0)]),
    "listed": (lambda root: listed(root, 3, 4), [(3, 0), (4, 0)]),
    "listed, and iommus": (lambda root: (smmu(root, mmu_masters=[DEVICE, 3]), device(
        root, phandle=DEVICE, stream_id_cells=1, iommus=[PHANDLE, 9])), [(3, 0), (9, 0)]),
    "listed twice": (lambda root: listed(root, 3, times=2), [(3, 0)]),
    "one of two disabled": (lambda root: (smmu(root), off(root), device(
        root, iommus=[PHANDLE, 7, 0x7003, 8])), [(7, 0), (8, 0)]),
    "meets another's": (lambda root: (smmu(root, 2), device(root, 2, iommus=[PHANDLE, 0x11, 0]), device(
        root, iommus=[PHANDLE, 0x10, 0xf])), [(0x10, 0xf)]),
    "within another's": (lambda root: (smmu(root, 2), device(root, 2, iommus=[PHANDLE, 0x10, 0xf]), device(
        root, iommus=[PHANDLE, 0x11, 0])), [(0x11, 0)]),
}


def programmed(words):
    """(stream, mask) of each entry that is valid and translates."""
    return [(match & 0x7fff, match >> 16 & 0x7fff)
            for match, context in zip(struct.unpack_from(f"<{ENTRIES}I", words, SMR),
                                      struct.unpack_from(f"<{ENTRIES}I", words, S2CR))
            if match >> 31 and context >> 16 & 3 == 0]


def is_within(told, entries):
    """Does one entry match each stream that is meant?"""
    return any(not told[1] & ~mask and not (told[0] ^ stream) & ~mask & 0xffff for stream, mask in entries)


def boot(folder, image, make):
    """(outcome, the entries of the SMMU, the tree)"""
    machine = xen_boot.Machine()
    root = plain.base(xen_case.Boards(folder), machine)
    root.called("memory")[0].props["reg"] = flat.reg([(xen_boot.RAM_BASE, REGISTERS - xen_boot.RAM_BASE)], (2, 2))
    make(root)
    (folder / "tree.dtb").write_bytes(flat.write(root))
    files = {plain.KERNEL: xen_boot.kernel(plain.KERNEL_SIZE), plain.RAMDISK: bytes(plain.RAMDISK_SIZE),
             REGISTERS: registers(1)}
    for at, data in files.items():
        (folder / f"{at:x}.bin").write_bytes(data)
    running = xen_boot.Running(folder, machine, (plain.XEN, image), (plain.TREE, folder / "tree.dtb"),
                               [(at, folder / f"{at:x}.bin") for at in files])
    try:
        running.watch()
        words = running.memory(xen_boot.Monitor(running.monitor_end), REGISTERS, SIZE)
        return xen_boot.Outcome(running.text), programmed(words)
    finally:
        running.close()


@pytest.mark.parametrize("guests", VERSIONS)
@pytest.mark.parametrize("case", CASES)
def test_streams(tmp_path, case, guests):
    image = GUESTS.parent / guests / "xen"
    if not image.exists():
        pytest.skip(f"the guests of Debian {guests} are not there")
    make, meant = CASES[case]
    outcome, entries = boot(tmp_path, image, make)
    said = subprocess.run([BUILD / "dtshim", "forecast", "--json", "--xen-version", VERSIONS[guests], "--xen-at",
                           hex(plain.XEN), "--tree-at", hex(plain.TREE), tmp_path / "tree.dtb"],
                          capture_output=True, text=True)
    [forecast] = json.loads(said.stdout)["forecasts"]
    assert outcome.kind == ("panic" if forecast["stop"] else "dom0"), outcome.text[-2000:]
    if forecast["stop"]:
        assert forecast["stop"]["words"] in outcome.text or VERSIONS[guests] == "4.17" and (
            "Could not set up DOM0" in outcome.words)
        return
    protected = all(is_within(one, entries) for one in meant)
    assert ("/d1@10010000" in forecast["dom0"]["protected"]) == protected, entries
