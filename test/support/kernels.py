# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Whose board trees there are: kernels of scripts/trees, and where their trees were fetched to."""
import functools
import os
import re

from places import GUESTS, ROOT
from quick_tree import root_compatible

ARCHITECTURES = ("arm64", "armhf")
# The first one's trees are those that nothing else is said of.
FIRST = "6.1"
# `all` is what make check-trees says: every tree of each kernel. `each-soc`: one of each SoC. Without
# a word that, too, and only of releases that stay as they are.
ASKED = os.environ.get("DTSHIM_TREES")


def order(kernel):
    return [int(part) for part in kernel.split(".")]


KERNELS = sorted((path.name for path in (ROOT / "scripts/trees").iterdir()), key=order)


def codename(path):
    return re.search(r"^codename=(\S+)", path.read_text(), re.M)[1]


def is_stable(kernel):
    """Of a Debian release, which has this Linux as long as it lives."""
    return codename(ROOT / "scripts/trees" / kernel) in map(codename, (ROOT / "scripts/guests").iterdir())


NEWER = [kernel for kernel in KERNELS if kernel != FIRST and (ASKED or is_stable(kernel))]


def top(kernel):
    return GUESTS.parent / ("dtbs" if kernel == FIRST else f"trees/{kernel}")


def folder(kernel, arch):
    return top(kernel) / arch if (top(kernel) / "complete").exists() else None


def why_not_here(kernel):
    """For a skip: Debian has other trees by now, or nobody has fetched these."""
    skipped = top(kernel) / "skipped"
    return (skipped.read_text().strip() if skipped.exists() else
            f"the trees of Linux {kernel} were not fetched: make check-trees does that")


def names(kernel):
    """As arm64/arm/juno, and of others than the first kernel 6.12/arm64/arm/juno."""
    before = "" if kernel == FIRST else f"{kernel}/"
    return sorted(f"{before}{path.relative_to(top(kernel)).with_suffix('')}"
                  for path in top(kernel).rglob("*.dtb"))


def kernel_of(name):
    first = name.split("/")[0]
    return first if first in KERNELS else FIRST


def path_of(name):
    kernel = kernel_of(name)
    return top(kernel) / f"{name if kernel == FIRST else name[len(kernel) + 1:]}.dtb"


def row_of(name):
    """6.12 arm64: a row of a table of outcomes."""
    kernel = kernel_of(name)
    return f"{kernel} {name.split('/')[kernel != FIRST]}"


@functools.lru_cache(maxsize=None)
def one_of_each_soc(kernel):
    """The first tree of each SoC: of the last compatible of the root, which is the SoC's."""
    found = {}
    for name in names(kernel):
        said = root_compatible(path_of(name).read_bytes())
        found.setdefault(said[-1] if said else "", name)
    return sorted(found.values())


def to_examine(kernel):
    return names(kernel) if ASKED == "all" else one_of_each_soc(kernel)
