// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * none: nobody in particular. The tree is checked and handed over as it came,
 * byte for byte.
 */
#include "shim/job/contracts.h"
#include "shim/xen/plain_guard.h"

const struct shim_contract shim_contract_none = {
    .name = "none",
    .who = "nobody in particular",
    .hypervisor = "Xen",
    .guard = &shim_plain_guard,
};
