// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Xen's own small allocations take the smallest buddies of the highest zone, size by size. Each
 * page that is kept away makes a dozen of those: what surely goes is cut off in one pass.
 */
#include "shim/xen/heap.h"

#include "shim/model/pages.h"

/* Of the zone from `low` on. */
struct fragments {
    uint64_t low;
    uint64_t bytes[SHIM_PAGE_BITS + SHIM_MAX_ORDER + 1]; /* all buddies of an order, */
    unsigned most;                                       /* up to this one */
};

/*
 * Of a size of which one meets what is to be spared, if anything is, none is sure, nor of larger
 * ones.
 */
static void count_one(struct fragments *all, uint64_t base, unsigned order,
                      const struct shim_ranges *spared)
{
    struct shim_range buddy = { base, (uint64_t)1 << order };

    if (spared && shim_ranges_meeting(spared, buddy))
        all->most = order - 1;
    else
        all->bytes[order] += buddy.size;
}

/* They grow from both ends to the middle. */
static void count_in(struct fragments *all, struct shim_range range,
                     const struct shim_ranges *spared)
{
    uint64_t base = range.base > all->low ? range.base : all->low;
    uint64_t end = shim_align_down(shim_range_end(range), SHIM_PAGE);
    unsigned order;

    base = shim_align_up(base, SHIM_PAGE);
    while (base < end && (order = shim_xen_order_at(base, end - base)) <= all->most) {
        count_one(all, base, order, spared);
        base += (uint64_t)1 << order;
    }
    while (base < end && (order = shim_xen_order_at(end, end - base)) <= all->most) {
        end -= (uint64_t)1 << order;
        count_one(all, end, order, spared);
    }
}

/* Those that are smaller than `size` go. */
static void cut(struct shim_ranges *heap, uint64_t low, uint64_t size)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < heap->count; i++) {
        uint64_t base = heap->at[i].base, end = shim_range_end(heap->at[i]);

        if (base >= low)
            base = shim_align_up(base, size);
        if (end > low)
            end = shim_align_down(end, size) > low ? shim_align_down(end, size) : low;
        if (base < end)
            heap->at[count++] = (struct shim_range){ base, end - base };
    }
    heap->count = count;
}

/* One of that size at the end of a range, if there is; what is smaller goes anyway. */
static bool take_end(struct shim_range *range, uint64_t low, unsigned order)
{
    uint64_t size = (uint64_t)1 << order, base = range->base > low ? range->base : low;
    uint64_t end = shim_align_down(shim_range_end(*range), size);

    base = shim_align_up(base, size);
    if (base >= end || shim_xen_order_at(end, end - base) != order)
        return false;
    range->size = end - size - range->base;
    return true;
}

static bool take_start(struct shim_range *range, uint64_t low, unsigned order)
{
    uint64_t size = (uint64_t)1 << order, base = shim_align_up(range->base, size);
    uint64_t end = shim_align_down(shim_range_end(*range), size);

    if (range->base < low || base >= end || shim_xen_order_at(base, end - base) != order)
        return false;
    *range = (struct shim_range){ base + size, shim_range_end(*range) - base - size };
    return true;
}

/* Of those of a size, which are at the ends of ranges, the last ones go, as many as are needed. */
static void take_last(struct shim_ranges *heap, uint64_t low, unsigned order, uint64_t *left)
{
    uint64_t size = (uint64_t)1 << order;

    for (uint32_t i = heap->count; i-- > 0 && *left >= size && shim_range_end(heap->at[i]) > low;) {
        if (take_end(&heap->at[i], low, order))
            *left -= size;
        if (*left >= size && heap->at[i].size && take_start(&heap->at[i], low, order))
            *left -= size;
    }
}

void shim_xen_take_fragments(struct shim_ranges *heap, const struct shim_ranges *spared,
                             uint64_t *left)
{
    struct fragments all = { .low = 0 };
    unsigned order = SHIM_PAGE_BITS;

    if (!heap->count || *left < SHIM_PAGE)
        return;
    all.low = (uint64_t)1 << shim_floor_log2(shim_range_end(heap->at[heap->count - 1]) - 1);
    all.most = shim_xen_order_at(0, *left);
    for (uint32_t i = 0; i < heap->count && all.most >= SHIM_PAGE_BITS; i++)
        if (shim_range_end(heap->at[i]) > all.low)
            count_in(&all, heap->at[i],
                     shim_ranges_meeting(spared, heap->at[i]) ? spared : NULL);
    for (; order <= all.most && all.bytes[order] <= *left; order++)
        *left -= all.bytes[order];
    if (spared->count && order <= all.most)
        take_last(heap, all.low, order, left);
    cut(heap, all.low, (uint64_t)1 << order);
}
