// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/job/verdict.h"

#include "shim/base/mem.h"
#include "shim/xen/contract.h"
#include "shim/xen/plan.h"

/* ---- what dom0 gets -------------------------------------------------------------------- */

/* "512 MiB at 0x40000000", wherever it comes from. */
static void put_memory(const struct shim_sink *sink, const struct shim_plan *plan)
{
    uint32_t blocks = shim_plan_block_count(plan);

    shim_print(sink, "%s gets %s ", plan->domain ? "a domain" : "dom0",
               SHIM_SIZE(plan->dom0.size));
    if (shim_plan_bank_count(plan) > 1)
        shim_print(sink, "in %u banks, the first ", shim_plan_bank_count(plan));
    shim_print(sink, "at 0x%llx", SHIM_X(plan->dom0.base));
    if (plan->layout == SHIM_LAYOUT_DIRECT)
        return;
    shim_print(sink, " from machine memory at 0x%llx", SHIM_X(plan->machine_base));
    if (blocks > 1)
        shim_print(sink, " and %u more block%s", blocks - 1, blocks == 2 ? "" : "s");
}

/* Of those that a window can keep from it. */
static void put_reach(const struct shim_sink *sink, const struct shim_plan *plan)
{
    uint32_t reaching = 0, count = 0;

    for (uint32_t i = 0; i < plan->board->master_count; i++) {
        const struct shim_master *master = &plan->board->masters[i];

        if (plan->board->windows[master->window].count && !master->decides)
            continue;
        count++;
        reaching += !shim_plan_unreachable(plan, master) &&
                    shim_plan_carrying(plan, master) != SHIM_CARRY_LOST;
    }
    if (!count)
        shim_print(sink, "; no device masters DMA");
    else if (reaching == count)
        shim_print(sink, "; every device reaches all of it");
    else
        shim_print(sink, "; %u of %u devices do not reach all of it", count - reaching, count);
}

/* What Xen takes from devices, and from itself. */
static void put_cost(const struct shim_sink *sink, const struct shim_plan *plan)
{
    uint32_t blocked = shim_count_masters(plan->board, SHIM_DMA_BLOCKED);
    uint64_t cost = plan->xen->steering.cost;

    if (blocked)
        shim_print(sink, "; Xen blocks %u device%s and", blocked, blocked == 1 ? "" : "s");
    else
        shim_print(sink, "; Xen");
    shim_print(sink, " loses %s", cost ? SHIM_SIZE(cost) : "no RAM");
}

void shim_report_outcome(const struct shim_sink *sink, const struct shim_job *job)
{
    if (job->unchanged) {
        shim_print(sink, "nothing to do: %s\n",
                   job->recognised ? "the tree already has the record of this policy"
                                   : "the policy asks for nothing");
        return;
    }
    put_memory(sink, &job->plan);
    put_reach(sink, &job->plan);
    if (job->contract == &shim_contract_xen)
        put_cost(sink, &job->plan);
    shim_print(sink, "\n");
}

/* ---- why not ------------------------------------------------------------------------------ */

void shim_report_refusal(const struct shim_sink *sink, const char *what,
                         const struct shim_error *error)
{
    shim_print(sink, "%s: ", what);
    if (error->where[0])
        shim_print(sink, "%s: ", error->where);
    if (error->property)
        shim_print(sink, "%s: ", error->property);
    shim_print_string(sink, error->what);
    if (error->works[0])
        shim_print(sink, "; this works: %s", error->works);
    shim_print(sink, "\n");
}
