# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""One boot of stock Xen as a case: what lies where, what Xen did, what was forecast."""
import dataclasses
import json
import pathlib
import struct
import subprocess
import tempfile

import xen_boot


@dataclasses.dataclass(frozen=True)
class Release:
    """A Xen that can be started: Debian's."""
    name: str
    image: pathlib.Path

    @property
    def room(self):
        """With its bss: image_size of the header."""
        return struct.unpack_from("<Q", self.image.read_bytes(), 16)[0]


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


class Boards:
    """QEMU's own trees, each asked for once."""

    def __init__(self, folder):
        self.folder, self.known = folder, {}

    def tree(self, machine):
        options = tuple(machine.options())
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
        "kernel": hex(case.kernel), "left-out": case.left_out}, indent=1) + "\n")


def read_files(folder):
    """A case that was kept."""
    known = json.loads((folder / "case.json").read_text())
    files = {int(path.stem, 16): path.read_bytes() for path in folder.glob("*.bin")}
    return Case(xen_boot.Machine(**known["machine"]), int(known["xen-at"], 16),
                int(known["tree-at"], 16), (folder / "tree.dtb").read_bytes(), files,
                int(known["kernel"], 16), known["left-out"])


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


def forecast(case, release, folder, tool):
    """The tool's word for it, with dom0's tree."""
    out = folder / "forecast.dtb"
    out.unlink(missing_ok=True)
    done = subprocess.run([tool, "forecast", "--json", "--xen-version", release.name,
                           "--xen", release.image, "--xen-at", hex(case.xen_at),
                           "--tree-at", hex(case.tree_at),
                           "--kernel", folder / f"{case.kernel:x}.bin",
                           "-o", out, folder / "tree.dtb"], capture_output=True, timeout=120)
    if done.returncode not in (0, 1):
        return Forecast({}, None, done.stderr.decode(errors="replace"))
    return Forecast(json.loads(done.stdout)["forecasts"][0],
                    out.read_bytes() if out.exists() else None)
