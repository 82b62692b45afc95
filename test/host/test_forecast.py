# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""dtshim forecast: what Xen does with a tree as it stands."""
import gzip
import json
import struct

import jsonschema
import pytest

from places import ROOT
from trees import MEMORY, ROOM, Tree, with_core

SCHEMA = json.loads((ROOT / "doc/reference/forecast.schema.json").read_text())
BOARD = MEMORY + """
    chosen { #address-cells = <2>; #size-cells = <2>;
        hypervisor@e0000000 { compatible = "dtshim,hypervisor"; reg = <0 0xe0000000 0 0x100000>; };
        module@e2000000 { compatible = "multiboot,kernel", "multiboot,module";
            reg = <0 0xe2000000 0 0x1000000>; }; };
"""
HIGH = 'memory@880000000 { device_type = "memory"; reg = <8 0x80000000 0 0x40000000>; };'
MIB = 1 << 20


def arm64_image(size, offset):
    """The header of one (Documentation/arm64/booting.rst)."""
    return struct.pack("<IIQQQQQQ4sI", 0, 0, offset, size, 0, 0, 0, 0, b"ARM\x64", 0)


def follow_schema(text):
    answer = json.loads(text)
    jsonschema.Draft202012Validator(SCHEMA).validate(answer)
    return answer


@pytest.fixture
def forecast(tool, make_tree):
    def run(body, *options, code=None):
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
    assert "xen-version" in tool("forecast", "--xen-version", "4.2", make_tree(BOARD), code=2).err


@pytest.mark.parametrize("policy", ['xen-version = "4.18";',
                                    'contract = "native"; xen-version = "4.18";'])
def test_the_tree_may_name_the_release(forecast, policy):
    body = BOARD.replace("hypervisor@", "dtshim { %s }; hypervisor@" % policy, 1)
    assert [one["release"] for one in forecast(body)["forecasts"]] == ["4.18"]
    assert [one["release"] for one in forecast(body, "--xen-version", "4.22")["forecasts"]] == ["4.22"]


def test_places_of_tree_and_options(forecast):
    one = forecast(BOARD)["forecasts"][0]
    assert one["xen"]["base"] == "0xe0000000" and "tree-at" in one["unknown"]
    one = forecast(BOARD, "--xen-at", "0xd0000000", "--tree-at", "0xd8000000")["forecasts"][0]
    assert one["xen"]["base"] == "0xd0000000" and one["tree"]["base"] == "0xd8000000"
    assert {"xen-at", "tree-at", "payload"}.isdisjoint(one["unknown"])


def places(one):
    return {part["kind"]: (int(part["base"], 16), int(part["size"], 16)) for part in one["modules"]}


def test_a_payload_that_nobody_names_is_assumed_at_the_top(forecast):
    one = forecast(MEMORY, code=None)["forecasts"][0]
    assert "payload" in one["unknown"] and {"xen-at", "tree-at"}.isdisjoint(one["unknown"])
    assert places(one)["kernel"] == (0xfba00000, 64 * MIB)
    assert places(one)["ramdisk"] == (0xf7a00000, 64 * MIB)
    assert one["tree"]["base"] == "0xffe00000" and one["xen"]["base"] == "0xffa00000"


def test_what_is_known_of_it_is_taken(forecast, tmp_path):
    image, ramdisk, xen = tmp_path / "Image", tmp_path / "initrd", tmp_path / "xen"
    xen.write_bytes(arm64_image(size=2 * MIB, offset=0))
    image.write_bytes(arm64_image(size=9 * MIB, offset=0x80000) + bytes(5 * MIB))
    ramdisk.write_bytes(bytes(4096))
    one = forecast(MEMORY, "--kernel", image, "--kernel-at", "0x88000000", "--tree-at", "0x98000000",
                   code=None)["forecasts"][0]
    assert places(one)["kernel"] == (0x88000000, 5 * MIB + 64) and "ramdisk" not in places(one)
    assert one["tree"]["base"] == "0x98000000" and "kernel" not in one["unknown"]
    one = forecast(MEMORY, "--ramdisk", ramdisk, "--ramdisk-at", "0x8a000000", "--kernel", image,
                   "--xen-at", "0x84000000", "--kernel-at", "0x88000000", "--xen", xen,
                   code=None)["forecasts"][0]
    assert places(one)["ramdisk"] == (0x8a000000, 4096) and "payload" not in one["unknown"]
    one = forecast(MEMORY, "--kernel", image, code=None)["forecasts"][0]
    assert places(one)["kernel"] == (0xff800000, 5 * MIB + 64) and "payload" in one["unknown"]


def test_what_is_assumed_keeps_off_what_is_there(forecast):
    """Regions, and what has a place already."""
    one = forecast(MEMORY + "reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges;"
                   "r@fff00000 { reg = <0 0xfff00000 0 0x100000>; }; };",
                   "--kernel-at", "0xfc000000", code=None)["forecasts"][0]
    assert one["tree"]["base"] == "0xfbe00000" and one["xen"]["base"] == "0xfba00000"


def test_a_board_whose_memory_is_high(forecast):
    one = forecast(HIGH, code=None)["forecasts"][0]
    assert one["tree"]["base"] == "0x8bfe00000"


def test_ram_as_firmware_fills_it_in(forecast):
    """The tree is what it will be; all else stays."""
    one = forecast("memory { device_type = \"memory\"; reg = <0 0 0 0>; };", "--ram",
                   "0x40000000:1G 0x880000000:1G", code=None)["forecasts"][0]
    assert [(bank["base"], bank["size"], bank["node"]) for bank in one["ram"]] == [
        ("0x40000000", "0x40000000", "/memory@40000000"),
        ("0x880000000", "0x40000000", "/memory@40000000")]
    [one] = forecast("", "--xen-version", "4.20", code=1)["forecasts"]
    assert one["stop"]["id"] == "no-memory"


def test_arch_follows_the_image_or_the_cores(forecast, tmp_path):
    """A 32-bit Xen is a zImage; without one a board of Cortex-A15 has no other."""
    zimage = tmp_path / "xen"
    zimage.write_bytes(bytes(0x24) + b"\x18\x28\x6f\x01" + bytes(0x40))
    cores = "cpus { #address-cells = <1>; #size-cells = <0>; cpu@0 { compatible = \"%s\"; reg = <0>; }; };"
    for core, options, arch in (("arm,cortex-a53", [], "arm64"), ("arm,cortex-a15", [], "arm32"),
                                ("arm,cortex-a53", ["--xen", zimage], "arm32"),
                                ("arm,cortex-a53", ["--kernel-bits", "32"], "arm64")):
        one = forecast(BOARD + cores % core, *options, code=None)["forecasts"][0]
        assert one["arch"] == arch


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


@pytest.mark.parametrize("options", [["plan", "--xen-at", "0x1000"], ["apply", "--tree-at", "0x1000"],
                                     ["forecast", "--stage", "in.dtb"], ["forecast", "-o", "out.dtb"],
                                     ["forecast", "--xen-at", "here"],
                                     ["forecast", "--dom0-mem", "1G"],
                                     ["forecast", "--kernel-at", "0x88000000"],
                                     ["forecast", "--xen", "in.dtb"],
                                     ["diff", "--json", "in.dtb", "--ramdisk-at", "0x1000"]])
def test_options_that_are_not_taken(tool, make_tree, options):
    assert tool(*options, make_tree(BOARD), code=2).err.count("what to do") == 1


# ---- the page --------------------------------------------------------------------------

SILENT = 'Xen 4.20 stops before its first line: nothing follows "Starting kernel ..."'


def test_the_first_line_is_the_verdict(tool, make_tree):
    done = tool("forecast", "--xen-version", "4.20", make_tree(""), code=1)
    first, where, *rest = done.out.split("\n")
    assert first == SILENT and where.startswith("  why  ") and "[no-memory]" in where
    assert rest[0].startswith("  what to do  ")


def test_what_comes_from_source_alone_is_marked(tool, make_tree):
    marked = {version: "from its source alone" in
              tool("forecast", "--xen-version", version, make_tree(BOARD), code=None).out
              for version in ("4.17", "4.18", "4.19", "4.20", "4.21", "4.22")}
    assert marked == {"4.17": False, "4.18": True, "4.19": True, "4.20": False, "4.21": True,
                      "4.22": True}


def test_what_two_releases_have_in_common_is_said_once(tool, bare_tree):
    """A disabled region is kept by 4.17 and not by 4.20; extended regions end otherwise, too."""
    board = BOARD.replace("chosen {", 'chosen { xen,xen-bootargs = "ext_regions=0";')
    out = tool("forecast", bare_tree(board), code=None).out
    assert out.startswith("Xen 4.17") and "\nXen 4.20" in out
    assert out.count("what Xen reads") == 1
    disabled = """reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges;
        r@c0000000 { reg = <0 0xc0000000 0 0x100000>; status = "disabled"; }; };"""
    out = tool("forecast", bare_tree(board + disabled), code=None).out
    assert out.count("what Xen reads") == 2 and out.count("r@c0000000") == 1


def test_a_page_stays_one(tool, make_tree):
    many = "".join(f"r@{at:x} {{ reg = <0 {at:#x} 0 0x1000>; }};"
                   for at in range(0xc0000000, 0xc0064000, 0x2000))
    body = BOARD + "reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges;" + many + "};"
    out = tool("forecast", "--xen-version", "4.20", make_tree(body), code=None).out
    assert "and 42 more" in out and len(out.split("\n")) < 40


# ---- a boot ----------------------------------------------------------------------------

CORES = """
    cpus { #address-cells = <1>; #size-cells = <0>;
        cpu@0 { device_type = "cpu"; compatible = "arm,cortex-a57"; reg = <0>; }; };
    timer { compatible = "arm,armv8-timer"; interrupt-parent = <&gic>;
        interrupts = <1 13 4>, <1 14 4>, <1 11 4>, <1 10 4>; };
    gic: intc@8000000 { compatible = "arm,gic-v3"; interrupt-controller; #interrupt-cells = <3>;
        interrupt-parent = <&gic>;
        reg = <0 0x8000000 0 0x10000>, <0 0x80a0000 0 0xf60000>; interrupts = <1 9 4>; };
"""


@pytest.mark.parametrize("release", ["4.17", "4.20"])
def test_what_was_planned_is_forecast(tool, make_tree, forecast, release):
    """With the tree where the plan puts it; dom0's tree is written, and says the same."""
    tree = make_tree(BOARD + CORES)
    plan = json.loads(tool("plan", "--json", "--xen-version", release, tree).out)
    [at] = [part["to"] for part in plan["modules"] if part["kind"] == "tree"]
    tool("apply", "--xen-version", release, tree, "-o", "out.dtb")
    done = tool("forecast", "--json", "--xen-version", release, "--tree-at", at, "-o", "dom0.dtb",
                "out.dtb")
    [one] = follow_schema(done.out)["forecasts"]
    assert one["outcome"] == "boots" and one["dom0"]["banks"] == plan["dom0-memory"]
    [bank] = one["dom0"]["banks"]
    dom0 = Tree(tree.parent / "dom0.dtb")
    assert dom0.u64s(f"/memory@{int(bank['base'], 16):x}", "reg") == \
        [int(bank["base"], 16), int(bank["size"], 16)]
    assert dom0.has("/hypervisor")
    page = tool("forecast", "--xen-version", release, "--tree-at", at, "out.dtb").out
    assert page.startswith(f"Xen {release} starts dom0 with 512 MiB at {bank['base']}\n")


def test_a_stop_with_xens_own_words(tool, bare_tree):
    """A board without a GIC and a timer: the page has id, cause and remedy, and no tree is written."""
    tree = bare_tree(BOARD)
    done = tool("forecast", "--xen-version", "4.20", "-o", "dom0.dtb", tree, code=1)
    assert done.out.startswith("Xen 4.20 ") and "[gic]" in done.out
    assert not (tree.parent / "dom0.dtb").exists()


ONLY_32 = CORES.replace("arm,cortex-a57", "arm,cortex-a15").replace("arm,gic-v3", "arm,cortex-a15-gic").replace(
    "<0 0x80a0000 0 0xf60000>", "<0 0x8010000 0 0x2000>, <0 0x8030000 0 0x2000>, <0 0x8040000 0 0x2000>")


@pytest.mark.parametrize("cores, memory, heap, stop", [
    (CORES, "<0 0 0x80000000 0>", "", "ram-span"), (ONLY_32, "<0 0 0x80000000 0>", "", "ram-span"),
    (CORES, "<0 0 0 0x80000000>", "xen,static-heap = <0 0x70000000 0x40000000 0>;", "heap-not-ram")])
@pytest.mark.parametrize("release", ["4.17", "4.20", "4.22"])
def test_ram_that_no_machine_has(tool, make_tree, release, cores, memory, heap, stop):
    """An answer, and at once: not one step for each of its GiB."""
    tree = make_tree(f'memory@0 {{ device_type = "memory"; reg = {memory}; }};' + cores +
                     f"chosen {{ #address-cells = <2>; #size-cells = <2>; {heap} "
                     'module@10000000 { compatible = "multiboot,kernel", "multiboot,module"; '
                     "reg = <0 0x10000000 0 0x100000>; }; };")
    done = tool("forecast", "--xen-version", release, tree, code=1)
    assert f"[{stop}]" in done.out


def test_a_kernel_one_level_down_is_the_kernel(forecast):
    """No other is assumed beside it; one of a domain is not dom0's."""
    def kernels(body):
        [one] = forecast(body, "--xen-version", "4.20", code=None)["forecasts"]
        return [module["node"] for module in one["modules"] if module["kind"] == "kernel"]
    module = BOARD[BOARD.index("module@"):BOARD.rindex("};")]
    deeper = BOARD.replace(module, "%s { %s #address-cells = <2>; #size-cells = <2>;" + module + "};")
    assert kernels(deeper % ("modules", "")) == ["/chosen/modules/module@e2000000"]
    assert None in kernels(deeper % ("domU1", 'compatible = "xen,domain";'))


def test_booti_leaves_a_tree_no_slack(tool, bare_tree):
    """With very many regions dom0's tree is the larger one; before 4.22 it has no more room."""
    regions = "".join(f"r@{i:x} {{ reg = <0 {0xa0000000 + i * 0x200000:#x} 0 0x100000>; no-map; }};"
                      for i in range(240))
    body = MEMORY + "reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges; %s };" % regions
    padded = bare_tree(body, flags=("-p", "12288"),
                       more=lambda source: with_core(source).replace(ROOM, ""))
    for release in ("4.17", "4.20", "4.21"):
        text = tool("forecast", "--xen-version", release, padded, code=1).out
        assert "Device tree generation failed (-3)" in text and "[tree-room]" in text
    assert "Device tree generation failed (-3)" in tool("check", padded, code=1).out
    tool("forecast", "--xen-version", "4.22", padded)
    tool("apply", padded, "-o", "out.dtb")
    tool("check", "out.dtb")


LINED = MEMORY + CORES + 'chosen { xen,xen-bootargs = "%s"; };'


@pytest.mark.parametrize("line, untold", [
    ("", []), ("acpi=off llc-coloring=off pci-passthrough=no gnttab_max_frames=32", []),
    ("dma_bits=32 pci-passthrough=on", ["dma_bits", "pci-passthrough"]),
    ("gnttab_max_frames=256", ["gnttab_max_frames"])])
def test_words_that_are_not_followed_are_named(tool, make_tree, line, untold):
    """In the page, too; those by which dom0 may be elsewhere make the banks doubtful."""
    words = f'xen,xen-bootargs = "{line}"; hypervisor@'
    tree = make_tree(BOARD.replace("hypervisor@", words) + CORES, flags=("-p", "16384"))
    page = tool("forecast", "--xen-version", "4.20", tree).out
    [one] = follow_schema(tool("forecast", "--json", "--xen-version", "4.20", tree).out)["forecasts"]
    assert one["untold"] == untold and ("line" in one["unknown"]) == bool(untold)
    assert one["dom0"]["sure"] == ("dma_bits" not in untold)
    named = [row.rpartition(":")[2].split() for row in page.splitlines() if "does not model" in row]
    assert named == ([untold] if untold else [])


@pytest.mark.parametrize("word, refused", [("dma_bits=32", True), ("badpage=0x100", True), ("gnttab_max_frames=256", False),
                                           ("pci-passthrough=on", False)])
def test_nothing_is_promised_with_a_word_that_may_move_dom0(tool, make_tree, word, refused):
    tree = make_tree(LINED % word)
    done = tool("apply", "--xen-version", "4.20", tree, "-o", "out.dtb", code=2 if refused else 0)
    assert (f'with "{word.split("=")[0]}" Xen 4.20 may give dom0 different memory' in done.err) == refused


@pytest.mark.parametrize("release", ["4.17", "4.20", "4.22"])
def test_an_assumed_payload_meets_nothing(forecast, release):
    """Xen with its bss lies beside the tree."""
    [one] = forecast(MEMORY + CORES, "--xen-version", release)["forecasts"]
    spans = sorted((int(part["base"], 16), int(part["base"], 16) + int(part["size"], 16))
                   for part in one["modules"])
    assert len(spans) == 4 and one["outcome"] == "boots"
    assert all(end <= base for (_, end), (base, _) in zip(spans, spans[1:]))


NO_KERNELS = {"text": b"no kernel\n" * 1000, "ELF": b"\x7fELF\2\1\1" + bytes(1 << 20), "cut": arm64_image(0, 0)[:63]}
KERNELS = {"packed": gzip.compress(bytes(1 << 20)), "uImage": b"\x27\x05\x19\x56" + bytes(1 << 20)}


@pytest.mark.parametrize("what", NO_KERNELS)
@pytest.mark.parametrize("release", ["4.17", "4.20"])
def test_what_is_no_kernel_stops_xen(tool, make_tree, tmp_path, what, release):
    """Seen on 4.17: it looks for an Image's or zImage's header, in a uImage or a gzip file."""
    (tmp_path / "kernel").write_bytes(NO_KERNELS[what])
    tree = make_tree(BOARD + CORES, flags=("-p", "16384"))
    policy = "--xen-version", release, "--kernel", "kernel"
    [one] = follow_schema(tool("forecast", "--json", *policy, tree, code=1).out)["forecasts"]
    assert one["stop"]["id"] == "kernel-format"
    assert one["stop"]["words"] == "Could not set up DOM0 guest OS"
    tree = make_tree(MEMORY)
    error = tool("plan", "--load-addresses", *policy, tree, code=2).err
    assert "dom0's kernel is not one that Xen starts" in error and "give it an arm64 Image" in error
    tool("plan", "--load-addresses", "--kernel", "kernel", "--contract", "native", tree)


@pytest.mark.parametrize("what", KERNELS)
def test_what_may_have_a_kernel_in_it_does_not(tool, make_tree, tmp_path, what):
    (tmp_path / "kernel").write_bytes(KERNELS[what])
    tool("plan", "--load-addresses", "--kernel", "kernel", make_tree(MEMORY))


@pytest.mark.parametrize("bytes_in_it", [3 * MIB, 41 * MIB + 5])
def test_a_packed_kernel_has_its_own_size_in_dom0(tool, make_tree, tmp_path, bytes_in_it):
    """Xen unpacks it; how much room it then asks for, a packed header does not tell."""
    packed = tmp_path / "Image.gz"
    packed.write_bytes(gzip.compress(arm64_image(64 * MIB, 0).ljust(bytes_in_it, b"\0")))
    done = tool("forecast", "--json", "--xen-version", "4.20", "--kernel", packed,
                make_tree(BOARD + CORES, flags=("-p", "16384")))
    [one] = follow_schema(done.out)["forecasts"]
    assert int(one["dom0"]["kernel"]["size"], 16) == bytes_in_it and "kernel" in one["unknown"]
