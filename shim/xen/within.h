/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Where dom0's memory may be so that every DMA window reaches it. */
#ifndef DTSHIM_XEN_WITHIN_H
#define DTSHIM_XEN_WITHIN_H

#include "shim/plan/plan.h"

/* Windows that are considered; any more do not count. */
enum { SHIM_WITHIN_MOST = 16 };

struct shim_within {
    const struct shim_window *windows[SHIM_WITHIN_MOST]; /* the wide ones first */
    uint32_t count;
    struct shim_ranges free; /* what dom0 may have at all */
};

/* False: the arena is full. */
bool shim_within_start(struct shim_within *within, struct shim_plan *plan);

/*
 * The part of the free ranges that all windows reach except the `spared` narrowest; a window
 * that leaves less than dom0's memory is skipped. False: the arena is full.
 */
bool shim_within_reach(const struct shim_within *within, struct shim_plan *plan, uint32_t spared,
                       struct shim_ranges *set);

#endif
