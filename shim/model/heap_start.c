// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/model/heap_start.h"

#include "shim/base/mem.h"
#include "shim/model/words.h"

#define PAGES(mib) ((mib) * 256)
enum { SCRUB_LEAST = 10 }; /* smaller pieces are none of dom0's */
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/*
 * What Xen takes in small pieces before dom0's memory: likely, at least, at most. Debian's 4.17
 * and 4.20 chose as after 1 to 3 MiB, and otherwise than after 4, on an emulated board.
 */
static const uint32_t amounts[] = { PAGES(2), PAGES(1), PAGES(8) };

/* What the page tables of domains take, for CPUs that are not known. */
static const struct roots {
    uint8_t count, order;
} any_roots[] = { { 1, 0 }, { 1, 1 }, { 2, 1 }, { 1, 3 } };

bool shim_heap_guess(const struct shim_heap_cpus *cpus, uint32_t i, struct shim_heap_guess *guess)
{
    const struct roots *roots = &any_roots[i / COUNT(amounts) % COUNT(any_roots)];

    *guess = (struct shim_heap_guess){ .pages = amounts[i % COUNT(amounts)],
                                       .roots = roots->count, .root_order = roots->order };
    if (!cpus->known)
        return i < COUNT(amounts) * COUNT(any_roots);
    guess->roots = cpus->roots;
    guess->root_order = cpus->root_order;
    return i < COUNT(amounts);
}

/*
 * Pages are free and unscrubbed unless bootscrub= says on or off (parse_bootscrub_param(),
 * parse_bool()): then they are clean from the start, which puts them into another order.
 * no-bootscrub is off, unless it has a value (parse_params()).
 */
bool shim_heap_starts_dirty(const struct shim_sight *sight)
{
    struct shim_span word = shim_sight_word(sight, "bootscrub");
    struct shim_span off = shim_sight_word(sight, "no-bootscrub");

    if (off.at && !off.len && (!word.at || off.at > word.at))
        return false;
    return !word.at || (word.len && !shim_word_is_no(word) && !shim_word_is_yes(word));
}

/* May a range touch one that is not next to it in the list? */
static bool in_order(const struct shim_ranges *free)
{
    for (uint32_t i = 1; i < free->count; i++)
        if (free->at[i].base < shim_range_end(free->at[i - 1]))
            return false;
    return true;
}

static void give(struct shim_buddies *heap, const struct shim_ranges *free, uint32_t i, bool dirty,
                 bool ordered)
{
    struct shim_range range = free->at[i];
    bool below = i && shim_range_end(free->at[i - 1]) == range.base;
    bool above = i + 1 < free->count && free->at[i + 1].base == shim_range_end(range);

    shim_buddies_give(heap, range, dirty, below || above || !ordered);
}

static void give_all(struct shim_buddies *heap, const struct shim_ranges *free, bool dirty)
{
    bool ordered = in_order(free);
    uint32_t first = 0;

    while (first < free->count && !free->at[first].size)
        first++;
    if (first < free->count)
        give(heap, free, first, dirty, ordered);
    for (uint32_t i = free->count; i-- > first + 1;)
        give(heap, free, i, dirty, ordered);
}

/* Where the last of it ends: a static heap may be outside RAM. */
static uint64_t end_of(const struct shim_sight *sight, const struct shim_ranges *free)
{
    uint64_t end = shim_range_end(sight->ram.at[sight->ram.count - 1].at);

    for (uint32_t i = 0; i < sight->ram.count; i++)
        if (shim_range_end(sight->ram.at[i].at) > end)
            end = shim_range_end(sight->ram.at[i].at);
    for (uint32_t i = 0; i < free->count; i++)
        if (shim_range_end(free->at[i]) > end)
            end = shim_range_end(free->at[i]);
    return end;
}

/* As many as there are. */
static void scrub(struct shim_buddies *heap, uint32_t *count)
{
    for (uint32_t i = 0; i < *count; i++)
        if (!shim_buddies_scrub(heap, SCRUB_LEAST))
            *count = i;
}

/* Of more than one page they are broken out of what is clean, where there is such a piece. */
static void take_roots(struct shim_buddies *heap, const struct shim_heap_guess *guess)
{
    uint64_t frame;

    for (uint32_t i = 0; i < guess->roots; i++)
        shim_buddies_take(heap, SHIM_ANY_BITS, guess->root_order, false, &frame);
}

bool shim_heap_give(struct shim_heap_whole *whole, const struct shim_sight *sight,
                    const struct shim_boot_memory *boot, struct shim_arena *arena)
{
    whole->pieces = arena->next;
    if (!shim_buddies_init(&whole->heap, arena, end_of(sight, &boot->free)))
        return false;
    give_all(&whole->heap, &boot->free, shim_heap_starts_dirty(sight));
    whole->len = (size_t)(arena->next - whole->pieces);
    whole->before = shim_alloc(arena, whole->len, 1);
    if (!whole->before)
        return false;
    memcpy(whole->before, whole->pieces, whole->len);
    return !arena->full;
}

bool shim_heap_start(struct shim_buddies *heap, const struct shim_heap_whole *whole,
                     struct shim_stop *stop, struct shim_heap_guess *guess,
                     struct shim_arena *arena)
{
    memcpy(whole->pieces, whole->before, whole->len);
    *heap = whole->heap;
    heap->arena = arena;
    if (shim_buddies_take_pages(heap, guess->pages)) {
        shim_stop(stop, "xen-memory", SHIM_NONE,
                  "there is no free RAM for what Xen itself needs", "leave Xen more RAM", "%s", "");
        return false;
    }
    scrub(heap, &guess->scrubbed_before);
    take_roots(heap, guess);
    scrub(heap, &guess->scrubbed);
    return !arena->full;
}
