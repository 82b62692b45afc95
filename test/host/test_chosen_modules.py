# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Modules further down in /chosen: read, placed and moved as those that stand in it."""
import json

import pytest

from trees import MEMORY

KERNEL, RAMDISK = (0x83f80000, 0x1aa8008), (0x86000000, 0x2000000)
CELLS = "#address-cells = <2>; #size-cells = <2>;"


def module(name, kind, at, more=""):
    compatible = f'"multiboot,{kind}", ' if kind else ""
    return (f'{name} {{ compatible = {compatible}"multiboot,module";'
            f" reg = <0 {at[0]:#x} 0 {at[1]:#x}>; {more} }};")


def chosen(*nodes, line='bootargs = "dom0_mem=512M"; xen,dom0-bootargs = "root=/dev/vda";'):
    return MEMORY + (f"chosen {{ {CELLS} {line} hyp@c0000000 {{ "
                     'compatible = "dtshim,hypervisor"; reg = <0 0xc0000000 0 0x100000>; };'
                     + "".join(nodes) + "};")


def modules(*nodes, name="modules", more=CELLS):
    return f"{name} {{ {more} {' '.join(nodes)} }};"


def domain(name, *nodes):
    return modules(*nodes, name=name, more=f'compatible = "xen,domain"; {CELLS} cpus = <1>;'
                   " memory = <0 0x10000>;")


BOTH = module("module@1", "kernel", KERNEL), module("module@2", "ramdisk", RAMDISK)


def places(plan):
    return {one["kind"]: (int(one["from"], 16), int(one["to"], 16)) for one in plan["modules"]}


def plan_of(tool, tree, *options):
    return json.loads(tool("plan", "--json", *options, tree).out)


def dom0_size(plan):
    return sum(int(bank["size"], 16) for bank in plan["dom0-memory"])


def reg(out, node):
    return out.u64s(node, "reg")


@pytest.mark.parametrize("cells", [CELLS, ""], ids=["own cells", "cells of /chosen"])
def test_one_level_down(tool, make_tree, read_tree, cells):
    tree = make_tree(chosen(modules(*BOTH, more=cells)))
    moved = places(plan_of(tool, tree))
    assert moved["kernel"][0] == KERNEL[0] and moved["ramdisk"][0] == RAMDISK[0]
    assert moved["kernel"][1] != KERNEL[0]  # it lies in dom0's block
    tool("apply", tree, "-o", "out.dtb")
    out = read_tree(tree.parent / "out.dtb")
    for kind, size in (("kernel", KERNEL[1]), ("ramdisk", RAMDISK[1])):
        assert reg(out, f"/chosen/modules/module@{moved[kind][1]:x}") == [moved[kind][1], size]
    assert not [name for name in out.children("/chosen") if name.startswith("module@")]
    tool("check", "out.dtb")
    tool("forecast", "--tree-at", hex(moved["tree"][1]), "out.dtb")
    tool("apply", "out.dtb", "-o", "twice.dtb")
    assert (tree.parent / "twice.dtb").read_bytes() == (tree.parent / "out.dtb").read_bytes()


def test_its_record_is_believed_only_while_they_are_there(tool, make_tree, read_tree):
    tree = make_tree(chosen(modules(*BOTH)))
    tool("apply", tree, "-o", "out.dtb")
    source = tool("plan", "-v", tree).out
    assert "/chosen/modules/module@1" in source
    blob = (tree.parent / "out.dtb").read_bytes()
    at = read_tree(tree.parent / "out.dtb").children("/chosen/modules")[0].split("@")[1]
    value = (int(at, 16) << 64 | KERNEL[1]).to_bytes(16, "big")
    assert blob.count(value) == 2  # its own reg, and the record
    (tree.parent / "grown.dtb").write_bytes(
        blob.replace(value, (int(at, 16) << 64 | KERNEL[1] + 4096).to_bytes(16, "big"), 1))
    assert "no module was there" in tool("apply", "grown.dtb", "-o", "x.dtb", code=2).err


def test_places_to_load_them_at(tool, make_tree):
    """Of two that may be one file nobody knows before they are loaded."""
    tree = make_tree(chosen(modules(*BOTH), domain("domU1", module("m@1", "kernel", KERNEL))))
    loads = plan_of(tool, tree, "--load-addresses")["load-addresses"]
    assert {one["name"] for one in loads} == {"stage", "tree", "xen", "kernel", "ramdisk", "module1"}
    text = tool("plan", "--load-addresses", tree).out
    assert "/chosen/modules/module@1" in text and "/chosen/domU1/m@1" in text
    assert len({one["base"] for one in loads}) == 6


@pytest.mark.parametrize("line, nodes, xens", [
    ('bootargs = "dom0_mem=256M";', module("m@1", "kernel", KERNEL, 'bootargs = "quiet";'), True),
    ('bootargs = "dom0_mem=256M";', module("m@1", "kernel", KERNEL, 'bootargs = "";'), False),
    ('bootargs = "dom0_mem=256M";', module("m@1", "kernel", KERNEL)
     + module("m@2", "ramdisk", RAMDISK, 'bootargs = "quiet";'), False),
    ('bootargs = "dom0_mem=256M";', module("m@1", "", KERNEL, 'bootargs = "quiet";'), True),
])
def test_whose_line_bootargs_is(tool, make_tree, line, nodes, xens):
    """Xen's, where dom0's kernel has words of its own (boot_fdt_cmdline())."""
    tree = make_tree(chosen(modules(nodes), line=line))
    assert (dom0_size(plan_of(tool, tree)) == 256 << 20) == xens
    forecast = json.loads(tool("forecast", "--json", "--xen-version", "4.20", tree, code=None).out)
    [one] = forecast["forecasts"]
    assert ("dom0_mem" in (one["xen-line"] or "")) == xens


def test_a_domains_line_is_not_dom0s(tool, make_tree):
    tree = make_tree(chosen(modules(*BOTH), domain("domU1", module(
        "m@3", "kernel", (0x90000000, 0x100000), 'bootargs = "quiet";')), line='bootargs = "dom0_mem=256M";'))
    assert dom0_size(plan_of(tool, tree)) == 512 << 20


def test_deeper_than_xen_looks(tool, make_tree):
    """It is no module to Xen, and so no kernel either."""
    deep = modules(modules(*BOTH, name="inner"))
    error = tool("plan", make_tree(chosen(deep)), code=2).err
    assert "no kernel to boot" in error
    beside = make_tree(chosen(*BOTH, modules(modules(
        module("module@3", "module", (0x90000000, 0x1000)), name="inner"))))
    plan = plan_of(tool, beside)
    assert "other" not in places(plan)
    assert "Xen does not look" in tool("plan", beside).out


# ---- modules that domains share ----------------------------------------------------------------

GUEST = 0x81000000, 0x400000


@pytest.mark.parametrize("first, second", [
    (domain("domU1", module("m@1", "kernel", GUEST)), domain("domU2", module("m@1", "kernel", GUEST))),
    ("", domain("domU1", module("m@1", "kernel", KERNEL))),
], ids=["two domains", "dom0 and a domain"])
def test_shared(tool, make_tree, read_tree, first, second):
    """Xen takes the same kind at the same place for one: it is moved once, in both nodes."""
    tree = make_tree(chosen(modules(*BOTH), first, second))
    tool("apply", tree, "-o", "out.dtb")
    out = read_tree(tree.parent / "out.dtb")
    parents = ["/chosen/domU1", "/chosen/domU2"] if first else ["/chosen/modules", "/chosen/domU1"]
    [one], [two] = [[reg(out, f"{parent}/{name}") for name in out.children(parent)
                     if out.strings(f"{parent}/{name}", "compatible")[0] == "multiboot,kernel"]
                    for parent in parents]
    assert one == two and one[0] not in (GUEST[0], KERNEL[0])
    tool("check", "out.dtb")
    tool("apply", "out.dtb", "-o", "twice.dtb")
    assert (tree.parent / "twice.dtb").read_bytes() == (tree.parent / "out.dtb").read_bytes()


@pytest.mark.parametrize("nodes", [
    domain("domU1", module("m@1", "kernel", KERNEL)) + modules(*BOTH),  # 4.18 and later give it to the domain alone
    modules(*BOTH) + domain("domU1", module("m@1", "ramdisk", KERNEL)),
    modules(*BOTH) + domain("domU1", module("m@1", "kernel", (KERNEL[0], 0x1000))),
    modules(*BOTH) + domain("domU1", module("m@1", "kernel", (KERNEL[0] + 0x1000, 0x1000))),
], ids=["a domain's first", "another kind", "another size", "another place"])
def test_not_shared(tool, make_tree, nodes):
    assert "overlaps the" in tool("plan", make_tree(chosen(nodes)), code=2).err
