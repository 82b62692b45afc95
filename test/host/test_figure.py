# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The figures in doc/ are what scripts/figure.py makes of the plans of today."""
import json
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import pytest

import figure
from places import ROOT

SVG = "{http://www.w3.org/2000/svg}"
NATIVE = ["--contract", "native", "--offset-in", "both"]
LAYOUTS = {"direct": [], "offset": ["--machine-base", "0x80800000"]}
# A shift downwards, addresses of 39 bits, a device that reaches nothing, one whose DMA is
# blocked under xen, more ranges and devices than are drawn.
ODD = """
    memory@4080000000 { device_type = "memory"; reg = <0x40 0x80000000 0x8 0x80000000>; };
    smmu: iommu@1000 { compatible = "arm,mmu-500"; #global-interrupts = <1>; interrupts = <0 200 4>, <0 201 4>;
        reg = <0 0x1000 0 0x1000>; #iommu-cells = <1>; };
    safe { compatible = "test,safe"; iommus = <&smmu 1>; };
    pcie@10000000 { compatible = "pci-host-ecam-generic"; device_type = "pci";
        reg = <0 0x10000000 0 0x1000>; #address-cells = <3>; #size-cells = <2>;
        iommu-map = <0 &smmu 0 0x10000>;
        ranges = <0x2000000 0 0x20000000 0 0x20000000 0 0x1000000>; };
    b { #address-cells = <1>; #size-cells = <1>; ranges = <0 0 0x60000000 0x1000>;
        dma-ranges = <0 0 0 0x40000000>; dev { compatible = "test,dev"; }; };
    a1 { compatible = "test,a"; }; a2 { compatible = "test,a"; }; a3 { compatible = "test,a"; };
    a-device-with-a-very-long-name@80000000 { compatible = "test,a"; reg = <0 0x80000000 0 0x1000>; };
    reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges;
        r@41f0000000 { reg = <0x41 0xf0000000 0 0x1000>; }; };
"""


def words_of(drawn):
    return [element.text for element in ElementTree.fromstring(drawn).iter(SVG + "text")]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_figures_are_of_today(tool, bare_tree, tmp_path, layout):
    tree = bare_tree((ROOT / "doc/example.dts").read_text().split("*/\n", 1)[1])
    plan = tmp_path / "plan.json"
    plan.write_text(tool("plan", "--json", *NATIVE, *LAYOUTS[layout], tree).out)
    subprocess.run([sys.executable, ROOT / "scripts/figure.py", plan, tmp_path / "out.svg"],
                   check=True)
    drawn = (tmp_path / "out.svg").read_text()
    assert drawn == (ROOT / f"doc/layout-{layout}.svg").read_text(), "make doc-figures"
    assert words_of(drawn)[0].startswith(f"Layout {layout}: ")


def odd_plan(tool, make_tree, *arguments):
    return json.loads(tool("plan", "--json", *arguments, make_tree(ODD)).out)


def test_shift_downwards(tool, bare_tree):
    words = words_of(figure.svg(odd_plan(
        tool, bare_tree, "--contract", "native", "--dom0-base", "0x4100000000",
        "--machine-base", "0x4080000000")))
    assert words[0] == "Layout offset: machine address = guest address - 0x80000000"
    assert "reaches none of dom0's memory" in words
    assert "reads dma-offset:" in words
    assert "and 1 more like these" in words
    assert any("Not drawn: " in line for line in words)


def test_blocked_device(tool, make_tree):
    drawn = figure.svg(odd_plan(tool, make_tree, "--dom0-mem", "4G"))
    assert "streams: DMA is blocked" in words_of(drawn)
    # Arrows: of the protected device and of those on no bus with a window.
    assert drawn.count("<polygon") - drawn.count('class="band"') == 2


def test_a_domain_of_two_blocks(tool, make_tree):
    """Each block has its band; what the domain does not get has no card."""
    plan = odd_plan(tool, make_tree, "--layout", "offset", "--passthrough",
                    "/a-device-with-a-very-long-name@80000000", "--xen-features", "static-mem",
                    "--dom0-mem", "512M", "--machine-blocks", "0x4090000000:256M 0x40b0000000:256M")
    words = words_of(figure.svg(plan))
    assert words[0].endswith("the constant of its block")
    assert words.count("hypervisor maps") == 2
    assert {"+ 0x4050000000", "+ 0x4060000000"} <= set(words)
    assert "tell dom0:" in words and not any("/a1" in line for line in words)


@pytest.mark.parametrize("arguments", [["--dom0-mem", "4G"], ["--contract", "native"]])
def test_nothing_lies_outside(tool, make_tree, arguments):
    root = ElementTree.fromstring(figure.svg(odd_plan(tool, make_tree, *arguments)))
    width, height = int(root.get("width")), int(root.get("height"))
    for box in root.iter(SVG + "rect"):
        assert 0 <= float(box.get("x")) <= width - float(box.get("width"))
        assert 0 <= float(box.get("y")) <= height - float(box.get("height"))
    assert all(0 < int(line.get("y")) < height for line in root.iter(SVG + "text"))
    assert {element.tag for element in root.iter()} <= {
        SVG + name for name in ("svg", "title", "style", "rect", "text", "polygon", "path")}


def test_axis_keeps_the_order():
    part = figure.Range
    places, bottom = figure.axis([part(0, 4096), part(0x80000000, 0x80800000), part(2**40, 2**41)])
    marks = sorted(places)
    assert [places[mark] for mark in marks] == sorted(places.values(), reverse=True)
    assert len(set(places.values())) == len(marks) and places[0] == bottom


@pytest.mark.parametrize("size, words", [
    (512 << 20, "512 MiB"), (2 << 30, "2 GiB"), (1966 << 20, "1966 MiB"), (4096, "4 KiB"),
    (100, "100 bytes"), ((8 << 30) - 4096, "8192.0 MiB")])
def test_sizes(size, words):
    assert figure.size_text(size) == words


def test_what_parts_leave():
    part = figure.Range
    assert figure.without(part(0, 10), [part(8, 12), part(2, 4)]) == [part(0, 2), part(4, 8)]
    assert figure.without(part(0, 10), [part(0, 10)]) == []


def test_nothing_to_draw(tool, make_tree):
    with pytest.raises(ValueError, match="stays as it is"):
        figure.svg(odd_plan(tool, make_tree, "--contract", "none"))
