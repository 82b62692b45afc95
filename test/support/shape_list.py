# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""
The list of shapes that somebody has looked at (test/corpus/shapes.txt), and what the trees of a kernel
have beside it. A line: the kernel that had the shape first, its kind, the rest.
"""
import re

import shapes
from kernels import KERNELS, folder, order
from phandle_names import Proof, is_followed
from places import ROOT
from quick_tree import Tree

LIST = ROOT / "test/corpus/shapes.txt"
REFERENCES = ROOT / "shim/fdt/reference_kinds.c"


def known():
    """{shape: the kernel that had it first}."""
    lines = [line.split(maxsplit=1) for line in LIST.read_text().splitlines()
             if line and not line.startswith("#")]
    found = {shape: kernel for kernel, shape in lines}
    assert len(found) == len(lines), "a shape is in the list twice"
    return found


def made_from():
    """{kernel: version of Debian's package} that the list was made from."""
    return dict(re.findall(r"^# +(\d+\.\d+) = (\S+)", LIST.read_text(), re.M))


def trees(kernel, arch):
    """{name: path}, those of overlays, too."""
    there = folder(kernel, arch)
    return {str(path.relative_to(there)): path for path in sorted(there.rglob("*.dtb*"))} if there else {}


def before(kernel):
    """The newest kernel before this one whose trees are here."""
    older = [one for one in KERNELS if order(one) < order(kernel) and
             folder(one, "arm64")]
    return older[-1] if older else None


def of_kernel(kernel, arch):
    """{shape: a tree that has it}."""
    found, proof, previous = {}, Proof(), before(kernel)
    older = trees(previous, arch) if previous else {}
    for name, path in trees(kernel, arch).items():
        tree = Tree(path.read_bytes())
        for shape in shapes.of_tree(tree):
            found.setdefault(shape, name)
        if name in older and name.endswith(".dtb"):
            proof.add(Tree(older[name].read_bytes()), tree, name)
    return found | {f"phandles {name}": where for name, where in proof.names().items()}


def table_of_references():
    """Names and patterns of the tool's table: data, not code."""
    table = re.search(r"kinds\[\] = \{(.*?)\n\};", REFERENCES.read_text(), re.DOTALL).group(1)
    return [word for literal in re.findall(r'"([^"]*)"', table) for word in literal.split(r"\0")
            if word and not word.startswith("#")]


def lines_of(found, kernel):
    """What a kernel has that the list has not: a line each, with what it would need."""
    table = table_of_references()
    for shape in sorted(set(found) - set(known())):
        kind, name = shape.split(maxsplit=1)
        need = ("the tool follows it" if kind == "phandles" and is_followed(name, table)
                else shapes.NEEDS[kind])
        yield f"{kernel} {shape}\n    {found[shape]}: {need}"
