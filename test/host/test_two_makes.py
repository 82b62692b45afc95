# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""A checkout whose path has spaces, and two makes in it at once; one that is stopped leaves no half."""
import os
import re
import shutil
import signal
import subprocess

import pytest

from patience import until
from places import ROOT

# A compiler, and an archiver, that take their time: half of what they make is there, then all. Who
# reads it is told if it was half.
SLOW = r"""#!/bin/sh
set -eu
made= last= compiles=
for word; do
	case "$last" in -o | qcs*) made=$word ;; esac
	[ "$word" != -c ] || compiles=yes
	last=$word
done
[ "$compiles" ] || for word; do
	case "$word" in
	*.o | *.a) [ "$made" = "$word" ] || [ "$(tail -n 1 "$word")" = whole ] || {
		echo "$word is half made" >&2
		exit 1
	} ;;
	esac
done
[ "$made" != /dev/null ] || exit 0
echo half >"$made"
echo >>"$LOG"
sleep 0.02
echo whole >>"$made"
"""


@pytest.fixture
def clone(tmp_path):
    """What git has of this checkout, as it is now, in a folder with spaces."""
    folder = tmp_path / "my own  clones" / "the clone"
    names = subprocess.run(["git", "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard",
                            "--deduplicate"], check=True, capture_output=True, text=True).stdout.split("\0")
    for name in filter(None, names):
        if (ROOT / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name, follow_symlinks=False)
    return folder


@pytest.fixture
def start(clone, tmp_path):
    def go(*arguments, **environment):
        # Nothing of the make that runs these tests.
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
        return subprocess.Popen(["make", "-s", *arguments], cwd=clone, stdout=subprocess.PIPE, text=True,
                                stderr=subprocess.STDOUT, start_new_session=True, env={**clean, **environment})
    return go


@pytest.fixture
def slow(clone, start, tmp_path):
    """make with such tools; the log has a line for each file that they began."""
    (tmp_path / "slow tools").mkdir()
    tool, log = tmp_path / "slow tools/slow", tmp_path / "log"
    tool.write_text(SLOW)
    tool.chmod(0o755)
    log.write_text("")

    def go(*goals):
        return start(*goals, f'CC="{tool}"', f'HOSTAR="{tool}"', "LIBFDT=", LOG=str(log))
    go.begun = lambda: len(log.read_text())
    return go


def finish(making):
    said = making.communicate()[0]
    assert making.returncode == 0, said


def halves(clone):
    """What a make would take for made; what SIGKILL leaves in scripts/whole's own folders is not."""
    return [path for path in clone.rglob("build/**/*.[oa]")
            if not path.parent.name.startswith(".whole.") and path.read_text() != "half\nwhole\n"]


@pytest.mark.slow
def test_two_makes_at_once(clone, slow):
    for apart in (0, 10):
        shutil.rmtree(clone / "build", ignore_errors=True)
        before = slow.begun()
        first = slow("build/dtshim")
        until(lambda: slow.begun() >= before + apart)
        other = slow("build/dtshim")
        finish(first)
        finish(other)
        assert halves(clone) == [] and (clone / "build/dtshim").exists()
        assert slow.begun() > 100


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_make_that_is_stopped(clone, slow, number):
    making = slow("-j4", "build/dtshim")
    until(lambda: slow.begun() >= 20)
    os.killpg(making.pid, number)
    making.communicate()  # until the last of them has ended: they have its output open
    assert making.returncode
    assert halves(clone) == []
    finish(slow("build/dtshim"))
    assert halves(clone) == []


@pytest.mark.slow
def test_spaces_in_the_path_of_a_checkout(clone, start):
    """A tool that works, made by a real compiler, and a stage's configuration."""
    finish(start("-j2", "HOST_CFLAGS=-O0", "build/dtshim", "build/image", "build/config/config.h"))
    listed = subprocess.run([clone / "build/dtshim", "image", "--list"], capture_output=True, text=True)
    assert listed.returncode == 0 and "rockpro64" in listed.stdout, listed.stderr
    finish(start("build/qemu_arm64/.config", "qemu_arm64_defconfig", "KCONFIG_CONFIG=build/qemu_arm64/.config"))
    text = (clone / "build/qemu_arm64/.config").read_text()
    assert 'CONFIG_STAGE_FALLBACK_UART="arm,pl011"' in text
    assert not [path for path in clone.rglob("*.new*")]


@pytest.mark.parametrize("variable", ["O", "KCONFIG_CONFIG", "O=/else/where KCONFIG_CONFIG"])
def test_make_itself_takes_no_spaces(variable):
    done = subprocess.run(["make", "-C", ROOT, "-n", *variable.split()[:-1], variable.split()[-1] + "=my folder/x"],
                          capture_output=True, text=True)
    assert done.returncode and "make does not support names with spaces" in done.stderr


def test_every_step_makes_its_file_whole():
    """No recipe calls a compiler but by the words that see to it."""
    text = (ROOT / "Makefile").read_text().replace("\\\n", "")
    steps = re.findall(r"^\t.*\$\((?:CC|CROSS\)gcc|FUZZ_CC|HOSTAR)\b.*$", text, re.M)
    made = [step for step in steps if " -o $@" in step or " qcsD $@" in step]
    assert len(made) > 8 and all(step.startswith("\t$(call run,") for step in made)
    assert re.search(r"^run .*\$\(WHOLE\) \$\(2\)", text, re.M)


def test_paths_of_the_checkout_are_quoted():
    """They may have spaces, as only make's own names cannot."""
    text = (ROOT / "Makefile").read_text()
    found = re.findall(r"(.)\$\((?:CURDIR|abspath|realpath)\b", text)
    assert found and set(found) <= {'"', "'"}
