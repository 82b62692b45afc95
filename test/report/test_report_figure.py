# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""doc/report.svg is what scripts/report_figure.py makes of today's plan."""
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

from places import BUILD, ROOT

SVG = "{http://www.w3.org/2000/svg}"


def steady(drawn):
    """Without the sizes of trees, which change with each word in them."""
    return re.sub(r"tree, [\d.]+ \w+((?:</text>\n<text[^>]*>|, at )0x[0-9a-f]+)-0x[0-9a-f]+", r"tree\1", drawn)


def test_the_figure_is_of_today(bare_tree, tmp_path):
    tree = bare_tree((ROOT / "doc/example.dts").read_text().split("*/\n", 1)[1])
    subprocess.run([sys.executable, ROOT / "scripts/report_figure.py", BUILD / "dtshim", tree, tmp_path / "out.svg",
                    "--xen-version", "4.20"], check=True)
    drawn = (tmp_path / "out.svg").read_text()
    assert steady(drawn) != drawn
    assert steady(drawn) == steady((ROOT / "doc/report.svg").read_text()), "make doc-figures"
    words = [one.text for one in ElementTree.fromstring(drawn).iter(SVG + "text")]
    assert {"The board", "As the tree stands", "After dtshim", "dom0, 512 MiB", "DMA of 1 device, 1 GiB"} <= set(words)
    assert len(drawn) < 60 << 10
