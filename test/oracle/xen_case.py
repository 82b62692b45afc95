# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""One boot of stock Xen as a case: what lies where, what Xen did, what was forecast."""
import dataclasses
import hashlib
import json
import pathlib
import struct
import subprocess
import tempfile
import threading

from patience import patience
import xen_boot


@dataclasses.dataclass(frozen=True)
class Release:
    """A Xen that can be started: Debian's."""
    name: str
    image: pathlib.Path
    bits: int = 64

    @property
    def label(self):
        return self.name if self.bits == 64 else f"{self.name}/{self.bits}"

    @property
    def room(self):
        """With its bss: image_size of the header, or a zImage's end."""
        head = self.image.read_bytes()
        return struct.unpack_from("<Q", head, 16)[0] if self.bits == 64 else struct.unpack_from("<I", head, 0x2C)[0]


@dataclasses.dataclass
class Case:
    """A tree and what else is in RAM; the same for all releases."""
    machine: xen_boot.Machine
    xen_at: int
    tree_at: int
    blob: bytes
    files: dict       # {address: bytes}
    kernel: int       # which of them is dom0's kernel
    left_out: dict = dataclasses.field(default_factory=dict)  # {reason: how many nodes}
    promise: list | None = None  # dom0's memory, as the plan of this tree has it


class Boards:
    """QEMU's own trees, each asked for once."""

    def __init__(self, folder):
        self.folder, self.known, self.lock = folder, {}, threading.Lock()

    def tree(self, machine):
        options = tuple(machine.options())
        with self.lock:
            if options not in self.known:
                self.known[options] = machine.tree(self.folder / f"board-{len(self.known)}.dtb")
        return self.known[options]


def write_files(case, folder):
    """The case in files: what to give to tool and QEMU."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tree.dtb").write_bytes(case.blob)
    for at, data in case.files.items():
        (folder / f"{at:x}.bin").write_bytes(data)
    (folder / "case.json").write_text(json.dumps({
        "machine": vars(case.machine), "xen-at": hex(case.xen_at), "tree-at": hex(case.tree_at),
        "kernel": hex(case.kernel), "left-out": case.left_out, "promise": case.promise},
        indent=1) + "\n")


def read_files(folder):
    """A case that was kept."""
    known = json.loads((folder / "case.json").read_text())
    files = {int(path.stem, 16): path.read_bytes() for path in folder.glob("*.bin")}
    return Case(xen_boot.Machine(**known["machine"]), int(known["xen-at"], 16),
                int(known["tree-at"], 16), (folder / "tree.dtb").read_bytes(), files,
                int(known["kernel"], 16), known["left-out"], known.get("promise"))


def name_of(case, release):
    """The same for the same bytes in the same places of the same machine."""
    told = hashlib.sha256(release.image.read_bytes())
    told.update(repr((case.machine.options(), case.xen_at, case.tree_at)).encode())
    told.update(case.blob)
    for at, data in sorted(case.files.items()):
        told.update(f"{at} {len(data)}".encode() + data)
    return told.hexdigest()[:24]


class Seen:
    """What came of boots, for the next look at them: nothing but the forecast has changed."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def find(self, name):
        path = self.folder / name
        if not path.exists():
            return None
        known = json.loads(path.read_text())
        tree = self.folder / f"{name}.dtb"
        return xen_boot.Outcome(known["text"], tree.read_bytes() if tree.exists() else None,
                                known["ring"])

    def keep(self, name, outcome):
        if outcome.tree:
            (self.folder / f"{name}.dtb").write_bytes(outcome.tree)
        (self.folder / name).write_text(json.dumps({"text": outcome.text, "ring": outcome.ring}))


def boot(case, release, folder):
    """What this Xen does with a case whose files are in the folder."""
    files = [(at, folder / f"{at:x}.bin") for at in case.files]
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        return xen_boot.boot(pathlib.Path(scratch), case.machine, (case.xen_at, release.image),
                             (case.tree_at, folder / "tree.dtb"), files, release.room)


@dataclasses.dataclass
class Forecast:
    """What the tool says."""
    said: dict         # the element of "forecasts"
    tree: bytes | None
    trouble: str = ""  # there is no forecast


def forecast(case, release, folder, tool, options=()):
    """The tool's word for it, with dom0's tree."""
    out = folder / "forecast.dtb"
    out.unlink(missing_ok=True)
    done = subprocess.run([tool, "forecast", "--json", "--xen-version", release.name,
                           "--xen", release.image, "--xen-at", hex(case.xen_at),
                           "--tree-at", hex(case.tree_at),
                           "--kernel", folder / f"{case.kernel:x}.bin", *options,
                           "-o", out, folder / "tree.dtb"], capture_output=True, timeout=patience(120))
    if done.returncode not in (0, 1):
        return Forecast({}, None, done.stderr.decode(errors="replace"))
    return Forecast(json.loads(done.stdout)["forecasts"][0],
                    out.read_bytes() if out.exists() else None)
