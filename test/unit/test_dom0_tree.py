# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""
dom0's tree as each release of Xen makes it, and what stops Xen on the way. Words and order are
those that stock Xen 4.17 and 4.20 had for the same trees on QEMU's virt.
"""
import subprocess

import pytest

from trees import HEADER

RELEASES = range(17, 23)
MEMORY = 'memory@80000000 { device_type = "memory"; reg = <0 0x80000000 0 0x80000000>; };\n'
BOARD = "interrupt-parent = <&gic>;\n" + MEMORY + """
    aliases { serial0 = &uart; };
    chosen { #address-cells = <2>; #size-cells = <2>; stdout-path = "serial0:115200";
        kernel@90000000 { compatible = "multiboot,kernel", "multiboot,module";
            reg = <0 0x90000000 0 0x100000>; };
        ramdisk@91000000 { compatible = "multiboot,ramdisk", "multiboot,module";
            reg = <0 0x91000000 0 0x100000>; }; };
    cpus { #address-cells = <1>; #size-cells = <0>;
        cpu@0 { device_type = "cpu"; compatible = "arm,cortex-a53"; reg = <0>; };
        cpu@1 { device_type = "cpu"; compatible = "arm,cortex-a53"; reg = <1>;
            enable-method = "psci"; };
        cpu@100 { device_type = "cpu"; compatible = "arm,cortex-a72"; reg = <0x100>;
            enable-method = "psci"; }; };
    timer: timer { compatible = "arm,armv8-timer"; clock-frequency = <1000000>;
        interrupts = <1 13 8>, <1 14 8>, <1 0 8>, <1 10 8>; };
    gic: gic@8000000 { compatible = "arm,gic-400"; interrupt-controller; phandle = <1>;
        #interrupt-cells = <3>; interrupts = <1 9 4>;
        reg = <0 0x8000000 0 0x1000 0 0x8010000 0 0x2000 0 0x8020000 0 0x2000
               0 0x8030000 0 0x2000>; };
    uart: uart@9000000 { compatible = "arm,pl011"; reg = <0 0x9000000 0 0x1000>;
        interrupts = <0 1 4>; };
"""
DOM0 = ["bank=0xa0000000+0x20000000", "kernel=0xa0000000+0x200000", "ramdisk=0xa8200000+0x100000",
        "tree=0xa8000000+0x2000", "grants=0x88000000+0x40000", "region=0xc0000000+0x40000000"]


def source(body, first=""):
    """The board with more of it; what both have is the same node."""
    return f"{HEADER}{first}}};\n/ {{ {BOARD} }};\n/ {{ {body} }};\n"


@pytest.fixture(name="make")
def fixture_make(build, make_tree, read_tree, tmp_path):
    """dom0's tree of this one; where Xen stops: its id, node and words."""
    program = build("dom0_tree")

    def make(release, body, *words, pad="8192", memory=DOM0, first=""):
        path = make_tree(source(body, first), flags=["-p", pad])
        done = subprocess.run([program, str(release), path, tmp_path / "dom0.dtb", *memory, *words],
                              capture_output=True, text=True)
        assert done.returncode in (0, 3), done.stderr
        return tuple(done.stdout.split(maxsplit=2)) if done.returncode else \
            read_tree(tmp_path / "dom0.dtb")
    return make


def text_of(value):
    return value.strip() if value else None


# ---- the whole --------------------------------------------------------------------------

@pytest.mark.parametrize("release", RELEASES)
def test_nodes_in_order(make, release):
    """Xen's own nodes stand last; GIC and timer where the host's are, console and CPUs not."""
    tree = make(release, "soc { };")
    gic = "interrupt-controller" if release < 21 else "gic@8000000"
    assert tree.children("/") == ["aliases", "chosen", "timer", gic, "soc", "hypervisor", "psci",
                                  "cpus", "memory@a0000000"]
    assert tree.children("/chosen") == []
    assert tree.children("/cpus") == ["cpu@0", "cpu@1"], "the third is of another kind"
    assert tree.cells("/memory@a0000000", "reg") == [0, 0xa0000000, 0, 0x20000000]


@pytest.mark.parametrize("release", RELEASES)
def test_what_xen_says_of_itself(make, release):
    tree = make(release, "")
    assert tree.strings("/hypervisor", "compatible") == [f"xen,xen-4.{release}", "xen,xen"]
    assert tree.u64s("/hypervisor", "reg") == [0x88000000, 0x40000, 0xc0000000, 0x40000000]
    assert tree.cells("/hypervisor", "interrupts") == [1, 1, 0xf08], "0 is the virtual timer's"
    assert tree.cells("/hypervisor", "interrupt-parent") == [1]
    assert tree.strings("/psci", "compatible") == ["arm,psci-1.0", "arm,psci-0.2", "arm,psci"]
    assert tree.cells("/timer", "interrupts") == [1, 13, 0xf08, 1, 14, 0xf08, 1, 0, 0xf08]
    assert tree.cells("/timer", "clock-frequency") == [1000000]
    gic = "/interrupt-controller" if release < 21 else "/gic@8000000"
    assert tree.u64s(gic, "reg") == [0x8000000, 0x1000, 0x8010000, 0x2000]
    assert tree.cells(gic, "phandle") == [1] and tree.cells(gic, "#interrupt-cells") == [3]


# Redistributors of eight CPUs in the first region.
GIC_V3 = """gic@8000000 { compatible = "arm,gic-v3"; #redistributor-regions = <2>;
    reg = <0 0x8000000 0 0x10000 0 0x8100000 0 0x100000 0 0x8200000 0 0x1000000>; };"""


@pytest.mark.parametrize("words, count", [
    ("dom0_max_vcpus=5", 5), ("dom0_max_vcpus=0x11", 17), ("maxcpus=1", 1), ("dom0_mem=1G", 2)])
def test_dom0_has_as_many_cpus_as_xen_starts(make, words, count):
    tree = make(20, GIC_V3 + f'chosen {{ xen,xen-bootargs = "{words}"; bootargs = "quiet"; }};')
    assert tree.cells("/interrupt-controller", "#redistributor-regions") == [1 + (count > 8)]
    names = tree.children("/cpus")
    assert len(names) == count
    assert names[16:] == ["cpu@100"][:count - 16], "sixteen differ in the lowest affinity alone"


# ---- nodes ------------------------------------------------------------------------------

NODES = """
    hypervisor { a; }; psci2 { compatible = "arm,psci-1.0"; below { }; };
    ram { device_type = "memory"; }; guest { compatible = "xen,xen"; };
    own@a000000 { reg = <0 0xa000000 0 0x1000>; interrupts = <1 5 4>; below { }; };
    pmu { compatible = "arm,cortex-a53-pmu", "arm,armv8-pmuv3"; };
    smmu: smmu@b000000 { compatible = "arm,mmu-500"; status = "disabled"; #iommu-cells = <1>; };
    smmu3: smmu@c000000 { compatible = "arm,smmu-v3"; status = "disabled"; #iommu-cells = <1>; };
    soc { timer { compatible = "arm,armv7-timer"; }; };
    uart@d000000 { compatible = "arm,pl011"; };
    gic@e000000 { compatible = "arm,gic-400"; interrupt-controller; };
"""


@pytest.mark.parametrize("release", RELEASES)
def test_which_nodes_dom0_sees(make, release):
    tree = make(release, NODES)
    assert [name for name in tree.children("/") if name not in make(release, "").children("/")] == [
        "smmu@c000000", "soc", "uart@d000000"]
    assert tree.children("/").count("hypervisor") == 2, "the host's stays, beside Xen's own"
    assert tree.children("/soc") == ["timer"]
    assert tree.prop("/soc/timer", "interrupts") is not None, "each timer is Xen's own"


@pytest.mark.parametrize("board, device, kept", [
    ("brcm,bcm2711", "brcm,bcm2835-aux", True), ("brcm,bcm2837", "brcm,bcm2835-aux", False),
    ("allwinner,sun50i-a64", "snps,dw-apb-uart", True)])
def test_devices_that_a_platform_keeps(make, board, device, kept):
    tree = make(17, f'compatible = "{board}"; a {{ compatible = "{device}"; }};')
    assert tree.has("/a") != kept


@pytest.mark.parametrize("release", RELEASES)
def test_nodes_of_chosen_that_are_hidden(make, release):
    tree = make(release, 'chosen { a { compatible = "xen,evtchn-v1"; }; b { compatible = "my,own"; }; };')
    assert tree.children("/chosen") == (["a", "b"] if release == 17 else ["b"])


@pytest.mark.parametrize("release", RELEASES)
def test_shared_memory_is_hidden(make, release):
    """So deep that Xen does not read it."""
    tree = make(release, 'chosen { a { b { shm { compatible = "xen,domain-shared-memory-v1"; }; }; }; };')
    assert tree.children("/chosen/a/b") == (["shm"] if release == 17 else [])


# ---- properties -------------------------------------------------------------------------

BEHIND = """
    smmu: smmu@b000000 { compatible = "arm,mmu-500"; status = "disabled"; #iommu-cells = <1>; };
    other: iommu@c000000 { compatible = "my,iommu"; #iommu-cells = <1>; };
    a { iommus = <&smmu 1>; iommu-map-mask = <1>; x; };
    b { iommus = <&other 1>; x; };
    c { iommu-map = <0 &smmu 0 1>; x; };
"""


@pytest.mark.parametrize("release", RELEASES)
def test_words_about_an_iommu(make, release):
    """They go with an IOMMU that this Xen has a driver for, even where it is disabled."""
    tree = make(release, BEHIND)
    assert [tree.prop("/a", name) for name in ("iommus", "iommu-map-mask", "x")] == [None, None, b""]
    assert tree.prop("/b", "iommus") is not None
    assert (tree.prop("/c", "iommu-map") is None) == (release > 18)


def test_a_device_of_another_domain(make):
    """It is disabled, and the mark is gone; status stands last."""
    tree = make(17, 'a { status = "okay"; xen,passthrough; x; }; b { status = "fail"; x; };')
    assert tree.string("/a", "status") == "disabled" and tree.prop("/a", "xen,passthrough") is None
    first = tree.fdt.first_property_offset(tree.node("/b"))
    assert tree.fdt.get_property_by_offset(first).name == "x"
    assert tree.string("/b", "status") == "fail"


@pytest.mark.parametrize("chosen, line", [
    ('bootargs = "a";', None), ('xen,dom0-bootargs = "b"; bootargs = "a";', "b"),
    ('bootargs = "a"; xen,xen-bootargs = "x";', "a"),
    ('xen,dom0-bootargs = "b"; kernel@90000000 { bootargs = "c"; };', "b"),
    ('kernel@90000000 { bootargs = "c"; };', "c")])
def test_command_line_of_dom0(make, chosen, line):
    tree = make(20, f"chosen {{ {chosen} }};")
    assert tree.string("/chosen", "bootargs") == (line or "a")
    assert tree.prop("/chosen", "stdout-path") is None
    assert tree.u64s("/chosen", "linux,initrd-start") == [0xa8200000]
    assert tree.u64s("/chosen", "linux,initrd-end") == [0xa8300000]


# ---- memory -----------------------------------------------------------------------------

RESERVED = """reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges;
    a@c0000000 { reg = <0 0xc0000000 0 0x1000>; }; b@b8000000 { reg = <0 0xc8000000 0 0x1000>; }; };"""


@pytest.mark.parametrize("release", RELEASES)
def test_second_memory_node(make, release):
    tree = make(release, RESERVED)
    second = tree.children("/")[-1]
    assert second == "memory@c0000000"
    assert tree.u64s(f"/{second}", "reg") == [0xc0000000, 0x1000, 0xc8000000, 0x1000]


HEAP = "chosen { xen,static-heap = <0 0xa0000000 0 0x20000000>; };"


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("first, told", [("", []), (RESERVED, [0xa0000000, 0x20000000])])
def test_a_static_heap_behind_regions_is_told_as_memory(make, release, first, told):
    """Where /chosen stands before /reserved-memory it is not."""
    tree = make(release, HEAP + RESERVED, first=first)
    assert sorted(tree.u64s("/memory@c0000000", "reg")) == sorted(
        [0xc0000000, 0x1000, 0xc8000000, 0x1000, *told])
    assert (tree.prop("/chosen", "xen,static-heap") is None) == (release > 17)


# ---- what stops Xen ---------------------------------------------------------------------

STOPS = {
    "no-window": ("bus { #address-cells = <1>; #size-cells = <1>; ranges = <0 0 0xb000000 0x1000>;"
                  "a@2000 { reg = <0x2000 4>; }; };",
                  ("address", "/bus/a@2000", "Unable to retrieve address 0 for /bus/a@2000")),
    "below-no-bus": ("i2c { #address-cells = <1>; #size-cells = <1>; mid { #address-cells = <1>; "
                     "#size-cells = <1>; ranges; a@10 { reg = <0x10 4>; }; }; };",
                     ("address", "/i2c/mid/a@10", "Unable to retrieve address 0 for /i2c/mid/a@10")),
    "console": ('a { interrupts = <0 1 4>; status = "disabled"; };',
                ("interrupt", "/a", "IRQ 33 is already used by Xen")),
    "types": ("a { interrupts = <0 7 4>; }; b { interrupts = <0 7 1>; };",
              ("interrupt-type", "/b", "Unable to get irq 0 for /b")),
    "no-interrupt": ("a { interrupts-extended = <0>; };",
                     ("interrupt-unread", "/a", "Unable to retrieve irq 0 for /a")),
    "lines": ("a { interrupts = <0 300 4>; };",
              ("interrupt-number", "/a", "the vIRQ number 332 is too high for domain 0 (max = 288)")),
    "no-ranges": ('a { device_type = "pci"; };',
                  ("bus", "/a", "Device tree generation failed (-22)")),
    "kernel": ('a@a0000000 { reg = <0 0xa0000000 0 0x1000>; status = "disabled"; };',
               ("device-in-dom0", "/a@a0000000", "Unable to copy the kernel in the hwdom memory")),
    "ramdisk": ("a@a8200000 { reg = <0 0xa8200000 0 4>; };",
                ("device-in-dom0", "/a@a8200000", "Unable to copy the initrd in the hwdom memory")),
    "tree": ("a@a8000000 { reg = <0 0xa8000000 0 4>; };",
             ("device-in-dom0", "/a@a8000000", "Unable to copy the DTB to")),
}
# 23bb5f1a11, bdde400c6e: what 4.21 and later say in their place.
NEWER = {
    "lines": "invalid vIRQ number 332 for domain d0",
    "kernel": "Unable to copy the kernel in the d0 memory",
    "ramdisk": "Unable to copy the initrd in the d0 memory",
}


@pytest.mark.parametrize("release", (17, 20, 21, 22))
@pytest.mark.parametrize("name", STOPS)
def test_what_stops_xen(make, name, release):
    body, (stop, node, words) = STOPS[name]
    words = NEWER.get(name, words) if release > 20 else words
    assert tuple(map(text_of, make(release, body, "lines=288"))) == (stop, node, words)


@pytest.mark.parametrize("body", [
    "bus { #address-cells = <1>; #size-cells = <1>; a@2000 { reg = <0x2000 4>; }; };",
    "i2c { #address-cells = <1>; #size-cells = <0>; a@10 { reg = <0x10>; }; };",
    "a { interrupts = <0 1 4>; xen,passthrough; };",
    "a { interrupts = <0 7 4>; }; b { interrupts = <0 7 4>; };",
    "a@a0000000 { reg = <0 0xa0000000 0 0x1000>; xen,passthrough; };",
    "a@a1000000 { reg = <0 0xa1000000 0 0x1000>; };",
    "chosen { xen,xen-bootargs = \"dtuart=none\"; bootargs = \"\"; }; a { interrupts = <0 1 4>; };"])
def test_what_does_not(make, body):
    assert not isinstance(make(20, body), tuple)


# ---- SMMUs that Xen drives --------------------------------------------------------------

# Registers in RAM that no memory node named did for stock Xen what an SMMU's do at its start.
SMMU = """smmu: iommu@b000000 { compatible = "arm,mmu-500"; reg = <0 0xb000000 0 0x20000>;
    #iommu-cells = <1>; #global-interrupts = <1>; interrupts = <0 60 4>, <0 61 4>; %s };
    other: other { #iommu-cells = <1>; };"""
TWO = SMMU + SMMU.replace("smmu:", "smmu2:").replace("b000000", "c000000").replace(
    "<0 60 4>, <0 61 4>", "<0 70 4>, <0 71 4>").replace("other", "more")
DRIVEN = {
    "global": (SMMU % "" + "a { interrupts = <0 60 4>; };",
               ("interrupt", "/a", "IRQ 92 is already used by Xen")),
    "context": (SMMU % "" + "a { iommus = <&smmu 1>; }; b { interrupts = <0 61 4>; };",
                ("interrupt", "/b", "IRQ 93 is already used by Xen")),
    "beside": (SMMU % "" + "a { iommus = <&other 1>; };",
               ("iommu", "/a", "Failed to add /a to the IOMMU")),
    "two": (TWO % ("", "") + "a { iommus = <&smmu 1>, <&smmu2 1>; };",
            ("iommu", "/a", "Failed to add /a to the IOMMU")),
    "twice": (SMMU % "mmu-masters = <&a 1>, <&a 2>;" + "a: a { #stream-id-cells = <1>; };",
              ("iommu", "/iommu@b000000", "Couldn't configure correctly all the IOMMUs.")),
    "both": (TWO % ("mmu-masters = <&a 1>;", "mmu-masters = <&a 1>;") +
             "a: a { #stream-id-cells = <1>; };",
             ("iommu", "/iommu@c000000", "Couldn't configure correctly all the IOMMUs.")),
}


@pytest.mark.parametrize("release", (17, 20, 22))
@pytest.mark.parametrize("name", DRIVEN)
def test_what_a_driven_smmu_stops_xen_with(make, name, release):
    body, words = DRIVEN[name]
    assert tuple(map(text_of, make(release, body))) == words
    options = 'chosen { xen,xen-bootargs = "iommu=off"; bootargs = ""; };'
    assert not isinstance(make(release, body + options), tuple), "a Xen without IOMMUs goes on"


@pytest.mark.parametrize("body", [
    SMMU % "" + "a { interrupts = <0 61 4>; }; b { iommus = <&smmu 1>; };",
    SMMU % "" + "a { interrupts = <0 61 4>; };",
    SMMU % 'status = "disabled";' + "a { interrupts = <0 60 4>; iommus = <&other 1>; };",
    SMMU.replace("#global-interrupts", "none") % "" + "a { iommus = <&other 1>; };"])
def test_what_it_does_not(make, body):
    """An interrupt that dom0 has already is not Xen's any more."""
    assert not isinstance(make(20, body), tuple)


# ---- GIC, timer and CPUs ----------------------------------------------------------------

HARDWARE = {
    "sizes": ("gic@8000000 { reg = <0 0x8000000 0 0x1000 0 0x8010000 0 0x2000 0 0x8020000 0 0x2000"
              " 0 0x8030000 0 0x10000>; };", ("gic", "/gic@8000000", "GICv2: Sizes of GICC (")),
    "registers": ("gic@8000000 { reg = <0 0x8000000 0 0x1000 0 0x8010000 0 0x2000>; };",
                  ("gic", "/gic@8000000",
                   "GICv2: Cannot find a valid address for the hypervisor")),
    "timer": ("timer { interrupts = <1 13 8 1 14 8>; };",
              ("timer", "/timer", "Timer: Unable to retrieve IRQ 2 from the device tree")),
    "many": ('chosen { xen,xen-bootargs = "dom0_max_vcpus=9"; bootargs = ""; };',
             ("cpus", "-", "Error creating domain 0")),
}


@pytest.mark.parametrize("release", (17, 20, 22))
@pytest.mark.parametrize("name", HARDWARE)
def test_hardware_without_what_xen_needs(make, name, release):
    body, words = HARDWARE[name]
    assert tuple(map(text_of, make(release, body))) == words


@pytest.mark.parametrize("release", RELEASES)
def test_interrupts_of_a_timer_by_name(make, release):
    tree = make(release, "timer { interrupts = <1 13 8 1 14 8 1 11 8 1 10 8>; interrupt-names = "
                         '"virt", "phys", "sec-phys", "hyp-phys"; };')
    order = [13, 14, 11] if release == 17 else [11, 14, 13]
    assert tree.cells("/timer", "interrupts")[1::3] == order


def test_cores_of_all_kinds(make):
    tree = make(20, 'chosen { xen,xen-bootargs = "hmp-unsafe"; bootargs = ""; };')
    assert len(tree.children("/cpus")) == 3


MAPPED = """pcie@b000000 { device_type = "pci"; #address-cells = <3>; #size-cells = <2>;
    #interrupt-cells = <1>; reg = <0 0xb000000 0 0x1000>; %s
    interrupt-map-mask = <0 0 0 7>; interrupt-map = <0 0 0 1 &gic 0 1 4>; };"""
WINDOW = "ranges = <0x02000000 0 0x3c000000 0 0x3c000000 0 0x1000>;"


@pytest.mark.parametrize("release", RELEASES)
def test_console_on_an_interrupt_of_a_pci_bus(make, release):
    """4.17 says so, and goes on without that interrupt."""
    tree = make(release, MAPPED % WINDOW)
    assert isinstance(tree, tuple) == (release > 17)
    if release > 17:
        assert tree[:2] == ("interrupt", "/pcie@b000000")


@pytest.mark.parametrize("release, more", [(17, 144), (20, 144), (22, 4240)])
def test_room(make, make_tree, tmp_path, build, release, more):
    """To the byte: as much as it takes, and one less. Many CPUs take more than the host's tree."""
    body = GIC_V3 + 'chosen { xen,xen-bootargs = "dom0_max_vcpus=128"; bootargs = "quiet"; };'
    needed = make(release, body, pad="16384")
    size = needed.fdt.totalsize()
    program = build("dom0_tree")
    for room, code in ((size, 0), (size - 1, 3)):
        path = make_tree(source(body), flags=["-S", str(room - more)])
        done = subprocess.run([program, str(release), path, tmp_path / "dom0.dtb", *DOM0],
                              capture_output=True, text=True)
        assert done.returncode == code, done.stderr
        if code:
            assert done.stdout.startswith("tree-room ")
            assert done.stdout.strip().endswith("Device tree generation failed (-3).")
