// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/xen/check.h"

#include "shim/xen/plan.h"

enum shim_code shim_check_all(struct shim_check *check, struct shim_error *error)
{
    for (unsigned i = 0; i < shim_trap_count; i++)
        if (shim_traps[i].find && shim_releases_meet(&check->plan->xen->releases,
                                                     shim_traps[i].since, shim_traps[i].until))
            shim_traps[i].find(check, &shim_traps[i]);
    return check->plan->arena->full ? shim_no_room(error, "to look for all that may go wrong")
                                    : SHIM_OK;
}
