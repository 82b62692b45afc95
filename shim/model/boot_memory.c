// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* In the order of setup_mm(). */
#include "shim/model/boot_allocator.h"

bool shim_boot_memory(struct shim_boot_memory *memory, const struct shim_sight *sight)
{
    struct shim_pdx pdx = shim_pdx_of(&sight->ram);

    if (!shim_sight_free(sight, &memory->free, SHIM_BOOT_SPARE))
        return false;
    if (sight->boot->arch == SHIM_XEN_ARM32 && !shim_boot_xenheap(memory, sight))
        return false;
    return shim_boot_direct_map(memory, sight, pdx) && shim_boot_frame_table(memory, sight, pdx);
}
