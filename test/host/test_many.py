# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""plan, apply and check on several files, and the worker processes behind them."""
import json
import os
import pathlib
import pty
import re
import signal
import subprocess

import pytest

from faults import Faults
from patience import patience, until
from places import TOOL
from terminal import read_to_end
from trees import MEMORY


TAGGED = MEMORY + 'd { compatible = "test,d"; xen-dma-safe; };'


@pytest.fixture
def three(make_tree, tmp_path):
    """A good tree, one that is none, and another good one."""
    make_tree(MEMORY, "a.dtb")
    (tmp_path / "bad.dtb").write_bytes(b"bad")
    make_tree(MEMORY.replace("80000000", "40000000"), "c.dtb")
    return ["a.dtb", "bad.dtb", "c.dtb"]


@pytest.fixture
def start(tmp_path):
    """Starts the tool without waiting for it; kills what is left."""
    running = []

    def go(*arguments, **how):
        how = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | how
        running.append(subprocess.Popen([TOOL, *arguments], cwd=tmp_path, **how))
        return running[-1]
    yield go
    for process in running:
        if process.poll() is None:
            process.kill()
            process.communicate()


def workers_of(process):
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[1]) == process.pid:
            yield int(stat.parent.name)


def children(process, count):
    """The process ids of its workers, as soon as there are that many."""
    return until(lambda: len(found := list(workers_of(process))) == count and found,
                 what=f"never had {count} workers")


# ---- plan -------------------------------------------------------------------------

@pytest.mark.parametrize("jobs", [[], ["-j1"], ["-j", "2"], ["--jobs", "8"], ["-j", "99999999999"]],
                         ids=str)
def test_reports_stand_in_order(tool, three, jobs):
    alone = [tool("plan", name).out for name in ("a.dtb", "c.dtb")]
    trouble = tool("plan", "bad.dtb", code=2)
    done = tool("plan", *jobs, *three, code=2)
    assert done.out == f"== a.dtb ==\n{alone[0]}bad.dtb: {trouble.out}== c.dtb ==\n{alone[1]}"
    assert done.err == trouble.err
    assert tool("plan", *jobs, "c.dtb", "a.dtb").err == ""


def test_one_file_has_no_heading(tool, three):
    assert "==" not in tool("plan", "a.dtb").out
    assert json.loads(tool("plan", "--json", "-j", "4", "a.dtb").out)["format"] == 1


def test_json_is_one_array(tool, three):
    done = tool("plan", "--json", *three, "nowhere.dtb", code=2)
    plans = json.loads(done.out)
    assert [plan["file"] for plan in plans] == [*three, "nowhere.dtb"]
    assert plans[0]["plan"] == json.loads(tool("plan", "--json", "a.dtb").out)
    assert plans[2]["plan"]["ram"] == [{"base": "0x40000000", "size": "0x40000000"}]
    assert "plan" not in plans[1]
    error = plans[1]["error"]
    assert list(error) == ["code", "where", "property", "what", "remedy"]
    assert (error["code"], error["where"], error["property"]) == ("truncated", "header", None)
    assert error["what"] in done.err and error["remedy"] in done.err
    assert plans[3]["error"]["code"] == "file" and "No such file" in plans[3]["error"]["what"]


def test_json_error_names_the_property(tool, make_tree):
    make_tree(MEMORY + "chosen { dtshim { dom0-mem = <1>; }; };", "a.dtb")
    for plan in json.loads(tool("plan", "--json", "a.dtb", "a.dtb", code=2).out):
        assert plan["error"]["property"] == "dom0-mem"


@pytest.mark.parametrize("name, read", [
    (b'q"\\\n.dtb', 'q"\\\n.dtb'),
    ("\u00e4\u20ac\U0001f600.dtb".encode(), "\u00e4\u20ac\U0001f600.dtb"),
    (b"\xff\xc3\xed\xa0\x80\xc0\xaf.dtb", "\ufffd" * 7 + ".dtb"),
    (b"cut\xe2\x82", "cut\ufffd\ufffd"),
], ids=["quotes", "utf-8", "no utf-8", "cut utf-8"])
def test_json_takes_any_file_name(start, make_tree, name, read):
    tree = make_tree(MEMORY)
    os.rename(tree, os.path.join(os.fsencode(tree.parent), name))
    out = start("plan", "--json", name, name).communicate(timeout=patience(60))[0]
    assert [plan["file"] for plan in json.loads(out.decode())] == [read, read]


def test_an_option_counts_for_every_file(tool, three):
    out = tool("plan", "--dom0-mem", "256M", "a.dtb", "c.dtb").out
    assert out.count("256 MiB\n") + out.count("256 MiB,") >= 2


# ---- apply ------------------------------------------------------------------------

@pytest.mark.parametrize("folder", ["new/", "there", "there/"])
def test_apply_fills_a_folder(tool, three, tmp_path, folder):
    (tmp_path / "there").mkdir()
    (tmp_path / "sub").mkdir()
    os.rename(tmp_path / "c.dtb", tmp_path / "sub" / "c.dtb")
    done = tool("apply", "-j2", "a.dtb", "bad.dtb", "sub/c.dtb", "-o", folder, code=2)
    assert "bad.dtb: header" in done.err
    assert [line.split(" gets ")[0] for line in done.out.splitlines()] == [
        "a.dtb: dom0", "bad.dtb: no plan: header: 3 bytes, less than a header", "sub/c.dtb: dom0"]
    assert sorted(os.listdir(tmp_path / folder)) == ["a.dtb", "c.dtb"]
    for name in ("a.dtb", "sub/c.dtb"):
        tool("apply", name, "-o", "alone")
        written = tmp_path / folder / pathlib.Path(name).name
        assert written.read_bytes() == (tmp_path / "alone").read_bytes()
    assert tool("check", *sorted((tmp_path / folder).iterdir())).out == ""


@pytest.mark.parametrize("out", ["absent", "a.dtb", "-", "a.dtb/", "no/such/"])
def test_several_files_need_a_folder(tool, three, tmp_path, out):
    before = sorted(os.listdir(tmp_path)), (tmp_path / "a.dtb").read_bytes()
    done = tool("apply", "a.dtb", "c.dtb", "-o", out, code=2)
    assert "what to do: " in done.err and out in done.err and done.out == ""
    assert (sorted(os.listdir(tmp_path)), (tmp_path / "a.dtb").read_bytes()) == before


def test_one_name_twice_is_refused_before_anything_is_written(tool, three, tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.dtb").write_bytes((tmp_path / "a.dtb").read_bytes())
    done = tool("apply", "c.dtb", "a.dtb", "sub/a.dtb", "-o", "new/", code=2)
    assert "a.dtb" in done.err and "what to do: " in done.err
    assert not (tmp_path / "new").exists()


def test_apply_of_several_needs_names(tool, three):
    assert "what to do: " in tool("apply", "a.dtb", "-", "-o", "new/", stdin=b"", code=2).err
    assert "no output is given" in tool("apply", "a.dtb", "c.dtb", code=2).err


# ---- check ------------------------------------------------------------------------

def test_check_takes_the_worst(tool, three, make_tree):
    make_tree(TAGGED, "broken.dtb")
    assert tool("check", "a.dtb", "c.dtb").out == ""
    done = tool("check", "-j2", "a.dtb", "broken.dtb", "c.dtb", code=1)
    assert done.out == tool("check", "broken.dtb", code=1).out
    assert done.out.startswith("broken.dtb: tag-proven: /d: ")
    done = tool("check", "broken.dtb", "bad.dtb", "broken.dtb", code=2)
    assert done.out.count("broken.dtb: tag-proven: ") == 2
    assert "bad.dtb: header" in done.err


# ---- the command line ---------------------------------------------------------------

@pytest.mark.parametrize("arguments", [
    ["plan", "-j", "0"], ["plan", "-j", "two"], ["plan", "-j", "-1"], ["plan", "-j", "2x"],
    ["plan", "--jobs="], ["plan", "-j", " 2"], ["check", "--jobs", "0x2"], ["diff", "-j", "2"],
], ids=str)
def test_jobs_must_be_a_number(tool, three, arguments):
    done = tool(*arguments, "a.dtb", "c.dtb", code=2)
    assert "what to do: " in done.err and done.out == ""


def test_diff_takes_two(tool, three):
    assert "one file too many: c.dtb" in tool("diff", "a.dtb", "a.dtb", "c.dtb", code=2).err


def test_standard_input_counts_as_a_file_once(tool, three, tmp_path):
    blob = (tmp_path / "c.dtb").read_bytes()
    assert "== <stdin> ==" in tool("plan", "a.dtb", "-", stdin=blob).out
    assert "only once" in tool("plan", "-", "-", stdin=blob, code=2).err


def test_help_tells(tool):
    text = tool("--help").out
    assert "-j, --jobs N" in text and "FILE..." in text


# ---- workers ----------------------------------------------------------------------

def test_files_are_worked_on_at_once(start, three, tmp_path):
    """The second file comes through while the first one waits."""
    for name in ("one", "two"):
        os.mkfifo(tmp_path / name)
    tool = start("plan", "-j", "2", "one", "two")
    children(tool, 2)
    (tmp_path / "two").write_bytes((tmp_path / "c.dtb").read_bytes())
    (tmp_path / "one").write_bytes((tmp_path / "a.dtb").read_bytes())
    out, err = tool.communicate(timeout=patience(60))
    assert (tool.returncode, err) == (0, b"")
    assert re.findall(rb"== (\w+) ==|  RAM +(\w+)", out) == [
        (b"one", b""), (b"", b"0x80000000"), (b"two", b""), (b"", b"0x40000000")]


@pytest.mark.parametrize("json_too", [False, True])
def test_a_worker_that_dies_costs_its_file_only(start, three, tmp_path, json_too):
    os.mkfifo(tmp_path / "dies")
    tool = start("plan", *["--json"] * json_too, "dies", "c.dtb")
    os.kill(children(tool, 1)[0], signal.SIGKILL)
    out, err = tool.communicate(timeout=patience(60))
    assert tool.returncode == 2
    assert err.startswith(b"dtshim: dies: ") and b"signal 9" in err and b"what to do: " in err
    if json_too:
        plans = json.loads(out)
        assert [plan["file"] for plan in plans] == ["dies", "c.dtb"]
        assert plans[0]["error"]["code"] == "worker" and "plan" in plans[1]
    else:
        assert out.startswith(b"== c.dtb ==\n")


@pytest.mark.parametrize("command", [["plan"], ["plan", "--json"], ["check", "--verbose"]], ids=" ".join)
def test_another_worker_takes_the_rest(start, three, tmp_path, command):
    """In the middle of what a worker had before it, and would have had behind it."""
    os.mkfifo(tmp_path / "dies")
    names = ["a.dtb"] * 25 + ["dies"] + ["c.dtb", "bad.dtb"] * 10
    with open(tmp_path / "out", "wb") as file:  # more than a pipe holds
        tool = start(*command, *names, stdout=file)
    with open(tmp_path / "dies", "wb"):  # as soon as it is read
        worker, = workers_of(tool)
        os.kill(worker, signal.SIGKILL)
        err = tool.communicate(timeout=patience(60))[1]
    out = (tmp_path / "out").read_bytes()
    names.remove("dies")
    others, said = start(*command, *names).communicate(timeout=patience(60))
    death = re.search(rb"^dtshim: dies: .*signal 9.*\n  what to do: .*\n", err, re.M)
    assert tool.returncode == 2 and death and err.replace(death[0], b"") == said
    if "--json" in command:
        plans = json.loads(out)
        assert plans.pop(25)["error"]["code"] == "worker" and plans == json.loads(others)
    else:
        assert out == others and out


def test_more_files_than_the_tool_may_have_open(tool, three):
    names = ["a.dtb", "c.dtb"] * 150
    out = tool("plan", "-j", "16", *names).out
    assert [line[3:-3] for line in out.splitlines() if line.startswith("== ")] == names


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT])
def test_workers_end_with_their_parent(start, three, tmp_path, number):
    for name in ("one", "two"):
        os.mkfifo(tmp_path / name)
    tool = start("plan", "-j", "2", "one", "two")
    workers = children(tool, 2)
    tool.send_signal(number)
    assert tool.wait(patience(60)) == -number
    until(lambda: not any(pathlib.Path(f"/proc/{pid}").exists() for pid in workers), what="they outlive it")


def test_a_parent_that_ignores_sigterm_has_workers_that_do_not(start, three, tmp_path):
    os.mkfifo(tmp_path / "one")
    tool = start("plan", "one", "c.dtb", preexec_fn=lambda: signal.signal(signal.SIGTERM, signal.SIG_IGN))
    worker, = children(tool, 1)
    tool.kill()
    until(lambda: not pathlib.Path(f"/proc/{worker}").exists(), what="it outlives it")


@pytest.mark.parametrize("command", [["plan"], ["plan", "--json"], ["forecast", "--json"], ["check"],
                                     ["apply", "-o", "out"]], ids=" ".join)
@pytest.mark.parametrize("most", [0, 1, 3])
def test_where_there_is_no_process_more(start, make_tree, three, tmp_path, command, most):
    """With those that can be had; without any it does the work itself. The results are the same."""
    make_tree(TAGGED, "d.dtb")
    names = [*three, "d.dtb", "a.dtb" if command[0] != "apply" else "nowhere.dtb"] * (1 if command[0] == "apply" else 20)
    (tmp_path / "out").mkdir()

    def done(**how):
        tool = start(*command, "-j", "8", *names, **how)
        said = tool.communicate(timeout=patience(60))
        written = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
        return tool.returncode, said, written
    normal = done()
    fault = Faults(tmp_path, ["fork"], most=most)
    assert done(env=fault.environment) == normal and fault.met()
    assert normal[0] == 2 and normal[1][0]


def test_output_that_cannot_be_written_is_trouble(start, three):
    with open("/dev/full", "wb") as full:
        tool = start("plan", "a.dtb", "c.dtb", stdout=full)
        assert b"cannot write" in tool.communicate(timeout=patience(60))[1]
    assert tool.returncode == 2


def shown(start, *arguments):
    """What the tool wrote to a terminal that is its standard error."""
    ours, theirs = pty.openpty()
    tool = start(*arguments, stderr=theirs)
    os.close(theirs)
    text = read_to_end(ours)
    return tool.communicate(timeout=patience(60))[0], text.decode().replace("\r\n", "\n")


def as_seen(text):
    """What a terminal shows in the end: a carriage return starts the line anew."""
    lines = []
    for line in text.split("\n"):
        cells = ""
        for part in line.split("\r"):
            cells = part + cells[len(part):]
        lines.append(cells.rstrip())
    return "\n".join(lines)


def test_progress_on_a_terminal(start, three):
    out, err = shown(start, "plan", *three)
    assert all(f"dtshim: {i}/3 {name}" in err for i, name in enumerate(three, 1))
    assert "/3" not in as_seen(err) and as_seen(err).startswith("dtshim: bad.dtb: header")
    assert out.startswith(b"== a.dtb ==")


def test_no_progress_for_one_file_nor_into_a_file(start, tool, three):
    assert shown(start, "plan", "a.dtb")[1] == ""
    assert tool("plan", "a.dtb", "c.dtb").err == ""
