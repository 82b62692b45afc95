# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""What stands on the page is what the tool says of the tree, and the page needs nothing else."""
import json
import re

import pytest

from trees import MEMORY

BOARD = MEMORY + """
    reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges;
        dsp@90000000 { reg = <0 0x90000000 0 0x1000000>; no-map; }; };
    smmu: iommu@1000000 { compatible = "arm,mmu-500"; reg = <0 0x1000000 0 0x10000>; #global-interrupts = <1>;
        interrupts = <0 1 4>, <0 2 4>; #iommu-cells = <1>; };
    ethernet@2000000 { compatible = "test,net"; reg = <0 0x2000000 0 0x1000>; iommus = <&smmu 4>; dma-coherent; };
    soc@3000000 { compatible = "simple-bus"; #address-cells = <1>; #size-cells = <1>;
        ranges = <0 0 0x3000000 0x100000>; dma-ranges = <0 0 0x80000000 0x40000000>;
        mmc@0 { compatible = "test,mmc"; reg = <0 0x1000>; }; };
"""


@pytest.fixture
def tree(make_tree):
    return make_tree(BOARD, name="board.dtb")


def said(tool, *arguments):
    return json.loads(tool(*arguments, code=None).out)


# ---- the page itself -----------------------------------------------------------------------------

def leads_out(page):
    """What a browser would fetch or run."""
    wrong = [f"<{one.tag} {name}={value}>" for one in page.all() for name, value in one.attributes.items()
             if name in ("src", "srcset", "data", "action", "poster") or name.startswith("on") or
             name in ("href", "xlink:href") and not value.startswith("#")]
    wrong += [f"<{one.tag}>" for one in page.all() if one.tag in ("script", "link", "iframe", "object", "embed", "img")]
    return wrong + re.findall(r"url\(|@import|https?:|//[a-z]+\.", page.source)


def test_it_needs_nothing_else(report, tree):
    page = report(tree)
    assert leads_out(page) == []
    assert page.all("html")[0].attributes["lang"] == "en" and "board.dtb" in page.all("title")[0].text


@pytest.mark.slow
@pytest.mark.parametrize("more", ['<img src="x">', "<script>1</script>", '<a href="https://x.example">x</a>',
                                  "<p style='background: url(x)'>x</p>", '<p onclick="x">x</p>'])
def test_a_link_outwards_is_seen(report, tree, more):
    page = report(tree)
    assert leads_out(type(page)(page.source.replace("<main>", f"<main>{more}")))


@pytest.mark.slow
def test_same_tree_same_page(run_report, tree):
    assert run_report(tree, "-o", "-").out == run_report(tree, "-o", "-").out


def test_for_who_does_not_see_it(report, tree):
    """Headings go down by one; tables have scopes and captions; pictures are told in words."""
    page = report(tree, "--xen-version", "4.20")
    levels = [int(one.tag[1]) for one in page.all() if re.fullmatch(r"h[1-6]", one.tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:]))
    assert all(one.attributes["scope"] in ("col", "row", "rowgroup") for one in page.all("th"))
    assert page.all("table") and all(list(one.all("caption")) for one in page.all("table"))
    pictures = [one for one in page.all("svg") if one.attributes.get("aria-hidden") != "true"]
    assert len(pictures) == 3
    for one in pictures:
        assert one.attributes["role"] == "img"
        assert all(page.ids[name].text for name in one.attributes["aria-labelledby"].split())
    assert not any("title" in one.attributes for one in page.all())
    targets = [one.attributes["href"][1:] for one in page.all("a")]
    assert targets == [name for name in page.ids if name in targets]    # in the order of the page


# ---- what it says ----------------------------------------------------------------------------------

def test_the_verdict_comes_first(report, tool, tree):
    page = report(tree)
    first = page.all("section")[0].words()
    assert tool("plan", "-q", tree).out.strip() in first and "Ready for Xen" in first
    for line in tool("forecast", "-q", tree, code=None).out.splitlines():
        assert line in first


def test_devices(report, tool, tree):
    plan, page = said(tool, "plan", "--json", tree), report(tree)
    groups = {tuple(item.words() for item in body.all("li")): body.words() for body in page.ids["devices"].all("tbody")}
    assert sorted(path for paths in groups for path in paths) == sorted(one["path"] for one in plan["dma"])
    net, = (words for paths, words in groups.items() if "/ethernet@2000000" in paths)
    mmc, = (words for paths, words in groups.items() if "/soc@3000000/mmc@0" in paths)
    assert "xen-dma-safe, by /iommu@1000000" in net and "Coherent: yes" in net and "all addresses" in net
    assert "0x80000000-0xbfffffff, 1 GiB" in mmc and "Coherent: no" in mmc and "none: " in mmc
    assert "/soc@3000000/mmc@0" == plan["tightest"] and plan["tightest"] in page.section("devices")
    assert "/iommu@1000000: driven by the hypervisor, 1 user" in page.section("devices")


def test_decisions(report, tool, tree):
    notes, words = said(tool, "plan", "--json", tree)["notes"], report(tree).section("decisions")
    assert len(notes) > 5
    for one in notes:
        assert " ".join(one["what"].split()) in words and " ".join(one["reason"].split()) in words


@pytest.mark.slow
def test_forecasts_and_what_is_not_known(report, tool, tree, tmp_path):
    page = report(tree, "--kernel-bits", "64")
    tool("apply", tree, "-o", "after.dtb")
    for one in (tree, tmp_path / "after.dtb"):
        for forecast in said(tool, "forecast", "--json", one)["forecasts"]:
            for bank in forecast["dom0"]["banks"]:
                first = int(bank["base"], 16)
                assert f"{first:#x}-{first + int(bank['size'], 16) - 1:#x}, 512 MiB" in page.section("forecasts")
    assert "dom0_mem=512M" in page.section("forecasts")
    told = tool("forecast", tree, code=None).out
    words = [line.strip() for line in told[told.index("what is not known"):].split("\n\n")[0].splitlines()[1:] if line.startswith("    ")]
    assert words and all(one in page.section("unknown") for one in words)


@pytest.mark.slow
def test_words_of_the_line_that_nobody_follows(report, make_tree):
    tree = make_tree(BOARD + 'chosen { xen,xen-bootargs = "dma_bits=32 badpage=0x90000"; };')
    words = report(tree, "--dom0-mem=512M", "--contract=none").section("unknown")
    assert "dma_bits" in words and "badpage" in words


@pytest.mark.slow
def test_how_it_was_made(report, tool, tree):
    words = report(tree, "--dom0-mem", "256M").section("made")
    assert tool("--version").out.split()[-1] in words
    assert f"dtshim report {tree} --dom0-mem 256M -o -" in words


def drawn(page, number):
    """Names and addresses beside a picture."""
    svg = [one for one in page.all("svg") if one.attributes.get("role") == "img"][number]
    texts = [one for one in svg.all("text") if "in" not in one.attributes["class"].split()]
    return {(name.text, where.text) for name, where in zip(texts[::2], texts[1::2])}


def test_the_memory_map(report, tree):
    page = report(tree, "--xen-version", "4.20")
    board, before, after = (drawn(page, number) for number in range(3))
    assert {("RAM, 2 GiB", "0x80000000-0xffffffff"), ("dsp@90000000, 16 MiB", "0x90000000-0x90ffffff"),
            ("DMA of 1 device, 1 GiB", "0x80000000-0xbfffffff")} == board
    assert {name.split(",")[0] for name, _ in before} >= {"RAM", "dom0", "Xen", "kernel", "ramdisk", "tree"}
    assert {name.split(",")[0] for name, _ in after} >= {"RAM", "dom0", "Xen", "kernel", "ramdisk", "tree"}
    assert before != after
    tables = page.ids["map"].all("table")
    for table, picture in zip(tables, (board, before, after)):
        assert {where for _, where in picture if not where.startswith("in ")} <= {one.text for one in table.all("code")}


def test_releases_that_do_the_same_share_a_picture(report, tree):
    page = report(tree, "--xen-version", "4.20")
    assert [one.text for one in page.ids["map"].all("h3")] == ["Xen 4.20"]


# ---- not the usual -----------------------------------------------------------------------------------

def test_a_refusal_has_a_page(report, tool, tree):
    page = report(tree, "--dom0-mem", "100G", "--xen-version", "4.20", code=1)
    first, error = page.all("section")[0].words(), tool("plan", "--dom0-mem", "100G", "--xen-version", "4.20", tree, code=2).err
    what = re.search(r"board\.dtb: (.*) \[", error)[1]
    remedy = re.search("what to do: (.*)", error)[1]
    assert "No plan" in first and what in first and remedy in first and "This works dom0-mem" in first
    assert "Xen 4.20 starts dom0" in first and "devices" not in page.ids
    assert len(page.all("figure")) == 2


RESERVED = """reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges;
    %s { reg = <%s>; }; };"""


@pytest.mark.slow
@pytest.mark.parametrize("body", [RESERVED % ("shmem@10f000", "0 0x10f000 0 0x100"),
                                  RESERVED % ("byte@1", "0 1 0 1"), ""])
@pytest.mark.parametrize("options", [(), ("--ram", "4G")])
def test_a_tree_without_ram(report, make_tree, body, options):
    """What else there is has a picture; there may be nothing at all."""
    page = report(make_tree(body, name="board.dtb"), *options, code=1)
    assert "No plan" in page.section("verdict")
    assert ("map" in page.ids) == ("reserved-memory" in body)
    if "shmem" in body:
        assert ("shmem@10f000, 256 bytes", "0x10f000-0x10f0ff") in drawn(page, 0)
        assert "no RAM" in page.all("figure")[0].words()


@pytest.mark.slow
def test_where_xen_stops_as_the_tree_stands(report, make_tree):
    """And its plan mends that."""
    tree = make_tree(BOARD + "chosen { xen,xen-bootargs = \"dom0_mem=4G\"; };")
    page = report(tree, "--dom0-mem", "512M", "--xen-version", "4.20")
    assert "stops" in page.section("verdict") and "Why" in page.section("forecasts")
    assert "No dom0: Xen stops." in page.section("map")


@pytest.mark.slow
def test_native_has_no_forecast(report, tree):
    page = report(tree, "--contract", "native")
    assert "forecasts" not in page.ids and [one.text for one in page.all("strong")][-1] == "As planned"


@pytest.mark.slow
def test_nothing_is_done(report, tree):
    page = report(tree, "--contract", "none")
    assert "Nothing is done" in page.section("verdict") and "devices" not in page.ids


@pytest.mark.slow
def test_the_boards_own_name(report, make_tree):
    tree = make_tree('model = "Test Board 3";' + BOARD, name="board.dtb")
    for options, code in ((), 0), (("--dom0-mem", "1T"), 1):
        page = report(tree, *options, code=code)
        assert page.all("h1")[0].text == "Test Board 3" and "board.dtb" in page.all("header")[0].words()


@pytest.mark.slow
def test_standard_input(report, tree):
    assert "standard input" in report("-", stdin=tree.read_bytes()).all("h1")[0].text
