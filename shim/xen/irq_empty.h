/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Empty entries of interrupts-extended: a phandle of 0, which to Linux is an interrupt that
 * is not wired, and which Xen cannot read (dt_device_get_raw_irq(), 4.17 to 4.22): then it builds
 * no domain. st,stm32mp1-exti has them; Linux counts its entries (irq-stm32mp-exti.c).
 */
#ifndef DTSHIM_XEN_IRQ_EMPTY_H
#define DTSHIM_XEN_IRQ_EMPTY_H

#include "shim/fdt/tree.h"

/* How many entries of the node are empty, and are read: Xen ignores an invalid list. */
uint32_t shim_xen_empty_irqs(const struct shim_tree *tree, uint32_t node);

/*
 * What is written for them, `value` being its interrupts-extended, or that with other types.
 * In an interrupt controller each becomes an interrupt of its own, which leads nowhere, too: no
 * driver asks for it, and all others keep their numbers. Otherwise those at the end are removed.
 * `at` is NULL if others stay empty, or if the arena has no room.
 */
struct shim_span shim_xen_filled_irqs(struct shim_arena *arena, const struct shim_tree *tree,
                                      uint32_t node, struct shim_span value);

/* Can it be written so that none is empty? */
bool shim_xen_fills_irqs(const struct shim_tree *tree, uint32_t node);

#endif
