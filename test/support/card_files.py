# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""What lies on a card: as sfdisk and mtools read it."""
import json
import subprocess

from made_up_packages import own_file

MIB = 1 << 20


def table(card):
    """As sfdisk reads it; a damaged one is an error."""
    subprocess.run(["sfdisk", "--verify", card], check=True, capture_output=True)
    return json.loads(subprocess.run(["sfdisk", "--json", card], check=True, capture_output=True,
                                     text=True).stdout)["partitiontable"]


def boot_start(card):
    return 512 * table(card)["partitions"][0]["start"]


def listed(card):
    """Names in the boot partition, as mtools lists them."""
    out = subprocess.run(["mdir", "-b", "-/", "-i", f"{card}@@{boot_start(card)}", "::"], check=True,
                         capture_output=True, text=True).stdout
    return {line.removeprefix("::/") for line in out.split() if not line.endswith("/")}


def content(card, name):
    return subprocess.run(["mtype", "-i", f"{card}@@{boot_start(card)}", f"::{name}"], check=True,
                          capture_output=True).stdout


def at(card, offset, size=4096):
    with open(card, "rb") as image:
        image.seek(offset)
        return image.read(size)


PARTS = {"dtshim.img", "xen", "Image", "initrd", "boot.cmd", "boot.scr"}


def brought(folder, *names):
    return [word for name in names for word in ("--bring", f"{name}={own_file(folder, name)}")]
