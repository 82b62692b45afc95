// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/model/smmu.h"

#include "shim/base/mem.h"
#include "shim/model/bus.h"
#include "shim/model/match.h"

/* SMMU v1 and v2 name their interrupts by number: those of all, then those of contexts. */
static bool has_contexts(const struct shim_tree *tree, uint32_t node)
{
    uint32_t global;

    return shim_first_cell(shim_prop_named(tree, node, "#global-interrupts"), &global) &&
           shim_xen_wires(tree, node) > global;
}

bool shim_xen_drives(const struct shim_sight *sight, uint32_t node)
{
    const struct shim_tree *tree = sight->tree;
    struct shim_range at;

    return shim_xen_knows_iommu(sight, node) && shim_available(tree, node) &&
           !shim_passed_through(tree, node) && shim_xen_wants_iommus(sight->xen_line) &&
           shim_xen_address(tree, node, 0, &at) &&
           (shim_xen_compatible(tree, node, "arm,smmu-v3\0") || has_contexts(tree, node));
}

/* Those of all contexts at once; a context's own when it has a first device. */
static void take_interrupts(struct shim_xen_host *host, uint32_t node)
{
    const struct shim_tree *tree = host->sight->tree;
    uint32_t count = shim_xen_wires(tree, node), kept = count, number;

    shim_first_cell(shim_prop_named(tree, node, "#global-interrupts"), &kept);
    for (uint32_t i = 0; i < count; i++)
        if (shim_xen_interrupt(host, node, i, &number) && i < kept)
            host->interrupts[number] |= SHIM_INTERRUPT_XENS;
}

/* The context of all of dom0's devices is the first: arm_smmu_init_domain_context(). */
static void take_context(struct shim_xen_host *host, uint32_t node)
{
    const struct shim_tree *tree = host->sight->tree;
    uint32_t first, number;

    if (shim_first_cell(shim_prop_named(tree, node, "#global-interrupts"), &first) &&
        shim_xen_interrupt(host, node, first, &number) &&
        !(host->interrupts[number] & SHIM_INTERRUPT_DOM0S))
        host->interrupts[number] |= SHIM_INTERRUPT_XENS;
}

/* ---- mmu-masters ------------------------------------------------------------------------ */

static bool start_masters(struct shim_xen_host *host)
{
    const struct shim_sight *sight = host->sight;

    if (host->masters)
        return true;
    host->masters = shim_alloc(sight->arena, sight->tree->node_count, sizeof(*host->masters));
    for (uint32_t i = 0; host->masters && i < sight->tree->node_count; i++)
        host->masters[i] = SHIM_NONE;
    return host->masters != NULL;
}

/* register_smmu_master(): each node once, in all of them. */
static bool take_masters(struct shim_xen_host *host, uint32_t node)
{
    const struct shim_tree *tree = host->sight->tree;
    uint32_t master;
    struct shim_span args;

    if (!shim_prop(tree, node, SHIM_MMU_MASTERS).at)
        return true;
    if (!start_masters(host))
        return false;
    for (uint32_t i = 0; shim_xen_reference(tree, node, "mmu-masters", "#stream-id-cells", i,
                                            &master, &args); i++) {
        if (host->masters[master] != SHIM_NONE)
            shim_stop(host->stop, "iommu", node, "it names a device that is named already",
                      "name each device once, in the mmu-masters of one SMMU",
                      "Couldn't configure correctly all the IOMMUs.");
        host->masters[master] = node;
    }
    return true;
}

bool shim_xen_take_smmus(struct shim_xen_host *host)
{
    const struct shim_sight *sight = host->sight;
    bool room = true;

    for (uint32_t node = 1; room && node < sight->tree->node_count; node++) {
        if (!(sight->tree->nodes[node].known >> SHIM_COMPATIBLE & 1) ||
            !shim_xen_drives(sight, node))
            continue;
        host->iommu = true;
        take_interrupts(host, node);
        room = take_masters(host, node);
    }
    return room;
}

/* ---- devices ---------------------------------------------------------------------------- */

static bool stopped(struct shim_xen_host *host, uint32_t node, const char *why)
{
    shim_stop(host->stop, "iommu", node, why,
              "take its iommus away, disable that IOMMU, or give Xen iommu=no",
              "Failed to add %s to the IOMMU", SHIM_PATH(host->sight->tree, node));
    return false;
}

/* The IOMMU that a device's iommus lead to, or SHIM_NONE; false: Xen stops. */
static bool find_iommu(struct shim_xen_host *host, uint32_t node, uint32_t *found)
{
    const struct shim_tree *tree = host->sight->tree;
    uint32_t iommu;
    struct shim_span args;

    *found = SHIM_NONE;
    if (!shim_prop(tree, node, SHIM_IOMMUS).at)
        return true;
    for (uint32_t i = 0; shim_xen_reference(tree, node, "iommus", "#iommu-cells", i, &iommu,
                                            &args); i++) {
        if (!shim_available(tree, iommu))
            break;
        if (i && iommu != *found)
            return stopped(host, node, "it is behind two IOMMUs");
        *found = iommu;
    }
    if (*found == SHIM_NONE || shim_xen_drives(host->sight, *found))
        return true;
    return stopped(host, node, "it is behind an IOMMU that Xen does not drive, beside one that "
                               "it does");
}

bool shim_xen_protects(struct shim_xen_host *host, uint32_t node)
{
    uint32_t iommu = host->masters ? host->masters[node] : SHIM_NONE;

    if (!host->iommu)
        return true;
    if (iommu == SHIM_NONE && !find_iommu(host, node, &iommu))
        return false;
    if (iommu != SHIM_NONE)
        take_context(host, iommu);
    return true;
}
