# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""
What each release of Xen reads from a tree. The expectations are written by hand from Xen's
sources (xen/arch/arm/bootfdt.c and setup.c, xen/common/device-tree from 4.20).
"""
import subprocess

import pytest

RELEASES = range(17, 23)
RAM = 'memory@80000000 { device_type = "memory"; reg = <0 0x80000000 0 0x80000000>; };\n'
RAM_IS = "ram 80000000 100000000 /memory@80000000"


@pytest.fixture(name="see")
def fixture_see(build, make_tree):
    program = build("sight")

    def see(release, body, *boot):
        done = subprocess.run([program, str(release), make_tree(body), *boot], check=True,
                              capture_output=True, text=True)
        return done.stdout.splitlines()
    return see


def only(lines, *kinds):
    return [line.rstrip() for line in lines if line.split()[0] in kinds]


def regions(body, more=""):
    return RAM + f"reserved-memory {{ {more} #address-cells = <2>; #size-cells = <2>; ranges; {body} }};"


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
    lines = see(release, regions('a@90000000 { status = "disabled"; reg = <0 0x90000000 0 0x1000>; };') +
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
def test_no_memory(see, release):
    lines = see(release, "")
    assert only(lines, "stop")[0].startswith("stop no-memory - silent")


# ---- reserved memory -----------------------------------------------------------------------

@pytest.mark.parametrize("release", RELEASES)
def test_regions(see, release):
    """All below /reserved-memory that has reg, and every range of it."""
    lines = see(release, regions("a@90000000 { reg = <0 0x90000000 0 0x1800 0 0x91000000 0 0x1000>;"
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


MEETING = ("a@90000000 { reg = <0 0x90000000 0 0x2000>; }; b@90001000 { reg = <0 0x90001000 0 0x2000>; };"
           " c@94000000 { reg = <0 0x94000000 0 0x1000>; };")


@pytest.mark.parametrize("release", RELEASES)
def test_regions_that_meet(see, release):
    """No matter in 4.17; 4.18 reads no further and goes on; from 4.19 Xen stops, silently."""
    lines = see(release, regions(MEETING) + "x { };")
    last = "/reserved-memory/b@90001000"
    assert len(only(lines, "region")) == (3 if release == 17 else 1)
    if release > 17:
        assert only(lines, "misread")[0].startswith(f"misread regions-meet {last} | fdt: node `b@90001000'")
        assert only(lines, "unread") == ["unread /reserved-memory"]
    assert [line.split(" | ")[:2] for line in only(lines, "stop")] == (
        [[f"stop regions-meet {last} silent", "Early FDT parsing failed (-22)"]] if release > 18 else [])


# ---- modules -----------------------------------------------------------------------------

def module(name, compatible, base=0x88000000, size=0x100000, more=""):
    return (f"{name} {{ compatible = {compatible}; reg = <{base >> 32:#x} {base & 0xffffffff:#x} 0 {size:#x}>;"
            f" {more} }};")


def chosen(*modules, more=""):
    return f"chosen {{ #address-cells = <2>; #size-cells = <2>; {more} {' '.join(modules)} }};"


KERNEL, RAMDISK = '"multiboot,kernel", "multiboot,module"', '"multiboot,ramdisk", "multiboot,module"'


@pytest.mark.parametrize("release", RELEASES)
def test_modules(see, release):
    lines = see(release, RAM + chosen(
        module("k@1", KERNEL, more='bootargs = "of the module";'),
        module("r@2", '"xen,linux-initrd", "xen,multiboot-module"', 0x89000000),
        more='bootargs = "dom0_mem=1G,max:2G x dom0_mem=512M no-iommu";'),
        "image=80200000:100000", "tree=81000000", "word=dom0_mem", "word=x", "word=dom0", "word=no-iommu")
    size = int(only(lines, "module")[1].split()[3], 16)
    assert only(lines, "module", "ignored") == [
        "module xen 80200000 80300000 - -", f"module tree 81000000 {size:x} - -",
        "module kernel 88000000 88100000 /chosen/k@1 - of the module",
        "module ramdisk 89000000 89100000 /chosen/r@2 -"]
    assert only(lines, "xen-line", "dom0-line") == [
        "xen-line dom0_mem=1G,max:2G x dom0_mem=512M no-iommu", "dom0-line of the module"]
    assert only(lines, "word") == ["word dom0_mem=512M", "word x=", "word no-iommu="]
    assert not only(lines, "unknown-places", "stop", "misread")


@pytest.mark.parametrize("release", RELEASES)
def test_a_module_in_reserved_memory(see, release):
    """From 4.18 it is not there if the region was read first; else Xen reads no further."""
    region = ("reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges;"
              " a@88000000 { reg = <0 0x88000000 0 0x1000>; }; };")
    one = RAM + chosen(module("k@1", KERNEL))
    before, behind = see(release, RAM + region + one[len(RAM):]), see(release, one + region)
    kernel = "kernel 88000000 88100000 /chosen/k@1 -"
    if release == 17:
        assert f"module {kernel}" in only(before, "module") and not only(before, "ignored")
    else:
        assert not only(before, "module") and only(before, "ignored") == [f"ignored {kernel}"]
    assert len(only(behind, "misread")) == (release > 17)
    assert len(only(behind, "stop")) == (release > 18)
