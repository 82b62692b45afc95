# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Dom0's memory in several banks, where one block cannot be had: plan, record, forecast and check speak of them."""
import json
import re
import subprocess

import pytest

from trees import HEADER, MEMORY

MIB, GIB = 1 << 20, 1 << 30


def memory(*banks):
    cells = ", ".join(f"<{base >> 32:#x} {base & 0xffffffff:#x} {size >> 32:#x} {size & 0xffffffff:#x}>"
                      for base, size in banks)
    return f'memory@{banks[0][0]:x} {{ device_type = "memory"; reg = {cells}; }};'


def reserved(*regions):
    nodes = "".join(f"r@{base:x} {{ reg = <{base >> 32:#x} {base & 0xffffffff:#x} 0 {size:#x}>; no-map; }};"
                    for base, size in regions)
    return f"reserved-memory {{ #address-cells = <2>; #size-cells = <2>; ranges; {nodes} }};"


def limited(name, end):
    """A device that reaches what lies below `end`."""
    return (f'{name} {{ compatible = "simple-bus"; #address-cells = <2>; #size-cells = <2>; ranges;'
            f' dma-ranges = <0 0 0 0 {end >> 32:#x} {end & 0xffffffff:#x}>; dma-{name}@1000000 {{'
            f' compatible = "test,{name}"; reg = <0 0x1000000 0 0x1000>; }}; }};')


HOLE = memory((0, 948 * MIB), (GIB, 3 * GIB))
PARTED = memory((0x80000000, GIB)) + reserved((0x9e800000, 58 * MIB))


@pytest.fixture
def planned(tool, make_tree, read_tree):
    """(plan as JSON, its words, the tree that is written) of a body under these options."""
    def make(body, *options, **more):
        tree = make_tree(body, **more)
        said = json.loads(tool("plan", "--json", *options, tree).out)
        tool("apply", *options, tree, "-o", "out.dtb")
        return said, tool("plan", *options, tree).out, tree.parent / "out.dtb"
    return make


def spans(ranges):
    return [(int(one["base"], 0), int(one["size"], 0)) for one in ranges]


def at_tree(said):
    return ["--tree-at", next(one["to"] for one in said["modules"] if one["kind"] == "tree")]


PI = {"header": HEADER.replace("test,board", "brcm,bcm2711")}
BOARDS = {
    "a hole, on a Raspberry Pi 4": (HOLE, "2G", 3, PI),
    "parted by a reservation": (PARTED, "512M", 2, {}),
    "two banks of one size": (memory((0x40000000, GIB), (0xc0000000, GIB)), "1280M", 2, {}),
    "the rest above 4 GiB": (memory((0x40000000, GIB), (0x840000000, 2 * GIB)), "2G", 2, {}),
}


@pytest.mark.parametrize("name", BOARDS)
def test_what_they_are(tool, planned, read_tree, name):
    body, size, most, more = BOARDS[name]
    said, words, out = planned(body, "--dom0-mem", size, **more)
    banks = spans(said["dom0-memory"])
    assert 1 < len(banks) <= most and said["dom0-memory"] == said["machine-block"] and said["layout"] == "direct"
    assert sum(length for _, length in banks) == int(size[:-1]) * (GIB if size[-1] == "G" else MIB)
    assert said["offset"] == "0x0" and said["static-heap"] == [] and int(said["cost"], 0) < MIB
    record = read_tree(out).u64s("/chosen/dtshim/record", "dom0-memory")
    assert record == [cell for bank in banks for cell in bank]
    assert record == read_tree(out).u64s("/chosen/dtshim/record", "machine-block")
    for base, length in banks:
        assert f"0x{base:x}-0x{base + length - 1:x}" in words
    assert words.splitlines()[-1].startswith(f"dom0 gets {said_size(size)} in {len(banks)} banks, the first at ")
    assert tool("check", *at_tree(said), out).out == ""


def said_size(size):
    return size[:-1] + (" GiB" if size[-1] == "G" else " MiB")


@pytest.mark.parametrize("release", ["4.17", "4.18", "4.19", "4.20", "4.21", "4.22"])
@pytest.mark.parametrize("name", BOARDS)
def test_the_forecast_has_them(tool, planned, name, release):
    body, size, _, more = BOARDS[name]
    version = ["--xen-version", release]
    said, _, out = planned(body, "--dom0-mem", size, *version, **more)
    [one] = json.loads(tool("forecast", "--json", *version, *at_tree(said), out).out)["forecasts"]
    assert joined(spans(one["dom0"]["banks"])) == spans(said["dom0-memory"])


def joined(spans):
    """Banks that touch, which Xen may list singly, as one."""
    done = []
    for base, size in spans:
        if done and sum(done[-1]) == base:
            base, size = done[-1][0], done.pop()[1] + size
        done.append((base, size))
    return done


def test_apply_of_apply(tool, planned):
    said, _, out = planned(PARTED, "--dom0-mem", "512M")
    tool("apply", "--dom0-mem", "512M", out, "-o", "again.dtb")
    assert (out.parent / "again.dtb").read_bytes() == out.read_bytes()


@pytest.mark.parametrize("change, why", [
    (lambda cells: cells[2:] + cells[:2], "does not give dom0's memory"),
    (lambda cells: cells[:2], "does not give dom0's memory|dom0-memory|but in the record dom0 has"),
    (lambda cells: [cells[0], cells[1] - 0x200000, *cells[2:]], "does not give dom0's memory|but in the record dom0 has"),
], ids=["in another order", "one is missing", "one is smaller"])
def test_a_record_that_says_other_banks(tool, planned, read_tree, change, why):
    _, _, out = planned(PARTED, "--dom0-mem", "512M")
    cells = change(read_tree(out).u64s("/chosen/dtshim/record", "dom0-memory"))
    for name in ("dom0-memory", "machine-block"):
        data = b"".join(cell.to_bytes(8, "big") for cell in cells)
        subprocess.run(["fdtput", "-t", "bx", out, "/chosen/dtshim/record", name,
                        *(f"{byte:x}" for byte in data)], check=True)
    error = tool("apply", "--dom0-mem", "512M", out, "-o", "again.dtb", code=2).err
    assert "[record]" in error and re.search(why, error)


# ---- which of them -------------------------------------------------------------------------------

def test_one_block_is_preferred(planned):
    said, _, _ = planned(memory((0x80000000, 2 * GIB)), "--dom0-mem", "1G")
    assert spans(said["dom0-memory"]) == [(0x80000000, GIB)] and said["nearest"] is None


def test_windows_decide(planned):
    """What of dom0 can lie where all reach does: the 3 GiB above are not asked for 512 MiB."""
    body = memory((0x40000000, 0x30000000), (0x100000000, 4 * GIB)) + reserved((0x58000000, 0x200000))
    said, _, _ = planned(body + limited("low", 0x100000000), "--dom0-mem", "512M")
    assert all(base + size <= 0x100000000 for base, size in spans(said["dom0-memory"]))
    assert all(one["reach"] == "all" for one in said["dma"])


def test_more_than_a_window_reaches(planned):
    """So much is not to be had there; the first bank is."""
    body = memory((0x40000000, GIB), (0x100000000, 4 * GIB)) + limited("low", 0x100000000)
    said, words, _ = planned(body, "--dom0-mem", "2G")
    first = spans(said["dom0-memory"])[0]
    assert first[0] == 0x40000000 and sum(first) <= 0x100000000
    [one] = [one for one in said["dma"] if one["window"]]
    assert one["reach"] == "some" and one["unreachable"] == f"{2 * GIB - first[1]:#x}"


def test_the_first_holds_kernel_and_ramdisk(tool, make_tree):
    """And is lower than one block elsewhere would be only if it does."""
    body = memory((0x80000000, GIB)) + reserved((0x88000000, 0x200000))
    said = json.loads(tool("plan", "--json", "--dom0-mem", "384M", make_tree(body)).out)
    rooms = sum(int(one["room"], 0) for one in said["modules"] if one["kind"] in ("kernel", "ramdisk"))
    assert spans(said["dom0-memory"])[0][1] > rooms


def test_no_more_than_the_board_has(tool, make_tree):
    error = tool("plan", "--dom0-mem", "2G", make_tree(MEMORY), code=2).err
    assert "what to do" in error and re.search(r"this works: dom0-mem \w+", error)
