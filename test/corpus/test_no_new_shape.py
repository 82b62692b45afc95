# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""
The census of shapes: what the trees of a kernel have that nobody has looked at, before any oracle is
asked. The list is test/corpus/shapes.txt; scripts/name_shapes.py says how it grows.
"""
import time

import pytest

import census
import kernels
import shape_list
from patience import patience

# Of CPU, for each thousand of files. It takes 4, so 30 s for all; a machine that is busy counts more.
SECONDS_A_THOUSAND = 10


@pytest.mark.slow
@pytest.mark.parametrize("kernel", kernels.KERNELS)
def test_no_new_shape(kernel):
    if not kernels.folder(kernel, "arm64"):
        pytest.skip(kernels.why_not_here(kernel))
    began, found, files = time.process_time(), {}, 0
    for arch in kernels.ARCHITECTURES:
        found = shape_list.of_kernel(kernel, arch) | found
        files += len(shape_list.trees(kernel, arch))
    took = time.process_time() - began
    new = list(shape_list.lines_of(found, kernel))
    assert not new, f"{len(new)} shapes of Linux {census.version(kernel)} are in no list:\n" + "\n".join(new)
    if census.version(kernel) == shape_list.made_from()[kernel]:
        gone = {shape for shape, since in shape_list.known().items() if since == kernel} - set(found)
        assert not gone, f"the list has what no tree of Linux {kernel} has: {sorted(gone)}"
    assert took < patience(SECONDS_A_THOUSAND * files / 1000), f"{took:.0f} s of CPU for {files} files"
