# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""
Where each release of Xen takes dom0's memory from. What stands in memory_maps.py was seen in
boots (test/boot/test_banks.py); other expectations are written by hand from Xen's sources.
"""
import subprocess

import pytest

from memory_maps import MAPS, XEN_ROOM

RELEASES = range(17, 23)
MIB = 1 << 20


@pytest.fixture(name="foretell")
def fixture_foretell(build, make_tree):
    program = build("memory")

    def foretell(release, body, *boot):
        done = subprocess.run([program, str(release), make_tree(body), *boot], check=True,
                              capture_output=True, text=True)
        return done.stdout.splitlines()
    return foretell


def banks(lines):
    return [tuple(int(word, 16) for word in line.split()[1:]) for line in lines
            if line.startswith("bank ")]


def is_sure(lines):
    return lines[0].endswith(" sure")


@pytest.mark.parametrize("name, release", [(name, release) for name, one in MAPS.items()
                                           for release in one.seen])
def test_what_was_seen(foretell, name, release):
    one = MAPS[name]
    lines = foretell(release, one.body() + one.cpus(), f"image={one.xen:x}:{XEN_ROOM:x}",
                     f"tree={one.tree:x}")
    assert is_sure(lines)
    if isinstance(one.seen[release], list):
        assert banks(lines) == one.seen[release]
    else:
        assert lines[-1].split(" | ")[1] == one.seen[release]


RAM = 'memory@80000000 { device_type = "memory"; reg = <0 0x80000000 0 0x80000000>; };'
XEN = "image=c0000000:150000"


def with_line(line):
    return RAM + (f'chosen {{ xen,xen-bootargs = "{line}"; xen,dom0-bootargs = "quiet"; }};'
                  'cpus { cpu@0 { device_type = "cpu"; compatible = "arm,cortex-a57"; }; };')


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("line, size", [
    ("", 512 * MIB), ("dom0_mem=256M", 256 * MIB), ("dom0_mem=262144", 256 * MIB),
    ("dom0_mem=0x40000k", 256 * MIB), ("dom0_mem=01000M", 512 * MIB), ("dom0_mem=1g", 1024 * MIB),
    ("dom0_mem=128M dom0_mem=64M", 64 * MIB), ("dom0_mem=512M,max:768M", 512 * MIB),
    ("dom0_mem=min:256M", 512 * MIB), ("dom0_mem=0", 512 * MIB), ("dom0_mem=134217728b", 128 * MIB),
    ("dom0_mem", 512 * MIB), ("dom0_memory=64M", 512 * MIB)])
def test_dom0_mem(foretell, release, line, size):
    """Without a unit it is KiB; a leading 0 is octal; what stands behind the number is lost."""
    lines = foretell(release, with_line(line), XEN)
    assert lines[0].split()[:2] == ["size", f"{size:x}"]
    assert sum(end - base for base, end in banks(lines)) == size


@pytest.mark.parametrize("release", RELEASES)
def test_no_first_bank_for_a_32_bit_kernel(foretell, release):
    body = with_line("dom0_mem=128M").replace("<0 0x80000000 0 0x80000000>", "<1 0 0 0x80000000>")
    lines = foretell(release, body, "image=140000000:150000")
    assert sum(end - base for base, end in banks(lines)) == 128 * MIB
    lines = foretell(release, body, "image=140000000:150000", "kernel=32:0:0")
    assert lines[-1].split(" | ")[1] == "Unable to allocate first memory bank"


@pytest.mark.parametrize("release", RELEASES)
def test_the_first_bank_of_a_raspberry_pi_is_below_30_bits(foretell, release):
    body = with_line("dom0_mem=256M").replace("80000000", "20000000", 1).replace(
        "<0 0x80000000 0 0x80000000>", "<0 0x20000000 0 0x10000000 0 0x80000000 0 0x80000000>")
    assert banks(foretell(release, body, XEN)) == [(0x20000000, 0x30000000)]
    body = body.replace("0x10000000 0 0x80000000", "0x8000000 0 0x80000000")
    assert banks(foretell(release, body, XEN))[0][0] >= 0x80000000
    pi = '/dts-v1/; / { #address-cells = <2>; #size-cells = <2>; compatible = "brcm,bcm2711";'
    assert banks(foretell(release, pi + body + "};", XEN))[0] == (0x20000000, 0x28000000)
