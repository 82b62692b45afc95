# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""dtshim on a board, under U-Boot's own test/py: make check-lab.

What a board's files are called, and how it boots, its u_boot_boardenv_<board>.py says in
env__dtshim; without that only what needs no file is tested.

    commands  U-Boot commands that load files and prepare a tree, run before each test
    tree      the tree's address; default: $fdtcontroladdr
    boot      what `dtshim boot` takes, after the commands in
    modules   that name what U-Boot does not boot itself
    up        strings that must come then, in this order; the last may take a minute
"""
import re

import pytest


@pytest.fixture
def con(request):
    """U-Boot's console; its fixture has had two names."""
    names = request.session._fixturemanager._arg2fixturedefs
    return request.getfixturevalue("ubman" if "ubman" in names else "u_boot_console")


@pytest.fixture
def board(con):
    said = con.config.env.get("env__dtshim", {})
    con.restart_uboot()
    for command in said.get("commands", ()):
        con.run_command(command)
    if "tree" not in said:
        said = {**said, "tree": con.run_command("echo $fdtcontroladdr")}
    return said


def value(con, name):
    return con.run_command(f"echo ${name}").strip()


def succeeds(con, command):
    return con.run_command(f"if {command}; then echo @yes; else echo @no; fi").endswith("@yes")


def test_help(con, board):
    assert "dtshim boot" in con.run_command("help dtshim")
    assert "dtshim_dom0_mem" in con.run_command("dtshim help")


def test_plan_changes_nothing(con, board):
    before = con.run_command(f"crc32 {board['tree']} 100"), value(con, "fdtaddr")
    assert "contract xen" in con.run_command(f"dtshim plan {board['tree']}")
    assert before == (con.run_command(f"crc32 {board['tree']} 100"), value(con, "fdtaddr"))


def test_apply_twice(con, board):
    """The second time there is nothing left to do."""
    assert succeeds(con, f"dtshim apply {board['tree']}")
    first = value(con, "dtshim_addr")
    assert value(con, "fdtaddr") == first and int(value(con, "dtshim_size"), 16) > 0
    assert 'layout = "' in con.run_command("fdt print /chosen/dtshim/record layout")
    assert not succeeds(con, "dtshim diff") and value(con, "dtshim_error") == ""
    assert "nothing to do" in con.run_command("dtshim apply")
    assert value(con, "dtshim_addr") != first and succeeds(con, "dtshim diff")


def test_a_refusal_leaves_the_working_tree(con, board):
    con.run_command(f"fdt addr {board['tree']}")
    con.run_command("setenv dtshim_layout sideways")
    out = con.run_command("dtshim apply")
    assert "what to do: " in out and value(con, "dtshim_error") == "policy"
    assert int(value(con, "fdtaddr"), 16) == int(board["tree"], 16)
    assert "ERROR" not in con.run_command("fdt print / compatible")


@pytest.mark.parametrize("typed, code", [("zzz", "address"), ("${fdtaddr}3", "alignment")])
def test_bad_address(con, board, typed, code):
    con.run_command(f"fdt addr {board['tree']}")
    assert f"[{code}]" in con.run_command(f"dtshim apply {typed}")


def test_units(con, board):
    """The glue's own tests, where U-Boot has its unit tests built in."""
    if con.config.buildconfig.get("config_ut_lib", "n") != "y":
        pytest.skip("this U-Boot has no unit tests (CONFIG_UT_LIB)")
    assert re.findall(r"^Failures: (\d+)", con.run_command("ut lib"), re.MULTILINE) == ["0"]


@pytest.fixture
def loaded(con, board):
    if "boot" not in board:
        pytest.skip("env__dtshim does not say what to boot")
    for command in board.get("modules", ()):
        con.run_command(command)
    return board


def assert_boots(con, board):
    con.run_command(f"dtshim boot {board['boot']}", wait_for_prompt=False)
    try:
        con.p.timeout = 60000
        for words in board["up"]:
            con.wait_for(words)
    finally:
        con.restart_uboot()


def test_boot(con, loaded):
    assert_boots(con, loaded)


def test_boot_refused(con, loaded):
    """It comes back to the prompt, and boots after all."""
    con.run_command("setenv dtshim_layout sideways")
    assert "the boot is refused" in con.run_command(f"dtshim boot {loaded['boot']}")
    con.run_command("setenv dtshim_layout")
    assert_boots(con, loaded)
