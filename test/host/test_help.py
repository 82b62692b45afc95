# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The help, for people and for programs: every row of the tables is in it, and it fits a terminal."""
import json
import re
import subprocess

import pytest

from places import ROOT

COMMANDS = ["plan", "apply", "forecast", "diff", "check", "explain"]
PAGES = [["--help"], ["help"], *([name, "--help"] for name in COMMANDS), *(["help", name] for name in COMMANDS)]


def source(name):
    return (ROOT / name).read_text()


def words(text):
    return re.findall(r"([\w.-]+)\\0", text)


@pytest.fixture
def tables(tool):
    return json.loads(tool("--help", "--json").out)


@pytest.fixture
def rules(tool):
    return json.loads(tool("check", "--list-rules", "--json").out)


# ---- for people --------------------------------------------------------------------------------

@pytest.mark.parametrize("page", PAGES, ids=" ".join)
def test_it_fits_a_terminal(tool, page):
    lines = tool(*page).out.splitlines()
    assert len(lines) > 10 and max(map(len, lines)) <= 80


@pytest.mark.parametrize("program", ["image/dtshim-image", "report/dtshim-report"])
def test_the_help_of_a_program_fits_a_terminal(program):
    text = subprocess.run([ROOT / program, "--help"], capture_output=True, text=True, check=True,
                          env={"COLUMNS": "80"}).stdout
    assert max(map(len, text.splitlines())) <= 80


def test_the_whole_help_has_every_row(tool, tables):
    text = tool("--help").out
    assert tool("help").out == text
    for one in tables["commands"]:
        assert f"  dtshim {one['name']} {one['arguments']}\n" in text
    for one in tables["options"] + tables["policy"]:
        label = f"--{one['name']}" + (f" {one['argument']}" if one["argument"] and one["name"] != "live" else "")
        assert re.search(rf"^  (-\w, )?{re.escape(label)}(\[=FOLDER\])?(  |$)", text, re.M), label
    assert "dtshim --help --json" in text.splitlines()[-1]


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_a_command_has_its_own_part(tool, tables, command):
    text = tool(command, "--help").out
    assert tool("help", command).out == text
    assert re.findall(r"^  dtshim (\w+) ", text, re.M) == [command]
    listed = re.findall(r"^  (?:-\w, )?--([\w-]+)", text, re.M)
    assert listed == [one["name"] for one in tables["options"] + tables["policy"] if command in one["commands"]]
    exits = next(one["exits"] for one in tables["commands"] if one["name"] == command)
    assert [f"{code} {meaning}" for code, meaning in exits.items()] == re.search(
        rf"^  {command} +(.*)", text.split("Exit codes:")[1], re.M)[1].split("; ")


@pytest.mark.slow
@pytest.mark.parametrize("program", ["image", "report"])
def test_the_help_of_a_program_has_three_doors(tool, program):
    text = tool(program, "--help").out
    assert text.startswith(f"usage: dtshim {program} ")
    assert tool("help", program).out == text == tool(program, "-h").out


@pytest.mark.parametrize("command", COMMANDS)
def test_the_short_letter(tool, command):
    assert tool(command, "-h").out == tool(command, "--help").out


def test_the_short_letter_of_no_command(tool):
    text = tool("--help").out
    for words in (["-h"], ["help", "--help"], ["help", "-h"], ["help", "help"]):
        assert tool(*words).out == text


def test_help_of_what_is_not_there(tool):
    assert "unknown command: frobnicate" in tool("help", "frobnicate", code=2).err


# ---- for programs ------------------------------------------------------------------------------

def test_both_doors_have_the_same_tables(tool, tables):
    for way in (["help", "--json"], ["--json", "--help"], ["plan", "--help", "--json"]):
        assert json.loads(tool(*way).out) == tables
    assert tables["version"] == tool("--version").out.split()[1]


def test_commands_and_options(tables):
    assert [one["name"] for one in tables["commands"]] == [*COMMANDS, "image", "report"]
    assert all(one["help"] and one["exits"]["0"] for one in tables["commands"])
    names = re.findall(r'\{ \{ "([\w-]+)"', source("shim/cli/option_table.c"))
    assert [one["name"] for one in tables["options"]] == names and len(names) == 22
    assert all(one["help"] and one["commands"] for one in tables["options"])
    letters = {one["letter"] for one in tables["options"]} - {None}
    assert letters == set(re.search(r'argv, "([a-z:]+)"', source("shim/cli/options.c"))[1]) - {":"}


def test_the_policy(tables):
    """Kinds and choices as in the table that the tree is read by; a default is one of the choices."""
    text = source("shim/plan/policy.c")
    rows = re.findall(r'\{ "([\w-]+)", SHIM_KIND_(\w+), (\w+) \}', text)
    lists = dict(re.findall(r'static const char (\w+)\[\] =\s+"([^;]*)";', text))
    assert [(one["name"], one["kind"]) for one in tables["policy"]] == [(name, kind.lower()) for name, kind, _ in rows]
    assert len(rows) == 20
    for one, (_, _, choices) in zip(tables["policy"], rows):
        assert one["choices"] == (None if choices == "NULL" else words(lists[choices] + "\\0")[:len(one["choices"])])
        assert one["help"]
        assert one["kind"] != "choice" or one["default"] == one["choices"][0]
    spaced = {one["name"]: one["default"] for one in tables["policy"]}
    for name, variable in (("hypervisor", "default_hypervisor"), ("iommu-drivers", "default_drivers"),
                           ("domain-name", "default_domain")):
        value = re.search(rf'{variable}\[\] =\s*"([^;]*)";', text)[1]
        assert spaced[name] == value.replace("\\0", " ")
    assert f"SHIM_POLICY_IPA_BITS] = {spaced['ipa-bits']};" in text


VALUES = {"bytes": "1M", "count": "32", "strings": "none", "ranges": "0x80000000:1G", "release": "4.20"}


def test_a_forecast_takes_what_the_table_says(tool, tables, make_tree):
    tree = make_tree('memory@80000000 { device_type = "memory"; reg = <0 0x80000000 0 0x40000000>; };')
    for one in tables["policy"]:
        value = VALUES.get(one["kind"]) or one["choices"][0]
        refused = "apply it first" in tool("forecast", f"--{one['name']}", value, tree, code=None).err
        assert refused == ("forecast" not in one["commands"]) == ("explain" not in one["commands"]), one["name"]


def test_error_codes(tables):
    text = source("shim/base/error.c")
    known = words(re.search(r"names\[\] =(.*?);", text, re.S)[1])
    codes = [one["code"] for one in tables["errors"]]
    assert codes[:len(known) - 1] == known[1:] and all(one["meaning"] for one in tables["errors"])
    used = set()
    for path in (ROOT / "shim/cli").glob("*.c"):
        used |= set(re.findall(r'complain_about\([^,"]+, "([a-z0-9-]+)"', path.read_text()))
    assert used <= set(codes), used - set(codes)


def test_releases(tables):
    """Every column of the table, for every release."""
    header = re.search(r"struct shim_release \{(.*?)\n\};", source("shim/model/release.h"), re.S)[1]
    fields = re.findall(r"^    (?:\w+ )?\w+ ((?:\w+(?:\[\d+\])?, )*\w+(?:\[\d+\])?);", header, re.M)
    names = [re.sub(r"\[.*", "", one) for line in fields for one in line.split(", ")]
    assert [one["name"] for one in tables["release_columns"]] == [name for name in names
                                                                 if name not in ("minor", "name")]
    assert len(names) > 45 and all(one["help"] for one in tables["release_columns"])
    rows = {one["name"]: one for one in tables["releases"]}
    assert list(rows) == ["4.17", "4.18", "4.19", "4.20", "4.21", "4.22"]
    assert all([*row][1:] == [one["name"] for one in tables["release_columns"]] for row in rows.values())
    assert rows["4.17"]["lowest"] == "0x400000" and rows["4.17"]["run"] and not rows["4.17"]["reads_status"]
    assert rows["4.22"]["dom0_tree_more"] == 4096 + 128 + 16 and rows["4.20"]["overlap"] == 3


def test_rules(tool, rules):
    text = "".join(f"{one['id']}\n  why: {one['why']}\n  what to do: {one['remedy']}\n" for one in rules["rules"])
    assert text == tool("check", "--list-rules").out and len(rules["rules"]) > 40
    by_id = {one["id"]: one for one in rules["rules"]}
    assert by_id["disabled-memory"]["until"] == "4.18" and by_id["memreserve-overlap"]["since"] == "4.19"
    assert by_id["slack"]["until"] is None and by_id["slack"]["entries"] == ["image"]
    assert by_id["record-entry"]["entries"] == ["uefi"] and by_id["can-run"]["entries"] == ["image", "uefi"]
    assert by_id["bank-count"]["apply_refuses"] and not by_id["bank-count"]["apply_edits"]
    assert by_id["reserved-form"]["apply_refuses"] and by_id["reserved-form"]["apply_edits"]


def test_json_of_check_is_of_its_rules(tool, make_tree):
    assert "--list-rules only" in tool("check", "--json", make_tree(""), code=2).err
