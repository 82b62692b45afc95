// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/xen/devices.h"

#include "shim/board/iommu.h"
#include "shim/plan/names.h"

/*
 * skip_matches of handle_node(), 4.17: left out of dom0 with all below.
 */
static const struct shim_row skipped[] = {
    SHIM_ROW("arm,psci"), SHIM_ROW("arm,psci-0.2"), SHIM_ROW("arm,psci-1.0"),
    SHIM_ROW("arm,cortex-a7-pmu"), SHIM_ROW("arm,cortex-a15-pmu"), SHIM_ROW("arm,cortex-a53-edac"),
    SHIM_ROW("arm,armv8-pmuv3"), SHIM_ROW("arm,armv7-timer-mem"), SHIM_ROW("multiboot,module"),
    SHIM_ROW("xen,xen"), SHIM_ROW("xen,multiboot-module"),
};

/* With all below it. */
static bool skips(const struct shim_board *board, uint32_t node)
{
    const struct shim_tree *tree = board->tree;

    if (shim_off_limits(board, node) ||
        (tree->nodes[node].parent == SHIM_ROOT &&
         shim_matches_one("cpus\0chosen\0", shim_node_name(tree, node))))
        return true;
    return (shim_has_known(tree, node, SHIM_DEVICE_TYPE) &&
            shim_list_has(shim_prop(tree, node, SHIM_DEVICE_TYPE), "memory")) ||
           SHIM_COMPATIBLE_ROW(tree, node, skipped);
}

bool shim_xen_leaves_out(const struct shim_board *board, uint32_t node)
{
    for (; node != SHIM_ROOT; node = board->tree->nodes[node].parent)
        if (skips(board, node))
            return true;
    return false;
}

uint32_t shim_xen_given_from(const struct shim_board *board, uint32_t node)
{
    while (node < board->tree->node_count && skips(board, node))
        node = board->tree->nodes[node].past;
    return node;
}

bool shim_xen_keeps(const struct shim_board *board, uint32_t node)
{
    return shim_has_known(board->tree, node, SHIM_INTERRUPT_CONTROLLER) ||
           shim_has_known(board->tree, node, SHIM_XEN_PASSTHROUGH) || shim_has_driver(board, node) ||
           shim_node_named(board->tree, node, "serial") || shim_node_named(board->tree, node, "uart");
}
