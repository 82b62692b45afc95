# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""diff and check."""
import itertools
import re
import subprocess

import pytest

from trees import BEGIN, END, END_NODE, HEADER, MEMORY, PROP, blob_of



def test_same(tool, bare_tree):
    body = MEMORY + "a { x = <1>; y = <2>; }; b { };"
    other = "b { };" + "a { y = <2>; x = <1>; };" + MEMORY
    assert tool("diff", bare_tree(body, "a.dtb"), bare_tree(other, "b.dtb")).out == ""


@pytest.mark.parametrize("a, b, lines", [
    ("n { x = <1>; };", "n { x = <2>; };", ["/n", "  - x = <0x1>", "  + x = <0x2>"]),
    ("n { };", 'n { s = "a", "b"; };', ["/n", '  + s = "a", "b"']),
    ("n { };", 'n { s = " ~"; };', ["/n", '  + s = " ~"']),
    ("n { e; };", "n { };", ["/n", "  - e"]),
    ("n { b = [01 02 03]; };", "n { };", ["/n", "  - b = [01 02 03]"]),
    ("", "n { m { x = <5>; }; };", ["/n (added)", "/n/m (added)", "  + x = <0x5>"]),
    ("n@1 { x = <1>; };", "n@2 { x = <1>; };", ["/n@1 (removed)", "  - x = <0x1>", "/n@2 (added)",
                                               "  + x = <0x1>"]),
    ("n { }; n@1 { x; };", "n { x; }; n@1 { x; };", ["/n", "  + x"]),
], ids=str)
def test_lines(tool, bare_tree, a, b, lines):
    done = tool("diff", bare_tree(a, "a.dtb"), bare_tree(b, "b.dtb"), code=1)
    assert done.out.splitlines() == lines


@pytest.mark.parametrize("names", ["nnn", "npn", "pnn"])
def test_two_of_one_name(tool, bare_tree, tmp_path, names):
    """Nodes of one name are paired in their order; of properties everybody reads the first."""
    body = MEMORY + "".join(f"x{i} {{ p{i} = <{0xaaaa00 + i}>; q{i} = <9>; }};" for i in range(3))
    tree = bare_tree(body)
    blob = tree.read_bytes()
    for i, name in enumerate(names):
        for old, new in (f"x{i}", f"{name}{name}"), (f"p{i}", "rr"), (f"q{i}", "rr"):
            blob = blob.replace(old.encode() + b"\0", new.encode() + b"\0")
    tree.write_bytes(blob)
    (tmp_path / "b.dtb").write_bytes(blob.replace(b"\xaa\xaa\x02", b"\xaa\xaa\x07"))
    assert tool("diff", tree, tree).out == ""
    assert tool("diff", tree, "b.dtb", code=1).out.splitlines() == [
        f"/{names[2]}{names[2]}", "  - rr = <0xaaaa02>", "  + rr = <0xaaaa07>"]


def test_a_reference_that_leads_nowhere_on_one_side(tool, bare_tree):
    """Whichever tree is named first."""
    body = MEMORY + "d { next-level-cache = <1>; }; c { phandle = <%d>; };"
    there, nowhere = bare_tree(body % 1, "a.dtb"), bare_tree(body % 2, "b.dtb")
    for one, other in ((there, nowhere), (nowhere, there)):
        assert tool("diff", one, other, code=1).out.startswith("/d\n  - next-level-cache")


def test_memreserve(tool, bare_tree):
    plain = bare_tree("", "a.dtb")
    reserved = bare_tree("/dts-v1/;\n/memreserve/ 0x1000 0x2000;\n" + HEADER[9:] + "};", "b.dtb")
    assert tool("diff", plain, reserved, code=1).out.splitlines() == [
        "/memreserve/", "  + 0x1000 0x2000"]


def test_the_cpu_that_boots(tool, bare_tree, tmp_path):
    """Of the header nothing else says anything of a board: where its blocks are, and how old it may be."""
    one = bare_tree("a { };", "a.dtb")
    other = bare_tree("a { };", "b.dtb", flags=["-b", "0x101"])
    assert tool("diff", one, other, code=1).out.splitlines() == [
        "header", "  - boot_cpuid_phys = <0x0>", "  + boot_cpuid_phys = <0x101>"]
    assert tool("diff", other, other).out == ""
    roomy = bare_tree("a { };", "c.dtb", flags=["-S", "4096", "-R", "8"])
    assert tool("diff", one, roomy).out == ""
    tool("apply", "--contract", "none", other, "-o", "same.dtb")
    assert tool("diff", other, tmp_path / "same.dtb", code=None).out.count("boot_cpuid") == 0


def lines_of(tool, bare_tree, a, b, code=1):
    done = tool("diff", bare_tree(a, "a.dtb"), bare_tree(b, "b.dtb"), code=code)
    return done.out.splitlines()


RESERVED = "reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges; r { %s }; };"
BUS = "b@0 { #address-cells = <1>; #size-cells = <1>; %s };"
PCI = ('b@0 { device_type = "pci"; #address-cells = <3>; #size-cells = <2>; %s };')
DEEP = "b@0 { #address-cells = <1>; #size-cells = <1>; ranges; d { %s }; };"
HOST = "chosen { dtshim { %s }; };"
RECORDED = "chosen { dtshim { record { %s }; }; };"


@pytest.mark.parametrize("where, value, shown", [
    # The parent's cells: the root's 2 and 2, a bus's 1 and 1, none of its own.
    ("d { %s };", "reg = <0 0x80000000 0 0x20000000>",
     "reg = <0x80000000 0x20000000>  (0x80000000-0x9fffffff, 512 MiB)"),
    ("d { %s };", "reg = <0 0x80000000 0 0x1000>, <8 0x80000000 1 0>",
     "reg = <0x80000000 0x1000>, <0x880000000 0x100000000>  "
     "(0x80000000-0x80000fff, 4 KiB; 0x880000000-0x97fffffff, 4 GiB)"),
    (DEEP, "reg = <0x1000 0x100>", "reg = <0x1000 0x100>  (0x1000-0x10ff, 256 bytes)"),
    ("b { d { %s }; };", "reg = <1 2 3>", "reg = <0x100000002 0x3>  (0x100000002-0x100000004, 3 bytes)"),
    ("b { #address-cells = <1>; #size-cells = <0>; d { %s }; };", "reg = <0x41424300>",
     "reg = <0x41424300>"),
    ("b { #address-cells = <2>; #size-cells = <0>; d { %s }; };", "reg = <1 2>", "reg = <0x100000002>"),
    # Entries without a size, or that leave 64 bits, have no range.
    ("d { %s };", "reg = <0 0x80000000 0 0>", "reg = <0x80000000 0x0>"),
    ("d { %s };", "reg = <0xffffffff 0xfffff000 0 0x1001>", "reg = <0xfffffffffffff000 0x1001>"),
    ("d { %s };", "reg = <0xffffffff 0xfffff000 0 0x1000>",
     "reg = <0xfffffffffffff000 0x1000>  (0xfffffffffffff000-0xffffffffffffffff, 4 KiB)"),
    # What does not fit the cells is raw.
    ("d { %s };", "reg = <0 0x80000000 0>", "reg = <0x0 0x80000000 0x0>"),
    ("d { %s };", "reg = [01 02]", "reg = [01 02]"),
    ("b { #address-cells = <0>; #size-cells = <0>; d { %s }; };", "reg = <5>", "reg = <0x5>"),
    ("b { #address-cells = <0xffffffff>; #size-cells = <1>; d { %s }; };", "reg = <5>", "reg = <0x5>"),
    ("b { #address-cells = <4>; #size-cells = <0>; d { %s }; };", "reg = <0 1 2 3>",
     "reg = <0x0 0x1 0x2 0x3>"),
    ("%s", "reg = <0 5>", "reg = <0x0 0x5>"),
    # PCI: the first cell of an address are flags.
    (PCI.replace("%s", "d@0 { %s };"), "reg = <0x800 0 0 0 0>, <0x2000810 0 0xc0000000 0 0x1000>",
     "reg = <0x800 0x0 0x0>, <0x2000810 0xc0000000 0x1000>  (0xc0000000-0xc0000fff, 4 KiB)"),
    (PCI, "ranges = <0x2000000 0 0x10000000 0 0x10000000 0 0x2eff0000>",
     "ranges = <0x2000000 0x10000000 0x10000000 0x2eff0000>  (0x10000000 -> 0x10000000, 751.9 MiB)"),
    # The bus's own cells, and its parent's for the middle.
    (BUS, "ranges = <0xc0000000 0 0 0x40000000>",
     "ranges = <0xc0000000 0x0 0x40000000>  (0xc0000000 -> 0x0, 1 GiB)"),
    (BUS, "dma-ranges = <0 8 0 0x40000000>, <0x40000000 0 0 0x1000>",
     "dma-ranges = <0x0 0x800000000 0x40000000>, <0x40000000 0x0 0x1000>  "
     "(0x0 -> 0x800000000, 1 GiB; 0x40000000 -> 0x0, 4 KiB)"),
    (BUS, "ranges = <1 2>", "ranges = <0x1 0x2>"),
    (BUS, "dma-ranges", "dma-ranges"),
    ("m { %s };", "linux,usable-memory = <0 0x1000 0 0x1000>",
     "linux,usable-memory = <0x1000 0x1000>  (0x1000-0x1fff, 4 KiB)"),
    ("chosen { #address-cells = <1>; %s };", "linux,usable-memory-range = <0 0x1000 0 0x1000>",
     "linux,usable-memory-range = <0x1000 0x1000>  (0x1000-0x1fff, 4 KiB)"),
    (RESERVED, "alloc-ranges = <0 0 0 0x40000000>",
     "alloc-ranges = <0x0 0x40000000>  (0x0-0x3fffffff, 1 GiB)"),
    (RESERVED, "size = <0 0x4000000>", "size = <0x4000000>  (64 MiB)"),
    (RESERVED, "alignment = <0 0x2000>", "alignment = <0x2000>  (8 KiB)"),
    ("n { %s };", "size = <0 0x4000000>", "size = <0x0 0x4000000>"),
    ("reserved { memory { n { %s }; }; };", "size = <0 1>", "size = <0x0 0x1>"),
    ("hypervisor { %s };", "dma-offset = <0 0x800000>", "dma-offset = <0x800000>"),
    ("hypervisor { %s };", "dma-offset = <0x800000>", "dma-offset = <0x800000>"),
    ("chosen { #xen,static-heap-address-cells = <1>; #xen,static-heap-size-cells = <1>; %s };",
     "xen,static-heap = <0x30000000 0x10000000>",
     "xen,static-heap = <0x30000000 0x10000000>  (0x30000000-0x3fffffff, 256 MiB)"),
    ("chosen { %s };", "xen,static-heap = <0 0x30000000>", "xen,static-heap = <0x0 0x30000000>"),
    # dtshim's own words.
    (HOST, "dom0-mem = <0 0x20000000>", "dom0-mem = <0x20000000>"),
    (HOST, "ipa-bits = <36>", "ipa-bits = <0x24>"),
    (HOST, 'contract = "xen"', 'contract = "xen"'),
    (RECORDED, "machine-block = <0 0x80800000 0 0x20000000>",
     "machine-block = <0x80800000 0x20000000>  (0x80800000-0xa07fffff, 512 MiB)"),
    (RECORDED, "offset = <1 0>", "offset = <0x100000000>"),
    # Machine, guest and size: two of them have as many cells as three pairs.
    (RECORDED, "reserved-memory = <0 0x90000000 0 0x8f000000 0 0x1000>",
     "reserved-memory = <0x90000000 0x8f000000 0x1000>  (0x90000000 -> 0x8f000000, 4 KiB)"),
    (RECORDED, "reserved-memory = <0 0x90000000 0 0x8f000000 0 0x1000>, "
               "<8 0x90100000 0 0x8f100000 1 0>",
     "reserved-memory = <0x90000000 0x8f000000 0x1000>, <0x890100000 0x8f100000 0x100000000>  "
     "(0x90000000 -> 0x8f000000, 4 KiB; 0x890100000 -> 0x8f100000, 4 GiB)"),
    (RECORDED, "masters = <1 2 0xffffffff>", "masters = 3 hashes, sum 0x2"),
    (RECORDED, "masters = <1 2>", "masters = 2 hashes, sum 0x3"),
    (RECORDED, "masters = [01]", "masters = [01]"),
    ("n { %s };", "masters = <1 2>", "masters = <0x1 0x2>"),
    (RECORDED, "reserved-memory = <0 0x90000000 0 0x8f000000>",
     "reserved-memory = <0x0 0x90000000 0x0 0x8f000000>"),
    (RECORDED, 'version = "1.2.3.4.5.6.7.8"', 'version = "1.2.3.4.5.6.7.8"'),
    ("other { dtshim { %s }; };", "dom0-mem = <0 0x20000000>", "dom0-mem = <0x0 0x20000000>"),
], ids=str)
def test_values(tool, bare_tree, where, value, shown):
    lines = lines_of(tool, bare_tree, where.replace("%s", ""), where.replace("%s", value + ";"))
    assert lines[1:] == ["  + " + shown]


def test_each_side_has_its_own_cells(tool, bare_tree):
    bus = "b@0 { #address-cells = <%d>; #size-cells = <1>; d { reg = <%s>; }; };"
    assert lines_of(tool, bare_tree, bus % (1, "1 2"), bus % (2, "0 1 3")) == [
        "/b@0", "  - #address-cells = <0x1>", "  + #address-cells = <0x2>",
        "/b@0/d", "  - reg = <0x1 0x2>  (0x1-0x2, 2 bytes)", "  + reg = <0x1 0x3>  (0x1-0x3, 3 bytes)"]


# ---- phandles -------------------------------------------------------------------------

# p and q have phandles by number, so that they can be exchanged.
REFERRED = """
    p: p { phandle = <%d>; #clock-cells = <1>; #iommu-cells = <1>; #gpio-cells = <2>; };
    q: q { phandle = <%d>; #clock-cells = <0>; #iommu-cells = <1>; #gpio-cells = <2>; };
"""


def referring(p, q, body):
    return REFERRED % (p, q) + "user { %s };" % body


REFERENCES = ["interrupt-parent = <&p>", "iommus = <&p 5>, <&q 6>", "clocks = <&p 1>, <&q>, <&p 2>",
              "iommu-map = <0 &p 0 0x10000>", "memory-region = <&q &p>", "vdd-supply = <&q>",
              "reset-gpios = <&p 1 2>, <0>, <&q 1 2>", "vendor,thing = <7 &p 8 &q>", "pinctrl-0 = <&p>",
              "rockchip,pins = <0 1 2 &p>, <0 2 1 &q>",
              "interrupt-map = <0 0 0 1 &p 7>, <0 0 0 2 &q 8>"]


@pytest.mark.parametrize("property", REFERENCES)
def test_renumbered_phandles_are_no_difference(tool, bare_tree, property):
    body = property + ";"
    assert lines_of(tool, bare_tree, referring(1, 2, body), referring(12, 11, body), code=0) == [
        "2 phandles are numbered differently; every reference was followed"]
    assert lines_of(tool, bare_tree, referring(1, 2, body), referring(1, 3, body), code=0) == [
        "1 phandle is numbered differently; every reference was followed"]


@pytest.mark.parametrize("a, b, shown", [
    ("interrupt-parent = <&p>", "interrupt-parent = <&q>",
     ["interrupt-parent = <0x1>  (&/p)", "interrupt-parent = <0x1>  (&/q)"]),
    ("iommus = <&p 5>", "iommus = <&p 6>",
     ["iommus = <0x1 0x5>  (&/p)", "iommus = <0x2 0x6>  (&/p)"]),
    ("clocks = <&p 1>, <&q>", "clocks = <&q>, <&p 1>",
     ["clocks = <0x1 0x1 0x2>  (&/p, &/q)", "clocks = <0x1 0x2 0x1>  (&/q, &/p)"]),
    ("rockchip,pins = <0 1 2 &p>", "rockchip,pins = <0 1 2 &q>",
     ["rockchip,pins = <0x0 0x1 0x2 0x1>  (&/p)", "rockchip,pins = <0x0 0x1 0x2 0x1>  (&/q)"]),
    # An argument that happens to be the new phandle's number.
    ("iommus = <&p 1>", "iommus = <&p 2>",
     ["iommus = <0x1 0x1>  (&/p)", "iommus = <0x2 0x2>  (&/p)"]),
    ("vendor,thing = <7 &p>", "vendor,thing = <8 &p>",
     ["vendor,thing = <0x7 0x1>", "vendor,thing = <0x8 0x2>"]),
    # Numbers are numbers, whatever the phandles.
    ("reg-shift = <1>", "reg-shift = <2>", ["reg-shift = <0x1>", "reg-shift = <0x2>"]),
    ("reg = <0 1 0 1>", "reg = <0 2 0 1>",
     ["reg = <0x1 0x1>  (0x1-0x1, 1 bytes)", "reg = <0x2 0x1>  (0x2-0x2, 1 bytes)"]),
    ("#size-cells = <1>", "#size-cells = <2>", ["#size-cells = <0x1>", "#size-cells = <0x2>"]),
    ("max-frequency = <1>", "max-frequency = <2>", ["max-frequency = <0x1>", "max-frequency = <0x2>"]),
    ("gpio-hog; gpios = <1 0>", "gpio-hog; gpios = <2 0>", ["gpios = <0x1 0x0>", "gpios = <0x2 0x0>"]),
], ids=str)
def test_exchanged_phandles(tool, bare_tree, a, b, shown):
    """p and q exchange 1 and 2: what still says 1 now means the other one."""
    lines = lines_of(tool, bare_tree, referring(1, 2, a + ";"), referring(2, 1, b + ";"))
    assert lines == ["/user", "  - " + shown[0], "  + " + shown[1],
                     "2 phandles are numbered differently; every reference was followed"]


def test_same_number_of_a_hog_is_the_same(tool, bare_tree):
    body = "gpio-hog; gpios = <1 0>; reg-shift = <2>;"
    assert len(lines_of(tool, bare_tree, referring(1, 2, body), referring(2, 1, body), code=0)) == 1


def test_same_number_of_another_node(tool, bare_tree):
    body = "interrupt-parent = <1>; iommus = <9 1>; x = <1>;"
    assert lines_of(tool, bare_tree, referring(1, 2, body), referring(2, 1, body))[:3] == [
        "/user", "  - interrupt-parent = <0x1>  (&/p)", "  + interrupt-parent = <0x1>  (&/q)"]


def test_ranges_of_devices_are_as_long_as_their_buses_say(tool, bare_tree):
    """iommu-addresses: a phandle, and an address and a size in the cells of that device's bus,
    which may be other ones for the next. The numbers here are phandles of somebody, too."""
    def region(wide, narrow):
        return (f"""wide {{ phandle = <{wide}>; }}; spare {{ phandle = <3>; }};
            soc {{ #address-cells = <1>; #size-cells = <1>; narrow {{ phandle = <{narrow}>; }}; }};
            region {{ iommu-addresses = <{wide} 1 2 3 1>, <{narrow} 1 2>, <{wide} 2 3 1 2>; }};""")

    assert lines_of(tool, bare_tree, region(1, 2), region(2, 1), code=0) == [
        "2 phandles are numbered differently; every reference was followed"]
    for number, other in (("<2 1 2 3 1>", "<2 2 2 3 1>"), ("<1 1 2>", "<1 2 2>"), ("2 3 1 2>", "1 3 1 2>")):
        moved = region(2, 1).replace(number, other)
        assert moved != region(2, 1)
        assert lines_of(tool, bare_tree, region(1, 2), moved)[0] == "/region"


def test_phandles_that_come_and_go(tool, bare_tree):
    """They are no difference by themselves; a reference that hangs now is one."""
    user = "user { interrupt-parent = <1>; };"
    assert lines_of(tool, bare_tree, "p { phandle = <1>; };", "p { };", code=0) == []
    assert lines_of(tool, bare_tree, "p { phandle = <1>; };" + user, "p { };" + user) == [
        "/user", "  - interrupt-parent = <0x1>  (&/p)", "  + interrupt-parent = <0x1>"]


def test_a_renamed_node_keeps_its_references(tool, bare_tree):
    rest = "user { interrupt-parent = <1>; }; x { phandle = <%d>; };"
    lines = lines_of(tool, bare_tree, "p@1 { phandle = <1>; };" + rest % 5,
                     "p@2 { phandle = <1>; };" + rest % 6)
    assert [line for line in lines if line[0] == "/"] == ["/p@1 (removed)", "/p@2 (added)"]


def test_a_source_compiled_again(tool, bare_tree):
    """dtc numbers in the order of first use."""
    body = MEMORY + """
        gic: gic { #interrupt-cells = <1>; interrupt-controller; };
        smmu: smmu { #iommu-cells = <1>; };
        d@1 { iommus = <&smmu 3>; interrupt-parent = <&gic>; interrupts = <1>; };
        d@2 { interrupts-extended = <&gic 2>; };"""
    early = "e { friend = <&gic>; };"
    lines = lines_of(tool, bare_tree, body, early + body)
    assert lines == ["/e (added)", "  + friend = <0x1>",
                     "2 phandles are numbered differently; every reference was followed"]


def test_round_trip_through_dtc(tool, bare_tree):
    tree = bare_tree(referring(1, 2, ";".join(REFERENCES) + ";"))
    source = subprocess.run(["dtc", "-q", "-I", "dtb", "-O", "dts", tree], check=True,
                            capture_output=True).stdout.decode()
    assert tool("diff", tree, bare_tree(source, "again.dtb")).out == ""
    assert re.search("phandle = <0x0?1>", source)


@pytest.mark.slow
def test_wide_trees(tool, tmp_path):
    """Pairing is no square of the children: that would be minutes here."""
    names = [b"n%d\0" % i for i in range(100000)]
    for name, order in (("a.dtb", names), ("b.dtb", names[::-1])):
        nodes = [token for one in order for token in (BEGIN, one, END_NODE)]
        (tmp_path / name).write_bytes(blob_of(BEGIN, b"\0", *nodes, END_NODE, END))
    assert tool("diff", "a.dtb", "b.dtb").out == ""


@pytest.mark.slow
def test_wide_nodes(tool, tmp_path):
    names = [b"p%d\0" % i for i in range(100000)]
    starts = list(itertools.accumulate(map(len, names[:-1]), initial=0))
    for name, order in (("a.dtb", starts), ("b.dtb", starts[::-1])):
        props = [token for one in order for token in (PROP, 0, one)]
        (tmp_path / name).write_bytes(blob_of(BEGIN, b"\0", *props, END_NODE, END,
                                              strings=b"".join(names)))
    assert tool("diff", "a.dtb", "b.dtb").out == ""


def test_diff_trouble(tool, bare_tree):
    tree = bare_tree("", "a.dtb")
    tool("diff", tree, "nowhere", code=2)
    (tree.parent / "bad").write_bytes(b"bad")
    assert "[truncated]" in tool("diff", tree, "bad", code=2).err


@pytest.mark.parametrize("b, breaks", [
    ("reg = <0 0x80001000 0 0x1000>;", 1), ("reg = <0 0x80000000 0 0x2000>;", 1),
    ("reg = <0 0x90000000 0 0x1000>, <0 0x7ffff000 0 0x1001>;", 1),
    ("reg = <0 0x80002000 0 0x1000>;", 0), ("reg = <0 0x7ffff000 0 0x1000>;", 0),
    ('reg = <0 0x80001000 0 0x1000>; status = "disabled";', 0), ("size = <0 0x4000>;", 0),
    ("reg = <0 0x80001000 0 0>;", 1), ("reg = <0 0x80000000 0 0>, <0 0x80002000 0 0>;", 0)], ids=str)
def test_regions_that_overlap(tool, make_tree, b, breaks):
    """As boots with Xen 4.20 had it: what touches, and what is disabled, is apart."""
    tree = make_tree(MEMORY + "reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges;"
                     " a { reg = <0 0x80000000 0 0x2000>; }; b { %s }; };" % b)
    done = tool("check", tree, code=None)
    assert done.out.count("reserved-overlap: /reserved-memory/b: overlaps /reserved-memory/a") == breaks
    said = tool("plan", "-v", "--dom0-mem", "128M", tree).flat
    assert ("no Xen from 4.18 on gets past regions that overlap" in said) == breaks


@pytest.mark.parametrize("offset", ["<0 0>", "<0x1000>"])
def test_offset_shapes(tool, make_tree, offset):
    tree = make_tree(f'hypervisor {{ compatible = "xen,xen"; dma-offset = {offset}; }};')
    assert "offset-sound" in tool("check", tree, code=1).out


@pytest.mark.parametrize("body, count", [
    ('domu { compatible = "xen,domain"; xen,enhanced = "no-xenstore"; };', 0),
    ('domu { compatible = "xen,domain"; };', 0),
    ('shm { compatible = "xen,domain-shared-memory-v1"; };', 1),
    ('dma { compatible = "xen,grant-dma"; };', 1),
])
def test_who_has_foreign_pages(tool, make_tree, body, count):
    tree = make_tree(MEMORY + 'hypervisor { compatible = "xen,xen"; dma-offset = <0 0x1000>; };'
                     f" chosen {{ {body} }};")
    assert tool("check", tree, code=count).out.count("offset-foreign: /chosen") == count
    sound = tool("check", make_tree(MEMORY + f"chosen {{ {body} }};"), code=None).out
    assert "offset-foreign" not in sound


@pytest.mark.parametrize("body, count", [
    ("passthrough { interrupt-parent = <65000>; };", 0),
    ("passthrough { interrupt-parent = <7>; };", 1),
    ("gic { phandle = <7>; }; passthrough { interrupt-parent = <7>; };", 0),
    ("gic { phandle = <8>; }; passthrough { interrupt-parent = <65000>; };", 1),
    ("passthrough { d { xen,reg = <0 0 0>; }; };", 1),
    ('passthrough { d { xen,path = "/d"; }; };', 1),
    ('passthrough { #address-cells = <1>; #size-cells = <1>; d { xen,path = "/d"; xen,reg = <4096 4096 4096>; }; };', 0),
    ('passthrough { #address-cells = <1>; #size-cells = <1>; d { xen,path = "/d"; xen,reg = <4096 4096>; }; };', 1),
])
def test_partial_trees(tool, make_tree, body, count):
    assert tool("check", make_tree(MEMORY + body), code=count).out.count(".dtb: passthrough-") == count


@pytest.mark.parametrize("options", [
    ["--contract", "native"],
    ["--contract", "native", "--machine-base", "0x90000000"],
    ["--dom0-mem", "256M"],
    ["--dom0-mem", "260M"],
    ["--layout", "offset", "--passthrough", "test,d"],
], ids=str)
def test_what_apply_writes_is_sound(tool, make_tree, options):
    iommu = ('smmu: iommu@1000 { compatible = "arm,mmu-500"; reg = <0 0x1000 0 0x1000>;'
             ' #global-interrupts = <1>; interrupts = <0 200 4>, <0 201 4>;'
             ' #iommu-cells = <1>; }; d@2000 { compatible = "test,d"; reg = <0 0x2000 0 1>;'
             ' iommus = <&smmu 1>; };')
    tool("apply", *options, make_tree(MEMORY + iommu), "-o", "out.dtb")
    assert tool("check", "out.dtb").out == ""
    if "offset" in options:
        assert tool("check", "out.domain.dtb").out == ""


def test_check_trouble(tool):
    tool("check", "nowhere", code=2)
    tool("check", "-", stdin=b"bad", code=2)
