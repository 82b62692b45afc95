/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Reserved memory as the output says it, where that is not what the input says. */
#ifndef DTSHIM_XEN_TRAP_RESERVING_H
#define DTSHIM_XEN_TRAP_RESERVING_H

#include "shim/plan/plan.h"

/* A region that meets another one, and whose reg is written anew. */
struct shim_cut_region {
    struct shim_cut_region *next;
    uint32_t node;
    bool pointed;            /* only its entries without size go */
    struct shim_ranges kept; /* count 0: the node goes, or its reg if it was pointed */
};

struct shim_reserving {
    struct shim_cut_region *cut;
    struct shim_ranges entries; /* of /memreserve/ */
    bool rewritten;             /* they are not the input's */
};

/*
 * The nodes below /reserved-memory that have a reg, at any depth: the first behind `node`
 * (SHIM_NONE: of all) whose status is this; SHIM_NONE: no more.
 */
uint32_t shim_next_region(const struct shim_tree *tree, uint32_t node, bool available);

/*
 * Does a driver know the region: by its compatible, by what is in it, or by a property that
 * may hold its phandle? In doubt one does.
 */
bool shim_region_is_used(const struct shim_tree *tree, uint32_t node);

/* The reservation block, without what `ramdisk` says is free again. */
void shim_write_reserves(const struct shim_plan *plan, struct shim_edits *edits, bool ramdisk);

#endif
