# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Which failure leads where: each cell of the table in doc/reference/failures.rst that is a stage's.

The stage's main runs on this machine, on RAM at its true addresses. U-Boot's columns are those
of test/uboot/test_uboot_failures.py.
"""
import subprocess

import pytest

import failures
import signing
from places import BUILD, ROOT
from stage_entry import (FILES, KERNEL, MEMORY, MIB, RAM, RAMDISK, STAGE, TREE, UART, XEN, enter,
                         kernel, module, modules)

WAYS = failures.WAYS[:3]
KEYS = BUILD / "fuzz/signing"
OWN_MIDDLE = STAGE + 2 * MIB


# ---- what is entered ----------------------------------------------------------------------------

def make_fit(folder, keys=None):
    for name, data in FILES.items():
        (folder / name).write_bytes(data)
    if keys:
        control = folder / "control.dtb"
        control.write_bytes((KEYS / "control.dtb").read_bytes())
        return signing.sign(folder, "payload", keys, control)
    (folder / "payload.its").write_text((ROOT / "board/qemu_arm64/payload.its").read_text())
    subprocess.run(["mkimage", "-f", "payload.its", "payload.itb"], cwd=folder, check=True,
                   capture_output=True)
    return folder / "payload.itb"


@pytest.fixture(scope="session")
def fits(tmp_path_factory):
    """The FIT behind the stage's image, by the way in."""
    made = {"files": lambda: None, "payload": lambda: make_fit(tmp_path_factory.mktemp("fit")),
            "signed": lambda: make_fit(tmp_path_factory.mktemp("fit"), KEYS / "keys")}
    known = {}

    def fit(way):
        if way == "signed":
            signing.need_mbedtls()
        if way not in known:
            known[way] = made[way]()
        return known[way]
    return fit


class Case:
    """A sound entry, in which a failure puts something wrong."""

    def __init__(self, way, on_error, folder, make_tree, fit):
        self.way, self.folder, self.make_tree, self.fit = way, folder, make_tree, fit
        self.memory, self.chosen = MEMORY, modules() if way == "files" else ""
        self.policy = {"dom0-mem": "<0 0x10000000>"}
        if on_error:
            self.policy["on-error"] = f'"{on_error}"'
        self.options, self.files, self.x0, self.blob = [], {}, TREE, None
        if way == "files":
            self.load_files()

    def load_files(self):
        for at, name in ((XEN, "xen"), (KERNEL, "Image"), (RAMDISK, "initrd")):
            self.files[at] = self.folder / name
            self.files[at].write_bytes(FILES[name])

    def tree(self):
        policy = "".join(f"{name} = {value};" for name, value in self.policy.items())
        return self.make_tree(f"""{self.memory} {UART}
            chosen {{ #address-cells = <2>; #size-cells = <2>; stdout-path = "/serial@9000000";
                {self.chosen} dtshim {{ {policy} }}; }};""")

    def change_fit(self, change):
        blob = bytearray(self.fit.read_bytes())
        change(blob)
        self.fit = self.folder / "changed.itb"
        self.fit.write_bytes(blob)

    def enter(self):
        (self.folder / "entered.dtb").write_bytes(self.blob or self.tree().read_bytes())
        payload = ["--payload", self.fit] if self.fit else []
        return enter(self.files | {TREE: self.folder / "entered.dtb"}, "--stage", STAGE, "--tree", self.x0,
                     *payload, *self.options, signed=self.way == "signed", ram=[RAM])


@pytest.fixture
def case(tmp_path, make_tree, fits):
    return lambda way, on_error=None: Case(way, on_error, tmp_path, make_tree, fits(way))


# ---- what goes wrong ----------------------------------------------------------------------------

def no_tree(case):
    case.x0 = 0


def damaged_tree(case):
    case.blob = case.tree().read_bytes()[:-200]


def overlay(case):
    case.blob = case.make_tree('fragment@0 { target-path = "/"; __overlay__ { }; };').read_bytes()


def tree_in_the_way(case):
    case.x0 = OWN_MIDDLE


def inside_a_page(case):
    case.options += ["--stage", STAGE + 0x800]


def mmu_on(case):
    case.options += ["--mmu-on"]


def at_el1(case):
    case.options += ["--level", 1]


def no_memory_node(case):
    case.memory = ""


def false_memory(case):
    """Where dom0 leaves no other room than what is none."""
    case.memory = MEMORY.replace(f"{RAM[1]:#x}", f"{RAM[1] + 256 * MIB:#x}")
    case.policy["dom0-mem"] = f"<0 {RAM[1] - 16 * MIB:#x}>"


def unknown_word(case):
    case.policy["layout"] = '"sideways"'


def too_large(case):
    case.policy["dom0-mem"] = "<4 0>"


def contract_none(case):
    case.policy["contract"] = '"none"'


def rewritten(case):
    out = case.folder / "rewritten.dtb"
    subprocess.run([BUILD / "dtshim", "apply", case.tree(), "-o", out], check=True, capture_output=True)
    return out


def another_record(case):
    """The tree was rewritten where a board has more RAM."""
    out = rewritten(case)
    subprocess.run(["fdtput", "-t", "x", out, f"/memory@{RAM[0]:x}", "reg", "0", f"{RAM[0]:x}", "0",
                    f"{RAM[1] - 2 * MIB:x}"], check=True)
    case.blob = out.read_bytes()


def lost_module(case):
    case.chosen = modules(ramdisk=OWN_MIDDLE)


def no_hypervisor(case):
    case.chosen = case.chosen.replace("dtshim,hypervisor", "test,nothing")


def no_image(case):
    case.files[XEN].write_bytes(bytes(MIB))


def damaged_payload(case):
    case.change_fit(lambda blob: blob.__setitem__(blob.index(b"initrd" * 9), 0))


def unsigned_payload(case):
    case.fit = make_fit(case.folder)


def named_twice(case):
    case.chosen = modules()
    case.load_files()


FAILURES = {
    "no tree": (no_tree, r"no device tree in x0 \[magic\]"),
    "a damaged tree": (damaged_tree, r" \[(truncated|layout|structure|strings)\]"),
    "an overlay": (overlay, r"this is an overlay.* \[overlay\]"),
    "the tree in the stage's memory": (tree_in_the_way, r"the stage's own memory .* \[placement\]"),
    "loaded inside a page": (inside_a_page, r"not a multiple of 4096 \[placement\]"),
    "the MMU is on": (mmu_on, r"left the MMU on"),
    "not at EL2": (at_el1, r"started at EL1"),
    "no RAM in the tree": (no_memory_node, r" \[no-ram\]"),
    "RAM that does not exist": (false_memory, None),  # an exception on a board: test/boot/test_faults.py
    "a wrong word in the policy": (unknown_word, r"'sideways'.* \[policy\]"),
    "a plan that fails": (too_large, r" \[dom0-size\]"),
    "contract none": (contract_none, r"with contract none there is no hypervisor"),
    "another boot's record": (another_record, r" \[record\]"),
    "a lost module": (lost_module, r"overlaps the stage's own memory .* \[payload\]"),
    "no hypervisor": (no_hypervisor, r"no Xen to boot \[payload\]"),
    "not a hypervisor": (no_image, r" \[payload\]"),
    "a damaged payload": (damaged_payload, r"(sha256|crc32) differs: the data is damaged \[payload\]"),
    "an unsigned payload": (unsigned_payload, r" \[payload\]"),
    "payload and modules": (named_twice, r" \[payload\]"),
}


# ---- where it leads -----------------------------------------------------------------------------

def cells(outcome):
    return [pytest.param(way, failure, id=f"{failure}, {way}") for failure in failures.TABLE for way in WAYS
            if failures.TABLE[failure][way] == outcome]


def assert_words(ended, failure, refused=None):
    words = refused or FAILURES[failure][1]
    assert ended.last.startswith("dtshim: ") and "dtshim: halted" in ended.last
    assert failures.says(words, ended.last) and "what to do: " in ended.last, ended.last


def refused_before(entered, ended):
    """A stage with keys looks at the word itself, once there is RAM to be looked at."""
    words = r"on-error: pass-through would start unsigned files \[policy\]"
    return words if entered.way == "signed" and failures.says(words, ended.last) else None


@pytest.mark.parametrize("way", WAYS)
def test_a_sound_one_starts(case, way):
    """What the failures are put into."""
    ended = case(way).enter()
    assert ended.started, ended.said


def test_pass_through_of_a_sound_one(case):
    """It is for what fails alone."""
    ended = case("files", "pass-through").enter()
    assert ended.started and ended.started[1] != TREE and "pass-through" not in ended.said


@pytest.mark.parametrize("on_error", [None, "halt", "pass-through"])
@pytest.mark.parametrize("way, failure", cells("halt"))
def test_nothing_starts(case, way, failure, on_error):
    entered = case(way, on_error)
    FAILURES[failure][0](entered)
    ended = entered.enter()
    assert not ended.started
    if FAILURES[failure][1] is None:
        assert ended.end == "no RAM" or refused_before(entered, ended)
    else:
        assert_words(ended, failure, refused_before(entered, ended))


@pytest.mark.parametrize("on_error", [None, "halt", "pass-through"])
@pytest.mark.parametrize("way, failure", cells("on-error"))
def test_on_error_decides(case, way, failure, on_error):
    """What starts then is what lies there, with the unchanged tree."""
    entered = case(way, on_error)
    FAILURES[failure][0](entered)
    ended = entered.enter()
    if on_error == "pass-through":
        assert ended.started == (XEN, TREE) and failures.says(FAILURES[failure][1], ended.said)
    else:
        assert not ended.started
        assert_words(ended, failure)


def test_the_table_is_tried():
    """Each row, and no failure that the table does not have."""
    assert FAILURES.keys() == {row for row, line in failures.TABLE.items() if set(line[way] for way in WAYS) != {"-"}}


# ---- what is lost, and what is not --------------------------------------------------------------

WHERE_LOST = {
    "stage": lambda: modules(ramdisk=OWN_MIDDLE),
    "stage, kernel": lambda: modules(kernel_at=OWN_MIDDLE),
    "tree": lambda: modules(ramdisk=TREE - 4096),
    "another module": lambda: modules(ramdisk=KERNEL + MIB),
    "linux,initrd-start, stage": lambda: initrd_at(OWN_MIDDLE),
    "linux,initrd-start, tree": lambda: initrd_at(TREE - 4096),
    "linux,initrd-start, another module": lambda: initrd_at(KERNEL + MIB),
}


def initrd_at(at):
    """As U-Boot says where booti's ramdisk is, in place of a module."""
    named = modules()
    return (named[:named.index(f"module@{RAMDISK:x}")] +
            f"linux,initrd-start = <0 {at:#x}>; linux,initrd-end = <0 {at + len(FILES['initrd']):#x}>;")


def chosen_with(named):
    """dtc wants properties before nodes."""
    at = named.find("linux,initrd")
    return named if at < 0 else named[at:] + named[:at]


@pytest.mark.parametrize("where", WHERE_LOST)
@pytest.mark.parametrize("on_error", [None, "pass-through"])
def test_no_lost_module_starts(case, where, on_error):
    entered = case("files", on_error)
    entered.chosen = chosen_with(WHERE_LOST[where]())
    ended = entered.enter()
    assert not ended.started and "[payload]" in ended.last
    assert ("on-error is pass-through, but a module is lost: " in ended.last) == bool(on_error)
    assert "overlaps the" in ended.last or "overlaps another module" in ended.last


def test_no_module_lies_in_the_payload(case):
    """The tree cannot mean a part of the FIT, which nobody had loaded for it."""
    entered = case("payload")
    at = STAGE + MIB  # behind the image, which is smaller
    entered.chosen = module(at, 4096, '"xen,xsm-policy", "multiboot,module"')
    ended = entered.enter()
    assert not ended.started and f"/chosen/module@{at:x}: reg: overlaps the stage's own memory" in ended.last


@pytest.mark.parametrize("at", [RAMDISK, STAGE - 64 * 1024])
def test_a_ramdisk_elsewhere_starts(case, at):
    entered = case("files")
    entered.files[at] = entered.folder / "initrd"
    entered.chosen = chosen_with(initrd_at(at))
    assert entered.enter().started


def test_one_place_in_two_nodes_is_one_module(case):
    """A domain and another one have the same kernel: neither is lost, whatever else fails."""
    entered = case("files", "pass-through")
    unknown_word(entered)
    entered.chosen += "".join(f"""domU{number} {{ compatible = "xen,domain"; #address-cells = <2>;
        #size-cells = <2>; memory = <0 0x10000>; cpus = <1>; {kernel()} }};"""
                              for number in range(2))
    assert entered.enter().started == (XEN, TREE)


@pytest.mark.parametrize("stage", [STAGE, RAMDISK - MIB])
def test_a_lost_module_of_a_rewritten_tree(case, stage):
    """Such a tree is recognised, and starts as it is, where its modules do."""
    entered = case("files", "pass-through")
    entered.blob = rewritten(entered).read_bytes()
    entered.options += ["--stage", stage]
    ended = entered.enter()
    assert "the tree already has the record of this policy" in ended.said
    if stage == STAGE:
        assert ended.started == (XEN, TREE)
    else:
        assert not ended.started and "overlaps the stage's own memory" in ended.last
