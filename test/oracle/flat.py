# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Flattened trees to take apart, change and put together again, every byte as it is meant."""
import struct

BEGIN, END_NODE, PROP, NOP, END = 1, 2, 3, 4, 9


class Node:
    """Name, properties in their order, children in theirs; a name may come twice."""

    def __init__(self, name="", props=(), children=()):
        self.name, self.props, self.children = name, dict(props), list(children)

    def child(self, name):
        return next((one for one in self.children if one.name == name), None)

    def called(self, name):
        """The children of this name, with or without a unit address."""
        return [one for one in self.children if one.name.split("@")[0] == name]

    def add(self, name, children=(), **props):
        """A property is written xen__static_heap for xen,static-heap, address_cells for #address-cells."""
        self.children.append(Node(name, {spelled(key): value_of(value)
                                         for key, value in props.items()}, children))
        return self.children[-1]

    def walk(self, path=""):
        """(path, node, parent) of all below, in document order."""
        for one in self.children:
            yield f"{path}/{one.name}", one, self
            yield from one.walk(f"{path}/{one.name}")

    def strings(self, name):
        return self.props.get(name, b"").decode("latin1").split("\0")[:-1]

    def words(self, name):
        value = self.props.get(name, b"")
        return struct.unpack(f">{len(value) // 4}I", value[:len(value) // 4 * 4])

    def word(self, name, default=None):
        words = self.words(name)
        return words[0] if words else default

    def cells(self):
        """Of an address and a size of its children."""
        return self.word("#address-cells", 2), self.word("#size-cells", 1)

    def is_on(self):
        return self.strings("status")[:1] in ([], ["okay"], ["ok"])


def spelled(key):
    name = key.replace("__", ",")
    name = name if name in ("device_type",) else name.replace("_", "-")
    return "#" + name if name.endswith("-cells") else name


def value_of(value):
    """bytes as they are, True an empty property, a string, or a list of strings or of cells."""
    if isinstance(value, bytes):
        return value
    if value is True:
        return b""
    if isinstance(value, str):
        return value.encode() + b"\0"
    if isinstance(value, int):
        return struct.pack(">I", value)
    if value and isinstance(value[0], str):
        return b"".join(one.encode() + b"\0" for one in value)
    return struct.pack(f">{len(value)}I", *value)


def reg(rows, cells):
    """[(base, size)] with so many cells each."""
    return b"".join(number.to_bytes(4 * count, "big")
                    for row in rows for number, count in zip(row, cells))


def rows(value, *cells):
    """The entries of such a value; a rest is left out."""
    step, found = 4 * sum(cells), []
    for at in range(0, len(value) - step + 1, step or 1):
        row = []
        for count in cells:
            row.append(int.from_bytes(value[at:at + 4 * count], "big"))
            at += 4 * count
        found.append(tuple(row))
    return found if step else []


# ---- bytes ---------------------------------------------------------------------------------

def padded(value):
    return value + bytes(-len(value) % 4)


def write(root, reserves=(), slack=0):
    """A blob of version 17 with `slack` bytes behind its strings."""
    strings, offsets, structs = bytearray(), {}, bytearray()

    def put(node):
        structs.extend(struct.pack(">I", BEGIN) + padded(node.name.encode("latin1") + b"\0"))
        for name, value in node.props.items():
            if name not in offsets:
                offsets[name] = len(strings)
                strings.extend(name.encode("latin1") + b"\0")
            structs.extend(struct.pack(">III", PROP, len(value), offsets[name]) + padded(value))
        for one in node.children:
            put(one)
        structs.extend(struct.pack(">I", END_NODE))

    put(root)
    structs += struct.pack(">I", END)
    reserved = b"".join(struct.pack(">QQ", *row) for row in [*reserves, (0, 0)])
    at = 40 + len(reserved)
    total = -(-(at + len(structs) + len(strings) + slack) // 8) * 8
    header = struct.pack(">10I", 0xd00dfeed, total, at, at + len(structs), 40, 17, 16, 0,
                         len(strings), len(structs))
    return (header + reserved + structs + strings).ljust(total, b"\0")


def name_at(blob, at):
    return blob[at:blob.index(b"\0", at)].decode("latin1")


def read(blob):
    """(root, [/memreserve/])"""
    _, _, at, strings, reserved = struct.unpack_from(">5I", blob)
    holder = Node()
    above = [holder]
    while True:
        token, = struct.unpack_from(">I", blob, at)
        at += 4
        if token == BEGIN:
            name = name_at(blob, at)
            at += -(-(len(name) + 1) // 4) * 4
            node = Node(name)
            above[-1].children.append(node)
            above.append(node)
        elif token == END_NODE:
            above.pop()
        elif token == PROP:
            size, name = struct.unpack_from(">II", blob, at)
            above[-1].props[name_at(blob, strings + name)] = bytes(blob[at + 8:at + 8 + size])
            at += 8 + -(-size // 4) * 4
        elif token == END:
            return holder.children[0], list(reserves_of(blob, reserved))
        elif token != NOP:
            raise ValueError(f"token {token:#x} at {at - 4:#x}")


def reserves_of(blob, at):
    while True:
        row = struct.unpack_from(">QQ", blob, at)
        if row == (0, 0):
            return
        yield row
        at += 16
