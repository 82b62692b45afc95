# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""A board as a folder of data: board/NAME/board.toml.

doc/guide/new-board.rst says what each word means. What is here is the shape: which words there
are, of which kind, and which must be there. Nothing knows a board by its name.
"""
import os
import pathlib
import re
import tomllib

from trouble import Trouble

UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}

TEXT, WORDS, NUMBER, TRUTH, BYTES, ADDRESS, RAM = (
    "text", "a list of texts", "a number", "true or false", "a size such as 64M",
    "an address such as 0x40000000", "banks such as 0x40000000:2G")

# A word in brackets may be left out. A dictionary is a table of its own, a list of one such a
# table that may come again ([[...]]); "*" is any word.
SHAPE = {
    "title": TEXT, "soc": TEXT, "bits": NUMBER,
    "tree": {"[file]": TEXT, "from": TEXT, "[debian]": WORDS},
    "[memory]": {"default": TEXT, "banks": {"*": RAM}},
    "[policy]": {"*": TEXT},
    "[command-lines]": {"[xen]": TEXT, "[dom0]": TEXT},
    "[boot]": {"method": TEXT},
    "image": {
        "label": TEXT, "[boot-at]": BYTES, "[boot-size]": BYTES,
        "[raw]": [{"package": TEXT, "file": TEXT, "at": BYTES, "[most]": BYTES}],
        "[file]": [{"package": TEXT, "file": TEXT, "[to]": TEXT, "[non-free]": TRUTH}],
        "[text]": [{"to": TEXT, "lines": WORDS}],
        "[bring]": [{"name": TEXT, "[at]": BYTES, "[most]": BYTES, "[to]": TEXT, "what": TEXT}],
    },
    "[qemu]": {
        "machine": TEXT, "since": TEXT, "options": WORDS, "[memory]": RAM,
        "[files]": {"stage": ADDRESS, "xen": ADDRESS, "kernel": ADDRESS, "ramdisk": ADDRESS},
        "[registers]": [{"at": ADDRESS, "value": ADDRESS, "why": TEXT}],
        "[off]": WORDS, "console": TEXT, "[xen]": TEXT, "base": ADDRESS, "[size]": BYTES,
        "[alone]": {"*": ADDRESS}, "[card]": TEXT,
    },
    "known": {"run": WORDS, "never": WORDS},
}

CHOICES = {"boot.method": ("script", "extlinux"), "image.label": ("dos", "gpt"),
           "tree.from": ("card", "firmware")}

# U-Boot boots from the first partition, which has room for what comes raw before it.
DEFAULTS = {"boot-at": "1M", "boot-size": "256M"}


def parse_bytes(text):
    match = re.fullmatch(r"(0x[0-9a-fA-F]+|\d+)([KMGT]?)", text)
    if not match:
        raise ValueError(text)
    return int(match[1], 0) * UNITS[match[2]]


def parse_banks(text):
    return [tuple(map(parse_bytes, bank.split(":", 1))) for bank in text.split()]


CHECKS = {
    TEXT: lambda value: isinstance(value, str) and value,
    WORDS: lambda value: isinstance(value, list) and all(isinstance(one, str) for one in value),
    NUMBER: lambda value: isinstance(value, int) and not isinstance(value, bool),
    TRUTH: lambda value: isinstance(value, bool),
    BYTES: lambda value: parse_bytes(value) >= 0,
    ADDRESS: lambda value: isinstance(value, int) and not isinstance(value, bool),
    RAM: lambda value: all(size for _, size in parse_banks(value)) and value,
}


class Place:
    """Where in which file something is wrong."""

    def __init__(self, path, words=()):
        self.path, self.words = path, words

    def below(self, word):
        return Place(self.path, (*self.words, word))

    def name(self):
        return ".".join(str(word) for word in self.words)

    def wrong(self, what, remedy):
        raise Trouble(f"{self.path}: {self.name() + ': ' if self.words else ''}{what}", remedy)


def check_value(value, kind, place):
    try:
        right = CHECKS[kind](value)
    except (ValueError, TypeError, AttributeError):
        right = False
    if not right:
        place.wrong(f"{value!r} is not {kind}", f"give {kind}")
    choices = CHOICES.get(place.name())
    if choices and value not in choices:
        place.wrong(f"there is no {value!r}", f"use one of: {', '.join(choices)}")


def check_list(value, shape, place):
    if not isinstance(value, list):
        place.wrong("is a list of tables", f"write [[{place.name()}]] before it")
    for number, one in enumerate(value):
        check(one, shape[0], place.below(number + 1))


def check_table(value, shape, place):
    if not isinstance(value, dict):
        place.wrong("is a table", f"write [{place.name()}] before its keys")
    known = {word.strip("[]"): word for word in shape}
    for word, inner in value.items():
        if word not in known and "*" not in known:
            place.below(word).wrong("unknown key", f"the keys are: {', '.join(known)}")
        check(inner, shape[known.get(word, "*")], place.below(word))
    for word, written in known.items():
        if written == word != "*" and word not in value:
            place.wrong(f"{word} is missing", f"add {word}")


def check(value, shape, place):
    if isinstance(shape, dict):
        check_table(value, shape, place)
    elif isinstance(shape, list):
        check_list(value, shape, place)
    else:
        check_value(value, shape, place)


def check_sense(data, place):
    """What the shape alone does not say."""
    if data["tree"]["from"] == "card" and "file" not in data["tree"]:
        place.below("tree").wrong("file is missing", "give the tree, or set from = \"firmware\"")
    memory = data.get("memory")
    if memory and memory["default"] not in memory["banks"]:
        place.below("memory").wrong(f"default: there are no banks for {memory['default']}",
                                    f"use one of: {', '.join(memory['banks'])}")


class Board:
    """What board.toml says; `folder` is where it and other files of the board are."""

    def __init__(self, name, folder, data):
        self.name, self.folder, self.data = name, folder, data
        self.image = {**DEFAULTS, **data["image"]}
        self.method = data.get("boot", {}).get("method", "script")
        self.lines = data.get("command-lines", {})
        self.policy = data.get("policy", {})

    def __getattr__(self, word):
        try:
            return self.data[word]
        except KeyError:
            raise AttributeError(word) from None

    def ram(self, size=None):
        """The policy's word ram for a board with so much, or None where the tree says it."""
        memory = self.data.get("memory")
        if not memory:
            return size
        size = size or memory["default"]
        if ":" in size:
            return size
        if size not in memory["banks"]:
            raise Trouble(f"{self.name}: there are no banks of RAM for {size}",
                          f"use one of {', '.join(memory['banks'])}, or give the banks: --ram 0x80000000:2G")
        return memory["banks"][size]


def read(folder):
    path = pathlib.Path(folder) / "board.toml"
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise Trouble(f"{path}: {error}", "correct that line") from None
    except (OSError, UnicodeDecodeError) as error:
        raise Trouble(f"{path}: {getattr(error, 'strerror', error)}",
                      "give a folder that has a board.toml") from None
    check(data, SHAPE, Place(path))
    check_sense(data, Place(path))
    return Board(path.parent.resolve().name, path.parent, data)


def names(folder):
    return sorted(path.parent.name for path in pathlib.Path(folder).glob("*/board.toml"))


def find(name, folder):
    """A board of `folder` by its name, or by a path to a folder of the user's."""
    if os.sep in name:
        return read(name)
    if name not in names(folder):
        raise Trouble(f"there is no board {name!r}", f"use one of {', '.join(names(folder))}, or the path of a folder "
                      "that has a board.toml")
    return read(pathlib.Path(folder) / name)
