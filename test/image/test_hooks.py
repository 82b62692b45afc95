# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Debian's own flash-kernel and u-boot-menu with dtshim's hooks, before and after a kernel's
update; then U-Boot on the emulated board boots what they made."""
import os
import re
import shutil
import subprocess

import pytest

import board as emulated
import debian_root
from debian_root import run_hooks, run_in
from patience import patience
from places import BOARD_BUILD, BUILD, CONFIG, ROOT

# Each makes a root and runs Debian's programs in it, some of them for seconds.
pytestmark = pytest.mark.slow

OLD, NEW = "6.1.0-30-arm64", "6.1.0-31-arm64"
DATABASE = """Machine: dtshim,made-up
Kernel-Flavors: arm64
DTB-Id: qemu/virt.dtb
Boot-Script-Path: /boot/boot.scr
U-Boot-Script-Name: bootscr.uboot-generic
"""
# What a shell would do something with.
ODD = 'its="a $b;c|d&e" end'
releases = pytest.mark.parametrize("guests", ["12", "13"], indirect=True)


@pytest.fixture
def stage():
    """The emulated board's."""
    return BOARD_BUILD / "dtshim.img"


class Installed:
    """A Debian on a card: its root, and what a kernel's package does to it."""

    def __init__(self, root, guests, menu):
        self.root, self.guests, self.menu = root, guests, menu
        self.xen = next(word for word in (guests / "versions").read_text().split()
                        if word.startswith("xen-hypervisor-")).replace("xen-hypervisor-", "xen-")

    def prepare(self, stage):
        debian_root.make_root(self.root, self.guests.name)
        if self.menu:
            (self.root / "usr/sbin/flash-kernel").unlink()
            (self.root / "etc/default/u-boot").write_text(
                'U_BOOT_FDT="qemu/virt.dtb"\nU_BOOT_TIMEOUT=10\nU_BOOT_PARAMETERS="rdinit=/init quiet"\n')
        else:
            (self.root / "usr/sbin/u-boot-update").unlink()
        (self.root / "etc/flash-kernel/db").write_text(DATABASE)
        (self.root / "etc/flash-kernel/machine").write_text("dtshim,made-up\n")
        (self.root / "etc/default/flash-kernel").write_text('LINUX_KERNEL_CMDLINE="rdinit=/init quiet"\n')
        shutil.copy(self.guests / "xen", self.root / "boot" / self.xen)
        self.install_hooks(stage)
        return self

    def install_hooks(self, stage):
        subprocess.run([ROOT / "hooks/install", stage, "/usr/local", self.root], check=True)

    def remove_hooks(self):
        for path in ("etc/kernel/postinst.d/zz-dtshim", "etc/kernel/postrm.d/zz-dtshim",
                     "etc/initramfs/post-update.d/dtshim", "etc/u-boot-menu/conf.d/dtshim.conf",
                     "etc/flash-kernel/preboot.d/dtshim"):
            (self.root / path).unlink(missing_ok=True)

    def add_kernel(self, version, whole=False):
        """Its files, then its hooks. `whole`: those that boot."""
        trees = self.root / f"usr/lib/linux-image-{version}/qemu"
        trees.mkdir(parents=True, exist_ok=True)
        emulated.board_tree(trees / "virt.dtb", self.guests, ram="2G")
        for name, source in (("vmlinuz", "Image"), ("initrd.img", "busybox")):
            made = self.root / f"boot/{name}-{version}"
            if whole and name == "initrd.img":
                emulated.make_initramfs(self.guests, made)
            elif whole:
                shutil.copy(self.guests / source, made)
            else:
                made.write_text(f"{name} {version}\n" * 1000)
        return run_hooks(self.root, "postinst.d", version, "configure")

    def remove_kernel(self, version):
        for path in self.root.glob(f"boot/*-{version}"):
            if not path.is_symlink() and path.name.split("-")[0] in ("vmlinuz", "initrd.img"):
                path.unlink()
        return run_hooks(self.root, "postrm.d", version, "remove")

    def script(self):
        return subprocess.run(["tail", "-c", "+73", self.root / "boot/boot.scr"], check=True,
                              capture_output=True).stdout.decode()

    def menu_text(self):
        return (self.root / "boot/extlinux/extlinux.conf").read_text()


@pytest.fixture
def installed(scratch, guests, stage):
    return lambda menu: Installed(scratch / "root", guests, menu).prepare(stage)


def test_make_installs_them(tmp_path, stage):
    for _ in range(2):
        subprocess.run(["make", "-C", ROOT, "-s", "install-hooks", f"O={BUILD}", f"STAGE={stage}",
                        f"DESTDIR={tmp_path}", "PREFIX=/usr", f"KCONFIG_CONFIG={CONFIG}"],
                       check=True)
        settings = tmp_path / "etc/default/dtshim"
        settings.write_text(settings.read_text().replace("dom0_mem=1G", "dom0_mem=2G"))
    assert "dom0_mem=2G" in settings.read_text()
    hook = tmp_path / "etc/kernel/postinst.d/zz-dtshim"
    assert os.access(hook, os.X_OK) and "exec /usr/sbin/dtshim-update --kernel" in hook.read_text()
    assert not [path for path in tmp_path.rglob("*") if path.suffix != ".img" and path.is_file()
                and re.search("@(LIB|SBIN)@", path.read_text())]


# ---- flash-kernel ----------------------------------------------------------------------------


@releases
def test_flash_kernels_script_has_dtshim_first(installed):
    debian = installed(menu=False)
    debian.add_kernel(OLD)
    script = debian.script()
    assert script.index("booti ${dtshim_stage}") < script.index("booti ${kernel_addr_r}")
    assert f"setenv fk_kvers '{OLD}'" in script and f"${{prefix}}{debian.xen};" in script
    assert "fdt set /chosen xen,xen-bootargs 'dom0_mem=1G'" in script
    assert "setenv dtshim_dom0 'console=hvc0'" in script and "@" not in re.sub(r"node.@", "", script)
    assert (debian.root / "boot/dtshim/dtshim.img").exists()


@releases
def test_a_kernels_update_and_its_removal(installed):
    debian = installed(menu=False)
    debian.add_kernel(OLD)
    debian.add_kernel(NEW)
    assert f"setenv fk_kvers '{NEW}'" in debian.script()
    debian.remove_kernel(NEW)
    script = debian.script()
    assert f"setenv fk_kvers '{OLD}'" in script and "booti ${dtshim_stage}" in script


def test_without_the_hooks_the_script_is_flash_kernels_own(installed):
    debian = installed(menu=False)
    debian.remove_hooks()
    debian.add_kernel(OLD)
    assert "dtshim" not in debian.script() and "booti ${kernel_addr_r}" in debian.script()


@pytest.mark.parametrize("change", ["switched off", "no Xen"])
def test_without_xen_linux_boots_as_before(installed, change):
    debian = installed(menu=False)
    debian.add_kernel(OLD)
    if change == "no Xen":
        (debian.root / "boot" / debian.xen).unlink()
    else:
        (debian.root / "etc/default/dtshim").write_text("DTSHIM=no\n")
    said = run_in(debian.root, "dtshim-update")
    assert "dtshim" not in debian.script()
    assert ("boots Linux without Xen" in said) == (change == "no Xen")


def test_settings_reach_the_script(installed):
    debian = installed(menu=False)
    (debian.root / "etc/default/dtshim").write_text(r"""DTSHIM_XEN_CMDLINE='dom0_mem=2G a="b&c|$d\e"'
DTSHIM_POLICY="on-error=pass-through dom0-mem=6G ipa-bits=40 xen-version=4.17"
""")
    debian.add_kernel(OLD)
    script = debian.script()
    assert r"""xen,xen-bootargs 'dom0_mem=2G a="b&c|$d\\e"'""" in script
    for line in ("on-error 'pass-through'", "dom0-mem <0x1 0x80000000>", "ipa-bits <0x28>",
                 "xen-version '4.17'"):
        assert f"fdt set /chosen/dtshim {line}\n" in script


def test_settings_that_name_no_file(installed):
    debian = installed(menu=False)
    (debian.root / "etc/default/dtshim").write_text("DTSHIM_XEN=/boot/none\n")
    said = run_in(debian.root, "dtshim-update", code=1)
    assert "DTSHIM_XEN: there is no /boot/none" in said and "what to do: " in said


@pytest.mark.parametrize("line", ["it's", "a\\b"])
def test_what_u_boots_shell_would_take_apart(installed, line):
    debian = installed(menu=False)
    (debian.root / "etc/default/dtshim").write_text(f"DTSHIM_DOM0_CMDLINE=$(cat <<'E'\n{line}\nE\n)\n")
    assert "not accept an apostrophe or a backslash" in run_in(debian.root, "dtshim-update", code=1)


PLACES = """# dtshim 0.2.0: files loaded here are not copied; contract xen, layout direct
#   stage    0x4fe00000-0x5024dfff  4408 KiB, build/dtshim.img
#   tree     0x50400000-0x505fffff  2 MiB, board.dtb with room to grow
#   xen      0x60000000-0x600f0007  960 KiB, xen
#   kernel   0x60200000-0x6216dfbf  31.4 MiB, Image
#   ramdisk  0x62200000-0x622fde03  1015.5 KiB, initrd
setenv stage_addr 4fe00000
setenv tree_addr 50400000
setenv xen_addr 60000000
setenv kernel_addr 60200000
setenv ramdisk_addr 62200000
setenv fdt_high ffffffffffffffff
"""


def test_places_of_the_plan_reach_the_script(installed):
    debian = installed(menu=False)
    (debian.root / "etc/dtshim").mkdir()
    (debian.root / "etc/dtshim/places").write_text(PLACES)
    debian.add_kernel(OLD)
    script = debian.script()
    for line in ("setenv dtshim_at 60000000; setenv dtshim_room 200000",
                 "setenv dtshim_at 60200000; setenv dtshim_room 2000000",
                 f"setenv dtshim_at 62200000; setenv dtshim_room {2 * 0xfde04:x}",
                 "setenv dtshim_next 62400000", "setenv dtshim_at 4fe00000"):
        assert line in script


@pytest.mark.parametrize("menu", [False, True], ids=["flash-kernel", "u-boot-menu"])
def test_a_new_xen_is_taken_after_apt(installed, menu):
    debian = installed(menu)
    debian.add_kernel(OLD)
    run_in(debian.root, "dtshim-update")
    made = sorted((path, path.stat().st_mtime_ns) for path in (debian.root / "boot").rglob("*"))
    run_in(debian.root, "dtshim-update", "--changed")
    assert made == sorted((path, path.stat().st_mtime_ns)
                          for path in (debian.root / "boot").rglob("*"))
    shutil.move(debian.root / "boot" / debian.xen, debian.root / "boot/xen-4.99-arm64")
    run_in(debian.root, "dtshim-update", "--changed")
    if menu:
        image = debian.root / f"boot/dtshim/{OLD}.img"
        assert image.stat().st_mtime_ns > dict(made)[image]
    else:
        assert "${prefix}xen-4.99-arm64;" in debian.script()


# ---- u-boot-menu ----------------------------------------------------------------------------


def labels(text):
    return re.findall(r"^label (\S+)$", text, re.M)


@releases
def test_each_kernel_has_an_entry_with_xen(installed):
    debian = installed(menu=True)
    debian.add_kernel(OLD)
    debian.add_kernel(NEW)
    text = debian.menu_text()
    assert labels(text) == ["l0x", "l0", "l0r", "l1x", "l1", "l1r"]
    assert re.search("^default l0x$", text, re.M)
    entry = text.split("label l0x\n")[1].split("\nlabel")[0]
    assert [line.strip() for line in entry.strip().splitlines()] == [
        f"menu label Debian GNU/Linux {debian.guests.name} {NEW}, with Xen",
        f"linux /boot/dtshim/{NEW}.img", f"fdt /boot/dtshim/{NEW}/virt.dtb",
        "append root=/dev/vda1 rdinit=/init quiet console=hvc0"]
    assert run_in(debian.root, "fdtget", f"/boot/dtshim/{NEW}/virt.dtb", "/chosen",
                  "xen,xen-bootargs") == "dom0_mem=1G\n"
    plain = text.split("label l0\n")[1].split("\nlabel")[0]
    assert f"linux /boot/vmlinuz-{NEW}" in plain and "dtshim" not in plain


@releases
def test_an_old_kernels_files_go_with_it(installed):
    debian = installed(menu=True)
    debian.add_kernel(OLD)
    debian.add_kernel(NEW)
    debian.remove_kernel(OLD)
    assert labels(debian.menu_text()) == ["l0x", "l0", "l0r"]
    assert sorted(path.name for path in (debian.root / "boot/dtshim").iterdir()) == [NEW, f"{NEW}.img"]
    debian.add_kernel(OLD)
    debian.remove_kernel(NEW)
    assert f"linux /boot/dtshim/{OLD}.img" in debian.menu_text()


def test_a_new_ramdisk_is_in_the_file(installed):
    debian = installed(menu=True)
    debian.add_kernel(OLD)
    image = debian.root / f"boot/dtshim/{OLD}.img"
    assert b"initrd.img " + OLD.encode() in image.read_bytes()
    (debian.root / f"boot/initrd.img-{OLD}").write_text("a new one" * 1000)
    run_in(debian.root, "/etc/initramfs/post-update.d/dtshim", OLD, f"/boot/initrd.img-{OLD}")
    assert b"a new onea new one" in image.read_bytes()
    text = debian.menu_text()
    run_in(debian.root, "/etc/initramfs/post-update.d/dtshim", OLD, f"/boot/initrd.img-{OLD}")
    assert debian.menu_text() == text


def test_without_the_hooks_the_menu_is_u_boot_menus_own(installed):
    debian = installed(menu=True)
    debian.remove_hooks()
    debian.add_kernel(OLD)
    assert labels(debian.menu_text()) == ["l0", "l0r"] and "dtshim" not in debian.menu_text()


@pytest.mark.parametrize("change", ["switched off", "no Xen", "no room"])
def test_without_xen_the_plain_entry_is_the_default(installed, change):
    debian = installed(menu=True)
    debian.add_kernel(OLD)
    if change == "no Xen":
        (debian.root / "boot" / debian.xen).unlink()
    else:
        (debian.root / "etc/default/dtshim").write_text(
            "DTSHIM=no\n" if change == "switched off" else "DTSHIM_ROOM=1M\n")
    said = run_in(debian.root, "u-boot-update")
    text = debian.menu_text()
    assert re.search("^default l0$", text, re.M)
    assert ("l0x" in labels(text)) == (change == "switched off")
    assert ("DTSHIM_ROOM allows 1M" in said) == (change == "no room")


def test_trees_of_this_board_only(installed):
    debian = installed(menu=True)
    (debian.root / "etc/default/u-boot").write_text("U_BOOT_TIMEOUT=10\n")
    trees = debian.root / f"usr/lib/linux-image-{OLD}/other"
    trees.mkdir(parents=True)
    subprocess.run(["dtc", "-q", "-O", "dtb", "-o", trees / "other.dtb"], check=True,
                   input=b'/dts-v1/; / { compatible = "acme,other"; };')
    debian.add_kernel(OLD)
    copies = debian.root / f"boot/dtshim/{OLD}"
    assert f"fdtdir /boot/dtshim/{OLD}/" in debian.menu_text()
    assert {path.name for path in copies.rglob("*.dtb")} == {"virt.dtb", "other.dtb"}
    shutil.rmtree(copies)
    run_in(debian.root, "u-boot-update", compatible="acme,other\\0000")
    assert {path.name for path in copies.rglob("*.dtb")} == {"other.dtb"}


def test_a_file_that_cannot_be_made_leaves_the_menu_plain(installed):
    debian = installed(menu=True)
    (debian.root / "usr/local/bin/mkimage").write_text("#!/bin/sh\necho no room; exit 1\n")
    (debian.root / "usr/local/bin/mkimage").chmod(0o755)
    with pytest.raises(AssertionError, match="mkimage: no room"):
        debian.add_kernel(OLD)
    assert labels(debian.menu_text()) == ["l0", "l0r"]


def test_half_a_file_does_not_stay(installed):
    """Where there was no room for all of it, there is not for its half either."""
    debian = installed(menu=True)
    append = debian.root / "usr/local/lib/dtshim/append-fit"
    append.write_text('#!/bin/sh\necho half >"$3"; exit 1\n')
    with pytest.raises(AssertionError, match="cannot be made"):
        debian.add_kernel(OLD)
    assert not list((debian.root / "boot/dtshim").iterdir())


@pytest.mark.parametrize("menu", [False, True], ids=["flash-kernel", "u-boot-menu"])
def test_removal_leaves_linux_alone(installed, menu):
    """By the machine itself; its boot loader forgets dtshim before its files go."""
    debian = installed(menu)
    debian.add_kernel(OLD)
    run_in(debian.root, "dtshim-update")
    run_in(debian.root, f"/host{ROOT}/hooks/install", "--remove", "/usr/local", "")
    assert "dtshim" not in (debian.menu_text() if menu else debian.script())
    assert not [path for path in (debian.root / "boot").rglob("*dtshim*")]
    assert (debian.root / "etc/default/dtshim").exists()


# ---- U-Boot -----------------------------------------------------------------------------------


def make_disk(root, path):
    """One bootable partition with /boot, as ext4."""
    subprocess.run(["mke2fs", "-q", "-t", "ext4", "-d", root, "-E", "offset=1048576", path, "400M"],
                   check=True, capture_output=True)
    subprocess.run(["truncate", "-s", "401M", path], check=True)
    subprocess.run(["sfdisk", "-q", path], input=b"label: dos\nstart=1MiB, type=83, bootable\n",
                   check=True)
    return path


def only_boot(root):
    """What U-Boot can see of it; the links into the machine lead nowhere there."""
    for path in root.iterdir():
        if path.name == "usr":
            for inner in path.iterdir():
                if inner.name != "lib":
                    shutil.rmtree(inner) if inner.is_dir() and not inner.is_symlink() else inner.unlink()
        elif path.name != "boot":
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    return root


def boots(debian, log, commands=()):
    disk = make_disk(only_boot(debian.root), debian.root.parent / "disk.img")
    with emulated.Board(debian.guests, log, drive=disk, ram="2G") as board:
        if commands:
            board.prompt()
            for command in commands[:-1]:
                board.command(command)
            board.start(commands[-1])
        return board.finish(timeout=patience(120)), board.text()


@releases
@pytest.mark.parametrize("menu", [False, True], ids=["flash-kernel", "u-boot-menu"])
def test_u_boot_starts_xen_and_the_new_kernel(installed, tmp_path, menu):
    debian = installed(menu)
    odd = "" if menu else ODD
    with open(debian.root / "etc/default/dtshim", "a", encoding="ascii") as settings:
        settings.write(f"DTSHIM_DOM0_CMDLINE=$(cat <<'E'\nconsole=hvc0 {odd}\nE\n)\n")
    debian.add_kernel(OLD)
    debian.add_kernel(NEW, whole=True)
    report, text = boots(debian, tmp_path / "log")
    assert "dtshim: starting Xen" in text and "(XEN) Xen version" in text
    assert report.one("record layout") == "direct"
    assert report.all("system-ram")[0].startswith("40000000-")
    assert "console=hvc0" in report.one("bootargs") and "rdinit=/init" in report.one("bootargs")
    assert odd in report.one("bootargs")
    if not menu:
        assert f"dtshim: booting Xen with Debian {NEW}" in text


@pytest.mark.parametrize("menu", [False, True], ids=["flash-kernel", "u-boot-menu"])
def test_without_the_hooks_u_boot_starts_linux_alone(installed, tmp_path, menu):
    debian = installed(menu)
    debian.remove_hooks()
    debian.add_kernel(NEW, whole=True)
    # Debian 12's U-Boot for this board does not say where flash-kernel is to load the tree.
    report, text = boots(debian, tmp_path / "log", ["setenv fdt_addr_r 0x43000000", "boot"])
    assert report.one("kernel") and "(XEN)" not in text and "dtshim" not in text


def planned(debian, stage, tool):
    """What dtshim plan says of the board and of these very files."""
    tree = debian.root / f"usr/lib/linux-image-{NEW}/qemu/virt.dtb"
    said = tool("plan", "--load-addresses", "--dom0-mem", "1G", "--stage", stage, "--xen",
                debian.guests / "xen", "--kernel", debian.guests / "Image", "--ramdisk",
                debian.root / f"boot/initrd.img-{NEW}", tree).out
    (debian.root / "etc/dtshim").mkdir()
    return said, debian.root / "etc/dtshim/places"


@releases
def test_nothing_is_copied_where_the_plan_said_where_to_load(installed, stage, tool, tmp_path):
    debian = installed(menu=False)
    debian.add_kernel(NEW, whole=True)
    said, places = planned(debian, stage, tool)
    places.write_text(said)
    run_in(debian.root, "dtshim-update")
    _, text = boots(debian, tmp_path / "log")
    assert re.search(r"^ *copies +none", text, re.M)


def test_a_kernel_that_has_outgrown_its_place_goes_elsewhere(installed, stage, tool, tmp_path):
    debian = installed(menu=False)
    debian.add_kernel(NEW, whole=True)
    said, places = planned(debian, stage, tool)
    kernel, ramdisk = (int(re.search(f"setenv {name}_addr (.*)", said)[1], 16)
                       for name in ("kernel", "ramdisk"))
    places.write_text(said.replace(f"{ramdisk:x}", f"{kernel + 0x200000:x}"))
    run_in(debian.root, "dtshim-update")
    report, text = boots(debian, tmp_path / "log")
    assert report.one("record layout") == "direct"
    assert re.search(r"kernel at (0x[0-9a-f]+)", text)[1] != f"{kernel:#x}"


def test_what_cannot_be_loaded_leaves_linux(installed, tmp_path):
    debian = installed(menu=False)
    debian.add_kernel(NEW, whole=True)
    (debian.root / "boot/dtshim/dtshim.img").unlink()
    report, text = boots(debian, tmp_path / "log", ["setenv fdt_addr_r 0x43000000", "boot"])
    assert "/boot/dtshim/dtshim.img cannot be loaded; booting Linux without Xen" in text
    assert report.one("kernel") and "(XEN)" not in text


def test_linux_alone_for_once(installed, tmp_path):
    debian = installed(menu=False)
    debian.add_kernel(NEW, whole=True)
    _, text = boots(debian, tmp_path / "log", ["setenv fdt_addr_r 0x43000000", "setenv dtshim no", "boot"])
    assert "(XEN)" not in text and "cannot be loaded" not in text
