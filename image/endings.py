# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""However the program ends, nothing half made is left, and who asked can see it."""
import os
import signal
import sys

SIGNALS = (signal.SIGTERM, signal.SIGHUP)


class Ended(BaseException):
    """A signal came: what is half made goes on the way out."""

    def __init__(self, number):
        super().__init__(number)
        self.number = number


def end(number, _):
    signal.signal(number, signal.SIG_IGN)  # once is enough
    raise Ended(number)


def listen():
    """Of what nohup ignores nothing is heard."""
    for number in SIGNALS:
        if signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, end)


def die(number):
    """As whoever sent the signal expects."""
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def open_streams():
    """Of a closed stream no file gets the number, and what is written there is not lost in silence."""
    for number, (name, mode, way) in enumerate((("stdin", "r", os.O_WRONLY), ("stdout", "w", os.O_RDONLY),
                                                ("stderr", "w", os.O_RDONLY))):
        if getattr(sys, name) is None:
            handle = os.open(os.devnull, way)
            setattr(sys, name, open(number, mode, closefd=False) if handle == number else None)


def flush():
    """A full disk or a closed stream is an error, not a remark of Python's."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # or Python complains when it closes it
        sys.exit(f"dtshim: cannot write to standard output: {error.strerror}")
