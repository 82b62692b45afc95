/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* How interrupts find their way, as in Linux 6.1 (drivers/of/irq.c). */
#ifndef DTSHIM_FDT_INTERRUPT_H
#define DTSHIM_FDT_INTERRUPT_H

#include "shim/fdt/tree.h"

/* The node that a node's `interrupts` are wired to: a controller or a nexus; SHIM_NONE. */
uint32_t shim_interrupt_parent(const struct shim_tree *tree, uint32_t node);

/* The #interrupt-cells of a controller; 0 if it has none. */
uint32_t shim_interrupt_cells(const struct shim_tree *tree, uint32_t controller);

#endif
