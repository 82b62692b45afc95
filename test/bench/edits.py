# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The edits of edits.c with python3-libfdt. usage: edits.py TREE LIST OUT"""
import pathlib
import sys

import libfdt


def main(tree, edits, out):
    blob = pathlib.Path(tree).read_bytes()
    fdt = libfdt.Fdt(blob)
    fdt.resize(2 * len(blob) + (1 << 20))
    for line in pathlib.Path(edits).read_text().splitlines():
        _, path, name, value = line.split(" ")
        fdt.setprop(fdt.path_offset(path), name, bytes.fromhex(value.strip("-")))
    fdt.pack()
    pathlib.Path(out).write_bytes(fdt.as_bytearray())


if __name__ == "__main__":
    main(*sys.argv[1:])
