/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Devices by the tree alone, whatever drives them in the end, and how to recognise one again. */
#ifndef DTSHIM_BOARD_DEVICES_H
#define DTSHIM_BOARD_DEVICES_H

#include "shim/fdt/tree.h"

/*
 * The next node after `node` that may master DMA; SHIM_NONE: there is none. Start at the root.
 * Nodes in /firmware do not count: boot loaders add there what firmware offers. `dma` is what a
 * survey of the tree has found out (board.h), so that it is not asked again; NULL: nothing has.
 */
uint32_t shim_next_device(const struct shim_tree *tree, const uint8_t *dma, uint32_t node);

/*
 * A hash of its path and compatible; with `windows` also of everything that limits its DMA or
 * keeps it coherent, on the way up to the root.
 */
uint32_t shim_device_mark(const struct shim_tree *tree, uint32_t node, bool windows);

#endif
