# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""What apply makes of the other trees: the plan promises dom0's memory, and Xen has to keep it."""
import collections
import dataclasses
import json
import re
import subprocess

import flat
from patience import patience
import spans
import xen_boot
import xen_case

MIB = 1 << 20


KERNELS = {"multiboot,kernel", "xen,linux-zimage"}


def says(node, at):
    """Does its reg start with the address, in one cell or in two?"""
    reg = node.props.get("reg", b"")
    return reg.startswith(at.to_bytes(8, "big")) or (at >> 32 == 0 and reg.startswith(at.to_bytes(4, "big")))


def named(case):
    """
    Modules as a user has them where the kernel says that it is one: the ramdisk says it, too, the
    kernel is a module, and there is none of which Xen would guess that it is a second kernel.
    """
    root, reserves = flat.read(case.blob)
    modules = [(node, parent) for path, node, parent in root.walk()
               if path.startswith("/chosen/") and set(node.strings("compatible")) & {
                   "multiboot,module", "xen,multiboot-module", "multiboot,kernel"}]
    if not any(KERNELS & set(node.strings("compatible")) for node, _ in modules):
        return case
    files = dict(case.files)
    for node, parent in modules:
        words = node.strings("compatible")
        if words[0] == "test,other":
            parent.children.remove(node)
            files = {at: data for at, data in files.items() if not says(node, at)}
        elif len(words) == 1:
            kind = "multiboot,kernel" if words == ["multiboot,kernel"] else "multiboot,ramdisk"
            node.props["compatible"] = flat.value_of([kind, "multiboot,module"])
    slack = int.from_bytes(case.blob[4:8], "big") - len(flat.write(*flat.read(case.blob), 0))
    return dataclasses.replace(case, blob=flat.write(root, reserves, max(slack, 0)), files=files)


class Applier:
    """Runs the tool; remembers how often it refused, by the word in its error."""

    def __init__(self, tool, options=()):
        self.tool, self.options, self.refused, self.otherwise = tool, options, collections.Counter(), collections.Counter()

    def run(self, folder, *arguments):
        return subprocess.run([self.tool, *arguments, *self.options, folder / "tree.dtb"], capture_output=True,
                              text=True, errors="replace", timeout=patience(120))

    def whole_size(self, folder):
        """dom0's memory in whole 4 MiB, as the remedy has it."""
        said = json.loads(self.run(folder, "forecast", "--json", *([] if self.options else ["--xen-version", "4.20"])).stdout)
        size, unit = re.findall(r"dom0_mem=(0x[0-9a-f]+|[0-9]+)([KMG]?)", said["forecasts"][0]["xen-line"],
                                re.IGNORECASE)[-1]
        size = int(size, 0) << {"M": 20, "G": 30}.get(unit.upper(), 10)
        return ["--dom0-mem", f"{size // MIB // 4 * 4}M"]

    def way_out(self, folder, words):
        """The options that a refusal itself offers."""
        works = re.search(r"this works: (.*)", words)
        if works:
            return [f"--{word}" if word[0].isalpha() else word
                    for part in works[1].split(", ") for word in part.split()]
        return self.whole_size(folder) if "in whole 4 MiB" in words else []

    def plan(self, folder):
        """(plan, options) or None: refused, and no way out of it led anywhere."""
        options = []
        for _ in range(3):
            done = self.run(folder, "plan", "--json", *options)
            if not done.returncode:
                self.otherwise[" ".join(options[::2])] += 1
                return json.loads(done.stdout), options
            offered = self.way_out(folder, done.stderr)
            if not offered or offered == options:
                break
            options = offered
        found = re.search(r"\[([a-z0-9-]+)\]$", done.stderr.split("\n")[0])
        self.refused[found[1] if found else done.stderr.split("\n")[0]] += 1
        return None

    def make(self, case, folder, wanted=lambda plan: True):
        """The case with the tree that apply wrote and all where the plan wants it; None: refused, or not wanted."""
        case = named(case)
        xen_case.write_files(case, folder)
        planned = self.plan(folder)
        if not planned or not wanted(planned[0]):
            return None
        plan, options = planned
        out = folder / "out.dtb"
        if self.run(folder, "apply", *options, "-o", out).returncode or plan["layout"] != "direct":
            self.refused["a plan that apply does not take"] += 1
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
