# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""plan --map: the picture says the same as plan --json, in 80 columns."""
import json
import re

import pytest

from places import GUESTS
from trees import MEMORY

MIB, GIB = 1 << 20, 1 << 30
UNITS = {"bytes": 1, "KiB": 1 << 10, "MiB": MIB, "GiB": GIB, "TiB": 1 << 40}
LINE = re.compile(r"^ *(0x[0-9a-f]+)?  ([| +])(.{14})([| +]) ((?: [ 1-3])*)(?:  (\S.*))?$")
NAMED = re.compile(r"(.+?), ([\d.]+) (\w+)(?:, (\d+) pages? kept from Xen)?$")
BOARDS = [("bcm2711-rpi-4-b", ["--ram", "0x0:0x3b400000", "--ram", "0x40000000:0x3c000000"]), ("juno", []),
          ("zynqmp-zcu102-rev1.0", []), ("rk3399-rockpro64", ["--ram", "0x0:0xf8000000", "--dom0-mem", "1G"])]
WINDOWS = """soc@3000000 { compatible = "simple-bus"; #address-cells = <1>; #size-cells = <1>;
        ranges = <0 0 0x3000000 0x100000>; dma-ranges = <0 0 0x80000000 0x40000000>;
        mmc@0 { compatible = "test,mmc"; reg = <0 0x1000>; }; usb@1000 { compatible = "test,usb"; reg = <0x1000 0x1000>; }; };
    bus@4000000 { compatible = "simple-bus"; #address-cells = <1>; #size-cells = <1>;
        ranges = <0 0 0x4000000 0x100000>; dma-ranges = <0 0 0x80000000 0x30000000>;
        net@0 { compatible = "test,net"; reg = <0 0x1000>; }; };"""


def ranges(entries):
    return [(int(one["base"], 16), int(one["base"], 16) + int(one["size"], 16)) for one in entries]


def holds(entries, address):
    return any(low <= address < high for low, high in entries)


class Picture:
    """(address, fill, windows, name, size, pages kept from Xen) of each piece."""

    def __init__(self, text):
        assert text.isascii() and all(line == line.rstrip() for line in text.splitlines())
        box, below = text[:text.rindex("-+\n") + 3], text[text.rindex("-+\n") + 3:]
        assert all(len(line) <= 80 for line in (box + below.split("\n\n")[0]).splitlines())
        self.pieces = [self.piece(LINE.match(line)) for line in box.splitlines() if "0x" in line]
        assert len(self.pieces) >= 2

    @staticmethod
    def piece(found):
        name = NAMED.match(found[6])
        return (int(found[1], 16), found[3][0], set(found[5].split()), name[1],
                float(name[2]) * UNITS[name[3]], int(name[4] or 0))


@pytest.fixture(params=BOARDS, ids=lambda one: one[0])
def both(tool, request):
    name, options = request.param
    path = next((GUESTS / "dtbs/arm64").rglob(f"{name}.dtb"), None)
    if not path:
        pytest.skip("the trees of Debian's kernel were not fetched: make check does that")
    return json.loads(tool("plan", "--json", *options, path).out), Picture(tool("plan", "--map", *options, path).out)


def kind_at(plan, address):
    for module in plan["modules"]:
        base = int(module["to"], 16)
        if base <= address < base + int(module["room"], 16):
            return module["kind"]
    for kind, member in (("dom0", "machine-block"), ("reserved", "reserved"), ("RAM", "ram")):
        if holds(ranges(plan[member]), address):
            return kind
    return "no RAM"


def test_every_piece_is_what_the_plan_says(both):
    plan, picture = both
    ends = [piece[0] for piece in picture.pieces[1:]] + [max(high for _, high in ranges(plan["ram"]))]
    for (base, _, _, name, size, _), end in zip(picture.pieces, ends):
        assert base < end and (end - base) * 0.95 - 104 <= size <= end - base
        for address in (base, (base + end) // 2, end - 1):
            assert kind_at(plan, address) == name, hex(address)


def test_all_edges_are_there(both):
    plan, picture = both
    starts = {piece[0] for piece in picture.pieces}
    wanted = {low for member in ("ram", "machine-block") for low, _ in ranges(plan[member])}
    wanted |= {int(one["to"], 16) for one in plan["modules"]}
    assert wanted <= starts


def test_pages_kept_from_xen(both):
    plan, picture = both
    assert sum(piece[5] for piece in picture.pieces) == len(plan["reserved-pages"])


def test_windows(tool, make_tree):
    """The tightest is 1; where it ends another piece begins."""
    text = tool("plan", "--map", make_tree(MEMORY + WINDOWS)).out
    assert {0xb0000000, 0xc0000000} <= {piece[0] for piece in Picture(text).pieces}
    for base, _, windows, name, _, _ in Picture(text).pieces:
        assert windows == {number for number, end in (("1", 0xb0000000), ("2", 0xc0000000)) if base < end}, hex(base)
    assert "  1  a DMA window of 768 MiB: /bus@4000000/net@0\n" in text
    assert "  2  a DMA window of 1 GiB: /soc@3000000/mmc@0 and 1 more\n" in text


def test_a_window_that_begins_below_ram(tool, make_tree):
    """What is there of it is not drawn, nor what it has above."""
    tree = make_tree(MEMORY + WINDOWS.replace("0 0x80000000 0x40000000", "0 0 0xffff0000"))
    pieces = Picture(tool("plan", "--map", tree).out).pieces
    assert pieces[0][0] == 0x80000000 and "no RAM" not in {piece[3] for piece in pieces}


def test_fills(tool, make_tree):
    text = tool("plan", "--map", make_tree(MEMORY)).out
    fills = {name: fill for _, fill, _, name, _, _ in Picture(text).pieces}
    assert fills == {"dom0": "#", "RAM": " ", "kernel": "k", "ramdisk": "r", "tree": "t", "Xen": "X"}


def test_long_paths(tool, make_tree):
    body = """bus@4000000 { compatible = "simple-bus"; #address-cells = <1>; #size-cells = <1>;
        ranges = <0 0 0x4000000 0x100000>; dma-ranges = <0 0 0x80000000 0x30000000>;
        %s@0 { compatible = "simple-bus"; #address-cells = <1>; #size-cells = <1>; ranges; dma-ranges;
            %s@0 { compatible = "test,net"; reg = <0 0x1000>; }; }; };""" % ("x" * 29, "y" * 29)
    text = tool("plan", "--map", make_tree(MEMORY + body)).out
    assert re.search(r"^  1  a DMA window of 768 MiB: \.\.\.y+@0$", text, re.M) and Picture(text)


def test_offset_and_nothing_to_do(tool, make_tree):
    tree = make_tree(MEMORY)
    text = tool("plan", "--map", "--contract", "native", "--layout", "offset", "--dom0-base", "0x40000000", tree).out
    assert "  dom0 calls its memory 0x40000000\n" in text and Picture(text).pieces[0][3] == "dom0"
    assert tool("plan", "--map", "--contract", "none", tree).out.startswith("nothing to do")


def test_the_verdict_stands_below(tool, make_tree):
    tree = make_tree(MEMORY)
    assert tool("plan", "--map", tree).out.endswith(f"\n\n{tool('plan', '-q', tree).out}")


def test_a_refusal_has_no_picture(tool, make_tree):
    done = tool("plan", "--map", "--dom0-mem", "1T", make_tree(MEMORY), code=2)
    assert "+--" not in done.out and "what to do" in done.err


@pytest.mark.parametrize("other", ["-q", "-v", "--json", "--load-addresses"])
def test_alone(tool, make_tree, other):
    assert "--map prints a picture" in tool("plan", "--map", other, make_tree(MEMORY), code=2).err


def test_of_several_files(tool, make_tree):
    one, two = make_tree(MEMORY, name="one.dtb"), make_tree(MEMORY, name="two.dtb")
    out = tool("plan", "--map", one, two).out
    assert out.count("== ") == 2 and out.count("dom0, ") == 2
