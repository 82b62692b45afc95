# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""One entry into the stage on this machine: test/fuzz/stage/enter.c, and files for it."""
import re
import struct
import subprocess
import typing

from patience import patience
from places import BUILD

MIB = 1 << 20
RAM = 0x40000000, 1 << 30
STAGE, TREE, XEN, KERNEL, RAMDISK = 0x48000000, 0x4A000000, 0x50000000, 0x52000000, 0x56000000
MEMORY = f'memory@{RAM[0]:x} {{ device_type = "memory"; reg = <0 {RAM[0]:#x} 0 {RAM[1]:#x}>; }};'
UART = 'uart: serial@9000000 { compatible = "arm,pl011"; reg = <0 0x9000000 0 0x1000>; };'


class Ended(typing.NamedTuple):
    """`started` is (entry, tree) or None; `said` what came out of the UART; `last` the last words."""
    end: str
    started: typing.Optional[tuple]
    said: str
    last: str


def enter(files, *options, signed=False, ram=(RAM,)):
    """`files` are {address: path}."""
    done = subprocess.run(
        [BUILD / f"fuzz/enter{'-signed' * signed}", *map(str, options), *(f"{base:#x}:{size:#x}" for base, size in ram),
         *(f"{at:#x}={path}" for at, path in files.items())], capture_output=True, timeout=patience(60))
    out, said = done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
    assert done.returncode == 0 and "runtime error" not in said, said[-2000:]
    last, _, end = out.strip().rpartition("\n")
    found = re.fullmatch(r"started (\S+) (\S+)", end)
    assert found or end in ("stopped", "no RAM"), out
    return Ended(end, tuple(int(word, 0) for word in found.groups()) if found else None, said, last)


def image(what, size=MIB, room=2 * MIB):
    """An arm64 Image that says that it is Xen 4.17, or is somebody's kernel."""
    head = bytearray(0x1000)
    struct.pack_into("<QQQ", head, 8, 0, room, 0xA)
    head[56:60] = b"ARM\x64"
    head[80:80 + len(what)] = what
    return bytes(head).ljust(size, b"\x5a")


FILES = {"xen": image(b"xen,xen-4.17"), "Image": image(b"Linux", 4 * MIB, 5 * MIB), "initrd": b"initrd" * 5000}


def module(at, size, compatible):
    return f'module@{at:x} {{ compatible = {compatible}; reg = <0 {at:#x} 0 {size:#x}>; }};'


def kernel(at=KERNEL):
    return module(at, len(FILES["Image"]), '"multiboot,kernel", "multiboot,module"')


def modules(xen=XEN, kernel_at=KERNEL, ramdisk=RAMDISK):
    """What booti's users write to /chosen."""
    return (module(xen, len(FILES["xen"]), '"dtshim,hypervisor"') + kernel(kernel_at) +
            module(ramdisk, len(FILES["initrd"]), '"multiboot,ramdisk", "multiboot,module"'))
