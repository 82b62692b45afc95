// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* What a driver learns about its device's DMA, and what follows from it. */
#include "shim/base/mem.h"
#include "shim/plan/unplanned.h"
#include "shim/plan/write.h"
#include "shim/xen/trap/rows.h"

/* A domain's own tree has no IOMMU: what proves the tag is in the host's. */
void shim_find_tag_proven(struct shim_check *check, const struct shim_trap *trap)
{
    bool partial = shim_child(check->tree, SHIM_ROOT, "passthrough") != SHIM_NONE;

    for (uint32_t node = 0; !partial && node < check->tree->node_count; node++)
        if (shim_has_known(check->tree, node, SHIM_XEN_DMA_SAFE) &&
            check->plan->board->dma[node] != SHIM_DMA_PROTECTED &&
            shim_tags_count(check->tree, node))
            shim_breach(check, trap, node, "has xen-dma-safe, and nothing proves it");
}

void shim_find_dma_reach(struct shim_check *check, const struct shim_trap *trap)
{
    const struct shim_plan *plan = check->plan;

    bool known = plan->layout != SHIM_LAYOUT_OFFSET && plan->dom0.size;

    for (uint32_t i = 0; known && i < plan->board->master_count; i++)
        if (!strcmp(shim_plan_reach(plan, &plan->board->masters[i]), "none"))
            shim_breach(check, trap, plan->board->masters[i].node, "reaches none of dom0's memory");
}

void shim_find_root_dma_ranges(struct shim_check *check, const struct shim_trap *trap)
{
    if (shim_prop(check->tree, SHIM_ROOT, SHIM_DMA_RANGES).len)
        shim_breach(check, trap, SHIM_ROOT, "has dma-ranges that are not empty");
}

/* ---- a constant offset ------------------------------------------------------------------ */

void shim_find_offset_sound(struct shim_check *check, const struct shim_trap *trap)
{
    const struct shim_tree *tree = check->tree;
    uint32_t node = shim_child(tree, SHIM_ROOT, "hypervisor");
    struct shim_span offset = { NULL, 0 };
    uint64_t value;

    if (node != SHIM_NONE)
        offset = shim_prop(tree, node, SHIM_DMA_OFFSET);
    if (!offset.at)
        return;
    if (offset.len != 4 * (size_t)shim_cells(tree, SHIM_ROOT).address ||
        !shim_read_cells(offset.at, (uint32_t)offset.len / 4, &value)) {
        shim_breach(check, trap, node,
                    "dma-offset has %u bytes, but the root's #address-cells need %u",
                    (unsigned)offset.len, 4 * shim_cells(tree, SHIM_ROOT).address);
        return;
    }
    if (!value)
        shim_breach(check, trap, node, "dma-offset is zero");
    if (check->record->node != SHIM_NONE && check->record->offset != value)
        shim_breach(check, trap, node, "dma-offset is 0x%llx, the record says 0x%llx",
                    SHIM_X(value), SHIM_X(check->record->offset));
}

/* ---- devices that came later ------------------------------------------------------------ */

void shim_find_record_devices(struct shim_check *check, const struct shim_trap *trap)
{
    const struct shim_record *record = check->record;
    uint32_t node = SHIM_ROOT;

    while (record->masters.at && /* a record of today's */
           (node = shim_next_unplanned(record, check->tree, check->policy, node)) != SHIM_NONE)
        shim_breach(check, trap, node, SHIM_UNPLANNED);
}

/* ---- pages that are not dom0's ------------------------------------------------------- */

static bool has_offset(const struct shim_check *check)
{
    uint32_t hypervisor = shim_child(check->tree, SHIM_ROOT, "hypervisor");

    return check->plan->layout == SHIM_LAYOUT_OFFSET ||
           (hypervisor != SHIM_NONE && shim_has_known(check->tree, hypervisor, SHIM_DMA_OFFSET));
}

/* The one that took dom0's place does not count. */
static bool is_own_domain(const struct shim_check *check, uint32_t node)
{
    const char *name = shim_list_next(check->policy->list[SHIM_POLICY_DOMAIN_NAME], NULL);

    return shim_has_no_dom0(check) && name && !strcmp(shim_node_name(check->tree, node), name);
}

/* With Xenstore a domain's frontends find backends (construct_domU(), 4.17). */
static bool may_have_frontends(const struct shim_tree *tree, uint32_t node)
{
    struct shim_span enhanced = shim_prop_named(tree, node, "xen,enhanced");

    return shim_compatible(tree, node, "xen,domain") && enhanced.at &&
           !shim_list_has(enhanced, "disabled") && !shim_list_has(enhanced, "no-xenstore");
}

void shim_find_offset_foreign(struct shim_check *check, const struct shim_trap *trap)
{
    const struct shim_tree *tree = check->tree;

    for (uint32_t node = has_offset(check) ? 1 : tree->node_count; node < tree->node_count; node++)
        if (may_have_frontends(tree, node) && !is_own_domain(check, node))
            shim_breach(check, trap, node, "is a domain that can be served by PV backends");
        else if (shim_compatible(tree, node, "xen,domain-shared-memory-v1"))
            shim_breach(check, trap, node, "is memory that domains share");
        else if (shim_compatible(tree, node, "xen,grant-dma"))
            shim_breach(check, trap, node, "is for pages that domains grant");
}
