// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "common.h"

void shim_write_tags(const struct shim_plan *plan, struct shim_edits *edits)
{
    for (uint32_t node = 0; node < plan->tree->node_count; node++) {
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
