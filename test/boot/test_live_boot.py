# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""--live, run as root by busybox under Debian's Linux: on the board, and in Xen's dom0."""
import subprocess

import pytest

import board as emulated
from chain import BRIEF, stub
from dom0 import BASE, Case, DEVICES, DOM0, KERNEL, RAMDISK, START, TREE
from places import BUILD, ROOT, with_each_release

pytestmark = pytest.mark.slow

LIVE = BUILD / "live/dtshim"
# A command's words, a line each, and how it ended.
RUN = """
run() { name=$1; shift; /dtshim "$@" >/out 2>&1; code=$?
	while read -r line; do echo "@@ $name: $line"; done </out; echo "@@ $name ends $code"; }
"""


@pytest.fixture(scope="module", autouse=True)
def tool():
    if not LIVE.exists():
        pytest.skip("the tool for the board's own Linux was not built: make live does that")


# ---- the board's own Linux --------------------------------------------------------------------------

def plain_linux(folder, guests, script, **machine):
    """Linux, started as a boot loader would: its ramdisk in /chosen, and reserved."""
    ramdisk = emulated.make_initramfs(guests, folder / "initrd", DEVICES + RUN + script, [LIVE])
    size = ramdisk.stat().st_size
    own = emulated.board_tree(folder / "board.dtb", guests, **machine)
    source = subprocess.run(["dtc", "-q", "-I", "dtb", "-O", "dts", own], check=True,
                            capture_output=True, text=True).stdout
    source = source.replace("/dts-v1/;", f"/dts-v1/;\n/memreserve/ {RAMDISK:#x} {size:#x};", 1)
    source += f"""/ {{ chosen {{ bootargs = "console=ttyAMA0 rdinit=/init quiet {BRIEF}";
        linux,initrd-start = <{RAMDISK:#x}>; linux,initrd-end = <{RAMDISK + size:#x}>; }}; }};"""
    subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb", "-o", folder / "in.dtb"], check=True,
                   input=source, text=True)
    files = {KERNEL: guests / "Image", RAMDISK: ramdisk, TREE: folder / "in.dtb",
             START: stub(folder / "stub", KERNEL, TREE)}
    with emulated.Board(guests, folder / "linux.log", files=files, firmware=False,
                        extra=["-device", f"loader,addr={START:#x},cpu-num=0"], **machine) as board:
        return board.finish()


@with_each_release
def test_plan_on_the_board(guests, tmp_path):
    said = plain_linux(tmp_path, guests, """
run plan plan --live
run forecast forecast --live --xen-version 4.17
run apply apply --live -o /applied.dtb
run again forecast /applied.dtb
run check check --live
""")
    assert said.one("plan ends") == said.one("forecast ends") == said.one("apply ends") == "0"
    assert said.one("again ends") == "0"
    assert [one.split()[:2] for one in said.all("plan:") if one.startswith(("RAM  ", "dom0  "))] == [
        ["RAM", "0x40000000-0xbfffffff"], ["dom0", f"{BASE:#x}-{BASE + DOM0 - 1:#x}"]]
    words = " ".join(said.all("plan:"))
    assert "from the memory nodes, and /proc/iomem of the running Linux agrees" in words
    assert f"{RAMDISK:#x}" not in words, "the old ramdisk's place"
    assert said.one("forecast:").startswith("Xen 4.17 starts dom0 with 512 MiB at ")
    assert f"Xen 4.20 starts dom0 with 512 MiB at {BASE:#x}" in said.all("again:")
    assert said.one("check ends") in "01"


# ---- dom0 ---------------------------------------------------------------------------------------------

# doc/guide/bring-up.rst's script, as it runs in a dom0 that has busybox alone.
COLLECT = """
mkdir -p /bin /tmp; /busybox --install -s /bin; export PATH=/bin
/bring-up-report -t /dtshim /report.tar >/out 2>&1; echo "@@ report ends $?"
while read -r line; do echo "@@ report: $line"; done </out
tar -xf /report.tar
while read -r line; do echo "@@ inside $line"; done </bring-up/check
for name in /bring-up/*; do echo "@@ collected ${name##*/} $(wc -c <$name)"; done
hexdump -v -e '1/1 "%02x"' -n 8 /bring-up/tree.dtb >/out; echo "@@ tree $(cat /out)"
grep -ci "command line: " /bring-up/dmesg >/out; echo "@@ lines $(cat /out)"
"""
DOM0_SCRIPT = RUN + """
run check check --live
run plan plan --live
""" + COLLECT
BODY = """bus@b000000 { compatible = "simple-bus"; #address-cells = <2>; #size-cells = <2>; ranges;
    dma-ranges = <0 0x40000000 0 0x40000000 0 0x40000000>;
    dev@b000000 { compatible = "test,dev"; reg = <0 0xb000000 0 0x1000>; }; };"""


def case_of(folder, guests, script=DOM0_SCRIPT):
    return Case(folder, BODY, script, guests=guests, files=[LIVE, ROOT / "scripts/bring-up-report"])


def report(board):
    with board:
        return board.finish()


@with_each_release
def test_check_in_dom0(guests, tmp_path):
    said = report(case_of(tmp_path, guests).with_dtshim())
    assert said.one("check:") == "/sys/firmware/fdt: the promises of the record hold"
    assert said.one("check ends") == "0"
    assert said.one("plan ends") == "2"
    assert "this is dom0 of Xen" in " ".join(said.all("plan:"))
    expect_collected(said)


def expect_collected(said):
    assert said.one("report ends") == "0", said.all("report:")
    sizes = {name: int(size) for name, size in map(str.split, said.all("collected"))}
    assert set(sizes) == {"check", "cmdline", "contents", "cpuinfo", "dmesg", "iomem", "kernel", "plan",
                          "tree.dtb"} and all(sizes.values())
    assert "/sys/firmware/fdt: the promises of the record hold" in said.all("inside")
    assert "exit 0" in said.all("inside")
    magic, size = said.one("tree")[:8], int(said.one("tree")[8:], 16)
    assert magic == "d00dfeed" and size == sizes["tree.dtb"] and int(said.one("lines")) >= 1
    assert "(no xl-dmesg: what Xen says (xl dmesg))" in said.all("report:")


@with_each_release
def test_a_record_of_something_else(guests, tmp_path):
    """Xen does as the plan says, and the record was changed behind its back."""
    case = case_of(tmp_path, guests)
    case.with_dtshim().__exit__()
    out = tmp_path / "out.dtb"
    record = "/chosen/dtshim/record"
    for name, value in ("dom0-memory", ["0", "50000000", "0", f"{DOM0:x}"]), \
            ("machine-block", ["0", "50000000", "0", f"{DOM0:x}"]):
        subprocess.run(["fdtput", "-t", "x", out, record, name, *value], check=True)
    subprocess.run(["fdtput", "-t", "s", out, record, "xen-version", "4.19"], check=True)
    subprocess.run(["fdtput", "-t", "x", out, "/bus@b000000", "dma-ranges", "0", "40000000", "0",
                    "40000000", "0", "10000000"], check=True)
    said = report(case.start(out, {one["kind"]: int(one["to"], 16) for one in case.plan["modules"]}))
    words = said.all("check:")
    assert said.one("check ends") == "1"
    for rule, what in (("promise-memory", f"dom0 has {BASE:#x}-{BASE + DOM0 - 1:#x} instead of "
                        "0x50000000-0x6fffffff"),
                       ("promise-release", "and the record is for Xen 4.19"),
                       ("promise-window", "/bus@b000000/dev@b000000: ")):
        assert [line for line in words if f": {rule}: " in line and what in line], (rule, words)
