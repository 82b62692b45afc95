// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/board/devices.h"

#include "shim/base/mem.h"
#include "shim/board/board.h"
#include "shim/board/masters.h"
#include "shim/fdt/address.h"

/* The second and third are what the first is called when its name alone would make it Xen's RAM. */
static bool is_named_memory(const struct shim_tree *tree, uint32_t node)
{
    return shim_node_named(tree, node, "memory") || shim_node_named(tree, node, "region") ||
           shim_node_named(tree, node, "region-of-memory");
}

static bool holds_none(const struct shim_tree *tree, uint32_t node)
{
    return !shim_available(tree, node) || shim_is_description(tree, node) ||
           (tree->nodes[node].parent == SHIM_ROOT &&
            (shim_is_own_node(tree, node) || is_named_memory(tree, node) ||
             shim_node_named(tree, node, "firmware")));
}

/* Behind the node, or behind all below it: a PCI host's devices are its own DMA. */
static uint32_t step(const struct shim_tree *tree, uint32_t node)
{
    return shim_is_pci(tree, node) ? tree->nodes[node].past : node + 1;
}

uint32_t shim_next_device(const struct shim_tree *tree, const uint8_t *dma, uint32_t node)
{
    for (node = step(tree, node); node < tree->node_count;) {
        if (holds_none(tree, node)) {
            node = tree->nodes[node].past;
            continue;
        }
        if ((dma && dma[node] != SHIM_DMA_NONE) || shim_is_master(tree, node))
            return node;
        node = step(tree, node);
    }
    return SHIM_NONE;
}

/* FNV-1a. */
static uint32_t mix(uint32_t hash, const void *bytes, size_t len)
{
    for (const uint8_t *at = bytes; len; at++, len--)
        hash = (hash ^ *at) * 16777619u;
    return hash;
}

/* An empty one is something else than none. */
static uint32_t mix_window(uint32_t hash, const struct shim_tree *tree, uint32_t node)
{
    static const uint8_t names[] = { SHIM_DMA_RANGES, SHIM_DMA_COHERENT, SHIM_DMA_NONCOHERENT };

    for (unsigned i = 0; i < sizeof(names); i++) {
        struct shim_span value = shim_prop(tree, node, (enum shim_name)names[i]);

        if (value.at)
            hash = mix(mix(hash, &names[i], 1), value.at, value.len);
    }
    return hash;
}

static const char *lasting_name(const struct shim_tree *tree, uint32_t node)
{
    return is_named_memory(tree, node) ? "" : shim_node_name(tree, node);
}

uint32_t shim_device_mark(const struct shim_tree *tree, uint32_t node, bool windows)
{
    struct shim_span compatible = shim_prop(tree, node, SHIM_COMPATIBLE);
    uint32_t hash = mix(2166136261u, compatible.at, compatible.len);

    for (; node != SHIM_ROOT; node = tree->nodes[node].parent) {
        const char *name = lasting_name(tree, node);

        hash = mix(hash, name, strlen(name) + 1);
        if (windows)
            hash = mix_window(hash, tree, node);
    }
    return hash;
}
