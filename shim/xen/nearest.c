// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Xen composes dom0's memory of aligned powers of two of at least 4 MiB, and looks for the
 * small ones last (allocate_memory_11(), 4.17 to 4.22). So the coarser a block's start is,
 * the less it takes to leave Xen no other: multiples of its largest piece or of 64 MiB
 * are all looked at, of the finer ones the first in each free range, and in each range that
 * all DMA windows reach.
 */
#include "shim/xen/nearest.h"

#include "shim/base/mem.h"
#include "shim/base/span.h"
#include "shim/board/dma_parent.h"
#include "shim/plan/memory.h"
#include "shim/xen/banks.h"
#include "shim/xen/hopeless.h"
#include "shim/xen/memory.h"
#include "shim/xen/modules.h"
#include "shim/xen/place.h"
#include "shim/xen/within.h"

#define MIB ((uint64_t)1 << 20)
#define FINEST (2 * MIB) /* an arm64 Image starts at multiples of it */
#define COARSEST (64 * MIB)
#define LEAST_DOM0 (64 * MIB) /* less is not worth naming */

enum { PLACES_MAX = 128 };

struct place {
    uint64_t base;
    uint32_t unserved;
};

/* In ascending order. */
struct places {
    struct shim_plan *plan;
    struct place *at;
    uint32_t count;
    uint64_t lowest; /* of any memory that dom0 might get */
    struct shim_ranges free; /* all of that */
};

/* ---- which there are ------------------------------------------------------------- */

static uint64_t largest_power(uint64_t size)
{
    return (uint64_t)1 << (63 - __builtin_clzll(size));
}

static uint64_t coarse_step(uint64_t size)
{
    uint64_t step = largest_power(size);

    return step < FINEST ? FINEST : step < COARSEST ? step : COARSEST;
}

static bool holds(const struct shim_plan *plan, struct shim_range range, uint64_t base)
{
    uint64_t end = shim_range_end(range) < plan->guest_limit ? shim_range_end(range)
                                                             : plan->guest_limit;

    return base >= range.base && base < end && plan->dom0.size <= end - base;
}

static void add(struct places *places, struct shim_range range, uint64_t base)
{
    uint32_t i = places->count;

    if (i == PLACES_MAX || !holds(places->plan, range, base))
        return;
    while (i && places->at[i - 1].base > base)
        i--;
    if (i && places->at[i - 1].base == base)
        return;
    memmove(places->at + i + 1, places->at + i, (places->count++ - i) * sizeof(*places->at));
    places->at[i] = (struct place){ .base = base };
}

static void add_range(struct places *places, struct shim_range range, uint32_t most)
{
    uint64_t step = FINEST, coarse = coarse_step(places->plan->dom0.size);

    for (; step < coarse; step *= 2)
        add(places, range, shim_align_up(range.base, step));
    for (uint64_t base = shim_align_up(range.base, coarse);
         places->count < most && holds(places->plan, range, base); base += coarse)
        add(places, range, base);
}

static void add_ranges(struct places *places, const struct shim_ranges *ranges, uint32_t most)
{
    for (uint32_t i = 0; i < ranges->count && places->count < most; i++)
        add_range(places, ranges->at[i], most);
}

/* Those that all windows reach come first: of the others there may be too many. */
static bool collect(struct places *places, struct shim_plan *plan)
{
    struct shim_within *within = shim_alloc(plan->arena, 1, sizeof(*within));
    struct shim_ranges reached;

    *places = (struct places){ .plan = plan };
    places->at = shim_alloc(plan->arena, PLACES_MAX, sizeof(*places->at));
    if (!places->at || !within || !shim_within_start(within, plan) ||
        !shim_within_reach(within, plan, 0, &reached))
        return false;
    if (within->free.count)
        places->lowest = shim_align_up(within->free.at[0].base, FINEST);
    places->free = within->free;
    if (within->count)
        add_ranges(places, &reached, PLACES_MAX / 2);
    add_ranges(places, &within->free, PLACES_MAX);
    return true;
}

/* ---- how good they are ---------------------------------------------------------------- */

static void take(struct shim_plan *plan, uint64_t base)
{
    plan->dom0.base = base;
    plan->machine_base = base;
}

static void rate(struct places *places)
{
    for (uint32_t i = 0; i < places->count; i++) {
        take(places->plan, places->at[i].base);
        places->at[i].unserved = shim_xen_unserved(places->plan);
    }
}

/* What an attempt leaves in the arena is not used. */
static bool can_be_had(struct shim_plan *plan, uint64_t base, bool by_heap)
{
    struct shim_arena start = *plan->arena;
    bool found;

    take(plan, base);
    found = shim_xen_can_place(plan, by_heap);
    start.full = plan->arena->full;
    *plan->arena = start;
    return found && !start.full;
}

/* ---- the choice ----------------------------------------------------------------------- */

static uint32_t least_unserved(const struct places *places, uint32_t from)
{
    uint32_t least = UINT32_MAX;

    for (uint32_t i = 0; i < places->count; i++)
        if (places->at[i].unserved >= from && places->at[i].unserved < least)
            least = places->at[i].unserved;
    return least;
}

/* Without trying. */
static bool may_be_had(const struct places *places, uint32_t i, bool by_heap)
{
    struct shim_range block = { places->at[i].base, places->plan->dom0.size };

    return by_heap || !shim_is_hopeless(places->plan, &places->free, block);
}

static const struct place *first_to_be_had(const struct places *places, uint32_t level,
                                           bool by_heap)
{
    for (uint32_t i = 0; i < places->count; i++)
        if (places->at[i].unserved == level && may_be_had(places, i, by_heap) &&
            can_be_had(places->plan, places->at[i].base, by_heap))
            return &places->at[i];
    return NULL;
}

/* Steered to without a static heap, or with one. */
static const struct place *choose(struct places *places, bool by_heap)
{
    const struct place *found = NULL;
    uint32_t level = least_unserved(places, 0);

    for (; !found && level != UINT32_MAX; level = least_unserved(places, level + 1))
        found = first_to_be_had(places, level, by_heap);
    return found;
}

static void take_place(struct shim_nearest *found, const struct place *place, bool by_heap)
{
    *found = (struct shim_nearest){ .base = place->base, .unserved = place->unserved,
                                    .by_heap = by_heap };
}

/* The native base may be had with less memory. */
static uint64_t native_size(struct shim_plan *plan)
{
    struct shim_range asked = plan->dom0;
    uint64_t size = largest_power(asked.size), found = 0;

    for (; !found && size >= LEAST_DOM0; size /= 2) {
        struct shim_range block = { plan->board->ram.at[0].base, size };

        if (size == asked.size || !block.base || !shim_ranges_holding(&plan->board->ram, block) ||
            shim_ranges_meeting(&plan->board->reserved, block) ||
            shim_ranges_meeting(&plan->devices, block))
            continue;
        plan->dom0.size = size;
        if (can_be_had(plan, block.base, false))
            found = size;
    }
    plan->dom0.size = asked.size;
    return found;
}

/* Of two that serve as many the lower one, and one block rather than several banks. */
static bool is_better(const struct place *block, const struct shim_nearest *banks)
{
    if (block->unserved != banks->unserved)
        return block->unserved < banks->unserved;
    return block->base <= banks->base || banks->cramped;
}

/* Nothing is lower, and nothing serves more. */
static bool is_best(const struct places *places, const struct place *place)
{
    return place->base <= places->lowest && !place->unserved;
}

/* A static heap takes from Xen whatever is not in it: nothing else must be possible. */
static bool find_any(struct places *places, struct shim_nearest *found)
{
    const struct place *place = choose(places, false);
    bool banks = !(place && is_best(places, place)) &&
                 shim_xen_find_banks(places->plan, found);

    if (place && !(banks && !is_better(place, found)))
        take_place(found, place, false);
    if (place || banks)
        return true;
    place = choose(places, true);
    if (place)
        take_place(found, place, true);
    return place != NULL;
}

static bool find(struct shim_plan *plan, struct shim_nearest *found)
{
    struct places places;
    bool any;

    if (!collect(&places, plan)) {
        plan->arena->full = true;
        return false;
    }
    rate(&places);
    any = find_any(&places, found);
    if (any)
        found->native_size = native_size(plan);
    return any;
}

enum shim_code shim_xen_nearest(struct shim_plan *plan, bool *any, struct shim_nearest *found,
                                struct shim_error *error)
{
    enum shim_code code = shim_xen_size(plan, error);

    if (!code)
        code = shim_pass_modules(plan, error);
    *any = !code && find(plan, found);
    return code;
}
