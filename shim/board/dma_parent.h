/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * How Linux 6.1 reads `dma-ranges` and coherency (drivers/of/address.c and
 * device.c: of_dma_get_range(), of_dma_is_coherent()).
 */
#ifndef DTSHIM_BOARD_DMA_PARENT_H
#define DTSHIM_BOARD_DMA_PARENT_H

#include "shim/fdt/address.h"

enum { SHIM_DMA_HOPS = 2 * SHIM_DEPTH_MAX }; /* DMA parents may form a ring */

/*
 * The node whose addresses a node's DMA is in: its "dma-mem" interconnect, or
 * else its parent. SHIM_NONE for the root.
 */
uint32_t shim_dma_parent(const struct shim_tree *tree, uint32_t node);

/* Where the search for a device's dma-ranges starts: for PCI at the host itself. */
uint32_t shim_dma_start(const struct shim_tree *tree, uint32_t node);

/*
 * The node whose non-empty dma-ranges count for the device, or SHIM_NONE. Only
 * the first level may lack the property; an empty one means "go on".
 */
uint32_t shim_dma_carrier(const struct shim_tree *tree, uint32_t device);

/*
 * From the CPU side of a node's dma-ranges to CPU addresses, through those of
 * the DMA parents above it; false where one of them does not cover it.
 */
bool shim_dma_to_cpu(const struct shim_tree *tree, uint32_t node, uint64_t *address);

/* Is the device's DMA coherent? `*from` is the node that says so, or SHIM_NONE. */
bool shim_dma_coherent(const struct shim_tree *tree, uint32_t device, uint32_t *from);

#endif
