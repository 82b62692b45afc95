# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Stock Xen, booted without Linux, beside the forecast (doc/quality/oracle.rst)."""
import dataclasses
import random
import re
import subprocess

import pytest

import applied
import explained
import flat
import grafts
import judge
import maps
import packed
import plain
import steered
import xen_case
from places import BUILD, GUESTS, ROOT, TOOL

pytestmark = pytest.mark.slow

VERSIONS = {"12": "4.17", "13": "4.20"}
ROOM = 4 << 20
# Numbers whose trees go on to dom0, or to a panic with words, on both releases.
MAPS = (3, 6, 8, 10, 17, 26)
GRAFTS = (3, 5, 9, 12, 15, 18)
APPLIED = (1, 2)
PACKED = (4,)  # dom0 would be elsewhere with the same kernel unpacked


@pytest.fixture(params=VERSIONS)
def release(request):
    return release_of(request.param)


def release_of(guests):
    image = GUESTS.parent / guests / "xen"
    if not image.exists():
        pytest.skip(f"the guests of Debian {guests} are not there")
    return xen_case.Release(VERSIONS[guests], image)


@pytest.fixture
def boards(tmp_path):
    return xen_case.Boards(tmp_path)


def boot(case, release, folder):
    xen_case.write_files(case, folder)
    return xen_case.boot(case, release, folder)


def verdict(case, release, folder, tool=TOOL):
    """What became of it; nothing that is tried here hangs or crashes."""
    outcome = boot(case, release, folder)
    assert outcome.kind in ("dom0", "panic"), outcome.text
    found = judge.judge(outcome, xen_case.forecast(case, release, folder, tool), case.promise)
    return outcome, found


def is_compared(found):
    """Both have come to the same end: where the forecast was for another kernel they have not."""
    return found.row.startswith(("stop as forecast", "dom0 as forecast"))


def assert_as_forecast(case, release, folder):
    """And so says explain, of the log."""
    outcome, found = verdict(case, release, folder)
    assert not found.differences, found
    said = xen_case.forecast(case, release, folder, TOOL).said
    assert not is_compared(found) or not explained.differences(TOOL, case, release, folder, outcome, said)
    return outcome


def test_xen_tells_banks_and_tree(release, boards, tmp_path):
    outcome = boot(plain.build(boards, "two banks"), release, tmp_path / "case")
    assert outcome.kind == "dom0", outcome.text
    root, _ = flat.read(outcome.tree)
    memory = root.called("memory")[0]  # another one tells reserved memory
    assert flat.rows(memory.props["reg"], *root.cells()) == outcome.banks
    assert root.child("hypervisor").strings("compatible")[0] == f"xen,xen-{release.name}"


@pytest.mark.parametrize("name", plain.CASES)
def test_plain(release, boards, tmp_path, name):
    gic = 2 + list(plain.CASES).index(name) % 2
    outcome = assert_as_forecast(plain.build(boards, name, gic), release, tmp_path / "case")
    assert (outcome.kind == "panic") == plain.CASES[name][1], outcome.text


@pytest.mark.parametrize("name", [name for name, (_, stops) in plain.CASES.items() if stops])
def test_other_words_of_xen_are_not_explained(release, boards, tmp_path, name):
    """The control: a log in which each word of Xen's has one letter less."""
    case, folder = plain.build(boards, name), tmp_path / "case"
    outcome, found = verdict(case, release, folder)
    said = xen_case.forecast(case, release, folder, TOOL).said
    outcome.text = outcome.text.replace("e", "")
    assert explained.differences(TOOL, case, release, folder, outcome, said)


def test_the_last_of_two_boots_is_explained(release, boards, tmp_path):
    logs = [boot(plain.build(boards, name), release, tmp_path / str(i)).text
            for i, name in enumerate(("the console's line", "plain"))]
    for log, verdict_, ids in ((logs[0] + logs[1], "booted", None),
                               (logs[1] + logs[0], "stopped", ["interrupt"])):
        answer, _ = explained.explain(TOOL, log)
        assert answer["verdict"] == verdict_ and (answer["reason"] and answer["reason"]["ids"]) == ids
        assert (answer["boot"]["boots"], answer["boot"]["boot"]) == (2, 2)


def numbered(make, kind, number):
    """The case of make xen-oracle KINDS=kind SEED=number."""
    return next(case for attempt in range(100)
                if (case := make(random.Random(f"{kind}/{number}/{attempt}"))))


@pytest.mark.parametrize("number", MAPS)
def test_maps(release, boards, tmp_path, number):
    case = numbered(lambda rng: maps.build(rng, boards, ROOM), "maps", number)
    assert_as_forecast(case, release, tmp_path / "case")


@pytest.fixture
def trees():
    found = sorted((GUESTS / "dtbs").rglob("*.dtb"))
    assert found, "scripts/fetch-trees"
    return found


@pytest.mark.parametrize("number", GRAFTS)
def test_grafts(release, boards, tmp_path, trees, number):
    case = numbered(lambda rng: grafts.build(rng, boards, ROOM, trees), "grafts", number)
    assert_as_forecast(case, release, tmp_path / "case")


@pytest.mark.parametrize("number", PACKED)
def test_packed(release, boards, tmp_path, number):
    case = numbered(lambda rng: packed.build(rng, boards, ROOM), "packed", number)
    assert assert_as_forecast(case, release, tmp_path / "case").kind == "dom0"


@pytest.mark.parametrize("number", APPLIED)
def test_applied(release, boards, tmp_path, number):
    """The plan is what dom0 finds."""
    applier = applied.Applier(TOOL)

    def make(rng):
        case = maps.build(rng, boards, ROOM)
        return case and applier.make(case, tmp_path / "apply")
    case = numbered(make, "applied maps", number)
    outcome = assert_as_forecast(case, release, tmp_path / "case")
    assert outcome.kind == "dom0"


# What Xen and Linux read otherwise, and apply makes the same.
MENDED = ["two banks", "a bank of another name", "a bank by its name alone", "a disabled bank",
          "registers at the native base", "a controller's empty interrupt",
          "an address that is none of the CPU's", "devices behind a PCI device",
          "an extended SPI, as another one", "an extended SPI, as a CPU's own"]


@pytest.mark.parametrize("name", MENDED)
def test_applied_plain(release, boards, tmp_path, name):
    case = applied.Applier(TOOL).make(plain.build(boards, name), tmp_path / "apply")
    outcome = assert_as_forecast(case, release, tmp_path / "case")
    assert outcome.kind == "dom0"


# ---- where the native base cannot be had ----------------------------------------------------------

def steered_to(boards, name, folder):
    case = applied.Applier(TOOL).make(steered.build(boards, name), folder)
    assert case, "apply refuses it"
    return case


@pytest.mark.parametrize("name", steered.CASES)
def test_steered(release, boards, tmp_path, name):
    """With pages that are kept from Xen, or in several banks: dom0 has what the plan says."""
    case = steered_to(boards, name, tmp_path / "apply")
    assert (len(case.promise) > 1) == steered.CASES[name][3]
    outcome = assert_as_forecast(case, release, tmp_path / "case")
    assert outcome.kind == "dom0"
    assert judge.joined(outcome.banks) == [tuple(one) for one in case.promise]
    root, _ = flat.read(outcome.tree)
    assert flat.rows(root.called("memory")[0].props["reg"], *root.cells()) == outcome.banks


PAGE = 4096


@pytest.mark.parametrize("name", ["RAM's base is reserved", "of 260 MiB", "of 100 MiB", "30 bits"])
def test_without_the_pages_dom0_is_elsewhere(release, boards, tmp_path, name):
    """The control: the same tree with all of them given back to Xen."""
    case = steered_to(boards, name, tmp_path / "apply")
    root, reserves = flat.read(case.blob)
    kept = [one for one in reserves if one[1] != PAGE]
    assert len(kept) < len(reserves)
    case = dataclasses.replace(case, blob=flat.write(root, kept, 16 << 10))
    outcome, found = verdict(case, release, tmp_path / "case")
    assert outcome.kind == "dom0" and outcome.banks != [tuple(one) for one in case.promise]
    assert found.row == "DIFFERS: the plan's promise"
    assert len(found.differences) == 1, "the forecast of this tree is right all the same"


@pytest.mark.parametrize("change", [
    lambda banks: banks[::-1], lambda banks: banks[:1],
    lambda banks: [banks[0], [banks[1][0] + 2 * plain.MIB, banks[1][1]]],
], ids=["in another order", "one is missing", "one is elsewhere"])
def test_other_banks_than_planned_are_seen(release, boards, tmp_path, change):
    case = steered_to(boards, "a hole", tmp_path / "apply")
    case.promise = change(case.promise)
    _, found = verdict(case, release, tmp_path / "case")
    assert found.row == "DIFFERS: the plan's promise"


STATIC = ("--xen-features", "static-mem")


@pytest.mark.parametrize("at", [0x44000000, 0x90000000, 0xbc000000], ids=hex)
def test_memory_of_another_domain(boards, tmp_path, at):
    """dom0 is beside it, where the plan has it; in the first case not at its native base."""
    image = GUESTS / "xen-static"
    if not image.exists():
        pytest.skip("no Xen with static memory was built: make check does that")
    release = xen_case.Release("4.17", image)
    applier = applied.Applier(TOOL, (*STATIC, "--xen-version", "4.17"))
    case = applier.make(plain.build_with(boards, lambda root: plain.domain(root, at)), tmp_path / "apply")
    outcome = boot(case, release, tmp_path / "case")
    said = xen_case.forecast(case, release, tmp_path / "case", TOOL, STATIC)
    assert outcome.kind == "dom0" and not judge.judge(outcome, said, case.promise).differences
    assert (outcome.banks[0][0] == 0x40000000) == (at != 0x44000000)
    assert all(base >= at + 64 * plain.MIB or base + size <= at for base, size in outcome.banks)


# ---- the control ---------------------------------------------------------------------------------

@pytest.fixture
def tool_with(tmp_path):
    """The host tool with a row of the release table changed: the last match is of the newest row."""
    def make(minor, column, value):
        text = (ROOT / "shim/model/release.c").read_text()
        row = re.search(rf"\.minor = {minor},.*?\n    \}}", text, re.S)
        changed = re.sub(rf"\.{column} = [^,]*,", "", row[0])
        changed = changed.replace(f".minor = {minor},", f".minor = {minor}, .{column} = {value},")
        assert changed != row[0]
        source, tool = tmp_path / "release.c", tmp_path / "dtshim"
        source.write_text(text.replace(row[0], changed))
        # A folder that was built before may have objects of files that are gone.
        objects = [BUILD / f"host/shim/cli/{one.stem}.o" for one in (ROOT / "shim/cli").glob("*.c")]
        subprocess.run(["cc", "-std=c11", f"-I{ROOT}", f"-I{ROOT}/include", source, *objects,
                        BUILD / "libdtshim.a", "-l:libfdt.a", "-o", tool], check=True)
        return tool
    return make


@pytest.mark.parametrize("guests, column, value, name", [
    ("13", "reads_status", "false", "a disabled region"),
    ("12", "reads_status", "true", "a disabled bank"),
    ("12", "hides_chosen", "true", "a static heap"),
    ("13", "overlap", "SHIM_OVERLAP_ALL", "a reservation around a region"),
    ("12", "overlap", "SHIM_OVERLAP_ALL", "a reservation around a region"),
])
def test_a_wrong_row_is_seen(boards, tmp_path, tool_with, guests, column, value, name):
    release, case = release_of(guests), plain.build(boards, name)
    outcome, found = verdict(case, release, tmp_path / "case")
    assert not found.differences
    tool = tool_with(int(release.name[2:]), column, value)
    said = xen_case.forecast(case, release, tmp_path / "case", tool)
    assert judge.judge(outcome, said).row.startswith("DIFFERS: ")
