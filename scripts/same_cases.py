# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""What same.py runs: policies that together reach what the tool can be asked for, the input
trees that they are run on, and all that is observed of one tree under one policy."""
import itertools
import re
import struct
import subprocess

import libfdt

from patience import patience

LIMIT = patience(60)  # seconds, for what takes milliseconds
ROOM = 4096
MIB = 1 << 20

# In the order in which they are reported. Named like options where that says it.
COMMANDS = ("plan", "plan --json", "plan --load-addresses", "check of the input", "apply", "diff",
            "check of the output", "apply again", "check of the domain's tree")
BLOBS = ("applied tree", "domain's tree", "tree applied again", "domain's tree applied again")
NO_TREE = "no tree"
KINDS = (*COMMANDS, *BLOBS, NO_TREE)


# ---- inputs ------------------------------------------------------------------------------

def child(fdt, parent, name):
    """The exact name; libfdt's own look-up takes chosen@0 for chosen."""
    node = fdt.first_subnode(parent, [libfdt.NOTFOUND])
    while node >= 0 and fdt.get_name(node) != name:
        node = fdt.next_subnode(node, [libfdt.NOTFOUND])
    return node if node >= 0 else None


def roomy(blob):
    """(the tree with room for more, its /chosen); what a boot loader would add stands there."""
    fdt = libfdt.Fdt(blob)
    fdt.resize(len(blob) + ROOM)
    chosen = child(fdt, 0, "chosen")
    return fdt, fdt.add_subnode(0, "chosen") if chosen is None else chosen


def packed(fdt):
    fdt.pack()
    return bytes(fdt.as_bytearray()[:fdt.totalsize()])


def plain(blob):
    return blob


HYPERVISOR = ("hypervisor", 0x80800000, MIB, "dtshim,hypervisor")
MODULES = (("ramdisk", 0x88000000, 7 * MIB + 77, "multiboot,ramdisk", "multiboot,module"),
           ("kernel", 0x84000000, 19 * MIB + 4, "multiboot,kernel", "multiboot,module"),
           HYPERVISOR)
OTHER_MODULES = (("module", 0x90000000, 30 * MIB, "multiboot,module"),
                 ("policy", 0x8f000000, 4096, "xen,xsm-policy", "multiboot,module"), HYPERVISOR)


def add_modules(fdt, chosen, modules):
    fdt.setprop_u32(chosen, "#address-cells", 2)
    fdt.setprop_u32(chosen, "#size-cells", 2)
    for name, base, size, *words in modules:
        node = fdt.add_subnode(chosen, f"{name}@{base:x}")
        fdt.setprop(node, "compatible", strings(*words))
        fdt.setprop(node, "reg", numbers(base, size))


def strings(*words):
    return "".join(f"{word}\0" for word in words).encode()


def numbers(*values):
    return struct.pack(f">{len(values)}Q", *values)


def booted(blob):
    """As a boot loader leaves it: modules, command lines, and a part of the policy."""
    fdt, chosen = roomy(blob)
    add_modules(fdt, chosen, MODULES)
    fdt.setprop_str(chosen, "bootargs", "console=ttyAMA0 root=/dev/ram0")
    fdt.setprop_str(chosen, "xen,xen-bootargs", "console=dtuart dom0_mem=192M sched=credit2")
    policy = fdt.add_subnode(chosen, "dtshim")
    fdt.setprop_str(policy, "on-error", "pass-through")
    fdt.setprop(policy, "ram", numbers(0x80000000, 1 << 30, 0xd0000000, 1 << 28))
    return packed(fdt)


def booted_otherwise(blob):
    """With what is said less often: a module to guess, a ramdisk of the kernel's own words,
    IOMMUs that are off, a domain of somebody else's, and more of the policy."""
    fdt, chosen = roomy(blob)
    add_modules(fdt, chosen, OTHER_MODULES)
    fdt.setprop_u64(chosen, "linux,initrd-start", 0x94000000)
    fdt.setprop_u64(chosen, "linux,initrd-end", 0x94800000)
    fdt.setprop_str(chosen, "bootargs", "console=dtuart iommu=off")
    fdt.setprop_str(chosen, "xen,dom0-bootargs", "console=hvc0")
    domain = fdt.add_subnode(chosen, "domU0")
    fdt.setprop(domain, "compatible", strings("xen,domain"))
    fdt.setprop(domain, "xen,static-mem", numbers(0xe0000000, 64 * MIB))
    policy = fdt.add_subnode(chosen, "dtshim")
    fdt.setprop(policy, "compatible", strings("dtshim,policy-v1"))
    fdt.setprop(policy, "ram", numbers(0x80000000, 2 << 30))
    fdt.setprop(policy, "dom0-mem", numbers(256 * MIB))
    fdt.setprop(policy, "iommu-drivers", strings("arm,mmu-500", "arm,smmu-v3"))
    fdt.setprop(policy, "xen-features", strings("static-mem"))
    fdt.setprop_str(policy, "regions", "none")
    fdt.setprop_u32(policy, "kernel-bits", 64)
    return packed(fdt)


def damaged(seed):
    """One word of the structure is another; which one depends on the tree."""
    def make(blob):
        start, size = (struct.unpack_from(">I", blob, at)[0] for at in (8, 36))
        drawn = (len(blob) + seed) * 2654435761
        at, word = start + drawn % size // 4 * 4, drawn // size % len(DAMAGE)
        return blob[:at] + struct.pack(">I", DAMAGE[word]) + blob[at + 4:]
    return make


DAMAGE = (0, 1, 2, 3, 4, 9, 0x100, 0x7fffffff, 0x80000000, 0xffffffff)


def path_of(fdt, node):
    path = ""
    while node > 0:
        path = f"/{fdt.get_name(node)}{path}"
        node = fdt.parent_offset(node)
    return path or None


def names_of(fdt, node):
    """Of its properties. Debian 12's getprop() loses a reference where there is none."""
    at = fdt.first_property_offset(node, [libfdt.NOTFOUND])
    while at >= 0:
        yield fdt.get_property_by_offset(at).name
        at = fdt.next_property_offset(at, [libfdt.NOTFOUND])


def named(blob):
    """What the {words} of a policy stand for in this tree."""
    blob, one = bytearray(blob), bytearray(b"\0\0\0\1")
    fdt = libfdt.FdtRo(blob)
    aliases = child(fdt, 0, "aliases")
    known = list(names_of(fdt, aliases)) if aliases else []
    devices = [name for name in ("mmc0", "ethernet0", "i2c0", "spi0", "serial1") if name in known]
    iommu = libfdt.fdt_node_offset_by_prop_value(blob, -1, "#iommu-cells", one, len(one))
    sram = libfdt.fdt_node_offset_by_compatible(blob, -1, "mmio-sram")
    return {"iommu": path_of(fdt, iommu), "sram": path_of(fdt, sram),
            "device": devices[0] if devices else None}


# ---- one board in many shapes --------------------------------------------------------------

# Each property is removed, and has the next of these done to it.
BENDS = (("cut", lambda value: value[:-4]),
         ("counted on", lambda value: value[:-1] + bytes([(value[-1] + 1) % 256])))


def nodes_of(fdt):
    """(offset, path) of all but the root."""
    node, depth = fdt.next_node(0, 0, [libfdt.NOTFOUND])
    while node >= 0 and depth > 0:
        yield node, path_of(fdt, node)
        node, depth = fdt.next_node(node, depth, [libfdt.NOTFOUND])


def bend_property(blob, node, name, bend):
    fdt = libfdt.Fdt(blob)
    if bend:
        fdt.setprop(node, name, bend(bytes(fdt.getprop(node, name))))
    else:
        fdt.delprop(node, name)
    return packed(fdt)


def disable(blob, node):
    fdt, _ = roomy(blob)
    fdt.setprop_str(node, "status", "disabled")
    return packed(fdt)


def bent(blob):
    """(what was done, tree): as it is, then with one property or one node bent."""
    fdt = libfdt.FdtRo(blob)
    bends = itertools.cycle(BENDS)
    yield "as it is", blob
    for node, path in [(0, "/"), *nodes_of(fdt)]:
        yield f"{path} disabled", disable(blob, node)
        for name in list(names_of(fdt, node)):
            yield f"{path} {name} removed", bend_property(blob, node, name, None)
            if len(fdt.getprop(node, name)) >= 4:
                word, bend = next(bends)
                yield f"{path} {name} {word}", bend_property(blob, node, name, bend)


# ---- policies ----------------------------------------------------------------------------

TOLD = {"ram": "0x80000000:2G", "dom0-mem": "128M"}
NATIVE = {"contract": "native", "dom0-mem": "128M"}
DOMAIN = {"layout": "offset", "dom0-mem": "128M", "passthrough": "all-dma"}
LARGE = {"xen-features": "static-mem large-tree"}
DRIVEN = "arm,mmu-500 arm,smmu-v2 arm,smmu-v3 rockchip,iommu qcom,apps-smmu renesas,ipmmu-vmsa"

# name: (how the input is made, options). An option whose {word} the tree has not is left out.
POLICIES = {
    "defaults": (plain, {}),
    "xen, RAM told": (plain, TOLD),
    "xen, small": (plain, {"dom0-mem": "64M", "kernel-bits": "32", "regions": "none"}),
    "xen, large": (plain, {"ram": "0x40000000:1G 0x100000000:4G", "dom0-mem": "1G",
                           "kernel-bits": "64", "iommu-drivers": DRIVEN}),
    "xen, static heap": (plain, {"ram": "0x40000000:4G", "dom0-mem": "320M",
                                 "iommu-no-stage2": "{iommu}"}),
    "native": (plain, NATIVE),
    "native, offset": (plain, {**NATIVE, "ram": "0x80000000:1G", "machine-base": "0xa0000000",
                               "offset-in": "both"}),
    "native, all words": (plain, {
        **NATIVE, "ram": "0x80000000:2G", "machine-base": "0xa0800000",
        "offset-in": "dma-ranges", "regions": "none", "hypervisor": "test,hypervisor other,name",
        "ipa-bits": "36", "kernel-bits": "32", "iommu-drivers": DRIVEN,
        "memory-types": "{sram}=normal-nc"}),
    "native, base told": (plain, {
        **NATIVE, "ram": "0x80000000:1G 0x880000000:1G", "dom0-base": "0x90000000",
        "machine-base": "0x890000000", "iommu-no-stage2": "{iommu}",
        "memory-types": "{sram}=device-gre"}),
    "none": (plain, {"contract": "none"}),
    "domain": (plain, {**DOMAIN, "xen-features": "large-tree"}),
    "domain, blocks": (plain, {**DOMAIN, **LARGE, "ram": "0x80000000:1G",
                               "machine-blocks": "0xb0000000:64M 0xa8000000:64M"}),
    "domain, one device": (plain, {**DOMAIN, **TOLD, "passthrough": "{device}",
                                   "domain-name": "domU1"}),
    "booted": (booted, {}),
    "booted, native": (booted, {"contract": "native", "machine-base": "0x90000000",
                                "offset-in": "both"}),
    "booted, domain": (booted, {**DOMAIN, **LARGE, "machine-base": "0xa0000000"}),
    "booted otherwise": (booted_otherwise, {}),
    "booted otherwise, domain": (booted_otherwise, {**DOMAIN, "machine-base": "0xa0000000"}),
    "damaged": (damaged(0), {}),
    "damaged, native": (damaged(1), {**NATIVE, "ram": "0x80000000:1G", "offset-in": "both"}),
    "damaged, domain": (damaged(2), {**DOMAIN, **LARGE, "ram": "0x80000000:1G"}),
}


def options(policy, words):
    """The command line's words of a policy."""
    for option, value in policy.items():
        if all(words[word] for word in re.findall(r"{(\w+)}", value)):
            yield from (f"--{option}", value.format(**words))


# ---- observations ------------------------------------------------------------------------

def run(tool, folder, *words):
    """All that a run says, as one text."""
    try:
        done = subprocess.run([tool, *words], cwd=folder, stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=LIMIT)
    except subprocess.TimeoutExpired:
        return f"no end after {LIMIT:.0f} s\n".encode()
    errors = b"".join(b"stderr: " + line for line in done.stderr.splitlines(keepends=True))
    return b"exit %d\n%s%s" % (done.returncode, done.stdout, errors)


def keep(folder, seen, name, kind):
    """An output file, if there is one."""
    file = folder / name
    if file.exists():
        seen[kind] = file.read_bytes()
    return file.exists()


def observe(tool, folder, tree, words):
    """{kind: bytes} of a tree, which lies in the folder as in.dtb."""
    for old in ("out", "out.domain", "again", "again.domain"):
        (folder / f"{old}.dtb").unlink(missing_ok=True)
    (folder / "in.dtb").write_bytes(tree)
    seen = {}

    def see(kind, *command):
        seen[kind] = run(tool, folder, *command)

    see("plan", "plan", *words, "in.dtb")
    see("plan --json", "plan", "--json", *words, "in.dtb")
    see("plan --load-addresses", "plan", "--load-addresses", *words, "in.dtb")
    see("check of the input", "check", *words, "in.dtb")
    see("apply", "apply", *words, "in.dtb", "-o", "out.dtb")
    if keep(folder, seen, "out.dtb", "applied tree"):
        see("diff", "diff", "in.dtb", "out.dtb")
        see("check of the output", "check", *words, "out.dtb")
        see("apply again", "apply", *words, "out.dtb", "-o", "again.dtb")
        keep(folder, seen, "again.dtb", "tree applied again")
        keep(folder, seen, "again.domain.dtb", "domain's tree applied again")
    if keep(folder, seen, "out.domain.dtb", "domain's tree"):
        see("check of the domain's tree", "check", "out.domain.dtb")
    return seen


# ---- observations without one tree ---------------------------------------------------------

def image(room):
    """As much of an arm64 Image as there is to look at."""
    return struct.pack("<IIQQQ", 0, 0, 0x80000, room, 0xa) + bytes(24) + b"ARM\x64" + bytes(4096)


FILES = {"stage": image(5 * MIB), "xen": image(MIB), "kernel": image(30 * MIB),
         "ramdisk": bytes(MIB)}
LOADED = " ".join(f"--{name} {name}" for name in FILES)

ALONE = ("", "--help", "--version", "check --list-rules", "wrong", "plan", "plan nowhere.dtb",
         "plan --unknown 0.dtb", "plan --dom0-mem much 0.dtb", "apply 0.dtb",
         "plan --xen xen 0.dtb", "plan --load-addresses --kernel ramdisk 0.dtb",
         "plan --load-addresses --xen ramdisk 0.dtb")
# Also of many files at once.
MANY = ("plan -j 2", "plan --json -j 2", "check -j 2", "apply -j 2 -o out/",
        f"plan --load-addresses {LOADED} --ram 0x80000000:2G",
        f"plan --load-addresses {LOADED} --ram 0x80000000:2G --contract native --kernel-bits 64",
        f"plan --load-addresses --json {LOADED} --ram 0x80000000:2G")


def observe_without_tree(tool, folder, pairs):
    """{words: text} of what no board decides, of many boards, and of one beside another."""
    seen, files = {}, []
    for name, content in FILES.items():
        (folder / name).write_bytes(content)
    for number, pair in enumerate(pairs):
        files.append(f"{number}.dtb")
        for name, tree in zip((f"{number}.dtb", "other.dtb"), pair):
            (folder / name).write_bytes(tree)
        words = f"diff {number}.dtb and its neighbour"
        seen[words] = run(tool, folder, "diff", f"{number}.dtb", "other.dtb")
    for words in ALONE:
        seen[words] = run(tool, folder, *words.split())
    for words in MANY:
        seen[words] = run(tool, folder, *words.split(), *files, "nowhere.dtb")
    for file in sorted(folder.glob("out/*.dtb")):
        seen[f"apply -o out/: {file.name}"] = file.read_bytes()
        file.unlink()
    return seen
