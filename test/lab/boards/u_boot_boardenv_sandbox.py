# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""U-Boot's sandbox: its own tree is of no board and says nothing of memory, and it boots nothing.

What Xen needs of a board is put into a copy of it, and what Xen stops on is taken out.
"""
TREE = "0x2000000"
GIC = {"compatible": '"arm,gic-v3"', "interrupt-controller": "", "\\#interrupt-cells": "<3>",
       "phandle": "<0x7000>", "interrupt-parent": "<0x7000>", "interrupts": "<1 9 4>",
       "reg": "<0x2f000000 0x10000 0x2f100000 0x20000>"}


def puts(node, props):
    return [f"fdt set {node} {name} {value}" for name, value in props.items()]


env__dtshim = {"tree": TREE, "commands": [
    "setenv dtshim_ram 0x80000000:1G",
    f"cp.b $fdtcontroladdr {TREE} 0x20000; fdt addr {TREE} 0x20000; fdt resize 0x4000",
    *(f"fdt rm /pci@{host}" for host in range(3)),
    "fdt mknode / gic", *puts("/gic", GIC),
    "fdt mknode / arch-timer", *puts("/arch-timer", {
        "compatible": '"arm,armv8-timer"', "interrupt-parent": "<0x7000>",
        "interrupts": "<1 0xd 8 1 0xe 8 1 0xb 8 1 0xa 8>"}),
    "fdt mknode / cpus", *puts("/cpus", {"\\#address-cells": "<1>", "\\#size-cells": "<0>"}),
    "fdt mknode /cpus cpu@0", *puts("/cpus/cpu@0", {
        "device_type": '"cpu"', "compatible": '"arm,cortex-a53"', "reg": "<0>"})]}
