# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Where things are: the project, what was built, the guests."""
import os
import pathlib
import re
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def build_folder(name, default):
    return pathlib.Path(os.environ.get(name, ROOT / default)).resolve()


BUILD = build_folder("DTSHIM_BUILD", "build")
SANITIZED = build_folder("DTSHIM_SANITIZED", "build/sanitized")
UNSET = build_folder("DTSHIM_UNSET", "build/unset")
# What the host tool's tests run: the plain one, or another one that the environment names.
TOOL = pathlib.Path(os.environ.get("DTSHIM_TOOL", BUILD / "dtshim")).resolve()
BOARD_BUILD = build_folder("DTSHIM_BOARD_BUILD", "build/qemu_arm64")
BOARD32_BUILD = build_folder("DTSHIM_BOARD32_BUILD", "build/qemu_arm")
OWN = subprocess.run([ROOT / "scripts/own-release"], stdout=subprocess.PIPE, text=True).stdout.strip()
GUESTS = build_folder("DTSHIM_GUESTS", f"build/guests/{OWN}")
# Of 32-bit boards: always Debian 12's.
GUESTS32 = GUESTS.parent / "12-arm32"
UBOOT = build_folder("DTSHIM_UBOOT", "build/uboot")
# The cryptography of signed payloads, where scripts/fetch-mbedtls has put it.
MBEDTLS = build_folder("DTSHIM_MBEDTLS", "build/mbedtls")
# Newer ones than this machine's, where scripts/fetch-qemu has put them; or none.
QEMUS = pathlib.Path(os.environ["DTSHIM_QEMUS"]).resolve() if "DTSHIM_QEMUS" in os.environ else None
RELEASES = sorted(path.name for path in (ROOT / "scripts/guests").iterdir())
with_each_release = pytest.mark.parametrize("guests", [
    pytest.param(release, marks=[] if release == GUESTS.name else pytest.mark.slow)
    for release in RELEASES], indirect=True)


def guest_version(package):
    """(4, 20) of xen-hypervisor, (6, 12) of linux-image."""
    text = (GUESTS / "versions").read_text()
    return tuple(map(int, re.search(rf"^{package}-(\d+)\.(\d+)", text, re.M).groups()))
# The configuration that BUILD is made with, as seen from ROOT. With another one make would write
# that one down in BUILD, for what it makes there next.
CONFIG = os.environ.get("KCONFIG_CONFIG", ".config")
# Debian 12 has it, so there it is a fault if it is missing.
NO_DT_SCHEMA = OWN != "12" and not shutil.which("dt-validate")
