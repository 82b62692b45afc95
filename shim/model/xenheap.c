// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* 32 bits: the xenheap, before anything else is taken (setup_mm(), consider_modules()). */
#include "shim/model/boot_allocator.h"
#include "shim/model/pages.h"

#define ALIGNMENT (32 * SHIM_MIB)

/* What Xen has. */
static uint64_t all_of(const struct shim_sight *sight)
{
    const struct shim_xen_banks *banks = sight->static_heap ? &sight->reserved : &sight->ram;
    uint64_t all = 0;

    for (uint32_t i = 0; i < banks->count; i++)
        if (!sight->static_heap || banks->at[i].kind == SHIM_BANK_HEAP)
            all += banks->at[i].at.size;
    return all;
}

/* 1/32 of it, in steps of 32 MiB. */
static uint64_t wanted(uint64_t all)
{
    uint64_t size = shim_align_up(all / 32, ALIGNMENT);

    if (size < ALIGNMENT)
        size = ALIGNMENT;
    return size < SHIM_GIB ? size : SHIM_GIB;
}

/* From the lowest RAM to the highest, holes and all, without modules and what is reserved. */
static bool find_gaps(struct shim_ranges *gaps, const struct shim_sight *sight)
{
    const struct shim_xen_banks *ram = &sight->ram, *reserved = &sight->reserved;
    uint64_t base = ram->at[0].at.base, end = shim_range_end(ram->at[ram->count - 1].at);
    bool room = shim_ranges_add(gaps, (struct shim_range){ base, end - base });

    for (uint32_t i = 0; room && i < sight->module_count; i++)
        room = shim_ranges_remove(gaps, sight->modules[i].at);
    for (uint32_t i = 0; room && i < reserved->count; i++)
        room = shim_ranges_remove(gaps, reserved->at[i].at);
    return room;
}

/* As they are: two that touch are two. */
static bool find_heaps(struct shim_ranges *gaps, const struct shim_sight *sight)
{
    for (uint32_t i = 0; i < sight->reserved.count; i++)
        if (sight->reserved.at[i].kind == SHIM_BANK_HEAP)
            gaps->at[gaps->count++] = sight->reserved.at[i].at;
    return true;
}

/* In a static heap the first byte of a bank is not for it (fit_xenheap_in_static_heap()). */
static bool fit_one(struct shim_range gap, uint64_t size, bool is_heap, struct shim_range *at)
{
    uint64_t base = shim_align_up(gap.base + is_heap, ALIGNMENT);
    uint64_t end = shim_align_down(shim_range_end(gap), ALIGNMENT);

    *at = (struct shim_range){ end - size, size };
    return end > base && end - base >= size;
}

/* As high as possible. */
static bool fit(const struct shim_ranges *gaps, uint64_t size, bool in_heap, struct shim_range *at)
{
    struct shim_range one;

    at->size = 0;
    for (uint32_t i = 0; i < gaps->count; i++)
        if (fit_one(gaps->at[i], size, in_heap, &one) && (!at->size || one.base > at->base))
            *at = one;
    return at->size;
}

bool shim_fit_xenheap(const struct shim_ranges *gaps, uint64_t all, bool in_heap,
                      struct shim_range *at)
{
    uint64_t size = wanted(all);

    for (; !fit(gaps, size, in_heap, at); size /= 2)
        if (size / 2 <= ALIGNMENT)
            return false;
    return true;
}

/* There is no console yet. */
static bool no_xenheap(struct shim_stop *stop)
{
    shim_stop(stop, "xenheap", SHIM_NONE, "no 32 MiB of RAM are free for Xen's own heap",
              "leave Xen more RAM in one piece", "Not enough space for xenheap");
    stop->silent = true;
    return false;
}

/* Between two banks there may be RAM in other use, or nothing: Xen writes there. */
static bool lies_in_a_hole(struct shim_stop *stop)
{
    shim_stop(stop, "xenheap-hole", SHIM_NONE,
              "Xen looks for its own heap from the first byte of RAM to the last, and takes a piece "
              "that is not RAM throughout",
              "keep Xen off what is between the banks, with /memreserve/", "%s", "");
    stop->silent = stop->maybe = true;
    return false;
}

bool shim_boot_xenheap(struct shim_boot_memory *memory, const struct shim_sight *sight)
{
    uint32_t most = sight->module_count + sight->reserved.count + 2;
    struct shim_arena scratch = *sight->arena;
    struct shim_ranges gaps;

    if (!shim_ranges_init(&gaps, &scratch, most)) {
        sight->arena->full = true;
        return false;
    }
    if (!(sight->static_heap ? find_heaps(&gaps, sight) : find_gaps(&gaps, sight)))
        return false;
    if (!shim_fit_xenheap(&gaps, all_of(sight), sight->static_heap, &memory->xenheap))
        return no_xenheap(memory->stop);
    if (!shim_is_ram(&sight->ram, memory->xenheap))
        return lies_in_a_hole(memory->stop);
    return shim_ranges_remove(&memory->free, memory->xenheap);
}
