// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Interrupts that Xen keeps, on devices that are dom0's. */
#include "shim/xen/plan.h"
#include "shim/xen/told.h"
#include "shim/xen/trap/rows.h"

static const enum shim_pass_id pass = SHIM_PASS_CONTRACT;

static bool is_kept(const uint16_t *kept, uint32_t node)
{
    return kept && kept[node] && kept[node] != SHIM_KEPT_EXTENDED;
}

const uint16_t *shim_kept_for(struct shim_check *check)
{
    struct shim_xen_kept *kept = check->plan->xen->kept;
    const struct shim_release *release = check->plan->xen->releases.first;
    const uint8_t *told;
    struct shim_error error;

    if (!shim_policy_for(check->policy, SHIM_CONTRACT_XEN) || shim_has_no_dom0(check))
        return NULL;
    if (kept->release && kept->release != release)
        kept++;
    if (kept->release == release)
        return kept->of;
    if (!shim_xen_find_told(check->plan, &told, &kept->of, &error)) {
        kept->release = release;
        return kept->of;
    }
    check->plan->arena->full = true;
    return NULL;
}

void shim_find_irq_kept(struct shim_check *check, const struct shim_trap *trap)
{
    const uint16_t *kept = shim_kept_for(check);

    for (uint32_t node = 1; kept && node < check->tree->node_count; node++)
        if (is_kept(kept, node))
            shim_breach(check, trap, node, "has interrupt %u, which Xen keeps for itself",
                        kept[node]);
}

void shim_decide_irq_kept(struct shim_plan *plan)
{
    const uint16_t *kept = plan->board->kept;

    for (uint32_t node = 1; node < plan->tree->node_count; node++)
        if (is_kept(kept, node))
            shim_note_in_full(plan, (struct shim_note){
                .kind = SHIM_DECISION, .pass = pass, .node = node,
                .what = "is hidden from dom0 (xen,passthrough)",
                .reason = shim_say(plan->arena, "Xen keeps its interrupt %u for itself, and stops "
                                   "if dom0 would be given it", kept[node]),
                .alike = { .kind = SHIM_ALIKE_IRQ_KEPT,
                           .reason = "Xen keeps its interrupt for itself, and stops if dom0 would "
                                     "be given it" } });
}

void shim_mend_irq_kept(const struct shim_plan *plan, struct shim_edits *edits)
{
    const uint16_t *kept = plan->board->kept;

    for (uint32_t node = 1; node < plan->tree->node_count; node++)
        if (is_kept(kept, node))
            shim_put(edits, shim_cursor(node), "xen,passthrough", "", 0);
}
