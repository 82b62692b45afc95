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
    .beyond = "memory above 32 bits, which the stage cannot map",
    .hypervisor_level = "EL2, Hyp mode",
    .tree_register = "r2",
    .no_native = "it is proven only on 64-bit cores: no 32-bit hypervisor was started with it, "
                 "and memory that a zImage unpacks to is not kept free",
    .remedy = {
        [REMEDY_LEVEL] = "have U-Boot start it in Hyp mode: CONFIG_ARMV7_VIRT, and no "
                         "bootm_boot_mode=sec (QEMU: -machine virtualization=on)",
        [REMEDY_PAGE] = "load it at a multiple of 4096: bootz does not move it",
        ARCH_REMEDIES("bootz"),
    },
};
