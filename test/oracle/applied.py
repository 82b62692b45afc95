# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""What apply makes of the other trees: the plan promises dom0's memory, and Xen has to keep it."""
import collections
import dataclasses
import json
import re
import subprocess

import spans
import xen_boot
import xen_case

MIB = 1 << 20


class Applier:
    """Runs the tool; remembers how often it refused, by the word in its error."""

    def __init__(self, tool):
        self.tool, self.refused = tool, collections.Counter()

    def run(self, folder, *arguments):
        done = subprocess.run([self.tool, *arguments, folder / "tree.dtb"], capture_output=True,
                              text=True, errors="replace", timeout=120)
        if done.returncode:
            found = re.search(r"\[([a-z0-9-]+)\]$", done.stderr.split("\n")[0])
            self.refused[found[1] if found else done.stderr.split("\n")[0]] += 1
        return done

    def make(self, case, folder):
        """The case with the tree that apply wrote and all where the plan wants it; None: refused."""
        xen_case.write_files(case, folder)
        planned = self.run(folder, "plan", "--json")
        if planned.returncode:
            return None
        plan = json.loads(planned.stdout)
        out = folder / "out.dtb"
        if self.run(folder, "apply", "-o", out).returncode or plan["layout"] != "direct":
            return None
        made = moved(case, plan, out.read_bytes())
        if any(spans.overlap((at, at + MIB), xen_boot.OWN_TREE)
               for at in (made.xen_at, made.tree_at, *made.files)):
            self.refused["taken, but something would lie where QEMU has its own tree"] += 1
            return None
        return made


def moved(case, plan, blob):
    to = {int(one["from"], 16): int(one["to"], 16) for one in plan["modules"] if one["kind"] != "tree"}
    tree = next(int(one["to"], 16) for one in plan["modules"] if one["kind"] == "tree")
    return dataclasses.replace(
        case, blob=blob, tree_at=tree or case.tree_at, xen_at=to[case.xen_at],
        files={to.get(at, at): data for at, data in case.files.items()},
        kernel=to.get(case.kernel, case.kernel),
        promise=[[int(one["base"], 16), int(one["size"], 16)] for one in plan["dom0-memory"]])
