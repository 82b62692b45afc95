/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Devices by the tree alone, whoever drives them in the end, and how to know one again. */
#ifndef DTSHIM_BOARD_DEVICES_H
#define DTSHIM_BOARD_DEVICES_H

#include "shim/fdt/tree.h"

/*
 * The next node behind `node` that may master DMA; SHIM_NONE: there is none. Start at the root.
 * Not what stands in /firmware: boot loaders add there what firmware offers.
 */
uint32_t shim_next_device(const struct shim_tree *tree, uint32_t node);

/*
 * A hash of its path and of what it says to be; with `windows` also of what limits its DMA or
 * keeps it coherent, on the way up to the root.
 */
uint32_t shim_device_mark(const struct shim_tree *tree, uint32_t node, bool windows);

#endif
