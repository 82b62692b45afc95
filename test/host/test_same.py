# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""make same: two tools that do the same are told apart from two that differ in one byte."""
import re
import subprocess
import sys

import pytest

import same as script
from places import BUILD, ROOT
from trees import MEMORY

MASTER = ('mmu: iommu@1000000 { compatible = "arm,mmu-500"; reg = <0 0x1000000 0 0x1000>; '
          '#global-interrupts = <1>; interrupts = <0 200 4>, <0 201 4>; '
          '#iommu-cells = <1>; }; d@2000000 { compatible = "test,d"; '
          'reg = <0 0x2000000 0 0x1000>; iommus = <&mmu 1>; };')
# Only this tree has what the tools below react to.
ODD = 'odd { compatible = "test,odd"; };'


@pytest.fixture
def trees(make_tree, tmp_path):
    (tmp_path / "trees/sub").mkdir(parents=True)
    make_tree(MEMORY, "trees/a.dtb")
    make_tree(MEMORY + MASTER, "trees/sub/b.dtb")
    make_tree(MEMORY + MASTER + ODD, "trees/sub/odd.dtb")
    return tmp_path / "trees"


@pytest.fixture
def other_tool(tmp_path):
    """The tool, and then these lines of shell; $code is its exit code, in.dtb its input."""
    def make(lines):
        path = tmp_path / "other"
        path.write_text(f'#!/bin/sh\n{BUILD}/dtshim "$@"\ncode=$?\n'
                        f'grep -qs test,odd in.dtb && {{ {lines}\n}}\nexit $code\n')
        path.chmod(0o755)
        return path
    return make


@pytest.fixture
def same(trees, tmp_path):
    def run(tool, *options, base=BUILD / "dtshim", code=1):
        words = [*options, "--jobs", "2", base, tool, tmp_path / "work", trees]
        done = subprocess.run([sys.executable, ROOT / "scripts/same.py", *words],
                              capture_output=True, text=True)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout if code < 2 else done.stderr
    return run


SOME = ("--policies", "defaults; native, offset; domain")


@pytest.mark.slow
def test_no_difference_is_silent(same, tmp_path):
    said = same(BUILD / "dtshim", code=0).splitlines()
    assert len(said) == 2 and said[1].endswith(": no difference"), said
    assert not (tmp_path / "work/differences").exists()
    for policy in ("defaults 3", "native, offset 3", "booted 3", "booted otherwise 3", "none 3"):
        assert policy in said[0].replace("planned: ", "; "), said[0]


@pytest.mark.slow
@pytest.mark.parametrize("kind, lines, shown", [
    ("plan", 'case "$*" in "plan "*in.dtb) [ "$2" = --json ] || echo more;; esac', "+more"),
    ("plan", '[ "$1 $2" = "plan in.dtb" ] && echo more >&2', "+stderr: more"),
    ("plan", '[ "$1 $2" = "plan in.dtb" ] && code=3', "+exit 3"),
    ("check of the input", 'case "$*" in check*in.dtb) code=1;; esac', "+exit 1"),
    ("check of the output", 'case "$*" in check*out.dtb) echo more;; esac', "+more"),
    ("diff", '[ "$1" = diff ] && echo more', "+more"),
    ("plan --load-addresses", 'case "$*" in *--load*) echo more;; esac', "+more"),
    ("tree applied again", '[ -f again.dtb ] && sed -i s/test,odd/test,ode/ again.dtb', "test,ode"),
    ("domain's tree", '[ -f out.domain.dtb ] && sed -i s/xen,path/xen,patx/ out.domain.dtb',
     "xen,patx"),
], ids=lambda word: word.split(" ")[0] if word.startswith("+") else None)
def test_a_difference_of_each_kind_is_found(same, other_tool, tmp_path, kind, lines, shown):
    said = same(other_tool(lines), *SOME)
    block = said[said.index(f"\n{kind}: "):]
    assert "in 1 tree " in block.split("\n")[1] and "sub/odd.dtb (" in block
    assert shown in block and "a.dtb" not in block
    assert f"{kind} | sub/odd.dtb | " in (tmp_path / "work/differences").read_text()


@pytest.mark.slow
def test_one_byte_of_an_applied_tree(same, other_tool):
    """Of its free space, which neither dtc nor the tool's own diff show."""
    said = same(other_tool('case "$*" in apply*out.dtb) printf X >>out.dtb;; esac'),
                "--policies", "defaults")
    assert "\napplied tree: 1 difference, in 1 tree under 1 of the policies" in said
    assert re.search(r"^ +\+[0-9a-f]{6}: .*58$", said, re.M), said


@pytest.mark.slow
def test_like_changes_are_one_group(same, other_tool, tmp_path):
    tool = other_tool("")
    tool.write_text(f'#!/bin/sh\n{BUILD}/dtshim "$@" | sed "s/dom0  *0x8/&1/; s/^  RAM /  ram /"\n')
    said = same(tool, "--policies", "xen, RAM told; native, offset")
    assert "\nplan: 6 differences, in 3 trees under 2 of the policies" in said
    assert (tmp_path / "work/differences").read_text().count("plan | ") == 6


@pytest.mark.slow
def test_results_of_a_base_are_kept(trees, other_tool, tmp_path):
    """Then the base runs only where the other tool differs."""
    tool, file, tree = BUILD / "dtshim", tmp_path / "results.json", ("odd", trees / "sub/odd.dtb")

    def results(base, tool, known):
        return script.Worker(base, tool, ["defaults", "native"], known, tmp_path)(tree)
    scripts, known = script.read_known(file)
    script.write_known(file, scripts, known, [results(tool, tool, known)])
    assert results("/bin/false", tool, {}).differences
    assert not results("/bin/false", tool, script.read_known(file)[1]).differences
    assert results(tool, other_tool("code=3"), script.read_known(file)[1]).differences
    script.write_known(file, "of other scripts", script.read_known(file)[1], [])
    assert script.read_known(file) == (scripts, {})


@pytest.mark.slow
def test_a_board_is_bent_in_each_of_its_parts(tmp_path):
    """As it is it has a plan under every policy that damages nothing."""
    found = script.write_bent(ROOT / "scripts/same_board.dts", tmp_path)
    blobs = {path.read_bytes() for path in found.values()}
    assert len(found) > 300 and len(blobs) > len(found) - 3
    policies = [name for name in script.chosen_policies("") if "damaged" not in name]
    tool = BUILD / "dtshim"
    result = script.Worker(tool, tool, policies, {}, tmp_path)(next(iter(found.items())))
    assert result.planned == policies and not result.differences
    assert "same_board: /soc@5000000/serial@0 interrupts removed" in found


@pytest.mark.slow
def test_trouble_is_no_difference(same, tmp_path):
    assert "no commit 'nothing'" in same(BUILD / "dtshim", base="nothing", code=2)
    assert "no policy 'x'" in same(BUILD / "dtshim", "--policies", "x", code=2)
    same(tmp_path / "nowhere", code=2)
