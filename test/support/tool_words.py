# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""What the tool says it has: commands, options of each, the policy's words and their choices."""
import functools
import re
import subprocess

from places import BUILD


def said(*words):
    done = subprocess.run([BUILD / "dtshim", *words], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, check=False)
    return done.stdout + done.stderr


@functools.cache
def help_page():
    return said("--help")


def commands():
    return re.findall(r"^  dtshim (\w+) ", help_page(), re.M)


@functools.cache
def programs():
    """Commands that are programs of their own, with the options of their own help page."""
    pages = {name: said(name, "--help") for name in commands()}
    return {name: set(re.findall(r"(?<![\w-])--?[a-z][\w-]*", " ".join(
        re.findall(r"^  (-.*?)(?:  |$)", page, re.M))))
            for name, page in pages.items() if page.startswith("usage: ")}


def policy():
    """{word: the shape of its value}"""
    return dict(re.findall(r"^  --(\S+) (WORD|BYTES|N|STRINGS|RANGES|X\.Y) ", help_page(), re.M))


def choices(word):
    """What the tool says where it is given another one."""
    told = re.search(r"there are (.*?) \[|is neither (\d+) nor (\d+)",
                     said("plan", f"--{word}", "0", "/dev/null"))
    return [one for part in told.groups() if part for one in part.split(", ")] if told else []


def a_value(word):
    shapes = {"BYTES": "1G", "RANGES": "0x80000000:1G", "X.Y": "4.20", "N": "32", "STRINGS": "x"}
    return (choices(word) or [shapes.get(policy().get(word), "1")])[0]


def other_options():
    page = help_page()
    return set(re.findall(r"(?<![\w-])--([a-z][\w-]+)", page[page.index("\nOther options"):]))


def long_options():
    return set(policy()) | other_options()


def is_refused(command, option):
    """Does the command take it at all? A forecast takes of the policy what does not change a tree."""
    words = said(command, f"--{option}", a_value(option), "/dev/null", "/dev/null")
    return f"{command} takes no --{option}" in words or "a forecast takes the tree as it stands" in words


@functools.cache
def options_of(command):
    if command in programs():
        return programs()[command]
    taken = {f"--{name}" for name in long_options() if not is_refused(command, name)}
    short = {f"-{letter}" for letter, name in re.findall(r"^  -(\w), --([\w-]+)", help_page(), re.M)
             if f"--{name}" in taken}
    return taken | short


def wants_a_value(command, option):
    return re.search("requires an argument|expected one argument", said(command, option)) is not None
