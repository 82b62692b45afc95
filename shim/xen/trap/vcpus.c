// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * dom0 has as many CPUs as Xen starts, and a GICv2 serves eight: with more Xen does not make
 * dom0 (domain_vgic_init(), vgic_v2_max_vcpus()). maxcpus= would help, too, and would leave the
 * others idle.
 */
#include "shim/model/controller.h"
#include "shim/model/cpus.h"
#include "shim/plan/write.h"
#include "shim/xen/boot.h"
#include "shim/xen/modules.h"
#include "shim/xen/plan.h"
#include "shim/xen/trap/rows.h"

/* Of a GICv2 that has to serve more: how many; else 0. What the line says is the user's own. */
static uint32_t too_many(const struct shim_plan *plan)
{
    struct shim_arena arena = *plan->arena;
    struct shim_xen_boot *boot = shim_alloc(&arena, 1, sizeof(*boot));
    const char *line = shim_xen_command_line(plan->tree);
    struct shim_sight *sight = shim_alloc(&arena, 1, sizeof(*sight));
    uint32_t gic = SHIM_NONE, cpus = 0;

    if (boot && sight) {
        *boot = *shim_plan_boot(plan);
        boot->other_iommus.len = 0; /* nobody asks */
        *sight = (struct shim_sight){ .tree = plan->tree, .boot = boot, .arena = &arena,
                                      .xen_line = line ? line : "" };
        cpus = shim_dom0_cpus(sight);
        if (cpus > SHIM_GIC_V2_CPUS && shim_xen_find_kinds(sight))
            gic = shim_xen_find_gic(sight, true);
    }
    plan->arena->full |= arena.full;
    return gic == SHIM_NONE || shim_xen_is_gic_v3(sight, gic) ? 0 : cpus;
}

void shim_find_vcpus(struct shim_check *check, const struct shim_trap *trap)
{
    uint32_t cpus = 0;

    if (shim_policy_for(check->policy, SHIM_CONTRACT_XEN) && !shim_has_no_dom0(check))
        cpus = too_many(check->plan);
    if (cpus)
        shim_breach(check, trap, SHIM_NONE, "dom0 has %u CPUs, and a GICv2 supports %u", cpus,
                    SHIM_GIC_V2_CPUS);
}

/* Where the line names more the forecast of what is written refuses. */
void shim_decide_vcpus(struct shim_plan *plan)
{
    uint32_t cpus = plan->domain || shim_line_says(plan->tree, "dom0_max_vcpus=*\0") ? 0
                    : too_many(plan);

    if (!cpus)
        return;
    plan->xen->max_vcpus = SHIM_GIC_V2_CPUS;
    shim_note(plan, SHIM_DECISION, SHIM_PASS_CONTRACT, SHIM_NONE,
              "dom0 has 8 CPUs (dom0_max_vcpus=8)",
              shim_say(plan->arena, "Xen starts %u, and a GICv2 supports no more than 8", cpus));
}
