# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""dom0's own word where its native base cannot be had: in RAM that pages steer to, and in several banks."""
import dataclasses

import pytest

import flat
from chain import XEN_LINE
from dom0 import Case, MIB, cells
from places import with_each_release

pytestmark = [pytest.mark.slow, with_each_release]


@dataclasses.dataclass
class Board:
    ram: str
    dom0: int     # MiB
    memory: list  # (base, size)
    more: str = ""
    banks: int = 1
    root: str = ""  # properties


KEPT = ("reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges;"
        " tee@40000000 { reg = <0 0x40000000 0 0x200000>; no-map; }; };")
TWO = [(0x40000000, 0x60000000), (0xC0000000, 0x80000000)]
BOARDS = {
    "RAM's base is reserved": Board("2G", 700, [(0x40000000, 0x80000000)], KEPT),
    "2 GiB around a hole": Board("4G", 2048, TWO, banks=2),
    # Xen seeks its first bank below 1 GiB, where this board has no RAM.
    "of 30 bits": Board("4G", 2304, TWO, banks=3, root='compatible = "brcm,bcm2711";'),
}


@pytest.fixture
def case(guests, tmp_path):
    def make(name):
        board = BOARDS[name]
        reg = " ".join(cells(value) for bank in board.memory for value in bank)

        class Of(Case):
            xen_line = f"dom0_mem={board.dom0}M {XEN_LINE}"
        script = '/busybox grep MemTotal /proc/meminfo | while read -r _ size _; do echo "@@ total $size"; done\n'
        return Of(tmp_path, f"{board.root} memory@40000000 {{ reg = <{reg}>; }}; {board.more}", script, guests=guests, ram=board.ram)
    return make


def planned(one):
    return [(int(bank["base"], 16), int(bank["size"], 16)) for bank in one.plan["dom0-memory"]]


def xen_says(board):
    """Banks that touch as one."""
    found = []
    for base, end in board.banks():
        if found and found[-1][1] == base:
            base = found.pop()[0]
        found.append((base, end))
    return [(base, end - base) for base, end in found]


def spans(reg):
    numbers = [int(reg[i:i + 16], 16) for i in range(0, len(reg), 16)]
    return joined(zip(numbers[::2], numbers[1::2]))


def linux_says(one, report):
    """The banks of dom0's tree, and its RAM in /proc/iomem. Xen tells reserved memory in a node like it."""
    kept = [(int(region["base"], 16), int(region["size"], 16)) for region in one.plan["reserved"]]
    [banks] = [told for line in report.all("memory-node") if (told := spans(line.split()[1])) != kept]
    ram = [[int(end, 16) for end in line.split("-")] for line in report.all("system-ram")]
    return banks, joined((base, last + 1 - base) for base, last in ram)


def joined(spans):
    found = []
    for base, size in spans:
        if found and sum(found[-1]) == base:
            base, size = found[-1][0], found.pop()[1] + size
        found.append((base, size))
    return found


@pytest.mark.parametrize("name", BOARDS)
def test_dom0_finds_what_was_planned(case, name):
    one = case(name)
    with one.with_dtshim() as board:
        report = board.finish(120)
        assert xen_says(board) == planned(one)
    assert len(planned(one)) == BOARDS[name].banks
    assert sum(size for _, size in planned(one)) == BOARDS[name].dom0 * MIB
    assert linux_says(one, report) == (planned(one), planned(one))
    assert report.one("record dom0-memory") == "".join(f"{base:016x}{size:016x}" for base, size in planned(one))
    assert 0.9 < int(report.one("total")) / (BOARDS[name].dom0 << 10) < 1


def test_without_the_pages(case):
    """The control: dom0 is elsewhere, and its record says what is not so."""
    one = case("RAM's base is reserved")
    one.with_dtshim().__exit__()
    root, reserves = flat.read((one.folder / "out.dtb").read_bytes())
    pages = {int(page["base"], 16) for page in one.plan["reserved-pages"]}
    kept = [span for span in reserves if span[0] not in pages]
    assert pages and len(kept) + len(pages) == len(reserves)
    (one.folder / "bare.dtb").write_bytes(flat.write(root, kept, 16 << 10))
    places = {module["kind"]: int(module["to"], 16) for module in one.plan["modules"]}
    with one.start(one.folder / "bare.dtb", places) as board:
        report = board.finish(120)
        assert xen_says(board) != planned(one)
    assert linux_says(one, report)[1] != planned(one)


def test_without_dtshim_a_hole_is_met_otherwise(case):
    one = case("2 GiB around a hole")
    with one.without() as board:
        report = board.finish(120)
        said = xen_says(board)
    one.with_dtshim().__exit__()
    assert said != planned(one) and linux_says(one, report)[0] == said
