/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The heap as it is when Xen comes to dom0: what the boot allocator left, in the order of
 * end_boot_allocator(), without Xen's own small allocations. How many those are depends on
 * its build, and how much is scrubbed by then on the CPUs: each such state is a guess.
 */
#ifndef DTSHIM_MODEL_HEAP_START_H
#define DTSHIM_MODEL_HEAP_START_H

#include "shim/model/boot_allocator.h"
#include "shim/model/buddies.h"
#include "shim/model/heap_cpus.h"

struct shim_heap_guess {
    uint32_t pages;      /* that Xen has taken for itself */
    unsigned roots;      /* roots of page tables, */
    unsigned root_order; /* of 2^root_order pages */
    /* Pieces of 4 MiB and more that idle CPUs have scrubbed, before these roots and after them. */
    uint32_t scrubbed_before, scrubbed;
};

/* The guesses for this board, the likely one first; false: no more. */
bool shim_heap_guess(const struct shim_heap_cpus *cpus, uint32_t i, struct shim_heap_guess *guess);

/* Are pages unscrubbed when Xen is given them? By bootscrub=. */
bool shim_heap_starts_dirty(const struct shim_sight *sight);

/* The heap before Xen has taken anything of it, which is the same for all guesses. */
struct shim_heap_whole {
    struct shim_buddies heap;
    uint8_t *pieces; /* its memory, which each guess changes, */
    size_t len;
    uint8_t *before; /* and what was there before */
};

/* False: the arena is full. */
bool shim_heap_give(struct shim_heap_whole *whole, const struct shim_sight *sight,
                    const struct shim_boot_memory *boot, struct shim_arena *arena);

/*
 * The heap under a guess, in the place of the one before. The guess's scrubbed pieces become
 * fewer if there are fewer. False: the arena is full, or (heap->arena not full) the stop is
 * that Xen has no room.
 */
bool shim_heap_start(struct shim_buddies *heap, const struct shim_heap_whole *whole,
                     struct shim_stop *stop, struct shim_heap_guess *guess,
                     struct shim_arena *arena);

#endif
