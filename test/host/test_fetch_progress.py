# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""What a download shows of itself: on a terminal how far it is, in a pipe nothing more than before."""
import os
import pty
import subprocess

import pytest

from patience import patience
from places import ROOT
from terminal import read_to_end

# Two files of 3 MB are to come; one of them does, within ten seconds, as apt would bring it.
SCRIPT = """
set -eu
scripts=$1/scripts
. "$scripts/private-apt.sh"
printf "'http://mirror/%s' %s 3000000 SHA256:0\\n" one one two two >"$work/uris"
bring() { head -c 1000000 /dev/zero >"$files/one"; sleep 5; head -c 3000000 /dev/zero >"$files/one"; sleep 5; return 7; }
while_shown "$work/uris" 6 bring || echo "ended with $?"
"""


def fetch(folder, on_terminal):
    ours, theirs = pty.openpty()
    with subprocess.Popen(["sh", "-c", SCRIPT, "sh", ROOT], env={**os.environ, "DTSHIM_CACHE": str(folder)},
                          stdout=subprocess.PIPE, stderr=theirs if on_terminal else subprocess.STDOUT) as done:
        os.close(theirs)
        shown = read_to_end(ours)
        out = done.communicate(timeout=patience(60))[0]
    return out.decode(), shown.decode()


@pytest.mark.slow
def test_on_a_terminal(tmp_path):
    out, shown = fetch(tmp_path / "a cache", True)
    assert out == "ended with 7\n"
    assert "\rdtshim: 1 of 6 MB" in shown and "\rdtshim: 3 of 6 MB" in shown
    assert shown.endswith("\r" + 40 * " " + "\r")


def test_in_a_pipe(tmp_path):
    assert fetch(tmp_path, False) == ("ended with 7\n", "")


@pytest.mark.slow
def test_the_lock_ends_with_the_script(tmp_path):
    """The watcher's last sleep does not keep the cache from the next one."""
    fetch(tmp_path, True)
    subprocess.run(["flock", "-n", tmp_path / "lock", "true"], check=True)
