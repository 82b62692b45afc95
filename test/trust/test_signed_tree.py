# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The board's tree, which nobody has signed, beside a payload that has to be signed."""
import subprocess

import pytest

import signing
from blob import Blob

pytestmark = pytest.mark.slow  # the verifier is compiled, and keys are made
LEAVES = "leaves it to the payload"


@pytest.fixture
def said(signed, tmp_path):
    """What the verifier says of the tree with this in it."""
    def look(body):
        path = tmp_path / "tree.dtb"
        if isinstance(body, bytes):
            path.write_bytes(body)
        else:
            source = f"/dts-v1/; / {{ #address-cells = <2>; #size-cells = <2>; {body} }};"
            subprocess.run(["dtc", "-q", "-O", "dtb", "-o", path, "-"], input=source.encode(), check=True)
        return signing.verify(signed.verifier, "-t", path)
    return look


def module(*compatible, name="module@50000000"):
    words = ", ".join(f'"{word}"' for word in compatible)
    return f"{name} {{ compatible = {words}; reg = <0 0x50000000 0 0x100000>; }};"


@pytest.mark.parametrize("body, where", [
    (f'chosen {{ {module("dtshim,hypervisor")} }};', "/chosen/module@50000000"),
    (f'chosen {{ {module("multiboot,kernel", "multiboot,module")} }};', "/chosen/module@50000000"),
    (f'chosen {{ {module("multiboot,ramdisk", "multiboot,module")} }};', "/chosen/module@50000000"),
    (f'chosen {{ {module("xen,linux-zimage", "xen,multiboot-module")} }};', "/chosen/module@50000000"),
    (f'chosen {{ {module("xen,xsm-policy", "multiboot,module")} }};', "/chosen/module@50000000"),
    (f'chosen {{ {module("multiboot,module")} }};', "/chosen/module@50000000"),
    (f'chosen {{ domU1 {{ compatible = "xen,domain"; {module("multiboot,kernel", "multiboot,module")} }}; }};',
     "/chosen/domU1/module@50000000"),
    (f'chosen {{ domU1 {{ compatible = "xen,domain"; {module("multiboot,device-tree", "multiboot,module")} }}; }};',
     "/chosen/domU1/module@50000000"),
    (f'chosen {{ a {{ b {{ {module("multiboot,ramdisk")} }}; }}; }};', "/chosen/a/b/module@50000000"),
    # Xen looks at how a path starts, and takes letters of any case.
    (f'chosen-2 {{ {module("multiboot,kernel", "multiboot,module")} }}; chosen {{ }};',
     "/chosen-2/module@50000000"),
    (f'chosen {{ {module("Multiboot,Module")} }};', "/chosen/module@50000000"),
    (f'soc {{ {module("dtshim,hypervisor")} }};', "/soc/module@50000000"),
])
def test_a_module(said, body, where):
    assert f"refused: [payload] {where} compatible: the tree has a module" in said(body)


@pytest.mark.parametrize("word", [b"multiboot,module", b"dtshim,hypervisor"])
def test_a_module_whose_name_does_not_end(said, word):
    """To Xen it ends with the zeros of the next token."""
    tree = Blob().begin("").begin("chosen")
    tree.begin("module", compatible=word).end()
    assert "refused: [payload] /chosen/module compatible" in said(tree.end().end().bytes())


@pytest.mark.parametrize("body, where", [
    ("chosen { linux,initrd-start = <0x50000000>; linux,initrd-end = <0x50100000>; };", "/chosen"),
    ("chosen@0 { linux,initrd-end = <0x50100000>; };", "/chosen@0"),
])
def test_a_ramdisk(said, body, where):
    assert f"refused: [payload] {where} linux,initrd-start: the tree has a ramdisk, which is not signed" in said(body)


def test_pass_through(said):
    answer = said('chosen { dtshim { on-error = "pass-through"; }; };')
    assert "refused: [policy] /chosen/dtshim on-error: pass-through would start" in answer
    assert LEAVES in said('chosen { dtshim { on-error = "halt"; }; };')


def test_a_record(said):
    answer = said('chosen { dtshim { record { layout = "direct"; }; }; };')
    assert "refused: [record] /chosen/dtshim/record" in answer and "original tree" in answer


def test_trees_that_leave_it_to_the_payload(said):
    assert LEAVES in said("")
    assert LEAVES in said('''
        chosen { bootargs = "quiet"; xen,xen-bootargs = "console=dtuart";
                 dtshim { contract = "xen"; dom0-mem = <0 0x20000000>; };
                 domU1 { compatible = "xen,domain"; memory = <0 0x10000>; }; };
        soc { compatible = "simple-bus"; multiboot { compatible = "vendor,multi", "vendor,boot"; }; };''')
