# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Every board tree of Debian's kernels as a xen,domain, against test/support/oracle_domain.py.

A tree is planned and nothing is wrong with it and with the domain's tree, or it is
refused for a reason that has a line in REFUSED.
"""
import collections
import json
import subprocess

import pytest

import kernels
import oracle
import oracle_domain
from corpus import (CHUNKS, COVER, DOM0, RAM, TREES, all_names, apply_all, changes, dtc_complaints,
                    named_class, newer_names, plan_all, read_input, run, staged, wrong_change)
from places import BUILD, TOOL

SHOWN = 60
LARGE = ["--xen-features", "static-mem large-tree"]

BLOCK = ["--xen-features", "static-mem", *RAM, "--machine-base", "0xa0000000"]

# Where RAM is told: (options, features). Where the tree has RAM of its own the block is
# chosen by default, and Xen has no static memory.
RUNS = {
    "blocks told": (["--passthrough", "all-dma", *LARGE, *RAM, "--machine-blocks",
                     "0xb0000000:64M 0xa8000000:64M"], {"static-mem", "large-tree"}),
    "base told": (["--passthrough", "all-dma", *LARGE, *RAM, "--machine-base", "0xa0000000"],
                  {"static-mem", "large-tree"}),
    "own RAM": (["--passthrough", "all-dma", "--xen-features", "large-tree"], {"large-tree"}),
}

# Why a tree may be refused: the class, and what it says after the path.
REFUSED = {
    "no-ram": "",
    "dom0-size": "",
    "base": "",
    "placement": "",
    "too-large": "",
}
# [unsupported]: a node that a device needs, or that was asked for, cannot come.
UNSUPPORTED = (
    "it is disabled",
    "Xen keeps it for itself",
    "its interrupt is SPI 0",
    "its bus reaches none of the domain's machine memory",
    "Xen knows no interrupt controller of this board",
    "cannot run on this board",
    "this reserved memory overlaps",
    "Xen passes no PCI hosts",
    "an IOMMU that Xen drives blocks its DMA",
    "it has dma-ranges of its own",
    "it is not a device",
    "names nodes that do not exist",
    "a bus above has no ranges for them",
    "its registers are in RAM",
    "its registers are at addresses where every xen,domain has its GIC",
    "its registers are at addresses where the domain has its memory",
    "its registers are at addresses where",
    "it has a private interrupt of a CPU",
    "it has an extended interrupt of a GICv3.1",
    "an entry of its interrupts-extended is empty",
    "it has interrupts but no registers",
    "it calls firmware",
    "share a page with something that Xen keeps",
    "has too few cells for its address",
    "it is behind an IOMMU but has no registers",
    "its interrupts go through an interrupt-map",
    "its interrupts go through a controller that forwards them",
    "its DMA takes a different path from the device above it",
)

BOARDS = """
arm64/arm/juno arm64/freescale/imx8mp-evk arm64/qcom/sdm845-db845c
arm64/rockchip/rk3399-rockpro64 arm64/xilinx/zynqmp-zcu102-rev1.0 armhf/am335x-boneblack
arm64/allwinner/sun50i-a64-pine64-plus
""".split()


def reason(error):
    """(class, reason without paths and numbers) of a refusal."""
    first = error.split("\n")[0]
    kind = named_class(error)
    if kind != "unsupported":
        return kind
    found = next((one for one in UNSUPPORTED if one in first), None)
    return f"{kind}: {found}" if found else f"{kind}, and nobody says why: {first}"


def same_ram(tree, after):
    """In all: banks that touch become one, in the first of the memory nodes."""
    def ram(of):
        return oracle.union(bank for node in of.root.children if node.called("memory")
                            for bank in oracle.registers(node) if bank)
    return ram(tree) == ram(after)


def properties_that_differ(tree, after, plan, told):
    """What the host's tree may have that it had not, beside dtshim's own nodes."""
    right = {"dma": plan["dma"]}
    for path, name, old, new in changes(tree, after):
        node = tree.at.get(path)
        if name == "xen,passthrough" and node and new == b"":
            continue # oracle_domain looks at each of them
        if (path.startswith("/memory") and node and not told and name != "device_type"
                and not same_ram(tree, after)):
            yield f"{path}: {name} became {new}, though nobody told RAM"
        if wrong_change("xen", plan, right, tree, (path, name, old, new)):
            yield f"{path} {name}: {old} became {new}"


class Run:
    """All trees with these options: what the tool made of them, and how it is judged."""

    def __init__(self, sources, options, features, folder, build):
        self.options, self.features, self.folder = options, features, folder
        policies = dict.fromkeys(sources, ["--layout", "offset", *DOM0, *options])
        self.applied = apply_all(policies, folder, build)
        self.plans = plan_all({source: policies[source] for source, (target, _)
                               in self.applied.items() if target})
        self.made = {}

    def keep(self, source, what, blob):
        """For dtc, which is asked about all of them at once."""
        path = self.folder / f"{len(self.made)}.made"
        path.write_bytes(blob)
        self.made[path] = source, what

    def examine(self, source):
        """(what became of a tree, all that is wrong)."""
        target, error = self.applied[source]
        if not target:
            outcome = reason(error)
            wrong = [] if "nobody" not in outcome and "no class" not in outcome else [
                f"refused: {error[:300]}"]
            inner = list(self.folder.rglob(source.name.replace(".dtb", ".domain.dtb")))
            return outcome, wrong + ["an output all the same"] * bool(inner)
        tree, after, plan = read_input(source), oracle.Tree(target.read_bytes()), self.plans[source]
        inner = target.with_suffix(".domain.dtb").read_bytes()
        wrong = list(oracle_domain.wrong_things(
            tree, after, inner, plan, self.features,
            lambda what, blob: self.keep(source, what, blob) or ()))
        wrong += properties_that_differ(tree, after, plan, "--ram" in self.options)
        return "planned", wrong

    def ask_dtc(self):
        """(source, what dtc says) of all that was kept."""
        for path, said in dtc_complaints([*self.made]).items():
            source, what = self.made[path]
            yield source, f"{what}: dtc says {said[:200]}"


def examine_all(names, runs, folder, record_property, label, build=BUILD):
    """`label` makes the line that an outcome is counted in of a tree's name and the run."""
    sources, outcomes, wrong = staged(names, folder / "in"), collections.Counter(), []
    done = {what: Run([*sources.values()], *options, folder / str(number), build)
            for number, (what, options) in enumerate(runs.items())}
    for name, source in sources.items():
        for what, one in done.items():
            outcome, found = one.examine(source)
            outcomes[f"{label(name, what)}: {outcome}"] += 1
            wrong += [f"{name}, {what}: {words}" for words in found]
    wrong += [f"{source.name}, {what}: {words}" for what, one in done.items()
              for source, words in one.ask_dtc()]
    record_property("corpus", dict(outcomes))
    if wrong:
        pytest.fail(f"{len(wrong)} differences:\n" + "\n".join(wrong[:SHOWN]), pytrace=False)


def as_domain(name, what):
    return f"{kernels.row_of(name)} domain, {what}"


@pytest.mark.parametrize("name", COVER)
def test_cover(name, scratch):
    examine_all([name], RUNS, scratch, lambda *_: None, as_domain, TOOL.parent)


@pytest.mark.slow
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_corpus_domain(chunk, scratch, record_property):
    examine_all(all_names()[chunk::CHUNKS], RUNS, scratch, record_property, as_domain)


@pytest.mark.slow
@pytest.mark.parametrize("chunk", range(CHUNKS))
@pytest.mark.parametrize("kernel", kernels.NEWER)
def test_newer(kernel, chunk, scratch, record_property):
    examine_all(newer_names(kernel)[chunk::CHUNKS], RUNS, scratch, record_property, as_domain)


def masters_of(name):
    tree, table = oracle.Tree((TREES / f"{name}.dtb").read_bytes()), oracle.no_masters()
    lists = oracle.listed_by(tree)
    return [node.path for node in tree.nodes if oracle.may_master(node, node.path in lists, table)]


@pytest.mark.slow
@pytest.mark.parametrize("name", BOARDS)
def test_one_by_one(name, scratch, record_property):
    """Each DMA master of a board as the only one asked for, on a Xen with room for 4096 bytes."""
    runs = {path: (["--passthrough", path, *BLOCK], {"static-mem"}) for path in masters_of(name)}
    examine_all([name], runs, scratch, record_property,
                lambda name, _: f"{name.split('/')[-1]} one by one")


# ---- the oracle itself --------------------------------------------------------------------

SABOTAGE = {
    "offset": ("<0x00 0xa0000000 0x00 0x40000000 0x00 0x8000000>",
               "<0x00 0xa0000000 0x00 0x40001000 0x00 0x8000000>"),
    "not forced": ("xen,force-assign-without-iommu;", ""),
    "forced": ('xen,path = "/hdlcd@7ff50000";',
               'xen,path = "/hdlcd@7ff50000"; xen,force-assign-without-iommu;'),
    "not safe": ("xen-dma-safe;", ""),
    "page": ("xen,reg = <0x00 0x7ff50000 0x00 0x1000 0x00 0x7ff50000>",
             "xen,reg = <0x00 0x7ff50000 0x00 0x2000 0x00 0x7ff50000>"),
    "guest page": ("xen,reg = <0x00 0x7ff50000 0x00 0x1000 0x00 0x7ff50000>",
                   "xen,reg = <0x00 0x7ff50000 0x00 0x1000 0x00 0x7ff60000>"),
    "registers": ("\treg = <0x00 0x7ff50000 0x00 0x1000>", "\treg = <0x00 0x7ff50000 0x00 0x800>"),
    "interrupt": ("interrupts = <0x00 0x5d 0x04>", "interrupts = <0x00 0x5e 0x04>"),
    "property": ('clock-names = "pxlclk";', ""),
    "reference": ("clocks = <0x40 0x03>", "clocks = <0x4f 0x03>"),
    "coherent": ("compatible = \"arm,hdlcd\";", "compatible = \"arm,hdlcd\"; dma-coherent;"),
    "status": ("compatible = \"arm,hdlcd\";", "compatible = \"arm,hdlcd\"; status = \"okay\";"),
    "path": ('xen,path = "/hdlcd@7ff50000"', 'xen,path = "/hdlcd@7ff60000"'),
    "name": ("hdlcd@7ff50000 {", "scp-sram@2e000200 {"),
}


@pytest.fixture(scope="module")
def hdlcd(tmp_path_factory):
    """(host's tree, output, source of the domain's tree, plan) of one protected device of Juno."""
    folder = tmp_path_factory.mktemp("hdlcd")
    source, target = TREES / "arm64/arm/juno.dtb", folder / "out.dtb"
    policy = ["--layout", "offset", *DOM0, "--passthrough", "/hdlcd@7ff50000", *BLOCK]
    assert run(BUILD, "apply", *policy, source, "-o", target).returncode == 0
    text = subprocess.run(["dtc", "-q", "-I", "dtb", "-O", "dts", folder / "out.domain.dtb"],
                          capture_output=True, check=True).stdout.decode()
    plan = json.loads(run(BUILD, "plan", "--json", *policy, source).out)
    return oracle.Tree(source.read_bytes()), oracle.Tree(target.read_bytes()), text, plan


def wrong_with(hdlcd, text):
    tree, after, _, plan = hdlcd
    blob = subprocess.run(["dtc", "-q", "-f", "-I", "dts", "-O", "dtb"], input=text.encode(),
                          capture_output=True, check=True).stdout
    return [one for one in oracle_domain.wrong_things(tree, after, blob, plan, {"static-mem"})
            if not one.startswith("the domain's tree has ")]


def test_oracle_is_content(hdlcd):
    assert wrong_with(hdlcd, hdlcd[2]) == []


@pytest.mark.parametrize("what", SABOTAGE)
def test_oracle_sees(hdlcd, what):
    old, new = SABOTAGE[what]
    assert old in hdlcd[2]
    assert wrong_with(hdlcd, hdlcd[2].replace(old, new, 1))
