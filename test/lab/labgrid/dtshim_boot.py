# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""dtshim on a board, from U-Boot's prompt to dom0's shell, by labgrid: make check-labgrid.

What of the board is not in its drivers its environment file says, as options of the target:

    dom0-base  where dom0's memory must begin; without that, where the stage says
    wrong      U-Boot commands, a line each, after which the card's script has a wrong policy
    without    those after which it starts Xen without dtshim, which puts dom0 elsewhere

Without `wrong` or `without` the test that asks for it is skipped.
"""
import re

import pytest

from strategy import WORDS, Status

RECORD = "/proc/device-tree/chosen/dtshim/record"
MEMORY = WORDS["memory"]


@pytest.fixture
def option(target):
    def named(name):
        return target.env.config.get_target_option(target.name, name, default="") or None
    return named


@pytest.fixture
def commands(option):
    """U-Boot commands of an option."""
    def named(name):
        if not option(name):
            pytest.skip(f"the environment file does not say how this card boots {name}: option {name}")
        return [command.strip() for command in option(name).splitlines()]
    return named


def ranges(pattern, text):
    """(base, size) of each, those that touch as one: Xen may print one block as two banks."""
    found = []
    for first, last in re.findall(pattern, text, re.M):
        base, end = int(first, 16), int(last, 16)
        end += pattern != MEMORY["given"]  # of a bank Xen says where the next one may begin
        if found and sum(found[-1]) == base:
            base = found.pop()[0]
        found.append((base, end - base))
    return found


def one_line(shell, command):
    """The first one; Xen's console ends each with one carriage return more than labgrid takes off."""
    return shell.run_check(command)[0].strip()


def system_ram(shell):
    """Where Linux's memory begins."""
    return int(one_line(shell, "grep 'System RAM' /proc/iomem").partition("-")[0], 16)


def test_the_stage_says_what_xen_will_do(strategy, option):
    strategy.transition(Status.xen)
    planned = ranges(MEMORY["planned"], strategy.said)
    assert planned == ranges(MEMORY["promised"], strategy.said) and planned
    assert option("dom0-base") is None or planned[0][0] == int(option("dom0-base"), 0)


def test_dom0_is_where_the_stage_said(strategy, target):
    """By Xen, where it is heard, by Linux, and by the record in dom0's tree."""
    strategy.transition(Status.dom0)
    shell = target.get_driver("ShellDriver")
    base, size = ranges(MEMORY["planned"], strategy.said)[0]
    if "dom0" not in strategy.unheard:
        assert ranges(MEMORY["given"], strategy.said) == [(base, size)]
    assert system_ram(shell) == base
    assert one_line(shell, f"tr -d '\\0' <{RECORD}/layout; echo") == "direct"
    memory = one_line(shell, f"od -An -v -tx1 {RECORD}/dom0-memory | tr -d ' \\n'; echo")
    assert memory == f"{base:016x}{size:016x}"


def test_a_wrong_policy_ends_in_words(strategy, commands):
    wrong = commands("wrong")
    strategy.transition(Status.uboot)
    strategy.start(*wrong)
    for words in (*WORDS["refusal"].values(), WORDS["end"]["stage"]):
        strategy.await_words(words)
    assert "(XEN)" not in strategy.said


def test_without_dtshim_it_is_elsewhere(strategy, target, option, commands):
    """Else the other tests prove nothing: Xen's own choice, and no record. What that is depends on
    where the card has loaded everything."""
    without = commands("without")
    strategy.transition(Status.uboot)
    strategy.start(*without)
    strategy.await_steps("xen")
    strategy.to_shell()
    assert not re.search(WORDS["boot"][0]["words"], strategy.said)
    shell = target.get_driver("ShellDriver")
    assert shell.run(f"ls {RECORD}")[2] != 0
    base = system_ram(shell)
    assert option("dom0-base") and base != int(option("dom0-base"), 0)
    assert "dom0" in strategy.unheard or ranges(MEMORY["given"], strategy.said)[0][0] == base
