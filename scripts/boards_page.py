#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""
The tables of doc/reference/boards.rst, from what the last census found (make census).

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
COLUMNS = ("trees", *PLANNED, "refused", "small or unknown", "no board for Xen")


def family(socs):
    return next(name for name, *patterns in FAMILIES
                if any(fnmatch.fnmatchcase(soc, pattern) for soc in socs[-1:] for pattern in patterns))


def column(what):
    if what in PLANNED or what == "no board for Xen":
        return what
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
    return table(("kernel", "trees", "counted", "RAM told", *PLANNED, "refused", "dom0"), lines)


def refusals(found):
    groups = collections.defaultdict(list)
    for one in found:
        if one["counted"] and one["what"] not in PLANNED:
            groups[one["what"]].append(one)
    rows = [(what, str(len(group)), " ".join(group[0]["option"] or ["nothing"]),
             f"{group[0]['name']} ({group[0]['kernel']})")
            for what, group in sorted(groups.items(), key=lambda item: -len(item[1]))]
    return table(("refused for", "trees", "what then works, as", "of"), rows) if rows else "None is refused."


TEXT = """.. SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause

Boards: what the defaults give
==============================

``dtshim plan board.dtb``, with no option but RAM where the tree knows none, of every board tree
that Debian's kernels have: {packages}. ``make census`` fetches them, plans them all, asserts what is
said here, and writes this page; this was made on {date}.

*Counted* are trees of boards on which Xen can run, with 256 MiB at least; *dom0* is how many of
them get a direct dom0 with its devices. None gets one without. Where the tree knows no RAM it is
told 2 GiB, or less where a device is in the way, at the base that the tree's memory node names,
else that other trees of this SoC have, else U-Boot (``test/support/boards.py``). "Native base" is
the lowest RAM, "nearest" the lowest place above that can be had.

{rows}

The others are no boards for Xen: they lack a GIC or a timer that it can use, or their cores lack
the virtualization extensions. Or they are small, or their tree names a placeholder that U-Boot
overwrites, or nobody says where RAM is.

By family, each number {kernels}:

{families}

What is refused, with all kernels together, and what then works. The test types it:

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
