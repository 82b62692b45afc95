# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""scripts/bring-up-report: what is in it, and what must not be."""
import os
import re
import subprocess
import tarfile

import pytest

from places import BUILD, ROOT
from trees import MEMORY

SCRIPT = ROOT / "scripts/bring-up-report"
LINE = "console=hvc0 root=UUID=6d6b7f3e-0000-4000-8000-00000000f00d rd.key=hunter2 quiet dom0_mem=1G"
PRIVATE = [b"hunter2", b"f00d", b"de:ad:be:ef:00:01", bytes.fromhex("deadbeef0001"), b"SN12345678", b"my-desk",
           bytes.fromhex("0102030405060708"), b"aa:bb:cc:dd:ee:0f"]
BODY = 'serial-number = "SN12345678";' + MEMORY + f"""
chosen {{ bootargs = "{LINE}"; kaslr-seed = <0x01020304 0x05060708>; stdout-path = "/serial@1"; }};
ethernet@100 {{ local-mac-address = [de ad be ef 00 01]; mac-address = [de ad be ef 00 01];
    phy-mode = "rgmii"; }};
bluetooth {{ local-bd-address = [de ad be ef 00 01]; }};
"""
LOGS = {"dmesg": f"""[    0.000000] Kernel command line: {LINE}
[    0.100000] Memory: 498M/512M available
[    1.000000] eth0: MAC de:ad:be:ef:00:01, irq 33
[    2.000000] usb 1-1: SerialNumber: SN12345678
[    3.000000] systemd[1]: Hostname set to <my-desk>.
""", "xl": f"""host                   : my-desk
(XEN) Command line: console=dtuart dom0_mem=512M cert=hunter2
(XEN) Latest ChangeSet: of a MAC aa:bb:cc:dd:ee:0f
"""}


@pytest.fixture
def machine(tmp_path, make_tree):
    """A copy of a board's proc and sys, and programs that say what its would."""
    root, programs = tmp_path / "board", tmp_path / "bin"
    for name, data in {"sys/firmware/fdt": make_tree(BODY).read_bytes(), "proc/cmdline": LINE.encode() + b"\n",
                       "proc/iomem": b"80000000-ffffffff : System RAM\n",
                       "proc/cpuinfo": b"CPU part : 0xd03\nSerial\t\t: SN12345678\n"}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    programs.mkdir()
    for name, text in LOGS.items():
        (programs / name).write_text(f"#!/bin/sh\ncat <<'END'\n{text}END\n")
        (programs / name).chmod(0o755)
    return root


def collect(machine, *words):
    """{file: bytes} of the tar, and what the script says."""
    folder = machine.parent
    done = subprocess.run([SCRIPT, *words, "-r", machine, "report.tar"], cwd=folder, check=True,
                          capture_output=True, text=True,
                          env={**os.environ, "PATH": f"{folder}/bin:/usr/bin:/bin"})
    assert done.stderr == ""
    with tarfile.open(folder / "report.tar") as tar:
        return {member.name.removeprefix("bring-up/"): tar.extractfile(member).read()
                for member in tar if member.isfile()}, done.stdout


def test_what_is_in_it(machine):
    found, said = collect(machine, "-t", BUILD / "dtshim")
    assert set(found) == {"contents", "kernel", "cmdline", "tree.dtb", "iomem", "cpuinfo", "dmesg", "xl-dmesg",
                          "xl-info", "check", "plan"}
    assert found["iomem"] == b"80000000-ffffffff : System RAM\n" and b"0xd03" in found["cpuinfo"]
    assert b"Memory: 498M" in found["dmesg"] and b"Latest ChangeSet" in found["xl-dmesg"]
    assert b"exit 0" in found["plan"] and b"dom0 gets" in found["plan"]
    listed = re.findall(r"^([\w.-]+): ", found["contents"].decode(), re.M)
    assert {*listed, "contents"} == set(found)
    assert found["contents"].decode() in said and "look through it before you send it" in said


def test_what_is_not_in_it(machine):
    """Wherever it stood: in the tree, in the logs, in a command line."""
    there = b"".join(path.read_bytes() for path in machine.rglob("*") if path.is_file()) + \
        "".join(LOGS.values()).encode()
    assert all(word in there for word in PRIVATE)
    found, _ = collect(machine, "-t", BUILD / "dtshim")
    assert [(name, word) for name, data in found.items() for word in PRIVATE if word in data] == []
    assert found["cmdline"].decode() == "console=hvc0 root=... rd.key=... quiet dom0_mem=1G\n"
    assert b"cert=..." in found["xl-dmesg"] and b"console=dtuart dom0_mem=512M" in found["xl-dmesg"]


def test_the_tree_is_the_boards_but_for_that(machine, read_tree, tmp_path):
    found, _ = collect(machine)
    own = (machine / "sys/firmware/fdt").read_bytes()
    (tmp_path / "copy.dtb").write_bytes(found["tree.dtb"])
    assert len(own) == len(found["tree.dtb"])
    def source(path):
        return subprocess.run(["dtc", "-q", "-I", "dtb", "-O", "dts", path], check=True, capture_output=True,
                              text=True).stdout.splitlines()
    before, after = source(machine / "sys/firmware/fdt"), source(tmp_path / "copy.dtb")
    changed = {re.split(r"[ ;]", one.strip())[0] for one, other in zip(before, after) if one != other}
    assert len(before) == len(after) and changed == {
        "serial-number", "bootargs", "kaslr-seed", "local-mac-address", "mac-address", "local-bd-address"}
    assert any('phy-mode = "rgmii"' in line for line in after)


@pytest.mark.parametrize("spoil", [lambda data: data[:60], lambda data: b"", lambda data: b"\0" + data[1:]],
                         ids=["cut", "empty", "no tree"])
def test_a_tree_that_cannot_be_read_is_not_sent(machine, spoil):
    """Nobody knows where its secrets lie."""
    path = machine / "sys/firmware/fdt"
    path.write_bytes(spoil(path.read_bytes()))
    found, said = collect(machine)
    assert "tree.dtb" not in found and "(no tree.dtb: " in said and "iomem" in found


def test_what_is_not_there_is_said(machine):
    (machine.parent / "bin/xl").unlink()
    (machine / "proc/iomem").unlink()
    found, said = collect(machine, "-t", "/nonexistent")
    assert not {"xl-dmesg", "xl-info", "iomem", "check", "plan"} & set(found)
    for name in "xl-dmesg", "xl-info", "iomem", "check":
        assert f"(no {name}: " in said


def test_other_words_are_refused():
    done = subprocess.run([SCRIPT, "-x"], capture_output=True, text=True)
    assert done.returncode == 2 and "usage: bring-up-report" in done.stderr
