# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""dtshim explain on what stock Xen says where it stops (doc/oracle.rst, doc/explain.rst)."""
import json
import subprocess

import pytest

import grafts
import maps
import plain
import xen_case
from places import TOOL
from test_xen_oracle import ROOM, boards, boot, numbered, release, trees  # noqa: F401: fixtures

pytestmark = pytest.mark.slow

STOPS = [name for name, (_, stops) in plain.CASES.items() if stops]
NUMBERS = [("maps", 10), ("maps", 17), ("grafts", 3), ("grafts", 12)]


def explained(case, outcome, folder, *more):
    """The log alone, or with the tree and what lies where."""
    (folder / "xen.log").write_text(outcome.text)
    done = subprocess.run([TOOL, "explain", "--json", *more, folder / "xen.log",
                           *([folder / "tree.dtb"] if more else [])], capture_output=True, check=False)
    assert done.returncode == (0 if outcome.kind == "dom0" else 1), done.stderr
    return json.loads(done.stdout)


def assert_explained(case, release, folder, match="agrees"):  # noqa: F811
    """The rule that the forecast names, by the log alone and with the tree beside it."""
    outcome = boot(case, release, folder)
    assert outcome.kind in ("dom0", "panic"), outcome.text
    said = xen_case.forecast(case, release, folder, TOOL).said
    alone = explained(case, outcome, folder)
    beside = explained(case, outcome, folder, "--xen", release.image, "--xen-at", hex(case.xen_at),
                       "--tree-at", hex(case.tree_at), "--kernel", folder / f"{case.kernel:x}.bin")
    assert alone["boot"]["release"] == release.name
    assert [(int(one["base"], 16), int(one["size"], 16)) for one in alone["boot"]["banks"]] == outcome.banks
    [one] = beside["matches"]
    assert one["match"] == match
    assert one["stop"] == (said["stop"] and said["stop"]["id"])
    if match == "payload":
        assert alone["reason"]["ids"][0] == "no-kernel"
    elif outcome.kind == "dom0":
        assert alone["verdict"] == "booted" and not alone["reason"]
    else:
        assert said["stop"]["id"] in alone["reason"]["ids"]
        assert not said["stop"]["node"] or said["stop"]["node"] in beside["reason"]["nodes"] or \
            not beside["reason"]["nodes"]


@pytest.mark.parametrize("name", [*STOPS, "plain"])
def test_plain(release, boards, tmp_path, name):  # noqa: F811
    match = "payload" if name == "no kernel" else "agrees"  # it assumes one
    assert_explained(plain.build(boards, name), release, tmp_path / "case", match)


@pytest.mark.parametrize("kind, number", NUMBERS)
def test_numbers(release, boards, trees, tmp_path, kind, number):  # noqa: F811
    make = {"maps": lambda rng: maps.build(rng, boards, ROOM),
            "grafts": lambda rng: grafts.build(rng, boards, ROOM, trees)}[kind]
    assert_explained(numbered(make, kind, number), release, tmp_path / "case")


def test_two_boots_in_one_log(release, boards, tmp_path):  # noqa: F811
    """The last one counts."""
    stopped, plain_one = (plain.build(boards, name) for name in ("the console's line", "plain"))
    first = boot(stopped, release, tmp_path / "stopped")
    last = boot(plain_one, release, tmp_path / "plain")
    texts = first.text, last.text
    last.text = texts[0] + texts[1]
    answer = explained(plain_one, last, tmp_path / "plain")
    assert (answer["verdict"], answer["boot"]["boots"], answer["boot"]["boot"]) == ("booted", 2, 2)
    (tmp_path / "both.log").write_text(texts[1] + texts[0])
    done = subprocess.run([TOOL, "explain", "--json", tmp_path / "both.log"], capture_output=True, check=False)
    answer = json.loads(done.stdout)
    assert done.returncode == 1 and answer["reason"]["ids"] == ["interrupt"]
    assert (answer["boot"]["boots"], answer["boot"]["boot"]) == (2, 2)
