# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""What the host's programs are built with: the hardening that distributions ask for."""
import os
import re
import subprocess

import pytest

from places import BUILD, ROOT

LIVE = BUILD / "live/dtshim"
FLAGS = ["-fstack-protector-strong", "-fstack-clash-protection", "-Wformat-security"]
LINKED = ["-pie", "-Wl,-z,relro", "-Wl,-z,now", "-Wl,-z,noexecstack"]


def said(*command):
    return subprocess.run([str(word) for word in command], check=True, capture_output=True,
                          text=True, env={**os.environ, "LC_ALL": "C"}).stdout


def faults(program, static=False):
    """What a distribution's tools would find missing in an ELF file."""
    head, names = said("readelf", "-hlWd", program), said("readelf", "-Ws", program)
    segments = re.findall(r"^  (\w+) +(?:0x\w+ +){5}([RWE ]{3})", head, re.M)
    assert [kind for kind, _ in segments].count("LOAD") > 1 and "dtshim" in str(program)
    found = {
        "no PIE": not re.search(r"Type: +DYN", head),
        "no RELRO": "GNU_RELRO" not in [kind for kind, _ in segments],
        "no BIND_NOW": not static and not re.search(r"\(FLAGS_1\).*\bNOW\b", head),
        "a segment to write and run": any("W" in flags and "E" in flags for _, flags in segments),
        "no stack to write only": ("GNU_STACK", "RW ") not in segments,
        "text that is relocated": "TEXTREL" in head,
        "no stack protector": not re.search(r"\b__stack_chk_fail\b", names),
        "no _FORTIFY_SOURCE": not re.search(r"\b__(?:fprintf|printf|snprintf|vsnprintf)_chk\b", names),
    }
    return [what for what, missing in found.items() if missing]


def test_the_tool():
    assert faults(BUILD / "dtshim") == []


def test_the_tool_for_a_boards_own_linux():
    """Static, and all the same at an address that nobody knows beforehand."""
    if not LIVE.exists():
        pytest.skip("the tool for the board's own Linux was not built: make live does that")
    assert faults(LIVE, static=True) == []
    assert "INTERP" not in said("readelf", "-lW", LIVE)


def made(tmp_path, *words, environment=()):
    """The commands of a build that has not begun."""
    clean = {name: value for name, value in os.environ.items()
             if name not in ("CFLAGS", "CPPFLAGS", "LDFLAGS", "HOST_CFLAGS", "HOST_LDFLAGS")}
    done = subprocess.run(["make", "-n", "V=1", "-C", ROOT, "--no-print-directory", f"O={tmp_path}/out",
                           f"KCONFIG_CONFIG={tmp_path}/.config", f"{tmp_path}/out/dtshim", *words],
                          check=True, capture_output=True, text=True,
                          env={**clean, **dict(environment)}).stdout.splitlines()
    compiled = [line.split() for line in done if " -c shim/" in line]
    linked, = [line.split() for line in done if line.endswith(f"-o {tmp_path}/out/dtshim")]
    assert len(compiled) > 100
    return compiled, linked


@pytest.mark.slow
def test_each_file_is_compiled_with_it(tmp_path):
    compiled, linked = made(tmp_path)
    for line in compiled:
        assert set(FLAGS) | {"-fPIE", "-O2"} <= set(line)
        assert any(re.fullmatch("-D_FORTIFY_SOURCE=[23]", word) for word in line)
    assert set(LINKED) <= set(linked)


DEBIANS = {"CFLAGS": "-g -O1 -fno-omit-frame-pointer", "CPPFLAGS": "-Wdate-time -D_FORTIFY_SOURCE=2",
           "LDFLAGS": "-Wl,-z,relro -Wl,--as-needed"}


@pytest.mark.slow
@pytest.mark.parametrize("place", ["environment", "command line"])
def test_a_distributions_own_flags(tmp_path, place):
    """They come last, and what they name is not given twice with another value."""
    words = [f"{name}={value}" for name, value in DEBIANS.items()] if place == "command line" else []
    compiled, linked = made(tmp_path, *words, environment=() if words else DEBIANS)
    for line in compiled:
        assert set(DEBIANS["CFLAGS"].split()) <= set(line) and "-O2" not in line
        assert [word for word in line if "FORTIFY" in word] in (
            ["-D_FORTIFY_SOURCE=2"], ["-D_FORTIFY_SOURCE=2"] * 2)
    assert set(LINKED) | {"-Wl,--as-needed"} <= set(linked)


@pytest.mark.slow
def test_flags_that_leave_nothing_else(tmp_path):
    """As the sanitizers have them, which do not go together with _FORTIFY_SOURCE."""
    compiled, _ = made(tmp_path, "HOST_CFLAGS=-O1 -g", "CFLAGS=-O3")
    for line in compiled:
        assert not set(FLAGS[:2]) & set(line) and "-O1" in line and "-O3" not in line
        assert not any("FORTIFY" in word for word in line)


def test_the_stage_keeps_its_own(tmp_path):
    """A distribution's flags are for programs of a host."""
    done = said("make", "-n", "V=1", "-C", ROOT, f"O={tmp_path}/out", f"KCONFIG_CONFIG={tmp_path}/.config",
                "CFLAGS=-DOF_THE_HOST", "CPPFLAGS=-DOF_THE_HOST", "LDFLAGS=-DOF_THE_HOST", "stage")
    assert "-mgeneral-regs-only" in done and "-DOF_THE_HOST" not in done


# ---- what a compiler does not know ---------------------------------------------------------------

def taken(tmp_path, refused, *flags):
    """With a compiler that refuses some of them."""
    compiler = tmp_path / "fake-cc"
    compiler.write_text("#!/bin/sh\nfor flag; do case \" %s \" in *\" $flag \"*) exit 1 ;; esac; done\n" % refused)
    compiler.chmod(0o755)
    return said(ROOT / "scripts/taken-flags", f"{compiler} -O2", *flags).split()


@pytest.mark.parametrize("refused,left", [
    ("", ["-fa", "-D_F=3", "-fb"]),
    ("-fa", ["-D_F=3", "-fb"]),
    ("-D_F=3", ["-fa", "-D_F=2", "-fb"]),
    ("-D_F=3 -fb", ["-fa", "-D_F=2"]),
    ("-D_F=3 -D_F=2", ["-fa", "-fb"]),
    ("-O2", []),
])
def test_it_is_left_out(tmp_path, refused, left):
    assert taken(tmp_path, refused, "-fa", "-D_F=3|-D_F=2", "-fb") == left
