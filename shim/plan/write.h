/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Edits that both contracts make in the same way. */
#ifndef DTSHIM_PLAN_WRITE_H
#define DTSHIM_PLAN_WRITE_H

#include "shim/plan/plan.h"

/*
 * Does a tag there mean anything? /reserved-memory with all below it may be moved as a whole,
 * without edits in it, and no device is in there.
 */
bool shim_tags_count(const struct shim_tree *tree, uint32_t node);

/*
 * xen-dma-safe: set on the protected devices, taken from all others. A xen,domain
 * has it in its own tree.
 */
void shim_write_tags(const struct shim_plan *plan, struct shim_edits *edits);

/*
 * Banks as entries in the root's cells: a bank with a size that one cell cannot hold becomes
 * several. `entries` has room for all of them, or is NULL; returns their number.
 */
uint32_t shim_memory_entries(const struct shim_plan *plan, const struct shim_range *ranges,
                             uint32_t count, struct shim_range *entries);

/* A property with these entries. */
void shim_put_banks(const struct shim_plan *plan, struct shim_edits *edits,
                    struct shim_cursor node, const char *name, const struct shim_range *ranges,
                    uint32_t count);

/* A name for a memory node with this first address, which no other node of the root has. */
const char *shim_memory_name(const struct shim_plan *plan, uint64_t base);

/* One memory node with these banks, in the place of all that the tree has. */
void shim_write_memory(const struct shim_plan *plan, struct shim_edits *edits,
                       const struct shim_range *ranges, uint32_t count);

/*
 * device_type = "memory" on memory nodes that lack it: without it Xen 4.17
 * panics, and later ones see no RAM. A reg, where RAM was given in another way.
 */
void shim_write_memory_types(const struct shim_plan *plan, struct shim_edits *edits);

/*
 * /sram-map: on-chip memory for the hypervisor, a node for each run of pages
 * with its dtshim,memory-type. Nothing where the board has none.
 */
void shim_write_sram_map(const struct shim_plan *plan, struct shim_edits *edits);

/* What an earlier run wrote for Xen's dom0, where there is no dom0 now. */
void shim_delete_mends(struct shim_edits *edits);

#endif
