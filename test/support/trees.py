# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Trees as tests write them, damage them and read them."""
import ctypes
import pathlib
import re
import struct

import libfdt

HEADER = """/dts-v1/;
/ {
    #address-cells = <2>;
    #size-cells = <2>;
    compatible = "test,board";
"""
# What no board is without that Xen boots on; a test's own nodes come first.
CPUS = """cpus { #address-cells = <1>; #size-cells = <0>;
        cpu@0 { device_type = "cpu"; compatible = "arm,cortex-a53"; reg = <0>; }; };"""
GIC = """interrupt-parent = <&core_gic>;
    core_gic: interrupt-controller@2f000000 { compatible = "arm,gic-v3"; interrupt-controller;
        #interrupt-cells = <3>; reg = <%s0x2f000000 %s0x10000>, <%s0x2f100000 %s0x20000>; interrupts = <1 9 4>; };"""
# With cores of 32 bits, whose Xen drives no other.
NARROW_CORE = re.compile(r'"arm,cortex-a(7|9|15|17)"')
GIC_2 = """interrupt-parent = <&core_gic>;
    core_gic: interrupt-controller@2f000000 { compatible = "arm,cortex-a15-gic"; interrupt-controller;
        #interrupt-cells = <3>; reg = <%s0x2f000000 %s0x1000>, <%s0x2f100000 %s0x2000>, <%s0x2f200000 %s0x2000>,
        <%s0x2f300000 %s0x2000>; interrupts = <1 9 4>; };"""
TIMER = """timer { compatible = "arm,armv8-timer"; interrupt-parent = <&core_gic>;
        interrupts = <1 13 8>, <1 14 8>, <1 11 8>, <1 10 8>; };"""
MEMORY = 'memory@80000000 { device_type = "memory"; reg = <0 0x80000000 0 0x80000000>; };\n'


# As a board's size is: dom0's tree, which has it not, is made in the size of the board's.
ROOM = 'pmu { compatible = "arm,armv8-pmuv3"; bulk = <%s>; };' % ("0 " * 1024)


def with_core(source):
    """The source with that of it which it does not have itself."""
    cells = ["0 " * (int(re.search(rf"#{kind}-cells = <(\d)>", source)[1]) - 1)
             for kind in ("address", "size")]
    core = ROOM + ("" if "cpus {" in source else CPUS)
    if "arm,gic" not in source and "-timer" not in source:
        gic = GIC_2 % (*cells * 4,) if NARROW_CORE.search(source) else GIC % (*cells * 2,)
        core = gic + TIMER + core
    return f"{source}/ {{ {core} }};\n"


def mark(compatible, *names):
    """Of a device, in the record: FNV-1a over what it says to be and its names, up to the root."""
    value = 2166136261
    for byte in "".join(word + "\0" for word in (compatible, *names)).encode():
        value = (value ^ byte) * 16777619 % 2**32
    return value


# The one device of with_core() that may master DMA.
CORE_MARK = mark("arm,gic-v3", "interrupt-controller@2f000000")


def keep_none():
    """For each property that is not there Debian's libfdt gives back a reference to None that it never
    took; after some thousands Python ends with "deallocating None"."""
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(None))


class Tree:
    """A blob as libfdt sees it; nodes are named by their full path."""

    def __init__(self, path):
        self.fdt = libfdt.FdtRo(pathlib.Path(path).read_bytes())

    def node(self, path):
        """Exact names: libfdt alone would take /timer for /timer@2a810000."""
        node = 0
        for name in [part for part in path.split("/") if part]:
            child = self.fdt.first_subnode(node, [libfdt.NOTFOUND])
            while child >= 0 and self.fdt.get_name(child) != name:
                child = self.fdt.next_subnode(child, [libfdt.NOTFOUND])
            if child < 0:
                return None
            node = child
        return node

    def has(self, path):
        return self.node(path) is not None

    def prop(self, path, name):
        node = self.node(path)
        if node is None:
            return None
        value = self.fdt.getprop(node, name, [libfdt.NOTFOUND])
        if isinstance(value, int):
            keep_none()
            return None
        return bytes(value)

    def string(self, path, name):
        value = self.prop(path, name)
        return None if value is None else value.rstrip(b"\0").decode()

    def strings(self, path, name):
        return [part.decode() for part in self.prop(path, name).split(b"\0")[:-1]]

    def cells(self, path, name):
        value = self.prop(path, name)
        return [int.from_bytes(value[i:i + 4], "big") for i in range(0, len(value), 4)]

    def u64s(self, path, name):
        value = self.prop(path, name)
        return [int.from_bytes(value[i:i + 8], "big") for i in range(0, len(value), 8)]

    def children(self, path):
        node = self.fdt.first_subnode(self.node(path), [libfdt.NOTFOUND])
        names = []
        while node >= 0:
            names.append(self.fdt.get_name(node))
            node = self.fdt.next_subnode(node, [libfdt.NOTFOUND])
        return names

    def reserves(self):
        return [tuple(self.fdt.get_mem_rsv(i)[-2:]) for i in range(self.fdt.num_mem_rsv())]


HEADER_WORDS = ("magic", "totalsize", "structs", "strings", "reserve", "version", "compatible",
                "cpu", "strings_size", "structs_size")


def patched(tree, name="bad.dtb", **words):
    """A copy with header words changed."""
    blob = bytearray(tree.read_bytes())
    for word, value in words.items():
        struct.pack_into(">I", blob, 4 * HEADER_WORDS.index(word), value)
    path = tree.parent / name
    path.write_bytes(blob)
    return path


def words(tree):
    return dict(zip(HEADER_WORDS, struct.unpack_from(">10I", tree.read_bytes())))


def blob_of(*tokens, strings=b"a\0"):
    """A tree from raw tokens: ints are words, bytes are padded."""
    structs = b"".join(struct.pack(">I", t) if isinstance(t, int) else t + bytes(-len(t) % 4)
                       for t in tokens)
    head = struct.pack(">10I", 0xd00dfeed, 56 + len(structs) + len(strings), 56,
                       56 + len(structs), 40, 17, 16, 0, len(strings), len(structs))
    return head + bytes(16) + structs + strings


BEGIN, END_NODE, PROP, NOP, END = 1, 2, 3, 4, 9
RAW = {
    "two roots": (blob_of(BEGIN, b"\0", END_NODE, BEGIN, b"\0", END_NODE, END), "structure"),
    "named root": (blob_of(BEGIN, b"x\0", END_NODE, END), "structure"),
    "never closed": (blob_of(BEGIN, b"\0", END), "structure"),
    "closed twice": (blob_of(BEGIN, b"\0", END_NODE, END_NODE, END), "structure"),
    "no end": (blob_of(BEGIN, b"\0", END_NODE), "structure"),
    "empty": (blob_of(END), "structure"),
    "unknown token": (blob_of(BEGIN, b"\0", 7, END_NODE, END), "structure"),
    "slash in a name": (blob_of(BEGIN, b"\0", BEGIN, b"a/b\0", END_NODE, END_NODE, END), "structure"),
    "unnamed child": (blob_of(BEGIN, b"\0", BEGIN, b"\0", END_NODE, END_NODE, END), "structure"),
    "name without end": (blob_of(BEGIN, b"\0", BEGIN, b"abcdefgh"), "structure"),
    "property outside": (blob_of(PROP, 0, 0, BEGIN, b"\0", END_NODE, END), "structure"),
    "property behind a node": (blob_of(BEGIN, b"\0", BEGIN, b"n\0", END_NODE, PROP, 0, 0, END_NODE,
                                       END), "structure"),
    "property too long": (blob_of(BEGIN, b"\0", PROP, 0x7ffffff0, 0, END_NODE, END), "structure"),
    "property length wraps": (blob_of(BEGIN, b"\0", PROP, 0xfffffffc, 0, END_NODE, END), "structure"),
    "property cut off": (blob_of(BEGIN, b"\0", PROP, 0), "structure"),
    "name offset outside": (blob_of(BEGIN, b"\0", PROP, 0, 2, END_NODE, END), "structure"),
    "strings do not end": (blob_of(BEGIN, b"\0", PROP, 0, 0, END_NODE, END, strings=b"abc"), "structure"),
    "short phandle": (blob_of(BEGIN, b"\0", PROP, 2, 0, b"\0\1", END_NODE, END, strings=b"phandle\0"),
                      "structure"),
    "property twice": (blob_of(BEGIN, b"\0", PROP, 0, 0, PROP, 0, 0, END_NODE, END, strings=b"reg\0"),
                       "duplicate"),
    "phandle twice": (blob_of(BEGIN, b"\0", PROP, 4, 0, 5, BEGIN, b"n\0", PROP, 4, 0, 5, END_NODE,
                              END_NODE, END, strings=b"phandle\0"), "duplicate"),
    "too deep": (blob_of(*([BEGIN, b"\0"] + [BEGIN, b"n\0"] * 70 + [END_NODE] * 71 + [END])), "structure"),
    "no memory": (blob_of(BEGIN, b"\0", END_NODE, END), "unsupported"),
    "nops are fine, no memory": (blob_of(NOP, BEGIN, b"\0", NOP, END_NODE, NOP, END), "unsupported"),
}
