# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""One start of the stage by UEFI on this machine: test/fuzz/efi/start.c, and what it is given."""
import subprocess
import typing

from oracle_tree import Tree, rows
from patience import patience
from places import BUILD, ROOT
from stage_entry import FILES

MIB = 1 << 20
RAM = 0x40000000, 1 << 30
STAGE, TREE, XEN, KERNEL, RAMDISK = 0x48000000, 0x7BF00000, 0x70000000, 0x72000000, 0x74000000
RUNTIME = 0x7C000000, MIB
(RESERVED, LOADER_CODE, LOADER_DATA, BOOT_CODE, BOOT_DATA, RUNTIME_CODE, RUNTIME_DATA, CONVENTIONAL, UNUSABLE,
 ACPI_RECLAIM, ACPI_NVS, MAPPED_IO, MAPPED_PORTS, PAL_CODE, PERSISTENT, UNACCEPTED) = range(16)
WB, RUNTIME_USE = 1 << 3, 1 << 63
LINE, DOM0_LINE = "console=dtuart dom0_mem=256M", "console=hvc0 root=/dev/vda"
XEN_CFG = (f"[global]\ndefault=xen\n\n[xen]\noptions={LINE}\nkernel=Image {DOM0_LINE}\nramdisk=initrd\n")

LOAD_ERROR, INVALID_PARAMETER, UNSUPPORTED, OUT_OF_RESOURCES, NOT_FOUND, SECURITY_VIOLATION = (
    1 << 63 | number for number in (1, 2, 3, 9, 14, 26))

# RAM with memory of runtime services in its midst, flash that they use and a part of a device's.
MAP = [(CONVENTIONAL, RAM[0], RUNTIME[0] - RAM[0]), (RUNTIME_DATA, *RUNTIME, WB | RUNTIME_USE),
       (CONVENTIONAL, sum(RUNTIME), RAM[0] + RAM[1] - sum(RUNTIME)), (MAPPED_IO, 0x4000000, 4 * MIB, RUNTIME_USE)]

BOARD = """/dts-v1/;
/ {
    #address-cells = <2>; #size-cells = <2>; interrupt-parent = <&gic>; compatible = "test,board";
    chosen { stdout-path = "/serial@9000000"; %(chosen)s };
    memory@40000000 { device_type = "memory"; reg = <0 0x40000000 0 0x8000000>; };
    cpus {
        #address-cells = <1>; #size-cells = <0>;
        cpu@0 { device_type = "cpu"; compatible = "arm,cortex-a53"; reg = <0>; enable-method = "psci"; };
    };
    psci { compatible = "arm,psci-1.0"; method = "smc"; };
    gic: interrupt-controller@8000000 {
        compatible = "arm,gic-v3"; interrupt-controller; #interrupt-cells = <3>;
        reg = <0 0x8000000 0 0x10000>, <0 0x80a0000 0 0xf60000>; interrupts = <1 9 4>;
    };
    timer { compatible = "arm,armv8-timer"; interrupts = <1 13 4>, <1 14 4>, <1 11 4>, <1 10 4>; };
    serial@9000000 {
        compatible = "arm,pl011", "arm,primecell"; reg = <0 0x9000000 0 0x1000>; interrupts = <0 1 4>;
        clocks = <&clk>, <&clk>; clock-names = "uartclk", "apb_pclk";
    };
    clk: clock { compatible = "fixed-clock"; #clock-cells = <0>; clock-frequency = <24000000>; };
    %(more)s
};
"""


class Came(typing.NamedTuple):
    """What came of it: `end` as a word, `values` behind it; `tree` the prepared one, or None."""
    end: str
    values: tuple
    words: str
    tree: typing.Optional[Tree]
    then: tuple
    path: typing.Any

    @property
    def refused(self):
        """The status; all that it took from UEFI went back."""
        assert self.end == "returned", self
        assert "pages 0 files 0 images 0" in self.then, self.then
        assert "what to do: " in self.words or "status 0x" in self.words, self.words
        return self.values[0]


def compiled(source, path, reserve=""):
    """A tree of this source; `reserve` are /memreserve/ lines."""
    source = source.replace("/dts-v1/;", f"/dts-v1/;\n{reserve}")
    subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb", "-o", path, "-"], input=source, text=True, check=True)
    return path


def board(folder, chosen="", more="", reserve="", source=BOARD):
    return compiled(source % {"chosen": chosen, "more": more}, folder / "board.dtb", reserve)


def memory(entries):
    return [f"memory={kind}:{base:#x}:{size:#x}" + (f":{rest[0]:#x}" if rest else "")
            for kind, base, size, *rest in entries]


def volume(folder, files):
    """{path: bytes or text} as files in a folder."""
    folder.mkdir(exist_ok=True)
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data if isinstance(data, bytes) else data.encode())
    return folder


PAYLOAD = {"xen.efi": FILES["xen"], "Image": FILES["Image"], "initrd": FILES["initrd"]}


def grub_module(at, size, line=None, behind=""):
    """As GRUB writes it: up to 2.12 one byte more of its line than there is."""
    bootargs = f'bootargs = "{line}"{behind};' if line is not None else ""
    return f'module@{at:x} {{ {bootargs} reg = <{at >> 32:#x} {at & 0xffffffff:#x} 0x0 {size:#x}>; compatible = "multiboot,module"; }};'


def grub_chosen(*modules, line=LINE, behind=""):
    cells = "#address-cells = <2>; #size-cells = <2>;"
    return f'bootargs = "{line}"{behind}; {cells} {" ".join(modules)}'


def grub_payload(folder, behind=", [1a]", xen=False):
    """(What is in /chosen, where the files lie)"""
    places = {KERNEL: "Image", RAMDISK: "initrd"} | ({XEN: "xen"} if xen else {})
    for name in places.values():
        (folder / name).write_bytes(FILES[name])
    modules = [grub_module(KERNEL, len(FILES["Image"]), DOM0_LINE, behind),
               grub_module(RAMDISK, len(FILES["initrd"]), "" if xen else None, behind if xen else "")]
    if xen:
        modules.insert(0, grub_module(XEN, len(FILES["xen"]), "", behind))
    return grub_chosen(*modules, behind=behind), [f"at={at:#x}:{folder / name}" for at, name in places.items()]


def fit_in(folder, more=""):
    """A payload for behind the image; `more`: what else its configuration says."""
    for name, data in FILES.items():
        (folder / name).write_bytes(data)
    its = (ROOT / "board/qemu_arm64/payload.its").read_text()
    (folder / "payload.its").write_text(its.replace('firmware = "xen";', f'firmware = "xen"; {more}'))
    subprocess.run(["mkimage", "-f", "payload.its", "payload.itb"], cwd=folder, check=True, capture_output=True)
    return folder / "payload.itb"


def run(folder, *words, tree=None, entries=None, at=TREE, stage=STAGE):
    out = folder / "prepared.dtb"
    out.unlink(missing_ok=True)
    command = [BUILD / "fuzz/firmware-start", f"stage={stage:#x}", f"out={out}",
               *memory(MAP if entries is None else entries),
               *([f"tree={at:#x}:{tree}"] if tree else []), *words]
    done = subprocess.run([*map(str, command)], capture_output=True, timeout=patience(60))
    said = done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
    assert done.returncode == 0, said[1][-3000:]
    lines = said[0].splitlines()
    found = next(at for at, line in enumerate(lines) if line.split()[0] in
                 ("left", "returned", "passed", "stopped", "no"))
    end, *values = lines[found].split(" ", 5)
    numbers = tuple(int(one, 0) if one[0].isdigit() else one for one in values)
    prepared = Tree(out.read_bytes()) if out.exists() else None
    return Came(end, numbers, said[1], prepared, tuple(lines[:found] + lines[found + 1:]), out)


# ---- of trees -----------------------------------------------------------------------------------

def ranges(node):
    """[(base, size)] of its reg."""
    return list(rows(node.props["reg"], *node.parent.cells()))


def children(tree, path):
    return tree.at[path].children if path in tree.at else []


def without_addresses(tree):
    """{path: {property: value}}; of modules only sizes are left of name and reg."""
    found = {}
    for node in tree.nodes:
        path, props = node.path, dict(node.props)
        if path.startswith("/chosen/") and {"multiboot,module", "dtshim,hypervisor"} & {*node.strings("compatible")}:
            path, props["reg"] = path.split("@")[0], ranges(node)[0][1]
        found[path] = props
    return found
