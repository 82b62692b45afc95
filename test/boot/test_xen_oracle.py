# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Stock Xen, booted without Linux, beside the forecast (doc/oracle.rst)."""
import random

import pytest

import flat
import maps
import xen_case
from places import GUESTS

pytestmark = pytest.mark.slow

VERSIONS = {"12": "4.17", "13": "4.20"}


@pytest.fixture(params=VERSIONS)
def release(request):
    image = GUESTS.parent / request.param / "xen"
    if not image.exists():
        pytest.skip(f"the guests of Debian {request.param} are not there")
    return xen_case.Release(VERSIONS[request.param], image)


@pytest.fixture
def boards(tmp_path):
    return xen_case.Boards(tmp_path)


def test_xen_tells_banks_and_tree(release, boards, tmp_path):
    case = maps.build(random.Random("a plain one"), boards, 4 << 20)
    xen_case.write_files(case, tmp_path / "case")
    outcome = xen_case.boot(case, release, tmp_path / "case")
    assert outcome.kind == "dom0", outcome.text
    root, _ = flat.read(outcome.tree)
    memory = root.called("memory")[0]  # another one tells reserved memory
    assert flat.rows(memory.props["reg"], *root.cells()) == outcome.banks
    assert root.child("hypervisor").strings("compatible")[0] == f"xen,xen-{release.name}"
