#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The deepest stack of the boot stage, from the call graphs that gcc writes when it links.

usage: stack_depth.py BUILD
"""
import fnmatch
import pathlib
import re
import sys

NODE = re.compile(r'node: \{ title: "([^"]+)" label: "([^"]+)"')
LABEL = re.compile(r"([^\\]+)\\n([^:]+):")
EDGE = re.compile(r'edge: \{ sourcename: "([^"]+)" targetname: "([^"]+)"(?: label: "([^":]+))?')
FRAME = re.compile(r"\\n(\d+) bytes \(static\)")
INDIRECT = "__indirect_call"
ROOT = "stage_main"

# Where functions are called by pointer, and which ones.
POINTERS = {
    "shim/board/memory.c": ["shim_xen_next_claim"],
    "shim/board/iommu.c": ["shim_iommus_off", "shim/xen/iommu.c:hides", "stage_is_memory"],
    "shim/job/decide.c": ["shim_pass_*", "shim_xen_memory", "shim_xen_passthrough",
                          "shim_xen_nearest", "shim/xen/contract.c:take_addresses",
                          "shim/xen/contract.c:check_*", "shim/xen/contract.c:decide",
                          "shim_native_memory", "shim_native_offset", "shim_native_moves",
                          "shim_native_regions", "shim/native/contract.c:note_unused",
                          "shim/native/contract.c:decide"],
    "shim/job/output.c": ["shim/xen/contract.c:write", "shim/native/contract.c:write"],
    "shim/native/contract.c": ["shim_write_record"],
    "shim/xen/contract.c": ["shim_write_record"],
    "shim/job/record.c": ["shim/job/record.c:is_*"],
    "shim/model/forecast.c": ["shim_xen_dom0_tree", "shim_xen_dom0_tree_fits"],
    "shim/base/sink.c": ["shim/stage/console.c:put_sink", "shim/stage/words.c:put_last"],
    "shim/board/iommu_facts.c": ["stage_read_register"],
    "shim/xen/image.c": ["cpu_next_name", "shim_next_name"],
}
# The firmware's own functions, and the way back to it, which the bare stage has not.
OF_FIRMWARE = ["shim/stage/efi/*", "shim/stage/end.c"]
# In entry.S; they take no stack. And a division in divide.S, which keeps six registers there; a
# copy in copy.S keeps seven, on 32 bits.
WITHOUT_FRAME = ["stage_leave", "stage_mmu_on", "firmware_return"]
IN_ASSEMBLY = {"__aeabi_uldivmod": 24, "cpu_copy": 28, "cpu_next_name": 0}


def local(title):
    """Without the temporary object that the linker's compiler wrote it into."""
    return title.rpartition(".o:")[2]


def graphs(build):
    """The one of all that is compiled when it is linked, and of what is not."""
    found = [*build.glob("dtshim.elf*.ci"), *build.glob("arm*/shim/stage/string.ci")]
    if len(found) < 2:
        raise SystemExit(f"{build}: no call graph of dtshim.elf")
    return found


def read(build):
    """Bytes of each function, whom it calls (by pointer: the file of the call), and "file:name"."""
    frames, calls, names = dict(IN_ASSEMBLY), {}, {}
    for path in graphs(pathlib.Path(build)):
        for line in path.read_text().splitlines():
            node, edge = NODE.match(line), EDGE.match(line)
            if node and (frame := FRAME.search(node[2])):
                frames[local(node[1])] = int(frame[1])
                names[local(node[1])] = "{1}:{0}".format(*LABEL.match(node[2]).groups())
            elif node and "bytes (" in node[2]:
                raise SystemExit(f"{node[1]}: its stack is not known when it is compiled")
            elif edge:
                target = local(edge[2]) if edge[2] != INDIRECT else (INDIRECT, edge[3])
                calls.setdefault(local(edge[1]), set()).add(target)
    calls = {name: {twin(target, frames) for target in targets} for name, targets in calls.items()}
    return frames, calls, names


def twin(target, frames):
    """Of functions of two files that are alike, one is left: X.lto_priv.1 may be X.lto_priv.0."""
    stem, mark, _ = target.rpartition(".lto_priv.") if isinstance(target, str) else ("", "", "")
    if not mark or target in frames:
        return target
    return max((name for name in frames if name.startswith(stem + mark)), key=frames.get,
               default=target)


def is_meant(name, pattern):
    return fnmatch.fnmatch(name if "/" in pattern else name.rpartition(":")[2], pattern)


def targets(call, names):
    if isinstance(call, str):
        return [call]
    if any(fnmatch.fnmatch(call[1], one) for one in OF_FIRMWARE):
        return []
    if call[1] not in POINTERS:
        raise SystemExit(f"{call[1]}: calls by pointer, and POINTERS does not say whom")
    meant = [title for title, name in names.items()
             if any(is_meant(name, pattern) for pattern in POINTERS[call[1]])]
    if not meant:
        raise SystemExit(f"{call[1]}: no function is what POINTERS says it calls")
    return meant


def deepest(name, graph, known, above=()):
    """(bytes, path) of the deepest calls from `name` on; a loop in them is an error."""
    frames, calls, names = graph
    if name in above:
        raise SystemExit(f"recursion: {' > '.join([*above, name])}")
    if name not in known:
        if name not in frames and not any(fnmatch.fnmatch(name, one) for one in WITHOUT_FRAME):
            raise SystemExit(f"{name}: called, and its stack is not known")
        below = [deepest(target, graph, known, (*above, name))
                 for call in calls.get(name, ()) for target in targets(call, names)]
        size, path = max(below, default=(0, []))
        known[name] = frames.get(name, 0) + size, [name, *path]
    return known[name]


def stage_depth(build, root=ROOT):
    """Bytes, and the path as (function, bytes of its own)."""
    graph = read(build)
    size, path = deepest(root, graph, {})
    return size, [(graph[2].get(name, name).rpartition(":")[2], graph[0].get(name, 0)) for name in path]


def show(build):
    """A line, and the path with each function's own bytes."""
    size, path = stage_depth(build)
    print(f"deepest stack of the stage    {size} bytes (goal 4096)")
    for name, own in path:
        print(f"  {own:5} {name}")


if __name__ == "__main__":
    show(sys.argv[1])
