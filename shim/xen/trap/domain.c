// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/base/mem.h"
#include "shim/fdt/address.h"
#include "shim/xen/domain/map.h"
#include "shim/xen/trap/trap.h"

enum { PAGE = 4096 };

/* ---- pages that are not dom0's ------------------------------------------------------- */

static bool has_offset(const struct shim_check *check)
{
    uint32_t hypervisor = shim_child(check->tree, SHIM_ROOT, "hypervisor");

    return check->plan->layout == SHIM_LAYOUT_OFFSET ||
           (hypervisor != SHIM_NONE && shim_prop(check->tree, hypervisor, SHIM_DMA_OFFSET).at);
}

/* The one that took dom0's place is no other domain. */
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

void shim_rule_offset_foreign(struct shim_check *check, const struct shim_rule *rule)
{
    const struct shim_tree *tree = check->tree;

    for (uint32_t node = has_offset(check) ? 1 : tree->node_count; node < tree->node_count; node++)
        if (may_have_frontends(tree, node) && !is_own_domain(check, node))
            shim_breach(check, rule, node, "is a domain that can be served by PV backends");
        else if (shim_compatible(tree, node, "xen,domain-shared-memory-v1"))
            shim_breach(check, rule, node, "is memory that domains share");
        else if (shim_compatible(tree, node, "xen,grant-dma"))
            shim_breach(check, rule, node, "stands for pages that domains grant");
}

/* ---- the partial tree of a domain ------------------------------------------------------- */

static bool is_page_aligned(const struct shim_tree *tree, uint32_t node, struct shim_span reg)
{
    struct shim_cells cells = shim_cells(tree, tree->nodes[node].parent);
    /* <machine size guest>: entries with the size in the middle. */
    struct shim_entries entries = { .rest = reg, .child = cells.address, .up = cells.size,
                                    .size = cells.address };
    struct shim_entry entry;

    if (cells.address - 1 > 1 || cells.size - 1 > 1 ||
        reg.len % (4 * (2 * (size_t)cells.address + cells.size)))
        return false;
    while (shim_next_entry(&entries, &entry))
        if ((entry.address | entry.up | entry.size) % PAGE)
            return false;
    return true;
}

static void check_node(struct shim_check *check, const struct shim_rule *rule, uint32_t node)
{
    const struct shim_tree *tree = check->tree;
    struct shim_span reg = shim_prop_named(tree, node, "xen,reg");
    bool path = shim_prop_named(tree, node, "xen,path").at;
    bool force = shim_prop_named(tree, node, "xen,force-assign-without-iommu").at;

    if (path && !reg.at)
        shim_breach(check, rule, node, "has xen,path without xen,reg");
    else if (reg.at && !path && !force)
        shim_breach(check, rule, node, "has xen,reg without xen,path");
    else if (reg.at && !is_page_aligned(tree, node, reg))
        shim_breach(check, rule, node, "xen,reg is not <machine size guest> in whole pages");
}

void shim_rule_passthrough_reg(struct shim_check *check, const struct shim_rule *rule)
{
    uint32_t bus = shim_child(check->tree, SHIM_ROOT, "passthrough");

    for (uint32_t node = bus; bus != SHIM_NONE && node < check->tree->nodes[bus].past; node++)
        check_node(check, rule, node);
}

void shim_rule_passthrough_gic(struct shim_check *check, const struct shim_rule *rule)
{
    const struct shim_tree *tree = check->tree;
    uint32_t bus = shim_child(tree, SHIM_ROOT, "passthrough");
    uint32_t gic = shim_child(tree, SHIM_ROOT, "gic"), phandle;

    if (bus == SHIM_NONE)
        return;
    if (gic != SHIM_NONE && !tree->nodes[gic].phandle)
        shim_breach(check, rule, gic, "has no phandle");
    for (uint32_t node = bus; node < tree->nodes[bus].past; node++)
        if (shim_cell(shim_prop_named(tree, node, "interrupt-parent"), &phandle) &&
            shim_node_of_phandle(tree, phandle) == SHIM_NONE &&
            (gic != SHIM_NONE || phandle != SHIM_GUEST_GIC_PHANDLE))
            shim_breach(check, rule, node, "interrupt-parent names nobody");
}
