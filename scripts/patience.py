# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""How long something that comes is waited for: longer on a slow machine, or a busy one.

What a test says is for the machine that it was written on. DTSHIM_PATIENCE=5 makes all of it five
times as long; else it is measured, once. What is to be cheap is allowed more of a slow CPU, too.
"""
import functools
import os
import time

LOOPS, SECONDS = 500000, 0.01  # of a CPU like that machine's
MOST = 20


def slowness():
    """Of one CPU, times how many want one: now, or when all of the tests' workers do."""
    began = time.process_time()
    for _ in range(LOOPS):
        pass
    alone = (time.process_time() - began) / SECONDS
    wanting = max(os.getloadavg()[0], int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", 1)))
    return max(1, alone) * max(1, wanting / (os.cpu_count() or 1))


@functools.lru_cache(maxsize=1)
def factor():
    asked = os.environ.get("DTSHIM_PATIENCE")
    return float(asked) if asked else min(MOST, slowness())


def patience(seconds):
    """So many seconds here."""
    return seconds * factor()


def until(condition, seconds=60, what="it never came"):
    """Waits for what is true one day, and gives it."""
    end = time.monotonic() + patience(seconds)
    while not (found := condition()):
        assert time.monotonic() < end, what
        time.sleep(0.02)
    return found
