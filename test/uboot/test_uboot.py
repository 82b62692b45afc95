# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The command dtshim inside U-Boot: Debian's, built for the sandbox with the module linked in.

The host tool is the model: the same tree and policy give the same words and the same bytes.
"""
import math
import os
import re
import shutil
import subprocess
import textwrap
import types

import pexpect
import pytest

from patience import patience
from places import GUESTS, ROOT, UBOOT
from trees import MEMORY, RAW, patched
from uboot_sandbox import AT, DEVICE, OTHER, RAM_END, SAVE_RESULT, load, reserved, save, value


HEAP = 32 << 20


@pytest.fixture
def u_boot_console(folder):
    """A console with the method names of U-Boot's own test/py."""
    child = pexpect.spawn(str(UBOOT / "u-boot"), ["-d", "control.dtb"], cwd=folder,
                          encoding="utf-8", timeout=patience(20))
    child.expect_exact("=> ")

    def run_command(command):
        child.sendline(command)
        child.expect_exact("\r\n=> ")
        return child.before.replace("\r", "").partition("\n")[2].strip()

    yield types.SimpleNamespace(run_command=run_command)
    child.sendline("poweroff")
    child.close(force=True)


# ---- what works ------------------------------------------------------------------------

@pytest.mark.parametrize("board", ["arm64/arm/juno", "arm64/ti/k3-am642-evm", "armhf/dra7-evm"])
def test_plan_says_what_the_tool_says(folder, sandbox, host, board):
    shutil.copy(GUESTS / "dtbs" / f"{board}.dtb", folder / "board.dtb")
    out = sandbox("setenv dtshim_dom0_mem 128M; setenv dtshim_ram 0x80000000:1G", load("board.dtb"),
                  f"dtshim plan {AT}")
    done = host("plan", "--dom0-mem", "128M", "--ram", "0x80000000:1G", "board.dtb")
    assert re.sub(r".* bytes read.*\n", "", out) == done.out


def test_plan_changes_nothing(folder, sandbox):
    out = sandbox(load("in.dtb"), f"fdt addr {AT}", f"dtshim plan {AT}", "printenv",
                  save("same.dtb", AT, "$filesize"))
    assert value(out, "fdtaddr") == AT and value(out, "dtshim_addr") is None
    assert (folder / "same.dtb").read_bytes() == (folder / "in.dtb").read_bytes()


def test_apply_makes_a_new_working_tree(folder, sandbox, host):
    out = sandbox(load("in.dtb"), f"fdt addr {AT}", "dtshim apply", "printenv", SAVE_RESULT,
                  save("same.dtb", AT, "$filesize"), "fdt print /chosen/dtshim/record layout")
    host("apply", "in.dtb", "-o", "host.dtb")
    result = (folder / "out.dtb").read_bytes()
    assert result == (folder / "host.dtb").read_bytes()
    assert (folder / "same.dtb").read_bytes() == (folder / "in.dtb").read_bytes()
    assert value(out, "fdtaddr") == value(out, "dtshim_addr") != AT
    assert int(value(out, "dtshim_size"), 16) == len(result)
    assert (value(out, "dtshim_from"), value(out, "dtshim_offset")) == (AT, "0")
    assert 'layout = "direct"' in out


def test_apply_of_apply(folder, sandbox):
    """The third one has only its own input and output to compare: both must still be there."""
    out = sandbox(load("in.dtb"), f"dtshim apply {AT}", SAVE_RESULT,
                  *3 * ["dtshim apply", "if dtshim diff; then echo alike; fi"],
                  save("again.dtb", "$dtshim_addr", "$dtshim_size"))
    assert out.count("nothing to do, copied") == out.count("alike") == 3
    assert (folder / "again.dtb").read_bytes() == (folder / "out.dtb").read_bytes()


def test_apply_does_not_leak(sandbox):
    """More output than the heap has room for at once; what is given back is used again."""
    size = 16 << 10 # more than this: the free bytes that Xen needs
    numbers = " ".join(map(str, range(math.isqrt(HEAP // size) + 1)))
    out = sandbox(load("in.dtb"), f"for i in {numbers}; do for j in {numbers}; do "
                  f"dtshim apply {AT}; done; done", "printenv dtshim_size dtshim_error", code=1)
    assert out.count("rewritten") == len(numbers.split()) ** 2 and "failed" not in out
    places = re.findall(r"bytes at (\w+)$", out, re.MULTILINE)
    assert len(set(places)) < len(places) // 10
    assert int(value(out, "dtshim_size"), 16) > size and value(out, "dtshim_error") is None


def test_offset_and_domain_tree(folder, sandbox, host):
    out = sandbox("setenv dtshim_layout offset; setenv dtshim_passthrough all-dma",
                  load("in.dtb"), f"dtshim apply {AT}", "printenv", SAVE_RESULT,
                  save("out.domain.dtb", "$dtshim_domain_addr", "$dtshim_domain_size"),
                  "setenv dtshim_layout; setenv dtshim_passthrough", f"dtshim apply {AT}",
                  "echo now=$dtshim_domain_addr.")
    done = host("apply", "--layout", "offset", "--passthrough", "all-dma", "in.dtb", "-o", "h.dtb")
    for mine, right in (("out.dtb", "h.dtb"), ("out.domain.dtb", "h.domain.dtb")):
        assert (folder / mine).read_bytes() == (folder / right).read_bytes()
    assert f"load it at 0x{value(out, 'dtshim_domain_load')}" in done.err
    assert "now=." in out


def test_diff(folder, sandbox, host, make_tree):
    """One value is longer than what U-Boot's printf() can print at once."""
    make_tree(MEMORY + f'mmc@1000000 {{ compatible = "test,other"; long = "{"abcd " * 500}"; }};',
              "other.dtb")
    both = f"{AT} {OTHER}"
    out = sandbox(load("in.dtb"), load("other.dtb", OTHER), f"dtshim diff {both}", "echo =$?",
                  f"dtshim diff {AT} {AT} && echo same", f"dtshim apply {AT}", "dtshim diff",
                  f"dtshim diff {both}", code=1)
    first = host("diff", "in.dtb", "other.dtb", code=1).out
    assert out.count(first) == 2 and f"{first}=1\nsame\n" in out
    host("apply", "in.dtb", "-o", "h.dtb")
    assert host("diff", "in.dtb", "h.dtb", code=1).out in out


def test_check(folder, sandbox, host, make_tree):
    make_tree('memory@80000000 { reg = <0 0x80000000 0 0x80000000>; };', "bad.dtb")
    out = sandbox(load("in.dtb"), load("bad.dtb", OTHER),
                  f"if dtshim check {AT}; then echo good; fi",
                  f"if dtshim check {OTHER}; then echo good; else echo bad; fi",
                  "printenv dtshim_error", code=1)
    said = host("check", "bad.dtb", code=1).out.replace("bad.dtb: ", "")
    assert f"good\n{said}bad\n" in re.sub(r".* bytes read.*\n", "", out)
    assert '"dtshim_error" not defined' in out


@pytest.mark.parametrize("release", ["4.17", "4.20"])
def test_forecast_says_what_the_tool_says(folder, sandbox, host, release):
    """But for the tool's hints, which name options of its own. The tree stays with fdt_high."""
    hint = re.compile(r" \(.*--.*\)$", re.M)
    policy = f"setenv dtshim_xen_version {release}"
    out = sandbox(policy, load("in.dtb"), f"dtshim forecast {AT}", code=None)
    said = host("forecast", "--xen-version", release, "in.dtb", code=None).out
    assert re.sub(r".* bytes read.*\n", "", out) == hint.sub("", said)
    # The tool wants the tree in RAM, where the sandbox has it.
    low = ["--ram", "0x0:256M", "--ram", "0x80000000:1G"]
    out = sandbox(policy, f"setenv dtshim_ram '{low[1]} {low[3]}'; setenv fdt_high {2 ** 64 - 1:x}", load("in.dtb"),
                  f"dtshim forecast {AT}", code=None)
    said = host("forecast", "--xen-version", release, *low, "--tree-at", f"0x{AT}", "in.dtb", code=None).out
    assert said
    assert re.sub(r".* bytes read.*\n", "", out) == hint.sub("", said)


def test_forecast_tells_a_stop(sandbox, host, make_tree):
    make_tree("", "bad.dtb")
    out = sandbox("setenv dtshim_xen_version 4.20", load("bad.dtb"),
                  f"if dtshim forecast {AT}; then echo boots; else echo stops; fi",
                  "printenv dtshim_error", code=1)
    assert 'nothing follows "Starting kernel ..."' in out and "\nstops\n" in out
    assert '"dtshim_error" not defined' in out


def test_help(sandbox):
    out = sandbox("setenv dtshim_dom0_mem 1G", "dtshim help", "help dtshim",
                  code=1) # U-Boot's own help fails
    assert sandbox("dtshim --help") == sandbox("dtshim help") # messages speak of both
    assert "dtshim_dom0_mem (BYTES) = 1G\n" in out and "dtshim_layout (auto|direct|offset)\n" in out
    assert all(f"dtshim {name} " in out for name in ("plan", "apply", "diff", "forecast", "check", "help"))


@pytest.mark.parametrize("typed", ["dtshim", "dtshim bogus", "dtshim plan 1 2", "dtshim help 1",
                                   "dtshim diff 1 2 3"])
def test_usage(sandbox, typed):
    assert "Usage:\ndtshim plan [-v] [addr]" in sandbox(typed, code=1)


def test_default_tree(sandbox):
    out = sandbox(load("in.dtb"), load("in.dtb", OTHER), "setenv dtshim_contract none",
                  "dtshim apply", f"setenv fdtaddr; setenv fdt_addr {OTHER}", "dtshim apply",
                  f"setenv fdtaddr {AT}", "dtshim apply", "printenv fdtcontroladdr")
    control = value("fdtcontroladdr=" + out.rsplit("fdtcontroladdr=", 1)[1], "fdtcontroladdr")
    assert re.findall(r"^dtshim: (\w+): nothing", out, re.MULTILINE) == [control, OTHER, AT]


def test_on_a_console(u_boot_console):
    run = u_boot_console.run_command
    run(load("in.dtb"))
    assert "rewritten" in run(f"dtshim apply {AT}")
    assert run("if dtshim check; then echo holds; else echo broken; fi") == "holds"
    assert "[policy]" in run("setenv dtshim_layout sideways; dtshim plan")
    assert run("echo $dtshim_error") == "policy"
    assert "contract none" in run("setenv dtshim_layout; setenv dtshim_contract none; dtshim plan "
                                  f"{AT}")


def test_the_transcript(folder, u_boot_console):
    """What doc/guide/uboot.rst shows is what one sees, but for where the heap is and how long it took."""
    def plain(text):
        return re.sub(r"\b[bc][0-9a-f]{6}\b", "HEAP", re.sub(r"in \d+ ms.*", "", text))

    shown = (ROOT / "doc/guide/uboot.rst").read_text().split("u-boot -d control.dtb\n", 1)[1]
    steps = textwrap.dedent(shown.split("\n\n", 1)[0]).split("=> ")[1:]
    shutil.copy(GUESTS / "dtbs/arm64/arm/juno.dtb", folder)
    assert len(steps) > 5
    for step in steps:
        command, answer = step.split("\n", 1)
        assert plain(u_boot_console.run_command(command)) == plain(answer.strip())


# ---- policy ----------------------------------------------------------------------------

POLICIES = {
    "contract": "native", "layout": "direct", "dom0-mem": "128M", "dom0-base": "0x90000000",
    "machine-base": "0x90000000", "ipa-bits": "36", "offset-in": "both",
    "hypervisor": "xen,xen-4.19 xen,xen", "iommu-drivers": "test,iommu", "on-error": "pass-through",
    "ram": "0x40000000:1G 0x80000000:1G", "kernel-bits": "32", "iommu-no-stage2": "/iommu@2000000",
    "memory-types": "/mmc@1000000=normal-nc", "regions": "none",
    "machine-blocks": "0x90000000:256M 0xb0000000:256M", "passthrough": "/mmc@1000000",
    "domain-name": "guest", "xen-features": "static-mem large-tree", "xen-version": "4.20",
}


def test_all_properties_have_an_example(sandbox):
    names = re.findall(r"^  dtshim_(\w+) \(", sandbox("dtshim help"), re.MULTILINE)
    assert names == [name.replace("-", "_") for name in POLICIES]


@pytest.mark.parametrize("name", POLICIES)
@pytest.mark.parametrize("contract", ["xen", "native"])
def test_policy_from_the_environment(folder, sandbox, host, name, contract):
    """What the tool makes of the option: the same bytes, or the same refusal."""
    policy = {"contract": contract, name: POLICIES[name]}
    options = [word for one in policy.items() for word in ("--" + one[0], one[1])]
    done = host("apply", *options, "in.dtb", "-o", "h.dtb", code=None)
    out = sandbox(*(f"setenv dtshim_{one.replace('-', '_')} '{word}'"
                    for one, word in policy.items()), load("in.dtb"),
                  f"dtshim apply {AT} && {SAVE_RESULT}", code=1 if done.returncode else 0)
    if done.returncode:
        assert done.err.replace("dtshim: in.dtb:", f"dtshim: {AT}:") in out
    else:
        assert (folder / "out.dtb").read_bytes() == (folder / "h.dtb").read_bytes()


@pytest.mark.parametrize("name, wrong", [
    ("dtshim_layout", "sideways"), ("dtshim_dom0_mem", "lots"), ("dtshim_dom0_mem", "1000"),
    ("dtshim_ipa_bits", "99"), ("dtshim_ram", "0x80000000:lots"), ("dtshim_xen_features", "magic"),
    ("dtshim_lay_out", "direct"), ("dtshim_dom0-mem", "1G")])
def test_bad_policy(sandbox, name, wrong):
    for out in refused_each(sandbox, [f"dtshim {command} {AT}" for command in (
            "plan", "apply", "check")], "policy", f"setenv {name} '{wrong}'"):
        assert f"dtshim: {name}: " in out


# ---- what does not work ------------------------------------------------------------------

def refused_each(sandbox, commands, code, *before):
    """What each of them says, one after the other; the working tree is the same one, and whole."""
    out = sandbox(load("in.dtb", OTHER), f"fdt addr {OTHER}", *before, *(
        f"echo ==; setenv dtshim_error; if {command}; then echo worked; fi; "
        "printenv dtshim_error fdtaddr; "
        f"fdt addr {AT}; fdt addr {OTHER}; fdt print /mmc@1000000 compatible"
        for command in commands), "cp.b $fdtcontroladdr 3000000 28")
    parts = re.split(r"^==\n", out, flags=re.M)[1:]
    assert len(parts) == len(commands), out
    for part in parts:
        assert value(part, "dtshim_error") == code and value(part, "fdtaddr") == OTHER, out
        assert f"[{code}]" in part and "what to do: " in part and "worked" not in part
        assert 'compatible = "test,mmc"' in part
    return parts


def refused(sandbox, command, code, *before):
    return refused_each(sandbox, [command], code, *before)[0]


@pytest.mark.parametrize("name", RAW)
def test_damaged_tree(folder, sandbox, name):
    blob, code = RAW[name]
    (folder / "bad.dtb").write_bytes(blob)
    sound = ("check", f"diff {OTHER}") if code != "unsupported" else ()
    refused_each(sandbox, [f"dtshim {command} {AT}" for command in ("plan", "apply", *sound)], code,
                 load("bad.dtb"))


@pytest.mark.parametrize("typed, code, words", [
    ("xyz", "address", "is not an address"), ("1000004", "alignment", "multiple of 8"),
    ("10000000", "address", "no RAM"), ("ffffffffffffff00", "address", "no RAM"),
    ("3000000", "magic", "")])
@pytest.mark.parametrize("command", ["plan", "apply", "check", f"diff {OTHER}"])
def test_bad_address(sandbox, command, typed, code, words):
    assert words in refused(sandbox, f"dtshim {command} {typed}", code)


def test_no_tree(sandbox):
    for command in ("plan", "apply", "check", "diff"):
        out = sandbox("setenv fdtcontroladdr", f"dtshim {command}", code=1)
        assert "[address]" in out and "what to do: " in out


def test_no_ram(folder, sandbox, make_tree):
    make_tree(DEVICE, "bad.dtb")
    refused(sandbox, f"dtshim apply {AT}", "no-ram", load("bad.dtb"))


def test_an_overlay(folder, sandbox, bare_tree):
    bare_tree("/dts-v1/;\n/plugin/;\n&device { status = \"okay\"; };", "bad.dtb")
    for part in refused_each(sandbox, [f"dtshim {command} {AT}" for command in
                                       ("plan", "apply", "check", "forecast")], "overlay", load("bad.dtb")):
        assert "this is an overlay" in part and "fdt apply OVERLAY" in part


def test_other_policy_afterwards(sandbox):
    out = sandbox(load("in.dtb"), f"dtshim apply {AT}", "setenv first $fdtaddr",
                  "setenv dtshim_contract native", "dtshim apply",
                  "if test $first = $fdtaddr; then echo kept; fi", "fdt print /mmc@1000000")
    assert "[record]" in out and "kept\n" in out and "test,mmc" in out


def test_tree_that_runs_out_of_memory(folder, sandbox):
    patched(folder / "in.dtb", totalsize=0x1000)
    # The last 128 bytes of RAM are U-Boot's, and put back before it needs them.
    last = f"{RAM_END - 128:x}"
    out = refused(sandbox, f"dtshim plan {last}", "truncated", load("bad.dtb"),
                  f"cp.b {last} 4000000 80; cp.b {AT} {last} 80")
    assert "does not fit into the memory" in out


# ---- memory --------------------------------------------------------------------------------

def padded(folder, size):
    """The tree with free bytes at its end: the library's memory follows from its size."""
    blob = (folder / "in.dtb").read_bytes()
    path = patched(folder / "in.dtb", "large.dtb", totalsize=size)
    path.write_bytes(path.read_bytes() + bytes(size - len(blob)))
    return path


@pytest.mark.parametrize("command", ["plan", "apply", "check", f"diff {OTHER}"])
def test_failed_allocation(folder, sandbox, command):
    padded(folder, 9 << 20)
    refused(sandbox, f"dtshim {command} {AT}", "memory", load("large.dtb"))


def test_memory_of_lmb(folder, sandbox, host):
    """Too large for the heap: the library works in what LMB has free, and spares the tree there."""
    size = 2 << 20
    assert 32 * size > HEAP
    padded(folder, size)
    host("apply", "large.dtb", "-o", "h.dtb")
    top = min(reserved(sandbox("bdinfo")))[0] - size & ~0xfff
    for address in (AT, f"{top:x}"):
        sandbox(load("large.dtb", address), "setenv filesize",
                f"dtshim apply {address}", SAVE_RESULT, save("same.dtb", address, f"{size:x}"))
        assert (folder / "out.dtb").read_bytes() == (folder / "h.dtb").read_bytes()
        assert (folder / "same.dtb").read_bytes() == (folder / "large.dtb").read_bytes()


def test_memory_of_lmb_is_given_back(folder, sandbox):
    """2025.01 has one LMB for all: what a command took of it could not be loaded over."""
    size = 2 << 20
    padded(folder, size)
    (folder / "file").write_bytes(bytes(16 << 20))
    top = min(reserved(sandbox("bdinfo")))[0] - (16 << 20) & ~0xfff
    out = sandbox(load("large.dtb"), "bdinfo", f"dtshim plan {AT}", f"dtshim apply {AT}",
                  f"dtshim check {AT}", "echo then; bdinfo", load("file", f"{top:x}"))
    before, after = out.split("then\n")
    assert reserved(before) == reserved(after) and "16777216 bytes read" in after


def test_file_loaded_last_is_spared(folder, sandbox):
    """A ramdisk, or an image that the tree is a part of."""
    size = 2 << 20
    tree = padded(folder, size).read_bytes()
    (folder / "file").write_bytes(os.urandom(size) + tree + os.urandom(size))
    top = min(reserved(sandbox("bdinfo")))[0] - 3 * size & ~0xfff
    sandbox(load("file", f"{top:x}"), f"setenv fileaddr {top:x}",
            f"dtshim apply {top + size:x}", save("same", f"{top:x}", f"{3 * size:x}"))
    assert (folder / "same").read_bytes() == (folder / "file").read_bytes()


def test_control_tree_is_only_read(folder, sandbox, host):
    size = (folder / "control.dtb").stat().st_size
    out = sandbox("setenv dtshim_dom0_mem 64M; setenv dtshim_contract native",
                  "setenv control $fdtcontroladdr",
                  save("before.dtb", "$control", f"{size:x}"), "dtshim apply $control",
                  SAVE_RESULT, save("same.dtb", "$control", f"{size:x}"), "printenv")
    host("apply", "--dom0-mem", "64M", "--contract", "native", "before.dtb", "-o", "h.dtb")
    assert (folder / "out.dtb").read_bytes() == (folder / "h.dtb").read_bytes()
    assert (folder / "same.dtb").read_bytes() == (folder / "before.dtb").read_bytes()
    assert value(out, "fdtaddr") == value(out, "dtshim_addr") != value(out, "control")


# ---- the same bytes as the tool, over the corpus ---------------------------------------------

def in_turn(policy, trees):
    """Commands that apply each tree and save what comes of it, as the tool names it."""
    numbers = " ".join(map(str, range(len(trees))))
    domain = save("out/$n.domain.dtb", "$dtshim_domain_addr", "$dtshim_domain_size")
    return [*(f"setenv dtshim_{name.replace('-', '_')} {word}" for name, word in policy.items()),
            f"for n in {numbers}; do {load('trees/$n.dtb')}; if dtshim apply {AT}; then "
            f"{save('out/$n.dtb', '$dtshim_addr', '$dtshim_size')}; "
            f'if test -n "$dtshim_domain_addr"; then {domain}; fi; fi; done; true']


def refusals(text):
    return re.findall(r"^dtshim: .*\]$", text, re.MULTILINE)


@pytest.mark.parametrize("policy", [
    {"contract": "xen"}, {"contract": "xen", "ram": "0x80000000:1G"}, {"contract": "native"},
    {"contract": "native", "ram": "0x80000000:1G"}], ids=lambda policy: "-".join(policy.values()))
def test_corpus(folder, sandbox, host, record_property, policy):
    """All board trees in one sandbox: byte for byte the tool's, or refused as by the tool."""
    trees = sorted((GUESTS / "dtbs").rglob("*.dtb"))
    policy = {**policy, "dom0-mem": "128M"}
    for name in ("trees", "out", "host"):
        (folder / name).mkdir()
    for number, tree in enumerate(trees):
        (folder / "trees" / f"{number}.dtb").symlink_to(tree)
    names = [f"trees/{number}.dtb" for number in range(len(trees))]
    options = [word for name, one in policy.items() for word in ("--" + name, one)]
    done = host("apply", *options, *names, "-o", "host/", code=None)
    out = sandbox(*in_turn(policy, trees))
    written = {path.name for path in (folder / "host").iterdir()}
    assert {path.name for path in (folder / "out").iterdir()} == written
    for name in written:
        assert (folder / "out" / name).read_bytes() == (folder / "host" / name).read_bytes(), name
    assert refusals(out) == refusals(re.sub(r"trees/\d+\.dtb:", f"{AT}:", done.err))
    planned = len({name.split(".")[0] for name in written})
    assert planned >= 200
    what = f"U-Boot, as the tool, {' '.join(policy.values())}"
    record_property("corpus", {f"{what}: the same bytes": planned,
                               f"{what}: refused": len(trees) - planned})


# ---- the glue ----------------------------------------------------------------------------------

GLUE = re.findall(r"^LIB_TEST\((\w+), 0\)", (ROOT / "shim/uboot/ut.c").read_text(), re.MULTILINE)


@pytest.mark.parametrize("name", GLUE)
def test_unit(sandbox, name):
    """U-Boot's own unit tests, which have no other way to count what failed."""
    out = sandbox(f"ut lib {name}")
    assert f"Test: {name}: ut.c\n" in out and out.endswith("Failures: 0\n")


# ---- the build ---------------------------------------------------------------------------------

def test_unknown_release(tmp_path):
    done = subprocess.run([ROOT / "scripts/build-uboot", tmp_path / "uboot", "11"],
                          capture_output=True, text=True)
    assert done.returncode == 2 and "usage: " in done.stderr and not (tmp_path / "uboot").exists()


@pytest.mark.parametrize("release", ["12", "13"])
def test_without_sources(tmp_path, release):
    """One line, and no failure; the next run does not ask the network again."""
    (tmp_path / "parts").mkdir()
    (tmp_path / "apt.conf").write_text(f'Dir::Etc::sourcelist "{tmp_path}/none";\n'
                                       f'Dir::Etc::sourceparts "{tmp_path}/parts";\n')
    for _ in range(2):
        done = subprocess.run([ROOT / "scripts/build-uboot", tmp_path / "uboot", release],
                              capture_output=True, text=True, timeout=patience(60),
                              env={**os.environ, "APT_CONFIG": str(tmp_path / "apt.conf"),
                                   "DTSHIM_CACHE": str(tmp_path / "cache")})
        assert (done.returncode, done.stderr) == (0, "")
        line = done.stdout.split("\n")[-2]
        assert line.startswith("dtshim: no U-Boot sandbox: Debian's source of u-boot-qemu is not available")
    assert done.stdout.count("\n") == 1
