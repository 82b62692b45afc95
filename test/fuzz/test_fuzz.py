# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The fuzz targets: their seeds and some thousand changes of them; `make fuzz` goes on."""
import shutil
import subprocess
import sys

import pytest

from patience import patience
import signing
from places import BUILD, GUESTS, ROOT


FUZZ = BUILD / "fuzz"
RUNS = {"walk": 1500, "plan": 1000, "diff": 400, "fit": 15000, "log": 800, "stage": 600, "firmware": 700,
        "signed": 3000}

DMA = "enum shim_code shim_pass_dma(struct shim_plan *plan, struct shim_error *error)\n{"

# What the library must not do, as changes of its source; and what is said then.
BROKEN = {
    "a tag without proof": (
        "plan", "shim/board/iommu.c", "? SHIM_DMA_BLOCKED : SHIM_DMA_UNPROTECTED",
        "? SHIM_DMA_BLOCKED : SHIM_DMA_PROTECTED", "a xen-dma-safe that nothing justifies"),
    "an SMMU that Xen does not drive": (
        "plan", "shim/model/smmu.c", "if (count <= global)", "if (count < global)",
        "a xen-dma-safe that nothing justifies"),
    "a walk of another size": (
        "plan", "shim/model/dom0_tree.c", "shim_write_count_bytes(&walk->out, walked->bytes);",
        "shim_write_count_bytes(&walk->out, walked->bytes + 4);",
        "another release before makes another tree of dom0's"),
    "another size": (
        "plan", "shim/fdt/edits.c", "return -(int64_t)edit->len;",
        "return 4 - (int64_t)edit->len;", "contradict each other"),
    "a written input": (
        "plan", "shim/plan/windows.c", DMA,
        DMA + "((uint8_t *)(uintptr_t)plan->tree->blob)[31] = 7;",
        "the input was written"),
    "a name that is believed": (
        "walk", "shim/fdt/tree.c", "string >= strings_len", "string > strings_len",
        "AddressSanitizer: heap-buffer-overflow"),  # by a seed whose name starts at the end
    "a byte that speaks to the terminal": (
        "log", "shim/xen/explain/lines.c", "else if (is_between(c, ' ', '~'))", "else if (c)",
        "a page that is no text"),
    "memory that firmware forbids": (
        "stage", "shim/stage/ram.c", "shim_ranges_remove(ram, shim_whole_pages(board->unmapped.at[i]));",
        "(void)board;", "a no-map region was mapped"),
    "a hypervisor that was looked at": (
        "stage", "shim/stage/end.c", "cpu_clean(at); /*", "/*", "a hypervisor left in the caches"),
    "something else than the payload": (
        "stage", "shim/stage/end.c", "if (TRUST_IS_REQUIRED || stage->payload.size) {", "if (false) {",
        "a start of something else than what is named"),
    "RAM as a console": (
        "stage", "shim/stage/memory.c", "if (ram_meets(stage, pages))",
        "if (!ram_meets(stage, pages))", "RAM is taken for a device"),
    "RAM as an SMMU": (
        "stage", "shim/stage/memory.c", "shim_record_meets(&job->record, range) ||", "",
        "RAM is taken for a device"),
    "an old tree's memory": (
        "stage", "shim/stage/modules.c", "cpu_clean((struct shim_range){ tree->to, len });", "",
        "a tree left in the caches"),
    "a hand in the tree that is read": (
        "stage", "shim/stage/main.c", "stage_find_console(stage);",
        "stage_find_console(stage); ((volatile uint8_t *)(uintptr_t)stage->blob)[4096] = 0;",
        "written that is only read"),
    "the page below the stack": (
        "stage", "shim/stage/own.c", "image_clean();", "cpu_clean(stage->own);",
        "what is not mapped is cleaned"),
    "what UEFI keeps": (
        "firmware", "shim/stage/efi/map.c", "[EFI_RUNTIME_DATA] = KEPT,", "[EFI_RUNTIME_DATA] = RAM,",
        "what UEFI keeps was mapped"),
    "what the tree reserves": (
        "firmware", "shim/stage/efi/prepare.c",
        "room = !entry.size || shim_ranges_remove(kept, shim_cut_range(entry.address, entry.size));", ";",
        "two reserved ranges meet"),
    "a file that stays open": (
        "firmware", "shim/stage/efi/pages.c", "if (firmware->file)", "if (false)", "something is not given back"),
    "a word when UEFI ends": (
        "firmware", "shim/stage/efi/become.c", "firmware->services_end = true;",
        'shim_print(&firmware->stage->sink, "%s", i ? "." : "");', "after boot services began to end"),
    "an old memory map": (
        "firmware", "shim/stage/efi/become.c", "        prepare(firmware, tree);\n", "        if (!i)\n            prepare(firmware, tree);\n",
        "boot services end by an old memory map"),
    "a file under Secure Boot": (
        "firmware", "shim/stage/efi/tree.c", "if (file && !firmware->secure)",
        "if (file)", "Secure Boot is passed by"),
    "a module beyond RAM": (
        "firmware", "shim/stage/efi/bare_modules.c", "shim_ranges_holding(&preparation->ram, at) &&\n           shim_image_at",
        "shim_image_at", "what is no RAM was read"),
    "the tree that stays in the caches": (
        "firmware", "shim/stage/efi/become.c", "cpu_clean(firmware->prepared);", "", "is left in the caches"),
    "a hash that is believed": (
        "signed", "shim/stage/fit.c", "agrees = *strong = sha256_agrees(data, value);",
        "agrees = *strong = true;", "a part that nobody signed"),
    "what one side alone has": (
        "diff", "shim/fdt/diff.c", "if (is_phandle(b, prop) ||",
        "if (prop || is_phandle(b, prop) ||", "diff depends on the order"),
}


@pytest.fixture(scope="session")
def seeds(tmp_path_factory):
    out = tmp_path_factory.mktemp("seeds")
    subprocess.run([sys.executable, ROOT / "test/fuzz/seeds.py", GUESTS, out], check=True)
    if (FUZZ / "signed").exists():
        shutil.copytree(FUZZ / "signing/seeds", out / "signed")
    return out


def need(target):
    """The one that verifies signatures is there where its cryptography could be had."""
    if target == "signed" and not (FUZZ / "signed").exists():
        signing.need_mbedtls()
        pytest.fail("Mbed TLS is there, and the target is not: make fuzz-targets")


def fuzz(target, runs, folder, *corpora):
    return subprocess.run([target, f"-runs={runs}", "-seed=1", "-max_len=65536", f"-timeout={round(patience(60))}",
                           f"-artifact_prefix={folder}/", *corpora], capture_output=True,
                          text=True, errors="replace", timeout=patience(300))


@pytest.mark.slow
@pytest.mark.parametrize("target", RUNS)
def test_fuzz(seeds, tmp_path, target):
    need(target)
    done = fuzz(FUZZ / target, RUNS[target], tmp_path, seeds / target)
    assert done.returncode == 0, done.stderr[-4000:]
    assert "Done " in done.stderr and not list(tmp_path.iterdir())


@pytest.mark.parametrize("board, chosen", [
    ("hisilicon/hip05-d02", {3: 0x82, 28: 2}),           # a kernel of 1 MiB
    ("hisilicon/hip05-d02", {3: 0x82, 28: 2, 29: 2}),    # of one byte
    ("hisilicon/hip05-d02", {3: 0x82, 28: 2, 29: 4}),    # of none
    ("hisilicon/hip05-d02", {3: 0x82, 28: 2, 29: 6}),    # of 256 MiB
    ("arm/juno", {3: 7, 6: 7, 26: 1, 28: 2, 30: 0xad}),  # a Xen of 1 MiB
])
def test_a_payload_of_unusual_size(tmp_path, board, chosen):
    """What a record says of it is what Xen is asked with again."""
    tree = GUESTS.parent / f"dtbs/arm64/{board}.dtb"
    if not tree.exists():
        pytest.skip("no board trees were fetched")
    choices = bytes(({35: 2, 39: 2} | chosen).get(at, 0) for at in range(48))
    (tmp_path / "input").write_bytes(choices + tree.read_bytes())
    done = subprocess.run([FUZZ / "plan", tmp_path / "input"], capture_output=True, text=True,
                          timeout=patience(60))
    assert done.returncode == 0, done.stderr[-2000:]


# Of the target that runs the stage as a whole.
OF_STAGE = ["-fno-sanitize=null,nonnull-attribute,pointer-overflow", "-fno-delete-null-pointer-checks",
            f"-I{ROOT}/test/fuzz/stage", "-include", ROOT / "test/fuzz/stage/symbols.h"]


FLAGS = {"stage": OF_STAGE, "firmware": OF_STAGE, "signed": ["-DSTAGE_SIGNED"]}


def without_one(folder, path):
    return sorted(one for one in folder.rglob("*.o") if one != (folder / path).with_suffix(".o"))


def linked(target, without):
    """All that a target is linked of, but what is linked in front: of an archive that is not taken."""
    if target == "stage":
        return [one for one in without_one(FUZZ / "real", without) if one.name != "enter.o"]  # has its own main
    if target == "firmware":
        others = {"enter.o", "stage.o", "board.o", "choices.o", "start.o"}  # with another main, or for one
        return [one for one in [*without_one(FUZZ / "real", without), *without_one(FUZZ / "efi", without)] if
                one.name not in others or "shim" in one.relative_to(FUZZ).parts]
    own = {"plan": ["choices", "forecast", "justify", "justify_xen"]}.get(target, [])
    trusting = [*without_one(FUZZ / "obj/trusting", without), *(FUZZ / "obj/mbedtls").rglob("*.o"),
                FUZZ / "obj/trust_keys.o", "-Wl,--gc-sections"] if target == "signed" else []
    return [*(FUZZ / f"obj/test/fuzz/{one}.o" for one in [*own, target, "common", "mutate"]),
            *trusting, FUZZ / "libdtshim.a"]


def test_the_lines_to_be_broken_are_there():
    """Each once, and so in make check-quick, too."""
    for name, (_, path, right, wrong, _) in BROKEN.items():
        assert (ROOT / path).read_text().count(right) == 1 and wrong != right, name


@pytest.mark.slow
@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_library_is_noticed(seeds, tmp_path, name):
    """Each time one line of the library is another one; linked in front, it is taken."""
    target, path, right, wrong, said = BROKEN[name]
    need(target)
    source = (ROOT / path).read_text()
    (tmp_path / "broken.c").write_text(source.replace(right, wrong))
    sanitizers = "undefined" if target in ("stage", "firmware") else "address,undefined"
    subprocess.run(["clang", "-std=c11", "-ffreestanding", f"-I{ROOT}", f"-I{ROOT}/include",
                    "-iquote", (ROOT / path).parent, *FLAGS.get(target, []),
                    f"-fsanitize=fuzzer-no-link,{sanitizers}", "-fno-sanitize-recover=all", "-g", "-O1",
                    "-c", tmp_path / "broken.c", "-o", tmp_path / "broken.o"], check=True)
    subprocess.run(["clang", f"-fsanitize=fuzzer,{sanitizers}", tmp_path / "broken.o",
                    *linked(target, path), "-lfdt", "-o", tmp_path / "broken"], check=True)
    done = fuzz(tmp_path / "broken", RUNS[target], tmp_path, seeds / target)
    assert done.returncode and said in done.stderr
