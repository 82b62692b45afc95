# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The library as the stages have it makes byte for byte what the host tool makes.

test/bytes is linked from the stage's own objects and lies in memory like the stage. It
takes a bundle of trees and a policy, and prints lengths and digests of what it makes.
"""
import hashlib
import re
import struct
import subprocess

import libfdt
import pytest

import board as emulated
from for_xen import some_boards
from patience import patience
from places import BOARD32_BUILD, BOARD_BUILD, BUILD, GUESTS

BUNDLE = 0x50000000
AT_32 = 0x48000000
HEAD, ENTRY = struct.Struct("<8sQQQ"), struct.Struct("<QQ")  # as in test/bytes/main.c
STEP = 3  # every so many boards with the timer that Xen needs, of 900; fewer of the others

SIZE = {"dom0-mem": "128M"}
RAM = {"ram": "0x80000000:1G", **SIZE}
POLICIES = {
    "xen": {"contract": "xen", **RAM},
    "native": {"contract": "native", "offset-in": "both", "machine-base": "0x90000000", **RAM},
    "domain": {"layout": "offset", "passthrough": "all-dma", "machine-base": "0xa0000000",
               "xen-features": "static-mem large-tree", **RAM},
    "own RAM": SIZE,
}


PLANNED_32 = {"xen": 50, "native": 170, "domain": 50, "own RAM": 18}


def make_bundle(policy, trees):
    table, body, start = b"", bytearray(), HEAD.size + ENTRY.size * len(trees)
    for tree in trees:
        table += ENTRY.pack(start + len(body), len(tree))
        body += tree + bytes(-len(tree) % 8)
    words = "".join(f"{name}\0{value}\0" for name, value in policy.items()).encode() + b"\0"
    head = HEAD.pack(b"dtbundle", start + len(body) + len(words), start + len(body), len(trees))
    return head + table + body + words


def start_arm64():
    return [*emulated.machine_arguments(), "-kernel", BOARD_BUILD / "bytes.img"]


def start_arm32():
    """As a kernel QEMU would enter it with a tree where the image has its memory."""
    return [*emulated.machine32_arguments(ram="2G"),
            "-device", f"loader,file={BOARD32_BUILD}/bytes.img,addr={AT_32:#x},force-raw=on",
            "-device", f"loader,addr={AT_32:#x},cpu-num=0"]


def on_the_stage(folder, policy, trees, start=start_arm64):
    """What each tree becomes, as test/bytes says it."""
    (folder / "bundle").write_bytes(make_bundle(policy, trees))
    done = subprocess.run([*start(),
                           "-device", f"loader,file={folder}/bundle,addr={BUNDLE:#x},"
                                      "force-raw=on"],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=patience(120))
    lines = done.stdout.splitlines()
    assert lines and lines[-1] == "end", done.stdout[-1000:] + done.stderr
    assert [line.split()[0] for line in lines[:-1]] == [str(at) for at in range(len(trees))]
    return [line.split(" ", 1)[1] for line in lines[:-1]]


def outcome(folder, number, refused):
    """The same words, from what the tool wrote."""
    files = [folder / f"{number}.dtb", folder / f"{number}.domain.dtb"]
    made = [path.read_bytes() for path in files if path.exists()]
    if not made:
        return refused[str(number)]
    return " ".join(["ok", *(f"{len(tree)} {hashlib.sha256(tree).hexdigest()}" for tree in made)])


def on_the_host(folder, policy, trees):
    (folder / "trees").mkdir()
    names = [f"trees/{number}.dtb" for number in range(len(trees))]
    for name, tree in zip(names, trees):
        (folder / name).write_bytes(tree)
    options = [word for name, value in policy.items() for word in ("--" + name, value)]
    done = subprocess.run([BUILD / "dtshim", "apply", "-j", "2", *options, *names, "-o", "host/"],
                          cwd=folder, capture_output=True, text=True, timeout=patience(120))
    refused = dict(re.findall(r"^dtshim: trees/(\d+)\.dtb: .*\[(\S+)\]$", done.stderr, re.M))
    return [outcome(folder / "host", number, refused) for number in range(len(trees))]


def some_trees(step):
    """Evenly from the boards of both architectures."""
    return [path.read_bytes() for path in some_boards(step)]


@pytest.mark.slow
@pytest.mark.parametrize("name", POLICIES)
def test_corpus(tmp_path, record_property, name):
    policy = POLICIES[name]
    trees = some_trees(STEP)
    told = on_the_host(tmp_path, policy, trees)
    assert on_the_stage(tmp_path, policy, trees) == told
    planned = [one.split() for one in told if one.startswith("ok ")]
    assert len(planned) >= (60 if name == "own RAM" else 200)
    assert name != "domain" or all(len(one) == 5 for one in planned)
    what = f"arm64 stage, as the tool, {name}"
    record_property("corpus", {f"{what}: the same bytes": len(planned),
                               f"{what}: refused": len(trees) - len(planned)})


@pytest.mark.slow
@pytest.mark.parametrize("name", POLICIES)
def test_corpus_of_arm32(tmp_path, record_property, name):
    """Every fifth of its boards."""
    policy = POLICIES[name]
    trees = [path.read_bytes() for path in sorted((GUESTS / "dtbs/armhf").rglob("*.dtb"))[::5]]
    told = on_the_host(tmp_path, policy, trees)
    assert on_the_stage(tmp_path, policy, trees, start_arm32) == told
    planned = [one for one in told if one.startswith("ok ")]
    assert len(trees) > 150 and len(planned) >= PLANNED_32[name]
    what = f"arm32 stage, as the tool, {name}"
    record_property("corpus", {f"{what}: the same bytes": len(planned),
                               f"{what}: refused": len(trees) - len(planned)})


def planned_trees(folder):
    """Some that Xen boots on, and what the host makes of them."""
    (folder / "all").mkdir()
    trees = some_trees(60)
    told = on_the_host(folder / "all", POLICIES["xen"], trees)
    planned = [pair for pair in zip(trees, told) if pair[1].startswith("ok ")]
    assert len(planned) >= 8
    return zip(*planned)


@pytest.mark.slow
def test_another_policy_is_seen(tmp_path):
    trees, told = planned_trees(tmp_path)
    said = on_the_stage(tmp_path, {**POLICIES["xen"], "dom0-mem": "64M"}, trees)
    assert all(one.startswith("ok ") and one != other for one, other in zip(said, told))


def test_one_byte_is_seen(tmp_path):
    """In the name of one of the boards."""
    trees, told = planned_trees(tmp_path)
    changed = bytearray(trees[3])
    changed[trees[3].index(bytes(libfdt.FdtRo(trees[3]).getprop(0, "model")))] ^= 1
    said = on_the_stage(tmp_path, POLICIES["xen"], [*trees[:3], bytes(changed), *trees[4:]])
    assert [at for at in range(len(trees)) if said[at] != told[at]] == [3]
    assert said[3].split()[:2] == told[3].split()[:2]
