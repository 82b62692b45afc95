# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Can Xen run on a board at all? From Xen's gic-v2.c, gic-v3.c and time.c, and the bindings."""
import re

from places import GUESTS

TIMERS = {"arm,armv7-timer", "arm,armv8-timer"}
OLD_GICS = {"arm,gic-400", "arm,cortex-a15-gic", "arm,cortex-a7-gic"}
GIC_V3 = "arm,gic-v3"
# ARM, and makers of its own cores: without the virtualization extensions by their manuals.
PLAIN_CORE = re.compile(r"arm,(arm(7|9|10|11)\w*(-\w+)*|cortex-(a5|a8|a9|m\d+p?|r[457]f?))|"
                        r"marvell,(feroceon|mohawk)|intel,sa11\d\d?|faraday,fa526")
OLD_PARTS, NEW_PARTS = 4, 2  # entries of reg: those that virtual machines need are among them
TIMERS_OF_A_CPU = 4          # the last one is the hypervisor's


def kind_of_gic(node):
    names = set(node.strings("compatible"))
    if "interrupt-controller" not in node.props or not node.is_on():
        return None
    return OLD_PARTS if names & OLD_GICS else NEW_PARTS if GIC_V3 in names else None


def plain_cores(tree):
    """None of its cores runs a hypervisor."""
    cores = [node.strings("compatible") for node in tree.nodes
             if node.parent and node.parent.path == "/cpus" and node.strings("device_type")[:1] == ["cpu"]]
    return bool(cores) and all(any(map(PLAIN_CORE.fullmatch, names)) for names in cores)


def why_not(tree):
    """In words; None: it has cores, a timer and a GIC with what virtual machines need of them."""
    if plain_cores(tree):
        return "cores without virtualization extensions"
    gics = [(node, parts) for node in tree.nodes if (parts := kind_of_gic(node))]
    timers = [node for node in tree.nodes if TIMERS & set(node.strings("compatible"))]
    if not gics:
        return "no GIC that Xen has a driver for"
    if not timers:
        return "no generic timer"
    gic, parts = gics[0]
    if len(gic.registers) < parts:
        return "a GIC without the registers of virtual machines"
    cells = gic.word("#interrupt-cells", 3)
    if 0 < len(timers[0].props.get("interrupts", b"")) < 4 * cells * TIMERS_OF_A_CPU:
        return "a timer without the hypervisor's interrupt"
    if not gic.props.get("interrupts") and not gic.props.get("interrupts-extended"):
        return "a GIC without a maintenance interrupt"
    return None


def some_boards(step):
    """Evenly from all: every so many that have a generic timer, and fewer of those that have none."""
    found = {True: [], False: []}
    for path in sorted((GUESTS / "dtbs").rglob("*.dtb")):
        found[any(timer.encode() in path.read_bytes() for timer in TIMERS)].append(path)
    return sorted([*found[True][::step], *found[False][::8 * step]])
