// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/base/range.h"

#include "shim/base/mem.h"
#include "shim/base/span.h"

struct shim_range shim_range_common(struct shim_range a, struct shim_range b)
{
    uint64_t base = a.base > b.base ? a.base : b.base;
    uint64_t end = shim_range_end(a) < shim_range_end(b) ? shim_range_end(a) : shim_range_end(b);

    return (struct shim_range){ base, end > base ? end - base : 0 };
}

bool shim_ranges_init(struct shim_ranges *set, struct shim_arena *arena, uint32_t capacity)
{
    *set = (struct shim_ranges){ .capacity = capacity };
    set->at = shim_alloc(arena, capacity, sizeof(*set->at));
    return set->at != NULL;
}

bool shim_ranges_copy(struct shim_ranges *set, const struct shim_ranges *from,
                      struct shim_arena *arena, uint32_t spare)
{
    if (!shim_ranges_init(set, arena, from->count + spare))
        return false;
    memcpy(set->at, from->at, from->count * sizeof(*set->at));
    set->count = from->count;
    return true;
}

/* Index of the first range that ends at or behind `address`. */
static uint32_t first_reaching(const struct shim_ranges *set, uint64_t address)
{
    uint32_t low = 0, high = set->count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (shim_range_end(set->at[middle]) < address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Puts `count` new ranges in the place of [from, to). */
static bool replace(struct shim_ranges *set, uint32_t from, uint32_t to,
                    const struct shim_range *with, uint32_t count)
{
    if (set->count - (to - from) + count > set->capacity)
        return false;
    if (count != to - from)
        memmove(set->at + from + count, set->at + to, (set->count - to) * sizeof(*set->at));
    for (uint32_t i = 0; i < count; i++) /* two at most */
        set->at[from + i] = with[i];
    set->count = set->count - (to - from) + count;
    return true;
}

bool shim_ranges_add(struct shim_ranges *set, struct shim_range range)
{
    uint64_t end = shim_range_end(range);
    uint32_t from = first_reaching(set, range.base);
    uint32_t to = from;

    if (!range.size)
        return true;
    while (to < set->count && set->at[to].base <= end) {
        if (set->at[to].base < range.base)
            range.base = set->at[to].base;
        if (shim_range_end(set->at[to]) > end)
            end = shim_range_end(set->at[to]);
        to++;
    }
    range.size = end - range.base;
    return replace(set, from, to, &range, 1);
}

bool shim_ranges_remove(struct shim_ranges *set, struct shim_range range)
{
    uint64_t end = shim_range_end(range);
    uint32_t from = first_reaching(set, range.base + 1);
    uint32_t to = from;
    struct shim_range rest[2];
    uint32_t count = 0;

    if (!range.size)
        return true;
    while (to < set->count && set->at[to].base < end)
        to++;
    if (from == to)
        return true;
    if (set->at[from].base < range.base)
        rest[count++] = (struct shim_range){ set->at[from].base, range.base - set->at[from].base };
    if (shim_range_end(set->at[to - 1]) > end)
        rest[count++] = (struct shim_range){ end, shim_range_end(set->at[to - 1]) - end };
    return replace(set, from, to, rest, count);
}

/* ---- many at once ---------------------------------------------------------------- */

bool shim_ranges_collect(struct shim_ranges *set, struct shim_range range)
{
    if (!range.size)
        return true;
    if (set->count == set->capacity)
        return false;
    set->at[set->count++] = range;
    return true;
}

static bool in_order(const struct shim_ranges *set)
{
    for (uint32_t i = 1; i < set->count; i++)
        if (set->at[i].base < set->at[i - 1].base)
            return false;
    return true;
}

/* Moves the range at `at` down to its place in a heap of `count`, the highest on top. */
static void sink(struct shim_range *heap, uint32_t at, uint32_t count)
{
    struct shim_range range = heap[at];

    for (uint32_t child = 2 * at + 1; child < count; child = 2 * at + 1) {
        if (child + 1 < count && heap[child].base < heap[child + 1].base)
            child++;
        if (heap[child].base <= range.base)
            break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = range;
}

/* Heapsort: in place, and never worse than n log n. */
static void sort(struct shim_range *at, uint32_t count)
{
    for (uint32_t i = count / 2; i > 0; i--)
        sink(at, i - 1, count);
    for (uint32_t last = count; last > 1; last--) {
        struct shim_range highest = at[0];

        at[0] = at[last - 1];
        at[last - 1] = highest;
        sink(at, 0, last - 1);
    }
}

void shim_ranges_settle(struct shim_ranges *set)
{
    uint32_t count = set->count, last = 0;

    if (!in_order(set))
        sort(set->at, count);
    for (uint32_t i = 1; i < count; i++) {
        uint64_t end = shim_range_end(set->at[last]);

        if (set->at[i].base > end)
            set->at[++last] = set->at[i];
        else if (shim_range_end(set->at[i]) > end)
            set->at[last].size = shim_range_end(set->at[i]) - set->at[last].base;
    }
    set->count = count ? last + 1 : 0;
}

/* What is left of `range`, whose first bytes lie at or above all that was put before. */
static void put_rest(struct shim_ranges *set, struct shim_range range,
                     const struct shim_ranges *others, uint32_t *next)
{
    uint64_t end = shim_range_end(range);

    while (*next < others->count && shim_range_end(others->at[*next]) <= range.base)
        ++*next;
    for (uint32_t i = *next; i < others->count && others->at[i].base < end; i++) {
        if (others->at[i].base > range.base)
            set->at[set->count++] =
                (struct shim_range){ range.base, others->at[i].base - range.base };
        range.base = shim_range_end(others->at[i]);
    }
    if (range.base < end)
        set->at[set->count++] = (struct shim_range){ range.base, end - range.base };
}

bool shim_ranges_remove_all(struct shim_ranges *set, const struct shim_ranges *others)
{
    uint32_t count = set->count, next = 0;
    struct shim_range *old = set->at + set->capacity - count;

    if (set->capacity - count < others->count)
        return false;
    memmove(old, set->at, count * sizeof(*old)); /* each of the others makes one more at most */
    set->count = 0;
    for (uint32_t i = 0; i < count; i++)
        put_rest(set, old[i], others, &next);
    return true;
}

/* ---- look-ups ------------------------------------------------------------------------ */

const struct shim_range *shim_ranges_meeting(const struct shim_ranges *set,
                                             struct shim_range range)
{
    uint32_t i = first_reaching(set, range.base + 1);

    if (i < set->count && shim_range_overlaps(set->at[i], range))
        return &set->at[i];
    return NULL;
}

const struct shim_range *shim_ranges_holding(const struct shim_ranges *set,
                                             struct shim_range inner)
{
    const struct shim_range *range = shim_ranges_meeting(set, inner);

    return range && shim_range_contains(*range, inner) ? range : NULL;
}

uint64_t shim_ranges_total(const struct shim_ranges *set)
{
    uint64_t total = 0;

    for (uint32_t i = 0; i < set->count; i++)
        total += set->at[i].size;
    return total;
}

bool shim_ranges_fit(const struct shim_ranges *set, uint64_t from, uint64_t size,
                     uint64_t align, uint64_t *base)
{
    for (uint32_t i = first_reaching(set, from); i < set->count; i++) {
        uint64_t end = shim_range_end(set->at[i]);
        uint64_t low = set->at[i].base > from ? set->at[i].base : from;
        uint64_t place = shim_align_up(low, align);

        if (place >= low && place < end && end - place >= size) {
            *base = place;
            return true;
        }
    }
    return false;
}
