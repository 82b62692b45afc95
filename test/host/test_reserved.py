# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""What of reserved memory is said otherwise, so that every release of Xen reads it as Linux does."""
import re

import pytest

from trees import HEADER, MEMORY

NODE = "reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges; %s };"
USER = 'dev { compatible = "test,dev"; memory-region = <&%s>; };'
POLICY = ("--dom0-mem", "256M")


def region(name, base, size, more=""):
    return f"{name}@{base:x} {{ reg = <0 {base:#x} 0 {size:#x}>; {more} }};"


@pytest.fixture
def mend(tool, make_tree, read_tree):
    """Applied, found clean, and the same when it is applied once more."""
    def run(regions, reserves=(), more="", memory=MEMORY, policy=POLICY):
        head = "/dts-v1/;\n" + "".join(f"/memreserve/ {base:#x} {size:#x};\n"
                                       for base, size in reserves)
        body = head + HEADER.replace("/dts-v1/;", "") + memory + NODE % regions + more + "};\n"
        tree = make_tree(body)
        run.plan = tool("plan", "-v", *policy, tree).flat
        tool("apply", *policy, tree, "-o", "out.dtb")
        assert tool("check", "out.dtb", code=None).out == ""
        tool("apply", "out.dtb", "-o", "again.dtb")
        out = tree.parent / "out.dtb"
        assert out.read_bytes() == (tree.parent / "again.dtb").read_bytes()
        return read_tree(out)
    return run


def entries(mend, out):
    """All of /memreserve/ but the pages that steer Xen's allocator."""
    plugs = {int(base, 16) for base in re.findall(r"reserve the page at (0x\w+)", mend.plan)}
    return [(base, size) for base, size in out.reserves() if base not in plugs]


# ---- disabled ones -------------------------------------------------------------------------------

def test_a_disabled_region_becomes_a_reservation(mend):
    out = mend(region("a", 0xa0000000, 0x1000, 'status = "disabled"; no-map;') +
               region("b", 0xb0000000, 0x1000, 'status = "okay";'))
    assert out.prop("/reserved-memory/a@a0000000", "reg") is None
    assert out.string("/reserved-memory/a@a0000000", "status") == "disabled"
    assert out.prop("/reserved-memory/b@b0000000", "reg")
    assert entries(mend, out) == [(0xa0000000, 0x1000)]
    assert "/reserved-memory/a@a0000000: becomes a /memreserve/ entry" in mend.plan


def test_the_part_that_others_reserve_stays_theirs(mend):
    out = mend(region("a", 0xa0000000, 0x4000, 'status = "disabled";') +
               region("b", 0xa0001000, 0x1000), reserves=[(0xa0003000, 0x2000)])
    assert entries(mend, out) == [(0xa0000000, 0x1000), (0xa0002000, 0x3000)]


def test_dom0_keeps_off_a_disabled_region(tool, make_tree):
    tree = make_tree(MEMORY + NODE % region("a", 0x84000000, 0x1000, 'status = "disabled";'))
    done = tool("plan", *POLICY, "--dom0-base", "0x80000000", tree, code=2)
    assert "overlaps the reserved 0x84000000-0x84000fff [base]" in done.err


def test_one_without_size_is_left_to_firmware(mend):
    out = mend("nvram@0 { reg = <0 0 0 0>; status = \"disabled\"; };")
    assert out.prop("/reserved-memory/nvram@0", "reg") == bytes(16)
    assert entries(mend, out) == []


def test_mended_where_the_node_moves(mend):
    """With a static heap /reserved-memory goes behind /chosen; what changes in it goes along."""
    memory = MEMORY.replace("0 0x80000000>", "1 0>")
    out = mend(region("a", 0xb0000000, 0x1000, 'status = "disabled";') +
               region("all", 0xb8000000, 0x8000) + region("b", 0xb8001000, 0x1000) +
               region("c", 0xb8002000, 0x1000, 'compatible = "test,c";') +
               region("d", 0xb9000000, 0x1000),
               more="chosen { };", memory=memory, policy=("--dom0-mem", "100M", "--dom0-base", "0x80000000"))
    assert out.prop("/chosen", "xen,static-heap")
    assert out.children("/").index("chosen") < out.children("/").index("reserved-memory")
    assert out.children("/reserved-memory") == ["a@b0000000", "all@b8000000", "c@b8002000",
                                                "d@b9000000"]
    assert out.prop("/reserved-memory/a@b0000000", "reg") is None
    assert out.u64s("/reserved-memory/all@b8000000", "reg") == [
        0xb8000000, 0x2000, 0xb8003000, 0x5000]


# ---- /memreserve/ ------------------------------------------------------------------------------

@pytest.mark.parametrize("entry, left", [
    ((0x90000000, 0x1000), []), ((0x90000000, 0x4000), []),
    ((0x8ffff000, 0x2000), [(0x8ffff000, 0x1000)]),
    ((0x90003000, 0x2000), [(0x90004000, 0x1000)]),
    ((0x8fff0000, 0x20000), [(0x8fff0000, 0x10000), (0x90004000, 0xc000)]),
    ((0x90004000, 0x1000), [(0x90004000, 0x1000)])], ids=str)
def test_an_entry_gives_way_to_a_region(mend, entry, left):
    out = mend(region("a", 0x90000000, 0x4000, "no-map;"), reserves=[entry, (0xb0000000, 0x1000)])
    assert entries(mend, out) == [*left, (0xb0000000, 0x1000)]
    assert ("/memreserve/ 0x" in mend.plan) == (left != [entry])
    assert out.u64s("/reserved-memory/a@90000000", "reg") == [0x90000000, 0x4000]


def test_entries_apart_stay_as_they_are(mend):
    reserves = [(0xb0000000, 0x1000), (0xa0000000, 0x10), (0xb0000800, 0x1000)]
    assert entries(mend, mend(region("a", 0x90000000, 0x4000), reserves=reserves)) == reserves


# ---- regions that meet -----------------------------------------------------------------------------

ALL = region("all", 0x90000000, 0x4000, "%s")


def test_what_no_driver_knows_is_cut(mend):
    out = mend(ALL % "" + "b: " + region("b", 0x90001000, 0x1000, "no-map;"), more=USER % "b")
    assert out.u64s("/reserved-memory/all@90000000", "reg") == [
        0x90000000, 0x1000, 0x90002000, 0x2000]
    assert out.u64s("/reserved-memory/b@90001000", "reg") == [0x90001000, 0x1000]
    assert "/reserved-memory/all@90000000: is cut where it overlaps another region" in mend.plan
    assert "/reserved-memory/b@90001000 reserves that" in mend.plan


def test_of_two_the_later_one(mend):
    out = mend(ALL % "" + region("b", 0x90003000, 0x2000))
    assert out.u64s("/reserved-memory/b@90003000", "reg") == [0x90004000, 0x1000]


def test_what_is_left_of_one_may_be_nothing(mend):
    out = mend(ALL % "" + region("b", 0x90003000, 0x1000))
    assert out.children("/reserved-memory") == ["all@90000000"]


def test_one_that_meets_itself(mend):
    out = mend("a@90000000 { reg = <0 0x90002000 0 0x2000>, <0 0x90000000 0 0x3000>; };")
    assert out.u64s("/reserved-memory/a@90000000", "reg") == [0x90000000, 0x4000]


def test_an_entry_without_size_says_nothing(mend):
    """Xen looks at it all the same, and does not start where it lies inside another region."""
    out = mend(ALL % "" + "b { compatible = \"test,b\"; reg = <0 0x90001000 0 0>, <0 0xa0000000 0 0x1000>; };"
               + "c { compatible = \"test,c\"; reg = <0 0x90000001 0 0>; };"
               + "d { reg = <0 0x90000000 0 0>; };")
    assert out.u64s("/reserved-memory/b", "reg") == [0xa0000000, 0x1000]
    assert out.prop("/reserved-memory/c", "reg") is None
    assert out.u64s("/reserved-memory/d", "reg") == [0x90000000, 0]


KNOWN = {
    "by its compatible": ('compatible = "test,a";', ""),
    "by memory-region": ("phandle = <77>;", 'dev { memory-region = <1 77>; };'),
    "by a vendor's property": ("phandle = <77>;", 'dev { test,fw-pools = <1 77>; };'),
    "by one cell": ("phandle = <77>;", 'dev { test,fw = <77>; };'),
    "by what is in it": ("inner { };", ""),
}


@pytest.mark.parametrize("known", KNOWN)
def test_drivers_know_both(tool, make_tree, known):
    more, user = KNOWN[known]
    tree = make_tree(MEMORY + NODE % (ALL % more + region("b", 0x90001000, 0x1000, 'compatible = "b";'))
                     + user)
    error = tool("apply", *POLICY, tree, "-o", "out.dtb", code=2).err
    assert ("/reserved-memory/b@90001000: reg: this reserved memory overlaps "
            "/reserved-memory/all@90000000, and no Xen from 4.18 on reads beyond that "
            "[unsupported]") in error
    assert "  this works: xen-version 4.17\n" in error
    assert not (tree.parent / "out.dtb").exists()
    tool("apply", *POLICY, "--xen-version", "4.17", tree, "-o", "out.dtb")


def test_no_release_is_named_where_one_was_said(tool, make_tree):
    more, user = KNOWN["by its compatible"]
    tree = make_tree(MEMORY + NODE % (ALL % more + region("b", 0x90001000, 0x1000, 'compatible = "b";'))
                     + user)
    assert "this works" not in tool("plan", *POLICY, "--xen-version", "4.20", tree, code=2).err


@pytest.mark.parametrize("user", ["dev { reg = <0 77 0 77>; };", "dev { test,numbers = <1 77>; };",
                                  'dev { test,fw-mem = "a"; };', "dev { #size-cells = <77>; };"])
def test_numbers_are_no_reference(mend, user):
    out = mend(ALL % "phandle = <77>;" + region("b", 0x90001000, 0x1000, 'compatible = "b";'),
               more=user)
    assert len(out.u64s("/reserved-memory/all@90000000", "reg")) == 4


def test_what_must_not_be_mapped_is_not_given_to_what_may(tool, make_tree):
    tree = make_tree(MEMORY + NODE % (ALL % "no-map;" + region("b", 0x90001000, 0x1000, 'compatible = "b";')))
    assert "overlaps /reserved-memory/all@90000000" in tool("plan", *POLICY, tree, code=2).err


def test_what_may_be_mapped_gives_way_to_what_must_not(mend):
    out = mend(ALL % "" + region("b", 0x90001000, 0x1000, "no-map;"))
    assert len(out.u64s("/reserved-memory/all@90000000", "reg")) == 4
