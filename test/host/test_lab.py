# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""What is meant for boards in a laboratory can be read, and waits for the words that dtshim says."""
import re

import pytest

from lab import ENVIRONMENTS, LAB, WORDS, load, scripts
from places import ROOT

pytest.importorskip("yaml")

JOB = LAB / "lava/job.yaml"
# As the stage and Xen print it.
BOOT = """\
  dom0      0x40000000-0x5fffffff  512 MiB, machine addresses are the same
dtshim: Xen 4.17 will give dom0 0x40000000-0x5fffffff
dtshim: starting Xen at 0x62200000, tree at 0x62400000
(XEN) Xen version 4.17.5 (Debian 4.17.5)
(XEN) BANK[0] 0x00000040000000-0x00000060000000 (512MB)
(XEN) *** Serial input to DOM0 (type 'CTRL-a' three times to switch input)
"""
REFUSAL = """\
dtshim: policy: layout: unknown value 'sideways'; there are auto, direct, offset [policy]
  what to do: take one of these
dtshim: halted
"""


def in_order(patterns, text):
    at = 0
    for pattern in patterns:
        found = re.compile(pattern, re.M).search(text, at)
        assert found, pattern
        at = found.end()


def test_words_are_those_of_a_boot():
    in_order([step["words"] for step in WORDS["boot"]], BOOT)
    in_order([*WORDS["refusal"].values(), WORDS["end"]["stage"]], REFUSAL)
    assert not any(re.search(words, BOOT) for words in WORDS["end"].values())
    for name, last in (("planned", "0x5fffffff"), ("promised", "0x5fffffff"),
                       ("given", "0x00000060000000")):
        assert [int(first, 16) for first, end in re.findall(WORDS["memory"][name], BOOT, re.M)
                if end == last] == [0x40000000]


def options_told():
    """Those that the tests' own page names."""
    page = (LAB / "labgrid/dtshim_boot.py").read_text().split('"""')[1]
    return set(re.findall(r"^    ([\w-]+)  ", page, re.M))


@pytest.mark.parametrize("path", ENVIRONMENTS, ids=lambda path: path.stem)
def test_environment(path):
    """It has what the strategy drives, and no option that nothing reads."""
    environment = load(path)
    target = environment["targets"]["main"]
    drivers = set(target["drivers"])
    assert {"UBootDriver", "ShellDriver", "DtshimStrategy"} < drivers
    assert any(name.endswith("PowerDriver") for name in drivers) or "QEMUDriver" in drivers
    assert "SerialDriver" in drivers or "QEMUDriver" in drivers
    assert set(target["options"]) <= options_told()
    assert set(target["drivers"]["DtshimStrategy"].get("unheard", [])) <= {
        step["name"] for step in WORDS["boot"]}
    for name in environment["imports"]:
        assert (path.parent / name).exists()


# ---- LAVA ------------------------------------------------------------------------------------

def waits(script):
    return {step["name"]: [one["message"] for one in step.get("successes", [])] for step in script}


def test_job_waits_for_the_words():
    job = load(JOB)
    boot, wrong = [waits(one["script"]) for one in scripts(job)]
    assert [boot[step["name"]] for step in WORDS["boot"]] == [[step["words"]] for step in WORDS["boot"]]
    assert [boot["promise"][0].replace("?P<base>", "").replace("0x(", "(0x")] == [
        WORDS["memory"]["promised"]]
    assert [*wrong.values()][1:] == [[words] for words in (*WORDS["refusal"].values(),
                                                           WORDS["end"]["stage"])]


def test_job_gives_up_where_a_boot_ends():
    boot, wrong = scripts(load(JOB))
    names = ["promise", *(step["name"] for step in WORDS["boot"]), "shell"]
    for step in boot["script"]:
        if step["name"] in names:
            assert [one["message"] for one in step["failures"]] == [*WORDS["end"].values()]
    for step in wrong["script"][1:]:
        assert [one["message"] for one in step["failures"]] == [WORDS["boot"][0]["words"]]


def test_job_is_one_by_lavas_schema():
    schemas = pytest.importorskip("lava_common.schemas", reason="LAVA's schema is not installed "
                                  "(lava-common): make check-labgrid does that")
    job = load(JOB)
    schemas.validate(job)
    del scripts(job)[0]["prompts"]
    with pytest.raises(Exception, match="prompts"):
        schemas.validate(job)


def test_scripts_are_told():
    for path in ("labgrid/board.yaml", "lava/job.yaml"):
        assert f"test/lab/{path}" in (ROOT / "doc/guide/lab.rst").read_text()
