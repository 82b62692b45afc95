// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/fdt/interrupt.h"

enum { HOPS_MAX = 2 * SHIM_DEPTH_MAX }; /* interrupt parents may form a ring */

static uint32_t one_up(const struct shim_tree *tree, uint32_t node)
{
    uint32_t phandle;

    if (shim_cell(shim_prop_named(tree, node, "interrupt-parent"), &phandle))
        return shim_node_of_phandle(tree, phandle);
    return tree->nodes[node].parent;
}

uint32_t shim_interrupt_parent(const struct shim_tree *tree, uint32_t node)
{
    for (unsigned hops = 0; hops < HOPS_MAX; hops++) {
        node = one_up(tree, node);
        if (node == SHIM_NONE || shim_prop_named(tree, node, "#interrupt-cells").at)
            return node;
    }
    return SHIM_NONE;
}

uint32_t shim_interrupt_cells(const struct shim_tree *tree, uint32_t controller)
{
    uint32_t cells = 0;

    shim_cell(shim_prop_named(tree, controller, "#interrupt-cells"), &cells);
    return cells;
}
