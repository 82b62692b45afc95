# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""What README.rst shows is what the tool prints."""
import re

from conftest import ROOT


def test_the_worked_example(tool, make_tree):
    """Each line of the example's output, in its order; "..." stands for others."""
    readme = (ROOT / "README.rst").read_text()
    command = re.search(r"\$ build/dtshim (plan .*) board\.dtb\n", readme)
    shown = readme[command.end():].split("\n\n``apply``")[0]
    tree = make_tree((ROOT / "doc/example.dts").read_text().split("*/\n", 1)[1])
    printed = iter(tool(*command[1].split(), tree).out.splitlines())
    for line in shown.splitlines():
        if line.strip() and line.strip() != "...":
            assert any(line[4:] == other for other in printed), line
