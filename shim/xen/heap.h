/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * A forecast of where stock Xen puts dom0's memory.
 *
 * It follows Xen 4.17 from the free memory it finds to dom0's banks:
 * alloc_boot_pages() (top of the highest region first), end_boot_allocator(),
 * get_free_buddy() and alloc_heap_pages() (highest zone first, smallest buddy
 * that fits, its upper part), and allocate_memory_11(). Where Xen's choice
 * depends on the order of a free list, the forecast does not guess: every
 * candidate has to lie in the wanted block.
 */
#ifndef DTSHIM_XEN_HEAP_H
#define DTSHIM_XEN_HEAP_H

#include "shim/base/range.h"

enum shim_outcome_kind {
    SHIM_OUTCOME_BLOCK, /* dom0 gets exactly the block */
    SHIM_OUTCOME_RIVAL, /* Xen may take `rival` instead of a part of the block */
    SHIM_OUTCOME_STUCK, /* no free memory elsewhere changes that it fails */
};

struct shim_outcome {
    enum shim_outcome_kind kind;
    struct shim_range rival;
    const char *why; /* STUCK: in words */
};

/* For whom Xen allocates: dom0 (allocate_memory_11()) or a xen,domain (allocate_memory()). */
enum shim_forecast_for { SHIM_FORECAST_DOM0, SHIM_FORECAST_DOMAIN };

/*
 * `heap` is what Xen's boot allocator is given; all RAM sizes its frame
 * table; dom0's first pieces are sought below 2^low_bits (platform.h). 32-bit Xen sizes its
 * own heap by `xenheap_of` bytes, of RAM or of its static heap; 0: 64 bits. The heap is used up:
 * pass a copy with a few dozen places to spare.
 */
struct shim_outcome shim_xen_outcome(enum shim_forecast_for whom, struct shim_ranges *heap,
                                       const struct shim_ranges *ram, struct shim_range block,
                                       unsigned low_bits, uint64_t xenheap_of);

/* The bytes of Xen's frame table for this RAM, at most; `narrow`: of 32-bit Xen's. */
uint64_t shim_xen_frame_table(const struct shim_ranges *ram, bool narrow);

/* Places that a forecast may need beyond the ranges of the heap. */
enum { SHIM_FORECAST_SPARE = 128 };

#endif
