/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Dom0's memory in several banks, 1:1, where one block cannot be had. */
#ifndef DTSHIM_XEN_BANKS_H
#define DTSHIM_XEN_BANKS_H

#include "shim/plan/plan.h"

/*
 * The banks that serve the most DMA windows; of those the lowest. `found` gets them and how
 * they come about. False: there are none, or the arena is full.
 */
bool shim_xen_find_banks(struct shim_plan *plan, struct shim_nearest *found);

/* The same once more, for the plan that is to be. False: `why` says why not. */
bool shim_xen_place_banks(struct shim_plan *plan, const char **why);

/* The plan's memory is in these banks. */
void shim_take_banks(struct shim_plan *plan, const struct shim_nearest *from);

/* How many DMA masters and pools the plan's memory does not serve as a whole. */
uint32_t shim_xen_unserved(const struct shim_plan *plan);

#endif
