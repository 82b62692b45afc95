// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Devices where memory is to be. */
#include "shim/fdt/address.h"
#include "shim/plan/pass.h"

/* A domain may have one of its own for what another one names. */
bool shim_is_module_node(const struct shim_plan *plan, uint32_t node)
{
    if (shim_compatible_one(plan->tree, node, "multiboot,module\0xen,multiboot-module\0"))
        return true;
    for (uint32_t i = 0; i < plan->module_count; i++)
        if (node == plan->modules[i].node)
            return true;
    return false;
}

/* Memory is not a device, nor is what is in it: its place is checked elsewhere. */
static bool is_memory(const struct shim_plan *plan, uint32_t node)
{
    return shim_is_memory_node(plan->board, node) || shim_is_module_node(plan, node) ||
           shim_node_named(plan->tree, node, "hypervisor");
}

uint32_t shim_device_in(const struct shim_plan *plan, struct shim_range range)
{
    const struct shim_tree *tree = plan->tree;
    struct shim_entry entry;
    struct shim_range at;

    for (uint32_t node = 1; node < tree->node_count; node++) {
        struct shim_entries entries = shim_reg_entries(tree, node);

        if (shim_node_named(tree, node, "reserved-memory"))
            node = tree->nodes[node].past - 1;
        else if (entries.rest.len && shim_available(tree, node))
            while (shim_next_entry(&entries, &entry))
                if (shim_reg_to_cpu(tree, node, &entry, &at) && shim_range_overlaps(at, range) &&
                    !is_memory(plan, node))
                    return node;
    }
    return SHIM_NONE;
}
