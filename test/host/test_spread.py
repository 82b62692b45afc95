# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Which test which worker runs next: test/support/spread.py, with workers that only take note."""
import os
import re
import shutil
import subprocess
import sys
import types

import pytest

import spread
from places import ROOT

TESTS = [f"test/{file}.py::test_{number}[{mark}]" for file, count, mark in (
    ("long", 40, "slow"), ("other", 20, "slow"), ("last", 30, "")) for number in range(count)]


class Worker:
    shutting_down = False

    def __init__(self, name):
        self.gateway, self.got, self.queue = types.SimpleNamespace(id=name), [], []

    def send_runtest_some(self, indices):
        self.got += indices
        self.queue += indices

    def shutdown(self):
        self.shutting_down = True


@pytest.fixture
def run():
    """The workers at the end: in each turn those that `works` says are done with their test."""
    def go(works, tests=TESTS, count=2):
        config = types.SimpleNamespace(getvalue=lambda name: ["popen"] * count,
                                       option=types.SimpleNamespace(maxschedchunk=None))
        scheduler, workers = spread.ByFile(config), [Worker(f"gw{i}") for i in range(count)]
        for worker in workers:
            scheduler.add_node(worker)
            scheduler.add_node_collection(worker, tests)
        scheduler.schedule()
        for turn in range(100 * len(tests)):
            for number, worker in enumerate(workers):
                assert len(worker.queue) <= spread.AHEAD
                # The last one of a queue runs when the next is known, or that none comes.
                if works(turn, number) and worker.queue[0 if worker.shutting_down else 1:]:
                    scheduler.mark_test_complete(worker, worker.queue.pop(0), 1)
        return workers
    return go


@pytest.mark.parametrize("works", [lambda turn, number: True, lambda turn, number: number or turn % 9 == 0],
                         ids=["alike", "one is slow"])
@pytest.mark.parametrize("tests", [TESTS, TESTS[:3], TESTS[:1]], ids=len)
@pytest.mark.parametrize("count", [1, 2, 3])
def test_each_test_runs_once(run, works, tests, count):
    workers = run(works, tests, count)
    assert sorted(sum((worker.got for worker in workers), [])) == list(range(len(tests)))
    assert all(worker.shutting_down and not worker.queue for worker in workers)


def files(worker):
    """Those that it went through, in order."""
    found = [TESTS[index].split("::")[0].split("/")[1] for index in worker.got]
    return [one for one, before in zip(found, [None, *found]) if one != before]


def test_a_worker_stays_with_its_file(run):
    first, second = run(lambda turn, number: True)
    assert files(first) == ["long.py", "last.py"] and files(second)[:2] == ["other.py", "last.py"]


def test_who_has_nothing_left_helps(run):
    """At the end a file is nobody's own."""
    slow, fast = run(lambda turn, number: number or turn % 9 == 0)
    assert files(slow) == ["long.py"] and files(fast) == ["other.py", "last.py", "long.py"]
    assert len(fast.got) > 6 * len(slow.got)


@pytest.mark.slow
def test_what_takes_long_comes_first(tmp_path):
    """Among workers, and there in the order in which it was; alone each file stays in one piece."""
    shutil.copy(ROOT / "test/conftest.py", tmp_path)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = slow: long\n")
    for name in "ab":
        (tmp_path / f"test_{name}.py").write_text(
            "import pytest\ndef test_1(): pass\n@pytest.mark.slow\ndef test_2(): pass\n")
    for workers, order in ("1", "a2 b2 a1 b1"), ("0", "a1 a2 b1 b2"):
        said = subprocess.run([sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", "-n", workers],
                              cwd=tmp_path, capture_output=True, text=True, check=True,
                              env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}).stdout
        found = re.findall(r"PASSED test_(.)\.py::test_(.)|^test_(.)\.py::test_(.) PASSED", said, re.M)
        assert " ".join(map("".join, found)) == order, said
