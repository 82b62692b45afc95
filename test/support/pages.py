# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""A plan as a person reads it, taken apart."""
import re

ONE = re.compile(r"^  (?:found |decide|WARN  ) \w+:(?: |$)")
MANY = re.compile(ONE.pattern + r"each of (\d+) [a-zA-Z ]+: ")
MEMBER = re.compile(r"^ {11}[^ (]")


def notes_of(page):
    """Notes on a page with -v, and those whose number does not stand before them."""
    count, wrong, lines = 0, [], page.splitlines()
    for at, line in enumerate(lines):
        many = MANY.match(line)
        block = []
        for after in lines[at + 1:]:
            if not after.startswith(" " * 11):
                break
            block.append(after)
        members = sum(bool(MEMBER.match(one)) for one in block) if many else 0
        if many and int(many[1]) > members:
            wrong.append(line)
        count += int(many[1]) if many else bool(ONE.match(line))
    return count, wrong
