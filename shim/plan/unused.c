// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/plan/pass.h"

/* The forecast uses what Xen was built with in any layout. */
void shim_note_unused(struct shim_plan *plan, bool may_be)
{
    static const enum shim_policy_field fields[] = { SHIM_POLICY_PASSTHROUGH,
                                                     SHIM_POLICY_DOMAIN_NAME,
                                                     SHIM_POLICY_XEN_FEATURES };

    unsigned count = may_be ? 2 : 3;

    for (unsigned i = 0; i < count; i++)
        if (shim_policy_has(plan->policy, fields[i]))
            shim_note(plan, may_be ? SHIM_FINDING : SHIM_WARNING, SHIM_PASS_PASSTHROUGH, SHIM_NONE,
                      shim_say(plan->arena, "the policy's %s is not used",
                               shim_policy_table[fields[i]].name),
                      may_be ? "dom0 is direct, and has all devices"
                             : "it is for the xen,domain of contract xen with layout offset");
}
