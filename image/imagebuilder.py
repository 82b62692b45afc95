# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""A config of ImageBuilder as what a card is to boot: files, command lines, domains.

The words and their defaults are ImageBuilder's. What cannot be taken over is never dropped in
silence: it stops the reader where the card would be another one without it, else it is a warning.
"""
import dataclasses
import pathlib
import re

import script
import shellwords
from trouble import Trouble, run

# Where the card would not be what the config says: words, and what to do instead.
REFUSED = {
    ("XEN_COLORS", "DOM0_COLORS"):
        "set llc-coloring=on and the colors in XEN_CMD (xen-llc-colors=, dom0-llc-colors=)",
    ("XEN_STATIC_HEAP",): "put xen,static-heap into /chosen of the tree",
    ("NUM_CPUPOOLS", "CPUPOOL", "DOMU_CPUPOOL"):
        "describe the pools (xen,cpupool) in the tree, or make them with xl in dom0",
    ("XEN_POLICY",): "dtshim loads no XSM policy",
    ("BITSTREAM",): "program the FPGA earlier, in the boot image or in U-Boot's own environment",
    ("APPEND_EXTRA_CMDS",): "make the card, then put these commands into its boot script",
    ("FIT_ENC_KEY_DIR", "FIT_ENC_UB_DTB"): "dtshim signs nothing: sign its output yourself",
    ("LINUX", "LINUX_CMD", "LINUX_RAMDISK"): "dtshim starts Xen: give it in XEN, and the kernel in DOM0_KERNEL",
}

# What has no effect here, and why.
IDLE = {
    ("LOAD_CMD", "XEN_LOAD", "DOM0_LOAD", "DOMU_LOAD"): "U-Boot loads from the card",
    ("BOOT_CMD",): "the script uses booti",
    ("UBOOT_SOURCE", "UBOOT_SCRIPT"): "the card's script is boot.scr",
    ("FIT", "FDTEDIT"): "the card has separate files",
    ("NUM_BOOT_AUX_FILE", "BOOT_AUX_FILE"): "dtshim puts the board's own files on the card",
    ("DOM0_ROOTFS", "DOMU_ROOTFS", "DOMU_DRIVER_DOMAIN", "GPT"): "it is only for disk_image; see --rootfs",
    ("PASSTHROUGH_DTS_REPO", "LOPPER_PATH", "LOPPER_CMD"):
        "dtshim makes no partial tree: give a finished one in DOMU_PASSTHROUGH_DTB",
}

# A domain's numbers: the word, its property, the default.
NUMBERS = (("DOMU_VCPUS", "cpus", 1), ("DOMU_NR_SPIS", "nr_spis", None),
           ("DOMU_GRANT_VER", "max_grant_version", None),
           ("DOMU_GRANT_FRAMES", "max_grant_frames", None),
           ("DOMU_MAPTRACK_FRAMES", "max_maptrack_frames", None))
ENHANCED = {"0": None, "1": "enabled", "2": "no-xenstore"}
# A module's word, what its file is called, and what it is to Xen.
MODULES = (("KERNEL", "kernel", "multiboot,kernel"), ("RAMDISK", "ramdisk", "multiboot,ramdisk"),
           ("PASSTHROUGH_DTB", "tree", "multiboot,device-tree"))
TAKEN = {"MEMORY_START", "MEMORY_END", "DEVICE_TREE", "NUM_DT_OVERLAY", "DT_OVERLAY", "XEN",
         "XEN_CMD", "DOM0_KERNEL", "DOM0_RAMDISK", "DOM0_CMD", "DOM0_MEM", "DOM0_VCPUS",
         "NUM_DOMUS", "DOMU_MEM", "DOMU_CMD", "DOMU_VPL011", "DOMU_ENHANCED", "DOMU_NOBOOT",
         "DOMU_COLORS", "DOMU_STATIC_MEM", "DOMU_DIRECT_MAP", "DOMU_SHARED_MEM",
         "DOMU_PASSTHROUGH_PATHS", *(f"DOMU_{word}" for word, _, _ in MODULES),
         *(word for word, _, _ in NUMBERS)}

XEN_LINE = ("console=dtuart dtuart=serial0 dom0_mem={mem}M dom0_max_vcpus={vcpus} bootscrub=0 "
            "vwfi=native sched=null")
DOM0_LINE = "console=hvc0 earlycon=xen earlyprintk=xen clk_ignore_unused"
DOMU_LINE = "console=ttyAMA0"


@dataclasses.dataclass
class Module:
    """A file that Xen is told of; `file` is a key of Config.files."""
    file: str
    compatible: tuple
    line: str = None


@dataclasses.dataclass
class Node:
    """One of /chosen. A property is a list of texts, a tuple of cells, or () where it is empty."""
    path: str
    properties: dict
    modules: list = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Config:
    path: pathlib.Path
    folder: pathlib.Path
    words: dict
    files: dict = dataclasses.field(default_factory=dict)  # each file once: {key: path}
    overlays: list = dataclasses.field(default_factory=list)
    warnings: list = dataclasses.field(default_factory=list)
    ram: tuple = None  # base, size
    tree: pathlib.Path = None
    xen_line: str = None
    dom0_line: str = None
    domus: list = dataclasses.field(default_factory=list)  # a Node each
    passthrough: list = dataclasses.field(default_factory=list)  # paths in the board's tree

    def get(self, name, index=0):
        return self.words.get(name, {}).get(index) or None

    def wrong(self, name, what, remedy):
        raise Trouble(f"{self.path}: {name}: {what}", remedy)

    def warn(self, name, what):
        self.warnings.append(f"{self.path}: {name}: {what}")

    def number(self, name, index=0, default=None):
        value = self.get(name, index)
        if value is None:
            return default
        number = as_number(value)
        if number is None or number >> (64 if name.startswith("MEMORY_") else 32):
            self.wrong(called(name, index), f"{value!r} is not a number that fits", "give a number")
        return number

    def flag(self, name, index, default):
        value = self.number(name, index, default)
        if value not in (0, 1):
            self.wrong(called(name, index), f"{value} is neither 0 nor 1", "give 0 or 1")
        return bool(value)

    def file(self, name, index=0):
        value = self.get(name, index)
        path = value and self.folder / value
        if path and not path.is_file():
            self.wrong(called(name, index), f"there is no file {path}", "paths start at the config's "
                       f"folder, {self.folder}: correct it, or put the file there")
        return path

    def keep(self, key, path):
        """The key under which the file is known: it is loaded once, whoever shares it."""
        for known, other in self.files.items():
            if other == path:
                return known
        self.files[key] = path
        return key

    def needed(self, name):
        return self.file(name) or self.wrong(name, "is missing", f"give the file: {name}=\"...\"")


def as_number(text):
    """None if it is none."""
    try:
        number = int(text, 0)
    except ValueError:
        return None
    return number if number >= 0 else None


def called(name, index):
    return f"{name}[{index}]" if name.startswith(("DOMU_", "DT_OVERLAY")) else name


def u64(number):
    return (number >> 32, number & 0xFFFFFFFF)


def cells(config, name, index, numbers, width):
    """Addresses and sizes of one or two cells each."""
    if max(numbers) >> 32 * width:
        config.wrong(called(name, index), f"{max(numbers):#x} does not fit into the tree's cells",
                     "use addresses below 4G")
    return tuple(cell for number in numbers for cell in (u64(number) if width == 2 else (number,)))


def grouped(table):
    return {name: words for names, words in table.items() for name in names}


def check_words(config):
    refused, idle = grouped(REFUSED), grouped(IDLE)
    for name, values in config.words.items():
        if name in refused and any(values.values()):
            config.wrong(name, "dtshim does not support it", refused[name])
        elif name in idle:
            config.warn(name, f"has no effect: {idle[name]}")
        elif name not in TAKEN and name not in refused:
            config.wrong(name, "dtshim does not know this setting", "correct or remove it")


def read_ram(config):
    start, end = config.number("MEMORY_START"), config.number("MEMORY_END")
    if start is None and end is None:
        return None
    if start is None or end is None or end <= start:
        config.wrong("MEMORY_END", "MEMORY_START and MEMORY_END are not RAM",
                     "give both, with the end after the start")
    return start, end - start


def read_overlays(config):
    return [config.file("DT_OVERLAY", index) or config.wrong(
        called("DT_OVERLAY", index), "is missing", "give as many as NUM_DT_OVERLAY")
        for index in range(config.number("NUM_DT_OVERLAY", default=0))]


def read_lines(config):
    """Xen's and dom0's, with ImageBuilder's defaults."""
    mem, vcpus = config.number("DOM0_MEM", default=1024), config.number("DOM0_VCPUS", default=1)
    config.xen_line = config.get("XEN_CMD")
    for name in ("DOM0_MEM", "DOM0_VCPUS"):
        if config.xen_line and config.get(name):
            config.warn(name, "has no effect together with XEN_CMD, as in ImageBuilder")
    if not config.xen_line:
        config.xen_line = XEN_LINE.format(mem=mem, vcpus=vcpus)
        config.warn("XEN_CMD", f"is not set, so Xen is given ImageBuilder's: {config.xen_line}")
    config.dom0_line = config.get("DOM0_CMD") or DOM0_LINE
    if "root=" in config.dom0_line:
        return
    if config.get("DOM0_RAMDISK"):
        config.dom0_line += " root=/dev/ram0"
    else:
        config.warn("DOM0_CMD", "has no root=, and there is no DOM0_RAMDISK")


def read_host(config):
    config.keep("xen", config.needed("XEN"))
    config.keep("kernel", config.needed("DOM0_KERNEL"))
    if config.file("DOM0_RAMDISK"):
        config.keep("ramdisk", config.file("DOM0_RAMDISK"))
    config.tree = config.file("DEVICE_TREE")
    config.ram, config.overlays = read_ram(config), read_overlays(config)
    read_lines(config)


# ---- domains that Xen starts beside dom0 -------------------------------------------------


def numbers_of(config, name, index, count):
    """Words of one value as numbers, `count` at a time."""
    found = [as_number(word) for word in config.get(name, index).split()]
    if not found or None in found or len(found) % count:
        config.wrong(called(name, index), f"{config.get(name, index)!r} does not have {count} numbers",
                     "give the base and size of each")
    return found


def static_memory(config, index, width):
    if not config.get("DOMU_STATIC_MEM", index):
        return {}
    numbers = numbers_of(config, "DOMU_STATIC_MEM", index, 2)
    found = {"xen,static-mem": cells(config, "DOMU_STATIC_MEM", index, numbers, width)}
    if config.flag("DOMU_DIRECT_MAP", index, 1):
        found["direct-map"] = ()
    return found


def enhanced(config, index):
    value = config.get("DOMU_ENHANCED", index) or "1"
    if value not in ENHANCED:
        config.wrong(called("DOMU_ENHANCED", index), f"{value!r} is not one of {', '.join(ENHANCED)}",
                     "use one of them")
    return {"xen,enhanced": [ENHANCED[value]]} if ENHANCED[value] else {}


def properties(config, index, width):
    found = {"compatible": ["xen,domain"], "#address-cells": (width,), "#size-cells": (width,),
             "memory": u64(config.number("DOMU_MEM", index, 512) << 10)}
    for name, prop, default in NUMBERS:
        value = config.number(name, index, default)
        if value is not None:
            found[prop] = (value,)
    if config.flag("DOMU_VPL011", index, 1):
        found["vpl011"] = ()
    if config.get("DOMU_COLORS", index):
        found["llc-colors"] = [config.get("DOMU_COLORS", index)]
    return found | static_memory(config, index, width) | enhanced(config, index)


def domu_line(config, index):
    default = DOMU_LINE if config.flag("DOMU_VPL011", index, 1) else None
    return config.get("DOMU_CMD", index) or default


def modules(config, index):
    found = []
    for word, what, compatible in MODULES:
        path = config.file(f"DOMU_{word}", index)
        if path:
            key = config.keep(f"domu{index}_{what}", path)
            line = domu_line(config, index) if what == "kernel" else None
            found.append(Module(key, (compatible, "multiboot,module"), line))
    if not config.get("DOMU_KERNEL", index):
        config.wrong(called("DOMU_KERNEL", index), "is missing", "give as many as NUM_DOMUS")
    return found


def shared_memory(config, index, width):
    """Of two domains; the host's address may be left to Xen."""
    words = (config.get("DOMU_SHARED_MEM", index) or "").split()
    if not words:
        return []
    numbers = [as_number(word) for word in words[1:]]
    if len(numbers) not in (2, 3) or None in numbers:
        config.wrong(called("DOMU_SHARED_MEM", index), "is not a name and two or three numbers",
                     "give a name, the host's address, the guest's and the size")
    return [Node(f"/chosen/domU{index}/shared-mem@{numbers[0]:x}", {
        "compatible": ["xen,domain-shared-memory-v1"], "role": ["borrower"],
        "xen,shm-id": [words[0]],
        "xen,shared-mem": cells(config, "DOMU_SHARED_MEM", index, numbers, width)})]


def passed_through(config, index, boots):
    paths = (config.get("DOMU_PASSTHROUGH_PATHS", index) or "").split()
    if paths and boots and not config.get("DOMU_PASSTHROUGH_DTB", index):
        config.wrong(called("DOMU_PASSTHROUGH_PATHS", index), "needs a partial tree of these devices, "
                     "which dtshim does not make", f"give a finished one in DOMU_PASSTHROUGH_DTB[{index}]")
    return paths


def read_domu(config, index, width):
    boots = not config.get("DOMU_NOBOOT", index)
    config.passthrough += passed_through(config, index, boots)
    if not boots:
        config.warn(called("DOMU_NOBOOT", index), "Xen does not start this domain, so it is not "
                    "on the card: start it with xl in dom0")
        return
    node = Node(f"/chosen/domU{index}", properties(config, index, width), modules(config, index))
    config.domus += [node, *shared_memory(config, index, width)]


def read_domus(config, width):
    count = config.number("NUM_DOMUS", default=0)
    for index in range(count):
        read_domu(config, index, width)
    for name, values in config.words.items():
        for index in values if name in TAKEN and name.startswith("DOMU_") else ():
            if index >= count:
                config.warn(called(name, index), f"NUM_DOMUS is {count}: this domain is not started")


def text_of(path):
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Trouble(f"{path}: {getattr(error, 'strerror', None) or error}",
                      "give --imagebuilder an ImageBuilder config") from None


def read(path, folder=None, width=2):
    """`folder` is where its files are (ImageBuilder's -d); cells have `width` words each."""
    path = pathlib.Path(path)
    words = shellwords.parse(path, text_of(path))
    config = Config(path, pathlib.Path(folder or path.parent), words)
    check_words(config)
    read_host(config)
    read_domus(config, width)
    return config


# ---- for U-Boot ---------------------------------------------------------------------------


def value_of(value):
    """As `fdt set` takes it."""
    if isinstance(value, tuple):
        return "<" + " ".join(f"{one:#x}" for one in value) + ">" if value else ""
    return " ".join(script.quoted(one) for one in value)


def escaped(name):
    return name.replace("#", "\\#")


def make_node(path, found):
    parent, name = path.rsplit("/", 1)
    yield f"fdt mknode {parent or '/'} {name}"
    for name, value in found.items():
        yield f"fdt set {path} {escaped(name)} {value_of(value)}".rstrip()


def script_lines(config):
    """Of the domains."""
    for path in config.passthrough:
        yield f"fdt set {path} xen,passthrough"
    for node in config.domus:
        yield from make_node(node.path, node.properties)
        for module in node.modules:
            yield from script.module(module.file, False, node.path, module.compatible, module.line)


# ---- for dtshim image -----------------------------------------------------------------------

HOST = ("xen", "kernel", "ramdisk")


def more_files(config):
    """What only the domains have; the names are those of the script's variables."""
    return {key: path for key, path in config.files.items() if key not in HOST}


def fill_options(config, options):
    """What was not said otherwise."""
    found = {**{key: path for key, path in config.files.items() if key in HOST}, "tree": config.tree,
             "xen_line": config.xen_line, "dom0_line": config.dom0_line,
             "ram": config.ram and "{:#x}:{:#x}".format(*config.ram)}
    for name, value in found.items():
        if getattr(options, name) is None:
            setattr(options, name, value)
    if options.ramdisk is None and not options.rootfs:
        config.wrong("DOM0_RAMDISK", "is missing", "give one, or use --ramdisk or --rootfs")


def policy_of(config):
    """The plan goes by the line's word, too: what is loaded has to lie outside dom0's memory."""
    size = re.search(r"(?:^| )dom0_mem=(\d+[KMG])(?: |$)", config.xen_line)
    return {"dom0-mem": size[1]} if size else {}


def check_board(config, board):
    """What this board's way to boot cannot do."""
    if board.method != "script" and (config.domus or config.passthrough):
        config.wrong("NUM_DOMUS", f"{board.name} boots with extlinux.conf, which does not support domains",
                     "set NUM_DOMUS=0, or use a board with method = \"script\"")
    if board.tree["from"] != "card" and config.overlays:
        config.wrong("DT_OVERLAY", f"{board.name}'s tree comes from its firmware", "merge them there")
    if board.tree["from"] != "card" and config.tree:
        config.warn("DEVICE_TREE", f"only the plan uses it: {board.name} boots with its firmware's tree")


def merged_tree(config, tree, out):
    """The board's tree with the config's overlays."""
    if not config.overlays:
        return tree
    run(["fdtoverlay", "-i", tree, "-o", out, *config.overlays],
        "build the tree with its symbols (dtc -@), and check DT_OVERLAY")
    return out
