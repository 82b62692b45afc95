// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/xen/trap/banks.h"

#include "shim/board/board.h"
#include "shim/fdt/address.h"

static uint32_t count_sized(struct shim_entries entries)
{
    struct shim_entry entry;
    uint32_t count = 0;

    while (shim_next_entry(&entries, &entry))
        count += entry.size != 0;
    return count;
}

uint32_t shim_xen_banks_at(const struct shim_tree *tree, uint32_t node)
{
    return count_sized(shim_reg_entries(tree, node));
}

uint32_t shim_xen_banks_of_region(const struct shim_tree *tree, uint32_t node)
{
    return count_sized(shim_region_entries(tree, node));
}

/* By name, at any depth; or by name and device_type, below the root alone. */
uint32_t shim_xen_memory_banks(const struct shim_tree *tree, const struct shim_release *release)
{
    uint32_t count = 0;

    for (uint32_t node = 1; node < tree->node_count; node++)
        if (shim_node_named(tree, node, "memory") &&
            (shim_available(tree, node) || !release->reads_status) &&
            (tree->nodes[node].depth == 1 || !release->memory_at_root))
            count += shim_xen_banks_at(tree, node);
    return count;
}

uint32_t shim_xen_reserved_banks(const struct shim_tree *tree)
{
    uint32_t reserved = shim_reserved_memory(tree), count = 0;
    uint32_t past = reserved == SHIM_NONE ? 0 : tree->nodes[reserved].past;

    for (uint32_t node = reserved + 1; node < past; node++)
        if (!shim_node_named(tree, node, "memory"))
            count += shim_xen_banks_of_region(tree, node);
    return count;
}
