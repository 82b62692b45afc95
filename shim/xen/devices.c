// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/xen/devices.h"

#include "shim/base/mem.h"
#include "shim/board/iommu.h"
#include "shim/plan/names.h"

/*
 * skip_matches of handle_node(), 4.17: left out of dom0 with all below.
 */
static const char skipped[][24] = {
    "xen,xen", "xen,multiboot-module", "multiboot,module", "arm,psci", "arm,psci-0.2",
    "arm,psci-1.0", "arm,cortex-a7-pmu", "arm,cortex-a15-pmu", "arm,cortex-a53-edac",
    "arm,armv8-pmuv3", "arm,armv7-timer-mem",
};

static bool is_skipped(const struct shim_tree *tree, uint32_t node)
{
    struct shim_span list = shim_prop(tree, node, SHIM_COMPATIBLE);

    for (const char *at = shim_list_next(list, NULL); at; at = shim_list_next(list, at))
        for (size_t i = 0; i < sizeof(skipped) / sizeof(skipped[0]); i++)
            if (at[0] == skipped[i][0] && at[1] == skipped[i][1] && !strcmp(at, skipped[i]))
                return true; /* few strings come as far as the call */
    return false;
}

/* With all below it. */
static bool skips(const struct shim_board *board, uint32_t node)
{
    const struct shim_tree *tree = board->tree;

    if (shim_off_limits(board, node) ||
        (tree->nodes[node].parent == SHIM_ROOT &&
         shim_matches_one("cpus\0chosen\0", shim_node_name(tree, node))))
        return true;
    return shim_list_has(shim_prop(tree, node, SHIM_DEVICE_TYPE), "memory") ||
           is_skipped(tree, node);
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
    return shim_prop(board->tree, node, SHIM_INTERRUPT_CONTROLLER).at ||
           shim_prop(board->tree, node, SHIM_XEN_PASSTHROUGH).at || shim_has_driver(board, node) ||
           shim_node_named(board->tree, node, "serial") || shim_node_named(board->tree, node, "uart");
}
