# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Flattened trees of any size, written and looked at as bytes: others take minutes for them."""
import re
import struct

class Blob:
    """Writes a flattened tree; dtc takes minutes for a million nodes."""

    def __init__(self, reserves=()):
        self.structs, self.strings, self.offsets = bytearray(), bytearray(), {}
        self.reserves = b"".join(struct.pack(">QQ", *one) for one in [*reserves, (0, 0)])

    def begin(self, name, **props):
        self.structs += struct.pack(">I", 1) + padded(name.encode() + b"\0")
        for prop, value in props.items():
            plain = prop == "device_type"
            self.prop(prop if plain else prop.replace("__", ",").replace("_", "-"), value)
        return self

    def prop(self, name, value):
        if name.endswith("-cells"):
            name = "#" + name
        if name not in self.offsets:
            self.offsets[name] = len(self.strings)
            self.strings += name.encode() + b"\0"
        value = value.encode() + b"\0" if isinstance(value, str) else bytes(value)
        self.structs += struct.pack(">III", 3, len(value), self.offsets[name]) + padded(value)

    def end(self):
        self.structs += struct.pack(">I", 2)
        return self

    def leaf(self, name, **props):
        return self.begin(name, **props).end()

    def bytes(self):
        structs = self.structs + struct.pack(">I", 9)
        at = 40 + len(self.reserves)
        header = struct.pack(">10I", 0xd00dfeed, at + len(structs) + len(self.strings), at,
                             at + len(structs), 40, 17, 16, 0, len(self.strings), len(structs))
        return header + self.reserves + structs + self.strings


def padded(value):
    return value + bytes(-len(value) % 4)


def cells(*values):
    return struct.pack(f">{len(values)}I", *values)


def pairs(*values):
    return struct.pack(f">{len(values)}Q", *values)


def nodes_from(blob, name):
    """The structure block from the first node of this name to the root's end."""
    at = blob.index(struct.pack(">I", 1) + padded(name.encode() + b"\0"))
    structs, size = (struct.unpack_from(">I", blob, offset)[0] for offset in (8, 36))
    return blob[at:structs + size - 8]


def times(blob, name):
    """How often a property of this name stands in a tree."""
    strings, size = (struct.unpack_from(">I", blob, offset)[0] for offset in (12, 32))
    names = blob[strings:strings + size].split(b"\0")
    if name.encode() not in names:
        return 0
    offset = sum(len(one) + 1 for one in names[:names.index(name.encode())])
    return len(re.findall(b"\0\0\0\3....%s" % re.escape(struct.pack(">I", offset)), blob, re.S))
