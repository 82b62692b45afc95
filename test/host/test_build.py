# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The build's own promises: configuration, a missing cross compiler, licences."""
import os
import re
import struct
import subprocess

import pytest

import models
import stack_depth
from places import BOARD32_BUILD, BOARD_BUILD, ROOT

STAGES = [BOARD_BUILD, BOARD32_BUILD]
# All that entry.S and stage.ld are for.
IMAGES = [*(BOARD_BUILD / f"{image}.elf" for image in ("dtshim", "witness", "bytes", "trespass", "copies")),
          *(BOARD32_BUILD / f"{image}.elf" for image in ("dtshim", "bytes", "trespass", "copies"))]


def name_of(path):
    return path.name if path in STAGES else f"{path.parent.name}-{path.stem}"


@pytest.fixture
def make(tmp_path):
    def run(*arguments):
        return subprocess.run(["make", "-C", ROOT, "--no-print-directory", f"O={tmp_path}/out",
                               f"KCONFIG_CONFIG={tmp_path}/.config", *arguments],
                              check=True, capture_output=True, text=True)
    return run


def test_a_default_configuration_applies(make, tmp_path):
    make(f"{tmp_path}/out/config/config.h")
    assert "CONFIG_STAGE=y" in (tmp_path / ".config").read_text()
    assert '#define CONFIG_STAGE_FALLBACK_UART ""' in (tmp_path / "out/config/config.h").read_text()


def test_a_boards_defconfig_and_back(make, tmp_path):
    make("qemu_arm64_defconfig")
    assert 'CONFIG_STAGE_FALLBACK_UART="arm,pl011"' in (tmp_path / ".config").read_text()
    make("savedefconfig")
    board = (ROOT / "board/qemu_arm64/defconfig").read_text()
    assert (tmp_path / "out/defconfig").read_text() == board


@pytest.mark.slow
def test_a_fallback_uart_that_no_row_knows(make, tmp_path):
    """Told by the build: on the board it would be silence."""
    (tmp_path / ".config").write_text('CONFIG_STAGE_FALLBACK_UART="arm,pl01"\n')
    with pytest.raises(subprocess.CalledProcessError) as failed:
        make("stage")
    assert 'CONFIG_STAGE_FALLBACK_UART: unknown UART "arm,pl01"; doc/reference/consoles.rst' \
        in failed.value.stderr
    (tmp_path / ".config").write_text('CONFIG_STAGE_FALLBACK_UART="cdns,uart-r1p12"\n')
    make("-n", "stage")


@pytest.mark.parametrize("goal", [[], ["stage"], ["sanitized"]])
def test_without_the_packages(tmp_path, goal):
    """What to do is said, and make says no more than that it stops."""
    done = subprocess.run(["make", "-C", ROOT, "--no-print-directory", f"O={tmp_path}/out", "PYTHON=/bin/false",
                           f"KCONFIG_CONFIG={tmp_path}/.config", *goal], capture_output=True, text=True)
    lines = done.stderr.splitlines()
    assert done.returncode == 2 and "No such file" not in done.stderr and not (tmp_path / ".config").exists()
    assert lines[:2] == ["dtshim: packages for the build are missing",
                         "  what to do: run: scripts/install-packages build"]
    assert len(lines) <= 3 and all("***" in line for line in lines[2:])


def demo_of(board, folder):
    """Without sources of packages, so that nothing is fetched in any case."""
    (folder / "apt.conf").write_text(f'Dir::Etc::sourcelist "{folder}/none";\nDir::Etc::sourceparts "{folder}/none.d";\n')
    return subprocess.run(["make", "-C", ROOT, "--no-print-directory", f"O={folder}/out", f"BOARD={board}",
                           f"KCONFIG_CONFIG={folder}/.config", "PYTHON=/nonexistent", "demo"], capture_output=True,
                          text=True, env={**os.environ, "APT_CONFIG": str(folder / "apt.conf"),
                                          "DTSHIM_CACHE": str(folder / "cache")})


@pytest.mark.parametrize("board", ["nonsense", "raspi5", "raspi", ".*", "qemu arm"])
def test_a_demo_of_a_board_without_a_model(tmp_path, board):
    """Told before anything is installed, fetched or built."""
    done = demo_of(board, tmp_path)
    names = [*models.with_model(), "qemu_arm", "qemu_arm64"]
    assert done.stderr.startswith(f"dtshim: QEMU has no model of a board '{board}'\n  what to do: ")
    assert ", ".join(names[:-1]) + f" or {names[-1]}" in done.stderr and len(names) > 5
    assert done.returncode == 2 and done.stdout == "" and not (tmp_path / "out").exists()


@pytest.mark.slow
def test_a_demo_of_a_board_with_a_model():
    for name in [*models.with_model(), "qemu_arm", "qemu_arm64"]:
        subprocess.run([ROOT / "scripts/demo-board", name], check=True)
        steps = subprocess.run(["make", "-C", ROOT, "-n", "--no-print-directory", f"BOARD={name}", "demo"],
                               capture_output=True, text=True, check=True).stdout
        assert steps.startswith(f"scripts/demo-board '{name}'\nscripts/install-packages demo {name}\n")


@pytest.mark.slow
def test_without_a_cross_compiler(make, tmp_path):
    (tmp_path / ".config").write_text('CONFIG_STAGE=y\nCONFIG_CROSS_COMPILE="no-such-"\n')
    assert "no no-such-gcc, so no boot stage" in make("stage").stdout
    (tmp_path / ".config").write_text("# CONFIG_STAGE is not set\n")
    make("stage")
    assert not (tmp_path / "out/dtshim.img").exists()


def test_the_stage_needs_as_much_memory_as_the_readme_says():
    image = (BOARD_BUILD / "dtshim.img").read_bytes()
    assert "with 5 MiB of free RAM behind it" in " ".join((ROOT / "doc/guide/boot-stage.rst").read_text().split())
    assert 4 << 20 < int.from_bytes(image[16:24], "little") <= 5 << 20


def test_warnings_are_errors(tmp_path):
    source = tmp_path / "bad.c"
    source.write_text("static int unused;\n")
    flags = subprocess.run(["make", "-C", ROOT, "-pn", f"O={tmp_path}/out",
                            f"KCONFIG_CONFIG={tmp_path}/.config"], capture_output=True, text=True)
    warnings = [line.split("=", 1)[1].split() for line in flags.stdout.splitlines()
                if line.startswith("WARNINGS =")][0]
    done = subprocess.run(["cc", *warnings, "-c", source, "-o", tmp_path / "bad.o"],
                          capture_output=True, text=True)
    assert done.returncode and "unused" in done.stderr


def test_every_file_has_its_licence():
    names = subprocess.run(["git", "-C", ROOT, "ls-files"], check=True, capture_output=True,
                           text=True).stdout.split()
    # The last three are of forms that have no comments: .reuse/dep5 speaks for them.
    exempt = ("LICENSES/", "board/qemu_arm64/defconfig", "board/qemu_arm/defconfig", "packaging/debian/changelog",
              "packaging/debian/copyright", "packaging/debian/source/format")
    bare = [name for name in names if not name.startswith(exempt) and
            "SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause"
            not in (ROOT / name).read_text(errors="replace")[:400]]
    assert bare == []


def symbols(path):
    return {name: int(value, 16) for value, _, name in map(str.split, subprocess.run(
        ["nm", "-g", path], check=True, capture_output=True,
        text=True).stdout.splitlines())}


@pytest.mark.parametrize("build", STAGES, ids=name_of)
def test_the_stages_stack_holds_the_deepest_calls(build):
    """In figures: 4 KiB at most; the other half of what is reserved is left."""
    found = symbols(build / "dtshim.elf")
    depth, _ = stack_depth.stage_depth(build)
    assert 1024 < depth <= 4096
    assert 2 * depth <= found["stage_stack_end"] - found["stage_stack"]


def test_the_firmwares_stack_holds_the_application():
    """UEFI 2.10, 2.3.6: 128 KiB at least, of which its own services need some."""
    depth, _ = stack_depth.stage_depth(BOARD_BUILD, "firmware_main")
    assert 1024 < depth <= 16 << 10


@pytest.mark.parametrize("build", STAGES, ids=name_of)
def test_no_call_steps_over_the_guard(build):
    """Below the stack is a page that is not mapped: no function's own part is as large."""
    found = symbols(build / "dtshim.elf")
    frames, _, _ = stack_depth.read(build)
    assert found["stage_stack"] - found["stage_guard"] == 4096
    assert len(frames) > 500 and max(frames.values()) < 4096


@pytest.mark.parametrize("image", IMAGES, ids=name_of)
def test_no_part_is_both_written_and_executed(image):
    """By the program headers, as the linker made them; the map of pages follows them."""
    text = subprocess.run(["readelf", "-lW", image], check=True,
                          capture_output=True, text=True).stdout
    parts = re.findall(r"^ +LOAD .* ([R ][W ][E ]) 0x1000$", text, re.M)
    assert parts == ["R E", "RW ", "R E", "R  ", "RW "]
    assert re.search(r"^ +GNU_STACK .* RW  0x", text, re.M)


@pytest.mark.parametrize("image", IMAGES, ids=name_of)
def test_relocations_are_in_blocks_of_words(image):
    """PE/COFF, 5.6; with the MMU off no word is read that lies across two. What is in them is the linker's."""
    found, blob = symbols(image), image.with_suffix(".img").read_bytes()
    at, places = found["stage_relocations"], []
    while at < found["stage_relocations_end"]:
        assert at % 4 == 0
        page, size = struct.unpack_from("<II", blob, at)
        places += [page + entry % 4096 for entry, in struct.iter_unpack("<H", blob[at + 8:at + size])
                   if entry >> 12]
        at += size
    text = subprocess.run(["readelf", "-rW", image], check=True, capture_output=True, text=True).stdout
    assert sorted(places) == sorted(int(place, 16) for place in
                                    re.findall(r"^(\w{8,16}) +\w+ R_(?:AARCH64|ARM)_RELATIVE", text, re.M))
    assert at == found["stage_relocations_end"] and places


@pytest.mark.parametrize("image", IMAGES, ids=name_of)
def test_the_last_words_are_where_the_documents_say(image):
    assert symbols(image)["stage_words"] == 0x1000
    for name in ("doc/guide/boot-stage.rst", "doc/design/hardening.rst"):
        text = " ".join((ROOT / name).read_text().split())
        assert "load address + 0x1000" in text and "``md.b 48001000 400``" in text


@pytest.mark.slow
@pytest.mark.parametrize("goal", ["demo", "demo-native", "check", "check-quick", "lint", "figures",
                                  "bench", "fuzz", "coverage"])
def test_packages_are_installed_before_they_are_needed(tmp_path, goal):
    """On a machine without kconfiglib the configuration cannot be made yet."""
    done = subprocess.run(["make", "-n", "-C", ROOT, "--no-print-directory", f"O={tmp_path}/out",
                           f"KCONFIG_CONFIG={tmp_path}/.config", "PYTHON=/nonexistent", goal],
                          capture_output=True, text=True)
    assert done.stdout.startswith("scripts/install-packages "), done.stderr
