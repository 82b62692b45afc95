# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Runs Frama-C's Eva over the targets of test/proof and prints what each of them cost.

usage: proof.py OUT    (the logs go there); fails at an alarm that is not in
test/proof/explained, and at a run that reaches less than it should.
"""
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path("test/proof")
SHIM = Path("shim")
WHOLE = "-eva-split-return full"
# name, harness, other sources, bytes of the blob, definitions, options, what must be reached
TARGETS = [
    ("splice", "whole", "fdt/edits fdt/splice", 88, ("STRINGS=4", 'NAMES="reg"', "SPLICE=1"), WHOLE,
     "spliced"),
    ("header", "header", "fdt/read", 72, (), WHOLE + " -eva-split-return-function check_reserve:0",
     "accepted"),
    ("walk", "whole", "fdt/edits fdt/splice", 88, ("STRINGS=4", 'NAMES="reg"', "SPLICE=0"), WHOLE,
     "accepted"),
    ("names", "whole", "fdt/edits fdt/splice", 82, ("STRINGS=2", 'NAMES=""', "SPLICE=0"), WHOLE,
     "accepted"),
]


def command(harness, others, size, definitions, options):
    share = subprocess.check_output(["frama-c", "-print-share-path"], text=True)
    definitions = (f"BYTES={size}", "MEMORY=256") + definitions
    defines = [f"-DPROOF_{definition}".replace('"', '\\"') for definition in definitions]
    cpp = ["-std=c11", "-I.", "-Iinclude", f"-I{share}/libc", "-include", f"{HERE}/compiler.h"] + defines
    files = [HERE / f"{name}.c" for name in (harness, "words", "libc")]
    files += [SHIM / f"{name}.c" for name in ["base/arena"] + others.split()]
    return ["frama-c", "-machdep", "gcc_x86_64", "-c11", "-kernel-warn-key",
            "typing:implicit-function-declaration=abort", "-cpp-extra-args=" + " ".join(cpp),
            *map(str, files), "-main", f"proof_{harness}", "-eva", "-eva-slevel", "1000000000",
            *options.split()]


def alarms(log):
    """Each as 'file: what'; without its line, so that the list outlives other changes."""
    found = re.findall(r"^\[eva:alarm\] (\S+?):\d+: Warning: *\n((?:  .*\n)+)", log, re.M)
    return [f"{place}: {' '.join(what.split())}" for place, what in found]


def run(out, target):
    name, harness, others, size, definitions, options, reach = target
    path = out / f"{name}.log"
    start = time.monotonic()
    with open(path, "w", encoding="utf-8") as log:
        # subprocess has no usage of one child
        child = subprocess.Popen(command(harness, others, size, definitions, options), stdout=log,
                                 stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    text = path.read_text(encoding="utf-8")
    whole = child.returncode == 0 and "[eva] done for function proof_" in text
    reached = len(re.findall(rf"Frama_C_show_each_{reach}:", text))
    return (name, size, alarms(text), time.monotonic() - start, usage.ru_utime,
            usage.ru_maxrss // 1024, reached, whole and reached > 0)


def main():
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    explained = [line for line in (HERE / "explained").read_text(encoding="utf-8").splitlines()
                 if line and not line.startswith("#")]
    bad = False
    print("target   bytes  alarms  seconds  CPU s   MiB  states reached")
    with ThreadPoolExecutor(2) as pool:
        for name, size, found, took, cpu, mib, reached, whole in pool.map(
                lambda target: run(out, target), TARGETS):
            print(f"{name:8} {size:5} {len(found):7} {took:8.0f} {cpu:6.0f} {mib:5} {reached:7}",
                  flush=True)
            new = [alarm for alarm in found if alarm not in explained]
            for alarm in new:
                print(f"  not explained: {alarm}")
            if not whole:
                print(f"  the run did not end correctly: {out}/{name}.log")
            bad = bad or new or not whole
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
