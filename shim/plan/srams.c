// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* sram: how the hypervisor may map on-chip memory. */
#include "shim/plan/pass.h"

enum shim_code shim_pass_sram(struct shim_plan *plan, struct shim_error *error)
{
    (void)error;
    for (uint32_t i = 0; i < plan->board->sram_run_count; i++) {
        const struct shim_sram_run *run = &plan->board->sram_runs[i];

        shim_note(plan, SHIM_DECISION, SHIM_PASS_SRAM, SHIM_NONE,
                  shim_say(plan->arena, "map 0x%llx-0x%llx as %s", SHIM_X(run->pages.base),
                           SHIM_X(shim_range_end(run->pages) - 1),
                           shim_memory_type_word(run->type)),
                  "whole pages; where parts share one, the strictest of their types");
    }
    return SHIM_OK;
}
