# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""A file that is made: it appears whole or not at all."""
import contextlib
import os
import pathlib
import tempfile

from trouble import Trouble


def check(out, remedy, else_remedy=""):
    """Before any work is done for what could not be kept; the second remedy is of what is there and no file."""
    path = pathlib.Path(out)
    if path.is_symlink() and not path.exists():
        raise Trouble(f"{out}: a symbolic link to a file that does not exist",
                      "give the file itself, or remove the link")
    if path.exists() and not path.is_file():
        raise Trouble(f"{out}: is not a file", else_remedy or remedy)
    if not os.access(path.resolve().parent, os.W_OK):
        raise Trouble(f"{out}: its folder does not exist, or you may not write to it", remedy)


@contextlib.contextmanager
def replaced(out, remedy):
    """A file to write, dtshim-*.part beside it, which takes its place in the end, or goes."""
    path = pathlib.Path(out).resolve()  # a link keeps pointing where it did
    mask = os.umask(0)
    os.umask(mask)
    near = None
    try:
        handle, near = tempfile.mkstemp(prefix="dtshim-", suffix=".part", dir=path.parent)
        os.close(handle)
        yield pathlib.Path(near)
        os.chmod(near, path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~mask)
        os.replace(near, path)
    except OSError as error:
        raise Trouble(f"{out}: {error.strerror}", remedy) from None
    finally:
        if near:
            pathlib.Path(near).unlink(missing_ok=True)
