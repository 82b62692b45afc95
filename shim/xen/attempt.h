/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* One placement of hypervisor, tree and modules, as it is being tried (place.h). */
#ifndef DTSHIM_XEN_ATTEMPT_H
#define DTSHIM_XEN_ATTEMPT_H

#include "shim/plan/plan.h"
#include "shim/xen/heap.h"

/* Xen maps the tree by 2 MiB; kernels like it. */
#define SHIM_XEN_PLACE_ALIGNMENT ((uint64_t)2 << 20)

/* One placement, as it is being tried. */
struct shim_attempt {
    struct shim_plan *plan;
    /*
     * A copy of the plan's: dropping it gives back what an attempt takes. So
     * words for the plan's arena are only written once the attempt is over.
     */
    struct shim_arena arena;
    struct shim_ranges free; /* RAM that is not needed: where things may go */
    struct shim_ranges heap; /* RAM that Xen's allocator will be given */
    struct shim_ranges within; /* where Xen has to take dom0's memory from: its blocks */
    bool banked;             /* not all of that is wanted, only as much as dom0 has */
    uint64_t next;           /* first try for the next module */
    struct shim_rivals *rivals; /* what the last forecast has found */
    bool static_heap;        /* the heap is what xen,static-heap will have */
    const char *why;         /* of the failure */
};

/* Nothing is placed or steered yet, and dom0's memory has no place. False: no memory. */
bool shim_attempt_begin(struct shim_attempt *attempt, struct shim_plan *plan);

/* The same where it is in the plan's blocks. */
bool shim_attempt_start(struct shim_attempt *attempt, struct shim_plan *plan);

/* Leaves all modules that are not in the way where they are. */
void shim_attempt_keep(struct shim_attempt *attempt);

/* Keeps a page of the rival from Xen. False: there is none, or too many are kept. */
bool shim_attempt_plug(struct shim_attempt *attempt, struct shim_range rival);

/* What Xen would do with this, see heap.h; `banks` get dom0's; NULL: a block is wanted. */
struct shim_outcome shim_attempt_forecast(struct shim_attempt *attempt, struct shim_ranges *banks,
                                          bool thrifty);

/* The same for all rivals that the last forecast has found, the last one first. */
bool shim_attempt_plug_all(struct shim_attempt *attempt, struct shim_range rival);

/* Keeps a page from Xen at either end of the range, where it is not the end of free RAM anyway. */
void shim_attempt_fence(struct shim_attempt *attempt, struct shim_range range);

/* Steers Xen's allocator to dom0's block with what still has to be placed, and with pages. */
bool shim_attempt_steer(struct shim_attempt *attempt);

enum {
    SHIM_KEEP = 1,  /* shim_attempt_keep() */
    SHIM_FENCE = 2, /* a page is kept from Xen at either end of dom0's block, so that no free
                       piece is larger than the block: Xen takes the smallest that will do */
};

/* All of that, in one of these ways. */
bool shim_attempt_all(struct shim_attempt *attempt, struct shim_plan *plan, unsigned ways);

/* The first module without a place, or NULL; and a place for it, wherever there is one. */
struct shim_module *shim_first_unplaced(struct shim_plan *plan);
bool shim_attempt_place(struct shim_attempt *attempt, struct shim_module *module);

/* Does the range overlap machine memory that becomes dom0's? */
bool shim_meets_blocks(const struct shim_plan *plan, struct shim_range range);

/* ---- attempt_banks.c ---- */

/*
 * Steers Xen to dom0's memory in several banks, of plan->dom0.size bytes in total, somewhere
 * within the ranges; the set gets them. Modules are placed from `modules` on, and none is moved
 * because of the banks.
 */
bool shim_attempt_banks(struct shim_attempt *attempt, struct shim_plan *plan,
                        const struct shim_ranges *within, const struct shim_nearest *way,
                        struct shim_ranges *banks);

/* ---- static_heap.c ---- */

/* The same with a heap that xen,static-heap restricts. Keeps why placement alone failed. */
bool shim_attempt_heap(struct shim_attempt *attempt, struct shim_plan *plan);

/* The same for a xen,domain. */
bool shim_attempt_heap_for_domain(struct shim_attempt *attempt, struct shim_plan *plan);

#endif
