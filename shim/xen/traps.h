/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The table of traps. Plan and apply go through the rows that have a mend, in the order of
 * a plan's notes: before anything has a place, for the devices that dom0 gets, and once
 * everything is decided.
 */
#ifndef DTSHIM_XEN_TRAPS_H
#define DTSHIM_XEN_TRAPS_H

#include "shim/xen/trap/trap.h"

extern const struct shim_trap shim_traps[];
extern const unsigned shim_trap_count;

enum shim_code shim_decide_traps_first(struct shim_plan *plan, struct shim_error *error);
enum shim_code shim_decide_traps_of_dom0(struct shim_plan *plan, struct shim_error *error);
enum shim_code shim_decide_traps_last(struct shim_plan *plan, struct shim_error *error);

void shim_mend_traps_first(const struct shim_plan *plan, struct shim_edits *edits);
void shim_mend_traps_of_dom0(const struct shim_plan *plan, struct shim_edits *edits);
void shim_mend_traps_last(const struct shim_plan *plan, struct shim_edits *edits);

#endif
