# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Nothing that a tree, a file's name or the command line says is a part of the page's own language."""
import pytest

from trees import MEMORY

EVIL = "</code></svg></style><script>alert(1)</script><i a='b' c=\"d\">&lt;&"
# A name that dtc takes, and one of the same length that it does not.
PLAIN_NAME, EVIL_NAME = "dsp-xxxxxxxxxxxxxxxxxx", "d<i>\"'&<desc><script>x"
QUOTED = EVIL.replace('"', '\\"')
BODY = f'model = "{QUOTED}";' + MEMORY + """reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges;
        %s@90000000 { reg = <0 0x90000000 0 0x1000000>; no-map; }; };
    %s { compatible = "test,dma"; reg = <0 0x2000000 0 0x1000>; };
    chosen { xen,xen-bootargs = "sync_console %s"; xen,dom0-bootargs = "%s"; };""" % (
        PLAIN_NAME, PLAIN_NAME, QUOTED, QUOTED)


def strange(page):
    return [one.tag for one in page.all() if one.tag in ("script", "i")]


@pytest.fixture
def tree(make_tree):
    made = make_tree(BODY)
    assert len(PLAIN_NAME) == len(EVIL_NAME) and PLAIN_NAME.encode() in made.read_bytes()
    made.write_bytes(made.read_bytes().replace(PLAIN_NAME.encode(), EVIL_NAME.encode()))
    return made


@pytest.mark.slow
def test_strange_elements_are_seen(report, make_tree):
    page = report(make_tree(MEMORY))
    assert strange(page) == [] and strange(type(page)(page.source.replace("<main>", "<main><script>x</script>")))


def test_names_and_strings_of_a_tree(report, tree):
    page = report(tree)
    assert strange(page) == []
    assert EVIL in page.section("forecasts") and page.all("h1")[0].text == EVIL
    assert any(EVIL_NAME[:20] in one.text for one in page.all("text"))
    assert any(f"{EVIL_NAME}@90000000" in one.text for one in page.all("th"))
    assert any(f"/{EVIL_NAME}" in one.text for one in page.ids["devices"].all("code"))


@pytest.mark.slow
def test_a_file_and_an_option(report, make_tree, tmp_path):
    made = make_tree(MEMORY)
    name = tmp_path / "<script>alert(1)<&'\".dtb"
    made.rename(name)
    page = report(name)
    assert strange(page) == [] and page.all("h1")[0].text == name.name
    page = report(name, "--dom0-mem", "100G", code=1)
    assert strange(page) == []


@pytest.mark.slow
def test_what_acts_on_terminals_and_turns_text(report, make_tree):
    """Control characters and those that change the direction of what follows are shown, not obeyed."""
    made = make_tree(MEMORY + 'chosen { xen,dom0-bootargs = "a\\x1b[31mb\\xe2\\x80\\xaec"; };')
    page = report(made)
    assert "\x1b" not in page.source and "\u202e" not in page.source
    assert "a\\x1b[31mb" in page.section("forecasts")
