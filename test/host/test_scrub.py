# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Idle CPUs that scrub free memory make Xen's choice another one from boot to boot."""
import pytest

from trees import MEMORY

CPU = 'cpu@{0} {{ device_type = "cpu"; compatible = "arm,cortex-a57"; reg = <{0}>; }};'


def board(count, line=None):
    cpus = "cpus { #address-cells = <1>; #size-cells = <0>; %s };" % "".join(
        map(CPU.format, range(count)))
    return MEMORY + cpus + (f'chosen {{ xen,xen-bootargs = "{line}"; }};' if line else "")


@pytest.mark.parametrize("count, line, expected", [
    (1, None, "dom0_mem=256M"), (2, None, "dom0_mem=256M bootscrub=1"),
    (4, "console=dtuart", "console=dtuart dom0_mem=256M bootscrub=1"),
    (4, "bootscrub=1", "bootscrub=1 dom0_mem=256M"), (4, "no-bootscrub", "no-bootscrub dom0_mem=256M"),
    (4, "bootscrub_chunk=1M", "bootscrub_chunk=1M dom0_mem=256M bootscrub=1"),
], ids=str)
def test_where_there_are_several_xen_scrubs_at_once(tool, make_tree, read_tree, count, line, expected):
    tree = make_tree(board(count, line))
    assert ("(bootscrub=1)" in tool("plan", "--dom0-mem", "256M", tree).out) == \
        (expected.endswith("bootscrub=1"))
    tool("apply", "--dom0-mem", "256M", tree, "-o", "out.dtb")
    assert read_tree(tree.parent / "out.dtb").string("/chosen", "xen,xen-bootargs") == expected
    tool("apply", tree.parent / "out.dtb", "-o", "twice.dtb")
    assert (tree.parent / "twice.dtb").read_bytes() == (tree.parent / "out.dtb").read_bytes()


@pytest.mark.parametrize("line, sure", [("bootscrub=idle", False), (None, True)])
def test_a_plan_that_may_come_out_otherwise_is_refused(tool, make_tree, line, sure):
    """Who insists on idle CPUs gets no promise."""
    done = tool("plan", "--dom0-mem", "320M", make_tree(board(4, line)), code=None)
    assert done.returncode == (0 if sure else 2)
    assert ("from boot to boot" in done.err and "bootscrub" in done.err) == (not sure)
