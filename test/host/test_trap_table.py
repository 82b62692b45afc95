# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The table of traps: each row has a tree that shows it and one, hardly different, that does not."""
import json
import re
import struct
import subprocess

import pytest

from places import BOARD_BUILD, ROOT
from trees import CORE_MARK, MEMORY, mark
from unit import build  # noqa: F401

RECORD = ('dtshim { contract = "native"; record { version = "x"; offset = <0 0x1000>;'
          ' dom0-memory = <0 0x80000000 0 0x80000000>; }; };')
MARKED = RECORD.replace("record {", f"record {{ masters = <{CORE_MARK:#x}> ;")
XEN_RECORD = 'chosen { dtshim { contract = "xen"; record { }; }; };'
SMMU = ('smmu: iommu@1000 { compatible = "arm,mmu-500"; reg = <0 0x1000 0 0x1000>;'
        ' #global-interrupts = <1>; interrupts = <0 200 4>, <0 201 4>;'
        " #iommu-cells = <1>; };")
CELLS = "#address-cells = <2>; #size-cells = <2>;"
ONE_CELL = ("/dts-v1/; / { #address-cells = <1>; #size-cells = <1>; memory@80000000 {"
            ' device_type = "memory"; reg = <0x80000000 0x40000000>; };' +
            SMMU.replace("0 0x1000 0 ", "0x1000 ") + "%s };")
TOUCH = 'memory@80000000 { device_type = "memory"; reg = <0 0x80000000 0 0x1000>, <0 %s 0 0x60000000>; };'
OFF = 'memory@200000000 { device_type = "memory"; reg = <2 0 0 0x1000>; status = "%s"; };'
BUS = "b { #address-cells = <1>; #size-cells = <1>; ranges = <0 0 0 0x1000>; d@%x { reg = <0x%x 0x1000>; }; };"
THREE_CELLS = ("b { #address-cells = <3>; #size-cells = <2>; ranges = <1 0 0 0 0x4000000 0 0x2000>;"
               " d { reg = <1 0 %#x 0 0x1000>; }; };")
MODULE = '{ compatible = "multiboot,module"; reg = <0 0x90000000 0 0x1000>; };'
WINDOW = (MEMORY + "chosen {" + RECORD.replace('"native"', '"none"') + "}; b {" + CELLS +
          ' dma-ranges = <0 0 0 0 %s>; d { compatible = "test,d"; }; };')
GIC = """gic: gic@8000000 { compatible = "arm,gic-400"; interrupt-controller; #interrupt-cells = <3>;
    reg = <0 0x8000000 0 0x1000 0 0x8010000 0 0x2000 0 0x8030000 0 0x2000 0 0x8040000 0 0x2000>;
    interrupt-parent = <&gic>; interrupts = <0 9 4>; };
    timer { compatible = "arm,armv8-timer"; interrupt-parent = <&gic>;
    interrupts = <1 13 4 1 14 4 1 11 4 1 10 4>; };
    d@1000 { reg = <0 0x1000 0 0x1000>; interrupt-parent = <&gic>; interrupts = <0 %u 4>; };"""
RESERVED = "reserved-memory {" + CELLS + """ ranges; a@80000000 { reg = <0 0x80000000 0 0x2000>; };
            b@80002000 { reg = <0 %s 0 0x2000>; }; };"""
REGIONS = "reserved-memory {" + CELLS + " ranges; %s };"
RESERVE = "/dts-v1/; /memreserve/ 0x8000%s; / {" + CELLS + MEMORY + REGIONS % (
    "a { reg = <0 0x80000000 0 0x2000>; };") + "};"
SRAM = 'sram@%x { compatible = "mmio-sram"; reg = <0 0x%x 0 0x1000>; ranges; ' + CELLS + " %s };"
OFFSET = 'hypervisor { compatible = "xen,xen"; dma-offset = <0 0x1000>; };'
PASSED = "passthrough {" + CELLS + " d { %s }; };"


CORES = """cpus { #address-cells = <1>; #size-cells = <0>;
    cpu@0 { device_type = "cpu"; compatible = "%s"; reg = <0>; }; };""" + MEMORY
CPUS = "cpus { #address-cells = <1>; #size-cells = <0>; %s };"


OTHER = "e@2000 { reg = <0 0x2000 0 0x1000>; interrupt-parent = <&gic>; interrupts = <0 10 %d>; };"

EMPTY = """x@2000 { phandle = <77>; interrupt-controller; #interrupt-cells = <2>; reg = <0 0x2000 0 0x1000>;
    interrupts-extended = <&gic 0 11 4>, %s, <&gic 0 12 4>; };"""

GIC_V3 = GIC.replace("arm,gic-400", "arm,gic-v3").replace("interrupts = <0 %u 4>", "interrupts = <%u 40 4>")


def more(count):
    return "".join(f'cpu@{i} {{ device_type = "cpu"; compatible = "arm,cortex-a53"; reg = <{i}>;'
                   ' enable-method = "psci"; };' for i in range(count))


def banks(count):
    entries = " ".join(f"0 {0xc0001000 + i * 0x2000:#x} 0 0x1000" for i in range(count - 1))
    return ('memory@40000000 { device_type = "memory"; reg = <0 0x40000000 0 0x80000000 %s>; };'
            % entries)


def regions(count, more=""):
    return MEMORY + REGIONS % " ".join(f"r@{i:x} {{ reg = <{i} 0 0 0x1000>; }};" for i in range(count)) + more


def heap(count):
    return "chosen { xen,static-heap = <%s>; };" % " ".join(f"0 {0x80000000 + i * 0x20000:#x} 0 0x10000"
                                                            for i in range(count))


def reserved(count, entries):
    """These and entries of /memreserve/, which 4.19 and later count, too."""
    lines = "".join(f"/memreserve/ {0xf00000000 + i * 0x2000:#x} 0x1000;" for i in range(entries))
    return f"/dts-v1/; {lines} / {{ {CELLS} {regions(count)} }};"


def modules(count):
    def one(i):
        kind = "xen,xsm-policy" if i else "multiboot,kernel"
        return f'm@{i:x} {{ compatible = "{kind}", "multiboot,module"; reg = <0 {0x90000000 + i * 0x1000:#x} 0 0x1000>; }};'
    return MEMORY + "chosen {" + "".join(map(one, range(count))) + "};"


def at_depth(levels):
    return "chosen {" + "a {" * levels + "m " + MODULE + "};" * levels + "};"


def domain_named(name):
    return ('chosen { %s { compatible = "xen,domain"; m { compatible = "multiboot,module"; reg = <0 0x90000000 0 0x1000>; bootargs = "quiet"; }; }; };'
            % name)


def line(length):
    return MEMORY + ('chosen { m { compatible = "multiboot,kernel", "multiboot,module"; reg = <0 0x90000000 0 0x1000>;'
                     ' bootargs = "%s"; }; };' % ("x" * length))


class Grown:
    """A tree with room behind it: as many bytes more, from a multiple of 8 on, or as many in all."""

    def __init__(self, body, more=None, total=None):
        self.body, self.more, self.total = body, more, total

    def make(self, path):
        blob = path.read_bytes()
        total = self.total or len(blob) + -len(blob) % 8 + self.more
        path.write_bytes((blob[:4] + struct.pack(">I", total) + blob[8:]).ljust(total, b"\0"))
        return path


def in_ram(at, more=""):
    """Of a tree whose plan Xen follows: with the files there dom0 is as recorded."""
    return Grown(MEMORY + 'chosen { dtshim { contract = "xen"; record { dom0-memory = <0 0x80000000 0 0x20000000>;'
                 " load-places = <0 0xc0000000 0 0x300000 0 0xa0000000 0 0x4000000 0 0xa4000000 0 0x4000000"
                 " 0 0xa8000000 0 0x200000>;"
                 f" }}; }}; }}; d {{ reg = <0 {at:#x} 0 0x1000>; {more} }};", more=4096)


# What shows the trap, and what does not, by its id.
PAIRS = {
    "memory-type": [("memory@80000000 { reg = <0 0x80000000 0 0x80000000>; };", MEMORY)],
    "memory-name": [('ram@80000000 { device_type = "memory"; reg = <0 0x80000000 0 0x80000000>; };', MEMORY)],
    "memory-banks": [(TOUCH % "0x80001000", TOUCH % "0x80002000")],
    "disabled-memory": [(MEMORY + OFF % "disabled", MEMORY + OFF % "okay"),
                        (MEMORY + 'memory@0 { status = "disabled"; };', MEMORY + 'ram@0 { status = "disabled"; };')],
    "memory-record": [
        (MEMORY + "chosen {" + RECORD.replace("<0 0x80000000", "<0 0x90000000") + "};",
         MEMORY + "chosen {" + RECORD + "};")],
    "record-devices": [
        (MEMORY + "chosen {" + MARKED + '}; d { compatible = "test,d"; };',
         MEMORY + "chosen {" + MARKED + '}; d { compatible = "test,d"; status = "disabled"; };'),
        (MEMORY + "chosen {" + MARKED + '}; d { compatible = "test,d"; };',
         MEMORY + "chosen {" + MARKED.replace("> ;", f" {mark('test,d', 'd'):#x}>;") + '}; d { compatible = "test,d"; };')],
    "chosen-order": [("reserved-memory { }; chosen { xen,static-heap = <0 0x90000000 0 0x60000000>; };",
                      "chosen { xen,static-heap = <0 0x90000000 0 0x60000000>; }; reserved-memory { };"),
                     ("reserved-memory { }; chosen { xen,static-heap = <0 0x90000000 0 0x60000000>; };",
                      "reserved-memory { }; chosen { };")],
    "slack": [(Grown(XEN_RECORD, more=4095), Grown(XEN_RECORD, more=4096))],
    "tag-proven": [('d { compatible = "test,d"; xen-dma-safe; };',
                    SMMU + 'd { compatible = "test,d"; iommus = <&smmu 1>; xen-dma-safe; };')],
    "offset-sound": [(MEMORY + "chosen {" + RECORD + "}; hypervisor { dma-offset = <0 0x2000>; };",
                      MEMORY + "chosen {" + RECORD + "}; hypervisor { dma-offset = <0 0x1000>; };")],
    "hypervisor-twice": [('hypervisor { compatible = "test,h"; };',
                          'hypervisor { compatible = "test,h", "xen,xen"; };')],
    "command-line": [(line(1024), line(1023)), (line(1025), line(1023))],
    "ranges-cover": [(BUS % (0x1000, 0x1000), BUS % (0, 0)),
                     (THREE_CELLS % 0x1000, THREE_CELLS % 0)],
    "reg-pages": [("d@1800 { reg = <0 0x1800 0 0x1000>; };", "d@1800 { reg = <0 0x1800 0 0x800>; };"),
                  ("d@1800 { reg = <0 0x1800 0 0x1000>; };",
                   "d@1800 { reg = <0 0x1800 0 0x1000>; interrupt-controller; };")],
    "reg-in-dom0": [(in_ram(0x80000000), in_ram(0xa0000000)),
                    (in_ram(0x9ffff000), in_ram(0x9ffff000, "xen,passthrough;"))],
    "root-cells": [(ONE_CELL % "", MEMORY + SMMU),
                   *((ONE_CELL % "", ONE_CELL % f'chosen {{ xen,xen-bootargs = "{word}"; }};')
                     for word in ("ext_regions=0", "ext_regions=off", "no-ext_regions"))],
    "bank-count": [(banks(257), banks(200)), (regions(257), regions(256))],
    "reserved-form": [(REGIONS.replace(" ranges;", "") % "a { reg = <0 0x80000000 0 0x2000>; };",
                       REGIONS % "a { reg = <0 0x80000000 0 0x2000>; };")],
    "reserved-overlap": [(RESERVED % "0x80001fff", RESERVED % "0x80002000")],
    "disabled-region": [
        (REGIONS % 'a { reg = <0 0x80000000 0 0x1000>; status = "disabled"; };',
         REGIONS % 'a { reg = <0 0x80000000 0 0x1000>; status = "okay"; };'),
        (REGIONS % 'a { reg = <0 0x80000000 0 0x1000>; status = "disabled"; };',
         REGIONS % 'a { reg = <0 0x80000000 0 0>; status = "disabled"; };')],
    "memreserve-overlap": [(RESERVE % "1800 0x1000", RESERVE % "2000 0x1000"),
                           (RESERVE % "1800 0x100", RESERVE % "0000 0x2000")],
    "modules-seen": [("a { m %s };" % MODULE, "chosen { m %s };" % MODULE),
                     (at_depth(2), at_depth(1)), (modules(31), modules(28)),
                     ("chosen { %s %s };" % ("m" * 84, MODULE), "chosen { %s %s };" % ("m" * 83, MODULE)),
                     (domain_named("m" * 41), domain_named("m" * 40))],
    "tree-size": [(Grown("", total=(2 << 20) + 1), Grown("", total=2 << 20))],
    "memory-depth": [("d {" + CELLS + " memory@0 { reg = <0 0 0 1>; }; };",
                      "d {" + CELLS + " ram@0 { reg = <0 0 0 1>; }; };"),
                     ("d {" + CELLS + " memory@0 { reg = <0 0 0 1>; }; };",
                      "d {" + CELLS + " memory@0 { reg = <0 0 0 0>; }; };"),
                     (MEMORY + "d { memory { }; };", MEMORY + "d { ram { }; };"),
                     (MEMORY + 'memory@0 { device_type = "ram"; reg = <0 0 0 0x1000>; };',
                      MEMORY + 'ram@0 { device_type = "ram"; reg = <0 0 0 0x1000>; };')],
    "heap-aligned": [("chosen { xen,static-heap = <0 0x90008000 0 0x5fff0000>; };",
                      "chosen { xen,static-heap = <0 0x90010000 0 0x5fff0000>; };")],
    "iommu-shown": [
        (SMMU.replace("arm,mmu-500", "rockchip,iommu") + 'd { compatible = "test,d"; iommus = <&smmu 1>; };',
         SMMU + 'd { compatible = "test,d"; iommus = <&smmu 1>; };')],
    "iommu-map-left": [(SMMU + "off { iommu-map = <0 &smmu 0 0x10000>; };",
                        SMMU + "other: d { }; off { iommu-map = <0 &other 0 0x10000>; };")],
    "iommu-blocked": [(SMMU + 'd { compatible = "test,d"; iommus = <&smmu 1 99>; };',
                       SMMU + 'd { compatible = "test,d"; iommus = <&smmu 1>; };')],
    "dma-reach": [(WINDOW % "0 0x80000000", WINDOW % "0 0x80001000")],
    "sram-parts": [
        (SRAM % (0x1000, 0x1000, "p@1000 { reg = <0 0x1000 0 0x1001>; };"),
         SRAM % (0x1000, 0x1000, "p@1000 { reg = <0 0x1000 0 0x1000>; };")),
        (MEMORY + SRAM % (0x80000000, 0x80000000, ""), MEMORY + SRAM % (0x7ffff000, 0x7ffff000, ""))],
    "root-dma-ranges": [("dma-ranges = <0 0 0 0 0 0x1000>;", "dma-ranges;")],
    "offset-foreign": [(OFFSET + 'chosen { domu { compatible = "xen,domain"; xen,enhanced = "enabled"; }; };',
                        OFFSET + 'chosen { domu { compatible = "xen,domain"; xen,enhanced = "disabled"; }; };')],
    "passthrough-reg": [(PASSED % 'xen,path = "/d"; xen,reg = <0 0x1000 0 0x200 0 0x1000>;',
                         PASSED % 'xen,path = "/d"; xen,reg = <0 0x1000 0 0x1000 0 0x1000>;')],
    "coloring": [(f'chosen {{ xen,xen-bootargs = "{word}"; }};', f'chosen {{ xen,xen-bootargs = "{other}"; }};')
                 for word, other in (("llc-coloring=on", "llc-coloring=off"),
                                     ("llc-size=1M llc-nr-ways=16", "llc-size=1M"),
                                     ("llc-coloring", "llc-size=1M llc-nr-ways=16 no-llc-coloring"))],
    "can-run": [(CORES % "arm,cortex-a9", CORES % "arm,cortex-a7"),
                (GIC.replace("arm,gic-400", "test,gic") % 10, GIC % 10),
                (GIC.replace("arm,armv8-timer", "arm,test-timer") % 10, GIC % 10)],
    "irq-type": [(GIC % 10 + OTHER % 1, GIC % 10 + OTHER % 4)],
    "vcpus": [(GIC % 10 + CPUS % more(9) + MEMORY, GIC % 10 + CPUS % more(8) + MEMORY)],
    "irq-empty": [(GIC % 10 + EMPTY % "<0>", GIC % 10 + EMPTY % "<&gic 0 20 4>")],
    "irq-extended": [(GIC_V3 % 2, GIC_V3 % 0), (GIC_V3 % 3, GIC_V3 % 0)],
    "irq-kept": [(GIC % 9, GIC % 10)],
    "xen-stops": [(MEMORY + "cpus { };", MEMORY)],
    "record-places": [(XEN_RECORD.replace("record {", "record { dom0-memory = <0 0xc0000000 0 0x20000000>;"),
                       "chosen { };")],
    "record-entry": [(XEN_RECORD, "chosen { };")],
    "memreserve-lost": [(RESERVE % "2000 0x1000", REGIONS % "a { reg = <0 0x80000000 0 0x2000>; };")],
    "passthrough-gic": [("gic { }; passthrough { };", "gic { phandle = <7>; }; passthrough { };")],
}
# The way into Xen, or the place of the payload, that a row is for, where it is not the usual one.
ENTRY = dict.fromkeys(("record-entry", "memreserve-lost"), ("--entry", "uefi"))
ENTRY["record-places"] = ("--kernel-at", "0xc8000000")
CASES = [pytest.param(trap, *pair, id=f"{trap}-{i}") for trap, pairs in PAIRS.items()
         for i, pair in enumerate(pairs)]


def with_memory(body):
    """Properties of the root come first."""
    if "device_type" in body or body.startswith("memory@"):
        return body
    return body + MEMORY


@pytest.fixture
def made(make_tree):
    def make(case):
        if isinstance(case, Grown):
            return case.make(make_tree(with_memory(case.body)))
        return make_tree(with_memory(case), flags=("-p", "16384"))
    return make


@pytest.fixture(scope="session")
def rows(build):  # noqa: F811
    """The table: what each row has, by its id."""
    lines = subprocess.run([build("traps")], check=True, capture_output=True, text=True).stdout
    return {trap: (int(since), int(until), set(parts))
            for trap, since, until, *parts in map(str.split, lines.splitlines())}


def listing(tool):
    """All rules as check explains them."""
    return tool("check", "--list-rules").out


def shown(done):
    return re.findall(r"^\S+: ([a-z0-9-]+): ", done.out, re.M)


def test_each_row_has_its_trees(tool):
    listed = [said for said in listing(tool).splitlines() if not said.startswith(" ")]
    assert sorted(listed) == sorted(PAIRS)


@pytest.mark.parametrize("trap, shows, shows_not", CASES)
def test_pair(tool, made, trap, shows, shows_not):
    entry = ENTRY.get(trap, ())
    done = tool("check", *entry, made(shows), code=1)
    assert set(shown(done)) == {trap}
    explained = done.out.splitlines()[1:3]
    assert trap in ("xen-stops", "can-run") or "\n".join([trap, *explained]) + "\n" in listing(tool)
    assert tool("check", *entry, made(shows_not)).out == ""
    assert not entry or tool("check", made(shows)).out == ""


# ---- the rows ---------------------------------------------------------------------------

def test_rows(rows, tool):
    """A row is found or mended, in releases that there are; what is found is what is listed."""
    for trap, (since, until, parts) in rows.items():
        assert 17 <= since <= until <= 22 and parts, trap
    assert {trap for trap, row in rows.items() if "find" in row[2]} == set(PAIRS)


def test_programs_are_told_what_apply_does(rows, tool):
    for one in json.loads(tool("check", "--list-rules", "--json").out)["rules"]:
        parts = rows[one["id"]][2]
        assert one["apply_edits"] == bool(parts & {"decide", "write"}), one["id"]
        assert one["apply_refuses"] == ("refuse" in parts), one["id"]


def test_each_mend_is_called(rows):
    """Once: in one of the lists that plan and apply go by."""
    source = (ROOT / "shim/xen/traps.c").read_text()
    lists = re.findall(r"static const uint8_t \w+\[\] = {([^}]*)}", source)
    called = [name.lower().replace("_", "-") for name in re.findall(r"\w+", " ".join(lists))]
    assert len(lists) == 3
    assert sorted(called) == sorted(trap for trap, row in rows.items()
                                    if row[2] & {"refuse", "decide", "write"})


@pytest.mark.parametrize("trap, releases", [
    ("reserved-overlap", range(18, 23)), ("memreserve-overlap", range(19, 23)), ("memory-depth", range(17, 20)),
    ("iommu-map-left", range(17, 19)), ("coloring", range(20, 23)),
    ("passthrough-gic", range(17, 20)), ("ranges-cover", range(17, 23))])
def test_releases(build, made, trap, releases):  # noqa: F811
    """Asked for one release, check looks for its traps alone; 0 is Debian's two."""
    tree = made(PAIRS[trap][0][0])
    for release in [0, *range(17, 23)]:
        found = subprocess.run([build("traps"), str(release), tree], check=True,
                               capture_output=True, text=True).stdout.split()
        assert found == [trap] * (release in releases or not release), release


# The rows whose mend does not end in a tree that check finds nothing in.
LEFT = {
    "chosen-order": "it is for the heap that the plan makes",
    "sram-parts": "the SRAM is kept from dom0, and stays where it is",
}


# What is refused only where it cannot be mended.
MENDED = {"reserved-form", "reserved-overlap"}


def test_mends(rows, tool, made):
    """What a row mends is no longer found; what it refuses apply does not write."""
    for trap in PAIRS:
        parts = rows[trap][2]
        if not parts & {"refuse", "decide", "write"} or trap in LEFT:
            continue
        for shows, _ in PAIRS[trap]:
            has_ram = "memory@8" in shows or ("memory@" in shows and trap != "memory-depth")
            with_ram = shows if has_ram else MEMORY + shows
            code = 2 if "refuse" in parts and trap not in MENDED else 0
            done = tool("apply", "--dom0-mem", "128M", made(with_ram), "-o", "out.dtb", code=code)
            if code:
                assert "dtshim: " in done.err, trap
            else:
                assert trap not in shown(tool("check", "out.dtb", code=None)), trap


def test_the_stage_has_no_words_of_check():
    """Its mends are plain calls: neither the table nor what finds is linked into it."""
    image = (BOARD_BUILD / "dtshim.img").read_bytes()
    assert b"its reg starts inside a page" in image  # what a mend says
    assert b"has a name of more than" not in image and b"is named like RAM" not in image
    symbols = subprocess.run(["nm", BOARD_BUILD / "dtshim.elf"], check=True, capture_output=True,
                             text=True).stdout.split()
    assert "shim_mend_reg_pages" in symbols and "shim_decide_reg" in symbols
    assert not {"shim_traps", "shim_check_all", "shim_breach", "shim_find_reg_pages"} & set(symbols)
