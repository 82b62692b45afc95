# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""What all tests share: the built tool, trees made by dtc, and libfdt to read results."""
import collections
import os
import pathlib
import re
import subprocess

import libfdt
import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent


def build_folder(name, default):
    return pathlib.Path(os.environ.get(name, ROOT / default)).resolve()


BUILD = build_folder("DTSHIM_BUILD", "build")
SANITIZED = build_folder("DTSHIM_SANITIZED", "build/sanitized")
BOARD_BUILD = build_folder("DTSHIM_BOARD_BUILD", "build/qemu_arm64")
OWN = subprocess.run([ROOT / "scripts/own-release"], stdout=subprocess.PIPE, text=True).stdout.strip()
GUESTS = build_folder("DTSHIM_GUESTS", f"build/guests/{OWN}")
UBOOT = build_folder("DTSHIM_UBOOT", "build/uboot")

RELEASES = sorted(path.name for path in (ROOT / "scripts/guests").iterdir())
with_each_release = pytest.mark.parametrize("guests", RELEASES, indirect=True)


def guest_version(package):
    """(4, 20) of xen-hypervisor, (6, 12) of linux-image."""
    text = (GUESTS / "versions").read_text()
    return tuple(map(int, re.search(rf"^{package}-(\d+)\.(\d+)", text, re.M).groups()))


@pytest.fixture(scope="session")
def guests(request):
    """The folder of the guests that the tests run with, or with_each_release of that release's."""
    folder = GUESTS.parent / request.param if hasattr(request, "param") else GUESTS
    if (folder / "skipped").exists():
        pytest.skip((folder / "skipped").read_text().strip())
    if not (folder / "complete").exists():
        pytest.skip(f"the guests of Debian {folder.name} were not fetched: make check does that")
    return folder


HEADER = """/dts-v1/;
/ {
    #address-cells = <2>;
    #size-cells = <2>;
    compatible = "test,board";
"""
MEMORY = 'memory@80000000 { device_type = "memory"; reg = <0 0x80000000 0 0x80000000>; };\n'


@pytest.fixture
def tool(tmp_path):
    """Runs the host tool, built with ASan and UBSan, in a folder of its own."""
    def run(*arguments, stdin=None, code=0):
        done = subprocess.run([SANITIZED / "dtshim", *map(str, arguments)], cwd=tmp_path,
                              input=stdin, capture_output=True, timeout=60)
        errors = done.stderr.decode()
        assert "Sanitizer" not in errors and "runtime error" not in errors, errors
        assert code is None or done.returncode == code, f"exit {done.returncode}: {errors}"
        done.out, done.err = done.stdout.decode(errors="replace"), errors
        return done
    return run


@pytest.fixture
def make_tree(tmp_path):
    """Compiles the body of a root node (or a whole source) with dtc."""
    def make(body, name="in.dtb", header=HEADER, flags=()):
        source = body if body.startswith("/dts-v1/") else header + body + "};\n"
        subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb", *flags, "-o", tmp_path / name],
                       input=source.encode(), check=True)
        return tmp_path / name
    return make


class Tree:
    """A blob as libfdt sees it; nodes are named by their full path."""

    def __init__(self, path):
        self.fdt = libfdt.FdtRo(pathlib.Path(path).read_bytes())

    def node(self, path):
        """Exact names: libfdt alone would take /timer for /timer@2a810000."""
        node = 0
        for name in [part for part in path.split("/") if part]:
            child = self.fdt.first_subnode(node, [libfdt.NOTFOUND])
            while child >= 0 and self.fdt.get_name(child) != name:
                child = self.fdt.next_subnode(child, [libfdt.NOTFOUND])
            if child < 0:
                return None
            node = child
        return node

    def has(self, path):
        return self.node(path) is not None

    def prop(self, path, name):
        node = self.node(path)
        if node is None:
            return None
        value = self.fdt.getprop(node, name, [libfdt.NOTFOUND])
        return None if isinstance(value, int) else bytes(value)

    def string(self, path, name):
        value = self.prop(path, name)
        return None if value is None else value.rstrip(b"\0").decode()

    def strings(self, path, name):
        return [part.decode() for part in self.prop(path, name).split(b"\0")[:-1]]

    def cells(self, path, name):
        value = self.prop(path, name)
        return [int.from_bytes(value[i:i + 4], "big") for i in range(0, len(value), 4)]

    def u64s(self, path, name):
        value = self.prop(path, name)
        return [int.from_bytes(value[i:i + 8], "big") for i in range(0, len(value), 8)]

    def children(self, path):
        node = self.fdt.first_subnode(self.node(path), [libfdt.NOTFOUND])
        names = []
        while node >= 0:
            names.append(self.fdt.get_name(node))
            node = self.fdt.next_subnode(node, [libfdt.NOTFOUND])
        return names

    def reserves(self):
        return [tuple(self.fdt.get_mem_rsv(i)[-2:]) for i in range(self.fdt.num_mem_rsv())]


@pytest.fixture
def read_tree():
    return Tree


def pytest_terminal_summary(terminalreporter):
    """What became of the trees of test_corpus.py, summed over all its tests and workers."""
    sums = collections.Counter()
    for report in sum(terminalreporter.stats.values(), []):
        if getattr(report, "when", None) == "call":
            for name, outcomes in report.user_properties:
                sums.update(outcomes if name == "corpus" else {})
    if sums:
        terminalreporter.section("board trees, by architecture and contract")
        for outcome in sorted(sums):
            terminalreporter.line(f"{sums[outcome]:6}  {outcome}")
