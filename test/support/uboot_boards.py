# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""What boots of a U-Boot with dtshim have in common, on QEMU's arm64 board and its 32-bit one."""
XEN_CHOICE = 0x60000000  # where Xen alone puts dom0, of a size for which there is room

# A FIT as U-Boot's documentation has it for Xen: Xen is the kernel, Linux a loadable.
ITS = """/dts-v1/; / { description = "Xen"; #address-cells = <1>; images {
    xen { description = "Xen"; data = /incbin/("xen"); type = "kernel"; arch = "arm64";
        os = "linux"; compression = "none"; load = <0x50000000>; entry = <0x50000000>;
        hash { algo = "crc32"; }; };
    linux { description = "Linux"; data = /incbin/("Image.gz"); type = "kernel"; arch = "arm64";
        os = "linux"; compression = "gzip"; load = <0x52000000>; hash { algo = "crc32"; }; };
    ramdisk { description = "ramdisk"; data = /incbin/("initrd"); type = "ramdisk";
        arch = "arm64"; os = "linux"; compression = "none"; hash { algo = "crc32"; }; };
    }; configurations { default = "xen";
        xen { kernel = "xen"; loadables = "linux"; ramdisk = "ramdisk"; }; }; };"""


def assert_comes_back(board, error):
    board.expect(["the boot is refused"])
    board.expect(["=> "])
    board.command("printenv dtshim_error")
    assert f"dtshim_error={error}" in board.text()
