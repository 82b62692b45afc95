/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What diff is made of: two trees, the pairs of their nodes, values and references. */
#ifndef DTSHIM_FDT_DIFF_H
#define DTSHIM_FDT_DIFF_H

#include "shim/cli/cli.h"

struct side {
    struct file file;
    struct shim_arena arena;
    struct shim_tree tree;
    uint32_t *twin; /* the node of the same path on the other side, or SHIM_NONE */

    /* Hash tables of node and property numbers by owner and name; SHIM_NONE: empty. */
    uint32_t *node_slots, *prop_slots;
    uint32_t node_mask, prop_mask;
};

/* ---- diff_pairs.c ---- */

/* Finds the twins of both sides, in time that is linear in their nodes. */
enum shim_code pair_sides(struct side *a, struct side *b, struct shim_error *error);

/* The property of this name, as shim_prop_named(), but in constant time. */
struct shim_span side_prop(const struct side *side, uint32_t node, const char *name);

/* ---- diff_values.c ---- */

/* " = <...>" with the cells that are in force at this node; nothing for an empty value. */
void value_print(const struct shim_tree *tree, uint32_t node, const char *name,
                 struct shim_span value);

/* Is it known to hold addresses, sizes or other numbers: no references to nodes? */
bool value_is_numbers(const struct shim_tree *tree, uint32_t node, const char *name);

/* ---- diff_refs.c ---- */

/* Twins whose phandles are not the same, and those of them that both have one. */
struct moved {
    uint32_t any, renumbered;
};
struct moved references_moved(const struct side *a, const struct side *b);

/*
 * Do two values of the property `name`, at twins, say the same when phandles are followed to
 * their nodes?
 */
bool references_same(const struct side *a, uint32_t node, struct shim_span own,
                     const struct side *b, struct shim_span theirs, const char *name);

/* "  (&/soc/iommu@1000)" for a property that is known to refer to nodes. */
void references_print(const struct shim_tree *tree, uint32_t node, const char *name,
                      struct shim_span value);

#endif
