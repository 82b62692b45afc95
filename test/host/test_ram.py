# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""RAM that is told by options, and banks that the cells of the tree cannot say in one entry."""
import json

import pytest

GIB = 1 << 30
EMPTY = 'memory@0 { device_type = "memory"; reg = <0 0 0>; };'
HEADER = """/dts-v1/;
/ { #address-cells = <2>; #size-cells = <1>; compatible = "test,board"; interrupt-parent = <1>;
"""


def plan_of(tool, tree, *options):
    return json.loads(tool("plan", "--json", *options, tree).out)


def spans(ranges):
    return [(int(one["base"], 16), int(one["size"], 16)) for one in ranges]


def entries(value, address=2, size=1):
    cells = [int.from_bytes(value[i:i + 4], "big") for i in range(0, len(value), 4)]
    step = address + size

    def number(part):
        return sum(cell << 32 * i for i, cell in enumerate(reversed(part)))
    return [(number(cells[i:i + address]), number(cells[i + address:i + step]))
            for i in range(0, len(cells), step)]


def joined(banks):
    """What the entries come to where they touch."""
    whole = []
    for base, size in sorted(banks):
        if whole and sum(whole[-1]) == base:
            whole[-1] = (whole[-1][0], whole[-1][1] + size)
        else:
            whole.append((base, size))
    return whole


# ---- options that are given twice -----------------------------------------------------------

@pytest.mark.parametrize("options", [
    ["--ram", "0x80000000:948M 0xc0000000:3008M"],
    ["--ram", "0x80000000:948M", "--ram", "0xc0000000:3008M"],
    ["--ram", "0xc0000000:3008M", "--ram", "0x80000000:948M"],
    ["--ram", "0x80000000:500M", "--ram", "0xc0000000:3008M", "--ram", "2548M:448M"],
], ids=str)
def test_ram_adds_up(tool, make_tree, options):
    plan = plan_of(tool, make_tree(EMPTY, header=HEADER), *options)
    assert spans(plan["ram"]) == [(2 * GIB, 948 << 20), (3 * GIB, 3008 << 20)]


def test_so_does_every_list(tool, make_tree, read_tree):
    """The record of the policy has what was asked for, in that order."""
    tree = make_tree('memory@80000000 { device_type = "memory"; reg = <0x80000000 0x80000000>; };',
                     header=HEADER.replace("#address-cells = <2>", "#address-cells = <1>"))
    tool("apply", "--contract", "native", "--hypervisor", "test,one", "--hypervisor",
         "test,two test,three", "--iommu-drivers", "test,a", "--iommu-drivers", "test,b", tree,
         "-o", "out.dtb")
    out = read_tree(tree.parent / "out.dtb")
    assert out.strings("/hypervisor", "compatible") == ["test,one", "test,two", "test,three"]
    assert out.strings("/chosen/dtshim", "iommu-drivers") == ["test,a", "test,b"]


def test_the_trees_own_list_is_replaced(tool, make_tree, read_tree):
    """An option wins over the tree: only options add up."""
    tree = make_tree(EMPTY + 'chosen { dtshim { ram = <0 0 0 0x40000000>; }; };', header=HEADER)
    plan = plan_of(tool, tree, "--ram", "0x40000000:1G", "--ram", "0x80000000:1G")
    assert spans(plan["ram"]) == [(GIB, 2 * GIB)]


# ---- banks that one cell cannot say ------------------------------------------------------------

@pytest.mark.parametrize("contract, dom0", [("xen", "512M"), ("native", "5G"), ("none", "512M")])
@pytest.mark.parametrize("ram", ["0x40000000:4G", "0x40000000:6G 0x800000000:9G", "0x80200000:8G"])
def test_long_banks_are_split(tool, make_tree, read_tree, contract, dom0, ram):
    tree = make_tree(EMPTY, header=HEADER)
    if "6G" not in ram and "8G" not in ram and contract == "native":
        dom0 = "512M"
    tool("apply", "--contract", contract, "--dom0-mem", dom0, "--ram", ram, tree, "-o", "out.dtb")
    out = read_tree(tree.parent / "out.dtb")
    name = next(one for one in out.children("/") if one.startswith("memory"))
    banks = entries(out.prop(f"/{name}", "reg"))
    if contract == "none":
        assert banks == [(0, 0)]
        return
    plan = plan_of(tool, tree, "--contract", contract, "--dom0-mem", dom0, "--ram", ram)
    assert all(size for _, size in banks)
    assert joined(banks) == spans(plan["ram" if contract == "xen" else "dom0-memory"])
    if contract == "xen":
        for module in plan["modules"]:  # Xen takes none that lies in two banks
            assert any(base <= int(module["to"], 16) and
                       int(module["to"], 16) + int(module["room"], 16) <= base + size
                       for base, size in banks), module


@pytest.mark.parametrize("kernel", [0xa0000000, 0xfdf00000], ids=["far", "right before it"])
def test_a_bank_is_cut_where_no_module_lies(tool, make_tree, read_tree, kernel):
    """The ramdisk lies over the place where the bank would be cut, and stays there."""
    def part(name, base, size, words):
        return f"{name}@{base:x} {{ compatible = {words}; reg = <{base >> 32} {base & 0xffffffff:#x} {size:#x}>; }};"
    parts = {"xen": (0x90000000, 0x100000, '"dtshim,hypervisor"'),
             "kernel": (kernel, 0x2000000, '"multiboot,kernel", "multiboot,module"'),
             "ramdisk": (0xfff00000, 0x200000, '"multiboot,ramdisk", "multiboot,module"')}
    tree = make_tree(EMPTY + "chosen { #address-cells = <2>; #size-cells = <1>;"
                     + "".join(part(name, *one) for name, one in parts.items()) + "};", header=HEADER)
    options = ("--ram", "0x40000000:8G", "--dom0-mem", "1G")
    plan = plan_of(tool, tree, *options)
    assert [one["to"] for one in plan["modules"] if one["kind"] == "ramdisk"] == ["0xfff00000"]
    tool("apply", *options, tree, "-o", "out.dtb")
    banks = entries(read_tree(tree.parent / "out.dtb").prop("/memory@40000000", "reg"))
    assert joined(banks) == [(GIB, 8 * GIB)]
    for module in plan["modules"]:
        first, room = int(module["to"], 16), int(module["room"], 16)
        assert not any(first < base < first + room for base, _ in banks), module


def test_an_address_that_one_cell_cannot_say(tool, make_tree):
    tree = make_tree('memory@0 { device_type = "memory"; reg = <0 0>; };',
                     header=HEADER.replace("#address-cells = <2>", "#address-cells = <1>"))
    error = tool("plan", "--ram", "0x40000000:4G", tree, code=2).err
    assert "the RAM that was given does not fit in 1 and 1 cells" in error and "what to do" in error


def test_a_static_heap_of_more_than_a_cell_says(tool, make_tree, read_tree):
    tree = make_tree(EMPTY, header=HEADER)
    options = ("--ram", "0x40000000:12G", "--dom0-mem", "5124M", "--dom0-base", "0x40000000")
    plan = plan_of(tool, tree, *options)
    assert any(size >> 32 for _, size in spans(plan["static-heap"])), "the case is none"
    tool("apply", *options, tree, "-o", "out.dtb")
    heap = entries(read_tree(tree.parent / "out.dtb").prop("/chosen", "xen,static-heap"))
    assert joined(heap) == spans(plan["static-heap"])


@pytest.mark.parametrize("size, release, most", [
    (4700, "4.17", "4608 GiB"), (5200, "4.20", "5 TiB"), (4700, "4.20", None)])
def test_more_than_any_xen_maps(tool, make_tree, size, release, most):
    """Refused at once: no place in it is worth looking for, and no other size of dom0 helps."""
    tree = make_tree('memory@80000000 { device_type = "memory"; reg = <0 0x80000000 0 0x80000000>; };')
    error = tool("plan", "--ram", f"0x80000000:{size}G", "--xen-version", release, tree, code=None).err
    words = f"/memory@80000000: reg: {size} GiB of RAM is more than the {most} that Xen {release} can map"
    assert (words in error) == bool(most)
    assert not most or ("[unsupported]" in error and "remove what is not RAM from reg" in error
                        and "this works" not in error)
