# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""DMA windows, coherency, and the offset in dma-ranges, against Linux's way of reading them."""
import json

import pytest

import oracle
from trees import HEADER, MEMORY

MIB = 1 << 20
NATIVE = ("--contract", "native")


def bus(name, inside, dma="", cells=(2, 2)):
    return (f"{name} {{ compatible = \"simple-bus\"; #address-cells = <{cells[0]}>; "
            f"#size-cells = <{cells[1]}>; ranges; {dma} {inside} }};")


def device(name="dev", more=""):
    return f'{name} {{ compatible = "test,{name}"; {more} }};'


def facts(tool, tree, *policy):
    plan = json.loads(tool("plan", "--json", *NATIVE, *policy, tree).out)
    return {one["path"]: one for one in plan["dma"]}, plan


# ---- windows ----------------------------------------------------------------------

GIB_AT_RAM = "dma-ranges = <0 0 0 0x80000000 0 0x40000000>;"

WINDOWS = {
    "none": (device(), "/dev", None),
    "on the bus": (bus("b", device(), GIB_AT_RAM), "/b/dev", [(0, 0x80000000, 0x40000000)]),
    "empty, then some": (bus("a", bus("b", device(), "dma-ranges;"), GIB_AT_RAM), "/a/b/dev",
                         [(0, 0x80000000, 0x40000000)]),
    "first level missing": (bus("a", bus("b", device()), GIB_AT_RAM), "/a/b/dev",
                            [(0, 0x80000000, 0x40000000)]),
    "two levels missing": (bus("a", bus("b", bus("c", device())), GIB_AT_RAM), "/a/b/c/dev", None),
    "second level missing": (bus("a", bus("b", bus("c", device(), "dma-ranges;")), GIB_AT_RAM),
                             "/a/b/c/dev", None),
    "translated twice": (bus("a", bus("b", device(), "dma-ranges = <0 0 0 0x10000000 0 0x100000>;"),
                             GIB_AT_RAM), "/a/b/dev", [(0, 0x90000000, 0x100000)]),
    "not covered above": (bus("a", bus("b", device(), "dma-ranges = <0 0 1 0 0 0x100000>;"),
                              GIB_AT_RAM), "/a/b/dev", None),
    "one cell": (bus("b", device(), "dma-ranges = <0xc0000000 0 0x80000000 0x10000000>;", (1, 1)),
                 "/b/dev", [(0xc0000000, 0x80000000, 0x10000000)]),
    "dma-mem": (bus("mem", "", GIB_AT_RAM + "phandle = <9>; #interconnect-cells = <1>;") +
                device(more='interconnects = <9 4>; interconnect-names = "dma-mem";'), "/dev",
                [(0, 0x80000000, 0x40000000)]),
    "second name": (bus("mem", "", GIB_AT_RAM + "phandle = <9>; #interconnect-cells = <1>;") +
                    device(more='interconnects = <9 4 9 5>; interconnect-names = "x", "dma-mem";'),
                    "/dev", [(0, 0x80000000, 0x40000000)]),
    "cut off": (bus("b", device(), "dma-ranges = <0 0 0 0x80000000 0>;"), "/b/dev", None),
    "a ring": (bus("mem", "", 'phandle = <9>; #interconnect-cells = <0>; interconnects = <9>;'
                   'interconnect-names = "dma-mem"; dma-ranges;') +
               device(more='interconnects = <9>; interconnect-names = "dma-mem";'), "/dev", None),
    "pci": ('pcie { compatible = "test,pcie"; device_type = "pci"; #address-cells = <3>; '
            "#size-cells = <2>; dma-ranges = <0x42000000 0 0 0 0x80000000 0 0x1000000>; };",
            "/pcie", [(0, 0x80000000, 0x1000000)]),
}


@pytest.mark.parametrize("case", WINDOWS)
def test_window(tool, make_tree, case):
    body, path, window = WINDOWS[case]
    tree = make_tree(MEMORY + body)
    said = facts(tool, tree)[0][path]["window"]
    if window is None:
        assert said is None
    else:
        assert [tuple(int(one[key], 16) for key in ("bus", "cpu", "size")) for one in said] == window


@pytest.mark.parametrize("size, reach, missing", [
    (512, "all", 0), (256, "some", 256), (1024, "all", 0)])
def test_what_a_window_means(tool, make_tree, size, reach, missing):
    tree = make_tree(MEMORY + bus("b", device(), f"dma-ranges = <0 0 0 0x80000000 0 {size << 20:#x}>;"))
    one = facts(tool, tree)[0]["/b/dev"]
    assert (one["reach"], int(one["unreachable"], 16)) == (reach, missing * MIB)
    words = tool("plan", *NATIVE, tree).out
    assert ("reaches 256 MiB of dom0's 512 MiB: DMA to the rest is bounced"
            in " ".join(words.split())) == (missing != 0)


def test_a_device_that_cannot_work_is_a_warning(tool, make_tree):
    tree = make_tree('memory@100000000 { device_type = "memory"; reg = <1 0 1 0>; };' +
                     bus("b", device(), "dma-ranges = <0 0 0 0 1 0>;") + device("free"))
    words = tool("plan", *NATIVE, tree).out
    assert "/b/dev: cannot work" in words and "/free: cannot work" not in words
    assert "masters with 32-bit DMA cannot work" in words
    one, plan = facts(tool, tree)
    assert one["/b/dev"]["reach"] == "none" and plan["tightest"] == "/b/dev"


@pytest.mark.parametrize("on_bus, on_device, coherent", [
    ("", "", False), ("", "dma-coherent;", True), ("dma-coherent;", "", True),
    ("dma-coherent;", "dma-noncoherent;", False), ("dma-noncoherent;", "dma-coherent;", True)])
def test_coherent(tool, make_tree, on_bus, on_device, coherent):
    tree = make_tree(MEMORY + bus("a", bus("b", device(more=on_device)), on_bus))
    assert facts(tool, tree)[0]["/a/b/dev"]["coherent"] is coherent


# ---- the offset in dma-ranges -------------------------------------------------------

GUEST, MACHINE, SIZE = 0x80000000, 0xa0000000, 512 * MIB
OFFSET = ("--machine-base", hex(MACHINE), "--offset-in", "both")
SMMU = ('smmu: iommu@1000 { compatible = "arm,mmu-500"; reg = <0 0x1000 0 0x1000>; #iommu-cells = <1>;'
        '#global-interrupts = <1>; interrupts = <0 200 4>, <0 201 4>; };')
PROVIDER = "icc: icc { #interconnect-cells = <1>; };"
ICC = "interconnects = <&icc 1>;"


def linux_map(path, node):
    """What a kernel makes of the tree for this device: {machine address: guest address}."""
    tree = oracle.Tree(path.read_bytes())
    found = next(one for one in tree.nodes if one.path == node)
    return oracle.window(tree, found), oracle.is_coherent(tree, found)


def assert_offset(path, node, size=SIZE, bus_is_machine_plus=0):
    """Every byte of dom0's memory that the device reaches, at its true bus address."""
    window, _ = linux_map(path, node)
    assert window, f"{node} has no window"
    assert {cpu - bus for bus, cpu, _ in window} == {GUEST - MACHINE - bus_is_machine_plus}
    inside = [oracle.span(cpu, length) for _, cpu, length in window]
    assert oracle.total(oracle.union(inside)) == size
    assert all(GUEST <= first and end <= GUEST + SIZE for first, end in inside)


CARRIED = {
    "at the root": (device(), "/dev", {}),
    "on a bus": (bus("b", device()), "/b/dev", {}),
    "on a bus of one cell": (bus("b", device(), cells=(1, 1)), "/b/dev", {}),
    "on a bus below a bus": (bus("a", bus("b", device()) + device("up")), "/a/b/dev", {}),
    "three levels down": (bus("a", bus("b", bus("c", device()))) , "/a/b/c/dev", {}),
    "with a window": (bus("b", device(), "dma-ranges = <0 0x20000000 0 0x80000000 0 0x60000000>;"),
                      "/b/dev", {"bus_is_machine_plus": 0x20000000 - 0x80000000}),
    "with half a window": (bus("b", device(), "dma-ranges = <0 0x80000000 0 0x80000000 0 0x30000000>;"),
                           "/b/dev", {"size": 256 * MIB}),
    "with two windows": (bus("b", device(), "dma-ranges = <0 0 0 0 0 0xb0000000 "
                             "0 0xb0000000 0 0xb0000000 0 0x50000000>;"), "/b/dev", {}),
    "nested windows": (bus("a", bus("b", device(), "dma-ranges = <0 0 0 0 0 0x80000000>;"),
                           "dma-ranges = <0 0 0 0x80000000 0 0x80000000>;"), "/a/b/dev",
                       {"bus_is_machine_plus": -0x80000000}),
    "with interconnects": (PROVIDER + bus("b", device(more=ICC)), "/b/dev", {}),
    "beside a protected one": (SMMU + bus("b", device() + device("safe", "iommus = <&smmu 1>;")),
                               "/b/dev", {}),
    "beside one that cannot be hooked": (
        SMMU + PROVIDER + bus("b", device() + device("safe", ICC + "iommus = <&smmu 1>;")),
        "/b/dev", {}),
    "below a bus that is a device": (
        'gic { compatible = "test,gic"; #address-cells = <2>; #size-cells = <2>; ranges; ' +
        device("its") + "};", "/gic/its", {}),
    "below a bus that is a device on a bus": (bus(
        "b", 'glue { compatible = "test,glue"; #address-cells = <1>; #size-cells = <1>; ranges; ' +
        device("usb") + "};"), "/b/glue/usb", {}),
    "below a protected bus": (SMMU + 'glue { compatible = "test,glue"; iommus = <&smmu 1>; '
                              "#address-cells = <2>; #size-cells = <2>; ranges; " + device("usb") +
                              "};" + bus("b", device()), "/glue/usb", {}),
    "through dma-mem": (bus("mem", "", "dma-ranges = <0 0 0 0x80000000 0 0x80000000>; phandle = <9>;"
                            "#interconnect-cells = <1>;") +
                        device(more='interconnects = <9 4>; interconnect-names = "dma-mem";'),
                        "/dev", {"bus_is_machine_plus": -0x80000000}),
    "a PCI host": ('pcie { compatible = "pci-host-ecam-generic"; device_type = "pci"; '
                   "#address-cells = <3>; #size-cells = <2>; };", "/pcie", {}),
    "a PCI host with a window": (
        'pcie { compatible = "pci-host-ecam-generic"; device_type = "pci"; #address-cells = <3>; '
        "#size-cells = <2>; dma-ranges = <0x43000000 0 0 0 0 1 0>; };", "/pcie", {}),
}


@pytest.mark.parametrize("case", CARRIED)
def test_offset_is_carried(tool, make_tree, case):
    body, path, more = CARRIED[case]
    tree = make_tree(MEMORY + body)
    tool("apply", *NATIVE, *OFFSET, tree, "-o", "out.dtb")
    out = tree.parent / "out.dtb"
    assert_offset(out, path, **more)
    assert "dma-ranges" not in oracle.Tree(out.read_bytes()).root.props
    assert facts(tool, tree, *OFFSET)[0][path]["offset"] in ("bus", "dma-mem")


@pytest.mark.parametrize("case", CARRIED)
def test_control_as_a_property_alone(tool, make_tree, case):
    """Without offset-in the kernel finds what was there before: no offset."""
    body, path, _ = CARRIED[case]
    tree = make_tree(MEMORY + body)
    tool("apply", *NATIVE, *OFFSET[:2], tree, "-o", "out.dtb")
    assert linux_map(tree.parent / "out.dtb", path) == linux_map(tree, path)


@pytest.mark.parametrize("case", ["beside a protected one", "beside one that cannot be hooked"])
def test_protected_devices_keep_guest_addresses(tool, make_tree, case):
    tree = make_tree(MEMORY + CARRIED[case][0])
    tool("apply", *NATIVE, *OFFSET, tree, "-o", "out.dtb")
    window, _ = linux_map(tree.parent / "out.dtb", "/b/safe")
    assert window is None or window == [(GUEST, GUEST, SIZE)]


def test_protected_device_below_a_window_keeps_it(tool, make_tree):
    tree = make_tree(MEMORY + SMMU + bus("b", device() + device("safe", "iommus = <&smmu 1>;"),
                                         "dma-ranges = <0 0 0 0x80000000 0 0x80000000>;"))
    tool("apply", *NATIVE, *OFFSET, tree, "-o", "out.dtb")
    assert linux_map(tree.parent / "out.dtb", "/b/safe") == linux_map(tree, "/b/safe")
    assert_offset(tree.parent / "out.dtb", "/b/dev", bus_is_machine_plus=-0x80000000)


def test_window_beside_dom0_leads_nowhere(tool, make_tree):
    """A window without any of dom0's memory must not turn into one that hits it by number."""
    tree = make_tree(MEMORY + bus("b", device(), "dma-ranges = <0 0x80000000 0 0x80000000 0 0x10000000>;"))
    tool("apply", *NATIVE, *OFFSET, tree, "-o", "out.dtb")
    window, _ = linux_map(tree.parent / "out.dtb", "/b/dev")
    assert all(cpu + size <= GUEST or cpu >= GUEST + SIZE for _, cpu, size in window)


def test_coherency_survives_the_new_parent(tool, make_tree):
    tree = make_tree(MEMORY + PROVIDER + bus("b", device(), "dma-coherent;", (1, 1)),
                     header=HEADER)
    tool("apply", *NATIVE, "--machine-base", "0x100000000", "--ram", "0x80000000:4G", "--offset-in",
         "dma-ranges", tree, "-o", "out.dtb")
    window, coherent = linux_map(tree.parent / "out.dtb", "/b/dev")
    assert window == [(0x100000000, GUEST, SIZE)] and coherent


def host(compatible, more="dma-ranges = <0x2000000 0 0 0 0 1 0>;"):
    return (f'pcie {{ compatible = {compatible}; device_type = "pci"; #address-cells = <3>; '
            f"#size-cells = <2>; {more} }};")


# Their drivers write what they find in dma-ranges into registers (Linux 7.2,
# drivers/pci/controller), and so may one that nobody knows: one line each.
PROGRAMMED = {
    "brcmstb": '"brcm,bcm2711-pcie"',
    "brcmstb, Raspberry Pi 5": '"brcm,bcm2712-pcie"',
    "DesignWare, iATU": '"renesas,r8a779g0-pcie", "renesas,rcar-gen4-pcie"',
    "DesignWare by its own name": '"snps,dw-pcie"',
    "rzg3s-host": '"renesas,r9a08g045-pcie"',
    "rzg3s-host, another": '"renesas,r9a09g056-pcie", "renesas,r9a09g047-pcie"',
    "Cadence": '"ti,j784s4-pcie-host"',
    "rcar-host": '"renesas,pcie-r8a7795", "renesas,pcie-rcar-gen3"',
    "xgene": '"apm,xgene-storm-pcie", "apm,xgene-pcie"',
    "a stranger": '"test,pcie"',
    "a stranger that calls itself generic": '"test,pcie", "pci-host-ecam-generic"',
    "a generic one with a driver of another kind": '"pci-host-ecam-generic", "test,pcie"',
}


@pytest.mark.parametrize("name", PROGRAMMED)
def test_inbound_windows_of_pci_hosts_are_left_alone(tool, make_tree, read_tree, name):
    tree = make_tree(MEMORY + bus("scb", host(PROGRAMMED[name]) + device()))
    said = " ".join(tool("plan", *NATIVE, *OFFSET, tree).out.split())
    assert "WARN offset: /scb/pcie: a stock kernel cannot be told" in said
    assert "programs inbound windows" in said
    tool("apply", *NATIVE, *OFFSET, tree, "-o", "out.dtb")
    assert linux_map(tree.parent / "out.dtb", "/scb/pcie") == linux_map(tree, "/scb/pcie")
    assert read_tree(tree.parent / "out.dtb").strings("/chosen/dtshim/record", "lost") == ["/scb/pcie"]
    assert_offset(tree.parent / "out.dtb", "/scb/dev")


@pytest.mark.parametrize("name", PROGRAMMED)
def test_no_bus_above_a_programmed_host_is_rewritten(tool, make_tree, name):
    """Linux composes the host's windows from those above it, as on the Raspberry Pi 5."""
    tree = make_tree(MEMORY + bus("axi", host(PROGRAMMED[name]) + device(),
                                  "dma-ranges = <0 0 0 0 0x10 0>;"))
    tool("apply", *NATIVE, *OFFSET, tree, "-o", "out.dtb")
    assert linux_map(tree.parent / "out.dtb", "/axi/pcie") == linux_map(tree, "/axi/pcie")
    assert facts(tool, tree, *OFFSET)[0]["/axi/pcie"]["offset"] == "lost"
    assert_offset(tree.parent / "out.dtb", "/axi/dev")


FROM_FIRMWARE = ['"pci-host-ecam-generic"', '"pci-host-cam-generic"', '"snps,dw-pcie-ecam"',
                 '"marvell,armada8k-pcie-ecam", "snps,dw-pcie-ecam"',
                 '"socionext,synquacer-pcie-ecam", "snps,dw-pcie-ecam"',
                 '"arm,juno-r1-pcie", "plda,xpressrich3-axi", "pci-host-ecam-generic"',
                 '"cavium,pci-host-thunder-ecam"', '"cavium,pci-host-thunder-pem"',
                 '"hisilicon,hip06-pcie-ecam"', '"hisilicon,hip07-pcie-ecam"']


@pytest.mark.parametrize("compatible", FROM_FIRMWARE)
def test_hosts_that_firmware_has_set_up_take_the_offset_in(tool, make_tree, compatible):
    tree = make_tree(MEMORY + bus("soc", host(compatible)))
    assert facts(tool, tree, *OFFSET)[0]["/soc/pcie"]["offset"] == "bus"
    tool("apply", *NATIVE, *OFFSET, tree, "-o", "out.dtb")
    assert_offset(tree.parent / "out.dtb", "/soc/pcie")


@pytest.mark.parametrize("name", PROGRAMMED)
def test_a_programmed_host_without_windows_is_told_by_its_bus(tool, make_tree, name):
    """Without dma-ranges of its own there is nothing to program."""
    tree = make_tree(MEMORY + bus("soc", host(PROGRAMMED[name], "") + device()))
    assert facts(tool, tree, *OFFSET)[0]["/soc/pcie"]["offset"] in ("bus", "dma-mem")
    tool("apply", *NATIVE, *OFFSET, tree, "-o", "out.dtb")
    assert_offset(tree.parent / "out.dtb", "/soc/pcie")


def pci(inside, more=""):
    return ('pcie@3000 { compatible = "pci-host-ecam-generic"; device_type = "pci"; '
            f"reg = <0 0x3000 0 0x1000>; #address-cells = <3>; #size-cells = <2>; {more} {inside} }};")


def test_windows_of_a_pci_host_below_another_window_are_left(tool, make_tree):
    """Its own dma-ranges come before those of any parent it could be given."""
    host = pci("", "dma-ranges = <0x2000000 0 0 0 0 0 0x80000000>;")
    tree = make_tree(MEMORY + bus("soc", host, "dma-ranges = <0 0 0 0x80000000 0 0x80000000>;"))
    assert facts(tool, tree, *OFFSET)[0]["/soc/pcie@3000"]["offset"] == "lost"
    tool("apply", *NATIVE, *OFFSET, tree, "-o", "out.dtb")
    out = oracle.Tree((tree.parent / "out.dtb").read_bytes())
    node = next(one for one in out.nodes if one.path == "/soc/pcie@3000")
    assert "interconnects" not in node.props


def test_devices_behind_a_protected_pci_host_change_nothing(tool, bare_tree):
    host = pci('wifi@0 { compatible = "pci1234,5678"; reg = <0 0 0 0 0>; };',
               "iommu-map = <0 &smmu 0 0x10000>; dma-ranges = <0x2000000 0 0 0 0 4 0>;")
    tree = bare_tree(MEMORY + SMMU + host)
    assert list(facts(tool, tree, *OFFSET)[0]) == ["/pcie@3000"]
    tool("apply", *NATIVE, *OFFSET, tree, "-o", "out.dtb")
    assert linux_map(tree.parent / "out.dtb", "/pcie@3000") == linux_map(tree, "/pcie@3000")


@pytest.mark.parametrize("ranges", ["<0 0x80000000 0 0x80000000 0 0>", "<0 0x80000000 0 0x80000000 0>"])
def test_a_window_without_an_entry_is_gone_around(tool, make_tree, ranges):
    """Linux stops at it and finds nothing: what is written above it would never be read."""
    tree = make_tree(MEMORY + bus("soc", bus("b", device(), f"dma-ranges = {ranges};")))
    tool("apply", *NATIVE, *OFFSET, tree, "-o", "out.dtb")
    assert_offset(tree.parent / "out.dtb", "/soc/b/dev")


def test_a_device_that_cannot_be_told_is_named(tool, make_tree, read_tree):
    tree = make_tree(MEMORY + PROVIDER + device(more=ICC))
    assert "WARN   offset: /dev: a stock kernel cannot be told" in tool(
        "plan", *NATIVE, *OFFSET, tree).out
    assert facts(tool, tree, *OFFSET)[0]["/dev"]["offset"] == "lost"
    tool("apply", *NATIVE, *OFFSET, tree, "-o", "out.dtb")
    assert read_tree(tree.parent / "out.dtb").strings("/chosen/dtshim/record", "lost") == ["/dev"]


def test_cells_that_nobody_can_read(tool, make_tree):
    """In doubt the device is named, not told something."""
    inner = bus("b", device(), "dma-ranges = <0 0 0 0 0 0 0x1000>;")
    tree = make_tree(MEMORY + bus("a", inner, cells=(3, 2)))
    assert facts(tool, tree, *OFFSET)[0]["/a/b/dev"]["offset"] == "lost"


def test_dma_ranges_alone_leave_the_property_out(tool, bare_tree, read_tree):
    tree = bare_tree(MEMORY + device())
    for where, there in (("property", True), ("dma-ranges", False), ("both", True)):
        tool("apply", *NATIVE, *OFFSET[:2], "--offset-in", where, tree, "-o", "out.dtb")
        out = read_tree(tree.parent / "out.dtb")
        assert (out.prop("/hypervisor", "dma-offset") is not None) == there
        assert out.has("/dtshim-dma-1") == (where != "property")


POOL = """
    reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges;
        pool: pool@d0000000 { reg = <0 0xd0000000 0 0x100000>; };
        idle@e0000000 { reg = <0 0xe0000000 0 0x100000>; }; };
"""
SHIFTED = ("--dom0-mem", "256M", "--dom0-base", "0x80000000", "--machine-base", "0x80800000",
          "--offset-in", "both")


@pytest.mark.parametrize("dma, wanted", [
    (GIB_AT_RAM.replace("0x40000000>", "0x60000000>"),
     [(0x800000, 0x80000000, 256 * MIB), (0x50000000, 0xcf800000, MIB)]),
    (GIB_AT_RAM, [(0x800000, 0x80000000, 256 * MIB)]),
    ("", [(0x80800000, 0x80000000, 256 * MIB), (0xd0000000, 0xcf800000, MIB)]),
], ids=["shown", "not shown", "no window"])
def test_a_device_reaches_its_pool(tool, make_tree, read_tree, dma, wanted):
    """Reserved memory that a device is lent moves with RAM, and dma-ranges tell where it is."""
    tree = make_tree(MEMORY + POOL + bus("b", device(more="memory-region = <&pool>;"), dma))
    tool("apply", *NATIVE, *SHIFTED, tree, "-o", "out.dtb")
    out = read_tree(tree.parent / "out.dtb")
    assert out.u64s("/reserved-memory/pool@d0000000", "reg") == [0xcf800000, MIB]
    told = out.u64s("/b", "dma-ranges")
    assert list(zip(told[::3], told[1::3], told[2::3])) == wanted


def test_a_pool_that_a_bus_cannot_say(tool, make_tree):
    far = POOL.replace("0 0xd0000000", "1 0x70000000").replace("d0000000", "170000000")
    memory = MEMORY.replace("0 0x80000000>", "1 0>")
    tree = make_tree(memory + far + bus("b", device(more="memory-region = <&pool>;"), "", (1, 1)))
    said = tool("plan", *NATIVE, *SHIFTED, tree).out
    assert "WARN   native: /b: its dma-ranges cannot list a pool of reserved memory" in said


def test_offset_by_a_negative_number(tool, make_tree):
    """dom0 above its machine block: the difference is negative, the sums are not."""
    tree = make_tree(MEMORY + bus("b", device()))
    tool("apply", *NATIVE, "--dom0-base", "0xc0000000", "--machine-base", "0x80000000",
         "--offset-in", "dma-ranges", tree, "-o", "out.dtb")
    assert linux_map(tree.parent / "out.dtb", "/b/dev")[0] == [(0x80000000, 0xc0000000, SIZE)]
