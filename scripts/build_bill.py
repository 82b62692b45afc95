#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""
What the tool, the library and the stage are made of, as an SPDX document.
usage: build_bill.py BUILD OUT "COMPILER"
"""
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "image"))
import spdx  # noqa: E402

EPOCH = 1767225600  # 2026-01-01, where there is neither SOURCE_DATE_EPOCH nor a commit
OWN = {"licenseDeclared": "GPL-2.0-or-later OR BSD-2-Clause", "supplier": "Organization: The dtshim authors"}
MADE = {"dtshim": "APPLICATION", "libdtshim.a": "LIBRARY", "dtshim.img": "FIRMWARE"}


def said(*command):
    """Nothing where the program fails, or is not there."""
    try:
        return subprocess.run([str(word) for word in command], capture_output=True, text=True, check=True,
                              cwd=ROOT, env={**os.environ, "LC_ALL": "C"}).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


# ---- what is somebody else's ------------------------------------------------------------------------
# A row each: in which of MADE it is, how it is in there, whether it is, where it comes from, its terms.

def has_libfdt(build, _):
    return "fdt_overlay_apply" in said("nm", build / "dtshim")


def libfdt(_, compiler):
    return owner(said(*compiler.split(), "-print-file-name=libfdt.a"))


def is_signed(build, _):
    known = build / "config/auto.conf"
    return known.exists() and "CONFIG_STAGE_SIGNED=y" in known.read_text().splitlines()


def mbedtls(build, _):
    """Debian's source package, of the version that was fetched."""
    known = build / "mbedtls/version"
    return "mbedtls", known.read_text().strip() if known.exists() else "", "source"


COMPONENTS = [
    ("dtshim", "STATIC_LINK", has_libfdt, libfdt, "GPL-2.0-or-later OR BSD-2-Clause"),
    ("dtshim.img", "STATIC_LINK", is_signed, mbedtls, "Apache-2.0 OR GPL-2.0-or-later"),
]


def owner(path):
    """(name, version, architecture) of the Debian package that has a file; a name alone elsewhere."""
    for one in (path, os.path.realpath(path), f"/usr{path}", path.removeprefix("/usr")):
        found = re.match(r"([^:,\s]+)", said("dpkg-query", "-S", one))
        if found:
            shown = said("dpkg-query", "-W", "-f", "${Package} ${Version} ${Architecture}\n", found[1])
            return tuple(shown.splitlines()[0].split())
    return pathlib.Path(path).name, "", ""


def shared_libraries(program):
    """Where the loader finds them."""
    return sorted(set(re.findall(r" => (/\S+)", said("ldd", program))))


# ---- the document -----------------------------------------------------------------------------------

def add_foreign(bill, name, version, architecture, terms=None):
    if version and architecture:
        return bill.add_debian(name, version, architecture, licenseDeclared=terms)
    return bill.add(name, licenseDeclared=terms)


def add_components(bill, build, compiler, ids):
    for part, kind, there, origin, terms in COMPONENTS:
        if part in ids and there(build, compiler):
            bill.relate(ids[part], kind, add_foreign(bill, *origin(build, compiler), terms))
    for path in shared_libraries(build / "dtshim"):
        bill.relate(ids["dtshim"], "DYNAMIC_LINK", add_foreign(bill, *owner(path)))


def make(build, compiler, version, epoch):
    bill = spdx.Bill("dtshim", version, epoch)
    source = bill.add("dtshim's sources", versionInfo=version, primaryPackagePurpose="SOURCE", **OWN)
    ids = {}
    for name, purpose in MADE.items():
        if (build / name).exists():
            ids[name] = bill.add(name, spdx.sha256_of(build / name), versionInfo=version, packageFileName=name,
                                 primaryPackagePurpose=purpose, **OWN)
            bill.describe(ids[name])
            bill.relate(ids[name], "GENERATED_FROM", source)
    bill.relate(ids["dtshim"], "STATIC_LINK", ids["libdtshim.a"])
    add_components(bill, build, compiler, ids)
    return bill.text()


def main(build, out, compiler):
    build = pathlib.Path(build).resolve()
    version = re.search(r'SHIM_VERSION "(.*)"', (ROOT / "include/dtshim/version.h").read_text())[1]
    epoch = os.environ.get("SOURCE_DATE_EPOCH") or said("git", "log", "-1", "--format=%ct") or EPOCH
    pathlib.Path(out).write_text(make(build, compiler, version, int(epoch)))


if __name__ == "__main__":
    main(*sys.argv[1:])
