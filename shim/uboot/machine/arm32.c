// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* A U-Boot of 32 bits, for ARMv7 with the Virtualization Extensions (ARM DDI 0406C, B1.7, B4.1). */
#include "../release.h"

#include <asm/armv7.h>
#include <asm/system.h>
#include <linux/sizes.h>

#include "../machine.h"
#include "../uboot.h"

const struct uboot_machine uboot_machine = {
    .bits = 32,
    .reach = SZ_4G,
    .image_command = "bootz",
    .other_image = "is an arm64 Image, and this U-Boot starts arm32 zImages",
    .other_remedy = "load the zImage of a 32-bit Xen (Debian 12's: /boot/xen-4.17-armhf), or use "
                    "a 64-bit U-Boot",
    .wrong_level = "U-Boot is not in Hyp mode and does not enter it, and a hypervisor needs that",
    .level_remedy = "build U-Boot with CONFIG_ARMV7_VIRT, if its SoC has it, and do not set "
                    "bootm_boot_mode=sec; or have firmware start U-Boot in Hyp mode (QEMU: "
                    "-machine virtualization=on)",
    .no_native = "contract native is proven only on 64-bit cores: no 32-bit hypervisor was "
                 "started with it, and memory that a zImage unpacks to is not kept free",
};

enum { VMSA = 0xf, VMSA_LPAE = 5, MODE = 0x1f, MODE_HYP = 0x1a };

/* With the long descriptors, 40 bits of memory. */
unsigned uboot_address_bits(void)
{
    unsigned long features;

    asm("mrc p15, 0, %0, c0, c1, 4" : "=r"(features)); /* ID_MMFR0 */
    return (features & VMSA) >= VMSA_LPAE ? 40 : 32;
}

static bool has_virtualization(void)
{
    unsigned long features;

    asm("mrc p15, 0, %0, c0, c1, 1" : "=r"(features)); /* ID_PFR1 */
    return (features & CPUID_ARM_VIRT_MASK) == 1 << CPUID_ARM_VIRT_SHIFT;
}

/* U-Boot declares it only where there is one, which ARMV7_VIRT depends on. */
bool armv7_boot_nonsec(void);

/*
 * It is there, or leaves the secure state for it before it starts an OS. U-Boot's own is_hyp()
 * knows of Hyp mode only where U-Boot uses the long descriptors itself.
 */
bool uboot_starts_at_el2(void)
{
    return (get_cpsr() & MODE) == MODE_HYP ||
           (IS_ENABLED(CONFIG_ARMV7_VIRT) && has_virtualization() && armv7_boot_nonsec());
}

/* All 4 GiB are mapped where they are, and what is not RAM as devices. */
bool uboot_read32(unsigned long long address, unsigned *value)
{
    if (address > ULONG_MAX - sizeof(*value) || uboot_room(address))
        return false;
    *value = *(volatile uint32_t *)(uintptr_t)address;
    return true;
}
