// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "common.h"

/* Memory is no device, and its nodes may be deleted or moved as a whole. */
static bool is_memory(const struct shim_plan *plan, uint32_t node)
{
    for (uint32_t i = 0; i < plan->memory_node_count; i++)
        if (node >= plan->memory_nodes[i] && node < plan->tree->nodes[plan->memory_nodes[i]].past)
            return true;
    return plan->tree->nodes[node].parent == SHIM_ROOT &&
           shim_node_named(plan->tree, node, "reserved-memory");
}

void shim_write_tags(const struct shim_plan *plan, struct shim_edits *edits)
{
    for (uint32_t node = 0; node < plan->tree->node_count; node++) {
        if (is_memory(plan, node)) {
            node = plan->tree->nodes[node].past - 1;
            continue;
        }
        if (plan->dma[node] == SHIM_DMA_PROTECTED)
            shim_put(edits, shim_cursor(node), "xen-dma-safe", "", 0);
        else
            shim_delete_prop(edits, node, SHIM_XEN_DMA_SAFE);
    }
}

void shim_write_memory_types(const struct shim_plan *plan, struct shim_edits *edits)
{
    for (uint32_t i = 0; i < plan->memory_node_count; i++)
        shim_put_string(edits, shim_cursor(plan->memory_nodes[i]), "device_type", "memory");
}
