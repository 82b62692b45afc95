# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Keys that last for a session, and the stage's verifier with them."""
import pathlib
import types

import pytest

import signing


@pytest.fixture(scope="session")
def verifier_objects(tmp_path_factory):
    signing.need_mbedtls()
    return signing.compile_verifier(tmp_path_factory.mktemp("verifier"))


@pytest.fixture(scope="session")
def signed(verifier_objects, tmp_path_factory):
    """The example, signed with RSA: its folder, FIT, keys and control tree, and who judges it."""
    folder = tmp_path_factory.mktemp("signed")
    keys = folder / "keys"
    keys.mkdir()
    for name in ("dev", "other"):
        signing.make_rsa_key(keys, name)
    signing.write_data(folder)
    control = signing.bare_control(folder / "control.dtb")
    fit = signing.sign(folder, "payload", keys, control)
    return types.SimpleNamespace(
        folder=folder, keys=keys, control=control, fit=fit, blob=fit.read_bytes(),
        verifier=signing.link_verifier(verifier_objects, control, folder / "verify"))


@pytest.fixture
def judge(signed, tmp_path):
    """What the verifier says of bytes."""
    def said(*blobs, verifier=None):
        paths = []
        for number, blob in enumerate(blobs):
            paths.append(pathlib.Path(tmp_path / f"{number}.itb"))
            paths[-1].write_bytes(blob.bytes() if isinstance(blob, signing.Fit) else bytes(blob))
        return signing.verify(verifier or signed.verifier, *paths)
    return said
