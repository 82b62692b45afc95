# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Small trees whose devices once came into a xen,domain other than its Linux needs them."""
import json

import pytest

import oracle
import oracle_domain

MACHINE = ["--layout", "offset", "--dom0-mem", "128M", "--machine-base", "0xa0000000",
           "--xen-features", "static-mem"]
BOARD = """
    interrupt-parent = <&gic>;
    chosen { };
    timer { compatible = "arm,armv8-timer"; interrupts = <1 13 8>, <1 14 8>, <1 11 8>, <1 10 8>; };
    memory@80000000 { device_type = "memory"; reg = <0 0x80000000 0 0x40000000>; };
    cpus {
        #address-cells = <1>;
        #size-cells = <0>;
        cpu@0 { device_type = "cpu"; compatible = "arm,armv8"; reg = <0>; };
    };
"""
GIC = """
    gic: interrupt-controller@2f000000 {
        compatible = "arm,gic-400";
        reg = <0 0x2f000000 0 0x1000>, <0 0x2f002000 0 0x2000>, <0 0x2f004000 0 0x2000>,
              <0 0x2f006000 0 0x2000>;
        interrupts = <1 9 4>;
        interrupt-controller;
        #interrupt-cells = <3>;
        #address-cells = <0>;
    };
"""


@pytest.fixture
def pass_through(tool, bare_tree, tmp_path):
    """The domain's tree of a board with these devices, or how it was refused."""
    def run(devices, words, code=0, gic=GIC):
        bare_tree(BOARD + gic + devices)
        done = tool("apply", *MACHINE, "--passthrough", words, "in.dtb", "-o", "out.dtb", code=code)
        return oracle.Tree((tmp_path / "out.domain.dtb").read_bytes()) if code == 0 else done.err
    return run


def find(tree, path):
    return next((node for node in tree.nodes if node.path == "/passthrough" + path), None)


def test_same_registers(pass_through):
    """dtc takes no tree with two nodes of one name."""
    tree = pass_through("""
    soc { compatible = "simple-bus"; #address-cells = <2>; #size-cells = <2>; ranges;
        regs { compatible = "simple-mfd"; #address-cells = <2>; #size-cells = <2>; ranges;
            led@10008,0 { compatible = "test,led"; reg = <0 0x10008 0 4>; };
            led@10008,1 { compatible = "test,led"; reg = <0 0x10008 0 4>; };
        };
    };""", "test,led")
    names = [node.name for node in tree.nodes if "xen,path" in node.props]
    assert len(names) == len(set(names)) == 2
    assert all(name.startswith("led") and name.endswith("@10008") for name in names)


NO_GIC = """
    gic: interrupt-controller@2f000000 {
        compatible = "arm,pl390";
        reg = <0 0x2f000000 0 0x1000>;
        interrupt-controller;
        #interrupt-cells = <3>;
    };
"""


@pytest.mark.parametrize("kind", ["arm,pl390", "arm,cortex-a9-gic"])
def test_no_gic_of_xen(pass_through, kind):
    """DT_MATCH_GIC_V2 of Xen 4.17: gic-400, cortex-a7 and cortex-a15."""
    device = 'dev@10000 { compatible = "test,dev"; reg = <0 0x10000 0 4>; interrupts = <0 5 4>; };'
    error = pass_through(device, "/dev@10000", code=2, gic=NO_GIC.replace("arm,pl390", kind))
    assert f"cannot run on this board: its interrupt controller, {kind}, does not support virtual machines" in error


def test_empty_interrupts(pass_through):
    tree = pass_through('dev@10000 { compatible = "test,dev"; reg = <0 0x10000 0 4>; '
                        "sub { interrupts; }; };", "/dev@10000")
    assert find(tree, "/dev@10000/sub")


HOLES = """
    exti: exti@10000 { compatible = "test,exti"; reg = <0 0x10000 0 4>; %s
        interrupts-extended = <&gic 0 6 4>, <0>, <&gic 0 7 4>; };
    dev@20000 { compatible = "test,dev"; reg = <0 0x20000 0 4>; %s };
"""
TWO_CELLS = "interrupt-controller; #interrupt-cells = <2>;"


def test_no_empty_interrupt(pass_through):
    """Neither in the domain's tree nor where Xen reads it by xen,path; called by a device, too."""
    for words in ("/exti@10000", "/dev@20000"):
        tree = pass_through(HOLES % (TWO_CELLS, "interrupts-extended = <&exti 2 4>;"), words)
        exti = find(tree, "/exti@10000")
        cells = [cell for cell, in oracle.rows(exti.props["interrupts-extended"], 1)]
        assert cells[1:7] == [0, 6, 4, exti.word("phandle"), 0, 0] and cells[8:] == [0, 7, 4]


def test_an_empty_interrupt_that_stays(pass_through):
    error = pass_through(HOLES % ("", ""), "/exti@10000", code=2)
    assert "cannot go into a xen,domain: an entry of its interrupts-extended is empty" in error


@pytest.mark.parametrize("name", ["gpio", "backlight", "panel", "leds", "extcon", "wakeup-parent",
                                  "pinctrl-3", "pinctrl-8"])
def test_references_of_linux(pass_through, name):
    """What drivers/of/property.c of Linux 6.1 knows as a reference brings its node along."""
    tree = pass_through(f"""
    other: other@20000 {{ compatible = "test,other"; reg = <0 0x20000 0 4>; #gpio-cells = <0>; }};
    dev@10000 {{ compatible = "test,dev"; reg = <0 0x10000 0 4>; {name} = <&other>; }};
    """, "/dev@10000")
    assert find(tree, "/dev@10000").word(name) == find(tree, "/other@20000").word("phandle")


def test_reference_that_only_a_driver_knows(pass_through):
    """Where the device is there, a cell that may mean it finds it."""
    tree = pass_through("""
    other: other@20000 { compatible = "test,other", "syscon"; reg = <0 0x20000 0 4>; };
    dev@10000 { compatible = "test,dev"; reg = <0 0x10000 0 4>; intf_mode = <&other 4>; };
    """, "/dev@10000 /other@20000")
    assert find(tree, "/dev@10000").word("intf_mode") == find(tree, "/other@20000").word("phandle")


PINS = """
    pinctrl: pinctrl@20000 { compatible = "test,pinctrl"; reg = <0 0x20000 0 0x1000>;
        #address-cells = <2>; #size-cells = <2>; ranges;
        pins: dev-pins { pins = "a"; };
        bank: gpio@21000 { compatible = "test,gpio"; reg = <0 0x21000 0 0x1000>;
            gpio-controller; #gpio-cells = <0>; };
    };
"""


def test_pins_come_with_their_controller(pass_through):
    """Linux looks for the pin controller above the pins, whatever ranges say."""
    tree = pass_through(PINS + """
    dev@10000 { compatible = "test,dev"; reg = <0 0x10000 0 4>; pinctrl-0 = <&pins>; };
    """, "/dev@10000")
    assert find(tree, "/pinctrl@20000/dev-pins")


def test_once_and_not_twice(pass_through):
    """A bank that came by itself, and then its controller: one node, one phandle."""
    tree = pass_through(PINS + """
    dev@10000 { compatible = "test,dev"; reg = <0 0x10000 0 4>; test-gpios = <&bank>;
        pinctrl-0 = <&pinctrl>; };
    """, "/dev@10000")
    assert [node.path for node in tree.nodes if node.name.startswith("gpio@")] == [
        "/passthrough/pinctrl@20000/gpio@21000"]


def test_interrupt_parent_above_the_device(pass_through):
    """A part of a device has the interrupt parent that the host's bus says."""
    tree = pass_through("""
    icu: icu@20000 { compatible = "test,icu"; reg = <0 0x20000 0 4>; interrupt-controller;
        #interrupt-cells = <2>; interrupts = <0 9 4>; };
    soc { compatible = "simple-bus"; #address-cells = <2>; #size-cells = <2>; ranges;
        interrupt-parent = <&icu>;
        icu2 { };
        dev@10000 { compatible = "test,dev"; reg = <0 0x10000 0 4>;
            port { interrupts = <7 4>; }; };
    };""".replace("        icu2 { };\n", ""), "/soc/dev@10000")
    device = find(tree, "/dev@10000")
    assert device.word("interrupt-parent") == find(tree, "/icu@20000").word("phandle")


STACKED = """
    stacked: stacked@30000 { compatible = "test,gpc"; reg = <0 0x30000 0 4>;
        interrupt-controller; #interrupt-cells = <3>; OWN };
    dev@10000 { compatible = "test,dev"; reg = <0 0x10000 0 4>; interrupt-parent = <&stacked>;
        interrupts = <0 7 4>; };
    user@20000 { compatible = "test,user"; reg = <0 0x20000 0 4>; test-supply = <&{/dev@10000}>; };
"""


@pytest.mark.parametrize("own", ["", "interrupts = <0 9 4>;"])
def test_interrupts_that_another_hands_on(pass_through, own):
    """handle_device_interrupts() of Xen 4.17 passes over what is not wired to the GIC itself."""
    error = pass_through(STACKED.replace("OWN", own), "/dev@10000", code=2)
    assert "forwards them to the GIC" in error
    assert find(pass_through(STACKED.replace("OWN", own), "/user@20000"), "/dev@10000")


def test_neighbour_s_part_that_cannot_come(pass_through):
    """Xen gives interrupts along with registers only; nobody has asked for the part."""
    tree = pass_through("""
    platform { compatible = "test,platform"; power: power { compatible = "test,power";
        #power-domain-cells = <0>; mail { compatible = "test,mail"; interrupts = <0 35 4>; }; }; };
    dev@10000 { compatible = "test,dev"; reg = <0 0x10000 0 4>; power-domains = <&power>; };
    """, "/dev@10000")
    assert find(tree, "/platform/power") and not find(tree, "/platform/power/mail")


def test_empty_ranges_below_a_translating_bus(pass_through):
    tree = pass_through("""
    soc { compatible = "simple-bus"; #address-cells = <1>; #size-cells = <1>;
        ranges = <0 0 0x10000000 0x100000>;
        pinctrl@40 { compatible = "test,pinctrl"; #address-cells = <1>; #size-cells = <1>; ranges;
            bank@40 { compatible = "test,bank"; reg = <0x40 4>; }; };
    };""", "test,pinctrl")
    bank = next(node for node in tree.nodes if node.name == "bank@40")
    assert oracle.registers(bank) == [(0x10000040, 0x10000044)]


def test_masters_deep_in_a_device(pass_through):
    """Linux forgives one missing dma-ranges on the way up, not two."""
    tree = pass_through("""
    dev@10000 { compatible = "test,dev"; reg = <0 0x10000 0 4>; #address-cells = <2>;
        #size-cells = <2>; ranges;
        sub@11000 { reg = <0 0x11000 0 4>; #address-cells = <2>; #size-cells = <2>; ranges;
            master@12000 { compatible = "test,master"; reg = <0 0x12000 0 4>; }; };
    };""", "/dev@10000")
    master = next(node for node in tree.nodes if node.name == "master@12000")
    assert oracle.window(tree, master) == [(0xa0000000, 0x40000000, 0x8000000)]


MODULES = """
    xen@98000000 { compatible = "dtshim,hypervisor"; reg = <0 0x98000000 0 0x140000>; };
    kernel@90000000 { compatible = "multiboot,kernel", "multiboot,module";
        reg = <0 0x90000000 0 0x2000000>; bootargs = "console=ttyAMA0 quiet"; };
    ramdisk@94000000 { compatible = "multiboot,ramdisk", "multiboot,module";
        reg = <0 0x94000000 0 0x1000000>; };
"""
DEVICE = 'dev@10000 { compatible = "test,dev"; reg = <0 0x10000 0 4>; interrupts = <0 5 4>; };'


@pytest.mark.parametrize("features", ["static-mem", "large-tree"])
@pytest.mark.parametrize("modules", ["", MODULES], ids=["nothing named", "all named"])
@pytest.mark.parametrize("device", [DEVICE, HOLES % (TWO_CELLS, "interrupts-extended = <&exti 2 4>;")], ids=["plain", "an empty interrupt"])
def test_payload_and_block(tool, make_tree, tmp_path, features, modules, device):
    """The whole of it with a kernel and a ramdisk, for a Xen with static memory and without."""
    make_tree(BOARD.replace("chosen { };", "chosen { #address-cells = <2>; #size-cells = <2>;"
                            + modules + "};") + GIC + device)
    policy = [*MACHINE[:6], "--xen-features", features, "--passthrough",
              "/dev@10000" if device is DEVICE else "/exti@10000"]
    tool("apply", *policy, "in.dtb", "-o", "out.dtb")
    plan = json.loads(tool("plan", "--json", *policy, "in.dtb").out)
    tree, after = (oracle.Tree((tmp_path / name).read_bytes()) for name in ("in.dtb", "out.dtb"))
    blob = (tmp_path / "out.domain.dtb").read_bytes()
    wrong = oracle_domain.wrong_things(tree, after, blob, plan, {features})
    assert list(wrong) == []
    assert ("xen,static-heap" in next(node for node in after.nodes if node.path == "/chosen").props
            ) == (features == "large-tree")


@pytest.mark.parametrize("core, bits", [("arm,armv8", 64), ("arm,cortex-a53", 64),
                                        ("arm,arm926ej-s", 32), ("arm,arm1176jzf", 32),
                                        ("arm,arm7tdmi", 32), ("arm,cortex-a7", 32)])
def test_kernel_bits_of_a_core(tool, make_tree, core, bits):
    """arm,armv8 is any core of the architecture, such as the Foundation model's."""
    make_tree(BOARD.replace("arm,armv8", core) + GIC)
    plan = json.loads(tool("plan", "--json", "--contract", "native", "in.dtb").out)
    assert plan["kernel-bits"] == bits
