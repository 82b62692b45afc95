/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Phandles: numbers that a compiler may choose anew each time. Two values that
 * refer to the same nodes are the same.
 *
 * Where the cells of a property are known, each phandle is followed and each
 * argument compared. Elsewhere a cell counts as a phandle when the two sides
 * differ in it and it leads to the same node on both.
 */
#ifndef DTSHIM_FDT_DIFF_REFS_H
#define DTSHIM_FDT_DIFF_REFS_H

#include "shim/fdt/diff_pairs.h"
#include "shim/fdt/references.h"

/* Twins whose phandles are not the same, and those of them that both have one. */
struct shim_moved {
    uint32_t any, renumbered;
};
struct shim_moved shim_moved_phandles(const struct shim_side *a, const struct shim_side *b);

/*
 * Are two values of the property `name`, at twins, the same when phandles are followed to
 * their nodes?
 */
bool shim_same_references(const struct shim_side *a, uint32_t node, struct shim_span own,
                          const struct shim_side *b, struct shim_span theirs, const char *name);

/* Starts at the first phandle; false when the value has no known references. */
bool shim_side_references(struct shim_references *refs, const struct shim_side *side,
                          uint32_t node, const char *name, struct shim_span value);

#endif
