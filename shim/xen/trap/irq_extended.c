// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Extended interrupts of a GICv3.1 on devices that are dom0's. Xen emulates a GICv3 without
 * them, so that no edit brings dom0 such an interrupt: the device is kept from it, and says no
 * interrupts any more, for Xen would note their types for other devices' ones.
 */
#include "shim/xen/plan.h"
#include "shim/xen/told.h"
#include "shim/xen/trap/rows.h"

static const char why[] = "dom0 would be given the wrong interrupt for it, or never see the node";

static bool is_extended(const uint16_t *kept, uint32_t node)
{
    return kept && kept[node] == SHIM_KEPT_EXTENDED;
}

void shim_find_irq_extended(struct shim_check *check, const struct shim_trap *trap)
{
    const uint16_t *kept = shim_kept_for(check);

    for (uint32_t node = 1; kept && node < check->tree->node_count; node++)
        if (is_extended(kept, node))
            shim_breach(check, trap, node, "has an extended interrupt of a GICv3.1");
}

void shim_decide_irq_extended(struct shim_plan *plan)
{
    for (uint32_t node = 1; node < plan->tree->node_count; node++)
        if (is_extended(plan->board->kept, node))
            shim_note_in_full(plan, (struct shim_note){
                .kind = SHIM_DECISION, .pass = SHIM_PASS_CONTRACT, .node = node,
                .what = "is hidden from dom0 (xen,passthrough) and loses its interrupts",
                .reason = shim_say(plan->arena, "it has an extended interrupt of a GICv3.1, which "
                                   "Xen mistakes for another one: %s", why),
                .alike = { .kind = SHIM_ALIKE_IRQ_KEPT, .shared = why } });
}

void shim_mend_irq_extended(const struct shim_plan *plan, struct shim_edits *edits)
{
    for (uint32_t node = 1; node < plan->tree->node_count; node++) {
        if (!is_extended(plan->board->kept, node))
            continue;
        shim_put(edits, shim_cursor(node), "xen,passthrough", "", 0);
        shim_delete_named(edits, node, "interrupts");
        shim_delete_named(edits, node, "interrupts-extended");
    }
}
