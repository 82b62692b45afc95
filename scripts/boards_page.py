#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""
The tables of doc/reference/boards.rst, from the results of the last census (make census).

usage: boards_page.py FOLDER OUT    FOLDER has a .json of each kernel and architecture
"""
import collections
import fnmatch
import json
import pathlib
import sys

# The first row that has a pattern for one of the SoC's names.
FAMILIES = [
    ("Allwinner, 64 bits", "allwinner,sun5[05]i-*"),
    ("Allwinner, 32 bits", "allwinner,sun*", "nextthing,gr8"),
    ("Amlogic, 64 bits", "amlogic,a*", "amlogic,c*", "amlogic,g*", "amlogic,meson-*", "amlogic,s*",
     "amlogic,t*"),
    ("Amlogic, 32 bits", "amlogic,meson[68]*"),
    ("Arm's boards and models", "arm,*"),
    ("ASPEED", "aspeed,*"),
    ("Broadcom, Raspberry Pi", "brcm,bcm283*", "brcm,bcm271*"),
    ("HiSilicon", "hisilicon,*"),
    ("Marvell, 64 bits", "marvell,armada-ap*", "marvell,armada37*", "marvell,ac5*", "marvell,cn*"),
    ("Marvell, 32 bits", "marvell,*", "mrvl,*"),
    ("MediaTek", "mediatek,*"),
    ("NVIDIA Tegra", "nvidia,*"),
    ("NXP i.MX 8, 9", "fsl,imx8*", "fsl,imx9*", "gw,imx8*"),
    ("NXP i.MX 6UL, 7", "fsl,imx6ul*", "fsl,imx7*"),
    ("NXP i.MX 5, 6", "fsl,imx[56]*"),
    ("NXP Layerscape", "fsl,l*"),
    ("Qualcomm", "qcom,*"),
    ("Renesas", "renesas,*"),
    ("Rockchip, 64 bits", "rockchip,px30", "rockchip,rk33[0-9]*", "rockchip,rk35[0-9]*"),
    ("Rockchip, 32 bits", "rockchip,*"),
    ("Samsung, Google", "samsung,*", "google,*"),
    ("STMicroelectronics", "st,*"),
    ("TI K3", "ti,am6*", "ti,j7*"),
    ("TI Sitara, OMAP", "ti,*"),
    ("Xilinx", "xlnx,*"),
    ("others", "*"),
]
LEFT_OUT = ("RAM unknown", "placeholder", "under 256 MiB", "no board for Xen")
PLANNED = ("native base", "nearest")
COLUMNS = ("trees", *PLANNED, "refused", "small or unknown", "not for Xen")


def family(socs):
    return next(name for name, *patterns in FAMILIES
                if any(fnmatch.fnmatchcase(soc, pattern) for soc in socs[-1:] for pattern in patterns))


def column(what):
    if what in PLANNED:
        return what
    if what == "no board for Xen":
        return "not for Xen"
    return "small or unknown" if what in LEFT_OUT else "refused"


def table(head, rows):
    widths = [max(len(row[at]) for row in [head, *rows]) for at in range(len(head))]
    rule = "  ".join("=" * width for width in widths)
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip()
             for row in [head, *rows]]
    return "\n".join([rule, lines[0], rule, *lines[1:], rule])


def by_family(found, kernels):
    """Each cell is the number with each of the kernels, where it is in one of them."""
    counts = collections.Counter()
    for one in found:
        for name in ("trees", column(one["what"])):
            counts[family(one["socs"]), one["kernel"], name] += 1

    def cell(name, what):
        numbers = [counts[name, kernel, what] for kernel in kernels]
        return " / ".join(map(str, numbers)) if any(numbers) else "-"
    names = [name for name, *_ in FAMILIES if any(counts[name, kernel, "trees"] for kernel in kernels)]
    return table(("family", *COLUMNS), [(name, *(cell(name, what) for what in COLUMNS)) for name in names])


def by_row(rows):
    lines = []
    for (kernel, arch), (found, _) in rows.items():
        counted = [one for one in found if one["counted"]]
        what = collections.Counter(one["what"] for one in counted)
        planned = sum(what[name] for name in PLANNED)
        lines.append((f"{kernel} {arch}", str(len(found)), str(len(counted)),
                      str(sum(one["told"] for one in counted)), *(str(what[name]) for name in PLANNED),
                      str(len(counted) - planned), f"{100 * planned / max(len(counted), 1):.1f} %"))
    return table(("kernel", "trees", "counted", "RAM given", *PLANNED, "refused", "dom0"), lines)


def refusals(found):
    groups = collections.defaultdict(list)
    for one in found:
        if one["counted"] and one["what"] not in PLANNED:
            groups[one["what"]].append(one)
    rows = [(what, str(len(group)), " ".join(group[0]["option"] or ["nothing"]),
             f"{group[0]['name']} ({group[0]['kernel']})")
            for what, group in sorted(groups.items(), key=lambda item: -len(item[1]))]
    return table(("refused for", "trees", "what works", "for example"), rows) if rows else "None is refused."


TEXT = """.. SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause

Boards: what the defaults give
==============================

This page shows the result of ``dtshim plan board.dtb``, with no option except RAM if the tree has none,
for every board tree in Debian's kernels: {packages}. ``make census`` fetches them, plans them all,
checks what this page states, and writes it. It was made on {date}.

{rows}

*counted*
   trees of boards on which Xen can run, with at least 256 MiB
*RAM given*
   the tree has no RAM. It is given 2 GiB, or less if a device is in the way. The base is that of the
   tree's memory node, else of other trees of this SoC, else of U-Boot (``test/support/boards.py``)
*native base*, *nearest*
   dom0 is at the lowest RAM, or at the lowest possible place above it
*dom0*
   how many of the counted trees have a direct dom0 with its devices. None has one without its devices

The other trees are not counted: Xen cannot run on the board, because it lacks a GIC or a timer that Xen
can use, or cores with the virtualization extensions; or the board is small; or its tree has a
placeholder that U-Boot overwrites; or nothing gives the place of RAM.

By family
---------

Each number {kernels}:

{families}

What is refused
---------------

With all kernels together. The test uses the option that then works:

{refusals}
"""


def main(folder, out):
    rows, kernels, packages = {}, [], []
    for path in sorted(pathlib.Path(folder).glob("*.json"),
                       key=lambda path: [int(part) for part in path.stem.split("-")[0].split(".")]):
        said = json.loads(path.read_text())
        for one in said["boards"]:
            one["kernel"] = said["kernel"]
        rows[said["kernel"], said["arch"]] = said["boards"], said
        kernels += [] if said["kernel"] in kernels else [said["kernel"]]
        packages += [] if said["version"] in packages else [said["version"]]
    found = [one for boards, _ in rows.values() for one in boards]
    pathlib.Path(out).write_text(TEXT.format(
        packages=" and ".join([", ".join(packages[:-1]), packages[-1]]),
        date=max(said["date"] for _, said in rows.values()), rows=by_row(rows),
        kernels="with Linux " + " / ".join(kernels), families=by_family(found, kernels),
        refusals=refusals(found)))


if __name__ == "__main__":
    main(*sys.argv[1:])
