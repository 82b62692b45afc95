# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Packages are installed beside other programs that do the same.

apt is the machine's own, on folders of the test's: nothing of the machine changes.
"""
import fcntl
import os
import shutil
import subprocess

import pytest

from places import ROOT



@pytest.fixture
def apt(tmp_path):
    """An apt to which all is installed, and a dpkg-query that knows of nothing."""
    for folder in ("lists/partial", "cache/archives/partial", "parts", "dpkg/updates", "bin"):
        (tmp_path / folder).mkdir(parents=True)
    shutil.copy("/var/lib/dpkg/status", tmp_path / "dpkg/status")
    (tmp_path / "apt.conf").write_text(f"""
        Dir::Etc::sourcelist "{tmp_path}/none"; Dir::Etc::sourceparts "{tmp_path}/parts";
        Dir::State "{tmp_path}"; Dir::State::lists "{tmp_path}/lists";
        Dir::State::status "{tmp_path}/dpkg/status"; Dir::Cache "{tmp_path}/cache";
        Dir::Log "{tmp_path}/log"; """)
    for name, body in (("dpkg-query", "exit 1"), ("sudo", 'exec "$@"')):
        (tmp_path / "bin" / name).write_text(f"#!/bin/sh\n{body}\n")
        (tmp_path / "bin" / name).chmod(0o755)
    return {**os.environ, "APT_CONFIG": str(tmp_path / "apt.conf"),
            "PATH": f"{tmp_path}/bin:{os.environ['PATH']}"}


def install(environment):
    return subprocess.Popen([ROOT / "scripts/install-packages", "build"], env=environment,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


@pytest.mark.parametrize("lock", ["lists/lock", "dpkg/lock-frontend", "cache/archives/lock"])
def test_a_lock_is_waited_for(apt, tmp_path, lock):
    with open(tmp_path / lock, "w", encoding="ascii") as held:
        fcntl.lockf(held, fcntl.LOCK_EX)
        running = install(apt)
        said = running.stdout.readline()
        while "waiting" not in said and said:
            said = running.stdout.readline()
        assert str(tmp_path / lock) in said and f"process {os.getpid()} " in said
        assert running.poll() is None
    rest = running.communicate()[0]
    assert running.returncode == 0 and rest.count("waiting") == 0, rest


def test_nobody_is_waited_for(apt):
    done = install(apt)
    assert "waiting" not in done.communicate()[0] and done.returncode == 0


def test_what_no_source_has_is_an_error(apt, tmp_path):
    (tmp_path / "dpkg/status").write_text("")
    done = install(apt)
    assert "what to do: as root, run apt-get install gcc" in done.communicate()[0]
    assert done.returncode == 1


@pytest.mark.parametrize("goal, wanted", [
    (["build"], False), (["demo"], False), (["demo", "raspi4b"], False), (["build", "qemu_arm"], True),
    (["demo", "qemu_arm"], True), (["check"], True), (["live", "arm-linux-gnueabihf-"], True)])
def test_who_needs_the_compiler_of_32_bit_boards(apt, tmp_path, goal, wanted):
    (tmp_path / "dpkg/status").write_text("")
    done = subprocess.run([ROOT / "scripts/install-packages", *goal], env=apt, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    line, = (one for one in done.stdout.splitlines() if "what to do: as root, run apt-get install" in one)
    assert done.returncode == 1 and ("gcc-arm-linux-gnueabihf" in line.split()) == wanted
