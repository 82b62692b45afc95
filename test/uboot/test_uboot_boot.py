# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""OS boots through dtshim in U-Boot's sandbox: the hook in bootm, and dtshim boot.

The sandbox goes through all of bootm and stops where it would jump to Linux; the tree that
Linux would have got is then U-Boot's working tree.
"""
import os
import pathlib
import re
import struct
import subprocess

import libfdt
import pytest

from for_xen import some_boards
from places import GUESTS
from trees import MEMORY, Tree
from uboot_fits import (BOARD, FIT, KERNEL, RAMDISK, XEN, arm64_image, hashed, image,  # noqa: F401
                        make_fit, payload, places, plain)  # noqa: F401
from uboot_sandbox import (AT, DEVICE, OTHER, STOPS_AT_RESERVED_MEMORY, contents, load, release,
                           reserved, save, value)


SAVE_FINAL = save("final.dtb", "$fdtaddr", "100000")


def said_of(out, words):
    return [line for line in out.split("\n") if words in line]


def final(path):
    """U-Boot leaves room behind a tree; the file has more of it."""
    blob = pathlib.Path(path).read_bytes()
    return blob[:struct.unpack(">I", blob[4:8])[0]]


# ---- the tree alone -------------------------------------------------------------------------

def both(boot, policy=(), name="final.dtb"):
    """The final tree as bootm would have it, and as it is with dtshim."""
    return ["setenv dtshim_contract none", boot, save("before.dtb", "$fdtaddr", "100000"),
            "setenv dtshim_contract", *policy, boot, save(name, "$fdtaddr", "100000")]


@pytest.mark.parametrize("policy", [{}, {"contract": "native"},
                                    {"layout": "offset", "passthrough": "all-dma"}], ids=str)
@pytest.mark.parametrize("boot", ["bootm", "dtshim boot"])
def test_bootm_hands_over_what_the_tool_makes(folder, sandbox, host, plain, policy, boot):
    out = sandbox(load("boot.itb", FIT), *both(f"{boot} {FIT}#c0", [
        f"setenv dtshim_{name} {word}" for name, word in policy.items()]))
    (folder / "input.dtb").write_bytes(final(folder / "before.dtb"))
    options = [word for one in policy.items() for word in ("--" + one[0], one[1])]
    host("apply", *options, "input.dtb", "-o", "host.dtb")
    assert contents(folder / "final.dtb") == contents(folder / "host.dtb")
    assert out.count("cannot run Linux") == 2
    assert Tree(folder / "before.dtb").has("/chosen") and not Tree(folder / "before.dtb").has(
        "/chosen/dtshim")


def reserves_memory(path):
    tree = libfdt.FdtRo(path.read_bytes())
    return tree.num_mem_rsv() > 0 or Tree(path).has("/reserved-memory")


def test_corpus(folder, sandbox, host, record_property):
    """Through bootm with a FIT, a third of the boards: the bytes of the tool, or its refusal."""
    trees = some_boards(3)
    if release() in STOPS_AT_RESERVED_MEMORY:
        trees = [tree for tree in trees if not reserves_memory(tree)]
    policy = {"dom0-mem": "128M", "ram": "0x80000000:1G"}
    (folder / "kernel").write_bytes(os.urandom(5000))
    for name in ("before", "after", "input", "host"):
        (folder / name).mkdir()
    make_fit(folder, [image("kernel", "kernel", XEN), *(
        image(f"f{number}", "flat_dt", data=tree) for number, tree in enumerate(trees))],
        [f'kernel = "kernel"; fdt = "f{number}";' for number in range(len(trees))])
    numbers = " ".join(map(str, range(len(trees))))
    out = sandbox(load("boot.itb", FIT), *(f"setenv dtshim_{name.replace('-', '_')} {word}"
                                           for name, word in policy.items()),
                  f"for n in {numbers}; do setenv dtshim_contract none; bootm {FIT}#c$n; "
                  f"{save('before/$n.dtb', '$fdtaddr', '40000')}; setenv dtshim_contract; "
                  f"bootm {FIT}#c$n; {save('after/$n.dtb', '$fdtaddr', '40000')}; done")
    for number in range(len(trees)):
        (folder / f"input/{number}.dtb").write_bytes(final(folder / f"before/{number}.dtb"))
    options = [word for one in policy.items() for word in ("--" + one[0], one[1])]
    names = [f"input/{number}.dtb" for number in range(len(trees))]
    done = host("apply", *options, *names, "-o", "host/", code=None)
    refused = re.findall(r"^dtshim: input/\d+\.dtb: (.*\])$", done.err, re.M)
    assert re.findall(r"^dtshim: the final tree: (.*\])$", out, re.M) == refused
    same = [number for number in range(len(trees)) if (folder / f"host/{number}.dtb").exists()]
    for number in same:
        assert contents(folder / f"after/{number}.dtb") == \
            contents(folder / f"host/{number}.dtb"), trees[number]
    assert len(same) >= 200 and len(same) + len(refused) == len(trees)
    record_property("corpus", {"U-Boot's bootm, as the tool: the same bytes": len(same),
                               "U-Boot's bootm, as the tool: refused": len(refused)})


@pytest.mark.parametrize("boot", ["bootm", "dtshim boot"])
def test_refused(folder, sandbox, plain, boot):
    """The tree is as bootm had it, and the prompt comes back."""
    out = sandbox(load("boot.itb", FIT), *both(f"if {boot} {FIT}#c0; then echo booted; else echo "
                                               "not; fi", ["setenv dtshim_dom0_mem 16G"]),
                  "printenv dtshim_error", "fdt print /mmc@1000000 compatible")
    assert value(out, "dtshim_error") == "dom0-size" and "the boot is refused" in out
    assert out.count("booted\n") == 1 and out.count("not\n") == 1
    assert contents(folder / "final.dtb") == contents(folder / "before.dtb")
    assert out.count("cannot run Linux") == 1


@pytest.mark.parametrize("boot", ["bootm", "dtshim boot"])
def test_pass_through(folder, sandbox, plain, make_tree, boot):
    out = sandbox(load("boot.itb", FIT), *both(f"{boot} {FIT}#c0", [
        "setenv dtshim_on_error pass-through; setenv dtshim_dom0_mem 16G"]), "printenv dtshim_error")
    assert value(out, "dtshim_error") == "dom0-size" and "with the unchanged tree" in out
    assert out.count("cannot run Linux") == 2 and "refused" not in out
    assert contents(folder / "final.dtb") == contents(folder / "before.dtb")


@pytest.mark.parametrize("word, boots", [("pass-through", 1), ("halt", 0)])
def test_pass_through_by_the_tree(folder, sandbox, make_tree, word, boots):
    make_tree(MEMORY + f'chosen {{ dtshim {{ on-error = "{word}"; dom0-mem = <4 0>; }}; }};')
    (folder / "kernel").write_bytes(os.urandom(5000))
    make_fit(folder, [image("kernel", "kernel", XEN), image("in.dtb", "flat_dt")],
             ['kernel = "kernel"; fdt = "in.dtb";'])
    out = sandbox(load("boot.itb", FIT), f"bootm {FIT}#c0", code=1 - boots)
    assert out.count("cannot run Linux") == boots and "[dom0-size]" in out


def test_not_enough_memory(folder, sandbox, plain):
    """32 MiB of heap, and nothing free for LMB: the tree is as it was."""
    blob = (folder / "in.dtb").read_bytes()
    padded = bytearray(blob + bytes((9 << 20) - len(blob)))
    # Not free space, which U-Boot takes away: one very long property.
    (folder / "big.dts").write_text('/dts-v1/; / { #address-cells = <2>; #size-cells = <2>; '
                                    f'{MEMORY} big {{ data = /incbin/("zeros"); }}; }};')
    (folder / "zeros").write_bytes(bytes(len(padded)))
    subprocess.run(["dtc", "-q", "-o", "in.dtb", "big.dts"], cwd=folder, check=True)
    make_fit(folder, [image("kernel", "kernel", XEN), image("in.dtb", "flat_dt")],
             ['kernel = "kernel"; fdt = "in.dtb";'])
    out = sandbox(load("boot.itb", FIT), f"bootm {FIT}#c0", "printenv dtshim_error",
                  "fdt print /memory@80000000 device_type", code=0)
    assert value(out, "dtshim_error") == "memory" and 'device_type = "memory"' in out


# ---- dtshim boot ------------------------------------------------------------------------------

def test_tree_of_the_environment(folder, sandbox, plain):
    """Where neither line nor FIT has one: as plan and apply."""
    out = sandbox(load("boot.itb", FIT), load("in.dtb", AT), f"fdt addr {AT}",
                  f"dtshim boot {FIT}#c1", SAVE_FINAL, "printenv fdtaddr")
    assert out.count("cannot run Linux") == 1 and value(out, "fdtaddr") != AT
    assert Tree(folder / "final.dtb").has("/chosen/dtshim/record")


def test_tree_of_the_line(folder, sandbox, plain, make_tree):
    make_tree(MEMORY + "other { };", "other.dtb")
    sandbox(load("boot.itb", FIT), load("other.dtb", AT), f"dtshim boot {FIT}#c0 - {AT}",
            SAVE_FINAL)
    assert Tree(folder / "final.dtb").has("/other")


KERNEL_OVER = f"{XEN + 0x1000:x}" # where bootm loads the kernel of `plain`


def test_tree_where_the_kernel_goes(folder, sandbox, plain):
    """U-Boot itself would lose it: it loads first and looks then."""
    out = sandbox(load("boot.itb", FIT), load("in.dtb", KERNEL_OVER), f"fdt addr {KERNEL_OVER}",
                  f"dtshim boot {FIT}#c1", SAVE_FINAL)
    assert "cannot run Linux" in out and Tree(folder / "final.dtb").has("/chosen/dtshim/record")


@pytest.mark.parametrize("address, kept", [(AT, True), (KERNEL_OVER, False)])
def test_the_working_tree_after_a_refusal(folder, sandbox, plain, address, kept):
    """It is the one that it was, or where that was loaded over its copy."""
    size = (folder / "in.dtb").stat().st_size
    out = sandbox(load("boot.itb", FIT), load("in.dtb", address), f"fdt addr {address}",
                  f"setenv dtshim_layout sideways; dtshim boot {FIT}#c1", "printenv fdtaddr",
                  save("kept.dtb", "$fdtaddr", f"{size:x}"))
    assert "the boot is refused" in out and (value(out, "fdtaddr") == address) == kept
    assert ("using a copy" in out) != kept
    assert (folder / "kept.dtb").read_bytes() == (folder / "in.dtb").read_bytes()


def test_the_working_tree_is_another_one(folder, sandbox, plain):
    out = sandbox(load("boot.itb", FIT), load("in.dtb", AT), load("in.dtb", KERNEL_OVER),
                  f"fdt addr {AT}", "setenv dtshim_layout sideways",
                  f"dtshim boot {FIT}#c1 - {KERNEL_OVER}", "printenv fdtaddr")
    assert value(out, "fdtaddr") == AT


@pytest.mark.parametrize("typed, code", [("10000000", "address"), ("1000001", "alignment"),
                                         ("3000000", "magic")])
def test_bad_tree(sandbox, plain, typed, code):
    out = sandbox(load("boot.itb", FIT), f"dtshim boot {FIT}#c1 - {typed}", "printenv dtshim_error")
    assert value(out, "dtshim_error") == code and "Loading" not in out


def test_tree_of_another_fit(folder, sandbox, plain):
    """U-Boot takes one out of it by itself."""
    sandbox(load("boot.itb", FIT), f"dtshim boot {FIT}#c1 - {FIT}#c0", SAVE_FINAL)
    assert Tree(folder / "final.dtb").has("/chosen/dtshim/record")


def test_without_an_address(folder, sandbox, plain):
    """As bootm: at loadaddr."""
    out = sandbox(load("boot.itb", FIT), f"setenv loadaddr {FIT}", "dtshim boot")
    assert "cannot run Linux" in out and "[SHIM" not in out


@pytest.mark.parametrize("typed, code", [
    ("xyz", "address"), ("10000000", "address"), ("xyz#c0", "address"),
    ("ffffffffffffff00", "address")])
def test_bad_address(sandbox, plain, typed, code):
    out = sandbox(f"dtshim boot {typed}", "printenv dtshim_error", code=0)
    assert value(out, "dtshim_error") == code and "what to do: " in out


def test_nothing_to_boot(sandbox, plain):
    """U-Boot's own words; nothing is left switched on for the next boot."""
    out = sandbox(f"if dtshim boot {AT}; then echo booted; else echo not; fi",
                  "printenv dtshim_error", load("boot.itb", FIT),
                  "setenv dtshim_contract none", f"bootm {FIT}#c0")
    assert "not\ndtshim_error=boot\n" in out and "cannot run Linux" in out


def test_too_many_arguments(sandbox, plain):
    assert "Usage:" in sandbox(f"dtshim boot {FIT} - {AT} 1", code=1)


# ---- with a payload -----------------------------------------------------------------------------

POLICY = "setenv dtshim_dom0_mem 64M"


@pytest.mark.parametrize("boot", ["bootm", "dtshim boot"])
def test_everything_goes_where_the_tree_says(folder, sandbox, payload, boot):
    files = payload()
    out = sandbox(POLICY, load("boot.itb", FIT), f"{boot} {FIT}#c0", SAVE_FINAL,
                  save("memory", "0", "10000000"))
    memory = (folder / "memory").read_bytes()
    where = places(Tree(folder / "final.dtb"))
    for kind, name in (("dtshim,hypervisor", "xen"), ("multiboot,kernel", "linux"),
                       ("multiboot,ramdisk", "ramdisk")):
        base, size = where[kind]
        assert memory[base:base + len(files[name])] == files[name] and size >= len(files[name])
    xen = where["dtshim,hypervisor"][0]
    assert f"to Linux (at address {xen:08x})" in out
    tree = int(said_of(out, "dtshim: starting Xen")[0].rsplit("0x", 1)[1], 16)
    blob = final(folder / "final.dtb")
    assert memory[tree:tree + len(blob)] == blob and tree % 8 == 0
    assert Tree(folder / "final.dtb").u64s("/chosen/dtshim/record", "dom0-memory") == [
        0x1000000, 64 << 20]


def test_uboot_itself_is_in_nobodys_reach(folder, sandbox, payload):
    """Xen needs the RAM above dom0 broken up, and U-Boot lies there."""
    payload()
    out = sandbox(POLICY, "setenv dtshim_dom0_base 0x8000000", load("boot.itb", FIT),
                  f"bootm {FIT}#c0", SAVE_FINAL, "bdinfo")
    where = places(Tree(folder / "final.dtb"))
    own = max(reserved(out))[0]
    assert all(base + size <= own for base, size in where.values())


def test_modules_that_the_tree_names(folder, sandbox, payload, make_tree):
    """Without a FIT's loadables: what is booted is Xen where the tree has a kernel..."""
    kernel = f"""chosen {{ #address-cells = <2>; #size-cells = <2>;
        module@{KERNEL:x} {{ compatible = "multiboot,kernel", "multiboot,module";
        reg = <0 {KERNEL:#x} 0 0x400000>; }}; }};"""
    make_tree(BOARD + kernel, "board.dtb")
    payload(configuration='kernel = "xen"; fdt = "board.dtb";')
    out = sandbox(POLICY, load("boot.itb", FIT), load("linux", f"{KERNEL:x}"), f"bootm {FIT}#c0",
                  SAVE_FINAL)
    where = places(Tree(folder / "final.dtb"))
    assert re.search(rf"Xen\s+at\s+(0x\w+,\s+moved\s+from\s+)?{XEN:#x}", out)
    assert set(where) == {"dtshim,hypervisor", "multiboot,kernel"}


def test_hypervisor_that_the_tree_names(folder, sandbox, payload, make_tree):
    """... and dom0's kernel where it has a hypervisor."""
    hypervisor = f"""chosen {{ #address-cells = <2>; #size-cells = <2>;
        xen@{XEN:x} {{ compatible = "dtshim,hypervisor"; reg = <0 {XEN:#x} 0 0x100000>; }}; }};"""
    make_tree(BOARD + hypervisor, "board.dtb")
    payload(configuration='kernel = "linux"; fdt = "board.dtb";')
    out = sandbox(POLICY, load("boot.itb", FIT), load("xen", f"{XEN:x}"), f"bootm {FIT}#c0",
                  SAVE_FINAL, save("memory", "0", "10000000"))
    where = places(Tree(folder / "final.dtb"))
    base = where["dtshim,hypervisor"][0]
    assert f"to Linux (at address {base:08x})" in out
    assert (folder / "memory").read_bytes()[base:base + 0x100000] == (folder / "xen").read_bytes()
    assert where["multiboot,kernel"][1] == 0x400000


def test_native_payload(folder, sandbox, payload):
    """dom0's tree speaks of guest addresses; what starts is the hypervisor."""
    files = payload()
    out = sandbox(POLICY, "setenv dtshim_contract native; setenv dtshim_machine_base 0x8000000",
                  load("boot.itb", FIT), f"bootm {FIT}#c0", SAVE_FINAL,
                  save("memory", "0", "10000000"))
    memory, tree = (folder / "memory").read_bytes(), Tree(folder / "final.dtb")
    start, = tree.u64s("/chosen", "linux,initrd-start")
    start += 0x8000000 - 0x1000000
    assert memory[start:start + 0x12345] == files["ramdisk"]
    hypervisor = tree.u64s("/chosen/dtshim/record", "hypervisor")[0]
    assert memory[hypervisor:hypervisor + 0x100000] == files["xen"]
    assert f"to Linux (at address {hypervisor:08x})" in out


def test_domain_tree(folder, sandbox, payload):
    """What Xen is to be given beside is written where the tree says."""
    payload()
    sandbox(POLICY, "setenv dtshim_layout offset; setenv dtshim_passthrough /mmc@200000",
            load("boot.itb", FIT), f"bootm {FIT}#c0", SAVE_FINAL,
            save("memory", "0", "10000000"))
    tree, memory = Tree(folder / "final.dtb"), (folder / "memory").read_bytes()
    node = next(f"/chosen/dom0/{name}" for name in tree.children("/chosen/dom0")
                if "multiboot,device-tree" in tree.strings(f"/chosen/dom0/{name}", "compatible"))
    base, size = tree.u64s(node, "reg")
    (folder / "domain.dtb").write_bytes(memory[base:base + size])
    assert Tree(folder / "domain.dtb").has("/passthrough/mmc@200000")


@pytest.mark.parametrize("boot", ["bootm", "dtshim boot"])
def test_payload_refused(folder, sandbox, payload, boot):
    """Nothing has moved, and what is there can still be booted."""
    files = payload()
    out = sandbox(POLICY, load("boot.itb", FIT), "setenv dtshim_dom0_mem 400M",
                  f"{boot} {FIT}#c0", save("memory", "0", "10000000"), POLICY,
                  f"{boot} {FIT}#c0")
    memory = (folder / "memory").read_bytes()
    for name, base in (("xen", XEN), ("linux", KERNEL), ("ramdisk", RAMDISK)):
        assert memory[base:base + len(files[name])] == files[name]
    assert "[dom0-size]" in out and out.count("cannot run Linux") == 1


@pytest.mark.parametrize("code, words, change", [
    ("payload", "two kernels", {"more": [image("again", "kernel", 0x5800000, "linux")],
                                "configuration": 'kernel = "xen"; fdt = "board.dtb"; '
                                                 'loadables = "linux", "again";'}),
    ("payload", "two ramdisks", {"more": [image("again", "ramdisk", 0x5800000)],
                                 "configuration": 'kernel = "xen"; fdt = "board.dtb"; '
                                                  'loadables = "linux", "ramdisk", "ramdisk";'}),
    ("payload", "too many", {"configuration": 'kernel = "xen"; fdt = "board.dtb"; loadables = '
                             + ", ".join(['"linux"'] * 9) + ";"}),
    ("payload", "no arm64 Image", {"xen": image("xen", "kernel", XEN, "ramdisk")}),
])
def test_bad_payload(folder, sandbox, payload, code, words, change):
    (folder / "again").write_bytes(b"again" * 99)
    payload(**change)
    out = sandbox(POLICY, load("boot.itb", FIT), f"dtshim boot {FIT}#c0", "printenv dtshim_error")
    assert value(out, "dtshim_error") == code and words in out and "what to do: " in out


@pytest.mark.parametrize("there, malformed", [
    (b"linux\0ramdisk\0", b"linux\0ramdisk!"), (b"linux\0ramdisk\0", b"linux!ramdisk!"), (b"linux\0", None)],
    ids=["the last one without NUL", "no NUL", "empty"])
def test_loadables_that_are_no_list(folder, sandbox, payload, there, malformed):
    """U-Boot loads what it can read of them: Xen would start without its ramdisk."""
    names = there.rstrip(b"\0").decode().replace("\0", '", "')
    payload(configuration=f'kernel = "xen"; fdt = "board.dtb"; loadables = "{names}";')
    fit = (folder / "boot.itb").read_bytes()
    at = fit.rindex(struct.pack(">I", len(there)), 0, fit.rindex(there))
    if malformed:
        fit = fit.replace(there, malformed)
    else:  # what was the value is two NOPs
        fit = fit[:at] + bytes(4) + fit[at + 4:at + 8] + struct.pack(">II", 4, 4) + fit[at + 16:]
    (folder / "boot.itb").write_bytes(fit)
    out = sandbox(POLICY, load("boot.itb", FIT), f"dtshim boot {FIT}#c0", "printenv dtshim_error")
    assert value(out, "dtshim_error") == "payload" and "what to do: " in out
    assert "loadables of the FIT's configuration is not a list of strings" in out


HYPERVISOR = 0x4800000
BOTH = f"""chosen {{ #address-cells = <2>; #size-cells = <2>;
    xen@{HYPERVISOR:x} {{ compatible = "dtshim,hypervisor"; reg = <0 {HYPERVISOR:#x} 0 0x100000>; }};
    module@{KERNEL:x} {{ compatible = "multiboot,kernel", "multiboot,module";
                         reg = <0 {KERNEL:#x} 0 0x400000>; }}; }};"""
LOAD_BOTH = [load("xen", f"{HYPERVISOR:x}"), load("linux", f"{KERNEL:x}")]


def test_tree_that_was_rewritten_before(folder, sandbox, payload, make_tree):
    """It starts as it is where everything lies as it says, and is refused where not."""
    make_tree(BOARD + BOTH, "board.dtb")
    payload(configuration='kernel = "xen"; fdt = "board.dtb";')
    again = [load("boot.itb", FIT), load("final.dtb", AT), f"bootm {FIT}#c0 - {AT}"]
    out = sandbox(POLICY, load("boot.itb", FIT), *LOAD_BOTH, f"bootm {FIT}#c0", SAVE_FINAL,
                  *again, save("again.dtb", "$fdtaddr", "100000"))
    before, after = (Tree(folder / name) for name in ("final.dtb", "again.dtb"))
    xen = places(before)["dtshim,hypervisor"][0]
    assert out.count(f"to Linux (at address {xen:08x})") == 2
    assert places(after) == places(before) and "nothing to do" in out
    out = sandbox(POLICY, *again, code=1)
    assert "[payload]" in out and f"no arm64 Image at {xen:#x}" in out


def test_applied_before(sandbox, payload):
    """That tree's record is of no payload: it would start Xen with no modules."""
    payload()
    out = sandbox(POLICY, load("boot.itb", FIT), load("board.dtb", AT), f"dtshim apply {AT}",
                  f"dtshim boot {FIT}#c0 - $dtshim_addr", "printenv dtshim_error")
    assert value(out, "dtshim_error") == "record" and "needs no dtshim apply first" in out


@pytest.mark.parametrize("compatible", ['"xen,linux-zimage", "xen,multiboot-module"',
                                        '"multiboot,module"'])
def test_kernels_by_other_names(folder, sandbox, payload, make_tree, compatible):
    make_tree(BOARD + f"""chosen {{ #address-cells = <2>; #size-cells = <2>;
        module@{KERNEL:x} {{ compatible = {compatible}; reg = <0 {KERNEL:#x} 0 0x400000>; }}; }};""",
              "board.dtb")
    payload(configuration='kernel = "xen"; fdt = "board.dtb";')
    out = sandbox(POLICY, load("boot.itb", FIT), load("linux", f"{KERNEL:x}"), f"bootm {FIT}#c0")
    assert "dtshim: starting Xen at" in out


@pytest.mark.parametrize("place", ["", "load = <0>;"])
def test_loadable_that_stays_in_the_fit(folder, sandbox, payload, place):
    files = payload(linux=image("linux", "kernel").replace("type =", f"{place} type ="))
    out = sandbox(POLICY, load("boot.itb", FIT), f"bootm {FIT}#c0", SAVE_FINAL,
                  save("memory", "0", "10000000"))
    base = places(Tree(folder / "final.dtb"))["multiboot,kernel"][0]
    assert (folder / "memory").read_bytes()[base:base + 0x400000] == files["linux"]
    assert "dtshim: starting Xen" in out


def test_work_memory_is_nobodys(folder, sandbox, payload, make_tree):
    """LMB would give what bootm has just filled; the heap is too small for this tree."""
    (folder / "zeros").write_bytes(bytes(2 << 20))
    make_tree(BOARD + f'big {{ data = /incbin/("{folder}/zeros"); }};', "board.dtb")
    files = payload(ramdisk=image("ramdisk", "ramdisk", 0xa000000))
    out = sandbox(POLICY, load("boot.itb", FIT), f"dtshim boot {FIT}#c0", "printenv dtshim_error",
                  save("memory", "0", "10000000"))
    assert value(out, "dtshim_error") == "memory"
    for name, base in (("ramdisk", 0xa000000), ("linux", KERNEL)):
        content = (folder / "memory").read_bytes()[base:base + len(files[name])]
        assert content == files[name]


def test_modules_where_there_is_no_ram(folder, sandbox, payload, make_tree):
    """The tree says more RAM than U-Boot has."""
    make_tree(BOARD.replace("0xf000000", "0x20000000") + BOTH.replace(f"0 {KERNEL:#x}", "0 0x18000000"),
              "board.dtb")
    payload(configuration='kernel = "xen"; fdt = "board.dtb";')
    out = sandbox(POLICY, load("boot.itb", FIT), *LOAD_BOTH, f"dtshim boot {FIT}#c0",
                  "printenv dtshim_error")
    assert value(out, "dtshim_error") == "placement" and "has no RAM" in out


@pytest.mark.parametrize("named", [True, False])
def test_pass_through_of_a_payload(folder, sandbox, payload, make_tree, named):
    """The hypervisor that the tree names starts; a FIT's modules are named in no tree."""
    if named:
        make_tree(BOARD + BOTH, "board.dtb")
        payload(configuration='kernel = "linux"; fdt = "board.dtb";')
    else:
        payload()
    out = sandbox("setenv dtshim_dom0_mem 4G; setenv dtshim_on_error pass-through",
                  load("boot.itb", FIT), *LOAD_BOTH, f"bootm {FIT}#c0", code=0 if named else 1)
    assert "[dom0-size]" in out
    assert (f"to Linux (at address {HYPERVISOR:08x})" in out) == named
    assert ("there is nothing to start" in out) != named


# ---- what is damaged ------------------------------------------------------------------------------

@pytest.fixture
def damage(folder, payload):
    """Makes a FIT whose images have hashes; then one byte of this image another one."""
    def make(name, place=KERNEL):
        files = payload(xen=hashed("xen", "kernel", XEN), linux=hashed("linux", "kernel", place),
                        ramdisk=hashed("ramdisk", "ramdisk", RAMDISK),
                        board=hashed("board.dtb", "flat_dt"))
        files["board.dtb"] = (folder / "board.dtb").read_bytes()
        fit = bytearray((folder / "boot.itb").read_bytes())
        if name:
            fit[fit.index(files[name][-200:]) + 100] ^= 1
        (folder / "boot.itb").write_bytes(fit)
    return make


IN_STEPS = [f"bootm start {FIT}#c0", "bootm loados", "bootm fdt", "bootm prep", "bootm go"]


@pytest.mark.parametrize("name", ["xen", "linux", "ramdisk", "board.dtb"])
@pytest.mark.parametrize("boot", ["bootm", "dtshim boot"])
def test_nothing_damaged_starts(sandbox, damage, name, boot):
    """on-error is for a plan that fails, never for what cannot be trusted."""
    damage(name)
    out = sandbox(POLICY, "setenv dtshim_on_error pass-through", load("boot.itb", FIT),
                  f"{boot} {FIT}#c0", code=1)
    assert "Bad hash value" in out and "Transferring" not in out and "starting Xen" not in out


@pytest.mark.parametrize("boot", ["bootm", "dtshim boot"])
@pytest.mark.parametrize("name, verify", [(None, "y"), ("linux", "n")])
def test_what_is_sound_or_not_asked_for_starts(sandbox, damage, boot, name, verify):
    damage(name)
    out = sandbox(POLICY, f"setenv verify {verify}", load("boot.itb", FIT), f"{boot} {FIT}#c0")
    assert "dtshim: starting Xen" in out and out.count("Transferring control to Linux") == 1


@pytest.mark.parametrize("place", [KERNEL, None])
@pytest.mark.parametrize("on_error", ["halt", "pass-through"])
def test_loadables_in_steps_are_refused(sandbox, damage, place, on_error):
    """Sound ones, too: dtshim does not learn which they are."""
    damage(None, place)
    out = sandbox(POLICY, f"setenv dtshim_on_error {on_error}", load("boot.itb", FIT), *IN_STEPS,
                  "printenv dtshim_error")
    assert value(out, "dtshim_error") == "unsupported"
    assert "the boot is refused" in out and "out of order" in out
    assert "Transferring" not in out and "starting Xen" not in out


@pytest.mark.parametrize("more, fit", [("setenv dtshim_contract none", None),
                                       ("", 'kernel = "xen"; fdt = "board.dtb";')])
def test_other_boots_in_steps(sandbox, damage, payload, more, fit):
    """Where nothing is asked of dtshim, or the FIT has no loadables."""
    if fit:
        payload(configuration=fit)
    else:
        damage(None)
    out = sandbox(POLICY, more, load("boot.itb", FIT), *IN_STEPS)
    assert "Transferring control to Linux" in out


# ---- what is left behind -----------------------------------------------------------------------

@pytest.mark.parametrize("fdt_high", ["", "ffffffffffffffff"])
def test_the_given_tree_is_not_changed(folder, sandbox, plain, fdt_high):
    """With fdt_high U-Boot changes a tree where it lies, and makes it longer."""
    size = (folder / "in.dtb").stat().st_size
    out = sandbox(f"setenv fdt_high {fdt_high}", load("boot.itb", FIT), load("in.dtb", AT),
                  f"fdt addr {AT}; setenv dtshim_layout sideways",
                  *3 * [f"dtshim boot {FIT}#c1"], "printenv fdtaddr",
                  save("kept.dtb", "$fdtaddr", f"{size:x}"), "setenv dtshim_layout",
                  f"dtshim boot {FIT}#c1", SAVE_FINAL)
    assert value(out, "fdtaddr") == AT and "using a copy" not in out
    assert (folder / "kept.dtb").read_bytes() == (folder / "in.dtb").read_bytes()
    assert Tree(folder / "final.dtb").has("/chosen/dtshim/record")


def test_no_working_tree_before(sandbox, plain):
    out = sandbox(load("boot.itb", FIT), load("in.dtb", AT), f"setenv fdt_addr {AT}",
                  f"setenv dtshim_layout sideways; dtshim boot {FIT}#c1", "printenv fdtaddr", code=1)
    assert '"fdtaddr" not defined' in out


def test_boots_do_not_give_back_what_apply_made(folder, sandbox, plain):
    sum_of = "crc32 $first $dtshim_size"
    out = sandbox(load("boot.itb", FIT), load("in.dtb", AT), f"dtshim apply {AT}",
                  "setenv first $dtshim_addr", sum_of, "setenv dtshim_layout sideways",
                  *3 * [f"dtshim boot {FIT}#c1 - {AT}"], "setenv dtshim_layout",
                  *3 * [f"dtshim boot {FIT}#c1 - {AT}"], sum_of)
    sums = re.findall(r"==> (\w+)", out)
    assert len(sums) == 2 and sums[0] == sums[1]


@pytest.mark.parametrize("boot", ["bootm", "dtshim boot"])
def test_refused_boots_take_nothing_of_lmb(folder, sandbox, plain, boot):
    """2025.01 keeps what boots took: of those that end here tree and ramdisk would add up."""
    (folder / "file").write_bytes(bytes(2 << 20))
    line = f"{boot} {FIT}#c0 3000000:123456"
    out = sandbox(load("boot.itb", FIT), "setenv dtshim_layout sideways", line, "echo then; bdinfo",
                  line, line, "echo then; bdinfo", load("file", OTHER), "setenv dtshim_layout",
                  line, line)
    _, first, third = out.split("then\n")
    assert reserved(first) == reserved(third)
    assert "2097152 bytes read" in third and third.count("cannot run Linux") == 2


@pytest.mark.parametrize("policy", ["", "setenv dtshim_contract none",
                                    "setenv dtshim_dom0_mem 16G; setenv dtshim_on_error pass-through"])
def test_the_boards_last_word_on_the_tree(folder, sandbox, plain, policy):
    """A spy of EVT_FT_FIXUP: 2025.01 asks it after the hook. It must be heard, and once."""
    sandbox("setenv utshim_spy 1", policy, load("boot.itb", FIT), f"bootm {FIT}#c0", SAVE_FINAL)
    tree = Tree(folder / "final.dtb")
    assert tree.has("/chosen/dtshim/record") == (not policy)
    assert tree.strings("/chosen", "utshim,spy") == ["once"]


def test_a_refusal_after_a_boot(sandbox, plain):
    """Nothing of dtshim boot is left switched on: bootm fails in its own way."""
    out = sandbox(load("boot.itb", FIT), f"dtshim boot {FIT}#c0", f"if dtshim boot {AT}; then; fi",
                  "setenv dtshim_layout sideways", f"bootm {FIT}#c0", code=1)
    assert out.count("must RESET the board") == 1 and "the boot is refused" in out


def test_image_by_name(folder, sandbox, plain):
    """Of a FIT's image there is no configuration, so no tree either."""
    sandbox(load("boot.itb", FIT), load("in.dtb", AT), f"fdt addr {AT}", f"dtshim boot {FIT}:kernel",
            SAVE_FINAL)
    assert Tree(folder / "final.dtb").has("/chosen/dtshim/record")


def test_configuration_at_loadaddr(sandbox, plain):
    assert "cannot run Linux" in sandbox(load("boot.itb", FIT), f"setenv loadaddr {FIT}",
                                         "dtshim boot #c0")


def test_too_long(sandbox, plain):
    out = sandbox(load("boot.itb", FIT), f"dtshim boot {FIT}#{'c' * 300} - {FIT}#c0",
                  "printenv dtshim_error")
    assert value(out, "dtshim_error") == "address" and "too long" in out
