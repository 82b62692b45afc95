# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Parts of another commit of dtshim, built by its own Makefile, which knows where its sources are."""
import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
# What this make was told is not for that one.
OURS = ("MAKEFLAGS", "MFLAGS", "MAKEOVERRIDES", "MAKELEVEL", "GUESTS")


def find(name):
    """The whole name of a commit; None: there is none."""
    found = subprocess.run(["git", "rev-parse", "-q", "--verify", f"{name}^{{commit}}"], cwd=ROOT,
                           stdout=subprocess.PIPE, text=True)
    return None if found.returncode else found.stdout.strip()


def take(commit, source):
    """Its sources, in this folder."""
    source.mkdir(parents=True, exist_ok=True)
    archive = subprocess.run(["git", "archive", commit], cwd=ROOT, check=True,
                             stdout=subprocess.PIPE).stdout
    subprocess.run(["tar", "-x", "-C", source], input=archive, check=True)


def make(source, output, *targets):
    environment = {name: value for name, value in os.environ.items() if name not in OURS}
    subprocess.run(["make", "-s", "-C", source, f"-j{os.cpu_count()}", f"O={output}",
                    f"KCONFIG_CONFIG={output}/.config", *targets],
                   env=environment, check=True, stdout=subprocess.DEVNULL)
