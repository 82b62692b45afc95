# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""diff and check."""
import pytest

from conftest import HEADER, MEMORY


def test_same(tool, make_tree):
    body = MEMORY + "a { x = <1>; y = <2>; }; b { };"
    other = "b { };" + "a { y = <2>; x = <1>; };" + MEMORY
    assert tool("diff", make_tree(body, "a.dtb"), make_tree(other, "b.dtb")).out == ""


@pytest.mark.parametrize("a, b, lines", [
    ("n { x = <1>; };", "n { x = <2>; };", ["/n", "  - x = <0x1>", "  + x = <0x2>"]),
    ("n { };", 'n { s = "a", "b"; };', ["/n", '  + s = "a", "b"']),
    ("n { e; };", "n { };", ["/n", "  - e"]),
    ("n { b = [01 02 03]; };", "n { };", ["/n", "  - b = [01 02 03]"]),
    ("", "n { m { x = <5>; }; };", ["/n (added)", "/n/m (added)", "  + x = <0x5>"]),
    ("n@1 { x = <1>; };", "n@2 { x = <1>; };", ["/n@1 (removed)", "  - x = <0x1>", "/n@2 (added)",
                                               "  + x = <0x1>"]),
    ("n { }; n@1 { x; };", "n { x; }; n@1 { x; };", ["/n", "  + x"]),
], ids=str)
def test_lines(tool, make_tree, a, b, lines):
    done = tool("diff", make_tree(a, "a.dtb"), make_tree(b, "b.dtb"), code=1)
    assert done.out.splitlines() == lines


def test_memreserve(tool, make_tree):
    plain = make_tree("", "a.dtb")
    reserved = make_tree("/dts-v1/;\n/memreserve/ 0x1000 0x2000;\n" + HEADER[9:] + "};", "b.dtb")
    assert tool("diff", plain, reserved, code=1).out.splitlines() == [
        "/memreserve/", "  + 0x1000 0x2000"]


def test_diff_trouble(tool, make_tree):
    tree = make_tree("", "a.dtb")
    tool("diff", tree, "nowhere", code=2)
    (tree.parent / "bad").write_bytes(b"bad")
    assert "[truncated]" in tool("diff", tree, "bad", code=2).err


RECORD = ('dtshim { contract = "native"; record { version = "x"; offset = <0 0x1000>;'
          ' dom0-memory = <0 0x80000000 0 0x80000000>; }; };')

BROKEN = {
    "memory-type": "memory@80000000 { reg = <0 0x80000000 0 0x1000>; };",
    "memory-record": MEMORY + "chosen {" + RECORD.replace("<0 0x80000000", "<0 0x90000000") + "};",
    "chosen-order": "reserved-memory { }; chosen { xen,static-heap = <0 0 0 0>; };",
    "slack": 'chosen { dtshim { contract = "xen"; record { }; }; };',
    "tag-proven": 'd { compatible = "test,d"; xen-dma-safe; };',
    "offset-sound": MEMORY + "chosen {" + RECORD + "}; hypervisor { dma-offset = <0 0x2000>; };",
    "hypervisor-twice": 'hypervisor { compatible = "test,h"; };',
    "command-line": f'chosen {{ xen,xen-bootargs = "{"x" * 1024}"; }};',
}


@pytest.mark.parametrize("rule", BROKEN)
def test_rule(tool, make_tree, rule):
    done = tool("check", make_tree(BROKEN[rule]), code=1)
    assert [line.split(": ")[1] for line in done.out.splitlines() if not line.startswith(" ")] == [rule]
    assert "  why: " in done.out and "  what to do: " in done.out


@pytest.mark.parametrize("offset", ["<0 0>", "<0x1000>"])
def test_offset_shapes(tool, make_tree, offset):
    tree = make_tree(f'hypervisor {{ compatible = "xen,xen"; dma-offset = {offset}; }};')
    assert "offset-sound" in tool("check", tree, code=1).out


def test_every_rule_is_listed_and_tested(tool):
    listed = {line for line in tool("check", "--list-rules").out.splitlines() if line[0] != " "}
    assert listed == set(BROKEN)


@pytest.mark.parametrize("options", [
    ["--contract", "native"],
    ["--contract", "native", "--machine-base", "0x90000000"],
    ["--dom0-mem", "256M"],
    ["--dom0-mem", "260M"],
], ids=str)
def test_what_apply_writes_is_sound(tool, make_tree, options):
    iommu = ('smmu: iommu@1000 { compatible = "arm,mmu-500"; reg = <0 0x1000 0 0x1000>;'
             ' #iommu-cells = <1>; }; d@2000 { compatible = "test,d"; reg = <0 0x2000 0 1>;'
             ' iommus = <&smmu 1>; };')
    tool("apply", *options, make_tree(MEMORY + iommu), "-o", "out.dtb")
    assert tool("check", "out.dtb").out == ""


def test_check_trouble(tool):
    tool("check", "nowhere", code=2)
    tool("check", "-", stdin=b"bad", code=2)
