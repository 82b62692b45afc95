# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Pages of boards that are unlike one another, in a browser: all can be read on a phone, on a desk and on
paper, light and dark. looks.js finds what cannot."""
import pytest

import browser
from places import GUESTS, ROOT

LOOKS = (ROOT / "test/report/looks.js").read_text()
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser"),
              pytest.mark.skipif(not browser.program(), reason="there is no chromium: install Debian's package chromium")]

BOARDS = {
    "rk3399": ("arm64/rockchip/rk3399-rockpro64.dtb", ["--ram", "0x0:0xf8000000"], 0),
    "zcu102": ("arm64/xilinx/zynqmp-zcu102-rev1.0.dtb", [], 0),
    "orangepi": ("armhf/sun8i-h3-orangepi-pc.dtb", ["--ram", "0x40000000:1G"], 0),
    "raspberry": ("arm64/broadcom/bcm2711-rpi-4-b.dtb", ["--ram", "0x0:948M", "--ram", "0x40000000:960M"], 0),
    "example": (None, ["--contract", "native", "--layout", "offset", "--dom0-base", "0x40000000"], 0),
    "refused": ("arm64/arm/juno.dtb", ["--dom0-mem", "100G"], 1),
}
WAYS = [(360, "light", ""), (360, "dark", ""), (1400, "light", ""), (1400, "dark", ""), (700, "light", "print")]


@pytest.fixture(scope="module")
def chromium(tmp_path_factory):
    made = browser.Browser(tmp_path_factory.mktemp("chromium"))
    yield made
    made.close()


@pytest.fixture(params=BOARDS)
def page(request, run_report, bare_tree, tmp_path):
    name, options, code = BOARDS[request.param]
    tree = GUESTS / "dtbs" / name if name else bare_tree((ROOT / "doc/example.dts").read_text().split("*/\n", 1)[1])
    if not tree.exists():
        pytest.skip("the trees of Debian's kernel were not fetched: make check does that")
    run_report(tree, *options, "-o", tmp_path / "page.html", code=code)
    return tmp_path / "page.html"


def look(chromium, path, width, scheme="light", media=""):
    chromium.show(path, width, scheme, media)
    seen = chromium.evaluate(LOOKS)
    assert seen["width"] == width
    return seen


def test_all_can_be_read(chromium, page):
    for way in WAYS:
        seen = look(chromium, page, *way)
        assert seen["found"] == [] and seen["texts"] > 40, way


def test_it_is_dark_where_that_is_asked_for(chromium, page):
    grounds = []
    for scheme in ("light", "dark"):
        chromium.show(page, 1400, scheme)
        grounds.append(chromium.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert grounds == ["rgb(255, 255, 255)", "rgb(22, 24, 26)"]


# What looks.js is to find: a thing of each kind, and one like it that can be read.
HEAD = "<!DOCTYPE html><meta charset=utf-8><style>body { margin: 0; font: 16px sans-serif }</style><body>"
BAD = {
    "overlap": '<p>first</p><p style="margin-top: -30px">second</p>',
    "overlap in a picture": '<svg width=300 height=60><text x=5 y=30>first</text><text x=20 y=34>second</text></svg>',
    "overlap of a box": '<svg width=300 height=60><rect x=0 y=10 width=50 height=40 /><text x=40 y=30 fill=red>name</text></svg>',
    "clipped at the page's edge": '<p style="white-space: nowrap; width: 2000px">' + "word " * 200,
    "clipped in a box": '<div style="width: 60px; overflow: hidden; white-space: nowrap">much too long for this</div>',
    "clipped in a picture": '<svg width=60 height=30><text x=5 y=20>much too long for this</text></svg>',
    "clipped out of its cell": '<div style="width: 60px; white-space: nowrap">much too long for this</div>',
    "wide": '<div style="width: 1600px; height: 5px"></div>',
    "boxes": '<div style="height: 20px">one</div><div style="margin-top: -15px; padding-left: 200px">two</div>',
    "contrast": '<p style="color: #999">pale</p>',
    "contrast in a picture": '<svg width=200 height=30><text x=5 y=20 fill="#999">pale</text></svg>',
    "contrast on a ground": '<div style="background: #333"><p style="color: #555">dark</p></div>',
}
GOOD = """<p>first</p><p>second</p><svg width=300 height=90><rect x=0 y=10 width=50 height=40 />
    <text x=60 y=30>name</text><text x=60 y=50>another</text></svg><div style="overflow: hidden">short</div>
    <table><tr><td>one</td><td>two</td></tr></table><p style="color: #666">grey</p>"""


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("width", [360, 1400])
def test_what_cannot_be_read_is_found(chromium, tmp_path, bad, width):
    (tmp_path / "bad.html").write_text(HEAD + GOOD + BAD[bad])
    assert {kind for kind, _ in look(chromium, tmp_path / "bad.html", width)["found"]} >= {bad.split()[0]}


def test_what_can_be_read_is_not(chromium, tmp_path):
    (tmp_path / "good.html").write_text(HEAD + GOOD)
    assert look(chromium, tmp_path / "good.html", 360)["found"] == []


def test_focus_goes_down_the_page(chromium, page):
    """By the tab key alone, and where it is can be seen."""
    chromium.show(page, 1400)
    seen = []
    for _ in range(3):
        for kind in ("rawKeyDown", "keyUp"):
            chromium.ask("Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab", windowsVirtualKeyCode=9)
        seen.append(chromium.evaluate("""(() => { const one = document.activeElement, style = getComputedStyle(one);
            return [one.tagName, one.getBoundingClientRect().top + one.getBoundingClientRect().left / 1e4,
                    style.outlineStyle, parseFloat(style.outlineWidth)]; })()"""))
    assert [one[0] for one in seen] == ["A"] * 3 and all(one[2] == "solid" and one[3] >= 2 for one in seen)
    assert [one[1] for one in seen] == sorted(one[1] for one in seen)
