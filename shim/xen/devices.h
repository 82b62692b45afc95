/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What stock Xen makes of devices' addresses, and how to keep it from dying of
 * them or mapping too little. Facts: handle_device(), map_range_to_domain(),
 * find_memory_holes() of 4.17.
 */
#ifndef DTSHIM_XEN_MEND_H
#define DTSHIM_XEN_MEND_H

#include "shim/plan/plan.h"

/* The entries of a node's reg that have a size. */
uint32_t shim_xen_banks_at(const struct shim_tree *tree, uint32_t node);

/* What Xen takes for memory, by name and at any depth; and what /reserved-memory has. */
uint32_t shim_xen_memory_banks(const struct shim_tree *tree);
uint32_t shim_xen_reserved_banks(const struct shim_tree *tree);

/*
 * How many of a node's reg entries Xen can translate before the first that it
 * cannot, which makes it panic; `*total` is how many it will try. Equal: sound.
 */
uint32_t shim_xen_sound_entries(const struct shim_tree *tree, uint32_t node, uint32_t *total);

/*
 * The pages behind a reg entry that Xen does not map: it counts pages from the
 * size alone, so a range that starts inside a page loses its end. Size 0: none.
 */
struct shim_range shim_xen_unmapped_tail(struct shim_range range);

/*
 * Is the node, with all below it, none of the devices that Xen gives to dom0?
 * What dtshim makes, moves or deletes as a whole counts as none, too.
 */
bool shim_xen_skips(const struct shim_board *board, uint32_t node);

/* Is it out of dom0's sight: does Xen skip it or a node above it? */
bool shim_xen_leaves_out(const struct shim_board *board, uint32_t node);

/* What Xen itself keeps: dom0 must not get its pages by another name. */
bool shim_xen_keeps(const struct shim_plan *plan, uint32_t node);

/* Xen tells dom0 regions in the root's cells: would it have to drop the high half of some? */
bool shim_xen_regions_overflow(const struct shim_plan *plan);

enum shim_code shim_xen_decide_mends(struct shim_plan *plan, struct shim_error *error);
void shim_xen_write_mends(const struct shim_plan *plan, struct shim_edits *edits);

#endif
