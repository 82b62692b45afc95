# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""A kernel or a Xen that is packed: dtshim and Xen's own entry start what is an Image."""
import gzip
import shutil
import zlib

from trouble import Trouble

GZIP = b"\x1f\x8b"


def unpacked(path, out):
    """The file itself, or what it holds, as `out`."""
    with open(path, "rb") as source:
        if source.read(len(GZIP)) != GZIP:
            return path
    try:
        with gzip.open(path) as source, open(out, "wb") as target:
            shutil.copyfileobj(source, target)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise Trouble(f"{path}: is packed by gzip and damaged: {error}", "give a complete file") from None
    return out
