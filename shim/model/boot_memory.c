// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* In the order of setup_mm(). */
#include "shim/model/boot_allocator.h"

/* xen,static-heap above all RAM: its pages are in no frame table. */
static bool check_heap(const struct shim_boot_memory *memory, const struct shim_sight *sight)
{
    uint64_t end = 0;

    for (uint32_t i = 0; i < sight->ram.count; i++)
        if (shim_range_end(sight->ram.at[i].at) > end)
            end = shim_range_end(sight->ram.at[i].at);
    for (uint32_t i = 0; i < sight->reserved.count; i++) {
        const struct shim_xen_bank *bank = &sight->reserved.at[i];

        if (bank->kind != SHIM_BANK_HEAP || shim_range_end(bank->at) <= end)
            continue;
        shim_stop(memory->stop, "heap-not-ram", bank->node,
                  "xen,static-heap goes beyond the last byte of RAM", "let it name RAM", "%s", "");
        memory->stop->silent = true;
        return false;
    }
    return true;
}

static struct shim_pdx pdx_of(const struct shim_xen_banks *ram)
{
    uint64_t bits = 0;

    for (uint32_t i = 0; i < ram->count; i++)
        bits |= shim_pdx_bits(ram->at[i].at);
    return shim_pdx_of(bits);
}

bool shim_boot_memory(struct shim_boot_memory *memory, const struct shim_sight *sight)
{
    struct shim_pdx pdx = pdx_of(&sight->ram);

    if (!check_heap(memory, sight))
        return false;
    if (!shim_sight_free(sight, &memory->free, SHIM_BOOT_SPARE))
        return false;
    if (sight->boot->arch == SHIM_XEN_ARM32 && !shim_boot_xenheap(memory, sight))
        return false;
    return shim_boot_direct_map(memory, sight, pdx) && shim_boot_frame_table(memory, sight, pdx);
}
