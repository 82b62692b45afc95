# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The manual's tables, from what the tool prints of its own: they cannot differ from it."""
import functools
import json
import os
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TOOL = os.environ.get("DTSHIM_TOOL", str(ROOT / "build/dtshim"))


@functools.lru_cache(None)
def asked(*arguments):
    done = subprocess.run([TOOL, *arguments, "--json"], check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def literal(text):
    return f"``{text}``"


def definitions(rows):
    """A definition list of (term, paragraphs)."""
    lines = []
    for term, paragraphs in rows:
        lines += [term]
        for paragraph in paragraphs:
            lines += [f"   {line}" if line else "" for line in [*paragraph.split("\n"), ""]]
    return "\n".join(lines)


def list_table(head, rows, widths=None):
    lines = [".. list-table::", "   :header-rows: 1"]
    lines += [f"   :widths: {widths}"] if widths else []
    lines.append("")
    for row in [head, *rows]:
        for i, cell in enumerate(row):
            lines.append(f"   {'*' if not i else ' '} - {cell}")
    return "\n".join(lines) + "\n"


# Text of the tool's holds characters that mean something in a page.
def plain(text):
    return "".join("\\" + c if c in "*`|_@\\" else c for c in text)


def sentence(text):
    """As the tool prints it, with a capital and a full stop."""
    text = plain(text)
    first = text[:1].upper() if re.match(r"[a-z]+('s)?[,:;]? ", text) else text[:1]
    return first + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


# ---- commands and options ----------------------------------------------------------------

def commands():
    rows = []
    for one in asked("--help")["commands"]:
        exits = "; ".join(f"{code} {plain(words)}" for code, words in one["exits"].items())
        rows.append((f"**dtshim** {literal(one['name'] + ' ' + one['arguments'])}",
                     [sentence(one["help"]), f"Exit status: {exits}."]))
    return definitions(rows)


def option_name(one):
    argument = one["argument"] or ""
    shown = f"[={argument}]" if one.get("argument_optional") else f" {argument}" if argument else ""
    letter = f"``-{one['letter']}{' ' + argument if argument else ''}``, " if one.get("letter") else ""
    return f"{letter}``--{one['name']}{shown}``"


def options():
    known = asked("--help")
    every = {command for one in known["options"] for command in one["commands"]}

    def takers(one):
        if set(one["commands"]) == every:
            return "For all commands."
        return f"For {', '.join(one['commands'])}."

    return definitions([(option_name(one), [plain(one["help"]), takers(one)])
                        for one in known["options"]])


def image():
    return printed_help(ROOT / "image/dtshim-image")


def report():
    return printed_help(ROOT / "report/dtshim-report")


def printed_help(program):
    """As argparse prints it."""
    done = subprocess.run([program, "--help"], check=True, capture_output=True, text=True,
                          env={**os.environ, "COLUMNS": "78"})
    return "::\n\n" + "\n".join(f"    {line}" for line in done.stdout.splitlines()) + "\n"


# ---- the policy ----------------------------------------------------------------------------

KINDS = {"choice": "a word", "bytes": "bytes, with K, M, G or T", "count": "a number",
         "strings": "strings", "ranges": "``base:size``, one or several", "release": "a release, as 4.20"}


def values(one):
    if one["choices"]:
        return ", ".join(map(literal, one["choices"]))
    return KINDS.get(one["kind"], plain(one["kind"]))


def policy():
    rows = []
    for one in asked("--help")["policy"]:
        about = [plain(one["help"])]
        about.append(f"Value: {values(one)}." +
                     (f" Default: {plain(one['default'])}." if one.get("default") else ""))
        rows.append((literal(one["name"]), about))
    return definitions(rows)


def default(one):
    return f"; default: {one['default']}" if one.get("default") else ""


def policy_short():
    return definitions([(option_name(one), [plain(one["help"] + default(one))])
                        for one in asked("--help")["policy"]])


# ---- rules, errors, releases ---------------------------------------------------------------

def of_releases(rule):
    if rule["until"]:
        return f"Xen {rule['since']} to {rule['until']}"
    return f"Xen {rule['since']} and later" if rule["since"] != "4.17" else "all releases"


def by_apply(rule):
    return " ``apply`` corrects it." if rule["apply_edits"] else \
        " ``apply`` refuses the tree." if rule["apply_refuses"] else ""


WAYS = {"image": "a Xen that U-Boot or dtshim starts", "uefi": "a Xen that its own UEFI stub starts"}


def rules():
    known = asked("check", "--list-rules")["rules"]
    every = max((rule["entries"] for rule in known), key=len)
    rows = []
    for rule in known:
        way = "" if len(rule["entries"]) == len(every) else ", " + " or ".join(WAYS[one] for one in rule["entries"])
        rows.append((literal(rule["id"]), [
            sentence(rule["why"]), f"*What to do:* {sentence(rule['remedy'])}",
            f"For {of_releases(rule)}{way}.{by_apply(rule)}"]))
    return definitions(rows)


def errors():
    return list_table(("name", "in C", "meaning"),
                      [(literal(one["code"]), literal("SHIM_E_" + one["code"].upper().replace("-", "_")),
                        sentence(one["meaning"])) for one in asked("--help")["errors"]], "15 25 60")


NONE = "\\-"


def size(number):
    """2 TiB; 0 stands for no limit."""
    for shift, unit in ((40, "TiB"), (30, "GiB"), (20, "MiB"), (10, "KiB")):
        if number and not number % (1 << shift):
            return f"{number >> shift} {unit}"
    return str(number) if number else NONE


def shown(value):
    if isinstance(value, bool):
        return "yes" if value else "no"
    if re.fullmatch(r"0x[0-9a-f]+", str(value)):
        return size(int(value, 16))
    return NONE if value is None or value == [] else plain(str(value))


def releases():
    """One row a column of the code's table; what is the same in all releases is left out."""
    known = asked("--help")["releases"]
    columns = [one for one in asked("--help")["release_columns"]
               if one["name"].startswith("run") or len({json.dumps(row[one["name"]]) for row in known}) > 1]
    return list_table(("", *(one["name"] for one in known)),
                      [(sentence(one["help"]), *(shown(row[one["name"]]) for row in known))
                       for one in columns], "64 6 6 6 6 6 6")


MAKERS = {"commands": commands, "options": options, "image": image, "report": report, "policy": policy, "rules": rules,
          "policy-short": policy_short, "errors": errors, "releases": releases}
