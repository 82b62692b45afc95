# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The keys that are built into the stage: CONFIG_STAGE_KEYS, and what is wrong with it."""
import os
import re
import shutil
import subprocess

import pytest

import signing
from places import MBEDTLS, ROOT


@pytest.fixture(scope="module")
def control(tmp_path_factory):
    """mkimage's own, with one RSA key that is required."""
    folder = tmp_path_factory.mktemp("keys")
    (folder / "keys").mkdir()
    signing.make_rsa_key(folder / "keys", "dev")
    signing.write_data(folder)
    path = signing.bare_control(folder / "control.dtb")
    signing.sign(folder, "payload", folder / "keys", path)
    return path


@pytest.fixture
def table(control, tmp_path):
    """(exit code, C or words) for the control tree after these edits."""
    def made(*edits, path=None):
        copy = shutil.copy(control, tmp_path / "edited.dtb")
        for edit in edits:
            subprocess.run(edit_command(copy, edit), check=True)
        done = subprocess.run([ROOT / "scripts/stage_keys.py", path or copy, tmp_path / "keys.c"],
                              capture_output=True, text=True)
        return done.returncode, done.stderr or (tmp_path / "keys.c").read_text()
    return made


def edit_command(path, edit):
    """fdtput with the file where it wants it: behind the options."""
    options = [word for word in edit if word.startswith("-") or word in ("s", "u")]
    return ["fdtput", *options, path, *[word for word in edit if word not in options]]


KEY = "/signature/key-dev"


def test_the_table(control, table):
    code, text = table()
    assert code == 0
    modulus = signing.run("fdtget", "-t", "bx", control, KEY, "rsa,modulus").stdout.split()
    numbers = re.search(r"public0\[\] = \{ ([\d, ]+) \}", text)[1].split(", ")
    assert [int(one, 16) for one in modulus] == [int(one) for one in numbers] and len(numbers) == 256
    assert '{ "dev", "sha256,rsa2048", public0, 256, true, { 0, 0, 0, 0, 0, 1, 0, 1 } }' in text
    assert "trust_keys = { key, 1, false }" in text


def test_any_is_enough(table):
    assert "trust_keys = { key, 1, true }" in table(("-t", "s", "/signature", "required-mode", "any"))[1]


@pytest.mark.parametrize("edit, says", [
    (("-d", KEY, "required"), "no key in /signature is required of configurations"),
    (("-t", "s", KEY, "required", "image"), "required = 'image', and the stage verifies configurations"),
    (("-t", "s", KEY, "algo", "sha512,rsa2048"), "algo 'sha512,rsa2048' is not supported by the stage"),
    (("-t", "u", KEY, "rsa,num-bits", "1024"), "not an RSA key with 2048, 3072, 4096 bits"),
    (("-t", "u", KEY, "rsa,modulus", "1", "2"), "not an RSA key with 2048, 3072, 4096 bits"),
    (("-t", "u", KEY, "rsa,exponent", "0", "65536"), "not an RSA key with 2048, 3072, 4096 bits"),
    (("-t", "s", KEY, "ecdsa,curve", "secp384r1"), "an ECDSA key with a curve that is not prime256v1"),
    (("-r", "/signature"), "no key in /signature is required of configurations"),
])
def test_keys_that_cannot_be(table, edit, says):
    code, words = table(edit)
    assert code != 0 and says in words and "what to do: " in words and "Traceback" not in words


@pytest.mark.parametrize("content, says", [
    (None, "No such file or directory"), (b"", "is not a device tree"), (b"\xd0\r\xfe\xed" * 20, "is not a device tree"),
])
def test_no_file_of_keys(table, tmp_path, content, says):
    path = tmp_path / "given"
    if content is not None:
        path.write_bytes(content)
    code, words = table(path=path)
    assert code != 0 and f"dtshim: CONFIG_STAGE_KEYS: {path}" in words and says in words
    assert "Traceback" not in words


def build(folder, keys, *more):
    folder.mkdir(exist_ok=True)
    (folder / ".config").write_text(f'CONFIG_STAGE_SIGNED=y\nCONFIG_STAGE_KEYS="{keys}"\n')
    return subprocess.run(["make", "-s", "-C", ROOT, f"O={folder}/out", f"KCONFIG_CONFIG={folder}/.config",
                           *more], capture_output=True, text=True)


@pytest.mark.slow
@pytest.mark.parametrize("keys, says", [("", "no file of keys is given"),
                                        ("nowhere/control.dtb", "nowhere/control.dtb: No such file")])
def test_a_build_without_keys_says_so(tmp_path, keys, says):
    done = build(tmp_path, keys, f"MBEDTLS={MBEDTLS}", f"{tmp_path}/out/trust_keys.c")
    assert done.returncode and f"dtshim: CONFIG_STAGE_KEYS: {says}" in done.stderr


@pytest.mark.slow
def test_a_build_without_the_library_says_so(control, tmp_path):
    """No apt source has it."""
    (tmp_path / "apt").mkdir()
    (tmp_path / "apt.conf").write_text(f'Dir::Etc::sourcelist "/dev/null"; Dir::Etc::sourceparts "{tmp_path}/apt";')
    goal = f"{tmp_path}/lib/version"
    done = subprocess.run(["make", "-s", "-C", ROOT, f"O={tmp_path}/out", f"KCONFIG_CONFIG={tmp_path}/.config",
                           f"MBEDTLS={tmp_path}/lib", f"DTSHIM_CACHE={tmp_path}/cache", goal],
                          capture_output=True, text=True,
                          env={**os.environ, "APT_CONFIG": str(tmp_path / "apt.conf")})
    assert done.returncode and "dtshim: no Mbed TLS, and CONFIG_STAGE_SIGNED needs it" in done.stderr
    assert "what to do: " in done.stderr
    assert (tmp_path / "lib/skipped").exists() and not (tmp_path / "lib/version").exists()


@pytest.mark.slow
def test_nothing_is_fetched_without_the_option(tmp_path):
    """Neither the library's folder nor the keys are among what a plain stage is made of."""
    def asked(text):
        (tmp_path / ".config").write_text(text)
        shown = subprocess.run(["make", "-n", "-C", ROOT, f"O={tmp_path}/out",
                                f"KCONFIG_CONFIG={tmp_path}/.config", "stage"], capture_output=True, text=True)
        return re.findall(r"fetch-mbedtls|stage_keys|DSTAGE_SIGNED", shown.stdout)
    assert asked("") == []
    assert set(asked('CONFIG_STAGE_SIGNED=y\nCONFIG_STAGE_KEYS="k.dtb"\n')) == {
        "fetch-mbedtls", "stage_keys", "DSTAGE_SIGNED"}
