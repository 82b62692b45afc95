# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""
Which SMMUs Xen drives, and which devices then get xen-dma-safe: by release, and never more than
the forecast of the same tree has as protected. Of stock Xen 4.17 and 4.20 each of these was seen
on registers in RAM (test/boot/test_smmu_oracle.py); 4.21 and 4.22 come from their source.
"""
import json

import pytest

from trees import MEMORY

SMMU = """{name}: iommu@{at}00000 {{ compatible = "arm,mmu-500"; reg = <0 0x{at}00000 0 0x20000>; {told} }};"""
SOUND = "#iommu-cells = <1>; #global-interrupts = <1>; interrupts = <0 200 4>, <0 201 4>;"
DEVICE = 'd{number}@{number} {{ compatible = "test,d"; reg = <0 {number} 0 1>; {told} }};'
TWO_CELLS = SOUND.replace("<1>", "<2>", 1)


def smmu(told=SOUND, name="smmu", at=1):
    return SMMU.format(name=name, at=at, told=told)


def device(told, number=1, label=""):
    return label + DEVICE.format(number=number, told=told)


def listed(streams, count, more=""):
    return smmu(SOUND + f"mmu-masters = <&old {streams}>;") + device(
        f"#stream-id-cells = <{count}>; {more}", label="old: ")


ALL = ("4.17", "4.20", "4.21", "4.22")
MASKS = ALL[1:]  # 4.20 and later
ONE = device("iommus = <&smmu 7>;")
# The tree, the releases under which its first device is protected, and why it else is not.
CASES = {
    "plain": (smmu() + ONE, ALL, ""),
    "no #global-interrupts": (smmu(SOUND.replace("#global", "#some")) + ONE, (),
                              "without #global-interrupts, which Xen does not drive"),
    "no context": (smmu(SOUND.replace(", <0 201 4>", "")) + ONE, (), "without a context interrupt"),
    "fewer than told": (smmu(SOUND.replace("interrupts = <1>", "interrupts = <3>")) + ONE, (),
                        "without a context interrupt"),
    "all are contexts'": (smmu(SOUND.replace("interrupts = <1>", "interrupts = <0>")) + ONE, ALL, ""),
    "no interrupts": (smmu(SOUND.replace(" interrupts =", " inter =")) + ONE, (), "without a context interrupt"),
    "of another controller": (smmu("interrupt-parent = <&other>;" + SOUND) + ONE +
                              "other: other { interrupt-controller; #interrupt-cells = <3>; };", (),
                              "without a context interrupt"),
    "two types of one": (smmu(SOUND.replace("<0 201 4>", "<0 200 1>")) + ONE, (), "without a context interrupt"),
    "another's": (smmu(SOUND.replace(", <0 201 4>", "")) + ONE + smmu(SOUND, "more", 2) +
                  device("iommus = <&more 1>;", 2), (), "without a context interrupt"),
    "extended": (smmu(SOUND.replace("interrupts = <0 200 4>, <0 201 4>",
                                    "interrupts-extended = <&core_gic 0 200 4>, <&core_gic 0 201 4>"))
                 + ONE, ALL, ""),
    "a mask": (smmu(TWO_CELLS) + device("iommus = <&smmu 7 0x7f80>;"), MASKS, "which Xen before 4.20 reads as 0"),
    "a mask for all": (smmu(SOUND + "stream-match-mask = <0x7c00>;") + ONE, MASKS,
                       "which Xen before 4.20 reads as 0"),
    "a wide mask": (smmu(TWO_CELLS) + device("iommus = <&smmu 7 0x8000>;"), (), "mask that is too wide"),
    "a wide stream": (smmu() + device("iommus = <&smmu 0x8001>;"), (), "more than 15 bits"),
    "no stream": (smmu(SOUND.replace("<1>", "<0>", 1)) + device("iommus = <&smmu>;"), (), "has no stream"),
    "three cells": (smmu(SOUND.replace("<1>", "<3>", 1)) + device("iommus = <&smmu 1 0 0>;"), (),
                    "more than a stream and a mask"),
    "sixteen streams": (smmu() + device("iommus = %s;" % ", ".join(f"<&smmu {i}>" for i in range(16))), ALL, ""),
    "seventeen streams": (smmu() + device("iommus = %s;" % ", ".join(f"<&smmu {i}>" for i in range(17))), (),
                          "more than 16 streams"),
    "one of two disabled": (smmu() + smmu(SOUND + 'status = "disabled";', "off", 2) +
                            device("iommus = <&smmu 7>, <&off 8>;"), (), "names an IOMMU that is disabled"),
    "the first disabled": (smmu() + smmu(SOUND + 'status = "disabled";', "off", 2) +
                           device("iommus = <&off 8>, <&smmu 7>;"), (), "names an IOMMU that is disabled"),
    "two SMMUs": (smmu() + smmu(name="more", at=2) + device("iommus = <&smmu 7>, <&more 8>;"), (),
                  "more than one IOMMU, and Xen takes one"),
    "listed": (listed("3 4", 2), ALL, ""),
    "listed without a stream": (listed("", 0), (), "has no stream"),
    "listed with a wide stream": (listed("0x10003", 1), (), "more than 15 bits"),
    "listed with sixteen": (listed(" ".join(map(str, range(16))), 16), ALL, ""),
    "listed with seventeen": (listed(" ".join(map(str, range(17))), 17), (), "more than 16 streams"),
    "listed, and iommus": (listed("3", 1, "iommus = <&smmu 4>;"), (), "then Xen does not read its iommus"),
    "listed twice": (listed("3 &old 4", 1), (), "Xen cannot set up the IOMMUs of this tree"),
    "another listed twice": (smmu(SOUND + "mmu-masters = <&old 3 &old 4>;") + ONE +
                             device("#stream-id-cells = <1>;", 2, "old: "), (),
                             "Xen cannot set up the IOMMUs of this tree"),
    "no registers": (smmu() + ONE + f"bare {{ compatible = \"arm,mmu-401\"; {SOUND} }};", (),
                     "Xen cannot set up the IOMMUs of this tree"),
    "another's stream": (smmu() + ONE + device("iommus = <&smmu 7>;", 2), ALL, ""),
    "within another's": (smmu(TWO_CELLS) + device("iommus = <&smmu 7 0xf0>;") +
                         device("iommus = <&smmu 0x17 0>;", 2), MASKS, "which Xen before 4.20"),
    "meets another's": (smmu(TWO_CELLS) + "first { " + device("iommus = <&smmu 0x17 0>;", 2) +
                        " };" + device("iommus = <&smmu 7 0xf0>;"), (), ""),
}


# Where Xen stops instead, and with which words; a plan for it is refused.
STOPS = {
    "another's": (ALL, "/d1@1", "Failed to add /d1@1 to the IOMMU"),
    "two SMMUs": (ALL, "/d1@1", "Failed to add /d1@1 to the IOMMU"),
    "listed twice": (ALL, "/iommu@100000", "Couldn't configure correctly all the IOMMUs."),
    "another listed twice": (ALL, "/iommu@100000", "Couldn't configure correctly all the IOMMUs."),
    "no registers": (ALL, "/bare", "Couldn't configure correctly all the IOMMUs."),
    "meets another's": (MASKS, "/d1@1", "Failed to setup the IOMMU for /d1@1"),
}


def stop_of(case, *versions):
    """(node, words) where one of these releases stops, or None."""
    releases, *stop = STOPS.get(case, ((),))
    return tuple(stop) if set(versions).intersection(releases) else None


def refused(tool, tree, stop, *options):
    error = tool("plan", *options, tree, code=2).err
    assert stop[0] in error and stop[1] in error and "[placement]" in error


def plan_of(tool, tree, *options):
    said = json.loads(tool("plan", "--json", *options, tree).out)
    return {one["path"]: one["protected"] for one in said["dma"]}


@pytest.mark.parametrize("version", ALL)
@pytest.mark.parametrize("case", CASES)
def test_by_release(tool, make_tree, read_tree, case, version):
    body, releases, why = CASES[case]
    tree, options = make_tree(MEMORY + body), ["--xen-version", version]
    if stop_of(case, version):
        return refused(tool, tree, stop_of(case, version), *options)
    assert plan_of(tool, tree, *options)["/d1@1"] == (version in releases)
    tool("apply", *options, tree, "-o", "out.dtb")
    assert (read_tree(tree.parent / "out.dtb").prop("/d1@1", "xen-dma-safe") == b"") == (version in releases)
    assert "tag-proven" not in tool("check", "out.dtb", code=None).out
    if version not in releases:
        assert why in tool("plan", *options, tree).flat


@pytest.mark.parametrize("case", CASES)
def test_for_both_of_debians(tool, make_tree, case):
    body, releases, _ = CASES[case]
    tree = make_tree(MEMORY + body)
    if stop_of(case, "4.17", "4.20"):
        return refused(tool, tree, stop_of(case, "4.17", "4.20"))
    assert plan_of(tool, tree)["/d1@1"] == {"4.17", "4.20"}.issubset(releases)


@pytest.mark.parametrize("case", CASES)
def test_a_tag_that_was_there_goes(tool, make_tree, case):
    body, releases, _ = CASES[case]
    tree = make_tree(MEMORY + body.replace("reg = <0 1 0 1>;", "reg = <0 1 0 1>; xen-dma-safe;"))
    for version in ALL:
        said = tool("check", "--xen-version", version, tree, code=None).out
        assert ("tag-proven: /d1@1: " in said) == (version not in releases)


@pytest.mark.parametrize("version", ALL)
@pytest.mark.parametrize("case", CASES)
def test_the_forecast_says_no_less(tool, make_tree, case, version):
    """What it has as protected is what a plan tags, where nothing is mended first."""
    body, releases, _ = CASES[case]
    tree = make_tree(MEMORY + body)
    [one] = json.loads(tool("forecast", "--json", "--xen-version", version, tree, code=None).out)["forecasts"]
    protected = one["dom0"]["protected"] if one["dom0"] else []
    assert ("/d1@1" in protected) == (version in releases)
    stop = one["stop"] and (one["stop"]["node"], one["stop"]["words"])
    assert stop == stop_of(case, version)


def test_the_page_counts_them(tool, make_tree):
    page = tool("forecast", "--xen-version", "4.20", make_tree(MEMORY + smmu() + ONE)).out
    assert "  protected 1 device, behind IOMMUs that Xen drives\n" in page
    assert "protected" not in tool("forecast", "--xen-version", "4.20", make_tree(MEMORY)).out


V3 = """smmu: iommu@100000 { compatible = "arm,smmu-v3"; reg = <0 0x100000 0 0x20000>; #iommu-cells = <1>; };"""
HOST = """pcie@9000 { compatible = "pci-host-ecam-generic"; device_type = "pci"; reg = <0 0x9000 0 0x1000>;
    #address-cells = <3>; #size-cells = <2>; ranges; %s };
    chosen { xen,xen-bootargs = "pci-passthrough=on"; };"""
MAPPED = HOST % "iommu-map = <0 &smmu 0 0x10000>;"
KINDS = {
    "plain": (V3 + ONE, {"/d1@1"}),
    "a wide stream": (V3 + device("iommus = <&smmu 0x8001>;"), {"/d1@1"}),
    "two cells": (V3.replace("<1>", "<2>") + device("iommus = <&smmu 1 2>;"), None),
    "small": (V3.replace("0x20000", "0x10000") + ONE, None),
    "behind another kind": (smmu(SOUND, "old", 2) + device("iommus = <&old 1>;", 2) + V3 + ONE, None),
    "before another kind": (V3 + ONE + smmu(SOUND, "old", 2) + device("iommus = <&old 1>;", 2), None),
    "beside another kind that nobody names": (V3 + ONE + smmu(SOUND, "old", 2), {"/d1@1"}),
    "listed": (V3.replace("#iommu-cells", "mmu-masters = <&old 3>; #iommu-cells") +
               device("#stream-id-cells = <1>;", label="old: "), set()),
    "a PCI host": (V3 + MAPPED, {"/pcie@9000"}),
    "a PCI host that Xen does not know": (V3 + MAPPED.replace("pci-host-ecam-generic", "test,pcie"), set()),
    "a part of the IDs": (V3 + MAPPED.replace("0x10000>", "0xffff>"), set()),
    "two parts": (V3 + HOST % "iommu-map = <0 &smmu 0 0x8000>, <0x8000 &smmu 5 0x8000>;", {"/pcie@9000"}),
    "a mask": (V3 + HOST % "iommu-map = <0 &smmu 0 8>; iommu-map-mask = <7>;", {"/pcie@9000"}),
    "a mask that an entry leaves": (V3 + HOST % ("iommu-map = <8 &smmu 0 8>, <0 &smmu 0 8>;"
                                                 "iommu-map-mask = <7>;"), set()),
    "more IDs than streams": (smmu() + MAPPED, set()),
    "as many IDs as streams": (smmu() + HOST % "iommu-map = <0 &smmu 0 0x8000>; iommu-map-mask = <0x7fff>;",
                               {"/pcie@9000"}),
}


@pytest.mark.parametrize("case", KINDS)
def test_other_kinds(tool, make_tree, case):
    """SMMU v3, and PCI hosts with iommu-map; only one kind is driven. None: Xen stops."""
    body, protected = KINDS[case]
    tree = make_tree(MEMORY + body)
    options = ["--xen-version", "4.22", "--iommu-drivers", "arm,mmu-500 arm,smmu-v3"]
    if protected is None:
        assert "would stop" in tool("plan", *options, tree, code=2).err
        return
    found = {path for path, safe in plan_of(tool, tree, *options).items() if safe}
    assert found == protected
    [one] = json.loads(tool("forecast", "--json", *options, tree, code=None).out)["forecasts"]
    assert not one["dom0"] or set(one["dom0"]["protected"]) == protected
