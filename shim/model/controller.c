// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/model/controller.h"

#include "shim/model/match.h"

bool shim_xen_knows_gic(const struct shim_sight *sight, uint32_t node)
{
    return sight->kinds.of[node] & SHIM_KIND_GIC &&
           shim_has_known(sight->tree, node, SHIM_INTERRUPT_CONTROLLER);
}

bool shim_xen_is_gic_v3(const struct shim_sight *sight, uint32_t gic)
{
    return sight->kinds.of[gic] & SHIM_KIND_GIC_3;
}

uint32_t shim_xen_find_gic(const struct shim_sight *sight, bool v3)
{
    const struct shim_tree *tree = sight->tree;

    for (uint32_t node = 1; node < tree->node_count; node++)
        if (shim_xen_knows_gic(sight, node) && shim_available(tree, node) &&
            !shim_passed_through(tree, node) && (v3 || !shim_xen_is_gic_v3(sight, node)))
            return node;
    return SHIM_NONE;
}
