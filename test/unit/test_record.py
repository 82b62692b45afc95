# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""An open job: the record is believed where it is sound, and what is wrong is kept until it matters."""
import subprocess

import pytest

from trees import CORE_MARK, HEADER, MEMORY, words

SOUND = {"version": '"0.2.0"', "dom0-memory": "<0 0x80000000 0 0x20000000>",
         "machine-block": "<0 0xa0000000 0 0x20000000>",
         "machine-memory": "<0 0x80000000 0 0x10000000 0 0xa0000000 0 0x60000000>",
         "offset": "<0 0x20000000>", "hypervisor": "<0 0xc0000000 0 0x100000>",
         "masters": f"<{CORE_MARK:#x}>"}
READ = {"version": "0.2.0", "dom0": "0x80000000+0x20000000", "blocks": "0xa0000000+0x20000000",
        "ram": "2", "offset": "0x20000000", "hypervisor": "0xc0000000+0x100000",
        "holds": "0", "meets": "1"}
NONE = "0x0+0x0"
DOM0 = MEMORY.replace("0 0x80000000>", "0 0x20000000>")  # what the record promises


@pytest.fixture
def ask(build, make_tree):
    def run(body, *more, code=0):
        done = subprocess.run([build("open"), make_tree(body), *map(str, more)],
                              capture_output=True, text=True)
        assert done.returncode == code, done.stderr
        return dict(line.partition(" ")[::2] for line in done.stdout.splitlines())
    return run


def recorded(**changed):
    """A native tree's record, with other values, or without (None)."""
    values = SOUND | {name.replace("_", "-"): value for name, value in changed.items()}
    inside = "".join(f"{name}{' = ' if value else ''}{value or ''};"
                     for name, value in values.items() if value is not None)
    return DOM0 + f'chosen {{ dtshim {{ contract = "native"; record {{ {inside} }}; }}; }};'


def test_a_sound_record(ask):
    said = ask(recorded())
    assert {name: said[name] for name in READ} == READ
    assert said["unsound"] == "ok" and said["plan"] == "ok" and said["unchanged"] == "1"


@pytest.mark.parametrize("name, value, read", [
    ("version", None, {"version": "none"}), ("version", "<1>", {"version": "none"}),
    ("dom0_memory", None, {"dom0": NONE, "blocks": ""}),
    ("dom0_memory", "<0x80000000 0x20000000>", {"dom0": NONE, "blocks": ""}),
    ("dom0_memory", "<0 0x80000000 0 0>", {"dom0": NONE, "blocks": ""}),
    ("dom0_memory", "<0xffffffff 0xf0000000 0 0x20000000>", {"dom0": NONE, "blocks": ""}),
    ("dom0_memory", "<0 0x80000000 0 0x10000000 0 0xa0000000 0 0x10000000>",
     {"dom0": NONE, "blocks": ""}),
    ("machine_block", None, {"blocks": "0x80000000+0x20000000"}),
    ("machine_block", "", {"blocks": ""}),
    ("machine_block", "<0 0xa0000000 0 0x10000000>", {"blocks": ""}),
    ("machine_block", "<0 0xa0000000 0 0x30000000>", {"blocks": ""}),
    ("machine_block", "<0 0xa0000000 0 0x20000000 0>", {"blocks": ""}),
    ("machine_block", "<0 0xa0000000 0 0x10000000 0 0xc0000000 0 0x10000000>",
     {"blocks": "0xa0000000+0x10000000 0xc0000000+0x10000000"}),
    ("machine_block", "<0 0xa0000000 0 0x20000000 0 0xc0000000 0 0>", {"blocks": ""}),
    ("machine_block", "<0xffffffff 0xf0000000 0 0x20000000>", {"blocks": ""}),
    ("machine_block", "<" + "0 0xa0000000 0 0x4000000 " * 8 + ">",
     {"blocks": " ".join(["0xa0000000+0x4000000"] * 8)}),
    ("machine_block", "<" + "0 0xa0000000 0 0x4000000 " * 9 + ">", {"blocks": ""}),
    ("machine_block", "<" + "0 0xa0000000 0 0x3000000 " * 9 + ">", {"blocks": ""}),
    ("machine_block", "<0 0 0xffffffff 0  0 0 1 0  0 0xa0000000 0 0x20000000>", {"blocks": ""}),
    ("machine_memory", None, {"ram": "0", "meets": "0"}),
    ("machine_memory", "<0>", {"ram": "0", "meets": "0"}),
    ("machine_memory", "<0 0x80000000 0 0x20000000>", {"ram": "1", "holds": "1"}),
    ("machine_memory", "<0 0x80000000 0 0x20000000 0 0 0 0>", {"ram": "0", "meets": "0"}),
    ("machine_memory", "<0 0x80000000 0 0x20000000 0xffffffff 0 2 0>",
     {"ram": "0", "meets": "0"}),
    ("offset", None, {"offset": "0x0"}), ("offset", "<0x20000000>", {"offset": "0x0"}),
    ("hypervisor", None, {"hypervisor": NONE}), ("hypervisor", "<0>", {"hypervisor": NONE}),
    ("hypervisor", "<0 0xc0000000 0 0>", {"hypervisor": NONE}),
    ("hypervisor", "<0xffffffff 0xffffffff 0 2>", {"hypervisor": NONE}),
    ("hypervisor", "<0 0xc0000000 0 0x1000 0 0xd0000000 0 0x1000>", {"hypervisor": NONE})])
def test_in_doubt_it_is_not_there(ask, name, value, read):
    """Each by itself: what is sound beside it stays."""
    said = ask(recorded(**{name: value}))
    assert {one: said[one] for one in READ} == READ | read


POLICY = 'chosen {{ dtshim {{ {} }}; }};'
OLD = 'record { version = "0.0.1"; };'


@pytest.mark.parametrize("body, unsound, no_ram, banks, plan, unchanged, survey", [
    (MEMORY, "ok", "ok", 1, "ok", 0, "ok"),
    ("", "ok", "no-ram", 0, "no-ram", 0, "ok"),
    (POLICY.format('contract = "none";'), "ok", "no-ram", 0, "ok", 1, "ok"),
    (MEMORY + POLICY.format('dom0-men = <0 1>;'), "policy", "ok", 1, "policy", 0, "policy"),
    (MEMORY + POLICY.format('contract = "none"; layout = "no";'), "policy", "ok", 1, "policy", 0,
     "policy"),
    (POLICY.format('dom0-men = <0 1>;'), "policy", "no-ram", 0, "policy", 0, "policy"),
    (MEMORY + POLICY.format("dom0-men = <0 1>; " + OLD), "policy", "ok", 1, "policy", 0, "policy"),
    (MEMORY + POLICY.format(OLD), "record", "ok", 1, "record", 0, "ok"),
    (POLICY.format('record { version = "0.2.0"; };'), "ok", "no-ram", 0, "record", 1, "ok"),
    (POLICY.format(OLD), "record", "no-ram", 0, "record", 0, "ok"),
    (MEMORY.replace("reg = <", "reg = <0 "), "ok", "value", 0, "value", 0, "value"),
], ids=["sound", "no RAM", "none needs no RAM", "policy", "policy under none", "policy and no RAM",
        "policy and record",
        "record", "recognised and no RAM", "record and no RAM", "damaged RAM"])
def test_what_is_wrong_is_kept_until_it_matters(ask, body, unsound, no_ram, banks, plan, unchanged,
                                                survey):
    said = ask(body)
    assert [said[one] for one in ("unsound", "no-ram", "banks", "plan", "unchanged", "survey")] == [
        unsound, no_ram, str(banks), plan, str(unchanged), survey]


def test_facts_may_come_after_open(ask):
    assert ask(MEMORY, 36)["limit"] == hex(1 << 36) != ask(MEMORY)["limit"]


RESERVED = HEADER.replace("/ {", "/memreserve/ 0x90000000 0x100000;\n/ {", 1) + MEMORY + """
    chosen { linux,initrd-start = <0 0x90000000>; linux,initrd-end = <0 0x90100000>; }; };"""


def test_a_payload_may_come_after_open(ask):
    """With it the ramdisk is dom0's, and its place is free once it has been moved."""
    assert ask(RESERVED)["reserved"] == "1"
    said = ask(RESERVED, 40, "payload")
    assert said["reserved"] == "0" and said["plan"] == "payload"


@pytest.mark.parametrize("at, says", [
    (lambda head: 0, "magic"), (lambda head: head["structs"] + head["structs_size"] - 5, "structure")],
    ids=["no tree", "a tree that does not end"])
def test_without_a_tree_there_is_none(build, make_tree, at, says):
    """Nor is one that turned out to be broken when its index was half made."""
    path = make_tree(MEMORY)
    blob = bytearray(path.read_bytes())
    blob[at(words(path))] ^= 0xF0
    path.write_bytes(blob)
    done = subprocess.run([build("open"), path], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, f"open {says}, tree gone\n")
