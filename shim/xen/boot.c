// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/xen/boot.h"

#include "shim/plan/memory.h"

bool shim_xen_may_color(const struct shim_policy *policy)
{
    return !shim_policy_has(policy, SHIM_POLICY_XEN_FEATURES) ||
           shim_policy_feature(policy, "llc-coloring");
}

struct shim_xen_boot shim_xen_boot_of(const struct shim_tree *tree,
                                      const struct shim_policy *policy,
                                      const struct shim_facts *facts)
{
    uint32_t bits = facts->hypervisor_bits ? facts->hypervisor_bits : shim_core_bits(tree);

    return (struct shim_xen_boot){
        .arch = bits == 32 ? SHIM_XEN_ARM32 : SHIM_XEN_ARM64,
        .static_memory = shim_policy_feature(policy, "static-mem"),
        .static_shm = shim_policy_feature(policy, "static-shm"),
        .no_coloring = !shim_xen_may_color(policy),
        .smmu_v3 = shim_list_has(policy->list[SHIM_POLICY_IOMMU_DRIVERS], "arm,smmu-v3"),
    };
}
