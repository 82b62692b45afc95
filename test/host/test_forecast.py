# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""dtshim forecast: what Xen does with a tree as it stands."""
import json

import jsonschema
import pytest

from places import ROOT
from trees import MEMORY

SCHEMA = json.loads((ROOT / "doc/forecast.schema.json").read_text())
BOARD = MEMORY + """
    chosen { #address-cells = <2>; #size-cells = <2>;
        hypervisor@e0000000 { compatible = "dtshim,hypervisor"; reg = <0 0xe0000000 0 0x100000>; };
        module@e2000000 { compatible = "multiboot,kernel", "multiboot,module";
            reg = <0 0xe2000000 0 0x1000000>; }; };
"""


def follow_schema(text):
    answer = json.loads(text)
    jsonschema.Draft202012Validator(SCHEMA).validate(answer)
    return answer


@pytest.fixture
def forecast(tool, make_tree):
    def run(body, *options, code=0):
        return follow_schema(tool("forecast", "--json", *options, make_tree(body), code=code).out)
    return run


def test_schema_is_sound():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_it_is_for_debians_two_releases(forecast):
    both = forecast(BOARD)["forecasts"]
    assert [(one["release"], one["run"]) for one in both] == [("4.17", True), ("4.20", True)]


@pytest.mark.parametrize("version, run", [("4.17", True), ("4.18", False), ("4.22", False)])
def test_it_is_for_the_release_that_is_named(forecast, version, run):
    [one] = forecast(BOARD, "--xen-version", version)["forecasts"]
    assert one["release"] == version and one["run"] == run


def test_a_release_that_nobody_knows(tool, make_tree):
    assert "--xen-version" in tool("forecast", "--xen-version", "4.2", make_tree(BOARD), code=2).err


def test_places_of_tree_and_options(forecast):
    one = forecast(BOARD)["forecasts"][0]
    assert one["xen"]["base"] == "0xe0000000" and one["unknown"] == ["tree-at"]
    one = forecast(BOARD, "--xen-at", "0xd0000000", "--tree-at", "0xd8000000")["forecasts"][0]
    assert one["xen"]["base"] == "0xd0000000" and one["tree"]["base"] == "0xd8000000"
    assert one["unknown"] == []
    assert forecast(MEMORY, code=None)["forecasts"][0]["unknown"] == ["xen-at", "tree-at"]


def test_schema_can_complain(forecast):
    answer = forecast(BOARD)
    for member, value in (("outcome", "fails"), ("xen", {"base": 5, "size": 5}), ("unknown", ["all"])):
        bad = {**answer, "forecasts": [{**answer["forecasts"][0], member: value}]}
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.Draft202012Validator(SCHEMA).validate(bad)


def test_several_files(tool, make_tree):
    trees = [make_tree(BOARD, "a.dtb"), make_tree(BOARD, "b.dtb")]
    (trees[0].parent / "bad.dtb").write_bytes(b"none")
    done = tool("forecast", "--json", "-j", "2", *trees, "bad.dtb", code=2)
    good, other, bad = json.loads(done.out)
    for one, tree in zip((good, other), trees):
        jsonschema.Draft202012Validator(SCHEMA).validate(one)
        assert one["file"] == str(tree)
    assert bad["error"]["code"] == "truncated"


@pytest.mark.parametrize("options", [["plan", "--xen-at", "0x1000"], ["check", "--tree-at", "0x1000"],
                                     ["apply", "--xen-version", "4.17", "-o", "out.dtb"],
                                     ["forecast", "--stage", "in.dtb"], ["forecast", "-o", "out.dtb"],
                                     ["forecast", "--xen-at", "here"]])
def test_options_that_are_not_taken(tool, make_tree, options):
    assert tool(*options, make_tree(BOARD), code=2).err.count("what to do") == 1
