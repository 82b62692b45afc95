// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The partial tree of a domain: what of it Xen takes over. */
#include "shim/base/mem.h"
#include "shim/fdt/address.h"
#include "shim/xen/domain/map.h"
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
            shim_breach(check, trap, node, "interrupt-parent names nobody");
}
