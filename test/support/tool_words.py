# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""What the tool says it has: commands, options of each, the policy's words and their choices."""
import functools
import json
import re
import subprocess

from places import BUILD


def said(*words):
    done = subprocess.run([BUILD / "dtshim", *words], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, check=False)
    return done.stdout + done.stderr


@functools.cache
def tables():
    return json.loads(said("--help", "--json"))


def commands():
    return [one["name"] for one in tables()["commands"]]


@functools.cache
def programs():
    """Commands that are programs of their own, with the options of their own help page."""
    pages = {name: said(name, "--help") for name in commands()}
    return {name: set(re.findall(r"(?<![\w-])--?[a-z][\w-]*", " ".join(
        re.findall(r"^  (-.*?)(?:  |$)", page, re.M))))
            for name, page in pages.items() if page.startswith("usage: ")}


def policy():
    """{word: the shape of its value}"""
    return {one["name"]: one["argument"] for one in tables()["policy"]}


def choices(word):
    """What the tool says where it is given another one."""
    told = re.search(r"(?:there|the values) are (.*?) \[|is neither (\d+) nor (\d+)",
                     said("plan", f"--{word}", "0", "/dev/null"))
    return [one for part in told.groups() if part for one in part.split(", ")] if told else []


def every_option():
    return [*tables()["options"], *tables()["policy"]]


def long_options():
    return {one["name"] for one in every_option()}


@functools.cache
def options_of(command):
    if command in programs():
        return programs()[command]
    taken = [one for one in every_option() if command in one["commands"]]
    return {f"--{one['name']}" for one in taken} | {f"-{one['letter']}" for one in taken if one.get("letter")}


def wants_a_value(command, option):
    return re.search("requires an argument|expected one argument", said(command, option)) is not None
