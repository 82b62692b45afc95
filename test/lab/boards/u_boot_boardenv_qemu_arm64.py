# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""What the tests boot on QEMU's arm64 board; u-boot-test-console puts the files there."""
import os

KERNEL = os.path.getsize(os.path.join(os.environ["DTSHIM_GUESTS"], "Image"))
RAMDISK = os.path.getsize(os.environ["DTSHIM_RAMDISK"])

env__dtshim = {
    "commands": [
        "fdt addr ${fdtcontroladdr}",
        "fdt move ${fdtcontroladdr} 4e000000 110000",
        'fdt set /chosen xen,dom0-bootargs "console=hvc0 rdinit=/init quiet"',
    ],
    "modules": [
        r"fdt set /chosen \#address-cells <2>",
        r"fdt set /chosen \#size-cells <2>",
        "fdt mknode /chosen module@52000000",
        'fdt set /chosen/module@52000000 compatible "multiboot,kernel" "multiboot,module"',
        f"fdt set /chosen/module@52000000 reg <0 0x52000000 0 {KERNEL:#x}>",
    ],
    "tree": "4e000000",
    "boot": f"50000000 56000000:{RAMDISK:x} 4e000000",
    "up": ["dtshim: starting Xen", "(XEN) ", "@@ system-ram 40000000-5fffffff"],
}
