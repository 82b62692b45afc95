// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The words of the policy, and the defaults. */
#include <dtshim/policy.h>

#include "shim/base/text.h"
#include "shim/fdt/tree.h"

static const char contracts[] = "xen\0native\0none\0";
static const char layouts[] = "auto\0direct\0offset\0";
static const char offset_places[] = "property\0dma-ranges\0both\0";
static const char region_choices[] = "auto\0none\0";
static const char xen_features[] = "static-mem\0static-shm\0llc-coloring\0gicv3\0none\0large-tree\0";
static const char error_actions[] = "halt\0pass-through\0";

const struct shim_policy_entry shim_policy_table[SHIM_POLICY_FIELDS] = {
    [SHIM_POLICY_CONTRACT] = { "contract", SHIM_KIND_CHOICE, contracts },
    [SHIM_POLICY_LAYOUT] = { "layout", SHIM_KIND_CHOICE, layouts },
    [SHIM_POLICY_DOM0_MEM] = { "dom0-mem", SHIM_KIND_BYTES, NULL },
    [SHIM_POLICY_DOM0_BASE] = { "dom0-base", SHIM_KIND_BYTES, NULL },
    [SHIM_POLICY_MACHINE_BASE] = { "machine-base", SHIM_KIND_BYTES, NULL },
    [SHIM_POLICY_IPA_BITS] = { "ipa-bits", SHIM_KIND_COUNT, NULL },
    [SHIM_POLICY_OFFSET_IN] = { "offset-in", SHIM_KIND_CHOICE, offset_places },
    [SHIM_POLICY_HYPERVISOR] = { "hypervisor", SHIM_KIND_STRINGS, NULL },
    [SHIM_POLICY_IOMMU_DRIVERS] = { "iommu-drivers", SHIM_KIND_STRINGS, NULL },
    [SHIM_POLICY_ON_ERROR] = { "on-error", SHIM_KIND_CHOICE, error_actions },
    [SHIM_POLICY_RAM] = { "ram", SHIM_KIND_RANGES, NULL },
    [SHIM_POLICY_KERNEL_BITS] = { "kernel-bits", SHIM_KIND_COUNT, NULL },
    [SHIM_POLICY_IOMMU_NO_STAGE2] = { "iommu-no-stage2", SHIM_KIND_STRINGS, NULL },
    [SHIM_POLICY_MEMORY_TYPES] = { "memory-types", SHIM_KIND_STRINGS, NULL },
    [SHIM_POLICY_REGIONS] = { "regions", SHIM_KIND_CHOICE, region_choices },
    [SHIM_POLICY_MACHINE_BLOCKS] = { "machine-blocks", SHIM_KIND_RANGES, NULL },
    [SHIM_POLICY_PASSTHROUGH] = { "passthrough", SHIM_KIND_STRINGS, NULL },
    [SHIM_POLICY_DOMAIN_NAME] = { "domain-name", SHIM_KIND_STRINGS, NULL },
    [SHIM_POLICY_XEN_FEATURES] = { "xen-features", SHIM_KIND_STRINGS, xen_features },
    [SHIM_POLICY_XEN_VERSION] = { "xen-version", SHIM_KIND_RELEASE, NULL },
};

/* Linux takes a node for Xen's only with "xen,xen-" first (enlighten.c, 6.1). */
static const char default_hypervisor[] = "xen,xen-4.17\0xen,xen";

/* CONFIG_ARM_SMMU of Xen 4.17, the one IOMMU driver in a distribution build. */
static const char default_drivers[] =
    "arm,smmu-v1\0arm,smmu-v2\0arm,mmu-400\0arm,mmu-401\0arm,mmu-500";

static const char default_domain[] = "dom0";

struct shim_policy shim_policy_default(void)
{
    struct shim_policy policy = { 0 };

    policy.value[SHIM_POLICY_IPA_BITS] = 40;
    policy.list[SHIM_POLICY_HYPERVISOR] =
        (struct shim_span){ (const uint8_t *)default_hypervisor, sizeof(default_hypervisor) };
    policy.list[SHIM_POLICY_IOMMU_DRIVERS] =
        (struct shim_span){ (const uint8_t *)default_drivers, sizeof(default_drivers) };
    policy.list[SHIM_POLICY_DOMAIN_NAME] =
        (struct shim_span){ (const uint8_t *)default_domain, sizeof(default_domain) };
    return policy;
}

const char *shim_policy_word(const struct shim_policy *policy, enum shim_policy_field field)
{
    return shim_word(shim_policy_table[field].choices, (unsigned)policy->value[field]);
}

bool shim_policy_feature(const struct shim_policy *policy, const char *feature)
{
    return shim_list_has(policy->list[SHIM_POLICY_XEN_FEATURES], feature);
}
