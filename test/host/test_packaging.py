# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""What Debian's packages are made from goes with the project; make check-deb builds and installs them."""
import re
import subprocess

import pytest

from packages_page import commands
from places import BUILD, CONFIG, ROOT

DEBIAN = ROOT / "packaging/debian"
VERSION = re.search(r'SHIM_VERSION "(.*)"', (ROOT / "include/dtshim/version.h").read_text())[1]


def lines_of(name):
    return [line for line in (DEBIAN / name).read_text().splitlines() if line and not line.startswith("#")]


def test_the_version_is_the_projects():
    assert re.match(r"dtshim \((.*)\) ", (DEBIAN / "changelog").read_text())[1] == VERSION
    assert lines_of("source/format") == ["3.0 (native)"]


def test_the_address_is_one_everywhere():
    mails = re.findall("<(.*?@.*?)>", (DEBIAN / "control").read_text() + (DEBIAN / "changelog").read_text())
    assert len(mails) == 2 and len(set(mails)) == 1


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """As packaging/debian/rules has it."""
    folder = tmp_path_factory.mktemp("packaged")
    subprocess.run(["make", "-C", ROOT, "-s", "install", f"O={BUILD}", f"DESTDIR={folder}", "PREFIX=/usr",
                    "LIBDIR=/usr/lib/some-arch", "ZSH_SITE=/usr/share/zsh/vendor-completions",
                    f"KCONFIG_CONFIG={CONFIG}"], check=True)
    (folder / "usr/share/dtshim/dtshim.img").unlink(missing_ok=True)  # the stage is another package's
    return folder


@pytest.mark.slow
def test_each_file_has_a_package(installed):
    """What make install puts in place, and no package takes, would stop the build of the packages."""
    taken = {}
    for name in ("dtshim", "libdtshim-dev"):
        for pattern in lines_of(f"{name}.install"):
            found = [one for path in installed.glob(pattern) for one in [path, *path.rglob("*")] if one.is_file()]
            assert found, pattern
            for one in found:
                assert taken.setdefault(one, name) == name
    files = {path for path in installed.rglob("*") if path.is_file()}
    assert files == set(taken) and len(files) > 50


def test_what_the_rules_take_is_there():
    named = re.findall(r"(?<!/)\b(scripts/[\w-]+|hooks/\*)", (DEBIAN / "rules").read_text())
    assert named == ["scripts/append-fit", "hooks/*"] and all(list(ROOT.glob(name)) for name in named)
    for name in ("dtshim.docs", "dtshim-boot.docs", "libdtshim-dev.examples"):
        assert all((ROOT / line).is_file() for line in lines_of(name))


@pytest.mark.slow
def test_an_option_of_the_build_is_an_option_of_make(installed):
    """A misspelt variable in the rules would be silently nothing."""
    makefile = (ROOT / "Makefile").read_text()
    names = re.findall(r"\b([A-Z_]+)=", (DEBIAN / "rules").read_text().split("TOOL  =")[1].split("%:")[0])
    assert {"CC", "LIBDIR", "ZSH_SITE"} <= set(names)
    unknown = [name for name in names if not re.search(rf"^{name}\s*\??=", makefile, re.M)]
    assert set(unknown) == {"V"}
    assert list(installed.glob("usr/share/zsh/vendor-completions/_dtshim"))


def test_packages_that_the_build_needs_are_installed_for_it():
    control = (DEBIAN / "control").read_text()
    needs = re.findall(r"^(?:Build-Depends(?:-Indep)?:)? +([a-z][\w.-]+)", control.split("Standards-Version")[0], re.M)
    rows = "eval \"$(sed -n '/^build=/,/^check_deb=/p' scripts/install-packages)\"; echo $deb"
    row = subprocess.run(["sh", "-c", rows], cwd=ROOT, stdout=subprocess.PIPE, text=True,
                         check=True).stdout.split()
    assert {"libfdt-dev", "gcc-arm-linux-gnueabihf"} <= set(needs)
    assert set(needs) - set(row) == {"debhelper-compat"} and "debhelper" in row


def test_the_page_has_what_is_run():
    """make check-deb runs all of it; here only that there is something to run."""
    assert [line.split()[0] for line in commands(on_the_builder=True)] == ["make", "dpkg-source", "cd"]
    assert {line.split()[0] for line in commands()} == {"apt", "dtshim", "man", "cc", "./plan",
                                                        "/usr/share/dtshim/hooks/install"}
    assert {line.split()[1] for line in commands() if line.startswith("dtshim")} >= {
        "--version", "plan", "apply", "check", "forecast", "report", "image"}
