#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""
Whether two versions of the host tool say and write the same, for every board tree under every
policy of same_cases.py. Differences are listed, and a person judges.
usage: same.py [options] BASE TOOL WORK TREES...; exits 0 same, 1 different, 2 trouble
"""
import argparse
import collections
import difflib
import hashlib
import json
import multiprocessing
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import traceback

import at_commit
import same_cases

ROOT = pathlib.Path(__file__).resolve().parent.parent
GROUPS_SHOWN, TREES_SHOWN, POLICIES_SHOWN, LINES_SHOWN, WIDTH = 12, 4, 6, 30, 160
OF_MANY = 25  # every so manieth tree is one of many files in one run
KEPT_MAX = 200  # lines of one difference: where all trees differ there are 300,000
NO_TREE = same_cases.NO_TREE

Difference = collections.namedtuple("Difference", "kind tree policy lines")
Result = collections.namedtuple("Result", "tree key digests differences planned cases")


# ---- the base ----------------------------------------------------------------------------

def build(commit, folder):
    """The host tool of a commit."""
    tool = folder / "build/dtshim"
    if tool.exists():
        return tool
    print(f"same: building the host tool of {commit[:12]}", flush=True)
    at_commit.take(commit, folder / "source")
    at_commit.make(folder / "source", tool.parent, tool)
    return tool


def find_base(base, work):
    """(its name, its tool, the file for its results) of a commit; a tool that is built has none."""
    if pathlib.Path(base).is_file():
        return base, pathlib.Path(base).resolve(), None
    commit = at_commit.find(base)
    if not commit:
        trouble(f"no commit '{base}'", "make same BASE=<commit>, the version to compare with")
    folder = work / "base" / commit[:12]
    return commit[:12], build(commit, folder), folder / "results.json"


def trouble(what, remedy):
    print(f"same: {what}\n  what to do: {remedy}", file=sys.stderr)
    sys.exit(2)


# ---- one tree ----------------------------------------------------------------------------

class Worker:
    """Both tools, and a folder to run them in."""

    def __init__(self, base, tool, policies, known, scratch):
        self.base, self.tool, self.policies, self.known = base, tool, policies, known
        self.scratch = scratch

    def __call__(self, path):
        name, path = path
        blob = path.read_bytes()
        key = digest({"": blob})
        known = self.known.get(key, {})
        words = same_cases.named(blob)
        result = Result(name, key, {}, [], [], len(self.policies))
        for policy in self.policies:
            made, line = prepared(blob, words, policy)
            new = same_cases.observe(self.tool, self.folder(), made, line)
            result.planned.extend([policy] if "applied tree" in new else [])
            if known.get(policy) != digest(new):
                old = same_cases.observe(self.base, self.folder(), made, line)
                result.digests[policy] = digest(old)
                result.differences.extend(compare(old, new, name, policy))
        return result

    def folder(self):
        folder = self.scratch / str(os.getpid())
        folder.mkdir(exist_ok=True)
        return folder

    def both(self, path, policy):
        """What both say of one case, once more."""
        blob = path.read_bytes()
        made, line = prepared(blob, same_cases.named(blob), policy)
        return [same_cases.observe(tool, self.folder(), made, line)
                for tool in (self.base, self.tool)]

    def without_tree(self, paths):
        blobs = [path.read_bytes() for path in paths]
        pairs = list(zip(blobs, blobs[1:] + blobs[:1]))[::OF_MANY]
        return [same_cases.observe_without_tree(tool, self.folder(), pairs)
                for tool in (self.base, self.tool)]


def prepared(blob, words, policy):
    make, choice = same_cases.POLICIES[policy]
    return make(blob), list(same_cases.options(choice, words))


def digest(seen):
    summed = hashlib.blake2b(digest_size=16)
    for kind, value in seen.items():
        summed.update(f"{kind} {len(value)}\n".encode() + value)
    return summed.hexdigest()


# ---- differences -------------------------------------------------------------------------

def compare(old, new, tree, policy):
    for kind in same_cases.KINDS:
        if old.get(kind) != new.get(kind):
            yield Difference(kind, tree, policy, changed(*in_lines(kind, old, new)))


def in_lines(kind, old, new):
    """Both values as lines to read, by the first way of showing them that shows a difference."""
    ways = [as_dts, as_hex] if kind in same_cases.BLOBS else [as_json, as_text]
    values = [seen.get(kind, b"") for seen in (old, new)]
    for show in ways:
        lines = [show(value) if value else ["nothing"] for value in values]
        if lines[0] != lines[1]:
            break
    return lines


def as_text(value):
    return value.decode(errors="backslashreplace").splitlines()


def as_json(value):
    """With one value a line; as text what is not JSON alone."""
    status, _, rest = value.partition(b"\n")
    try:
        return [status.decode(), *json.dumps(json.loads(rest), indent=1).splitlines()]
    except ValueError:
        return as_text(value)


def as_dts(value):
    done = subprocess.run(["dtc", "-q", "-I", "dtb", "-O", "dts"], input=value, capture_output=True)
    return as_text(done.stdout) if done.returncode == 0 else as_hex(value)


def as_hex(value):
    return [f"{at:06x}: {value[at:at + 16].hex(' ', 4)}" for at in range(0, len(value), 16)]


def changed(old, new):
    """The lines that only one of them has."""
    old, new = collections.Counter(old), collections.Counter(new)
    lines = ([f"- {line}" for line in (old - new).elements()] +
             [f"+ {line}" for line in (new - old).elements()])
    if len(lines) > KEPT_MAX:
        lines[KEPT_MAX:] = [f"~ and {len(lines) - KEPT_MAX} more"]
    return lines or ["~ the same lines in another order"]


def masked(line):
    """Boards differ in paths and numbers where the change is one; exit codes are no numbers."""
    if line[2:].startswith("exit "):
        return line
    line = re.sub(r"(?<![\w<])/[\w,.+/@-]+", "/...", line)
    return re.sub(r"@[0-9a-f,]+|0x[0-9a-f]+|\b[0-9a-f]{8}\b|\d+(\.\d+)?", "#", line)


def grouped(differences):
    """Lists of differences of one kind whose changed lines are alike, the longest first."""
    groups = collections.defaultdict(list)
    for one in differences:
        groups[frozenset(map(masked, one.lines))].append(one)
    return sorted(groups.values(), key=len, reverse=True)


# ---- the report --------------------------------------------------------------------------

def counted(number, what):
    return f"{number} {what}{'' if number == 1 else 's' if what[-1] != 'y' else ''}"


def where(differences):
    """Trees with the policies under which they differ."""
    trees = collections.defaultdict(list)
    for one in differences:
        trees[one.tree].append(one.policy)
    shown = [f"{tree} ({'; '.join(shortened(policies))})"
             for tree, policies in list(trees.items())[:TREES_SHOWN]]
    more = len(trees) - len(shown)
    return "\n     ".join(shown + ([f"and {counted(more, 'tree')} more"] if more else []))


def shortened(policies):
    more = len(policies) - POLICIES_SHOWN
    return policies[:POLICIES_SHOWN] + ([f"and {more} more"] if more > 0 else [])


def unified(lines, names):
    found = list(difflib.unified_diff(*lines, *names, n=2, lineterm=""))
    shown = [line if len(line) <= WIDTH else line[:WIDTH] + " ..." for line in found[:LINES_SHOWN]]
    if len(found) > LINES_SHOWN:
        shown.append(f"... and {counted(len(found) - LINES_SHOWN, 'line')} more")
    return "\n".join(f"       {line}" for line in shown)


def report_kind(kind, differences, show_first):
    groups = grouped(differences)
    trees, policies = ({one[at] for one in differences} for at in (1, 2))
    print(f"\n{kind}: {counted(len(differences), 'difference')}, in {counted(len(trees), 'tree')} "
          f"under {len(policies)} of the policies, {counted(len(groups), 'group')}")
    for number, group in enumerate(groups[:GROUPS_SHOWN], 1):
        texts = len({tuple(one.lines) for one in group})
        print(f"\n  {number}. {counted(len(group), 'difference')}, "
              f"{counted(texts, 'set')} of changed lines:\n     {where(group)}")
        print(show_first(group[0]))
    if len(groups) > GROUPS_SHOWN:
        print(f"\n  and {counted(len(groups) - GROUPS_SHOWN, 'group')} more")


def report(differences, show_first):
    kinds = collections.defaultdict(list)
    for one in differences:
        kinds[one.kind].append(one)
    for kind in same_cases.KINDS:
        if kinds[kind]:
            report_kind(kind, kinds[kind], show_first)


def list_all(differences, file):
    with open(file, "w", encoding="utf-8", errors="backslashreplace") as out:
        for one in differences:
            out.write(f"{one.kind} | {one.tree} | {one.policy}\n")
            out.writelines(f"    {line}\n" for line in one.lines)


def print_planned(results):
    """A policy under which nothing is planned would compare refusals only."""
    planned = collections.Counter(policy for one in results for policy in one.planned)
    print("same: trees planned: " + "; ".join(
        f"{policy} {planned[policy]}" for policy in same_cases.POLICIES if planned[policy]))


# ---- all trees ---------------------------------------------------------------------------

def find_trees(places, sample, scratch):
    """{name: path}, in order, of every so manieth tree."""
    found = {}
    for place in places:
        found.update(write_bent(place, scratch) if place.suffix == ".dts" else
                     {str(path.relative_to(place)): path for path in sorted(place.rglob("*.dtb"))})
    return dict(list(found.items())[::sample])


def write_bent(source, scratch):
    """The trees that become of a board's source when each of its parts is bent."""
    board = subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb", source], check=True,
                           stdout=subprocess.PIPE).stdout
    found = {}
    for number, (what, blob) in enumerate(same_cases.bent(board)):
        path = found[f"{source.stem}: {what}"] = scratch / f"{source.stem}-{number}.dtb"
        path.write_bytes(blob)
    return found


def read_known(file):
    """{tree: {policy: digest}} of a run before, if these scripts were the same."""
    scripts = digest({name: (ROOT / "scripts" / name).read_bytes()
                      for name in ("same.py", "same_cases.py")})
    try:
        stored = json.loads(file.read_text())
    except (AttributeError, OSError, ValueError):
        stored = {}
    return scripts, stored.get("trees", {}) if stored.get("scripts") == scripts else {}


def write_known(file, scripts, known, results):
    if not file:
        return
    for one in results:
        known.setdefault(one.key, {}).update(one.digests)
    new = file.with_suffix(".new")
    new.write_text(json.dumps({"scripts": scripts, "trees": known}))
    new.replace(file)


def run_all(worker, trees, jobs):
    results, shows = [], sys.stderr.isatty()
    with multiprocessing.Pool(jobs) as pool:
        for one in pool.imap(worker, trees.items(), chunksize=4):
            results.append(one)
            if shows:
                print(f"\rsame: {len(results)} of {len(trees)} trees", end="", file=sys.stderr)
    if shows:
        print("\r" + " " * 40 + "\r", end="", file=sys.stderr)
    return results


def compare_without_tree(worker, trees):
    old, new = worker.without_tree(list(trees.values()))
    return [Difference(NO_TREE, NO_TREE, words, changed(*in_lines(NO_TREE, *(
        {NO_TREE: seen.get(words, b"")} for seen in (old, new)))))
            for words in {**old, **new} if old.get(words) != new.get(words)]


def first_shower(worker, trees, names):
    def show(one):
        if one.tree == NO_TREE:
            return "\n".join(f"       {line[:WIDTH]}" for line in one.lines[:LINES_SHOWN])
        return unified(in_lines(one.kind, *worker.both(trees[one.tree], one.policy)), names)
    return show


def parsed(arguments):
    parser = argparse.ArgumentParser(description=__doc__.strip())
    parser.add_argument("base", help="a commit, or a tool that is built")
    parser.add_argument("tool", type=pathlib.Path)
    parser.add_argument("work", type=pathlib.Path, help="a folder for the base and its results")
    parser.add_argument("trees", type=pathlib.Path, nargs="+", metavar="trees",
                        help="folders of trees; and sources, of boards that are bent")
    parser.add_argument("--sample", type=int, default=1, help="every so manieth tree only")
    parser.add_argument("--policies", help="some only: names of same_cases.py, with ; between")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--all", type=pathlib.Path,
                        help="the file for every difference; default: WORK/differences")
    return parser.parse_args(arguments)


def chosen_policies(names):
    chosen = [name.strip() for name in names.split(";")] if names else list(same_cases.POLICIES)
    for name in chosen:
        if name not in same_cases.POLICIES:
            trouble(f"no policy '{name}'", "one of: " + "; ".join(same_cases.POLICIES))
    return chosen


def conclude(name, options, worker, trees, results, differences, seconds):
    cases = sum(one.cases for one in results)
    print_planned(results)
    print(f"same: {name} and {options.tool}: {counted(len(trees), 'tree')}, "
          f"{len(worker.policies)} policies, {cases} cases in {seconds:.0f} s: "
          + (f"{counted(len(differences), 'difference')}" if differences else "no difference"))
    listed = options.all or options.work / "differences"
    listed.unlink(missing_ok=True)
    if not differences:
        return 0
    list_all(differences, listed)
    report(differences, first_shower(worker, trees, (name, str(options.tool))))
    print(f"\nsame: all of them are in {listed}")
    return 1


def main(arguments):
    options = parsed(arguments)
    policies = chosen_policies(options.policies)
    name, base, file = find_base(options.base, options.work.resolve())
    started = time.monotonic()
    scripts, known = read_known(file)
    options.work.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        trees = find_trees(options.trees, options.sample, scratch)
        if not trees:
            trouble(f"no trees in {options.trees[0]}", "make trees")
        tool = shutil.copy(options.tool, scratch / "dtshim")  # it may be built anew meanwhile
        worker = Worker(base, pathlib.Path(tool), policies, known, scratch)
        results = run_all(worker, trees, options.jobs)
        write_known(file, scripts, known, results)
        differences = [found for one in results for found in one.differences]
        differences += compare_without_tree(worker, trees)
        return conclude(name, options, worker, trees, results, differences,
                        time.monotonic() - started)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Exception:  # a traceback alone would exit as a difference does
        traceback.print_exc()
        sys.exit(2)
