# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Trees that nobody writes on purpose: refused or rewritten, never broken."""
import json
import struct
import subprocess

import pytest

from made_up import TREES
from trees import HEADER, MEMORY



POLICIES = {
    "xen": [], "heap": ["--dom0-mem", "260M"], "told": ["--ram", "0x80000000:2G"],
    "native": ["--contract", "native"],
    "offset": ["--contract", "native", "--machine-base", "0xa0000000", "--offset-in", "both"],
    "moved": ["--contract", "native", "--dom0-base", "0xc0000000", "--machine-base", "0x80000000"],
}


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("name", TREES)
def test_odd_trees(tool, make_tree, name, policy):
    """No crash, no contradiction of our own, and an output that stands."""
    tree = make_tree(TREES[name])
    done = tool("apply", *POLICIES[policy], tree, "-o", "out.dtb", code=None)
    if done.returncode:
        assert done.returncode == 2 and "what to do: " in done.err and "report" not in done.err
        return
    out = tree.parent / "out.dtb"
    subprocess.run(["dtc", "-q", "-I", "dtb", "-O", "dtb", "-o", "/dev/null", out], check=True)
    tool("apply", *POLICIES[policy], out, "-o", "again.dtb")
    assert (tree.parent / "again.dtb").read_bytes() == out.read_bytes()


def test_most_odd_trees_are_rewritten(tool, make_tree):
    done = [tool("apply", "--contract", "native", make_tree(body), "-o", "out.dtb", code=None)
            for body in TREES.values()]
    assert sum(one.returncode == 0 for one in done) >= len(TREES) - 1


@pytest.mark.parametrize("contract", ["xen", "native"])
@pytest.mark.parametrize("name, more", [
    ("chosen", ""), ("reserved-memory", ""), ("cpus", ""), ("hypervisor", ""), ("sram-map", ""),
    ("iommu", "#iommu-cells = <1>;"), ("smmu", "mmu-masters = <1>;")])
def test_memory_that_is_something_else(tool, make_tree, name, more, contract):
    """The node would be merged as memory, and written as what it is."""
    tree = make_tree(MEMORY + name + ' { device_type = "memory"; %s };' % more)
    error = tool("apply", "--contract", contract, tree, "-o", "out.dtb", code=2).err
    assert f"/{name}: device_type: marks this as a memory node" in error


@pytest.mark.parametrize("layout", ["direct", "offset"])
def test_a_module_inside_a_module(tool, make_tree, layout):
    module = 'm@%x { compatible = "multiboot,%s", "multiboot,module"; reg = <0 0x%x 0 0x10000>; %s };'
    inner = "n { " + module % (0x94000000, "module", 0x94000000, "") + " };"
    tree = make_tree(MEMORY + "chosen { #address-cells = <2>; #size-cells = <2>;" +
                     module % (0x92000000, "kernel", 0x92000000, inner) + "};")
    error = tool("apply", "--layout", layout, tree, "-o", "out.dtb", code=2).err
    assert "/chosen/m@92000000/n/m@94000000: compatible: is a module inside another one" in error


@pytest.mark.parametrize("at, initrd, says", [
    (0x9200F000, 0, "m@9200f000: reg: 0x9200f000-0x9201efff overlaps the kernel at 0x92000000"),
    (0x91FFF000, 0, "m@91fff000: reg: 0x91fff000-0x9200efff overlaps the kernel at 0x92000000"),
    (0x92010000, 0, None),
    (0, 0x9200FFFF, ": linux,initrd-start: 0x9200ffff-0x9201fffe overlaps the kernel at 0x92000000"),
    (0, 0x92010000, None),
])
@pytest.mark.parametrize("contract", ["xen", "native"])
def test_modules_in_one_place(tool, make_tree, contract, at, initrd, says):
    """One of the two files is not what it was: what was loaded last has overwritten the other."""
    def module(kind, where):
        return (f'm@{where:x} {{ compatible = "multiboot,{kind}", "multiboot,module";'
                f' reg = <0 {where:#x} 0 0x10000>; }};')
    ramdisk = module("ramdisk", at) if at else ""
    words = f"linux,initrd-start = <{initrd:#x}>; linux,initrd-end = <{initrd + 0x10000:#x}>;"
    tree = make_tree(MEMORY + "chosen { #address-cells = <2>; #size-cells = <2>;" +
                     (words if initrd else "") + module("kernel", 0x92000000) + ramdisk +
                     'm@98000000 { compatible = "dtshim,hypervisor"; reg = <0 0x98000000 0 0x10000>; };'
                     "};")
    done = tool("apply", "--contract", contract, tree, "-o", "out.dtb", code=2 if says else 0)
    assert (says or "") in done.err


START, END = "linux,initrd-start", "linux,initrd-end"


@pytest.mark.parametrize("start, end, which", [
    (" = [98 00 00]", " = <0x98100000>", START), (" = <0x98000000>", " = [98 10 00]", END),
    (" = <0 0 0x98000000>", " = <0x98100000>", START), ("", "", START), (" = <0x98000000>", "", END),
    (" = <0x98000000>", None, END), (None, " = <0x98100000>", START)],
    ids=["three bytes", "end of three", "three cells", "empty", "empty end", "no end", "no start"])
@pytest.mark.parametrize("contract", ["xen", "native"])
def test_a_ramdisk_that_is_malformed(tool, make_tree, contract, start, end, which):
    """It was taken for none: apply took both out, and dom0 started without its ramdisk."""
    words = "".join(f"{name}{value};" for name, value in ((START, start), (END, end)) if value is not None)

    def tree(*modules):
        return make_tree(MEMORY + "chosen { #address-cells = <2>; #size-cells = <2>;" + words +
                         "".join(f'm@{at:x} {{ compatible = "{kind}"; reg = <0 {at:#x} 0 0x10000>; }};'
                                 for kind, at in modules) + "};")
    payload = ("multiboot,kernel", 0x92000000), ("dtshim,hypervisor", 0x90000000)
    error = tool("apply", "--contract", contract, tree(*payload), "-o", "out.dtb", code=2).err
    assert f"/chosen: {which}: is not an address of one or two cells [payload]" in error
    assert f"remove {START} and {END}" in error
    if contract == "native":  # of a tree alone, the kernel's own business; Xen would stop
        tool("apply", "--contract", contract, tree(), "-o", "out.dtb")


@pytest.mark.parametrize("value", [" = [63 6f 6e]", "", ' = "console=dtuart", "sync_console"'],
                         ids=["no NUL", "empty", "two"])
@pytest.mark.parametrize("node, name", [
    ("/chosen", "xen,xen-bootargs"), ("/chosen", "xen,dom0-bootargs"), ("/chosen", "bootargs"),
    ("/chosen/m@92000000", "bootargs")])
def test_a_line_that_is_no_string(tool, make_tree, node, name, value):
    """It was taken for none: apply wrote another one in its place, or gave dom0 Xen's."""
    at = {node: f"{name}{value};"}
    tree = make_tree(MEMORY + "chosen { #address-cells = <2>; #size-cells = <2>;" + at.get("/chosen", "") +
                     'm@92000000 { compatible = "multiboot,kernel", "multiboot,module";'
                     "reg = <0 0x92000000 0 0x10000>;" + at.get("/chosen/m@92000000", "") + "};"
                     'm@98000000 { compatible = "dtshim,hypervisor"; reg = <0 0x98000000 0 0x10000>; };};')
    error = tool("apply", tree, "-o", "out.dtb", code=2).err
    assert f"{node}: {name}: is not one string" in error and "make it one string, or remove it" in error


@pytest.mark.parametrize("props", [0, 1, 8, 60])
def test_many_nodes_that_do_not_end(tool, tmp_path, props):
    """Each has 8 bytes, a whole one 12: more nodes than a sound block of that size could hold."""
    structs = b"".join(struct.pack(">I", 1) + name for name in [bytes(4)] + [b"a\0\0\0"] * 60)
    structs += struct.pack(">III", 3, 0, 0) * props + struct.pack(">I", 7)
    strings = b"x\0\0\0"
    at = 56 + len(structs)
    (tmp_path / "in.dtb").write_bytes(
        struct.pack(">10I", 0xD00DFEED, at + len(strings), 56, at, 40, 17, 16, 0, len(strings),
                    len(structs)) + bytes(16) + structs + strings)
    error = tool("plan", "in.dtb", code=2).err
    assert f"in.dtb: {'/a' * 60}: unknown token 0x7" in error and "[structure]" in error


def test_the_root_is_no_iommu(tool, make_tree, read_tree):
    """Xen drives none of that kind, but all devices stand below it."""
    tree = make_tree("#iommu-cells = <0>;" + MEMORY + 'd { compatible = "test,d"; };')
    tool("apply", tree, "-o", "out.dtb")
    assert read_tree(tree.parent / "out.dtb").prop("/", "status") is None


def test_cells_without_end_at_the_root(tool, bare_tree):
    tree = bare_tree("/dts-v1/; / { #address-cells = <0xffffffff>; #size-cells = <2>;"
                     " chosen { linux,usable-memory-range = <" + "0 " * 13 + ">; }; };")
    assert "[value]" in tool("plan", "--ram", "0x80000000:1G", tree, code=2).err


@pytest.mark.parametrize("cells, ram", [((1, 1), "0x80000000:1G 0x100000000:2G"), ((3, 2), "0:1G")])
def test_told_ram_that_the_root_cannot_say(tool, make_tree, cells, ram):
    tree = make_tree(f"/dts-v1/; / {{ #address-cells = <{cells[0]}>; #size-cells = <{cells[1]}>; }};")
    for contract in ("xen", "native"):
        error = tool("apply", "--contract", contract, "--ram", ram, tree, "-o", "out.dtb", code=2).err
        assert "the RAM that was given does not fit" in error


def test_memory_is_enough_for_many_words(tool, bare_tree):
    """What the host tool takes for a tree holds all that its plan has to say."""
    nodes = "".join(f'd{i} {{ compatible = "test,d"; dma-coherent; }};' for i in range(4000))
    tree = bare_tree(MEMORY + nodes)
    plan = json.loads(tool("plan", "--json", "--contract", "native", tree).out)
    assert plan["masters"] == 4000
    assert sum(note["pass"] == "dma" for note in plan["notes"]) == 4001


def test_an_old_claim_is_not_believed(tool, make_tree, read_tree):
    """Page 0 was claimed by an earlier run: the claim is made anew, not taken away."""
    smmu = ('smmu { compatible = "arm,mmu-500"; #iommu-cells = <1>; reg = <0 0x5000000 0 0x1000>;'
            ' #global-interrupts = <1>; interrupts = <0 200 4>, <0 201 4>; };')
    tree = make_tree(MEMORY + smmu + "dtshim-claims { xen,passthrough; reg = <0 0 0 0x200000>; };")
    tool("apply", tree, "-o", "out.dtb")
    assert read_tree(tree.parent / "out.dtb").u64s("/dtshim-claims", "reg") == [0, 0x200000]


def test_an_old_sram_map_is_replaced(tool, make_tree, read_tree):
    tree = make_tree(MEMORY + TREES["nodes of an earlier run"][len(MEMORY):] +
                     's@20000000 { compatible = "mmio-sram"; reg = <0 0x20000000 0 0x1000>; };')
    tool("apply", "--contract", "native", tree, "-o", "out.dtb")
    assert read_tree(tree.parent / "out.dtb").children("/sram-map") == ["sram@20000000"]


@pytest.mark.parametrize("options", [["--contract", "xen"], ["--contract", "native"],
                                     ["--layout", "offset"]], ids=lambda options: options[1])
def test_what_an_earlier_run_made_goes_if_not_made_again(tool, make_tree, read_tree, options):
    """Xen would map pages, and a hypervisor memory types, that nobody stands for any more."""
    old = TREES["nodes of an earlier run"].split("dtshim-dma-1")[0].replace("0x200000>", "0x1000>")
    tree = make_tree(old)
    tool("apply", *options, tree, "-o", "out.dtb")
    assert {"sram-map", "dtshim-claims", "dtshim-pages"}.isdisjoint(
        read_tree(tree.parent / "out.dtb").children("/"))


def test_an_old_grant_table_goes_when_there_is_no_new_one(tool, make_tree, read_tree):
    tree = make_tree(MEMORY + 'hypervisor { compatible = "xen,xen"; reg = <0 0x80000000 0 0x1000>; };')
    tool("apply", "--contract", "native", "--regions", "none", tree, "-o", "out.dtb")
    assert read_tree(tree.parent / "out.dtb").prop("/hypervisor", "reg") is None


def test_an_old_grant_table_of_almost_4_gib(tool, make_tree, read_tree):
    tree = make_tree('memory@80000000 { device_type = "memory"; reg = <0 0x80000000 0x40000000>; };'
                     'hypervisor { compatible = "xen,xen"; reg = <0 0x38000000 0xfffff000>; };',
                     header=HEADER.replace("#size-cells = <2>", "#size-cells = <1>"))
    tool("apply", "--contract", "native", tree, "-o", "out.dtb")
    assert read_tree(tree.parent / "out.dtb").cells("/hypervisor", "reg")[2] == 0xffe00000


def test_xen_s_own_pages_are_no_breach(tool, make_tree):
    tree = make_tree(MEMORY + "serial@9000f00 { reg = <0 0x9000f00 0 0x200>; };"
                     "gic@8000f00 { interrupt-controller; reg = <0 0x8000f00 0 0x200>; };")
    tool("apply", tree, "-o", "out.dtb")
    assert "reg-pages" not in tool("check", "out.dtb").out
