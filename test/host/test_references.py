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
    assert "takes a different path" in outsiders(plan)["/hub@6400000/admaif@6420000"]


@pytest.mark.parametrize("names", ["all-dma test,admaif", "test,admaif all-dma"])
def test_who_is_named_comes_before_all_dma(domain, names):
    _, plan = domain(names, HUB % "admaif")
    devices = plan["domain"]["devices"]
    assert "/hub@6400000/admaif@6420000" in devices and "/net@7000000" in devices
    assert "takes a different path" in outsiders(plan)["/hub@6400000/adx@6410000"]


def test_those_named_that_do_not_go_together_are_refused(tool, make_tree):
    tree = make_tree(BOARD + HUB % "admaif", header=HEADER)
    error = tool("plan", *LARGE, "test,adx test,admaif", tree, code=2).err
    assert "its DMA takes a different path from the device above it" in error


# ---- references of few devices -------------------------------------------------------------------

def node(name, at, extra=""):
    return f'{name}: {name}@{at} {{ compatible = "test,{name}"; reg = <0 0x{at} 0 0x1000>; {extra} }};'


def strays(plan):
    return {(note["node"], note["what"]): note["reason"] for note in plan["notes"]
            if "to nothing in the domain" in note["what"]}


# The property, its cells with &one and &two for nodes, and which of them come.
LOOSE = {
    "syscon": ("&one 0x24 3", ["one"]),
    "pcs-handle": ("&one &two", ["one", "two"]),
    "qcom,smem-states": ("&one 7 &two", ["one", "two"]),
    "renesas,vsps": ("&one 9 &two 9", ["one", "two"]),
    "mediatek,gce-client-reg": ("&one 1 2 3 &two 4 5 6", ["one", "two"]),
    "qcom,ext-regs": ("&one 1 2 &two 3 4", ["one", "two"]),
    "fsl,stop-mode": ("&one 1 2", ["one"]),
    "trigger-sources": ("&one &two", ["one", "two"]),
}


@pytest.mark.parametrize("name", LOOSE)
def test_references_of_few_devices_come(domain, name):
    cells, come = LOOSE[name]
    tree, plan = domain("/dev@6200000", dev(f"{name} = <{cells}>;") +
                        node("one", "6300000", "#qcom,smem-state-cells = <1>;") +
                        node("two", "6400000", "#qcom,smem-state-cells = <0>;"))
    assert sorted(plan["domain"]["devices"]) == [
        "/dev@6200000", *(f"/{one}@{at}" for one, at in (("one", "6300000"), ("two", "6400000")) if one in come)]
    said = tree.cells("/passthrough/dev@6200000", name)
    for one, at in (("one", "6300000"), ("two", "6400000")):
        assert one not in come or tree.cells(f"/passthrough/{one}@{at}", "phandle")[0] in said
    assert not strays(plan)


def test_what_they_refer_to_brings_its_own(domain):
    _, plan = domain("/dev@6200000", dev("rockchip,grf = <&one>;") +
                     node("one", "6300000", "clocks = <&two>; syscon = <&three 4>;") +
                     node("two", "6400000", "#clock-cells = <0>;") + node("three", "6500000"))
    assert sorted(plan["domain"]["devices"]) == [
        "/dev@6200000", "/one@6300000", "/three@6500000", "/two@6400000"]


@pytest.mark.parametrize("extra", ['status = "disabled";', "interrupts = <1 3 4 0>;", "clocks = <0x777>;",
                                   "clocks = <&lame>;"])
def test_what_cannot_come_is_named(domain, extra):
    """The device comes all the same: nothing says that it does not work without."""
    tree, plan = domain("/dev@6200000", dev("rockchip,grf = <&one>;") + node("one", "6300000", extra) +
                        node("lame", "6400000", '#clock-cells = <0>; status = "disabled";'))
    assert plan["domain"]["devices"] == ["/dev@6200000"]
    number, = tree.cells("/passthrough/dev@6200000", "rockchip,grf")
    assert strays(plan) == {("/dev@6200000", "its rockchip,grf leads to nothing in the domain"):
                            f"{number:#x} is /one@6300000, which is not in the domain"}


def test_a_loose_reference_stands_in_nobody_s_way(domain):
    """By itself, the hub would come above admaif: then that could not come, which is named."""
    more = (HUB % "admaif").replace('compatible = "test,hub";', 'compatible = "test,hub"; iommus = <&smmu 5>;')
    more = more.replace("remote-endpoint = <&hub_end>", "none").replace("hub@6400000 {", "hub: hub@6400000 {")
    _, plan = domain("/dev@6200000 test,admaif", dev("syscon = <&hub>;") + more)
    assert {"/dev@6200000", "/hub@6400000/admaif@6420000"} <= set(plan["domain"]["devices"])
    assert ("/dev@6200000", "its syscon leads to nothing in the domain") in strays(plan)


@pytest.mark.parametrize("name", ["access-controllers", "cpu", "cpus", "affinity"])
def test_what_is_the_host_s_alone_stays_behind(domain, name):
    tree, plan = domain("/dev@6200000", dev(f"{name} = <&one>;") + node("one", "6300000", "#access-controller-cells = <0>;"))
    assert tree.prop("/passthrough/dev@6200000", name) is None and not strays(plan)
    assert plan["domain"]["devices"] == ["/dev@6200000"]


def test_cells_that_may_be_references(domain):
    """Of a property that nothing is known of: a node's phandle, of which the domain has nobody."""
    tree, plan = domain("/dev@6200000", dev("""test,thing = <&one>; test,second = <0x7777 &one>;
        test,count = <&one>; test,word = "\\0\\0\\x01"; reg-names = "a"; test,own = <&two>; clocks = <&two>;
        test,gic = <&gic>; test,none = <0x777>; test,odd = [00 00 01];""") + node("one", "6300000") +
        node("two", "6400000", "#clock-cells = <0>;"))
    assert [what for _, what in strays(plan)] == ["its test,thing may lead to nothing in the domain",
                                                  "its test,second may lead to nothing in the domain"]
    number, = tree.cells("/passthrough/dev@6200000", "test,thing")
    assert set(strays(plan).values()) == {f"{number:#x} is /one@6300000, which is not in the domain"}


def test_a_part_that_may_be_meant_keeps_its_phandle(domain):
    """Others lose it, for it costs room."""
    tree, plan = domain("/dev@6200000 /one@6300000", dev("test,thing = <0x7777 &one_a>;") +
                        node("one", "6300000", "test,size = <&one_b>; one_a: a { }; one_b: b { };"))
    number, = tree.cells("/passthrough/one@6300000/a", "phandle")
    assert tree.cells("/passthrough/dev@6200000", "test,thing") == [0x7777, number] and not strays(plan)
    assert tree.prop("/passthrough/one@6300000/b", "phandle") is None


def test_strays_are_one_line(tool, make_tree):
    tree = make_tree(BOARD + dev("test,a = <&one>; test,b = <&one>; test,c = <&one>;") + node("one", "6300000"),
                     header=HEADER)
    said = tool("plan", *LARGE, "/dev@6200000", tree).flat
    assert said.count("nothing in the domain") == 1 and "each of 3 properties" in said
    said = tool("plan", "-v", *LARGE, "/dev@6200000", tree).flat
    for name in "abc":
        assert f"/dev@6200000: its test,{name} may lead to nothing in the domain" in said


# ---- diff ----------------------------------------------------------------------------------------

NUMBERED = """one { phandle = <%d>; }; two { phandle = <%d>; #qcom,smem-state-cells = <1>; };
    dev { %s = <%s>; };"""


@pytest.mark.parametrize("name, mine, theirs, same", [
    ("syscon", "3 3", "9 3", True), ("syscon", "3 3", "9 9", False),
    ("syscon", "3 4", "9 8", False), ("qcom,smem-states", "4 3", "8 3", True),
    ("qcom,smem-states", "4 3", "8 9", False), ("pinctrl-12", "3", "9", True),
    ("pinctrl-12", "3", "8", False), ("access-controllers", "3", "9", True)])
def test_diff_follows_them(tool, bare_tree, name, mine, theirs, same):
    """Arguments are numbers, whichever nodes have those as phandles."""
    bare_tree(NUMBERED % (3, 4, name, mine), name="a.dtb")
    bare_tree(NUMBERED % (9, 8, name, theirs), name="b.dtb")
    said = tool("diff", "a.dtb", "b.dtb", code=None)
    assert ("/dev" in said.out) != same, said.out
