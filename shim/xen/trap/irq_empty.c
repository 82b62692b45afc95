// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Entries of interrupts-extended that are empty. */
#include "shim/xen/irq_empty.h"

#include "shim/xen/devices.h"
#include "shim/xen/plan.h"
#include "shim/xen/told.h"
#include "shim/xen/trap/irq_value.h"
#include "shim/xen/trap/rows.h"

/* The next node that dom0 gets, from this one on, with such entries; node_count: none. */
static uint32_t next_empty(const struct shim_board *board, uint32_t node, uint32_t *count)
{
    for (; node < board->tree->node_count; node++) {
        *count = shim_xen_empty_irqs(board->tree, node);
        if (*count && !(board->kept && board->kept[node] == SHIM_KEPT_EXTENDED) &&
            !shim_xen_leaves_out(board, node))
            break; /* what says no interrupts any more has none that is empty */
    }
    return node;
}

void shim_find_irq_empty(struct shim_check *check, const struct shim_trap *trap)
{
    const struct shim_board *board = check->plan->board;
    uint32_t count;

    if (!shim_policy_for(check->policy, SHIM_CONTRACT_XEN) || shim_has_no_dom0(check))
        return;
    for (uint32_t node = next_empty(board, 1, &count); node < check->tree->node_count;
         node = next_empty(board, node + 1, &count))
        if (shim_xen_fills_irqs(check->tree, node) ||
            shim_stops_at(check, node, "interrupt-unread")) /* Xen asks not all nodes for theirs */
            shim_breach(check, trap, node, "%u %s in its interrupts-extended", count,
                        count == 1 ? "empty entry" : "empty entries");
}

void shim_decide_irq_empty(struct shim_plan *plan)
{
    uint32_t count;

    for (uint32_t node = next_empty(plan->board, 1, &count); node < plan->tree->node_count;
         node = next_empty(plan->board, node + 1, &count)) {
        if (!shim_xen_fills_irqs(plan->tree, node))
            continue; /* Xen stops there: the forecast has the words */
        plan->xen->empty_irqs++;
        shim_note(plan, SHIM_DECISION, SHIM_PASS_CONTRACT, node,
                  shim_say(plan->arena, "no longer has empty entries in interrupts-extended (%u)",
                           count),
                  "Xen stops at one; they now name the node itself or are cut off: no interrupt "
                  "comes through them, as before");
    }
}

void shim_mend_irq_empty(const struct shim_plan *plan, struct shim_edits *edits)
{
    uint32_t count;

    if (!plan->xen->empty_irqs)
        return;
    for (uint32_t node = next_empty(plan->board, 1, &count); node < plan->tree->node_count;
         node = next_empty(plan->board, node + 1, &count))
        if (shim_first_retype(plan, node, true) == plan->xen->retype_count &&
            shim_xen_fills_irqs(plan->tree, node))
            shim_put_interrupts(plan, edits, node, true);
}
