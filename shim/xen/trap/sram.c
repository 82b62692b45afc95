// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/base/mem.h"
#include "shim/xen/trap/rows.h"

/* What the survey warns of, part by part. */
void shim_find_sram_parts(struct shim_check *check, const struct shim_trap *trap)
{
    for (const struct shim_note *note = shim_first_note(check->plan); note;
         note = shim_next_note(check->plan, note))
        if (note->kind == SHIM_WARNING && note->node != SHIM_NONE && note->pass == SHIM_PASS_SRAM)
            shim_breach(check, trap, note->node, "%s", note->what);
}

void shim_decide_sram(struct shim_plan *plan)
{
    for (const struct shim_sram_region *sram = plan->board->srams; sram; sram = sram->next)
        if (sram->meets_ram)
            shim_note(plan, SHIM_DECISION, SHIM_PASS_CONTRACT, sram->node,
                      "is hidden from dom0 (xen,passthrough)",
                      "it is in RAM: Xen would map it over dom0's memory");
}

/* SRAM in RAM would be mapped over dom0's memory. xen,passthrough is not inherited. */
static void keep_from_dom0(const struct shim_plan *plan, struct shim_edits *edits, uint32_t sram)
{
    for (uint32_t node = sram; node < plan->tree->nodes[sram].past; node++)
        shim_put(edits, shim_cursor(node), "xen,passthrough", "", 0);
}

void shim_mend_sram(const struct shim_plan *plan, struct shim_edits *edits)
{
    uint32_t past = 0;

    for (const struct shim_sram_region *sram = plan->board->srams; sram; sram = sram->next) {
        if (!sram->meets_ram || sram->node < past)
            continue; /* inside another one it is kept already */
        keep_from_dom0(plan, edits, sram->node);
        past = plan->tree->nodes[sram->node].past;
    }
}
