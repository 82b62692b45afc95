# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The oracle's judge sees what differs, and says where; its trees are what they should be."""
import random
import subprocess

import pytest

import flat
import grafts
import judge
import maps
import spans
import xen_boot
import xen_case
from places import GUESTS
from trees import Tree

LOG = """(XEN) Xen version 4.20
(XEN) BANK[0] 0x00000060000000-0x00000080000000 (512MB)
(XEN) BANK[1] 0x000000a0000000-0x000000b0000000 (256MB)
(XEN) Loading d0 DTB to 0x0000000068000000-0x0000000068001bf6
(XEN) *** Serial input to DOM0 (type 'CTRL-a' three times to switch input)
"""
PANIC = """(XEN) Device tree generation failed (-22).
(XEN)
(XEN) ****************************************
(XEN) Panic on CPU 0:
(XEN) Could not set up DOM0 guest OS
(XEN) ****************************************
"""
BANKS = [{"base": "0x60000000", "size": "0x20000000"}, {"base": "0xa0000000", "size": "0x10000000"}]


def tree(change=lambda root: None, reserves=()):
    root = flat.Node("", {"#address-cells": flat.value_of(2)})
    root.add("a", compatible="test,a", reg=[0, 1])
    root.add("b", [flat.Node("twice"), flat.Node("twice", {"x": b""})], status="okay")
    change(root)
    return flat.write(root, reserves)


def dom0(banks=None, blob=None, sure=True):
    return xen_case.Forecast({"stop": None, "dom0": {"banks": banks or BANKS, "sure": sure}, "modules": [
        {"kind": "kernel", "base": "0x5000", "domain": None, "node": "/k"}]}, blob or tree())


def stop(words="Device tree generation failed (-22).", silent=False, sure=True):
    return xen_case.Forecast({"stop": {"id": "some-stop", "words": words, "silent": silent,
                                       "sure": sure},
                              "modules": []}, None)


BOOTED = xen_boot.Outcome(LOG, tree())


def test_all_as_forecast():
    assert judge.judge(BOOTED, dom0()) == judge.Verdict("dom0 as forecast", [])
    assert judge.judge(xen_boot.Outcome(PANIC), stop()).row == "stop as forecast: some-stop"
    assert judge.judge(xen_boot.Outcome(PANIC), stop("Could not set up DOM0 guest OS")).differences == []


@pytest.mark.parametrize("outcome, forecast, row", [
    (BOOTED, stop(), "dom0 starts, a stop was forecast"),
    (xen_boot.Outcome(PANIC), dom0(), "Xen stops, dom0 was forecast"),
    (xen_boot.Outcome("(XEN) Xen version 4.20\n"), dom0(), "Xen stops, dom0 was forecast"),
    (xen_boot.Outcome(PANIC), stop("other words"), "another stop"),
    (xen_boot.Outcome(PANIC), stop(None, True), "another stop"),
    (xen_boot.Outcome("", ring=PANIC), stop(), "another stop"),
    (BOOTED, dom0(BANKS[:1]), "banks"),
    (BOOTED, dom0(BANKS[::-1]), "banks"),
    (BOOTED, xen_case.Forecast(dom0().said, None), "no tree was forecast"),
    (BOOTED, xen_case.Forecast({}, None, "it failed"), "no forecast"),
])
def test_a_difference_is_one(outcome, forecast, row):
    verdict = judge.judge(outcome, forecast)
    assert verdict.row == f"DIFFERS: {row}" and verdict.differences


def test_banks_that_are_not_sure():
    """They count for themselves; the same banks are as good as sure ones."""
    verdict = judge.judge(BOOTED, dom0(BANKS[:1], sure=False))
    assert "not sure" in verdict.row and not verdict.differences
    assert judge.judge(BOOTED, dom0(sure=False)).row == "dom0 as forecast"


def test_a_stop_behind_banks_that_are_not_sure():
    bank = LOG.split("\n")[1] + "\n"
    elsewhere, too_much = xen_boot.Outcome(bank + PANIC), xen_boot.Outcome(
        PANIC.replace("Could not set up DOM0 guest OS", f"{judge.TOO_MUCH} 5MB unallocated"))
    for outcome in (elsewhere, too_much):
        assert "not sure" in judge.judge(outcome, dom0(sure=False)).row
        assert judge.judge(outcome, dom0()).differences
    assert judge.judge(elsewhere, dom0(BANKS[:1], sure=False)).differences


def test_a_stop_that_is_not_sure():
    """It may be no stop at all; one with other words is another."""
    assert "not sure" in judge.judge(BOOTED, stop(sure=False)).row
    assert judge.judge(BOOTED, stop()).differences
    assert judge.judge(xen_boot.Outcome(PANIC), stop("other words", sure=False)).differences
    assert judge.judge(xen_boot.Outcome(PANIC), stop("Could not set up", sure=False)).row == \
        "stop as forecast: some-stop"


def test_a_silent_stop_that_is_not_sure():
    """Xen's heap in a hole of RAM: it goes on where there is RAM in it, to dom0 or to a panic."""
    for outcome in (BOOTED, xen_boot.Outcome(PANIC)):
        assert "not sure" in judge.judge(outcome, stop(None, True, sure=False)).row
        assert judge.judge(outcome, stop(None, True)).differences


LOADED = {"grant-table": "Grant table range: 0x00000050000000-0x00000050040000",
          "kernel": "Loading zImage from 0000000052000000 to 0000000050000000-0000000050040000",
          "ramdisk": "Loading d0 initrd from 0000000056000000 to 0x0000000050000000-0x0000000050040000",
          "tree": "Loading d0 DTB to 0x0000000050000000-0x0000000050001ceb"}


@pytest.mark.parametrize("kind", LOADED)
def test_where_it_is_loaded(kind):
    outcome = xen_boot.Outcome(f"(XEN) {LOADED[kind]}\n" + LOG, tree())
    for base, size, same in (("0x50000000", "0x40000", True), ("0x50200000", "0x40000", False),
                             ("0x50000000", "0x60000", kind == "tree")):
        said = dom0()
        said.said["dom0"][kind] = {"base": base, "size": size}
        assert (judge.judge(outcome, said).row == "dom0 as forecast") == same
        assert same or judge.judge(outcome, said).row == "DIFFERS: place"
    said.said["dom0"][kind] = None
    assert judge.judge(outcome, said).row == "DIFFERS: place"


def test_a_kernel_that_is_none():
    """The forecast is for the tree; the bytes of a kernel are not in it."""
    said = {**dom0().said, "modules": [{"kind": "kernel", "base": "0x5000", "domain": None, "node": "/k"}]}
    none = xen_boot.Outcome("(XEN) Missing kernel boot module?\n" + PANIC)
    assert judge.judge(none, xen_case.Forecast({**said, "modules": []}, tree())).differences == []
    assert judge.judge(none, xen_case.Forecast(said, tree())).differences
    loading = "(XEN) Loading d0 kernel from boot module @ 0000000000005000\n"
    assert judge.judge(xen_boot.Outcome(loading + PANIC), xen_case.Forecast(said, tree())).differences == []
    for text in (loading + "(XEN) Allocating 1:1\n", loading.replace("5000", "6000")):
        assert judge.judge(xen_boot.Outcome(text + PANIC), xen_case.Forecast(said, tree())).differences


def test_a_promise_that_is_broken():
    """Whatever the forecast says."""
    kept, broken = [[0x60000000, 0x10000000], [0x70000000, 0x10000000], [0xa0000000, 0x10000000]], [[0, 1]]
    assert judge.judge(BOOTED, dom0(), kept).row == "dom0 as forecast, and as planned"
    assert judge.judge(BOOTED, dom0(sure=False), kept).row == "DIFFERS: a plan whose forecast is not sure"
    for forecast in (dom0(), dom0(BANKS[:1], sure=False)):
        assert judge.judge(BOOTED, forecast, broken).row == "DIFFERS: the plan's promise"
    assert judge.judge(xen_boot.Outcome(PANIC), stop(), kept).row == "DIFFERS: the plan's promise"


def test_what_the_frame_says_is_not_known():
    def frame(value):
        return tree(lambda root: root.add("v2m", compatible="arm,gic-v2m-frame", arm__msi_base_spi=value))
    booted = xen_boot.Outcome(LOG, frame(0x50))
    assert judge.judge(booted, dom0(blob=frame(0))).differences == []
    assert judge.judge(booted, dom0(blob=frame(0x40))).differences


def test_silence_as_silence():
    silent = xen_boot.Outcome("", ring=PANIC)
    assert silent.kind == "silence" and silent.words == "Could not set up DOM0 guest OS"
    assert judge.judge(silent, stop(None, True)).differences == []


@pytest.mark.parametrize("change, words", [
    (lambda root: root.children[0].props.update(reg=b"\0\0\0\0"),
     "property: /a: reg: Xen: <00000000 00000001>; forecast: <00000000>"),
    (lambda root: root.children[0].props.pop("reg"),
     "property: /a: reg: Xen: <00000000 00000001>; forecast: absent"),
    (lambda root: root.children[1].props.update(status=b"disabled\0"),
     'property: /b: status: Xen: "okay"; forecast: "disabled"'),
    (lambda root: root.children[1].children[1].props.clear(),
     "property: /b/twice: x: Xen: empty; forecast: absent"),
    (lambda root: root.children.pop(0), "node: /a: Xen: there; forecast: absent"),
    (lambda root: root.children[1].children.pop(), "node: /b/twice: Xen: there; forecast: absent"),
    (lambda root: root.add("c"), "node: /c: Xen: absent; forecast: there"),
    (lambda root: root.children.reverse(), "order: /: nodes: Xen: a b; forecast: b a"),
    (lambda root: root.children[0].props.update(compatible=root.children[0].props.pop("compatible")),
     "order: /a: properties: Xen: compatible reg; forecast: reg compatible"),
])
def test_a_difference_in_the_tree_is_named(change, words):
    assert judge.judge(BOOTED, dom0(blob=tree(change))).differences == [words]


def test_memreserve_differs():
    found = judge.judge(BOOTED, dom0(blob=tree(reserves=[(0x1000, 0x1000)]))).differences
    assert found == ["memreserve: /memreserve/: Xen: none; forecast: 0x1000+0x1000"]


# ---- the trees ---------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def boards(tmp_path_factory):
    return xen_case.Boards(tmp_path_factory.mktemp("boards"))


def assert_sound(case, folder):
    """dtc reads it, and nothing lies on something else."""
    (folder / "case.dtb").write_bytes(case.blob)
    subprocess.run(["dtc", "-q", "-I", "dtb", "-O", "dtb", "-o", "/dev/null", folder / "case.dtb"],
                   check=True, capture_output=True)
    loaded = [(case.xen_at, case.xen_at + 0x144000), (case.tree_at, case.tree_at + len(case.blob)),
              *((at, at + len(data)) for at, data in case.files.items())]
    assert not any(spans.overlap(one, other) for one in loaded for other in loaded if one is not other)
    for first, end in loaded:
        assert xen_boot.OWN_TREE[1] <= first and end <= case.machine.end()


def some(make, count=12):
    return [case for case in (make(random.Random(number)) for number in range(count)) if case]


@pytest.mark.slow
def test_maps_are_sound_and_the_same_again(boards, tmp_path):
    made, again = (some(lambda rng: maps.build(rng, boards, 4 << 20)) for _ in range(2))
    assert len(made) > 8
    assert [case.blob for case in made] == [case.blob for case in again]
    for case in made:
        assert_sound(case, tmp_path)


@pytest.mark.slow
def test_a_case_can_be_kept(boards, tmp_path):
    case = some(lambda rng: maps.build(rng, boards, 4 << 20))[0]
    xen_case.write_files(case, tmp_path / "kept")
    kept = xen_case.read_files(tmp_path / "kept")
    assert (kept.blob, kept.files, kept.kernel) == (case.blob, case.files, case.kernel)
    assert kept.machine.options() == case.machine.options()


@pytest.mark.parametrize("name", ["qcom/sdm845-db845c", "rockchip/rk3399-rock-pi-4a",
                                  "xilinx/zynqmp-zcu102-rev1.0", "freescale/fsl-ls1088a-rdb"])
def test_grafts_are_sound(boards, tmp_path, name):
    path = GUESTS / f"dtbs/arm64/{name}.dtb"
    before, cases = Tree(path), some(lambda rng: grafts.build(rng, boards, 4 << 20, [path]), 3)
    assert cases
    for case in cases:
        assert_sound(case, tmp_path)
        after = Tree(tmp_path / "case.dtb")
        assert len(after.children("/")) > len(before.children("/")) - 15
        assert case.left_out["CPUs"] and case.left_out["GIC"]
        assert after.prop("/", "compatible") == before.prop("/", "compatible")
        assert after.prop(after.string("/chosen", "stdout-path"), "compatible").startswith(b"arm,pl011")


def test_interrupts_that_qemu_lacks_get_another_number():
    root = flat.Node("", {"interrupt-parent": flat.value_of(1)})
    gic = root.add("gic", interrupt_controller=True, interrupt_cells=3, phandle=1)
    root.add("a", interrupts=[0, 400, 4, 1, 9, 4, 0, 2, 1])
    root.add("b", interrupts_extended=[1, 0, 400, 4])
    root.add("pci", interrupt_map=[0, 0, 0, 1, 1, 0, 500, 4], address_cells=3, interrupt_cells=1)
    root.add("console", interrupts=[0, grafts.CONSOLE_SPI, 4])
    grafts.Interrupts(root, gic).rewrite(False)
    assert root.child("a").words("interrupts") == (0, 4, 4, 1, 9, 4, 0, 2, 1)
    assert root.child("b").words("interrupts-extended") == (1, 0, 4, 4)
    assert root.child("pci").words("interrupt-map") == (0, 0, 0, 1, 1, 0, 5, 4)
    assert root.child("console").words("interrupts") == (0, 3, 4)
