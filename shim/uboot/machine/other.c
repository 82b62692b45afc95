// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The sandbox, where trees and images are those of any board, and nothing starts. */
#include "../release.h"

#include "../machine.h"

const struct uboot_machine uboot_machine = {
    .image_command = "booti",
    .wrong_level = "this U-Boot is not for Arm, and starts no hypervisor",
    .level_remedy = "build U-Boot for your board",
};

unsigned uboot_address_bits(void)
{
    return 0;
}

bool uboot_starts_at_el2(void)
{
    return IS_ENABLED(CONFIG_SANDBOX);
}

bool uboot_read32(unsigned long long address, unsigned *value)
{
    return false;
}
