# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""check and forecast of an applied tree whose files are not where the plan has them."""
import json
import subprocess

import pytest

from trees import MEMORY, Tree

HIGH = MEMORY.replace("<0 0x80000000 0 0x80000000>", "<0 0x80000000 0 0x80000000>, <8 0 0 0x80000000>")
OPTIONS = ("--xen-at", "--kernel-at", "--ramdisk-at", "--tree-at")  # in the order of load-places
DOM0 = 0x80000000


@pytest.fixture
def applied(tool, make_tree):
    def run(*policy, body=MEMORY):
        tree = make_tree(body)
        tool("apply", *policy, tree, "-o", "once.dtb")
        return tree.parent / "once.dtb"
    return run


def banks(tool, tree, *options):
    """By release, of dom0; None where Xen stops."""
    said = json.loads(tool("forecast", "--json", *options, tree, code=None).out)["forecasts"]
    return {one["release"]: one["dom0"] and one["dom0"]["banks"] for one in said}


def places(tree):
    cells = Tree(tree).u64s("/chosen/dtshim/record", "load-places")
    return dict(zip(OPTIONS, cells[::2]))


def told(at):
    return [word for option, address in at.items() for word in (option, hex(address))]


@pytest.mark.parametrize("moved", [*OPTIONS, OPTIONS])
def test_check_says_what_the_forecast_shows(tool, applied, moved):
    """Clean exactly where dom0 is as planned, under each release."""
    tree = applied()
    at = places(tree)
    found = set()
    for to in range(0x80200000, 0xf8000000, 0xc800000):
        some = {**at, **{one: to + 0x2000000 * OPTIONS.index(one) for one in OPTIONS if one in moved}}
        said = banks(tool, tree, *told(some))
        stray = {release for release, got in said.items()
                 if got and got != [{"base": hex(DOM0), "size": "0x20000000"}]}
        clean = not stray and all(said.values())
        words = tool("check", "-v", *told(some), tree, code=0 if clean else 1).out
        assert bool(stray) == ("record-places: /chosen/dtshim/record: Xen " in words)
        assert all(f"{release} " in words.replace(":", " ") for release in stray)
        found.add(bool(stray))
    assert True in found


def test_where_the_record_has_them(tool, applied):
    tree = applied()
    assert tool("check", tree).out == "" == tool("check", *told(places(tree)), tree).out
    page = tool("forecast", *told(places(tree)), tree).out
    assert "planned" not in page and "load-places" not in page


def test_the_page_names_both_places(tool, applied):
    tree = applied("--xen-version", "4.17")
    at = told(dict(zip(OPTIONS, (0x82000000, 0x84000000, 0x88000000, 0x81000000))))
    [[bank]] = banks(tool, tree, *at).values()
    page = tool("forecast", *at, tree).out
    assert page.startswith(f"Xen 4.17 starts dom0 with 512 MiB at {bank['base']}, "
                           f"not {DOM0:#x} as planned\n")
    assert "\n  planned   0x80000000-0x9fffffff  512 MiB\n" in page and "load the files where load-places" in page
    assert tool("forecast", "-q", *at, tree).out == page.splitlines()[0] + "\n"
    [one] = json.loads(tool("forecast", "--json", *at, tree).out)["forecasts"]
    assert one["dom0"]["planned"] == [{"base": "0x80000000", "size": "0x20000000"}]
    words = tool("check", *at, tree, code=1).out
    assert f"would give dom0 memory from {bank['base']} on, and the record has it from {DOM0:#x} on" in words


def test_banks_that_are_others(tool, applied):
    tree = applied("--dom0-mem", "3G", body=HIGH)
    cells = Tree(tree).u64s("/chosen/dtshim/record", "dom0-memory")
    assert len(cells) > 2 and tool("check", tree).out == ""
    at = told({**places(tree), "--kernel-at": 0x90000000})
    assert "record-places: " in tool("check", *at, tree, code=1).out
    assert ", not " in tool("forecast", "-q", *at, tree).out


def test_by_uefi_another_rule_says_so(tool, applied):
    tree = applied()
    words = tool("check", "--entry", "uefi", tree, code=1).out
    assert "record-entry: " in words and "record-places" not in words


def test_a_word_that_moves_dom0(tool, applied):
    """What came into Xen's line after the plan was made."""
    tree = applied()
    subprocess.run(["fdtput", "-t", "s", tree, "/chosen", "xen,xen-bootargs", "dom0_mem=512M dma_bits=32"],
                   check=True)
    assert "may give dom0 other memory, and the record has it" in tool("check", tree, code=1).out


@pytest.mark.parametrize("policy", [("--contract", "native"), ("--dom0-mem", "256M", "--layout", "offset")],
                         ids=" ".join)
def test_plans_that_promise_nothing_of_dom0s_places(tool, applied, policy):
    tree = applied(*policy)
    for at in ("0x80000000", "0x88000000", "0xa8000000"):
        assert "record-places" not in tool("check", "--xen-at", at, tree, code=None).out
        assert "planned" not in tool("forecast", "--xen-at", at, tree, code=None).out


# ---- a size of RAM without a base ---------------------------------------------------------

TWO = MEMORY + 'memory@880000000 { device_type = "memory"; reg = <8 0x80000000 0 0x40000000>; };'


@pytest.mark.parametrize("body, ram", [(TWO, "4G"), ("", "4G")])
def test_a_size_that_has_no_base_is_refused(tool, bare_tree, body, ram):
    """By all alike, with the same remedy; none goes on with the RAM of the tree."""
    tree = bare_tree(body)
    said = {command: tool(command, "--ram", ram, tree, code=2).err for command in ("plan", "forecast", "check")}
    assert "is a size without a base" in said["plan"] and "what to do: " in said["plan"]
    assert len(set(said.values())) == 1
    tree.with_name("log").write_text("(XEN) Xen version 4.17.3 (Debian)\n(XEN) Latest ChangeSet:\n")
    page = tool("explain", "--ram", ram, "log", tree, code=None).out
    assert "there is no forecast of " in page and "is a size without a base" in page


def test_ram_that_its_cells_cannot_hold(tool, make_tree):
    narrow = ("/dts-v1/; / { #address-cells = <1>; #size-cells = <1>; memory@80000000 {"
              ' device_type = "memory"; reg = <0x80000000 0x40000000>; }; };')
    tree = make_tree(narrow)
    for command in ("plan", "forecast", "check"):
        assert "does not fit in 1 and 1 cells" in tool(command, "--ram", "0x880000000:1G", tree, code=2).err


def test_a_size_is_from_the_base_of_the_memory_node(tool, make_tree):
    tree = make_tree(MEMORY)
    [one, _] = json.loads(tool("forecast", "--json", "--ram", "1G", tree).out)["forecasts"]
    assert [(bank["base"], bank["size"]) for bank in one["ram"]] == [("0x80000000", "0x40000000")]


# ---- more memory than there is a place for ------------------------------------------------

def test_all_ram_is_too_much(tool, make_tree):
    """Its native base is not the reason; the way out is told with it."""
    tree = make_tree(MEMORY.replace("80000000 { ", "0 { ").replace("<0 0x80000000 ", "<0 0 "))
    said = tool("plan", "--dom0-mem", "2G", tree, code=2).err
    assert "dom0 cannot start at address 0; and there is no other place for 2 GiB of dom0's memory" in said
    assert "what to do: make dom0-mem smaller" in said and "this works: dom0-mem " in said


# ---- where there is no RAM ----------------------------------------------------------------

@pytest.mark.parametrize("command", ["forecast", "check"])
@pytest.mark.parametrize("option", ["--tree-at", "--kernel-at", "--ramdisk-at"])
def test_a_file_where_no_ram_is(tool, make_tree, command, option):
    tree = make_tree(MEMORY)
    for at in ("0x1000000", "0x7fff0000", "0x100000000"):
        said = tool(command, option, at, tree, code=2).err
        assert f"{option} {at}: the tree has no RAM there\n  what to do: " in said
    tool(command, option, "0x90000000", tree)
    tool(command, option, "0x100000000", "--ram", "0x80000000:4G", tree)


def test_explain_has_the_same_places(tool, make_tree):
    tree = make_tree(MEMORY)
    tree.with_name("log").write_text("(XEN) Xen version 4.17.3 (Debian)\n(XEN) Latest ChangeSet:\n")
    assert "has no RAM there" in tool("explain", "--tree-at", "0x1000000", "log", tree, code=2).err


def test_ram_that_is_not_known_is_no_reason(tool, bare_tree):
    tool("forecast", "--tree-at", "0x1000000", bare_tree(""), code=1)


def test_by_uefi_ram_is_the_firmwares(tool, make_tree):
    tool("forecast", "--entry", "uefi", "--tree-at", "0x1000000", make_tree(MEMORY))
