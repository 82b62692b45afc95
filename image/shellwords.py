# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Assignments of a shell, read without a shell: nothing of such a file is ever run.

NAME=word, NAME[2]=word, NAME+=word, NAME=(word word), several in a line, with quotes, comments
and lines that go on behind a backslash. Whatever would need a shell is refused with its line.
"""
import re

from trouble import Trouble

START = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?:\[(\d+)\])?(\+?)=")
BLANK, END = " \t", ";\n"
# What a shell would do something with, where no quotes stand around it.
SPECIAL = dict.fromkeys("|&<>()", "needs a shell") | {"$": "refers to another value", "`": "runs a program"}
IN_QUOTES = {"$", "`"}
ESCAPED_IN_QUOTES = '"\\$`'


class Reader:
    """A position in the text; `path` is for messages."""

    def __init__(self, path, text):
        self.path, self.text, self.at = path, text, 0

    def here(self):
        return self.text[self.at:self.at + 1]

    def take(self):
        self.at += 1
        return self.text[self.at - 1]

    def wrong(self, what, remedy="write the value itself: the file is read, not run"):
        line = self.text.count("\n", 0, self.at) + 1
        raise Trouble(f"{self.path}, line {line}: {what}", remedy)

    def refuse(self, mark):
        self.wrong(f"{mark!r} {SPECIAL[mark]}")

    def goes_on(self):
        """A backslash at the end of a line is as if neither were there."""
        if not self.text.startswith("\\\n", self.at):
            return False
        self.at += 2
        return True

    def skip(self, marks):
        """Blanks and comments; a comment begins where a word would."""
        while self.here() and (self.goes_on() or self.here() in marks or self.here() == "#"):
            if self.here() == "#":
                end = self.text.find("\n", self.at)
                self.at = len(self.text) if end < 0 else end
            elif self.here() in marks:
                self.at += 1

    def single(self):
        end = self.text.find("'", self.at)
        if end < 0:
            self.wrong("a quote ' is not closed", "close it")
        self.at, part = end + 1, self.text[self.at:end]
        return part

    def double(self):
        part = ""
        while self.here() != '"':
            if not self.here():
                self.wrong('a quote " is not closed', "close it")
            if self.goes_on():
                continue
            if self.here() in IN_QUOTES:
                self.refuse(self.here())
            mark = self.take()
            if mark == "\\" and self.here() and self.here() in ESCAPED_IN_QUOTES:
                mark = self.take()
            part += mark
        self.at += 1
        return part

    def bare(self):
        mark = self.take()
        if mark == "\\":
            return self.take() if self.here() else ""
        if mark in SPECIAL:
            self.at -= 1
            self.refuse(mark)
        return mark

    def word(self, ends):
        if self.here() == "~":
            self.wrong("'~' needs a shell", "write the folder itself")
        value = ""
        while self.here() and self.here() not in ends:
            if self.goes_on():
                continue
            quote = {"'": self.single, '"': self.double}.get(self.here())
            if quote:
                self.at += 1
            value += quote() if quote else self.bare()
        return value

    def words(self):
        """What stands in the parentheses of an array."""
        self.at += 1
        found = []
        self.skip(BLANK + "\n")
        while self.here() != ")":
            if not self.here():
                self.wrong("the array is not closed", "close it with )")
            found.append(self.word(BLANK + "\n)"))
            self.skip(BLANK + "\n")
        self.at += 1
        return found

    def assignment(self, into):
        match = START.match(self.text, self.at)
        if not match:
            said = re.match(r"[^\n]*", self.text[self.at:])[0].strip()
            self.wrong(f"{said[:40]!r} is not an assignment", "use lines such as XEN=\"xen\", "
                       "without spaces around the =")
        name, index, more = match.groups()
        self.at = match.end()
        array = into.setdefault(name, {})
        if self.here() == "(" and index is None:
            first = max(array, default=-1) + 1 if more else 0
            into[name] = (array if more else {}) | dict(enumerate(self.words(), first))
        else:
            value = self.word(BLANK + END)
            array[int(index or 0)] = (array.get(int(index or 0), "") if more else "") + value


def parse(path, text):
    """{name: {index: value}}: as for a shell, a name alone is its first element."""
    reader, found = Reader(path, text.replace("\r\n", "\n")), {}
    reader.skip(BLANK + END)
    while reader.here():
        if re.match(r"export[ \t]+(?=[A-Za-z_])", reader.text[reader.at:]):
            reader.at += len("export")
            reader.skip(BLANK)
        reader.assignment(found)
        if reader.here() and reader.here() not in BLANK + END:
            reader.wrong(f"{reader.here()!r} after a value", "put a space between them")
        reader.skip(BLANK + END)
    return found
