/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Xen's free pages as its lists have them: by zone (a power of two of addresses) and order,
 * each list in its real order, each piece with what is known about its scrubbing
 * (xen/common/page_alloc.c: free_heap_pages(), get_free_buddy(), alloc_heap_pages()).
 */
#ifndef DTSHIM_MODEL_BUDDIES_H
#define DTSHIM_MODEL_BUDDIES_H

#include "shim/base/range.h"
#include "shim/model/pages.h"

struct shim_buddy {
    struct shim_buddy *next, *before;
    uint64_t frame;
    uint32_t dirty;    /* the first page that may be; SHIM_CLEAN: none is */
    unsigned order;
};

#define SHIM_CLEAN UINT32_MAX

struct shim_buddy_list {
    struct shim_buddy *first, *last;
};

struct shim_buddy_zone {
    struct shim_buddy_list lists[SHIM_MAX_ORDER + 1]; /* by order */
    uint32_t some;            /* those that are not empty, bits 1 << order */
};

struct shim_buddies {
    struct shim_arena *arena; /* set once there was no room for a piece */
    struct shim_buddy_zone *zones; /* zone 0 is the one of page 0 */
    unsigned zone_count;
    uint64_t some; /* the zones that are not empty, bits 1 << zone */
    struct shim_buddy *spare; /* pieces to use again */
};

/* No page yet; for addresses up to `end`. False: the arena is full. */
bool shim_buddies_init(struct shim_buddies *heap, struct shim_arena *arena, uint64_t end);

/* Gives the pages of a range (init_heap_pages()); `touched`: there may be some right next to them. */
void shim_buddies_give(struct shim_buddies *heap, struct shim_range range, bool dirty,
                       bool touched);

/* Gives one piece of 2^order pages (free_heap_pages()). */
void shim_buddies_free(struct shim_buddies *heap, uint64_t frame, unsigned order, bool dirty);

/*
 * Takes 2^order pages below 2^bits (alloc_heap_pages()): a clean piece wherever there is one,
 * else the first. `unscrubbed`: whichever comes first (MEMF_no_scrub). False: none.
 */
bool shim_buddies_take(struct shim_buddies *heap, unsigned bits, unsigned order, bool unscrubbed,
                       uint64_t *frame);

/* Takes single pages from the top, as many as there are; returns how many are missing. */
uint64_t shim_buddies_take_pages(struct shim_buddies *heap, uint64_t count);

/* Scrubs one more piece, as an idle CPU does (scrub_free_pages()); false: all are clean. */
bool shim_buddies_scrub(struct shim_buddies *heap, unsigned least);

enum { SHIM_ANY_BITS = 64 };

#endif
