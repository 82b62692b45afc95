// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The partial tree of a domain: what Xen copies from it, and what Xen adds. */
#include "shim/base/mem.h"
#include "shim/fdt/address.h"
#include "shim/xen/domain/map.h"
#include "shim/model/switch.h"
#include "shim/xen/modules.h"
#include "shim/xen/plan.h"
#include "shim/xen/trap/rows.h"

enum { PAGE = 4096 };

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

static void check_node(struct shim_check *check, const struct shim_trap *trap, uint32_t node)
{
    const struct shim_tree *tree = check->tree;
    struct shim_span reg = shim_prop_named(tree, node, "xen,reg");
    bool path = shim_prop_named(tree, node, "xen,path").at;
    bool force = shim_prop_named(tree, node, "xen,force-assign-without-iommu").at;

    if (path && !reg.at)
        shim_breach(check, trap, node, "has xen,path without xen,reg");
    else if (reg.at && !path && !force)
        shim_breach(check, trap, node, "has xen,reg without xen,path");
    else if (reg.at && !is_page_aligned(tree, node, reg))
        shim_breach(check, trap, node, "xen,reg is not <machine size guest> in whole pages");
}

void shim_find_passthrough_reg(struct shim_check *check, const struct shim_trap *trap)
{
    uint32_t bus = shim_child(check->tree, SHIM_ROOT, "passthrough");

    for (uint32_t node = bus; bus != SHIM_NONE && node < check->tree->nodes[bus].past; node++)
        check_node(check, trap, node);
}

void shim_find_passthrough_gic(struct shim_check *check, const struct shim_trap *trap)
{
    const struct shim_tree *tree = check->tree;
    uint32_t bus = shim_child(tree, SHIM_ROOT, "passthrough");
    uint32_t gic = shim_child(tree, SHIM_ROOT, "gic"), phandle;

    if (bus == SHIM_NONE)
        return;
    if (gic != SHIM_NONE && !tree->nodes[gic].phandle &&
        SHIM_SOME_XEN(&check->plan->xen->releases, gic_needs_phandle))
        shim_breach(check, trap, gic, "has no phandle");
    for (uint32_t node = bus; node < tree->nodes[bus].past; node++)
        if (shim_cell(shim_prop_named(tree, node, "interrupt-parent"), &phandle) &&
            shim_node_of_phandle(tree, phandle) == SHIM_NONE &&
            (gic != SHIM_NONE || phandle != SHIM_GUEST_GIC_PHANDLE))
            shim_breach(check, trap, node, "interrupt-parent names no node");
}

/* ---- the domains of others -------------------------------------------------------------- */

/* Does it have a node about Xen (construct_domU()), and a partial tree with its devices? */
static bool has_regions_and_devices(const struct shim_tree *tree, uint32_t node)
{
    struct shim_span enhanced = shim_prop_named(tree, node, "xen,enhanced");

    if (!shim_compatible(tree, node, "xen,domain") || !enhanced.at ||
        shim_list_has(enhanced, "disabled"))
        return false;
    for (node = shim_first_child(tree, node); node != SHIM_NONE; node = shim_next_child(tree, node))
        if (shim_compatible(tree, node, "multiboot,device-tree"))
            return true;
    return false;
}

void shim_decide_domain_regions(struct shim_plan *plan)
{
    const struct shim_tree *tree = plan->tree;
    uint32_t chosen = shim_child(tree, SHIM_ROOT, "chosen"), node = SHIM_NONE;

    if (chosen != SHIM_NONE && !plan->xen->no_ext_regions &&
        shim_line_switch(shim_xen_command_line(tree), "ext_regions") != 0)
        node = shim_first_child(tree, chosen);
    for (; node != SHIM_NONE; node = shim_next_child(tree, node))
        if (has_regions_and_devices(tree, node))
            shim_note(plan, SHIM_WARNING, SHIM_PASS_CONTRACT, node,
                      "what its own tree passes through (xen,reg) is not checked",
                      "Xen before 4.21 offers it all addresses in 0x40000000-0xffffffff and from "
                      "0x200000000 on that are not its RAM for foreign pages: if it has devices "
                      "there, give Xen ext_regions=0");
}
