# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""
The rooms of the house: files include, and call, what stands in their own room or below; no
two files need one another; and who reads any tree or any board does not name Xen.
"""
import pathlib
import re
import subprocess

import pytest

from places import BUILD, ROOT

# Lowest first; the doors are at the top, beside one another.
ROOMS = ["base", "fdt", "board", "model", "plan", "xen", "native", "job"]
DOORS = ["cli", "stage", "uboot", "without"]
LEVEL = {room: level for level, room in enumerate(ROOMS)} | dict.fromkeys(DOORS, len(ROOMS))
WITHOUT_XEN = ["base", "fdt", "board"]

INCLUDE = re.compile(r'^#include "([^"]+)"', re.M)
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.S)


def sources(root=ROOT):
    return sorted(path for path in (root / "shim").rglob("*.[chS]"))


def room(path, root=ROOT):
    """The folder under shim; that of a xen,domain is a part of xen's."""
    return path.relative_to(root / "shim").parts[0]


def included(path, root=ROOT):
    """The files of this project that a file includes; the configuration is made."""
    names = INCLUDE.findall(path.read_text())
    found = [root / name if (root / name).exists() else (path.parent / name).resolve()
             for name in names if name != "config.h"]
    missing = [str(one) for one in found if not one.exists()]
    assert not missing, f"{path}: {missing}"
    return found


def arrows_up(root=ROOT):
    return [f"{path.relative_to(root)} -> {other.relative_to(root)}"
            for path in sources(root) for other in included(path, root)
            if LEVEL[room(other, root)] > LEVEL[room(path, root)] or
            {room(other, root), room(path, root)} <= set(DOORS) and
            room(other, root) != room(path, root)]


def circles(graph):
    """Sets of two or more that lead to one another."""
    reach = {}
    for start in graph:
        seen, todo = set(), [start]
        while todo:
            for other in graph.get(todo.pop(), ()):
                if other not in seen:
                    seen.add(other)
                    todo.append(other)
        reach[start] = seen
    return sorted({tuple(sorted({start} | {other for other in reach[start]
                                           if start in reach.get(other, ())}))
                   for start in graph if any(start in reach.get(other, ())
                                             for other in reach[start] if other != start)})


def names_xen(root=ROOT):
    return [f"{path.relative_to(root)}: {line.strip()}" for path in sources(root)
            if room(path, root) in WITHOUT_XEN
            for line in COMMENT.sub("", path.read_text()).splitlines()
            if re.search("xen", line, re.I)]


def objects():
    found = {path.relative_to(BUILD / "host").with_suffix(".c"): path
             for path in (BUILD / "host/shim").rglob("*.o")}
    return {source: path for source, path in found.items() if (ROOT / source).exists()}


@pytest.fixture(scope="module")
def calls():
    """Which source uses what another one defines, by the symbols of the objects."""
    defined, needed = {}, {}
    source_of = {str(path): source for source, path in objects().items()}
    for line in subprocess.run(["nm", "-g", "--print-file-name", *source_of], check=True, capture_output=True,
                               text=True).stdout.splitlines():
        path, _, symbol = line.rpartition(":")
        kind, name = symbol.split()[-2:]
        if kind == "U":
            needed.setdefault(source_of[path], set()).add(name)
        else:
            defined[name] = source_of[path]
    return {source: {defined[name] for name in names if name in defined} - {source}
            for source, names in needed.items()}


def test_includes_point_down():
    assert arrows_up() == []


def test_calls_point_down(calls):
    assert len(calls) > 80
    assert [f"{source} -> {other}" for source, others in calls.items() for other in others
            if LEVEL[source.parts[1]] < LEVEL[other.parts[1]]] == []


def test_no_circle_of_includes():
    graph = {path: included(path) for path in sources()}
    assert len(graph) > 150
    assert circles(graph) == []


def test_no_circle_of_calls(calls):
    assert circles(calls) == []


def test_who_reads_any_tree_names_no_xen():
    assert names_xen() == []


def test_the_makefiles_know_all_rooms():
    """A folder that no list names would be built by nobody."""
    folders = {str(path.parent.relative_to(ROOT / "shim")) for path in sources()
               if path.suffix == ".c" and room(path) in ROOMS}
    for name, pattern in (("Makefile", r"^ROOMS *= (.*)$"), ("shim/uboot/Makefile", r"^rooms *:= (.*)$")):
        listed = re.search(pattern, (ROOT / name).read_text(), re.M)[1].split()
        assert set(listed) == folders, name


@pytest.mark.parametrize("files, finder, found", [
    ({"shim/fdt/a.h": '#include "shim/board/b.h"\n', "shim/board/b.h": ""}, arrows_up,
     ["shim/fdt/a.h -> shim/board/b.h"]),
    ({"shim/cli/a.h": '#include "shim/stage/b.h"\n', "shim/stage/b.h": ""}, arrows_up,
     ["shim/cli/a.h -> shim/stage/b.h"]),
    ({"shim/board/b.h": '#include "shim/fdt/a.h"\n', "shim/fdt/a.h": ""}, arrows_up, []),
    ({"shim/fdt/a.c": "/* Xen */ int a; // xen\nchar *x = \"xen,reg\";\n"}, names_xen,
     ['shim/fdt/a.c: char *x = "xen,reg";']),
    ({"shim/xen/a.c": "int xen;\n", "shim/fdt/a.c": "/* Xen\n * xen */\n"}, names_xen, []),
])
def test_it_would_be_noticed(tmp_path, files, finder, found):
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert finder(pathlib.Path(tmp_path)) == found


def test_a_circle_would_be_noticed():
    assert circles({1: [2], 2: [3], 3: [2], 4: [1]}) == [(2, 3)]
    assert circles({1: [2], 2: [3], 3: []}) == []
