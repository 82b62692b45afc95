# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""A boot that loads its files at given places, and what is wrong with it."""
import re
import struct

import libfdt

import oracle

MIB = 1 << 20
COMPATIBLE = {"xen": b"dtshim,hypervisor\0", "kernel": b"multiboot,kernel\0multiboot,module\0",
              "ramdisk": b"multiboot,ramdisk\0multiboot,module\0"}
NAMES = {"Xen": "xen", "hypervisor": "xen"}


def image(path, room, size=4096, offset=0):
    """As much of an arm64 Image as there is to look at."""
    path.write_bytes(struct.pack("<IIQQQ", 0, 0, offset, room, 0xa) + bytes(24) + b"ARM\x64" +
                     bytes(size - 60))
    return path


def addresses(text):
    """What U-Boot would know after these lines."""
    return {name: int(value, 16) for name, value in
            re.findall(r"^setenv (\w+)_addr ([0-9a-f]+)$", text, re.M)}


def loaded(source, target, places, sizes):
    """The tree of a boot that has loaded everything: module nodes, as U-Boot's fdt makes them."""
    fdt = libfdt.Fdt(source.read_bytes())
    fdt.resize(fdt.totalsize() + 4096)
    chosen = next((node for node in subnodes(fdt, 0) if fdt.get_name(node) == "chosen"), None)
    if chosen is None:
        chosen = fdt.add_subnode(0, "chosen")
    fdt.setprop_u32(chosen, "#address-cells", 2)
    fdt.setprop_u32(chosen, "#size-cells", 2)
    for kind in ("ramdisk", "kernel", "xen"):
        if kind in places:
            node = fdt.add_subnode(chosen, f"{kind}@{places[kind]:x}")
            fdt.setprop(node, "compatible", COMPATIBLE[kind])
            fdt.setprop(node, "reg", struct.pack(">QQ", places[kind], sizes[kind]))
    target.write_bytes(fdt.as_bytearray())
    return target


def subnodes(fdt, parent):
    node = fdt.first_subnode(parent, [libfdt.NOTFOUND])
    while node >= 0:
        yield node
        node = fdt.next_subnode(node, [libfdt.NOTFOUND])


def modules(plan):
    return {NAMES.get(one["kind"], one["kind"]):
            {name: int(one[name], 16) for name in ("from", "to", "room")}
            for one in plan["modules"]}


def module_nodes(tree):
    """{address: size} of the modules in a tree that apply wrote."""
    return {base: size for node in tree.nodes
            if any(word.startswith(("multiboot,", "dtshim,hyp")) for word in node.strings("compatible"))
            for base, size in oracle.rows(node.props["reg"], *node.parent.cells())}


def wrong_places(plan, places, sizes, after):
    """What a plan and its output say of a boot with everything at these places."""
    found = modules(plan)
    for kind, one in found.items():
        if kind in places and kind != "tree" and not one["from"] == one["to"] == places[kind]:
            yield f"the {kind} at {places[kind]:#x} is moved from {one['from']:#x} to {one['to']:#x}"
    taken = {"stage": (places["stage"], sizes["stage"]), "given tree": (places["tree"], sizes["tree"]),
             **{kind: (one["to"], one["room"]) for kind, one in found.items()}}
    spans = {kind: (base, base + size) for kind, (base, size) in taken.items()}
    ram, kept = oracle.spans(plan["ram"]), oracle.spans(plan["reserved"])
    for kind, span in spans.items():
        if not any(first <= span[0] and span[1] <= end for first, end in ram):
            yield f"the {kind} at {span[0]:#x} is not in RAM"
        if any(oracle.overlap(span, other) for other in kept):
            yield f"the {kind} at {span[0]:#x} lies in reserved memory"
        for other in spans:
            if other > kind and oracle.overlap(span, spans[other]):
                yield f"{kind} and {other} overlap: {span[0]:#x}, {spans[other][0]:#x}"
    if places["stage"] % (2 * MIB):
        yield "U-Boot would move the stage to a multiple of 2 MiB"
    if after and plan["contract"] == "xen":
        named = {base: size for base, size in module_nodes(after).items() if base in places.values()}
        wanted = {places[kind]: sizes[kind] for kind in COMPATIBLE if kind in places}
        if named != wanted:
            yield f"the output names {named}, loaded are {wanted}"
