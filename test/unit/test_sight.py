# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""
What each release of Xen reads from a tree. The expectations are written by hand from Xen's
sources (xen/arch/arm/bootfdt.c and setup.c, xen/common/device-tree from 4.20).
"""
import re
import subprocess

import pytest

from trees import HEADER

RELEASES = range(17, 23)
RAM = 'memory@80000000 { device_type = "memory"; reg = <0 0x80000000 0 0x80000000>; };\n'
RAM_IS = "ram 80000000 100000000 /memory@80000000"


@pytest.fixture(scope="session")
def seen():
    """Trees that were looked at: all releases at once."""
    return {}


@pytest.fixture
def see(build, bare_tree, seen):
    program = build("sight")

    def see_as(release, body, *boot):
        if (body, boot) not in seen:
            out = subprocess.run([program, bare_tree(body), *boot], check=True, capture_output=True,
                                 text=True).stdout
            seen[body, boot] = dict(zip(RELEASES, re.split(r"^release \d+\n", out, flags=re.M)[1:]))
        return seen[body, boot][release].splitlines()
    return see_as


def only(lines, *kinds):
    return [line.rstrip() for line in lines if line.split()[0] in kinds]


def stops(lines):
    """Name, node and Xen's words of the stop, if there is one."""
    return [" | ".join(line.split(" | ")[:2]) for line in only(lines, "stop")]


def cells(*values):
    return " ".join(f"{value >> 32:#x} {value & 0xffffffff:#x}" for value in values)


def regions(body):
    return f"reserved-memory {{ #address-cells = <2>; #size-cells = <2>; ranges; {body} }};\n"


def region(base, size=0x1000, more=""):
    return f"r@{base:x} {{ {more} reg = <{cells(base, size)}>; }};"


def reserve(body, *ranges):
    """With /memreserve/ entries, which stand before the root."""
    return HEADER.replace("/dts-v1/;", "/dts-v1/;" + "".join(f"/memreserve/ {base:#x} {size:#x};"
                                                            for base, size in ranges)) + body + "};"


def module(name, kind="kernel", base=0x88000000, size=0x100000, more=""):
    kinds = f'"multiboot,{kind}", ' if kind else ""
    return f'{name} {{ compatible = {kinds}"multiboot,module"; reg = <{cells(base, size)}>; {more} }};'


def chosen(*nodes, more=""):
    return f"chosen {{ #address-cells = <2>; #size-cells = <2>; {more} {' '.join(nodes)} }};\n"


def domain(name, *nodes, more=""):
    return (f'{name} {{ compatible = "xen,domain"; #address-cells = <2>; #size-cells = <2>; {more} '
            f"{' '.join(nodes)} }};")


KERNEL = chosen(module("k@88000000"))
HAS_KERNEL = "module kernel 88000000 88100000 /chosen/k@88000000 -"


BANKS = ("ram", "region", "memreserve", "heap", "domain", "shared")


# ---- memory ------------------------------------------------------------------------------

@pytest.mark.parametrize("release", RELEASES)
def test_banks_are_apart_and_in_order(see, release):
    """Touching banks are two; a size of 0 is none."""
    lines = see(release, 'memory@80000000 { device_type = "memory"; reg = <0 0xc0000000 0 0x40000000'
                         ' 0 0x80000000 0 0x40000000 0 0x70000000 0 0>; };')
    assert only(lines, *BANKS) == ["ram 80000000 c0000000 /memory@80000000",
                                   "ram c0000000 100000000 /memory@80000000"]
    assert only(lines, "free") == ["free 80000000 c0000000", "free c0000000 100000000"]
    assert not only(lines, "stop", "misread")


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("body", [
    'memory@20000000 { reg = <0 0x20000000 0 0x1000000>; };',
    'soc { #address-cells = <2>; #size-cells = <2>; '
    'memory@20000000 { device_type = "memory"; reg = <0 0x20000000 0 0x1000000>; }; };'])
def test_what_is_memory(see, release, body):
    """By its name at any depth; from 4.20 at the root, with its device_type."""
    banks = [line.split()[:3] for line in only(see(release, RAM + body), "ram")]
    by_name = [["ram", "20000000", "21000000"]] if release < 20 else []
    assert banks == [*by_name, ["ram", "80000000", "100000000"]]


@pytest.mark.parametrize("release", RELEASES)
def test_a_disabled_bank_and_region(see, release):
    """From 4.19 a disabled one is not there."""
    lines = see(release, RAM + regions('a@90000000 { status = "disabled"; reg = <0 0x90000000 0 0x1000>; };') +
                'memory@20000000 { device_type = "memory"; status = "disabled";'
                ' reg = <0 0x20000000 0 0x1000000>; };')
    if release < 19:
        assert only(lines, *BANKS) == ["ram 20000000 21000000 /memory@20000000", RAM_IS,
                                       "region 90000000 90001000 /reserved-memory/a@90000000"]
    else:
        assert only(lines, *BANKS) == [RAM_IS]


@pytest.mark.parametrize("release", RELEASES)
def test_the_cells_of_memory(see, release):
    """What a node does not say it has from the nodes above: soc has no cells of its own."""
    lines = see(release, 'soc { memory@20000000 { reg = <0 0x20000000 0 0x1000000>; }; };' + RAM)
    assert ("ram 20000000 21000000 /soc/memory@20000000" in lines) == (release < 20)


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("depth", [1, 2])
def test_memory_without_reg(see, release, depth):
    """
    Up to 4.18 nothing behind it is read; 4.19 stops at any node of that name, later ones at the
    root's alone. What is disabled is not asked for its reg.
    """
    node = 'memory { device_type = "memory"; %s };'
    body = node if depth == 1 else "soc { " + node + " };"
    path = "/memory" if depth == 1 else "/soc/memory"
    counts = depth == 1 or release < 20
    lines = see(release, RAM + body % "" + KERNEL)
    assert only(lines, "ram") == [RAM_IS]
    assert only(lines, "module") == ([] if counts else [HAS_KERNEL])
    assert only(lines, "unread") == ([f"unread {path}"] if counts else [])
    assert stops(lines) == ([] if not counts else
                            [f"stop memory-reg {path} silent | Early FDT parsing failed (-2)"]
                            if release > 18 else
                            [f"stop memory-reg {path} | Missing kernel boot module?"])
    lines = see(release, RAM + body % 'status = "disabled";' + KERNEL)
    assert len(only(lines, "misread")) == (counts and release < 19)


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("boot", [(), ("arm32",)])
def test_no_memory(see, release, boot):
    """RAM that only Linux sees."""
    lines = see(release, 'ram@80000000 { device_type = "memory"; reg = <0 0x80000000 0 0x80000000>; };',
                *boot)
    assert stops(lines) == [f"stop no-memory - silent | {'No memory bank' if boot else ''}"]


@pytest.mark.parametrize("release", RELEASES)
def test_ram_said_twice(see, release):
    """Two banks that overlap; what they share is reserved here."""
    twice = 'memory@f0000000 { device_type = "memory"; reg = <0 0xf0000000 0 0x10000000>; };'
    lines = see(release, RAM + twice + regions(region(0xf0000000, 0x10000000)))
    assert stops(lines) == ["stop banks-meet /memory@f0000000 silent | "
                            "Unable to setup the directmap mappings."]


@pytest.mark.parametrize("release", RELEASES)
def test_how_many_banks(see, release):
    """256: then up to 4.18 nothing more is read."""
    def banks(count):
        return 'memory@80000000 { device_type = "memory"; reg = <' + " ".join(
            cells(0x80000000 + 0x200000 * i, 0x100000) for i in range(count)) + ">; };" + KERNEL
    lines = see(release, banks(256))
    assert len(only(lines, "ram")) == 256 and not only(lines, "misread")
    lines = see(release, banks(257))
    assert len(only(lines, "ram")) == 256
    assert stops(lines) == ["stop too-many-banks /memory@80000000" + (
        " silent | Early FDT parsing failed (-28)" if release > 18 else " | Missing kernel boot module?")]


# ---- reserved memory -----------------------------------------------------------------------

@pytest.mark.parametrize("release", RELEASES)
def test_regions(see, release):
    """All below /reserved-memory that has reg, and every range of it."""
    lines = see(release, RAM + regions("a@90000000 { reg = <0 0x90000000 0 0x1800 0 0x91000000 0 0x1000>;"
                                 " b { no-map; c@92000000 { reg = <0 0x92000000 0 0x1000>; }; }; };"
                                 " pool { size = <0 0x1000>; };"))
    assert only(lines, "region") == ["region 90000000 90001800 /reserved-memory/a@90000000",
                                     "region 91000000 91001000 /reserved-memory/a@90000000",
                                     "region 92000000 92001000 /reserved-memory/a@90000000/b/c@92000000"]
    assert only(lines, "free") == ["free 80000000 90000000", "free 90002000 91000000",
                                   "free 91001000 92000000", "free 92001000 100000000"]


@pytest.mark.parametrize("release", RELEASES)
def test_regions_without_cells(see, release):
    """/reserved-memory has the cells 2 and 1 then, whatever the root has."""
    lines = see(release, RAM + "reserved-memory { ranges; a@0 { reg = <0 0x90000000 0x1000>; }; };")
    assert only(lines, "region") == ["region 90000000 90001000 /reserved-memory/a@0"]


@pytest.mark.parametrize("release", RELEASES)
def test_a_region_that_has_a_unit_address(see, release):
    """reserved-memory@0 is not /reserved-memory."""
    lines = see(release, RAM + "reserved-memory@0 { #address-cells = <2>; #size-cells = <2>; ranges;"
                               " a@90000000 { reg = <0 0x90000000 0 0x1000>; }; };")
    assert only(lines, *BANKS) == [RAM_IS]


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("status, there", [
    ('"okay"', True), ('"ok"', True), ("[6f 6b]", True), ('"ok", "disabled"', True),
    ('"reserved"', False), ('""', False), ('"Okay"', False)])
def test_status(see, release, status, there):
    lines = see(release, RAM + regions(region(0x90000000, more=f"status = {status};")))
    assert len(only(lines, "region")) == (there or release < 19)


@pytest.mark.parametrize("release", RELEASES)
def test_cells_that_regions_inherit(see, release):
    """From the nodes below /reserved-memory, and what is read then is low 64 bits."""
    lines = see(release, RAM + regions("a { #size-cells = <1>; b { c@0 { reg = <0 0x90000000 0x1000>; }; }; };"
                                       "d { #address-cells = <3>; e@0 { reg = <7 0 0x91000000 0 0x1000>; }; };"))
    assert only(lines, "region") == ["region 90000000 90001000 /reserved-memory/a/b/c@0",
                                     "region 91000000 91001000 /reserved-memory/d/e@0"]


@pytest.mark.parametrize("release", RELEASES)
def test_regions_of_no_size_cells(see, release):
    """A child that has #size-cells = <0> ends it all, where a node is below it."""
    lines = see(release, RAM + regions("a { #size-cells = <0>; b { }; };") + KERNEL)
    assert only(lines, "misread")[0].startswith(
        "misread no-cells /reserved-memory/a/b silent | fdt: node `reserved-memory': parsing failed")
    assert stops(lines) == ["stop no-cells /reserved-memory/a/b" + (
        " silent | Early FDT parsing failed (-22)" if release > 18 else " | Missing kernel boot module?")]


# ---- what may not meet -----------------------------------------------------------------------

@pytest.mark.parametrize("release", RELEASES)
def test_regions_that_meet(see, release):
    """No matter in 4.17; 4.18 reads no further and goes on; from 4.19 Xen stops, silently."""
    lines = see(release, RAM + KERNEL + regions(region(0x90000000, 0x2000) + region(0x90001000, 0x2000) +
                                                region(0x94000000)) + "x { };")
    last = "/reserved-memory/r@90001000"
    assert len(only(lines, "region")) == (3 if release == 17 else 1)
    if release > 17:
        assert only(lines, "misread")[0].startswith(
            f"misread regions-meet {last} silent | fdt: node `reserved-memory': parsing failed")
        assert only(lines, "unread") == ["unread /reserved-memory"]
    assert stops(lines) == ([f"stop regions-meet {last} silent | Early FDT parsing failed (-22)"]
                            if release > 18 else [])


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("meets", [False, True])
def test_a_size_of_0_meets_too(see, release, meets):
    """Whether it is a bank is asked later; at the very start of another one it does not meet it."""
    lines = see(release, RAM + regions(region(0x90000000) + "z { " + region(0x90000800 if meets else 0x90000000, 0) + " };"))
    assert len(only(lines, "region")) == 1
    assert len(only(lines, "misread")) == (meets and release > 17)


# of /memreserve/, of the region; the releases that it stops
INSIDE, AROUND, ACROSS, SAME = range(4)
BOTH = {INSIDE: ((0x90000000, 0x4000), (0x90001000, 0x1000), [19]),
        AROUND: ((0x90001000, 0x1000), (0x90000000, 0x4000), [19, 20, 21, 22]),
        ACROSS: ((0x90001000, 0x4000), (0x90000000, 0x4000), [19, 20, 21, 22]),
        SAME: ((0x90000000, 0x4000), (0x90000000, 0x4000), [19])}


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("case", BOTH)
def test_memreserve_and_a_region(see, release, case):
    """It may lie inside a /memreserve/ entry, but the first 4.19 did not let it: the row is strict."""
    plug, place, stopped = BOTH[case]
    lines = see(release, reserve(RAM + regions(region(*place)), plug))
    assert len(only(lines, "stop")) == (release in stopped)
    assert only(lines, "memreserve") == [f"memreserve {plug[0]:x} {sum(plug):x} -"]
    if release not in stopped:
        low, high = min(plug[0], place[0]), max(sum(plug), sum(place))
        assert only(lines, "free") == [f"free 80000000 {low:x}", f"free {high:x} 100000000"]


@pytest.mark.parametrize("release", RELEASES)
def test_memreserve_ends_at_a_size_of_0(see, release):
    lines = see(release, reserve(RAM, (0x90000000, 0x1000), (0x91000000, 0), (0x92000000, 0x1000)))
    assert only(lines, "memreserve") == ["memreserve 90000000 90001000 -"]


@pytest.mark.parametrize("release", RELEASES)
def test_how_many_are_reserved(see, release):
    """256 regions; from 4.19 with /memreserve/ and the static heap among them."""
    most = regions("".join(region(0x90000000 + 0x1000 * i) for i in range(256)))
    plug = (0xa0000000, 0x1000)
    assert not only(see(release, RAM + most), "stop", "misread")
    lines = see(release, reserve(RAM + most, plug))
    words = "Max number of supported reserved-memory regions reached."
    last = "/reserved-memory/r@900ff000"
    assert stops(lines) == ([f"stop too-many-banks {last} silent | {words}"] if release > 18 else [])
    one_more = most.replace("};\n", region(0x98000000) + "};\n")
    assert stops(see(release, RAM + one_more)) == [
        f"stop too-many-banks /reserved-memory/r@98000000 silent | {words}"]
    heap = chosen(module("k"), more=f"xen,static-heap = <{cells(0xa0000000, 0x10000)}>;")
    lines = see(release, RAM + most + heap)
    assert stops(lines) == ["stop too-many-banks /chosen" + (
        " silent | Early FDT parsing failed (-28)" if release > 18 else " | Missing kernel boot module?")]


@pytest.mark.parametrize("release", RELEASES)
def test_how_much_memreserve(see, release):
    plugs = [(0x90000000 + 0x1000 * i, 0x1000) for i in range(257)]
    assert stops(see(release, reserve(RAM, *plugs))) == (
        ["stop too-many-banks - silent | Cannot allocate reserved memory bank"] if release > 18 else [])


@pytest.mark.parametrize("release", RELEASES)
def test_a_module_in_reserved_memory(see, release):
    """From 4.18 it is not there if the region was read first; else Xen reads no further."""
    inside = regions(region(0x88000000))
    before, behind = see(release, RAM + inside + KERNEL), see(release, RAM + KERNEL + inside)
    if release == 17:
        assert HAS_KERNEL in only(before, "module") and not only(before, "ignored", "stop")
    else:
        assert not only(before, "module")
        assert only(before, "ignored") == [HAS_KERNEL.replace("module", "ignored", 1)]
        assert stops(before) == ["stop no-kernel /chosen/k@88000000 | Missing kernel boot module?"]
    assert len(only(behind, "misread")) == (release > 17)
    assert len(only(behind, "stop")) == (release > 18)


@pytest.mark.parametrize("release", RELEASES)
def test_a_module_in_memreserve(see, release):
    """U-Boot reserves ramdisks so: only the first 4.19 minded."""
    lines = see(release, reserve(RAM + KERNEL, (0x88000000, 0x100000)))
    assert len(only(lines, "module")) == (release != 19)


@pytest.mark.parametrize("release", RELEASES)
def test_modules_that_meet(see, release):
    """The later one is not there from 4.18 on."""
    lines = see(release, RAM + chosen(module("k"), module("r", "ramdisk", 0x880f0000)))
    assert only(lines, "module")[1:] == (["module ramdisk 880f0000 881f0000 /chosen/r -"]
                                         if release == 17 else [])
    assert len(only(lines, "ignored")) == (release > 17)


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("body, more, freed", [
    ("", "88001000:1000", True), ("", "880ff000:2000", True), ("", "87fff800:1000", False),
    ("", "87ff0000:10000", False), ("", "88100000:1000", False),
    (regions(region(0x880ff000, 0x1000)), "880ff000:2000", False)])
def test_what_is_freed_twice_stops_the_oldest(see, release, body, more, freed):
    """Whole pages that two modules share and nobody has reserved; the second one is no node's."""
    lines = see(release, RAM + body + chosen(module("k")), f"more={more}")
    found = [line.split(" |")[0] for line in only(lines, "late")]
    assert found == (["late modules-meet -"] if freed and release == 17 else [])


@pytest.mark.parametrize("release", RELEASES)
def test_what_xen_frees_across_banks(see, release):
    two = ('memory@80000000 { device_type = "memory"; reg = <0 0x80000000 0 0x8000000'
           ' 0 0x88000000 0 0x10000000>; };')
    assert not only(see(release, two + chosen(module("k"))), "late")
    assert only(see(release, two + chosen(module("k")), "more=87fff000:2000"), "late", "stop") == (
        ["late across-banks - | Xen BUG at common/page_alloc.c | 0x87fff000-0x88000fff is not inside one bank "
         "of RAM: Xen hands out what is in the next one"] if release == 17 else [])


@pytest.mark.parametrize("release", RELEASES)
def test_xen_and_the_tree_count_too(see, release):
    lines = see(release, RAM + chosen(module("k"), module("r", "ramdisk", 0x8a000000)),
                "image=88080000:100000", "tree=8a000000")
    assert [line.split()[1] for line in only(lines, "module")] == (
        ["xen", "tree", "kernel", "ramdisk"] if release == 17 else ["xen", "tree"])


# ---- modules -----------------------------------------------------------------------------

@pytest.mark.parametrize("release", RELEASES)
def test_modules(see, release):
    lines = see(release, RAM + chosen(
        module("k@1", more='bootargs = "of the module";'),
        'r@2 { compatible = "xen,linux-initrd", "xen,multiboot-module"; reg = <0 0x89000000 0 0x1001>; };',
        more='bootargs = "dom0_mem=1G,max:2G x dom0_mem=512M no-iommu";'),
        "image=80200000:100000", "tree=81000000", "word=dom0_mem", "word=x", "word=dom0", "word=no-iommu")
    tree_end = only(lines, "module")[1].split()[3]
    assert only(lines, "module", "ignored") == [
        "module xen 80200000 80300000 - -", f"module tree 81000000 {tree_end} - -",
        "module kernel 88000000 88100000 /chosen/k@1 - of the module",
        "module ramdisk 89000000 89001001 /chosen/r@2 -"]
    assert only(lines, "xen-line", "dom0-line") == [
        "xen-line dom0_mem=1G,max:2G x dom0_mem=512M no-iommu", "dom0-line of the module"]
    assert only(lines, "word") == ["word dom0_mem=512M", "word x=", "word no-iommu="]
    assert only(lines, "free") == ["free 80000000 80200000", "free 80300000 81000000",
                                   "free 81001000 88000000", "free 88100000 89000000",
                                   "free 89002000 100000000"]
    assert not only(lines, "unknown-places", "stop", "misread", "dom0less")


@pytest.mark.parametrize("release", RELEASES)
def test_modules_by_order(see, release):
    lines = see(release, RAM + chosen(*(module(f"m{i}", "", 0x88000000 + 0x1000 * i, 0x1000) for i in range(4))))
    assert [(line.split()[1], "guessed" in line) for line in only(lines, "module")] == [
        ("kernel", True), ("ramdisk", True), ("other", True), ("other", True)]


@pytest.mark.parametrize("release", RELEASES)
def test_a_kind_that_only_later_ones_know(see, release):
    lines = see(release, RAM + chosen(module("u", "microcode"), module("k", "", 0x8a000000)))
    assert [line.split()[1] for line in only(lines, "module")] == (
        ["kernel", "ramdisk"] if release < 21 else ["other", "kernel"])


@pytest.mark.parametrize("release", RELEASES)
def test_where_modules_may_stand(see, release):
    """Three levels down at most, below any node of the root whose name begins with chosen."""
    levels = "a { %s b { %s c { }; }; };" % (module("k"), module("r", "ramdisk", 0x89000000))
    lines = see(release, RAM + chosen(levels) + "chosen-x { #address-cells = <2>; #size-cells = <2>; " +
                module("r", "ramdisk", 0x8a000000) + " }; soc { " + module("r", "ramdisk", 0x8b000000) + " };")
    assert [line.split()[4] for line in only(lines, "module")] == ["/chosen/a/k", "/chosen-x/r"]


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("length, there", [(41, True), (42, True), (43, False)])
def test_a_long_path(see, release, length, there):
    lines = see(release, RAM + chosen("n" * 40 + " { " + module("k" * length) + " };"))
    assert [len(only(lines, kind)) for kind in ("module", "ignored", "stop")] == [there, not there, not there]


@pytest.mark.parametrize("release", RELEASES)
def test_any_letters(see, release):
    """Whether it is a module is asked with any letters, of what kind with these."""
    lines = see(release, RAM + 'chosen { #address-cells = <2>; #size-cells = <2>;'
                ' m { compatible = "MultiBoot,Module", "Multiboot,Ramdisk"; reg = <0 0x88000000 0 0x1000>; };'
                " };" + regions(region(0x90000000)).replace("reserved-memory", "Reserved-Memory"))
    assert only(lines, "module") == ["module kernel 88000000 88001000 /chosen/m - guessed"]
    assert len(only(lines, "region")) == 1


@pytest.mark.parametrize("release", RELEASES)
def test_how_many_modules(see, release):
    """32, Xen and the tree among them, also where their places are not known."""
    many = chosen(*(module(f"m{i}", "ramdisk", 0x88000000 + 0x1000 * i, 0x1000) for i in range(30)), module("k"))
    for boot in ((), ("image=80200000:100000", "tree=81000000")):
        lines = see(release, RAM + many, *boot)
        assert len(only(lines, "module")) == 30 + len(boot)
        assert stops(lines) == ["stop no-kernel /chosen/k | Missing kernel boot module?"]


@pytest.mark.parametrize("release", RELEASES)
def test_domains(see, release):
    """Each has its modules; without a kernel of dom0's there is no dom0."""
    lines = see(release, RAM + chosen(domain("u", module("k"), module("r", "ramdisk", 0x89000000),
                                             module("d", "device-tree", 0x8a000000))))
    assert only(lines, "module") == ["module kernel 88000000 88100000 /chosen/u/k /chosen/u",
                                     "module ramdisk 89000000 89100000 /chosen/u/r /chosen/u",
                                     "module domain-tree 8a000000 8a100000 /chosen/u/d /chosen/u"]
    assert only(lines, "dom0less") and not only(lines, "stop")


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("dom0_first", [True, False])
def test_a_module_of_two(see, release, dom0_first):
    """From 4.18 it is his who names it first."""
    own, domains = module("k"), domain("u", module("k"))
    lines = see(release, RAM + chosen(*([own, domains] if dom0_first else [domains, own])))
    assert [line.split()[5] for line in only(lines, "module")] == (
        ["-"] if dom0_first or release == 17 else ["/chosen/u"])
    assert len(only(lines, "dom0less")) == (not dom0_first and release > 17)


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("body, words", [
    ('m { compatible = "multiboot,module"; };', "node m missing `reg' property"),
    ('m { compatible = "multiboot,module"; reg = <0 0x88000000 0>; };',
     "fdt: node `m': `reg` property length is too short")])
def test_a_module_without_a_place(see, release, body, words):
    lines = see(release, RAM + chosen(body))
    assert stops(lines) == [f"stop module-reg /chosen/m silent | {words}"]


@pytest.mark.parametrize("release", RELEASES)
def test_modules_that_come_later(see, release):
    """They stand behind the others of /chosen, before what follows it."""
    lines = see(release, RAM + chosen(module("r", "ramdisk")) + regions(region(0x89000000)),
                "more=89000000:1000")
    assert only(lines, "module")[-1] == "module kernel 89000000 89001000 - -"
    assert len(only(lines, "misread")) == (release > 17)
    lines = see(release, RAM, "more=0:0")
    assert not only(lines, "module", "stop") and only(lines, "unknown-places")


@pytest.mark.parametrize("release", RELEASES)
def test_the_old_ramdisk(see, release):
    """It is before all modules that have a node."""
    ends = "linux,initrd-start = <0x89000000>; linux,initrd-end = <0 0x89001234>;"
    lines = see(release, RAM + chosen(module("k"), more=ends))
    assert only(lines, "module") == ["module ramdisk 89000000 89001234 - -",
                                     "module kernel 88000000 88100000 /chosen/k -"]


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("ends", [
    "linux,initrd-start = <0x89000000>; linux,initrd-end = <0x89000000>;",
    "linux,initrd-start = <0x89000000>;",
    "linux,initrd-start = <0 0 0x89000000>; linux,initrd-end = <0x8a000000>;"])
def test_an_old_ramdisk_that_is_none(see, release, ends):
    lines = see(release, RAM + chosen(module("k"), more=ends))
    assert stops(lines) == ["stop initrd /chosen" + (
        " silent | Early FDT parsing failed (-22)" if release > 18 else " | Missing kernel boot module?")]


# ---- command lines -------------------------------------------------------------------------

LINES = {'bootargs = "a";': ("", "a"), 'bootargs = "a"; xen,xen-bootargs = "x";': ("x", "a"),
         'bootargs = "a"; xen,dom0-bootargs = "d";': ("a", "d"),
         'xen,dom0-bootargs = "d"; bootargs = "a";': ("a", "d"),
         'xen,xen-bootargs = ""; xen,dom0-bootargs = "";': ("", ""),
         'xen,xen-bootargs = "x", "y"; bootargs = [61 62];': ("x", "ab")}


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("properties", LINES)
@pytest.mark.parametrize("own", ["", 'bootargs = "k";', 'bootargs = "";'])
def test_lines(see, release, properties, own):
    """Of /chosen or the kernel's module; dom0's xen,dom0-bootargs comes before its module's."""
    xen, dom0 = LINES[properties]
    if own == 'bootargs = "k";':
        if "xen,dom0" not in properties:
            dom0 = "k"
        if "xen,xen" not in properties:
            xen = "a"
    lines = see(release, RAM + chosen(module("k", more=own), more=properties))
    assert [line.partition(" ")[2] for line in only(lines, "xen-line", "dom0-line")] == [xen, dom0]


@pytest.mark.parametrize("release", RELEASES)
def test_long_lines(see, release):
    """A module's has 1024 bytes, Xen's own has no limit, but its words have."""
    def see_line(length):
        return see(release, RAM + chosen(module("k", more=f'bootargs = "{"x" * length}";')))
    assert [len(only(see_line(length), "dom0-line")[0]) - 10 for length in (1023, 1024)] == [1023, 1023]
    assert stops(see_line(1025)) == ["stop module-line /chosen/k silent | module chosen command line too long"]
    lines = see(release, RAM + chosen(module("k"), more=f'xen,xen-bootargs = "{"y " * 2000}a={"x" * 200}";'),
                "word=a")
    assert only(lines, "word") == ["word a=" + "x" * 125]


@pytest.mark.parametrize("release", RELEASES)
def test_chosen_with_a_unit_address(see, release):
    """Xen finds its own line in it, and dom0's not."""
    lines = see(release, RAM + chosen(module("k"), more='xen,xen-bootargs = "x"; bootargs = "a";').replace(
        "chosen", "chosen@0"))
    assert only(lines, "xen-line", "dom0-line") == ["xen-line x"]
    assert only(lines, "module") == ["module kernel 88000000 88100000 /chosen@0/k -"]


# ---- heap and domains' memory ------------------------------------------------------------------

@pytest.mark.parametrize("release", RELEASES)
def test_a_static_heap(see, release):
    """Nothing else is handed out, and modules in it are not there from 4.18 on."""
    heap = f"xen,static-heap = <{cells(0xa0000000, 0x10000, 0x90000000, 0x10000)}>;"
    lines = see(release, RAM + chosen(module("k"), module("r", "ramdisk", 0xa0001000, 0x1000), more=heap))
    assert only(lines, "heap", "static-heap") == ["heap a0000000 a0010000 /chosen",
                                                  "heap 90000000 90010000 /chosen", "static-heap"]
    assert only(lines, "free") == ["free 90000000 90010000", "free a0000000 a0010000"]
    assert len(only(lines, "module")) == (2 if release == 17 else 1)


@pytest.mark.parametrize("release", RELEASES)
def test_static_memory(see, release):
    """Without its part of Xen a domain that has it stops Xen: from 4.20 on at once."""
    body = RAM + chosen(module("k"), domain("u", more=f"xen,static-mem = <{cells(0x90000000, 0x100000)}>;"))
    taken = ["domain 90000000 90100000 /chosen/u"]
    lines = see(release, body, "static-memory")
    assert only(lines, "domain") == taken and not only(lines, "stop")
    assert "free 88100000 90000000" in lines
    lines = see(release, body)
    assert only(lines, "domain") == (taken if release < 20 else [])
    assert stops(lines) == ["stop static-memory /chosen/u" + (
        " | Device tree generation failed (-2)." if release < 20 else
        " silent | Early FDT parsing failed (-22)")]


@pytest.mark.parametrize("release", RELEASES)
def test_direct_map(see, release):
    lines = see(release, RAM + chosen(module("k"), domain("u", more="direct-map;")), "static-memory")
    assert stops(lines) == ["stop static-memory /chosen/u | "
                            "direct-map is not valid for domain u without static allocation."]


def shared(base=0x90000000, name="a", more="", size=0x100000):
    at = cells(base, 0x50000000, size) if base is not None else cells(0x50000000, size)
    return (f's{name} {{ compatible = "xen,domain-shared-memory-v1"; xen,shm-id = "{name}";'
            f' xen,shared-mem = <{at}>; {more} }};')


@pytest.mark.parametrize("release", RELEASES)
def test_shared_memory(see, release):
    """One bank for owner and borrower; no Xen of Debian's is built for it."""
    body = RAM + chosen(module("k"), domain("u", shared(more='role = "owner";')),
                        domain("v", shared(more='role = "borrower";')))
    lines = see(release, body, "static-shm")
    assert only(lines, "shared") == ["shared 90000000 90100000 /chosen/u/sa"]
    assert not only(lines, "stop", "misread") and "free 88100000 90000000" in lines
    lines = see(release, body)
    assert only(lines, "misread")[0].startswith("misread shared-memory /chosen/u/sa silent | "
                                                "fdt: node `sa': parsing failed")
    assert len(only(lines, "stop")) == (release > 18)


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("nodes, fault", [
    ((shared(), shared(0x91000000)), RELEASES),             # one name, two places
    ((shared(), shared(name="b")), RELEASES),               # two names, one place
    ((shared(), shared(0x90080000, "b")), RELEASES),        # they meet
    ((shared(), shared(0x91000000, "b")), []),
    ((shared(0x90000800),), range(19, 23)),                 # not whole pages
    ((shared(None),), [17, 18]),                            # Xen is to choose the place
    ((shared(name="n" * 15),), []), ((shared(name="n" * 16),), RELEASES),
    ((shared(more='role = "x";'),), RELEASES), ((shared(size=0),), RELEASES)])
def test_faults_of_shared_memory(see, release, nodes, fault):
    lines = see(release, RAM + chosen(module("k"), *(domain(f"u{i}", one) for i, one in enumerate(nodes))),
                "static-shm")
    assert len(only(lines, "misread")) == (release in fault)


def test_shared_memory_behind_a_region(see):
    """4.18 takes the second node of a region for one that meets the first's, if a bank is before it."""
    body = RAM + regions(region(0x98000000)) + chosen(module("k"), domain("u", shared()), domain("v", shared()))
    assert [release for release in RELEASES if only(see(release, body, "static-shm"), "misread")] == [18]


# ---- places ------------------------------------------------------------------------------------

LOW = 'memory@0 { device_type = "memory"; reg = <0 0 0 0x80000000>; };\n'
HIGH = 'memory@1 { device_type = "memory"; reg = <0x200 0 0 0x80000000 0xa00 0 0 0x80000000>; };\n'


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("base, stopped", [
    (0, []), (0x800, RELEASES), (0x200000, []), (0x201000, [17]), (0x3ff000, [17]), (0x400000, []),
    (0x20000000000, [18]), (0xa0000000000, [18, 19, 20, 21, 22]), (0x90000000000, RELEASES)])
def test_where_xen_may_start(see, release, base, stopped):
    """Not over its own addresses, not too high, and in RAM."""
    lines = see(release, LOW + HIGH, f"image={base:x}:100000", "more=0:0")
    assert [stop.partition(" |")[0] for stop in stops(lines)] == (
        ["stop xen-place - silent"] if release in stopped else [])


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("base, stopped", [("80000000", False), ("80000004", True), ("0", True)])
def test_where_the_tree_may_lie(see, release, base, stopped):
    lines = see(release, RAM, f"tree={base}")
    assert stops(lines) == ([f"stop tree-place - silent | "
                             f"Invalid device tree blob at physical address 0x{base}."] if stopped else [])


@pytest.mark.parametrize("release", RELEASES)
def test_a_large_tree(see, release):
    fill = 'x { data = [' + "00 " * (2 << 20) + "]; };"
    assert stops(see(release, RAM + fill))[0].startswith("stop tree-size - silent | Invalid device tree blob")


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("base, stopped", [("8ff00000", False), ("8ff01000", True), ("90000000", False)])
def test_across_banks(see, release, base, stopped):
    """Xen takes itself out of one bank."""
    two = ('memory@80000000 { device_type = "memory"; reg = <0 0x80000000 0 0x10000000'
           ' 0 0x90000000 0 0x10000000>; };')
    lines = see(release, two, f"image={base}:100000")
    assert [stop.partition(" |")[0] for stop in stops(lines)] == (["stop across-banks -"] if stopped else [])


@pytest.mark.parametrize("release", RELEASES)
def test_deep_nodes(see, release):
    """Told of a release that would stop at four levels; none does at 15."""
    def nested(depth):
        return "".join(f"n{i} {{ " for i in range(depth)) + "}; " * depth
    assert not only(see(release, RAM + nested(15)), "stop")
    lines = see(release, RAM + nested(4) + KERNEL, "deepest=4")
    assert stops(lines) == ["stop deep-nodes /n0/n1/n2/n3 silent | "]
    assert not only(lines, "module")


@pytest.mark.parametrize("release", RELEASES)
def test_fragments(see, release):
    """256 pieces of free RAM; the last two regions of 250 touch a page that is not whole."""
    holes = "".join(region(0x90000000 + 0x2000 * i) for i in range(250))
    kernels = chosen(*(module(f"m{i}", "ramdisk", 0xa0000000 + 0x2000 * i, 0x1000) for i in range(5)))
    lines = see(release, RAM + regions(holes) + kernels)
    assert len(only(lines, "free")) == 256 and not only(lines, "stop")
    lines = see(release, RAM + regions(holes) + kernels, "image=b0000000:100000")
    assert stops(lines) == ["stop fragments - silent | "]


@pytest.mark.parametrize("release", RELEASES)
def test_whole_pages_are_free(see, release):
    lines = see(release, 'memory@800 { device_type = "memory"; reg = <0 0x800 0 0x100000 0 0x200000 0 0x10800>; };'
                + regions(region(0x203800, 0x1000) + region(0x205000, 0x1000)))
    assert only(lines, "free") == ["free 1000 100000", "free 200000 203000", "free 206000 210000"]


@pytest.mark.parametrize("release", RELEASES)
def test_unknown_places(see, release):
    lines = see(release, RAM, "tree=81000000")
    assert only(lines, "unknown-places") and len(only(lines, "module")) == 1
    assert not only(see(release, RAM, "tree=81000000", "image=82000000:100000"), "unknown-places")
