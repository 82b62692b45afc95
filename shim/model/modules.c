// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Whose modules are whose. */
#include "shim/model/sight.h"

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
