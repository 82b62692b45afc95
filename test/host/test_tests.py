# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""What tests share lies in test/support: no test file imports another one."""
import ast

import pytest

from places import ROOT

FILES = [path.relative_to(ROOT) for path in sorted((ROOT / "test").rglob("*.py"))]


def imported(source):
    """The modules that a file imports, at whatever depth."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "."


def of_tests(source):
    return [name for name in imported(source)
            if name.split(".")[-1].startswith(("test_", "conftest"))]


@pytest.mark.parametrize("source", ["import test_tool", "from conftest import ROOT",
                                    "def f():\n    from test_chain import boot",
                                    "import host.test_tool as other"])
def test_an_import_is_seen(source):
    assert of_tests(source)


@pytest.mark.parametrize("path", FILES, ids=str)
def test_no_test_imports_another(path):
    assert of_tests((ROOT / path).read_text()) == []


def test_a_module_has_one_file():
    """Of two files with a name, who imports it gets the one that comes first on the path."""
    others = [path.relative_to(ROOT) for folder in ("scripts", "image", "report")
              for path in sorted((ROOT / folder).glob("*.py"))]
    names = [path.stem for path in [*FILES, *others] if path.stem != "conftest"]
    assert [name for name in set(names) if names.count(name) > 1] == []
