# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""--entry: what becomes of a tree where Xen's own UEFI stub starts Xen, which goes by the firmware's map."""
import json

import jsonschema
import pytest

from places import ROOT
from trees import MEMORY

SCHEMA = json.loads((ROOT / "doc/reference/forecast.schema.json").read_text())
MIB = 1 << 20
WB, RUNTIME = 8, 1 << 63
CELLS = "#address-cells = <2>; #size-cells = <2>;"
REGION = "reserved-memory {" + CELLS + " ranges; r@90000000 { reg = <0 0x90000000 0 0x100000>; }; };"
MODULES = """chosen { %s bootargs = "dom0_mem=256M";
    module@a0000000 { compatible = "multiboot,module"; reg = <0 0xa0000000 0 0x1000000>; bootargs = "quiet", [1a]; };
    module@a2000000 { compatible = "multiboot,module"; reg = <0 0xa2000000 0 0x1000000>; }; };""" % CELLS
# U-Boot's efidebug memmap on 1 GiB, in 2025.01's words, with the piece that 2023.01's bootefi takes for the tree.
UBOOT = """\x1b7\x1b[r\x1b[999;999H\x1b[6n\x1b8Missing RNG device for EFI_RNG_PROTOCOL
Type             Start            End              Attributes
================ ================ ================ ==========
CONVENTIONAL     0000000040000000-0000000047f00000 WB
ACPI RECLAIM MEM 0000000047f00000-0000000048004000 WB
CONVENTIONAL     0000000048004000-000000007d54d000 WB
BOOT DATA        000000007d54d000-000000007d54f000 WB
RUNTIME DATA     000000007d54f000-000000007d550000 WB|RT
BOOT CODE        000000007d550000-000000007f6b0000 WB
RUNTIME CODE     000000007f6b0000-000000007f6c0000 WB|RT
BOOT CODE        000000007f6c0000-0000000080000000 WB
=>"""


def edk2(*rows):
    """As the shell's memmap prints it, through a serial console: (type, base, size, attributes)."""
    lines = ["\x1b[06;14H", "Type       Start            End              # Pages          Attributes"]
    lines += [f"{kind:<10} {base:016X}-{base + size - 1:016X} {size >> 12:016X} {bits:016X}"
              for kind, base, size, bits in rows]
    return "\r\n".join([*lines, " ", "  LoaderCode:            208 Pages (851,968 Bytes)", "\x1b[50;01HShell> "])


def uboot(*rows):
    return "\r\n".join(f"{kind:<16} {base:016x}-{base + size:016x} {'WB' if bits & WB else 'UC'}"
                       f"{'|RT' if bits & RUNTIME else ''}" for kind, base, size, bits in rows)


def linux(*rows):
    return "\n".join(f"[    0.000000] efi:   {base:#014x}-{base + size - 1:#014x} "
                     f"[{kind:<12}|{'RUN' if bits & RUNTIME else '   '}|  |  |  |  |  |  |  |  |   |"
                     f"{'WB' if bits & WB else '  '}|WT|WC|UC]" for kind, base, size, bits in rows)


def grub(*rows):
    return "\r\n\r".join(f"{kind:<9} {base:016x}-{base + size - 1:016x} {size >> 12:08x} {size >> 20:6}MiB"
                         f"{' RT' if bits & RUNTIME else ''} {'WB' if bits & WB else 'UC'}"
                         for kind, base, size, bits in rows)


def ranges(banks):
    return [(int(bank["base"], 16), int(bank["size"], 16)) for bank in banks]


@pytest.fixture
def told(tmp_path):
    """--entry uefi, with a map in a file."""
    def options(text):
        path = tmp_path / "map.txt"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return ["--entry", "uefi", "--efi-map", path]
    return options


@pytest.fixture
def forecast(tool, make_tree):
    def run(body, *options, version="4.17"):
        text = tool("forecast", "--json", "--xen-version", version, *options, make_tree(body), code=None).out
        answer = json.loads(text)
        jsonschema.Draft202012Validator(SCHEMA).validate(answer)
        return answer["forecasts"][0]
    return run


# ---- RAM ----------------------------------------------------------------------------------

GIB = ("Available", 0x80000000, 1024 * MIB, WB)


def test_ram_is_what_the_map_says(forecast, told):
    one = forecast(MEMORY, *told(edk2(GIB)))
    assert ranges(one["ram"]) == [(0x80000000, 1024 * MIB)] and one["ram"][0]["node"] is None
    assert one["entry"] == "uefi" and "map" not in one["unknown"] and "loader" in one["unknown"]


def test_a_node_is_not_needed(forecast, told, tool, make_tree):
    assert forecast("", *told(edk2(GIB)))["outcome"] == "boots"
    assert forecast("")["stop"]["id"] == "no-memory"
    done = tool("forecast", "--entry", "uefi", make_tree(""), code=2)
    assert "--efi-map" in done.err and "--ram" in done.err


@pytest.mark.parametrize("make, names", [
    (edk2, ("Available", "LoaderCode", "LoaderData", "BS_Code", "BS_Data")),
    (grub, ("conv-mem", "ldr-code", "ldr-data", "BS-code", "BS-data")),
    (uboot, ("CONVENTIONAL", "LOADER CODE", "LOADER DATA", "BOOT CODE", "BOOT DATA")),
    (linux, ("Conventional", "Loader Code", "Loader Data", "Boot Code", "Boot Data"))])
def test_types_that_xen_takes(forecast, told, make, names):
    """efi_process_memory_map_bootinfo() of Xen; apart, so that each is a bank."""
    rows = [(name, 0x80000000 + i * 0x20000000, 0x10000000, WB) for i, name in enumerate(names)]
    assert ranges(forecast("", *told(make(*rows)))["ram"]) == [row[1:3] for row in rows]


@pytest.mark.parametrize("make, names", [
    (edk2, ("Reserved", "RT_Code", "RT_Data", "ACPI_Recl", "ACPI_NVS", "MMIO", "MMIO_Port", "PalCode", "Persistent",
            "Unaccepted", "80000001")),
    (grub, ("reserved", "RT-code", "RT-data", "ACPI-rec", "ACPI-nvs", "MMIO", "MMIO-port", "PAL-code", "persist")),
    (uboot, ("RESERVED", "RUNTIME CODE", "RUNTIME DATA", "UNUSABLE MEM", "ACPI RECLAIM MEM", "ACPI MEM NVS", "IO",
             "IO PORT", "PAL", "PERSISTENT")),
    (linux, ("Reserved", "Runtime Code", "Runtime Data", "Unusable", "ACPI Reclaim", "ACPI Mem NVS", "MMIO", "MMIO Port",
             "PAL Code", "Persistent"))])
def test_types_that_are_no_ram(forecast, told, make, names):
    rows = [(name, 0x100000000 + i * 0x20000000, 0x10000000, WB) for i, name in enumerate(names)]
    good = ({edk2: "Available", grub: "conv-mem", uboot: "CONVENTIONAL", linux: "Conventional"}[make], *GIB[1:])
    assert ranges(forecast("", *told(make(*rows, good)))["ram"]) == [GIB[1:3]]


@pytest.mark.parametrize("make, name", [(edk2, "Available"), (grub, "conv-mem"), (uboot, "CONVENTIONAL"),
                                        (linux, "Conventional")])
@pytest.mark.parametrize("bits", [0, 1, WB | RUNTIME])
def test_attributes(forecast, told, make, name, bits):
    """WB, and not RUNTIME."""
    rows = [(name, 0x80000000, 0x40000000, WB), (name, 0x100000000, 0x40000000, bits)]
    assert ranges(forecast("", *told(make(*rows)))["ram"]) == [rows[0][1:3]]


@pytest.mark.parametrize("version, banks", [("4.17", 3), ("4.20", 3), ("4.21", 1), ("4.22", 1)])
def test_banks_that_touch(forecast, told, version, banks):
    """From 4.21 on one that begins where another ends makes that longer."""
    rows = [("Available", 0x80000000 + i * 0x10000000, 0x10000000, WB) for i in range(3)]
    assert len(forecast("", *told(edk2(*rows)), version=version)["ram"]) == banks
    assert len(forecast("", *told(edk2(*rows[::-1])), version=version)["ram"]) == 3


def test_what_is_said_twice_stops_it(forecast, told):
    one = forecast("", *told(edk2(GIB, GIB)))
    assert one["stop"]["id"] == "banks-meet"


@pytest.mark.parametrize("count, more", [(256, 1), (257, 0), (300, 0)])
def test_of_256_banks_the_rest_is_no_ram(forecast, told, count, more):
    rows = [("Available", 0x80000000 + i * 0x2000000, 0x1000000, WB) for i in range(count - 1)]
    ram = forecast("", *told(edk2(*rows, ("Available", 0x900000000, 0x40000000, WB))))["ram"]
    assert len(ram) == 256 and (ram[-1]["base"] == "0x900000000") == more


def test_the_map_that_uboot_tells(forecast, told):
    """Where its own bootefi was seen to put dom0."""
    for version in ("4.17", "4.20"):
        one = forecast("", *told(UBOOT), version=version)
        assert ranges(one["dom0"]["banks"]) == [(0x50000000, 512 * MIB)], version


def test_without_a_map(forecast):
    """The tree's, and the page says that it is not what the firmware leaves."""
    one = forecast(MEMORY, "--entry", "uefi")
    assert ranges(one["ram"]) == [(0x80000000, 2048 * MIB)] and "map" in one["unknown"]
    one = forecast(MEMORY, "--entry", "uefi", "--ram", "0x80000000:1G 0xd0000000:256M")
    assert ranges(one["ram"]) == [(0x80000000, 1024 * MIB), (0xd0000000, 256 * MIB)]
    assert "map" not in one["unknown"]


def test_the_page(tool, make_tree, told):
    tree = make_tree(MEMORY)
    page = tool("forecast", "--entry", "uefi", tree).out
    assert page.startswith("Xen 4.17 by its own UEFI stub starts dom0 ") and "as the firmware's map is not known" in page
    assert "the firmware keeps some of the RAM above (--efi-map FILE" in page
    page = tool("forecast", *told(edk2(GIB)), tree).out
    assert "from the firmware's map" in page and "--efi-map" not in page
    assert "follows the lines of its UEFI stub" in tool("forecast", *told(edk2(GIB, GIB)), tree, code=1).out
    assert "UEFI" not in tool("forecast", tree).out


# ---- the tree -----------------------------------------------------------------------------

def test_memreserve_is_gone_and_regions_stay(forecast):
    body = f"/dts-v1/; /memreserve/ 0x88000000 0x1000; / {{ {CELLS} {MEMORY} {REGION} }};"
    assert [bank["kind"] for bank in forecast(body)["reserved"]] == ["memreserve", "region"]
    assert [bank["kind"] for bank in forecast(body, "--entry", "uefi")["reserved"]] == ["region"]


def test_memory_nodes_of_any_kind_are_not_looked_at(forecast, told):
    """One without reg ends the reading of an image's tree."""
    body = MEMORY + 'memory { device_type = "memory"; };' + REGION + MODULES
    assert forecast(body, version="4.20")["stop"]["id"] == "memory-reg"
    one = forecast(body, *told(edk2(("Available", 0x80000000, 0x40000000, WB))), version="4.20")
    assert one["outcome"] == "boots" and len(one["reserved"]) == 1


def test_modules_as_grub_writes_them(forecast):
    """By order; Xen's own line is /chosen's bootargs where the kernel has some."""
    one = forecast(MEMORY + MODULES, "--entry", "uefi", "--xen-at", "0xf0000000")
    assert [(part["kind"], part["guessed"]) for part in one["modules"][1:]] == [("kernel", True), ("ramdisk", True)]
    assert one["xen-line"] == "dom0_mem=256M" and one["dom0-line"] == "quiet"
    assert "payload" not in one["unknown"] and "tree-at" in one["unknown"]


def test_modules_of_a_file(forecast):
    """xen.cfg has Xen's line, and what is in the tree for another way is not that."""
    body = MEMORY + 'chosen { bootargs = "dom0_mem=256M"; xen,dom0-bootargs = "quiet"; };'
    assert forecast(body)["xen-line"] == "dom0_mem=256M"
    assert forecast(body, "--entry", "uefi")["xen-line"] == ""
    body = body.replace("bootargs =", "xen,xen-bootargs =", 1)
    assert forecast(body, "--entry", "uefi")["xen-line"] == "dom0_mem=256M"


@pytest.mark.parametrize("body", [MEMORY, MEMORY + MODULES])
def test_the_stub_makes_room_in_the_tree(forecast, make_tree, body):
    size = make_tree(body).stat().st_size
    one = forecast(body, "--entry", "uefi", "--tree-at", "0xf8000000")
    assert int(one["tree"]["size"], 16) == -(-(size + 4096) // 4096) * 4096


def test_the_stub_writes_cells_into_chosen(forecast):
    """By which modules are read then; RAM of 32 bits has one cell at the root in many trees."""
    body = """/dts-v1/; / { #address-cells = <1>; #size-cells = <1>;
        memory@80000000 { device_type = "memory"; reg = <0x80000000 0x60000000>; }; chosen { %s
        m { compatible = "multiboot,kernel", "multiboot,module"; reg = <0xa0000000 0x1000000>; }; }; };"""
    one = forecast(body % "")
    assert one["outcome"] == "boots"
    assert forecast(body % "", "--entry", "uefi")["stop"]["id"] == "module-reg"
    said = body % "#address-cells = <1>; #size-cells = <1>;"
    assert forecast(said, "--entry", "uefi")["dom0"]["banks"] == one["dom0"]["banks"]


@pytest.mark.parametrize("body, stop", [
    ("chosen { ranges = <0 0 0 0 0 0x1000>; };", "stub-chosen"), ("chosen { ranges; };", None),
    ('chosen { d { compatible = "xen,domain"; #address-cells = <2>; }; };', "stub-domain"),
    ('chosen { d { compatible = "xen,domain"; #size-cells = <2>; }; };', "stub-domain"),
    ('chosen { d { compatible = "test,domain"; }; };', None),
    ('chosen { d { compatible = "xen,domain"; #size-cells = <2>; #address-cells = <2>; }; };', None)])
def test_where_the_stub_goes_back_to_the_firmware(forecast, tool, make_tree, body, stop):
    one = forecast(MEMORY + body, "--entry", "uefi")
    assert (one["stop"] and one["stop"]["id"]) == stop
    assert (forecast(MEMORY + body)["stop"] or {}).get("id") not in ("stub-chosen", "stub-domain")
    if stop:
        assert one["stop"]["words"] == "Error processing boot modules on DT." and not one["stop"]["silent"]
        assert "xen-stops" in tool("check", "--entry", "uefi", make_tree(MEMORY + body), code=1).out


def test_a_32_bit_xen_has_no_stub(forecast, tool, make_tree):
    body = """cpus { #address-cells = <1>; #size-cells = <0>;
        cpu@0 { device_type = "cpu"; compatible = "arm,cortex-a7"; reg = <0>; }; };""" + MEMORY
    assert forecast(body)["arch"] == "arm32" and forecast(body)["outcome"] == "boots"
    stop = forecast(body, "--entry", "uefi")["stop"]
    assert (stop["id"], stop["words"], stop["silent"]) == ("no-stub", None, False)
    page = tool("forecast", "-q", "--entry", "uefi", "--xen-version", "4.17", make_tree(body), code=1).out
    assert page.endswith("does not get to dom0: 32-bit Xen is not a UEFI program\n")
    assert "no-stub" not in tool("check", make_tree(body), code=None).out
    assert "32-bit Xen" in tool("check", "--entry", "uefi", make_tree(body), code=1).out


def test_dom0_sees_what_the_stub_wrote(tool, make_tree):
    tool("forecast", "--entry", "uefi", "--xen-version", "4.17", make_tree(MEMORY), "-o", "dom0.dtb")
    tool("forecast", "--xen-version", "4.17", make_tree(MEMORY), "-o", "image.dtb")
    diff = tool("diff", "image.dtb", "dom0.dtb", code=1).out
    assert "/chosen" in diff and "ranges" in diff


def test_a_payload_that_is_assumed_lies_in_free_memory_at_the_top(forecast, told):
    rows = [("Available", 0x80000000, 0x40000000, WB), ("Available", 0x100000000, 0x40000000, WB),
            ("BS_Data", 0x140000000, 0x10000000, WB)]
    one = forecast(MEMORY, *told(edk2(*rows)))
    bases = [int(part["base"], 16) for part in one["modules"]]
    assert len(bases) == 4 and all(0x130000000 <= base < 0x140000000 for base in bases)


def test_places_that_are_for_dtshim_do_not_count(forecast):
    body = MEMORY + """chosen { #address-cells = <2>; #size-cells = <2>;
        h@e0000000 { compatible = "dtshim,hypervisor"; reg = <0 0xe0000000 0 0x100000>; }; };"""
    assert forecast(body)["xen"]["base"] == "0xe0000000"
    assert forecast(body, "--entry", "uefi")["xen"]["base"] != "0xe0000000"


# ---- what it is without --entry -----------------------------------------------------------

def test_image_is_the_default(tool, make_tree):
    tree = make_tree(MEMORY + REGION)
    for options in ([], ["--json"], ["-q"]):
        assert tool("forecast", *options, tree).out == tool("forecast", "--entry", "image", *options, tree).out
    assert "entry" not in json.loads(tool("forecast", "--json", tree).out)["forecasts"][0]
    assert tool("check", tree, code=None).out == tool("check", "--entry", "image", tree, code=None).out


# ---- check --------------------------------------------------------------------------------

def broken(tool, *arguments):
    out = tool("check", *arguments, code=None).out
    return out.rsplit(": ", 1)[1].split()[:1] if out else [], out


def test_check_of_a_tree_that_was_rewritten(tool, make_tree):
    """768 MiB at the base of 3 GiB need pages that keep Xen's allocator from elsewhere."""
    tree = make_tree('memory@40000000 { device_type = "memory"; reg = <0 0x40000000 0 0xc0000000>; };')
    tool("apply", "--dom0-mem", "768M", tree, "-o", "out.dtb")
    assert tool("check", "out.dtb").out == ""
    out = tool("check", "--entry", "uefi", "out.dtb", code=1).out
    assert "record-entry: /chosen/dtshim/record: " in out and "reserved pages that steer it are lost" in out
    assert "start Xen through dtshim" in out and "memreserve-lost" not in out
    tool("apply", "--dom0-mem", "256M", tree, "-o", "plain.dtb")
    out = tool("check", "--entry", "uefi", "plain.dtb", code=1).out
    assert "record-entry" in out and "reserved page" not in out
    assert tool("check", "--entry", "uefi", tree).out == ""


def test_forecast_of_a_tree_that_was_rewritten(tool, make_tree):
    tree = make_tree('memory@40000000 { device_type = "memory"; reg = <0 0x40000000 0 0xc0000000>; };')
    tool("apply", "--dom0-mem", "768M", tree, "-o", "out.dtb")
    image, uefi = (tool("forecast", "-q", "--entry", entry, "out.dtb").out for entry in ("image", "uefi"))
    assert image.count("768 MiB at 0x40000000") == 2 and "at 0x40000000" not in uefi


RESERVE = f"/dts-v1/; /memreserve/ 0x88000000 0x1000; / {{ {CELLS} {MEMORY} }};"


def test_memreserve_that_firmware_may_not_keep(tool, make_tree, told):
    tree = make_tree(RESERVE)
    assert tool("check", tree).out == ""
    out = tool("check", "--entry", "uefi", tree, code=1).out
    assert "memreserve-lost: /memreserve/ 0x88000000-0x88000fff is deleted, and the firmware's map may" in out
    out = tool("check", *told(edk2(GIB)), tree, code=1).out
    assert "and the firmware's map has RAM there" in out
    kept = edk2(("Available", 0x80000000, 0x8000000, WB), ("Reserved", 0x88000000, 0x1000, WB),
                ("Available", 0x88001000, 0x60000000, WB))
    assert tool("check", *told(kept), tree).out == ""


@pytest.mark.parametrize("body, rule", [
    (MEMORY.replace("memory@", "ram@"), "memory-name"),
    ('memory@80000000 { device_type = "memory"; reg = <0 0x80000000 0 0x1000>, <0 0x80001000 0 0x60000000>; };',
     "memory-banks"),
    (MEMORY + 'memory@0 { status = "disabled"; };', "disabled-memory"),
    (MEMORY + "d { memory { }; };", "memory-depth"),
    (f"/dts-v1/; /memreserve/ 0x90000800 0x1000; / {{ {CELLS} {MEMORY} {REGION} }};", "memreserve-overlap")])
def test_rules_of_what_the_stub_does_not_read(tool, make_tree, told, body, rule):
    tree = make_tree(body)
    assert f": {rule}: " in tool("check", tree, code=1).out
    assert f": {rule}: " not in tool("check", *told(edk2(GIB)), tree, code=None).out


# ---- explain ------------------------------------------------------------------------------

LOG = """Xen 4.17.5 (c/s ) EFI loader
Using modules provided by bootloader in FDT
(XEN) Xen version 4.17.5 (Debian) (x@y) (gcc) debug=n Mon
(XEN) RAM: 0000000080000000 - 0000000087ffffff
(XEN) RAM: 0000000088000000 - 00000000bfffffff
(XEN) MODULE[0]: 00000000be000000 - 00000000be200000 Xen
(XEN) MODULE[1]: 00000000bd000000 - 00000000bd002000 Device Tree
"""


def explain(tool, tmp_path, log, *arguments):
    (tmp_path / "xen.log").write_text(log)
    return json.loads(tool("explain", "--json", tmp_path / "xen.log", *arguments, code=None).out)


def test_explain_sees_the_way_in(tool, tmp_path, make_tree):
    """By the stub's own words; RAM is what Xen took of the map. What is typed wins."""
    [one] = explain(tool, tmp_path, LOG, make_tree(MEMORY + MODULES))["forecasts"]
    assert one["entry"] == "uefi" and ranges(one["ram"]) == [(0x80000000, 128 * MIB), (0x88000000, 896 * MIB)]
    assert "map" not in one["unknown"]
    [one] = explain(tool, tmp_path, LOG, "--entry", "image", make_tree(MEMORY + MODULES))["forecasts"]
    assert "entry" not in one and ranges(one["ram"]) == [(0x80000000, 2048 * MIB)]
    behind = LOG.split("\n", 2)[2]
    [one] = explain(tool, tmp_path, behind, make_tree(MEMORY + MODULES))["forecasts"]
    assert "entry" not in one
    [one] = explain(tool, tmp_path, behind, "--entry", "uefi", make_tree(MEMORY + MODULES))["forecasts"]
    assert one["entry"] == "uefi" and len(one["ram"]) == 2


# ---- what is no map, and what is typed wrong ----------------------------------------------

@pytest.mark.parametrize("text", [b"", b"\n", b"\0" * 64, b"Available", bytes(range(256)) * 8, b"memmap\r\nShell> ",
                                  b"Available  0000000080000000-", b"-" * 5000, b"[" * 5000, b"\x1b[" * 3000,
                                  edk2(("Reserved", 0x80000000, MIB, WB)).encode(),
                                  b"Available  80000000-80ffffffff00000000000000000 x", b"0" * 70000])
def test_no_map(tool, make_tree, told, text):
    done = tool("forecast", *told(text), make_tree(MEMORY), code=2)
    assert "no line has RAM that Xen would use" in done.err and "memmap" in done.err and done.out == ""


@pytest.mark.parametrize("range_of", ["0000000080000000-0000000080000FF0", "0000000080000800-0000000080000FFF",
                                      "0000000080001000-0000000080000FFF", "0000000080001000-0000000080000000",
                                      "0000000000000000-FFFFFFFFFFFFFFFF"])
def test_a_line_that_is_damaged(tool, make_tree, told, range_of):
    text = edk2(GIB) + f"\r\nAvailable  {range_of} 0000000000000001 0000000000000008\r\n"
    done = tool("forecast", *told(text), make_tree(MEMORY), code=2)
    assert "line 7 is not in whole pages" in done.err


def test_a_long_map_with_other_lines_between(forecast, told):
    rows = [("Available", 0x80000000 + i * 0x2000, 0x1000, WB) for i in range(5000)]
    text = edk2(GIB[:1] + (0x900000000,) + GIB[2:], *rows).replace("\r\n", "\r\n[ 1.0] something else\r\n")
    assert len(forecast("", *told(text))["ram"]) == 256


@pytest.mark.parametrize("options, words", [
    (["--entry", "grub"], "--entry image"), (["--entry", ""], "--entry image"),
    (["--efi-map", "x"], "add --entry uefi"), (["--entry", "image", "--efi-map", "x"], "add --entry uefi"),
    (["--entry", "uefi", "--efi-map", "-"], "not standard input"),
    (["--entry", "uefi", "--efi-map", "nowhere"], "nowhere: cannot open"),
    (["--entry", "uefi", "--efi-map", "x", "--ram", "1G"], "remove one of them")])
def test_what_is_typed_wrong(tool, make_tree, options, words):
    for command in ("forecast", "check"):
        done = tool(command, *options, make_tree(MEMORY), code=2)
        assert words in done.err and done.out == ""
