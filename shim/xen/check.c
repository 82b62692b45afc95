// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/xen/check.h"

static bool is_asked(const struct shim_check *check, const struct shim_trap *trap)
{
    return !check->release || (trap->since <= check->release && check->release <= trap->until);
}

void shim_check_all(struct shim_check *check)
{
    for (unsigned i = 0; i < shim_trap_count; i++)
        if (shim_traps[i].find && is_asked(check, &shim_traps[i]))
            shim_traps[i].find(check, &shim_traps[i]);
}
