# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The host tool as a user meets it: exit codes, messages, files."""
import json
import os
import struct
import subprocess

import pytest

from patience import patience
from places import BUILD
from trees import BEGIN, END, END_NODE, MEMORY, NOP, RAW, blob_of, patched, words



def refused(tool, tree, code, *options, **kwargs):
    """Refused with this code, a remedy, exit 2, and no output file."""
    done = tool("apply", *options, tree, "-o", "out.dtb", code=2, **kwargs)
    assert f"[{code}]" in done.err, done.err
    assert "what to do: " in done.err
    assert not [name for name in os.listdir(tree.parent if hasattr(tree, "parent") else ".")
                if name.startswith("out.dtb")]
    return done.err


@pytest.mark.parametrize("name", RAW)
def test_raw(tool, tmp_path, name):
    blob, code = RAW[name]
    path = tmp_path / "bad.dtb"
    path.write_bytes(blob)
    refused(tool, path, code)


def test_nops_behind_the_root_are_left_out(tool, tmp_path):
    """fdt_check_full() takes nothing but the end there."""
    (tmp_path / "nops.dtb").write_bytes(blob_of(BEGIN, b"\0", END_NODE, NOP, NOP, END))
    tool("apply", "--contract", "native", "--ram", "0x40000000:2G", "nops.dtb", "-o", "out.dtb")
    out = (tmp_path / "out.dtb").read_bytes()
    structs, = struct.unpack_from(">I", out, 8)
    size, = struct.unpack_from(">I", out, 36)
    assert struct.unpack_from(">II", out, structs + size - 8) == (END_NODE, END)


@pytest.mark.parametrize("change, code", [
    ({"magic": 0xd00dfee0}, "magic"),
    ({"version": 16}, "version"),
    ({"version": 18, "compatible": 18}, "version"),
    ({"totalsize": 20}, "truncated"),
    ({"totalsize": 0}, "truncated"),
    ({"totalsize": 0xffffffff}, "truncated"),
    ({"structs": 0xfffffff0}, "layout"),
    ({"strings": 0xfffffff0}, "layout"),
    ({"strings_size": 0xfffffff0}, "layout"),
    ({"structs_size": 0xfffffff0}, "layout"),
    ({"structs": 58}, "alignment"),
    ({"structs": 8}, "layout"),
    ({"reserve": 44}, "alignment"),
    ({"reserve": 0xfffffff0}, "layout"),
], ids=str)
def test_header(tool, make_tree, change, code):
    refused(tool, patched(make_tree(MEMORY), **change), code)


def test_reserve_block_without_end(tool, make_tree):
    tree = make_tree(MEMORY)
    blob = bytearray(tree.read_bytes())
    blob[40:56] = b"\1" * 16
    size = len(blob) - 40
    blob[40:] = b"\1" * size
    tree.write_bytes(blob)
    refused(tool, tree, "layout")


def test_every_truncation(tool, make_tree):
    tree = make_tree(MEMORY)
    blob = tree.read_bytes()
    for size in list(range(0, 64)) + [len(blob) // 2, len(blob) - 1]:
        tree.write_bytes(blob[:size])
        refused(tool, tree, "truncated")


def test_xen_takes_two_mib(tool, make_tree):
    tree = make_tree(MEMORY + f"big {{ data = [{'00' * (2 << 20)}]; }};")
    assert "Xen" in refused(tool, tree, "too-large")
    tool("apply", "--contract", "native", tree, "-o", "out.dtb")


@pytest.mark.parametrize("memory, code, where", [
    ("", "no-ram", "/"),
    ('memory@0 { device_type = "memory"; reg = <0 0 0 0>; };', "no-ram", "/memory@0"),
    ('memory@0 { device_type = "memory"; };', "no-ram", "/memory@0"),
    ('memory@0 { device_type = "memory"; reg = <0 0 0>; };', "value", "/memory@0"),
    ('memory@0 { device_type = "memory"; reg = <0xffffffff 0xfffff000 0 0x2000>; };', "value",
     "/memory@0"),
    ('memory@0 { device_type = "memory"; reg = <0 0x80000000 0 0x1000000>; };', "dom0-size", "policy"),
    (MEMORY + "reserved-memory { #address-cells = <3>; #size-cells = <2>; ranges;"
     " r@0 { reg = <0 0 0 0 0>; }; };", "value", "/reserved-memory/r@0"),
    ('memory@0 { device_type = "memory"; reg = <0 0x800 0 0x40000000>; };', "base", "/memory@0"),
], ids=str)
def test_memory(tool, make_tree, memory, code, where):
    assert f": {where}: " in refused(tool, make_tree(memory), code, "--contract", "native")


CYCLES = {
    "itself": """a: iommu@1000 { compatible = "arm,mmu-500"; reg = <0 0x1000 0 0x1000>;
        #iommu-cells = <0>; iommus = <&a>; };""",
    "each other": """a: iommu@1000 { compatible = "arm,mmu-500"; reg = <0 0x1000 0 0x1000>;
        #iommu-cells = <0>; iommus = <&b>; };
        b: iommu@2000 { compatible = "arm,mmu-500"; reg = <0 0x2000 0 0x1000>;
        #iommu-cells = <0>; iommus = <&a>; };""",
}


@pytest.mark.parametrize("kind", CYCLES)
def test_cyclic(tool, make_tree, kind):
    error = refused(tool, make_tree(MEMORY + CYCLES[kind]), "value")
    assert "/iommu@1000: iommus: its streams lead back to itself" in error


RESERVED = MEMORY + """reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges;
    optee@a0000000 { reg = <0 0xa0000000 0 0x100000>; no-map; }; };"""


@pytest.mark.parametrize("options, code, says", [
    (["--dom0-mem", "8G"], "dom0-size", "2 GiB"),
    (["--machine-base", "0x70000000"], "base", "not RAM"),
    (["--machine-base", "0xf0000000"], "base", "not RAM"),
    (["--machine-base", "0xfffffffffffff000"], "base", "not RAM"),
    (["--machine-base", "0x90000000"], "base", "/reserved-memory/optee@a0000000"),
    (["--contract", "zen"], "policy", "contract"),
    (["--layout", "diagonal"], "policy", "layout"),
    (["--dom0-mem", "lots"], "policy", "dom0-mem"),
    (["--dom0-mem", "0"], "policy", "dom0-mem"),
    (["--dom0-mem", "1000"], "policy", "4 KiB"),
    (["--dom0-mem", "99999999999999999999"], "policy", "dom0-mem"),
    (["--dom0-mem", "16777216T"], "policy", "dom0-mem"),
    (["--dom0-mem", "512Q"], "policy", "dom0-mem"),
    (["--ipa-bits", "99"], "policy", "ipa-bits"),
    (["--ipa-bits", "32", "--dom0-base", "0xf0000000"], "base", "ipa-bits"),
    (["--on-error", "panic"], "policy", "on-error"),
    (["--layout", "direct", "--machine-base", "0xc0000000"], "policy", "layout"),
    (["--layout", "offset"], "policy", "machine-base"),
], ids=str)
def test_policy(tool, make_tree, options, code, says):
    contract = [] if "--contract" in options else ["--contract", "native"]
    assert says in refused(tool, make_tree(RESERVED), code, *contract, *options)


@pytest.mark.parametrize("property, says", [
    ("frobnicate;", "frobnicate"),
    ('contract = "zen";', "zen"),
    ("contract = <1>;", "string"),
    ("dom0-mem = <0x20000000>;", "two cells"),
    ('dom0-mem = "512M";', "two cells"),
    ("ipa-bits = <1 2>;", "one cell"),
    ("iommu-drivers = <0x61626364>;", "strings"),
    ('compatible = "dtshim,policy-v2";', "policy-v1"),
], ids=str)
def test_policy_in_the_tree(tool, make_tree, property, says):
    tree = make_tree(MEMORY + f"chosen {{ dtshim {{ {property} }}; }};")
    assert says in refused(tool, tree, "policy")


def test_unknown_things_on_the_command_line(tool, make_tree):
    tree = make_tree(MEMORY)
    for arguments in (["frobnicate"], [], ["plan"], ["plan", "--frobnicate", tree],
                      ["apply", tree], ["diff", tree], ["diff", tree, tree, tree],
                      ["check", tree, "nowhere.dtb"],
                      ["plan", tree, "-o", "out.dtb"]):
        assert "what to do" in tool(*arguments, code=2).err
    assert "No such file" in tool("plan", "nowhere.dtb", code=2).err


def test_help_and_version(tool):
    text = tool("--help").out
    for word in ("plan", "apply", "diff", "check", "--contract", "--dom0-mem", "--machine-base",
                 "--iommu-drivers", "--on-error", "--json"):
        assert word in text
    assert tool("plan", "--help").out != text
    assert tool("--version").out.startswith("dtshim ")


def test_standard_input_and_output(tool, make_tree):
    tree = make_tree(MEMORY)
    tool("apply", tree, "-o", "out.dtb")
    piped = tool("apply", "-", "-o", "-", stdin=tree.read_bytes())
    assert piped.stdout == (tree.parent / "out.dtb").read_bytes()
    assert "<stdin>" in tool("plan", "-", stdin=b"nonsense", code=2).err


def test_output_is_replaced_at_once(tool, make_tree):
    tree = make_tree(MEMORY)
    out = tree.parent / "out.dtb"
    out.write_text("old")
    os.link(out, tree.parent / "other-name")
    tool("apply", tree, "-o", out)
    assert (tree.parent / "other-name").read_text() == "old"
    assert out.stat().st_mode == (tree.parent / "other-name").stat().st_mode
    assert sorted(os.listdir(tree.parent)) == ["in.dtb", "other-name", "out.dtb"]


def test_a_link_is_followed_and_a_device_is_not_replaced(tool, make_tree):
    tree = make_tree(MEMORY)
    folder = tree.parent
    (folder / "real.dtb").write_text("old")
    (folder / "real.dtb").chmod(0o600)
    (folder / "link.dtb").symlink_to("real.dtb")
    tool("apply", tree, "-o", "link.dtb")
    assert (folder / "link.dtb").is_symlink()
    assert (folder / "real.dtb").read_bytes()[:4] == b"\xd0\x0d\xfe\xed"
    assert (folder / "real.dtb").stat().st_mode & 0o777 == 0o600
    os.mkfifo(folder / "pipe")
    reader = subprocess.Popen(["cat", folder / "pipe"], stdout=subprocess.PIPE)
    tool("apply", tree, "-o", "pipe")
    assert reader.communicate(timeout=patience(20))[0] == (folder / "real.dtb").read_bytes()
    assert (folder / "pipe").is_fifo()


def test_failed_apply_keeps_the_old_output(tool, make_tree):
    tree = make_tree("")
    out = tree.parent / "out.dtb"
    out.write_text("old")
    tool("apply", tree, "-o", out, code=2)
    assert out.read_text() == "old"
    assert "cannot write" in tool("apply", make_tree(MEMORY), "-o", "no/such/folder.dtb", code=2).err


@pytest.mark.parametrize("options", [["--contract", "native", "--machine-base", "0xa0000000"],
                                     ["--dom0-mem", "256M"], []], ids=str)
def test_apply_of_apply_is_the_same(tool, make_tree, options):
    tree = make_tree(MEMORY)
    tool("apply", *options, tree, "-o", "once.dtb")
    once = (tree.parent / "once.dtb").read_bytes()
    for again in (options, []):
        tool("apply", *again, "once.dtb", "-o", "twice.dtb")
        assert (tree.parent / "twice.dtb").read_bytes() == once
    assert "nothing to do" in tool("plan", "once.dtb").out
    assert "[record]" in tool("apply", "--dom0-mem", "1G", "once.dtb", "-o", "x.dtb", code=2).err


def test_other_versions_record_is_refused(tool, make_tree):
    tree = make_tree(MEMORY + 'chosen { dtshim { record { version = "0.0.1"; }; }; };')
    assert "0.0.1" in refused(tool, tree, "record")


@pytest.mark.parametrize("name, cells", [("dom0-mem", ["0", "20000000"]), ("dom0-base", ["0", "90000000"])])
def test_a_policy_changed_after_the_tree_was_rewritten(tool, make_tree, name, cells):
    """By hand or a boot script: it asks for what the tree does not have."""
    tree = make_tree(MEMORY + "chosen { dtshim { dom0-mem = <0 0x40000000>; dom0-base = <0 0x80000000>; }; };")
    tool("apply", tree, "-o", "once.dtb")
    once = tree.parent / "once.dtb"
    tool("apply", once, "-o", "twice.dtb")
    subprocess.run(["fdtput", "-t", "x", once, "/chosen/dtshim", name, *cells], check=True)
    for command in (["plan"], ["apply", "-o", "x.dtb"]):
        error = tool(command[0], once, *command[1:], code=2).err
        assert f"/chosen/dtshim: {name}: asks for 0x{int(cells[1], 16):x}" in error and "[record]" in error


def test_output_has_the_planned_size_and_survives_dtc(tool, make_tree):
    tree = make_tree(MEMORY + 'a: x { l = <&a>; s = "odd", "lists"; b = [01 02 03]; };')
    size = json.loads(tool("plan", "--json", tree).out)["size"]
    tool("apply", tree, "-o", "out.dtb")
    out = tree.parent / "out.dtb"
    assert out.stat().st_size == size == words(out)["totalsize"]
    def source(path):
        return subprocess.run(["dtc", "-q", "-s", "-I", "dtb", "-O", "dts", path],
                              check=True, capture_output=True).stdout
    again = tree.parent / "again.dtb"
    again.write_bytes(subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb"], input=source(out),
                                     check=True, capture_output=True).stdout)
    assert source(again) == source(out)


def test_input_is_never_written(tool, make_tree):
    tree = make_tree(MEMORY)
    tree.chmod(0o444)
    before = tree.read_bytes()
    tool("apply", tree, "-o", "out.dtb")
    assert tree.read_bytes() == before


def test_plan_json(tool, make_tree):
    tree = make_tree(RESERVED)
    plan = json.loads(tool("plan", "--json", "--contract", "native", tree).out)
    assert plan["format"] == 1 and plan["contract"] == "native" and plan["layout"] == "direct"
    assert plan["ram"] == [{"base": "0x80000000", "size": "0x80000000"}]
    assert plan["reserved"] == [{"base": "0xa0000000", "size": "0x100000"}]
    assert plan["dom0-memory"] == [{"base": "0x80000000", "size": "0x20000000"}]
    assert plan["coverage"] == "none" and plan["offset"] == "0x0"
    assert all(note["reason"] and note["what"] for note in plan["notes"])
    assert {note["kind"] for note in plan["notes"]} == {"finding", "decision"}


# x86 has the value to compare in the thread's own data, Arm in a variable.
PROTECTOR = {"__stack_chk_fail", "__stack_chk_guard"}


def test_library_needs_no_c_library():
    """No heap, no stdio: only mem*, str* and what the compiler brings: of its own, and for the stack
    protector that the host's build asks for."""
    symbols = subprocess.run(["nm", "--undefined-only", BUILD / "libdtshim.a"], check=True,
                             capture_output=True, text=True).stdout
    needed = {line.split()[-1] for line in symbols.splitlines() if " U " in line}
    outside = {name for name in needed if not name.startswith("shim_")}
    assert outside <= {"memcpy", "memmove", "memset", "memcmp", "memchr", "strlen", "strcmp",
                       "strncmp", "_GLOBAL_OFFSET_TABLE_"} | PROTECTOR
    defined = subprocess.run(["nm", "--defined-only", BUILD / "libdtshim.a"], check=True,
                             capture_output=True, text=True).stdout
    writable = [line for line in defined.splitlines() if len(line.split()) == 3 and
                line.split()[1] in "bBdDC" and ".rel.ro" not in line]
    tables = {"passes", "shim_contracts", "shim_traps", "shim_policy_table",
              "shim_contract_xen", "shim_contract_native", "shim_contract_none",
              "shim_xen_guard", "shim_plain_guard", "shim_log_marks", "shim_loader_messages",
              "shim_early_messages", "shim_dom0_messages", "shim_device_messages", "shim_linux_messages"}
    assert {line.split()[2].split(".")[0] for line in writable} <= tables | {
        "contracts", "layouts", "offset_places", "error_actions", "known_names", "words", "names", "region_choices",
        "units", "marks", "parts", "compatibles", "kinds", "rows"}
