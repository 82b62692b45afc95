// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "memory.h"
#include "shim/fdt/address.h"

static bool is_memory(const struct shim_tree *tree, uint32_t node)
{
    return shim_node_named(tree, node, "memory") ||
           shim_list_has(shim_prop(tree, node, SHIM_DEVICE_TYPE), "memory");
}

static bool reg_meets(const struct shim_tree *tree, uint32_t node, struct shim_range range)
{
    struct shim_entries entries = shim_reg_entries(tree, node);
    struct shim_entry entry;

    if (!entries.rest.at)
        entries.rest = shim_prop(tree, node, SHIM_USABLE_MEMORY);
    while (shim_next_entry(&entries, &entry))
        if (entry.size && shim_range_overlaps(shim_cut_range(entry.address, entry.size), range))
            return true;
    return false;
}

bool memory_node_meets(const struct shim_tree *tree, struct shim_range range)
{
    for (uint32_t node = shim_first_child(tree, SHIM_ROOT); node != SHIM_NONE;
         node = shim_next_child(tree, node))
        if (is_memory(tree, node) && reg_meets(tree, node, range))
            return true;
    return false;
}
