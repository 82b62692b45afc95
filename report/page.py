# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The page: the answers, put into page.html.j2. All that comes from a tree is escaped there."""
import pathlib
import re
import unicodedata

import jinja2
import markupsafe

import decisions
import devices
import facts
import memory_map
import outlook

HERE = pathlib.Path(__file__).resolve().parent


def plain(value):
    """A tree's bytes that are no letters, as \\x1b, that nobody's terminal or browser acts on."""
    if not isinstance(value, str) or hasattr(value, "__html__"):   # numbers, and what was escaped
        return value
    return "".join(f"\\x{ord(one):02x}" if unicodedata.category(one) in ("Cc", "Cf", "Cs", "Zl", "Zp") else one
                   for one in value)


def breaks(text):
    """A path may be broken before "/" and "@", where that reads well."""
    return markupsafe.Markup(re.sub("([/@])", r"<wbr>\1", str(markupsafe.escape(plain(text)))).removeprefix("<wbr>"))


def environment():
    made = jinja2.Environment(loader=jinja2.FileSystemLoader(HERE), autoescape=True, trim_blocks=True,
                              lstrip_blocks=True, undefined=jinja2.StrictUndefined, finalize=plain)
    made.filters["breaks"] = breaks
    made.globals.update(count_words=facts.count_words, width=memory_map.WIDTH, label_left=memory_map.LABEL,
                        box=memory_map.BOX)
    return made


def status(answers):
    """good, bad or none: there is nothing to be done."""
    stops = any(one["outcome"] == "stops" for one in answers.after)
    return "bad" if answers.refusal or stops else "good"


def map_rows(plan, answers):
    rows = facts.rows(plan, answers.before, answers.after)
    return [(row.title, *memory_map.pictures(row.columns)) for row in rows
            if any(column.pieces for column in row.columns)]


def fill(answers, name, command):
    """A plan with contract none has but a few members: nothing is done."""
    plan = answers.plan if answers.plan and "layout" in answers.plan else None
    told = plan or answers.before
    return environment().get_template("page.html.j2").render(
        name=name, model=answers.model, command=command, version=answers.version, status=status(answers), plan=plan,
        outcome=answers.outcome, refusal=answers.refusal,
        before=[outlook.facts(one) for one in answers.before], after=[outlook.facts(one) for one in answers.after],
        rows=map_rows(plan, answers) if told else [], groups=devices.groups(plan) if plan else [],
        notes=decisions.all_notes(plan) if plan else [],
        unknown=outlook.unknown([*answers.before, *answers.after]))
