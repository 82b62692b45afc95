# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The installed library: what a stranger finds, includes, links and runs."""
import os
import re
import shutil
import subprocess

import pytest

from places import BUILD, CONFIG, ROOT
from trees import MEMORY

STRICT = ["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-Wstrict-prototypes"]
KERNEL = """chosen { #address-cells = <2>; #size-cells = <2>;
    hypervisor@90000000 { compatible = "dtshim,hypervisor"; reg = <0 0x90000000 0 0x100000>; };
    module@92000000 { compatible = "multiboot,kernel", "multiboot,module"; reg = <0 0x92000000 0 0x2000000>; }; };
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """DESTDIR of an installation below /opt/dt."""
    folder = tmp_path_factory.mktemp("root")
    subprocess.run(["make", "-C", ROOT, "-s", "install", f"O={BUILD}", f"DESTDIR={folder}",
                    "PREFIX=/opt/dt", f"KCONFIG_CONFIG={CONFIG}"], check=True)
    return folder


@pytest.fixture(scope="module")
def flags(installed):
    """What pkg-config says to a compiler."""
    environment = {**os.environ, "PKG_CONFIG_SYSROOT_DIR": str(installed),
                   "PKG_CONFIG_PATH": f"{installed}/opt/dt/lib/pkgconfig"}
    return lambda *words: subprocess.run(["pkg-config", *words, "dtshim"], check=True,
                                         capture_output=True, text=True,
                                         env=environment).stdout.split()


def compiled(command, source="", code=0):
    done = subprocess.run([str(word) for word in command], input=source, capture_output=True,
                          text=True)
    assert (done.returncode != 0) == bool(code), done.stderr
    return done.stderr


@pytest.fixture
def example(installed, flags, tmp_path):
    program = tmp_path / "plan"
    compiled(["cc", "-std=c11", *STRICT, *flags("--cflags"), ROOT / "example/plan.c",
              *flags("--libs"), "-o", program])
    return program


def of_programs():
    """What dtshim image and report need: their programs, scripts that fetch packages, boards, the stage."""
    programs = [*ROOT.glob("image/*"), *ROOT.glob("report/*"), *ROOT.glob("scripts/guests/*"), *ROOT.glob("scripts/trees/*"),
                *ROOT.glob("scripts/qemu/*"),
                *ROOT.glob("scripts/debian-root/*"), *(ROOT / "scripts" / name for name in (
                    "append-fit", "fetch-parts", "make-debian-root", "own-release", "private-apt.sh"))]
    stage = ["opt/dt/share/dtshim/dtshim.img"] if (BUILD / "dtshim.img").exists() else []
    return {*(f"opt/dt/lib/dtshim/{path.relative_to(ROOT)}" for path in programs if path.is_file()),
            *(f"opt/dt/share/dtshim/{path.relative_to(ROOT)}" for path in ROOT.glob("board/*/board.toml")),
            *stage}


def of_shells_and_validators():
    """Completion, and the schemas of the tree's words and of what the tool writes as JSON."""
    return {"opt/dt/share/bash-completion/completions/dtshim", "opt/dt/share/zsh/site-functions/_dtshim",
            *(f"opt/dt/share/dtshim/bindings/{path.name}" for path in ROOT.glob("dts/bindings/*.yaml")),
            *(f"opt/dt/share/dtshim/schema/{path.name}" for path in ROOT.glob("doc/reference/*.schema.json"))}


def test_what_is_there(installed, flags):
    found = {str(path.relative_to(installed)) for path in installed.rglob("*")
             if path.is_file() and path.name != ".config"}
    headers = {f"opt/dt/include/{path.relative_to(ROOT / 'include')}"
               for path in (ROOT / "include").rglob("*.h")}
    assert found == headers | of_programs() | of_shells_and_validators() | {
        "opt/dt/bin/dtshim", "opt/dt/lib/libdtshim.a", "opt/dt/lib/pkgconfig/dtshim.pc",
        *(f"opt/dt/share/man/man{page.suffix[1:]}/{page.name}" for page in (BUILD / "doc/man").glob("*.[1-9]"))}
    version = subprocess.run([installed / "opt/dt/bin/dtshim", "--version"], check=True,
                             capture_output=True, text=True).stdout.split()[-1]
    assert flags("--modversion") == [version]


@pytest.mark.slow
def test_man_pages_that_were_made(tmp_path):
    """Each goes into the folder of its section."""
    (tmp_path / "doc/man").mkdir(parents=True)
    for name in ("dtshim.1", "dtshim-rules.7"):
        (tmp_path / "doc/man" / name).write_text("")
    done = subprocess.run(["make", "-n", "-C", ROOT, "install", f"O={tmp_path}", "PREFIX=/opt/dt",
                           f"KCONFIG_CONFIG={tmp_path}/.config"], check=True, capture_output=True, text=True)
    [line] = [line for line in done.stdout.replace("\\\n", "").split("\n") if line.startswith("for page in")]
    shown = subprocess.run(["sh", "-c", line.replace("install -Dm 644", "echo")], check=True,
                           capture_output=True, text=True).stdout
    assert sorted(word.split()[1] for word in shown.splitlines()) == [
        "/opt/dt/share/man/man1/dtshim.1", "/opt/dt/share/man/man7/dtshim-rules.7"]


def test_what_the_scripts_read_is_there(installed):
    """Files of data, which private-apt.sh names by their folder."""
    scripts = installed / "opt/dt/lib/dtshim/scripts"
    named = set(re.findall(r'"\$scripts"/(\w+)/', (scripts / "private-apt.sh").read_text()))
    assert "guests" in named and all(list(scripts.glob(f"{folder}/*")) for folder in named)


def test_the_boards_are_found(installed):
    listed = subprocess.run([installed / "opt/dt/bin/dtshim", "image", "--list"], check=True,
                            capture_output=True, text=True).stdout
    assert all(re.search(f"^{path.parent.name} ", listed, re.M)
               for path in ROOT.glob("board/*/board.toml"))


@pytest.mark.slow
def test_a_page_is_made(installed, tmp_path, make_tree):
    done = subprocess.run([installed / "opt/dt/bin/dtshim", "report", make_tree(MEMORY), "-o", tmp_path / "page.html"],
                          capture_output=True, text=True)
    assert done.returncode == 0 and done.stderr == ""
    assert "svg rect.dom0" in (tmp_path / "page.html").read_text()


def test_without_its_programs_the_command_says_so(installed, tmp_path):
    alone = shutil.copy(installed / "opt/dt/bin/dtshim", tmp_path / "dtshim")
    done = subprocess.run([alone, "image", "--list"], capture_output=True, text=True)
    assert done.returncode == 2 and "dtshim-image is missing" in done.stderr
    assert "what to do: " in done.stderr


def test_the_example_says_what_the_tool_says(example, tool, make_tree):
    tree = make_tree(MEMORY + KERNEL)
    done = subprocess.run([example, tree], capture_output=True, text=True)
    *page, _, verdict = done.stdout.splitlines()
    assert done.returncode == 0 and len(page) > 10 and verdict.startswith("dom0 gets ")
    said = tool("plan", tree).out.splitlines()  # which shows the changes, too
    assert said[:len(page)] == page and said[-1] == verdict


def test_the_example_says_errors(example, tmp_path, make_tree):
    done = subprocess.run([example, make_tree("")], capture_output=True, text=True)
    assert done.returncode == 1 and "the tree has no memory node [no-ram]" in done.stderr
    assert "what to do: " in done.stderr and done.stdout == ""
    (tmp_path / "cut").write_bytes(make_tree(MEMORY).read_bytes()[:100])
    done = subprocess.run([example, tmp_path / "cut"], capture_output=True, text=True)
    assert done.returncode == 1 and "[truncated]" in done.stderr
    assert subprocess.run([example], capture_output=True).returncode == 1


def test_the_example_is_short():
    lines = (ROOT / "example/plan.c").read_text().splitlines()
    body = [line for line in lines[lines.index("int main(int argc, char **argv)"):] if line.strip()]
    assert len(body) <= 25


def header_names():
    return sorted(str(path.relative_to(ROOT / "include"))
                  for path in (ROOT / "include").rglob("*.h"))


@pytest.mark.parametrize("name", header_names())
@pytest.mark.parametrize("compiler", [["cc", "-std=c11", "-xc"], ["g++", "-std=c++11", "-xc++"]],
                         ids=["C", "C++"])
def test_each_header_stands_alone(flags, name, compiler):
    strict = [flag for flag in STRICT if compiler[0] == "cc" or flag != "-Wstrict-prototypes"]
    compiled([*compiler, *strict, *flags("--cflags"), "-fsyntax-only", "-"],
             f"#include <{name}>\n#include <{name}>\nextern int none;\n")


def test_cplusplus_links(installed, flags, tmp_path):
    source = """#include <dtshim.h>
        int main() {
            shim_job *job; shim_error error; unsigned char memory[64]; alignas(8) char blob[64] = {};
            return dtshim_open(&job, memory, sizeof(memory), blob, sizeof(blob), nullptr, nullptr,
                               &error) == SHIM_E_MEMORY ? 0 : 1;
        }
    """
    compiled(["g++", "-std=c++11", "-Wall", "-Werror", "-xc++", *flags("--cflags"), "-", "-xnone",
              *flags("--libs"), "-o", tmp_path / "plus"], source)
    assert subprocess.run([tmp_path / "plus"]).returncode == 0


def test_no_header_of_the_rooms_is_needed(installed):
    for path in (installed / "opt/dt/include").rglob("*.h"):
        assert not re.search(r'#include "', path.read_text()), path


@pytest.mark.skipif(not shutil.which("aarch64-linux-gnu-gcc"), reason="no cross compiler")
def test_a_big_endian_build_is_refused():
    command = ["aarch64-linux-gnu-gcc", "-std=c11", "-ffreestanding", "-I", ROOT, "-I",
               ROOT / "include", "-fsyntax-only", ROOT / "shim/fdt/tree.c"]
    compiled(command)
    assert "little-endian" in compiled([*command, "-mbig-endian"], code=1)


CALLS = r"""
#include <dtshim.h>
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void put(void *self, const char *text) { strcat(self, text); }
static void tell(void *self, const struct shim_broken *b)
{
    unsigned *seen = self;

    ++*seen;
    printf("%s: %s: %s\n", b->rule, b->node, b->what);
    assert(*b->why && *b->remedy);
}

int main(int argc, char **argv)
{
    static _Alignas(8) unsigned char blob[1 << 20], out[1 << 20];
    static char text[1 << 16];
    size_t len = fread(blob, 1, sizeof(blob), fopen(argv[argc - 1], "rb")), made = 7, room;
    struct shim_policy over = shim_policy_default();
    struct shim_sink sink = { put, text };
    struct shim_error error;
    struct shim_foreseen seen_ahead;
    struct shim_job *job;
    unsigned count = 9, seen = 0;
    uint64_t machine;
    bool different = false;
    char small[4096];
    struct shim_arena lists = shim_arena(small, sizeof(small));
    void *memory;

    room = dtshim_memory_for(2 * (sizeof(blob)));
    memory = malloc(room);
    assert(!shim_policy_set(&over, SHIM_POLICY_DOM0_MEM, "256M", &lists, &error));
    assert(shim_policy_set(&over, SHIM_POLICY_LAYOUT, "sideways", &lists, &error) == SHIM_E_POLICY);
    assert(!dtshim_open(&job, memory, room, blob, len, NULL, NULL, &error));
    assert(!dtshim_check(job, tell, &seen, &count, &error) && count == seen);
    printf("%u\n", count);
    assert(!dtshim_open(&job, memory, room, blob, len, NULL, NULL, &error));
    assert(dtshim_forecast(job, "4.2", true, &seen_ahead, &error) == SHIM_E_POLICY);
    assert(!dtshim_forecast(job, "4.21", false, &seen_ahead, &error) && !seen_ahead.run);
    assert(!dtshim_forecast(job, "4.20", true, &seen_ahead, &error) && seen_ahead.run);
    assert(!strcmp(seen_ahead.release, "4.20") && seen_ahead.boots == !seen_ahead.stop);
    dtshim_report_forecast(&seen_ahead, &sink);
    fwrite(text, 1, strlen(text), fopen("page", "w"));
    if (seen_ahead.dom0_tree)
        fwrite(seen_ahead.dom0_tree, 1, seen_ahead.dom0_tree_size, fopen("dom0.dtb", "wb"));
    *text = '\0';
    assert(!dtshim_open(&job, memory, room, blob, len, &over, NULL, &error));
    assert(!dtshim_plan(job, &error));
    assert(dtshim_dom0(job, &machine).size == 256 << 20 && machine == dtshim_dom0(job, NULL).base);
    assert(dtshim_apply(job, out, dtshim_size(job) - 1, &made, &error) == SHIM_E_BUFFER);
    assert(made == 7 && error.code == SHIM_E_BUFFER && !strcmp(shim_code_name(error.code), "buffer"));
    assert(!dtshim_apply(job, out, sizeof(out), &made, &error) && made == dtshim_size(job));
    assert(dtshim_domain_size(job) == 0);
    assert(!dtshim_diff(memory, room, blob, len, blob, len, &sink, &different, &error));
    assert(!different && !*text);
    assert(!dtshim_diff(memory, room, blob, len, out, made, &sink, &different, &error));
    assert(different && strstr(text, "/chosen/dtshim"));
    fwrite(out, 1, made, fopen("out.dtb", "wb"));
    return 0;
}
"""


def test_every_call_of_the_door(flags, tool, make_tree, tmp_path):
    """Against what the tool says and writes; the whole of it in one program."""
    tree = make_tree(MEMORY + KERNEL + "dev@1000 { compatible = \"test,dev\"; "
                     "reg = <0 0x1000 0 0x1000>; xen-dma-safe; };", flags=("-p", "16384"))
    (tmp_path / "calls.c").write_text(CALLS)
    compiled(["cc", "-std=c11", "-Wall", *flags("--cflags"), tmp_path / "calls.c",
              *flags("--libs"), "-o", tmp_path / "calls"])
    done = subprocess.run([tmp_path / "calls", tree], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    *broken, count = done.stdout.splitlines()
    assert len(broken) == int(count) == 1
    assert broken[0].startswith("tag-proven: /dev@1000: has xen-dma-safe")
    page = tool("forecast", "--xen-version", "4.20", "-o", "tool.dom0.dtb", tree, code=None).out
    hint = re.compile(r" \(.*--.*\)$", re.M)
    assert (tmp_path / "page").read_text() == hint.sub("", page)
    assert (tmp_path / "dom0.dtb").exists() == (tmp_path / "tool.dom0.dtb").exists()
    if (tmp_path / "dom0.dtb").exists():
        assert (tmp_path / "dom0.dtb").read_bytes() == (tmp_path / "tool.dom0.dtb").read_bytes()
    tool("apply", "--dom0-mem", "256M", tree, "-o", "tool.dtb")
    assert (tmp_path / "out.dtb").read_bytes() == (tmp_path / "tool.dtb").read_bytes()
