// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "../arch.h"

const struct arch arch = {
    .bits = 64,
    .address_bits = 48,
    .ram_bits = 48,
    .first_level = 0,
    .beyond = "what the stage cannot map, above 48 bits",
    .hypervisor_level = "EL2",
    .tree_register = "x0",
    .remedy = {
        [REMEDY_LEVEL] = "let firmware start U-Boot at EL2 (under QEMU: -machine virtualization=on)",
        [REMEDY_PAGE] = "load it at a multiple of 4096; booti sees to that by itself",
        ARCH_REMEDIES("booti"),
    },
};
