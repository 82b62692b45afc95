#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Stock Xen as the oracle of the forecast: boots without Linux, trees at random by number.

usage: xen_oracle.py TOOL GUESTS OUT [--seed S] [--count N] [--xen 12|13|both|12-arm32]
                     [--jobs 2] [--kinds maps,grafts,...] [--only-xen] [--again FOLDER]

Each number is one case, the same at each run; each release boots it. Prints what became of
them; a case that differs is kept under OUT with both trees and Xen's log. Exits 1 where
anything differs.
"""
import argparse
import collections
import concurrent.futures
import dataclasses
import pathlib
import random
import shutil
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "test/oracle"))

import applied  # noqa: E402
import explained  # noqa: E402
import grafts  # noqa: E402
import judge  # noqa: E402
import maps  # noqa: E402
import maps32  # noqa: E402
import packed  # noqa: E402
import steered  # noqa: E402
import xen_case  # noqa: E402

RELEASES = {"12": "4.17", "13": "4.20"}
NARROW = {"12-arm32": "4.17"}  # of 32 bits
ROOM = 4 << 20  # what every Xen has with its bss


class Sources:
    """What makes a case of a number."""

    def __init__(self, arguments, scratch):
        self.boards = xen_case.Boards(scratch)
        narrow = NARROW.get(arguments.xen)
        self.applier = applied.Applier(arguments.tool, ("--xen-version", narrow, "--kernel-bits", "32") if narrow else ())
        self.makers = self.narrow(arguments) if narrow else self.wide(arguments)
        self.kinds = arguments.kinds.split(",") if arguments.kinds else list(self.makers)

    def wide(self, arguments):
        """For a Xen of 64 bits."""
        found = {"maps": lambda rng: maps.build(rng, self.boards, ROOM)}
        trees = sorted((arguments.guests / "dtbs").rglob("*.dtb"))
        if trees:
            found["grafts"] = lambda rng: grafts.build(rng, self.boards, ROOM, trees)
        return found | {"applied": lambda rng: self.applied(rng, ("maps", "grafts")), "steered": self.steered,
                        "packed": lambda rng: packed.build(rng, self.boards, ROOM)}

    def narrow(self, arguments):
        """For one of 32 bits."""
        found = {"maps32": lambda rng: maps32.build(rng, self.boards, ROOM),
                 "applied32": lambda rng: self.applied(rng, ("maps32",))}
        trees = sorted((arguments.guests / "dtbs/armhf").glob("*.dtb"))
        if trees:
            found["grafts32"] = lambda rng: grafts.build_32(rng, self.boards, ROOM, trees)
            found["boards32"] = lambda rng: self.applied(rng, ("grafts32",))
        return found

    def applied(self, rng, kinds):
        """apply's output for one of the others."""
        case = self.makers[rng.choice([kind for kind in kinds if kind in self.makers])](rng)
        with tempfile.TemporaryDirectory(prefix="dtshim-oracle-") as folder:
            return case and self.applier.make(case, pathlib.Path(folder))

    def steered(self, rng):
        """The same, where the plan steers Xen with pages or to several banks."""
        case = steered.at_random(rng, self.boards) if rng.random() < 0.7 else self.makers["maps"](rng)
        with tempfile.TemporaryDirectory(prefix="dtshim-oracle-") as folder:
            return case and self.applier.make(case, pathlib.Path(folder), steered.is_steered)

    def case(self, number):
        """(kind, case): the kinds take turns; a kind and a number are the same case each time."""
        kind = self.kinds[number % len(self.kinds)]
        for attempt in range(100):
            case = self.makers[kind](random.Random(f"{kind}/{number}/{attempt}"))
            if case:
                return kind, case
        raise RuntimeError(f"seed {number}: no case in 100 attempts")


def only_xen(outcome):
    """A row without a forecast."""
    return judge.Verdict(outcome.kind + (f": {outcome.words}" if outcome.words else ""), [])


def keep(folder, out, release, outcome, verdict):
    """The case and what came of it, for a reader."""
    out.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        if path.is_file():
            shutil.copy(path, out / path.name)
    (out / f"xen-{release.name}.log").write_text(outcome.text or outcome.ring)
    if outcome.tree:
        (out / f"dom0-{release.name}.dtb").write_bytes(outcome.tree)
    if (folder / "forecast.dtb").exists():
        (out / "forecast.dtb").rename(out / f"forecast-{release.name}.dtb")
    (out / f"differs-{release.name}").write_text("\n".join(verdict.differences) + "\n")


def seen_or_boot(arguments, release, case, folder):
    """What came of these bytes before, or now."""
    name = xen_case.name_of(case, release)
    outcome = arguments.seen.find(name)
    if not outcome:
        outcome = xen_case.boot(case, release, folder)
        arguments.seen.keep(name, outcome)
    return outcome


def with_one_cpu(arguments, release, case, folder, said):
    """
    Idle CPUs scrub free memory while another one builds dom0, so that Xen itself comes to
    other banks from boot to boot. The same bytes on a board of one CPU tell whether it was that.
    """
    alone = dataclasses.replace(case, machine=case.machine.with_one_cpu())
    outcome = seen_or_boot(arguments, release, alone, folder)
    if judge.judge(outcome, said, case.promise).differences:
        return None
    return judge.Verdict("as forecast with one CPU; idle ones scrub, and it is another each time", [])


def one_boot(arguments, release, case, folder):
    """The outcome and the verdict on it."""
    outcome = seen_or_boot(arguments, release, case, folder)
    if arguments.only_xen:
        return outcome, only_xen(outcome)
    said = xen_case.forecast(case, release, folder, arguments.tool)
    verdict = judge.judge(outcome, said, case.promise)
    if verdict.differences and case.machine.cpus > 1 and judge.is_about_memory(outcome, said):
        verdict = with_one_cpu(arguments, release, case, folder, said) or verdict
    return outcome, with_explanation(arguments, release, case, folder, outcome, said, verdict)


def with_explanation(arguments, release, case, folder, outcome, said, verdict):
    """Where Xen did as was forecast, explain has to say so of the log."""
    if not verdict.row.startswith(("stop as forecast", "dom0 as forecast")):
        return verdict
    found = explained.differences(arguments.tool, case, release, folder, outcome, said.said)
    return judge.Verdict("DIFFERS: what explain says of the log", found) if found else verdict


class Tally:
    """What became of the boots, by release."""

    def __init__(self, releases):
        self.releases, self.rows = releases, collections.defaultdict(collections.Counter)
        self.left_out, self.differ = collections.Counter(), []
        self.refused = self.otherwise = {}

    def add(self, label, case, verdicts):
        for name, verdict in verdicts:
            self.rows[verdict.row][name] += 1
            if verdict.differences:
                self.differ.append(f"{label} {name}: {verdict.differences[0]}")
        self.left_out.update(case.left_out)

    def print(self):
        names = [one.name for one in self.releases]
        print(" ".join(f"{name:>6}" for name in names) + "  outcome")
        for row in sorted(self.rows, key=lambda row: (row.startswith("DIFFERS"), row)):
            print(" ".join(f"{self.rows[row][name]:6}" for name in names) + f"  {row}")
        print(" ".join(f"{sum(one[name] for one in self.rows.values()):6}" for name in names) +
              "  boots")
        for reason, count in sorted(self.left_out.items()):
            print(f"{count:6} nodes of boards left out: {reason}")
        for reason, count in sorted(self.refused.items()):
            print(f"{count:6} trees refused by apply: {reason}")
        for options, count in sorted(self.otherwise.items()):
            print(f"{count:6} trees taken by apply{' with ' * bool(options)}{options}")
        for line in self.differ:
            print(line)


def run_number(arguments, sources, releases, number):
    kind, case = sources.case(number)
    label, verdicts = f"{number}-{kind}", []
    with tempfile.TemporaryDirectory(prefix="dtshim-oracle-") as name:
        folder = pathlib.Path(name)
        xen_case.write_files(case, folder)
        for release in releases:
            outcome, verdict = one_boot(arguments, release, case, folder)
            verdicts.append((release.name, verdict))
            if verdict.differences or outcome.kind in arguments.keep.split(","):
                keep(folder, arguments.out / label, release, outcome, verdict)
    return label, case, verdicts


def run_again(arguments, releases):
    """A case that was kept."""
    folder, tally = arguments.again, Tally(releases)
    case = xen_case.read_files(folder)
    case.left_out = {}
    for release in releases:
        outcome, verdict = one_boot(arguments, release, case, folder)
        tally.add(folder.name, case, [(release.name, verdict)])
        print(*verdict.differences, sep="\n")
    return tally


def run_all(arguments, releases):
    tally = Tally(releases)
    with tempfile.TemporaryDirectory(prefix="dtshim-oracle-") as scratch:
        sources = Sources(arguments, pathlib.Path(scratch))
        with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
            numbers = range(arguments.seed, arguments.seed + arguments.count)
            for done in pool.map(lambda number: run_number(arguments, sources, releases, number),
                                 numbers):
                tally.add(*done)
                if arguments.verbose:
                    print(done[0], *(f"{name}: {one.row}" for name, one in done[2]), flush=True)
        tally.refused, tally.otherwise = sources.applier.refused, sources.applier.otherwise
    return tally


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("tool", type=pathlib.Path)
    parser.add_argument("guests", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--xen", default="both", choices=[*RELEASES, *NARROW, "both"])
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--kinds", default="", help="maps, grafts ...; default: all")
    parser.add_argument("--only-xen", action="store_true", help="what Xen does, without a forecast")
    parser.add_argument("--keep", default="", help="outcomes to keep as well: hang,crash,silence")
    parser.add_argument("--again", type=pathlib.Path, help="the case of a folder that was kept")
    parser.add_argument("--seen", type=pathlib.Path, help="where outcomes are kept; OUT/seen")
    parser.add_argument("--verbose", action="store_true")
    arguments = parser.parse_args()
    arguments.seen = xen_case.Seen(arguments.seen or arguments.out / "seen")
    return arguments


def main():
    arguments = parse()
    releases = [xen_case.Release(name, arguments.guests / number / "xen")
                for number, name in RELEASES.items() if arguments.xen in (number, "both")]
    releases += [xen_case.Release(name, arguments.guests / number / "xen", 32)
                 for number, name in NARROW.items() if arguments.xen == number]
    tally = (run_again if arguments.again else run_all)(arguments, releases)
    tally.print()
    sys.exit(1 if tally.differ else 0)


if __name__ == "__main__":
    main()
