# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""--live with copies of /sys/firmware/fdt and /proc/iomem, as a board left them."""
import json
import random
import subprocess

import pytest

GIB = 1 << 30
MEMORY = 'memory@80000000 { device_type = "memory"; reg = <0 0x80000000 0 0x80000000>; };'
EMPTY = 'memory@80000000 { device_type = "memory"; reg = <0 0x80000000 0 0>; };'
IOMEM = """09000000-09000fff : pl011@9000000
  09000000-09000fff : 9000000.pl011 pl011@9000000
80000000-ffffffff : System RAM
  80210000-81deffff : Kernel code
  81df0000-8261ffff : reserved
4010000000-401fffffff : PCI ECAM
"""


@pytest.fixture
def board(tmp_path, make_tree):
    """A folder as a board's own: what `tree` is made of or a file, and the words of iomem."""
    def make(tree, iomem=IOMEM, header=None):
        folder = tmp_path / "board"
        (folder / "sys/firmware").mkdir(parents=True, exist_ok=True)
        (folder / "proc").mkdir(exist_ok=True)
        if isinstance(tree, str):
            tree = make_tree(tree, name="live.dtb", **({"header": header} if header else {}))
        (folder / "sys/firmware/fdt").write_bytes(tree.read_bytes())
        (folder / "proc/iomem").write_bytes(iomem if isinstance(iomem, bytes) else iomem.encode())
        return f"--live={folder}"
    return make


def ram_of(tool, live, *options):
    plan = json.loads(tool("plan", "--json", *options, live).out)
    return [(int(one["base"], 16), int(one["size"], 16)) for one in plan["ram"]]


def page(tool, *arguments):
    """Its words, however the lines break."""
    return " ".join(tool("plan", *arguments).out.split())


# ---- the tree and /proc/iomem -----------------------------------------------------------------

CHOSEN = "chosen { %s };"
EFI = CHOSEN % "linux,uefi-mmap-start = <0 0x81000000>; linux,uefi-system-table = <0 0x82000000>;"
CRASH = CHOSEN % "linux,usable-memory-range = <0 0xa0000000 0 0x10000000>;"
NO_MAP = """reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges;
    fw@c0000000 { reg = <0 0xc0000000 0 0x1000000>; no-map; }; };"""
HOLE = "80000000-bfffffff : System RAM\nc1000000-ffffffff : System RAM\n"


@pytest.mark.parametrize("tree, iomem, ram, words", [
    (MEMORY, IOMEM, [(2 * GIB, 2 * GIB)], "/proc/iomem of the running Linux agrees"),
    # No memory nodes, or none with a size: Linux knows.
    ("", IOMEM, [(2 * GIB, 2 * GIB)], "the tree has no RAM"),
    (EMPTY, IOMEM, [(2 * GIB, 2 * GIB)], "the tree has no RAM"),
    ("", HOLE, [(2 * GIB, GIB), (0xc1000000, 0x3f000000)], "the tree has no RAM"),
    # What is not mapped is RAM where the tree reserves it, and else firmware's.
    (NO_MAP, HOLE + "c0000000-c0ffffff : reserved\n", [(2 * GIB, 2 * GIB)], "the tree has no RAM"),
    ("", HOLE + "c0000000-c0ffffff : reserved\n", [(2 * GIB, GIB), (0xc1000000, 0x3f000000)],
     "the tree has no RAM"),
    # The tree has more: reserved, left out by an older Linux; or by mem=.
    (MEMORY + NO_MAP, HOLE, [(2 * GIB, 2 * GIB)], "agrees"),
    (MEMORY + NO_MAP, HOLE + "c0000000-c0ffffff : reserved\n", [(2 * GIB, 2 * GIB)], "agrees"),
    (MEMORY, HOLE, [(2 * GIB, 2 * GIB)], "chose, not to use 0xc0000000-0xc0ffffff"),
    (MEMORY, "80000000-9fffffff : System RAM\nc0000000-c0ffffff : System RAM\n",
     [(2 * GIB, 2 * GIB)], "not to use 0xa0000000-0xbfffffff and more"),
    # By EFI the tree is not what firmware goes by.
    (MEMORY + EFI, HOLE, [(2 * GIB, GIB), (0xc1000000, 0x3f000000)], "based on EFI's map, which has no 0xc0000000-0xc0ffffff"),
    (MEMORY + EFI, IOMEM, [(2 * GIB, 2 * GIB)], "agrees"),
    # The tree has less.
    (MEMORY, IOMEM + "800000000-87fffffff : System RAM\n", [(2 * GIB, 2 * GIB), (0x800000000, 2 * GIB)],
     "the tree's memory nodes have no 0x800000000-0x87fffffff"),
    # A Linux that was started to save what another one left.
    (MEMORY + CRASH, "a0000000-afffffff : System RAM\n", [(2 * GIB, 2 * GIB)], "after a crash"),
], ids=range(14))
def test_where_ram_is(tool, board, tree, iomem, ram, words):
    live = board(tree, iomem)
    assert ram_of(tool, live) == ram
    assert words in page(tool, live) and words in page(tool, "-v", live)


def test_the_policy_wins(tool, board):
    live = board(MEMORY)
    assert ram_of(tool, live, "--ram", "0x80000000:1G") == [(2 * GIB, GIB)]
    assert ram_of(tool, live, "--ram", "1G") == [(2 * GIB, GIB)]
    assert "iomem" not in page(tool, "-v", "--ram", "1G", live)


def test_apply_writes_what_iomem_says(tool, board, tmp_path, read_tree):
    live = board(EMPTY)
    tool("apply", live, "-o", "out.dtb")
    assert read_tree(tmp_path / "out.dtb").u64s("/memory@80000000", "reg") == [2 * GIB, 2 * GIB]
    tool("check", "out.dtb", code=None)
    assert "starts dom0" in tool("forecast", "out.dtb").out
    assert "starts dom0" in tool("forecast", live).out
    tool("check", live, code=None)
    assert "setenv xen_addr" in tool("plan", "--load-addresses", live).out


def test_what_the_last_boot_left(tool, board, tmp_path, read_tree):
    """Its ramdisk is none of the next one's, nor is its reservation, nor EFI's tables."""
    body = MEMORY + CHOSEN % ('bootargs = "quiet"; linux,initrd-start = <0x88000000>; '
                              'linux,initrd-end = <0x88123456>; rng-seed = <1 2 3>; kaslr-seed = <1 2>; '
                              'linux,uefi-mmap-start = <0 1>; odd = [010203];')
    source = "/dts-v1/;\n/memreserve/ 0x88000000 0x123456;\n/memreserve/ 0x90000000 0x1000;\n" + \
        '/ { #address-cells = <2>; #size-cells = <2>; compatible = "test,board"; ' + body + "};"
    live = board(source)
    tool("apply", live, "-o", "out.dtb")
    out = read_tree(tmp_path / "out.dtb")
    left = {name for name in ("linux,initrd-start", "linux,initrd-end", "rng-seed", "kaslr-seed",
                              "linux,uefi-mmap-start") if out.prop("/chosen", name) is not None}
    assert not left
    assert out.prop("/chosen", "odd") == b"\1\2\3" and out.string("/chosen", "bootargs") == "quiet"
    assert json.loads(tool("plan", "--json", live).out)["reserved"] == [
        {"base": "0x90000000", "size": "0x1000"}]
    assert ram_of(tool, live) == [(2 * GIB, 2 * GIB)]


# ---- what cannot be had ---------------------------------------------------------------------------

@pytest.mark.parametrize("iomem", ["", "00000000-00000000 : System RAM\n", "hello\n",
                                   "80000000-ffffffff : System RAM (boot alias)\n",
                                   "  80000000-ffffffff : System RAM\n"])
def test_no_ram_in_iomem(tool, board, iomem):
    error = tool("plan", board(MEMORY, iomem), code=2).err
    assert "has no System RAM" in error and "root" in error


def test_no_such_files(tool, board, tmp_path):
    live = board(MEMORY)
    (tmp_path / "board/proc/iomem").unlink()
    assert "/proc/iomem: No such file" in tool("plan", live, code=2).err
    (tmp_path / "board/sys/firmware/fdt").unlink()
    error = tool("plan", live, code=2).err
    assert "/sys/firmware/fdt: No such file" in error and "ACPI" in error and "--live=FOLDER" in error


@pytest.mark.parametrize("command, words", [
    (["diff"], "not for diff"), (["explain"], "not for explain"), (["plan", "x.dtb"], "one file too many: x.dtb"),
    (["check", "x.dtb", "y.dtb"], "one file too many: y.dtb")], ids=str)
def test_not_there(tool, board, command, words):
    assert words in tool(*command, board(MEMORY), code=2).err


XEN = 'hypervisor { compatible = "xen,xen-4.17", "xen,xen"; reg = <0 0x90000000 0 0x1000>; };'


@pytest.mark.parametrize("command", ["plan", "forecast", "apply"])
@pytest.mark.parametrize("header, who", [
    ("", "dom0 of Xen"), ('compatible = "xen,xenvm-4.17", "xen,xenvm";', "a guest of Xen")])
def test_under_xen(tool, board, command, header, who):
    live = board(MEMORY + XEN, header=header and "/dts-v1/; / { #address-cells = <2>; "
                 "#size-cells = <2>; " + header)
    error = tool(command, live, *(["-o", "out.dtb"] if command == "apply" else []), code=2).err
    assert who in error and "boot Linux without Xen" in error and "check --live" in error


def test_any_bytes_are_no_crash(tool, board):
    """Of what is a line and of what is none."""
    draw = random.Random(16)
    pieces = [b"System RAM", b"reserved", b" : ", b"-", b"\n", b"0", b"ffffffffffffffff", b"80000000",
              b"fffffffff", b"\0", b"\xff", b"  ", b"80000000-ffffffff : System RAM\n",
              b"0-ffffffffffffffff : System RAM\n", b"1-ffffffffffffffff : reserved\n"]
    for _ in range(60):
        words = b"".join(draw.choices(pieces, k=draw.randrange(40)))
        done = tool("plan", board(MEMORY, words), code=None)
        assert done.returncode in (0, 2)
    assert tool("plan", board(MEMORY, b"\n" * 100000 + IOMEM.encode()), code=0)
    assert tool("plan", board(MEMORY, IOMEM.rstrip("\n") + "\n40000000-7fffffff : System RAM"), code=0)


def test_damaged_trees(tool, board, tmp_path):
    live = board(MEMORY)
    tree = tmp_path / "board/sys/firmware/fdt"
    whole, draw = tree.read_bytes(), random.Random(6)
    for _ in range(60):
        bad = bytearray(whole)
        for _ in range(draw.randrange(1, 6)):
            bad[draw.randrange(len(bad))] = draw.randrange(256)
        tree.write_bytes(bad[:draw.choice([len(bad), draw.randrange(len(bad))])])
        for command in "plan", "check":
            assert tool(command, live, code=None).returncode in (0, 1, 2)


# ---- dom0 -----------------------------------------------------------------------------------------------

BOARD = MEMORY + """
    chosen { xen,dom0-bootargs = "console=hvc0"; };
    bus@10000000 { compatible = "simple-bus"; #address-cells = <1>; #size-cells = <1>;
        ranges = <0 0 0x10000000 0x1000000>; dma-ranges = <0 0 0x80000000 0x40000000>;
        dev@0 { compatible = "test,dev"; reg = <0 0x1000>; }; };
    sram@11000000 { compatible = "mmio-sram"; reg = <0 0x11000000 0 0x4000>; #address-cells = <1>;
        #size-cells = <1>; ranges = <0 0 0x11000000 0x4000>; };
    plain@12000000 { compatible = "test,plain"; reg = <0 0x12000000 0 0x1000>; dma-coherent; };
"""


@pytest.fixture
def dom0(tool, board, make_tree, tmp_path):
    """What Xen makes of the tree that apply writes, by the forecast, with an edit of it."""
    tool("apply", "--xen-version", "4.20", "--contract", "xen", make_tree(BOARD), "-o", "out.dtb")
    tool("forecast", "out.dtb", "-o", "dom0.dtb")

    def put(*values, tree="dom0.dtb"):
        subprocess.run(["fdtput", *values[:2], tmp_path / tree, *values[2:]], check=True)

    def make(*edit, iomem="80000000-9fffffff : System RAM\n"):
        if edit:
            put(*edit)
        return board(tmp_path / "dom0.dtb", iomem)
    make.put = put
    return make


def test_an_overlay_is_none_of_dom0s(tool, dom0, bare_tree):
    part = bare_tree('/dts-v1/; / { fragment@0 { target-path = "/"; __overlay__ { x; }; }; };', "x.dtbo")
    assert "is dom0's tree" in tool("check", dom0(), "--overlay", part, code=2).err


def test_an_overlay_for_this_board(tool, board, make_tree, bare_tree):
    part = bare_tree('/dts-v1/; / { fragment@0 { target-path = "/"; __overlay__ { x { y; }; }; }; };', "x.dtbo")
    live = board(make_tree(MEMORY), "80000000-ffffffff : System RAM\n")
    tool("apply", live, "--overlay", part, "-o", "out.dtb")
    assert tool("diff", part.parent / "in.dtb", "out.dtb", code=1).out.count("/x (added)") == 1


def test_all_holds(tool, dom0):
    live = dom0()
    assert tool("check", live).out.endswith("/fdt: the promises of the record hold\n")
    assert tool("check", live, "out.dtb").out.endswith("/fdt: the promises of the record hold\n")


@pytest.mark.parametrize("edit, rule, words", [
    (("-t", "x", "/memory@80000000", "reg", "0", "80000000", "0", "10000000"), "promise-memory",
     "dom0 has 0x80000000-0x8fffffff instead of 0x80000000-0x9fffffff"),
    (("-t", "x", "/memory@80000000", "reg", "0", "80000000", "0", "10000000", "0", "a0000000", "0",
      "10000000"), "promise-memory", "dom0 has 0x80000000-0x8fffffff 0xa0000000-0xafffffff instead"),
    (("-t", "x", "/memory@80000000", "reg", "0", "80000000", "0", "0"), "promise-memory",
     "dom0 has no memory instead of"),
    (("-t", "s", "/hypervisor", "compatible", "xen,xen-4.17", "xen,xen"), "promise-release",
     "is Xen 4.17, and the record is for Xen 4.20"),
    (("-t", "s", "/hypervisor", "compatible", "xen,xen-4.2", "xen,xen"), "promise-release", "is Xen 4.2,"),
    (("-t", "x", "/bus@10000000", "dma-ranges", "0", "0", "90000000", "40000000"), "promise-window",
     "/bus@10000000/dev@0: "),
    (("-t", "x", "/bus@10000000", "dma-ranges", "0", "0", "80000000", "10000000"), "promise-window",
     "reaches some: bus 0x0 is 0x80000000, 0x10000000 bytes, but in the record: reaches all:"),
    (("-d", "/plain@12000000", "dma-coherent"), "promise-window", "but in the record: coherent"),
    (("-t", "x", "/plain@12000000", "xen-dma-safe"), "promise-tags", "/plain@12000000: has xen-dma-safe"),
], ids=range(9))
def test_one_does_not(tool, dom0, tmp_path, edit, rule, words):
    if edit[0] == "-d":
        subprocess.run(["fdtput", "-d", tmp_path / "dom0.dtb", *edit[1:]], check=True)
        edit = ()
    out = tool("check", dom0(*edit), code=1).out
    assert f": {rule}: " in out and words in out and "what to do: " in out


@pytest.mark.parametrize("iomem, words", [
    ("80000000-8fffffff : System RAM\n", "Linux does not use 0x90000000-0x9fffffff of dom0's memory"),
    ("80000000-afffffff : System RAM\n", "Linux has RAM at 0xa0000000-0xafffffff, where dom0 has none")])
def test_linux_goes_its_own_way(tool, dom0, iomem, words):
    out = tool("check", dom0(iomem=iomem), code=1).out
    assert ": promise-ram: " in out and words in out


@pytest.mark.parametrize("edit, rule", [
    (("-t", "x", "/plain@12000000", "xen-dma-safe"), "promise-property"),
    (("-t", "x", "/bus@10000000", "dma-ranges", "0", "0", "80000000", "20000000"), "promise-property"),
    (("-t", "s", "/sram-map/sram@11000000", "dtshim,memory-type", "normal-wb"), "promise-sram"),
    (("-r", "/sram-map/sram@11000000"), "promise-sram"),
    (("-t", "s", "/chosen", "bootargs", "console=ttyS0"), "promise-bootargs"),
    (("-t", "x", "/chosen/dtshim/record", "offset", "0", "1000"), "promise-record"),
    (("-t", "s", "/chosen/dtshim/record", "coverage", "all"), "promise-record"),
], ids=range(7))
def test_beside_the_tree_that_xen_got(tool, dom0, tmp_path, edit, rule):
    if edit[0] == "-r":
        subprocess.run(["fdtput", "-r", tmp_path / "dom0.dtb", *edit[1:]], check=True)
        edit = ()
    assert f": {rule}: " in tool("check", dom0(*edit), "out.dtb", code=1).out


@pytest.mark.parametrize("ram, dom0_mem", [("2G", "512M"), ("0x80000000:2G", "512M"),
                                           ("0x80000000:512M 0xb0000000:1G", "1G")])
def test_ram_that_was_told_is_the_board_s(tool, board, make_tree, tmp_path, ram, dom0_mem):
    """The record carries it into dom0, whose memory is another; the last is in two banks."""
    tree = make_tree(BOARD.replace(MEMORY, EMPTY))
    tool("apply", "--xen-version", "4.20", "--ram", ram, "--dom0-mem", dom0_mem, tree, "-o", "out.dtb")
    banks = json.loads(tool("forecast", "--json", "out.dtb", "-o", "dom0.dtb").out)[
        "forecasts"][0]["dom0"]["banks"]
    spans = [(int(one["base"], 16), int(one["size"], 16)) for one in banks]
    iomem = "".join(f"{base:x}-{base + size - 1:x} : System RAM\n" for base, size in spans)
    assert sum(size for _, size in spans) == int(dom0_mem[:-1]) << (20 if dom0_mem[-1] == "M" else 30)
    tool("check", board(tmp_path / "dom0.dtb", iomem))
    tool("check", board(tmp_path / "dom0.dtb", iomem), "out.dtb")
    whole = "80000000-ffffffff : System RAM\n"
    assert ": promise-ram: " in tool("check", board(tmp_path / "dom0.dtb", whole), code=1).out


def test_tags_that_are_gone(tool, dom0, tmp_path):
    live = dom0("-t", "s", "/chosen/dtshim/record", "coverage", "some")
    out = tool("check", live, code=1).out
    assert ": promise-tags: no node has xen-dma-safe, but in the record some are protected" in out
    subprocess.run(["fdtput", "-t", "x", tmp_path / "dom0.dtb", "/plain@12000000", "xen-dma-safe"], check=True)
    assert tool("check", dom0()).out.endswith("hold\n")


def test_another_tree_beside(tool, dom0, make_tree):
    assert "the tree that Xen was given has no record" in tool("check", dom0(), make_tree(BOARD), code=1).out


def test_without_a_record(tool, board, dom0, tmp_path):
    subprocess.run(["fdtput", "-r", tmp_path / "dom0.dtb", "/chosen/dtshim/record"], check=True)
    assert "nothing was promised" in tool("check", dom0(), code=2).err
