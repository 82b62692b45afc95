# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The same sources give the same bytes, wherever, whenever and by whomever they are built."""
import os
import shutil
import subprocess

import pytest

from places import BOARD_BUILD, BUILD, CONFIG, ROOT

pytestmark = pytest.mark.slow

# Another user's machine, as far as a build could see it.
ELSEWHERE = {"TZ": "Pacific/Chatham", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "HOME": "/nonexistent",
             "USER": "someone", "LOGNAME": "someone", "SOURCE_DATE_EPOCH": "86400"}
UMASK = 0o077


def run_make(folder, *words, umask=UMASK, environment=ELSEWHERE):
    subprocess.run(["make", "-s", "--no-print-directory", "run=@", *map(str, words)], cwd=folder,
                   check=True, capture_output=True, umask=umask, env={**os.environ, **environment})


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """The sources as another user would have them, in a folder whose name is far longer."""
    folder = tmp_path_factory.mktemp("sources") / ("a-longer-name" * 4) / "dtshim"
    names = subprocess.run(["git", "-C", ROOT, "ls-files", "-z"], check=True, capture_output=True,
                           text=True).stdout.split("\0")
    for name in filter(None, names):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name, follow_symlinks=False)
    return folder


@pytest.fixture(scope="module")
def built(copy):
    """All of it, made elsewhere with another number of jobs: the host's part and the emulated board's."""
    out = copy.parent / "made-of-it"
    out.mkdir()
    shutil.copy(BOARD_BUILD / ".config", out)
    run_make(copy, "-j3", f"O={out}", f"KCONFIG_CONFIG={out}/.config", "all")
    return out


def differ(one, other):
    """Whose bytes differ; both are there."""
    return one.read_bytes() != other.read_bytes()


@pytest.mark.parametrize("name", ["dtshim", "libdtshim.a"])
def test_the_hosts_part(built, name):
    assert not differ(BUILD / name, built / name)
    assert bytes(ROOT) not in (BUILD / name).read_bytes()


@pytest.mark.parametrize("name", ["dtshim.img", "dtshim.elf"])
def test_the_stage(built, name):
    assert not differ(BOARD_BUILD / name, built / name)


def test_a_folders_name_would_show(copy, built):
    """Without the map the first object differs: the tests above do see something."""
    run_make(copy, f"O={copy.parent}/bare", f"KCONFIG_CONFIG={built}/.config", "SAME_BYTES=",
             copy.parent / "bare/host/shim/base/error.o")
    bare = (copy.parent / "bare/host/shim/base/error.o").read_bytes()
    assert bytes(copy) in bare and bare != (built / "host/shim/base/error.o").read_bytes()


def installed(folder):
    """{name: (mode, bytes)} of all that is below a folder."""
    return {str(path.relative_to(folder)): (path.stat().st_mode, path.read_bytes() if path.is_file() else b"")
            for path in folder.rglob("*")}


@pytest.fixture(scope="module")
def roots(copy, built, tmp_path_factory):
    """What make install and make install-hooks put in place: from here, and from there."""
    here, there = tmp_path_factory.mktemp("here"), tmp_path_factory.mktemp("there")
    for source, out, config, root, umask in ((ROOT, BUILD, CONFIG, here, 0o022),
                                             (copy, built, f"{built}/.config", there, UMASK)):
        for goal in "install", "install-hooks":
            run_make(source, goal, f"O={out}", f"KCONFIG_CONFIG={config}", f"DESTDIR={root}",
                     f"STAGE={BOARD_BUILD}/dtshim.img", umask=umask)
    return installed(here), installed(there)


def test_the_stages_configuration_is_as_it_was(roots):
    """The emulated board's has a UART of its own, and this folder's has the user's."""
    before = (ROOT / CONFIG).read_text().splitlines()
    after = (BUILD / "config/auto.conf").read_text().splitlines()
    assert [line for line in before if line.startswith("CONFIG_STAGE_FALLBACK_UART=")] == \
        [line for line in after if line.startswith("CONFIG_STAGE_FALLBACK_UART=")]


def test_what_is_installed(roots):
    """Modes, too: a package is made of them."""
    here, there = ({name: found for name, found in root.items() if not name.endswith("/dtshim.img")}
                   for root in roots)
    assert len(here) > 50 and set(here) == set(there)
    assert {name for name in here if here[name] != there[name]} == set()
    assert {oct(mode & 0o777) for mode, _ in here.values()} <= {"0o755", "0o644"}
