# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Nothing half done: outputs are there, all and whole, or they are as before; else there are words."""
import os
import resource
import signal
import subprocess

import pytest

from faults import Faults
from patience import patience
from places import BUILD, TOOL
from trees import MEMORY

OFFSET = ["--layout", "offset", "--xen-features", "static-mem", "--dom0-mem", "256M", "--passthrough", "/d@9000000"]
BOARD = MEMORY + 'd@9000000 { compatible = "test,d"; reg = <0 0x9000000 0 0x1000>; };'
LIMIT = 600  # bytes: less than any tree


class Any:
    """Equal to whatever it is compared with."""

    def __eq__(self, other):
        return True


ANY = Any()


@pytest.fixture
def folder(make_tree, tmp_path):
    """Two trees and a log, and nothing else but what a test makes; `out` has what is made."""
    make_tree(BOARD)
    make_tree(MEMORY, "other.dtb")
    (tmp_path / "log").write_text("(XEN) Xen version 4.17.5 (Debian)\n")
    (tmp_path / "out").mkdir()
    return tmp_path


@pytest.fixture
def run(folder):
    def go(*arguments, faults=None, code=0, **how):
        how = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | how
        # What is made with the sanitizers has no other programs beside it.
        program = BUILD / "dtshim" if arguments[0] == "image" else TOOL
        done = subprocess.run([program, *map(str, arguments)], cwd=folder, timeout=patience(60),
                              env=faults.environment if faults else None, **how)
        done.err = (done.stderr or b"").decode()
        assert "Sanitizer" not in done.err and done.returncode == code, (done.returncode, done.err)
        return done
    return go


@pytest.fixture
def faults(folder):
    return lambda *names, **settings: Faults(folder, names, **settings)


def made(folder):
    return {path.name: path.read_bytes() for path in (folder / "out").iterdir()}


def both(run, folder):
    """The two trees of a board with a domain, as they are written where nothing fails."""
    run("apply", *OFFSET, "in.dtb", "-o", "out/b.dtb")
    trees = made(folder)
    assert sorted(trees) == ["b.domain.dtb", "b.dtb"] and all(trees.values())
    return trees


def old_files(folder):
    old = {"b.domain.dtb": b"old domain", "b.dtb": b"old board"}
    for name, text in old.items():
        (folder / "out" / name).write_bytes(text)
    return old


# ---- two outputs, or none --------------------------------------------------------------------------

@pytest.mark.parametrize("names", [["rename"], ["rename", "link"]], ids="-".join)
@pytest.mark.parametrize("at", ["b.dtb", "b.domain.dtb"])
@pytest.mark.parametrize("old", [False, True])
def test_two_outputs_or_none(run, folder, faults, names, at, old):
    before = old_files(folder) if old else {}
    fault = faults(*names, at=at)
    done = run("apply", *OFFSET, "in.dtb", "-o", "out/b.dtb", faults=fault, code=2)
    assert fault.met() and made(folder) == before
    assert f"out/{at}: cannot write: Input/output error" in done.err and "load it at" not in done.err


@pytest.mark.parametrize("names", [[], ["link"]], ids=["links", "no links"])
def test_both_are_replaced_and_nothing_is_left(run, folder, faults, names):
    fresh = both(run, folder)
    old_files(folder)
    (folder / "out/b.dtb").chmod(0o640)
    fault = faults(*names)
    run("apply", *OFFSET, "in.dtb", "-o", "out/b.dtb", faults=fault)
    assert made(folder) == fresh and bool(fault.met()) == bool(names)
    assert (folder / "out/b.dtb").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("what", ["folder", "pipe", "dangling", "loop", "same"])
def test_a_second_output_that_cannot_be(run, folder, what):
    """It is known before the first one is touched."""
    (folder / "out/b.dtb").write_bytes(b"old")
    second = folder / "out/b.domain.dtb"
    make = {"folder": second.mkdir, "pipe": lambda: os.mkfifo(second),
            "dangling": lambda: second.symlink_to("nowhere"), "loop": lambda: second.symlink_to(second),
            "same": lambda: second.symlink_to("b.dtb")}
    make[what]()
    done = run("apply", *OFFSET, "in.dtb", "-o", "out/b.dtb", code=2)
    assert "b.domain.dtb: " in done.err and "what to do: " in done.err
    assert sorted(os.listdir(folder / "out")) == ["b.domain.dtb", "b.dtb"]
    assert (folder / "out/b.dtb").read_bytes() == b"old"


def test_a_domains_tree_has_another_files_name(run, folder):
    os.link(folder / "in.dtb", folder / "b.dtb")
    os.link(folder / "in.dtb", folder / "b.domain.dtb")
    done = run("apply", *OFFSET, "b.dtb", "b.domain.dtb", "-o", "out", code=2)
    assert "b.domain.dtb: a domain's tree would have the same name" in done.err
    assert "b.dtb" not in made(folder)


# ---- what is no file -------------------------------------------------------------------------------

def test_a_device_takes_one_tree(run, folder):
    there = set(os.listdir("/dev"))
    run("apply", "in.dtb", "-o", "/dev/null")
    done = run("apply", *OFFSET, "in.dtb", "-o", "/dev/null", code=2)
    assert "there are two trees to write" in done.err and "give a file with -o" in done.err
    assert not {name for name in set(os.listdir("/dev")) - there if "dtshim" in name or "null" in name}
    assert "No space left" in run("apply", "in.dtb", "-o", "/dev/full", code=2).err


def test_a_pipe_takes_one_tree(run, folder):
    os.mkfifo(folder / "pipe")
    done = run("apply", *OFFSET, "in.dtb", "-o", "pipe", code=2)
    assert "there are two trees to write" in done.err
    assert not list(folder.glob("pipe.*"))


@pytest.mark.parametrize("name", ["/dev/stdout", "/proc/self/fd/1"])
@pytest.mark.parametrize("into", ["pipe", "file", "more"])
def test_other_names_of_standard_output(run, folder, name, into):
    """As -: the tree alone, behind what the file has."""
    tree = run("apply", "in.dtb", "-o", "-").stdout
    target = folder / "taken"
    target.write_bytes(b"before")
    if into == "pipe":
        assert run("apply", "in.dtb", "-o", name).stdout == tree
        return
    with open(target, "ab" if into == "more" else "wb") as out:
        run("apply", "in.dtb", "-o", name, stdout=out)
    assert target.read_bytes() == (b"before" if into == "more" else b"") + tree


@pytest.mark.parametrize("name", ["-", "/dev/stdout"])
def test_a_forecasts_tree_is_alone_on_standard_output(run, folder, name):
    run("apply", "in.dtb", "-o", "applied.dtb")
    version = ["--xen-version", "4.17"]
    page = run("forecast", *version, "applied.dtb", "-o", "out/dom0.dtb").stdout
    piped = run("forecast", *version, "applied.dtb", "-o", name)
    assert piped.stdout == made(folder)["dom0.dtb"]
    assert piped.err.encode() == page


@pytest.mark.parametrize("target, words", [("nowhere", "is a symbolic link to a file that does not exist"),
                                           ("link", "Too many levels of symbolic links")])
@pytest.mark.parametrize("command", [["apply"], ["forecast", "--xen-version", "4.17"]], ids=lambda one: one[0])
def test_a_link_that_leads_nowhere(run, folder, target, words, command):
    run("apply", "in.dtb", "-o", "applied.dtb")
    (folder / "out/link").symlink_to(target)
    done = run(*command, "applied.dtb", "-o", "out/link", code=2)
    assert f"out/link: {words}" in done.err.replace("cannot write: ", "")
    assert os.readlink(folder / "out/link") == target and os.listdir(folder / "out") == ["link"]


def test_the_longest_name_that_there_is(run, folder):
    name = "n" * 251 + ".dtb"
    run("apply", "in.dtb", "-o", f"out/{name}")
    assert list(made(folder)) == [name]


# ---- signals and limits ------------------------------------------------------------------------------

@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT])
def test_a_signal_leaves_no_temporary_file(run, folder, faults, number):
    fault = faults("signal", signal=int(number))
    run("apply", *OFFSET, "in.dtb", "-o", "out/b.dtb", faults=fault, code=-number)
    assert fault.met() and sorted(made(folder)) in ([], ["b.domain.dtb", "b.dtb"])


def test_of_a_kill_the_name_says_whose_the_rest_is(run, folder, faults):
    fault = faults("signal", signal=int(signal.SIGKILL))
    run("apply", "in.dtb", "-o", "out/b.dtb", faults=fault, code=-signal.SIGKILL)
    name, = made(folder)
    assert name.startswith("dtshim-") and name.endswith(".part")


@pytest.mark.parametrize("options, out", [([], "b.dtb"), (OFFSET, "b.dtb"), ([], "-")])
def test_a_limit_to_the_size_of_files(run, folder, options, out):
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT, LIMIT))
    with open(folder / "piped", "wb") as piped:
        done = run("apply", *options, "in.dtb", "-o", out if out == "-" else f"out/{out}", code=2,
                   preexec_fn=limit, stdout=piped)
    assert "cannot write: File too large" in done.err and made(folder) == {}
    with open(folder / "page", "wb") as page:
        done = run("plan", "in.dtb", code=2, preexec_fn=limit, stdout=page)
    assert "cannot write to standard output" in done.err


def test_a_full_disk(run, folder, faults):
    old = old_files(folder)
    fault = faults("full")
    done = run("apply", *OFFSET, "in.dtb", "-o", "out/b.dtb", faults=fault, code=2)
    assert fault.met() and "No space left on device" in done.err and made(folder) == old


# ---- standard output that takes nothing --------------------------------------------------------------

COMMANDS = [["--help"], ["--version"], ["help"], ["plan", "--help"], ["plan", "in.dtb"], ["plan", "-q", "in.dtb"],
            ["plan", "--json", "in.dtb"], ["plan", "--json", "in.dtb", "other.dtb"],
            ["plan", "--load-addresses", "in.dtb"], ["apply", "in.dtb", "-o", "-"],
            ["apply", "in.dtb", "-o", "out/b.dtb"], ["apply", "in.dtb", "other.dtb", "-o", "out"],
            ["forecast", "in.dtb"], ["forecast", "--json", "in.dtb"], ["forecast", "-q", "in.dtb", "other.dtb"],
            ["forecast", "--xen-version", "4.17", "in.dtb", "-o", "-"], ["diff", "in.dtb", "other.dtb"],
            ["check", "odd.dtb"], ["check", "-q", "in.dtb"], ["check", "--list-rules"],
            ["explain", "log"], ["explain", "--json", "log"], ["explain", "log", "in.dtb"],
            ["image", "--help"], ["image", "--list"]]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("how", ["full", "closed"])
def test_no_command_is_content_with_that(run, make_tree, command, how):
    make_tree(BOARD.replace("compatible", "xen-dma-safe; compatible"), "odd.dtb")
    normal = run(*command, code=ANY)
    assert normal.stdout, "what prints nothing has nothing to lose"
    if how == "full":
        with open("/dev/full", "wb") as full:
            done = run(*command, stdout=full, code=2 if command[0] != "image" else ANY)
    else:
        done = run(*command, stdout=None, preexec_fn=lambda: os.close(1),
                   code=2 if command[0] != "image" else ANY)
    assert done.returncode and done.err


@pytest.mark.parametrize("closed", [[0], [1], [2], [0, 1, 2]], ids=str)
def test_no_file_takes_the_place_of_a_closed_stream(run, folder, closed):
    """Its words would be in the tree."""
    fresh = run("apply", "in.dtb", "-o", "-").stdout
    run("apply", "in.dtb", "-o", "out/b.dtb", code=2 if 1 in closed else 0, stdin=subprocess.DEVNULL,
        preexec_fn=lambda: [os.close(fd) for fd in closed])
    assert made(folder) == {"b.dtb": fresh}
