/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Which devices may master DMA. */
#ifndef DTSHIM_BOARD_MASTERS_H
#define DTSHIM_BOARD_MASTERS_H

#include "shim/fdt/tree.h"

/* One of the root's children that describe, and contain no devices: /chosen, /cpus... */
bool shim_is_named_description(const struct shim_tree *tree, uint32_t child);

static inline bool shim_is_description(const struct shim_tree *tree, uint32_t node)
{
    return tree->nodes[node].parent == SHIM_ROOT && shim_is_named_description(tree, node);
}

/* Does nothing say that an available device with a compatible masters no DMA? */
bool shim_masters_by_kind(const struct shim_tree *tree, uint32_t node);

/*
 * May this node, with only available ancestors and no descriptions among them, master DMA? If
 * unsure, it may. And for dom0, which does not own nodes with the property `away`?
 */

static inline bool shim_is_master(const struct shim_tree *tree, uint32_t node)
{
    return shim_has_known(tree, node, SHIM_COMPATIBLE) && shim_available(tree, node) &&
           shim_masters_by_kind(tree, node);
}

bool shim_may_master(const struct shim_tree *tree, uint32_t node, enum shim_name away);

#endif
