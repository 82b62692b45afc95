#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""QEMU as a board on a bench: a switch for its power, and a serial line that stays when it is off.

usage: qemu_bench.py run FOLDER QEMU...   until its input ends: makes FOLDER/serial, a terminal
       qemu_bench.py on|off FOLDER        what a program that drives a power switch does
"""
import contextlib
import os
import pathlib
import select
import socket
import subprocess
import sys
import tty


class Bench:
    """One board; `command` is QEMU's, with its UART at stdin and stdout."""

    def __init__(self, folder, command):
        self.command, self.board = command, None
        self.line, self.plug = os.openpty()  # the board's end of the line, and what is plugged in
        tty.setraw(self.plug)
        os.set_blocking(self.line, False)
        serial, switch = folder / "serial", folder / "switch"
        for path in (serial, switch):
            path.unlink(missing_ok=True)
        serial.symlink_to(os.ttyname(self.plug))
        self.switch = socket.socket(socket.AF_UNIX)
        self.switch.bind(str(switch))
        self.switch.listen()

    def off(self):
        if self.board:
            self.board.kill()
            self.board.communicate()
            self.board = None

    def on(self):
        self.off()
        self.board = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      bufsize=0)

    def turn(self):
        with self.switch.accept()[0] as asked:
            getattr(self, asked.recv(3).decode())()
            asked.send(b"done")

    def carry(self, there, back):
        """Bytes of the line, both ways; what is typed at a board that is off is lost, and what it
        says while nobody reads."""
        if there:
            data = os.read(self.line, 4096)
            if self.board:
                self.board.stdin.write(data)
        if back:
            data = self.board.stdout.read(4096)
            with contextlib.suppress(BlockingIOError):
                os.write(self.line, data)
            if not data:
                self.off()

    def run(self):
        while True:
            out = [self.board.stdout] if self.board else []
            ready = select.select([sys.stdin, self.switch, self.line, *out], [], [])[0]
            if sys.stdin in ready:
                return self.off()
            self.carry(self.line in ready, out and out[0] in ready)
            if self.switch in ready:
                self.turn()


def main():
    word, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    if word == "run":
        return Bench(folder, sys.argv[3:]).run()
    with socket.socket(socket.AF_UNIX) as switch:
        switch.connect(str(folder / "switch"))
        switch.send(word.encode())
        return 0 if switch.recv(4) == b"done" else 1


if __name__ == "__main__":
    sys.exit(main())
