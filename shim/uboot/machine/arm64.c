// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* A U-Boot of 64 bits. */
#include "../release.h"

#include <asm/armv8/mmu.h>
#include <asm/system.h>

#include "../machine.h"

const struct uboot_machine uboot_machine = {
    .bits = 64,
    .image_command = "booti",
    .other_image = "is an arm32 zImage, and this U-Boot starts arm64 Images",
    .other_remedy = "load the Image of a 64-bit Xen (Debian's: /boot/xen-4.17-arm64), or use a "
                    "32-bit U-Boot",
    .wrong_level = "U-Boot is not at EL2, and a hypervisor needs that",
    .level_remedy = "have firmware start U-Boot at EL2 (QEMU: -machine virtualization=on)",
};

unsigned uboot_address_bits(void)
{
    static const uint8_t bits[] = { 32, 36, 40, 42, 44, 48, 52 }; /* by PARange */
    unsigned long features;

    asm("mrs %0, id_aa64mmfr0_el1" : "=r"(features));
    features &= 0xf;
    return features < sizeof(bits) ? bits[features] : 0;
}

/* From EL3 it goes there by itself. */
bool uboot_starts_at_el2(void)
{
    return current_el() >= 2 && !IS_ENABLED(CONFIG_ARMV8_SWITCH_TO_EL1);
}

bool uboot_read32(unsigned long long address, unsigned *value)
{
    const struct mm_region *region;

    for (region = mem_map; region->size || region->attrs; region++)
        if (address >= region->phys && address - region->phys < region->size &&
            (region->attrs & PTE_BLOCK_MEMTYPE(7)) != PTE_BLOCK_MEMTYPE(MT_NORMAL)) {
            *value = *(volatile uint32_t *)(uintptr_t)(address - region->phys + region->virt);
            return true;
        }
    return false;
}
