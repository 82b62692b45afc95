# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Layout offset of contract xen: what goes into a xen,domain and how its own tree says it.

Xen 4.17 starts a domain without a device that it cannot give it, so each of these has to be
refused beforehand.
"""
import json
import re

import pytest

from made_up import BOARD
from trees import HEADER


MIB = 1 << 20
RAM0 = 0x40000000
BLOCK = 0xA0000000  # the lowest aligned free block of 512 MiB with room above it
OFFSET = ["--layout", "offset"]


@pytest.fixture
def domain(tool, make_tree, read_tree):
    """(host's tree, domain's tree, plan) of a board with these devices passed through."""
    def make(*names, more="", options=(), body=BOARD):
        tree = make_tree(body + more, header=HEADER)
        policy = [*OFFSET, *(["--passthrough", " ".join(names)] if names else []), *options]
        plan = json.loads(tool("plan", "--json", *policy, tree).out)
        tool("apply", *policy, tree, "-o", "out.dtb")
        return read_tree(tree.parent / "out.dtb"), read_tree(tree.parent / "out.domain.dtb"), plan
    return make


def u64(*values):
    return b"".join(value.to_bytes(8, "big") for value in values)


def notes(plan, words):
    return [note for note in plan["notes"] if words in note["what"] + note["reason"]]


# ---- who comes -----------------------------------------------------------------------

@pytest.mark.parametrize("name", ["/soc/far@5000", "test,far"])
def test_named(domain, name):
    host, tree, plan = domain(name)
    assert plan["domain"]["devices"] == ["/soc/far@5000"]
    assert tree.children("/passthrough") == ["far@10005000"]
    assert host.prop("/soc/far@5000", "xen,passthrough") == b""
    assert host.prop("/soc/near@4800", "xen,passthrough") is None


def test_neighbours_come_along(domain):
    """By an alias; with clocks of clocks, of the pins only what is referred to, and no host's business."""
    _, tree, plan = domain("disk0")
    assert tree.children("/passthrough") == ["oscillator", "clock-controller@10001000", "pins@10002000",
                                             "gpio@10003000", "mmc@10004000"]
    assert tree.children("/passthrough/pins@10002000") == ["mmc"]
    assert tree.children("/passthrough/pins@10002000/mmc") == ["groups"]
    assert tree.children("/passthrough/mmc@10004000") == ["card@0"]
    for name, node, cells in (("clocks", "clock-controller@10001000", [3]), ("pinctrl-0", "pins@10002000/mmc", []),
                              ("cd-gpios", "gpio@10003000", [5, 1])):
        assert tree.cells("/passthrough/mmc@10004000", name) == [
            *tree.cells(f"/passthrough/{node}", "phandle"), *cells]
    assert tree.prop("/passthrough/mmc@10004000", "memory-region") is None
    assert tree.prop("/passthrough/mmc@10004000", "phandle") is None, "nobody refers to it"
    assert notes(plan, "loses its memory-region")
    assert [note["reason"] for note in notes(plan, "goes into the domain")][1:] == [
        "/soc/mmc@4000 needs it: clocks", "/soc/mmc@4000 needs it: pinctrl-0",
        "/soc/mmc@4000 needs it: cd-gpios", "/soc/clock-controller@1000 needs it: clocks"]


def test_aliases_follow(domain):
    """Linux numbers disks and ports by them: they lead to where the devices are now."""
    _, tree, _ = domain("disk0", more='}; / { aliases { net0 = &safe; led0 = "/nowhere"; card0 = "/soc/mmc@4000/card@0"; };')
    assert tree.string("/aliases", "disk0") == "/passthrough/mmc@10004000"
    assert tree.string("/aliases", "card0") == "/passthrough/mmc@10004000/card@0"
    assert tree.prop("/aliases", "net0") is None and tree.prop("/aliases", "led0") is None
    _, tree, _ = domain("disk0", "/plain@6000000", options=["--xen-features", "large-tree"])
    path = tree.string("/aliases", "disk0")
    assert path.startswith("/passthrough/dma-") and tree.has(path)
    assert not domain("/plain@6000000")[1].has("/aliases")


def test_all_masters(domain):
    """PCI, Xen's own and what cannot be given stay out without a word of trouble."""
    _, _, plan = domain("all-dma", more="""
        pcie@30000000 { compatible = "pci-host-ecam-generic"; device_type = "pci"; #address-cells = <3>;
            #size-cells = <2>; reg = <0 0x30000000 0 0x1000000>; ranges; };
        noreg { compatible = "test,noreg"; };
        blocked@6200000 { compatible = "test,blocked"; reg = <0 0x6200000 0 0x1000>; interrupts = <1 3 4 0>; };
        """, options=["--xen-features", "large-tree"])
    assert set(plan["domain"]["devices"]) == {
        "/oscillator", "/net@7000000", "/soc/clock-controller@1000", "/soc/pins@2000", "/soc/gpio@3000",
        "/soc/mmc@4000", "/soc/near@4800", "/soc/far@5000", "/plain@6000000", "/mdma@6100000"}
    assert [note["node"] for note in notes(plan, "stays out of the domain")]


def test_a_master_whose_neighbour_cannot_come_stays_out(domain):
    """With all that it would have brought along; named, it is refused."""
    _, tree, plan = domain("all-dma", more="""
        off: off@6400000 { compatible = "test,off"; reg = <0 0x6400000 0 0x1000>; #phy-cells = <0>; status = "disabled"; };
        own: own { compatible = "fixed-clock"; #clock-cells = <0>; };
        lame@6300000 { compatible = "test,lame"; reg = <0 0x6300000 0 0x1000>; clocks = <&own>; phys = <&off>; };
        """, options=["--xen-features", "large-tree"])
    assert "/lame@6300000" not in plan["domain"]["devices"] and "/own" not in plan["domain"]["devices"]
    reason, = [note["reason"] for note in notes(plan, "stays out") if note["node"] == "/lame@6300000"]
    assert "needs /off@6400000, which cannot go into a xen,domain: it is disabled" in reason
    assert not [note for note in plan["notes"] if note["node"] == "/own" and "goes into" in note["what"]]
    assert tree.has("/passthrough") and not tree.has("/passthrough/own")


def test_no_devices(domain):
    _, tree, plan = domain()
    assert notes(plan, "the domain has no devices") and tree.children("/passthrough") == []


# ---- how it is said --------------------------------------------------------------------

def test_registers_and_interrupts(domain):
    _, tree, _ = domain("/mdma@6100000")
    node = "/passthrough/mdma@6100000"
    assert tree.u64s(node, "xen,reg") == [0x6100000, 0x1000, 0x6100000, 0x6102000, 0x2000, 0x6102000]
    assert tree.u64s(node, "reg") == [0x6100000, 0x800, 0x6102800, 0x1000]
    assert tree.string(node, "xen,path") == "/mdma@6100000"
    far, (_, tree, _) = "/passthrough/far@10005000", domain("/soc/far@5000")
    assert tree.u64s(far, "reg") == [0x10005000, 0x1000]
    assert tree.string(far, "xen,path") == "/soc/far@5000"
    assert tree.cells(far, "interrupts") == [0, 13, 4], "the domain's GIC has three cells"
    assert tree.cells("/passthrough", "interrupt-parent") == tree.cells("/gic", "phandle")


def test_offset_in_dma_ranges(domain):
    """Without a window all of the block; with one, the part that it shows, at its bus address."""
    _, tree, plan = domain("/plain@6000000")
    assert plan["machine-block"] == [{"base": hex(BLOCK), "size": hex(512 * MIB)}]
    assert tree.u64s("/passthrough", "dma-ranges") == [BLOCK, RAM0, 512 * MIB]
    assert tree.prop("/passthrough/plain@6000000", "dma-coherent") == b""
    _, tree, _ = domain("/soc/far@5000")
    assert tree.u64s("/passthrough", "dma-ranges") == [0x20000000, RAM0, 512 * MIB]
    assert tree.prop("/passthrough/far@10005000", "dma-coherent") == b"", "the bus says so"


def test_a_window_that_ends_inside(domain):
    _, tree, plan = domain("/soc/far@5000", options=["--machine-base", "0xc0000000"])
    assert tree.u64s("/passthrough", "dma-ranges") == [0x40000000, RAM0, 512 * MIB]
    _, tree, plan = domain("/soc/far@5000", options=["--machine-base", "0xcf800000", "--xen-features", "static-mem"])
    assert tree.u64s("/passthrough", "dma-ranges") == [0x4f800000, RAM0, 0x10800000]
    assert notes(plan, "is bounced")


def test_blocks_and_windows(domain):
    """Each block has an offset of its own."""
    host, tree, plan = domain("/soc/far@5000", options=[
        "--xen-features", "static-mem", "--dom0-mem", "384M", "--machine-blocks", "0xa0800000:256M 0xc1000000:128M"])
    blocks = [0xa0800000, 256 * MIB, 0xc1000000, 128 * MIB]
    assert tree.u64s("/passthrough", "dma-ranges") == [
        0x20800000, RAM0, 256 * MIB, 0x41000000, RAM0 + 256 * MIB, 128 * MIB]
    assert host.u64s("/chosen/dom0", "xen,static-mem") == blocks
    assert host.u64s("/chosen/dtshim/record", "machine-block") == blocks
    assert host.prop("/chosen", "xen,static-heap") is None


def test_protected(domain):
    """Guest addresses, the tag, and no word of the host's IOMMU."""
    _, tree, _ = domain("/net@7000000")
    node = "/passthrough/net@7000000"
    assert tree.prop("/passthrough", "dma-ranges") is None
    assert tree.prop(node, "xen-dma-safe") == b"" and tree.prop(node, "iommus") is None
    assert tree.prop(node, "xen,force-assign-without-iommu") is None


def test_different_windows(domain):
    """The outer bus has no dma-ranges then: Linux would go by both."""
    _, tree, _ = domain("/net@7000000", "/plain@6000000", "/soc/far@5000")
    assert tree.prop("/passthrough", "dma-ranges") is None
    assert tree.has("/passthrough/net@7000000")
    assert [tree.u64s(f"/passthrough/{bus}", "dma-ranges") for bus in tree.children("/passthrough")
            if tree.has(f"/passthrough/{bus}/far@10005000")] == [[0x20000000, RAM0, 512 * MIB]]
    assert [tree.u64s(f"/passthrough/{bus}", "dma-ranges") for bus in tree.children("/passthrough")
            if tree.has(f"/passthrough/{bus}/plain@6000000")] == [[BLOCK, RAM0, 512 * MIB]]


def test_a_bus_with_devices(domain):
    """A device that is a bus for others: its ranges lead to CPU addresses now."""
    _, tree, _ = domain("/soc/glue@6000", more="""
        }; / { soc { glue@6000 { compatible = "test,glue"; reg = <0x6000 0x100>; #address-cells = <1>; #size-cells = <1>;
            ranges = <0x0 0x7000 0x1000>; usb@0 { compatible = "test,usb"; reg = <0 0x1000>; interrupts = <0 20 4 0>; }; }; };
        """)
    node = "/passthrough/glue@10006000"
    assert tree.cells(node, "ranges") == [0, 0, 0x10007000, 0x1000]
    assert tree.cells(f"{node}/usb@0", "reg") == [0, 0x1000]
    assert tree.cells(f"{node}/usb@0", "xen,reg") == [0x10007000, 0x1000, 0x10007000]
    assert tree.string(f"{node}/usb@0", "xen,path") == "/soc/glue@6000/usb@0"


# ---- the domain's node ----------------------------------------------------------------------

PAYLOAD = """
    }; / {
    chosen { #address-cells = <1>; #size-cells = <1>; linux,initrd-start = <1>; linux,initrd-end = <2>;
        xen,xen-bootargs = "dom0_mem=256M dtuart=serial0"; xen,dom0-bootargs = "console=hvc0 root=/dev/x";
        xen@90000000 { compatible = "dtshim,hypervisor"; reg = <0x90000000 0x100000>; };
        module@91000000 { compatible = "multiboot,kernel", "multiboot,module"; reg = <0x91000000 0x1000000>; };
        module@94000000 { compatible = "multiboot,ramdisk", "multiboot,module"; reg = <0x94000000 0x800000>; }; };
    aliases { serial0 = &uart; };
"""


def test_the_domain_takes_dom0_s_place(domain):
    host, _, plan = domain("/plain@6000000", more=PAYLOAD, options=["--domain-name", "hw"])
    node = "/chosen/hw"
    assert host.string(node, "compatible") == "xen,domain"
    assert host.u64s(node, "memory") == [256 << 10] and host.cells(node, "cpus") == [2]
    assert host.prop(node, "vpl011") == b"" and host.string(node, "xen,enhanced") == "no-xenstore"
    modules = {}
    for name in host.children(node):
        modules[host.strings(f"{node}/{name}", "compatible")[0]] = host.u64s(f"{node}/{name}", "reg")
        if host.prop(f"{node}/{name}", "bootargs"):
            assert host.string(f"{node}/{name}", "bootargs") == "console=hvc0 root=/dev/x console=ttyAMA0"
    places = {one["kind"]: int(one["to"], 16) for one in plan["modules"]}
    assert modules == {"multiboot,kernel": [places["kernel"], 0x1000000],
                       "multiboot,ramdisk": [places["ramdisk"], 0x800000],
                       "multiboot,device-tree": [places["domain tree"], plan["domain"]["tree-size"]]}
    assert not [name for name in host.children("/chosen") if name.startswith("module")]
    assert host.prop("/chosen", "linux,initrd-start") is None
    assert host.string("/chosen", "xen,xen-bootargs").split() == ["dtuart=serial0", "bootscrub=1"]
    base, size = (int(plan["machine-block"][0][key], 16) for key in ("base", "size"))
    assert size == 256 * MIB and base % size == 0
    heap = host.u64s("/chosen", "xen,static-heap")
    assert heap[:2] == [base, size] and all(other < size for other in heap[3::2])
    for kind, to in places.items():
        assert not base <= to < base + size, kind


def test_applied_twice_is_applied_once(domain, tool, tmp_path):
    domain("/plain@6000000", more=PAYLOAD)
    done = tool("apply", *OFFSET, "--passthrough", "/plain@6000000", "out.dtb", "-o", "again.dtb")
    assert done.err == "" and not (tmp_path / "again.domain.dtb").exists()
    assert (tmp_path / "again.dtb").read_bytes() == (tmp_path / "out.dtb").read_bytes()


@pytest.mark.parametrize("at, enhanced, no_regions", [
    (0x38000000, False, False), (0xfe000000, True, True), (0x30000000, True, False)])
def test_what_xen_offers_a_domain(domain, at, enhanced, no_regions):
    """Where its devices are there is neither a grant table nor room for foreign pages."""
    body = BOARD.replace("reg = <0 0x80000000 0 0x80000000>", "reg = <0 0x80000000 0 0x70000000>")
    host, _, plan = domain(f"/dev@{at:x}", body=body.replace("0xf0000000", "0xe0000000").replace("f0000000", "e0000000"),
                           more=f'dev@{at:x} {{ compatible = "test,dev"; reg = <0 {at:#x} 0 0x1000>; }};')
    assert plan["domain"]["enhanced"] is enhanced
    assert (host.prop("/chosen/dom0", "xen,enhanced") is not None) == enhanced
    line = host.string("/chosen", "xen,xen-bootargs") or ""
    assert ("ext_regions=0" in line) == no_regions


def test_regions_none(domain):
    host, _, _ = domain("/plain@6000000", options=["--regions", "none"])
    assert "ext_regions=0" in host.string("/chosen", "xen,xen-bootargs")


def test_shared_pages_are_named(domain):
    _, _, plan = domain("disk0")
    shared, = notes(plan, "the domain's reach")
    assert shared["node"] == "/soc/near@4800" and shared["kind"] == "warning"


# ---- what is refused --------------------------------------------------------------------------

def dev(extra, at="6200000"):
    return f'dev@{at} {{ compatible = "test,dev"; reg = <0 0x{at} 0 0x1000>; {extra} }};'


@pytest.mark.parametrize("names, more, says", [
    (["/nowhere"], "", "the tree has no available device '/nowhere'"),
    (["test,none"], "", "the tree has no available device 'test,none'"),
    (["/dev@6200000"], dev('status = "disabled";'), "it is disabled"),
    (["/dev@6200000"], dev("interrupts = <1 3 4 0>;"), "PPI"),
    (["/dev@6200000"], dev("interrupts = <0 0 4 0>;"), "SPI 0"),
    (["/dev@6200000"], dev("interrupts = <0 3 4>;"), "not whole entries"),
    (["/dev@6200000"], dev("interrupts-extended = <&gic 0 3 4 0>;"), "three cells"),
    (["/dev@6200000"], dev("interrupt-parent = <&nexus>; interrupts = <1>;") + """
        nexus: nexus { #interrupt-cells = <1>; #address-cells = <0>; interrupt-map = <1 &gic 0 3 4 0>; };""",
     "interrupt-map"),
    (["/dev@6200000"], dev("clocks = <0x777>;"), "its clocks names nodes that do not exist"),
    (["/dev@6200000"], dev("clocks = <&off>;") + 'off: off { compatible = "fixed-clock"; '
     '#clock-cells = <0>; status = "disabled"; };', "needs /off"),
    (["/dev@f8000000"], dev("", "f8000000"), "are in RAM"),
    (["/dev@40000000"], dev("", "40000000"), "the domain has its memory"),
    (["/dev@3001000"], dev("", "3001000"), "has its GIC"),
    (["/dev@22000000"], dev("", "22000000"), "has its console"),
    (["/noreg"], 'noreg { compatible = "test,noreg"; interrupts = <0 3 4 0>; };', "no registers"),
    (["/noreg"], 'noreg { compatible = "test,noreg"; iommus = <&smmu 3>; };', "no registers"),
    (["/bus/dev@0"], 'bus { #address-cells = <1>; #size-cells = <1>; ranges = <0 0 0x9000000 0x1000>;'
     ' dev@0 { compatible = "test,dev"; reg = <0x5000 0x1000>; }; };', "no machine address"),
    (["/pcie@30000000"], 'pcie@30000000 { compatible = "test,pcie"; device_type = "pci"; reg = <0 0x30000000 0 0x1000>;'
     " #address-cells = <3>; #size-cells = <2>; };", "no PCI hosts"),
    (["/interrupt-controller@2f000000"], "", "Xen keeps it"),
    (["/iommu@2b000000"], "", "Xen keeps it"),
    (["/serial@1c090000"], "", "Xen keeps it"),
    (["/cpus"], "", "not a device"),
    (["/dev@1c090800"], 'dev@1c090800 { compatible = "test,dev"; reg = <0 0x1c090800 0 0x100>; };', "share a page with something that Xen keeps"),
    (["/dev@6200000"], dev("#address-cells = <1>; #size-cells = <1>; ranges; dma-ranges = <0 0 0x80000000 0x1000>;"
                           ' sub@0 { compatible = "test,sub"; reg = <0 0 0 4>; };'), "dma-ranges of its own"),
    (["/low/dev@0"], 'low { #address-cells = <1>; #size-cells = <1>; ranges = <0 0 0x9000000 0x1000>;'
     ' dma-ranges = <0 0 0 0x40000000>; dev@0 { compatible = "test,dev"; reg = <0 0x1000>; }; };', "reaches none"),
], ids=lambda value: value[-22:] if isinstance(value, str) else "")
def test_refused(tool, make_tree, names, more, says):
    error = tool("apply", *OFFSET, "--passthrough", " ".join(names), make_tree(BOARD + more), "-o", "out.dtb", code=2).err
    assert says in error and "what to do: " in error


@pytest.mark.parametrize("options, code, says", [
    (["--dom0-mem", "384M"], "dom0-size", "power of two"),
    (["--dom0-mem", "1536M"], "dom0-size", "power of two"),
    (["--dom0-mem", "4G"], "dom0-size", "2 GiB"),
    (["--machine-base", "0x90000000"], "base", "not a multiple of 512 MiB"),
    (["--machine-base", "0x80000000"], "base", "tee@80000000"),
    (["--dom0-base", "0x80000000"], "base", "0x40000000"),
    (["--domain-name", "a b"], "policy", "a valid node name"),
    (["--domain-name", "x" * 32], "policy", "a valid node name"),
    (["--domain-name", "dtshim"], "policy", "already"),
    (["--xen-features", "magic"], "policy", "unknown value 'magic'"),
    (["--machine-blocks", "0xa0000000:512M"], "policy", "static memory"),
    (["--machine-blocks", "0xa0000000:256M", "--xen-features", "static-mem"], "policy", "256 MiB"),
    (["--machine-blocks", "0xa0000000:512M 0xa0000000:512M", "--xen-features", "static-mem"], "policy", "overlap"),
    (["--machine-blocks", "0xf0000000:512M", "--xen-features", "static-mem"], "base", "not RAM"),
])
def test_refused_memory(tool, make_tree, options, code, says):
    error = tool("plan", *OFFSET, *options, make_tree(BOARD), code=2).err
    assert says in error and f"[{code}]" in error and "what to do: " in error


def test_the_room_of_xen_4_17(domain, tool, make_tree):
    """4096 bytes for all of the domain's tree; later ones have those beside the devices' part."""
    many = "".join(dev('data = "' + 60 * "x" + '";', f"{0x6200000 + i * 0x1000:x}") for i in range(20))
    error = tool("plan", *OFFSET, "--passthrough", "test,dev", make_tree(BOARD + many), code=2).err
    assert "[too-large]" in error and "room for 4096" in error and "xen-version 4.20" in error
    for options in (["--xen-version", "4.18"], ["--xen-features", "large-tree"]):
        _, tree, _ = domain("test,dev", more=many, options=options)
        assert len(tree.children("/passthrough")) == 20
    error = tool("plan", *OFFSET, "--xen-version", "4.17", "--passthrough", "test,dev", "in.dtb", code=2).err
    assert "room for 4096" in error and "xen-version" not in error


def test_how_long_the_domains_tree_is(tool, make_tree):
    """From 4.20 on the GIC's node says how many regions it has."""
    def most(*options):
        text = tool("plan", *OFFSET, "--passthrough", "test,far", *options, make_tree(BOARD)).out
        return int(re.search(r"the domain's tree has at most (\d+) bytes", text)[1])
    assert most("--xen-version", "4.17") == most("--xen-version", "4.19")
    more = 16 + len("#redistributor-regions") + 1
    assert more <= most("--xen-version", "4.20") - most("--xen-version", "4.17") < more + 8
    assert most() == most("--xen-version", "4.20") == most("--xen-version", "4.22")


def test_two_trees_need_a_file(tool, make_tree):
    assert "two trees" in tool("apply", *OFFSET, make_tree(BOARD), "-o", "-", code=2).err


# ---- auto ------------------------------------------------------------------------------------------

def test_auto(tool, make_tree):
    """A domain only where somebody asks for one: dom0 without its devices is nobody's wish."""
    tree = make_tree(BOARD)
    for options in ([], ["--layout", "direct"], ["--domain-name", "guest"]):
        plan = json.loads(tool("plan", "--json", *options, tree).out)
        assert plan["layout"] == "direct" and not plan["domain"]
    for options in (OFFSET, ["--passthrough", "test,plain"]):
        assert json.loads(tool("plan", "--json", *options, tree).out)["domain"]


def test_the_plan_says_what_an_offset_cannot_do(tool, make_tree):
    for options in (OFFSET, ["--contract", "native", "--machine-base", "0xa0000000"]):
        said = tool("plan", *options, make_tree(BOARD)).out
        assert "WARN   memory: a constant offset is right only for dom0's own pages" in said


# ---- what a second reader found ----------------------------------------------------------------

def refused(tool, make_tree, more, *names, options=(), body=BOARD):
    return tool("plan", *OFFSET, *(["--passthrough", " ".join(names)] if names else []), *options,
                make_tree(body + more), code=2).err


def test_the_root_is_nobody_s_neighbour(tool, make_tree):
    error = refused(tool, make_tree, "}; / { phandle = <77>; " + dev("clocks = <77>;"), "/dev@6200000")
    assert "needs /, which cannot go into a xen,domain: it is not a device" in error


def test_registers_that_inner_cells_cannot_say(tool, make_tree):
    """Xen would map what the low half of the address names."""
    error = refused(tool, make_tree, """big@800000000 { compatible = "test,big"; reg = <8 0 0 0x1000>;
        #address-cells = <1>; #size-cells = <1>; ranges = <0 8 0 0x1000000>;
        in@5000 { compatible = "test,in"; reg = <0x5000 0x1000>; }; };""", "test,big")
    assert "/big@800000000/in@5000" in error and "too few cells for its address" in error


@pytest.mark.parametrize("more, says", [
    ('chosen { domu { compatible = "xen,domain"; memory = <0 0x10000>; }; };', "made for one domain"),
    ('chosen { domu { compatible = "xen,domain"; xen,static-mem = <0 0xe0000000 0 0x1000000>; }; };',
     "but this Xen is built without it"),
])
def test_other_domains(tool, make_tree, more, says):
    error = refused(tool, make_tree, "}; / {" + more)
    assert "/chosen/domu" in error and says in error
    assert "name static-mem in xen-features" in error and "give it xen,static-mem" not in error


def test_xenstore_of_another_domain(tool, make_tree):
    error = refused(tool, make_tree, '}; / { chosen { domu { compatible = "xen,domain"; xen,static-mem = <0 0 0 0>;'
                                     ' xen,enhanced; }; };', options=["--xen-features", "static-mem"])
    assert "/chosen/domu" in error and "needs a dom0" in error


def test_the_domain_is_the_first(domain):
    """Xen builds domains in the order of the tree."""
    host, _, _ = domain("/plain@6000000", options=["--xen-features", "static-mem"], more="""}; / { chosen {
        domu { compatible = "xen,domain"; xen,static-mem = <0 0xe0000000 0 0x1000000>; }; };""")
    names = host.children("/chosen")
    assert names.index("dom0") < names.index("domu")


@pytest.mark.parametrize("ram, dom0", [(36, 512), (64, 1024)])
def test_much_ram(domain, ram, dom0):
    """The frame table is Xen's own: it makes the scratch region large, not the rival."""
    body = BOARD.replace("reg = <0 0x80000000 0 0x80000000>",
                         f"reg = <0 0x80000000 0 0x80000000>, <8 0 {ram >> 2:#x} 0>")
    host, _, plan = domain("/plain@6000000", body=body, options=["--dom0-mem", f"{dom0}M"])
    base, size = host.u64s("/chosen", "xen,static-heap")[:2]
    assert size == dom0 * MIB and base % size == 0


def test_no_room_is_said_with_its_reason(tool, make_tree):
    body = BOARD.replace("reg = <0 0x80000000 0 0x80000000>",
                         "reg = <0 0x80000000 0 0x80000000>, <0x10 0 0x10 0>")
    error = refused(tool, make_tree, "", body=body, options=["--dom0-mem", "64M"])
    assert "frame table, would be as large as the domain's" in error and "static-mem" in error


@pytest.mark.parametrize("more, name, says", [
    (dev("", "6200000").replace('"test,dev"', '"arm,gic-v3-its"'), "/dev@6200000", "Xen keeps it"),
    (dev("", "2b000800").replace("0x1000>", "0x100>"), "/dev@2b000800", "share a page"),
    (dev("clocks = <&scmi 3>;") + 'firmware { scmi: scmi { compatible = "arm,scmi-smc"; arm,smc-id = <1>;'
     " #clock-cells = <1>; }; };", "/dev@6200000", "calls firmware"),
    ('}; / { chosen { dev { compatible = "test,chosen"; }; };', "/chosen/dev", "not a device"),
])
def test_not_to_be_given(tool, make_tree, more, name, says):
    assert says in refused(tool, make_tree, more, name)


def test_a_host_s_linux_phandle(domain):
    """References by the old name of phandle lead somewhere in the domain's tree, too."""
    _, tree, _ = domain("/dev@6200000", more=dev("clocks = <99>;") +
                        'old { compatible = "fixed-clock"; #clock-cells = <0>; linux,phandle = <99>; };')
    assert tree.cells("/passthrough/old", "phandle") == [99]


def test_ranges_that_lead_nowhere_stay_away(domain):
    _, tree, _ = domain("test,glue", more="""}; / { soc { glue@6000 { compatible = "test,glue";
        reg = <0x6000 0x1000>; #address-cells = <1>; #size-cells = <1>; ranges = <0 0xf000000 0x1000>; }; };""")
    assert tree.prop("/passthrough/glue@10006000", "ranges") is None


@pytest.mark.parametrize("options, word, kind", [
    (["--layout", "direct"], "passthrough", "WARN  "),
    (["--contract", "native"], "passthrough", "WARN  "), ([], "domain-name", "found ")])
def test_words_that_nobody_asks_for(tool, make_tree, options, word, kind):
    said = tool("plan", *options, f"--{word}", "test,dev", make_tree(BOARD)).out
    assert f"{kind} passthrough: the policy's {word} is not used" in said


def test_a_ram_that_cannot_be(tool, make_tree):
    tree = make_tree('memory@80000000 { device_type = "memory"; reg = <0 0x80000000 0x80000000 0>; };')
    assert "above 52 bits" in tool("plan", tree, code=2).err


def test_check_knows_several_blocks(tool, make_tree):
    """In a tree for a xen,domain no dom0 is built, whatever the domain's memory is made of."""
    tree = make_tree('memory@80000000 { device_type = "memory"; reg = <0 0x80000000 0 0x80000000>; };'
                     'soc { compatible = "simple-bus"; #address-cells = <1>; #size-cells = <1>; '
                     'ranges = <0 0 0x10000000 0x1000>; '
                     'lost@5000 { compatible = "test,lost"; reg = <0x5000 0x1000>; }; };')
    policy = ["--contract", "xen", "--layout", "offset", "--xen-features", "static-mem",
              "--dom0-mem", "512M"]
    for blocks in (["--machine-base", "0xa0000000"],
                   ["--machine-blocks", "0x80000000:256M 0xa0000000:256M"]):
        tool("apply", *policy, *blocks, tree, "-o", "out.dtb")
        assert "ranges-cover" not in tool("check", "out.dtb", code=None).out, blocks
    assert "ranges-cover" in tool("check", tree, code=1).out
