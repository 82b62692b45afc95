// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/xen/boot.h"

#include "shim/model/platform.h"
#include "shim/plan/memory.h"
#include "shim/xen/plan.h"

bool shim_xen_may_color(const struct shim_policy *policy)
{
    return !shim_policy_has(policy, SHIM_POLICY_XEN_FEATURES) ||
           shim_policy_feature(policy, "llc-coloring");
}

/* The model knows SMMUs by itself. */
static bool has_others(struct shim_span drivers)
{
    static const char smmus[] = "arm,smmu-v1\0arm,smmu-v2\0arm,mmu-400\0arm,mmu-401\0"
                                "arm,mmu-500\0arm,smmu-v3\0";

    for (const char *at = shim_list_next(drivers, NULL); at; at = shim_list_next(drivers, at))
        if (!shim_matches_one(smmus, at))
            return true;
    return false;
}

struct shim_xen_boot shim_xen_boot_of(const struct shim_tree *tree,
                                      const struct shim_policy *policy,
                                      const struct shim_facts *facts)
{
    struct shim_span drivers = policy->list[SHIM_POLICY_IOMMU_DRIVERS];
    uint32_t bits = facts->hypervisor_bits ? facts->hypervisor_bits : shim_core_bits(tree);

    return (struct shim_xen_boot){
        .arch = bits == 32 ? SHIM_XEN_ARM32 : SHIM_XEN_ARM64,
        .static_memory = shim_policy_feature(policy, "static-mem"),
        .static_shm = shim_policy_feature(policy, "static-shm"),
        .gic_v3 = shim_policy_feature(policy, "gicv3"),
        .no_coloring = !shim_xen_may_color(policy),
        .smmu_v3 = shim_list_has(drivers, "arm,smmu-v3"),
        .other_iommus = has_others(drivers) ? drivers : (struct shim_span){ NULL, 0 },
    };
}

const struct shim_xen_boot *shim_plan_boot(const struct shim_plan *plan)
{
    struct shim_xen_plan *xen = plan->xen;

    if (!xen->boot_known) {
        xen->boot = shim_xen_boot_of(plan->tree, plan->policy, plan->facts);
        xen->boot.kinds = xen->kinds;
        xen->low_bits = (uint8_t)shim_xen_low_bits(plan->tree, xen->boot.arch);
    }
    xen->boot_known = true;
    return &xen->boot;
}

unsigned shim_plan_low_bits(const struct shim_plan *plan)
{
    shim_plan_boot(plan);
    return plan->xen->low_bits;
}

bool shim_xen_is_32(const struct shim_plan *plan)
{
    return shim_plan_boot(plan)->arch == SHIM_XEN_ARM32;
}

uint64_t shim_xen_reach(const struct shim_plan *plan)
{
    if (plan->facts->reach)
        return plan->facts->reach;
    return shim_xen_is_32(plan) ? (uint64_t)1 << 32 : UINT64_MAX;
}
