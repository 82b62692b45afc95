# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""What U-Boot reads: a script that loads everything and starts the stage, or extlinux.conf.

The script loads where the plan says, so that the stage copies nothing; a file that has become
larger than its place goes to the spare one, and the stage moves it.
"""
import board_data
import load_places

HEAD = """\
# dtshim image --board {board}: U-Boot's script for {title}, made for {ram} of RAM.
# mkimage -T script -d boot.cmd boot.scr makes boot.scr of it. What the variable dtshim_more has is
# run before the stage is started, as: setenv dtshim_more 'fdt print /chosen'; run bootcmd
"""

PART_OF_CARD = """\
if test -z "${devtype}"; then setenv devtype mmc; setenv devnum 0; fi
if test -z "${distro_bootpart}"; then setenv distro_bootpart 1; fi
"""

# U-Boot's shell has no functions; a variable that is run does. `size` sets filesize, and so
# does `load`, both in hexadecimal digits without 0x.
LOAD = """\
setenv card "${devtype} ${devnum}:${distro_bootpart}"
setenv dtshim_grown 'echo "dtshim: ${file} is larger than its place at 0x${at}, so it is loaded \
at 0x${spare}, and the stage will move it"; setenv at ${spare}; setexpr spare ${spare} + ${filesize}; \
setexpr spare ${spare} + 1fffff; setexpr spare ${spare} / 200000; setexpr spare ${spare} * 200000'
setenv dtshim_load 'if size ${card} ${file}; then if itest ${filesize} -gt ${room}; then \
run dtshim_grown; fi; load ${card} ${at} ${file}; else false; fi'
setenv dtshim_failed 'setenv dtshim_ok no; echo "dtshim: ${file} cannot be loaded at 0x${at}: either \
it is not on the card, or this board has less RAM than the card was made for (dtshim image --ram)"'
setenv dtshim_try 'if run dtshim_load; then true; else run dtshim_failed; fi'
setenv dtshim_ok yes
"""

# What an installed Debian writes itself, at its kernel's updates, comes first, if it has the hooks:
# without dtshim its script would start Linux alone. It comes back where it cannot boot. ${prefix} is
# where Debian's script looks for files.
DEBIANS = """\
if test -e ${devtype} ${devnum}:2 /boot/dtshim/dtshim.img && test -e ${devtype} ${devnum}:2 /boot/boot.scr; then
    setenv boot_of_card ${distro_bootpart}; setenv distro_bootpart 2; setenv prefix /boot/
    if load ${devtype} ${devnum}:2 ${scriptaddr} /boot/boot.scr; then source ${scriptaddr}; fi
    echo "dtshim: /boot/boot.scr of Debian did not boot; continuing with the files that the card was made with"
    setenv distro_bootpart ${boot_of_card}
fi
"""

# `exit` does not end a script in every U-Boot, so what follows a failure asks for dtshim_ok.
ONE = """\
setenv file {path}; setenv at {at:x}; setenv room {room:x}
if test ${{dtshim_ok}} = yes; then run dtshim_try; fi
setenv {name}_addr ${{at}}; setenv {name}_size ${{filesize}}
"""

TREE_FROM_CARD = """\
    fdt addr ${tree_addr}
    fdt resize 10000
"""

# Firmware's tree may lie where the stage will go.
TREE_FROM_FIRMWARE = """\
    if test -z "${fdt_addr}"; then setenv fdt_addr ${fdtcontroladdr}; fi
    fdt addr ${fdt_addr}
    fdt move ${fdt_addr} ${tree_addr} 110000
"""

COMPATIBLES = {"xen": '"dtshim,hypervisor"', "kernel": '"multiboot,kernel" "multiboot,module"',
               "ramdisk": '"multiboot,ramdisk" "multiboot,module"'}
NODES = {"xen": "hypervisor"}


def quoted(value):
    """For U-Boot's shell. A text in double quotes keeps backslashes, and must have no apostrophe;
    in single quotes a backslash takes the next character as it is."""
    return "'" + value.replace("\\", "\\\\").replace("'", "'\\''") + "'"


# Words of the policy that are text even where they look like a number, that have one cell, and
# that have pairs of base and size.
TEXTS = ("domain-name", "xen-version")
COUNTS = ("ipa-bits", "kernel-bits")
RANGES = ("ram", "machine-blocks")


def u64(number):
    return [number >> 32, number & 0xFFFFFFFF]


def as_cells(word, value):
    """The cells of a value of the policy; None if it is text."""
    if word in TEXTS:
        return None
    try:
        if word in COUNTS:
            return [int(value, 0)]
        if word in RANGES:
            return [cell for bank in board_data.parse_banks(value) for one in bank for cell in u64(one)]
        return u64(board_data.parse_bytes(value))
    except ValueError:
        return None


def as_property(word, value):
    """For U-Boot's `fdt set`."""
    numbers = as_cells(word, value)
    if numbers is None:
        return " ".join(quoted(one) for one in value.split())
    return "<" + " ".join(f"{one:#x}" for one in numbers) + ">"


def cells(variable, narrow):
    if narrow:
        return [], f"0x${{{variable}_addr}} 0x${{{variable}_size}}"
    return ([f"setexpr hi ${{{variable}_addr}} / 100000000",
             f"setexpr lo ${{{variable}_addr}} % 100000000"],
            f"0x${{hi}} 0x${{lo}} 0x0 0x${{{variable}_size}}")


def module(name, narrow, domain=None, compatible=None, line=None):
    """Of what was loaded as `name`, for dom0 or for the node of another domain. That has its own
    line: a name without variables, as U-Boot's shell minds an apostrophe beside one."""
    parent = domain or "/chosen"
    node = name if domain else f"{NODES.get(name, 'module')}@${{{name}_addr}}"
    kinds = " ".join(f'"{one}"' for one in compatible) if domain else COMPATIBLES[name]
    before, reg = cells(name, narrow)
    more = [f"fdt set {parent}/{node} bootargs {quoted(line)}"] if line else []
    return [*before, f"fdt mknode {parent} {node}", f"fdt set {parent}/{node} compatible {kinds}",
            f"fdt set {parent}/{node} reg <{reg}>", *more]


def chosen(policy, lines, narrow):
    width = 1 if narrow else 2
    yield f"fdt set /chosen \\#address-cells <{width}>"
    yield f"fdt set /chosen \\#size-cells <{width}>"
    for word, name in (("xen", "xen,xen-bootargs"), ("dom0", "xen,dom0-bootargs")):
        if lines.get(word):
            yield f"fdt set /chosen {name} {quoted(lines[word])}"
    if policy:
        yield "fdt mknode /chosen dtshim"
    for word, value in policy.items():
        yield f"fdt set /chosen/dtshim {word} {as_property(word, value)}"


class Domains:
    """What Xen starts beside dom0: names of files that only it needs, and lines for the tree.

    The lines come before those of dom0's modules: `fdt mknode` puts a node before its siblings, and
    of a kernel that both have Xen takes the first one for dom0's.
    """

    def __init__(self, files=(), lines=()):
        self.files, self.lines = list(files), list(lines)


# At the spare place, one behind the other; the stage moves them where they are in the way.
ONE_MORE = """\
setenv file {path}; setenv at ${{spare}}; setenv room ffffffff
if test ${{dtshim_ok}} = yes; then run dtshim_try; fi
setenv {name}_addr ${{at}}; setenv {name}_size ${{filesize}}
setexpr spare ${{at}} + ${{filesize}}; setexpr spare ${{spare}} + 1fffff
setexpr spare ${{spare}} / 200000; setexpr spare ${{spare}} * 200000
"""


def make(board, places, paths, policy, lines, ram, root, domains=Domains()):
    """boot.cmd; `paths` are where files are on the card, by name; `root`: the second part is
    Debian's."""
    narrow = places.all_below_4g() and not domains.lines
    text = [HEAD.format(board=board.name, title=board.title, ram=ram), PART_OF_CARD,
            DEBIANS if root else "", LOAD, f"setenv spare {places.spare:x}\n"]
    rooms = {**places.room, "stage": places.size["stage"], "tree": places.size["tree"] // 2}
    for name in ("stage", *load_places.FILES, *(["tree"] if "tree" in paths else [])):
        text.append(ONE.format(name=name, path=paths[name], at=places.at[name], room=rooms[name]))
    text += [ONE_MORE.format(name=name, path=name) for name in domains.files]
    if "tree" not in paths:
        text.append(f"setenv tree_addr {places.at['tree']:x}\n")
    text.append("if test ${dtshim_ok} = yes; then\n")
    text.append(TREE_FROM_CARD if "tree" in paths else TREE_FROM_FIRMWARE)
    lines = [*chosen(policy, lines, narrow),
             *domains.lines, *(line for name in load_places.FILES for line in module(name, narrow)),
             f"setenv fdt_high {'ff' * (board.bits // 8)}",
             'if test -n "${dtshim_more}"; then run dtshim_more; fi',
             "booti ${stage_addr} - ${tree_addr}"]
    text += [f"    {line}\n" for line in lines] + ["fi\n"]
    return "".join(text)


EXTLINUX = """\
# dtshim image --board {board}: {title}. One file has the stage, Xen, the kernel and the ramdisk.
default dtshim
timeout 30
label dtshim
    menu label Xen, by dtshim
    kernel /{image}
    fdt /{tree}
"""

# For the stage, which asks for a hash of everything.
PAYLOAD = """\
/dts-v1/;
/ {{
    description = "Xen, Linux and its ramdisk for dtshim";
    #address-cells = <1>;
    images {{
{images}    }};
    configurations {{
        default = "boot";
        boot {{ firmware = "xen"; kernel = "kernel"; ramdisk = "ramdisk"; }};
    }};
}};
"""

PART = """\
        {name} {{
            data = /incbin/("{path}");
            type = "{kind}";{linux}
            arch = "arm64";
            compression = "none";
            hash-1 {{ algo = "sha256"; }};
        }};
"""

LINUX = ' os = "linux"; load = <0>; entry = <0>;'


def extlinux(board, paths):
    return EXTLINUX.format(board=board.name, title=board.title, image=paths["stage"],
                           tree=paths["tree"])


def payload(files):
    kinds = {"xen": "firmware", "kernel": "kernel", "ramdisk": "ramdisk"}
    return PAYLOAD.format(images="".join(
        PART.format(name=name, path=files[name], kind=kinds[name], linux=LINUX if name != "xen" else "")
        for name in load_places.FILES))
