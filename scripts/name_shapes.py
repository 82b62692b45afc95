#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""
Which shapes the board trees of a kernel have that test/corpus/shapes.txt does not, a line each, and
what each would need.

usage: name_shapes.py KERNEL [keep]    keep: adds them to the list, for somebody has looked at them
"""
import pathlib
import sys
import time

sys.path[:0] = [str(pathlib.Path(__file__).parent.parent / "test" / part) for part in ("support", "oracle")]
import census  # noqa: E402
import kernels  # noqa: E402
import shape_list  # noqa: E402


def sorted_lines(found):
    return sorted((shape.split(maxsplit=1)[0], kernels.order(kernel), shape, kernel)
                  for shape, kernel in found.items())


def keep(kernel, found):
    known = shape_list.known()
    head = "".join(line + "\n" for line in shape_list.LIST.read_text().splitlines()
                   if line.startswith("#") and not line.startswith(f"#   {kernel} = "))
    head += f"#   {kernel} = {census.version(kernel)}\n"
    all_of_them = dict.fromkeys(found, kernel) | known
    shape_list.LIST.write_text(head + "".join(
        f"{since:<5} {shape}\n" for _, _, shape, since in sorted_lines(all_of_them)))


def main(kernel, word=None):
    began, found, files = time.process_time(), {}, 0
    for arch in kernels.ARCHITECTURES:
        if not kernels.folder(kernel, arch):
            sys.exit(f"dtshim: there are no trees of Linux {kernel}: run make census KERNEL={kernel}")
        found = shape_list.of_kernel(kernel, arch) | found
        files += len(shape_list.trees(kernel, arch))
    took = time.process_time() - began
    lines = list(shape_list.lines_of(found, kernel))
    if word == "keep":
        return keep(kernel, found)
    print("\n".join(lines), end="\n" * bool(lines))
    sys.stdout.flush()
    said = f"dtshim: Linux {census.version(kernel)}, {files} files, {took:.0f} s of CPU:"
    if lines:
        sys.exit(f"{said} {len(lines)} shapes that are in no list; when each of them is right, "
                 f"scripts/name_shapes.py {kernel} keep")
    print(said, "no shape that the list (test/corpus/shapes.txt) does not have")


if __name__ == "__main__":
    main(*sys.argv[1:])
