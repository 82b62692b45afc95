# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""References out of a xen,domain's devices: what comes along, and what becomes of the others."""
import json

import pytest

from made_up import BOARD
from trees import HEADER

LARGE = ["--layout", "offset", "--xen-features", "large-tree", "--passthrough"]


@pytest.fixture
def domain(tool, make_tree, read_tree):
    """(the domain's tree, plan) of a board with these devices passed through."""
    def make(name, more):
        tree = make_tree(BOARD + more, header=HEADER)
        plan = json.loads(tool("plan", "--json", *LARGE, name, tree).out)
        tool("apply", *LARGE, name, tree, "-o", "out.dtb")
        return read_tree(tree.parent / "out.domain.dtb"), plan
    return make


def dev(extra, at="6200000", name="dev"):
    return f'{name}@{at} {{ compatible = "test,{name}"; reg = <0 0x{at} 0 0x1000>; {extra} }};'


def outsiders(plan):
    return {note["node"]: note["reason"] for note in plan["notes"]
            if note["what"] == "stays out of the domain"}


# ---- what comes along ----------------------------------------------------------------------------

@pytest.mark.parametrize("number", [0, 9, 25])
def test_any_state_of_the_pins(domain, number):
    tree, _ = domain("/dev@6200000", dev(f"pinctrl-{number} = <&state>;") +
                     dev("state: a { pins = \"a\"; }; b { };", "6300000", "pins"))
    assert tree.children("/passthrough/pins@6300000") == ["a"]
    assert tree.cells("/passthrough/dev@6200000", f"pinctrl-{number}") == tree.cells(
        "/passthrough/pins@6300000/a", "phandle")


@pytest.mark.parametrize("name", ["pinctrl-single,pins", "pinctrl-", "pinctrl-1a"])
def test_what_is_called_like_a_state(domain, name):
    tree, _ = domain("/dev@6200000", dev(f"{name} = <&mmcpins>;"))
    assert tree.children("/passthrough") == ["dev@6200000"]


def test_the_fifo_of_a_mailbox(domain):
    """ti,omap-mailbox.yaml: the argument is the phandle of a node below the controller."""
    tree, _ = domain("/dev@6200000", dev("mboxes = <&box &fifo>, <&box &other>, <&plain 7>;") + """
        box: mailbox@6300000 { compatible = "ti,am64-mailbox"; reg = <0 0x6300000 0 0x1000>;
            #mbox-cells = <1>; fifo: mbox-a { ti,mbox-tx = <0 0 0>; }; unused: mbox-b { };
            other: mbox-c { }; };
        plain: mailbox@6400000 { compatible = "test,box"; reg = <0 0x6400000 0 0x1000>;
            #mbox-cells = <1>; };""")
    box = "/passthrough/mailbox@6300000"
    assert tree.children(box) == ["mbox-a", "mbox-c"]
    assert tree.cells("/passthrough/dev@6200000", "mboxes") == [
        *tree.cells(box, "phandle"), *tree.cells(f"{box}/mbox-a", "phandle"),
        *tree.cells(box, "phandle"), *tree.cells(f"{box}/mbox-c", "phandle"),
        *tree.cells("/passthrough/mailbox@6400000", "phandle"), 7]


# ---- all-dma -------------------------------------------------------------------------------------

# Behind adx comes its hub; of a part of that the DMA goes another way.
HUB = """mc: mc@6600000 { compatible = "test,mc"; reg = <0 0x6600000 0 0x1000>;
        #interconnect-cells = <0>; #address-cells = <2>; #size-cells = <2>;
        dma-ranges = <0 0 0 0x80000000 0 0x60000000>; };
    hub@6400000 { compatible = "test,hub"; reg = <0 0x6400000 0 0x1000>;
        #address-cells = <2>; #size-cells = <2>; ranges;
        ports { port { hub_end: endpoint { remote-endpoint = <&adx_end>; }; }; };
        adx@6410000 { compatible = "test,adx"; reg = <0 0x6410000 0 0x1000>;
            ports { port { adx_end: endpoint { remote-endpoint = <&hub_end>; }; }; }; };
        %s@6420000 { compatible = "test,admaif"; reg = <0 0x6420000 0 0x1000>;
            interconnects = <&mc>; interconnect-names = "dma-mem"; }; };"""


def test_all_dma_leaves_out_a_part_of_what_has_come(domain):
    _, plan = domain("all-dma", HUB % "admaif")
    devices = plan["domain"]["devices"]
    assert "/hub@6400000" in devices and "/net@7000000" in devices
    assert "/hub@6400000/admaif@6420000" not in devices
    assert "goes another way" in outsiders(plan)["/hub@6400000/admaif@6420000"]


@pytest.mark.parametrize("names", ["all-dma test,admaif", "test,admaif all-dma"])
def test_who_is_named_comes_before_all_dma(domain, names):
    _, plan = domain(names, HUB % "admaif")
    devices = plan["domain"]["devices"]
    assert "/hub@6400000/admaif@6420000" in devices and "/net@7000000" in devices
    assert "goes another way" in outsiders(plan)["/hub@6400000/adx@6410000"]


def test_those_named_that_do_not_go_together_are_refused(tool, make_tree):
    tree = make_tree(BOARD + HUB % "admaif", header=HEADER)
    error = tool("plan", *LARGE, "test,adx test,admaif", tree, code=2).err
    assert "its DMA goes another way than that of the device above it" in error
