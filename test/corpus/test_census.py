# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""
What the defaults make of the boards on which Xen can run: 97 of 100 get a direct dom0 with its
devices, and each refusal names an option that works. The trees of Linux 6.1, and after `make census`
those of newer ones.
"""
import json

import pytest

import census
import kernels
from census import ROWS
from oracle_tree import MIB

# Of those that are counted: with 256 MiB at least, no placeholder, RAM known or told.
ENOUGH = 97
PLANNED = ("native base", "nearest")


@pytest.mark.slow
@pytest.mark.parametrize("kernel, arch", ROWS)
def test_row(kernel, arch, record_property):
    if not kernels.folder(kernel, arch):
        pytest.skip(kernels.why_not_here(kernel))
    found = census.outcomes(kernel, arch)
    census.keep(found, kernel, arch)
    counted = [one for one in found if one.counted]
    planned = [one for one in counted if one.what in PLANNED]
    record_property("corpus", {f"{arch} of Linux {kernel} with the defaults: counted": len(counted),
                               f"{arch} of Linux {kernel} with the defaults: direct": len(planned)})
    wrong = [f"{one.board.name} {' '.join(one.board.options())}: {word}\n{one.words}"
             for one in found for word in one.wrong]
    assert not wrong, "\n".join(wrong)
    assert 100 * len(planned) >= ENOUGH * len(counted), census.refused(counted)


# ---- what the census would not let pass ----------------------------------------------------------

REFUSED = "dtshim: x.dtb: policy: dom0-mem: 512 MiB asked for, the board has 384 MiB [dom0-size]\n"
WORKS = {"domain": None, "layout": "direct", "dma": [], "cost": "0x0", "notes": [], "nearest": None}


class Answer:
    def __init__(self, said, words=""):
        self.returncode = 0 if said else 2
        self.out, self.err = json.dumps(said), words


@pytest.fixture
def outcome(monkeypatch):
    """Of a board with RAM of its own, where the tool answers so: first without an option, then with it."""
    class Board:
        name, path, told = "x", "x.dtb", None

        def options(self):
            return []

        def ram(self):
            return 384 * MIB

    def make(first, *, works=(), left_out=None):
        def run(build, *arguments):
            options = [str(one) for one in arguments[2:-1]]
            return first if not options else Answer(WORKS if options == list(works) else None, "no")
        monkeypatch.setattr(census, "run", run)
        return census.Outcome(Board(), left_out)
    return make


def test_an_option_is_typed(outcome):
    words = REFUSED + "  what to do: make dom0-mem smaller\n  this works: dom0-mem 128M, dom0-base 0x80000000\n"
    found = outcome(Answer(None, words), works=["--dom0-mem", "128M", "--dom0-base", "0x80000000"])
    assert (found.what, found.wrong, found.option) == (
        "too little RAM", [], ["--dom0-mem", "128M", "--dom0-base", "0x80000000"])
    assert outcome(Answer(None, words)).wrong == ["no option is named that works"]


def test_an_option_among_the_words(outcome):
    words = REFUSED + "  what to do: give less memory (option: --dom0-mem 96M)\n"
    assert outcome(Answer(None, words), works=["--dom0-mem", "96M"]).option == ["--dom0-mem", "96M"]


@pytest.mark.parametrize("words, wrong", [
    (REFUSED + "  what to do: make dom0-mem smaller\n", ["no option is named that works"]),
    ("dtshim: x.dtb: /: some new trouble [unsupported]\n",
     ["a refusal of no class", "no option is named that works"])])
def test_words_alone_are_no_way_out(outcome, words, wrong):
    assert outcome(Answer(None, words)).wrong == wrong
    assert outcome(Answer(None, words), left_out="under 256 MiB").wrong == []


@pytest.mark.parametrize("more, wrong", [
    ({}, 0), ({"domain": {"name": "dom0"}}, 1), ({"layout": "offset"}, 1),
    ({"dma": [{"path": "/dev", "reach": "none"}]}, 1), ({"dma": [{"path": "/dev", "reach": "some"}]}, 0),
    ({"cost": hex(3 * MIB)}, 0), ({"cost": hex(4 * MIB)}, 1),
    ({"cost": hex(4 * MIB), "notes": [{"what": "this costs", "reason": "nothing else is possible"}]}, 0)], ids=str)
def test_plans(outcome, more, wrong):
    assert len(outcome(Answer({**WORKS, **more})).wrong) == wrong


def test_bases():
    words = "give ram (option: --ram 2G); boards with brcm,x have RAM at 0x0 (3 trees), 0x40000000 (1 tree)\n"
    assert census.named_base(words) == {0, 0x40000000} and census.named_base("no base\n") == set()
