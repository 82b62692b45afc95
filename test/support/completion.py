# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""What bash and zsh offer at the end of a line, by dtshim's own completion."""
import os
import re
import subprocess

import pexpect

from patience import patience
from places import BUILD, ROOT

FOLDER = ROOT / "completion"
# As readline calls it: COMP_WORDS has what COMP_WORDBREAKS leaves in one piece.
IN_BASH = """source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _dtshim
(( ! ${#COMPREPLY[@]} )) || printf '%s\\n' "${COMPREPLY[@]}" """


def with_tool():
    return {**os.environ, "PATH": f"{BUILD}:{os.environ['PATH']}", "LC_ALL": "C", "HOME": "/nonexistent"}


def bash_words(line):
    """"dtshim plan --ram=1" in pieces, the last of which is to be completed."""
    return [word for part in line.split(" ") for word in (re.findall("=|[^=]+", part) or [""])]


def offered_by_bash(line, folder, words=None, script=FOLDER / "dtshim.bash"):
    done = subprocess.run(["bash", "--norc", "-c", IN_BASH, "bash", script, *(words or bash_words(line))],
                          cwd=folder, env=with_tool(), capture_output=True, text=True, check=True,
                          timeout=patience(60))
    assert done.stderr == ""
    return done.stdout.split("\n")[:-1]


class Shell:
    """An interactive one on a terminal so wide that a list needs no second page."""
    BELL = "\x07"

    def __init__(self, folder, command, set_up):
        self.child = pexpect.spawn(command[0], command[1:], cwd=str(folder), encoding="utf-8",
                                   env={**with_tool(), "TERM": "dumb", "PS1": "% "},
                                   dimensions=(500, 200), timeout=patience(30))
        for line in set_up:
            self.child.sendline(line)
        self.child.sendline("echo re''ady")
        self.child.expect("ready\r\n")

    def close(self):
        self.child.close(force=True)

    def typed(self, keys, marker="@end"):
        """What the terminal shows after these keys, and then a word of the test's."""
        self.child.send(keys)
        self.child.send(marker)
        self.child.expect(marker)
        said = self.child.before
        self.child.send("\x15")  # the line is emptied
        return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]|\x07|\r", "", said)


def bash_at_work(folder, script=FOLDER / "dtshim.bash"):
    return Shell(folder, ["bash", "--norc", "--noprofile", "-i"], [
        "bind 'set enable-bracketed-paste off'", "bind 'set completion-query-items 0'",
        "bind 'set page-completions off'", f"source '{script}'"])


def zsh_at_work(folder, completions=FOLDER):
    return Shell(folder, ["zsh", "-f", "-i"], [
        f"fpath=('{completions}' $fpath)", "autoload -Uz compinit", "compinit -D -u", "LISTMAX=0",
        "unsetopt zle_bracketed_paste always_last_prompt auto_menu", "zstyle ':completion:*' list-max 0"])
