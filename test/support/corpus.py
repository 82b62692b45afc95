# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The board trees of Debian's kernels, and what of them may change."""
import collections
import functools
import json
import re
import subprocess

import pytest

import kernels
import oracle
import oracle_sram
from patience import patience
from places import BUILD, GUESTS

TREES = GUESTS / "dtbs"
CONTRACTS = ("native", "xen")
DOM0 = ["--dom0-mem", "128M"]
RAM = ["--ram", "0x80000000:1G"]
CHUNKS = 24
# Each shape that the corpus has is in one of these.
COVER = """
arm64/arm/corstone1000-fvp arm64/arm/juno arm64/broadcom/bcm2711-rpi-4-b
arm64/freescale/fsl-ls1088a-qds arm64/freescale/imx8dxl-evk
arm64/freescale/imx8mm-mx8menlo arm64/freescale/imx8mp-evk arm64/hisilicon/hi6220-hikey
arm64/hisilicon/hip07-d05 arm64/marvell/ac5-98dx35xx-rd arm64/qcom/sc7180-idp
arm64/qcom/sdm850-samsung-w737 arm64/ti/k3-am642-evm arm64/xilinx/zynqmp-sm-k26-revA
armhf/am335x-sl50 armhf/armada-370-seagate-nas-2bay armhf/armada-388-db
armhf/aspeed-bmc-opp-nicole armhf/dra7-evm armhf/imx6qp-prtwd3 armhf/mmp2-brownstone
armhf/mmp3-dell-ariel armhf/pxa910-dkb armhf/sun5i-gr8-evb armhf/xenvm-4.2
""".split()


def run(build, *arguments):
    done = subprocess.run([build / "dtshim", *map(str, arguments)], capture_output=True,
                          timeout=patience(60))
    done.out, done.err = done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
    assert "Sanitizer" not in done.err and "runtime error" not in done.err, done.err
    return done


def named_class(error):
    """The word in brackets at the end of the error's first line."""
    word = re.search(r"\[([a-z0-9-]+)\]$", error.split("\n")[0])
    return word.group(1) if word else "no class: " + error


def refusal(done):
    return named_class(done.err) if done.returncode == 2 else "no class: " + done.err


# ---- many trees in one run ---------------------------------------------------------------

def all_names():
    names = kernels.names(kernels.FIRST)
    assert len(names) > 1000, "build/guests/dtbs is not complete: scripts/fetch-trees"
    return names


def newer_names(kernel):
    """Of another kernel: all, or one of each SoC."""
    if not kernels.folder(kernel, "arm64"):
        pytest.skip(kernels.why_not_here(kernel))
    return kernels.to_examine(kernel)


def staged(names, folder):
    """{name: path}: the trees side by side, as those of two vendors may have the same name."""
    folder.mkdir()
    paths = {name: folder / f"{number}-{name.split('/')[-1]}.dtb"
             for number, name in enumerate(names)}
    for name, path in paths.items():
        path.symlink_to(kernels.path_of(name))
    return paths


def by_policy(policies):
    """[(policy, sources)] of {source: policy}."""
    groups = collections.defaultdict(list)
    for source, policy in policies.items():
        groups[tuple(policy)].append(source)
    return groups.items()


def errors_by_file(done):
    """{path: what an error says of it} of a run over several trees."""
    return {part.split(": ")[0]: part for part in re.split("^dtshim: ", done.err, flags=re.M)
            if part.split("\n")[0].endswith("]")}


def apply_all(policies, folder, build=BUILD):
    """{source: (its output, None), or (None, the error)} for {source: policy}."""
    found = {}
    folder.mkdir()
    for number, (policy, sources) in enumerate(by_policy(policies)):
        out = folder / str(number)
        done = run(build, "apply", *policy, *sources, "-o", f"{out}/")
        said = errors_by_file(done)
        for source in sources:
            target = out / source.name
            found[source] = (target, None) if target.exists() else (None, said.get(str(source)))
            assert target.exists() != (str(source) in said), done.err
        assert done.returncode == (2 if said else 0), done.err
    return found


def plan_all(policies, build=BUILD):
    """{source: what plan --json says} for {source: policy}, where there is a plan."""
    found = {}
    for policy, sources in by_policy(policies):
        done = run(build, "plan", "--json", *policy, *sources)
        said = json.loads(done.out or "null")
        if len(sources) == 1:
            said = [{"plan": said} if said else {}]
        found |= {source: one["plan"] for source, one in zip(sources, said, strict=True)
                  if "plan" in one}
    return found


def dtc_complaints(paths):
    """{path: what dtc says} of those that it does not take, or not without a word."""
    loop = 'for tree; do dtc -q -I dtb -O dtb -o /dev/null "$tree" 2>&1 || echo refused; echo "= $tree"; done'
    done = subprocess.run(["sh", "-c", loop, "sh", *paths], capture_output=True, text=True)
    said = dict(reversed(part) for part in re.findall(r"((?:.*\n)*?)= (.*)\n", done.stdout))
    return {path: said[str(path)] for path in paths if said[str(path)]}


def check_all(paths, *policy):
    """{path: the rules that its tree breaks}."""
    done = run(BUILD, "check", *policy, *paths)
    assert done.returncode in (0, 1), done.err
    found = {str(path): set() for path in paths}
    for path, rule in re.findall(r"^(\S+): ([a-z0-9-]+): ", done.out, re.M):
        found[path].add(rule)
    return {path: found[str(path)] for path in paths}


@functools.lru_cache(maxsize=1)
def read_input(path):
    """Once for all that is done with it."""
    return oracle.Tree(path.read_bytes())


@functools.lru_cache(maxsize=1)
def properties_before(tree):
    return properties(tree)


def properties(tree):
    return {(node.path, name): value for node in tree.nodes
            for name, value in [(None, b""), *node.props.items()]}


def names_for_xen(before, after):
    """{new: old} paths of nodes below another one that Xen before 4.20 takes for RAM by name."""
    there = {node.path for node in after.nodes}
    renamed = {node.path: f"{node.parent.path.rstrip('/')}/region{node.name[len('memory'):]}"
               for node in before.nodes if node.parent and node.parent.parent and
               node.name.split("@")[0] == "memory" and "reg" in node.props}
    return {new: old for old, new in renamed.items() if old not in there and new in there}


def changes(before, after):
    """(path, property or None for the node itself, old value, new value) by exact paths."""
    renamed = names_for_xen(before, after)
    before, after = properties_before(before), properties(after)
    after = {(renamed.get(path, path), name): value for (path, name), value in after.items()}
    for place in {**before, **after}:
        if before.get(place) != after.get(place):
            yield *place, before.get(place), after.get(place)


def is_dtshims_own(path, tree):
    """Places that dtshim makes or rewrites: memory, /chosen, what it adds to the root."""
    top = path.split("/")[1]
    name = top.split("@")[0]
    return (name in ("memory", "chosen", "hypervisor", "sram-map") or name.startswith("dtshim")
            or all(node.name != top for node in tree.root.children))


def is_cut(node, old, new):
    """`reg` up to the first entry that the CPU cannot reach: Xen panics on that one."""
    rows = list(oracle.rows(old, *node.parent.cells()))
    kept = list(oracle.rows(new or b"", *node.parent.cells()))
    return rows[:len(kept)] == kept and oracle.registers(node)[len(kept)] is None


def has_the_others_type(tree, node, old, new):
    """An interrupt that a node says with one type, and this one with another."""
    said = {one for other in tree.nodes if other is not node
            for one in oracle.rows(other.props.get("interrupts", b""), 1, 1, 1)}
    changed = [after for before, after in zip(oracle.rows(old, 1, 1, 1), oracle.rows(new or b"", 1, 1, 1))
               if before != after]
    return len(old) == len(new or b"") and bool(changed) and set(changed) <= said


def entries(value, *cells):
    """Rows of cells, each part as its cells; what is left over is no row."""
    words = [value[i:i + 4] for i in range(0, len(value) // 4 * 4, 4)]
    for at in range(0, len(words) - sum(cells) + 1, sum(cells)):
        row = []
        for count in cells:
            row.append(b"".join(words[at:at + count]))
            at += count
        yield row


def is_widened(node, old, new):
    """
    `ranges` with entries behind its own that lead where Linux goes without them: by the last two
    cells to where an entry that holds the address does, 1:1 where there is none. Or to a doorbell
    that a driver reads as it stands (brcm,bcm2712-mip).
    """
    cells = (3, 2) if node.is_pci() else node.cells()
    shape = cells[0], 3 if node.parent.is_pci() else node.parent.cells()[0], cells[1]
    doorbells = {value[:4 * cells[0]] for one in node.children if "brcm,bcm2712-mip" in one.strings("compatible")
                 for value, _ in list(entries(one.props["reg"], *cells))[1:]}

    def number(value):
        return int.from_bytes(value[-8:], "big")

    def leads(child):
        for base, up, size in entries(old, *shape):
            if number(base) <= number(child) < number(base) + number(size):
                return number(up) + number(child) - number(base)
        return number(child) if not old or child in doorbells else None

    return new.startswith(old) and new != old and all(
        leads(child) == number(up) for child, up, _ in entries(new[len(old):], *shape))


def is_filled(node, old, new):
    """An interrupt controller names itself, with nothing behind it, where an entry was empty."""
    own = node.props.get("phandle", b"") + bytes(4 * node.word("#interrupt-cells", 0))
    return "interrupt-controller" in node.props and len(new) > len(old) and \
        new.replace(own, bytes(4)) == old


def is_sram_in(tree, node, ram):
    """It, or what it is a part of, is SRAM by name and RAM by address, and no region of no-map is it."""
    no_map = [bank for other in tree.nodes if other.path.startswith("/reserved-memory/")
              and "no-map" in other.props for bank in oracle.registers(other) if bank]
    return any(oracle.overlap(piece, bank) for above in node.lines_of_parents()
               if not oracle_sram.SRAM.isdisjoint(above.strings("compatible"))
               for register in [oracle_sram.first_register(above)] if register
               for piece in oracle.without([register], no_map) for bank in ram)


def is_mend_for_xen(tree, node, safe, name, old, new, ram):
    """What stock Xen cannot live with: IOMMUs that others drive, SRAM in RAM, `reg` out of reach,
    interrupts of two types."""
    if name == "xen,passthrough" and new == b"" and is_sram_in(tree, node, ram):
        return True
    if name == "xen,passthrough" and node.path in oracle.on_the_consoles_line(tree) and new == b"":
        return True
    if node.path in oracle.with_extended_interrupts(tree) and name in (
            "xen,passthrough", "interrupts", "interrupts-extended"):
        return new == (b"" if name == "xen,passthrough" else None)
    if name == "ranges":
        return is_widened(node, old, new or b"")
    if name == "interrupts-extended":
        return is_filled(node, old, new or b"")
    if name == "interrupts":
        return has_the_others_type(tree, node, old, new)
    if name in ("status", "xen,passthrough"):
        return "#iommu-cells" in node.props and oracle.DRIVEN.isdisjoint(node.strings("compatible"))
    if name in ("iommus", "iommu-map", "iommu-map-mask"):
        return new is None and node.path not in safe
    return name == "reg" and is_cut(node, old, new)


@functools.lru_cache(maxsize=1)
def known_regions(tree):
    """The phandles in memory-region, of all nodes."""
    values = [node.props.get("memory-region", b"") for node in tree.nodes]
    return {value[i:i + 4] for value in values for i in range(0, len(value), 4)}


def is_region_mended(tree, node, name, old, new):
    """Reserved memory that is disabled, or that no driver knows, is said otherwise."""
    if not node.path.startswith("/reserved-memory/"):
        return False
    if name == "reg" and node.props.get("status") == b"disabled\0":
        return new is None
    if "compatible" in node.props or node.props.get("phandle") in known_regions(tree):
        return False
    left = [oracle.span(*one) for one in oracle.rows(new or b"", *node.parent.cells())]
    had = [oracle.span(*one) for one in oracle.rows(old, *node.parent.cells())]
    return new is None or name == "reg" and not oracle.without(left, had)


def follows_ram(tree, node, name, old, new, offset):
    """Reserved memory in a tree with an offset: as far from where it was as dom0's memory."""
    if not offset or not node.path.startswith("/reserved-memory/"):
        return False
    before, after = (list(oracle.rows(value or b"", *node.parent.cells())) for value in (old, new))
    return name == "alloc-ranges" or name == "reg" and len(before) == len(after) and all(
        size == old_size and base in (old_base, oracle.as_dom0_sees(tree, old_base, offset))
        for (old_base, old_size), (base, size) in zip(before, after))


def wrong_change(contract, plan, right, tree, change, free=()):
    path, name, old, new = change
    if is_dtshims_own(path, tree) or name in ("xen-dma-safe", *free):
        return False
    node = tree.at.get(path)
    if node is not None and contract == "xen" and is_region_mended(tree, node, name, old, new):
        return False
    if node is None or name is None:
        return True
    if contract == "native":
        return not follows_ram(tree, node, name, old, new, int(plan["offset"], 0))
    return not is_mend_for_xen(tree, node, protected(right), name, old, new, oracle.spans(plan["ram"]))


def protected(right):
    return [one["path"] for one in right["dma"] if one["protected"]]
