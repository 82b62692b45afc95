// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Devices where memory is to be. */
#include "shim/fdt/address.h"
#include "shim/plan/pass.h"

/* A domain may have one of its own for what another one names. */
bool shim_is_module_node(const struct shim_plan *plan, uint32_t node)
{
    static const struct shim_row modules[] = { SHIM_ROW("multiboot,module"),
                                               SHIM_ROW("xen,multiboot-module") };

    if (SHIM_COMPATIBLE_ROW(plan->tree, node, modules))
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

static bool is_reserved(const struct shim_tree *tree, uint32_t node)
{
    while (node != SHIM_ROOT && !shim_node_named(tree, node, "reserved-memory"))
        node = tree->nodes[node].parent;
    return node != SHIM_ROOT;
}

uint32_t shim_device_in(const struct shim_plan *plan, struct shim_range range)
{
    for (uint32_t i = 0; i < plan->board->reg_count; i++) {
        uint32_t node = plan->board->regs[i].node;

        if (shim_range_overlaps(plan->board->regs[i].at, range) &&
            shim_available(plan->tree, node) && !is_reserved(plan->tree, node) &&
            !is_memory(plan, node))
            return node;
    }
    return SHIM_NONE;
}
