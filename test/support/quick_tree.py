# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""
A flattened tree read in one go, for those who read thousands: no libfdt, no checks, only bytes that
dtc has made.
"""
import struct

BEGIN, END, PROP, NOP, LAST = 1, 2, 3, 4, 9


class Node:
    __slots__ = ("name", "parent", "props", "path", "children")

    def __init__(self, name, parent):
        self.name, self.parent, self.props, self.children = name, parent, {}, []
        self.path = f"{parent.path if parent.parent else ''}/{name}" if parent else "/"
        if parent:
            parent.children.append(self)

    def cell(self, name, default=None):
        value = self.props.get(name)
        return default if value is None or len(value) < 4 else int.from_bytes(value[:4], "big")

    def cells(self):
        """What `reg` of the children has: cells of an address, of a size."""
        return self.cell("#address-cells", 2), self.cell("#size-cells", 1)

    def numbers(self, name):
        return words(self.props.get(name, b""))

    def strings(self, name="compatible"):
        value = self.props.get(name, b"")
        return value.rstrip(b"\0").decode("latin-1").split("\0") if value else []

    def is_on(self):
        node = self
        while node:
            if node.props.get("status", b"okay\0") not in (b"okay\0", b"ok\0"):
                return False
            node = node.parent
        return True


def words(value):
    return struct.unpack(f">{len(value) // 4}I", value[:len(value) // 4 * 4])


class Tree:
    def __init__(self, blob):
        _, _, at, strings, _, _, _, _, strings_size, size = struct.unpack_from(">10I", blob)
        tokens = struct.unpack_from(f">{size // 4}I", blob, at)
        names, text = {}, blob[strings:strings + strings_size]
        self.nodes, self.phandles, self.reserves = [], {}, []
        node, i = None, 0
        while (token := tokens[i]) != LAST:
            if token == PROP:
                length, offset = tokens[i + 1], tokens[i + 2]
                name = names.get(offset)
                if name is None:
                    name = names[offset] = text[offset:text.index(b"\0", offset)].decode("latin-1")
                start = at + 4 * i + 12
                node.props[name] = blob[start:start + length]
                i += 3 + (length + 3) // 4
            elif token == BEGIN:
                start = at + 4 * i + 4
                end = blob.index(b"\0", start)
                node = Node(blob[start:end].decode("latin-1"), node)
                self.nodes.append(node)
                i += 2 + (end - start) // 4
            else:
                if token == END:
                    node = node.parent
                i += 1
        for node in self.nodes:
            value = node.props.get("phandle")
            if value:
                self.phandles[int.from_bytes(value, "big")] = node
        self.root = self.nodes[0]


def root_compatible(blob):
    """The root's alone: its properties come before its children."""
    at, strings = struct.unpack_from(">8xII", blob)
    at += 8 # the root's name is empty
    while struct.unpack_from(">I", blob, at)[0] == PROP:
        length, offset = struct.unpack_from(">II", blob, at + 4)
        if blob.startswith(b"compatible\0", strings + offset):
            return blob[at + 12:at + 12 + length].rstrip(b"\0").decode("latin-1").split("\0")
        at += 12 + (length + 3) // 4 * 4
    return []
