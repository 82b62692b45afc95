# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The project's own words have schemas: the tree's for dt-schema, the plan's for JSON."""
import json
import subprocess

import jsonschema
import pytest

from corpus import COVER, RAM
from places import GUESTS, NO_DT_SCHEMA, OWN, ROOT
from trees import MEMORY


BINDINGS = ROOT / "dts/bindings"
SCHEMA = json.loads((ROOT / "doc/reference/plan.schema.json").read_text())
RICH = MEMORY + """
    smmu: iommu@1000 { compatible = "arm,mmu-500"; #global-interrupts = <1>; interrupts = <0 200 4>, <0 201 4>;
        reg = <0 0x1000 0 0x1000>; #iommu-cells = <1>; };
    safe: safe@3000 { compatible = "test,safe"; reg = <0 0x3000 0 0x1000>; iommus = <&smmu 1>; };
    b { #address-cells = <1>; #size-cells = <1>; ranges = <0 0 0x10000000 0x1000>; dma-coherent;
        dma-ranges = <0 0 0x80000000 0x40000000>; dev { compatible = "test,dev"; reg = <0 0x1000>; }; };
    sram@20000000 { compatible = "mmio-sram"; reg = <0 0x20000000 0 0x4000>; };
    reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges;
        r@f0000000 { reg = <0 0xf0000000 0 0x1000>; }; };
    chosen { #address-cells = <2>; #size-cells = <2>;
        hypervisor@e0000000 { compatible = "dtshim,hypervisor"; reg = <0 0xe0000000 0 0x10000>; };
        module@e2000000 { compatible = "multiboot,kernel"; reg = <0 0xe2000000 0 0x1000000>; }; };
"""
POLICIES = {
    "xen": ["--regions", "none"],
    "native": ["--contract", "native"],
    "offset": ["--contract", "native", "--machine-base", "0xa0000000", "--offset-in", "both",
               "--hypervisor", "test,witness", "--iommu-no-stage2", "/iommu@1000", "--kernel-bits", "64",
               "--memory-types", "/sram@20000000=normal-wb", "--ipa-bits", "36", "--dom0-base",
               "0x80000000", "--ram", "0x80000000:2G"],
    "domain": ["--layout", "offset", "--passthrough", "test,safe /b/dev", "--domain-name", "guest",
               "--xen-features", "static-mem large-tree", "--dom0-mem", "384M",
               "--machine-blocks", "0xa0800000:256M 0xc1000000:128M"],
}


def complaints(*trees):
    """One run looks at them all, as it takes long to start."""
    done = subprocess.run(["dt-validate", "-s", BINDINGS, "-u", BINDINGS, "-l", "dtshim", *trees],
                          capture_output=True, text=True)
    return done.stdout + done.stderr


needs_dt_schema = pytest.mark.skipif(NO_DT_SCHEMA, reason=f"there is no dt-schema in Debian {OWN}")


@pytest.mark.slow
@needs_dt_schema
def test_bindings_are_sound():
    done = subprocess.run(["dt-doc-validate", "-u", BINDINGS, *sorted(BINDINGS.glob("*.yaml"))],
                          capture_output=True, text=True)
    assert done.stdout + done.stderr == "" and done.returncode == 0


@needs_dt_schema
def test_output_follows_the_bindings(tool, make_tree):
    tree = make_tree(RICH)
    for name, policy in POLICIES.items():
        tool("apply", *policy, tree, "-o", f"{name}.dtb")
    assert complaints(*(tree.parent / f"{name}.dtb" for name in POLICIES)) == ""


WRONG = [
    ("/sram-map/sram@20000000", ["dtshim,memory-type", "fast"], "'fast' is not one of"),
    ("/chosen/dtshim", ["colour", "red"], "'colour' does not match"),
    ("/chosen/dtshim/record", ["layout", "odd"], "'odd' is not one of"),
    ("/safe@3000", ["xen-dma-safe", "yes"], "is not of type 'boolean'"),
]


@needs_dt_schema
def test_bindings_can_complain(tool, make_tree):
    tree = make_tree(RICH)
    paths = [tree.parent / f"{number}.dtb" for number in range(len(WRONG))]
    for path, (node, words, _) in zip(paths, WRONG):
        tool("apply", tree, "-o", path)
        subprocess.run(["fdtput", "-t", "s", path, node, *words], check=True)
    said = complaints(*paths).split("\n")
    for path, (_, _, complaint) in zip(paths, WRONG):
        assert any(line.startswith(f"{path}: ") and complaint in line for line in said), said


# ---- the plan ----------------------------------------------------------------------

def check_plan(text):
    plan = json.loads(text)
    jsonschema.Draft202012Validator(SCHEMA).validate(plan)
    return plan


def test_schema_is_sound():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", POLICIES)
def test_plan_follows_its_schema(tool, make_tree, name):
    tree = make_tree(RICH)
    plan = check_plan(tool("plan", "--json", *POLICIES[name], tree).out)
    assert set(plan) == set(SCHEMA["properties"]), "the schema names all there is, and no more"
    assert "layout" not in check_plan(tool("plan", "--json", "--contract", "none", tree).out)


def test_load_addresses_follow_the_schema(tool, make_tree):
    plan = check_plan(tool("plan", "--json", "--load-addresses", make_tree(RICH)).out)
    assert [one["path"] for one in plan["load-addresses"][2:]] == \
        ["/chosen/hypervisor@e0000000", "/chosen/module@e2000000"]


# The boards that have no plan even with so little memory, and why.
NO_XEN = ["am335x-sl50", "armada-370-seagate-nas-2bay", "armada-388-db", "aspeed-bmc-opp-nicole",
          "imx6qp-prtwd3", "mmp2-brownstone", "mmp3-dell-ariel", "pxa910-dkb", "sun5i-gr8-evb",
          "xenvm-4.2"]
UNPLANNED = {("native", "arm64/qcom/sdm850-samsung-w737"): "base",
             **{("xen", f"armhf/{board}"): "unsupported" for board in NO_XEN}}


@pytest.mark.parametrize("contract", ["xen", "native"])
@pytest.mark.parametrize("name", COVER)
def test_plans_of_boards(tool, name, contract):
    policy = ["--contract", contract, "--dom0-mem", "16M", GUESTS / "dtbs" / f"{name}.dtb"]
    done = tool("plan", "--json", *policy, code=None)
    if "[no-ram]" in done.err:
        done = tool("plan", "--json", *RAM, *policy, code=None)
    why = UNPLANNED.get((contract, name))
    if why:
        assert done.returncode == 2 and done.err.split("\n")[0].endswith(f"[{why}]")
    else:
        assert done.returncode == 0, done.err
        assert check_plan(done.out)["contract"] == contract


@pytest.mark.parametrize("member, value", [
    ("format", 2), ("coverage", "most"), ("offset", 5), ("kernel-bits", 16), ("dma", [{}])])
def test_schema_can_complain(tool, make_tree, member, value):
    plan = json.loads(tool("plan", "--json", make_tree(RICH)).out)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(SCHEMA).validate({**plan, member: value})
