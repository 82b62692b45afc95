// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "../arch.h"

const struct arch arch = {
    .bits = 64,
    .address_bits = 48,
    .ram_bits = 48,
    .first_level = 0,
    .beyond = "memory above 48 bits, which the stage cannot map",
    .hypervisor_level = "EL2",
    .tree_register = "x0",
    .remedy = {
        [REMEDY_LEVEL] = "have firmware start U-Boot at EL2 (QEMU: -machine virtualization=on)",
        [REMEDY_PAGE] = "load it at a multiple of 4096; booti does that itself",
        ARCH_REMEDIES("booti"),
    },
};
