# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Every board tree of Debian's kernels, under both contracts, against test/support/oracle.py.

A tree is planned, or refused for a reason that has a line in REFUSED. What was
planned agrees with the oracle, and what was written differs from the input only
where dtshim has business.
"""
import collections
import json
import subprocess

import libfdt
import pytest

import oracle
from corpus import (CHUNKS, CONTRACTS, COVER, DOM0, RAM, TREES, broken_rules, changes, protected,
                    read_input, refusal, run, wrong_change)
from places import BUILD, SANITIZED

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
}


# ---- the tool --------------------------------------------------------------------


def attempt(source, target, policy):
    done = run(SANITIZED, "apply", *policy, source, "-o", target)
    return PLANNED if done.returncode == 0 else refusal(done)


def apply(source, contract, target):
    """(what became of it, the policy that it was done with); a refusal gets another chance."""
    policy = ["--contract", contract, *DOM0]
    outcome = attempt(source, target, policy)
    if outcome == "no-ram":
        policy += RAM
        outcome = attempt(source, target, policy)
        outcome = PLANNED_WITH_RAM if outcome == PLANNED else outcome
    if contract == "native" and outcome in ("base", "placement"):
        for base in OTHER_BASES:
            moved = [*policy, "--dom0-base", base]
            if attempt(source, target, moved) == PLANNED:
                return f"{outcome}, then {PLANNED_ELSEWHERE}", moved
    return outcome, policy


def is_planned(outcome):
    return outcome.endswith((PLANNED, PLANNED_WITH_RAM, PLANNED_ELSEWHERE))


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


def read_plan(source, policy, build=SANITIZED):
    done = run(build, "plan", "--json", *policy, source)
    assert done.returncode == 0, "apply works but plan does not: " + done.err
    return json.loads(done.out)


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


def wrong_reserves(plan, tree, after):
    """Each /memreserve/ of the input still stands, or has moved with RAM."""
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


def wrong_output(contract, plan, right, source, target, free=()):
    (tree, known_rules), blob = read_input(source), target.read_bytes()
    after = oracle.Tree(blob)
    for change in changes(tree, after):
        if wrong_change(contract, plan, right, tree, change, free):
            yield "{} {}: {} became {}".format(*change)
    yield from wrong_tags(right, after)
    yield from wrong_memory(contract, plan, after)
    yield from wrong_hypervisor(contract, plan, right, after)
    yield from wrong_sram_map(right, after)
    if contract == "native":
        yield from (f"reserved memory now lies on {one}" for one in clashes(after) - clashes(tree))
    yield from wrong_reserves(plan, tree, after)
    if libfdt.fdt_check_full(bytearray(blob), len(blob)):
        yield "fdt_check_full() does not take the output"
    if subprocess.run(["dtc", "-q", "-I", "dtb", "-O", "dtb", "-o", "/dev/null", target],
                      capture_output=True).returncode:
        yield "dtc does not take the output"
    # What dom0's memory means to a device cannot be said of a tree without dom0.
    new_rules = broken_rules(target) - known_rules - {"dma-reach"}
    if new_rules:
        yield f"the output breaks rules that the input did not: {sorted(new_rules)}"


def in_words(found):
    return [f"{first:#x}-{end:#x} at bus address {bus:#x}" for first, end, bus in found]


def wrong_carrying(tree, plan, after):
    """What stock Linux finds in the output: the address that the bus needs, device by device.

    A device behind a driven IOMMU must find what it found before. The tool may say that
    an offset is lost, never that it is not.
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
        if oracle.is_coherent(after, new[path]) != master["coherent"]:
            yield f"{path}: was{'' if master['coherent'] else ' not'} coherent"


def wrong_again(source, target, policy):
    """Applying twice is applying once, and a policy that asks for nothing gets nothing."""
    again, nothing = target.with_name("again.dtb"), target.with_name("none.dtb")
    for build, arguments, want in (
            (BUILD, [*policy, target, "-o", again], target),
            (BUILD, ["--contract", "none", source, "-o", nothing], source)):
        done = run(build, "apply", *arguments)
        if done.returncode:
            yield f"apply {arguments}: {done.err}"
        elif arguments[-1].read_bytes() != want.read_bytes():
            yield f"apply {arguments} is not byte-identical"


def examine(name, contract, folder, table):
    """(what became of a tree, all that is wrong)."""
    source, target = TREES / f"{name}.dtb", folder / "out.dtb"
    target.unlink(missing_ok=True)
    outcome, policy = apply(source, contract, target)
    if not is_planned(outcome):
        wrong = [] if outcome in REFUSED else [f"refused, and nobody says why: {outcome}"]
        return outcome, wrong + (["an output all the same"] if target.exists() else [])
    plan = read_plan(source, policy)
    outcome += f", {AT_NEAREST}" if plan["nearest"] else ""
    right = oracle.answers(read_input(source)[0], contract, plan, table)
    return outcome, [*differences(plan, right, "plan"),
                     *wrong_output(contract, plan, right, source, target),
                     *wrong_again(source, target, policy)]


def examine_carried(name, folder, table):
    """The same where dom0's memory has moved and dma-ranges has to say so."""
    source, target = TREES / f"{name}.dtb", folder / "out.dtb"
    outcome = attempt(source, target, CARRIED)
    if outcome != PLANNED:
        return outcome, [] if outcome in REFUSED else [f"refused, and nobody says why: {outcome}"]
    tree, plan = read_input(source)[0], read_plan(source, CARRIED, BUILD)
    right = oracle.answers(tree, "native", plan, table)
    return outcome, [*differences(plan, right, "plan"),
                     *wrong_output("native", plan, right, source, target, CARRIERS),
                     *wrong_carrying(tree, plan, oracle.Tree(target.read_bytes()))]


def examine_all(names, folder, record_property):
    table, outcomes, wrong = oracle.no_masters(), collections.Counter(), []
    for name in names:
        for what in (*CONTRACTS, "native, offset in dma-ranges"):
            outcome, found = (examine(name, what, folder, table) if what in CONTRACTS
                              else examine_carried(name, folder, table))
            outcomes[f"{name.split('/')[0]} {what}: {outcome}"] += 1
            wrong += [f"{name} {what}: {one}" for one in found]
    record_property("corpus", dict(outcomes))
    if wrong:
        pytest.fail(f"{len(wrong)} differences:\n" + "\n".join(wrong[:50]), pytrace=False)


# ---- tests ----------------------------------------------------------------------------

@pytest.mark.parametrize("name", COVER)
def test_cover(name, tmp_path):
    examine_all([name], tmp_path, lambda *_: None)


@pytest.mark.slow
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_corpus(chunk, tmp_path, record_property):
    names = sorted(str(path.relative_to(TREES).with_suffix("")) for path in TREES.rglob("*.dtb"))
    assert len(names) > 1000, "build/guests/dtbs is not complete: scripts/fetch-trees"
    examine_all(names[chunk::CHUNKS], tmp_path, record_property)


@pytest.mark.parametrize("contract", CONTRACTS)
@pytest.mark.parametrize("name", FUZZY)
def test_exact_names(name, contract, tmp_path):
    """No node gets what was meant for another one whose name only starts like its own."""
    before = oracle.Tree((TREES / f"{name}.dtb").read_bytes())
    alike = [node for node in before.nodes
             if before.fdt.path_offset(node.path, [libfdt.NOTFOUND]) != node.offset]
    assert alike, "libfdt finds every node of this tree: it shows nothing"
    outcome, _ = apply(TREES / f"{name}.dtb", contract, tmp_path / "out.dtb")
    assert is_planned(outcome)
    after = {node.path: node for node in oracle.Tree((tmp_path / "out.dtb").read_bytes()).nodes}
    for node in alike:
        first = before.fdt.path_offset(node.path)
        rival = next(other for other in before.nodes if other.offset == first)
        for one in (node, rival):
            assert after[one.path].props == one.props, one.path
