// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Dom0's memory in several banks: whatever Xen takes, if it is the same each time. */
#include "shim/base/mem.h"
#include "shim/model/pages.h"
#include "shim/model/release.h"
#include "shim/xen/attempt.h"

#define LARGEST_PIECE ((uint64_t)1 << 30) /* MAX_ORDER */

static bool place_all(struct shim_attempt *attempt)
{
    struct shim_module *module = shim_first_unplaced(attempt->plan);

    for (; module; module = shim_first_unplaced(attempt->plan))
        if (!shim_attempt_place(attempt, module))
            return false;
    return true;
}

static bool is_same(const struct shim_ranges *a, const struct shim_ranges *b)
{
    return a->count == b->count && !memcmp(a->at, b->at, a->count * sizeof(*a->at));
}

/* How much Xen has taken for itself before varies. */
static bool is_steady(struct shim_attempt *attempt, const struct shim_ranges *banks)
{
    struct shim_arena before = attempt->arena;
    struct shim_ranges other;
    bool same;

    if (!shim_ranges_init(&other, &attempt->arena, banks->capacity)) {
        attempt->plan->arena->full = true;
        return false;
    }
    same = shim_attempt_forecast(attempt, &other, true).kind == SHIM_OUTCOME_BLOCK &&
           is_same(&other, banks);
    attempt->arena = before;
    return same;
}

static bool steer(struct shim_attempt *attempt, struct shim_ranges *banks)
{
    struct shim_outcome next = shim_attempt_forecast(attempt, banks, false);

    while (next.kind == SHIM_OUTCOME_RIVAL) {
        if (!shim_attempt_plug_all(attempt, next.rival))
            return false;
        next = shim_attempt_forecast(attempt, banks, false);
    }
    attempt->why = next.why;
    return next.kind == SHIM_OUTCOME_BLOCK && is_steady(attempt, banks);
}

/*
 * So many that Xen does not come to dom0 (find_fragments() of the model), whatever is put where:
 * plugs make more of them, and each of the forecasts walks over all.
 */
static bool has_too_many_pieces(const struct shim_attempt *attempt)
{
    return attempt->heap.count > SHIM_XEN_FRAGMENTS_MAX + SHIM_FORECAST_SPARE / 2;
}

/* The lowest piece of the size that Xen looks for first. */
static void fence_first(struct shim_attempt *attempt)
{
    uint64_t size = (uint64_t)1 << shim_floor_log2(attempt->plan->dom0.size);

    if (size > LARGEST_PIECE)
        size = LARGEST_PIECE;
    for (uint32_t i = 0; i < attempt->within.count; i++) {
        struct shim_range piece = { shim_align_up(attempt->within.at[i].base, size), size };

        if (shim_range_contains(attempt->within.at[i], piece) &&
            shim_ranges_holding(&attempt->free, piece)) {
            shim_attempt_fence(attempt, piece);
            return;
        }
    }
}

bool shim_attempt_banks(struct shim_attempt *attempt, struct shim_plan *plan,
                        const struct shim_ranges *within, const struct shim_nearest *way,
                        struct shim_ranges *banks)
{
    if (!shim_attempt_begin(attempt, plan))
        return false;
    attempt->within = *within;
    attempt->banked = true;
    attempt->next = way->modules;
    if (way->keep)
        shim_attempt_keep(attempt);
    if (!place_all(attempt) || has_too_many_pieces(attempt))
        return false;
    if (way->fenced)
        fence_first(attempt);
    return steer(attempt, banks);
}
