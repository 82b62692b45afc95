// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* In the order of setup_mm(). */
#include "shim/model/boot_allocator.h"

/* ---- xen,static-heap, which Xen believes to be RAM ---------------------------------------- */

/* Without a frame table, or the first to be handed out: then it is over before the console. */
static bool is_outermost(const struct shim_sight *sight, struct shim_range heap)
{
    bool below = heap.base < sight->ram.at[0].at.base;

    for (uint32_t i = 0; i < sight->reserved.count; i++)
        if (sight->reserved.at[i].kind == SHIM_BANK_HEAP && sight->reserved.at[i].at.base > heap.base)
            return below;
    return true;
}

static void stop_at(const struct shim_boot_memory *memory, const struct shim_xen_bank *bank,
                    const char *id, const char *why, const char *remedy)
{
    shim_stop(memory->stop, id, bank->node, why, remedy, "%s", "");
    memory->stop->silent = true;
}

/* Nothing is looked for: bootmem_region_add() takes no page twice, and no frame of no RAM is mapped. */
static bool check_heap(const struct shim_boot_memory *memory, const struct shim_sight *sight)
{
    const struct shim_xen_bank *all = sight->reserved.at;

    for (uint32_t i = 0; i < sight->reserved.count; i++) {
        if (all[i].kind != SHIM_BANK_HEAP)
            continue;
        for (uint32_t other = 0; other < i; other++)
            if (all[other].kind == SHIM_BANK_HEAP && shim_range_overlaps(all[i].at, all[other].at))
                stop_at(memory, &all[i], "heaps-meet", "two ranges of xen,static-heap overlap",
                        "cut one of them where it overlaps the other");
        if (!shim_is_ram(&sight->ram, all[i].at)) {
            stop_at(memory, &all[i], "heap-not-ram",
                    "xen,static-heap has a range that is not all RAM", "change it to RAM");
            memory->stop->silent = is_outermost(sight, all[i].at);
        }
    }
    return !shim_stops(memory->stop);
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
