// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * What the boot allocator is given: populate_boot_allocator(), next_module(),
 * dt_unreserved_regions(), init_boot_pages(). Pieces that touch stay apart, as in its list.
 */
#include "shim/fdt/address.h"
#include "shim/model/scan.h"

#define PAGE ((uint64_t)4096)

static bool put(struct shim_ranges *set, uint64_t base, uint64_t end)
{
    if (base >= end)
        return true;
    if (set->count == set->capacity)
        return false;
    set->at[set->count++] = (struct shim_range){ base, end - base };
    return true;
}

/* The module that begins next at or above `from`, and where to go on behind it. */
static uint64_t next_module(const struct shim_sight *sight, uint64_t from, uint64_t *end)
{
    uint64_t lowest = UINT64_MAX;

    for (uint32_t i = 0; i < sight->module_count; i++) {
        struct shim_range at = sight->modules[i].at;

        if (!at.size || at.base < from || at.base > lowest || at.base > *end)
            continue;
        lowest = at.base;
        if (shim_range_end(at) < *end)
            *end = shim_range_end(at);
    }
    return lowest;
}

static bool put_bank(struct shim_ranges *set, const struct shim_sight *sight,
                     struct shim_range bank)
{
    uint64_t bank_end = shim_range_end(bank), from = bank.base;

    while (from < bank_end) {
        uint64_t next = bank_end, end = next_module(sight, from, &next);

        if (end > bank_end)
            end = bank_end;
        if (!put(set, from, end))
            return false;
        if (next <= from) /* it ends beyond all addresses */
            return true;
        from = next;
    }
    return true;
}

/* The heap's banks come in the order of the property. */
static bool put_heap(struct shim_ranges *set, const struct shim_sight *sight)
{
    for (uint32_t i = 0; i < sight->reserved.count; i++) {
        struct shim_range bank = sight->reserved.at[i].at;
        uint32_t to = set->count;

        if (sight->reserved.at[i].kind != SHIM_BANK_HEAP)
            continue;
        if (!put(set, bank.base, shim_range_end(bank)))
            return false;
        for (; to && to < set->count && set->at[to - 1].base > bank.base; to--)
            set->at[to] = set->at[to - 1];
        if (to < set->count)
            set->at[to] = bank;
    }
    return true;
}

static bool reserved_set(struct shim_ranges *set, const struct shim_sight *sight,
                         struct shim_arena *arena)
{
    if (!shim_ranges_init(set, arena, sight->reserved.count))
        return false;
    for (uint32_t i = 0; i < sight->reserved.count; i++)
        if (!shim_range_wraps(sight->reserved.at[i].at))
            shim_ranges_collect(set, sight->reserved.at[i].at);
    shim_ranges_settle(set);
    return true;
}

/* Only whole pages. */
static void round_in(struct shim_ranges *set)
{
    uint32_t count = set->count;

    set->count = 0;
    for (uint32_t i = 0; i < count; i++)
        put(set, shim_align_up(set->at[i].base, PAGE),
            shim_align_down(shim_range_end(set->at[i]), PAGE));
}

static bool put_banks(struct shim_ranges *set, const struct shim_sight *sight)
{
    struct shim_arena scratch;
    struct shim_ranges reserved;
    bool room = true;

    for (uint32_t i = 0; room && i < sight->ram.count; i++)
        room = put_bank(set, sight, sight->ram.at[i].at);
    scratch = *sight->arena;
    if (!reserved_set(&reserved, sight, &scratch)) {
        sight->arena->full = true;
        return false;
    }
    return room && shim_ranges_remove_all(set, &reserved);
}

bool shim_sight_free(const struct shim_sight *sight, struct shim_ranges *free, uint32_t spare)
{
    uint32_t most = sight->ram.count + sight->module_count + sight->reserved.count;

    if (!shim_ranges_init(free, sight->arena, most + spare))
        return false;
    if (!(sight->static_heap ? put_heap(free, sight) : put_banks(free, sight)))
        return false;
    round_in(free);
    return true;
}
