# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Which lines and branches of the library the tests and the fuzz corpus run.

usage: coverage.py BUILD FUZZ GUESTS; BUILD has the tool and the library made with --coverage
"""
import gzip
import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGETS = {"walk": [], "plan": ["test/fuzz/choices.c", "test/fuzz/justify.c", "test/fuzz/justify_xen.c"], "diff": []}
TESTS = ("corpus corpus_domain diff_check dma dom0 domain_nodes iommu moved native native_place "
         "odd offset passthrough regions sram tool xen").split()
FOLDERS = ("shim/base", "shim/fdt", "shim/board", "shim/plan")


def replay(build, fuzz, target, sources):
    """The target on its seeds and on what fuzzing has kept."""
    program = build / f"replay-{target}"
    subprocess.run(["cc", "-std=c11", "-g", "-I.", "-Iinclude", "test/fuzz/replay.c",
                    "test/fuzz/common.c", f"test/fuzz/{target}.c", *sources, build / "libdtshim.a",
                    "-lfdt", "-lgcov", "-o", program], cwd=ROOT, check=True)
    files = sorted(str(file) for folder in ("seeds", "corpus")
                   for file in (fuzz / folder / target).glob("*"))
    for start in range(0, len(files), 1000):
        subprocess.run([program, *files[start:start + 1000]], check=True, stdout=subprocess.DEVNULL)


def run_tests(build, guests):
    files = [next(ROOT.glob(f"test/*/test_{name}.py")) for name in TESTS]
    environment = {**os.environ, "DTSHIM_BUILD": str(build), "DTSHIM_SANITIZED": str(build),
                   "DTSHIM_GUESTS": str(guests), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", "-n", "2", "-p",
                           "no:cacheprovider", *files], cwd=ROOT, env=environment,
                          capture_output=True, text=True)
    said = done.stdout.strip().splitlines()
    for line in said:
        if line.startswith("FAILED") or line == said[-1]:
            print(f"  tests: {line}")


def counted(notes):
    """(lines, lines run, branches, branches taken) of one file."""
    subprocess.run(["gcov", "--json-format", "--branch-probabilities", notes.name],
                   cwd=notes.parent, check=True, capture_output=True)
    packed = notes.with_name(notes.name.replace(".gcno", ".gcov.json.gz"))
    files = json.loads(gzip.decompress(packed.read_bytes()))["files"]
    lines = [line for file in files for line in file["lines"]]  # none, where all is data
    branches = [branch["count"] for line in lines for branch in line["branches"]]
    return (len(lines), sum(line["count"] > 0 for line in lines), len(branches),
            sum(count > 0 for count in branches))


def row(name, counts):
    lines, run, branches, taken = counts
    percent = [f"{100 * part / whole:5.1f} %" if whole else "      -"
               for part, whole in ((run, lines), (taken, branches))]
    print(f"  {name:24} {lines:5} lines {percent[0]}  {branches:5} branches {percent[1]}")


def main(build, fuzz, guests):
    for old in build.rglob("*.gcda"):
        old.unlink()
    subprocess.run([sys.executable, ROOT / "test/fuzz/seeds.py", guests, fuzz / "seeds"],
                   check=True)
    for target, sources in TARGETS.items():
        replay(build, fuzz, target, sources)
    run_tests(build, guests)
    total = [0] * 4
    for folder in FOLDERS:
        for notes in sorted((build / "host" / folder).glob("*.gcno")):
            counts = counted(notes)
            total = [sum(pair) for pair in zip(total, counts)]
            row(f"{folder}/{notes.stem}.c", counts)
    row("all of them", total)


if __name__ == "__main__":
    main(*(pathlib.Path(path).resolve() for path in sys.argv[1:]))
