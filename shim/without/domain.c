// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * In place of layout offset, where a stage or U-Boot was built without it: a refusal when the
 * domain's memory is asked for, which is before all else. The rest is never reached then.
 */
#include "shim/xen/domain/block.h"
#include "shim/xen/domain/domain.h"
#include "shim/xen/domain/passthrough.h"

#include "shim/plan/pass.h"

enum shim_code shim_xen_domain_block(struct shim_plan *plan, struct shim_error *error)
{
    (void)plan;
    return shim_fail(error, SHIM_E_UNSUPPORTED, "policy", "layout",
                     "set CONFIG_STAGE_DOMAIN (in U-Boot CONFIG_DTSHIM_DOMAIN) and build again, or "
                     "use layout direct, and no passthrough",
                     "layout offset was left out of this build");
}

/* Without a domain that is all that there is to say. */
enum shim_code shim_xen_passthrough(struct shim_plan *plan, struct shim_error *error)
{
    (void)error;
    shim_note_unused(plan, plan->policy->value[SHIM_POLICY_LAYOUT] == SHIM_LAYOUT_AUTO);
    return SHIM_OK;
}

enum shim_code shim_xen_decide_domain(struct shim_plan *plan, struct shim_error *error)
{
    return shim_xen_domain_block(plan, error);
}

bool shim_xen_goes_into_domain(const struct shim_module *module)
{
    (void)module;
    return false;
}

void shim_xen_write_given(const struct shim_plan *plan, struct shim_edits *edits)
{
    (void)plan;
    (void)edits;
}

void shim_xen_write_domain(const struct shim_plan *plan, struct shim_edits *edits,
                           struct shim_cursor chosen, struct shim_cells cells)
{
    (void)plan;
    (void)edits;
    (void)chosen;
    (void)cells;
}
