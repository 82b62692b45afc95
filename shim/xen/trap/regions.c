// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Addresses that Xen offers dom0 for foreign pages (find_memory_holes() of 4.17). */
#include "shim/base/mem.h"
#include "shim/fdt/address.h"
#include "shim/model/switch.h"
#include "shim/xen/modules.h"
#include "shim/xen/plan.h"
#include "shim/xen/trap/iommu.h"
#include "shim/xen/trap/rows.h"

static const enum shim_pass_id pass = SHIM_PASS_CONTRACT;

/* ---- regions that the root's cells cannot say --------------------------------------------- */

static bool one_cell(const struct shim_tree *tree)
{
    struct shim_cells cells = shim_cells(tree, SHIM_ROOT);

    return cells.address == 1 || cells.size == 1;
}

/* Xen writes regions in the root's cells: would it have to drop the high half of some? */
static bool regions_overflow(const struct shim_plan *plan)
{
    if (!one_cell(plan->tree))
        return false;
    for (uint32_t i = 0; i < plan->board->ram.count; i++)
        if (plan->board->ram.at[i].size >> 32)
            return true;
    return shim_xen_uses_iommu(plan);
}

void shim_find_root_cells(struct shim_check *check, const struct shim_trap *trap)
{
    if (!shim_has_no_dom0(check) && regions_overflow(check->plan) &&
        shim_line_switch(shim_xen_command_line(check->tree), "ext_regions") != 0)
        shim_breach(check, trap, SHIM_ROOT, "has cells for 32 bits only");
}

void shim_xen_close_regions(struct shim_plan *plan, enum shim_pass_id who, const char *reason)
{
    plan->xen->no_ext_regions = true;
    shim_note(plan, SHIM_DECISION, who, SHIM_NONE, "ext_regions=0 on Xen's command line", reason);
}

void shim_decide_root_cells(struct shim_plan *plan)
{
    bool none = plan->policy->value[SHIM_POLICY_REGIONS] == SHIM_REGIONS_NONE;

    if (none || regions_overflow(plan))
        shim_xen_close_regions(plan, pass,
                               none ? "the policy sets regions = \"none\": the tree does not list "
                                      "all devices"
                                    : "one cell of the root cannot hold the regions that Xen would "
                                      "find");
    else if (!shim_xen_uses_iommu(plan))
        shim_note_detail(plan, SHIM_FINDING, pass, SHIM_NONE,
                         "Xen takes its extended regions from RAM",
                         "no IOMMU protects dom0, so other domains' RAM addresses are free in dom0's space");
}

/* ---- claims that Xen does not see ------------------------------------------------------- */

/*
 * With an IOMMU Xen takes its extended regions from all addresses that no reg
 * and no PCI window claims. Other claims (bus windows, the first 2 MiB) are put
 * into a node that it may not give to dom0.
 */
static bool find_claims(struct shim_plan *plan)
{
    uint32_t most = shim_most_regs(plan->tree) + plan->board->ram.count;
    struct shim_ranges seen;
    struct shim_arena scratch;
    bool room = shim_ranges_copy(&plan->xen->claims, &plan->taken, plan->arena, most);

    scratch = *plan->arena;
    room = room && shim_ranges_init(&seen, &scratch, most);
    for (uint32_t node = 1; room && node < plan->tree->node_count; node++)
        if (shim_is_own_node(plan->tree, node))
            node = plan->tree->nodes[node].past - 1;
        else
            room = shim_collect_regs(&seen, plan->tree, node);
    for (uint32_t i = 0; room && i < plan->board->ram.count; i++)
        room = shim_ranges_collect(&seen, shim_whole_pages(plan->board->ram.at[i]));
    if (!room)
        return false;
    shim_ranges_settle(&seen);
    return shim_ranges_remove_all(&plan->xen->claims, &seen);
}

void shim_decide_claims(struct shim_plan *plan)
{
    if (!shim_xen_uses_iommu(plan) || plan->xen->no_ext_regions)
        return;
    if (!find_claims(plan))
        plan->arena->full = true;
    if (plan->xen->claims.count)
        shim_note(plan, SHIM_DECISION, pass, SHIM_NONE,
                  shim_say(plan->arena, "%u address ranges are marked as used, so that Xen does "
                           "not hand them out", plan->xen->claims.count),
                  "bus windows and the first 2 MiB: for extended regions Xen looks only at reg and "
                  "PCI windows");
}

void shim_mend_claims(const struct shim_plan *plan, struct shim_edits *edits)
{
    struct shim_cursor node;

    if (!plan->xen->claims.count) {
        shim_delete_children(edits, SHIM_ROOT, "dtshim-claims");
        return;
    }
    node = shim_open_new(edits, shim_cursor(SHIM_ROOT), "dtshim-claims");
    shim_put(edits, node, "xen,passthrough", "", 0);
    shim_put_reg(edits, node, "reg", shim_cells(plan->tree, SHIM_ROOT), plan->xen->claims.at,
                 plan->xen->claims.count);
    shim_close(edits, node);
}
