# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""What `dtshim explain` says of a boot's log, beside what Xen did and the forecast that agrees."""
import json
import subprocess
from patience import patience


def options(case, release, folder):
    """What lies where."""
    return ["--xen", release.image, "--xen-at", hex(case.xen_at), "--tree-at", hex(case.tree_at),
            "--kernel", folder / f"{case.kernel:x}.bin"]


def explain(tool, log, *more):
    """Its answer, and the exit code; `more`: options, and the tree behind them."""
    done = subprocess.run([tool, "explain", "--json", *more[:-1], "-", *more[-1:]],
                          input=log.encode("latin1"), capture_output=True, check=False, timeout=patience(60))
    return json.loads(done.stdout), done.returncode


def log_of(outcome):
    """Of a silent stop what Xen has kept to itself, where there is any, as early printk shows it."""
    return outcome.text or "Starting kernel ...\n" + outcome.ring


def banks(answer):
    return [(int(one["base"], 16), int(one["size"], 16)) for one in answer["boot"]["banks"]]


def of_the_log(outcome, said, answer, code):
    """The log alone: how it ended, dom0's banks, and the forecast's stop among the names."""
    if (code == 0) != (outcome.kind == "dom0") or (answer["verdict"] == "booted") != (code == 0):
        yield f"explain: {answer['verdict']}, exits {code}; Xen: {outcome.kind}"
    if outcome.text and banks(answer) != outcome.banks:
        yield f"explain: dom0's banks: {banks(answer)}; Xen: {outcome.banks}"
    stop, reason = said["stop"], answer["reason"]
    if stop and (outcome.text or outcome.ring) and stop["id"] not in (reason or {"ids": []})["ids"]:
        yield f"explain: {reason and reason['ids']}; forecast: {stop['id']}"


def beside_the_tree(said, answer):
    """With the tree the stop is the one of the forecast."""
    for one in answer["matches"]:
        wanted = said["stop"] and said["stop"]["id"]
        if (one["match"], one["stop"]) != ("agrees", wanted):
            yield f"explain, with the tree: {one['match']} {one['stop']}; forecast: {wanted}"


def differences(tool, case, release, folder, outcome, said):
    """Of a boot that went as was forecast."""
    log = log_of(outcome)
    alone, code = explain(tool, log)
    beside, _ = explain(tool, log, *options(case, release, folder), folder / "tree.dtb")
    return [*of_the_log(outcome, said, alone, code), *beside_the_tree(said, beside)]
