# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""A plan that a person reads: many that are alike are one line, and the verdict is the last."""
import json
import re

import pytest

from pages import notes_of
from places import GUESTS
from trees import MEMORY

PI4 = ["--ram", "0x0:0xfc000000", GUESTS / "dtbs/arm64/broadcom/bcm2711-rpi-4-b.dtb"]
CHEZA = ["--ram", "0x80000000:2G", GUESTS / "dtbs/arm64/qcom/sdm845-cheza-r2.dtb"]
JUNO = ["--ram", "0x80000000:2G", GUESTS / "dtbs/arm64/arm/juno-r2.dtb"]

# Three devices with one window, one with another; two buses, of which one repeats the first.
WINDOWS = """bus@10000000 { #address-cells = <1>; #size-cells = <1>; ranges = <0 0 0x10000000 0x1000000>;
    compatible = "simple-bus"; dma-ranges = <0 0 0x80000000 0x20000000>;
    a@0 { compatible = "test,a"; reg = <0 0x1000>; };
    b@1000 { compatible = "test,b"; reg = <0x1000 0x1000>; %s }; };
  bus@20000000 { #address-cells = <1>; #size-cells = <1>; ranges = <0 0 0x20000000 0x1000000>;
    compatible = "simple-bus"; dma-ranges = <0 0 0x80000000 0x20000000>;
    c@0 { compatible = "test,c"; reg = <0 0x1000>; }; };
  bus@30000000 { #address-cells = <1>; #size-cells = <1>; ranges = <0 0 0x30000000 0x1000000>;
    compatible = "simple-bus"; dma-ranges = <0 0 0x80000000 %s>;
    d@0 { compatible = "test,d"; reg = <0 0x1000>; }; };"""


def lines_of(page, start):
    return [line for line in page.splitlines() if line.startswith(start)]


def dma_of(tool, *arguments):
    return lines_of(tool("plan", *arguments).out, "  found  dma: ")


def test_the_windows_of_a_raspberry_pi_4_are_two_lines(tool):
    notes = [note for note in json.loads(tool("plan", "--json", *PI4).out)["notes"]
             if note["alike"] == "reach"]
    said = dma_of(tool, *PI4)
    assert len(notes) > 10 and len(said) == 2
    assert f"each of {len(notes) - 1} devices: reaches all" in said[0] and "pcie" in said[1]


@pytest.mark.parametrize("more, last, heads", [
    ("", "0x20000000", ["each of 4 devices"]),
    ("", "0x40000000", ["each of 3 devices", "/bus@30000000/d@0"]),
    ("dma-coherent;", "0x20000000", ["each of 3 devices", "/bus@10000000/b@1000"]),
    ("dma-coherent;", "0x10000000", ["each of 2 devices", "/bus@10000000/b@1000", "/bus@30000000/d@0"])])
def test_who_writes_says_who_is_alike(tool, make_tree, more, last, heads):
    """The same window, wherever it stands, and the same coherence."""
    tree = make_tree(MEMORY + WINDOWS % (more, last))
    said = [line.split(": ")[1] for line in dma_of(tool, tree)]
    assert sorted(said) == sorted(heads)


def test_the_full_page_lists_them(tool, make_tree):
    tree = make_tree(MEMORY + WINDOWS % ("", "0x20000000"))
    page = tool("plan", "-v", tree).out
    assert [line.split(" (")[0] for line in lines_of(page, " " * 11 + "/bus")] == [
        f"{'':11}/bus@{bus}/{device}" for bus, device in (
            ("10000000", "a@0"), ("10000000", "b@1000"), ("20000000", "c@0"), ("30000000", "d@0"))]


@pytest.mark.parametrize("arguments", [
    PI4, CHEZA, ["--contract", "native", *JUNO], ["--contract", "native", "--machine-base", "0xa0000000", *JUNO],
    ["--layout", "offset", "--passthrough", "all-dma", "--xen-version", "4.20", *JUNO],
    ["--ram", "0x80000000:1G", "--dom0-mem", "256M", GUESTS / "dtbs/armhf/dra7-evm.dtb"]], ids=range(6))
def test_no_note_is_lost(tool, arguments):
    count, wrong = notes_of(tool("plan", "-v", *arguments).out)
    assert not wrong and count == len(json.loads(tool("plan", "--json", *arguments).out)["notes"])


@pytest.mark.parametrize("arguments", [PI4, CHEZA], ids=["pi 4", "cheza"])
def test_a_page_is_a_screen(tool, arguments):
    """What hurts is said first, and prose ends at 80 columns."""
    page = tool("plan", *arguments).out.splitlines()
    marks = [line[2:8] for line in page if re.match("  (WARN  |decide|found ) ", line)]
    assert len(page) <= 40 and marks == sorted(marks, key=["WARN  ", "decide", "found "].index)
    until = next(at for at, line in enumerate(page) if "changes in the tree" in line)
    assert all(len(line) <= 80 for line in page[:until])


# ---- the verdict ----------------------------------------------------------------------------

@pytest.mark.parametrize("options, says", [
    ([], "dom0 gets 512 MiB at 0x80000000; every device reaches all of it; Xen loses no RAM"),
    (["--dom0-mem", "256M"], "dom0 gets 256 MiB at 0x80000000; every device reaches all of it; Xen loses "),
    (["--dom0-mem", "1G"], "dom0 gets 1 GiB at 0x80000000; 4 of 5 devices do not reach all of it; "),
    (["--contract", "native", "--machine-base", "0x90000000"],
     "dom0 gets 512 MiB at 0x80000000 from machine memory at 0x90000000; 4 of 5 devices do not "),
    (["--layout", "offset"], "a domain gets 512 MiB at 0x40000000 from machine memory at 0x"),
    (["--contract", "none"], "nothing to do: the policy asks for nothing"),
])
def test_what_dom0_gets(tool, make_tree, options, says):
    tree = make_tree(MEMORY + WINDOWS % ("", "0x20000000"))
    quiet, page, full = (tool("plan", *more, *options, tree).out for more in (["-q"], [], ["-v"]))
    assert quiet.startswith(says) and quiet.count("\n") == 1
    assert page.endswith("\n" + quiet) and full.endswith("\n" + quiet)
    assert tool("apply", *options, tree, "-o", "out.dtb").out == quiet
    assert tool("apply", "-q", *options, tree, "-o", "out.dtb").out == quiet
    assert "dom0 gets" not in tool("plan", "--json", *options, tree).out.replace("decision", "")[:200]


def test_why_not(tool, make_tree):
    """On standard output, so that what is counted there is one line a board; the error stays."""
    tree = make_tree(MEMORY)
    options = ["--contract", "native", "--machine-base", "0x70000000", tree]
    done = tool("plan", *options, code=2)
    assert done.out == ("no plan: policy: machine-base: 0x70000000-0x8fffffff is not RAM throughout; "
                        "this works: machine-base 0x80000000\n")
    assert "what to do: " in done.err
    quiet = tool("plan", "-q", *options, code=2)
    assert quiet.out == done.out and quiet.err == ""
    assert tool("apply", "-q", *options, "-o", "out.dtb", code=2).out == done.out
    assert tool("plan", "--json", *options, code=2).out == ""


def test_bytes_on_standard_output_stay_alone(tool, make_tree):
    tree = make_tree(MEMORY)
    assert tool("apply", tree, "-o", "-").stdout[:4] == b"\xd0\x0d\xfe\xed"
    done = tool("apply", "-q", "--dom0-mem", "4G", tree, "-o", "-", code=2)
    assert done.out == "" and "[dom0-size]" in done.err


def test_of_many_files_each_line_has_its_name(tool, make_tree):
    make_tree(MEMORY, "a.dtb")
    make_tree("", "b.dtb")
    make_tree(MEMORY.replace("80000000", "40000000"), "c.dtb")
    for command in (["plan"], ["apply", "-o", "out/"]):
        done = tool(*command, "-q", "-j2", "a.dtb", "b.dtb", "c.dtb", code=2)
        assert [line.split(" at ")[0] for line in done.out.splitlines()] == [
            "a.dtb: dom0 gets 512 MiB", "b.dtb: no plan: /: the tree has no memory node",
            "c.dtb: dom0 gets 512 MiB"] and done.err == ""


@pytest.mark.parametrize("arguments, code, says", [
    (["check"], 0, "clean: no rule is broken"), (["check", "--iommu-drivers", "test,none"], 0, "clean: no rule"),
    (["forecast", "--xen-version", "4.20"], 0, "Xen 4.20 starts dom0 with 512 MiB")])
def test_other_pages_in_a_line(tool, make_tree, arguments, code, says):
    tree = make_tree(MEMORY)
    done = tool(*arguments, "-q", tree, code=code)
    assert done.out.startswith(says) and done.out.count("\n") == 1 and done.err == ""
    assert arguments[0] == "check" or tool(*arguments, tree).out.startswith(done.out)


def test_a_forecast_has_a_line_for_each_release(tool, make_tree):
    tree = make_tree(MEMORY)
    assert [line[:8] for line in tool("forecast", "-q", tree).out.splitlines()] == ["Xen 4.17", "Xen 4.20"]
    assert [line[:16] for line in tool("forecast", "-q", tree, tree).out.splitlines()][0].startswith(
        f"{tree}"[:16])


# ---- check ------------------------------------------------------------------------------------

TAGGED = "".join(f'd@{at}000 {{ compatible = "test,d"; reg = <0 0x{at}000 0 0x1000>; xen-dma-safe; }};'
                 for at in range(1, 6))


def test_many_nodes_that_break_one_rule(tool, make_tree):
    tree = make_tree(MEMORY + TAGGED)
    page, full = tool("check", tree, code=1).out, tool("check", "-v", tree, code=1).out
    assert page.count("tag-proven: /d@") == 1 and "\n  and 4 more like this (-v)\n" in page
    assert [re.search(r"/d@(\d)", line)[1] for line in full.splitlines() if ": tag-proven: " in line] == list("12345")
    assert page.count("  why: ") == full.count("  why: ") == 1
    quiet = tool("check", "-q", tree, code=1).out
    assert quiet == "1 rule is broken, 5 times: tag-proven\n"
    assert page.endswith(f"in.dtb: {quiet}") and full.endswith(f"in.dtb: {quiet}")


def test_several_rules_are_all_named(tool, make_tree):
    tree = make_tree(MEMORY.replace("device_type", "no_type") + TAGGED)
    said = tool("check", "-q", tree, code=1).out
    assert re.match(r"[2-9] rules are broken, \d+ times: (\S+, )+\S+\n$", said)


@pytest.mark.parametrize("arguments", [["plan", "-q", "-v"], ["plan", "-q", "--json"], ["plan", "-q", "--load-addresses"],
                                       ["forecast", "-q", "--json"]], ids=str)
def test_one_line_is_no_page(tool, make_tree, arguments):
    assert "-q prints one line" in tool(*arguments, make_tree(MEMORY), code=2).err


@pytest.mark.parametrize("option", ["-q", "-v"])
def test_diff_takes_neither(tool, make_tree, option):
    tree = make_tree(MEMORY)
    assert "not for diff" in tool("diff", option, tree, tree, code=2).err
