# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The xen contract, as far as a host can see it; test_chain.py asks Xen itself."""
import json
import re

import pytest

from trees import HEADER, MEMORY


MIB = 1 << 20
XEN, KERNEL, RAMDISK = 983048, 33 * MIB, MIB


def payload(base=0x90000000, extra="", cells=2, chosen=""):
    def reg(address, size):
        return f"<0 {address:#x} 0 {size:#x}>" if cells == 2 else f"<{address:#x} {size:#x}>"
    return f"""chosen {{ #address-cells = <{cells}>; #size-cells = <{cells}>; {chosen}
        hypervisor@1 {{ compatible = "dtshim,hypervisor"; reg = {reg(base, XEN)}; }};
        module@2 {{ compatible = "multiboot,kernel", "multiboot,module"; reg = {reg(base + 16 * MIB, KERNEL)}; }};
        module@3 {{ compatible = "multiboot,ramdisk", "multiboot,module"; reg = {reg(base + 64 * MIB, RAMDISK)}; }};
        {extra} }};"""


def plan_of(tool, tree, *options):
    return json.loads(tool("plan", "--json", *options, tree).out)


def span(entry):
    base = int(entry["to"], 16)
    return base, base + int(entry["room"], 16)


def ranges(entries):
    return [(int(e["base"], 16), int(e["base"], 16) + int(e["size"], 16)) for e in entries]


def disjoint(spans):
    spans = sorted(spans)
    return all(first[1] <= second[0] for first, second in zip(spans, spans[1:]))


@pytest.mark.parametrize("base", [0x40000000, 0x80000000, 0x48000000, 0x800000000])
@pytest.mark.parametrize("ram, dom0", [
    (ram, dom0) for ram in (1 << 30, 2 << 30, 4 << 30, 64 << 30)
    for dom0 in (128, 256, 384, 512, 768, 896, 1024, 1536, 260, 100)
    if dom0 * MIB <= ram - 96 * MIB])
def test_nothing_overlaps(tool, make_tree, ram, dom0, base):
    """Whatever is decided: modules, dom0's block, heap and reservations keep apart."""
    memory = (f'memory@{base:x} {{ device_type = "memory"; reg = <{base >> 32:#x} '
              f'{base & 0xffffffff:#x} {ram >> 32:#x} {ram & 0xffffffff:#x}>; }};')
    source = base + 0x4000000
    body = payload().replace("<0 0x90", f"<{base >> 32} 0x90")
    for offset in (0, 16 * MIB, 64 * MIB):
        body = body.replace(f"{0x90000000 + offset:#x}", f"{(source + offset) & 0xffffffff:#x}")
    tree = make_tree(memory + body.replace("<0 0x9", f"<{base >> 32} 0x9").replace(
        "reg = <0 ", f"reg = <{base >> 32} "))
    plan = plan_of(tool, tree, "--dom0-mem", f"{dom0}M")
    blocks = ranges(plan["machine-block"])
    modules = [span(module) for module in plan["modules"]]
    pages = ranges(plan["reserved-pages"])
    assert len(modules) == 4 and sum(high - low for low, high in blocks) == dom0 * MIB
    assert disjoint(modules + pages + blocks)
    assert all(base <= low and high <= base + ram for low, high in modules + pages + blocks)
    heap = ranges(plan["static-heap"])
    assert disjoint(heap + modules)
    if heap:
        covered = sum(min(high, blocks[0][1]) - low for low, high in heap if low < blocks[0][1])
        assert heap[0][0] == blocks[0][0] and covered == dom0 * MIB
        lost = ram - sum(high - low for low, high in heap)
        assert int(plan["cost"], 16) == lost
    else:
        assert int(plan["cost"], 16) == 4096 * len(pages)


# Of the sizes that Xen takes in one piece or in pieces of 128 MiB the native base is had where
# Xen looks below 4 GiB; of no size is a heap worth what it costs.
@pytest.mark.parametrize("base", [0x40000000, 0x80000000, 0x48000000])
@pytest.mark.parametrize("dom0", [64, 128, 192, 256, 320, 384, 512, 640, 768, 896, 1024])
def test_the_native_base_costs_pages(tool, make_tree, dom0, base):
    tree = make_tree(f'memory@{base:x} {{ device_type = "memory"; reg = <0 {base:#x} 0 0x80000000>; }};')
    plan = plan_of(tool, tree, "--dom0-mem", f"{dom0}M")
    assert ranges(plan["machine-block"]) == [(base, base + dom0 * MIB)]
    assert plan["static-heap"] == [] and int(plan["cost"], 16) < MIB


def test_everything_stays_where_it_is_in_nobodys_way(tool, make_tree):
    tree = make_tree(MEMORY + payload(0xa0000000))
    plan = plan_of(tool, tree, "--dom0-mem", "512M")
    moved = {m["kind"] for m in plan["modules"] if m["from"] != m["to"] and m["from"] != "0x0"}
    assert moved == set() and plan["cost"] == "0x0"


def test_modules_stay_beside_a_static_heap(tool, make_tree):
    tree = make_tree(MEMORY + payload(0xa0000000))
    plan = plan_of(tool, tree, "--ram", "0x40000000:4G", "--dom0-mem", "100M", "--dom0-base", "0x40000000")
    assert plan["static-heap"]
    assert all(m["from"] == m["to"] for m in plan["modules"] if m["kind"] != "tree")


def test_copies_are_counted(tool, make_tree):
    assert "copies" not in tool("plan", make_tree(MEMORY)).out
    tree = make_tree(MEMORY + payload(0xa0000000))
    assert "copies    none: every module is where it has to be\n" in tool("plan", tree).out
    tree = make_tree(MEMORY + payload())
    assert "copies    34.9 MiB of modules\n" in tool("plan", tree).out


def test_modules_leave_the_block(tool, make_tree, read_tree):
    tree = make_tree(MEMORY + payload())
    tool("apply", "--dom0-mem", "512M", tree, "-o", "out.dtb")
    out = read_tree(tree.parent / "out.dtb")
    names = [n for n in out.children("/chosen") if "@" in n]
    assert len(names) == 3
    for name in names:
        base, size = out.u64s(f"/chosen/{name}", "reg")
        assert base >= 0xa0000000 and size in (XEN, KERNEL, RAMDISK)
        assert int(name.split("@")[1], 16) == base


def test_every_move_has_its_own_reason(tool, make_tree):
    notes = plan_of(tool, make_tree(MEMORY + payload()), "--dom0-mem", "512M")["notes"]
    moves = [n["reason"] for n in notes if n["pass"] == "placement" and "goes to" in n["what"]]
    assert any("breaks up 0xa0000000-0xbfffffff" in reason for reason in moves)
    assert "it was in dom0's block" in moves


def test_one_cell_chosen(tool, make_tree, read_tree):
    tree = make_tree(MEMORY + payload(cells=1))
    tool("apply", tree, "-o", "out.dtb")
    out = read_tree(tree.parent / "out.dtb")
    kernel = [n for n in out.children("/chosen")
              if out.strings(f"/chosen/{n}", "compatible")[0] == "multiboot,kernel"][0]
    base, size = out.cells(f"/chosen/{kernel}", "reg")
    assert base >= 0xa0000000 and size == KERNEL


@pytest.mark.parametrize("chosen, xen, dom0", [
    ("", "dom0_mem=512M", None),
    ('xen,xen-bootargs = "console=dtuart loglvl=all";', "console=dtuart loglvl=all dom0_mem=512M", None),
    ('xen,xen-bootargs = "dom0_mem=1G loglvl=all xdom0_mem=3";', "loglvl=all xdom0_mem=3 dom0_mem=512M", None),
    ('bootargs = "root=/dev/vda";', "dom0_mem=512M", "root=/dev/vda"),
    ('bootargs = "sync_console"; xen,dom0-bootargs = "root=/dev/vda";', "sync_console dom0_mem=512M",
     "root=/dev/vda"),
    ('bootargs = "a"; xen,xen-bootargs = "b"; xen,dom0-bootargs = "c";', "b dom0_mem=512M", "c"),
])
def test_command_lines_are_kept(tool, make_tree, read_tree, chosen, xen, dom0):
    tree = make_tree(MEMORY + payload(chosen=chosen))
    tool("apply", "--dom0-mem", "512M", tree, "-o", "out.dtb")
    out = read_tree(tree.parent / "out.dtb")
    assert out.string("/chosen", "xen,xen-bootargs") == xen
    assert out.string("/chosen", "xen,dom0-bootargs") == dom0


def test_kernels_own_bootargs_make_bootargs_xens(tool, make_tree, read_tree):
    body = payload(chosen='bootargs = "loglvl=all";').replace(
        'module@2 {', 'module@2 { bootargs = "root=/dev/vda";')
    tree = make_tree(MEMORY + body)
    tool("apply", tree, "-o", "out.dtb")
    assert read_tree(tree.parent / "out.dtb").string("/chosen", "xen,xen-bootargs") == \
        "loglvl=all dom0_mem=512M"


def test_size_from_xens_command_line(tool, make_tree):
    tree = make_tree(MEMORY + payload(chosen='xen,xen-bootargs = "a dom0_mem=256M";'))
    assert plan_of(tool, tree)["dom0-memory"][0]["size"] == "0x10000000"
    assert plan_of(tool, tree, "--dom0-mem", "1G")["dom0-memory"][0]["size"] == "0x40000000"


@pytest.mark.parametrize("line, size", [
    ("dom0_mem=1048576", 1 << 30), ("dom0_mem=536870912B", 512 * MIB), ("dom0_mem=512M dom0_mem=1G", 1 << 30),
    ("dom0_mem=256M,max:1G", 256 * MIB), ("dom0_mem=256MB", 256 * MIB), ("dom0_mem=02000M", 1 << 30),
    ("dom0_mem=50%", None), ("dom0_mem=min:256M", None), ("dom0_mem=0", None), ("xdom0_mem=1G", 512 * MIB),
])
def test_sizes_are_read_as_xen_reads_them(tool, make_tree, line, size):
    tree = make_tree(MEMORY + payload(chosen=f'xen,xen-bootargs = "{line}";'))
    if size is None:
        assert "[value]" in tool("plan", tree, code=2).err
    else:
        assert int(plan_of(tool, tree)["dom0-memory"][0]["size"], 16) == size
        reason = "Xen on Arm ignores" in tool("plan", "-v", tree).flat
        assert reason == (line in ("dom0_mem=256M,max:1G", "dom0_mem=256MB"))


@pytest.mark.parametrize("size", [513, 1021])
def test_what_xen_has_in_no_whole_4_mib_is_not_promised(tool, make_tree, size):
    """And the remedy says so, whether the likely place is the planned one or not."""
    tree = make_tree(MEMORY + payload())
    assert "in whole 4 MiB" in tool("apply", "--dom0-mem", f"{size}M", tree, "-o", "out.dtb", code=2).err
    tool("apply", "--dom0-mem", f"{size // 4 * 4}M", tree, "-o", "out.dtb")


def test_size_from_bootargs_when_they_are_xens(tool, make_tree):
    tree = make_tree(MEMORY + payload(chosen='bootargs = "dom0_mem=1G"; xen,dom0-bootargs = "x";'))
    assert plan_of(tool, tree)["dom0-memory"][0]["size"] == "0x40000000"


def test_nested_reservations_count(tool, make_tree):
    reserved = ("reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges; group {"
                " #address-cells = <2>; #size-cells = <2>; ranges;"
                " r@80000000 { reg = <0 0x80000000 0 0x1000>; }; }; };")
    error = tool("plan", "--dom0-base", "0x80000000", make_tree(MEMORY + payload() + reserved),
                 code=2).err
    assert "/reserved-memory/group/r@80000000" in error


def test_long_command_lines(tool, make_tree):
    """Xen's own may be as long as it is; of a module's it keeps 1024 characters, and stops behind them."""
    tree = make_tree(MEMORY + payload(chosen=f'xen,xen-bootargs = "{"x" * 2000}";'))
    assert "x dom0_mem=512M" in tool("plan", "-v", tree).out
    tool("apply", tree, "-o", "out.dtb")
    tool("check", "out.dtb")
    tree = make_tree(MEMORY + payload().replace("module@2 {", f'module@2 {{ bootargs = "{"x" * 1025}";'))
    assert "bootargs are longer than 1024" in tool("plan", tree, code=2).err


def test_slack_for_xen(tool, make_tree):
    tree = make_tree(MEMORY + payload())
    tool("apply", tree, "-o", "out.dtb")
    blob = (tree.parent / "out.dtb").read_bytes()
    strings, size = (int.from_bytes(blob[i:i + 4], "big") for i in (12, 32))
    assert len(blob) - strings - size >= 16 << 10


def test_chosen_before_reserved_memory_with_a_static_heap(tool, make_tree, read_tree):
    reserved = """reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges;
        keep@f0000000 { reg = <0 0xf0000000 0 0x100000>; phandle = <7>; }; };"""
    memory = 'memory@80000000 { device_type = "memory"; reg = <0 0x80000000 1 0>; };'
    tree = make_tree(memory + reserved + "soc { };" + payload())
    for size, heap in (("512M", False), ("100M", True)):
        tool("apply", "--dom0-mem", size, "--dom0-base", "0x80000000", tree, "-o", "out.dtb")
        out = read_tree(tree.parent / "out.dtb")
        order = out.children("/")
        assert (out.prop("/chosen", "xen,static-heap") is not None) == heap
        assert (order.index("chosen") < order.index("reserved-memory")) == heap
        assert out.cells("/reserved-memory/keep@f0000000", "phandle") == [7]
        assert sorted(order) == sorted(read_tree(tree).children("/"))


def test_a_static_heap_that_came_with_the_tree(tool, make_tree, read_tree):
    """The plan is made without it: Xen must not go by it."""
    reserved = """reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges;
        keep@f0000000 { reg = <0 0xf0000000 0 0x100000>; }; };"""
    memory = 'memory@80000000 { device_type = "memory"; reg = <0 0x80000000 1 0>; };'
    heap = "xen,static-heap = <0 0xa0000000 0 0x10000000>;"
    tree = make_tree(memory + reserved + payload(chosen=heap))
    assert "chosen-order" in tool("check", tree, code=1).out
    for size, kept in (("512M", False), ("100M", True)):
        options = ["--dom0-mem", size, "--dom0-base", "0x80000000"]
        tool("apply", *options, tree, "-o", "out.dtb")
        said = tool("plan", *options, tree).out
        assert ("is given another xen,static-heap" if kept else "loses its xen,static-heap") in said
        out = read_tree(tree.parent / "out.dtb")
        assert (out.prop("/chosen", "xen,static-heap") is not None) == kept
        assert not kept or out.cells("/chosen", "xen,static-heap")[:2] != [0, 0xa0000000]
        tool("check", "out.dtb")
    plain = tool("plan", make_tree(memory + reserved + payload(), "plain.dtb")).out
    assert "its xen,static-heap" not in plain


def test_reserved_pages_are_memreserves(tool, make_tree, read_tree):
    tree = make_tree("/dts-v1/;\n/memreserve/ 0xe0000000 0x1000;\n" + HEADER[9:] +
                     'memory@80000000 { device_type = "memory"; reg = <0 0x80000000 1 0>; };' +
                     payload() + "};")
    plan = plan_of(tool, tree, "--dom0-mem", "384M")
    pages = ranges(plan["reserved-pages"])
    assert pages
    tool("apply", "--dom0-mem", "384M", tree, "-o", "out.dtb")
    assert read_tree(tree.parent / "out.dtb").reserves() == [(0xe0000000, 0x1000)] + [
        (low, high - low) for low, high in pages]


def test_memory_type_is_mended(tool, make_tree, read_tree):
    for contract in ("xen", "native"):
        tree = make_tree("memory@80000000 { reg = <0 0x80000000 0 0x80000000>; };")
        tool("apply", "--contract", contract, tree, "-o", "out.dtb")
        assert read_tree(tree.parent / "out.dtb").string("/memory@80000000", "device_type") == "memory"


@pytest.mark.parametrize("body, base, code, says", [
    ('memory@0 { device_type = "memory"; reg = <0 0 0 0x80000000>; };' + payload(0x40000000), "0",
     "placement", "address 0"),
    (MEMORY + payload() + "reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges;"
     " tfa@80000000 { reg = <0 0x80000000 0 0x10000>; }; };", "0x80000000", "base",
     "/reserved-memory/tfa@80000000"),
])
def test_bases_that_cannot_be_had(tool, make_tree, body, base, code, says):
    """Asked for by name; what is named instead works."""
    tree = make_tree(body)
    error = tool("apply", "--dom0-base", base, tree, "-o", "out.dtb", code=2).err
    assert f"[{code}]" in error and says in error
    works = re.search(r"  this works: dom0-base (0x\w+)\n", error)[1]
    tool("apply", "--dom0-base", works, tree, "-o", "out.dtb")


@pytest.mark.parametrize("body, code, says", [
    (MEMORY + 'chosen { module@1 { compatible = "multiboot,kernel"; reg = <0 0x90000000 0 0x1000>; }; };',
     "payload", "no Xen"),
    (MEMORY + payload().replace('"multiboot,ramdisk", ', "").replace("module@3", "amodule@3"),
     "payload", "second kernel"),
    (MEMORY + payload(0xb0000000) + "reserved-memory { #address-cells = <2>; #size-cells = <2>;"
     " ranges; r@b0000000 { reg = <0 0xb0000000 0 0x1000>; no-map; }; };", "payload", "no-map"),
    (MEMORY + payload(chosen="").replace("#size-cells = <2>;", "#size-cells = <3>;", 1),
     "payload", "cells"),
    (MEMORY + payload(0x10000000), "payload", "not RAM"),
    (MEMORY + payload(extra='again { compatible = "dtshim,hypervisor"; reg = <0 0x9f000000 0 1>; };'),
     "payload", "second Xen"),
    (MEMORY + payload().replace("reg = <0 0x9", "reg = <0x9", 1), "payload", "cells"),
], ids=lambda value: str(value)[-40:])
def test_refusals(tool, make_tree, body, code, says):
    error = tool("apply", make_tree(body), "-o", "out.dtb", code=2).err
    assert f"[{code}]" in error and says in error and "what to do" in error


@pytest.mark.parametrize("options, code", [
    (["--dom0-mem", "2G"], "placement"),
    (["--dom0-mem", "2040M"], "placement"),
    (["--dom0-mem", "32M"], "dom0-size"),
], ids=str)
def test_impossible_wishes(tool, make_tree, options, code):
    error = tool("plan", *options, make_tree(MEMORY + payload()), code=2).err
    assert f"[{code}]" in error
    assert "0x80000000: [" not in error, "a placement error says why"


def test_without_a_payload_the_places_are_advice(tool, make_tree, read_tree):
    tree = make_tree(MEMORY)
    assert "(advice)" in tool("plan", tree).out
    tool("apply", tree, "-o", "out.dtb")
    assert read_tree(tree.parent / "out.dtb").children("/chosen") == ["dtshim"]


def test_cells_are_inherited_as_xen_does_and_written_down(tool, make_tree, read_tree):
    body = payload().replace("#address-cells = <2>; #size-cells = <2>;", "", 1)
    tree = make_tree(MEMORY + body)
    tool("apply", tree, "-o", "out.dtb")
    out = read_tree(tree.parent / "out.dtb")
    assert out.cells("/chosen", "#address-cells") == out.cells("/chosen", "#size-cells") == [2]


def test_a_kernel_is_made_a_module(tool, make_tree, read_tree):
    tree = make_tree(MEMORY + payload(0xa0000000).replace('"multiboot,kernel", "multiboot,module"',
                                                          '"multiboot,kernel"'))
    tool("apply", tree, "-o", "out.dtb")
    out = read_tree(tree.parent / "out.dtb")
    assert out.strings("/chosen/module@2", "compatible") == ["multiboot,kernel", "multiboot,module"]


def test_address_zero_is_an_address(tool, make_tree):
    """A module that lies at 0 is read from there, and nothing is ever put there."""
    memory = 'memory@0 { device_type = "memory"; reg = <0 0 0 0x80000000>; };'
    body = payload(0x50000000).replace("0x54000000", "0x0")
    plan = plan_of(tool, make_tree(memory + body), "--dom0-base", "0x40000000", "--dom0-mem", "512M")
    places = {m["kind"]: (int(m["from"], 16), span(m)) for m in plan["modules"]}
    assert places["ramdisk"][0] == 0
    moved = [place for start, place in places.values() if start != place[0]]
    assert all(place[0] >= 4096 for place in moved)
    assert disjoint(moved + [(0, RAMDISK)])


def test_xen_keeps_out_of_its_link_address(tool, make_tree):
    """4.17 cannot start in [2 MiB, 4 MiB): it neither stays nor goes there."""
    memory = 'memory@0 { device_type = "memory"; reg = <0 0 0 0x80000000>; };'
    for at in (0x200000, 0x300000, 0x30000000):
        body = payload(0x30000000).replace("<0 0x30000000 ", f"<0 {at:#x} ")
        plan = plan_of(tool, make_tree(memory + body), "--dom0-base", "0x10000000",
                       "--dom0-mem", "256M")
        xen = [span(m) for m in plan["modules"] if m["kind"] == "Xen"][0]
        assert xen[0] >= 4 * MIB


def test_one_cell_and_an_address_above_four_gib(tool, make_tree):
    memory = ('memory@80000000 { device_type = "memory"; reg = <0 0x80000000 0 0x80000000>,'
              ' <1 0 0 0x40000000>; };')
    error = tool("plan", "--dom0-mem", "2G", make_tree(memory + payload(cells=1)), code=2).err
    assert "#address-cells: one cell cannot hold 0x1" in error and "[placement]" in error


def test_many_banks(tool, make_tree):
    memory = ('memory@80000000 { device_type = "memory"; reg = <0 0x80000000 0 0x40000000>,'
              ' <8 0x80000000 7 0x80000000>; };')
    plan = plan_of(tool, make_tree(memory + payload()), "--dom0-mem", "512M")
    block = (0x80000000, 0xa0000000)
    assert disjoint([span(m) for m in plan["modules"]] + ranges(plan["reserved-pages"]) + [block])


def test_untyped_modules_are_guessed_as_xen_does(tool, make_tree):
    body = payload().replace('"multiboot,kernel", ', "").replace('"multiboot,ramdisk", ', "")
    plan = plan_of(tool, make_tree(MEMORY + body))
    kinds = {m["kind"]: int(m["room"], 16) for m in plan["modules"]}
    assert kinds["kernel"] == KERNEL and kinds["ramdisk"] == RAMDISK
    assert any("guess" in note["reason"] for note in plan["notes"])


# ---- a ramdisk that a boot loader loaded, as booti and bootm say it --------------------------

INITRD = 0xb8000000
TWO_MODULES = payload().replace("module@3", "/omit-if-no-ref/ x: module@3")


def initrd(start=INITRD, end=INITRD + RAMDISK, cells=2, nodes=TWO_MODULES, reserves=()):
    def number(value):
        return f"<{value >> 32:#x} {value & 0xffffffff:#x}>" if cells == 2 else f"<{value:#x}>"
    said = f"linux,initrd-start = {number(start)}; linux,initrd-end = {number(end)};"
    lines = "".join(f"/memreserve/ {low:#x} {size:#x};\n" for low, size in reserves)
    return HEADER.replace("/ {", lines + "/ {", 1) + MEMORY + nodes.replace(
        "chosen {", "chosen { " + said, 1) + "};\n"


@pytest.mark.parametrize("cells", [1, 2])
def test_ramdisk_of_the_boot_loader(tool, make_tree, read_tree, cells):
    """Xen takes it for dom0's, and the place that is reserved for it is free once it has moved."""
    tree = make_tree(initrd(cells=cells, reserves=[(0xe0000000, 0x1000), (INITRD, RAMDISK)]))
    module = next(one for one in plan_of(tool, tree)["modules"] if one["kind"] == "ramdisk")
    assert int(module["from"], 16) == INITRD and int(module["room"], 16) == RAMDISK
    tool("apply", tree, "-o", "out.dtb")
    out = read_tree(tree.parent / "out.dtb")
    name = f"/chosen/module@{int(module['to'], 16):x}"
    assert out.strings(name, "compatible") == ["multiboot,ramdisk", "multiboot,module"]
    assert out.u64s(name, "reg") == [int(module["to"], 16), RAMDISK]
    assert out.prop("/chosen", "linux,initrd-start") is out.prop("/chosen", "linux,initrd-end") is None
    assert out.reserves() == [(0xe0000000, 0x1000)]


def test_its_reservation_is_not_in_dom0s_way(tool, make_tree):
    """A boot loader may have put it into the native block."""
    place = [(0x81000000, RAMDISK)]
    tree = make_tree(initrd(0x81000000, 0x81000000 + RAMDISK, reserves=place))
    native = "--dom0-base", "0x80000000"
    tool("plan", *native, tree)
    tree = make_tree(initrd(reserves=place))
    assert "[base]" in tool("plan", *native, tree, code=2).err


@pytest.mark.parametrize("options, base", [
    ((), 0x80000000), (("--machine-base", "0xa0000000"), 0xa0000000)], ids=str)
def test_ramdisk_of_the_boot_loader_under_native(tool, make_tree, read_tree, options, base):
    tree = make_tree(initrd(reserves=[(0xe0000000, 0x1000), (INITRD, RAMDISK)]))
    native = ("--contract", "native", *options)
    module = next(one for one in plan_of(tool, tree, *native)["modules"]
                  if one["kind"] == "ramdisk")
    tool("apply", *native, tree, "-o", "out.dtb")
    out = read_tree(tree.parent / "out.dtb")
    guest = int(module["to"], 16) - base + 0x80000000
    assert out.u64s("/chosen", "linux,initrd-start") == [guest]
    assert out.u64s("/chosen", "linux,initrd-end") == [guest + RAMDISK]
    assert [size for low, size in out.reserves()] == [0x1000]


def test_without_a_payload_it_is_a_kernels_own(tool, make_tree, read_tree):
    tree = make_tree(initrd(nodes="chosen { };", reserves=[(INITRD, RAMDISK)]))
    tool("apply", tree, "-o", "out.dtb")
    out = read_tree(tree.parent / "out.dtb")
    assert out.u64s("/chosen", "linux,initrd-start") == [INITRD]
    assert out.reserves() == [(INITRD, RAMDISK)]


@pytest.mark.parametrize("start, end", [(INITRD + 1, INITRD + 1), (INITRD, 1)])
def test_ramdisk_of_the_boot_loader_without_sense(tool, make_tree, read_tree, start, end):
    tree = make_tree(initrd(start, end))
    assert "ramdisk" not in [one["kind"] for one in plan_of(tool, tree)["modules"]]
    tool("apply", tree, "-o", "out.dtb")
    assert read_tree(tree.parent / "out.dtb").prop("/chosen", "linux,initrd-end") is None


def test_a_ramdisk_module_comes_first(tool, make_tree, read_tree):
    tree = make_tree(initrd(nodes=payload(), reserves=[(INITRD, RAMDISK)]))
    modules = {one["kind"]: int(one["from"], 16) for one in plan_of(tool, tree)["modules"]}
    assert modules["ramdisk"] == 0x94000000
    assert "linux,initrd-start is ignored" in tool("plan", tree).out
    tool("apply", tree, "-o", "out.dtb")
    out = read_tree(tree.parent / "out.dtb")
    assert out.prop("/chosen", "linux,initrd-start") is None and out.reserves() == []


def test_ramdisk_of_the_boot_loader_outside_ram(tool, make_tree):
    error = tool("plan", make_tree(initrd(0x10000000, 0x10001000)), code=2).err
    assert "[payload]" in error and "not RAM" in error and "what to do" in error
