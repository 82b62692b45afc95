/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Dom0's memory in several banks, 1:1, where one block is not possible. */
#ifndef DTSHIM_XEN_BANKS_H
#define DTSHIM_XEN_BANKS_H

#include "shim/plan/plan.h"

/*
 * The banks that work for the most DMA windows; of those the lowest. `found` gets them and how
 * they are reached. False: there are none, or the arena is full.
 */
bool shim_xen_find_banks(struct shim_plan *plan, struct shim_nearest *found);

/* The same once more, for the final plan. False: `why` has the reason. */
bool shim_xen_place_banks(struct shim_plan *plan, const char **why);

/* The plan's memory is in these banks. */
void shim_take_banks(struct shim_plan *plan, const struct shim_nearest *from);

/* How many DMA masters and pools the plan's memory does not fully work for. */
uint32_t shim_xen_unserved(const struct shim_plan *plan);

#endif
