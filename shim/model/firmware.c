// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * RAM by the firmware's memory map (efi_process_memory_map_bootinfo() and meminfo_add_bank() of
 * xen/arch/arm/efi/efi-boot.h). Which of its descriptors are RAM is known by who read it.
 */
#include "shim/model/scan.h"

/* Only the end of a bank counts: what is before one does not make it longer. */
static bool join(struct shim_xen_banks *banks, struct shim_range at)
{
    for (uint32_t i = 0; i < banks->count; i++) {
        if (shim_range_end(banks->at[i].at) != at.base)
            continue;
        banks->at[i].at.size += at.size;
        return true;
    }
    return false;
}

/* Without room for one more it warns, and takes no more. */
void shim_scan_firmware(struct shim_scan *scan)
{
    const struct shim_xen_boot *boot = scan->sight->boot;
    struct shim_xen_banks *banks = &scan->sight->ram;

    for (uint32_t i = 0; i < boot->firmware_count && banks->count < scan->ram_room; i++) {
        struct shim_range at = boot->firmware[i];

        if (!scan->release->joins_map || !join(banks, at))
            banks->at[banks->count++] = (struct shim_xen_bank){ .at = at, .kind = SHIM_BANK_RAM,
                                                                .node = SHIM_NONE };
    }
}
