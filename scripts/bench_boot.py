# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""
Instructions from the stage's entry to Xen's, under QEMU: it stops where it is told to
(its GDB stub), and says how many instructions it has run so far (record and replay).
"""
import json
import pathlib
import re
import socket
import struct
import subprocess
import time

import board as emulated

STUB = 0x58000000
LINK = 30  # the register with the address that a function goes back to
DOM0 = 0x20000000
# In the way of dom0's memory, all of it.
ANYWHERE = {"stage": 0x48000000, "tree": 0x5A000000, "xen": 0x50000000, "kernel": 0x52000000,
            "ramdisk": 0x56000000}


def advised(folder, build, guests, files):
    """Where plan --load-addresses wants them."""
    board = emulated.board_tree(folder / "bare.dtb", guests)
    words = [word for kind, file in files.items() for word in (f"--{kind}", file)]
    said = subprocess.run([build / "dtshim", "plan", "--json", "--load-addresses", *words,
                           "--dom0-mem", hex(DOM0), board], check=True, capture_output=True)
    return {one["name"]: int(one["base"], 16) for one in json.loads(said.stdout)["load-addresses"]}


def make_stub(path, places):
    """x0 = tree, jump to the stage: what U-Boot's booti ends with."""
    def load(register, value):
        parts = ((0xD2800000, 0), (0xF2A00000, 16), (0xF2C00000, 32))
        return [code | (value >> shift & 0xFFFF) << 5 | register for code, shift in parts]
    code = load(0, places["tree"]) + load(1, places["stage"]) + [0xD61F0020]
    path.write_bytes(struct.pack(f"<{len(code)}I", *code))
    return path


def make_tree(path, guests, files, places):
    """QEMU's own tree with the modules in /chosen and 512 MiB for dom0."""
    emulated.board_tree(path, guests)

    def put(kind, node, name, *values):
        subprocess.run(["fdtput", "-p", "-t", kind, path, node, name, *values], check=True)
    compatibles = {"xen": ["dtshim,hypervisor"], "kernel": ["multiboot,kernel", "multiboot,module"],
                   "ramdisk": ["multiboot,ramdisk", "multiboot,module"]}
    put("u", "/chosen", "#address-cells", "2")
    put("u", "/chosen", "#size-cells", "2")
    put("x", "/chosen/dtshim", "dom0-mem", "0", f"{DOM0:x}")
    for kind, compatible in compatibles.items():
        node = f"/chosen/{kind}@{places[kind]:x}"
        put("s", node, "compatible", *compatible)
        put("x", node, "reg", "0", f"{places[kind]:x}", "0", f"{files[kind].stat().st_size:x}")
    return path


class Stub:
    """As much of GDB's remote protocol as it takes to stop at an address and read registers."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(str(path))

    def ask(self, words):
        self.socket.sendall(b"$%s#%02x" % (words.encode(), sum(words.encode()) & 0xFF))
        text = b""
        while not (found := re.search(rb"\$([^#]*)#..", text)):
            text += self.socket.recv(4096)
        self.socket.sendall(b"+")
        return found[1].decode()

    def run_to(self, address):
        self.ask(f"Z0,{address:x},4")
        self.ask("c")
        self.ask(f"z0,{address:x},4")

    def register(self, number):
        return int.from_bytes(bytes.fromhex(self.ask("g"))[number * 8:number * 8 + 8], "little")


class Monitor:
    def __init__(self, path):
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(str(path))
        self.lines = connection.makefile("rw", encoding="utf-8")
        self.lines.readline()
        self.ask("qmp_capabilities")

    def ask(self, command):
        self.lines.write(json.dumps({"execute": command}))
        self.lines.flush()
        while "return" not in (answer := json.loads(self.lines.readline())):
            if "error" in answer:
                raise RuntimeError(f"QEMU's monitor: {answer['error']['desc']}")
        return answer["return"]

    def instructions(self):
        return self.ask("query-replay")["icount"]


def start(folder, guests, files, places):
    tree = make_tree(folder / "board.dtb", guests, files, places)
    loaded = {STUB: make_stub(folder / "stub", places), places["tree"]: tree,
              **{places[kind]: file for kind, file in files.items()}}
    loaders = [word for address, path in loaded.items() for word in
               ("-device", f"loader,file={path},addr={address:#x},force-raw=on")]
    qemu = subprocess.Popen(
        [*emulated.machine_arguments(), *loaders, "-device", f"loader,addr={STUB:#x},cpu-num=0",
         "-icount", f"shift=0,rr=record,rrfile={folder}/replay", "-S",
         "-gdb", f"unix:{folder}/gdb,server=on,wait=off",
         "-qmp", f"unix:{folder}/qmp,server=on,wait=off"],
        stdin=subprocess.DEVNULL, stdout=open(folder / "console", "wb"), stderr=subprocess.STDOUT)
    while not (folder / "qmp").exists() or not (folder / "gdb").exists():
        if qemu.poll() is not None:
            raise RuntimeError((folder / "console").read_text())
        time.sleep(0.05)
    return qemu


def symbols(build, cross, stage):
    listing = subprocess.run([f"{cross}nm", build / "dtshim.elf"], check=True,
                             capture_output=True, text=True).stdout
    return {name: stage + int(at, 16)
            for at, name in re.findall(r"^(\w+) \w (\w+)(?:\.isra\.\d+)?$", listing, re.M)}


def stops(stub, monitor, at, stage):
    """[(what ended here, instructions so far)] from the stage's entry on."""
    def here(what):
        taken.append((what, monitor.instructions()))
    taken = []
    stub.run_to(stage)
    here("entry")
    stub.run_to(at["shim_job_plan"])
    here("caches on, check, memory map, headers of the modules")
    stub.run_to(stub.register(LINK))
    here("plan")
    stub.run_to(at["stage_write_trees"])
    here("the plan's report on the console")
    stub.run_to(stub.register(LINK))
    here("apply")
    stub.run_to(at["shim_print"])
    here("copies of the modules")
    stub.run_to(at["stage_leave"])
    stub.run_to(stub.register(0))
    here("a last line on the console, caches cleaned and off")
    return taken


def count_boot(folder, build, guests, cross, copies=True):
    """
    [(part of the boot, instructions)], and how many bytes there are to copy. The stage of
    QEMU's board is in a folder of `build`.
    """
    folder, board = pathlib.Path(folder), build / "qemu_arm64"
    files = {"stage": board / "dtshim.img", "xen": guests / "xen", "kernel": guests / "Image",
             "ramdisk": emulated.make_initramfs(guests, folder / "initrd")}
    places = ANYWHERE if copies else advised(folder, build, guests, files)
    qemu = start(folder, guests, files, places)
    try:
        taken = stops(Stub(folder / "gdb"), Monitor(folder / "qmp"),
                      symbols(board, cross, places["stage"]), places["stage"])
    finally:
        qemu.kill()
        qemu.wait()
    return ([(what, count - before) for (_, before), (what, count) in zip(taken, taken[1:])],
            sum(file.stat().st_size for kind, file in files.items() if kind != "stage"))
