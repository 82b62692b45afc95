#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""
What dtshim costs, in instructions, beside others that do the same; ratios come first.
BENCH_STEP=5 takes every fifth tree of the corpus only.
BASE=<commit> counts that one, too, with the same programs, and sets both side by side.
usage: bench.py BUILD GUESTS CROSS-PREFIX [edits|job|growth|boot|size|many ...]
"""
import concurrent.futures
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import typing

import libfdt

import at_commit
import bench_boot

ROOT = pathlib.Path(__file__).resolve().parent.parent
TREES = ("qcom/sdm845-db845c", "arm/juno-r2")
ADDED, LENGTHENED = "xen-dma-safe", "compatible"

# Callgrind counts each byte that `rep movsb` copies; a processor does not.
NO_REP = 1 << 30
ENVIRONMENT = {**os.environ, "PYTHONHASHSEED": "0",
               "GLIBC_TUNABLES": f"glibc.cpu.x86_rep_movsb_threshold={NO_REP}:"
                                 f"glibc.cpu.x86_rep_stosb_threshold={NO_REP}"}


def run(*command):
    words = [str(word) for word in command]
    done = subprocess.run(words, capture_output=True, text=True, env=ENVIRONMENT)
    if done.returncode:
        raise SystemExit(f"bench: {' '.join(words)}: {done.stderr}")
    return done


def callgrind(folder, *command):
    return run("nice", "valgrind", "--tool=callgrind", "--combine-dumps=yes",
               f"--callgrind-out-file={folder}/callgrind.out", *command)


def parts(folder, *command):
    """The counts that a program of test/bench asks for, by name, and its output."""
    done = callgrind(folder, "--collect-atstart=no", *command)
    text = (pathlib.Path(folder) / "callgrind.out").read_text()
    counts = re.findall(r"^desc: Trigger: Client Request: (\S+)$.*?^summary: (\d+)$", text,
                        re.M | re.S)
    return [(name, int(count)) for name, count in counts], done.stdout


def whole(folder, *command):
    """All instructions of a process."""
    return int(re.search(r"Collected : (\d+)", callgrind(folder, *command).stderr)[1])


def both_at_once(function, items):
    """Callgrind uses one core."""
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        return list(pool.map(function, items))


def table(title, head, rows):
    print(f"\n{title}\n", flush=True)
    widths = [max(len(str(row[at])) for row in [head, *rows]) for at in range(len(head))]
    for row in [head, *rows]:
        print("  " + "  ".join(f"{cell:<{width}}" if at == 0 else f"{cell:>{width}}"
                               for at, (cell, width) in enumerate(zip(row, widths))).rstrip())


def times(factor):
    return f"{factor:,.0f}" if factor >= 100 else f"{factor:.3g}"


# ---- the same edits ---------------------------------------------------------------------------

LIBRARY_WAYS = {  # ways of test/bench/edits.c
    "dtshim": "dtshim, nodes by number",
    "dtshim-once": "dtshim, output not checked",
    "dtshim-paths": "dtshim, by path each",
    "dtshim-reverse": "dtshim, last node first",
    "libfdt-paths": "libfdt in C, by path each",
    "libfdt-walk": "libfdt in C, one walk",
    "libfdt-reverse": "libfdt in C, last node first",
}
FLOORS = {
    "shim_tree_check": "shim_tree_check of it, alone",
    "fdt_check_full": "fdt_check_full of it, alone",
    "memcpy": "memcpy of it, alone",
}
TOOL_WAYS = {
    "python": "python3-libfdt",
    "fdtput": "fdtput, once for each",
    "fdtoverlay": "fdtoverlay",
    "dtc": "dtc to source and back",
}
WAYS = {**LIBRARY_WAYS, **TOOL_WAYS}
FDTPUT_SAMPLE = 10


def nodes_of(fdt):
    """(number, offset, path) in document order, where libfdt's look-up finds the very node."""
    offset, depth, number, names = 0, 0, 0, []
    while depth >= 0:
        names[depth:] = [fdt.get_name(offset)]
        path = "/" + "/".join(names[1:])
        if fdt.path_offset(path, [libfdt.NOTFOUND]) == offset:
            yield number, offset, path
        offset, depth = fdt.next_node(offset, depth)
        number += 1


def spread(items, count):
    return [items[at * len(items) // count] for at in range(count)]


def added(tree, count):
    """Empty properties, spread over the tree; (number, path, name, value)."""
    nodes, edits = list(nodes_of(libfdt.FdtRo(tree))), []
    for number, _, path in spread(nodes, count):
        again = sum(1 for edit in edits[-count // len(nodes) - 1:] if edit[0] == number)
        edits.append((number, path, ADDED + (str(again) if again else ""), b""))
    return edits


def properties_of(fdt, offset):
    """getprop() of Debian 12's python3-libfdt gives away a None too many for what is not there."""
    at = fdt.first_property_offset(offset, [libfdt.NOTFOUND])
    while at >= 0:
        yield fdt.get_property_by_offset(at)
        at = fdt.next_property_offset(at, [libfdt.NOTFOUND])


def lengthened(tree, count):
    """A property that is there gets four bytes more."""
    fdt = libfdt.FdtRo(tree)
    return spread([(number, path, prop.name, bytes(prop) + bytes(4))
                   for number, offset, path in nodes_of(fdt)
                   for prop in properties_of(fdt, offset) if prop.name == LENGTHENED], count)


def as_source(edits, target):
    """The edits in dtc's language, each behind the words that name its node."""
    return "".join(target % path + "{ %s = [%s]; };\n" % (name, value.hex()) if value else
                   target % path + "{ %s; };\n" % name for _, path, name, value in edits)


def as_overlay(edits):
    fragments = (f'fragment@{at:x} {{ target-path = "{edit[1]}"; {source} }};\n'
                 for at, edit in enumerate(edits)
                 for source in [as_source([edit], "__overlay__ %.0s")])
    return "/dts-v1/; /plugin/; / {\n" + "".join(fragments) + "};\n"


class Edits:
    """One list of edits of one tree, as files in a folder, for every way to make them."""

    def __init__(self, folder, build, tree, edits):
        self.folder, self.build, self.edits = pathlib.Path(folder), build, edits
        self.tree = self.folder / "in.dtb"
        self.tree.write_bytes(tree)
        self.list = self.write("list", "".join(
            f"{number} {path} {name} {value.hex() or '-'}\n"
            for number, path, name, value in edits))
        self.none = self.write("none", "")
        self.source = self.write("edited.dts", f'/include/ "{self.folder}/in.dts"\n' +
                                 as_source(edits, "&{%s} "))
        run("dtc", "-q", "-I", "dts", "-O", "dtb", "-o", self.folder / "overlay.dtbo",
            self.write("overlay.dts", as_overlay(edits)))

    def write(self, name, text):
        (self.folder / name).write_text(text)
        return self.folder / name

    def library(self, way, rounds=1):
        return [self.build / "bench/edits", way, self.tree, self.list, self.out(way), rounds]

    def python(self, edits):
        return [sys.executable, ROOT / "test/bench/edits.py", self.tree, edits, self.out("python")]

    def out(self, way):
        return self.folder / f"{way}.dtb"

    def fdtput(self, edits):
        self.out("fdtput").write_bytes(self.tree.read_bytes())
        return [["fdtput", "-t", "bx", self.out("fdtput"), path, name, *value.hex(" ").split()]
                for _, path, name, value in edits]

    def fdtoverlay(self):
        return ["fdtoverlay", "-i", self.tree, "-o", self.out("fdtoverlay"),
                self.folder / "overlay.dtbo"]

    def dtc(self):
        return [["dtc", "-q", "-I", "dtb", "-O", "dts", "-o", self.folder / "in.dts", self.tree],
                ["dtc", "-q", "-I", "dts", "-O", "dtb", "-o", self.out("dtc"), self.source]]

    def commands(self, way):
        """What makes all the edits; the result is in out()."""
        if way in LIBRARY_WAYS:
            return [self.library(way)]
        return {"python": lambda: [self.python(self.list)],
                "fdtput": lambda: self.fdtput(self.edits),
                "fdtoverlay": lambda: [self.fdtoverlay()],
                "dtc": self.dtc}[way]()

    def content(self, way):
        """The edited tree as source, sorted: blobs may differ in the order of properties."""
        return run("dtc", "-q", "-s", "-I", "dtb", "-O", "dts", self.out(way)).stdout

    def over_start(self, command, start):
        return whole(self.folder, *command) - whole(self.folder, *start)

    def count(self, way):
        """Instructions: of the calls alone, or of processes less those of one that does nothing."""
        if way in LIBRARY_WAYS or way in FLOORS:
            return parts(self.folder, *self.library(way))[0][0][1]
        if way == "python":
            return self.over_start(self.python(self.list), self.python(self.none))
        if way == "fdtput":
            some = spread(self.edits, FDTPUT_SAMPLE)
            counts = [self.over_start(command, ["fdtput", "--version"])
                      for command in self.fdtput(some)]
            return sum(counts) * len(self.edits) // len(some)
        if way == "fdtoverlay":
            return self.over_start(self.fdtoverlay(), ["fdtoverlay", "--version"])
        return sum(self.over_start(command, ["dtc", "--version"]) for command in self.dtc())


def times_of(edits, rounds=51):
    """Nanoseconds of each way of the library, the best of many rounds, one right after another."""
    return {way: int(run(*edits.library(way, rounds)).stdout) for way in LIBRARY_WAYS}


def require_same(edits):
    """All ways are told to do the same; that they did is checked, or the counts mean nothing."""
    for way in WAYS:
        for command in edits.commands(way):
            run(*command)
    contents = {way: edits.content(way) for way in WAYS}
    different = [way for way in WAYS if contents[way] != contents["dtshim"]]
    if different:
        raise SystemExit(f"bench: {', '.join(different)}: another tree than dtshim's")


JOBS = [("add 10", added, 10), ("add 100", added, 100), ("add 1000", added, 1000),
        ("set 100", lengthened, 100)]


def count_edits(build, guests, name):
    """{(way, job): instructions}, {way: ns at 100}, and what the tree is."""
    tree = (guests / f"dtbs/arm64/{name}.dtb").read_bytes()
    counts = {}
    for job, listed, number in JOBS:
        with tempfile.TemporaryDirectory() as folder:
            edits = Edits(folder, build, tree, listed(tree, number))
            if number == 100:
                require_same(edits)
            else:
                run(*edits.dtc()[0])
            for way in [*WAYS, *FLOORS]:
                counts[way, job] = edits.count(way)
            if job == "add 100":
                took = times_of(edits)
    return counts, took, f"{name}: {len(tree)} bytes"


def show_edits(build, guests, _):
    jobs, figures = [job for job, _, _ in JOBS], {}
    for counts, took, what in both_at_once(lambda name: count_edits(build, guests, name), TREES):
        ways = {**WAYS, **FLOORS}.items()
        table(f"1. The same edits of {what}: times dtshim's instructions (and its time)",
              ["", *jobs, "time, add 100"],
              [[words, *(times(counts[way, job] / counts["dtshim", job]) for job in jobs),
                times(took[way] / took["dtshim"]) if way in took else ""] for way, words in ways])
        table("   Millions of instructions", ["", *jobs],
              [[words, *(f"{counts[way, job] / 1e6:,.3f}" for job in jobs)] for way, words in ways])
        once, name = counts["dtshim-once", "add 100"], what.split(":")[0]
        figures[f"100 edits of {name}, input checked, M"] = once / 1e6
        figures[f"  libfdt by path, times that ({name})"] = \
            counts["libfdt-paths", "add 100"] / once
    return figures


# ---- the whole job ----------------------------------------------------------------------------

CONTRACTS = ("xen", "native")


def percentile(values, percent):
    return sorted(values)[min(len(values) * percent // 100, len(values) - 1)]


class Tree(typing.NamedTuple):
    """One that was planned, in instructions."""
    path: pathlib.Path
    kib: float
    steps: dict  # by its name in test/bench/corpus.c
    check: int   # fdt_check_full
    copy: int    # memcpy

    def job(self):
        return sum(self.steps.values())


def by_tree(counts):
    """Counts come by name, and those of each tree begin with its check."""
    trees = []
    for name, count in counts:
        if name == "check":
            trees.append({})
        trees[-1][name] = count
    return trees


def count_jobs(build, trees, contract):
    with tempfile.TemporaryDirectory() as folder:
        counts, printed = parts(folder, build / "bench/corpus", contract, *trees)
    return [Tree(tree, int(line.split()[0]) / 1024, count, count.pop("fdt_check_full"),
                 count.pop("copy"))
            for tree, line, count in zip(trees, printed.splitlines(), by_tree(counts), strict=True)
            if line.split()[1] == "planned"]


def summary(label, values, words=times):
    return [label, words(statistics.median(values)), words(percentile(values, 95)),
            words(max(values))]


def corpus(guests):
    every = sorted((guests / "dtbs").rglob("*.dtb"))
    return every[::int(os.environ.get("BENCH_STEP", "1"))], len(every)


def show_contract(contract, rows, trees, of):
    whole_number = "{:,.0f}".format
    table(f"2. The whole job under contract {contract}: {len(rows)} planned of {len(trees)} trees, "
          f"of a corpus of {of}", ["", "median", "p95", "worst"],
          [summary("times fdt_check_full", [row.job() / row.check for row in rows]),
           *(summary(f"  {step}", [row.steps[step] / row.check for row in rows])
             for step in rows[0].steps),
           summary("times memcpy", [row.job() / row.copy for row in rows]),
           summary("instructions per KiB", [row.job() / row.kib for row in rows], whole_number),
           summary("  of fdt_check_full", [row.check / row.kib for row in rows], whole_number),
           summary("  of memcpy", [row.copy / row.kib for row in rows], whole_number),
           summary("M instructions of a tree", [row.job() / 1e6 for row in rows])])
    ordered = sorted(rows, key=lambda row: row.job() / row.check)
    for what, row in ("median", ordered[len(ordered) // 2]), ("worst", ordered[-1]):
        print(f"  the {what}, by fdt_check_full: {'/'.join(row.path.parts[-3:])}")


def show_jobs(build, guests, _):
    (trees, of), figures = corpus(guests), {}
    for contract, rows in zip(CONTRACTS, both_at_once(
            lambda contract: count_jobs(build, trees, contract), CONTRACTS)):
        show_contract(contract, rows, trees, of)
        ratios = [row.job() / row.check for row in rows]
        figures[f"job, {contract}, median, times fdt_check_full"] = statistics.median(ratios)
        figures[f"job, {contract}, worst, times fdt_check_full"] = max(ratios)
    return figures


# ---- growth -----------------------------------------------------------------------------------

SIZES = (1000, 10_000, 100_000, 1_000_000)
FAN, TAGGED = 100, 10
LOOKUPS = 1000  # as in test/bench/growth.c
FLAT = 1.25     # the largest cost over the smallest, up to which it is called flat


def count_growth(build, nodes, order):
    """Of a node: check, the whole job; of a look-up: phandle, path."""
    with tempfile.TemporaryDirectory() as folder:
        counts, printed = parts(folder, build / "bench/growth", nodes, FAN, TAGGED, order)
    counts, total = dict(counts), int(printed.split()[0])
    return [counts["check"] / total, counts["job"] / total, counts["phandles"] / LOOKUPS,
            counts["paths"] / LOOKUPS]


def growth_row(label, values):
    factor = max(values) / min(values)
    return [label, f"{factor:.3g}" + (" (flat)" if factor <= FLAT else ""),
            *(f"{value:,.0f}" for value in values), *[""] * (len(SIZES) - len(values))]


def show_growth(build, *_):
    shapes = [(nodes, "sorted") for nodes in reversed(SIZES)] + \
        [(nodes, "scattered") for nodes in SIZES]
    counts = dict(zip(shapes, both_at_once(lambda shape: count_growth(build, *shape), shapes)))
    check, job, phandle, path = zip(*(counts[nodes, "sorted"] for nodes in SIZES))
    scattered = [counts[nodes, "scattered"][1] for nodes in SIZES]
    table(f"3. Growth: instructions by number of nodes; {FAN} devices on a bus, one of {TAGGED} is "
          "tagged, contract native",
          ["", "largest / smallest", *(f"{nodes:,}" for nodes in SIZES)],
          [growth_row("check, per node", check),
           growth_row("check, plan and apply, per node", job),
           growth_row("  addresses in no order", scattered),
           growth_row("phandle, per look-up", phandle),
           growth_row("path, per look-up", path)])


# ---- the boot ---------------------------------------------------------------------------------

IMAGE_SIZE = slice(16, 24)  # of the header of an arm64 Image


def show_boot(build, guests, cross):
    def count(copies):
        with tempfile.TemporaryDirectory() as folder:
            return bench_boot.count_boot(folder, build, guests, cross, copies)
    (moved, size), (stayed, _) = both_at_once(count, (True, False))
    totals = [sum(count for _, count in counted) for counted in (moved, stayed)]
    table("4. From the stage's entry to Xen's on QEMU's board, in instructions: modules of "
          f"{size} bytes that all move, and loaded where plan --load-addresses says",
          ["", "of 1", "moved", "of 1", "in place"],
          [[what, f"{one / totals[0]:.3f}", f"{one:,}", f"{other / totals[0]:.3f}", f"{other:,}"]
           for (what, one), (_, other) in zip(moved, stayed)] +
          [["all", "1", f"{totals[0]:,}", f"{totals[1] / totals[0]:.3f}", f"{totals[1]:,}"]])
    return {"the stage, all modules moved, M": totals[0] / 1e6,
            "the stage, modules in place, M": totals[1] / 1e6}


# ---- the image --------------------------------------------------------------------------------

SECTIONS = {"code": ".text", "words and tables": ".constants", "relocations": ".rela"}


def show_size(build, _, cross):
    sections = dict(re.findall(r"^(\.\w+)\S* +(\d+)", run(f"{cross}size", "-A",
                                                         build / "dtshim.elf").stdout, re.M))
    image = (build / "dtshim.img").read_bytes()
    own = int.from_bytes(image[IMAGE_SIZE], "little")
    table("5. The stage", ["", "bytes"],
          [["dtshim.img", f"{len(image):,}"],
           *([f"  {what}", f"{int(sections[name]):,}"] for what, name in SECTIONS.items()),
           ["RAM, image and stack in it", f"{own:,}"]])
    return {"dtshim.img, bytes": len(image)}


# ---- many files -------------------------------------------------------------------------------

ROUNDS = 3


def time_check(build, trees):
    started = time.perf_counter()
    done = subprocess.run([build / "dtshim", "check", "-j", "2", *trees], capture_output=True)
    if done.returncode > 2:
        raise SystemExit(f"bench: check: {done.stderr.decode()}")
    return (time.perf_counter() - started) * 1000 / len(trees)


def time_many(builds, guests):
    """Figures of each build, in turns: the shortest of some rounds."""
    trees, _ = corpus(guests)
    rounds = [[time_check(build, trees) for build in builds] for _ in range(ROUNDS)]
    return [{"check -j 2, ms of a tree": min(took)} for took in zip(*rounds)]


# ---- the run ----------------------------------------------------------------------------------

TABLES = {"edits": show_edits, "job": show_jobs, "growth": show_growth, "boot": show_boot,
          "size": show_size}
NEEDED = [*(f"bench/{name}" for name in ("edits", "corpus", "growth")), "dtshim", "dtshim.img"]


def build_base(commit, folder):
    """The commit's library and stage, under the programs of this one."""
    output = folder / "build"
    if not output.exists():
        print(f"bench: building {commit[:12]}", flush=True)
        at_commit.take(commit, folder / "source")
        for file in (ROOT / "test/bench").glob("*.[ch]"):
            shutil.copy(file, folder / "source/test/bench")
        at_commit.make(folder / "source", output, *(output / name for name in NEEDED))
        at_commit.make(folder / "source", output, "qemu")
    return output


def show(build, guests, cross, wanted):
    figures = {}
    for name in wanted:
        figures.update(TABLES[name](build, guests, cross) or {})
    return figures


def show_figures(commit, first, *second):
    """In one column, or the base's in front."""
    if not second:
        table("Figures", ["", "now"], [[what, f"{first[what]:,.6g}"] for what in first])
        return
    table(f"Beside {commit[:12]}", ["", "base", "now", "base / now"],
          [[what, f"{first[what]:,.6g}", f"{now:,.6g}", times(first[what] / now)]
           for what, now in second[0].items()])


def main(build, guests, cross, *wanted):
    build, guests = pathlib.Path(build).resolve(), pathlib.Path(guests).resolve()
    base, wanted = os.environ.get("BASE"), wanted or [*TABLES, "many"]
    commit = base and at_commit.find(base)
    if base and not commit:
        sys.exit(f"bench: no commit '{base}'\n  what to do: make bench BASE=<commit>")
    builds = [build]
    if commit:
        builds.insert(0, build_base(commit, build / "bench/base" / commit[:12]))
    figures = [show(one, guests, cross, [name for name in wanted if name in TABLES])
               for one in builds]
    if "many" in wanted:
        for own, more in zip(figures, time_many(builds, guests)):
            own.update(more)
    show_figures(commit, *figures)


if __name__ == "__main__":
    main(*sys.argv[1:])
