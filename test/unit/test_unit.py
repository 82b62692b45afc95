# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Pieces in one process: the library under mutated input, the stage's hashes."""
import ctypes
import hashlib
import re
import struct
import subprocess
import zlib
from random import Random

import pytest

from made_up import BOARD, SMALL, WIDE
from places import ROOT, with_each_release
from trees import MEMORY
from unit import CC, FLAGS


@pytest.mark.slow
@pytest.mark.parametrize("body, step", [
    pytest.param(SMALL, 16, id="some of small"),
    pytest.param(SMALL, 1, id="small"),
    pytest.param(WIDE, 1, id="wide")])
def test_mutations(build, make_tree, body, step):
    done = subprocess.run([build("mutate"), make_tree(body), str(step)], capture_output=True,
                          text=True)
    assert done.returncode == 0, done.stderr
    accepted, refused = map(int, done.stdout.split())
    assert accepted > 1000 and refused > 1000, "both outcomes must have been tried"


# ---- faults ----------------------------------------------------------------------------

PROTOTYPE = re.compile(r"^enum shim_code (\w+)\(([^;.]*)\);", re.M)


def fallible():
    """(header, name, parameters) of every function that returns an error to another file."""
    doors = {ROOT / "shim" / door for door in ("cli", "stage", "uboot")}
    headers = [*(ROOT / "include").rglob("*.h"),
               *(one for one in (ROOT / "shim").rglob("*.h") if doors.isdisjoint(one.parents))]
    return [(header, *found.groups()) for header in sorted(headers)
            for found in PROTOTYPE.finditer(header.read_text()) if "(" not in found[2]]


def wrapper(name, parameters):
    arguments = ", ".join(one.split()[-1].lstrip("*") for one in parameters.split(","))
    return f"""enum shim_code __real_{name}({parameters});
enum shim_code __wrap_{name}({parameters});

enum shim_code __wrap_{name}({parameters})
{{
    enum shim_code code = fault_at("{name}", error);

    return code ? code : __real_{name}({arguments});
}}
"""


@pytest.fixture(scope="session")
def wrappers(tmp_path_factory):
    """What the program of faults is compiled with."""
    source = tmp_path_factory.mktemp("faults") / "wrappers.c"
    found = fallible()
    headers = sorted({f'#include "{header}"\n' for header, _, _ in found})
    source.write_text("".join(headers + ['#include "faults.h"\n'] +
                              [wrapper(name, parameters) for _, name, parameters in found]))
    return [source, "-I", ROOT / "test/unit", "-Wl,--wrap=shim_alloc",
            *(f"-Wl,--wrap={name}" for _, name, _ in found)]


PAYLOAD = """chosen { #address-cells = <2>; #size-cells = <2>; stdout-path = &uart;
        dtshim { layout = "offset"; passthrough = "disk0", "/plain@6000000"; dom0-mem = <0 0x20000000>; };
        hypervisor@90000000 { compatible = "dtshim,hypervisor"; reg = <0 0x90000000 0 0x100000>; };
        module@92000000 { compatible = "multiboot,kernel"; reg = <0 0x92000000 0 0x2000000>; };
        module@96000000 { compatible = "multiboot,ramdisk"; reg = <0 0x96000000 0 0x100000>; }; };"""
OFFSET = """chosen { dtshim { contract = "native"; machine-base = <0 0xa0000000>; offset-in = "both";
        dom0-mem = <0 0x10000000>; }; };"""
LENT = 'lent { compatible = "test,lent"; memory-region = <&{/reserved-memory/a@81000000}>; };'
NEAREST = """memory@80000000 { device_type = "memory"; reg = <0 0x80000000 0 0x30000000>; };
        reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges;
        tee@80000000 { reg = <0 0x80000000 0 0x200000>; no-map; }; };
        soc { compatible = "simple-bus"; #address-cells = <1>; #size-cells = <1>; ranges;
        dma-ranges = <0 0x90000000 0x40000000>; dma@1000000 { reg = <0x1000000 0x1000>; }; };"""
FAULTY = {"payload": SMALL, "native": WIDE + LENT + OFFSET, "nearest": NEAREST,
          "domain": BOARD.replace("chosen { stdout-path = &uart; };", PAYLOAD)}


def run_faults(program, tree, step):
    done = subprocess.run([program, tree, str(step)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    lines = [line.split() for line in done.stdout.splitlines()]
    counts = {line[0]: list(map(int, line[1:])) for line in lines}
    assert list(counts) == ["memory", "room", "once", "for-good", "calls"]
    assert all(done and refused for done, refused in counts.values())
    assert counts["memory"][1] * step > 8 * 1000 and counts["room"][1] > 1000 and counts["once"][1] > 50


def step_of(name):
    return 64 if name == "nearest" else 8  # that search takes twenty times as long as the others


@pytest.mark.slow
@pytest.mark.parametrize("name", FAULTY)
def test_every_fault_is_an_error_never_another_plan(build, wrappers, make_tree, name):
    """Words, facts and edits: all of them or none, whatever fails."""
    run_faults(build("faults", *wrappers), make_tree(FAULTY[name]), step_of(name))


@pytest.mark.slow
@pytest.mark.parametrize("name", FAULTY)
def test_no_fault_leaves_a_value_that_is_read_and_was_never_set(build_unset, wrappers, make_tree, name):
    run_faults(build_unset("faults", *wrappers), make_tree(FAULTY[name]), step_of(name))


@pytest.fixture(scope="session")
def hashes(tmp_path_factory):
    library = tmp_path_factory.mktemp("hash") / "hash.so"
    subprocess.run([CC, *FLAGS, "-shared", "-fPIC", ROOT / "shim/stage/hash.c", "-o", library],
                   check=True)
    loaded = ctypes.CDLL(library)
    loaded.hash_crc32.restype = ctypes.c_uint32
    loaded.hash_crc32.argtypes = [ctypes.c_char_p, ctypes.c_size_t]
    loaded.hash_sha256.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p]
    return loaded


@pytest.mark.parametrize("size", [0, 1, 3, 54, 55, 56, 57, 63, 64, 65, 119, 120, 127, 128, 129, 100000])
def test_hashes(hashes, size):
    """Against Python's: every way in which the last block can be padded."""
    data = hashlib.shake_128(str(size).encode()).digest(size) if size else b""
    digest = ctypes.create_string_buffer(32)
    hashes.hash_sha256(data, size, digest)
    assert digest.raw == hashlib.sha256(data).digest()
    assert hashes.hash_crc32(data, size) == zlib.crc32(data)


# ---- facts of the machine ----------------------------------------------------------

def ask(build, tree, register=0, ram=(0, 0), ipa_bits=0, kernel_bits=0, code=0):
    done = subprocess.run([build("facts"), tree, *map(str, (register, *ram, ipa_bits, kernel_bits))],
                          capture_output=True, text=True)
    assert done.returncode == code, done.stderr
    return done.stdout


BEHIND = 'smmu: iommu@9000 { compatible = "%s"; reg = <0 0x9000 0 0x1000>; #iommu-cells = <1>; };' \
         'd { compatible = "test,d"; iommus = <&smmu 1>; };' \
         'chosen { dtshim { iommu-drivers = "arm,mmu-500", "arm,smmu-v3", "test,other"; }; };'


@pytest.mark.parametrize("iommu, register, read, coverage", [
    ("arm,mmu-500", 1 << 29, "0x9020", "all"), ("arm,mmu-500", 0xdfffffff, "0x9020", "none"),
    ("arm,smmu-v3", 1, "0x9000", "all"), ("arm,smmu-v3", 0xfffffffe, "0x9000", "none"),
    ("test,other", 0, None, "all")])
def test_second_stage_is_read(build, bare_tree, iommu, register, read, coverage):
    """SMMU_IDR0.S2TS of the older ones, SMMU_IDR0.S2P of version 3; others are not touched."""
    said = ask(build, bare_tree(MEMORY + BEHIND % iommu), register)
    assert f"coverage {coverage}\n" in said
    assert (f"read {read}\n" in said) if read else ("read" not in said)


def test_ram_of_the_boot_loader(build, make_tree):
    """It fills in for a tree that does not say; it does not argue with one that does."""
    there = (0x40000000, 0x40000000)
    assert ask(build, make_tree(""), code=1) == "no-ram\n"
    assert "ram 0x40000000 0x40000000\n" in ask(build, make_tree(""), ram=there)
    assert "ram 0x80000000 0x80000000\n" in ask(build, make_tree(MEMORY), ram=there)


@pytest.mark.parametrize("ipa_bits, kernel_bits, limit", [
    (0, 0, 1 << 40), (36, 0, 1 << 36), (48, 0, 1 << 40), (0, 32, 1 << 32), (36, 64, 1 << 36)])
def test_the_cpu_s_address_bits(build, make_tree, ipa_bits, kernel_bits, limit):
    said = ask(build, make_tree(MEMORY), ipa_bits=ipa_bits, kernel_bits=kernel_bits)
    assert f"limit {limit:#x}\n" in said


FAR = '''memory@40000000 { device_type = "memory"; reg = <0 0x40000000 0 0x20000000>, <1 0 0 0x20000000>; };
    chosen { #address-cells = <2>; #size-cells = <2>;
        hypervisor@41000000 { compatible = "dtshim,hypervisor"; reg = <0 0x41000000 0 0x200000>; };
        module@42000000 { compatible = "multiboot,kernel", "multiboot,module"; reg = <0 0x42000000 0 0x600000>; };
        module@43000000 { compatible = "multiboot,ramdisk", "multiboot,module"; reg = <0 0x43000000 0 0x600000>; };
        dtshim { dom0-mem = <0 %#x>; dom0-base = <0 0x44000000>; }; };'''


@pytest.mark.slow
@pytest.mark.parametrize("reach, to", [(0, "0x100000000"), (1 << 33, "0x100000000"), (1 << 32, "0x40000000")])
def test_memory_that_the_stage_cannot_write(build, make_tree, reach, to):
    """RAM above 4 GiB is Xen's and dom0's, but a 32-bit program puts nothing there."""
    tree = make_tree(FAR % (448 << 20))
    done = subprocess.run([build("reach"), tree, str(reach)], capture_output=True, text=True)
    assert done.returncode == 0 and f"tree {to}\n" in done.stdout, done.stdout
    assert "kernel 0x42000000\n" in done.stdout


def test_no_memory_is_left_that_the_stage_can_write(build, make_tree):
    tree = make_tree(FAR.replace("0x44000000", "0x40000000") % (512 << 20))
    done = subprocess.run([build("reach"), tree, str(1 << 32)], capture_output=True, text=True)
    assert done.returncode == 1 and "is left below 0x100000000 for the Xen" in done.stdout, done.stdout


# ---- headers of the payload's files ----------------------------------------------------

def image(offset, size, magic=b"ARM\x64", at=56, length=64):
    head = bytearray(length)
    struct.pack_into("<QQ", head, 8, offset, size)
    head[at:at + len(magic)] = magic
    return bytes(head)


@pytest.mark.parametrize("head, said", [
    (image(0x80000, 0x200000), "64 0x200000 0x80000 ok 0x200000"),
    (image(0x280000, 64 << 20), f"64 {64 << 20:#x} 0x80000 ok {64 << 20:#x}"),
    (image(0, (64 << 20) + 1), f"64 {(64 << 20) + 1:#x} 0x0 payload 0x0"),
    (image(0, 1 << 60), "64 0x1000000000000 0x0 payload 0x0"),
    (image(0, 0x1000, b"\x18\x28\x6f\x01", 0x24), "32 0x0 0x0 payload 0x0"),
    (image(0, 0x1000, b"ARM!"), "0 0x0 0x0 payload 0x0"),
    (image(0, 0x1000)[:63], "0 0x0 0x0 payload 0x0"), (b"", "0 0x0 0x0 payload 0x0")])
def test_image_headers(build, tmp_path, head, said):
    (tmp_path / "file").write_bytes(head)
    done = subprocess.run([build("image"), tmp_path / "file"], capture_output=True, text=True)
    assert done.stdout.splitlines()[0] == said and not done.stderr


def zimage(start, end):
    head = bytearray(image(0, 0, b"\x18\x28\x6f\x01", 0x24))
    struct.pack_into("<II", head, 0x28, start, end)
    return bytes(head)


@pytest.mark.parametrize("bits, head, said", [
    (32, zimage(0, 0x116290), "ok 0x116290"), (0, zimage(0, 0x116290), "ok 0x116290"),
    (32, zimage(0x8000, 0x116290), "ok 0x10e290"), (64, zimage(0, 0x116290), "payload 0x0"),
    (32, zimage(0, (64 << 20) + 1), "payload 0x0"), (32, zimage(8, 0), "payload 0x0"),
    (32, image(0, 0x1000), "payload 0x0"), (0, image(0, 0x1000), "ok 0x1000"),
    (0, image(0, 0x1000, b"ARM!"), "payload 0x0")])
def test_hypervisor_of_so_many_bits(build, tmp_path, bits, head, said):
    """A kernel's zImage says nothing of what it needs; Xen's has its bss in it."""
    (tmp_path / "file").write_bytes(head)
    done = subprocess.run([build("image"), tmp_path / "file", str(bits)], capture_output=True, text=True)
    assert done.stdout.splitlines()[0].split(" ", 3)[3] == said and not done.stderr
    assert head[56:60] == b"ARM\x64" or done.stdout.split()[1] == "0x0"


@pytest.mark.parametrize("bits, head, said", [
    (32, image(0, 0x1000), "no arm32 zImage at 0x1000, where Xen should be, but an arm64 Image"),
    (64, zimage(0, 0x1000), "no arm64 Image at 0x1000, where Xen should be, but an arm32 zImage"),
    (32, zimage(8, 0), "no arm32 zImage at 0x1000, where Xen should be"),
    (64, b"", "no arm64 Image at 0x1000, where Xen should be"),
    (0, zimage(8, 0), "no arm64 Image at 0x1000, where Xen should be")])
def test_hypervisor_of_the_other_kind_is_named(build, tmp_path, bits, head, said):
    (tmp_path / "file").write_bytes(head)
    done = subprocess.run([build("image"), tmp_path / "file", str(bits)], capture_output=True, text=True)
    assert done.stdout.splitlines()[3] == said


def xen(name=b"xen,xen-4.20\0", greeting="Xen 4.20.4 (c/s ) EFI loader\r\n"):
    return image(0, 0x1000) + 7 * b"\0" + name + b"xen,xen\0" + greeting.encode("utf-16le") + b"\0\0"


@pytest.mark.parametrize("held, said", [
    (xen(), "420 '.4'"), (xen(greeting=""), "420 ''"), (xen(b"xen,xen-4.17\0"), "417 '.4'"),
    (xen(b"xen,xen-4.5\0"), "405 '.4'"), (xen(b"xen,xen-10.1\0"), "1001 '.4'"),
    # no release, and two of them
    *((xen(name), "0 '.4'") for name in (
        b"", b"xen,xen-4\0", b"xen,xen-4.\0", b"xen,xen-.20\0", b"xen,xen-4.200\0", b"xen,xen-4.20x\0",
        b"xen,xen-bootargs\0", b"Xen,xen-4.20\0", b"xen,xen-4.20\0xen,xen-4.17\0")),
    (xen(b"xen,xen-4.20\0xen,xen-4.20\0"), "420 '.4'"),
    # cut anywhere: nothing behind the end is read
    (xen()[:-57], "420 ''"), (xen()[:-90], "0 ''"), (image(0, 0x1000) + b"xen,xen-4.20", "0 ''"),
    # who has changed it for himself says so behind its number
    *((xen(greeting=f"Xen 4.20{extra} (c/s x) EFI loader"), f"420 '{extra}'{fork}") for extra, fork in (
        ("", ""), (".0-rc", ""), ("-rc4", ""), (".5-pre", ""), ("-unstable", " fork"),
        (".4-acme", " fork"), ("-acme1", " fork"), (".4.acme", " fork"), ("acme", " fork"))),
    (xen(greeting=f"Xen 4.20{'.' * 24} (c/s"), "420 ''"), (xen(greeting="Xen 4.20.4 (c"), "420 ''"),
    (xen(greeting="Xen four (c/s"), "420 ''"),
])
def test_release_of_an_image(build, tmp_path, held, said):
    (tmp_path / "file").write_bytes(held)
    done = subprocess.run([build("image"), tmp_path / "file"], capture_output=True, text=True)
    assert done.stdout.splitlines()[1] == said and not done.stderr


def behind(room, size, name=b"xen,xen-4.20\0xen,xen\0"):
    """A header that says `room`, a release in `size` bytes of image, and another one behind them."""
    head = image(0, room) + name
    return head + bytes(size - len(head)) + b"xen,xen-4.17\0xen,xen\0"


@pytest.mark.slow
@pytest.mark.parametrize("held, release", [
    ((0x400, 0x400), 420), ((0x400, 0x400, b""), 0), ((0x416, 0x400), 0),
    ((0, 64 << 20), 420), ((0, (64 << 20) - 0x16), 0)],
    ids=["behind it", "only there", "inside", "behind what any has", "where one may have it"])
def test_release_of_the_image_alone(build, tmp_path, held, release):
    """What a module has behind the image that its header tells of is not looked at."""
    (tmp_path / "file").write_bytes(behind(*held))
    done = subprocess.run([build("image"), tmp_path / "file"], capture_output=True, text=True)
    assert done.stdout.splitlines()[2] == str(release) and not done.stderr


# Parts of what tells a release: what is nearly one, or has one in it.
PIECES = [b"xen,xen-", b"xen,", b"xe", b"x", b"X", b"\0", b"-4.20\0", b"XeXeX\0e\0n", b"xxexXenxen,xen", bytes(16),
          bytes(range(256)), *(words.encode("utf-16le") for words in ("Xen 4.20", "Xen ", "X", "e", " (c/s"))]


def pieces(random):
    """Mostly of one release, and at times of another one."""
    whole = [b"xen,xen-4.17\0", b"xxen,xen-4.17\0", b"xen,xen,xen-4.17\0",
             *(extra + "Xen 4.17.7 (c/s".encode("utf-16le") for extra in (b"", b"x", b"X\0", b"X"))]
    other = [b"xen,xen-4.20\0", "Xen 4.20-rc1 (c/s".encode("utf-16le")]
    for _ in range(random.choice([1, 2, 60])):
        yield random.choice(random.choices([whole, PIECES, other], [6, 12, 1])[0])
        yield random.choice([b"", random.randbytes(random.randrange(90)), bytes(random.randrange(90))])


def plain_release(held):
    """Every place is looked at, one after the other."""
    found, extra = set(), ""
    for at in range(len(held)):
        name = re.match(rb"xen,xen-(\d\d?)\.(\d\d?)\0", held[at:at + 15]) if len(held) - at >= 16 else None
        if name and (release := 100 * int(name[1]) + int(name[2])):
            found.add(release)
        letters = held[at:at + 126]
        end = next((one for one in range(1, len(letters), 2) if letters[one]), len(letters) | 1)
        greeting = re.match(rb"Xen \d\d?\.\d\d?(?!\d)([^\0]*?) \(c/s", letters[:end - 1:2])
        if greeting and len(greeting[1]) < 24:
            extra = greeting[1].decode("latin-1")
    return f"{found.pop() if len(found) == 1 else 0} '{extra}'"


@pytest.mark.parametrize("seed", range(120))
def test_release_as_a_plain_search_finds_it(build, tmp_path, seed):
    random = Random(seed)
    held = image(0, 0x1000) + b"".join(pieces(random))
    held = held[:len(held) - random.choice([0, 0, 1, 2, 3, 20])]
    (tmp_path / "file").write_bytes(held)
    done = subprocess.run([build("image"), tmp_path / "file"], capture_output=True)
    said = done.stdout.splitlines()[1].decode("latin-1")
    assert said.removesuffix(" fork") == plain_release(held) and not done.stderr


@with_each_release
def test_release_of_a_real_xen(build, guests):
    done = subprocess.run([build("image"), guests / "xen"], capture_output=True, text=True)
    named = re.search(r"^xen-hypervisor-(\d+)\.(\d+)", (guests / "versions").read_text(), re.M)
    assert done.stdout.splitlines()[2] == "".join(named.groups()) and not done.stderr
