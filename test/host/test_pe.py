# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The stage's image as UEFI sees it: PE/COFF, read here by the specification, and by objdump."""
import re
import struct
import subprocess

import pytest

from places import BOARD_BUILD, ROOT

PAGE = 4096
READ, WRITE, EXECUTE = 1 << 30, 1 << 31, 1 << 29
FIT = b"\xd0\x0d\xfe\xed" + bytes(5000)


def read(data):
    """The header's fields, and {name: section}."""
    at, = struct.unpack_from("<I", data, 60)
    assert data[:2] == b"MZ" and data[at:at + 4] == b"PE\0\0"
    machine, count, _, _, _, optional, flags = struct.unpack_from("<HHIIIHH", data, at + 4)
    head = dict(machine=machine, flags=flags)
    head["magic"], = struct.unpack_from("<H", data, at + 24)
    head["entry"], = struct.unpack_from("<I", data, at + 40)
    head["align"], head["file_align"] = struct.unpack_from("<II", data, at + 56)
    head["size"], head["headers"] = struct.unpack_from("<II", data, at + 80)
    head["subsystem"], head["dll"] = struct.unpack_from("<HH", data, at + 92)
    head["relocations"] = struct.unpack_from("<II", data, at + 24 + 152)
    sections = {}
    for i in range(count):
        row = struct.unpack_from("<8s6IHHI", data, at + 24 + optional + 40 * i)
        sections[row[0].rstrip(b"\0").decode()] = dict(
            size=row[1], at=row[2], raw=row[3], file=row[4], flags=row[9])
    assert at + 24 + optional + 40 * count <= head["headers"]
    return head, sections


@pytest.fixture(scope="module")
def image():
    return (BOARD_BUILD / "dtshim.img").read_bytes()


@pytest.fixture(scope="module")
def carrying(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pe")
    (folder / "fit").write_bytes(FIT)
    subprocess.run([ROOT / "scripts/append-fit", BOARD_BUILD / "dtshim.img", folder / "fit", folder / "out"],
                   check=True)
    return (folder / "out").read_bytes()


@pytest.fixture(params=["alone", "with a payload"])
def either(request, image, carrying):
    return image if request.param == "alone" else carrying


def test_it_is_an_application_for_arm64(either):
    head, _ = read(either)
    assert (head["machine"], head["magic"], head["subsystem"]) == (0xAA64, 0x20B, 10)
    assert head["dll"] & 0x100, "not for firmware that sets memory to be executed or written"
    assert head["flags"] & 2 and head["align"] == PAGE and head["headers"] % head["file_align"] == 0
    assert either[56:60] == b"ARM\x64", "not what booti takes any more"


def test_sections_have_pages_of_their_own_and_one_use(either):
    """In the order of their addresses; what is written is not executed."""
    head, sections = read(either)
    past = head["headers"]
    for name, one in sections.items():
        assert one["at"] % PAGE == 0 and one["at"] >= past, name
        assert one["flags"] & READ and not (one["flags"] & WRITE and one["flags"] & EXECUTE), name
        past = one["at"] + one["size"]
    assert -(-past // PAGE) * PAGE == head["size"]
    assert [name for name, one in sections.items() if one["flags"] & EXECUTE] == [".text"]
    text = sections[".text"]
    assert text["at"] <= head["entry"] < text["at"] + text["size"]


def test_each_byte_of_the_file_is_in_one_section(either):
    """In their order. What signs goes by the table, what verifies by the place: they are one."""
    head, sections = read(either)
    past = head["headers"]
    for one in (one for one in sections.values() if one["raw"]):
        assert one["file"] == past and one["file"] % head["file_align"] == 0 == one["raw"] % head["file_align"]
        past = one["file"] + one["raw"]
    assert past == len(either)


def test_memory_is_as_the_bare_image_has_it(either):
    """What is relocated by UEFI, or by its own start, has the same layout (image_size at 16)."""
    _, sections = read(either)
    room, own = struct.unpack_from("<Q", either, 16)[0], struct.unpack_from("<Q", either, 48)[0]
    memory, bss = sections[".memory"], sections[".bss"]
    assert memory["at"] + memory["size"] == room and bss["at"] + bss["size"] == own
    for name in (".words", ".text", ".rodata"):
        assert sections[name]["at"] == sections[name]["file"]


def test_a_payload_is_a_section(image, carrying):
    _, without = read(image)
    _, sections = read(carrying)
    fit = sections[".fit"]
    assert ".fit" not in without and fit["at"] == fit["file"] and not fit["flags"] & (WRITE | EXECUTE)
    assert carrying[fit["file"]:fit["file"] + len(FIT)] == FIT
    assert sections[".memory"]["at"] == fit["at"] + fit["size"]


def test_relocations_are_the_linkers(image):
    head, _ = read(image)
    at, size = head["relocations"]
    found, end = [], at + size
    while at < end:
        page, length = struct.unpack_from("<II", image, at)
        for entry, in struct.iter_unpack("<H", image[at + 8:at + length]):
            assert entry >> 12 in (0, 10)
            if entry >> 12 == 10:
                found.append(page + entry % PAGE)
        at += length
    text = subprocess.run(["readelf", "-rW", BOARD_BUILD / "dtshim.elf"], check=True, capture_output=True,
                          text=True).stdout
    rows = re.findall(r"^(\w{16}) +\w+ R_AARCH64_RELATIVE +(\w+)$", text, re.M)
    assert at == end and len(rows) > 100 and found == sorted(int(place, 16) for place, _ in rows)
    for place, value in rows:
        assert struct.unpack_from("<Q", image, int(place, 16))[0] == int(value, 16)


def test_sbat_gives_its_generation(either):
    """One line each: component, generation, vendor, package, version, address."""
    _, sections = read(either)
    one = sections[".sbat"]
    lines = either[one["file"]:one["file"] + one["size"]].decode().splitlines()
    version = re.search(r'SHIM_VERSION "(.*)"', (ROOT / "include/dtshim/version.h").read_text())[1]
    assert lines[0].startswith("sbat,1,") and len(lines) == 2
    assert lines[1].split(",")[:2] == ["dtshim", "1"] and lines[1].split(",")[4] == version


def test_objdump_reads_it(tmp_path, either):
    (tmp_path / "image").write_bytes(either)
    text = subprocess.run(["aarch64-linux-gnu-objdump", "-h", tmp_path / "image"], check=True,
                          capture_output=True, text=True).stdout
    assert "file format pei-aarch64-little" in text
    assert set(re.findall(r"^ +\d+ (\.\w+)", text, re.M)) == set(read(either)[1])
