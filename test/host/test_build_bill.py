# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""make sbom: what tool, library and stage are made of."""
import hashlib
import json
import os
import shutil
import subprocess

import pytest

import spdx_rules
from places import BUILD, ROOT


def bill(build, out, **environment):
    subprocess.run([ROOT / "scripts/build_bill.py", build, out, "cc"], check=True,
                   env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **environment})
    return spdx_rules.Read(json.loads(out.read_text()))


@pytest.fixture
def build(tmp_path):
    """The parts of a build that it looks at."""
    folder = tmp_path / "build"
    (folder / "config").mkdir(parents=True)
    (folder / "config/auto.conf").write_text("CONFIG_STAGE=y\n")
    for name in "dtshim", "libdtshim.a":
        shutil.copy(BUILD / name, folder)
    (folder / "dtshim.img").write_bytes(b"stage")
    return folder


def linked_with_libfdt():
    return b"fdt_overlay_apply" in (BUILD / "dtshim").read_bytes()


@pytest.mark.slow
def test_each_product(build, tmp_path):
    found = bill(build, tmp_path / "out")
    for name in "dtshim", "libdtshim.a", "dtshim.img":
        assert found.sha256(name) == hashlib.sha256((build / name).read_bytes()).hexdigest()
        assert found.named(name)["licenseDeclared"] == "GPL-2.0-or-later OR BSD-2-Clause"
        assert found.of(name, "GENERATED_FROM") == {"dtshim's sources"}
    version = subprocess.run([BUILD / "dtshim", "--version"], check=True, capture_output=True,
                             text=True).stdout.split()[-1]
    assert found.named("dtshim")["versionInfo"] == version
    described = {one["relatedSpdxElement"] for one in found.document["relationships"]
                 if one["relationshipType"] == "DESCRIBES"}
    assert {found.packages[one]["name"] for one in described} == {"dtshim", "libdtshim.a", "dtshim.img"}


@pytest.mark.slow
def test_what_is_debians(build, tmp_path):
    """With the versions that dpkg knows."""
    found = bill(build, tmp_path / "out")
    linked = found.of("dtshim", "STATIC_LINK")
    assert linked == {"libdtshim.a"} | ({"libfdt-dev"} if linked_with_libfdt() else set())
    assert found.of("dtshim", "DYNAMIC_LINK") == {"libc6"}
    for name in {"libc6"} | (linked - {"libdtshim.a"}):
        version = subprocess.run(["dpkg-query", "-W", "-f", "${Version}\n", name], check=True,
                                 capture_output=True, text=True).stdout.splitlines()[0]
        assert found.named(name)["versionInfo"] == version


@pytest.mark.slow
def test_the_stage_with_signatures(build, tmp_path):
    """Nothing of anybody else's is in a stage without."""
    (build / "mbedtls").mkdir()
    (build / "mbedtls/version").write_text("3.6.5-0.1~deb13u1\n")
    assert bill(build, tmp_path / "out").of("dtshim.img", "STATIC_LINK") == set()
    (build / "config/auto.conf").write_text("CONFIG_STAGE=y\nCONFIG_STAGE_SIGNED=y\n")
    found = bill(build, tmp_path / "out")
    assert found.of("dtshim.img", "STATIC_LINK") == {"mbedtls"}
    assert found.named("mbedtls")["versionInfo"] == "3.6.5-0.1~deb13u1"
    assert found.named("mbedtls")["licenseDeclared"].startswith("Apache-2.0")


@pytest.mark.slow
def test_without_a_stage(build, tmp_path):
    (build / "dtshim.img").unlink()
    assert "dtshim.img" not in {one["name"] for one in bill(build, tmp_path / "out").packages.values()}


@pytest.mark.slow
def test_the_same_build_gives_the_same_bytes(build, tmp_path):
    for out, environment in (("a", {}), ("b", {"TZ": "Pacific/Chatham", "LANG": "C.UTF-8"})):
        bill(build, tmp_path / out, **environment)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    later = bill(build, tmp_path / "c", SOURCE_DATE_EPOCH="86400").document
    assert later["creationInfo"]["created"] == "1970-01-02T00:00:00Z"


@pytest.mark.slow
def test_the_goal(tmp_path):
    done = subprocess.run(["make", "-n", "-C", ROOT, "--no-print-directory", f"O={tmp_path}/out",
                           f"KCONFIG_CONFIG={tmp_path}/.config", "sbom"], check=True, capture_output=True,
                          text=True).stdout
    assert f"build_bill.py {tmp_path}/out {tmp_path}/out/dtshim.spdx.json" in done
