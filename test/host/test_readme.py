# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""What README.rst shows is what the tool prints."""
import re

import pytest

from places import GUESTS, ROOT



def test_the_worked_example(tool, bare_tree):
    """Each line of the example's output, in its order; "..." stands for others."""
    readme = (ROOT / "README.rst").read_text()
    command = re.search(r"\$ build/dtshim (plan .*) board\.dtb\n", readme)
    shown = readme[command.end():].split("\n\nThe page says")[0]
    tree = bare_tree((ROOT / "doc/example.dts").read_text().split("*/\n", 1)[1])
    printed = iter(tool(*command[1].split(), tree).out.splitlines())
    for line in shown.splitlines():
        if line.strip() and line.strip() != "...":
            assert any(line[4:] == other for other in printed), line


@pytest.mark.parametrize("name", ["zynqmp-zcu102-rev1.0", "armada-3720-espressobin"])
def test_board_trees(tool, name):
    """The same of a plan and a refusal for trees of Debian's."""
    readme = (ROOT / "README.rst").read_text()
    command = re.search(rf"\$ build/dtshim plan (.*){name}\.dtb\n", readme)
    shown = readme[command.end():].split("\n\n")[0]
    path = next((GUESTS / "dtbs/arm64").rglob(f"{name}.dtb"))
    done = tool("plan", *command[1].split(), path, code=None)
    printed = iter((done.err.replace(str(path), path.name) + done.out).splitlines())
    for line in shown.splitlines():
        if line.strip() != "...":
            assert any(line[4:] == other for other in printed), line


@pytest.mark.parametrize("page, name, code", [("README.rst", "rk3399-rockpro64", 1),
                                              ("doc/reference/forecast.rst", "imx8mp-evk", 0)])
def test_forecasts(tool, page, name, code):
    """The same of a stop and a start."""
    text = (ROOT / page).read_text()
    command = re.search(rf"\$ build/dtshim (forecast .*) {name}\.dtb\n", text)
    shown = re.split(r"\n\n(?! )", text[command.end():])[0]
    path = next((GUESTS / "dtbs/arm64").rglob(f"{name}.dtb"))
    printed = iter(tool(*command[1].split(), path, code=code).out.splitlines())
    for line in shown.splitlines():
        if line.strip() not in ("", "..."):
            assert any(line[4:] == other for other in printed), line
