// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/board/dma_parent.h"

#include "shim/base/mem.h"

/* The index of a string in a list; SHIM_NONE: not there. */
static uint32_t list_index(struct shim_span list, const char *string)
{
    uint32_t index = 0;

    for (const char *at = shim_list_next(list, NULL); at; at = shim_list_next(list, at), index++)
        if (!strcmp(at, string))
            return index;
    return SHIM_NONE;
}

/* The target of the index-th <&provider specifier...>; SHIM_NONE where the list is unsound. */
static uint32_t provider_at(const struct shim_tree *tree, struct shim_span list, uint32_t index)
{
    for (; list.len >= 4; index--) {
        uint32_t target = shim_node_of_phandle(tree, shim_be32(list.at)), cells;

        if (target == SHIM_NONE ||
            !shim_cell(shim_prop(tree, target, SHIM_INTERCONNECT_CELLS), &cells) ||
            cells > list.len / 4 - 1)
            return SHIM_NONE;
        if (!index)
            return target;
        list.at += 4 * ((size_t)cells + 1);
        list.len -= 4 * ((size_t)cells + 1);
    }
    return SHIM_NONE;
}

uint32_t shim_dma_parent(const struct shim_tree *tree, uint32_t node)
{
    uint32_t index = SHIM_NONE, target = SHIM_NONE;

    if (shim_has_known(tree, node, SHIM_INTERCONNECT_NAMES))
        index = list_index(shim_prop(tree, node, SHIM_INTERCONNECT_NAMES), "dma-mem");
    if (index != SHIM_NONE)
        target = provider_at(tree, shim_prop(tree, node, SHIM_INTERCONNECTS), index);
    return target != SHIM_NONE ? target : tree->nodes[node].parent;
}

uint32_t shim_dma_start(const struct shim_tree *tree, uint32_t node)
{
    uint32_t parent = tree->nodes[node].parent;

    while (parent != SHIM_NONE && shim_is_pci(tree, parent)) {
        node = parent;
        parent = tree->nodes[node].parent;
    }
    return shim_is_pci(tree, node) ? node : shim_dma_parent(tree, node);
}

uint32_t shim_dma_carrier(const struct shim_tree *tree, uint32_t device)
{
    uint32_t node = shim_dma_start(tree, device);

    for (unsigned hops = 0; node != SHIM_NONE && hops < SHIM_DMA_HOPS; hops++) {
        struct shim_span ranges = shim_prop(tree, node, SHIM_DMA_RANGES);

        if (ranges.len)
            return node;
        if (!ranges.at && hops)
            return SHIM_NONE;
        node = shim_dma_parent(tree, node);
    }
    return SHIM_NONE;
}

static bool one_level_up(const struct shim_tree *tree, uint32_t node, uint64_t *address)
{
    return !shim_prop(tree, node, SHIM_DMA_RANGES).len ||
           shim_translate(shim_ranges_entries(tree, node, SHIM_DMA_RANGES), address);
}

bool shim_dma_to_cpu(const struct shim_tree *tree, uint32_t node, uint64_t *address)
{
    uint32_t at = shim_dma_parent(tree, node);

    for (unsigned hops = 0; at != SHIM_NONE && hops < SHIM_DMA_HOPS; hops++) {
        uint32_t next = shim_dma_parent(tree, at);

        if (next == SHIM_NONE)
            return true;
        if (!one_level_up(tree, at, address))
            return false;
        at = next;
    }
    return false;
}

bool shim_dma_coherent(const struct shim_tree *tree, uint32_t device, uint32_t *from)
{
    uint32_t node = device;

    for (unsigned hops = 0; node != SHIM_NONE && hops < SHIM_DMA_HOPS; hops++) {
        *from = node;
        if (shim_has_known(tree, node, SHIM_DMA_COHERENT))
            return true;
        if (shim_has_known(tree, node, SHIM_DMA_NONCOHERENT))
            return false;
        node = shim_dma_parent(tree, node);
    }
    *from = SHIM_NONE;
    return false;
}
