# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""U-Boot's sandbox with the command dtshim, as fixtures; and the host tool to compare with."""
import re
import subprocess

import libfdt
import pytest

from patience import patience
from places import BUILD, ROOT, UBOOT
from trees import MEMORY


AT, OTHER = "1000000", "2000000" # where trees are loaded
RAM_END = 0x10000000


def release():
    """Of the U-Boot under test, as 2025.01."""
    return re.match(r"u-boot (\d+\.\d+)", (UBOOT / "version").read_text())[1]


# Of U-Boot itself, not of dtshim. This sandbox stops with "Cannot map sandbox address" where
# a tree that it boots reserves what is not the sandbox's RAM: EFI is told of all of LMB.
STOPS_AT_RESERVED_MEMORY = {"2025.01"}

DEVICE = 'mmc@1000000 { compatible = "test,mmc"; reg = <0 0x1000000 0 0x1000>; };\n'


def load(name, address=AT):
    return f"host load hostfs - {address} {name}"


def save(name, address, size):
    return f"host save hostfs - {address} {name} {size}"


SAVE_RESULT = save("out.dtb", "$dtshim_addr", "$dtshim_size")


@pytest.fixture
def folder(tmp_path, make_tree):
    if (UBOOT / "skipped").exists():
        pytest.skip((UBOOT / "skipped").read_text().strip())
    if not (UBOOT / "u-boot").exists():
        pytest.skip("no U-Boot sandbox was built: make check does that")
    subprocess.run(["dtc", "-q", "-o", tmp_path / "control.dtb", ROOT / "doc/sandbox.dts"],
                   check=True)
    make_tree(MEMORY + DEVICE)
    return tmp_path


@pytest.fixture
def sandbox(folder):
    """Runs commands in a sandbox of its own; each line's output goes under the line."""
    def run(*commands, code=0):
        done = subprocess.run([UBOOT / "u-boot", "-d", "control.dtb", "-c", "\n".join(commands)],
                              cwd=folder, capture_output=True, timeout=patience(120))
        out = done.stdout.decode(errors="replace").replace("\r", "")
        assert code is None or done.returncode == code, f"exit {done.returncode}: {out}"
        out = out[out.index("Net:"):].split("\n", 1)[1]
        return out.removeprefix("\x1b[?25h\n")  # 2025.01 shows a cursor first
    return run


@pytest.fixture
def host(folder):
    def run(*arguments, code=0):
        done = subprocess.run([BUILD / "dtshim", *map(str, arguments)], cwd=folder,
                              capture_output=True, timeout=patience(60))
        done.out, done.err = done.stdout.decode(), done.stderr.decode()
        assert code is None or done.returncode == code, done.err
        return done
    return run


def value(out, name):
    """What printenv shows, or None."""
    found = re.search(rf"^{name}=(.*)$", out, re.MULTILINE)
    return found and found[1]


def reserved(out):
    """What is not free, as bdinfo shows LMB: where each starts, and its last byte."""
    return [(int(base, 16), int(last, 16)) for base, last in
            re.findall(r"reserved\[\d+\]\s+\[(0x[0-9a-f]+)-(0x[0-9a-f]+)\]", out)]


def contents(path):
    """
    A tree without the free bytes at its end. The hook sees the tree before U-Boot 2025.01
    takes them away, and after 2023.01 did.
    """
    tree = libfdt.Fdt(path.read_bytes())
    tree.pack()
    return tree.as_bytearray()[:tree.totalsize()]
