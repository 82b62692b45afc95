// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/model/controller.h"

#include "shim/model/match.h"

#define GICS_2 "arm,cortex-a15-gic\0arm,cortex-a7-gic\0arm,gic-400\0"
#define GICS_3 "arm,gic-v3\0"

bool shim_xen_knows_gic(const struct shim_tree *tree, uint32_t node)
{
    return shim_prop(tree, node, SHIM_INTERRUPT_CONTROLLER).at &&
           shim_xen_compatible(tree, node, GICS_2 GICS_3);
}

bool shim_xen_is_gic_v3(const struct shim_tree *tree, uint32_t gic)
{
    return shim_xen_compatible(tree, gic, GICS_3);
}

uint32_t shim_xen_find_gic(const struct shim_tree *tree, bool v3)
{
    for (uint32_t node = 1; node < tree->node_count; node++)
        if (shim_xen_knows_gic(tree, node) && shim_available(tree, node) &&
            !shim_passed_through(tree, node) && (v3 || !shim_xen_is_gic_v3(tree, node)))
            return node;
    return SHIM_NONE;
}
