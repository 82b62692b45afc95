/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Nodes and properties of one tree that stand for those of another. */
#ifndef DTSHIM_FDT_DIFF_PAIRS_H
#define DTSHIM_FDT_DIFF_PAIRS_H

#include "shim/fdt/diff_cells.h"
#include "shim/fdt/slots.h"

struct shim_side {
    const struct shim_tree *tree;
    const struct shim_diff_words *words;
    uint32_t *twin; /* the node of the same path on the other side, or SHIM_NONE */

    /* Node and property numbers by owner and name. */
    struct shim_slots node_slots, prop_slots;
};

/* Finds the twins of both sides, in time that is linear in their nodes. */
enum shim_code shim_pair_sides(struct shim_side *a, struct shim_side *b, struct shim_arena *arena,
                               struct shim_error *error);

/* The property of this name, as shim_prop_named(), but in constant time. */
struct shim_span shim_side_prop(const struct shim_side *side, uint32_t node, const char *name);

#endif
