/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What was added to a tree since it was rewritten, for example by an overlay. */
#ifndef DTSHIM_PLAN_UNPLANNED_H
#define DTSHIM_PLAN_UNPLANNED_H

#include "shim/plan/record.h"

/* The marks of all devices of its tree, for its record; empty: none, or no memory. */
struct shim_span shim_marks(const struct shim_plan *plan);

/*
 * The next device after `node` that was not there, or not enabled, or under contract xen
 * had a different DMA window, when the record was written; SHIM_NONE: there is none. Start at
 * the root.
 */
uint32_t shim_next_unplanned(const struct shim_record *record, const struct shim_tree *tree,
                             const struct shim_policy *policy, uint32_t node);
#define SHIM_UNPLANNED "was not there, not enabled, or had a different DMA window, when the tree was " \
                       "rewritten"

#endif
