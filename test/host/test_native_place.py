# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Where the native contract puts hypervisor, kernel, ramdisk and tree, and what it writes of it."""
import json
import random

import pytest

from trees import HEADER, MEMORY


MIB = 1 << 20
BLOCK = 0x80800000  # of 512 MiB, to 0xa0800000
NATIVE = ("--contract", "native", "--machine-base", hex(BLOCK))
OFFSET = 0x800000
BSS = 16 * MIB  # what a kernel is assumed to need beside its file

COMPATIBLE = {"hypervisor": '"dtshim,hypervisor"',
              "kernel": '"multiboot,kernel", "multiboot,module"',
              "ramdisk": '"multiboot,ramdisk", "multiboot,module"',
              "policy": '"xen,xsm-policy", "multiboot,module"',
              "guess": '"multiboot,module"'}
OUTSIDE = {"hypervisor": (0xC0000000, 0x10000), "kernel": (0xC2000000, 0x2000000),
           "ramdisk": (0xC6000000, 0x100000)}


def pair(base, size):
    return f"<{base >> 32:#x} {base & 0xffffffff:#x} {size >> 32:#x} {size & 0xffffffff:#x}>"


def module(kind, base, size, more=""):
    name = "hypervisor" if kind == "hypervisor" else "module"
    return f"{name}@{base:x} {{ compatible = {COMPATIBLE[kind]}; reg = {pair(base, size)}; {more} }};"


def chosen(files, more="", kernel=""):
    nodes = "".join(module(kind, *place, kernel if kind == "kernel" else "")
                    for kind, place in files.items())
    return f"chosen {{ #address-cells = <2>; #size-cells = <2>; {more} {nodes} }};"


def with_(**places):
    return {**OUTSIDE, **places}


@pytest.fixture
def plan(tool, make_tree):
    """The modules of a plan: {kind: {from, to, room}} in machine addresses."""
    def run(files, *options, memory=MEMORY, more="", inside=""):
        tree = make_tree(memory + chosen(files, inside) + more)
        out = json.loads(tool("plan", "--json", *(options or NATIVE), tree).out)
        return {one["kind"]: {name: int(one[name], 16) for name in ("from", "to", "room")}
                for one in out["modules"]}
    return run


@pytest.fixture
def refusal(tool, make_tree):
    def run(body, *options):
        return tool("plan", *(options or NATIVE), make_tree(body), code=2).err
    return run


@pytest.fixture
def apply(tool, make_tree, read_tree):
    def run(body, *options):
        tree = make_tree(body)
        tool("apply", *(options or NATIVE), tree, "-o", "out.dtb")
        return read_tree(tree.parent / "out.dtb")
    return run


def test_modules_are_no_devices(plan):
    """Where /chosen has ranges, for a framebuffer: machine addresses may lie under dom0's."""
    files = with_(hypervisor=(0x80100000, 0x10000), kernel=(0x80400000, 0x200000))
    for inside in ("", "ranges;"):
        found = plan(files, inside=inside)
        assert found["hypervisor"]["to"] == 0x80100000


# ---- the hypervisor --------------------------------------------------------------------

def test_the_hypervisor_stays_outside(plan):
    assert plan(OUTSIDE)["hypervisor"]["to"] == 0xC0000000
    assert plan(with_(hypervisor=(0xC0001000, 0x10000)))["hypervisor"]["to"] == 0xC0001000


@pytest.mark.parametrize("at", [0x90000000, BLOCK - 0x8000, 0xC0000800, 0xC1FF0000],
                         ids=["in the block", "into the block", "inside a page",
                              "its bss over the kernel"])
def test_the_hypervisor_goes_to_the_lowest_place(plan, at):
    assert plan(with_(hypervisor=(at, 0x10000)))["hypervisor"]["to"] == 0x80000000


def test_the_hypervisor_avoids_what_is_reserved(plan):
    reserved = """reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges;
        r@80100800 { reg = <0 0x80100800 0 0x100>; }; };"""
    files = with_(hypervisor=(0x90000000, 0x10000))
    assert plan(files, more=reserved)["hypervisor"]["to"] == 0x80200000


def test_nothing_goes_to_address_0(plan):
    memory = 'memory@0 { device_type = "memory"; reg = <0 0 0 0x80000000>; };'
    places = plan({"hypervisor": (0x40000000, 0x10000), "kernel": (0x8000000, 0x2000000),
                   "ramdisk": (0x44000000, 0x1000)}, "--contract", "native", memory=memory)
    assert places["kernel"]["to"] == 0x8000000
    assert places["ramdisk"]["to"] == 0x1000 and places["tree"]["to"] == 2 * MIB


# ---- kernel, ramdisk, tree ---------------------------------------------------------------

def test_all_of_it_from_outside(plan):
    places = plan(OUTSIDE)
    assert places["kernel"] == {"from": 0xC2000000, "to": BLOCK, "room": 0x2000000 + BSS}
    assert places["ramdisk"]["to"] == BLOCK + 0x2000000 + BSS
    assert places["tree"]["to"] == BLOCK + 0x2000000 + BSS + 2 * MIB


def test_what_lies_well_stays(plan):
    places = plan(with_(kernel=(0x92000000, 0x2000000), ramdisk=(0x96001000, 0x100000)))
    assert places["kernel"]["to"] == 0x92000000 and places["ramdisk"]["to"] == 0x96001000
    assert places["tree"]["to"] == BLOCK


@pytest.mark.parametrize("kernel, ramdisk", [
    ((0x92100000, 0x2000000), (0x96000000, 0x1000)),
    ((0x92000000, 0x2000000), (0x94800000, 0x1000)),
    ((BLOCK + 512 * MIB - 0x2000000, 0x2000000), (0x96000000, 0x1000)),
    ((BLOCK - 0x200000, 0x2000000), (0x96000000, 0x1000)),
], ids=["1 MiB", "its bss over the ramdisk", "its bss out of the block", "half outside"])
def test_a_kernel_that_does_not_lie_well_moves(plan, kernel, ramdisk):
    places = plan(with_(kernel=kernel, ramdisk=ramdisk))
    assert places["kernel"]["to"] != kernel[0] and (places["kernel"]["to"] - BLOCK) % (2 * MIB) == 0


def test_guest_addresses_are_aligned_not_machine_addresses(plan):
    """With a block that lies a page beside, 2 MiB of the machine are none of the guest's."""
    options = ("--contract", "native", "--machine-base", "0x80801000")
    places = plan(with_(kernel=(0x92000000, 0x2000000)), *options)
    assert places["kernel"]["to"] == 0x80801000
    places = plan(with_(kernel=(0x92001000, 0x2000000)), *options)
    assert places["kernel"]["to"] == 0x92001000


def spans(places, name, size):
    return [(one[name], one[name] + one[size]) for one in places.values()]


def test_destinations_meet_nothing(tool, make_tree):
    """Whatever the files' places: inside or outside as they must be, on no source, on no other."""
    chance = random.Random(1)
    for _ in range(60):
        sizes = {"hypervisor": 0x10000, "kernel": 0x2000000, "ramdisk": 0x1234}
        slots = chance.sample(range(0x80000000, 0x100000000, 64 * MIB), 3)
        files = {kind: (slot + chance.choice([0, 0x1000, 0x100000, 0x200000, 0x1800000]), size)
                 for slot, (kind, size) in zip(slots, sizes.items())}
        base = chance.choice([0x80000000, 0x80001000, 0x90000000, 0xE0000000])
        out = json.loads(tool("plan", "--json", "--contract", "native", "--dom0-mem", "256M",
                              "--machine-base", hex(base), make_tree(MEMORY + chosen(files))).out)
        ends = {one["kind"]: (int(one["to"], 16), int(one["to"], 16) + int(one["room"], 16))
                for one in out["modules"]}
        for kind, (start, end) in ends.items():
            inside = base <= start and end <= base + 256 * MIB
            outside = end <= base or start >= base + 256 * MIB
            assert outside if kind == "hypervisor" else inside
            others = [(at, at + size) for other, (at, size) in files.items() if other != kind]
            others += [ends[other] for other in ends if other != kind]
            assert all(end <= low or start >= high for low, high in others), (files, ends)


# ---- what cannot be ------------------------------------------------------------------------

def test_no_room_for_the_hypervisor(refusal):
    error = refusal(MEMORY + chosen(OUTSIDE), "--contract", "native", "--dom0-mem", "2G")
    assert "/chosen/hypervisor@c0000000: no 1088 KiB of free RAM is left for the hypervisor " \
           "outside dom0's machine block 0x80000000-0xffffffff [placement]" in error
    assert "make dom0-mem smaller" in error


@pytest.mark.parametrize("size, kind", [("16M", "kernel"), ("49M", "tree")])
def test_no_room_in_dom0(refusal, size, kind):
    error = refusal(MEMORY + chosen(OUTSIDE), *NATIVE, "--dom0-mem", size)
    assert f"is left for the {kind} in the" in error and "make dom0-mem larger" in error


def test_one_cell_cannot_say_the_place(refusal):
    body = MEMORY + chosen(OUTSIDE).replace("#address-cells = <2>", "#address-cells = <1>").replace(
        "reg = <0x0 ", "reg = <")
    error = refusal(body, *NATIVE, "--dom0-base", "0x100000000")
    assert "/chosen: #address-cells: one cell cannot hold 0x100000000, where the kernel" in error


def test_a_tree_larger_than_its_room(refusal):
    """2 MiB, which is what Linux takes."""
    error = refusal(MEMORY + chosen(OUTSIDE) + f"large {{ data = [{'00' * (2 << 20)}]; }};")
    assert "[too-large]" in error and "takes at most 2 MiB" in error


@pytest.mark.parametrize("kind, word", [("hypervisor", "hypervisor"), ("kernel", "kernel")])
def test_a_payload_has_both(refusal, kind, word):
    files = {name: place for name, place in OUTSIDE.items() if name != kind}
    error = refusal(MEMORY + chosen(files))
    assert f"no {word} to boot [payload]" in error and "Xen" not in error


def test_other_modules_are_refused(refusal):
    error = refusal(MEMORY + chosen(with_(policy=(0xC8000000, 0x1000))))
    assert "/chosen/module@c8000000: compatible: is neither dom0's kernel nor its ramdisk" in error


# ---- what is written -----------------------------------------------------------------------

def test_the_tree_says_guest_addresses(apply):
    out = apply(MEMORY + chosen(with_(kernel=(0x92000000, 0x2000000))))
    kernel, ramdisk = 0x92000000 - OFFSET, 0x80000000
    assert out.children("/chosen") == [f"module@{kernel:x}", f"module@{ramdisk:x}", "dtshim"]
    assert out.u64s(f"/chosen/module@{kernel:x}", "reg") == [kernel, 0x2000000]
    assert out.u64s(f"/chosen/module@{ramdisk:x}", "reg") == [ramdisk, 0x100000]
    assert out.u64s("/chosen", "linux,initrd-start") == [ramdisk]
    assert out.u64s("/chosen", "linux,initrd-end") == [ramdisk + 0x100000]
    assert out.u64s("/chosen/dtshim/record", "hypervisor") == [0xC0000000, 0x110000]


def test_a_module_that_stays_has_another_address(apply):
    """Nothing is moved, and yet the node says something else."""
    out = apply(MEMORY + chosen(with_(ramdisk=(0x96000000, 0x100000))))
    assert out.u64s("/chosen/module@95800000", "reg") == [0x95800000, 0x100000]


def test_without_ramdisk_no_initrd(apply):
    files = {kind: OUTSIDE[kind] for kind in ("hypervisor", "kernel")}
    out = apply(MEMORY + chosen(files, "linux,initrd-start = <0 0x96000000>; linux,initrd-end = <1>;"))
    assert out.prop("/chosen", "linux,initrd-start") is None
    assert out.prop("/chosen", "linux,initrd-end") is None


@pytest.mark.parametrize("more, kernel, line", [
    ('bootargs = "a"; xen,dom0-bootargs = "b";', 'bootargs = "c";', "b"),  # as Xen has it
    ('bootargs = "a";', 'bootargs = "c";', "c"), ('bootargs = "a";', 'bootargs = "";', "a"),
    ('bootargs = "a"; xen,dom0-bootargs = "b";', "", "b"),
    ('bootargs = "a"; xen,xen-bootargs = "x";', "", "a"),
    ("", "", None),
])
def test_dom0s_line(apply, more, kernel, line):
    assert apply(MEMORY + chosen(OUTSIDE, more, kernel)).string("/chosen", "bootargs") == line


def test_guessed_modules_are_named(apply):
    out = apply(MEMORY + chosen({"hypervisor": OUTSIDE["hypervisor"],
                                 "guess": OUTSIDE["kernel"]}))
    assert out.strings("/chosen/module@80000000", "compatible") == ["multiboot,kernel",
                                                                   "multiboot,module"]


def test_modules_by_the_roots_cells(apply):
    """/chosen says its cells itself afterwards."""
    out = apply(MEMORY + chosen(OUTSIDE).replace("#address-cells = <2>; #size-cells = <2>;", ""))
    assert out.cells("/chosen", "#address-cells") == [2]
    assert out.u64s("/chosen/module@80000000", "reg")[0] == 0x80000000


def test_without_payload_nothing_of_it(apply):
    out = apply(MEMORY + 'chosen { bootargs = "a"; xen,dom0-bootargs = "b"; };')
    assert out.string("/chosen", "bootargs") == "a"
    assert out.prop("/chosen/dtshim/record", "hypervisor") is None


def test_applying_again_changes_nothing(tool, make_tree):
    tree = make_tree(MEMORY + chosen(OUTSIDE))
    tool("apply", *NATIVE, tree, "-o", "out.dtb")
    tool("apply", "out.dtb", "-o", "again.dtb")
    assert (tree.parent / "out.dtb").read_bytes() == (tree.parent / "again.dtb").read_bytes()
    tool("check", "out.dtb")


def test_one_cell_root(tool, make_tree, read_tree):
    header = HEADER.replace("<2>", "<1>")
    body = 'memory { device_type = "memory"; reg = <0x80000000 0x40000000>; };' + chosen(
        {kind: (at - 0x20000000, size) for kind, (at, size) in OUTSIDE.items()})
    tree = make_tree(body, header=header)
    tool("apply", "--contract", "native", "--dom0-base", "0xa0000000", "--machine-base",
         "0x80000000", tree, "-o", "out.dtb")
    out = read_tree(tree.parent / "out.dtb")
    assert out.u64s("/chosen/module@a0000000", "reg") == [0xA0000000, 0x2000000]
