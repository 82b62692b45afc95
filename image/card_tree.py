# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The board's tree: QEMU's own where firmware has it, and what is written into that of a card."""
import shutil
import subprocess

import script
from trouble import Trouble, run


def of_machine(qemu, out):
    """The tree that QEMU gives the machine of a board without one in Debian's kernels."""
    options = list(qemu["options"])
    machine = options.index("-M") + 1
    options[machine] += f",dumpdtb={out}"
    try:
        done = subprocess.run(["qemu-system-aarch64", *options, "-display", "none", "-nic", "none"],
                              capture_output=True, text=True, check=False)
    except FileNotFoundError:
        done = None
    if done is None or done.returncode or not out.exists():
        said = f": {done.stderr.strip()}" if done else ""
        raise Trouble(f"QEMU has no tree for {qemu['machine']}{said}",
                      "give the board's tree: --tree FILE; or install Debian's qemu-system-arm")
    return out


def put(tree, node, word, *values, kind="s"):
    run(["fdtput", "-p", "-t", kind, tree, node, word, *values], "check that the file is a device tree")


def with_policy(tree, out, policy, lines):
    """A copy in which /chosen has the policy and the command lines."""
    shutil.copy(tree, out)
    for word, name in (("xen", "xen,xen-bootargs"), ("dom0", "xen,dom0-bootargs")):
        if lines.get(word):
            put(out, "/chosen", name, lines[word])
    for word, value in policy.items():
        numbers = script.as_cells(word, value)
        if numbers is None:
            put(out, "/chosen/dtshim", word, *value.split())
        else:
            put(out, "/chosen/dtshim", word, *(f"{one:x}" for one in numbers), kind="x")
    return out
