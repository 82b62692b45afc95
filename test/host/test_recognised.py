# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""A tree that was rewritten before is believed only while what its record promises holds."""
import subprocess

import pytest

from trees import MEMORY

SMMU = """
    smmu: iommu@1000 { compatible = "arm,mmu-500"; #global-interrupts = <1>; interrupts = <0 200 4>, <0 201 4>;
        reg = <0 0x1000 0 0x1000>; #iommu-cells = <1>; };
    dev@2000 { compatible = "test,dev"; reg = <0 0x2000 0 0x1000>; iommus = <&smmu 1>; };
"""
PAYLOAD = """
    chosen { #address-cells = <2>; #size-cells = <2>; xen,dom0-bootargs = "quiet";
        hypervisor@90000000 { compatible = "dtshim,hypervisor"; reg = <0 0x90000000 0 0x100000>; };
        module@92000000 { compatible = "multiboot,kernel"; reg = <0 0x92000000 0 0x2000000>; }; };
"""
BOARD = MEMORY + SMMU + PAYLOAD


@pytest.fixture
def applied(tool, make_tree):
    def run(*policy, body=BOARD):
        tree = make_tree(body)
        tool("apply", *policy, tree, "-o", "once.dtb")
        return tree.parent / "once.dtb"
    return run


def fdtput(tree, kind, node, name, *values):
    subprocess.run(["fdtput", "-t", kind, tree, node, name, *values], check=True)


def refused(tool, tree):
    return tool("apply", tree, "-o", "twice.dtb", code=2).err


@pytest.mark.parametrize("policy", [
    ("--dom0-mem", "256M"), ("--dom0-mem", "100M"), ("--dom0-mem", "516M"), ("--contract", "native"),
    ("--dom0-mem", "256M", "--layout", "offset"), ("--contract", "native", "--machine-base", "0xa0000000"),
    ("--dom0-mem", "256M", "--ram", "0x80000000:1G"),
    ("--contract", "native", "--dom0-mem", "256M", "--ram", "0x80000000:1G"),
    ("--contract", "native", "--dom0-mem", "256M", "--ram", "0x80000000:1G 0xd0000000:256M")],
    ids=" ".join)
def test_an_honest_one_is_copied(tool, applied, policy):
    tree = applied(*policy)
    tool("apply", tree, "-o", "twice.dtb")
    assert tree.read_bytes() == (tree.parent / "twice.dtb").read_bytes()


def memory(tree):
    fdtput(tree, "x", "/memory@80000000", "reg", "0", "80000000", "0", "40000000")


def no_memory(tree):
    subprocess.run(["fdtput", "-r", tree, "/memory@80000000"], check=True)


def reserve(tree):
    subprocess.run(["fdtput", "-c", tree, "/reserved-memory"], check=True)
    for name in ("#address-cells", "#size-cells"):
        fdtput(tree, "u", "/reserved-memory", name, "2")
    subprocess.run(["fdtput", "-c", tree, "/reserved-memory/a@84000000"], check=True)
    fdtput(tree, "x", "/reserved-memory/a@84000000", "reg", "0", "84000000", "0", "1000")


def tag(tree):
    fdtput(tree, "s", "/iommu@1000", "status", "disabled")


def line(tree):
    fdtput(tree, "s", "/chosen", "xen,xen-bootargs", "dom0_mem=256M noreboot")


def module_node(tree):
    names = subprocess.run(["fdtget", "-l", tree, "/chosen"], check=True, capture_output=True,
                           text=True).stdout.split()
    return "/chosen/" + next(name for name in names if name.startswith("module@"))


def moved(tree):
    fdtput(tree, "x", module_node(tree), "reg", "0", "a4000000", "0", "2000000")


def grown(tree):
    values = subprocess.run(["fdtget", "-t", "x", tree, module_node(tree), "reg"], check=True,
                            capture_output=True, text=True).stdout.split()
    fdtput(tree, "x", module_node(tree), "reg", *values[:3], "2100000")


def gone(tree):
    subprocess.run(["fdtput", "-r", tree, module_node(tree)], check=True)


def initrd(tree):
    fdtput(tree, "x", "/chosen", "linux,initrd-start", "0", "a8000000")
    fdtput(tree, "x", "/chosen", "linux,initrd-end", "0", "a8100000")


def heap(tree):
    fdtput(tree, "x", "/chosen", "xen,static-heap", "0", "80000000", "0", "20000000")


@pytest.mark.parametrize("change, says", [
    (memory, "/memory@80000000: reg: RAM has changed since the tree was rewritten"),
    (no_memory, "RAM has changed since the tree was rewritten"),
    (reserve, "/reserved-memory/a@84000000: reserves part of dom0's block 0x80000000-0x8fffffff"),
    (tag, "/dev@2000: xen-dma-safe: nothing proves that its DMA is protected"),
    (line, "/chosen: xen,xen-bootargs: Xen's command line has changed"),
    (moved, "module was there when the tree was rewritten"),
    (grown, "module was there when the tree was rewritten"),
    (gone, "a module that was there when the tree was rewritten is gone"),
    (initrd, "/chosen: linux,initrd-start: a ramdisk was added"),
    (heap, "/chosen: xen,static-heap: Xen's static heap has changed"),
], ids=lambda one: getattr(one, "__name__", ""))
def test_what_no_longer_holds(tool, applied, change, says):
    tree = applied("--dom0-mem", "256M")
    change(tree)
    error = refused(tool, tree)
    assert says in error and "[record]" in error
    assert "start from the original tree" in error


def test_a_page_that_is_not_reserved_any_more(tool, applied, read_tree):
    tree = applied("--dom0-mem", "64M", body=MEMORY + """reserved-memory { #address-cells = <2>;
        #size-cells = <2>; ranges; a@90000000 { reg = <0 0x90000000 0 0x2000>; }; };""")
    pages = read_tree(tree).u64s("/chosen/dtshim/record", "reserved-pages")
    assert pages
    blob = tree.read_bytes()
    entry = pages[0].to_bytes(8, "big") + pages[1].to_bytes(8, "big")
    at = blob.index(entry)  # of /memreserve/, which stands in front of the record
    tree.write_bytes(blob[:at] + (pages[0] + 4096).to_bytes(8, "big") + blob[at + 8:])
    assert f"/memreserve/: the page at {pages[0]:#x} is no longer reserved" in refused(tool, tree)


def test_modules_that_came_later(tool, applied):
    """Without a payload the places were advice: nothing was promised for one that came since."""
    tree = applied("--dom0-mem", "256M", body=MEMORY)
    tool("apply", tree, "-o", "twice.dtb")
    subprocess.run(["fdtput", "-p", "-c", tree, "/chosen/module@92000000"], check=True)
    fdtput(tree, "s", "/chosen/module@92000000", "compatible", "multiboot,kernel")
    fdtput(tree, "x", "/chosen/module@92000000", "reg", "0", "92000000", "0", "2000000")
    assert "/chosen/module@92000000: reg: 0x92000000" in refused(tool, tree)


def test_dom0s_own_line_may_change(tool, applied):
    tree = applied("--dom0-mem", "256M")
    fdtput(tree, "s", "/chosen", "xen,dom0-bootargs", "quiet root=/dev/vda")
    tool("apply", tree, "-o", "twice.dtb")


def test_native_memory(tool, applied):
    tree = applied("--contract", "native", "--dom0-mem", "256M")
    fdtput(tree, "x", "/memory@80000000", "reg", "0", "80000000", "0", "20000000")
    assert "RAM has changed since the tree was rewritten" in refused(tool, tree)


# ---- what Xen would do with it -------------------------------------------------------------

def test_a_timer_that_is_gone(applied, tool):
    tree = applied("--dom0-mem", "256M")
    fdtput(tree, "x", "/timer", "interrupts", "1", "13", "8")
    error = refused(tool, tree)
    assert "Timer: Unable to retrieve IRQ 1" in error and "[record]" in error
    assert "xen-stops: /timer: Xen 4.17 and 4.20 would stop" in tool("check", tree, code=1).out


def test_a_region_where_the_tree_lies(applied, tool):
    """It meets none of dom0's memory: where the tree was to lie the record says, too."""
    tree = applied("--dom0-mem", "256M", body=BOARD + """
        reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges;
            a@f0000000 { reg = <0 0xf0000000 0 0x1000>; no-map; }; };""")
    fdtput(tree, "x", "/reserved-memory/a@f0000000", "reg", "0", "e0000000", "0", "10000000")
    error = refused(tool, tree)
    assert "Xen 4.20 would stop" in error and "overlaps the device tree" in error and "[record]" in error


def test_a_board_that_is_none_for_xen(tool, bare_tree):
    """Said first and alone: no memory that could be asked for would help."""
    error = tool("plan", "--dom0-mem", "64G", bare_tree(BOARD), code=2).err
    assert "cannot run on this board: it has no interrupt controller that Xen knows" in error and "this works" not in error
    tool("plan", "--contract", "native", bare_tree(BOARD))


def test_a_root_that_calls_itself_a_pci_bus(tool, bare_tree):
    """RAM is read in its cells all the same, before and after."""
    tree = bare_tree('device_type = "pci";' + MEMORY)
    tool("apply", "--contract", "native", tree, "-o", "once.dtb")
    tool("apply", "--contract", "native", "once.dtb", "-o", "twice.dtb")
    assert (tree.parent / "once.dtb").read_bytes() == (tree.parent / "twice.dtb").read_bytes()
