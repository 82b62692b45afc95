# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""A folder that one program works in: another one, in another terminal, waits."""
import fcntl


def own_folder(folder):
    """The folder, made if need be, for as long as the result lives."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = open(folder / "lock", "a", encoding="utf-8")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print(f"dtshim: waiting for another process that works in {folder}", flush=True)
        fcntl.flock(lock, fcntl.LOCK_EX)
    return lock
