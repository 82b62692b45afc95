/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Sets of addresses as sorted, disjoint, non-touching ranges in an array of
 * fixed capacity that the caller provides. None of them is empty.
 */
#ifndef DTSHIM_BASE_RANGE_H
#define DTSHIM_BASE_RANGE_H

#include <stdbool.h>

#include <dtshim/arena.h>
#include <dtshim/range.h>

struct shim_ranges {
    struct shim_range *at;
    uint32_t count;
    uint32_t capacity;
};

static inline uint64_t shim_range_end(struct shim_range range)
{
    return range.base + range.size;
}

static inline bool shim_range_wraps(struct shim_range range)
{
    return range.size > UINT64_MAX - range.base;
}

static inline bool shim_range_overlaps(struct shim_range a, struct shim_range b)
{
    return a.base < shim_range_end(b) && b.base < shim_range_end(a);
}

/* What two ranges have in common; size 0: nothing. */
struct shim_range shim_range_common(struct shim_range a, struct shim_range b);

static inline bool shim_range_contains(struct shim_range outer, struct shim_range inner)
{
    return outer.base <= inner.base && shim_range_end(inner) <= shim_range_end(outer);
}

/* An empty set for at most `capacity` ranges; false when the arena is full. */
bool shim_ranges_init(struct shim_ranges *set, struct shim_arena *arena, uint32_t capacity);

/* A copy with `spare` more places than `from` has ranges; false: arena full. */
bool shim_ranges_copy(struct shim_ranges *set, const struct shim_ranges *from,
                      struct shim_arena *arena, uint32_t spare);

/* Union and difference; false when the capacity does not suffice (set unchanged). */
bool shim_ranges_add(struct shim_ranges *set, struct shim_range range);
bool shim_ranges_remove(struct shim_ranges *set, struct shim_range range);

/*
 * The same for many: each range is collected in whatever order it comes, and then the
 * set is settled once. Until then nothing else may use it. Touching ranges are counted
 * singly: false when the capacity does not suffice.
 */
bool shim_ranges_collect(struct shim_ranges *set, struct shim_range range);
void shim_ranges_settle(struct shim_ranges *set);

/* Removes a whole set. The capacity must have room for the ranges of both, or false. */
bool shim_ranges_remove_all(struct shim_ranges *set, const struct shim_ranges *others);

/* The range of the set that holds all of `inner`, or NULL. */
const struct shim_range *shim_ranges_holding(const struct shim_ranges *set,
                                             struct shim_range inner);

/* The first range of the set that meets `range`, or NULL. */
const struct shim_range *shim_ranges_meeting(const struct shim_ranges *set,
                                             struct shim_range range);

uint64_t shim_ranges_total(const struct shim_ranges *set);

/*
 * The lowest `align`-aligned place of `size` bytes at or above `from`, inside
 * one range of the set. Returns false when there is none.
 */
bool shim_ranges_fit(const struct shim_ranges *set, uint64_t from, uint64_t size,
                     uint64_t align, uint64_t *base);

#endif
