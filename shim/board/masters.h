/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Who may master DMA. */
#ifndef DTSHIM_BOARD_MASTERS_H
#define DTSHIM_BOARD_MASTERS_H

#include "shim/fdt/tree.h"

/* One of the root's children that describe, and hold no devices: /chosen, /cpus... */
bool shim_is_description(const struct shim_tree *tree, uint32_t node);

/*
 * May this node, whose ancestors are all available and no descriptions, master DMA? In
 * doubt it may. And for dom0, whose is nothing that has the property `away`?
 */
bool shim_is_master(const struct shim_tree *tree, uint32_t node);
bool shim_may_master(const struct shim_tree *tree, uint32_t node, enum shim_name away);

#endif
