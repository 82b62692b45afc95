# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Configs of ImageBuilder: read without a shell, and nothing of them lost in silence."""
import subprocess
import sys

import pytest

from places import ROOT

sys.path.insert(0, str(ROOT / "image"))
import imagebuilder  # noqa: E402
import shellwords  # noqa: E402
from trouble import Trouble  # noqa: E402


def parse(text):
    return shellwords.parse("config", text)


WORDS = [
    ('A="one two"', {"A": {0: "one two"}}),
    ("A='one \"two\" $x'", {"A": {0: 'one "two" $x'}}),
    ("A=one B=two; C=three", {"A": {0: "one"}, "B": {0: "two"}, "C": {0: "three"}}),
    ("# A=1\nA=2 # B=3\n", {"A": {0: "2"}}),
    ("A=one#two", {"A": {0: "one#two"}}),
    ('A[1]="x" # y\nA[0]=z', {"A": {1: "x", 0: "z"}}),
    ('A="x \\\n  y"', {"A": {0: "x   y"}}),
    ("A=x\\\ny", {"A": {0: "xy"}}),
    ('A=(one "two three"\n # no\n four)', {"A": {0: "one", 1: "two three", 2: "four"}}),
    ("A=(one)\nA+=(two)\nA[0]+=s", {"A": {0: "ones", 1: "two"}}),
    ('A="a\\"b\\\\c\\$d\\n"', {"A": {0: 'a"b\\c$d\\n'}}),
    ("A=a\\ b", {"A": {0: "a b"}}),
    ("A=\nB=''", {"A": {0: ""}, "B": {0: ""}}),
    ("export A=1", {"A": {0: "1"}}),
    ("A=1\r\nB=2\r\n", {"A": {0: "1"}, "B": {0: "2"}}),
    ("A=x'y z'\"w\"", {"A": {0: "xy zw"}}),
    ("A=1\nA=2", {"A": {0: "2"}}),
    ("", {}),
]


@pytest.mark.parametrize("text, words", WORDS)
def test_words(text, words):
    assert parse(text) == words


@pytest.mark.parametrize("text, words", WORDS)
def test_bash_reads_the_same(text, words):
    """These texts run nothing; bash itself is the oracle of what they mean."""
    names = " ".join(words)
    shown = f'for n in {names}; do declare -n a=$n; for i in "${{!a[@]}}"; do ' \
            'printf "%s\\0%s\\0%s\\0" $n "$i" "${a[$i]}"; done; done'
    done = subprocess.run(["bash", "--norc"], input=f"{text}\n{shown}".replace("\r\n", "\n").encode(),
                          check=True, capture_output=True, env={})
    said = done.stdout.decode().split("\0")[:-1]
    found = {}
    for name, index, value in zip(said[::3], said[1::3], said[2::3]):
        found.setdefault(name, {})[int(index)] = value
    assert found == words


@pytest.mark.parametrize("text, line, said", [
    ('A=1\nB="$A"', 2, "refers"), ("A=${B}", 1, "refers"), ("A=$(id)", 1, "refers"),
    ("A=1\n\nB=`id`", 3, "runs a program"), ('A="`id`"', 1, "runs a program"),
    ("A=1 &", 1, "not an assignment"), ("A=1|cat", 1, "needs a shell"), ("A=1>x", 1, "needs a shell"),
    ("A=~/x", 1, "needs a shell"), ("A = 1", 1, "not an assignment"), ("id", 1, "not an assignment"),
    ("if true; then\nA=1\nfi", 1, "not an assignment"), ("A[i]=1", 1, "not an assignment"),
    ("A=1\n. other", 2, "not an assignment"), ('A="x', 1, "not closed"), ("A='x", 1, "not closed"),
    ("A=(x", 1, "not closed"), ("A=1\\\n\nB=$X", 3, "refers"), ("A=(x)y", 1, "after a value"),
])
def test_what_needs_a_shell_is_refused(text, line, said):
    with pytest.raises(Trouble) as trouble:
        parse(text)
    assert f"config, line {line}: " in str(trouble.value) and said in str(trouble.value)
    assert "what to do: " in str(trouble.value)


# ---- whole configs --------------------------------------------------------------------------

SMALL = """
MEMORY_START="0x40000000"
MEMORY_END="0xC0000000"
DEVICE_TREE="board.dtb"
XEN="xen"
XEN_CMD="console=dtuart dom0_mem=512M"
DOM0_KERNEL="Image"
DOM0_CMD="console=hvc0 root=/dev/mmcblk0p2 rw"
NUM_DOMUS=0
"""
TWO = """
MEMORY_START=0x0
MEMORY_END=0x80000000
XEN=xen DEVICE_TREE=board.dtb
DOM0_KERNEL=Image DOM0_RAMDISK=dom0.cpio
DOM0_MEM=768 DOM0_VCPUS=2
NUM_DT_OVERLAY=1
DT_OVERLAY[0]=cape.dtbo
NUM_DOMUS=2
DOMU_KERNEL[0]=Image
DOMU_RAMDISK[0]=guest.cpio
DOMU_KERNEL[1]=guest/Image
DOMU_RAMDISK[1]=guest.cpio
DOMU_CMD[1]="console=ttyAMA0 init=/bin/sh"
DOMU_MEM[1]=6144
DOMU_VCPUS[1]=3
DOMU_VPL011[1]=0
DOMU_ENHANCED[1]=2
DOMU_NR_SPIS[1]=0x20
"""
PASSED = SMALL.replace("NUM_DOMUS=0", """NUM_DOMUS=1
DOMU_KERNEL[0]=Image
DOMU_PASSTHROUGH_DTB[0]=eth.dtb
DOMU_PASSTHROUGH_PATHS[0]="/amba/ethernet@ff0e0000 /amba/serial@ff010000"
""")
STATIC = SMALL.replace("NUM_DOMUS=0", """NUM_DOMUS=2
DOMU_KERNEL=(Image Image)
DOMU_STATIC_MEM[0]="0x60000000 0x10000000 0x880000000 0x20000000"
DOMU_STATIC_MEM[1]="0x70000000 0x10000000"
DOMU_DIRECT_MAP[1]=0
DOMU_ENHANCED=(0 0)
DOMU_SHARED_MEM[0]="shm-0 0x50000000 0x6000000 0x100000"
DOMU_SHARED_MEM[1]="shm-0 0x6000000 0x100000"
DOMU_COLORS[1]="4-7"
""")


@pytest.fixture
def read(tmp_path):
    for name in ("xen", "Image", "board.dtb", "dom0.cpio", "guest.cpio", "guest/Image", "eth.dtb",
                 "cape.dtbo"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()

    def config(text, **more):
        (tmp_path / "config").write_text(text)
        return imagebuilder.read(tmp_path / "config", **more)
    return config


def relative(config):
    return {key: str(path.relative_to(config.folder)) for key, path in config.files.items()}


def test_dom0_alone(read):
    config = read(SMALL)
    assert config.ram == (0x40000000, 0x80000000) and config.tree.name == "board.dtb"
    assert relative(config) == {"xen": "xen", "kernel": "Image"}
    assert config.xen_line == "console=dtuart dom0_mem=512M"
    assert config.dom0_line == "console=hvc0 root=/dev/mmcblk0p2 rw"
    assert config.domus == [] and config.warnings == []


def test_two_domains(read):
    config = read(TWO)
    assert config.xen_line.startswith("console=dtuart dtuart=serial0 dom0_mem=768M dom0_max_vcpus=2 ")
    assert config.dom0_line.endswith(" clk_ignore_unused root=/dev/ram0")
    assert [path.name for path in config.overlays] == ["cape.dtbo"]
    # What is shared is loaded once.
    assert relative(config) == {"xen": "xen", "kernel": "Image", "ramdisk": "dom0.cpio",
                                "domu0_ramdisk": "guest.cpio", "domu1_kernel": "guest/Image"}
    first, second = config.domus
    assert first.properties == {
        "compatible": ["xen,domain"], "#address-cells": (2,), "#size-cells": (2,),
        "memory": (0, 0x80000), "cpus": (1,), "vpl011": (), "xen,enhanced": ["enabled"]}
    assert [(module.file, module.line) for module in first.modules] == [
        ("kernel", "console=ttyAMA0"), ("domu0_ramdisk", None)]
    assert second.properties == {
        "compatible": ["xen,domain"], "#address-cells": (2,), "#size-cells": (2,),
        "memory": (0, 6 << 20), "cpus": (3,), "nr_spis": (32,), "xen,enhanced": ["no-xenstore"]}
    assert second.modules[0].compatible == ("multiboot,kernel", "multiboot,module")
    assert second.modules[0].line == "console=ttyAMA0 init=/bin/sh"
    assert len(config.warnings) == 1 and "XEN_CMD: is not set" in config.warnings[0]


def test_memory_of_more_than_4_tib_has_its_high_cell(read):
    assert read(TWO.replace("6144", "8388608")).domus[1].properties["memory"] == (2, 0)


def test_no_virtual_uart_means_no_console_for_it(read):
    assert read(TWO + "DOMU_VPL011[0]=0").domus[0].modules[0].line is None


def test_a_device_that_is_passed_through(read):
    config = read(PASSED)
    assert config.passthrough == ["/amba/ethernet@ff0e0000", "/amba/serial@ff010000"]
    assert config.domus[0].modules[1].compatible == ("multiboot,device-tree", "multiboot,module")
    with pytest.raises(Trouble, match=r"DOMU_PASSTHROUGH_PATHS\[0\]: needs a partial tree"):
        read(PASSED.replace("DOMU_PASSTHROUGH_DTB[0]=eth.dtb", ""))


def test_static_memory(read):
    first, shared, second, other = read(STATIC).domus
    assert first.properties["xen,static-mem"] == (0, 0x60000000, 0, 0x10000000, 8, 0x80000000, 0,
                                                  0x20000000)
    assert first.properties["direct-map"] == () and "direct-map" not in second.properties
    assert "xen,enhanced" not in first.properties and second.properties["llc-colors"] == ["4-7"]
    assert shared.path == "/chosen/domU0/shared-mem@50000000"
    assert shared.properties["xen,shared-mem"] == (0, 0x50000000, 0, 0x6000000, 0, 0x100000)
    assert other.properties["xen,shared-mem"] == (0, 0x6000000, 0, 0x100000)
    narrow = read(STATIC.replace("0x880000000", "0x80000000"), width=1).domus[0].properties
    assert narrow["xen,static-mem"][:2] == (0x60000000, 0x10000000)
    with pytest.raises(Trouble, match=r"DOMU_STATIC_MEM\[0\]: 0x880000000 does not fit"):
        read(STATIC, width=1)
    assert narrow["#address-cells"] == (1,) and narrow["memory"] == (0, 0x80000)


def test_a_domain_that_xen_does_not_start(read):
    config = read(PASSED.replace("DOMU_PASSTHROUGH_DTB[0]=eth.dtb", "DOMU_NOBOOT[0]=1"))
    assert config.domus == [] and len(config.passthrough) == 2
    assert any("DOMU_NOBOOT[0]" in warning for warning in config.warnings)


def test_more_domains_than_are_started(read):
    config = read(TWO.replace("NUM_DOMUS=2", "NUM_DOMUS=1"))
    assert len(config.domus) == 1
    assert sum("this domain is not started" in warning for warning in config.warnings) == 8


@pytest.mark.parametrize("name", sorted(imagebuilder.grouped(imagebuilder.IDLE)))
def test_what_has_no_effect_is_said(read, name):
    config = read(SMALL + f'{name}="x"\n')
    assert len([one for one in config.warnings if f"config: {name}: has no effect: " in one]) == 1


@pytest.mark.parametrize("name", sorted(imagebuilder.grouped(imagebuilder.REFUSED)))
def test_what_cannot_be_taken_over_stops_it(read, name):
    with pytest.raises(Trouble, match=f"config: {name}: dtshim does not support it"):
        read(SMALL + f'{name}="x"\n')
    assert not read(SMALL + f'{name}=""\n').warnings


@pytest.mark.parametrize("old, new, said", [
    ('"0xC0000000"', '"much"', "MEMORY_END: 'much' is not a number"),
    ('"0xC0000000"', '"0x100"', "the end after the start"),
    ('XEN="xen"', "", "XEN: is missing"),
    ('DOM0_KERNEL="Image"', "", "DOM0_KERNEL: is missing"),
    ('"Image"', '"image"', "DOM0_KERNEL: there is no file"),
    ("NUM_DOMUS=0", "NUM_DOMUS=1", "DOMU_KERNEL[0]: is missing"),
    ("NUM_DOMUS=0", "NUM_DOMUS=one", "NUM_DOMUS: 'one' is not a number"),
    ("NUM_DOMUS=0", "NUM_DOMUS=1 DOMU_KERNEL=Image DOMU_VPL011=2", "DOMU_VPL011[0]: 2 is neither"),
    ("NUM_DOMUS=0", "NUM_DOMUS=1 DOMU_KERNEL=Image DOMU_ENHANCED=3", "DOMU_ENHANCED[0]: '3' is not one of 0, 1, 2"),
    ("NUM_DOMUS=0", "NUM_DOMUS=1 DOMU_KERNEL=Image DOMU_STATIC_MEM=0x1", "does not have 2 numbers"),
    ("NUM_DOMUS=0", "NUM_DOMUS=1 DOMU_KERNEL=Image DOMU_SHARED_MEM=x", "a name and two or three"),
    ("NUM_DOMUS=0", "NUM_DOMUS=1 DOMU_KERNEL=Image DOMU_VCPUS=-1", "DOMU_VCPUS[0]: '-1' is not"),
    ("NUM_DOMUS=0", "NUM_DOMUS=1 DOMU_KERNEL=Image DOMU_MEM=0x100000000", "a number that fits"),
    ("NUM_DOMUS=0", "NUM_DT_OVERLAY=1", "DT_OVERLAY[0]: is missing"),
    ("NUM_DOMUS=0", "DOMU_RAMDISC[0]=x", "DOMU_RAMDISC: dtshim does not know this setting"),
])
def test_wrong_values_are_named(read, old, new, said):
    with pytest.raises(Trouble) as trouble:
        read(SMALL.replace(old, new))
    assert said in str(trouble.value)


def test_what_is_no_text(tmp_path):
    (tmp_path / "config").write_bytes(b"XEN=\xff\n")
    with pytest.raises(Trouble, match="config"):
        imagebuilder.read(tmp_path / "config")
    with pytest.raises(Trouble, match="No such file"):
        imagebuilder.read(tmp_path / "none")


def test_lines_for_the_script(read):
    config = read(PASSED)
    lines = [line for line in imagebuilder.script_lines(config) if not line.startswith("setexpr")
             and "/kernel " not in line and "_tree " not in line]
    assert lines == [
        "fdt set /amba/ethernet@ff0e0000 xen,passthrough",
        "fdt set /amba/serial@ff010000 xen,passthrough",
        "fdt mknode /chosen domU0",
        "fdt set /chosen/domU0 compatible 'xen,domain'",
        "fdt set /chosen/domU0 \\#address-cells <0x2>",
        "fdt set /chosen/domU0 \\#size-cells <0x2>",
        "fdt set /chosen/domU0 memory <0x0 0x80000>",
        "fdt set /chosen/domU0 cpus <0x1>",
        "fdt set /chosen/domU0 vpl011",
        "fdt set /chosen/domU0 xen,enhanced 'enabled'",
        "fdt mknode /chosen/domU0 kernel",
        "fdt mknode /chosen/domU0 domu0_tree"]
    assert "fdt set /chosen/domU0/kernel bootargs 'console=ttyAMA0'" in list(
        imagebuilder.script_lines(config))
