// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * beyond: which devices get guest addresses for machine addresses in ways that bypass Linux's
 * DMA layer, so that neither dma-offset nor dma-ranges count? And which static pools does a
 * kernel treat as part of its memory, although they are outside?
 */
#include "shim/native/beyond.h"

#include "shim/fdt/address.h"

static const enum shim_pass_id pass = SHIM_PASS_CONTRACT;

/* ---- pools --------------------------------------------------------------------------- */

/*
 * Linux bounces through a pool by its linear map: rmem_swiotlb_device_init() (kernel/dma/
 * swiotlb.c, since 5.15). One with these properties it refuses (rmem_swiotlb_setup()), and one
 * without reg it places itself. dom0's memory never holds what is reserved by address.
 */
static bool bounces(const struct shim_tree *tree, uint32_t node)
{
    return shim_compatible(tree, node, "restricted-dma-pool") &&
           !shim_has_known(tree, node, SHIM_NO_MAP) && !shim_prop_named(tree, node, "reusable").at &&
           !shim_prop_named(tree, node, "linux,cma-default").at &&
           !shim_prop_named(tree, node, "linux,dma-default").at;
}

/* Its pages are lent to all (rmem_cma_setup(), kernel/dma/contiguous.c). */
static bool lends(const struct shim_tree *tree, uint32_t node)
{
    return shim_compatible(tree, node, "shared-dma-pool") &&
           !shim_has_known(tree, node, SHIM_NO_MAP) && shim_prop_named(tree, node, "reusable").at;
}

static bool is_static(const struct shim_tree *tree, uint32_t node)
{
    return shim_prop(tree, node, SHIM_REG).len && shim_reachable(tree, node);
}

static bool has_pool(const struct shim_tree *tree, uint32_t user)
{
    struct shim_span phandles = shim_prop(tree, user, SHIM_MEMORY_REGION);

    for (size_t at = 0; at + 4 <= phandles.len; at += 4) {
        uint32_t pool = shim_node_of_phandle(tree, shim_be32(phandles.at + at));

        if (pool != SHIM_NONE && bounces(tree, pool) && is_static(tree, pool))
            return true;
    }
    return false;
}

/* What is behind a PCI host may have a node with a pool of its own: it is the host's DMA. */
static bool bounces_outside(const struct shim_tree *tree, uint32_t node)
{
    uint32_t past = shim_is_pci(tree, node) ? tree->nodes[node].past : node + 1;

    for (; node < past; node++)
        if (has_pool(tree, node))
            return true;
    return false;
}

static void warn_of_pool(struct shim_plan *plan, uint32_t node)
{
    static const char what[] = "is outside dom0's memory: its kernel cannot use this pool";
    static const char outside[] =
        "Linux would bounce through pages that are not in its memory, and may stop there: disable "
        "the pool, or the devices behind it";
    static const char lent[] =
        "Linux would hand out pages that are not in its memory, and may stop there: disable the "
        "pool, or have it placed at run time (size and alloc-ranges instead of reg)";

    shim_note_in_full(plan, (struct shim_note){
        .kind = SHIM_WARNING, .pass = pass, .node = node, .what = what,
        .reason = lends(plan->tree, node) ? lent : outside,
        .alike = { .kind = SHIM_ALIKE_POOL_OUTSIDE,
                   .shared = lends(plan->tree, node) ? lent : outside } });
}

static void warn_of_pools(struct shim_plan *plan)
{
    const struct shim_tree *tree = plan->tree;
    uint32_t parent = shim_reserved_memory(tree);

    if (parent == SHIM_NONE)
        return;
    for (uint32_t node = parent + 1; node < tree->nodes[parent].past; node++)
        if (is_static(tree, node) && (bounces(tree, node) || lends(tree, node)))
            warn_of_pool(plan, node);
}

/* ---- devices --------------------------------------------------------------------------- */

/*
 * A GICv3 ITS reads its tables in memory by itself, and Linux gives it their
 * addresses without its DMA layer: neither dma-offset nor dma-ranges count.
 */
static bool is_its(const struct shim_tree *tree, uint32_t node)
{
    return shim_compatible(tree, node, "arm,gic-v3-its");
}

bool shim_beyond_offset(const struct shim_plan *plan, const struct shim_master *master)
{
    return plan->board->dma[master->node] != SHIM_DMA_PROTECTED &&
           (is_its(plan->tree, master->node) || master->dom0s_iommu != SHIM_NONE ||
            bounces_outside(plan->tree, master->node));
}

static void warn_of_its(struct shim_plan *plan)
{
    for (uint32_t node = 1; node < plan->tree->node_count; node++)
        if (is_its(plan->tree, node) && shim_reachable(plan->tree, node))
            shim_note(plan, SHIM_WARNING, pass, node, "would use guest as machine addresses",
                      "Linux applies no offset to its tables: the hypervisor has to emulate or "
                      "hide it");
}

/*
 * What Linux maps in an IOMMU are addresses of its memory as they are (iommu_map() from
 * drivers/iommu/dma-iommu.c, and graphics drivers by themselves).
 */
static void warn_of_iommu(struct shim_plan *plan, const struct shim_master *master)
{
    shim_note_in_full(plan, (struct shim_note){
        .kind = SHIM_WARNING, .pass = pass, .node = master->node, .device = true,
        .what = "its IOMMU would use guest as machine addresses",
        .reason = shim_say(plan->arena, "dom0 drives %s itself, and Linux applies no offset to "
                           "its tables: the hypervisor has to drive it, or disable it or the "
                           "device", SHIM_PATH(plan->tree, master->dom0s_iommu)),
        .alike = { .kind = SHIM_ALIKE_BEHIND,
                   .reason = "dom0 drives them itself, and Linux applies no offset to their "
                             "tables: the hypervisor has to drive them, or disable them or the "
                             "devices",
                   .what = "their IOMMUs would use guest as machine addresses" } });
}

void shim_warn_of_those_beyond(struct shim_plan *plan)
{
    warn_of_pools(plan);
    if (!shim_plan_offset(plan))
        return;
    warn_of_its(plan);
    for (uint32_t i = 0; i < plan->board->master_count; i++) {
        const struct shim_master *master = &plan->board->masters[i];

        if (plan->board->dma[master->node] != SHIM_DMA_PROTECTED &&
            master->dom0s_iommu != SHIM_NONE)
            warn_of_iommu(plan, master);
    }
}
