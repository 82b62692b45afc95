# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The Debian packages: make check-deb builds them, and names the folders that they are in."""
import os
import pathlib
import re
import shutil
import subprocess

import pytest

from packages_page import commands
from places import GUESTS, RELEASES, ROOT
from plain_root import PlainRoot

pytestmark = [pytest.mark.slow, pytest.mark.skipif(
    "DTSHIM_DEBS" not in os.environ, reason="the packages are built by make check-deb")]

DEBS = pathlib.Path(os.environ.get("DTSHIM_DEBS", "none"))
AGAIN = pathlib.Path(os.environ.get("DTSHIM_DEBS_AGAIN", "none"))
OWN = subprocess.run(["dpkg", "--print-architecture"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
# Architecture: its QEMU, its compiler's C library.
OTHERS = {"arm64": ("qemu-aarch64-static", "/usr/aarch64-linux-gnu"),
          "armhf": ("qemu-arm-static", "/usr/arm-linux-gnueabihf")}
TREES = GUESTS.parent / "dtbs"
BOARD = TREES / "arm64/broadcom/bcm2711-rpi-4-b.dtb"
VERSION = re.search(r'SHIM_VERSION "(.*)"', (ROOT / "include/dtshim/version.h").read_text())[1]


def field(deb, name):
    return subprocess.run(["dpkg-deb", "-f", deb, name], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


def test_which_there_are():
    names = {path.name for path in DEBS.glob("*.deb")}
    assert names == {f"dtshim-boot_{VERSION}_all.deb", *(f"{name}_{VERSION}_{arch}.deb" for arch in (OWN, *OTHERS)
                                                        for name in ("dtshim", "libdtshim-dev"))}


def test_the_same_sources_give_the_same_bytes():
    files = sorted(path.name for path in DEBS.glob("*") if path.suffix in (".deb", ".dsc", ".xz"))
    assert len(files) == 9
    assert [name for name in files if (DEBS / name).read_bytes() != (AGAIN / name).read_bytes()] == []


def test_the_source_package_is_built_as_any_other(tmp_path):
    for source in (*DEBS.glob("*.dsc"), *DEBS.glob("*.tar.xz")):
        shutil.copy(source, tmp_path)
    make, unpack, build = commands(on_the_builder=True)
    assert make == "make deb"
    done = subprocess.run(["sh", "-c", f"{unpack} && {build}"], cwd=tmp_path, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:]
    built = sorted(tmp_path.glob("*.deb"))
    assert [path.read_bytes() == (DEBS / path.name).read_bytes() for path in built] == [True] * 3


def test_lintian_has_nothing_to_say():
    for changes in sorted(DEBS.glob("*.changes")):
        done = subprocess.run(["lintian", "--allow-root", "--fail-on", "error,warning", changes],
                              capture_output=True, text=True, check=False)
        assert done.returncode == 0 and not done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize("arch", OTHERS)
def test_the_tool_needs_as_old_a_debian_as_the_native_one(arch):
    assert field(DEBS / f"dtshim_{VERSION}_{arch}.deb", "Depends") == \
        field(DEBS / f"dtshim_{VERSION}_{OWN}.deb", "Depends")


# ---- other architectures ---------------------------------------------------------------------------

@pytest.fixture(scope="module")
def tool(tmp_path_factory):
    """Runs the tool of a package; what it says and writes."""
    folder = tmp_path_factory.mktemp("unpacked")
    for arch in (OWN, *OTHERS):
        subprocess.run(["dpkg-deb", "-x", DEBS / f"dtshim_{VERSION}_{arch}.deb", folder / arch], check=True)

    def run(arch, *words):
        qemu, library = OTHERS.get(arch, (None, None))
        before = [qemu, "-L", library] if arch != OWN else []
        done = subprocess.run([*before, folder / arch / "usr/bin/dtshim", *words], capture_output=True, check=False)
        return done.returncode, done.stdout, done.stderr
    return run


OVERLAY = """/dts-v1/;
/plugin/;
&{/} { added { compatible = "test,added"; }; };
"""


@pytest.mark.parametrize("arch", OTHERS)
@pytest.mark.parametrize("tree", [BOARD, TREES / "arm64/xilinx/zynqmp-zcu102-rev1.0.dtb"], ids=lambda path: path.stem)
def test_by_qemu_it_says_the_same(tool, tmp_path, arch, tree):
    subprocess.run(["dtc", "-q", "-@", "-O", "dtb", "-o", tmp_path / "over.dtbo"], input=OVERLAY, text=True, check=True)
    ram = ["--ram", "0x0:2G"] if tree == BOARD else []
    for words in (["--version"], ["--help"], ["plan", *ram, tree], ["plan", "--json", *ram, tree],
                  ["check", *ram, tree], ["forecast", "--json", *ram, tree], ["apply", *ram, tree, "-o", "-"],
                  ["diff", tree, "--overlay", tmp_path / "over.dtbo"], ["plan", "--contract", "odd", tree]):
        code, out, err = tool(OWN, *words)
        assert (code, out, err) == tool(arch, *words), words
        assert out or err or words[0] == "check", words  # which has nothing to say of a clean tree
    assert tool(arch, "diff", tree, "--overlay", tmp_path / "over.dtbo")[0] == 1


# ---- in a new Debian ----------------------------------------------------------------------------------

TOOLS_OF_THE_TEST = ["man-db", "bash-completion"]


@pytest.fixture(scope="module", params=RELEASES)
def debian(request, tmp_path_factory):
    root = PlainRoot(request.param, tmp_path_factory.mktemp("debian") / "root", TOOLS_OF_THE_TEST)
    root.put(*DEBS.glob(f"*_{OWN}.deb"), *DEBS.glob("*_all.deb"))
    shutil.copy(BOARD, root.folder / "root/board.dtb")
    root.before = files_of(root)
    yield root
    root.close()


def files_of(root):
    """All but what apt, dpkg and man-db keep for themselves, and the root user's."""
    listed = root.run("find / -xdev \\( -path /proc -o -path /dev -o -path /sys -o -path /root -o -path /var/lib/dpkg "
                      "-o -path /var/lib/apt -o -path /var/cache -o -path /var/log -o -path /tmp \\) -prune -o -print")
    return set(listed.splitlines())


def test_all_of_the_page_does_what_it_says(debian):
    said = {}
    for command in commands():
        said[command] = debian.run(command.replace("amd64", OWN))
        if command.startswith("apt install ./dtshim_"):
            look_around(debian)
        if "hooks/install" in command:
            there = (debian.folder / "etc/kernel/postinst.d/zz-dtshim").exists()
            assert there == ("--remove" not in command)
    assert said["dtshim --version"] == f"dtshim {VERSION}\n"
    assert said["dtshim check xen.dtb"] == ""
    assert "DTSHIM(1)" in said["man dtshim"]
    assert "</html>" in (debian.folder / "root/board.html").read_text()
    assert re.search("^raspi4b ", said["dtshim image --list"], re.M)
    assert said["dtshim plan --ram 0x0:2G board.dtb"].splitlines()[-1].startswith("dom0 gets ")
    assert "nothing to do: the tree already has the record of this policy" in said["./plan xen.dtb"]
    nothing_is_left(debian)


def look_around(debian):
    """What no command of the page shows."""
    assert debian.run("man -w dtshim").startswith("/usr/share/man/man1/dtshim.1")
    offered = debian.run("bash -c '. /usr/share/bash-completion/bash_completion; _completion_loader dtshim; "
                         "COMP_WORDS=(dtshim fo); COMP_CWORD=1; _dtshim; echo ${COMPREPLY[@]}'", code=None)
    assert offered.strip() == "forecast"
    assert debian.run("dtshim image --board pine64 -o x.img", code=None)
    for folder in ("bindings", "schema", "board"):
        assert list((debian.folder / "usr/share/dtshim").glob(f"{folder}/*"))
    stage = (debian.folder / "usr/share/dtshim/dtshim.img").read_bytes()
    assert stage[:2] == b"MZ" and stage[56:60] == b"ARM\x64"
    zimage = (debian.folder / "usr/share/dtshim/dtshim-arm32.img").read_bytes()
    assert int.from_bytes(zimage[36:40], "little") == 0x016f2818


def nothing_is_left(debian):
    debian.run("apt purge gcc libc6-dev pkgconf && apt autoremove --purge")
    left = files_of(debian) - debian.before
    assert {path for path in left if "dtshim" in path} == {"/etc/default/dtshim"}  # the owner's, of the hooks
    assert "dtshim" not in debian.run("dpkg -l; ls /var/lib/dpkg/info")
    # python3 and gcc leave folders of their own.
    assert {path for path in left if not re.match("/(usr/lib|usr/share|usr/local|etc|var/lib)/", path)} == set()
