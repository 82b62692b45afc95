# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The stage's UARTs, on registers that say what they are asked: which, in what order, how wide.

What is expected was written from the definitions of Linux and U-Boot, not from the
stage's tables; and the board trees are read by test/support/oracle.py.
"""
import ctypes
import functools
import re
import subprocess

import pytest

import oracle
from places import GUESTS, ROOT
from trees import MEMORY
from unit import CC, FLAGS

TREES = GUESTS / "dtbs"
ALL = 0xFFFFFFFF


@pytest.fixture(scope="session")
def console(build):
    """A run of test/unit/console.c; its lines."""
    program = build("console", f"-I{ROOT}/test/fuzz/stage", *(  # its config.h, whatever the user's says
        ROOT / f"shim/stage/{name}.c" for name in ("console", "uart", "memory", "arm64/arch")))

    def run(*arguments):
        done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()
    return run


# ---- one letter ------------------------------------------------------------------------------

def when(register, mask, write, width="4", read_width=None):
    """Waits until a bit is set: (what is ready, what is not, what is done)."""
    read = f"r{read_width or width} {register:#x}"
    return {register: mask}, {register: ALL ^ mask}, [read, f"w{width} {write:#x} 0x41"]


def unless(register, mask, write, width="4"):
    ready, busy, steps = when(register, mask, write, width)
    return {register: ALL ^ mask}, {register: mask}, steps


def scif(status, data):
    """sci_poll_put_char(): TDFE 0x20; TEND 0x40 is cleared with it, the rest is as it was."""
    return ({status: 0x0163}, {status: 0xFFDF},
            [f"r2 {status:#x}", f"w1 {data:#x} 0x41", f"r2 {status:#x}", f"w2 {status:#x} 0x103"])


# qcom_geni_serial.c, qcom-geni-se.h: UART_START_TX << M_OPCODE_SHFT, M_TX_FIFO_WATERMARK_EN,
# M_CMD_DONE_EN; DEF_TX_WM 2.
GENI = ({0x610: 0x40000001}, {0x610: 0xBFFFFFFF},
        ["w4 0x618 0x1", "w4 0x80c 0x2", "w4 0x270 0x1", "w4 0x600 0x8000000", "r4 0x610",
         "w4 0x700 0x41", "w4 0x618 0x40000000", "r4 0x610"])
# msm_serial.c: UARTDM_DMEN, SR TX_EMPTY 8 and TX_READY 4, CR RESET_TX_READY, NCF_TX, TF.
MSM_DM = ({0x08: 0xC}, {0x08: ALL ^ 0x8},
          ["w4 0x3c 0x0", "r4 0x8", "w4 0x10 0x300", "w4 0x40 0x1", "r4 0x8", "w4 0x70 0x41"])
# serial_s3c.h: UFCON_FIFOMODE 1, S5PV210_UFSTAT_TXFULL 1 << 24, UTRSTAT_TXFE 2.
EXYNOS_FIFO = ({0x08: ALL, 0x18: ALL ^ (1 << 24), 0x10: 0}, {0x08: 1, 0x18: 1 << 24},
               ["r4 0x8", "r4 0x18", "r4 0x8", "w4 0x20 0x41"])
EXYNOS_NO_FIFO = ({0x08: ALL ^ 1, 0x18: ALL, 0x10: 2}, {0x08: 0, 0x10: ALL ^ 2},
                  ["r4 0x8", "r4 0x10", "w4 0x20 0x41"])
# fsl_linflexuart.c: UARTCR 0x10 with TFBM 1 << 8, UARTSR 0x14 with DTFTFF 2, BDRL 0x38.
LINFLEX_FIFO = ({0x10: 0x100, 0x14: ALL ^ 2}, {0x10: ALL, 0x14: 2},
                ["r4 0x10", "r4 0x14", "w1 0x38 0x41", "r4 0x10"])
LINFLEX_BUFFER = ({0x10: ALL ^ 0x100, 0x14: 2}, {0x10: 0, 0x14: ALL ^ 2},
                  ["r4 0x10", "w1 0x38 0x41", "r4 0x10", "r4 0x14", "r4 0x10", "w4 0x14 0x2"])

PL011 = unless(0x18, 0x20, 0x00)              # UART01x_FR_TXFF, UART01x_DR
BYTE_8250 = when(5, 0x20, 0, "1")             # UART_LSR_THRE, UART_TX
SHIFTED_8250 = when(5 << 2, 0x20, 0, "1")
WORD_8250 = when(5 << 2, 0x20, 0, "4")
CDNS = unless(0x2C, 0x10, 0x30)               # CDNS_UART_SR_TXFULL, CDNS_UART_FIFO
IMX = unless(0xB4, 0x10, 0x40)                # IMX21_UTS, UTS_TXFULL, URTX0
LPUART_IMX = when(0x14, 0x00800000, 0x1C)     # UARTSTAT_TDRE, UARTDATA behind IMX_REG_OFF
MESON = unless(0x0C, 1 << 21, 0x00)           # AML_UART_STATUS, AML_UART_WFIFO
SHIFT, WORDS = "reg-shift = <2>;", "reg-io-width = <4>;"

ROWS = [(names.split(), props, expected) for names, props, expected in (
    ("arm,pl011 arm,sbsa-uart", "", PL011),
    ("arm,sbsa-uart", WORDS, PL011),
    ("ns8250 ns16450 ns16550 ns16550a ns16750 ns16850 snps,dw-apb-uart marvell,armada-38x-uart"
     " renesas,rzn1-uart intel,xscale-uart nuvoton,npcm750-uart altr,16550-FIFO32"
     " altr,16550-FIFO64 altr,16550-FIFO128", "", BYTE_8250),
    ("ns16550a snps,dw-apb-uart nuvoton,npcm750-uart", SHIFT, SHIFTED_8250),
    ("ns16550a snps,dw-apb-uart altr,16550-FIFO128", SHIFT + WORDS, WORD_8250),
    ("ns16550a", SHIFT + WORDS + "big-endian;", when(0x14, 0x20, 0, "4be")),
    ("ns16550a", SHIFT + "big-endian;", SHIFTED_8250),
    ("ns16550", "reg-shift = <1>; reg-io-width = <2>;", when(0xA, 0x20, 0, "2")),
    ("ti,omap2-uart ti,omap3-uart ti,omap4-uart ti,am3352-uart ti,am4372-uart ti,dra742-uart"
     " ti,am654-uart nvidia,tegra20-uart mediatek,mt6577-uart mrvl,mmp-uart mrvl,pxa-uart"
     " brcm,bcm2835-aux-uart socionext,uniphier-uart", "", WORD_8250),
    ("nvidia,tegra20-uart", SHIFT, WORD_8250),
    ("nvidia,tegra20-uart", SHIFT + "reg-io-width = <1>;", SHIFTED_8250),
    ("cdns,uart-r1p8 cdns,uart-r1p12 xlnx,xuartps xlnx,zynqmp-uart", "", CDNS),
    ("xlnx,xps-uartlite-1.00.a xlnx,opb-uartlite-1.00.b", "", unless(0x08, 0x08, 0x04)),
    ("fsl,imx21-uart fsl,imx53-uart fsl,imx6q-uart", "", IMX),
    ("fsl,imx1-uart", "", unless(0xD0, 0x10, 0x40)),         # IMX1_UTS
    ("fsl,vf610-lpuart", "", when(0x04, 0x80, 0x07, "1")),   # UARTSR1_TDRE, UARTDR
    ("fsl,ls1021a-lpuart", "", when(0x04, 0x00800000, 0x0C, "4be")),
    ("fsl,ls1028a-lpuart", "", when(0x04, 0x00800000, 0x0C)),
    ("fsl,imx7ulp-lpuart fsl,imx8ulp-lpuart fsl,imx8qm-lpuart fsl,imx8qxp-lpuart"
     " fsl,imxrt1050-lpuart", "", LPUART_IMX),
    ("fsl,s32v234-linflexuart nxp,s32g2-linflexuart nxp,s32g3-linflexuart", "", LINFLEX_FIFO),
    ("fsl,s32v234-linflexuart nxp,s32g2-linflexuart nxp,s32g3-linflexuart", "", LINFLEX_BUFFER),
    ("amlogic,meson-uart amlogic,meson-ao-uart amlogic,meson6-uart amlogic,meson8-uart"
     " amlogic,meson8b-uart amlogic,meson-gx-uart amlogic,meson-s4-uart amlogic,meson-a1-uart",
     "", MESON),
    ("marvell,armada-3700-uart", "", unless(0x0C, 0x800, 0x04)),  # STAT_TX_FIFO_FUL, STD_TSH
    ("marvell,armada-3700-uart-ext", "", when(0x0C, 0x8000, 0x1C)), # STAT_EXT_TX_RDY, EXT_TSH
    ("qcom,geni-debug-uart qcom,geni-uart", "", GENI),
    ("qcom,msm-uartdm", "", MSM_DM),
    ("qcom,msm-uart", "", when(0x08, 0x4, 0x0C)),
    ("samsung,s5pv210-uart samsung,exynos4210-uart samsung,exynos5433-uart samsung,exynos850-uart"
     " samsung,exynos8895-uart google,gs101-uart axis,artpec8-uart", "", EXYNOS_FIFO),
    ("samsung,s5pv210-uart samsung,exynos4210-uart samsung,exynos5433-uart samsung,exynos850-uart"
     " samsung,exynos8895-uart google,gs101-uart axis,artpec8-uart", "", EXYNOS_NO_FIFO),
    ("renesas,scif renesas,hscif", "", scif(0x10, 0x0C)),
    ("renesas,scifa", "", scif(0x14, 0x20)),
    ("renesas,scifb", "", scif(0x14, 0x40)),
    ("renesas,scif-r7s9210 renesas,scif-r9a07g044", "", scif(0x08, 0x06)),
    ("st,stm32-uart", "", when(0x00, 0x80, 0x04)),           # USART_SR_TXE
    ("st,stm32f7-uart st,stm32h7-uart", "", when(0x1C, 0x80, 0x28)),
    ("atmel,at91rm9200-usart atmel,at91sam9260-usart", "", when(0x14, 0x2, 0x1C)),
    ("actions,owl-uart", "", unless(0x0C, 0x40, 0x08)),      # OWL_UART_STAT_TFFU
    ("sprd,sc9836-uart", "", ({0x08: 0x8000}, {0x08: ALL ^ 0x8000}, ["r4 0x8", "w1 0x0 0x41"])),
    ("brcm,bcm6345-uart", "", when(0x10, 0x20, 0x14)),       # UART_IR_TXEMPTY
)]


def uart_tree(make_tree, compatible, props=""):
    return make_tree(f"""chosen {{ stdout-path = "/uart@9000000"; }};
        uart@9000000 {{ compatible = {compatible}; reg = <0 0x9000000 0 0x1000>; {props} }};""")


def values(registers):
    return [f"{register:#x}={value:#x}" for register, value in registers.items()]


@pytest.mark.parametrize("name, props, expected", [
    (name, props, expected) for names, props, expected in ROWS for name in names])
def test_a_letter(console, make_tree, name, props, expected):
    """Bytes, order and width; and none while the UART is not ready."""
    ready, busy, steps = expected
    tree = uart_tree(make_tree, f'"{name}"', props)
    assert console("put", "A", tree, *values(ready)) == [*steps, "done"]
    said = console("put", "A", tree, *values(busy))
    assert said[-1] == "given up"
    assert not any(re.match(r"w\S+ \S+ 0x41$", line) for line in said) or "w1 0x38 0x41" in said


def test_every_name_of_the_table_is_tried():
    table = (ROOT / "shim/stage/uart.c").read_text().split("uarts[] = {")[1].split("\n};")[0]
    names = re.findall(r'\{ "([^"]+)"', table)
    assert len(names) == len(set(names))
    assert set(names) == {name for names, _, _ in ROWS for name in names}


def test_the_documentation_has_the_same_names():
    table = (ROOT / "doc/reference/consoles.rst").read_text().split("\n=====")[3].split("\n", 1)[1]
    names = re.findall("``([^`]+)``", table)
    assert len(names) == len(set(names))
    assert set(names) == {name for names, _, _ in ROWS for name in names}


def test_the_documentation_has_the_same_counts():
    text = " ".join((ROOT / "doc/reference/consoles.rst").read_text().split())
    for arch, heard in HEARD.items():
        assert f"{heard + sum(SILENT[arch].values())} {arch} trees" in text
        assert f"other {heard} name one of these" in text
        assert f"{SILENT[arch][NO_PATH]} name" in text


def test_a_text(console, make_tree):
    """Lines end for a terminal; what is given up in the middle takes no more."""
    tree = uart_tree(make_tree, '"arm,pl011"')
    written = [line.split()[2] for line in console("put", "a\nb", tree) if line[0] == "w"]
    assert written == ["0x61", "0xd", "0xa", "0x62"]
    assert console("put", "ab", tree, "0x18=0x20") == ["r4 0x18", "given up"]


@pytest.fixture(scope="session")
def registers(tmp_path_factory):
    library = tmp_path_factory.mktemp("registers") / "registers.so"
    subprocess.run([CC, *FLAGS, "-shared", "-fPIC", ROOT / "shim/stage/registers.c", "-o", library],
                   check=True)
    loaded = ctypes.CDLL(library)
    loaded.register_read.restype = ctypes.c_uint32
    loaded.register_read.argtypes = [ctypes.c_void_p, ctypes.c_int]
    loaded.register_write.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_uint32]
    return loaded


@pytest.mark.parametrize("access, read, written", [
    (1, 0x81, "41ffffff"), (2, 0x8281, "4142ffff"), (4, 0x84838281, "41424344"),
    (5, 0x81828384, "44434241")])
def test_registers_in_memory(registers, access, read, written):
    memory = ctypes.create_string_buffer(b"\x81\x82\x83\x84", 4)
    assert registers.register_read(ctypes.addressof(memory), access) == read
    memory.raw = b"\xff" * 4
    registers.register_write(ctypes.addressof(memory), access, 0x44434241)
    assert memory.raw.hex() == written


# ---- which it is -----------------------------------------------------------------------------

SOC = "soc@0 { #address-cells = <1>; #size-cells = <1>; ranges = <0 0 0x40000000 0x1000000>; %s };"
DW = 'uart@100 { compatible = "snps,dw-apb-uart"; reg = <0x100 0x100>; %s };'
RPI4 = """aliases { serial1 = "/soc/serial@7e215040"; };
    soc { #address-cells = <1>; #size-cells = <1>;
        ranges = <0x7e000000 0 0xfe000000 0x1800000>, <0x7c000000 0 0xfc000000 0x2000000>;
        serial@7e215040 { compatible = "brcm,bcm2835-aux-uart"; reg = <0x7e215040 0x40>; }; };
    chosen { stdout-path = "serial1:115200n8"; };"""
NESTED = """outer@0 { #address-cells = <1>; #size-cells = <1>; ranges = <0x1000 0 0x80001000 0x10000>;
        inner@2000 { #address-cells = <2>; #size-cells = <1>; ranges = <0 0x500000 0x2000 0x1000>;
            uart@500200 { compatible = "cdns,uart-r1p12"; reg = <0 0x500200 0x100>; }; }; };
    chosen { stdout-path = "/outer@0/inner@2000/uart@500200"; };"""
ONE = 'chosen { %s = "/uart@9000000"; }; uart@9000000 { compatible = %s; reg = <0 0x9000000 0 0x1000>; %s };'


@pytest.mark.parametrize("body, found", [
    (ONE % ("stdout-path", '"arm,pl011"', ""), "0x9000000-0x900001b"),
    (ONE % ("linux,stdout-path", '"ns16550a"', ""), "0x9000000-0x9000008"),
    (ONE % ("stdout-path", '"test,uart", "ns16550a"', ""), "0x9000000-0x9000008"),
    (ONE % ("stdout-path", '"mrvl,mmp-uart", "intel,xscale-uart"', "reg-offset = <0x800>;"),
     "0x9000800-0x9000817"),
    ('chosen { stdout-path = "serial0:115200n8"; }; aliases { serial0 = "/soc@0/uart@100"; };' +
     SOC % (DW % (SHIFT + WORDS)), "0x40000100-0x40000117"),
    (RPI4, "0xfe215040-0xfe215057"),
    (NESTED, "0x80002200-0x80002233"),
    ('chosen { stdout-path = "/uart"; }; uart@9000000 { compatible = "ns16550a"; reg = <0 0x9000000 0 1>; };',
     "none"),
    (ONE % ("stdout-path", '"test,uart"', ""), "none"),
    (ONE % ("stdout-path", '"ns16550a"', 'status = "disabled";'), "none"),
    ('chosen { stdout-path = "/soc@0/uart@2000000"; };' +
     SOC % 'uart@2000000 { compatible = "ns16550a"; reg = <0x2000000 0x100>; };', "none"),
    ('chosen { stdout-path = "serial9"; };', "none"),
    ('aliases { serial0 = "/uart@9000000"; };' + ONE % ("other-path", '"arm,pl011"', ""), "none"),
    # Wider than the registers are apart, or no width at all: a wrong word, not a wrong access.
    (ONE % ("stdout-path", '"ns16550a"', WORDS), "none"),
    (ONE % ("stdout-path", '"brcm,bcm2835-aux-uart"', "reg-shift = <0>;"), "none"),
    (ONE % ("stdout-path", '"ns16550a"', "reg-shift = <2>; reg-io-width = <3>;"), "none"),
    (ONE % ("stdout-path", '"ns16550a"', "reg-shift = <8>;"), "none"),
    ("", "none"),
], ids=lambda value: re.sub(r"\s+", " ", str(value))[-40:])
def test_the_uart_of_a_tree(console, make_tree, body, found):
    assert console("find", make_tree(body)) == [found]


@pytest.mark.parametrize("memory, at", [
    (MEMORY, "memory"), (MEMORY.replace("memory@", "ram@"), "memory"),
    (MEMORY.replace('device_type = "memory";', ""), "memory"),
    ('memory { device_type = "memory"; linux,usable-memory = <0 0x80000000 0 0x80000000>; };', "memory"),
    ('memory@80000000 { device_type = "memory"; reg = <0 0x80000000 0 0x80000000>; status = "disabled"; };',
     "memory"),
    (MEMORY.replace("0x80000000 0 0x80000000", "0x80000000 0 0x10000000>, <0 0xa0000000 0 0x10000000"),
     "memory"),
    (MEMORY.replace("0 0x80000000>", "0 0x20000000>"), ""),
    ('memory@80000000 { device_type = "memory"; reg = <0 0 0 0>; };', ""), ("", "")])
def test_a_uart_in_memory(console, make_tree, memory, at):
    uart = 'uart { compatible = "arm,pl011"; reg = <0 0xa0000000 0 0x1000>; };'
    tree = make_tree(f'{memory} {uart} chosen {{ stdout-path = "/uart"; }};')
    assert console("find", tree) == [f"0xa0000000-0xa000001b {at}".strip()]


@pytest.mark.parametrize("told, found", [
    (("arm,pl011", 0x9000000, -1, -1), "4 0x9000000-0x900001b"),
    (("arm,pl011", 0x9000000, 2, 1), "4 0x9000000-0x900001b"),
    (("ns16550a", 0xFE650000, 2, 4), "4 0xfe650000-0xfe650017"),
    (("ns16550a", 0xFE650000, -1, -1), "1 0xfe650000-0xfe650008"),
    (("ti,am654-uart", 0x2800000, -1, -1), "4 0x2800000-0x2800017"),
    (("fsl,ls1021a-lpuart", 0x2950000, -1, -1), "4be 0x2950000-0x295000f"),
    (("ns16550a", 0xFE650000, 0, 4), "none"),
    (("ns16550a", 0xFE650002, 0, 1), "none"),
    (("arm,pl011", 1 << 48, -1, -1), "none"),
    (("test,uart", 0x9000000, -1, -1), "none"), (("", 0x9000000, -1, -1), "none")])
def test_a_uart_of_the_configuration(console, told, found):
    assert console("at", *told) == [found]


# ---- the trees of boards ---------------------------------------------------------------------

# Why a stage on such a board stays silent: the only reasons there are.
NO_PATH = "no stdout-path"
SILENT = {
    "arm64": {NO_PATH: 62, "names no node": 5},
    "armhf": {NO_PATH: 240, "disabled": 3},
}
HEARD = {"arm64": 509, "armhf": 655}
# Their memory nodes say 1 GiB, with the peripherals at its end, until firmware has corrected
# them: as they are in Debian's packages, the stage would refuse the UART.
IN_MEMORY = {
    "arm64": {"bcm2837-rpi-3-b", "bcm2837-rpi-3-b-plus", "bcm2837-rpi-cm3-io3"},
    "armhf": {"bcm2836-rpi-2-b", "bcm2837-rpi-3-b", "bcm2837-rpi-3-b-plus", "bcm2837-rpi-cm3-io3"},
}


def stdout_of(tree):
    """(node, None) or (None, why not)."""
    chosen = {node.path: node for node in tree.nodes}.get("/chosen")
    path = (chosen.strings("stdout-path") or chosen.strings("linux,stdout-path")) if chosen else None
    if not path:
        return None, NO_PATH
    path = path[0].split(":")[0]
    if not path.startswith("/"):
        alias, _, rest = path.partition("/")
        aliases = next((node for node in tree.nodes if node.path == "/aliases"), None)
        path = "/".join([*(aliases.strings(alias) if aliases else []), *([rest] if rest else [])])
    node = {node.path: node for node in tree.nodes}.get(path)
    if not node:
        return None, "names no node"
    return (node, None) if node.is_on() else (None, "disabled")


@functools.lru_cache(None)
def survey(arch):
    """{tree: (node's CPU address and compatibles, or why there is none)}"""
    found = {}
    for path in sorted((TREES / arch).rglob("*.dtb")):
        node, why = stdout_of(oracle.Tree(path.read_bytes()))
        found[path] = (why, None) if why else (oracle.registers(node)[0], node.strings("compatible"))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("arch", HEARD)
def test_every_board_is_heard(console, arch):
    """A UART that no row knows is named here; so is each reason why a tree has none."""
    found = survey(arch)
    silent, unknown, wrong, memory, heard = {}, {}, {}, set(), 0
    for (tree, (where, names)), line in zip(found.items(), console("find", *found)):
        if names is None:
            assert line == "none", tree
            silent[where] = silent.get(where, 0) + 1
        elif line == "none":
            unknown[tree.name] = names
        else:
            heard += 1
            if int(line.split("-")[0], 16) != where[0]:
                wrong[tree.name] = line, hex(where[0])
            if "memory" in line:
                memory.add(tree.stem)
    assert unknown == {} and wrong == {}
    assert memory == IN_MEMORY[arch]
    # An update of Debian's kernel may bring trees: none that is silent for another reason.
    assert silent.keys() == SILENT[arch].keys() and heard >= HEARD[arch]
    assert all(count >= SILENT[arch][why] for why, count in silent.items())
