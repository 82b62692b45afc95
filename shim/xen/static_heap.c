// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Where placing alone does not lead Xen to dom0's block: its heap is restricted. */
#include "shim/xen/attempt.h"
#include "shim/xen/boot.h"
#include "shim/xen/heap.h"
#include "shim/xen/plan.h"

#define PAGE ((uint64_t)4096)
#define MIB ((uint64_t)1 << 20)

/* What Xen's static heap gets in addition to dom0's block and the frame table. */
#define SCRATCH_MOST (512 * MIB)
#define SCRATCH_LEAST (32 * MIB)

#define LEAST_PAGE_INFO ((uint64_t)28) /* half of sizeof(struct page_info) in 4.17 */

/* The top of the highest free RAM: Xen's boot allocator starts there. */
static bool scratch_at_top(const struct shim_attempt *attempt, uint64_t size,
                           struct shim_range *scratch)
{
    for (uint32_t i = attempt->free.count; i-- > 0;) {
        struct shim_range range = attempt->free.at[i];

        if (range.size < size)
            continue;
        *scratch = (struct shim_range){
            shim_align_down(shim_range_end(range) - size, SHIM_XEN_PLACE_ALIGNMENT), size };
        if (scratch->base >= range.base)
            return true;
    }
    return false;
}

/* Of the `total` bytes that Xen could have had. */
static bool restrict_to(struct shim_attempt *attempt, struct shim_range scratch, uint64_t total)
{
    struct shim_range block = shim_plan_machine_block(attempt->plan);

    attempt->plan->xen->steering.cost = total - block.size - scratch.size;
    attempt->static_heap = true;
    attempt->heap.count = 0;
    return shim_ranges_add(&attempt->heap, block) && shim_ranges_add(&attempt->heap, scratch) &&
           shim_ranges_remove(&attempt->free, scratch);
}

/* What is left of block and scratch between the gaps becomes the static heap. */
static bool take_heap(struct shim_attempt *attempt)
{
    struct shim_steering *steering = &attempt->plan->xen->steering;

    if (attempt->heap.count > SHIM_HEAP_MAX)
        return false;
    for (uint32_t i = 0; i < attempt->heap.count; i++)
        steering->heap[i] = attempt->heap.at[i];
    steering->heap_count = attempt->heap.count;
    steering->plug_count = 0;
    return true;
}

/* May Xen find a second piece of the domain's size in the scratch region, below `top` bytes? */
static bool holds_rival(const struct shim_plan *plan, struct shim_range scratch, uint64_t top)
{
    uint64_t piece = shim_align_up(scratch.base, plan->dom0.size) + plan->dom0.size;

    return piece <= shim_range_end(scratch) - (top < scratch.size ? top : scratch.size);
}

/* `top` bytes at the end of the scratch region are relied on to be Xen's own. */
static bool try_static_heap(struct shim_attempt *attempt, struct shim_plan *plan, uint64_t size,
                            uint64_t top, bool keep)
{
    struct shim_range scratch;
    uint64_t total;

    if (!shim_attempt_start(attempt, plan))
        return false;
    total = shim_ranges_total(&attempt->heap);
    if (keep)
        shim_attempt_keep(attempt);
    if (!scratch_at_top(attempt, size, &scratch)) {
        attempt->why = "no free RAM is left for Xen's own memory";
        return false;
    }
    if (plan->domain && holds_rival(plan, scratch, top)) {
        attempt->why = "Xen's own memory, with its frame table, would be as large as the domain's";
        return false;
    }
    return restrict_to(attempt, scratch, total) && shim_attempt_steer(attempt) &&
           take_heap(attempt);
}

static bool try_heaps(struct shim_attempt *attempt, struct shim_plan *plan, uint64_t top)
{
    uint64_t table = shim_xen_frame_table(&plan->board->ram, shim_xen_is_32(plan));
    bool found = false;

    for (uint64_t size = SCRATCH_MOST; size >= SCRATCH_LEAST && !found; size /= 2)
        found = try_static_heap(attempt, plan, table + size, top, true) ||
                (!plan->domain && try_static_heap(attempt, plan, table + size, top, false));
    return found;
}

/* The larger the scratch region the less RAM Xen loses. Keeps why placement failed. */
bool shim_attempt_heap(struct shim_attempt *attempt, struct shim_plan *plan)
{
    const char *why = attempt->why;
    bool found = try_heaps(attempt, plan, 0);

    attempt->why = why;
    return found;
}

/*
 * A domain's scratch region must hold no second piece of the domain's size. Where
 * much RAM makes it so large that it would, the frame table at its top is counted:
 * half of what 4.17 needs, since another Xen may need less.
 */
bool shim_attempt_heap_for_domain(struct shim_attempt *attempt, struct shim_plan *plan)
{
    uint64_t table = shim_ranges_total(&plan->board->ram) / PAGE * LEAST_PAGE_INFO;

    return try_heaps(attempt, plan, 0) || try_heaps(attempt, plan, table);
}
