# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""
Stock Xen on QEMU's virt as far as dom0's first instruction, without Linux: dom0's kernel is a
loop. What Xen did: dom0's banks and its tree, or the words with which it stopped.
"""
import json
import os
import pathlib
import re
import select
import socket
import struct
import subprocess
import time

from patience import patience

MIB = 1 << 20
RAM_BASE = 0x40000000
# QEMU leaves its own tree here.
OWN_TREE = (RAM_BASE, RAM_BASE + 2 * MIB)

STARTED = re.compile(r"\(XEN\) Freed \d+kB init memory|\(XEN\) \*\*\* Serial input to DOM0")
PANIC = re.compile(r"\(XEN\) Panic on CPU \d+:\r?\n(.*?)\(XEN\) \*{10}", re.S)
CRASH = re.compile(r"\(XEN\) (?:CPU\d+: )?(?:Unexpected Trap|Hypervisor Trap|Data Abort|Assertion )")
BANK = re.compile(r"^\(XEN\) BANK\[\d+\] (0x[0-9a-f]+)-(0x[0-9a-f]+)", re.M)
TREE = re.compile(r"^\(XEN\) Loading \w+ DTB to (0x[0-9a-f]+)-(0x[0-9a-f]+)", re.M)
# Xen says nothing for so long: seconds of QEMU's CPU, or of the clock where it sleeps.
SILENT_CPU, SILENT_CLOCK, LIMIT = 8, 12, patience(600)
NO_WORD_CPU = 3  # its first word comes in a tenth of that
ASLEEP = 0.3  # of the time on a CPU or waiting for one


NARROW = ("cortex-a7", "cortex-a15")  # cores of 32 bits


class Machine:
    """QEMU's command line; two machines with the same arguments are the same board."""

    def __init__(self, ram=2048, gic=3, cpus=1, core="cortex-a57"):
        self.ram, self.gic, self.cpus, self.core = ram, gic, cpus, core

    @property
    def bits(self):
        return 32 if self.core in NARROW else 64

    def with_one_cpu(self):
        return Machine(self.ram, self.gic, 1, self.core)

    def options(self):
        its = ",its=off" if self.gic == 3 else ""
        return ["-M", f"virt,virtualization=on,gic-version={self.gic}{its}", "-cpu", self.core,
                "-smp", str(self.cpus), "-m", f"{self.ram}M", "-display", "none", "-nic", "none"]

    def end(self):
        return RAM_BASE + self.ram * MIB

    def tree(self, path):
        """QEMU's own tree of this board."""
        subprocess.run(["qemu-system-aarch64", *self.with_dump(path)], check=True,
                       capture_output=True)
        return pathlib.Path(path).read_bytes()

    def with_dump(self, path):
        first, board, *others = self.options()
        return [first, f"{board},dumpdtb={path}", *others]


def can_be_entered(case, room):
    """Are Xen and its tree at addresses of 32 bits?"""
    return max(case.xen_at + room, case.tree_at) < 1 << 32


def entry_32(xen, tree):
    """r0 and r1 as boot loaders have them, r2 is the tree."""
    code = [0xE3A00000, 0xE3E01000, 0xE59F2000, 0xE59FF000, tree, xen]
    return struct.pack(f"<{len(code)}I", *code)


def entry(xen, tree, bits=64):
    """What the board runs first: x0 is the tree, jump to Xen."""
    if bits == 32:
        return entry_32(xen, tree)

    def load(register, value):
        parts = ((0xD2800000, 0), (0xF2A00000, 16), (0xF2C00000, 32))
        return [code | (value >> shift & 0xFFFF) << 5 | register for code, shift in parts]
    code = [*load(0, tree), *load(4, xen), 0xAA1F03E1, 0xAA1F03E2, 0xAA1F03E3, 0xD61F0080]
    return struct.pack(f"<{len(code)}I", *code)


def kernel(size=4096, room=0x200000, offset=0):
    """An arm64 Image that waits for ever."""
    code = struct.pack("<2I", 0x14000010, 0)  # b 0x40
    head = code + struct.pack("<3Q", offset, room, 0xa) + bytes(24) + b"ARM\x64" + bytes(4)
    return (head + struct.pack("<2I", 0xD503207F, 0x17FFFFFF)).ljust(size, b"\0")  # wfi; b .-4


def zimage(size=4096):
    """The same as a zImage, which may lie anywhere."""
    head = struct.pack("<13I", *[0xE1A00000] * 8, 0xEA000002, 0x016F2818, 0, size, 0x04030201)
    return (head + struct.pack("<2I", 0xE320F003, 0xEAFFFFFD)).ljust(size, b"\0")  # wfi; b .-4


def kernel_for(machine, size=4096, room=0x200000, offset=0):
    """A kernel of 32 bits says neither room nor offset."""
    return zimage(size) if machine.bits == 32 else kernel(size, room, offset)


class Outcome:
    """What one boot came to."""

    def __init__(self, text, tree=None, ring=""):
        self.text, self.tree, self.ring = text.replace("\r", ""), tree, ring

    @property
    def kind(self):
        if STARTED.search(self.text):
            return "dom0"
        if CRASH.search(self.text):
            return "crash"
        return "panic" if PANIC.search(self.text) else "silence" if not self.text else "hang"

    @property
    def banks(self):
        return [(int(base, 16), int(end, 16) - int(base, 16)) for base, end in BANK.findall(self.text)]

    @property
    def words(self):
        """The last words, in one line: of a silent stop those that Xen kept to itself."""
        found = PANIC.search(self.text) or PANIC.search(self.ring)
        return " ".join(re.sub(r"\(XEN\) ?", "", found[1]).split()) if found else ""

    def lines(self):
        return [re.sub(r"^\(XEN\) ?", "", line).rstrip() for line in (self.text or self.ring).split("\n")]


class Monitor:
    """QEMU's machine protocol over a socket."""

    def __init__(self, end):
        self.lines = end.makefile("rw", encoding="utf-8")
        self.run("qmp_capabilities")

    def run(self, command, **arguments):
        self.lines.write(json.dumps({"execute": command, "arguments": arguments}))
        self.lines.flush()
        while True:
            answer = json.loads(self.lines.readline())
            if "error" in answer:
                raise RuntimeError(f"QEMU's monitor: {answer['error']['desc']}")
            if "return" in answer:
                return answer["return"]


class Running:
    """A QEMU with its console in a pipe."""

    def __init__(self, folder, machine, xen, tree, files):
        """xen, tree: (address, path), files: [(address, path)...]"""
        self.folder, self.text = folder, ""
        (folder / "entry").write_bytes(entry(xen[0], tree[0], machine.bits))
        ours, theirs = socket.socketpair()
        line = ["qemu-system-aarch64", *machine.options(), "-bios", str(folder / "entry"),
                "-serial", "stdio", "-chardev", f"socket,id=qmp,fd={theirs.fileno()}",
                "-mon", "chardev=qmp,mode=control"]
        for at, path in (xen, tree, *files):
            line += ["-device", f"loader,file={path},addr={at:#x},force-raw=on"]
        self.process = subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, pass_fds=[theirs.fileno()])
        theirs.close()
        self.monitor_end = ours
        self.started = time.monotonic()

    def cpu(self):
        """Seconds on a CPU so far, and seconds on one or in the queue for one: the host is busy."""
        ran = waited = 0
        for path in pathlib.Path(f"/proc/{self.process.pid}/task").glob("*/schedstat"):
            fields = path.read_text().split()
            ran, waited = ran + int(fields[0]), waited + int(fields[1])
        return ran / 1e9, (ran + waited) / 1e9

    def is_silent(self, heard):
        """Nothing was heard since then, and not for want of a CPU."""
        clock = time.monotonic() - heard[0]
        ran, active = (now - then for now, then in zip(self.cpu(), heard[1]))
        most = SILENT_CPU if self.text else NO_WORD_CPU
        return ran > most or clock > SILENT_CLOCK and active < ASLEEP * clock

    def watch(self):
        """Until dom0 starts, or Xen stops."""
        heard = self.started, self.cpu()
        while time.monotonic() - self.started < LIMIT:
            if select.select([self.process.stdout], [], [], 0.5)[0]:
                part = os.read(self.process.stdout.fileno(), 65536).decode("latin1")
                if not part:
                    raise RuntimeError(f"QEMU ended: {self.process.stderr.read().decode()}")
                self.text += part
                heard = time.monotonic(), self.cpu()
                if STARTED.search(self.text) or PANIC.search(self.text.replace("\r", "")):
                    return
            elif self.is_silent(heard):
                return

    def memory(self, monitor, at, size):
        path = self.folder / "memory"
        monitor.run("pmemsave", val=at, size=size, filename=str(path))
        data = path.read_bytes()
        path.unlink()
        return data

    def dom0_tree(self, monitor):
        place = TREE.search(self.text)
        if not place:
            return None
        base, end = (int(one, 16) for one in place.groups())
        blob = self.memory(monitor, base, end - base)
        return blob[:struct.unpack_from(">I", blob, 4)[0]]

    def ring(self, monitor, at, size):
        """What Xen would have printed: it is kept in its memory until there is a console."""
        found = re.findall(rb"(?:[\n\r\t\x20-\x7e]|\x1b)*\(XEN\) [\n\r\t\x20-\x7e]{8,}",
                           self.memory(monitor, at, size))
        return max((one.decode("latin1") for one in found), key=len, default="")

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()
        self.monitor_end.close()


def boot(folder, machine, xen, tree, files, room):
    """The outcome; `room` is how much of memory is Xen's own from its address on."""
    folder.mkdir(parents=True, exist_ok=True)
    running = Running(folder, machine, xen, tree, files)
    try:
        running.watch()
        monitor = Monitor(running.monitor_end)
        outcome = Outcome(running.text)
        if outcome.kind == "dom0":
            outcome.tree = running.dom0_tree(monitor)
        elif outcome.kind == "silence":
            outcome.ring = running.ring(monitor, xen[0], room)
        return outcome
    finally:
        running.close()
