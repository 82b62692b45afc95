/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Which devices may master DMA. */
#ifndef DTSHIM_BOARD_MASTERS_H
#define DTSHIM_BOARD_MASTERS_H

#include "shim/fdt/tree.h"

/* One of the root's children that describe, and contain no devices: /chosen, /cpus... */
bool shim_is_description(const struct shim_tree *tree, uint32_t node);

/*
 * May this node, with only available ancestors and no descriptions among them, master DMA? If
 * unsure, it may. And for dom0, which does not own nodes with the property `away`?
 */
bool shim_is_master(const struct shim_tree *tree, uint32_t node);
bool shim_may_master(const struct shim_tree *tree, uint32_t node, enum shim_name away);

#endif
