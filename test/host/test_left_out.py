# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""
Parts that a stage or U-Boot is built without (shim/without): what needs one is refused with its
option's name, and the rest is as it was. Tried in a host tool that has the same stand-ins.
"""
import functools
import os
import re
import subprocess

import pytest

from patience import patience
from places import BUILD, ROOT

CC = os.environ.get("CC", "cc").split()
SHOW = """{options}
srctree := {folder}
src := dtshim
obj := {folder}/out
FORCE:
include {makefile}
$(info files: $(obj-y))
"""


def asked(text):
    done = subprocess.run(["make", "-s", "-f", "-", "FORCE"], input=text, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@functools.lru_cache(maxsize=None)
def parts():
    """{part: (option, files)}, as both makes have it."""
    said = asked("include shim/without/parts.mk\nFORCE:\n"
                 "$(foreach part,$(PARTS),$(info $(part) $(option_of_$(part)) $(files_of_$(part))))\n")
    return {part: (option, files) for part, option, *files in map(str.split, said.splitlines())}


def files_of(part):
    return [file for pattern in parts()[part][1] for file in (ROOT / "shim").glob(pattern.replace("%", "*"))]


@pytest.fixture(scope="module")
def without(tmp_path_factory):
    """A host tool without some parts: of the library a linker takes what is not there yet."""
    @functools.lru_cache(maxsize=None)
    def made(*left_out):
        out = tmp_path_factory.mktemp("without") / "dtshim"
        cli = sorted(path for path in (BUILD / "host/shim/cli").glob("*.o")
                     if (ROOT / "shim/cli" / path.with_suffix(".c").name).exists())
        flags = ["-std=c11", "-Wall", "-Wextra", "-Werror", "-I.", "-Iinclude", "-g"]
        fdt = ["-l:libfdt.a"] if b"fdt_overlay_apply" in (BUILD / "host/shim/cli/overlay.o").read_bytes() else []
        subprocess.run([*CC, *flags, *(f"shim/without/{part}.c" for part in left_out), *cli,
                        BUILD / "libdtshim.a", *fdt, "-o", out], cwd=ROOT, check=True)
        return out
    return made


@pytest.fixture
def run(without, tmp_path):
    def ran(left_out, *words, code=0):
        done = subprocess.run([without(*left_out), *map(str, words)], cwd=tmp_path, capture_output=True,
                              text=True, timeout=patience(60))
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr
    return ran


TREE = 'memory@40000000 { device_type = "memory"; reg = <0 0x40000000 0 0x80000000>; };'
ALL = ["native", "domain", "ram_bases", "diff"]


def test_all_are_tried():
    assert list(parts()) == ALL


@pytest.mark.slow
@pytest.mark.parametrize("part, options, says", [
    ("native", ["--contract", "native"], [
        "policy: contract: contract native was left out of this build [unsupported]",
        "what to do: set CONFIG_STAGE_NATIVE (in U-Boot CONFIG_DTSHIM_NATIVE) and build again, or use contract xen"]),
    ("domain", ["--layout", "offset"], [
        "policy: layout: layout offset was left out of this build [unsupported]",
        "what to do: set CONFIG_STAGE_DOMAIN (in U-Boot CONFIG_DTSHIM_DOMAIN) and build again, or use layout direct"]),
    ("domain", ["--passthrough", "all-dma"], ["layout offset was left out of this build"]),
])
def test_what_needs_it_is_refused(run, make_tree, part, options, says):
    tree = make_tree(TREE)
    error = re.sub(r"\n +(?!what)", " ", run((part,), "plan", *options, tree, code=2))
    for line in says:
        assert line in error
    others = tuple(other for other in ALL if other != part)
    run(others, "plan", *options, tree)


@pytest.mark.slow
def test_trees_are_not_compared(run, make_tree):
    tree = make_tree(TREE)
    run((), "diff", tree, tree)
    assert ("the comparison of trees was left out of this build [unsupported]\n"
            "  what to do: set CONFIG_DTSHIM_DIFF") in run(("diff",), "diff", tree, tree, code=2)
    assert "changes in the tree are not listed: this build has no CONFIG_DTSHIM_DIFF" \
        in run(("diff",), "plan", "-v", tree)


@pytest.mark.slow
def test_hints_are_gone(run, make_tree):
    tree = make_tree("", header="""/dts-v1/; / { #address-cells = <2>; #size-cells = <2>;
        compatible = "test,board", "rockchip,rk3399";""")
    hint = "boards with rockchip,rk3399 have RAM at 0x200000"
    assert hint in run((), "plan", tree, code=2)
    error = run(("ram_bases",), "plan", tree, code=2)
    assert "[no-ram]" in error and "boards with" not in error


@pytest.mark.slow
@pytest.mark.parametrize("options", [[], ["--layout", "direct", "--dom0-mem", "256M"], ["--contract", "none"]], ids=str)
def test_the_rest_is_as_it_was(run, make_tree, tmp_path, options):
    tree = make_tree(TREE)
    for left_out in ((), tuple(ALL)):
        run(left_out, "apply", *options, tree, "-o", f"{len(left_out)}.dtb")
    assert (tmp_path / "0.dtb").read_bytes() == (tmp_path / "4.dtb").read_bytes()
    assert run((), "check", "0.dtb") == run(tuple(ALL), "check", "0.dtb") == ""
    assert run((), "plan", "--json", *options, tree) == run(tuple(ALL), "plan", "--json", *options, tree)


# ---- the options ------------------------------------------------------------------------------

@pytest.mark.parametrize("kconfig, prefix, but", [
    ("Kconfig", "STAGE_", ["DIFF"]), ("shim/uboot/Kconfig", "DTSHIM_", [])])
def test_each_has_an_option(kconfig, prefix, but):
    text = (ROOT / kconfig).read_text()
    for option, _ in parts().values():
        found = re.search(rf"^config {prefix}{option}\n\tbool.*\n\tdepends on \w+\n\tdefault y\n", text, re.M)
        assert bool(found) != (option in but), option


def of_uboot(folder, left_out, configured=True):
    """What U-Boot's Kbuild is told to compile; its sandbox has none of these options."""
    options = "".join(f"CONFIG_DTSHIM_{option} := y\n" for part, (option, _) in parts().items()
                      if configured and part not in left_out)
    if configured:
        options += "CONFIG_DTSHIM := y\n"
    (folder / "dtshim").mkdir(exist_ok=True)
    if not (folder / "dtshim/project").exists():
        (folder / "dtshim/project").symlink_to(ROOT)
    text = SHOW.format(options=options, folder=folder, makefile=ROOT / "shim/uboot/Makefile")
    return set(re.search("^files: (.*)$", asked(text), re.M)[1].split())


def test_the_sandbox_has_all(tmp_path):
    assert of_uboot(tmp_path, [], configured=False) == of_uboot(tmp_path, [])


@pytest.mark.parametrize("part", ALL)
def test_uboot_leaves_it_out(tmp_path, part):
    every, less = of_uboot(tmp_path, []), of_uboot(tmp_path, [part])
    assert "job/job.o" in every and not [name for name in every if name.startswith("without")]
    assert every - less == {str(file.relative_to(ROOT / "shim").with_suffix(".o")) for file in files_of(part)}
    assert less - every == {f"without/{part}.o"}
