# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Where the nodes of a board are for its CPU: `reg` through the `ranges` above it."""
import flat


def overlap(one, other):
    return one[0] < other[1] and other[0] < one[1]


def cut(pieces, hole):
    """[(first, end)] without the hole."""
    for first, end in pieces:
        if not overlap((first, end), hole):
            yield first, end
            continue
        if first < hole[0]:
            yield first, hole[0]
        if hole[1] < end:
            yield hole[1], end


def through(windows, base):
    """An address of a bus as the one above has it; windows None: the same."""
    if windows is None:
        return base
    return next((there + base - here for here, there, size in windows if here <= base < here + size),
                None)


def windows_of(node, above):
    """[(here, there, size)] of `ranges`; None: one to one; []: none."""
    if "ranges" not in node.props:
        return []
    address, size = node.cells()
    entries = flat.rows(node.props["ranges"], address, above.cells()[0], size)
    return [row for row in entries if address <= 2] if node.props["ranges"] else None


def devices(root):
    """(path, first, end) of each `reg` entry that the CPU reaches; not of reserved memory."""
    def below(node, path, levels):
        for one in node.children:
            for base, size in flat.rows(one.props.get("reg", b""), *node.cells()):
                for windows in levels:
                    base = None if base is None else through(windows, base)
                if base is not None and size:
                    yield f"{path}/{one.name}", base, base + size
            if one.name not in ("reserved-memory", "cpus", "chosen"):
                yield from below(one, f"{path}/{one.name}", [windows_of(one, node), *levels])
    if root.cells()[0] <= 2:
        yield from below(root, "", [])
