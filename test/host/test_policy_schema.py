# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""A board's author lets dt-schema look at a policy: the schema knows the tool's words, and no others."""
import re
import subprocess

import pytest
import yaml

from places import BUILD, NO_DT_SCHEMA, OWN, ROOT
from tool_words import choices, commands, policy

PAGE = (ROOT / "doc/guide/policy-schema.rst").read_text()
POLICY = yaml.safe_load((ROOT / "dts/bindings/dtshim,policy.yaml").read_text().replace("%YAML 1.2\n", ""))
needs_dt_schema = pytest.mark.skipif(NO_DT_SCHEMA, reason=f"there is no dt-schema in Debian {OWN}")


# ---- the tool's table -------------------------------------------------------------------------

def said_of(word):
    """Of a word: its choices in the schema."""
    schema = POLICY["properties"][word]
    return [str(one) for one in schema.get("enum", schema.get("items", {}).get("enum", []))]


def test_the_schema_has_the_tools_words():
    assert "plan" in commands() and len(policy()) == 20
    assert set(POLICY["properties"]) == {"$nodename", "compatible", "record", *policy()}


@pytest.mark.parametrize("word", policy())
def test_the_schema_has_the_tools_choices(word):
    assert said_of(word) == choices(word)
    assert POLICY["properties"][word].get("description"), "what it is for"


# ---- as the page says -----------------------------------------------------------------------------

GOOD = """
    compatible = "dtshim,policy-v1"; contract = "xen"; layout = "auto"; dom0-mem = <0x0 0x20000000>;
    dom0-base = <0 0x80000000>; machine-base = <0 0x80000000>; ipa-bits = <40>; offset-in = "both";
    hypervisor = "xen,xen-4.17", "xen,xen"; iommu-drivers = "arm,mmu-500"; on-error = "halt";
    ram = <0 0x80000000 0 0x40000000>, <1 0 0 0x80000000>; kernel-bits = <64>; iommu-no-stage2 = "/iommu@1000";
    memory-types = "/sram@20000000=normal-wb"; regions = "none"; machine-blocks = <0 0xa0800000 0 0x10000000>;
    passthrough = "/dev@1000", "all-dma"; domain-name = "dom0"; xen-features = "static-mem", "gicv3";
    xen-version = "4.20";
"""


def command(start):
    """The page's own, which is run as it stands."""
    line, = re.findall(rf"^    ({start} .*)$", PAGE, re.M)
    return line


def complaints(folder, policies, line=None):
    """Of each of these policies: one run of dt-schema looks at them all, as it takes long to start."""
    (folder / "dts").mkdir(exist_ok=True)
    if not (folder / "dts/bindings").exists():
        (folder / "dts/bindings").symlink_to(ROOT / "dts/bindings")
    trees = ["board.dtb"] if len(policies) == 1 else [f"{number}/board.dtb" for number in range(len(policies))]
    for words, tree in zip(policies, trees):
        source = "/dts-v1/;\n/ { #address-cells = <2>; #size-cells = <2>; chosen { dtshim {" + words + "}; }; };\n"
        (folder / tree).parent.mkdir(exist_ok=True)
        subprocess.run(["dtc", "-q", "-O", "dtb", "-o", folder / tree], input=source, text=True, check=True)
    done = subprocess.run(["sh", "-c", (line or command("dt-validate")).replace("board.dtb", " ".join(trees))],
                          cwd=folder, capture_output=True, text=True, check=False)
    return by_tree(done.stdout + done.stderr, folder, trees)


def by_tree(text, folder, trees):
    """What it said of each, and nothing besides."""
    said = dict.fromkeys(trees, "")
    first, *parts = re.split(rf"^{re.escape(str(folder))}/((?:\d+/)?board\.dtb)(?=: )", text, flags=re.M)
    for tree, words in zip(parts[::2], parts[1::2]):
        said[tree] += f"board.dtb{words}"
    assert first == "" and set(said) == set(trees), text
    return list(said.values())


GOODS = [GOOD, GOOD.replace('compatible = "dtshim,policy-v1";', ""), "", "ram = <0 0x40000000>;",
         "ram = <0 0x80000000 0 0x40000000>;"]
BADS = [
    ("dom0-memory = <0 0x20000000>;", "'dom0-memory' does not match"),
    ("dom0mem = <0 0x20000000>;", "'dom0mem' does not match"),
    ('compatible = "dtshim,policy-v2";', "compatible:0: 'dtshim,policy-v1' was expected"),
    ('contract = "zen";', "contract:0: 'zen' is not one of ['xen', 'native', 'none']"),
    ("contract = <1>;", "contract:0: '' is not one of"),
    ('layout = "direct", "offset";', "layout: ['direct', 'offset'] is too long"),
    ('xen-features = "gicv3", "static";', "xen-features:1: 'static' is not one of"),
    ('memory-types = "/sram=fast";', "memory-types:0: '/sram=fast' does not match"),
    ('xen-version = "420";', "xen-version:0: '420' does not match"),
    ("kernel-bits = <16>;", "kernel-bits:0:0: 16 is not one of [32, 64]"),
    ("ipa-bits = <0 40>;", "ipa-bits: [[0], [40]] is too long"), ("ipa-bits = <31>;", "31 is less than the minimum"),
    ("dom0-mem = <0x20000000>;", "dom0-mem:0: [536870912] is too short"),
    ("dom0-base = <0 1 2>;", "dom0-base: [[0, 1], [2]] is too long"),
    ("machine-base = <1>;", "machine-base:0: [1] is too short"),
    ("machine-blocks = <0 1 0 2 3>;", "machine-blocks:1: [3] is too short"),
    ("ram = <0 0x80000000 0x40000000>;", "ram: 'oneOf' conditional failed"),
    ("ram = <0 0x80000000 0 0x40000000 0 0x40000000>;", "ram: 'oneOf' conditional failed"),
    ("record { version = \"1\"; };", "'layout' is a required property"),
]
SHOWN = ["dom0-mem = <0x20000000>;", "dom0-memory = <0 1>;", 'layout = "sideways";']


@pytest.fixture(scope="module")
def said_of_policy(tmp_path_factory):
    policies = [*GOODS, *(words for words, _ in BADS), *SHOWN]
    return dict(zip(policies, complaints(tmp_path_factory.mktemp("policies"), policies)))


@needs_dt_schema
def test_the_schemas_are_sound(tmp_path):
    (tmp_path / "dts").symlink_to(ROOT / "dts")
    done = subprocess.run(["sh", "-c", command("dt-doc-validate")], cwd=tmp_path, capture_output=True,
                          text=True, check=False)
    assert done.stdout + done.stderr == "" and done.returncode == 0


@needs_dt_schema
@pytest.mark.parametrize("words", GOODS)
def test_a_good_policy(said_of_policy, words):
    assert set(re.findall(r"([\w-]+) = ", GOOD)) == {"compatible", *policy()}
    assert said_of_policy[words] == ""


@needs_dt_schema
@pytest.mark.parametrize("words, complaint", BADS)
def test_a_bad_policy(said_of_policy, words, complaint):
    assert complaint in said_of_policy[words]


@needs_dt_schema
@pytest.mark.parametrize("words", SHOWN)
def test_the_page_shows_what_is_said(said_of_policy, words):
    first, *_ = said_of_policy[words].split("\n")
    assert f"    {first}\n" in PAGE


@pytest.mark.slow
@needs_dt_schema
def test_the_pages_command_as_it_stands(tmp_path):
    first, *_ = complaints(tmp_path, SHOWN[:1])[0].split("\n")
    assert f"    {first}\n" in PAGE


@pytest.mark.slow
@needs_dt_schema
def test_what_the_page_says_of_dt_schemas_own(tmp_path):
    """Without -l it complains of the node itself."""
    words, = complaints(tmp_path, [GOOD], command("dt-validate").replace(" -l dtshim", ""))
    assert "chosen: 'dtshim' does not match" in words and "'dtshim' does not match" in PAGE


def test_the_tool_takes_the_good_one(tmp_path):
    """Word by word; what its values mean together is another matter."""
    for word in policy():
        value, = re.findall(rf"\b{word} = ([^;]*;)", GOOD)
        source = f"/dts-v1/;\n/ {{ chosen {{ dtshim {{ {word} = {value} }}; }}; }};\n"
        subprocess.run(["dtc", "-q", "-O", "dtb", "-o", tmp_path / "word.dtb"], input=source, text=True, check=True)
        done = subprocess.run([BUILD / "dtshim", "plan", tmp_path / "word.dtb"], capture_output=True, text=True,
                              check=False)
        assert f"policy: {word}:" not in done.stderr and "is not a policy property" not in done.stderr

