# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Every board tree of Debian's kernels, under both contracts, against test/support/oracle.py.

A tree is planned, or refused for a reason that has a line in REFUSED. What was
planned agrees with the oracle, and what was written differs from the input only
where dtshim has business.
"""
import collections
import pathlib
import typing

import libfdt
import pytest

import for_xen
import kernels
import oracle
import oracle_beyond
from corpus import (CONTRACTS, COVER, CHUNKS, DOM0, RAM, TREES, all_names, apply_all, changes,
                    check_all, dtc_complaints, named_class, newer_names, plan_all, protected, read_input,
                    staged, wrong_change)
from places import BUILD, TOOL

OTHER_BASES = ["0x10000000", "0x20000000", "0x50000000", "0x90000000", "0xa0000000", "0xb0000000"]

# Under native, what stock Linux needs to find the offset by itself.
CARRIED = ["--contract", "native", *DOM0, *RAM, "--machine-base", "0xa0000000",
           "--offset-in", "dma-ranges"]
CARRIERS = ("dma-ranges", "interconnects", "interconnect-names", "dma-coherent",
            "dma-noncoherent")


# libfdt's path lookup finds another node for a path of these: /timer@2a810000 for /timer.
FUZZY = """
arm64/allwinner/sun50i-a64-pinebook arm64/arm/juno arm64/arm/juno-r1
arm64/arm/juno-r1-scmi arm64/arm/juno-r2 arm64/arm/juno-r2-scmi arm64/arm/juno-scmi
arm64/hisilicon/hi3660-hikey960 arm64/nvidia/tegra132-norrin
arm64/nvidia/tegra210-p2371-0000 arm64/nvidia/tegra210-p2371-2180
arm64/nvidia/tegra210-p2571 arm64/nvidia/tegra210-p2894-0050-a08
arm64/nvidia/tegra210-p3450-0000 arm64/nvidia/tegra210-smaug arm64/qcom/sm8250-mtp
arm64/rockchip/rk3566-anbernic-rg503
""".split()

PLANNED, PLANNED_WITH_RAM, PLANNED_ELSEWHERE = (
    "planned", "planned with --ram", "planned with another --dom0-base")

AT_NEAREST = "not at the native base"

# Why a tree may be refused. [no-ram] is none of these: such a tree is told RAM.
REFUSED = {
    "base": "the board's lowest RAM is reserved, is a device's, or is not one bank of 128 MiB",
    "dom0-size": "the board has not 128 MiB of RAM in one piece",
    "placement": "stock Xen cannot be made to put 128 MiB anywhere in the board's RAM",
    "unsupported": "Xen cannot run on the board, or reads its reserved memory only in part",
    "policy": "the RAM that all trees are given here has the board's interrupt controller or console in it",
}


# ---- the tool --------------------------------------------------------------------

class Applied(typing.NamedTuple):
    """What became of a tree, the policy that it was done with, and the output if there is one."""
    outcome: str
    policy: list
    target: pathlib.Path


def attempt(policies, folder, build, word=PLANNED):
    return {source: Applied(word if target else named_class(error), policies[source], target)
            for source, (target, error) in apply_all(policies, folder, build).items()}


def apply(sources, contract, folder, build):
    """{source: Applied}; a refusal gets another chance."""
    policy = ["--contract", contract, *DOM0]
    found = attempt(dict.fromkeys(sources, policy), folder / contract, build)
    found |= attempt({source: [*policy, *RAM] for source, one in found.items()
                      if one.outcome == "no-ram"}, folder / f"{contract}-ram", build,
                     PLANNED_WITH_RAM)
    for base in OTHER_BASES if contract == "native" else ():
        left = {source: [*one.policy, "--dom0-base", base] for source, one in found.items()
                if one.outcome in ("base", "placement")}
        found |= {source: one._replace(outcome=f"{found[source].outcome}, then {one.outcome}")
                  for source, one in attempt(left, folder / base, build, PLANNED_ELSEWHERE).items()
                  if one.target}
    return found


# ---- what it says ------------------------------------------------------------------

def differences(said, right, where=""):
    """In words, where an answer of the tool is not the oracle's; the tool may say more."""
    if isinstance(right, dict) and isinstance(said, dict):
        for key in right:
            if key not in said:
                yield f"{where}.{key} is missing"
            else:
                yield from differences(said[key], right[key], f"{where}.{key}")
    elif isinstance(right, list) and isinstance(said, list):
        if len(said) != len(right):
            yield (f"{where}: only the tool has {[one for one in said if one not in right]}, "
                   f"only the oracle {[one for one in right if one not in said]}")
        for mine, other in zip(said, right):
            name = other.get("path", "") if isinstance(other, dict) else ""
            yield from differences(mine, other, f"{where}[{name}]")
    elif said != right:
        yield f"{where}: the tool says {said!r}, the oracle {right!r}"


# ---- what it writes ----------------------------------------------------------------


def wrong_tags(right, after):
    """xen-dma-safe stands on the protected masters and nowhere else."""
    tagged = [node.path for node in after.nodes if "xen-dma-safe" in node.props]
    if tagged != protected(right):
        yield f"xen-dma-safe on {tagged}, protected are {protected(right)}"


def wrong_memory(contract, plan, after):
    """Under native the memory nodes are dom0's memory."""
    if contract != "native":
        return
    found = [bank for node in after.root.children if node.called("memory")
             for bank in oracle.registers(node) if bank]
    if oracle.union(found) != oracle.union(oracle.spans(plan["dom0-memory"])):
        yield f"memory nodes say {in_hex(found)}, the plan {plan['dom0-memory']}"


def wrong_reserves(contract, plan, tree, after):
    """Under xen all that was reserved still is; under native /memreserve/ has moved with RAM."""
    if contract == "xen":
        lost = oracle.without(oracle.reservations(tree), oracle.reservations(after))
        if lost:
            yield f"{in_hex(lost)} is no longer reserved"
        return
    offset = int(plan["offset"], 0)
    for base, size in tree.reserves:
        moved = oracle.as_dom0_sees(tree, base, offset)
        if not {(base, size), (moved, size)} & set(after.reserves):
            yield f"/memreserve/ {base:#x} {size:#x} is gone"


def in_hex(ranges):
    return [f"{first:#x}-{end:#x}" for first, end in ranges]


def pairs(value, cells):
    return [oracle.span(base, size) for base, size in oracle.rows(value, *cells)]


def wrong_hypervisor(contract, plan, right, after):
    """Under native /hypervisor offers the grant table and the free ranges, claimed by nobody."""
    if contract != "native":
        return
    node = next(node for node in after.root.children if node.name == "hypervisor")
    offered = pairs(node.props.get("reg", b""), after.root.cells())
    wanted = oracle.spans([right["grant-table"], *right["regions"]] if right["grant-table"] else [])
    if offered != wanted:
        yield f"/hypervisor offers {in_hex(offered)}, free are {in_hex(wanted)}"
    claimed = [*oracle.device_ranges(after), *oracle.spans(plan["dom0-memory"]),
               *oracle.bus_windows(after, oracle.spans(plan["ram"])),
               *(oracle.span(*one) for one in after.reserves)]
    for one in offered:
        found = in_hex(other for other in claimed if oracle.overlap(one, other))
        if found:
            yield f"/hypervisor offers {in_hex([one])}, but there is {found}"


def wrong_sram_map(right, after):
    """/sram-map has the runs, in root cells, each with its type."""
    found = [(bank, "".join(node.strings("dtshim,memory-type"))) for top in after.root.children
             if top.name == "sram-map" for node in top.children
             for bank in pairs(node.props["reg"], top.cells())]
    wanted = [(oracle.spans([run])[0], run["type"]) for run in right["sram"]["runs"]]
    if found != wanted:
        yield f"/sram-map says {found}, not {wanted}"


def clashes(tree):
    """Where reserved memory and the registers of a device in use have the same address."""
    reservations = oracle.reservations(tree)
    return {(path, *in_hex([reserved])) for path, bank in oracle.devices_in_use(tree)
            for reserved in reservations if oracle.overlap(bank, reserved)}


def overlapping_regions(tree):
    """Two nodes of /reserved-memory with an address in common: no Xen from 4.18 on reads further."""
    found = [(node.path, bank) for node in tree.nodes if node.path.startswith("/reserved-memory/")
             for bank in oracle.registers(node) if bank]
    return any(path != other and oracle.overlap(one, two)
               for path, one in found for other, two in found)


def wrong_output(contract, plan, right, tree, after, free=()):
    for change in changes(tree, after):
        if wrong_change(contract, plan, right, tree, change, free):
            yield "{} {}: {} became {}".format(*change)
    yield from wrong_tags(right, after)
    yield from wrong_memory(contract, plan, after)
    yield from wrong_hypervisor(contract, plan, right, after)
    yield from wrong_sram_map(right, after)
    if contract == "native":
        before = clashes(tree)
        at_home = {region for _, region in before}  # on-chip memory in it, which /sram-map says once more
        yield from (f"reserved memory now lies on {one}" for one in clashes(after) - before
                    if not (one[0].startswith("/sram-map/") and one[1] in at_home))
    yield from wrong_reserves(contract, plan, tree, after)
    if libfdt.fdt_check_full(bytearray(after.blob), len(after.blob)):
        yield "fdt_check_full() does not take the output"


def wrong_outputs(applied, word):
    """{source: what others say of its output}: dtc, and check of what check had not said before."""
    targets = {source: one.target for source, one in applied.items() if one.target}
    if not targets:
        return {}
    # Of a board that Xen cannot run on check says nothing else: it is asked under the same contract.
    before = check_all([*targets], "--contract", word)
    after = check_all([*targets.values()])
    refused = dtc_complaints([*targets.values()])
    found = {source: [f"dtc does not take the output: {refused.get(target)}"] * (target in refused)
             for source, target in targets.items()}
    for source, target in targets.items():
        # What dom0's memory means to a device cannot be said of a tree without dom0.
        new_rules = after[target] - before[source] - {"dma-reach"}
        found[source] += [f"the output breaks rules that the input did not: {sorted(new_rules)}"
                          ] * bool(new_rules)
    return found


def in_words(found):
    return [f"{first:#x}-{end:#x} at bus address {bus:#x}" for first, end, bus in found]


def wrong_carrying(tree, plan, after):
    """What stock Linux finds in the output: the address that the bus needs, device by device.

    A device behind a driven IOMMU must find what it found before, and so must a PCI host that
    programs its windows. The tool may say that an offset is lost, never that it is not.
    """
    (block,), (machine,) = (oracle.spans(plan[one]) for one in ("dom0-memory", "machine-block"))
    offset = machine[0] - block[0]
    old, new = ({node.path: node for node in one.nodes} for one in (tree, after))
    for master in plan["dma"]:
        path, safe = master["path"], master["protected"]
        window, found = oracle.window(tree, old[path]), oracle.window(after, new[path])
        wanted = oracle.on_the_bus(window, block) if safe else [
            [first - offset, end - offset, bus]
            for first, end, bus in oracle.on_the_bus(window, machine)]
        if master["offset"] != "lost" and oracle.on_the_bus(found, block) != wanted:
            yield (f"{path} ({master['offset']}, {'' if safe else 'not '}protected): Linux finds "
                   f"{in_words(oracle.on_the_bus(found, block))}, not {in_words(wanted)}")
        if oracle.programs_windows(old[path]) and (found != window or not safe and
                                                   master["offset"] != "lost"):
            yield f"{path} ({master['offset']}): programs {found}, was {window}"
        if oracle.is_coherent(after, new[path]) != master["coherent"]:
            yield f"{path}: was{'' if master['coherent'] else ' not'} coherent"


def wrong_again(applied, folder):
    """{source: what is wrong} with applying twice, which is applying once."""
    twice = apply_all({one.target: one.policy for one in applied.values() if one.target}, folder)
    return {source: [why or f"apply {one.policy} again is not byte-identical"]
            for source, one in applied.items() if one.target
            for again, why in [twice[one.target]]
            if why or again.read_bytes() != one.target.read_bytes()}


def wrong_nothing(sources, folder):
    """A policy that asks for nothing gets nothing."""
    return {source: [why or "apply --contract none is not byte-identical"] for source, (same, why) in
            apply_all(dict.fromkeys(sources, ["--contract", "none"]), folder).items()
            if why or same.read_bytes() != source.read_bytes()}


def given_ram_holds_what_xen_drives(tree):
    """RAM has registers of a GIC, of timer frames or of the UART of stdout-path in it."""
    base, size = RAM[1].split(":")
    told = oracle.span(int(base, 16), int(size.rstrip("G")) << 30)
    console = "".join(tree.at["/chosen"].strings("stdout-path")[:1]) if "/chosen" in tree.at else ""
    path = console.split(":")[0]
    if path and not path.startswith("/"):
        path = "".join(tree.at["/aliases"].strings(path)[:1])
    return any(oracle.overlap(told, one) for node in tree.nodes for one in node.registers
               if one and (node.path == path or {"arm,armv7-timer-mem"} & set(node.strings("compatible")) or
                           "interrupt-controller" in node.props and
                           any(word.startswith(("arm,gic", "arm,cortex-a", "qcom,"))
                               for word in node.strings("compatible"))))


class Contract:
    """All trees under one contract: what the tool made of them, and how they are judged."""

    def __init__(self, word, applied, folder):
        self.word, self.applied = word, applied
        self.plans = plan_all({source: one.policy for source, one in applied.items() if one.target})
        self.wrong = [wrong_outputs(applied, word), wrong_again(applied, folder)]

    def examine(self, source, table):
        """(what became of a tree, all that is wrong)."""
        one = self.applied[source]
        wrong = [words for found in self.wrong for words in found.get(source, ())]
        if not one.target:
            return one.outcome, wrong + [*self.wrong_refusal(source, one.outcome)]
        if source not in self.plans:
            return one.outcome, ["apply works but plan does not"]
        tree, after, plan = read_input(source), oracle.Tree(one.target.read_bytes()), self.plans[source]
        right = oracle.answers(tree, self.word, plan, table)
        return one.outcome + (f", {AT_NEAREST}" if plan["nearest"] else ""), [
            *wrong, *differences(plan, right, "plan"), *self.judge(plan, right, tree, after)]

    def wrong_refusal(self, source, outcome):
        if outcome not in REFUSED:
            yield f"refused, and nobody says why: {outcome}"
        tree = read_input(source)
        if outcome == "unsupported" and not for_xen.why_not(tree) and not overlapping_regions(tree):
            yield "refused, and Xen runs on it"
        if outcome == "policy" and not given_ram_holds_what_xen_drives(tree):
            yield "refused, and the RAM that was given is nothing that Xen drives"

    def judge(self, plan, right, tree, after):
        if self.word == "xen" and for_xen.why_not(tree):
            yield f"planned, and it has {for_xen.why_not(tree)}"
        yield from wrong_output(self.word, plan, right, tree, after)


class Carried(Contract):
    """The same where dom0's memory has moved and dma-ranges has to say so."""

    def judge(self, plan, right, tree, after):
        yield from wrong_output(self.word, plan, right, tree, after, CARRIERS)
        yield from wrong_carrying(tree, plan, after)
        yield from oracle_beyond.wrong_beyond(tree, plan)
        yield from oracle_beyond.wrong_numbers(tree, plan, after)


def examine_all(names, folder, record_property, build=BUILD):
    sources = staged(names, folder / "in")
    contracts = {word: Contract(word, apply([*sources.values()], word, folder, build),
                                folder / f"{word}-again") for word in CONTRACTS}
    contracts["native, offset in dma-ranges"] = Carried("native", attempt(
        dict.fromkeys(sources.values(), CARRIED), folder / "carried", build), folder / "carried-again")
    unchanged = wrong_nothing([*sources.values()], folder / "none")
    table, outcomes, wrong = oracle.no_masters(), collections.Counter(), []
    for name, source in sources.items():
        wrong += [f"{name}: {one}" for one in unchanged.get(source, ())]
        for what, contract in contracts.items():
            outcome, found = contract.examine(source, table)
            outcomes[f"{kernels.row_of(name)} {what}: {outcome}"] += 1
            wrong += [f"{name} {what}: {one}" for one in found]
    record_property("corpus", dict(outcomes))
    if wrong:
        pytest.fail(f"{len(wrong)} differences:\n" + "\n".join(wrong[:50]), pytrace=False)


# ---- tests ----------------------------------------------------------------------------

@pytest.mark.parametrize("name", COVER)
def test_cover(name, scratch):
    examine_all([name], scratch, lambda *_: None, TOOL.parent)


@pytest.mark.slow
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_corpus(chunk, scratch, record_property):
    examine_all(all_names()[chunk::CHUNKS], scratch, record_property)


@pytest.mark.slow
@pytest.mark.parametrize("chunk", range(CHUNKS))
@pytest.mark.parametrize("kernel", kernels.NEWER)
def test_newer(kernel, chunk, scratch, record_property):
    examine_all(newer_names(kernel)[chunk::CHUNKS], scratch, record_property)


@pytest.mark.parametrize("contract", CONTRACTS)
@pytest.mark.parametrize("name", FUZZY)
def test_exact_names(name, contract, scratch):
    """No node gets what was meant for another one whose name only starts like its own."""
    before = oracle.Tree((TREES / f"{name}.dtb").read_bytes())
    alike = [node for node in before.nodes
             if before.fdt.path_offset(node.path, [libfdt.NOTFOUND]) != node.offset]
    assert alike, "libfdt finds every node of this tree: it shows nothing"
    (applied,) = apply([TREES / f"{name}.dtb"], contract, scratch, TOOL.parent).values()
    after = {node.path: node for node in oracle.Tree(applied.target.read_bytes()).nodes}
    for node in alike:
        first = before.fdt.path_offset(node.path)
        rival = next(other for other in before.nodes if other.offset == first)
        for one in (node, rival):
            assert after[one.path].props == one.props, one.path
