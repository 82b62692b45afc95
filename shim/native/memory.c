// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/native/memory.h"

#include "shim/plan/block.h"
#include "shim/plan/memory.h"

/* The lowest free block; the native base itself wins where it is free. */
static enum shim_code lowest_block(struct shim_plan *plan, uint64_t *base,
                                   struct shim_error *error)
{
    struct shim_error ignored;
    struct shim_ranges free;

    if (!shim_check_block(plan, plan->dom0, &ignored)) {
        *base = plan->dom0.base;
        return SHIM_OK;
    }
    if (!shim_find_free(plan, &free))
        return shim_no_room_for_map(error);
    return shim_fit_alike(&free, plan->dom0, base) ? SHIM_OK : shim_no_block(plan, error);
}

static enum shim_code choose(struct shim_plan *plan, const char **reason, struct shim_error *error)
{
    bool told = false;
    enum shim_code code = shim_take_told_block(plan, &told, error);

    *reason = told ? "the policy sets it" : "the lowest free block that fits";
    return code || told ? code : lowest_block(plan, &plan->machine_base, error);
}

static enum shim_code take_base(struct shim_plan *plan, struct shim_error *error)
{
    bool given = shim_policy_has(plan->policy, SHIM_POLICY_DOM0_BASE);

    return shim_take_base(plan, given ? plan->policy->value[SHIM_POLICY_DOM0_BASE]
                                      : plan->board->ram.at[0].base,
                          given ? "the policy sets dom0-base"
                                : "the native base: the board's lowest RAM", error);
}

enum shim_code shim_native_memory(struct shim_plan *plan, struct shim_error *error)
{
    const char *reason = NULL;
    enum shim_code code;
    bool given = shim_policy_has(plan->policy, SHIM_POLICY_DOM0_MEM);

    shim_begin_memory(plan);
    shim_take_size(plan, given ? plan->policy->value[SHIM_POLICY_DOM0_MEM]
                               : shim_default_size(plan->board),
                   given ? "the policy sets dom0-mem" : shim_default_reason(plan->board));
    code = take_base(plan, error);
    if (!code)
        code = shim_check_fits(plan, error);
    if (!code)
        code = choose(plan, &reason, error);
    if (!code)
        code = shim_settle_block(plan, reason, error);
    if (!code)
        shim_note_pools(plan);
    return code;
}
