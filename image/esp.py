# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""An EFI system partition that boots through dtshim: files by name, and what they say.

dtshim.img is the EFI application. GRUB gives it Xen, kernel and ramdisk as modules; started by
systemd-boot or by the firmware itself it reads xen.cfg beside it, in Xen's own format.
"""
import re
import shlex

import board_data
from trouble import Trouble

NAMES = {"stage": "dtshim.img", "xen": "xen", "kernel": "Image", "ramdisk": "initrd", "tree": "board.dtb"}
FIRST = "EFI/BOOT/BOOTAA64.EFI"  # what firmware starts that was told nothing

# Of the UEFI specification: the partition's type in each kind of table.
PARTITION = {"dos": "ef", "gpt": "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"}

# A machine that is no board of ours: its firmware is in it, and has the tree.
ANY = board_data.Board("uefi", None, {
    "title": "any arm64 machine with UEFI", "soc": "any", "bits": 64, "tree": {"from": "firmware"},
    "command-lines": {"dom0": "console=hvc0"}, "image": {"label": "gpt"},
    "known": {"run": [], "never": ["silicon"]}})

# ---- what is no program -------------------------------------------------------------------------

ARM64_AT, ARM64 = 56, b"ARM\x64"  # of an Image's header
PE_AT = 60


def head_of(path):
    with open(path, "rb") as source:
        return source.read(4096)


def is_application(head):
    at = int.from_bytes(head[PE_AT:PE_AT + 4], "little")
    return head[:2] == b"MZ" and head[at:at + 4] == b"PE\0\0"


def check_files(files):
    if not is_application(head_of(files["stage"])):
        raise Trouble(f"{files['stage']}: is not an EFI application",
                      "give a dtshim.img that is an EFI application: --stage FILE")
    for name in ("xen", "kernel"):
        if head_of(files[name])[ARM64_AT:ARM64_AT + 4] != ARM64:
            raise Trouble(f"{files[name]}: is not an arm64 Image",
                          f"give {name} as an Image for booti, or that Image packed by gzip: --{name} FILE")


# ---- command lines ------------------------------------------------------------------------------

PLAIN = re.compile(r"[A-Za-z0-9_.,:=/@%+-]+")


def check_line(line, name):
    if "\n" in line or "\r" in line:
        raise Trouble(f"{name}: a command line has to be one line", "remove the line break")


def grub_words(line, name):
    """A line for GRUB's shell. What GRUB gives on has a quote around a whole word that has blanks,
    and a backslash before each quote and backslash: so none of these can go through as they are."""
    if "'" in line or "\\" in line or line.count('"') % 2:
        raise Trouble(f"{name}: GRUB does not accept an apostrophe, a backslash or an unpaired quote: {line}",
                      "write it without, or use --loader systemd-boot or none")
    return " ".join(word if PLAIN.fullmatch(word) else f"'{word}'" for word in shlex.split(line))


# What Xen does anyhow: where xen_hypervisor is given no word GRUB reads a line that is not there.
SOMETHING = "console=dtuart"

# ---- texts --------------------------------------------------------------------------------------

GRUB = """\
# dtshim image --uefi: {title}
set timeout=3
insmod fdt
insmod xen_boot
menuentry 'Xen via dtshim' --id dtshim {{
{lines}
}}
"""


def grub_entry(files, lines):
    """Kernel, ramdisk, Xen: the first two by their order, Xen by its bytes."""
    xen, dom0 = (grub_words(lines.get(word, ""), f"--{word}-line") for word in ("xen", "dom0"))
    if "tree" in files:
        yield f"devicetree /{NAMES['tree']}"
    yield f"xen_hypervisor /{NAMES['stage']} {xen or SOMETHING}"
    yield f"xen_module --nounzip /{NAMES['kernel']} {dom0}"
    yield f"xen_module --nounzip /{NAMES['ramdisk']}"
    yield f"xen_module --nounzip /{NAMES['xen']}"


def grub_cfg(title, files, lines):
    return GRUB.format(title=title, lines="\n".join(f"    {line}".rstrip() for line in grub_entry(files, lines)))


LOADER = """\
# dtshim image --uefi: {title}
timeout 3
default dtshim.conf
"""

ENTRY = """\
title        Xen via dtshim
architecture aa64
efi          /{stage}
{more}"""


def entry(files):
    """The tree is wanted before xen.cfg is read."""
    return ENTRY.format(stage=NAMES["stage"],
                        more=f"options      dtb=/{NAMES['tree']}\n" if "tree" in files else "")


def xen_cfg(files, lines):
    """As Xen's own EFI entry reads it: paths from this file's folder."""
    words = {"options": lines.get("xen"), "kernel": f"{NAMES['kernel']} {lines.get('dom0', '')}".strip(),
             "ramdisk": NAMES["ramdisk"], "dtb": NAMES["tree"] if "tree" in files else None}
    return "[global]\ndefault=dtshim\n\n[dtshim]\n" + "".join(
        f"{word}={value}\n" for word, value in words.items() if value)


# ---- loaders ------------------------------------------------------------------------------------

# Of grub-efi-arm64-bin, and since Debian 13 of a package of its own: GRUB as one file, which looks
# for grub.cfg here. It has no xen_boot in it, which is a module.
GRUB_FOLDER = "EFI/debian"
GRUB_LIB = "usr/lib/grub/arm64-efi"
GRUB_PACKAGES = ("grub-efi-arm64-bin", "grub-efi-arm64-unsigned")
GRUB_IMAGE = f"{GRUB_LIB}/monolithic/grubaa64.efi"


def grub_image(packages):
    for package in GRUB_PACKAGES[:-1]:
        if (packages.get(package) / GRUB_IMAGE).exists():
            return packages.file(package, GRUB_IMAGE)
    return packages.file(GRUB_PACKAGES[-1], GRUB_IMAGE)


def grub_modules(packages, wanted="xen_boot"):
    """It and those that it needs, as moddep.lst has them."""
    text = packages.file(GRUB_PACKAGES[0], f"{GRUB_LIB}/moddep.lst").read_text()
    needs = {name: more.split() for name, _, more in (line.partition(":") for line in text.splitlines())}
    left, found = [wanted], set()
    while left:
        name = left.pop()
        found.add(name)
        left += [one for one in needs.get(name, []) if one not in found]
    return [packages.file(GRUB_PACKAGES[0], f"{GRUB_LIB}/{name}.mod") for name in sorted(found)]


class Content:
    """What the partition has: {name: path of the file}, {name: text}."""

    def __init__(self, title, files, lines):
        self.title, self.given, self.lines = title, files, lines
        self.files, self.texts = {}, {}

    def beside(self, folder=""):
        self.files |= {f"{folder}{NAMES[name]}": path for name, path in self.given.items()}

    def grub(self, packages):
        self.beside()
        self.files[FIRST] = grub_image(packages)
        self.files |= {f"{GRUB_FOLDER}/arm64-efi/{path.name}": path for path in grub_modules(packages)}
        self.texts[f"{GRUB_FOLDER}/grub.cfg"] = grub_cfg(self.title, self.given, self.lines)

    def systemd_boot(self, packages):
        self.beside()
        self.files[FIRST] = packages.file("systemd-boot-efi", "usr/lib/systemd/boot/efi/systemd-bootaa64.efi")
        self.texts["loader/loader.conf"] = LOADER.format(title=self.title)
        self.texts["loader/entries/dtshim.conf"] = entry(self.given)
        self.texts["xen.cfg"] = xen_cfg(self.given, self.lines)

    def none(self, _):
        folder = FIRST.rpartition("/")[0] + "/"
        self.beside(folder)
        self.files[FIRST] = self.files.pop(folder + NAMES["stage"])
        self.texts[f"{folder}xen.cfg"] = xen_cfg(self.given, self.lines)


LOADERS = {"grub": Content.grub, "systemd-boot": Content.systemd_boot, "none": Content.none}


def content(loader, title, files, lines, packages):
    check_files(files)
    for word in ("xen", "dom0"):
        check_line(lines.get(word, ""), f"--{word}-line")
    made = Content(title, files, lines)
    LOADERS[loader](made, packages)
    return made
