# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""What the tool says: plan and forecasts of one tree."""
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import typing

import asked

ERROR = re.compile(r"^dtshim: (?P<where>.*?): (?P<what>.*) \[(?P<code>[a-z0-9-]+)\]$")
REMEDY, WORKS = "  what to do: ", "  this works: "


class Failed(Exception):
    """The tool's own words and exit code, to be passed on."""

    def __init__(self, done):
        said = done.stderr or f"dtshim: {done.args[0]}: ended with exit code {done.returncode} and no message\n" \
            f"  what to do: run it by itself: {shlex.join(map(os.fspath, done.args))}"
        super().__init__(said)
        self.code, self.said = done.returncode, said


class Refusal(typing.NamedTuple):
    what: str
    code: str
    remedy: str
    works: str


class Answers(typing.NamedTuple):
    plan: dict          # None: see refusal
    refusal: Refusal
    outcome: str        # the plan's in a line
    before: list        # of forecasts; each has its first line as "verdict"
    after: list
    version: str
    model: str          # None: the tree has none, or nobody asked


def lines_of(lines, start):
    return next((line[len(start):] for line in lines if line.startswith(start)), "")


def read_refusal(said):
    """None where it is no word on this tree, but on the command line or a file."""
    lines = said.splitlines()
    for number, line in enumerate(lines):
        found = ERROR.match(line)
        if found and found["where"] != "command line":
            rest = lines[number + 1:]
            return Refusal(found["what"], found["code"], lines_of(rest, REMEDY), lines_of(rest, WORKS))
    return None


def tables(path):
    """The tool's own help, of each option by its name."""
    done = subprocess.run([path, "--help", "--json"], capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    return {one["name"]: one for one in found["options"] + found["policy"]}


class Tool:
    def __init__(self, path, options):
        self.path, self.options = path, options
        self.stdin = sys.stdin.buffer.read() if options.file == "-" else b""

    def run(self, command, taker, more=(), file=None):
        files = [file or self.options.file] if file or self.options.file else []
        words = [self.path, command, *asked.arguments_for(taker, self.options, self.without), *more, "--", *files]
        done = subprocess.run(words, input=self.stdin, capture_output=True, check=False)
        done.stdout, done.stderr = (text.decode(errors="replace") for text in (done.stdout, done.stderr))
        return done

    def need(self, *arguments, **more):
        done = self.run(*arguments, **more)
        if done.returncode not in (0, 1):
            raise Failed(done)
        return done

    model = None
    without = frozenset()

    def forecast(self, taker, file=None):
        """Each release's, with its verdict."""
        answer = json.loads(self.need("forecast", taker, ["--json"], file=file).stdout)
        self.model = answer["model"]
        verdicts = self.need("forecast", taker, ["-q"], file=file).stdout.splitlines()
        return [{**one, "verdict": verdict} for one, verdict in zip(answer["forecasts"], verdicts)]

    def version(self):
        done = subprocess.run([self.path, "--version"], capture_output=True, text=True, check=True)
        return done.stdout.split()[-1]

    def answers(self, folder):
        planned = self.run("plan", "plan", ["--json"])
        if planned.returncode:
            return self.refused(planned)
        plan = json.loads(planned.stdout)
        if plan["contract"] == "native":   # a forecast is of Xen
            return Answers(plan, None, self.run("plan", "plan", ["-q"]).stdout.strip(), [], [], plan["version"], None)
        before = self.forecast("before")
        after = pathlib.Path(folder) / "after.dtb"
        outcome = self.need("apply", "plan", ["-o", os.fspath(after)]).stdout.strip()
        return Answers(plan, None, outcome, before, self.forecast("after", os.fspath(after)), plan["version"],
                       self.model)

    def refused(self, planned):
        refusal = read_refusal(planned.stderr)
        if not refusal:
            raise Failed(planned)
        try:
            before = self.forecast("before")
        except Failed:
            if refusal.code != "policy":
                raise Failed(planned) from None
            self.without = {"ram"}   # the RAM that was given cannot be: the tree's own is shown
            before = self.forecast("before")
        return Answers(None, refusal, "", before, [], self.version(), self.model)
