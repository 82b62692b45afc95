# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Devices that by their bindings master no DMA: their windows decide nothing, tags stay as they are."""
import json
import re

import pytest

import oracle
from places import GUESTS

BOARD = ("/dts-v1/; / { #address-cells = <1>; #size-cells = <1>; compatible = \"test,board\";"
         ' memory@40000000 { device_type = "memory"; reg = <0x40000000 0xb0000000>; };'
         " reserved-memory { #address-cells = <1>; #size-cells = <1>; ranges;"
         " tee@40000000 { reg = <0x40000000 0x200000>; no-map; };"
         " pool: pool@e0000000 { reg = <0xe0000000 0x100000>; }; };"
         ' bus@1000000 { compatible = "simple-bus"; #address-cells = <1>; #size-cells = <1>; ranges;'
         " dma-ranges = <0 0x80000000 0x20000000>;"
         ' first@1000000 { compatible = %s; reg = <0x1000000 0x1000>; %s }; %s }; };')
OTHER = 'other@1002000 { compatible = "test,other"; reg = <0x1002000 0x1000>; };'
NEAR, FAR = 0x44000000, 0x80000000


def planned(tool, make_tree, compatible, more="", others=""):
    tree = make_tree(BOARD % (compatible, more, others))
    said = json.loads(tool("plan", "--json", tree).out)
    return said, int(said["dom0-memory"][0]["base"], 16), {one["path"]: one for one in said["dma"]}


@pytest.mark.parametrize("compatible, more, base", [
    ('"arm,sbsa-gwdt"', "", NEAR), ('"fsl,imx8mp-wdt", "fsl,imx21-wdt"', "", NEAR),
    ('"test,device"', "", FAR), ('"test,device", "arm,sbsa-gwdt"', "", FAR), ('"x-arm,sbsa-gwdt"', "", FAR),
    ('"arm,sbsa-gwdt"', "memory-region = <&pool>;", FAR), ('"arm,sbsa-gwdt"', "dma-coherent;", FAR),
    ('"brcm,bcm2835-mbox"', "", FAR)], ids=str)
def test_its_window_decides_nothing(tool, make_tree, compatible, more, base):
    """Only where its own word comes first, and nothing else in it has to do with memory."""
    said, where, dma = planned(tool, make_tree, compatible, more)
    one = dma["/bus@1000000/first@1000000"]
    assert where == base and one["decides"] == (base == FAR) and one["window"]
    assert said["nearest"]["unserved"] == 0
    assert said["tightest"] == (None if base == NEAR else one["path"])
    kinds = {note["kind"] for note in said["notes"] if note["node"] == one["path"]}
    assert kinds == {"finding"}


def test_the_others_decide(tool, make_tree):
    said, where, dma = planned(tool, make_tree, '"arm,sbsa-gwdt"', others=OTHER)
    assert where == FAR and said["tightest"] == "/bus@1000000/other@1002000"
    assert [one["decides"] for one in dma.values()].count(True) == 1


def test_it_is_a_possible_master_all_the_same(tool, make_tree):
    """In doubt no tag: what covers all but it covers some."""
    (one, _, dma), (other, _, same) = (planned(tool, make_tree, compatible, others=OTHER)
                                       for compatible in ('"arm,sbsa-gwdt"', '"test,device"'))
    assert list(dma) == list(same) and one["masters"] == other["masters"]
    assert [one["coverage"], one["protected-masters"]] == [other["coverage"], other["protected-masters"]]


def test_a_page_does_not_speak_of_it(tool, make_tree):
    tree = make_tree(BOARD % ('"arm,sbsa-gwdt"', "", ""))
    page, full = tool("plan", tree).flat, tool("plan", "-v", tree).flat
    assert "windows   none" in page and "first@1000000" not in page
    assert "first@1000000: by its binding it masters no DMA: its window does not count" in full
    assert "every device reaches all of it" in page or "no device masters DMA" in page


def test_the_tightest_window_of_a_raspberry_pi_4(tool):
    said = json.loads(tool("plan", "--json", "--ram", "0x0:0xfc000000",
                           GUESTS / "dtbs/arm64/broadcom/bcm2711-rpi-4-b.dtb").out)
    assert said["tightest"] == "/soc/txp@7e004000"  # which writes back to memory; not a timer


def test_the_tables_have_nothing_in_common():
    """What is known never to master is no possible master, and needs no row here."""
    assert not set(oracle.table_of("bystanders")) & set(oracle.no_masters())


ROWS = {name for source in (oracle.ROOT / "shim").rglob("*.c")
        for name in re.findall(r"SHIM_(?:MATCHES_ROW\(|COMPATIBLE_ROW\([^,()]+, node, )(\w+)[,)]", source.read_text())}


@pytest.mark.parametrize("name", sorted(ROWS))
def test_rows_are_in_the_order_of_their_first_characters(name):
    """Or some would not be found."""
    firsts = [row[0] for row in oracle.table_of(name)]
    assert firsts == sorted(firsts) and len(firsts) > 1
