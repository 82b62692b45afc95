// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* In place of contract native, where a stage or U-Boot was built without it: a refusal. */
#include "shim/native/contract.h"

#include "shim/xen/plain_guard.h"

static enum shim_code refuse(struct shim_plan *plan, struct shim_error *error)
{
    (void)plan;
    return shim_fail(error, SHIM_E_UNSUPPORTED, "policy", "contract",
                     "set CONFIG_STAGE_NATIVE (in U-Boot CONFIG_DTSHIM_NATIVE) and build again, or "
                     "use contract xen", "contract native was left out of this build");
}

/* Refused before that; but a contract that writes nothing would be none. */
static void write(const struct shim_plan *plan, struct shim_edits *edits,
                  shim_chosen_writer *record)
{
    (void)plan;
    (void)edits;
    (void)record;
}

static shim_pass *const passes[] = { refuse, NULL };

const struct shim_contract shim_contract_native = {
    .name = "native",
    .who = "a hypervisor that takes dom0's tree as it comes",
    .hypervisor = "hypervisor",
    .guard = &shim_plain_guard,
    .passes = passes,
    .write = write,
};
