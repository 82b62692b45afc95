# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Can Xen run on a board at all? From Xen's gic-v2.c, gic-v3.c and time.c, and the bindings."""
import re

from oracle_tree import rows
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


def goes_to(node, controller):
    """Its interrupts, by the nearest interrupt-parent, or the nearest controller above it."""
    for above in node.lines_of_parents():
        if "interrupt-parent" in above.props:
            return above.word("interrupt-parent") == controller.word("phandle")
        if above is not node and "#interrupt-cells" in above.props:
            return above is controller
    return False


def is_anothers(tree, gic, timer):
    """
    Xen takes each interrupt that is not of type 0 for one of a CPU's own, GIC_ESPI (2) as well
    (gic_irq_xlate()); if that is the timer's, with other flags, the timer does not get it.
    """
    def words(node):
        return list(rows(node.props.get("interrupts", b""), 1, 1, 1))
    its = {number: flags for kind, number, flags in words(timer)[:TIMERS_OF_A_CPU]}
    return any(kind == 2 and its.get(number, flags) != flags
               for node in tree.nodes if node is not timer and node.is_reachable() and goes_to(node, gic)
               for kind, number, flags in words(node))


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
    if cells == 3 and is_anothers(tree, gic, timers[0]):
        return "a timer's interrupt that is also another's"
    return None


def some_boards(step):
    """Evenly from all: every so many that have a generic timer, and fewer of those that have none."""
    found = {True: [], False: []}
    for path in sorted((GUESTS / "dtbs").rglob("*.dtb")):
        found[any(timer.encode() in path.read_bytes() for timer in TIMERS)].append(path)
    return sorted([*found[True][::step], *found[False][::8 * step]])
