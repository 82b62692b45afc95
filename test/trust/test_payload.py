# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""
The reader of a payload FIT that nobody has to sign: what is there and malformed is refused by
node and property, and never taken for what is not there.
"""
import struct
import subprocess

import pytest

import signing
from places import ROOT
from signing import Fit

ITS = (ROOT / "board/qemu_arm64/payload.its").read_text()
BOOT, XEN, LINUX, RAMDISK = "/configurations/boot", "/images/xen", "/images/linux", "/images/ramdisk"
ALL = "/configurations"


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    return signing.compile_reader(tmp_path_factory.mktemp("reader") / "reader")


@pytest.fixture(scope="module")
def make(tmp_path_factory):
    """A FIT of the example, made anew for each test, to be changed."""
    folder = tmp_path_factory.mktemp("payload")
    signing.write_data(folder)
    made = {}

    def fit(*flags):
        if flags not in made:
            (folder / "payload.its").write_text(ITS)
            subprocess.run(["mkimage", "-f", folder / "payload.its", *flags, folder / "payload.itb"],
                           check=True, capture_output=True, cwd=folder)
            made[flags] = (folder / "payload.itb").read_bytes()
        return Fit(made[flags])
    return fit


@pytest.fixture
def read(reader, tmp_path):
    def said(fit):
        (tmp_path / "one.itb").write_bytes(fit.bytes())
        return signing.verify(reader, tmp_path / "one.itb")
    return said


def parts(said):
    return said.count("part ")


BEHIND, AT = ("-E",), ("-E", "-p", "0x4000")


@pytest.mark.parametrize("flags", [(), BEHIND, AT], ids=["inside", "behind", "at"])
def test_the_example(make, read, flags):
    assert parts(read(make(*flags))) == 3


NO_STRINGS = {"without its NUL": b"ramdisk", "empty": b"", "two strings": b"none\0none\0",
              "cells": struct.pack(">II", 0, 1)}
NO_CELLS = {"empty": b"", "a byte": b"\0", "two cells": bytes(8)}


def malformed(fit, node, name, value):
    """Where it is there it is changed."""
    try:
        fit.set(node, name, value)
    except StopIteration:
        fit.add(node, name, value)


@pytest.mark.parametrize("value", NO_STRINGS.values(), ids=NO_STRINGS)
@pytest.mark.parametrize("node, name", [
    (ALL, "default"), (BOOT, "firmware"), (BOOT, "kernel"), (BOOT, "ramdisk"), (XEN, "compression"),
    (RAMDISK, "compression"), (f"{LINUX}/hash-1", "algo")])
def test_what_is_no_string(make, read, node, name, value):
    fit = make()
    malformed(fit, node, name, value)
    said = read(fit)
    assert said.startswith(f"refused: [payload] {node} {name}: payload FIT: is not one string"), said
    assert "mkimage" in said


@pytest.mark.parametrize("value", NO_CELLS.values(), ids=NO_CELLS)
@pytest.mark.parametrize("flags, name", [
    (BEHIND, "data-offset"), (BEHIND, "data-size"), (BEHIND, "data-position"), (AT, "data-position"),
    (AT, "data-offset"), (AT, "data-size")])
def test_what_is_no_cell(make, read, flags, name, value):
    """The other one of offset and position may be there, and right; it is of the image read first."""
    fit = make(*flags)
    malformed(fit, XEN, name, value)
    said = read(fit)
    assert said.startswith(f"refused: [payload] {XEN} {name}: payload FIT: "
                           f"has {len(value)} bytes, 4 are needed"), said


def test_data_that_is_empty(make, read):
    """Beside a place of other data, too."""
    for fit in (make(), make(*BEHIND)):
        malformed(fit, LINUX, "data", b"")
        assert read(fit).startswith(f"refused: [payload] {LINUX} data: payload FIT: is empty")


@pytest.mark.parametrize("image, length, needed", [(LINUX, 3, 4), (LINUX, 0, 4), (XEN, 31, 32), (XEN, 64, 32)])
def test_a_hash_of_another_length(make, read, image, length, needed):
    fit = make()
    fit.set(f"{image}/hash-1", "value", bytes(length))
    assert read(fit).startswith(f"refused: [payload] {image}/hash-1 value: payload FIT: "
                                f"has {length} bytes, {needed} are needed")


@pytest.mark.parametrize("node, name, says", [
    (f"{LINUX}/hash-1", "algo", "a hash without algo"), (f"{LINUX}/hash-1", "value", "a hash without value"),
    (BOOT, "kernel", "has no kernel"), (LINUX, "data", "has no data")])
def test_what_is_not_there(make, read, node, name, says):
    fit = make()
    del fit.tokens[fit.prop(node, name)]
    assert read(fit).startswith(f"refused: [payload] {node} : payload FIT: {says}")


def test_what_need_not_be_there(make, read):
    fit = make()
    for node, name in ((ALL, "default"), (XEN, "compression"), (LINUX, "compression")):
        del fit.tokens[fit.prop(node, name)]
    assert parts(read(fit)) == 3
    del fit.tokens[fit.prop(BOOT, "ramdisk")]
    assert parts(read(fit)) == 2
