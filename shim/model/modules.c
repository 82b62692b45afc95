// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Which modules are seen, and to which domain they belong. */
#include "shim/base/mem.h"
#include "shim/model/sight.h"

bool shim_xen_takes_path(const struct shim_tree *tree, uint32_t node)
{
    size_t bytes = 1;

    for (; node != SHIM_ROOT; node = tree->nodes[node].parent)
        bytes += strlen(shim_node_name(tree, node)) + 1;
    return bytes <= SHIM_XEN_MODULE_PATH_MAX;
}

const struct shim_xen_module *shim_sight_module(const struct shim_sight *sight,
                                                enum shim_module_kind kind)
{
    for (uint32_t i = 0; i < sight->module_count; i++)
        if (sight->modules[i].kind == kind && sight->modules[i].domain == SHIM_NONE)
            return &sight->modules[i];
    return NULL;
}

bool shim_sight_dom0less(const struct shim_sight *sight)
{
    bool domain = false;

    for (uint32_t i = 0; i < sight->module_count; i++)
        domain |= sight->modules[i].kind == SHIM_MODULE_KERNEL;
    return domain && !shim_sight_module(sight, SHIM_MODULE_KERNEL);
}
