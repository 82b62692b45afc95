# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Every option with every command: it is one of that command's, or it is refused by the name of those that have it."""
import re
import subprocess

import pytest

from places import ROOT, TOOL
from trees import MEMORY

COMMANDS = ["plan", "apply", "forecast", "diff", "check", "explain"]
SOURCE = (ROOT / "shim/cli/option_table.c").read_text()
SETS = {"LOOK_AHEAD": "forecast check explain", "OF_FILES": "plan apply forecast check", "ALL": " ".join(COMMANDS)}
ROW = re.compile(r'\{ \{ "([\w-]+)", (\w+), NULL, .*? \}, ([A-Z_ |]+), ')


def takers(words):
    return {name for word in words.split(" | ") for name in SETS.get(word, word.lower()).split()}


# What the table says: the name, if there is a value, and which commands take it.
PLAIN = {name: (kind != "no_argument", takers(words)) for name, kind, words in ROW.findall(SOURCE)}
VALUES = {"jobs": "2", "live": None, "output": "out.dtb"}
OF_IMAGE = set(re.findall(r'"([\w-]+)"', re.search(r"options\[\] = \{(.*?)\};", (ROOT / "shim/cli/beside.c").read_text(),
                                                   re.S)[1]))


def words_of(option):
    has_value = PLAIN[option][0]
    value = VALUES.get(option, "x")
    return [f"--{option}"] + ([value] if has_value and value else [])


def policy_options():
    text = subprocess.run([TOOL, "--help"], capture_output=True, text=True, check=True).stdout
    table = text.split("\nPolicy, ")[1].split("\nBYTES are")[0]
    return re.findall(r"^  --([\w-]+) ", table, re.M)


@pytest.fixture
def arguments(make_tree, tmp_path):
    """What each command takes without an option."""
    tree = make_tree(MEMORY)
    (tmp_path / "log").write_text("(XEN) Xen version 4.17.5 (Debian)\n")
    return {"apply": [tree, "-o", "out.dtb"], "diff": [tree, tree], "explain": [tmp_path / "log"],
            **{name: [tree] for name in ("plan", "forecast", "check")}}


def test_the_table_is_read():
    """And it is the one that getopt gets: its rows are all there, and no other name is known."""
    assert len(PLAIN) == SOURCE[SOURCE.index(" plain["):SOURCE.index("---- the policy")].count("{ { ") == 22
    assert PLAIN["json"] == (False, {"plan", "forecast", "check", "explain"})
    assert PLAIN["overlay"] == (True, set(COMMANDS) - {"explain"})
    assert (ROOT / "shim/cli/options.c").read_text().count("getopt_long(") == 1 and len(policy_options()) > 15


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("option", [name for name, (_, who) in PLAIN.items() if who != set(COMMANDS)])
def test_a_command_takes_its_own_options_only(tool, arguments, command, option):
    takes = PLAIN[option][1]
    done = tool(command, *words_of(option), *arguments[command], code=None)
    refusal = f"dtshim: {command} takes no --{option}\n  what to do: remove it: it is for "
    if command in takes:
        assert " takes no --" not in done.err
        return
    assert done.returncode == 2 and done.out == "" and done.err.startswith(refusal)
    named = set(re.findall(r"\w+", done.err[len(refusal):].split(", not for")[0])) & set(COMMANDS)
    assert named == takes and done.err.endswith(f"not for {command}\n")


def test_diff_takes_no_policy(tool, arguments):
    for option in policy_options():
        done = tool("diff", f"--{option}", "1", *arguments["diff"], code=2)
        assert f"diff takes no --{option}" in done.err and done.out == ""


@pytest.mark.parametrize("command", ["forecast", "explain"])
def test_what_would_change_the_tree_is_no_part_of_a_forecast(tool, arguments, command):
    done = tool(command, "--dom0-mem", "1G", *arguments[command], code=2)
    assert "apply it first, with --dom0-mem" in done.err


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("short", ["-j2", "-v", "-q", "-oout.dtb"])
def test_short_names_likewise(tool, arguments, command, short):
    option = {"j": "jobs", "v": "verbose", "q": "quiet", "o": "output"}[short[1]]
    done = tool(command, short, *arguments[command], code=None)
    assert (f"{command} takes no --{option}" in done.err) == (command not in PLAIN[option][1])


@pytest.mark.parametrize("command", COMMANDS)
def test_what_nobody_takes(tool, arguments, command):
    for option in ("--frobnicate", "-x"):
        done = tool(command, option, *arguments[command], code=2)
        assert option.strip("-") in done.err and "dtshim --help" in done.err and done.out == ""


def image_options():
    text = subprocess.run([ROOT / "image/dtshim-image", "--help"], capture_output=True, text=True, check=True).stdout
    return set(re.findall(r"--([a-z][\w-]+)", text.split("options:")[1]))


def test_options_of_image_are_named(tool, arguments):
    """The list of them is the one that it has, but for what getopt takes for a short form of its own."""
    own = [*PLAIN, *policy_options()]
    assert OF_IMAGE == {name for name in image_options() if not any(one.startswith(name) for one in own)}
    for option in OF_IMAGE:
        assert "use dtshim image" in tool("plan", f"--{option}=x", *arguments["plan"], code=2).err


@pytest.mark.slow
@pytest.mark.parametrize("option", ["json", "list-rules", "dom0-mem", "live", "overlay"])
def test_options_of_others_at_image(option):
    done = subprocess.run([ROOT / "image/dtshim-image", "--list", f"--{option}", "x"], capture_output=True, text=True)
    assert done.returncode == 2 and done.stdout == ""
    assert f"image takes no --{option}" in done.stderr and "dtshim --help" in done.stderr
