# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""A Linux that ends at a login on the board's console: commands in it, and what they say."""
import re
from patience import patience


RING = 128  # what Xen keeps of its console's input for dom0, until that takes it


class Failed(Exception):
    pass


class Login:
    """root, without a password. A plain sh: what is typed does not come back."""

    def __init__(self, board, timeout=patience(240)):
        self.board = board
        seen = board.expect([r"login: $", "dtshim: halted", r"\(XEN\) Panic on CPU", "Kernel panic",
                             "You are in emergency mode", r"\(initramfs\)"], timeout)
        if seen:
            raise Failed(f"no login; last lines:\n{board.tail()}\nfull log: {board.log_path}")
        board.console.sendline("root")
        board.expect([r"# $"], timeout)
        board.console.sendline("exec sh")
        board.expect([r"sh\r+\n.*?# $"])
        board.console.sendline("stty -echo; PS1=; dmesg -n 1; echo @@ re''ady")
        board.expect(["@@ ready"])

    def run(self, command, timeout=patience(120), fails=False):
        """What it prints on the console, in which Xen may have put lines of its own."""
        # One line: what comes after it is the command's own input.
        line = f"echo '@@' begin; {command}; echo '@@' end $?"
        assert len(line) < RING, f"Xen would drop the end of: {command}"
        self.board.console.sendline(line)
        self.board.expect([r"@@ begin\r+\n"])
        self.board.expect([r"@@ end (\d+)"], timeout)
        said, code = self.board.console.before.replace("\r", ""), int(self.board.console.match[1])
        if bool(code) != fails:
            raise Failed(f"{command}: ends with {code}\n{said}")
        return re.sub(r"^\(XEN\) .*\n", "", said, flags=re.M)

    def table(self, command):
        """{name: value} of lines such as "release   : 6.12"."""
        return dict(re.findall(r"^(\w+) *: *(.*)$", self.run(command), re.M))
