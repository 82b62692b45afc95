# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""What doc/design/first-boards.rst shows is what the tool prints of Debian's trees."""
import json
import re
import shlex

import pytest

from places import GUESTS, ROOT

PAGE = (ROOT / "doc/design/first-boards.rst").read_text()
SHOWN = re.findall(r"\n    \$ build/dtshim (.*) (\S+\.dtb)\n((?:    .*\n|\n)+)", PAGE)


def tree_of(name):
    return GUESTS / "dtbs/armhf" / name


def test_all_that_is_shown_is_compared():
    assert len(SHOWN) == PAGE.count("$ build/dtshim") == 9


@pytest.mark.parametrize("command, name, shown", SHOWN, ids=[f"{one[1]} {one[0]}" for one in SHOWN])
def test_what_is_shown(tool, guests, command, name, shown):  # pylint: disable=unused-argument
    """Its lines, in their order; "..." stands for others."""
    done = tool(*shlex.split(command), tree_of(name), code=None)
    printed = iter((done.out + done.err).splitlines())
    for line in shown.splitlines():
        if line.strip() not in ("", "..."):
            assert any(line[4:] == other for other in printed), line


@pytest.mark.parametrize("name, base", [("exynos5250-arndale.dtb", 0x40000000), ("ecx-2000.dtb", 0x8000000)])
def test_the_forecast_has_what_is_planned(tool, guests, name, base):  # pylint: disable=unused-argument
    """Of what apply writes; Xen alone would go elsewhere."""
    def dom0(tree):
        said, = json.loads(tool("forecast", "--json", "--xen-version", "4.17", tree).out)["forecasts"]
        assert said["arch"] == "arm32"
        return [int(bank["base"], 16) for bank in said["dom0"]["banks"]]
    tool("apply", "--xen-version", "4.17", tree_of(name), "-o", "out.dtb")
    assert dom0("out.dtb") == [base] != dom0(tree_of(name))


def test_less_ram_for_later_xens(tool, guests):  # pylint: disable=unused-argument
    """What the page offers where the table of frames has no room."""
    for release in ("4.20", "4.22"):
        tool("plan", "--xen-version", release, tree_of("ecx-2000.dtb"), code=2)
        tool("plan", "--xen-version", release, "--ram", "0:4088M", tree_of("ecx-2000.dtb"))


def test_an_iommu_that_the_hypervisor_drives(tool, guests, read_tree, tmp_path):  # pylint: disable=unused-argument
    """The fourth wish, on the Arndale; without it no device is marked."""
    for options, nodes in (((), 0), (("--iommu-drivers", "samsung,exynos-sysmmu"), 9)):
        tool("apply", "--contract", "native", "--machine-base", "0x40800000", *options,
             tree_of("exynos5250-arndale.dtb"), "-o", "out.dtb")
        tree = read_tree(tmp_path / "out.dtb")
        marked = [name for name in tree.children("/soc") if tree.prop(f"/soc/{name}", "xen-dma-safe") is not None]
        assert len(marked) == nodes
        assert tree.cells("/hypervisor", "dma-offset") == [0x800000]
