/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Addresses that Xen cannot translate: see shim/xen/ways.h. A part of the rule ranges-cover. */
#ifndef DTSHIM_XEN_TRAP_WAY_ROWS_H
#define DTSHIM_XEN_TRAP_WAY_ROWS_H

#include "shim/plan/write.h"
#include "shim/xen/trap/trap.h"
#include "shim/xen/ways.h"

/*
 * Reports a node with an address that Xen cannot translate, if more entries in ranges help, or
 * if the model forecasts a stop: Xen reads no address of a node that it skips. `ways` is all 0
 * at first.
 */
void shim_find_lost_way(struct shim_check *check, const struct shim_trap *trap, uint32_t node,
                        struct shim_ways *ways);

/* Adds to the plan what helps the node, if anything does; false: the arena is full. */
bool shim_decide_ways(struct shim_plan *plan, uint32_t node);

/* Once all are there. */
void shim_note_ways(struct shim_plan *plan);
void shim_write_ways(const struct shim_plan *plan, struct shim_edits *edits);

#endif
