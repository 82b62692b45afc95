// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/model/host.h"

#include "shim/base/mem.h"
#include "shim/model/can_run.h"
#include "shim/model/console.h"
#include "shim/model/cpus.h"
#include "shim/model/gic.h"
#include "shim/model/match.h"
#include "shim/model/platform.h"

/* ---- timer ---------------------------------------------------------------------------- */

/* The place of a name in interrupt-names; false: it is not there. */
static bool named(const struct shim_tree *tree, uint32_t node, const char *name, uint32_t *index)
{
    struct shim_span names = shim_prop_named(tree, node, "interrupt-names");

    *index = 0;
    for (const char *at = shim_list_next(names, NULL); at; at = shim_list_next(names, at)) {
        if (!strcmp(at, name))
            return true;
        (*index)++;
    }
    return false;
}

/* init_dt_xen_time(); the fourth is the hypervisor's own. */
static void take_timers(struct shim_xen_host *host)
{
    static const char names[] = "sec-phys\0phys\0virt\0hyp-phys\0";
    const struct shim_tree *tree = host->sight->tree;
    bool by_name = host->sight->boot->release->timer_names &&
                   shim_has(tree, host->timer, "interrupt-names");

    for (uint32_t i = 0; i <= SHIM_TIMERS; i++) {
        uint32_t index = i, number;

        if ((by_name && !named(tree, host->timer, shim_word(names, i), &index)) ||
            !shim_xen_take_interrupt(host, host->timer, index, &number)) {
            shim_stop(host->stop, "timer", host->timer, "the timer lacks an interrupt",
                      "give the timer's node all its interrupts",
                      "Timer: Unable to retrieve IRQ %u from the device tree", i);
            return;
        }
        if (i < SHIM_TIMERS)
            host->timers[i] = number;
    }
}

/* ---- nodes ---------------------------------------------------------------------------- */

/* device_init(): drivers/passthrough/arm/Makefile has them in this order. */
enum shim_xen_iommu shim_xen_iommu_of(const struct shim_sight *sight, uint32_t node)
{
    unsigned kinds = sight->kinds.of[node] & SHIM_KIND_IOMMU;

    if (!kinds)
        return SHIM_XEN_NO_IOMMU;
    if (kinds & SHIM_KIND_SMMU)
        return SHIM_XEN_SMMU;
    if (kinds & SHIM_KIND_SMMU_3 && sight->boot->smmu_v3)
        return SHIM_XEN_SMMU_V3;
    return kinds & SHIM_KIND_OTHER ? SHIM_XEN_OTHER : SHIM_XEN_NO_IOMMU;
}

/* handle_node() up to the interrupts. */
enum shim_fate shim_xen_fate(const struct shim_xen_host *host, uint32_t node)
{
    const struct shim_sight *sight = host->sight;
    const struct shim_tree *tree = sight->tree;
    unsigned kinds = sight->kinds.of[node];
    unsigned skipped = SHIM_KIND_SKIPPED |
                       (sight->boot->release->hides_chosen ? SHIM_KIND_HIDDEN : 0);

    if (kinds & skipped || shim_xen_at_root(tree, node, "cpus") ||
        shim_xen_type(tree, node, "memory") ||
        shim_platform_keeps(host->platform, tree, node))
        return SHIM_FATE_KEPT;
    if (kinds & SHIM_KIND_GIC)
        return node == host->gic ? SHIM_FATE_GIC : SHIM_FATE_KEPT;
    if (kinds & SHIM_KIND_TIMER)
        return SHIM_FATE_TIMER;
    return node == host->console || shim_xen_knows_iommu(sight, node) ? SHIM_FATE_KEPT
                                                                      : SHIM_FATE_GIVEN;
}

enum shim_code shim_xen_take_host(struct shim_xen_host *host, const struct shim_sight *sight,
                                  struct shim_stop *stop, struct shim_error *error)
{
    uint32_t number;

    *host = (struct shim_xen_host){
        .sight = sight, .stop = stop,
        .gic = shim_xen_find_gic(sight, shim_xen_drives_gic_v3(sight->boot)),
        .timer = shim_xen_find_timer(sight),
        .platform = shim_platform_of(sight->tree, sight->boot->arch),
        .cpus = shim_dom0_cpus(sight),
    };
    host->interrupts = shim_alloc(sight->arena, SHIM_INTERRUPTS, 1);
    if (!host->interrupts)
        return shim_no_room(error, "for the interrupts that Xen knows");
    memset(host->interrupts, 0, SHIM_INTERRUPTS);
    shim_xen_can_run(sight, stop);
    host->console = shim_xen_console(sight);
    if (shim_stops(stop))
        return SHIM_OK;
    if (host->console != SHIM_NONE)
        shim_xen_take_interrupt(host, host->console, 0, &number);
    shim_xen_take_gic(host);
    if (!shim_stops(stop))
        take_timers(host);
    if (!shim_stops(stop) && !host->gic_v3)
        shim_xen_give_frames(host);
    if (!host->gic_v3 && host->cpus > SHIM_GIC_V2_CPUS)
        shim_stop(stop, "cpus", SHIM_NONE, "dom0 has more CPUs than a GICv2 supports",
                  "give Xen dom0_max_vcpus=8", "Error creating domain 0");
    return SHIM_OK;
}
