# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Each way to name a payload to the stage under UEFI: the same tree comes of all, but for addresses."""
import subprocess

import pytest

from places import TOOL
from stage_entry import FILES
from uefi_start import (BOARD, DOM0_LINE, KERNEL, LINE, MIB, PAYLOAD, RAMDISK, XEN, XEN_CFG, board, compiled, fit_in,
                        grub_chosen, grub_module, grub_payload, run, volume, without_addresses)

pytestmark = pytest.mark.slow
KEPT = ["firmware@7c000000"]


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    """What Xen's own file gives."""
    folder = tmp_path_factory.mktemp("reference")
    files = volume(folder / "esp", PAYLOAD | {"xen.cfg": XEN_CFG})
    came = run(folder, f"volume={files}", r"path=\dtshim.efi", "go-on", tree=board(folder))
    assert came.end == "left" and came.then[0].startswith("started "), came
    return without_addresses(came.tree)


def leaves(folder, *words, chosen="", **more):
    """The prepared tree, which the stage itself then took, and the tool."""
    tree = board(folder, chosen)
    came = run(folder, *words, "go-on", tree=tree, **more)
    assert came.end == "left" and came.then and came.then[-1].startswith("started "), came
    assert not subprocess.run([TOOL, "plan", came.path], capture_output=True, check=False).returncode
    return came.tree


def test_the_reference_is_what_it_should_be(reference):
    chosen = {path for path in reference if path.startswith("/chosen/")}
    assert chosen == {"/chosen/hypervisor", "/chosen/kernel", "/chosen/ramdisk"}
    assert {name for name in reference if "firmware@" in name} == {f"/reserved-memory/{one}" for one in KEPT}
    assert reference["/chosen"]["xen,xen-bootargs"] == LINE.encode() + b"\0"
    assert reference["/chosen"]["xen,dom0-bootargs"] == DOM0_LINE.encode() + b"\0"
    assert "bootargs" not in reference["/chosen"]


# ---- a boot loader's modules ---------------------------------------------------------------------

@pytest.mark.parametrize("behind", [", [1a]", ", [00]", ', "x"', ""], ids=["2.06", "a zero", "a letter", "2.14"])
@pytest.mark.parametrize("options", [[f"options-open={LINE}"], [f"options={LINE}"], []], ids=["open", "closed", "none"])
def test_grub(tmp_path, reference, behind, options):
    """The line is in the tree and in the load options; Xen beside the image that GRUB has read."""
    chosen, files = grub_payload(tmp_path, behind)
    words = ["volume=" + str(volume(tmp_path / "esp", {"xen.efi": FILES["xen"]})), "device=-", "parent=0", *options, *files]
    assert without_addresses(leaves(tmp_path, *words, chosen=chosen)) == reference


@pytest.mark.parametrize("order", [(XEN, KERNEL, RAMDISK), (KERNEL, XEN, RAMDISK), (KERNEL, RAMDISK, XEN)])
def test_grub_gives_xen_too(tmp_path, reference, order):
    """By its bytes, wherever it stands."""
    _, files = grub_payload(tmp_path, xen=True)
    nodes = {XEN: grub_module(XEN, MIB, ""), KERNEL: grub_module(KERNEL, 4 * MIB, DOM0_LINE, ", [1a]"),
             RAMDISK: grub_module(RAMDISK, 30000)}
    tree = leaves(tmp_path, "device=-", f"options-open={LINE}", *files,
                  chosen=grub_chosen(*(nodes[one] for one in order)))
    assert without_addresses(tree) == reference


def test_grub_with_words_for_dtshim(tmp_path, reference):
    chosen, files = grub_payload(tmp_path)
    words = f'xen=/boot/my-xen dom0="{DOM0_LINE}" {LINE}'
    files += ["volume=" + str(volume(tmp_path / "esp", {"boot/my-xen": FILES["xen"]})), "device=-", "parent=0"]
    chosen = chosen.replace(f'"{LINE}"', f"[{words.encode().hex()} 00]").replace(DOM0_LINE, "single")
    assert without_addresses(leaves(tmp_path, f"options-open={words}", *files, chosen=chosen)) == reference


def test_modules_that_say_what_they_are(tmp_path, reference):
    """As U-Boot's users write them; nothing is added to them, and the line stays where it was."""
    _, files = grub_payload(tmp_path, xen=True)
    chosen = (f'xen,xen-bootargs = "{LINE}"; xen,dom0-bootargs = "{DOM0_LINE}"; #address-cells = <2>; #size-cells = <2>;'
              f'kernel@{KERNEL:x} {{ compatible = "multiboot,kernel", "multiboot,module"; reg = <0 {KERNEL:#x} 0 {4 * MIB}>; }};'
              f'ramdisk@{RAMDISK:x} {{ compatible = "multiboot,ramdisk", "multiboot,module"; reg = <0 {RAMDISK:#x} 0 30000>; }};'
              f'hypervisor@{XEN:x} {{ compatible = "dtshim,hypervisor"; reg = <0 {XEN:#x} 0 {MIB}>; }};')
    assert without_addresses(leaves(tmp_path, *files, chosen=chosen)) == reference


# ---- files ---------------------------------------------------------------------------------------

CFGS = {
    "as Xen's": XEN_CFG,
    "CR LF": XEN_CFG.replace("\n", "\r\n"),
    "no last newline": XEN_CFG.rstrip("\n"),
    "blanks before": XEN_CFG.replace("\n", "\n  "),
    "blanks behind =": XEN_CFG.replace("kernel=", "kernel=  ").replace("options=", "options= ").replace("default=", "default= "),
    "comments": "# a comment\n; and another\n" + XEN_CFG.replace("\n[xen]", "# [xen]\n#kernel=other\n[xen]"),
    "a comment behind a value": XEN_CFG.replace("=xen\n", "=xen# the one\n").replace(LINE, LINE + "# of Xen")
                                       .replace(DOM0_LINE, DOM0_LINE + "#dom0's").replace("initrd\n", "initrd # it\n"),
    "a comment of another language": "# Gr\u00fc\u00dfe\n" + XEN_CFG,
    "no [global]": f"[xen]\nkernel=Image {DOM0_LINE}\noptions={LINE}\nramdisk=initrd\n",
    "no section": f"kernel=Image {DOM0_LINE}\noptions={LINE}\nramdisk=initrd\n",
    "other sections": "[other]\nkernel=none\nramdisk=none\n" + XEN_CFG + "[third]\noptions=x\n[xen-debug]\nkernel=none\n",
    "the section again": XEN_CFG + "[xen]\nkernel=none\nxen=none\nxsm=none\n",
    "a value twice": XEN_CFG + "kernel=none\n",
    "names that begin so": XEN_CFG.replace("kernel=", "kernels=a\nkernel-=b\nkernel=").replace("[xen]", "[xen2]\nkernel=c\n[xen]"),
    "xen=": XEN_CFG + "xen=xen.efi\n",
}


@pytest.mark.parametrize("name", CFGS)
def test_xen_cfg(tmp_path, reference, name):
    files = volume(tmp_path / "esp", PAYLOAD | {"xen.cfg": CFGS[name]})
    assert without_addresses(leaves(tmp_path, f"volume={files}", r"path=\dtshim.efi")) == reference


def test_xen_cfg_of_another_name(tmp_path, reference):
    files = volume(tmp_path / "esp", PAYLOAD | {"xen.cfg": "[nonsense", "boot/my.cfg": XEN_CFG})
    for option in ("cfg=/boot/my.cfg", "-cfg=\\boot\\my.cfg", 'cfg="/boot/my.cfg" --', "dtshim.efi -cfg=boot/my.cfg"):
        assert without_addresses(leaves(tmp_path, f"volume={files}", "path=dtshim.efi", f"options={option}")) == reference


@pytest.mark.parametrize("path", [
    [r"\EFI\dtshim\dtshim.efi"], [r"\EFI\dtshim", "dtshim.efi"], ["\\EFI\\dtshim\\", "dtshim.efi"],
    ["EFI", "dtshim", "dtshim.efi"], ["\\EFI\\", "\\dtshim\\", "\\dtshim.efi"], [r"\EFI\dtshim", r"\dtshim.efi"],
    ["EFI/dtshim".replace("/", "\\"), "dtshim.efi"]])
def test_files_beside_the_image(tmp_path, reference, path):
    """A device path has its name in parts (UEFI 2.10, 10.3.4.4); GRUB's has two, and no backslash between."""
    files = volume(tmp_path / "esp", {f"EFI/dtshim/{name}": data for name, data in (PAYLOAD | {"xen.cfg": XEN_CFG}).items()})
    assert without_addresses(leaves(tmp_path, f"volume={files}", *(f"path={one}" for one in path))) == reference


@pytest.mark.parametrize("where", ["xen.efi", "xen", "EFI/dtshim/xen", "EFI/dtshim/XEN.EFI"])
def test_xen_without_a_name(tmp_path, reference, where):
    rest = {f"EFI/dtshim/{name}": data for name, data in PAYLOAD.items() if name != "xen.efi"}
    files = volume(tmp_path / "esp", rest | {where: FILES["xen"], "EFI/dtshim/xen.cfg": XEN_CFG})
    tree = leaves(tmp_path, f"volume={files}", r"path=\EFI\dtshim\dtshim.efi")
    assert without_addresses(tree) == reference


OPTIONS = {
    "words": f'kernel=Image ramdisk=initrd dom0="{DOM0_LINE}" {LINE}',
    "another order": f'dom0="{DOM0_LINE}" ramdisk=\\initrd xen=xen.efi kernel=/Image {LINE}',
    "--": f'kernel=Image ramdisk=initrd dom0="{DOM0_LINE}" -- {LINE}',
    "a program first": f'dtshim.efi kernel=Image ramdisk=initrd dom0="{DOM0_LINE}" {LINE}',
    "with its volume": f'FS0:\\EFI\\dtshim\\dtshim.EFI  kernel=Image\tramdisk=initrd   dom0="{DOM0_LINE}"  --  {LINE}',
    "as GRUB quotes": f'kernel=Image "ramdisk=initrd" "dom0={DOM0_LINE}" {LINE}',
    "with quotes": f'"fs0:\\a folder\\dtshim.efi" kernel="Image" ramdisk="initrd" dom0="{DOM0_LINE}" {LINE}',
    "blanks first": f'   kernel=Image ramdisk=initrd dom0="{DOM0_LINE}" {LINE}',
}


@pytest.mark.parametrize("name", OPTIONS)
@pytest.mark.parametrize("form", ["options", "options-open"])
def test_load_options(tmp_path, reference, name, form):
    files = volume(tmp_path / "esp", PAYLOAD)
    tree = leaves(tmp_path, f"volume={files}", r"path=\dtshim.efi", f"{form}={OPTIONS[name]}")
    assert without_addresses(tree) == reference


def test_load_options_before_xen_cfg(tmp_path, reference):
    cfg = XEN_CFG.replace(LINE, "nonsense").replace(DOM0_LINE, "single").replace("initrd", "none")
    files = volume(tmp_path / "esp", PAYLOAD | {"a.cfg": cfg})
    options = f'cfg=a.cfg dom0="{DOM0_LINE}" ramdisk=initrd {LINE}'
    assert without_addresses(leaves(tmp_path, f"volume={files}", "path=dtshim.efi", f"options={options}")) == reference


@pytest.mark.parametrize("read", [1 << 16, 4095, 1 << 20])
def test_firmware_that_reads_a_little_at_once(tmp_path, reference, read):
    files = volume(tmp_path / "esp", PAYLOAD | {"xen.cfg": XEN_CFG})
    assert without_addresses(leaves(tmp_path, f"volume={files}", "path=dtshim.efi", f"read={read}")) == reference


@pytest.mark.parametrize("places", [["device=1"], ["device=-", "parent=1"], ["device=-", "parent=-"], ["device=-"],
                                    ["device=-", "parent=0"]])
def test_one_of_two_volumes(tmp_path, reference, places):
    """The image's own; where nobody knows which, the first that has the file."""
    volumes = [volume(tmp_path / name, files) for name, files in (
        ("one", {"Image.bak": "x"}), ("two", PAYLOAD | {"xen.cfg": XEN_CFG}))]
    tree = leaves(tmp_path, *(f"volume={one}" for one in volumes), *places, "path=dtshim.efi")
    assert without_addresses(tree) == reference


def test_lines_of_the_firmwares_own_tree_are_nobodys(tmp_path, reference):
    """What a firmware wrote for another kernel is neither Xen's nor dom0's."""
    files = volume(tmp_path / "esp", PAYLOAD | {"xen.cfg": XEN_CFG})
    tree = leaves(tmp_path, f"volume={files}", "path=dtshim.efi", chosen='bootargs = "quiet splash";')
    assert without_addresses(tree) == reference


POLICY = b"\x8c\xff\x7c\xf9" * 99


def without_policy(tree):
    """It said what it is: a module of no kind would be Xen's kernel."""
    found = without_addresses(tree)
    assert found.pop("/chosen/policy") == {"compatible": b"xen,xsm-policy\0multiboot,module\0", "reg": len(POLICY)}
    return found


def test_a_policy_in_a_file(tmp_path, reference):
    files = volume(tmp_path / "esp", PAYLOAD | {"xen.cfg": XEN_CFG + "xsm=policy\n", "policy": POLICY})
    assert without_policy(leaves(tmp_path, f"volume={files}", "path=dtshim.efi")) == reference


@pytest.mark.parametrize("order", [(KERNEL, RAMDISK, 0x75000000), (KERNEL, 0x75000000, RAMDISK)])
def test_a_policy_of_grub(tmp_path, reference, order):
    _, files = grub_payload(tmp_path, xen=True)
    (tmp_path / "policy").write_bytes(POLICY)
    nodes = {KERNEL: grub_module(KERNEL, 4 * MIB, DOM0_LINE), RAMDISK: grub_module(RAMDISK, 30000),
             0x75000000: grub_module(0x75000000, len(POLICY))}
    chosen = grub_chosen(*(nodes[one] for one in order), grub_module(XEN, MIB))
    tree = leaves(tmp_path, "device=-", *files, f"at=0x75000000:{tmp_path}/policy", chosen=chosen)
    assert without_policy(tree) == reference


# ---- the payload in the image --------------------------------------------------------------------

@pytest.fixture(scope="session")
def fit(tmp_path_factory):
    return fit_in(tmp_path_factory.mktemp("fit"))


@pytest.mark.parametrize("secure", [False, True])
def test_a_payload_in_the_image(tmp_path, reference, fit, secure):
    """Verified, it starts under Secure Boot, where lines of nobody's are not Xen's."""
    options = f'dom0="{DOM0_LINE}" {LINE}'
    words = [f"payload={fit}", f"options={options}", *["variable=SecureBoot:1"] * secure]
    chosen = f'xen,xen-bootargs = "{LINE}"; xen,dom0-bootargs = "{DOM0_LINE}";' if secure else ""
    found = without_addresses(leaves(tmp_path, *words, chosen=chosen.replace("dom0_mem=256M", "dom0_mem=256M")))
    cells = {"#address-cells", "#size-cells"}
    modules = {path for path in reference if path.startswith("/chosen/")}
    assert {path: props for path, props in found.items() if path != "/chosen"} == \
        {path: props for path, props in reference.items() if path not in {"/chosen", *modules}}
    assert found["/chosen"] == {name: value for name, value in reference["/chosen"].items() if name not in cells}


def test_secure_boot_takes_no_line(tmp_path, fit):
    tree = leaves(tmp_path, f"payload={fit}", "variable=SecureBoot:1", 'options=dom0="rescue" dom0_mem=64M')
    assert b"rescue" not in tree.blob and b"dom0_mem=64M" not in tree.blob


# ---- a tree of a file ------------------------------------------------------------------------------

@pytest.mark.parametrize("fixup, cpu", [(None, 0), ("0", 1), ("0x8000000000000009", 0)])
@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize("options", [["options=dtb=board.dtb"], [], ["options=cfg=xen.cfg"]], ids=["options", "xen.cfg", "cfg"])
def test_a_tree_from_a_file(tmp_path, reference, fixup, cpu, own, options):
    """It stands in for the firmware's, after U-Boot's fix-up where that is offered."""
    (tmp_path / "file").mkdir()
    other = board(tmp_path / "file", source=BOARD.replace("test,board", "test,file"))
    files = volume(tmp_path / "esp", PAYLOAD | {"xen.cfg": XEN_CFG + "dtb=board.dtb\n", "board.dtb": other.read_bytes()})
    words = [f"volume={files}", "path=dtshim.efi", "acpi", *([f"fixup={fixup}"] if fixup else [])]
    came = run(tmp_path, *words, *options, tree=board(tmp_path) if own else None)
    assert came.end == "left", came
    found = without_addresses(came.tree)
    assert found["/"]["compatible"] == b"test,file\0" and came.tree.fdt.boot_cpuid_phys() == cpu
    assert {"/chosen/hypervisor", "/chosen/kernel"} <= set(found)
    assert ("the firmware could not fix up the tree" in came.words) == (fixup not in (None, "0"))


def test_modules_go_before_a_configuration_s_tree(tmp_path):
    """What a boot loader wrote into the firmware's tree would be lost with it."""
    chosen, files = grub_payload(tmp_path, xen=True)
    other = BOARD.replace("test,board", "test,file") % {"chosen": "", "more": ""}
    (tmp_path / "file").mkdir()
    blob = compiled(other, tmp_path / "file/other.dtb").read_bytes()
    esp = volume(tmp_path / "esp", {"xen.cfg": XEN_CFG + "dtb=other.dtb\n", "other.dtb": blob})
    tree = leaves(tmp_path, f"volume={esp}", "path=dtshim.efi", f"options={LINE}", *files, chosen=chosen)
    assert without_addresses(tree)["/"]["compatible"] == b"test,board\0"


@pytest.mark.parametrize("options, lines", [
    ("", ("of the FIT", "quiet")), ("dom0=rescue", ("of the FIT", "rescue")), ("loglvl=all", ("loglvl=all", "quiet"))])
def test_lines_of_the_payload(tmp_path, options, lines):
    """With Secure Boot on the load options' words are nobody's."""
    (tmp_path / "fit").mkdir()
    fit = fit_in(tmp_path / "fit", 'xen,xen-bootargs = "of the FIT"; xen,dom0-bootargs = "quiet";')
    for secure in False, True:
        words = [f"payload={fit}", *[f"options={options}"] * bool(options), *["variable=SecureBoot:1"] * secure]
        chosen = without_addresses(leaves(tmp_path, *words))["/chosen"]
        found = [chosen[f"xen,{name}-bootargs"] for name in ("xen", "dom0")]
        assert found == [f"{line}\0".encode() for line in (("of the FIT", "quiet") if secure else lines)]
