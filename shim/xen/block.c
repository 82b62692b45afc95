// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/xen/block.h"

#include "shim/plan/block.h"
#include "shim/xen/in_ram.h"

bool shim_wants_domain(const struct shim_board *board)
{
    const struct shim_policy *policy = board->policy;
    uint64_t native = shim_policy_has(policy, SHIM_POLICY_DOM0_BASE)
                          ? policy->value[SHIM_POLICY_DOM0_BASE] : board->ram.at[0].base;

    if (!shim_policy_for(policy, SHIM_CONTRACT_XEN) ||
        policy->value[SHIM_POLICY_LAYOUT] == SHIM_LAYOUT_DIRECT)
        return false;
    return policy->value[SHIM_POLICY_LAYOUT] == SHIM_LAYOUT_OFFSET ||
           policy->list[SHIM_POLICY_PASSTHROUGH].len ||
           shim_policy_has(policy, SHIM_POLICY_MACHINE_BLOCKS) ||
           (shim_policy_has(policy, SHIM_POLICY_MACHINE_BASE) &&
            policy->value[SHIM_POLICY_MACHINE_BASE] != native);
}

/* Stock Xen keeps page 0 from its allocator (init_heap_pages(), 4.17 to 4.22). */
enum shim_code shim_xen_check_page_0(const struct shim_plan *plan, struct shim_error *error)
{
    bool given = shim_policy_has(plan->policy, SHIM_POLICY_DOM0_BASE) ||
                 shim_policy_has(plan->policy, SHIM_POLICY_MACHINE_BASE);

    if (plan->machine_base)
        return SHIM_OK;
    return shim_fail(error, SHIM_E_PLACEMENT,
                     given ? "policy" : SHIM_PATH(plan->tree, shim_memory_node_at(plan->board, 0)),
                     given ? shim_asker_of_place(plan).property : "reg",
                     given ? "remove it: the plan then takes the nearest place that works"
                           : "nothing: Xen cannot give that page",
                     "Xen never hands out page 0, so dom0 cannot start at address 0");
}

static enum shim_code choose(struct shim_plan *plan, const char **reason, struct shim_error *error)
{
    bool told = false;
    enum shim_code code = shim_take_told_block(plan, &told, error);

    *reason = told ? "the policy sets it" : "stock Xen maps dom0 1:1";
    if (!told)
        plan->machine_base = plan->dom0.base;
    return code;
}

enum shim_code shim_xen_block(struct shim_plan *plan, struct shim_error *error)
{
    const char *reason = NULL;
    enum shim_code code = choose(plan, &reason, error);

    if (!code)
        code = shim_xen_check_page_0(plan, error);
    if (!code)
        code = shim_settle_block(plan, reason, error);
    return code ? code : shim_xen_check_in_ram(plan, error);
}
