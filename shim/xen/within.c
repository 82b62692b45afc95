// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/xen/within.h"

#include "shim/base/mem.h"
#include "shim/plan/block.h"

#define PAGE ((uint64_t)4096)

/* ---- the windows that limit it ---------------------------------------------------- */

static uint64_t unreached(const struct shim_ranges *free, const struct shim_window *window)
{
    uint64_t bytes = 0;

    for (uint32_t i = 0; i < free->count; i++)
        bytes += shim_window_misses(window, free->at[i]);
    return bytes;
}

/* In ascending order of what they do not reach. */
static void add_window(struct shim_within *within, uint64_t *missed,
                       const struct shim_window *window)
{
    uint64_t bytes = unreached(&within->free, window);
    uint32_t at = within->count;

    if (!bytes || at == SHIM_WITHIN_MOST)
        return;
    for (; at && missed[at - 1] > bytes; at--) {
        missed[at] = missed[at - 1];
        within->windows[at] = within->windows[at - 1];
    }
    missed[at] = bytes;
    within->windows[at] = window;
    within->count++;
}

static bool add_windows(struct shim_within *within, struct shim_plan *plan)
{
    const struct shim_board *board = plan->board;
    uint64_t *missed = shim_alloc(plan->arena, SHIM_WITHIN_MOST, sizeof(*missed));
    uint8_t *known = shim_alloc(plan->arena, board->window_count + 1, 1);

    if (!missed || !known)
        return false;
    memset(known, 0, board->window_count + 1);
    for (uint32_t i = 0; i < board->master_count; i++) {
        uint32_t index = board->masters[i].window;

        if (known[index] || !board->masters[i].decides || !board->windows[index].count)
            continue;
        add_window(within, missed, &board->windows[index]);
        known[index] = 1;
    }
    return true;
}

bool shim_within_start(struct shim_within *within, struct shim_plan *plan)
{
    *within = (struct shim_within){ .count = 0 };
    return shim_find_free(plan, &within->free) &&
           shim_ranges_remove(&within->free, (struct shim_range){ 0, PAGE }) &&
           shim_ranges_remove(&within->free, (struct shim_range){
                   plan->guest_limit, UINT64_MAX - plan->guest_limit }) &&
           add_windows(within, plan);
}

/* ---- what they reach ------------------------------------------------------------------ */

/* What both have; false: the arena is full. */
static bool common(struct shim_ranges *set, const struct shim_ranges *a,
                   const struct shim_ranges *b, struct shim_arena *arena)
{
    uint32_t i = 0, k = 0;

    if (!shim_ranges_init(set, arena, a->count + b->count))
        return false;
    while (i < a->count && k < b->count) {
        struct shim_range both = shim_range_common(a->at[i], b->at[k]);

        if (both.size)
            shim_ranges_collect(set, both);
        if (shim_range_end(a->at[i]) < shim_range_end(b->at[k]))
            i++;
        else
            k++;
    }
    shim_ranges_settle(set);
    return true;
}

bool shim_within_reach(const struct shim_within *within, struct shim_plan *plan, uint32_t spared,
                       struct shim_ranges *set)
{
    *set = within->free;
    for (uint32_t i = 0; i + spared < within->count; i++) {
        struct shim_ranges less;

        if (!common(&less, set, &within->windows[i]->reached, plan->arena))
            return false;
        if (shim_ranges_total(&less) >= plan->dom0.size)
            *set = less;
    }
    return true;
}
