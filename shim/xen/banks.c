// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Xen gives dom0 whatever pieces there are; which ones depends on what is kept from it: the
 * modules, and single pages. Dom0's banks should be where every DMA window reaches, if that is
 * enough memory. What has to be loaded is tried in one place after another, and the best
 * outcome is taken.
 */
#include "shim/xen/banks.h"

#include "shim/base/mem.h"
#include "shim/plan/block.h"
#include "shim/plan/memory.h"
#include "shim/xen/attempt.h"
#include "shim/xen/plan.h"
#include "shim/xen/within.h"

#define DOM0_TREE ((uint64_t)4 << 20) /* dom0's tree, with its alignment */
#define LOW_END   ((uint64_t)4 << 30)

enum { WINDOWS_SPARED = 3 };

/* ---- how good they are ------------------------------------------------------------- */

/* The less the better, the first difference decides. */
struct rating {
    uint32_t unserved;
    bool cramped; /* kernel, ramdisk and tree do not fit into the first bank */
    uint64_t base;
    uint32_t pages;
    uint32_t banks;
};

static bool is_better(const struct rating *a, const struct rating *b)
{
    if (a->unserved != b->unserved)
        return a->unserved < b->unserved;
    if (a->cramped != b->cramped)
        return b->cramped;
    if (a->base != b->base)
        return a->base < b->base;
    return a->pages != b->pages ? a->pages < b->pages : a->banks < b->banks;
}

uint32_t shim_xen_unserved(const struct shim_plan *plan)
{
    uint32_t count = shim_unserved_pools(plan);

    for (uint32_t i = 0; i < plan->board->master_count; i++)
        count += plan->board->masters[i].decides &&
                 shim_plan_unreachable(plan, &plan->board->masters[i]) != 0;
    return count;
}

static uint64_t contents(const struct shim_plan *plan)
{
    uint64_t bytes = DOM0_TREE;

    for (uint32_t i = 0; i < plan->module_count; i++)
        if (plan->modules[i].kind == SHIM_MODULE_KERNEL ||
            plan->modules[i].kind == SHIM_MODULE_RAMDISK)
            bytes += plan->modules[i].room;
    return bytes;
}

void shim_take_banks(struct shim_plan *plan, const struct shim_nearest *from)
{
    plan->banked = from->bank_count > 1;
    plan->block_count = plan->banked ? from->bank_count : 0;
    memcpy(plan->blocks, from->banks, from->bank_count * sizeof(*from->banks));
    plan->dom0.base = from->banks[0].base;
    plan->machine_base = from->banks[0].base;
}

static struct rating rate(struct shim_plan *plan, const struct shim_nearest *way)
{
    shim_take_banks(plan, way);
    return (struct rating){ .unserved = shim_xen_unserved(plan),
                            .cramped = way->banks[0].size < contents(plan),
                            .base = way->banks[0].base,
                            .pages = plan->xen->steering.plug_count,
                            .banks = way->bank_count };
}

/* ---- one way ------------------------------------------------------------------------------ */

/* Much for a stack. */
struct search {
    struct shim_plan *plan;
    struct shim_nearest *found;
    struct rating best;
    bool any;
    struct shim_within all;
    struct shim_ranges within;   /* of it, what is tried */
    struct shim_nearest way;     /* that is tried */
};

static void take_if_better(struct search *search)
{
    struct rating rating = rate(search->plan, &search->way);

    if (search->any && !is_better(&rating, &search->best))
        return;
    search->any = true;
    search->best = rating;
    *search->found = search->way;
    search->found->base = search->way.banks[0].base;
    search->found->unserved = rating.unserved;
    search->found->cramped = rating.cramped;
}

/* What an attempt leaves in the arena is not used. */
static void try_way(struct search *search, uint64_t modules, bool keep, bool fenced)
{
    struct shim_plan *plan = search->plan;
    struct shim_arena before = *plan->arena;
    struct shim_ranges banks = { search->way.banks, 0, SHIM_BLOCKS_MAX };
    struct shim_attempt *attempt = shim_alloc(plan->arena, 1, sizeof(*attempt));

    search->way.modules = modules;
    search->way.keep = keep;
    search->way.fenced = fenced;
    if (attempt && shim_attempt_banks(attempt, plan, &search->within, &search->way, &banks)) {
        search->way.bank_count = banks.count;
        take_if_better(search);
    }
    before.full = plan->arena->full;
    *plan->arena = before;
}

/* ---- all of them ---------------------------------------------------------------------------- */

static uint64_t all_modules(const struct shim_plan *plan)
{
    uint64_t bytes = 0;

    for (uint32_t i = 0; i < plan->module_count; i++)
        bytes += shim_align_up(plan->modules[i].room, SHIM_XEN_PLACE_ALIGNMENT);
    return bytes + SHIM_XEN_PLACE_ALIGNMENT;
}

/* As high as they fit below the end. */
static uint64_t top_of(const struct shim_ranges *free, uint64_t end, uint64_t bytes)
{
    for (uint32_t i = free->count; i-- > 0;) {
        uint64_t top = shim_range_end(free->at[i]) < end ? shim_range_end(free->at[i]) : end;

        if (free->at[i].base < top && top - free->at[i].base >= bytes)
            return shim_align_down(top - bytes, SHIM_XEN_PLACE_ALIGNMENT);
    }
    return 0;
}

static uint64_t smallest_that_holds(const struct shim_ranges *free, uint64_t bytes)
{
    const struct shim_range *found = NULL;

    for (uint32_t i = 0; i < free->count; i++)
        if (free->at[i].size >= bytes && (!found || free->at[i].size < found->size))
            found = &free->at[i];
    return found ? found->base : 0;
}

static bool any_present(const struct shim_plan *plan)
{
    bool present = false;

    for (uint32_t i = 0; i < plan->module_count; i++)
        present = present || plan->modules[i].present;
    return present;
}

/* The modules where they are, or at either end of what is free, or where they take least. */
static void try_ways(struct search *search)
{
    const struct shim_ranges *free = &search->all.free;
    uint64_t bytes = all_modules(search->plan);
    const uint64_t places[] = { top_of(free, UINT64_MAX, bytes), top_of(free, LOW_END, bytes),
                                smallest_that_holds(free, bytes), 0 };

    for (unsigned i = 0; i < 4 * sizeof(places) / sizeof(places[0]); i++)
        if (i % 2 == 0 || any_present(search->plan))
            try_way(search, places[i / 4], i % 2 == 0, i % 4 > 1);
}

/* Of the windows none is spared, or a few of the narrowest, or all. */
static uint32_t spared_next(uint32_t spared, uint32_t count)
{
    return spared + 1 > WINDOWS_SPARED ? count : spared + 1;
}

static bool search_banks(struct search *search)
{
    uint32_t count, spared = 0;

    if (!shim_within_start(&search->all, search->plan))
        return false;
    count = search->all.count;
    while (shim_within_reach(&search->all, search->plan, spared, &search->within)) {
        search->way.spared = spared;
        try_ways(search);
        if (search->any || spared == count)
            return search->any;
        spared = spared_next(spared, count);
    }
    return false;
}

bool shim_xen_find_banks(struct shim_plan *plan, struct shim_nearest *found)
{
    struct search *search = shim_alloc(plan->arena, 1, sizeof(*search));
    bool any;

    if (!search)
        return false;
    *search = (struct search){ .plan = plan, .found = found };
    any = search_banks(search);
    plan->banked = false;
    plan->block_count = 0;
    return any;
}

static bool is_found(const struct shim_ranges *banks, const struct shim_nearest *way)
{
    return banks->count == way->bank_count &&
           !memcmp(banks->at, way->banks, banks->count * sizeof(*banks->at));
}

bool shim_xen_place_banks(struct shim_plan *plan, const char **why)
{
    struct shim_attempt *attempt = shim_alloc(plan->arena, 1, sizeof(*attempt));
    struct shim_within *all = shim_alloc(plan->arena, 1, sizeof(*all));
    struct shim_ranges within, banks;
    bool placed = attempt && all && shim_ranges_init(&banks, plan->arena, SHIM_BLOCKS_MAX) &&
                  shim_within_start(all, plan) &&
                  shim_within_reach(all, plan, plan->nearest->spared, &within);

    if (!placed) {
        plan->arena->full = true;
        return false;
    }
    placed = shim_attempt_banks(attempt, plan, &within, plan->nearest, &banks);
    *why = attempt->why;
    return placed && is_found(&banks, plan->nearest);
}
