# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Stock Xen of 32 bits, Debian 12's for armhf, booted without Linux, beside forecast and plan (doc/quality/oracle.rst)."""
import json
import os
import random

import pytest

import applied
import explained
import flat
import grafts
import judge
import maps32
import plain
import xen_boot
import xen_case
from places import GUESTS, TOOL

pytestmark = pytest.mark.slow

MIB = plain.MIB
ROOM = 4 << 20
OPTIONS = ("--xen-version", "4.17", "--kernel-bits", "32")
KERNEL_SIZE = 5448192  # as large as Debian 12's zImage
# Numbers of make xen-oracle XEN=12-arm32: dom0 starts, or a panic of each kind.
MAPS = (1, 11, 12, 14, 15, 33)
GRAFTS = (1, 2, 3)
NATIVE = 0x40000000


@pytest.fixture
def release(guests32):
    return xen_case.Release("4.17", guests32 / "xen", 32)


@pytest.fixture
def boards(tmp_path):
    return xen_case.Boards(tmp_path)


def machine(ram=1024, core="cortex-a15"):
    return xen_boot.Machine(ram, 2, 1, core)


def with_dom0(boards, size, ram=1024, change=lambda root: None, core="cortex-a15"):
    """QEMU's board with four files as Debian's are."""
    def both(root):
        plain.line(root, f"dom0_mem={size}M")
        for node in root.child("chosen").children[1:2]:
            node.props["reg"] = flat.reg([(plain.KERNEL, KERNEL_SIZE)], (2, 2))
        change(root)
    return plain.build_with(boards, both, machine=machine(ram, core), kernel_size=KERNEL_SIZE)


def boot(case, release, folder):
    """(what became of it, the forecast)"""
    xen_case.write_files(case, folder)
    return xen_case.boot(case, release, folder), xen_case.forecast(case, release, folder, TOOL)


def assert_as_forecast(case, release, folder):
    outcome, said = boot(case, release, folder)
    found = judge.judge(outcome, said, case.promise)
    assert not found.differences, found
    if found.row.startswith(("stop as forecast", "dom0 as forecast")):
        assert not explained.differences(TOOL, case, release, folder, outcome, said.said)
    return outcome, said


@pytest.mark.parametrize("number", MAPS)
def test_maps(release, boards, tmp_path, number):
    case = next(case for attempt in range(100)
                if (case := maps32.build(random.Random(f"maps32/{number}/{attempt}"), boards, ROOM)))
    assert_as_forecast(case, release, tmp_path / "case")


@pytest.mark.parametrize("number", GRAFTS)
def test_grafts(release, boards, tmp_path, number):
    trees = sorted((GUESTS / "dtbs/armhf").glob("*.dtb"))
    case = next(case for attempt in range(100)
                if (case := grafts.build_32(random.Random(f"grafts32/{number}/{attempt}"), boards, ROOM, trees)))
    assert_as_forecast(case, release, tmp_path / "case")


@pytest.mark.parametrize("number", (1, 2))
def test_midway(release, boards, tmp_path, number):
    """
    Its tree on QEMU's board, which has RAM a GiB higher, with the page that firmware keeps; and with
    a plan, whose place is as near to that as Xen can be steered (doc/design/first-boards.rst).
    """
    case = next(case for attempt in range(100) if (case := grafts.build_32(
        random.Random(f"midway/{number}/{attempt}"), boards, ROOM, [GUESTS / "dtbs/armhf/ecx-2000.dtb"])))
    assert b"calxeda,ecx-2000" in case.blob
    assert_as_forecast(case, release, tmp_path / "case")
    planned = applied.Applier(TOOL, OPTIONS).make(case, tmp_path / "apply")
    outcome, _ = assert_as_forecast(planned, release, tmp_path / "planned")
    assert outcome.kind == "dom0" and NATIVE < outcome.banks[0][0] == planned.promise[0][0] <= NATIVE + 128 * MIB


@pytest.mark.parametrize("core", xen_boot.NARROW)
def test_places(release, boards, tmp_path, core):
    """What the forecast says of bank, grant table, kernel, ramdisk and tree, Xen says on its console."""
    outcome, said = assert_as_forecast(with_dom0(boards, 256, core=core), release, tmp_path / "case")
    assert outcome.kind == "dom0" and outcome.banks == [(NATIVE, 256 * MIB)]
    assert said.said["arch"] == "arm32" and said.said["dom0"]["sure"]
    for kind, base in (("grant-table", plain.XEN), ("kernel", 0x47a00000), ("ramdisk", 0x48200000),
                       ("tree", 0x48000000)):
        assert int(said.said["dom0"][kind]["base"], 16) == base
    outcome.text = outcome.text.replace("Loading d0 DTB to 0x0000000048", "Loading d0 DTB to 0x0000000058")
    assert judge.judge(outcome, said).row == "DIFFERS: place"


MIDWAY = 13312  # MiB: its banks, 1 GiB higher, with less in the upper one


@pytest.mark.skipif(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") < MIDWAY * MIB, reason="less RAM than the board has")
def test_more_ram_than_its_table_of_frames_has_room_for(release, boards, tmp_path, tool):
    """4.17 asks nothing, and its table goes on behind its place, where nothing is; 4.18 would stop."""
    banks = [(NATIVE, 0xbf800000), (0x200000000, 0x180000000)]
    board = xen_boot.Machine(MIDWAY, 2, 1, "cortex-a15")
    case = plain.build_with(boards, lambda root: root.called("memory")[0].props.update(reg=flat.reg(banks, (2, 2))),
                            machine=board)
    outcome, said = assert_as_forecast(case, release, tmp_path / "case")
    assert outcome.kind == "dom0" and said.said["dom0"]["sure"]
    later = tool("forecast", "--json", "--xen-version", "4.18", tmp_path / "case/tree.dtb", code=1).out
    assert json.loads(later)["forecasts"][0]["stop"]["id"] == "frame-table"


# ---- panics --------------------------------------------------------------------------------------

def crowded(root):
    """32 MiB are free in many places, and in none that begins with such a piece of its own."""
    for at in range(NATIVE + 16 * MIB, NATIVE + 1024 * MIB, 32 * MIB):
        if at != plain.TREE - 0x2000000:
            plain.region(root, at, 4096)


def scattered(root):
    """No piece of 128 MiB, but more than that in all."""
    for at in range(NATIVE + 64 * MIB, NATIVE + 1024 * MIB, 64 * MIB):
        plain.region(root, at, 4096)


STOPS = {
    "xenheap": (256, crowded, "silence", "Not enough space for xenheap"),
    "first-bank": (256, scattered, "panic", "Unable to allocate first memory bank"),
    "dom0-memory": (992, lambda root: None, "panic", "Failed to allocate requested dom0 memory."),
}


@pytest.mark.parametrize("name", STOPS)
def test_panics(release, boards, tmp_path, tool, name):
    """Forecast with Xen's words; and no plan promises what Xen would not do."""
    size, change, kind, words = STOPS[name]
    case = with_dom0(boards, size, change=change)
    outcome, said = assert_as_forecast(case, release, tmp_path / "case")
    assert (outcome.kind, said.said["stop"]["id"]) == (kind, name) and outcome.words.startswith(words)
    tool("plan", *OPTIONS, tmp_path / "case/tree.dtb", code=2)


@pytest.mark.parametrize("gic, kind", [(3, "silence"), (2, "dom0")])
def test_a_gic_v3_is_none_of_its(release, boards, tmp_path, gic, kind):
    """It says nothing at all: what it would have said waits in its memory for a console."""
    board = xen_boot.Machine(1024, gic, 1, "cortex-a15")
    case = plain.build_with(boards, lambda root: None, machine=board)
    outcome, said = assert_as_forecast(case, release, tmp_path / "case")
    assert outcome.kind == kind and (outcome.text == "") == (gic == 3)
    if gic == 3:
        assert outcome.words == "Unable to find compatible GIC in the device tree"
        assert said.said["stop"]["id"] == "gic" and said.said["stop"]["node"].startswith("/intc@")


# ---- plans ---------------------------------------------------------------------------------------

@pytest.mark.parametrize("ram, dom0", [(1024, 256), (1024, 512), (1024, 896), (3072, 768), (1024, 960), (3072, 2912)])
def test_planned(release, boards, tmp_path, ram, dom0):
    """dom0 at its native base, up to machines that leave next to nothing beside it; Xen's file says its bits."""
    case = applied.Applier(TOOL, ("--xen", release.image)).make(with_dom0(boards, dom0, ram), tmp_path / "apply")
    assert case and case.promise == [[NATIVE, dom0 * MIB]]
    outcome, _ = assert_as_forecast(case, release, tmp_path / "case")
    assert outcome.kind == "dom0" and judge.joined(outcome.banks) == [(NATIVE, dom0 * MIB)]


@pytest.mark.parametrize("ram, dom0, why", [(1024, 992, "own heap"), (1024, 984, "own tables"), (3072, 3008, "own heap")])
def test_too_full_to_plan(release, boards, tmp_path, tool, ram, dom0, why):
    """Refused, with what is in the way and a size that works; Xen itself stops."""
    case = with_dom0(boards, dom0, ram)
    outcome, _ = assert_as_forecast(case, release, tmp_path / "case")
    assert outcome.kind == "panic"
    refused = tool("plan", *OPTIONS, tmp_path / "case/tree.dtb", code=2).err
    assert why in refused and "this works: dom0-mem" in refused
