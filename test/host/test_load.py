# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""plan --load-addresses: what is loaded there is not moved.

The judge is a tree in which the modules have these addresses, and what plan and apply
make of it without knowing where they came from.
"""
import json
import random
import re
import struct

import libfdt
import pytest

import oracle
from corpus import run
from loading import MIB, addresses, image, loaded, wrong_places
from places import BOARD_BUILD, BUILD, GUESTS
from trees import MEMORY

ASSUMED = {"stage": 8 * MIB, "tree": 2 * MIB, "xen": 2 * MIB, "kernel": 64 * MIB,
           "ramdisk": 64 * MIB}
RESERVED = "reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges; %s };"


@pytest.fixture
def examine(tool, make_tree, tmp_path):
    """The places for a tree; checks that nothing of it moves."""
    def check(body, *options, sizes=ASSUMED, policy=()):
        tree = body if hasattr(body, "exists") else make_tree(body)
        text = tool("plan", "--load-addresses", *options, *policy, tree).out
        places = addresses(text)
        named = loaded(tree, tmp_path / "loaded.dtb", places, sizes)
        plan = json.loads(tool("plan", "--json", *policy, named).out)
        assert "copies    none: every module" in tool("plan", *policy, named).out
        tool("apply", *policy, named, "-o", "out.dtb")
        after = oracle.Tree((tmp_path / "out.dtb").read_bytes())
        assert list(wrong_places(plan, places, sizes, after)) == []
        return places
    return check


# ---- what is printed --------------------------------------------------------------------------

def test_without_files_sizes_are_assumed(tool, make_tree, examine):
    text = tool("plan", "--load-addresses", make_tree(MEMORY)).out
    lines = text.splitlines()
    assert all(re.fullmatch(r"#.*|setenv \w+ [0-9a-f]+", line) for line in lines), text
    assert sum("assumed" in line for line in lines) == 4
    assert "setenv fdt_high ffffffffffffffff" in lines
    places = examine(MEMORY)
    assert set(places) == {"stage", "tree", "xen", "kernel", "ramdisk"}


def test_files_have_their_own_sizes(tool, tmp_path, make_tree, examine):
    image(tmp_path / "xen", 3 * MIB, 2 * MIB)
    image(tmp_path / "stage", 5 * MIB)
    image(tmp_path / "linux", 0, 20 * MIB + 5)
    (tmp_path / "initrd").write_bytes(bytes(777))
    sizes = {"xen": 2 * MIB + 4, "stage": 5 * MIB, "kernel": 20 * MIB + 5, "ramdisk": 777,
             "tree": 2 * MIB}
    files = ["--xen", "xen", "--kernel", "linux", "--ramdisk", "initrd", "--stage", "stage"]
    text = tool("plan", "--load-addresses", *files, make_tree(MEMORY)).out
    assert "assumed" not in text
    for name in ("xen", "linux", "initrd", "stage"):
        assert re.search(rf"^#.* {name}$", text, re.M), text
    examine(MEMORY, *files, sizes=sizes)


def test_without_a_ramdisk(tool, tmp_path, make_tree, examine):
    """Where a file is given, a ramdisk that is not is not meant to be there."""
    image(tmp_path / "linux", 0, 20 * MIB)
    places = examine(MEMORY, "--kernel", "linux", sizes={**ASSUMED, "kernel": 20 * MIB})
    assert set(places) == {"stage", "tree", "xen", "kernel"}


def test_a_tree_that_names_its_modules(tool, make_tree, tmp_path):
    """Their sizes count, not where they lie; the others are numbered."""
    tree = make_tree(MEMORY + """chosen { #address-cells = <2>; #size-cells = <2>;
        x { compatible = "dtshim,hypervisor"; reg = <0 0x80000000 0 0x300000>; };
        k { compatible = "multiboot,kernel"; reg = <0 0x80000000 0 0x1000000>; };
        p { compatible = "xen,xsm-policy", "multiboot,module"; reg = <0 0 0 0x1000>; }; };""")
    before = tree.read_bytes()
    text = tool("plan", "--load-addresses", tree).out
    assert tree.read_bytes() == before
    places = addresses(text)
    assert set(places) == {"stage", "tree", "xen", "kernel", "module1"}
    assert re.search(r"^#.* /chosen/p$", text, re.M)
    fdt = libfdt.Fdt(before)
    for name, place in zip(("x", "k", "p"), ("xen", "kernel", "module1")):
        node = fdt.path_offset(f"/chosen/{name}")
        size = bytes(fdt.getprop(node, "reg"))[8:]
        fdt.setprop(node, "reg", struct.pack(">Q", places[place]) + size)
    (tmp_path / "loaded.dtb").write_bytes(fdt.as_bytearray())
    plan = json.loads(tool("plan", "--json", "loaded.dtb").out)
    assert all(one["from"] == one["to"] for one in plan["modules"] if one["kind"] != "tree")


def test_for_programs(tool, make_tree):
    tree = make_tree(MEMORY)
    plan = json.loads(tool("plan", "--json", "--load-addresses", tree).out)
    places = addresses(tool("plan", "--load-addresses", tree).out)
    assert [(one["name"], int(one["base"], 16), one["file"]) for one in plan["load-addresses"]] == \
        [(name, base, None) for name, base in places.items()]
    assert {one["name"]: int(one["size"], 16) for one in plan["load-addresses"]} == ASSUMED
    assert json.loads(tool("plan", "--json", tree).out)["load-addresses"] is None


def test_several_boards(tool, make_tree):
    make_tree(MEMORY, "a.dtb")
    make_tree(MEMORY.replace("80000000", "40000000"), "b.dtb")
    one = [tool("plan", "--load-addresses", name).out for name in ("a.dtb", "b.dtb")]
    both = tool("plan", "--load-addresses", "a.dtb", "b.dtb").out
    assert both == f"# == a.dtb ==\n{one[0]}# == b.dtb ==\n{one[1]}"
    plans = json.loads(tool("plan", "--json", "--load-addresses", "a.dtb", "b.dtb").out)
    assert all(one["plan"]["load-addresses"] for one in plans)


# ---- what is refused -----------------------------------------------------------------------------

@pytest.mark.parametrize("option", ["--xen", "--stage"])
def test_no_image(tool, make_tree, tmp_path, option):
    (tmp_path / "text").write_bytes(b"text" * 100)
    error = tool("plan", "--load-addresses", option, "text", make_tree(MEMORY), code=2).err
    assert "text" in error and "neither an arm64 Image" in error and "what to do" in error


def test_what_there_is_not(tool, make_tree, tmp_path):
    assert "cannot open" in tool("plan", "--load-addresses", "--kernel", "none", make_tree(MEMORY),
                                 code=2).err
    (tmp_path / "empty").write_bytes(b"")
    assert "is empty" in tool("plan", "--load-addresses", "--kernel", "empty", make_tree(MEMORY),
                              code=2).err


@pytest.mark.parametrize("words", [("plan", "--kernel", "x"), ("apply", "--load-addresses", "-o", "o"),
                                   ("check", "--load-addresses"), ("apply", "--stage", "x", "-o", "o")])
def test_only_where_they_mean_something(tool, make_tree, words):
    assert "--load-addresses" in tool(*words, make_tree(MEMORY), code=2).err


def test_a_module_twice(tool, make_tree, tmp_path):
    (tmp_path / "linux").write_bytes(bytes(MIB))
    tree = make_tree(MEMORY + """chosen { #address-cells = <2>; #size-cells = <2>;
        k { compatible = "multiboot,kernel"; reg = <0 0 0 0x1000000>; }; };""")
    error = tool("plan", "--load-addresses", "--kernel", "linux", tree, code=2).err
    assert "the tree names a kernel" in error and "[payload]" in error


def test_nothing_to_load(tool, make_tree, tmp_path):
    error = tool("plan", "--load-addresses", "--contract", "none", make_tree(MEMORY), code=2).err
    assert "[unsupported]" in error
    tool("apply", "in.dtb", "-o", "out.dtb")
    assert "[record]" in tool("plan", "--load-addresses", "out.dtb", code=2).err
    assert not tool("plan", "out.dtb").err


def test_no_room(tool, make_tree):
    small = 'memory@80000000 { device_type = "memory"; reg = <0 0x80000000 0 0x%x>; };'
    error = tool("plan", "--load-addresses", "--contract", "native", "--dom0-mem", "80M",
                 make_tree(small % (84 * MIB)), code=2).err
    assert "[placement]" in error and "what to do" in error


# ---- nothing moves -------------------------------------------------------------------------------------

@pytest.mark.parametrize("policy", [
    (), ("--dom0-mem", "256M"), ("--dom0-mem", "768M"), ("--dom0-mem", "1G"),
    ("--dom0-mem", "1536M"), ("--dom0-mem", "320M"), ("--dom0-base", "0x84000000"),
    ("--dom0-base", "0x90000000", "--dom0-mem", "384M"), ("--contract", "native"),
    ("--contract", "native", "--machine-base", "0x80800000"),
    ("--ram", "0x40000000:4G", "--dom0-mem", "320M"), # needs xen,static-heap
    ("--ram", "0x40000000:1G", "--dom0-mem", "516M"),
    ("--layout", "offset"), ("--layout", "offset", "--xen-features", "static-mem"),
], ids=" ".join)
def test_layouts(examine, policy):
    examine(MEMORY, policy=policy)


PLACES = [0x10000000, 0x40000000, 0x48000000, 0x80000000, 0x80200000, 0x800000000]


def pair(base, size):
    return f"<{base >> 32:#x} {base & 0xffffffff:#x} {size >> 32:#x} {size & 0xffffffff:#x}>"


def made_up(draw):
    """(board, policy, sizes): one or two banks with holes, which Xen's allocator has to get round."""
    base, ram = draw.choice(PLACES), MIB * draw.choice([512, 1000, 1024, 2048, 3072, 4096, 8192])
    banks = [(base, ram), (base + ram + MIB * draw.choice([16, 1024, 8192]), 256 * MIB)]
    taken = [(base + draw.randrange(ram // MIB) * MIB, draw.choice([4096, MIB, 16 * MIB, 64 * MIB]))
             for _ in range(draw.choice([0, 0, 1, 2, 4]))]
    memory = ", ".join(pair(*bank) for bank in banks[:draw.choice([1, 2])])
    body = f'memory@{base:x} {{ device_type = "memory"; reg = {memory}; }};' + RESERVED % "".join(
        f"r{number}@{one[0]:x} {{ reg = {pair(*one)}; }};" for number, one in enumerate(taken))
    dom0 = draw.choice([64, 100, 128, 256, 260, 320, 384, 512, 768, 896, 1024, 1536])
    sizes = {"xen": draw.choice([1, 2, 3]), "kernel": draw.choice([8, 20, 33, 64, 120]),
             "ramdisk": draw.choice([1, 7, 30, 64, 200])}
    return body, ("--dom0-mem", f"{dom0}M"), {kind: size * MIB for kind, size in sizes.items()}


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_made_up_boards(make_tree, tmp_path, seed):
    draw, placed = random.Random(seed), 0
    for _ in range(60):
        body, policy, sizes = made_up(draw)
        nodes = "".join(f"{kind} {{ compatible = {words}; reg = {pair(0, sizes[kind])}; }};"
                        for kind, words in (("xen", '"dtshim,hypervisor"'),
                                            ("kernel", '"multiboot,kernel", "multiboot,module"'),
                                            ("ramdisk", '"multiboot,ramdisk", "multiboot,module"')))
        cells = "#address-cells = <2>; #size-cells = <2>;"
        tree = make_tree(f"{body} chosen {{ {cells} {nodes} }};", "named.dtb")
        done = run(BUILD, "plan", "--load-addresses", *policy, tree)
        if done.returncode:
            assert "would have to move" not in done.err, (body, policy, sizes)
            assert "would give" not in done.err, (body, policy, sizes)  # nor another dom0
            continue
        named = loaded(make_tree(body), tmp_path / "loaded.dtb", addresses(done.out), sizes)
        plan = json.loads(run(BUILD, "plan", "--json", *policy, named).out)
        sizes |= {"stage": 8 * MIB, "tree": 2 * MIB}
        assert list(wrong_places(plan, addresses(done.out), sizes, None)) == [], (body, policy)
        placed += 1
    assert placed > 20


@pytest.mark.parametrize("memory", ["40000000 0 0x40000000", "0 0 0xc0000000 1 0 1 0",
                                    "1 0 1 0", "40000000 0 0x20000000 0 0x80000000 0 0x20000000"])
def test_other_memory(examine, memory):
    banks = " ".join(one if one in "01" else f"0x{one.removeprefix('0x')}" for one in memory.split())
    high = banks.startswith("1 ")
    examine(f'memory@{1 if high else 0} {{ device_type = "memory"; '
            f'reg = <{"" if high else "0 "}{banks}>; }};', policy=("--dom0-mem", "256M"))


def test_reserved_memory_is_left_alone(examine):
    """In the middle of dom0's machine block, where stage and tree would go, and behind it."""
    examine(MEMORY + RESERVED % "r@90000000 { reg = <0 0x8e000000 0 0x4000000>; };"
            "s@a0000000 { reg = <0 0xa0000000 0 0x200000>; };", policy=("--contract", "native"))
    examine(MEMORY + RESERVED % "r@a0000000 { reg = <0 0xa0000000 0 0x200000>; };")


def test_real_files(examine):
    stage = int.from_bytes((BOARD_BUILD / "dtshim.img").read_bytes()[16:24], "little")
    assert stage <= ASSUMED["stage"]
    files = {"xen": GUESTS / "xen", "kernel": GUESTS / "Image", "ramdisk": GUESTS / "busybox"}
    examine(MEMORY, "--stage", BOARD_BUILD / "dtshim.img",
            *(word for kind, path in files.items() for word in (f"--{kind}", path)),
            sizes={"stage": stage, "tree": 2 * MIB} | {kind: path.stat().st_size
                                                       for kind, path in files.items()})


def test_native_kernels(tool, tmp_path, make_tree):
    """They run where they lie: before 5.8 text_offset into 2 MiB, with memory behind the file."""
    image(tmp_path / "linux", 50 * MIB, 16 * MIB, 0x80000)
    (tmp_path / "initrd").write_bytes(bytes(MIB))
    places = addresses(tool("plan", "--load-addresses", "--contract", "native", "--kernel", "linux",
                            "--ramdisk", "initrd", make_tree(MEMORY)).out)
    assert places["kernel"] % (2 * MIB) == 0x80000
    assert places["ramdisk"] == places["kernel"] + 50 * MIB


@pytest.mark.parametrize("kind, at, words", [
    ("kernel", 0x84000000, "is moved"), ("stage", 0xa0000000, "overlap"),
    ("stage", 0x8fd00000, "2 MiB"), ("stage", 0x7f000000, "not in RAM"),
    ("tree", 0xf8000000, "reserved"), ("ramdisk", 0xb0000000, "the output names")])
def test_the_judge_can_complain(tool, make_tree, tmp_path, kind, at, words):
    tree = make_tree(MEMORY + RESERVED % "r@f8000000 { reg = <0 0xf8000000 0 0x200000>; };")
    places = addresses(tool("plan", "--load-addresses", tree).out)
    shifted = {**places, kind: at}
    named = loaded(tree, tmp_path / "loaded.dtb", places if kind == "ramdisk" else shifted, ASSUMED)
    plan = json.loads(tool("plan", "--json", named).out)
    tool("apply", named, "-o", "out.dtb")
    after = oracle.Tree((tmp_path / "out.dtb").read_bytes())
    assert any(words in one for one in wrong_places(plan, shifted, ASSUMED, after))
