# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Overlays: a part of a tree is no tree."""
import json
import subprocess

import pytest

from places import BUILD
from trees import MEMORY

FRAGMENT = """/dts-v1/;
/plugin/;
&device { status = "disabled"; };
"""
BY_PATH = """/dts-v1/;
/plugin/;
&{/device@1000} { status = "disabled"; };
"""
# As before dtc could write them itself: fragments by hand, of any name.
BY_HAND = """/dts-v1/;
/ { first { target-path = "/"; __overlay__ { device@2000 { }; }; }; };
"""
# Built without the one that could tell what its references lead to.
WITHOUT_FRAGMENTS = """/dts-v1/;
/ { node { clocks = <0xffffffff>; }; __fixups__ { clock = "/node:clocks:0"; }; };
"""
OVERLAYS = {"reference": (FRAGMENT, "/fragment@0"), "path": (BY_PATH, "/fragment@0"),
            "hand": (BY_HAND, "/first"), "fixups": (WITHOUT_FRAGMENTS, "/__fixups__")}


@pytest.fixture(params=OVERLAYS)
def overlay(request, bare_tree):
    source, mark = OVERLAYS[request.param]
    return bare_tree(source, "part.dtbo"), mark


@pytest.mark.parametrize("command", [
    ("plan",), ("plan", "--ram", "0x80000000:2G"), ("plan", "--contract", "native"),
    ("apply", "-o", "out.dtb"), ("apply", "-o", "out.dtb", "--ram", "0x80000000:2G"), ("check",),
    ("forecast",), ("plan", "--load-addresses")], ids=" ".join)
def test_no_command_takes_it_for_a_board(tool, overlay, tmp_path, command):
    tree, mark = overlay
    done = tool(*command, tree, code=2)
    assert f"{mark}: this is an overlay, a part of a board's tree [overlay]" in done.err
    assert "fdtoverlay -i board.dtb -o merged.dtb" in done.err and "--overlay" in done.err
    assert not (tmp_path / "out.dtb").exists()


def test_programs_learn_it_too(tool, overlay):
    tree, mark = overlay
    page = json.loads(tool("plan", "--json", tree, tree, code=2).out)
    assert [one["error"]["code"] for one in page] == ["overlay"] * 2
    assert page[0]["error"]["where"] == mark


def test_what_differs_in_two_of_them_can_be_asked(tool, overlay):
    assert tool("diff", overlay[0], overlay[0]).out == ""


def test_a_board_that_was_built_for_overlays(tool, make_tree):
    """Symbols alone, and nodes of like names that stand deeper."""
    tree = make_tree(MEMORY + "device: device@1000 { a { b { __overlay__ { }; }; }; };", flags=["-@"])
    tool("apply", tree, "-o", "out.dtb")
    tool("check", "out.dtb")


# ---- --overlay: merged first --------------------------------------------------------------------

BASE = MEMORY + """
    smmu: iommu@1000 { compatible = "arm,mmu-500"; #global-interrupts = <1>; reg = <0 0x1000 0 0x1000>;
        interrupts = <0 200 4>, <0 201 4>; #iommu-cells = <1>; };
    device: device@2000 { compatible = "test,device"; reg = <0 0x2000 0 0x1000>; status = "disabled"; };
    bus: bus@0 { compatible = "simple-bus"; #address-cells = <2>; #size-cells = <2>; ranges; };
"""
ENABLED = """/dts-v1/;
/plugin/;
&device { status = "okay"; iommus = <&smmu 5>; };
"""
ADDED = """/dts-v1/;
/plugin/;
&bus { added: added@3000 { compatible = "test,added"; reg = <0 0x3000 0 0x1000>; iommus = <&smmu 6>; }; };
"""
ON_TOP = """/dts-v1/;
/plugin/;
&added { extra = <&device>; };
"""
RENUMBERED = """/dts-v1/;
/ { fragment@0 { target-path = "/bus@0"; __overlay__ {
    one: one@4000 { compatible = "test,one"; reg = <0 0x4000 0 0x1000>; partner = <&two>; };
    two: two@5000 { compatible = "test,two"; reg = <0 0x5000 0 0x1000>; }; }; };
    __local_fixups__ { fragment@0 { __overlay__ { one@4000 { partner = <0>; }; }; }; }; };
"""


@pytest.fixture
def board(make_tree):
    return make_tree(BASE, "board.dtb", flags=["-@"])


@pytest.fixture
def parts(bare_tree):
    """Compiles them; the words of the command line that name them, and their files."""
    def make(*sources):
        files = [bare_tree(source, f"part{i}.dtbo", flags=["-@"]) for i, source in enumerate(sources)]
        return [word for file in files for word in ("--overlay", file)], files
    return make


def merged(board, files):
    out = board.parent / "merged.dtb"
    subprocess.run(["fdtoverlay", "-i", board, "-o", out, *files], check=True)
    return out


SETS = {"enabled": (ENABLED,), "added": (ADDED,), "both": (ENABLED, ADDED), "on top": (ADDED, ON_TOP),
        "renumbered": (RENUMBERED, ENABLED)}


@pytest.mark.parametrize("sources", SETS.values(), ids=SETS)
@pytest.mark.parametrize("command", [("apply", "-o", "out.dtb"), ("apply", "-o", "out.dtb", "--contract", "native"),
                                     ("plan", "-v"), ("forecast",), ("check", "-v")], ids=" ".join)
def test_as_if_fdtoverlay_had_merged_them(tool, board, parts, tmp_path, sources, command):
    words, files = parts(*sources)
    before = board.read_bytes(), [file.read_bytes() for file in files]
    wanted = tool(*command, merged(board, files), code=None)
    written = (tmp_path / "out.dtb").read_bytes() if command[0] == "apply" else b""
    done = tool(*command, *words, board, code=None)
    assert done.returncode == wanted.returncode and done.returncode < 2
    assert done.out.replace("board.dtb", "merged.dtb") == wanted.out
    assert not written or (tmp_path / "out.dtb").read_bytes() == written
    assert (board.read_bytes(), [file.read_bytes() for file in files]) == before


def test_the_new_device_is_planned_for(tool, board, parts, read_tree):
    tool("apply", "-o", "out.dtb", *parts(ENABLED, ADDED)[0], board)
    tree = read_tree(board.parent / "out.dtb")
    for path in "/device@2000", "/bus@0/added@3000":
        assert tree.prop(path, "xen-dma-safe") is not None
    tool("apply", "-o", "plain.dtb", board)
    assert read_tree(board.parent / "plain.dtb").prop("/device@2000", "xen-dma-safe") is None


def test_each_of_several_files_gets_them(tool, board, parts, tmp_path):
    (tmp_path / "other.dtb").write_bytes(board.read_bytes())
    tool("apply", "-o", "out/", *parts(ENABLED)[0], board, "other.dtb")
    assert (tmp_path / "out/board.dtb").read_bytes() == (tmp_path / "out/other.dtb").read_bytes()


def test_more_of_them_than_memory_is_kept_for(tool, board, bare_tree, read_tree, tmp_path):
    """Each brings more than its own size: a name in __symbols__ for each label."""
    words = []
    for i in range(64):
        source = (f"/dts-v1/;\n/plugin/;\n&bus {{ l{i}: n{i} {{ x = <&device>; }}; }};")
        words += ["--overlay", bare_tree(source, f"{i}.dtbo", flags=["-@"])]
    tool("apply", "-o", "out.dtb", *words, board)
    assert all(read_tree(tmp_path / "out.dtb").has(f"/bus@0/n{i}") for i in range(64))
    assert "too many --overlay" in tool("apply", "-o", "out.dtb", *words, *words[:2], board, code=2).err


def test_diff_shows_what_they_change(tool, board, parts):
    words, files = parts(ENABLED)
    done = tool("diff", *words, board, code=1)
    assert done.out == tool("diff", board, merged(board, files), code=1).out
    assert '  + status = "okay"' in done.out
    assert tool("diff", *words, board, "merged.dtb").out == ""


# ---- what cannot be merged ----------------------------------------------------------------------

def refused(tool, board, words, *command):
    done = tool(*(command or ("apply", "-o", "out.dtb")), *words, board, code=2)
    assert "what to do: " in done.err and not (board.parent / "out.dtb").exists()
    return done.err


@pytest.mark.parametrize("command", [("plan",), ("apply", "-o", "out.dtb"), ("forecast",), ("check",), ("diff",)],
                         ids=lambda words: words[0])
def test_a_board_without_symbols(tool, make_tree, parts, command):
    board = make_tree(BASE, "board.dtb")
    said = refused(tool, board, parts(ENABLED)[0], *command)
    assert "board.dtb: has no __symbols__, which part0.dtbo needs to find nodes" in said and "dtc -@" in said


def test_a_board_without_symbols_and_a_path(tool, make_tree, parts):
    """Which needs none."""
    tool("apply", "-o", "out.dtb", *parts(RENUMBERED)[0], make_tree(BASE, "board.dtb"))


@pytest.mark.parametrize("sources, says", [
    ((ON_TOP,), "part0.dtbo: /__fixups__: the board's tree has no label added"),
    ((ON_TOP, ADDED), "part0.dtbo: /__fixups__: the board's tree has no label added"),
    ((ENABLED, RENUMBERED.replace("/bus@0", "/bus@7")), "part1.dtbo: /fragment@0: the board's tree has no node /bus@7"),
    (("/dts-v1/; / { };",), "part0.dtbo: is not an overlay"),
    (("/dts-v1/; / { fragment@0 { __overlay__ { }; }; };",), "part0.dtbo: /: libfdt cannot merge it: FDT_ERR_"),
], ids=["label", "order", "path", "tree", "target"])
def test_what_is_wrong_is_named(tool, board, parts, sources, says):
    assert says in refused(tool, board, parts(*sources)[0])


def test_an_overlay_for_a_board(tool, board, parts):
    words, files = parts(ENABLED)
    assert "this is an overlay" in refused(tool, files[0], words)


@pytest.mark.parametrize("damage", [lambda blob: blob[:40], lambda blob: blob[:100],
                                    lambda blob: b"\0" + blob[1:], lambda blob: b""], ids=["header", "cut", "magic", "empty"])
@pytest.mark.parametrize("which", ["board", "part"])
def test_damaged_ones(tool, board, parts, which, damage):
    words, files = parts(ENABLED)
    file = board if which == "board" else files[0]
    file.write_bytes(damage(file.read_bytes()))
    assert file.name in refused(tool, board, words)


def test_files_that_cannot_be_had(tool, board):
    assert "missing.dtbo: cannot open" in refused(tool, board, ["--overlay", "missing.dtbo"])
    assert "not standard input" in refused(tool, board, ["--overlay", "-"])
    assert "explain takes no --overlay" in tool("explain", "--overlay", "x", "log", code=2).err


def test_a_tree_that_was_rewritten_before(tool, board, parts):
    tool("apply", board, "-o", "once.dtb")
    for command in ("apply", "-o", "out.dtb"), ("plan",):
        said = refused(tool, board.parent / "once.dtb", parts(ENABLED)[0], *command)
        assert "was already rewritten, without these overlays" in said and "original tree" in said


def test_the_library_does_without_libfdt():
    """Which stage and U-Boot have not."""
    names = subprocess.run(["nm", "-u", BUILD / "libdtshim.a"], check=True, capture_output=True, text=True).stdout
    assert "memcpy" in names and " fdt_" not in names


# ---- applied first, merged afterwards -----------------------------------------------------------

POLICIES = [(), ("--xen-version", "4.20"), ("--contract", "native"),
            ("--contract", "native", "--machine-base", "0x90000000", "--offset-in", "both"),
            ("--layout", "offset", "--xen-features", "static-mem")]


@pytest.mark.parametrize("policy", POLICIES, ids=" ".join)
@pytest.mark.parametrize("source, path", [(ENABLED, "/device@2000"), (ADDED, "/bus@0/added@3000"),
                                          (RENUMBERED, "/bus@0/two@5000")], ids=["enabled", "added", "no iommu"])
def test_a_device_that_the_plan_did_not_know(tool, board, parts, tmp_path, policy, source, path):
    tool("apply", *policy, board, "-o", "once.dtb")
    tool("apply", "once.dtb", "-o", "twice.dtb")
    grown = merged(tmp_path / "once.dtb", parts(source)[1])
    for command in ("plan",), ("apply", "-o", "out.dtb"):
        said = tool(*command, grown, code=2).err
        assert f"{path}: was not there, not enabled, or had a different DMA window, when the tree was rewritten [record]" in said
        assert "start from the original tree: merge overlays before" in said
    assert not (tmp_path / "out.dtb").exists()
    assert f"record-devices: {path}: was not there" in tool("check", grown, code=1).out
    assert "record-devices" not in tool("check", "once.dtb", code=None).out


def test_devices_that_are_gone_or_disabled(tool, make_tree, tmp_path):
    """As by a boot loader that knows what is not fitted: less was promised than holds."""
    tree = make_tree(BASE.replace("disabled", "okay") + 'a@6000 { compatible = "test,a"; reg = <0 0x6000 0 0x1000>; };')
    tool("apply", tree, "-o", "once.dtb")
    subprocess.run(["fdtput", "-t", "s", tmp_path / "once.dtb", "/device@2000", "status", "disabled"], check=True)
    tool("apply", "once.dtb", "-o", "twice.dtb")
    subprocess.run(["fdtput", "-r", tmp_path / "once.dtb", "/a@6000"], check=True)
    tool("apply", "once.dtb", "-o", "twice.dtb")
    assert "record-devices" not in tool("check", "once.dtb", code=None).out


@pytest.mark.parametrize("path, compatible", [("/firmware/optee", "linaro,optee-tz"), ("/psci", "arm,psci-1.0"),
                                              ("/chosen/framebuffer@90000000", "simple-framebuffer")])
def test_what_a_boot_loader_adds(tool, board, tmp_path, path, compatible):
    tool("apply", board, "-o", "once.dtb")
    subprocess.run(["fdtput", "-p", "-c", tmp_path / "once.dtb", path], check=True)
    subprocess.run(["fdtput", "-t", "s", tmp_path / "once.dtb", path, "compatible", compatible], check=True)
    tool("apply", "once.dtb", "-o", "twice.dtb")


@pytest.mark.parametrize("top", ["soc", ""], ids=["behind a bus", "at the root"])
@pytest.mark.parametrize("name", ["memory", "memory@10000000"])
def test_devices_below_a_node_that_gets_another_name(tool, make_tree, tmp_path, name, top):
    """Xen would take it for RAM by its name; its devices are no new ones because of that."""
    bus = """%s { compatible = "test,dimm"; device_type = "test"; reg = <0 0x10000000 0 0x1000>; #address-cells = <2>; #size-cells = <2>; ranges;
            dev@10000800 { compatible = "test,dev"; reg = <0 0x10000800 0 0x100>; }; };""" % name
    if top:
        bus = 'soc { compatible = "simple-bus"; #address-cells = <2>; #size-cells = <2>; ranges; %s };' % bus
    tree = make_tree(MEMORY + bus)
    assert "is renamed to region" in tool("plan", "-v", tree).out
    tool("apply", tree, "-o", "out.dtb")
    tool("apply", "out.dtb", "-o", "again.dtb")
    assert (tmp_path / "again.dtb").read_bytes() == (tmp_path / "out.dtb").read_bytes()
    tool("check", "out.dtb")


def test_a_record_that_names_no_devices(tool, board, tmp_path):
    """In doubt it is not believed."""
    tool("apply", board, "-o", "once.dtb")
    subprocess.run(["fdtput", "-d", tmp_path / "once.dtb", "/chosen/dtshim/record", "masters"], check=True)
    assert "was not there, not enabled" in tool("plan", "once.dtb", code=2).err


WINDOW = """/dts-v1/;
/plugin/;
&bus { %s; };
"""


@pytest.mark.parametrize("what", ["dma-ranges = <0 0x80000000 0 0x80000000 0 0x40000000>", "dma-ranges", "dma-coherent"])
def test_another_window_for_what_was_there(tool, make_tree, parts, tmp_path, what):
    tree = make_tree(BASE.replace("ranges; };", 'ranges; d@3000 { compatible = "test,d"; reg = <0 0x3000 0 0x1000>; }; };'),
                     flags=["-@"])
    tool("apply", tree, "-o", "once.dtb")
    grown = merged(tmp_path / "once.dtb", parts(WINDOW % what)[1])
    assert "/bus@0/d@3000: was not there, not enabled, or had a different" in tool("plan", grown, code=2).err
    assert "record-devices: /bus@0/d@3000: " in tool("check", grown, code=1).out
