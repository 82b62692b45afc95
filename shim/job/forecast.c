// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/job/forecast.h"

#include "shim/xen/modules.h"

static const struct shim_payload_part *part_of(const struct shim_facts *facts,
                                               enum shim_module_kind kind)
{
    for (uint32_t i = 0; i < facts->payload_count; i++)
        if (facts->payload[i].kind == kind)
            return &facts->payload[i];
    return NULL;
}

/* Xen with its bss; size 0: nobody says where it is. */
static struct shim_range xen_place(const struct shim_job *job)
{
    const struct shim_payload_part *part = part_of(&job->facts, SHIM_MODULE_XEN);
    struct shim_range at = { 0 };

    if (part)
        at = part->at;
    else if (!shim_find_module(&job->tree, "dtshim,hypervisor", &at))
        return (struct shim_range){ 0 };
    at.size = shim_hypervisor_room(&job->facts, at.size);
    return at;
}

static struct shim_xen_boot boot_of(const struct shim_job *job, const struct shim_release *release)
{
    return (struct shim_xen_boot){
        .release = release,
        .arch = job->facts.hypervisor_bits == 32 ? SHIM_XEN_ARM32 : SHIM_XEN_ARM64,
        .static_memory = shim_policy_feature(&job->policy, "static-mem"),
        .smmu_v3 = shim_list_has(job->policy.list[SHIM_POLICY_IOMMU_DRIVERS], "arm,smmu-v3"),
        .image = xen_place(job),
        .tree = job->facts.tree,
    };
}

static struct shim_kernel_image kernel_of(const struct shim_job *job)
{
    return (struct shim_kernel_image){
        .bits = job->facts.kernel_bits ? job->facts.kernel_bits : 64,
        .room = job->facts.kernel_room,
        .offset = job->facts.kernel_offset,
    };
}

enum shim_code shim_job_forecast(struct shim_job *job, const struct shim_release *release,
                                 bool with_tree, struct shim_forecast *forecast,
                                 struct shim_error *error)
{
    struct shim_xen_boot boot = boot_of(job, release);
    struct shim_kernel_image kernel = kernel_of(job);

    if (job->unsound.code == SHIM_E_POLICY) {
        *error = job->unsound;
        return error->code;
    }
    return shim_xen_forecast(forecast, &job->tree, &boot, &kernel, with_tree, &job->arena, error);
}
