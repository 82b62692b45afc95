# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Which failure leads where: each cell of the table in doc/reference/failures.rst that is U-Boot's."""
import subprocess

import pytest

import failures
from places import BUILD
from trees import Tree
from uboot_fits import BOARD, FIT, KERNEL, hashed, payload, places  # noqa: F401
from uboot_sandbox import load

WAYS = {"dtshim boot": "dtshim boot", "every boot": "bootm"}
HYPERVISOR = 0x4800000


def module(at, size, compatible):
    return f'module@{at:x} {{ compatible = {compatible}; reg = <0 {at:#x} 0 {size:#x}>; }};'


class Case:
    """A sound boot of a hypervisor, in which a failure puts something wrong."""

    def __init__(self, folder, make_tree, payload):
        self.folder, self.make_tree, self.payload = folder, make_tree, payload
        self.memory, self.hypervisor, self.kernel, self.named = BOARD, HYPERVISOR, KERNEL, True
        self.policy, self.tree_at, self.body = {"dom0_mem": "64M"}, None, None
        self.change_fit = self.change_tree = self.record = None
        self.files = {}

    def chosen(self):
        if not self.named:
            return ""
        return ("chosen { #address-cells = <2>; #size-cells = <2>; "
                + module(self.hypervisor, 0x100000, '"dtshim,hypervisor"')
                + module(self.kernel, 0x400000, '"multiboot,kernel", "multiboot,module"') + " };")

    def loads(self, tree):
        """Where the tree says, and a rewritten one says elsewhere."""
        where = {"dtshim,hypervisor": (self.hypervisor,), "multiboot,kernel": (self.kernel,)}
        if self.record:
            where = places(Tree(tree))
        self.hypervisor = where["dtshim,hypervisor"][0]
        return [load(name, f"{where[kind][0]:x}") for name, kind in (
            ("xen", "dtshim,hypervisor"), ("linux", "multiboot,kernel"))]

    def lines(self, way, on_error):
        tree = self.make_tree(self.body or self.memory + self.chosen(), "board.dtb")
        if self.change_tree:
            self.change_tree(tree)
        self.files = self.payload(**(
            {"configuration": 'kernel = "linux"; fdt = "board.dtb";'} if self.named else {}),
            linux=hashed("linux", "kernel", KERNEL))
        if self.change_fit:
            self.change_fit(self.folder / "boot.itb")
        policy = self.policy | ({"on_error": on_error} if on_error else {})
        return [*(f"setenv dtshim_{name} {word}" for name, word in policy.items()), load("boot.itb", FIT),
                *self.loads(tree),
                f"{WAYS[way]} {FIT}#c0" + (f" - {self.tree_at}" if self.tree_at else "")]


@pytest.fixture
def case(folder, make_tree, payload):  # noqa: F811
    return lambda: Case(folder, make_tree, payload)


# ---- what goes wrong ----------------------------------------------------------------------------

def no_tree(case):
    case.tree_at = "8000000"


def damaged_tree(case):
    case.change_tree = lambda tree: tree.write_bytes(tree.read_bytes()[:-200])


def overlay(case):
    case.body = 'fragment@0 { target-path = "/"; __overlay__ { }; };'


def no_memory_node(case):
    case.memory = case.memory.replace("memory@", "nothing@").replace('device_type = "memory";', "")


def unknown_word(case):
    case.policy["layout"] = "sideways"


def too_large(case):
    case.policy["dom0_mem"] = "4G"


def another_record(case):
    def rewrite(tree):
        subprocess.run([BUILD / "dtshim", "apply", "--dom0-mem", "64M", tree, "-o", tree], check=True,
                       capture_output=True)
        subprocess.run(["fdtput", "-t", "x", tree, "/memory@1000000", "reg", "0", "1000000", "0", "e000000"],
                       check=True)
    case.change_tree = case.record = rewrite


def lost_module(case):
    """Where the hypervisor is, too: one of the two was loaded over the other."""
    case.kernel = HYPERVISOR + 0x80000


def damaged_payload(case):
    def damage(fit):
        blob = bytearray(fit.read_bytes())
        blob[blob.index(case.files["linux"][0x1000:0x1020])] ^= 1
        fit.write_bytes(blob)
    case.change_fit = damage


def named_twice(case):
    case.payload = both_name(case.payload)


def both_name(make):
    return lambda linux, **_: make(linux=linux)


FAILURES = {
    "no tree": (no_tree, "there is no device tree|Could not find a valid device tree|no valid FDT"),
    "a damaged tree": (damaged_tree, r" \[(truncated|layout|structure|strings)\]|FDT"),
    "an overlay": (overlay, r"this is an overlay.* \[overlay\]"),
    "no RAM in the tree": (no_memory_node, r" \[no-ram\]"),
    "a wrong word in the policy": (unknown_word, r"sideways"),
    "a plan that fails": (too_large, r" \[dom0-size\]"),
    "another boot's record": (another_record, r" \[record\]"),
    "a lost module": (lost_module, r"overlaps the .* \[payload\]"),
    "a damaged payload": (damaged_payload, r"Bad hash value"),
    "payload and modules": (named_twice, r" \[payload\]"),
}


ELSEWHERE = {"not at EL2"}  # test_uboot_board.py


# ---- where it leads -----------------------------------------------------------------------------

def cells(*outcomes):
    return [pytest.param(way, failure, id=f"{failure}, {way}") for failure in FAILURES for way in WAYS
            if failures.TABLE[failure][way] in outcomes]


def boot(sandbox, case, way, failure, on_error):
    """The words, and the boot's end: "prompt", "reset" or "started"."""
    if failure:
        FAILURES[failure][0](case)
    out = sandbox(*case.lines(way, on_error), "echo at the prompt", code=None)
    started = "Transferring control to Linux" in out
    return out, "started" if started else "reset" if "must RESET the board" in out else "prompt"


@pytest.mark.parametrize("way", WAYS)
def test_a_sound_one_starts(sandbox, case, way):
    out, end = boot(sandbox, case(), way, None, "pass-through")
    assert end == "started" and "dtshim: starting Xen" in out and "on-error" not in out


@pytest.mark.parametrize("on_error", [None, "halt", "pass-through"])
@pytest.mark.parametrize("way, failure", cells("prompt", "reset"))
def test_nothing_starts(sandbox, case, way, failure, on_error):
    out, end = boot(sandbox, case(), way, failure, on_error)
    assert end == failures.TABLE[failure][way], out
    assert failures.says(FAILURES[failure][1], out), out


@pytest.mark.parametrize("on_error", [None, "halt", "pass-through"])
@pytest.mark.parametrize("way, failure", cells("on-error"))
def test_on_error_decides(sandbox, case, way, failure, on_error):
    entered = case()
    out, end = boot(sandbox, entered, way, failure, on_error)
    assert failures.says(FAILURES[failure][1], out), out
    if on_error == "pass-through":
        assert end == "started" and f"to Linux (at address {entered.hypervisor:08x})" in out, out
    else:
        assert end == {"dtshim boot": "prompt", "every boot": "reset"}[way] and "the boot is refused" in out, out


def test_the_table_is_tried():
    assert FAILURES.keys() | ELSEWHERE == {row for row, line in failures.TABLE.items()
                               if set(line[way] for way in WAYS) != {"-"}}
