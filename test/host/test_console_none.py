# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""A forecast states when Xen will print nothing: who watches a dark console learns nothing from it."""
import json

import pytest

from trees import MEMORY

BOARD = MEMORY + """
    aliases { serial0 = "/serial@9000000"; };
    serial@9000000 { compatible = "%s"; reg = <0 0x9000000 0 0x1000>; interrupts = <0 1 4>; };
    chosen { %s #address-cells = <2>; #size-cells = <2>;
        module@e2000000 { compatible = "multiboot,kernel", "multiboot,module";
            reg = <0 0xe2000000 0 0x1000000>; }; };
"""
STDOUT = 'stdout-path = "/serial@9000000:115200n8";'
NONE = "console   none: Xen prints nothing, because neither stdout-path nor dtuart="

# UART, /chosen, whether Xen finds it; what is silent was seen with Xen 4.17
# (findings/xen-has-no-console-without-stdout-path.sh).
CASES = {
    "by-path": ("arm,pl011", STDOUT, True),
    "by-alias": ("arm,pl011", 'stdout-path = "serial0";', True),
    "by-line": ("arm,pl011", 'xen,xen-bootargs = "dtuart=serial0";', True),
    "no-property": ("arm,pl011", "", False),
    "the-older-name": ("arm,pl011", 'linux,stdout-path = "/serial@9000000";', False),
    "console-alone": ("arm,pl011", 'xen,xen-bootargs = "console=dtuart";', False),
    "no-driver": ("qcom,geni-debug-uart", STDOUT, False),
}


@pytest.mark.parametrize("case", CASES)
def test_the_console(tool, make_tree, case):
    uart, chosen, found = CASES[case]
    tree = make_tree(BOARD % (uart, chosen))
    for one in json.loads(tool("forecast", "--json", tree, code=None).out)["forecasts"]:
        assert one["console"] == ("/serial@9000000" if found else None)
    assert (NONE in tool("forecast", tree, code=None).out) != found


@pytest.mark.parametrize("version, found", [("4.17", False), ("4.18", False), ("4.19", True), ("4.22", True)])
def test_a_driver_that_came_later(tool, make_tree, version, found):
    tree = make_tree(BOARD % ("ti,am654-uart", STDOUT))
    [one] = json.loads(tool("forecast", "--json", "--xen-version", version, tree, code=None).out)["forecasts"]
    assert (one["console"] is not None) == found
