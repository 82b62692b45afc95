# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""A made-up Debian that boots by UEFI: Debian's own update-grub and kernel-install's parts, where the
programs that look at disks are stand-ins."""
import shutil
import subprocess

import debian_root
from debian_root import run_hooks, run_in
from places import ROOT

PACKAGES = ("grub-common", "grub2-common", "systemd", "systemd-boot")
# What grub-probe finds: / and /boot on one ext4.
PROBE = r"""for word; do case "$word" in --target=*) target=${word#*=} ;; esac; done
case "$target" in
device) echo /dev/vda2 ;;
fs) echo ext2 ;;
partmap) echo gpt ;;
fs_uuid) echo 1111-2222 ;;
compatibility_hint) echo hd0,gpt2 ;;
esac"""
# Of systemd 252, and what 257 does in C: each part in order, by its name alone.
KERNEL_INSTALL = r"""set -e
command=$1 version=$2 image=${3:-}
export KERNEL_INSTALL_LAYOUT=bls KERNEL_INSTALL_MACHINE_ID=0123 KERNEL_INSTALL_ENTRY_TOKEN=debian
export KERNEL_INSTALL_BOOT_ROOT=/boot/efi KERNEL_INSTALL_VERBOSE=0 KERNEL_INSTALL_STAGING_AREA=$(mktemp -d)
folder=/boot/efi/debian/$version
[ "$command" = remove ] || mkdir -p "$folder"
for part in $(ls /usr/lib/kernel/install.d/*.install /etc/kernel/install.d/*.install | sed 's|.*/||' | sort -u); do
	for place in /etc /usr/lib; do
		[ -x $place/kernel/install.d/$part ] || continue
		$place/kernel/install.d/$part "$command" "$version" "$folder" $image
		break
	done
done
[ "$command" = add ] || rm -rf "$folder"
rm -rf "$KERNEL_INSTALL_STAGING_AREA" """
PROGRAMS = {"grub-probe": PROBE, "grub-mkrelpath": 'echo "$1"', "grub-script-check": "exit 0",
            "grub-editenv": "exit 0", "grub-file": "exit 1", "bootctl": "exit 0",
            "kernel-install": KERNEL_INSTALL, "depmod": "exit 0"}
SETTINGS = """GRUB_DEFAULT=0
GRUB_TIMEOUT=5
GRUB_DISTRIBUTOR=Debian
GRUB_TERMINAL=console
GRUB_CMDLINE_LINUX="net.ifnames=0"
GRUB_CMDLINE_LINUX_DEFAULT="quiet"
"""
KEPT = ("00_header", "10_linux", "40_custom")


def make_root(root, release):
    debian_root.make_root(root, release)
    for part in debian_root.parts(release, PACKAGES):
        for folder in ("etc", "usr/sbin", "usr/share/grub", "usr/lib/kernel"):
            if (part / folder).is_dir():
                (root / folder).unlink() if (root / folder).is_symlink() else None
                shutil.copytree(part / folder, root / folder, dirs_exist_ok=True, symlinks=True)
    for name in ("flash-kernel", "u-boot-update"):
        (root / "usr/sbin" / name).unlink()
    for path in (root / "etc/grub.d").iterdir():
        if path.name not in KEPT:
            path.unlink()
    for path in (root / "usr/sbin/grub-mkconfig", root / "usr/share/grub/grub-mkconfig_lib",
                 *root.glob("etc/kernel/*/zz-systemd-boot")):
        text = path.read_text()
        for place in ("${sbindir}/grub-", "${bindir}/grub-", "/usr/bin/bootctl"):
            text = text.replace(place, "/usr/local/bin/" + place.rsplit("/", 1)[1])
        path.write_text(text)
    for name, body in PROGRAMS.items():
        (root / "usr/local/bin" / name).write_text(f"#!/bin/sh\n{body}\n")
        (root / "usr/local/bin" / name).chmod(0o755)
    (root / "etc/default/grub").write_text(SETTINGS)
    (root / "etc/kernel/cmdline").write_text("root=UUID=1111-2222 ro quiet\n")
    return root


class Installed:
    """That Debian, with a stage and a Xen, and what a kernel's package does to it."""

    def __init__(self, root, release, loader):
        self.root, self.loader = make_root(root, release), loader
        self.own = {"grub": "zz-update-grub", "systemd-boot": "zz-systemd-boot"}
        self.esp = root / "boot/efi"
        if loader == "grub":
            (root / "boot/grub").mkdir()
            (root / "boot/grub/grub.cfg").touch()
        else:
            (self.esp / "loader/entries").mkdir(parents=True)
        for name, hook in self.own.items():
            if name != loader:
                for path in root.glob(f"etc/kernel/*/{hook}"):
                    path.unlink()
        (root / "boot/xen-4.17-arm64").write_bytes(b"a Xen\n" * 1000)
        (root / "stage").write_bytes(b"MZ a stage\n" * 1000)
        self.install_hooks()

    def install_hooks(self, *options):
        subprocess.run([ROOT / "hooks/install", *(options or ["--uefi"]), self.root / "stage", "/usr/local",
                        self.root], check=True)

    def settings(self, text):
        (self.root / "etc/default/dtshim").write_text(text)

    def add_kernel(self, version, content=None, ramdisk=None):
        """Made-up bytes, or those that are given."""
        for name, given in (("vmlinuz", content), ("initrd.img", ramdisk)):
            (self.root / f"boot/{name}-{version}").write_bytes(given or f"{name} {version}\n".encode() * 1000)
        return run_hooks(self.root, "postinst.d", version, "configure")

    def remove_kernel(self, version):
        for name in ("vmlinuz", "initrd.img"):
            (self.root / f"boot/{name}-{version}").unlink()
        return run_hooks(self.root, "postrm.d", version, "remove")

    def run(self, *command, **more):
        return run_in(self.root, *command, **more)

    def menu(self):
        return (self.root / "boot/grub/grub.cfg").read_text()

    def entries(self):
        return {path.name: path.read_text() for path in (self.esp / "loader/entries").iterdir()}
