// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/model/buddies.h"

#include "shim/base/mem.h"

bool shim_buddies_init(struct shim_buddies *heap, struct shim_arena *arena, uint64_t end)
{
    uint64_t last = (end - 1) >> SHIM_PAGE_BITS;
    size_t size;

    *heap = (struct shim_buddies){ .arena = arena };
    heap->zone_count = last ? shim_floor_log2(last) + 2 : 1;
    size = heap->zone_count * sizeof(*heap->zones);
    heap->zones = shim_alloc(arena, 1, size);
    if (heap->zones)
        memset(heap->zones, 0, size);
    return heap->zones != NULL;
}

/* page_to_zone() */
static unsigned zone_of(uint64_t frame)
{
    return frame ? shim_floor_log2(frame) + 1 : 1;
}

/* A list is empty. */
static void forget(struct shim_buddies *heap, unsigned number, unsigned order)
{
    heap->zones[number].some &= ~((uint32_t)1 << order);
    if (!heap->zones[number].some)
        heap->some &= ~((uint64_t)1 << number);
}

/* Takes it off its list. */
static void unlink_one(struct shim_buddies *heap, struct shim_buddy *one)
{
    unsigned number = zone_of(one->frame);
    struct shim_buddy_list *list = &heap->zones[number].lists[one->order];

    *(one->before ? &one->before->next : &list->first) = one->next;
    *(one->next ? &one->next->before : &list->last) = one->before;
    if (!list->first)
        forget(heap, number, one->order);
}

static void add_first(struct shim_buddy_list *list, struct shim_buddy *one)
{
    one->before = NULL;
    one->next = list->first;
    *(list->first ? &list->first->before : &list->last) = one;
    list->first = one;
}

static void add_last(struct shim_buddy_list *list, struct shim_buddy *one)
{
    one->next = NULL;
    one->before = list->last;
    *(list->last ? &list->last->next : &list->first) = one;
    list->last = one;
}

/* page_list_add_scrub() */
static void add(struct shim_buddies *heap, struct shim_buddy *one)
{
    unsigned number = zone_of(one->frame);
    struct shim_buddy_zone *zone = &heap->zones[number];
    struct shim_buddy_list *list = &zone->lists[one->order];

    heap->some |= (uint64_t)1 << number;
    zone->some |= (uint32_t)1 << one->order;
    if (one->dirty == SHIM_CLEAN)
        add_first(list, one);
    else
        add_last(list, one);
}

static struct shim_buddy *new_one(struct shim_buddies *heap)
{
    struct shim_buddy *one = heap->spare;

    if (one)
        heap->spare = one->next;
    else
        one = shim_alloc(heap->arena, 1, sizeof(*one));
    return one;
}

static void drop(struct shim_buddies *heap, struct shim_buddy *one)
{
    one->next = heap->spare;
    heap->spare = one;
}

/* Takes the free piece at `frame` of that order off its list; NULL: there is none. */
static struct shim_buddy *pull(struct shim_buddies *heap, uint64_t frame, unsigned order)
{
    struct shim_buddy *one = heap->zones[zone_of(frame)].lists[order].first;

    while (one && one->frame != frame)
        one = one->next;
    if (one)
        unlink_one(heap, one);
    return one;
}

/* The lower half of two that become one keeps what it knows; else the upper one's counts. */
static void merge(struct shim_buddy *low, const struct shim_buddy *high)
{
    if (low->dirty == SHIM_CLEAN && high->dirty != SHIM_CLEAN)
        low->dirty = ((uint32_t)1 << low->order) + high->dirty;
    low->order++;
}

void shim_buddies_free(struct shim_buddies *heap, uint64_t frame, unsigned order, bool dirty)
{
    struct shim_buddy *one = new_one(heap), *other;

    if (!one)
        return;
    *one = (struct shim_buddy){ .frame = frame, .order = order, .dirty = dirty ? 0 : SHIM_CLEAN };
    while (one->order < SHIM_MAX_ORDER) {
        uint64_t half = (uint64_t)1 << one->order;

        other = (one->frame ^ half) ? pull(heap, one->frame ^ half, one->order) : NULL;
        if (!other)
            break;
        if (other->frame < one->frame) {
            struct shim_buddy *swap = one;

            one = other;
            other = swap;
        }
        merge(one, other);
        drop(heap, other);
    }
    add(heap, one);
}

static void put(struct shim_buddies *heap, uint64_t frame, unsigned order, uint32_t dirty)
{
    struct shim_buddy *one = new_one(heap);

    if (!one)
        return;
    *one = (struct shim_buddy){ .frame = frame, .order = order, .dirty = dirty };
    add(heap, one);
}

/*
 * What a piece of a range could be one with begins before the range or ends behind it: where
 * nothing touches the range it is not looked for.
 */
void shim_buddies_give(struct shim_buddies *heap, struct shim_range range, bool dirty, bool touched)
{
    uint64_t frame = range.base >> SHIM_PAGE_BITS;
    uint64_t end = shim_range_end(range) >> SHIM_PAGE_BITS;

    if (!frame)
        frame++; /* it keeps MFN 0 away */
    while (frame < end && !heap->arena->full) {
        unsigned order = shim_floor_log2(end - frame);
        unsigned aligned = shim_twos(frame);

        if (order > aligned)
            order = aligned;
        if (order > SHIM_MAX_ORDER)
            order = SHIM_MAX_ORDER;
        if (touched)
            shim_buddies_free(heap, frame, order, dirty);
        else
            put(heap, frame, order, dirty ? 0 : SHIM_CLEAN);
        frame += (uint64_t)1 << order;
    }
}

/* Of a set of zones those up to this one. */
static uint64_t below(uint64_t zones, unsigned zone)
{
    return zones & (((uint64_t)2 << zone) - 1);
}

/* Is there a piece of that order or a larger one at all? Of most zones that are asked none is. */
static bool has_one(const struct shim_buddies *heap, unsigned zone, unsigned order)
{
    for (uint64_t zones = below(heap->some, zone); zones; zones &= zones - 1)
        if (heap->zones[shim_twos(zones)].some >> order)
            return true;
    return false;
}

/*
 * get_free_buddy(): the head of the smallest list that has one, highest zone first. If only
 * clean ones will do, each head that is not clean goes to the end of its list.
 */
static struct shim_buddy *find(struct shim_buddies *heap, unsigned zone, unsigned order,
                               bool unscrubbed)
{
    for (uint64_t zones = below(heap->some, zone); zones; zones = below(zones, zone - 1)) {
        zone = shim_floor_log2(zones);
        for (uint32_t left = heap->zones[zone].some >> order << order; left; left &= left - 1) {
            struct shim_buddy *one = heap->zones[zone].lists[__builtin_ctz(left)].first;

            unlink_one(heap, one);
            if (one->dirty == SHIM_CLEAN || unscrubbed || !order)
                return one;
            add(heap, one);
        }
    }
    return NULL;
}

/* Puts the lower halves back until what is left is of that order. */
static void split(struct shim_buddies *heap, struct shim_buddy *one, unsigned order)
{
    while (one->order > order) {
        struct shim_buddy *low = new_one(heap);
        uint32_t half = (uint32_t)1 << --one->order;

        if (!low)
            return;
        *low = (struct shim_buddy){ .frame = one->frame, .order = one->order,
                                    .dirty = one->dirty < half ? one->dirty : SHIM_CLEAN };
        add(heap, low);
        one->frame += half;
        if (one->dirty != SHIM_CLEAN)
            one->dirty = one->dirty >= half ? one->dirty - half : 0;
    }
}

bool shim_buddies_take(struct shim_buddies *heap, unsigned bits, unsigned order, bool unscrubbed,
                       uint64_t *frame)
{
    unsigned zone = bits > SHIM_PAGE_BITS ? bits - SHIM_PAGE_BITS : 1;
    struct shim_buddy *one;

    if (order > SHIM_MAX_ORDER)
        return false;
    if (zone >= heap->zone_count)
        zone = heap->zone_count - 1;
    if (!has_one(heap, zone, order))
        return false;
    one = find(heap, zone, order, unscrubbed);
    if (!one && !unscrubbed)
        one = find(heap, zone, order, true);
    if (!one)
        return false;
    split(heap, one, order);
    *frame = one->frame;
    drop(heap, one);
    return true;
}

/* The lowest pages of a piece that has given the rest go back; their lists are empty. */
static void put_rest(struct shim_buddies *heap, const struct shim_buddy *one, uint64_t left)
{
    uint64_t frame = one->frame;

    while (left) {
        unsigned order = shim_floor_log2(left);
        uint32_t dirty = SHIM_CLEAN;

        if (one->dirty != SHIM_CLEAN && one->frame + one->dirty < frame + ((uint64_t)1 << order))
            dirty = one->frame + one->dirty > frame ?
                (uint32_t)(one->frame + one->dirty - frame) : 0;
        put(heap, frame, order, dirty);
        frame += (uint64_t)1 << order;
        left -= (uint64_t)1 << order;
    }
}

/* The first pieces of a list, as long as each is needed as a whole. */
static void take_whole(struct shim_buddies *heap, unsigned number, unsigned order, uint64_t *count)
{
    struct shim_buddy_list *list = &heap->zones[number].lists[order];
    struct shim_buddy *one = list->first, *next;

    for (; one && *count >> order; one = next) {
        next = one->next;
        *count -= (uint64_t)1 << order;
        drop(heap, one);
    }
    list->first = one;
    *(one ? &one->before : &list->last) = NULL;
    if (!one)
        forget(heap, number, order);
}

static void take_part(struct shim_buddies *heap, struct shim_buddy *one, uint64_t count)
{
    unlink_one(heap, one);
    put_rest(heap, one, ((uint64_t)1 << one->order) - count);
    drop(heap, one);
}

/*
 * One after the other they take the smallest piece of the highest zone apart, from its end:
 * what is smaller than it then are its own parts.
 */
uint64_t shim_buddies_take_pages(struct shim_buddies *heap, uint64_t count)
{
    while (count && heap->some) {
        unsigned number = shim_floor_log2(heap->some);
        unsigned order = (unsigned)__builtin_ctz(heap->zones[number].some);

        if (count >> order) {
            take_whole(heap, number, order, &count);
        } else {
            take_part(heap, heap->zones[number].lists[order].first, count);
            count = 0;
        }
    }
    return count;
}

bool shim_buddies_scrub(struct shim_buddies *heap, unsigned least)
{
    for (unsigned zone = 1; zone < heap->zone_count; zone++)
        for (uint32_t left = heap->zones[zone].some >> least << least; left;) {
            unsigned order = 31u - (unsigned)__builtin_clz(left);
            struct shim_buddy *one = heap->zones[zone].lists[order].last;

            left ^= (uint32_t)1 << order;
            if (one->dirty == SHIM_CLEAN)
                continue;
            unlink_one(heap, one);
            one->dirty = SHIM_CLEAN;
            add(heap, one);
            return true;
        }
    return false;
}
