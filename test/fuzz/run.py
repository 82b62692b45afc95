# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Runs all targets, as many at once as there are cores, and says what each did and found.

usage: run.py FUZZ GUESTS SECONDS; FUZZ has the targets, and gets seeds, corpus and crashes.
Exits 1 if anything was found.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

HERE = pathlib.Path(__file__).resolve().parent
LONGEST = 1 << 16
# Of the seconds, the longest first.
SHARES = {"plan": 0.3, "stage": 0.25, "firmware": 0.1, "diff": 0.1, "walk": 0.1, "fit": 0.05, "signed": 0.05, "log": 0.05}


def number(name, log):
    found = re.search(rf"stat::{name}:\s+(\d+)", log)
    return int(found[1]) if found else 0


def coverage(log):
    """At the start, with the corpus of earlier runs, and at the end."""
    edges = [int(number) for number in re.findall(r"\bcov: (\d+)", log)]
    return (edges[0], edges[-1]) if edges else (0, 0)


def command(fuzz, target, *options):
    return [fuzz / target, f"-max_len={LONGEST}", "-timeout=25", "-rss_limit_mb=2048",
            "-print_final_stats=1", f"-artifact_prefix={fuzz}/crashes/{target}-", *options]


def run(fuzz, target, seconds):
    corpus, seeds = fuzz / "corpus" / target, fuzz / "seeds" / target
    corpus.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(command(fuzz, target, f"-max_total_time={seconds}", corpus, seeds),
                          capture_output=True)
    log = done.stderr.decode(errors="replace")
    (fuzz / f"{target}.log").write_text(log)
    return done.returncode, log


def tell(target, code, log):
    first, last = coverage(log)
    print(f"  {target:5} {number('number_of_executed_units', log):9} executions, "
          f"{number('average_exec_per_sec', log):6}/s, {last:5} edges, {last - first} new, "
          f"{number('new_units_added', log)} inputs kept", flush=True)
    if code:
        said = re.search(r"^fuzz: .*|.*runtime error: .*|.*ERROR: (?!libFuzzer: deadly).*", log,
                         re.MULTILINE)
        kept = re.search(r"Test unit written to (\S+)", log)
        print(f"    FOUND: {said[0].strip() if said else f'exit {code}'}")
        if kept:
            print(f"    again: {pathlib.Path(kept[1]).parent.parent / target} {kept[1]}")


def main(fuzz, guests, seconds):
    (fuzz / "crashes").mkdir(parents=True, exist_ok=True)
    subprocess.run([sys.executable, HERE / "seeds.py", guests, fuzz / "seeds"], check=True)
    shares = {target: share for target, share in SHARES.items() if (fuzz / target).exists()}
    if "signed" in shares:
        shutil.copytree(fuzz / "signing/seeds", fuzz / "seeds/signed", dirs_exist_ok=True)
    else:
        print("dtshim: no target signed: Mbed TLS was not fetched (scripts/fetch-mbedtls)")
    print(f"dtshim: fuzzing for {seconds} s; corpus and logs are in {fuzz}", flush=True)
    worst = 0
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        runs = {target: pool.submit(run, fuzz, target, max(1, round(seconds * share)))
                for target, share in shares.items()}
        for target, done in runs.items():
            code, log = done.result()
            tell(target, code, log)
            worst = worst or code
    return 1 if worst else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]), int(sys.argv[3])))
