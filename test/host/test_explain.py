# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""dtshim explain: what a console log says of a boot."""
import json
import random
import re
import subprocess

import jsonschema
import pytest

from patience import patience
from places import BUILD, ROOT, SANITIZED
from trees import MEMORY

SCHEMA = json.loads((ROOT / "doc/reference/explain.schema.json").read_text())
BANNER = "(XEN) Xen version 4.20.5-pre (Debian 4.20.4+63-g7abfd2bce2-0+deb13u1)\n"
KEPT = """(XEN) BANK[0] 0x00000040000000-0x00000060000000 (512MB)
(XEN) IRQ 33 is already used by Xen
(XEN) Unable to map IRQ33 to d0
(XEN) Device tree generation failed (-16).
"""
PANIC = """(XEN)
(XEN) ****************************************
(XEN) Panic on CPU 0:
(XEN) Could not set up DOM0 guest OS (rc = -22)
(XEN) ****************************************
(XEN)
(XEN) Reboot in five seconds...
"""
UBOOT = "U-Boot 2023.01+dfsg-2 (Feb 09 2023)\n\nDRAM:  1 GiB\n"
STARTS = "## Flattened Device Tree blob at 44000000\n\nStarting kernel ...\n\n"
STARTED = "(XEN) *** Serial input to DOM0 (type 'CTRL-a' three times to switch input)\n"
LINUX = "[    0.000000] Booting Linux on physical CPU 0x0000000000 [0x411fd070]\n"


def recorded():
    """(release or None, ids, log) of what stock Xen printed."""
    text = (ROOT / "test/support/consoles.txt").read_text()
    for part in re.split(r"^== ", text, flags=re.M)[1:]:
        head, log = part.split("\n", 1)
        release, ids = head.split()
        yield release, ids.split(","), log


RECORDED = list(recorded())


@pytest.fixture
def explain(tool):
    def run(log, *more, code=None):
        text = log if isinstance(log, bytes) else log.encode()
        answer = json.loads(tool("explain", "--json", *more[:-1], "-", *more[-1:], stdin=text, code=code).out)
        jsonschema.Draft202012Validator(SCHEMA).validate(answer)
        return answer
    return run


def ids_of(answer):
    return answer["reason"] and answer["reason"]["ids"]


# ---- what Xen printed ---------------------------------------------------------------------------

def test_schema_is_sound():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_both_releases_are_recorded():
    assert {release for release, _, _ in RECORDED} == {"4.17", "4.20", "early"} and len(RECORDED) > 20


@pytest.mark.parametrize("number", range(len(RECORDED)))
def test_recorded(explain, number):
    release, ids, log = RECORDED[number]
    answer = explain(log, code=0 if ids == ["booted"] else 1)
    assert answer["boot"]["release"] == (release if "Xen version" in log else None)
    if ids == ["booted"]:
        assert answer["verdict"] == "booted" and not answer["reason"]
    else:
        assert answer["verdict"] == "stopped" and ids_of(answer) == ids


def dressed(log, line):
    return "".join(line(words) + "\n" for words in log.splitlines())


DRESSES = {
    "CR LF": lambda log: log.replace("\n", "\r\n").encode(),
    "no prefix": lambda log: log.replace("(XEN) ", "").encode(),
    "stamps of Xen": lambda log: log.replace("(XEN) ", "(XEN) [    2.718281] ").encode(),
    "stamps of a terminal": lambda log: dressed(log, lambda words: "[2026-11-28 12:00:01.123] " + words).encode(),
    "colours": lambda log: dressed(log, lambda words: f"\x1b[1;31m{words}\x1b[0m\x1b[K").encode(),
    "behind a line of dom0": lambda log: log.replace("(XEN) ", "[    0.5] usb 1-1: new(XEN) ").encode(),
    "of Windows": lambda log: "\ufeff".encode("utf-16-le") + log.replace("\n", "\r\n").encode("utf-16-le"),
    "a window's title": lambda log: dressed(log, lambda words: f"\x1b]0;tty\x07{words}").encode(),
}


@pytest.mark.parametrize("dress", DRESSES)
def test_it_is_read_in_any_dress(explain, dress):
    plain = explain(BANNER + KEPT + PANIC)
    other = explain(DRESSES[dress](BANNER + KEPT + PANIC))
    assert other["reason"] == plain["reason"] and ids_of(plain) == ["interrupt"]
    assert other["boot"] == plain["boot"] and plain["boot"]["banks"] == [
        {"base": "0x40000000", "size": "0x20000000"}]


def test_words_that_nobody_knows_are_not_guessed(explain):
    answer = explain(BANNER + PANIC.replace("Could not set up DOM0 guest OS (rc = -22)", "The moon is full"))
    assert answer["verdict"] == "unnamed" and answer["boot"]["panic"] == "The moon is full"


# ---- which message counts -------------------------------------------------------------------------

def test_the_cause_counts_and_not_what_follows_on_it(explain):
    answer = explain(BANNER + KEPT + PANIC)
    assert answer["reason"]["words"] == "IRQ 33 is already used by Xen"
    assert answer["reason"]["interrupt"] == 33 and answer["reason"]["rules"] == ["irq-kept"]
    assert [one["words"] for one in answer["messages"]][-1] == "Could not set up DOM0 guest OS (rc = -22)"


def test_the_last_three_lines_alone(tool, explain):
    last = "".join(PANIC.splitlines(True)[2:5])
    answer = explain(last)
    assert ids_of(answer) == ["unpacking", "kernel-format"] and answer["boot"]["release"] is None
    assert (answer["boot"]["release-from"], answer["boot"]["release-to"]) == (18, 20)
    page = tool("explain", "-", stdin=last.encode(), code=1).out
    assert "this log begins after the cause" in page and "4.18 to 4.20, by its messages" in page


def test_it_says_why_of_a_stop_that_several_rules_name(explain):
    reason = explain(BANNER + "(XEN) Unable to copy the kernel in the hwdom memory\n")["reason"]
    assert "registers" in reason["why"] and {"reg-in-dom0", "memory-type"} <= set(reason["rules"])


def test_a_row_is_for_its_releases(explain):
    missing = "(XEN) Missing kernel boot module?\n"
    assert ids_of(explain(BANNER + missing)) == ["no-kernel"]
    assert len(ids_of(explain(BANNER.replace("4.20", "4.17") + missing))) > 4
    assert len(ids_of(explain(missing))) > 4  # nobody says the release


def test_a_boot_that_goes_on_is_not_stopped(explain):
    answer = explain(UBOOT + "ERROR: reserving fdt memory region failed (addr=80000000 size=200000 flags=4)\n" +
                     "libfdt fdt_setprop(): FDT_ERR_NOSPACE\n" + STARTS + BANNER + STARTED, code=0)
    assert answer["verdict"] == "booted"
    assert [(one["ids"], one["passed"]) for one in answer["messages"]] == [
        (["fdt-reserve"], True), (["fdt-space"], True)]


def test_what_comes_when_all_runs_counts(explain):
    answer = explain(BANNER + STARTED + LINUX + "(XEN) smmu: /soc/iommu@fd800000: Unhandled context fault: "
                     "fsr=0x402, iova=0x7d000000, fsynr=0x1, cb=0\n", code=1)
    assert ids_of(answer) == ["iommu-fault"]


def test_a_dom0_that_was_quiet_and_was_shut_down(tool, explain):
    log = BANNER + STARTED + "(XEN) Freed 360kB init memory.\n"
    assert explain(log, code=0)["boot"]["part"] == "started"
    assert "no line is known to be from its kernel" in tool("explain", "-", stdin=log.encode()).out
    log += "Debian GNU/Linux\n(XEN) Hardware Dom0 halted: halting machine\n"
    answer = explain(log, code=0)
    assert answer["boot"]["part"] == "linux" and answer["verdict"] == "booted"
    assert "which runs" in tool("explain", "-", stdin=log.encode()).out


def test_another_hypervisor(explain):
    log = UBOOT + STARTS + "dtshim: starting the hypervisor at 0x48000000, tree at 0x4a000000\n"
    assert explain(log, code=1)["verdict"] == "silent"
    assert explain(log + "witness: hello\n" + LINUX, code=0)["verdict"] == "other"


def test_a_domain_whose_words_xen_marks_as_its_own(explain):
    log = BANNER + STARTED + "(XEN) [    1.0] VFS: Unable to mount root fs on unknown-block(0,0)\n"
    assert ids_of(explain(log, code=1)) == ["root-device"]


# ---- several boots ----------------------------------------------------------------------------------

def test_the_last_boot_counts(tool, explain):
    log = UBOOT + STARTS + BANNER + KEPT + PANIC + UBOOT + STARTS + BANNER + STARTED
    answer = explain(log, code=0)
    assert (answer["boot"]["boots"], answer["boot"]["boot"]) == (2, 2)
    page = tool("explain", "-", stdin=log.encode(), code=0).out
    assert "number 2 of 2" in page and "the last" in page


def test_the_stages_of_a_loader_are_one_boot(explain):
    log = "U-Boot TPL 2023.01 (x)\nU-Boot SPL 2023.01 (x)\n" + UBOOT + STARTS + BANNER + KEPT
    assert explain(log)["boot"]["boots"] == 1 and explain(log * 3)["boot"]["boots"] == 3


def test_one_that_has_only_begun_does_not(explain):
    answer = explain(UBOOT + STARTS + BANNER + KEPT + PANIC + UBOOT, code=1)
    assert (answer["boot"]["boots"], answer["boot"]["boot"]) == (2, 1) and ids_of(answer) == ["interrupt"]


def test_early_words_are_those_of_the_boot_behind_them(explain):
    """Xen reads the tree before it says which release it is."""
    early = "- UART enabled -\n(XEN) RAM: 0000000080000000 - 00000000bfffffff\n"
    answer = explain(early + BANNER + KEPT + PANIC + early + BANNER + KEPT)
    assert (answer["boot"]["boots"], answer["boot"]["boot"], len(answer["boot"]["ram"])) == (2, 2, 1)


def test_what_went_before_is_told(tool):
    log = UBOOT + "libfdt fdt_setprop(): FDT_ERR_NOSPACE\n" + STARTS + BANNER + "(XEN) Missing kernel boot module?\n"
    page = tool("explain", "-", stdin=log.encode(), code=1).out
    assert "FDT_ERR_NOSPACE\n" in page and "Xen may then find no kernel [fdt-space]\n" in page


def test_linux_alone(tool):
    log = "[    1.0] Linux version 6.1.0\n[    2.0] mmc0: swiotlb buffer is full (sz: 4096 bytes)\n"
    assert tool("explain", "-", stdin=log.encode(), code=1).out.startswith("<stdin>: Linux prints: mmc0")


def test_line_numbers_are_an_editors(explain):
    log = "Loading: ###\rLoading: ####\r\n\r\n" + BANNER + KEPT
    assert explain(log)["reason"]["line"] == 5


# ---- where no message says it --------------------------------------------------------------------

def test_silence(tool, explain):
    answer = explain(UBOOT + STARTS, code=1)
    assert answer["verdict"] == "silent" and answer["boot"]["part"] == "handed-over"
    page = tool("explain", "-", stdin=(UBOOT + STARTS).encode(), code=1).out
    assert "dtshim check TREE" in page and "console=dtuart" in page


def test_silence_behind_dtshim(explain):
    answer = explain(UBOOT + STARTS + "dtshim 0.9 at 0x40200000, EL2, tree at 0x44000000\n"
                     "dtshim: Xen 4.20 will give dom0 0x40000000-0x5fffffff\n"
                     "dtshim: starting Xen at 0x48000000, tree at 0x4a000000\n\n", code=1)
    assert answer["verdict"] == "silent" and answer["boot"]["part"] == "xen-started"
    assert (answer["boot"]["xen-at"], answer["boot"]["tree-at"]) == ("0x48000000", "0x4a000000")


def test_a_log_that_was_cut(tool, explain):
    log = BANNER + "(XEN) Bringing up CPU1\n"
    answer = explain(log, code=1)
    assert answer["verdict"] == "unnamed" and answer["last"][-1] == "Bringing up CPU1"
    assert "Bringing up CPU1" in tool("explain", "-", stdin=log.encode(), code=1).out.splitlines()[0]


def test_linux_without_xen(explain):
    assert explain(UBOOT + STARTS + LINUX, code=1)["verdict"] == "no-xen"


def test_a_loader_that_ends_without_a_word(explain):
    assert explain(UBOOT, code=1)["verdict"] == "unstarted"


@pytest.mark.parametrize("log", ["", "hello\n", "\n" * 100, "\0\0\0", "\x1b[", "(XEN", "dtshim"])
def test_no_log(tool, log):
    done = tool("explain", "-", stdin=log.encode(), code=2)
    assert "has no line from the console of a boot" in done.err and "what to do: " in done.err
    assert tool("explain", "nothing.log", code=2).err


def test_dtshims_own_error(explain):
    answer = explain(UBOOT + STARTS + "dtshim 0.9 at 0x40200000, EL2, tree at 0x44000000\n"
                     "dtshim: /chosen/module@1: reg: is not RAM [payload]\n  what to do: load it into RAM\n"
                     "dtshim: halted\n", code=1)
    assert ids_of(answer) == ["payload"] and answer["reason"]["remedy"] == "load it into RAM"


# ---- words of others, one of each kind -------------------------------------------------------------

WORDS = [
    (UBOOT + "Bad Linux ARM64 Image magic!\n", "image-magic"),
    (UBOOT + "FDT and ATAGS support not compiled in\nresetting ...\n", "no-tree"),
    (UBOOT + "Failed to load 'xen'\n", "file-missing"),
    (UBOOT + STARTS + "- UART enabled -\n- Boot CPU booting -\n- Xen must be entered in NS EL2 mode -\n"
     "- Boot failed -\n", "not-hypervisor"),
    (UBOOT + STARTS + "ERROR:   Unhandled Exception in EL3.\nx30 = 0x0\n", "firmware-fault"),
    (BANNER + STARTED + LINUX + "[    1.0] VFS: Unable to mount root fs on unknown-block(0,0)\n"
     "[    1.1] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)\n"
     "(XEN) Hardware Dom0 crashed: rebooting machine in 5 seconds.\n", "root-device"),
    (BANNER + STARTED + LINUX + "[    9.1] mmc0: swiotlb buffer is full (sz: 65536 bytes)\n", "swiotlb"),
    (UBOOT + STARTS + "- CPU doesn't support the virtualization extensions -\n- Boot failed -\n", "cores"),
    (BANNER + "(XEN) GICv3: Cannot find a valid distributor address\n", "gic"),
]


@pytest.mark.parametrize("log, name", WORDS)
def test_words(explain, log, name):
    assert ids_of(explain(log, code=1)) == [name]


# ---- a tree beside it ------------------------------------------------------------------------------

SHARED = MEMORY + """
    chosen { #address-cells = <2>; #size-cells = <2>; stdout-path = "/serial@9000000";
        module@50000000 { compatible = "multiboot,kernel", "multiboot,module";
            reg = <0 0x50000000 0 0x1000000>; }; };
    serial@9000000 { compatible = "arm,pl011"; reg = <0 0x9000000 0 0x1000>; interrupts = <0 1 4>; };
    dev@a000000 { compatible = "test,device"; reg = <0 0xa000000 0 0x1000>; interrupts = <0 1 4>; };
"""


def test_the_forecast_agrees(tool, explain, make_tree):
    tree = make_tree(SHARED)
    answer = explain(BANNER + KEPT + PANIC, tree, code=1)
    assert [(one["release"], one["match"], one["stop"]) for one in answer["matches"]] == [
        ("4.20", "agrees", "interrupt")]
    assert "/dev@a000000" in answer["reason"]["nodes"]
    (tree.parent / "xen.log").write_text(BANNER + KEPT + PANIC)
    page = tool("explain", "xen.log", tree, code=1).out
    assert "where       /dev@a000000\n" in page and "as the log shows" in page


def test_the_forecast_differs(explain, make_tree):
    tree = make_tree(SHARED)
    assert explain(BANNER + STARTED, tree, code=0)["matches"][0]["match"] == "start"
    other = BANNER + "(XEN) Unable to allocate first memory bank\n"
    assert explain(other, tree, code=1)["matches"][0]["match"] == "stop"
    assert explain(UBOOT, tree, code=1)["matches"][0]["match"] == "unknown"
    ram = BANNER + "(XEN) RAM: 0000000080000000 - 00000000bfffffff\n" + KEPT.replace("33", "40")
    assert explain(ram, tree, code=1)["matches"][0]["match"] == "ram"


def test_without_a_release_there_are_two_forecasts(explain, make_tree):
    answer = explain(KEPT, make_tree(SHARED), code=1)
    assert [one["release"] for one in answer["matches"]] == ["4.17", "4.20"]


def test_what_is_typed_wins(explain, make_tree):
    answer = explain(BANNER + KEPT, "--xen-version", "4.17", make_tree(SHARED), code=1)
    assert [one["release"] for one in answer["matches"]] == ["4.17"]


def test_banks(explain, make_tree):
    tree = make_tree(SHARED.replace("<0 1 4>", "<0 2 4>", 1))
    log = BANNER + "(XEN) Loading d0 kernel from boot module @ 0000000050000000\n"
    at = explain(log + STARTED, tree, code=0)["forecasts"][0]["dom0"]["banks"][0]
    base, size = (int(at[name], 16) for name in ("base", "size"))
    bank = f"(XEN) BANK[0] {base:#016x}-{base + size:#016x} (512MB)\n"
    assert explain(log + bank + STARTED, tree, code=0)["matches"][0]["match"] == "agrees"
    bank = f"(XEN) BANK[0] {base + size:#016x}-{base + 2 * size:#016x} (512MB)\n"
    assert explain(log + bank + STARTED, tree, code=0)["matches"][0]["match"] == "banks"


def test_a_promise_that_was_not_kept(tool, explain):
    log = "dtshim: Xen 4.20 will give dom0 0x40000000-0x5fffffff\n" + BANNER + KEPT
    assert explain(log)["boot"]["promise"] == {"base": "0x40000000", "size": "0x20000000"}
    assert "promised" not in tool("explain", "-", stdin=log.encode(), code=1).out
    log = log.replace("0x40000000-0x5", "0x60000000-0x7")
    assert "promised  0x60000000-0x7fffffff" in tool("explain", "-", stdin=log.encode(), code=1).out


def test_silence_that_was_forecast(tool, explain, make_tree):
    """A tree in which firmware has not filled in RAM."""
    tree = make_tree("cpus { };")
    answer = explain(UBOOT + STARTS, "--xen-version", "4.20", tree, code=1)
    assert [(one["match"], one["stop"]) for one in answer["matches"]] == [("agrees", "no-memory")]
    page = tool("explain", "--xen-version", "4.20", "-", tree, stdin=(UBOOT + STARTS).encode(), code=1).out
    assert "[no-memory]" in page and "as the log shows" in page
    assert explain(UBOOT + STARTS, "--xen-version", "4.20", make_tree(SHARED))["matches"][0]["match"] == "stop"


def test_a_tree_that_lacks_ram(tool, make_tree):
    tree = make_tree("cpus { };")
    page = tool("explain", "-", tree, stdin=(BANNER + KEPT).encode(), code=1).out
    assert "Xen found RAM that this tree does not have" in page


def test_no_kernel_in_both(explain, make_tree):
    log = BANNER + "(XEN) Missing kernel boot module?\n" + PANIC
    assert explain(log, make_tree(MEMORY), code=1)["matches"][0]["match"] == "payload"


@pytest.mark.parametrize("page", ["doc/reference/explain.rst"])
def test_the_page_in_the_documentation(tool, tmp_path, page):
    """Each line of it, in its order; "..." stands for others."""
    (tmp_path / "xen.log").write_text(BANNER + KEPT + PANIC)
    shown = re.search(r"\$ build/dtshim explain xen\.log\n(.*?)\n\n", (ROOT / page).read_text(), re.S)[1]
    printed = iter(tool("explain", "xen.log", code=1).out.splitlines())
    for line in shown.splitlines():
        if line.strip() != "...":
            assert any(line[4:] == other for other in printed), line


def test_trouble_with_the_tree(tool, make_tree):
    make_tree(SHARED)
    log = (BANNER + KEPT).encode()
    assert "open" in tool("explain", "-", "nothing.dtb", stdin=log, code=2).err
    assert "as it is" in tool("explain", "--dom0-mem", "1G", "-", "in.dtb", stdin=log, code=2).err
    old = tool("explain", "-", "in.dtb", stdin=log and (BANNER.replace("4.20", "4.14") + KEPT).encode(), code=1)
    assert "there is no forecast of in.dtb" in old.out


# ---- the table -----------------------------------------------------------------------------------------

def literals(text):
    """The strings of C in an argument, joined; None: it is no string."""
    found = re.findall(r'"((?:[^"\\]|\\.)*)"', text)
    return "".join(found) if found else None


def arguments(text, start):
    """Those of the call whose bracket opens at `start`."""
    depth, quoted, at, found, last = 0, False, start, [], start + 1
    while True:
        char = text[at]
        if char == '"' and text[at - 1] != "\\":
            quoted = not quoted
        if not quoted:
            depth += (char in "([{") - (char in ")]}")
            if char == "," and depth == 1 or not depth:
                found.append(text[last:at].strip())
                last = at + 1
        if not depth:
            return found
        at += 1


SAMPLES = {"%u": "3", "%llu": "512", "%llx": "40000000", "%s": "/soc/dev@1", "0x%llx": "0x40000000"}


def stops_of_the_model():
    """(file, id, words) of each stop whose words stand where it is noted."""
    for path in sorted((ROOT / "shim/model").glob("*.c")):
        text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S)
        text = re.sub(r"^#define (\w+) (.*?[^\\])$", "", text, flags=re.M | re.S)
        for call in re.finditer(r"\bshim_stop\(", text):
            call = arguments(text, call.end() - 1)
            words = [one for one in call if literals(one)]
            name = literals(call[1]) if len(call) > 1 else None
            if name and len(words) > 1 and not re.search(r"\?|^shim_say", re.sub('".*?"', "", words[-1])):
                yield path.name, name, literals(words[-1])


def sample(words):
    return re.sub(r"(?:0x)?%(?:u|llu|llx|s)", lambda gap: SAMPLES.get(gap[0], "7"), words)


@pytest.mark.parametrize("version, whose", [("4.17", "hwdom"), ("4.20", "hwdom"), ("4.21", "d0"), ("4.22", "d0")])
def test_words_of_newer_releases(tool, explain, make_tree, version, whose):
    """23bb5f1a11: the forecast has them as well."""
    def forecast(body):
        answer = tool("forecast", "--json", "--xen-version", version, make_tree(body), code=None)
        return json.loads(answer.out)["forecasts"][0]
    sound = SHARED.replace("<0 1 4>", "<0 2 4>", 1)
    said = forecast(sound.replace("a000000", forecast(sound)["dom0"]["kernel"]["base"][2:]))
    assert said["stop"]["words"] == f"Unable to copy the kernel in the {whose} memory"
    assert ids_of(explain(f"(XEN) {said['stop']['words']}\n")) == [said["stop"]["id"]] == ["device-in-dom0"]


# What is said through a variable: Xen's words in strings of their own.
SAID = {"no-memory": ["No memory bank"], "banks-meet": ["Unable to setup the directmap mappings.",
                                                        "Xen BUG at common/page_alloc.c"],
        "bank-range": ["Unable to setup the directmap mappings."],
        "no-kernel": ["Missing kernel boot module?"],
        "frame-table": ["Frametable too small", "The frametable cannot cover the physical region"],
        "modules-meet": ["Xen BUG at common/page_alloc.c"], "across-banks": ["Xen BUG at common/page_alloc.c"],
        "device-in-dom0": ["Unable to copy the kernel in the hwdom memory",
                           "Unable to copy the initrd in the hwdom memory", "Unable to copy the DTB to"],
        "first-bank-room": ["Not enough memory in the first bank for the kernel+dtb+initrd",
                            "Unable to find suitable location for dtb+initrd"]}


def test_the_words_that_are_said_through_a_variable_are_the_models():
    model = "".join(path.read_text() for path in sorted((ROOT / "shim/model").glob("*.c")))
    for words in SAID.values():
        for one in words:
            assert f'"{re.split("hwdom| physical", one)[0]}' in model, one


def test_each_stop_of_the_model_that_has_words_is_known(explain):
    """The name that the forecast gives them is one of those that explain does."""
    stops = [(name, sample(words)) for _, name, words in stops_of_the_model() if " " in words]
    stops += [(name, one) for name, words in SAID.items() for one in words]
    assert len(stops) > 40
    for name, words in stops:
        found = explain(f"(XEN) {words}\n", code=1)
        assert found["reason"] and name in ids_of(found), (name, words, ids_of(found))


@pytest.mark.parametrize("words, other", [
    ("IRQ %i is already used by Xen", "IRQ %i is taken by Xen"),
    ("Missing kernel boot module?", "Missing a kernel boot module?"),
])
def test_other_words_of_a_row_would_be_noticed(tmp_path, words, other):
    """The control: with other words in the table the recorded log has another reason."""
    source = next(path for path in (ROOT / "shim/xen/explain").glob("*.c") if f'"{words}"' in path.read_text())
    changed, tool = tmp_path / source.name, tmp_path / "dtshim"
    changed.write_text(source.read_text().replace(f'"{words}"', f'"{other}"'))
    objects = [BUILD / f"host/shim/cli/{one.stem}.o" for one in (ROOT / "shim/cli").glob("*.c")]
    subprocess.run(["cc", "-std=c11", f"-I{ROOT}", f"-I{ROOT}/include", changed, *objects,
                    BUILD / "libdtshim.a", "-l:libfdt.a", "-o", tool], check=True)
    plain = words.replace("%i", "33")
    [ids, log] = next((ids, log) for release, ids, log in RECORDED if plain in log and release == "4.20")
    answer = json.loads(subprocess.run([tool, "explain", "--json", "-"], input=log.encode(),
                                       capture_output=True, check=False).stdout)
    assert ids_of(answer) != ids


# ---- any bytes -----------------------------------------------------------------------------------------

def messy(rng, whole):
    """A log with pieces of others, cut, doubled and with bytes that mean something to a terminal."""
    parts = [whole[at:at + rng.randrange(1, 400)] for at in (rng.randrange(len(whole)) for _ in range(30))]
    for _ in range(20):
        parts.insert(rng.randrange(len(parts)), rng.choice(
            [b"\x1b[", b"\x1b]0;", b"\x07", b"(XEN) ", b"\r", b"\n", b"\0", b"[", b"dtshim: ", b"]", b"%s%n", b"0x",
             b"9" * 30, b"f" * 40, b"a" * 3000, b"(XEN)" * 300, bytes(rng.randrange(256) for _ in range(40)),
             b"dtshim: x [" + b"a" * 100 + b"]\n", b"IRQ 99999999999 is already used by Xen\n"]))
    return b"".join(parts)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_any_bytes(tmp_path, make_tree, seed):
    """With ASan and UBSan: never more memory than is given, and an answer."""
    whole = "".join(log for _, _, log in RECORDED).encode() + "".join(log for log, _ in WORDS).encode()
    rng, tree = random.Random(seed), make_tree(SHARED)
    for number in range(12):
        log = messy(rng, whole) if number % 4 else bytes(rng.randrange(256) for _ in range(5000))
        for more in ([], ["--json"], [tree]):
            options = [one for one in more if one == "--json"]
            files = ["-", *(one for one in more if one != "--json")]
            done = subprocess.run([SANITIZED / "dtshim", "explain", *options, *files], input=log,
                                  capture_output=True, timeout=patience(60), cwd=tmp_path)
            assert done.returncode in (0, 1) or b"no line from the console of a boot" in done.stderr, done.stderr
            assert b"Sanitizer" not in done.stderr and b"runtime error" not in done.stderr, done.stderr
            assert not re.search(rb"[^\n\x20-\x7e]", done.stdout), "it speaks to the terminal"


@pytest.mark.slow
def test_a_long_log_takes_no_longer_for_each_line(tool):
    """20 MB, most of it one line."""
    log = b"x" * (10 << 20) + b"\n" + (BANNER + KEPT).encode() * (10 << 20 >> 8)
    assert b"IRQ 33" in tool("explain", "-", stdin=log, code=1).stdout
