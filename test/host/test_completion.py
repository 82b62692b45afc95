# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Completion by bash and zsh has what the tool has: commands, options, choices, boards; and files."""
import re
import shutil

import pytest

from completion import FOLDER, bash_at_work, offered_by_bash, zsh_at_work
from places import ROOT
from tool_words import choices, commands, long_options, options_of, policy, programs, said, wants_a_value

REMEDY = "completion/dtshim.bash and completion/_dtshim are to have what the tool has"


# ---- bash -----------------------------------------------------------------------------------------

@pytest.fixture
def folder(tmp_path):
    for name in ("board.dtb", "over.dtbo", "xen.log", "with space.dtb"):
        (tmp_path / name).write_text("")
    (tmp_path / "boards").mkdir()
    return tmp_path


def test_what_the_tool_says_is_understood():
    """Or these tests would hold nothing against anything."""
    assert {"plan", "explain", "image"} <= set(commands()) and "image" in programs()
    assert len(policy()) == 20 and len(long_options()) > 35
    assert choices("contract") == ["xen", "native", "none"] and choices("kernel-bits") == ["32", "64"]
    assert "--contract" in options_of("plan") - options_of("forecast") and "-o" in options_of("apply")
    assert options_of("diff") == {"-h", "--help", "--version", "--overlay"}
    assert {"--board", "-o", "--no-firmware"} <= options_of("image")


def test_bash_has_the_commands(folder):
    assert set(offered_by_bash("dtshim ", folder)) == {*commands(), "help", "-h", "--help", "--version"}, REMEDY
    assert offered_by_bash("dtshim fo", folder) == ["forecast"]
    assert offered_by_bash("dtshim nonsense ", folder) == []


@pytest.mark.parametrize("command", commands())
def test_bash_has_the_options(folder, command):
    line = f"dtshim {command} -"
    assert set(offered_by_bash(line, folder)) == options_of(command), REMEDY


# Python starts anew for each of these programs' options.
@pytest.mark.parametrize("command", [pytest.param(one, marks=[pytest.mark.slow] if one in ("image", "report") else [])
                                     for one in commands()])
def test_bash_knows_which_take_a_value(folder, command):
    """Behind one that takes a value stands no other option."""
    for option in options_of(command) - {"-h", "--help", "--version", "--list"}:
        behind = offered_by_bash(f"dtshim {command} {option} --he", folder)
        assert (behind != ["--help"]) == wants_a_value(command, option), (option, REMEDY)


@pytest.mark.parametrize("word", policy())
def test_bash_has_the_choices(folder, word):
    wanted = choices(word) or (["all-dma"] if word == "passthrough" else [])
    for line in (f"dtshim plan --{word} ", f"dtshim apply -q --{word}=", f"dtshim image --policy {word}="):
        assert offered_by_bash(line, folder) == wanted, (line, REMEDY)
    for one in wanted:
        assert one in offered_by_bash(f"dtshim plan --{word}={one[:2]}", folder)


def test_bash_has_other_choices(folder):
    usage = said("image", "--help")
    assert offered_by_bash("dtshim image --loader ", folder) == \
        re.search(r"--loader {(.*?)}", usage)[1].split(",")
    assert offered_by_bash("dtshim image --debian ", folder) == \
        sorted(path.name for path in (ROOT / "scripts/guests").iterdir())
    ways = re.findall(r"--entry (\w+)[: ]", said("check", "--entry", "x", "/dev/null"))
    assert offered_by_bash("dtshim check --entry ", folder) == ways == ["image", "uefi"]
    assert offered_by_bash("dtshim image --policy kernel", folder) == ["kernel-bits="]
    assert {f"{word}=" for word in policy()} == set(offered_by_bash("dtshim image --policy ", folder)), REMEDY


def test_bash_has_the_boards(folder):
    boards = sorted(path.parent.name for path in (ROOT / "board").glob("*/board.toml"))
    assert sorted(offered_by_bash("dtshim image --board ", folder)) == boards and len(boards) > 10
    assert offered_by_bash("dtshim image --board=zc", folder) == ["zcu102"]


@pytest.mark.parametrize("line, files", [
    ("dtshim plan ", ["board.dtb", "boards", "with space.dtb"]),
    ("dtshim plan bo", ["board.dtb", "boards"]),
    ("dtshim plan --contract native bo", ["board.dtb", "boards"]),
    ("dtshim apply board.dtb --overlay ", ["boards", "over.dtbo"]),
    ("dtshim apply board.dtb -o x", ["xen.log"]),
    ("dtshim explain x", ["xen.log"]), ("dtshim explain --xen=xen.log --ram 1G x", ["xen.log"]),
    ("dtshim explain xen.log x", []), ("dtshim explain xen.log ", ["board.dtb", "boards", "with space.dtb"]),
    ("dtshim image --tree bo", ["board.dtb", "boards"]), ("dtshim image bo", []),
    ("dtshim check --live=", ["boards"]), ("dtshim check --live bo", ["board.dtb", "boards"]),
    ("dtshim plan --dom0-mem ", []), ("dtshim help ", []),
])
def test_bash_has_files(folder, line, files):
    assert offered_by_bash(line, folder) == files


def test_bash_where_the_equals_sign_breaks_no_word(folder):
    """COMP_WORDBREAKS is the user's."""
    def words(last):
        return ["dtshim", "apply", last]
    assert offered_by_bash("", folder, words("--contract=na")) == ["--contract=native"]
    assert offered_by_bash("", folder, words("--overlay=o")) == ["--overlay=over.dtbo"]


def test_bash_on_a_terminal(folder):
    shell = bash_at_work(folder)
    assert shell.typed("dtshim che\t--li\t").endswith("dtshim check --li")  # --list-rules or --live
    assert shell.typed("dtshim plan --cont\tna\t").endswith("dtshim plan --contract native ")
    assert shell.typed("dtshim plan --contract=na\t").endswith("dtshim plan --contract=native ")
    assert shell.typed("dtshim plan wi\t").endswith("dtshim plan with\\ space.dtb ")
    assert shell.typed("dtshim diff ove\t").endswith("dtshim diff over.dtbo ")  # for want of a .dtb
    assert shell.typed("dtshim image --policy kernel-\t6\t").endswith("--policy kernel-bits=64 ")
    shell.close()


# ---- zsh ------------------------------------------------------------------------------------------

needs_zsh = pytest.mark.skipif(not shutil.which("zsh"), reason="there is no zsh here")


@pytest.fixture
def zsh(folder):
    shell = zsh_at_work(folder)
    yield lambda line: shell.typed(f"{line}\x04", marker=" @end")  # ^D lists what there is
    shell.close()


def listed(text):
    """What stands before a description: each word, and a short one beside it."""
    return {word for words in re.findall(r"^(\S.*?)\s+-- ", text, re.M) for word in words.split()}


@needs_zsh
def test_zsh_has_the_commands(zsh):
    assert listed(zsh("dtshim ")) == {*commands(), "help"}, REMEDY


@needs_zsh
@pytest.mark.parametrize("command", commands())
def test_zsh_has_the_options(zsh, command):
    assert listed(zsh(f"dtshim {command} -")) == options_of(command), REMEDY


@pytest.mark.slow
@needs_zsh
def test_zsh_has_the_choices(zsh):
    for word in filter(choices, policy()):
        for line in (f"dtshim plan --{word} ", f"dtshim check --{word}=", f"dtshim image --policy {word}="):
            offered = [words for words in zsh(line).split("\n") if "dtshim " not in words]
            assert set(" ".join(offered).split()) == set(choices(word)), (line, REMEDY)


@pytest.mark.slow
@needs_zsh
def test_zsh_has_boards_and_files(zsh):
    boards = {path.parent.name for path in (ROOT / "board").glob("*/board.toml")}
    assert boards <= set(zsh("dtshim image --board ").split())
    assert set(policy()) <= set(zsh("dtshim image --policy ").split())
    trees = zsh("dtshim plan bo")
    assert "board.dtb" in trees and "boards/" in trees and "xen.log" not in zsh("dtshim plan ")
    assert "xen.log" in zsh("dtshim explain ") and "over.dtbo" not in zsh("dtshim explain xen.log ")
    assert "over.dtbo" in zsh("dtshim diff --overlay ")
