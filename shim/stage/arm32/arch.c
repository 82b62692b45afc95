// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * ARMv7 with the Virtualization Extensions: 32 bits of addresses, and by its long descriptors 40
 * of memory (ARM DDI 0406C, B3.6). U-Boot's bootz starts an image where it lies. Levels are called
 * as ARMv8 calls them: EL2 is Hyp mode, which ARMv7 has at PL2.
 */
#include "../arch.h"

const struct arch arch = {
    .bits = 32,
    .address_bits = 32,
    .ram_bits = 40,
    .first_level = 1,
    .beyond = "what the stage cannot map, above 32 bits",
    .hypervisor_level = "EL2, Hyp mode",
    .tree_register = "r2",
    .no_native = "it is proven on 64-bit cores alone: under it no 32-bit hypervisor was ever started, "
                 "and what a zImage unpacks over is not kept free",
    .remedy = {
        [REMEDY_LEVEL] = "let U-Boot start it in Hyp mode: CONFIG_ARMV7_VIRT, and no "
                         "bootm_boot_mode=sec (under QEMU: -machine virtualization=on)",
        [REMEDY_PAGE] = "load it at a multiple of 4096: bootz starts it where it lies",
        ARCH_REMEDIES("bootz"),
    },
};
