# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Where fuzzing starts: trees of small boards and of other tests, and input that hurt others.

usage: seeds.py GUESTS OUT; makes OUT/walk, OUT/plan, OUT/diff, OUT/fit, OUT/log, OUT/stage and OUT/firmware
"""
import hashlib
import pathlib
import re
import struct
import subprocess
import sys
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))

from made_up import SMALL, TREES, WIDE  # noqa: E402
from places import ROOT  # noqa: E402
from trees import HEADER, MEMORY, with_core  # noqa: E402

CHOICES, LONGEST = 48, 1 << 16
STRUCTS, STRINGS, RESERVE, VERSION, STRINGS_SIZE, STRUCTS_SIZE = 8, 12, 16, 20, 32, 36

BOARDS = ["armhf/xenvm-4.2", "arm64/arm/corstone1000-fvp", "arm64/arm/foundation-v8",
          "armhf/vt8500-bv07", "armhf/ecx-2000", "arm64/cavium/thunder-88xx",
          "arm64/arm/fvp-base-revc", "arm64/hisilicon/hip05-d02", "arm64/arm/rtsm_ve-aemv8a",
          "arm64/marvell/ac5-98dx35xx-rd", "arm64/freescale/imx8ulp-evk", "arm64/arm/juno"]


# ---- trees -----------------------------------------------------------------------------

def compiled(source, *flags):
    return subprocess.run(["dtc", "-q", "-f", "-I", "dts", "-O", "dtb", *flags],
                          input=source.encode(), capture_output=True, check=True).stdout


def tree(body, header=HEADER):
    return compiled(header + body + "};\n")


def whole(body):
    """A board on which Xen boots, and drives what SMMUs there are."""
    return compiled(with_core(HEADER + body + "};\n"))


def root(cells, body=""):
    return tree(body, "/dts-v1/; / { #address-cells = <%s>; #size-cells = <%s>;" % cells)


def word(blob, at):
    return struct.unpack_from(">I", blob, at)[0]


def patched(blob, *changes):
    """With 32-bit words at (offset, value)."""
    blob = bytearray(blob)
    for at, value in changes:
        struct.pack_into(">I", blob, at, value)
    return bytes(blob)


def built(structs, strings=b"", reserves=bytes(16)):
    """A blob around a structure block: words and bytes."""
    block = b"".join(struct.pack(">I", one) if isinstance(one, int) else one for one in structs)
    at = 40 + len(reserves)
    total = at + len(block) + len(strings)
    return struct.pack(">10I", 0xd00dfeed, total, at, at + len(block), 40, 17, 16, 0,
                       len(strings), len(block)) + reserves + block + strings


BEGIN, END, PROP, NOP, LAST = 1, 2, 3, 4, 9
NONE = bytes(4)


def nested(depth):
    return built([BEGIN, NONE, *[BEGIN, b"n\0\0\0"] * depth, *[END] * (depth + 1), LAST])


def reordered(blob):
    """Strings, then structures, then reservations, as dtc's mangle-layout."""
    structs = blob[word(blob, STRUCTS):][:word(blob, STRUCTS_SIZE)]
    strings = blob[word(blob, STRINGS):][:word(blob, STRINGS_SIZE)]
    strings += bytes(-len(strings) % 8)
    structs += bytes(-len(structs) % 8)
    return patched(blob[:40] + strings + structs + bytes(16), (4, 56 + len(strings + structs)),
                   (STRINGS, 40), (STRUCTS, 40 + len(strings)),
                   (RESERVE, 40 + len(strings + structs)))


def banks(count):
    return " ".join(f"0 {0x80000000 + i * 0x200000:#x} 0 0x100000" for i in range(count))


def reservations(count):
    return "".join(f"r{i} {{ reg = <0 {0x90000000 + i * 0x2000:#x} 0 0x1000>; }};"
                   for i in range(count))


def first_property(blob, name):
    """Where the header of the first property with this name stands."""
    at = blob.find(name.encode() + b"\0", word(blob, STRINGS)) - word(blob, STRINGS)
    return blob.find(struct.pack(">I", at), word(blob, STRUCTS)) - 8


def cases():
    """Input that hurt others; each by where it is told of."""
    small, wide = whole(SMALL), whole(WIDE)
    structs = word(small, STRUCTS)
    text = first_property(small, "stdout-path")
    strings = word(small, STRINGS_SIZE)
    bus = "bus { #address-cells = <%s>; #size-cells = <%s>; ranges; dma-ranges = <%s>;" \
          ' d { compatible = "test,d"; reg = <0 0 0 0>; }; };'
    reserved = "reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges; %s };"
    yield "dtc-66-totalsize-beyond-the-bytes", patched(small, (4, len(small) + 1))
    yield "dtc-66-totalsize-below-a-header", patched(small, (4, 39))
    yield "dtc-66-totalsize-0", patched(small, (4, 0))
    yield "xen-max-fdt-size-said", patched(small, (4, 3 << 20))
    yield "dtc-178-unaligned-struct", patched(small, (STRUCTS, structs + 2))
    yield "uboot-8fbcc0e-unaligned-reserve-map", patched(small, (RESERVE, 44))
    yield "dtc-188-length-near-int-max", patched(small, (text + 4, 0x7ffffffd))
    yield "dtc-7359034-length-near-uint-max", patched(small, (text + 4, 0xfffffff0))
    yield "dtc-47d7c01-reserve-map-without-end", built([BEGIN, NONE, END, LAST], b"",
                                                       struct.pack(">4Q", 1, 1, 2, 2))
    yield "dtc-caf7465-nop-before-end", built([BEGIN, NONE, END, NOP, LAST])
    yield "xen-smmu-without-a-context", whole(SMALL.replace(", <0 201 4>", ""))
    yield "dtc-mangle-layout-other-order", reordered(small)
    yield "dtc-version-16", compiled(HEADER + MEMORY + "};", "-V", "16")
    yield "uboot-cve-2021-27097-two-roots", built([BEGIN, NONE, END, BEGIN, NONE, END, LAST])
    yield "uboot-cve-2021-27097-named-root", built([BEGIN, b"fit\0", END, LAST])
    yield "uboot-79af75f-name-is-an-at", built([BEGIN, NONE, BEGIN, b"@\0\0\0", END, END, LAST])
    yield "dtc-79b9e32-alias-without-nul", tree(MEMORY + 'aliases { serial0 = [2f 64 65 76]; };'
                                                'chosen { stdout-path = "serial0"; };')
    yield "uboot-af67b25-string-without-nul", tree(MEMORY + "chosen { stdout-path = [2f 64 65 76];"
                                                   " bootargs = [61 62 63]; };")
    yield "uboot-ca774b9-alias-of-300-bytes", tree(
        MEMORY + 'aliases { serial0 = "/%s"; }; chosen { stdout-path = "serial0"; };' % ("a" * 300))
    yield "uboot-84e250c-short-dma-ranges", tree(MEMORY + bus % (1, 1, "0 0"))
    yield "uboot-84e250c-uneven-dma-ranges", tree(MEMORY + bus % (1, 1, "0 0 0x80000000 0x1000 0"))
    for cells in ("0", "3", "4", "0xffffffff"):
        yield f"uboot-84e250c-cells-of-{cells}", tree(
            MEMORY + bus % (cells, cells, "0 0 0 0 0 0 0"))
    yield "uboot-fdt-pack-reg-root-cells-of-4", root(
        (4, 4), 'memory@0 { device_type = "memory"; reg = <%s>; };' % ("0 0 0 1 " * 8))
    for depth in (63, 64, 65, 1000):
        yield f"uboot-9e0d2fb-nested-{depth}", nested(depth)
    yield "dtc-overlay-fixup-beyond-the-property", tree(
        "fragment@0 { target = <0xffffffff>; __overlay__ { p = <1>; }; };"
        " __local_fixups__ { fragment@0 { target = <0x7fffffff>; }; };")
    yield "gem5-3037-index-overflow", tree(
        MEMORY + 'aliases { serial99999999999999999999 = "/"; };'
        'chosen { stdout-path = "serial99999999999999999999:0"; };')
    yield "name-beyond-the-strings", patched(small, (text + 8, strings))
    yield "property-twice", built([BEGIN, NONE, PROP, 4, 0, 1, PROP, 4, 0, 2, END, LAST], b"reg\0")
    yield "xen-51a2b3f-two-reserved-memory", patched_name(
        tree(MEMORY + reserved % "" + reserved.replace("-memory", "-memorx") % reservations(1)),
        b"reserved-memorx", b"reserved-memory")
    yield "juno-node-beside-its-name-with-an-address", tree(MEMORY + "timer { }; timer@2a810000 {"
                                                            " reg = <0 0x2a810000 0 0x10000>; };")
    yield "rpi4-memory-of-zeros", tree('memory@0 { device_type = "memory"; reg = <0 0 0 0>; };')
    yield "memory-absent", tree("")
    yield "memory-several-nodes", tree(MEMORY + MEMORY.replace("80000000", "100000000", 1))
    yield "rpi5-nine-ranges", tree('memory@0 { device_type = "memory"; reg = <%s>; };' % banks(9))
    yield "rpi-2-address-cells-1-size-cell", root(
        (2, 1), 'memory@0 { device_type = "memory";'
        ' reg = <0 0 0x3b400000 0 0x40000000 0xbc000000>; };')
    yield "xen-nr-mem-banks", tree('memory@0 { device_type = "memory"; reg = <%s>; };' % banks(257))
    yield "xen-nr-mem-banks-reserved", tree(MEMORY + reserved % reservations(257))
    yield "raspberrypi-1445-body-overwritten", small[:40] + b"\xaa" * (len(small) - 40)
    yield "pftf-107-end-overwritten", wide[:len(wide) // 2] + bytes(len(wide) - len(wide) // 2)
    yield "systemd-boot-nops-only", built([NOP] * 500)
    yield "systemd-boot-nops-in-a-node", built([BEGIN, NONE, *[NOP] * 500, END, LAST])


def patched_name(blob, old, new):
    assert old in blob
    return blob.replace(old, new)


def own_trees():
    yield "unit-small", whole(SMALL)
    yield "unit-wide", whole(WIDE)
    yield "example", compiled((ROOT / "doc/example.dts").read_text().split("*/\n", 1)[1])
    for name, body in TREES.items():
        yield "odd-" + name.replace(" ", "-"), tree(body)


def boards(guests):
    for name in BOARDS:
        path = guests / "dtbs" / (name + ".dtb")
        if path.exists():
            yield path.stem, path.read_bytes()


# ---- FITs -------------------------------------------------------------------------------

def fit_image(name, data, where):
    digest = " ".join(f"{byte:02x}" for byte in hashlib.sha256(data).digest())
    return (f'{name} {{ compression = "none"; {where}'
            f' hash-1 {{ algo = "sha256"; value = [{digest}]; }};'
            f' hash-2 {{ algo = "crc32"; value = <{zlib.crc32(data):#x}>; }}; }};')


def fit(place):
    """`place` says in properties where the data of the i-th image is."""
    parts = {name: name.encode() * 20 for name in ("xen", "linux", "ramdisk")}
    images = "".join(fit_image(name, data, place(i, data))
                     for i, (name, data) in enumerate(parts.items()))
    blob = compiled("/dts-v1/; / { images { %s }; configurations { default = \"boot\"; boot {"
                    ' firmware = "xen"; kernel = "linux"; ramdisk = "ramdisk"; }; }; };' % images)
    return blob, b"".join(data + bytes(140 - len(data)) for data in parts.values())


def fits():
    inside = fit(lambda i, data: f"data = [{data.hex()}];")[0]
    blob, data = fit(lambda i, data: f"data-offset = <{140 * i}>; data-size = <{len(data)}>;")
    yield "fit-inside", inside
    yield "fit-behind", blob + bytes(-len(blob) % 4) + data
    blob, data = fit(lambda i, data: f"data-position = <{4096 + 140 * i}>;"
                                     f" data-size = <{len(data)}>;")
    yield "fit-at-a-position", blob + bytes(4096 - len(blob)) + data


# ---- the stage --------------------------------------------------------------------------

def with_modules(blob):
    """Xen, kernel and ramdisk above the start of the first bank; None: there is no room for them."""
    found = first_bank(blob)
    if not found or found[1] < 256 << 20:
        return None
    source = decompiled(blob)
    nodes = "".join(
        f'{name}@{found[0] + at:x} {{ compatible = "{compatible}"; reg = <{cells(found[0] + at)} {cells(size)}>; }};'
        for name, compatible, at, size in (
            ("hypervisor", "dtshim,hypervisor", 96 << 20, 1 << 20),
            ("module", "multiboot,kernel", 128 << 20, 32 << 20),
            ("module", "multiboot,ramdisk", 176 << 20, 8 << 20)))
    return compiled(source + "/ { chosen { #address-cells = <2>; #size-cells = <2>; %s }; };" % nodes)


def cells(value):
    return f"{value >> 32:#x} {value & 0xffffffff:#x}"


def decompiled(blob):
    return subprocess.run(["dtc", "-q", "-f", "-I", "dtb", "-O", "dts"], input=blob,
                          capture_output=True, check=True).stdout.decode(errors="replace")


def first_bank(blob):
    """Base and size of it, as libfdt's tools read /memory; None: the tree names none."""
    for node in ("memory", "memory@"):
        got = re.search(rf"\t{node}[^{{;]* \{{[^}}]*?reg = <([^>]*)>", decompiled(blob))
        if got:
            words = [int(word, 0) for word in got[1].split()]
            if len(words) >= 4:
                return words[0] << 32 | words[1], words[2] << 32 | words[3]
            if len(words) >= 2:
                return words[0], words[1]
    return None


def image(name, room=0x100000):
    """What starts as an arm64 Image does."""
    head = bytes(16) + struct.pack("<Q", room) + bytes(32) + b"ARM\x64" + bytes(4)
    return head + name.encode() * 16


def startable():
    """A FIT whose parts are Images."""
    parts = {"xen": image("xen,xen-4.17"), "linux": image("kernel"), "ramdisk": b"ramdisk" * 20}
    images = "".join(fit_image(name, data, f"data = [{data.hex()}];") for name, data in parts.items())
    return compiled("/dts-v1/; / { images { %s }; configurations { default = \"boot\"; boot {"
                    ' firmware = "xen"; kernel = "linux"; ramdisk = "ramdisk"; }; }; };' % images)


# Choices beside none: where the tree lies, and policies that are written as words.
STAGE = {"xen": {28: 65}, "native": {28: 65, 4: 2, 23: 1}, "offset": {28: 65, 5: 3, 20: 3, 22: 4},
         "pass-through": {28: 65, 13: 2, 6: 9}, "tampered": {28: 65, 40: 4, 41: 7, 44: 255},
         "few-tables": {28: 65, 29: 0xf1}}


def stages(trees):
    for name, blob in trees:
        whole_board = with_modules(blob)
        for policy, numbers in STAGE.items():
            if whole_board:
                yield f"{name}-{policy}", staged(numbers, whole_board)
            if policy in ("xen", "tampered"):
                yield f"{name}-{policy}-carried", staged(numbers, blob, startable())
    board = with_modules(whole(SMALL.replace("hypervisor@90000000", "h@90000000")
                               .replace('"dtshim,hypervisor"', '"test,h"')))
    yield "a-payload-that-is-damaged", staged(STAGE["pass-through"], board,
                                              startable().replace(b"kernelkernel", b"kernelKernel"))
    yield "a-console-in-ram", staged(STAGE["xen"], whole(
        SMALL.replace("/dev@2000", "/uart@88000000") +
        'uart@88000000 { compatible = "arm,pl011"; reg = <0 0x88000000 0 0x1000>; };'))
    # Both name one place, and only one of them the hypervisor; its cells are the root's.
    yield "a-hypervisor-by-inherited-cells", staged(STAGE["pass-through"], whole(SMALL.replace(
        "chosen { #address-cells = <2>; #size-cells = <2>;", "chosen {").replace(
        "hypervisor@90000000", "x { #address-cells = <2>; #size-cells = <2>; "
        "m@90000000 { reg = <0 0x90000000 0 0x100000>; }; }; hypervisor@90000000")))
    # Where the tree that native has rewritten says no memory, and its record does.
    yield "an-smmu-in-ram", staged(STAGE["native"], whole(
        SMALL + 'far: iommu@9f000000 { compatible = "arm,mmu-500"; reg = <0 0x9f000000 0 0x20000>; '
        '#iommu-cells = <1>; #global-interrupts = <1>; interrupts = <0 1 4>, <0 2 4>; }; '
        'behind { compatible = "test,behind"; iommus = <&far 1>; };'))


def staged(numbers, blob, payload=b""):
    return struct.pack("<H", len(blob)) + chosen(numbers)[2:] + blob + payload


# ---- UEFI -------------------------------------------------------------------------------------

SECURE = {2: 2}
FIRMWARE = {"xen.cfg": {}, "options": {12: 32}, "no-tree-of-its-own": {}, "secure": SECURE,
            "set-up": {2: 3}, "grows": {3: 7, 4: 9, 5: 7, 7: 1}, "kept": {16: 6, 17: 4, 18: 7, 19: 5, 20: 0, 21: 3, 22: 7, 23: 9},
            "odd": {16: 0, 17: 0xf4, 18: 7, 19: 0x4b, 20: 1, 21: 0x80, 9: 8}, "by-grub": {12: 0x28, 8: 5}}
XEN_AT = 0x42000000
BARE = ("bootargs = \"loglvl=all dom0_mem=64M\"; #address-cells = <2>; #size-cells = <2>;" +
        "".join(f"module@{at:x} {{ compatible = \"multiboot,module\"; reg = <0 {at:#x} 0 0x1000>; bootargs = \"a=b\", [1a]; }};"
                for at in (XEN_AT + 0x100000, XEN_AT + 0x200000, XEN_AT, XEN_AT + 0x300000)))
CFG = b"# mine\n[global]\ndefault=xen\n\n[xen]\noptions=dom0_mem=64M # its\nkernel=Image a=b\nramdisk=initrd\nxsm=policy\n"
OPTIONS = b'dtshim.efi xen=xen kernel=Image ramdisk=\\EFI\\initrd dom0="a b" -- dom0_mem=64M\n'


def firmwares():
    """A board on which all goes well, with what its UEFI may do; the text is options and a configuration."""
    for policy in ("", 'dtshim { on-error = "pass-through"; };', 'dtshim { dom0-mem = <1 0>; on-error = "pass-through"; };'):
        for chosen_node in ("", BARE):
            board = whole(MEMORY.replace("80000000", "40000000") + "chosen { %s %s };" % (chosen_node, policy))
            for name, numbers in FIRMWARE.items():
                text = OPTIONS.rstrip() if name == "options" else b"\n" + CFG
                text = b"dtb=/board.dtb\n" + CFG if name.startswith("no-tree") else text
                yield f"{name}-{len(chosen_node)}-{len(policy)}", staged(numbers, board, text)
            yield f"carried-{len(chosen_node)}-{len(policy)}", staged({14: 1}, board, startable())
            yield f"signed-{len(chosen_node)}-{len(policy)}", staged({14: 1, **SECURE}, board, startable())
    kept = "reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges; own@50004000 { reg = <0 0x50004000 0 0x4000>; }; };"
    board = whole(MEMORY.replace("80000000", "40000000") + kept)
    yield "beyond", staged({}, whole(MEMORY.replace("80000000", "40000000") + "chosen { %s };" %
                                     BARE.replace(f"{XEN_AT:x}", "10000000")), b"\n" + CFG)
    yield "reserved", staged(FIRMWARE["kept"], board, b"\n" + CFG)
    yield "secure-tree", staged(SECURE, board, b"dtb=/board.dtb\n" + CFG)
    yield "no-tree", staged({2: 4}, b"", b"\n" + CFG)


# ---- logs -------------------------------------------------------------------------------

def logs():
    """What stock Xen printed, boot by boot, and all of it in one."""
    text = (ROOT / "test/support/consoles.txt").read_text()
    parts = [part.split("\n", 1)[1] for part in text.split("\n== ")[1:]]
    yield from ((f"console-{i}", part.encode()) for i, part in enumerate(parts))
    yield "consoles", "".join(parts).replace("\n", "\r\n").encode()
    yield "loader", (b"U-Boot 2023.01\n\x1b[1mBad Linux ARM64 Image magic!\x1b[0m\nU-Boot 2023.01\n"
                     b"Starting kernel ...\ndtshim: /a: reg: is no RAM [payload]\n  what to do: move it\n")
    yield "maps", (b"Available  0000000040000000-0000000043FFFFFF 0000000000004000 0000000000000008\r\n"
                   b"RT_Data    0000000044000000-0000000044000FFF 0000000000000001 8000000000000008\r\n"
                   b"BOOT DATA        0000000045000000-0000000046000000 WB|RT\n"
                   b"ldr-code  0000000047000000-0000000047000fff 00000001      4KiB WB\n"
                   b"[ 0.0] efi:   0x000048000000-0x000048ffffff [Boot Code|RUN|  |  |  |WB|WT|WC|UC]\n")


# ---- files ---------------------------------------------------------------------------------

# Choices beside none: contract, layout and so on, by the numbers of choices.c.
POLICIES = {"xen": {}, "native": {4: 2}, "both": {4: 2, 8: 2, 10: 3}, "offset": {5: 3},
            "domain": {5: 3, 20: 3, 22: 4, 24: 3},
            "facts": {3: 7, 26: 1, 28: 2, 30: 3, 35: 2, 39: 2}, "none": {4: 3}, "uefi": {40: 200}}


def chosen(numbers):
    return bytes(numbers.get(at, 0) for at in range(CHOICES))


def paired(one, other):
    """Two trees behind one another; the first two bytes say where the second begins."""
    return struct.pack("<H", len(one)) + bytes(CHOICES - 2) + one + other


def write(folder, name, content):
    folder.mkdir(parents=True, exist_ok=True)
    if len(content) <= LONGEST:
        (folder / name).write_bytes(content)


def main(guests, out):
    trees = [*own_trees(), *boards(guests)]
    for name, blob in [*trees, *cases()]:
        write(out / "walk", name, chosen({}) + blob)
        write(out / "diff", name, paired(blob, trees[1][1]))
    for (name, blob), (_, next_one) in zip(trees, trees[1:] + trees[:1]):
        write(out / "diff", name, paired(blob, next_one))
        write(out / "diff", name + "-twice", paired(blob, blob))
        for policy, numbers in POLICIES.items():
            write(out / "plan", f"{name}-{policy}", chosen(numbers) + blob)
    for name, blob in cases():
        for policy in ("xen", "native"):
            write(out / "plan", f"{name}-{policy}", chosen(POLICIES[policy]) + blob)
    for name, text in logs():
        write(out / "log", name, chosen({}) + text)
    for name, seed in stages(trees):
        write(out / "stage", name, seed)
    for name, seed in firmwares():
        write(out / "firmware", name, seed)
    for name, blob in [*fits(), *cases()]:
        write(out / "fit", name, chosen({}) + blob)


if __name__ == "__main__":
    main(*map(pathlib.Path, sys.argv[1:]))
