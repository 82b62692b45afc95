# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""What Xen does on one platform alone, and calls of firmware: the model does it, the plan says it."""
import json
import re
import shutil

import pytest

from places import GUESTS, ROOT
from trees import MEMORY

CORES = """cpus { #address-cells = <1>; #size-cells = <0>;
    cpu@0 { device_type = "cpu"; compatible = "%s"; reg = <0>; enable-method = "psci"; }; };"""
WIDE, NARROW = "arm,cortex-a72", "arm,cortex-a15"
DEVICE = 'dev@1000000 { compatible = "%s"; reg = <0 0x1000000 0 0x1000>; };'
ROW = re.compile(r'\{ "([^"]+)", "([^"]+)", (BOTH|ONLY_32|ONLY_64)', re.M)
TABLE = ROW.findall((ROOT / "shim/model/platform.c").read_text())
# No board of these is among Debian's trees of armhf and arm64: xen/arch/arm/platforms has them.
FROM_SOURCE = {"allwinner,sun8i-h2-plus"}


def body(root, cores, device):
    return f'compatible = "{root}";' + MEMORY + CORES % cores + DEVICE % device


def tree_of(make_tree, root, cores, device):
    source = body(root, cores, device)
    return make_tree("/dts-v1/; / { #address-cells = <2>; #size-cells = <2>;" + source + "};")


def notes(tool, tree, *options):
    return json.loads(tool("plan", "--json", "--dom0-mem", "128M", *options, tree).out)["notes"]


KEPT = [("brcm,bcm2711", WIDE, "brcm,bcm2835-pm"), ("allwinner,sun7i-a20", "arm,cortex-a7", "snps,dw-apb-uart"),
        ("allwinner,sun50i-h6", WIDE, "snps,dw-apb-uart"), ("cavium,thunder-88xx", WIDE, "cavium,smmu-v2"),
        ("samsung,exynos5250", NARROW, "samsung,exynos4210-mct"),
        ("samsung,exynos5410", NARROW, "samsung,secure-firmware"), ("arm,vexpress", NARROW, "arm,hdlcd")]
GIVEN = [("brcm,bcm2711", NARROW, "brcm,bcm2835-pm"), ("brcm,bcm2711", WIDE, "brcm,bcm2835-mbox"),
         ("samsung,exynos5250", WIDE, "samsung,exynos4210-mct"), ("test,board", WIDE, "snps,dw-apb-uart")]


@pytest.mark.parametrize("root, cores, device", [*KEPT, *GIVEN])
def test_a_device_that_dom0_does_not_get(tool, make_tree, read_tree, root, cores, device):
    tree = tree_of(make_tree, root, cores, device)
    kept = (root, cores, device) in KEPT
    said = [note for note in notes(tool, tree) if note["what"] == "is not given to dom0"]
    assert [note["node"] for note in said] == ["/dev@1000000"] * kept
    assert all(note["reason"].startswith("Xen knows the platform ") for note in said)
    tool("apply", "--dom0-mem", "128M", tree, "-o", "out.dtb")
    tool("forecast", "--xen-version", "4.20", "out.dtb", "-o", "dom0.dtb")
    assert read_tree(tree.parent / "dom0.dtb").has("/dev@1000000") != kept


@pytest.mark.parametrize("root, low", [("brcm,bcm2711", True), ("brcm,bcm2712", False)])
def test_low_memory(tool, make_tree, root, low):
    words = [note["what"] for note in notes(tool, tree_of(make_tree, root, WIDE, "test,dev"))]
    assert ("Xen looks for dom0's first memory below 1 GiB" in words) == low


@pytest.mark.parametrize("root, caller, release, heard", [
    ("test,board", "qcom,scm", "4.20", False), ("xlnx,zynqmp", "xlnx,zynqmp-firmware", "4.17", True),
    ("fsl,imx8qxp", "linaro,optee-tz", "4.18", False), ("fsl,imx8qxp", "linaro,optee-tz", "4.19", True),
    ("test,board", "test,firmware", "4.20", True)])
def test_calls_of_firmware(tool, make_tree, root, caller, release, heard):
    said = notes(tool, tree_of(make_tree, root, WIDE, caller), "--xen-version", release)
    assert any("do not reach firmware" in note["what"] for note in said) != heard


@pytest.mark.slow
def test_each_row_has_a_tree_or_a_source():
    """By its bytes: a compatible stands in a blob as it is."""
    wanted = {root.encode() + b"\0" for root, _, _ in TABLE}
    assert len(wanted) == len(TABLE) >= 19
    for path in (GUESTS / "dtbs").rglob("*.dtb"):
        blob = path.read_bytes()
        wanted -= {root for root in wanted if root in blob}
    assert {root[:-1].decode() for root in wanted} <= FROM_SOURCE


# ---- a tree for EL2 -----------------------------------------------------------------------------

@pytest.mark.parametrize("name, beside, hinted", [
    ("a.dtb", "a-el2.dtb", True), ("a.dtb", "b-el2.dtb", False), ("a-el2.dtb", "a.dtb", False),
    ("a.bin", "a-el2.dtb", False)])
def test_a_tree_for_el2_is_named(tool, make_tree, name, beside, hinted):
    tree = make_tree(MEMORY)
    target = tree.parent / name
    shutil.copy(tree, target)
    shutil.copy(tree, tree.parent / beside)
    said = json.loads(tool("plan", "--json", target).out)
    assert any("a tree for EL2" in note["what"] for note in said["notes"]) == hinted
    refused = tool("plan", "--dom0-mem", "64G", target, code=2).err
    assert ("there is also a tree for EL2 (-el2.dtb): plan that one" in refused) == hinted
    assert "EL2" not in tool("plan", "--contract", "native", target).out
