/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Reserved memory in the output, where it differs from the input. */
#ifndef DTSHIM_XEN_TRAP_RESERVING_H
#define DTSHIM_XEN_TRAP_RESERVING_H

#include "shim/plan/plan.h"

/* A region that overlaps another one, and gets a new reg. */
struct shim_cut_region {
    struct shim_cut_region *next;
    uint32_t node;
    bool pointed;            /* only its entries without size are removed */
    struct shim_ranges kept; /* count 0: the node is removed, or its reg if it was pointed */
};

struct shim_reserving {
    struct shim_cut_region *cut;
    struct shim_ranges entries; /* of /memreserve/ */
    bool rewritten;             /* they are not the input's */
};

/*
 * The nodes below /reserved-memory that have a reg, at any depth: the first after `node`
 * (SHIM_NONE: of all) with this status; SHIM_NONE: no more.
 */
uint32_t shim_next_region(const struct shim_tree *tree, uint32_t node, bool available);

/*
 * Does a driver know the region: by its compatible, by what is in it, or by a property that
 * may hold its phandle? If unsure, yes.
 */
bool shim_region_is_used(const struct shim_tree *tree, uint32_t node);

/* The reservation block, without the range `ramdisk`, which is free again. */
void shim_write_reserves(const struct shim_plan *plan, struct shim_edits *edits, bool ramdisk);

#endif
