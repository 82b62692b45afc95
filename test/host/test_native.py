# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The native contract, word for word; libfdt reads the result."""
import pytest

from trees import HEADER, MEMORY


NATIVE = ("apply", "--contract", "native")
IOMMU = 'smmu: iommu@1000 { compatible = "arm,mmu-500"; reg = <0 0x1000 0 0x1000>; #iommu-cells = <1>; };\n'


def apply(tool, read_tree, tree, *options, out="out.dtb"):
    tool(*NATIVE, *options, tree, "-o", out)
    return read_tree(tree.parent / out)


def test_the_mission_example(tool, make_tree, read_tree):
    out = apply(tool, read_tree, make_tree(MEMORY), "--dom0-mem", "512M",
                "--machine-base", "0x80800000")
    assert out.cells("/memory@80000000", "reg") == [0, 0x80000000, 0, 0x20000000]
    assert out.string("/memory@80000000", "device_type") == "memory"
    assert out.strings("/hypervisor", "compatible") == ["xen,xen-4.17", "xen,xen"]
    assert out.cells("/hypervisor", "dma-offset") == [0, 0x00800000]
    record = "/chosen/dtshim/record"
    assert out.u64s(record, "machine-memory") == [0x80000000, 0x80000000]
    assert out.u64s(record, "machine-block") == [0x80800000, 0x20000000]
    assert out.u64s(record, "dom0-memory") == [0x80000000, 0x20000000]
    assert out.string(record, "layout") == "offset"
    assert out.string("/chosen/dtshim", "compatible") == "dtshim,policy-v1"
    assert out.u64s("/chosen/dtshim", "machine-base") == [0x80800000]


def test_no_offset_when_it_is_zero(tool, make_tree, read_tree):
    out = apply(tool, read_tree, make_tree(MEMORY), "--dom0-mem", "512M")
    assert out.prop("/hypervisor", "dma-offset") is None
    assert out.string("/chosen/dtshim/record", "layout") == "direct"


def test_stale_offset_goes(tool, make_tree, read_tree):
    tree = make_tree(MEMORY + "hypervisor { dma-offset = <0 0x1000>; keep; };")
    out = apply(tool, read_tree, tree)
    assert out.prop("/hypervisor", "dma-offset") is None
    assert out.prop("/hypervisor", "keep") == b""


@pytest.mark.parametrize("second, coverage, offset", [
    ("iommus = <&smmu 2>;", "all", False),
    ("", "some", True),
])
def test_no_offset_when_all_are_protected(tool, bare_tree, read_tree, second, coverage, offset):
    tree = bare_tree(MEMORY + IOMMU +
                     'a@2000 { compatible = "test,a"; reg = <0 0x2000 0 0x1000>; iommus = <&smmu 1>; };'
                     f'b@3000 {{ compatible = "test,b"; reg = <0 0x3000 0 0x1000>; {second} }};')
    out = apply(tool, read_tree, tree, "--machine-base", "0x90000000")
    assert out.string("/chosen/dtshim/record", "coverage") == coverage
    assert (out.prop("/hypervisor", "dma-offset") is not None) == offset
    assert out.prop("/a@2000", "xen-dma-safe") == b""
    assert (out.prop("/b@3000", "xen-dma-safe") is not None) == (not offset)


def test_negative_offset_wraps(tool, make_tree, read_tree):
    out = apply(tool, read_tree, make_tree(MEMORY), "--dom0-base", "0xc0000000",
                "--machine-base", "0x80000000")
    assert out.u64s("/hypervisor", "dma-offset") == [2**64 - 0x40000000]
    assert out.cells("/memory@c0000000", "reg") == [0, 0xc0000000, 0, 0x20000000]


def test_one_cell_root(tool, make_tree, read_tree):
    header = HEADER.replace("<2>", "<1>")
    tree = make_tree('memory { device_type = "memory"; reg = <0x80000000 0x40000000>; };',
                     header=header)
    out = apply(tool, read_tree, tree, "--dom0-base", "0xa0000000", "--machine-base", "0x80000000")
    assert out.cells("/memory@a0000000", "reg") == [0xa0000000, 0x20000000]
    assert out.cells("/hypervisor", "dma-offset") == [0xe0000000]


def test_one_cell_cannot_say_four_gib(tool, make_tree):
    tree = make_tree('memory { device_type = "memory"; reg = <0x80000000 0x40000000>; };',
                     header=HEADER.replace("<2>", "<1>"))
    error = tool(*NATIVE, "--dom0-base", "0xf0000000", "--machine-base", "0x80000000", tree, "-o",
                 "out.dtb", code=2).err
    assert "[base]" in error and "0x100000000" in error


def test_all_memory_nodes_become_one(tool, make_tree, read_tree):
    tree = make_tree('memory@80000000 { device_type = "memory"; reg = <0 0x80000000 0 0x40000000>;'
                     ' linux,usable-memory = <0 0x80000000 0 0x1000>; numa-node-id = <1>; };'
                     'memory@880000000 { device_type = "memory"; reg = <8 0x80000000 0 0x40000000>; };')
    out = apply(tool, read_tree, tree, "--dom0-mem", "256M")
    assert [name for name in out.children("/") if name.startswith("memory")] == ["memory@80000000"]
    assert out.prop("/memory@80000000", "linux,usable-memory") is None
    assert out.cells("/memory@80000000", "numa-node-id") == [1]
    assert out.u64s("/chosen/dtshim/record", "machine-memory") == [
        0x80000000, 0x40000000, 0x880000000, 0x40000000]


def test_a_tag_in_a_memory_node_goes_with_it(tool, make_tree, read_tree):
    tree = make_tree(MEMORY + 'memory@900000000 { device_type = "memory"; reg = <9 0 0 0x1000>;'
                     ' xen-dma-safe; };')
    out = apply(tool, read_tree, tree)
    assert not out.has("/memory@900000000")


def test_guest_memory_over_a_device(tool, make_tree):
    tree = make_tree(MEMORY + 'dev@9000000 { compatible = "test,dev"; reg = <0 0x9000000 0 0x1000>; };')
    error = tool(*NATIVE, "--dom0-base", "0x8000000", "--machine-base", "0x80000000", tree, "-o",
                 "out.dtb", code=2).err
    assert "/dev@9000000: reg: is inside dom0's guest memory" in error and "[base]" in error


def test_guest_memory_over_the_end_of_a_device(tool, make_tree):
    """Not only where it starts: all of its registers count."""
    tree = make_tree(MEMORY + 'dev@7000000 { compatible = "test,dev"; reg = <0 0x7000000 0 0x1100000>; };')
    assert "/dev@7000000: reg: is inside" in tool(
        *NATIVE, "--dom0-base", "0x8000000", "--machine-base", "0x80000000", tree, "-o", "out.dtb",
        code=2).err


def test_lowest_block_that_fits(tool, make_tree, read_tree):
    tree = make_tree("/memreserve/ 0x80000000 0x100000;\n".join(["/dts-v1/;\n", HEADER[9:]]) +
                     MEMORY + "};")
    out = apply(tool, read_tree, tree)
    assert out.u64s("/chosen/dtshim/record", "machine-block") == [0x80200000, 0x20000000]
    assert out.u64s("/hypervisor", "dma-offset") == [0x200000]


ITS = """gic@8000000 { compatible = "arm,gic-v3"; reg = <0 0x8000000 0 0x10000>; ranges;
    #address-cells = <2>; #size-cells = <2>; interrupt-controller;
    its@8080000 { compatible = "arm,gic-v3-its"; reg = <0 0x8080000 0 0x20000>; %s }; };"""


@pytest.mark.parametrize("status, base, warned", [
    ("", "0x90000000", True), ('status = "disabled";', "0x90000000", False),
    ("", "0x80000000", False)])
def test_an_its_knows_no_offset(tool, make_tree, status, base, warned):
    out = tool("plan", "--contract", "native", "--machine-base", base,
               make_tree(MEMORY + ITS % status)).flat
    assert ("/gic@8000000/its@8080000: would use guest as machine addresses" in out) == warned


def test_other_hypervisor_names(tool, make_tree, read_tree):
    out = apply(tool, read_tree, make_tree(MEMORY), "--hypervisor", "test,witness test,other")
    assert out.strings("/hypervisor", "compatible") == ["test,witness", "test,other"]


def test_untouched_nodes_stay(tool, make_tree, read_tree):
    body = MEMORY + 'soc { #address-cells = <1>; #size-cells = <1>; ranges; data = [01 02 03]; x { y; }; };'
    tree = make_tree(body)
    out = apply(tool, read_tree, tree)
    assert out.prop("/soc", "data") == b"\1\2\3"
    assert out.prop("/soc/x", "y") == b""
    diff = tool("diff", tree, "out.dtb", code=1).out
    assert "/soc" not in diff


def test_policy_in_the_tree_and_options_on_top(tool, make_tree, read_tree):
    policy = ('chosen { dtshim { compatible = "dtshim,policy-v1"; contract = "native";'
              ' dom0-mem = <0 0x10000000>; machine-base = <0 0x90000000>; }; };')
    tree = make_tree(MEMORY + policy)
    tool("apply", tree, "-o", "a.dtb")
    tool("apply", "--dom0-mem", "1G", tree, "-o", "b.dtb")
    a, b = read_tree(tree.parent / "a.dtb"), read_tree(tree.parent / "b.dtb")
    assert a.cells("/memory@80000000", "reg") == [0, 0x80000000, 0, 0x10000000]
    assert b.cells("/memory@80000000", "reg") == [0, 0x80000000, 0, 0x40000000]
    assert b.u64s("/chosen/dtshim", "dom0-mem") == [0x40000000]
    assert b.u64s("/hypervisor", "dma-offset") == [0x10000000]
