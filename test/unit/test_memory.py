# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""
Where each release of Xen takes dom0's memory from. What stands in memory_maps.py was seen in
boots (test/boot/test_banks.py); other expectations are written by hand from Xen's sources.
"""
import subprocess

import pytest

from memory_maps import MAPS, XEN_ROOM

RELEASES = range(17, 23)
MIB = 1 << 20


@pytest.fixture(name="foretell")
def fixture_foretell(build, bare_tree):
    program = build("memory")

    def foretell(release, body, *boot):
        done = subprocess.run([program, str(release), bare_tree(body), *boot], check=True,
                              capture_output=True, text=True)
        return done.stdout.splitlines()
    return foretell


def banks(lines):
    return [tuple(int(word, 16) for word in line.split()[1:]) for line in lines
            if line.startswith("bank ")]


def is_sure(lines):
    return lines[0].endswith(" sure")


@pytest.mark.parametrize("name, release", [(name, release) for name, one in MAPS.items()
                                           for release in one.seen])
def test_what_was_seen(foretell, name, release):
    one = MAPS[name]
    lines = foretell(release, one.body() + one.cpus(), f"image={one.xen:x}:{XEN_ROOM:x}",
                     f"tree={one.tree:x}")
    assert is_sure(lines)
    if isinstance(one.seen[release], list):
        assert banks(lines) == one.seen[release]
    else:
        assert lines[-1].split(" | ")[1] == one.seen[release]


@pytest.mark.parametrize("release", (17, 20))
def test_idle_cpus_scrub_what_dom0_then_gets(foretell, release):
    """Xen takes scrubbed pieces first: with three CPUs both releases were seen to choose others."""
    one = MAPS["scrubbed"]
    boot = f"image={one.xen:x}:{XEN_ROOM:x}", f"tree={one.tree:x}"
    assert is_sure(foretell(release, one.body() + one.cpus(), *boot))
    assert not is_sure(foretell(release, one.body() + one.cpus(3), *boot))


RAM = 'memory@80000000 { device_type = "memory"; reg = <0 0x80000000 0 0x80000000>; };'
XEN = "image=c0000000:150000"


def with_line(line):
    return RAM + (f'chosen {{ xen,xen-bootargs = "{line}"; xen,dom0-bootargs = "quiet"; }};'
                  'cpus { cpu@0 { device_type = "cpu"; compatible = "arm,cortex-a57"; }; };')


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("line, size", [
    ("", 512 * MIB), ("dom0_mem=256M", 256 * MIB), ("dom0_mem=262144", 256 * MIB),
    ("dom0_mem=0x40000k", 256 * MIB), ("dom0_mem=01000M", 512 * MIB), ("dom0_mem=1g", 1024 * MIB),
    ("dom0_mem=128M dom0_mem=64M", 64 * MIB), ("dom0_mem=512M,max:768M", 512 * MIB),
    ("dom0_mem=min:256M", 512 * MIB), ("dom0_mem=0", 512 * MIB), ("dom0_mem=134217728b", 128 * MIB),
    ("dom0_mem", 512 * MIB), ("dom0_memory=64M", 512 * MIB)])
def test_dom0_mem(foretell, release, line, size):
    """Without a unit it is KiB; a leading 0 is octal; what stands behind the number is lost."""
    lines = foretell(release, with_line(line), XEN)
    assert lines[0].split()[:2] == ["size", f"{size:x}"]
    assert sum(end - base for base, end in banks(lines)) == size


@pytest.mark.parametrize("release", RELEASES)
def test_no_first_bank_for_a_32_bit_kernel(foretell, release):
    body = with_line("dom0_mem=128M").replace("<0 0x80000000 0 0x80000000>", "<1 0 0 0x80000000>")
    lines = foretell(release, body, "image=140000000:150000")
    assert sum(end - base for base, end in banks(lines)) == 128 * MIB
    lines = foretell(release, body, "image=140000000:150000", "kernel=32:0:0")
    assert lines[-1].split(" | ")[1] == "Unable to allocate first memory bank"


@pytest.mark.parametrize("release", RELEASES)
def test_the_first_bank_of_a_raspberry_pi_is_below_30_bits(foretell, release):
    body = with_line("dom0_mem=256M").replace("80000000", "20000000", 1).replace(
        "<0 0x80000000 0 0x80000000>", "<0 0x20000000 0 0x10000000 0 0x80000000 0 0x80000000>")
    assert banks(foretell(release, body, XEN)) == [(0x20000000, 0x30000000)]
    body = body.replace("0x10000000 0 0x80000000", "0x8000000 0 0x80000000")
    assert banks(foretell(release, body, XEN))[0][0] >= 0x80000000
    pi = '/dts-v1/; / { #address-cells = <2>; #size-cells = <2>; compatible = "brcm,bcm2711";'
    assert banks(foretell(release, pi + body + "};", XEN))[0] == (0x20000000, 0x28000000)


# ---- what is put into dom0's addresses -----------------------------------------------------

def of(lines, what):
    return [tuple(int(word, 16) for word in line.split()[1:]) for line in lines
            if line.split()[0] == what]


SHORT = (18, 19, 20)  # regions that end with 2 MiB lose them
LOADED = """memory@80000000 { device_type = "memory"; reg = <0 0x80000000 0 0x80000000>; };
    cpus { #address-cells = <1>; #size-cells = <0>; cpu@0 { device_type = "cpu"; compatible = "arm,cortex-a57"; reg = <0>; }; };
    reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges; r@f0000000 { reg = <0 0xf0000000 0 0x1000>; }; };
    chosen { #address-cells = <2>; #size-cells = <2>; xen,xen-bootargs = "%s"; xen,dom0-bootargs = "quiet";
        k@c4000000 { compatible = "multiboot,kernel", "multiboot,module"; reg = <0 0xc4000000 0 %s>; };
        r@d0000000 { compatible = "multiboot,ramdisk", "multiboot,module"; reg = <0 0xd0000000 0 %s>; }; };"""


@pytest.mark.parametrize("release", RELEASES)
def test_tree_and_ramdisk_lie_at_128_mib(foretell, release):
    lines = foretell(release, LOADED % ("dom0_mem=512M", "0x1800000", "0x300000"), XEN, "tree=c8000000")
    cut = 0x200000 if release in SHORT else 0
    assert of(lines, "bank") == [(0xA0000000, 0xC0000000)]
    assert of(lines, "kernel") == [(0xA0000000, 0xA1800000)]
    assert of(lines, "tree")[0][0] == 0xA8000000
    assert of(lines, "ramdisk") == [(0xA8200000, 0xA8500000)]
    assert of(lines, "grants") == [(0xC0000000, 0xC0040000)]
    assert of(lines, "region") == [(0x80000000, 0xA0000000 - cut), (0xC0200000, 0xF0000000 - cut),
                                   (0xF0200000, 0x100000000 - cut)]


@pytest.mark.parametrize("release", RELEASES)
def test_a_small_first_bank(foretell, release):
    """Tree and ramdisk as high as possible; then below the kernel; then nowhere."""
    lines = foretell(release, LOADED % ("dom0_mem=64M", "0x1800000", "0x300000"), XEN, "tree=c8000000")
    base = of(lines, "bank")[0][0]
    assert of(lines, "tree")[0][0] == base + 58 * MIB
    assert of(lines, "ramdisk")[0][0] == base + 60 * MIB
    lines = foretell(release, LOADED % ("dom0_mem=64M", "0x2800000", "0x1800000"), XEN, "tree=c8000000")
    assert lines[-1].split(" | ")[1] == "Not enough memory in the first bank for the kernel+dtb+initrd"


@pytest.mark.parametrize("release", RELEASES)
def test_a_32_bit_kernel_lies_below_128_mib_and_has_no_regions(foretell, release):
    lines = foretell(release, LOADED % ("dom0_mem=512M", "0x701000", "0x300000"), XEN, "tree=c8000000",
                     "kernel=32:0:0")
    assert of(lines, "kernel") == [(0xA7800000, 0xA7F01000)]
    assert of(lines, "tree")[0][0] == 0xA8000000 and not of(lines, "region")


@pytest.mark.parametrize("release", RELEASES)
def test_behind_an_iommu_regions_are_where_no_node_is(foretell, release):
    body = "interrupt-parent = <&gic>;" + LOADED % ("dom0_mem=512M", "0x1800000", "0x300000") + """
        gic: gic { compatible = "arm,gic-v3"; interrupt-controller; #interrupt-cells = <3>; };
        iommu@20000000 { compatible = "arm,smmu-v2"; #global-interrupts = <1>; interrupts = <0 200 4>, <0 201 4>;
            reg = <0 0x20000000 0 0x10000>; #iommu-cells = <1>; };
        bus { compatible = "simple-bus"; #address-cells = <1>; #size-cells = <1>; ranges = <0 0 0x40000000 0x10000000>;
            far@800 { reg = <0x800 0x1000>; }; };"""
    lines = foretell(release, body, XEN, "tree=c8000000")
    cut = 0x200000 if release in SHORT else 0
    assert of(lines, "region") == [(0, 0x20000000 - cut), (0x20200000, 0x40000000 - cut),
                                   (0x40200000, 0x80000000 - cut), (0x100000000, (1 << 44) - cut)]
    assert not of(foretell(release, body.replace("dom0_mem", "ext_regions=0 dom0_mem"), XEN,
                           "tree=c8000000"), "region")
    off = foretell(release, body.replace("dom0_mem", "iommu=off dom0_mem"), XEN, "tree=c8000000")
    assert of(off, "region")[0][0] == 0x80000000
    bare = foretell(release, body.replace("#global-interrupts", "global"), XEN, "tree=c8000000")
    assert of(bare, "region") == of(off, "region"), "Xen drives no SMMU without #global-interrupts"


@pytest.mark.parametrize("release", RELEASES)
def test_32_bits_take_a_xenheap_first(foretell, release):
    """On QEMU's board 4.17 was seen to give dom0 these banks."""
    board = """memory@40000000 { device_type = "memory"; reg = <0 0x40000000 0 0x40000000>; };
        chosen { #address-cells = <2>; #size-cells = <2>; xen,xen-bootargs = "dom0_mem=256M"; xen,dom0-bootargs = "";
        k@52000000 { compatible = "multiboot,kernel", "multiboot,module"; reg = <0 0x52000000 0 0x600000>; };
        r@56000000 { compatible = "multiboot,ramdisk", "multiboot,module"; reg = <0 0x56000000 0 0x600000>; }; };"""
    boot = ("image=50000000:127000", "tree=4e000000", "arm32")
    assert banks(foretell(release, board, *boot)) == [(0x60000000, 0x70000000)]
    # A GiB but for 32 MiB of it: the xenheap takes the last piece that dom0 could have had.
    lines = foretell(release, board.replace("dom0_mem=256M", "dom0_mem=992M"), *boot)
    assert lines[-1].split(" | ")[1].startswith("Failed to allocate requested dom0 memory")
    small = board.replace("0 0x40000000>; };", "0 0x20000000>; };", 1).replace(
        "chosen {", "reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges;"
        "r@54000000 { reg = <0 0x54000000 0 0xc000000>; }; r@40000000 { reg = <0 0x40000000 0 0xe000000>; }; }; chosen {", 1)
    none = foretell(release, small, *boot)[-1]
    assert none.split(" | ")[1] == "Not enough space for xenheap" and none.endswith("| silent")


BOARD_32 = """memory@40000000 { device_type = "memory"; reg = %s; };
    cpus { cpu@0 { device_type = "cpu"; compatible = "arm,cortex-a7"; }; };
    chosen { #address-cells = <2>; #size-cells = <2>; xen,xen-bootargs = "dom0_mem=256M"; xen,dom0-bootargs = "";
    k@52000000 { compatible = "multiboot,kernel", "multiboot,module"; reg = <0 0x52000000 0 0x600000>; };
    r@56000000 { compatible = "multiboot,ramdisk", "multiboot,module"; reg = <0 0x56000000 0 0x600000>; }; };"""
BOOT_32 = ("image=50000000:127000", "tree=5a000000", "arm32")


@pytest.mark.parametrize("release", RELEASES)
def test_32_bits_have_one_root_of_two_pages(foretell, release):
    """Whatever the core: 4.17 was seen to give dom0 this bank, on cortex-a7 and cortex-a15."""
    for core in ("cortex-a7", "cortex-a15", "other-core"):
        board = BOARD_32.replace("cortex-a7", core) % "<0 0x40000000 0 0x40000000>"
        lines = foretell(release, board, *BOOT_32)
        assert is_sure(lines) and banks(lines) == [(0x40000000, 0x50000000)]


@pytest.mark.parametrize("release", (17, 20))
@pytest.mark.parametrize("core, arch", [("cortex-a15", ["arm32"]), ("cortex-a53", [])])
def test_a_scrubbed_piece_may_be_broken_for_a_root(foretell, release, core, arch):
    """
    A root of two pages is taken from what is clean: with four CPUs 4.17 of 32 bits broke one of 128 MiB,
    that an idle CPU had scrubbed before, in one boot of two.
    """
    board = """memory@40000000 { device_type = "memory"; reg = <0 0x40000000 0 0x40000000>; };
        cpus { %s };
        reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges;
        r@6fb7e000 { reg = <0 0x6fb7e000 0 0x200000>; }; r@68f3b000 { reg = <0 0x68f3b000 0 0x200000>; }; };
        chosen { #address-cells = <2>; #size-cells = <2>; xen,xen-bootargs = "dom0_mem=512M"; xen,dom0-bootargs = "";
        k@7ca00000 { compatible = "multiboot,kernel", "multiboot,module"; reg = <0 0x7ca00000 0 0x10018>; };
        r@6edfc000 { compatible = "multiboot,ramdisk", "multiboot,module"; reg = <0 0x6edfc000 0 0x100000>; }; };"""
    for count, sure in ((1, True), (4, False)):
        cpus = "".join(f'cpu@{i} {{ device_type = "cpu"; compatible = "arm,{core}"; reg = <{i}>; }};' for i in range(count))
        lines = foretell(release, board % cpus, "image=40800000:117000", "tree=55400000", *arch)
        assert is_sure(lines) == sure


@pytest.mark.parametrize("release", RELEASES)
def test_the_xenheap_may_come_to_lie_in_a_hole(foretell, release):
    """Xen asks for gaps between modules from RAM's first byte to its last."""
    board = BOARD_32 % "<0 0x40000000 0 0x38000000 0 0x7f000000 0 0x1000000>"
    stop = foretell(release, board, *BOOT_32)[-1]
    assert stop.startswith("stop xenheap-hole ") and stop.endswith("| silent | maybe")
    kept = board + "reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges; " \
        "hole@78000000 { reg = <0 0x78000000 0 0x7000000>; }; };"
    assert banks(foretell(release, kept, *BOOT_32)) == [(0x40000000, 0x50000000)]
    # The wider hole is none of its business where there is room above.
    above = BOARD_32 % "<0 0x40000000 0 0x20000000 0 0x70000000 0 0x10000000>"
    assert banks(foretell(release, above, *BOOT_32)) == [(0x40000000, 0x50000000)]


# ---- a kernel that is packed --------------------------------------------------------------------

@pytest.mark.parametrize("release", RELEASES)
def test_a_packed_kernel_is_unpacked_before_dom0_has_memory(foretell, release):
    """
    64 MiB are taken for 60, where there is a piece beside dom0's; of 256 there is none. In dom0
    the kernel has 60 MiB. 4.17 and 4.20 were seen to do this with other kernels.
    """
    body = LOADED % ("dom0_mem=1G", "0x1800000", "0x300000")
    plain = foretell(release, body, XEN, "tree=c8000000")
    packed = foretell(release, body, XEN, "tree=c8000000", f"packed={60 * MIB:x}")
    [(base, end)] = of(packed, "kernel")
    assert of(plain, "kernel")[0][1] - of(plain, "kernel")[0][0] == 24 * MIB and end - base == 60 * MIB
    assert banks(plain) == [(0x80000000, 0xC0000000)] == banks(packed)
    tight = body.replace("r@f0000000 { reg = <0 0xf0000000 0 0x1000>", "r@d1000000 { reg = <0 0xd1000000 0 0x2e000000>")
    assert banks(foretell(release, tight, XEN, "tree=c8000000")) == [(0x80000000, 0xC0000000)]
    lines = foretell(release, tight, XEN, "tree=c8000000", f"packed={129 * MIB:x}")
    assert len(banks(lines)) > 1


@pytest.mark.parametrize("release", RELEASES)
def test_no_room_to_unpack(foretell, release):
    lines = foretell(release, LOADED % ("dom0_mem=64M", "0x1800000", "0x300000"), XEN, "tree=c8000000",
                     "packed=80000000")
    assert lines[-1].split(" | ")[0] == "stop unpacking"


# ---- RAM and heaps that are none ---------------------------------------------------------------

def stop_of(lines):
    """id and whether it is silent, or None."""
    return next(((line.split()[1], line.endswith("| silent")) for line in lines
                 if line.startswith("stop ")), None)


TIB = 1 << 40


@pytest.mark.parametrize("release", RELEASES)
def test_how_much_ram_xen_has_addresses_for(foretell, release):
    """
    4.17 maps 4.5 TiB and asks nothing of its table of frames; later ones map 5 TiB, but the
    table has room for the frames of 32 GiB / 56 only: 2340 GiB. It takes 1/73 of the RAM, in one piece.
    """
    for size, stop in ((2300 << 30, None), (2400 << 30, "frame-table"), (4700 << 30, "ram-span")):
        lines = foretell(release, with_line("dom0_mem=256M"), XEN, f"ram=80000000:{size:x}")
        first = "ram-span" if size > (4608 << 30) and release == 17 else \
            "frame-table" if stop and release > 17 else None
        assert stop_of(lines) == (first and (first, True)), size
    lines = foretell(release, with_line("dom0_mem=256M"), XEN, f"ram=80000000:{6 * TIB:x}")
    assert stop_of(lines) == ("ram-span", True)


HEAP = """memory@80000000 { device_type = "memory"; reg = <0 0x80000000 0 0x20000000 0 0xc0000000 0 0x40000000>; };
    chosen { xen,xen-bootargs = "dom0_mem=128M"; xen,dom0-bootargs = "";
        xen,static-heap = <0 0xd0000000 0 0x18000000 0 0x88000000 0 0x4000000>; };
    cpus { cpu@0 { device_type = "cpu"; compatible = "arm,cortex-a57"; }; };"""


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("heap, stop", [
    ("88000000:4000000", None), ("cc000000:4000000", None), ("cc000000:4001000", ("heaps-meet", True)),
    ("a0000000:1000000", ("heap-not-ram", False)), ("9ff00000:200000", ("heap-not-ram", False)),
    ("78000000:4000000", ("heap-not-ram", True)), ("ff000000:2000000", ("heap-not-ram", True))])
def test_a_static_heap_is_ram_and_says_it_once(foretell, release, heap, stop):
    """In a hole, below all RAM, beyond it."""
    assert stop_of(foretell(release, HEAP, XEN, f"heap={heap}")) == stop


@pytest.mark.parametrize("release", RELEASES)
def test_a_heap_may_lie_in_banks_that_touch(foretell, release):
    touching = HEAP.replace("0x20000000 0 0xc0000000", "0x40000000 0 0xc0000000")
    assert stop_of(foretell(release, touching, XEN, "heap=bf000000:2000000")) is None


# ---- how sure a stop is, and words that are not followed ----------------------------------------

@pytest.mark.parametrize("release", RELEASES)
def test_a_stop_for_want_of_ram_may_depend_on_the_boot(foretell, release):
    """
    Three GiB of two are too much in any case. All below the frame table may be had if Xen itself
    makes do with the 1.5 MiB that are left between that and its image. How much is missing is
    said only where it is the same in any case.
    """
    lines = foretell(release, with_line("dom0_mem=3G"), XEN)
    assert lines[-1].startswith("stop dom0-memory") and not lines[-1].endswith("maybe")
    assert lines[-1].split(" | ")[1] == "Failed to allocate requested dom0 memory."
    lines = foretell(release, with_line("dom0_mem=2048M"), "image=ffd80000:280000")
    assert lines[-1].split(" | ")[1] == "Failed to allocate requested dom0 memory."
    lines = foretell(release, with_line("dom0_mem=2016M"), "image=ffd80000:280000")
    assert lines[-1].startswith("stop dom0-memory") and lines[-1].endswith("maybe")


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("words, since", [
    ("dma_bits=31", 17), ("acpi=force", 17), ("badpage=0x90000", 17), ("llc-coloring=on", 20),
    ("llc-coloring=off", 99), ("pdx-compress=no", 21), ("pdx-compress", 99), ("no-pdx-compress", 21),
    ("xenheap_megabytes=64", 99), ("gnttab_max_frames=64", 99)])
def test_words_that_may_move_dom0(foretell, release, words, since):
    assert is_sure(foretell(release, with_line(f"dom0_mem=512M {words}"), XEN)) == (release < since)


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("value, frames", [("32", 32), ("0x20", 32), ("1000", 116), ("32k", 64), ("-1", 64)])
def test_how_many_grants(foretell, release, value, frames):
    """Seen with Debian's 4.17 and 4.20, whose code has 116 pages; no number leaves it at 64."""
    lines = foretell(release, with_line(f"gnttab_max_frames={value}"), XEN)
    assert of(lines, "grants") == [(0xC0000000, 0xC0000000 + frames * 4096)]


@pytest.mark.parametrize("release", RELEASES)
def test_no_grants_no_dom0(foretell, release):
    assert stop_of(foretell(release, with_line("gnttab_max_frames=0"), XEN)) == ("grants", False)
