# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""A stage that starts only what is signed (CONFIG_STAGE_SIGNED), under QEMU.

What its verifier refuses is test/trust's; here it is the stage's own ways to start something.
"""
import re
import subprocess
import types

import filelock
import pytest

import board as emulated
import signing
import stack_depth
from chain import (BASE, IMAGE, LINE, MIB, STAGE, XEN_LINE, assert_halted, name_payload, one_file, total)
from entry import MADE_UP, build_stage
from places import BOARD32_BUILD, BUILD, MBEDTLS, ROOT

pytestmark = pytest.mark.slow
NO_WAY = "on-error is pass-through, but only the appended payload may start here"
SIGNED = r"the payload is signed: key dev \(sha256,rsa2048\)"


def make_trusting(folder):
    keys = folder / "keys"
    keys.mkdir(parents=True)
    signing.make_rsa_key(keys, "dev")
    for name, data in MADE_UP.items():
        (folder / name).write_bytes(data)
    control = signing.bare_control(folder / "control.dtb")
    signing.sign(folder, "payload", keys, control)
    (folder / "stage").mkdir()
    build_stage(folder / "stage", {"SIGNED": "y", "KEYS": f'"{control}"'}, f"MBEDTLS={MBEDTLS}")
    (folder / "made").touch()


@pytest.fixture(scope="session")
def trusting(tmp_path_factory, worker_id):
    """The stage with an RSA key, and what signs for it: linking it takes long, and once is enough."""
    signing.need_mbedtls()
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "trusting"
    with filelock.FileLock(f"{folder}.lock"):
        if not (folder / "made").exists():
            make_trusting(folder)
    return types.SimpleNamespace(folder=folder, keys=folder / "keys", control=folder / "control.dtb",
                                 fit=folder / "payload.itb", image=folder / "stage/out/dtshim.img")


@pytest.fixture(scope="session")
def trusting32(trusting, tmp_path_factory):
    """The arm32 stage with that key."""
    return build_stage(tmp_path_factory.mktemp("trusting32"),
                       {"ARM32": "y", "SIGNED": "y", "KEYS": f'"{trusting.control}"'}, f"MBEDTLS={MBEDTLS}",
                       build=BOARD32_BUILD)


@pytest.fixture
def signed_image(trusting, tmp_path):
    """With the made-up payload, which is no Xen: whoever gets as far finds no Image."""
    return one_file(tmp_path, trusting.fit, trusting.image)


def put(tree, kind, node, name, *value):
    subprocess.run(["fdtput", "-cp", tree, node], check=True)
    subprocess.run(["fdtput", "-t", kind, tree, node, name, *value], check=True)


# ---- what starts ---------------------------------------------------------------------------------


def test_dom0_starts(enter, tree, trusting, guests, ramdisk, tmp_path):
    for name, path in (("xen", guests / "xen"), ("Image", guests / "Image"), ("initrd", ramdisk)):
        (tmp_path / name).symlink_to(path)
    fit = signing.sign(tmp_path, "payload", trusting.keys, signing.bare_control(tmp_path / "c.dtb"))
    put(tree, "s", "/chosen", "xen,dom0-bootargs", LINE)
    put(tree, "s", "/chosen", "xen,xen-bootargs", XEN_LINE)
    put(tree, "x", "/chosen/dtshim", "dom0-mem", "0", "20000000")
    board = enter(tree, image=one_file(tmp_path, fit, trusting.image))
    board.expect([SIGNED])
    board.finish()
    assert total(board.banks()) == (BASE, 512 * MIB)


def test_dom0_starts_on_32_bits(boot32, trusting, trusting32, payload32, tmp_path):
    """And not with one changed byte."""
    for name, kind in (("xen", "xen"), ("Image", "kernel"), ("initrd", "ramdisk")):
        (tmp_path / name).symlink_to(payload32[kind][1])
    fit = signing.sign(tmp_path, "payload", trusting.keys, signing.bare_control(tmp_path / "c.dtb"))
    image = one_file(tmp_path, fit, trusting32)
    changed = bytearray(image.read_bytes())
    changed[changed.index(payload32["kernel"][1].read_bytes()) + 9000] ^= 1
    (tmp_path / "changed.img").write_bytes(changed)
    good, bad = (boot32({STAGE: path}) for path in (image, tmp_path / "changed.img"))
    for board in good, bad:
        board.command("fdt mknode /chosen dtshim")
        emulated.set_u64(board, "/chosen/dtshim", "dom0-mem", 256 * MIB)
        board.start(f"bootz {STAGE:#x} - {emulated.TREE:#x}")
    good.expect([SIGNED])
    good.finish()
    assert total(good.banks()) == (BASE, 256 * MIB)
    assert_halted(bad, "/images/linux/hash-1: .*sha256 differs")
    assert "the payload is signed" not in bad.text()


def test_control_the_made_up_payload_is_accepted(enter, tree, signed_image):
    """It fails later, and for another reason."""
    board = enter(tree, image=signed_image)
    board.expect([SIGNED])
    assert_halted(board, "no arm64 Image at")


# ---- what does not -------------------------------------------------------------------------------


def test_without_a_payload(enter, tree, payload, trusting):
    """The tree names all that the plain stage would start."""
    name_payload(tree, payload)
    put(tree, "s", "/chosen/dtshim", "on-error", "pass-through")
    board = enter(tree, image=trusting.image, files=dict(payload.values()))
    assert_halted(board, "starts only signed files, and has no payload")
    assert NO_WAY in board.text()


@pytest.mark.parametrize("how, says", [
    ("other key", "not signed with key 'dev'"), ("unsigned", "not signed with key 'dev'"),
    ("changed", "/images/xen/hash-1: .*sha256 differs"),
])
def test_a_payload_that_is_not_signed(enter, tree, trusting, tmp_path, how, says):
    for name, data in MADE_UP.items():
        (tmp_path / name).write_bytes(data)
    keys = None if how == "unsigned" else trusting.keys
    if how == "other key":
        keys = tmp_path / "keys"
        keys.mkdir()
        signing.make_rsa_key(keys, "dev")
    fit = signing.sign(tmp_path, "payload", keys, signing.bare_control(tmp_path / "c.dtb"))
    if how == "changed":
        blob = bytearray(fit.read_bytes())
        blob[blob.index(MADE_UP["xen"]) + 9000] ^= 1
        fit.write_bytes(blob)
    board = enter(tree, image=one_file(tmp_path, fit, trusting.image))
    assert_halted(board, says)
    assert "the payload is signed" not in board.text()


@pytest.mark.parametrize("kind", ["xen", "kernel", "ramdisk"])
def test_a_tree_that_names_something_to_start(enter, tree, payload, signed_image, kind):
    name_payload(tree, {kind: payload[kind]})
    board = enter(tree, image=signed_image, files={payload[kind][0]: payload[kind][1]})
    assert_halted(board, rf"/chosen/{kind}@[0-9a-f]+: compatible: the tree has a module")


def test_a_ramdisk_of_the_boot_loaders(enter, tree, payload, signed_image):
    at, path = payload["ramdisk"]
    put(tree, "x", "/chosen", "linux,initrd-start", f"{at:x}")
    put(tree, "x", "/chosen", "linux,initrd-end", f"{at + path.stat().st_size:x}")
    assert_halted(enter(tree, image=signed_image, files={at: path}), "the tree has a ramdisk, which is not signed")


def test_pass_through_in_the_policy(enter, tree, signed_image):
    put(tree, "s", "/chosen/dtshim", "on-error", "pass-through")
    board = enter(tree, image=signed_image)
    assert_halted(board, "pass-through would start unsigned files")
    assert NO_WAY in board.text()


@pytest.mark.parametrize("contract", ["xen", "native"])
def test_a_tree_with_a_record(enter, tree, payload, signed_image, tmp_path, contract):
    """Of native it says where the hypervisor is, and no node has to."""
    name_payload(tree, payload)
    applied = tmp_path / "applied.dtb"
    subprocess.run([BUILD / "dtshim", "apply", "--contract", contract, tree, "-o", applied], check=True)
    # What names a module is refused before: the record alone is left.
    for node in subprocess.run(["fdtget", "-l", applied, "/chosen"], check=True, capture_output=True,
                               text=True).stdout.split():
        if node != "dtshim":
            subprocess.run(["fdtput", "-r", applied, f"/chosen/{node}"], check=True)
    for name in ("linux,initrd-start", "linux,initrd-end"):
        subprocess.run(["fdtput", "-d", applied, "/chosen", name], capture_output=True)
    board = enter(applied, image=signed_image, files=dict(payload.values()))
    assert_halted(board, "/chosen/dtshim/record: a rewritten tree")


# ---- what it costs -------------------------------------------------------------------------------


def code_and_tables(elf):
    """Without what fills pages up, and without the memory that is cleared."""
    done = subprocess.run(["size", elf], check=True, capture_output=True, text=True)
    return sum(map(int, done.stdout.splitlines()[1].split()[:2]))


def test_the_signed_stage_fits(trusting):
    """No deeper a stack than is reserved twice over, and the bytes that doc/guide/trust.rst gives."""
    depth, _ = stack_depth.stage_depth(trusting.folder / "stage/out")
    assert 1024 < depth <= 4096
    more = code_and_tables(trusting.image.with_suffix(".elf")) - code_and_tables(IMAGE.with_suffix(".elf"))
    said = re.search(r"has ([\d,]+) bytes of code and tables", (ROOT / "doc/guide/trust.rst").read_text())[1]
    assert abs(more - int(said.replace(",", ""))) < 1024
