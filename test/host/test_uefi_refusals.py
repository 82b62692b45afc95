# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""
Where the stage under UEFI does not go on: words with what to do, a status, and back with all that it had
(`refused` sees to both); or Xen's own EFI loader, where the tree's policy says so.
"""
import pytest

from stage_entry import FILES
from uefi_start import (CONVENTIONAL, INVALID_PARAMETER, KERNEL, LOAD_ERROR, MAP, MIB, NOT_FOUND,
                        OUT_OF_RESOURCES, PAYLOAD, RAM, RAMDISK, RESERVED, SECURITY_VIOLATION, STAGE, TREE, UNSUPPORTED,
                        XEN, XEN_CFG, board, fit_in, grub_chosen, grub_module, grub_payload, run, volume)

BACK = "dtshim: back to the firmware\n"
PASS = 'dtshim { on-error = "pass-through"; dom0-mem = <0x10 0>; };'  # more than there is


@pytest.fixture
def start(tmp_path):
    def start_with(*words, files=(), chosen="", tree=True, entries=None, **more):
        esp = volume(tmp_path / "esp", PAYLOAD | {"xen.cfg": XEN_CFG} if files == () else files)
        return run(tmp_path, f"volume={esp}", "path=dtshim.efi", *words, entries=entries,
                   tree=board(tmp_path, chosen, **more) if tree is True else tree)
    return start_with


@pytest.fixture(scope="session")
def fit(tmp_path_factory):
    return fit_in(tmp_path_factory.mktemp("fit"))


def require(came, status, *words):
    assert came.refused == status, came.words
    assert came.words.endswith(BACK) and "dtshim: leaving" not in came.words
    for word in words:
        assert word in came.words


# ---- the tree ------------------------------------------------------------------------------------

def test_no_tree(start):
    require(start(tree=None), UNSUPPORTED, "no device tree, and no ACPI", "dtb=NAME")


def test_acpi_alone(start):
    require(start("acpi", tree=None), UNSUPPORTED, "no device tree: this firmware offers ACPI", "acpi=off", "dtb=NAME",
            "GRUB: devicetree")


@pytest.mark.parametrize("change", [lambda blob: b"\0" * 64, lambda blob: b"\xd0\x0d\xfe\xee" + blob[4:], lambda blob: blob[:40],
                                    lambda blob: blob[:4] + b"\xff\xff\xff\xff" + blob[8:],
                                    lambda blob: blob[:8] + b"\0\xff\0\0" + blob[12:],
                                    lambda blob: blob[:20] + b"\0\0\0\2" * 2 + blob[28:]])
@pytest.mark.parametrize("file", [False, True])
def test_a_damaged_tree(start, tmp_path, change, file):
    blob = change(board(tmp_path).read_bytes()).ljust(8192, b"\0")
    (tmp_path / "bad.dtb").write_bytes(blob)
    words = ["options=dtb=bad.dtb"] if file else []
    came = start(*words, tree=None if file else tmp_path / "bad.dtb", files=PAYLOAD | {"xen.cfg": XEN_CFG, "bad.dtb": blob})
    assert came.refused in (UNSUPPORTED, INVALID_PARAMETER)


@pytest.mark.parametrize("claims", [4097, 5000, 1 << 20, (16 << 20) - 1, 16 << 20, (1 << 32) - 1])
def test_a_tree_file_that_is_cut(start, tmp_path, claims):
    """What is behind it in memory is not the tree's, and may be no memory."""
    blob = board(tmp_path).read_bytes().ljust(4096, b"\0")
    blob = blob[:4] + claims.to_bytes(4, "big") + blob[8:]
    came = start("options=dtb=cut.dtb", files=PAYLOAD | {"xen.cfg": XEN_CFG, "cut.dtb": blob})
    require(came, INVALID_PARAMETER, f"totalsize is {claims} bytes, but only 4096 are there", "copy or load all of it")


def test_a_tree_that_lies_at_no_multiple_of_8(tmp_path):
    came = run(tmp_path, tree=board(tmp_path), at=TREE + 4)
    require(came, INVALID_PARAMETER, f"the tree is at {TREE + 4:#x}", "a multiple of 8")


def test_a_tree_file_that_is_not_there(start):
    require(start("options=dtb=none.dtb"), NOT_FOUND, "none.dtb: dtb= gives a file that does not exist", "remove dtb=")


def test_a_configuration_s_tree_that_is_not_there(start):
    """Whether the firmware has one or not."""
    for more in {}, {"tree": None}:
        require(start(files=PAYLOAD | {"xen.cfg": XEN_CFG + "dtb=none.dtb\n"}, **more), NOT_FOUND,
                "none.dtb: dtb= gives a file that does not exist")


# ---- what is to be started --------------------------------------------------------------------------

def test_nothing(start):
    require(start(files={}), NOT_FOUND, "nothing to start: no modules, no kernel=NAME, "
            "no xen.cfg beside dtshim", "doc/guide/uefi.rst")


def test_no_volume_at_all(tmp_path):
    require(run(tmp_path, "device=-", tree=board(tmp_path)), NOT_FOUND, "nothing to start")


@pytest.mark.parametrize("options, name", [
    ("", "Image"), ("kernel=none", "none"), ("kernel=Image ramdisk=/no/such", "/no/such"), ("kernel=Image xen=other", "other"),
    ('kernel="a name with blanks"', "a name with blanks"), (r"kernel=\Image.gz", r"\Image.gz")])
def test_a_file_that_is_not_there(start, options, name):
    files = PAYLOAD if options else {"xen.efi": FILES["xen"], "xen.cfg": XEN_CFG}
    require(start(*[f"options={options}"] * bool(options), files=files), NOT_FOUND, f"dtshim: {name}: no such file on the volume",
            "copy it there")


@pytest.mark.parametrize("missing", ["ramdisk=initrd", "xsm=policy", "xen=xen"])
def test_a_file_of_xen_cfg_that_is_not_there(start, missing):
    cfg = XEN_CFG.replace("ramdisk=initrd\n", "") + missing + "\n"
    files = {"xen.efi": FILES["xen"], "Image": FILES["Image"], "xen.cfg": cfg}
    require(start(files=files), NOT_FOUND, f"{missing.partition('=')[2]}: no such file on the volume")


def test_no_such_configuration(start):
    require(start("options=cfg=my.cfg"), NOT_FOUND, "my.cfg: cfg= gives a file that does not exist", "remove cfg=")


def test_no_xen(start):
    files = {"Image": FILES["Image"], "initrd": b"x", "xen.cfg": XEN_CFG}
    require(start(files=files), NOT_FOUND, "no Xen: it is not among the modules, and neither xen.efi nor xen is beside dtshim", "xen=NAME")


def test_modules_of_a_boot_loader_without_xen(start, tmp_path):
    chosen, files = grub_payload(tmp_path)
    require(start("device=-", *files, files={}, chosen=chosen), NOT_FOUND, "no Xen: it is not among the modules", "xen_module")


@pytest.mark.parametrize("cfg, what", [
    (b"[global]\ndefault=xen\n[xen]\nkernel=Image\n\0", "it is not text"),
    (FILES["Image"], "it is not text"),
    ("[global]\ndefault=xen\n[other]\nkernel=Image\n", "default= in [global] gives a section that does not exist"),
    ("[global]\ndefault=\n[xen]\nkernel=Image\n", "default= in [global] gives a section that does not exist"),
    ("[global]\ndefault=xen\n[xen]\noptions=x\n", "it has no kernel="),
    ("[global]\ndefault=xen\n[xen]\noptions=x\n[other]\nkernel=Image\n", "it has no kernel="),
    ("[global]\ndefault=xen\n[xen]\n#kernel=Image\n", "it has no kernel="),
    ("[global]\ndefault=xen\n[xen]\nkernel=\n", "it has no kernel="),
    ("\n", "it has no kernel=")], ids=range(9))
def test_a_damaged_configuration(start, cfg, what):
    require(start(files=PAYLOAD | {"xen.cfg": cfg}), LOAD_ERROR, f"dtshim: xen.cfg: {what}", "[global] default=xen")


@pytest.mark.parametrize("name", ["xen.cfg", "Image", "initrd", "xen.efi"])
@pytest.mark.parametrize("cut", [0, 1, 20])
def test_a_file_that_ends_early(start, name, cut):
    require(start(f"short={name}:{cut}"), LOAD_ERROR, f"{name}: cannot be read to the end", "copy the whole file to the volume again")


@pytest.mark.parametrize("name", ["xen.cfg", "Image", "initrd", "xen.efi"])
def test_an_empty_file(start, name):
    require(start(files=PAYLOAD | {"xen.cfg": XEN_CFG, name: b""}), LOAD_ERROR, f"{name}: is empty, or not a file")


def test_a_folder(start):
    files = {"xen.efi": FILES["xen"], "xen.cfg": XEN_CFG, "Image/Image": b"x"}
    require(start(files=files), LOAD_ERROR, "Image: is empty, or not a file")


def test_a_name_that_is_too_long(start):
    require(start(f"options=kernel={'a' * 300}"), LOAD_ERROR, "its name is too long")


@pytest.mark.parametrize("pages", range(1, 6))
def test_no_memory(start, pages):
    """The map, the configuration, kernel, ramdisk, Xen, the new tree: what was had goes back."""
    require(start(f"pages={pages}"), OUT_OF_RESOURCES, ": the firmware has no memory for it", "give the machine more memory")


def test_no_memory_at_all(start):
    """Not a page is free, as far as the firmware says."""
    kept = [(RESERVED if kind == CONVENTIONAL else kind, *rest) for kind, *rest in MAP]
    require(start(entries=kept), OUT_OF_RESOURCES, ": the firmware has no memory for it")


@pytest.mark.parametrize("what", [b"\0" * 4096, b"MZ" + b"\0" * 4094, b"\x7fELF" + b"\0" * 4092, b"x", b"\x1f\x8b" * 2048], ids=lambda what: what[:4].hex())
def test_xen_that_is_none(start, what):
    require(start(files=PAYLOAD | {"xen.cfg": XEN_CFG, "xen.efi": what}), LOAD_ERROR, "Image")


@pytest.mark.parametrize("what", [b"\0" * 4096, b"\x7fELF" + b"\0" * 4092, b"x", b"\x1f\x8b" * 2048], ids=lambda what: what[:4].hex())
def test_a_kernel_that_is_none(start, what):
    """Xen says what it thinks of it; a compressed one it can unpack itself."""
    came = start(files=PAYLOAD | {"xen.cfg": XEN_CFG, "Image": what})
    assert came.end in ("left", "returned"), came.words


def test_too_many_modules(start, tmp_path):
    chosen, files = grub_payload(tmp_path)
    more = [grub_module(0x75000000 + at * MIB, MIB) for at in range(7)]
    chosen = grub_chosen(grub_module(KERNEL, 4 * MIB), grub_module(RAMDISK, 30000), *more)
    require(start("device=-", *files, chosen=chosen), LOAD_ERROR, "/chosen: more than 8 modules", "remove some of them")


@pytest.mark.parametrize("reg", ["", "reg = <0>;", "reg = <0 0x72000000 0xffffffff 0xffffffff>;", "reg = <0 0x72000000 0 0>;"])
def test_a_module_that_does_not_say_where(start, reg):
    node = f'module@72000000 {{ compatible = "multiboot,module"; {reg} }};'
    require(start(chosen=grub_chosen(node)), LOAD_ERROR, "/chosen/module@72000000")


@pytest.mark.parametrize("at", [0x10000000, RAM[0] + RAM[1] - MIB, 0x8000000, 1 << 50])
def test_a_module_outside_ram(start, at):
    """Nobody reads it: there is nothing, or a device."""
    came = start(chosen=grub_chosen(grub_module(KERNEL, 4 * MIB), grub_module(at, 2 * MIB)), entries=MAP)
    assert came.end == "returned" and came.refused, came


def test_a_module_in_the_stage(start):
    chosen = grub_chosen(grub_module(KERNEL, 4 * MIB), grub_module(STAGE + MIB, MIB))
    require(start(chosen=chosen), LOAD_ERROR, "overlaps the stage's own memory")


@pytest.mark.parametrize("chosen", [
    "linux,initrd-start = <0x74000000>; linux,initrd-end = <0x74001000>;",
    '#address-cells = <2>; #size-cells = <2>; policy@74000000 { compatible = "xen,xsm-policy", "multiboot,module"; '
    "reg = <0 0x74000000 0 0x1000>; };"], ids=["ramdisk", "policy"])
def test_secure_boot_takes_no_bytes_that_the_tree_names(start, fit, chosen):
    """Beside a payload that was verified; without Secure Boot they are the user's own."""
    require(start(f"payload={fit}", "variable=SecureBoot:1", chosen=chosen), SECURITY_VIOLATION, "Secure Boot is on")
    assert "Secure Boot" not in start(f"payload={fit}", chosen=chosen).words


def test_names_beside_a_payload_in_the_image(start, fit):
    for name in ("xen=x", "kernel=x", "ramdisk=x", "cfg=x", "-cfg=x"):
        require(start(f"payload={fit}", f"options={name}"), INVALID_PARAMETER,
                "load options give files, but the image has a payload", "remove them from the options")


def test_a_damaged_payload(start, fit, tmp_path):
    blob = bytearray(fit.read_bytes())
    blob[len(blob) // 2] ^= 1
    (tmp_path / "bad.itb").write_bytes(blob)
    require(start(f"payload={tmp_path / 'bad.itb'}"), LOAD_ERROR, "what to do: ")


# ---- the machine -----------------------------------------------------------------------------------

@pytest.mark.parametrize("level", [1, 3])
def test_another_level(start, level):
    require(start(f"level={level}"), UNSUPPORTED, f"started at EL{level}, and a hypervisor needs EL2")


def test_a_contract_that_starts_nothing(start):
    require(start(chosen='dtshim { contract = "none"; };'), UNSUPPORTED, "/chosen/dtshim: contract: with contract none there is no hypervisor")


def test_no_plan(start):
    """What the bare stage would refuse is refused while there are words, and a way back."""
    came = start(chosen="dtshim { dom0-mem = <0x10 0>; };")
    assert came.refused and "dom0" in came.words and came.words.endswith(BACK)


def test_an_unknown_word_of_the_policy(start):
    came = start(chosen="dtshim { dom0-memory = <1>; };")
    assert came.refused and "dom0-memory" in came.words


def test_a_firmware_without_a_console(start):
    came = start("no-console", tree=None)
    assert (came.end, came.values[0], came.words) == ("returned", UNSUPPORTED, "")
    assert start("no-console").end == "left"


# ---- Secure Boot -----------------------------------------------------------------------------------

SECURE = "variable=SecureBoot:1"


def test_files_under_secure_boot(start):
    require(start(SECURE), SECURITY_VIOLATION, "Secure Boot is on, and files and modules are not signed",
            "start a signed image that has its payload in it")


def test_modules_under_secure_boot(start, tmp_path):
    chosen, files = grub_payload(tmp_path, xen=True)
    require(start(SECURE, *files, chosen=chosen), SECURITY_VIOLATION, "Secure Boot is on")


@pytest.mark.parametrize("compatible", ['"multiboot,kernel", "multiboot,module"', '"dtshim,hypervisor"'])
def test_named_modules_under_secure_boot(start, tmp_path, compatible):
    _, files = grub_payload(tmp_path, xen=True)
    chosen = f"#address-cells = <2>; #size-cells = <2>; a@{KERNEL:x} {{ compatible = {compatible}; reg = <0 {KERNEL:#x} 0 {MIB}>; }};"
    require(start(SECURE, *files, chosen=chosen), SECURITY_VIOLATION)


def test_no_file_is_read_under_secure_boot(start):
    """Neither a tree nor a configuration: an open file would end the run."""
    came = start(SECURE, "options=dtb=other.dtb cfg=a.cfg", files={"other.dtb": b"x" * 64, "a.cfg": XEN_CFG})
    require(came, SECURITY_VIOLATION)


def test_modules_beside_a_payload_under_secure_boot(start, tmp_path, fit):
    """Only what is in the image may start; what a tree names beside it is refused, or not started."""
    _, files = grub_payload(tmp_path, xen=True)
    chosen = ("#address-cells = <2>; #size-cells = <2>; "
              f'h@{XEN:x} {{ compatible = "dtshim,hypervisor"; reg = <0 {XEN:#x} 0 {MIB}>; }};')
    came = start(SECURE, f"payload={fit}", *files, chosen=chosen, files={})
    assert came.end == "returned" and came.refused, came


@pytest.mark.parametrize("variables", [["SecureBoot:0"], [], ["SecureBoot:1", "SetupMode:1"], ["SetupMode:1"],
                                       ["SetupMode:0"], ["SecureBoot:2"]])
def test_secure_boot_that_is_off(start, variables):
    assert start(*(f"variable={one}" for one in variables)).end == "left"


@pytest.mark.parametrize("variables", [["SecureBoot:1", "SetupMode:0"], ["SecureBoot:1"]])
def test_secure_boot_that_is_on(start, variables):
    require(start(*(f"variable={one}" for one in variables)), SECURITY_VIOLATION)


# ---- pass-through ------------------------------------------------------------------------------------

def test_pass_through(start):
    """Xen's own loader finds its files where dtshim's are."""
    came = start(chosen=PASS)
    assert came.end == "passed" and came.values[1:] == (MIB, 0, 1, "xen.efi -cfg=xen.cfg"), came
    assert "on-error is pass-through: Xen's own EFI loader is given everything unchanged" in came.words


def test_pass_through_with_another_configuration(start):
    came = start("options=cfg=/boot/my.cfg", chosen=PASS, files=PAYLOAD | {"boot/my.cfg": XEN_CFG})
    assert came.end == "passed" and came.values[-1] == "xen.efi -cfg=/boot/my.cfg", came


def test_pass_through_of_grubs(start, tmp_path):
    chosen, files = grub_payload(tmp_path)
    came = start(*files, chosen=chosen + PASS)
    assert came.end == "passed" and came.values[1] == MIB, came


@pytest.mark.parametrize("places, device", [(["device=-", "parent=1"], 1), (["device=-", "parent=-"], 4), (["device=-"], 4),
                                            (["device=1"], 1)])
def test_pass_through_of_an_image_that_a_boot_loader_read(start, tmp_path, places, device):
    """Xen finds the files where dtshim has found them; it takes a path of files alone."""
    other = volume(tmp_path / "other", PAYLOAD | {"xen.cfg": XEN_CFG})
    came = start(f"volume={other}", *places, chosen=PASS, files={})
    assert came.end == "passed" and came.values[2:4] == (device, int("device=1" in places)), came


@pytest.mark.parametrize("words, status", [
    (["load=0x8000000000000001"], "8000000000000001"), (["load=0x800000000000001a"], "800000000000001a"),
    (["start=0x8000000000000003"], "8000000000000003"), (["start=0"], "0")])
def test_pass_through_that_comes_back(start, words, status):
    came = start(*words, chosen=PASS)
    assert came.refused and f"Xen's own EFI image did not start: status 0x{status}" in came.words
    assert came.words.endswith(BACK)


def test_pass_through_without_xen(start):
    files = {"Image": FILES["Image"], "initrd": b"x", "xen.cfg": XEN_CFG}
    require(start(chosen=PASS, files=files), NOT_FOUND, "on-error is pass-through, but there is no Xen to start")


def test_pass_through_with_a_payload(start, fit):
    came = start(f"payload={fit}", chosen=PASS, files={})
    assert came.refused and "only the payload in the image may start here, and it cannot" in came.words


def test_pass_through_under_secure_boot(start):
    require(start(SECURE, chosen=PASS), SECURITY_VIOLATION, "there is no Xen to start")


def test_no_pass_through_of_a_tree_that_cannot_be_read(start, tmp_path):
    (tmp_path / "bad.dtb").write_bytes(board(tmp_path, PASS).read_bytes()[:200].ljust(4096, b"\0"))
    came = start(tree=tmp_path / "bad.dtb")
    assert came.refused and "pass-through" not in came.words
