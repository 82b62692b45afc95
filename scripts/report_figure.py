#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""
The memory map of a page of dtshim report, as a picture of its own for the manual.
usage: report_figure.py TOOL BOARD.dtb OUT.svg [OPTION...]
"""
import pathlib
import re
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "report"), str(ROOT / "image")]
sys.dont_write_bytecode = True

import asked        # noqa: E402
import facts        # noqa: E402
import memory_map   # noqa: E402
import page         # noqa: E402
import tool_runs    # noqa: E402

GAP, TOP = 24, 44
FIGURE = """<!-- SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause -->
<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img">
<title>The memory of the example board: {titles}</title>
<style>
{style}
</style>
<rect width="{width}" height="{height}" class="ground"/>
{pictures}
</svg>
"""


def style():
    """What of the page's is about pictures; the colours for the light."""
    text = (ROOT / "report/style.css").read_text()
    colours = re.search(r"^:root \{.*?^\}", text, re.M | re.S)[0]
    rules = re.findall(r"^(?:svg [^{]*\{[^}]*\})", text, re.M)
    return "\n".join([colours, *rules, "svg rect.ground { fill: var(--ground); stroke: none; }",
                      "svg text.head { font-size: 15px; font-weight: bold; }"])


def placed(picture, number, template):
    left = number * (memory_map.WIDTH + GAP) + GAP // 2
    return f'<text x="{left + 8}" y="26" class="head">{picture.title}</text>\n' \
        f'<g transform="translate({left}, {TOP})">\n{template.drawn(picture, f"map-{number}").strip()}\n</g>'


def figure(answers):
    row, = facts.rows(answers.plan, answers.before, answers.after)
    pictures, _ = memory_map.pictures(row.columns)
    template = page.environment().get_template("map.svg.j2").module
    return FIGURE.format(
        width=len(pictures) * (memory_map.WIDTH + GAP), height=round(pictures[0].height) + TOP + GAP,
        titles=", ".join(one.title.lower() for one in pictures), style=style(),
        pictures="\n".join(placed(one, number, template) for number, one in enumerate(pictures)))


def main(tool, tree, out, *options):
    with tempfile.TemporaryDirectory(prefix="dtshim-") as folder:
        answers = tool_runs.Tool(tool, asked.parse([tree, "-o", out, *options], tool_runs.tables(tool))).answers(folder)
    pathlib.Path(out).write_text(figure(answers), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
