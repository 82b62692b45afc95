/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * A forecast of where stock Xen puts dom0's memory.
 *
 * It follows Xen 4.17 from the free memory that it finds to dom0's banks:
 * alloc_boot_pages() (top of the highest region first), end_boot_allocator(),
 * get_free_buddy() and alloc_heap_pages() (highest zone first, smallest buddy
 * that fits, its upper part), and allocate_memory_11(). Where Xen's choice
 * depends on the order of a free list, the forecast does not guess: every
 * candidate has to be in the wanted block, or there is only one.
 */
#ifndef DTSHIM_XEN_HEAP_H
#define DTSHIM_XEN_HEAP_H

#include "shim/base/range.h"
#include "shim/model/pages.h"

enum shim_outcome_kind {
    SHIM_OUTCOME_BLOCK, /* dom0 gets exactly the block, or those banks */
    SHIM_OUTCOME_RIVAL, /* Xen may take `rival` instead of a part of them */
    SHIM_OUTCOME_STUCK, /* it fails, whatever other memory is free */
};

struct shim_outcome {
    enum shim_outcome_kind kind;
    struct shim_range rival;
    const char *why; /* STUCK: in words */
};

/* allocate_memory_11(): dom0's memory has no piece smaller than that. */
#define SHIM_DOM0_PIECE_MIN ((uint64_t)4 << 20)

/* Those that Xen may take before a piece of the block, the last ones where there are more. */
enum { SHIM_RIVALS_MOST = 16 };

struct shim_rivals {
    struct shim_range *at; /* ascending */
    uint32_t count, most;
};

/* Room for `most` of them; false when the arena is full. */
bool shim_rivals_init(struct shim_rivals *rivals, struct shim_arena *arena, uint32_t most);

/* What Xen allocates for: dom0 (allocate_memory_11()) or a xen,domain (allocate_memory()). */
enum shim_forecast_for { SHIM_FORECAST_DOM0, SHIM_FORECAST_DOMAIN };

/*
 * What is wanted. A block has exactly the size that is needed, and is wanted whole; of
 * more than one range dom0 may get any part: with `banks` they receive what it gets.
 */
struct shim_wish {
    enum shim_forecast_for whom;
    uint64_t size;
    struct shim_ranges within;  /* Xen must take dom0's memory from nowhere else */
    struct shim_ranges *banks;  /* empty, with room for the banks there may be; NULL: a block */
    struct shim_rivals *rivals; /* of a piece of dom0's: all that have to go; count 0: it is
                                   only the one that the outcome names; NULL: nobody asks */
    struct shim_rivals *early;  /* room for pieces that Xen takes for itself, of which it takes
                                   those of a size at once; and the same for those within */
    struct shim_rivals *early_within;
    bool thrifty;               /* with banks: Xen has taken nothing for itself before */
    unsigned low_bits;          /* dom0's first pieces are sought below 2^low_bits (platform.h) */
    uint64_t xenheap_of;        /* 32-bit Xen sizes its own heap by these bytes, of RAM or of its
                                   static heap; 0: 64 bits */
    bool static_heap;           /* the heap is one */
};

/*
 * `heap` is what Xen's boot allocator is given; all RAM sizes its frame table. The heap is
 * used up: pass a copy with a few dozen places to spare.
 */
struct shim_outcome shim_xen_outcome(const struct shim_wish *wish, struct shim_ranges *heap,
                                     const struct shim_ranges *ram);

/* The order, of bytes, of Xen's maximal buddy that starts or ends at `edge`, with `room` bytes there. */
static inline unsigned shim_xen_order_at(uint64_t edge, uint64_t room)
{
    unsigned order = shim_floor_log2(room);

    if (edge && shim_twos(edge) < order)
        order = shim_twos(edge);
    return order < SHIM_PAGE_BITS + SHIM_MAX_ORDER ? order : SHIM_PAGE_BITS + SHIM_MAX_ORDER;
}

/* ---- heap_fragments.c ---- */

/*
 * Takes the smallest buddies of the highest zone out of the heap, as long as all of one size are
 * among the `left` bytes and none meets a range that is to be spared.
 */
void shim_xen_take_fragments(struct shim_ranges *heap, const struct shim_ranges *spared,
                             uint64_t *left);

/* ---- heap_boot.c ---- */

/* What is left after the boot allocator; or why that is not possible. */
const char *shim_xen_boot_heap(struct shim_ranges *heap, const struct shim_ranges *ram,
                               const struct shim_wish *wish);

/* The bytes of Xen's frame table for this RAM, at most; `narrow`: of 32-bit Xen's. */
uint64_t shim_xen_frame_table(const struct shim_ranges *ram, bool narrow);

/* Places that a forecast may need beyond the ranges of the heap. */
enum { SHIM_FORECAST_SPARE = 128 };

#endif
