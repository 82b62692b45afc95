# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""For which release of Xen: said by the policy, read from Xen's bytes, or Debian's two."""
import json
import struct

import pytest

from trees import MEMORY

MODULES = """chosen { #address-cells = <2>; #size-cells = <2>; %s
    hypervisor@e0000000 { compatible = "dtshim,hypervisor"; reg = <0 0xe0000000 0 0x100000>; };
    module@e2000000 { compatible = "multiboot,kernel"; reg = <0 0xe2000000 0 0x1000000>; }; };
"""
BOARD = MEMORY + MODULES % ""
ASSUMED = ["4.17", "4.20"]


def xen_file(release, extra=""):
    """What tells an image of Xen: the header, /hypervisor's compatible and the loader's greeting."""
    head = bytearray(64)
    struct.pack_into("<QQ", head, 8, 0, 0x100000)
    head[56:60] = b"ARM\x64"
    return bytes(head) + f"xen,xen-{release}\0xen,xen\0".encode() + (
        f"Xen {release}{extra} (c/s ) EFI loader\r\n\0".encode("utf-16le"))


@pytest.fixture
def xen(tmp_path):
    def make(release, extra=""):
        path = tmp_path / f"xen-{release}{extra}"
        path.write_bytes(xen_file(release, extra))
        return path
    return make


@pytest.fixture
def plan(tool):
    def run(*options, tree="in.dtb"):
        return json.loads(tool("plan", "--json", *options, tree).out)
    return run


def notes(plan):
    return [f"{note['kind']}: {note['what']}" for note in plan["notes"]]


# ---- who says it ------------------------------------------------------------------------

def test_nobody(plan, make_tree):
    make_tree(BOARD)
    assert plan()["xen-versions"] == ASSUMED
    assert "finding: made for Xen 4.17 or 4.20" in notes(plan())


@pytest.mark.parametrize("release", ["4.17", "4.18", "4.19", "4.20", "4.21", "4.22"])
def test_policy_and_image(plan, tool, make_tree, read_tree, tmp_path, xen, release):
    """The option, the tree's word and Xen's own bytes come to the same."""
    make_tree(BOARD)
    make_tree(MEMORY + MODULES % f'dtshim {{ xen-version = "{release}"; }};', "said.dtb")
    runs = [(["--xen-version", release], "in.dtb"), (["--xen", xen(release)], "in.dtb"), ([], "said.dtb")]
    for options, tree in runs:
        done = plan(*options, tree=tree)
        assert done["xen-versions"] == [release]
        assert f"finding: made for Xen {release}" in notes(done)
        assert any("source alone" in note for note in notes(done)) == (release not in ASSUMED)
        assert f"(stock Xen {release})" in tool("plan", *options, tree).out.splitlines()[0]
        tool("apply", *options, tree, "-o", "out.dtb")
        out = read_tree(tmp_path / "out.dtb")
        assert out.string("/chosen/dtshim/record", "xen-version") == release
        assert (out.prop("/chosen/dtshim", "xen-version") is None) == ("--xen" in options)


def test_real_images(plan, make_tree, guests):
    make_tree(BOARD)
    release = {"12": "4.17", "13": "4.20"}[guests.name]
    done = plan("--xen", guests / "xen")
    assert done["xen-versions"] == [release]
    assert not [note for note in notes(done) if "warning" in note]


def test_the_option_wins_over_the_tree(plan, make_tree):
    make_tree(MEMORY + MODULES % 'dtshim { xen-version = "4.18"; };')
    assert plan("--xen-version", "4.22")["xen-versions"] == ["4.22"]


@pytest.mark.parametrize("word, says", [
    ("4.16", "older than 4.17"), ("4.2", "older than 4.17"), ("3.4", "older than 4.17"),
    ("4", "not a release"), ("4.", "not a release"), ("4.20.1", "not a release"), ("4.20-rc1", "not a release"),
    ("4.200", "not a release"), ("xen-4.20", "not a release"), ("", "not a release"), (" 4.20", "not a release")])
def test_words_that_are_none(tool, make_tree, word, says):
    make_tree(BOARD)
    for error in (tool("plan", "--xen-version", word, "in.dtb", code=2).err,
                  tool("plan", make_tree(MEMORY + MODULES % f'dtshim {{ xen-version = "{word}"; }};'),
                       code=2).err):
        assert "[policy]" in error and "xen-version" in error and says in error


@pytest.mark.parametrize("value", ["<4>", "[34]", ""])
def test_no_string(tool, make_tree, value):
    tree = make_tree(MEMORY + MODULES % f"dtshim {{ xen-version{' = ' if value else ''}{value}; }};")
    assert "is not a string" in tool("plan", tree, code=2).err


# ---- how far it can be trusted ------------------------------------------------------------

@pytest.mark.parametrize("newer", ["4.23", "4.99", "5.0"])
def test_newer_than_all(plan, tool, make_tree, read_tree, tmp_path, xen, newer):
    """A warning, the newest row, and the record has what was said."""
    make_tree(BOARD)
    for options in (["--xen-version", newer], ["--xen", xen(newer)]):
        done = plan(*options)
        assert done["xen-versions"] == [newer]
        assert f"warning: Xen {newer} is newer than any that dtshim knows" in notes(done)
        tool("apply", *options, "in.dtb", "-o", "out.dtb")
        assert read_tree(tmp_path / "out.dtb").string("/chosen/dtshim/record", "xen-version") == newer
        assert tool("check", "out.dtb").out == ""


def test_older_than_all(tool, make_tree, xen):
    make_tree(BOARD)
    for command in ("plan", "check", "forecast"):
        error = tool(command, "--xen", xen("4.16", ".5"), "in.dtb", code=2).err
        assert "4.16.5" in error and "older than 4.17" in error and "what to do" in error


def test_another_than_the_one_at_hand(tool, make_tree, xen):
    """An error that names both."""
    make_tree(BOARD)
    for command in ("plan", "check", "forecast"):
        error = tool(command, "--xen-version", "4.17", "--xen", xen("4.20", ".5-pre"), "in.dtb",
                     code=2).err
        assert "[policy]" in error and "asks for 4.17" in error and "is 4.20.5-pre" in error


def test_fork(plan, make_tree, xen):
    """It is named as unknown; who says what it is like is believed."""
    make_tree(BOARD)
    fork = xen("4.18", ".0-acme")
    warning = "warning: Xen 4.18.0-acme is a fork: its changes are not known"
    done = plan("--xen", fork)
    assert done["xen-versions"] == ["4.18"] and warning in notes(done)
    done = plan("--xen", fork, "--xen-version", "4.20")
    assert done["xen-versions"] == ["4.20"] and warning in notes(done)


def test_what_a_forecast_does_not_know(tool, make_tree, xen):
    make_tree(BOARD)
    for options, strange in ((["--xen", xen("4.18", ".0-acme")], True), (["--xen-version", "4.23"], True),
                             (["--xen", xen("5.0")], True), (["--xen", xen("4.18", ".2-rc1")], False),
                             ([], False)):
        done = json.loads(tool("forecast", "--json", *options, "in.dtb", code=None).out)
        assert all(("release" in one["unknown"]) == strange for one in done["forecasts"])


def test_xen_that_says_nothing(plan, make_tree, tmp_path):
    """Any hypervisor has a header; what is in none of its bytes is not known."""
    make_tree(BOARD)
    (tmp_path / "other").write_bytes(xen_file("4.20")[:64])
    assert plan("--xen", "other")["xen-versions"] == ASSUMED


def test_native_asks_nobody(plan, make_tree, xen):
    make_tree(BOARD)
    assert plan("--contract", "native", "--xen", xen("4.16"))["xen-versions"] == []


# ---- a tree that was made for one ----------------------------------------------------------

def test_recognised(tool, make_tree, xen):
    """What was made for either is right for each; for another Xen it is refused."""
    make_tree(BOARD)
    for options, good, bad in (([], ["4.17", "4.20"], ["4.18", "4.22"]),
                               (["--xen", xen("4.20")], ["4.20"], ["4.17", "4.18"])):
        tool("apply", *options, "in.dtb", "-o", "out.dtb")
        assert "nothing to do" in tool("plan", "out.dtb").out
        for release in good:
            assert "nothing to do" in tool("plan", "--xen", xen(release), "out.dtb").out
        for release in bad:
            error = tool("plan", "--xen", xen(release), "out.dtb", code=2).err
            assert "[record]" in error and f"this Xen is {release}" in error
        assert "[record]" in tool("plan", "--xen-version", "4.20", "out.dtb", code=2).err


@pytest.mark.parametrize("said, releases", [
    ('"4.18"', ["4.18"]), ('"4.17 4.20"', ASSUMED), ('"4.18 4.22"', ["4.18", "4.22"]),
    ('"4.20 4.17"', ASSUMED), ('"4.16"', ASSUMED), ('"4.18 "', ASSUMED), ('"4.18 4.19 4.20"', ASSUMED),
    ('"new"', ASSUMED), ('""', ASSUMED), ("<4>", ASSUMED), ('"4.18", "4.19"', ASSUMED)])
def test_record_in_doubt_is_not_there(tool, make_tree, said, releases):
    tree = make_tree(MEMORY + MODULES % f"dtshim {{ record {{ xen-version = {said}; }}; }};")
    done = json.loads(tool("forecast", "--json", tree, code=None).out)
    assert [one["release"] for one in done["forecasts"]] == releases


@pytest.mark.parametrize("options, found", [
    ([], True), (["--xen-version", "4.17"], True), (["--xen-version", "4.20"], False)])
def test_check_asks_for_the_releases(tool, make_tree, xen, options, found):
    """memory-depth is a trap until 4.19; a record counts where nobody says otherwise."""
    nested = 'b { #address-cells = <2>; #size-cells = <2>; memory@0 { reg = <0 0 0 0x10000>; }; };'
    record = 'chosen { dtshim { record { xen-version = "4.20"; }; }; };'
    make_tree(MEMORY + nested)
    done = tool("check", *options, "in.dtb", code=1 if found else 0)
    assert ("memory-depth" in done.out) == found
    if options:
        done = tool("check", "--xen", xen(options[1]), "in.dtb", code=1 if found else 0)
        assert ("memory-depth" in done.out) == found
    done = tool("check", *options, make_tree(MEMORY + nested + record), code=None)
    assert ("memory-depth" in done.out) == (options == ["--xen-version", "4.17"])


def test_check_says_whom_a_breach_concerns(tool, make_tree):
    """Where it is for two releases and only one of them stumbles."""
    nested = 'b { #address-cells = <2>; #size-cells = <2>; memory@0 { reg = <0 0 0 0x10000>; }; };'
    regions = """reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges;
        a@90000000 { reg = <0 0x90000000 0 0x2000>; }; b@90001000 { reg = <0 0x90001000 0 0x2000>; }; };
        hypervisor { compatible = "test,other"; };"""
    tree = make_tree(MEMORY + nested + regions)
    lines = {line.split(": ")[1]: line for line in tool("check", tree, code=1).out.splitlines()
             if line.startswith(str(tree))}
    assert lines["memory-depth"].endswith("is named like RAM (Xen 4.17)")
    assert lines["reserved-overlap"].endswith("overlaps /reserved-memory/a@90000000 (Xen 4.20)")
    assert lines["hypervisor-twice"].endswith('compatible with "xen,xen"')
    for release in ("4.17", "4.20"):
        assert "(Xen 4" not in tool("check", "--xen-version", release, tree, code=1).out


# ---- what differs -----------------------------------------------------------------------------

COLORED = MEMORY + MODULES % 'xen,xen-bootargs = "console=dtuart llc-coloring=on";'


def test_cache_colouring(tool, make_tree):
    """No release before 4.20 knows the word; for both of Debian's it is refused."""
    make_tree(COLORED)
    for options in ([], ["--xen-version", "4.20"], ["--xen-version", "4.22"],
                    ["--layout", "offset"]):
        error = tool("plan", *options, "in.dtb", code=2).err
        assert "[unsupported]" in error and "cache colouring" in error
        assert "remove llc-coloring" in error and "if it is before 4.20" in error
    for release in ("4.17", "4.19"):
        assert "llc-coloring=on" in tool("plan", "--xen-version", release, "in.dtb").out


@pytest.mark.parametrize("features, colours", [("none", False), ("static-mem", False),
                                               ("llc-coloring", True), ("static-mem llc-coloring", True)])
def test_cache_colouring_is_a_matter_of_the_build(tool, make_tree, features, colours):
    """Xen passes over words of its command line that it was built without."""
    options = ["--xen-version", "4.20", "--xen-features", features, make_tree(COLORED)]
    done = tool("plan", *options, code=2 if colours else 0)
    assert ("Xen ignores cache colouring" in done.out) != colours
    assert ("coloring:" in tool("check", *options, code=None).out) == colours
    [one] = json.loads(tool("forecast", "--json", *options, code=None).out)["forecasts"]
    assert ("llc-coloring" in one["untold"]) == colours


@pytest.mark.parametrize("options, stays", [([], False), (["--xen-version", "4.17"], False),
                                            (["--xen-version", "4.18"], True),
                                            (["--xen-version", "4.20"], True)])
def test_the_lowest_place(plan, make_tree, options, stays):
    """4.17 does not start below 4 MiB."""
    make_tree("""memory@0 { device_type = "memory"; reg = <0 0 0 0x80000000>; };
        """ + (MODULES % "").replace("0xe0000000", "0x200000").replace("0xe2000000", "0x60000000"))
    [xen] = [module for module in plan("--dom0-base", "0x40000000", *options)["modules"]
             if module["kind"] == "Xen"]
    assert (int(xen["to"], 0) == 0x200000) == stays
    assert stays or int(xen["to"], 0) >= 4 << 20


@pytest.mark.parametrize("options, there", [
    (["0x300"], True), (["0x300", "--xen-version", "4.17"], True),
    (["0x300", "--xen-version", "4.18"], False), (["0x300", "--xen-version", "4.19"], True),
    (["0xc00"], False), (["0xc00", "--xen-version", "4.17"], True), (["0xc00", "--xen-version", "4.22"], False)])
def test_the_highest_place(tool, make_tree, options, there):
    """4.18 does not start above 2 TiB, later ones not above 10 TiB."""
    high, *options = options
    make_tree(f"""memory@{high[2:]}00000000 {{ device_type = "memory"; reg = <{high} 0 1 0>; }};
        """ + MODULES.replace("<0 0x", f"<{high} 0x") % "")
    done = tool("plan", "--ipa-bits", "48", *options, "in.dtb", code=0 if there else 2)
    assert there or ("[placement]" in done.err and "can start" in done.err)


HIGH = """memory@%x { device_type = "memory"; reg = <%#x 0 1 0>; };
    chosen { #address-cells = <2>; #size-cells = <2>;
        hypervisor@%x { compatible = "dtshim,hypervisor"; reg = <%#x 0x40000000 0 0x100000>; };
        module@%x { compatible = "multiboot,kernel", "multiboot,module"; reg = <%#x 0x60000000 0 0x1000000>; }; };"""
LIMITS = {"4.17": 1 << 20, "4.18": 0x200, "4.19": 0xa00, "4.20": 0xa00, "4.21": 0xa00, "4.22": 0xa00}


def high_board(high, low):
    """4 GiB of RAM from there on, and Xen in it; or beside a GiB far below."""
    at = [value for place in (0, 0x40000000, 0x60000000) for value in ((high << 32) + place, high)]
    return HIGH % tuple(at) + (MEMORY.replace("0 0x80000000>", "0 0x40000000>") if low else "")


@pytest.mark.parametrize("release", LIMITS)
@pytest.mark.parametrize("high", [0x1f0, 0x200, 0x300, 0x900, 0xa00, 0xc00], ids=hex)
def test_xen_above_its_limit(tool, make_tree, read_tree, release, high):
    """forecast says that it stops there, and plan puts it where it starts, if there is such a place."""
    options, starts = ["--ipa-bits", "48", "--xen-version", release], high < LIMITS[release]
    tree = make_tree(high_board(high, low=True), flags=["-p", "16384"])
    said, = json.loads(tool("forecast", "--json", *options[2:], tree, code=0 if starts else 1).out)["forecasts"]
    assert starts or said["stop"]["id"] == "xen-place"
    tool("apply", *options, tree, "-o", "out.dtb")
    names = [name for name in read_tree(tree.parent / "out.dtb").children("/chosen") if name.startswith("hypervisor")]
    assert (names == [f"hypervisor@{(high << 32) + 0x40000000:x}"]) == starts
    said, = json.loads(tool("forecast", "--json", *options[2:], "out.dtb").out)["forecasts"]
    assert said["stop"] is None and int(said["xen"]["base"], 0) < LIMITS[release] << 32

    tree = make_tree(high_board(high, low=False), flags=["-p", "16384"])
    done = tool("plan", *options, tree, code=0 if starts else 2)
    assert starts or f"where Xen {release} can start" in done.err
