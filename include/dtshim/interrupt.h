/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Interrupts as Linux 6.1 and Xen 4.17 find their way (drivers/of/irq.c, device_tree.c). */
#ifndef DTSHIM_INTERRUPT_H
#define DTSHIM_INTERRUPT_H

#include <dtshim/tree.h>

/* The node that a node's `interrupts` are wired to: a controller or a nexus; SHIM_NONE. */
uint32_t shim_interrupt_parent(const struct shim_tree *tree, uint32_t node);

/* The GIC that Xen takes for its own: the first available one; SHIM_NONE. */
uint32_t shim_gic(const struct shim_tree *tree);

/* The #interrupt-cells of a controller; 0 where it does not say. */
uint32_t shim_interrupt_cells(const struct shim_tree *tree, uint32_t controller);

#endif
