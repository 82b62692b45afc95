// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * passthrough: which devices go into a xen,domain, and what follows from it for
 * those that share pages with them, and for what Xen offers the domain?
 */
#include "shim/xen/domain/passthrough.h"

#include "shim/base/mem.h"
#include "shim/fdt/address.h"
#include "shim/plan/pass.h"
#include "shim/xen/domain/gather.h"
#include "shim/xen/domain/given.h"
#include "shim/xen/domain/passable.h"
#include "shim/xen/domain/strays.h"
#include "shim/xen/plan.h"

static const enum shim_pass_id pass = SHIM_PASS_PASSTHROUGH;

/* ---- what else is on their pages ---------------------------------------------------------- */

struct sharers {
    uint32_t count; /* devices that stay with the host */
    uint32_t first;
};

/* The first range of the domain's pages that another node's registers are on, too. */
static const struct shim_range *shared_with(const struct shim_plan *plan, uint32_t node)
{
    struct shim_entries entries = shim_reg_entries(plan->tree, node);
    const struct shim_range *shared = NULL;
    struct shim_range range;

    while (!shared && shim_next_reg(plan->tree, node, &entries, &range))
        shared = shim_ranges_meeting(&plan->given->passed, range);
    return shared;
}

static void count_sharer(const struct shim_plan *plan, struct sharers *sharers, uint32_t node)
{
    const struct shim_range *shared = NULL;

    if (!(plan->given->comes[node] & SHIM_COMES) && !shim_off_limits(plan->board, node) &&
        shim_on_bus(plan->tree, node))
        shared = shared_with(plan, node);
    if (!shared)
        return;
    sharers += shared - plan->given->passed.at;
    if (!sharers->count++)
        sharers->first = node;
}

static void note_sharers(struct shim_plan *plan, const struct sharers *sharers)
{
    for (uint32_t i = 0; i < plan->given->passed.count; i++)
        if (sharers[i].count)
            shim_note_device(plan, SHIM_WARNING, pass, sharers[i].first,
                             sharers[i].count == 1
                                 ? "is within the domain's reach"
                                 : shim_say(plan->arena,
                                            "and %u more are within the domain's reach",
                                            sharers[i].count - 1),
                             shim_say(plan->arena, "a device of the domain has its registers on "
                                      "the same pages, 0x%llx-0x%llx",
                                      SHIM_X(plan->given->passed.at[i].base),
                                      SHIM_X(shim_range_end(plan->given->passed.at[i]) - 1)));
}

static enum shim_code no_memory(struct shim_error *error)
{
    return shim_no_room(error, "for the domain's neighbours");
}

static enum shim_code find_sharers(struct shim_plan *plan, struct shim_error *error)
{
    uint32_t count = plan->given->passed.count;
    struct sharers *sharers = shim_alloc(plan->arena, count + 1, sizeof(*sharers));

    if (!sharers)
        return no_memory(error);
    memset(sharers, 0, count * sizeof(*sharers));
    for (uint32_t node = 1; node < plan->tree->node_count; node++)
        count_sharer(plan, sharers, node);
    note_sharers(plan, sharers);
    return SHIM_OK;
}

/* ---- the domain ---------------------------------------------------------------------------- */

/* Its tree's buses give the unprotected ones machine addresses. */
static bool note_carrying(struct shim_plan *plan)
{
    const struct shim_board *board = plan->board;

    plan->carrying = shim_alloc(plan->arena, board->master_count, 1);
    for (uint32_t i = 0; plan->carrying && i < board->master_count; i++) {
        uint32_t node = board->masters[i].node;
        bool told = plan->given->comes[node] & SHIM_COMES && board->dma[node] != SHIM_DMA_PROTECTED;

        plan->carrying[i] = told ? SHIM_CARRY_BUS : SHIM_CARRY_NOT;
    }
    return plan->carrying;
}

/* Xen offers a domain what its RAM leaves of two windows, without a look at its devices. */
static void decide_regions(struct shim_plan *plan)
{
    bool none = plan->policy->value[SHIM_POLICY_REGIONS] == SHIM_REGIONS_NONE, met = none;

    for (uint32_t i = 0; i < plan->given->passed.count; i++)
        met = met || shim_meets_free_windows(plan->given->passed.at[i]);
    if (!none && SHIM_EACH_XEN(&plan->xen->releases, regions_keep_off))
        return;
    if (met)
        shim_xen_close_regions(plan, pass,
                               none ? "the policy sets regions = \"none\""
                                    : "Xen before 4.21 would offer it addresses for foreign pages "
                                      "where it has devices");
}

/* A domain without Xen's own node has no use for its pages. */
static void decide_enhanced(struct shim_plan *plan)
{
    plan->given->enhanced = true;
    for (uint32_t i = 0; i < plan->given->passed.count; i++)
        if (shim_meets_xen_pages(plan->given->passed.at[i]))
            plan->given->enhanced = false;
    shim_note(plan, SHIM_DECISION, pass, SHIM_NONE,
              plan->given->enhanced ? "xen,enhanced = \"no-xenstore\"" : "no xen,enhanced",
              plan->given->enhanced ? "it can see that it runs on Xen; Xenstore would need another "
                                      "domain"
                             : "registers of its devices are where its grant table would be");
}

static void note_nothing(struct shim_plan *plan)
{
    if (!plan->given->passed.count)
        shim_note(plan, SHIM_WARNING, pass, SHIM_NONE, "the domain has no devices",
                  "the policy names none: passthrough = paths, aliases, compatibles or all-dma");
}

enum shim_code shim_xen_passthrough(struct shim_plan *plan, struct shim_error *error)
{
    enum shim_code code;

    if (!plan->domain) {
        shim_note_unused(plan, plan->policy->value[SHIM_POLICY_LAYOUT] == SHIM_LAYOUT_AUTO);
        return SHIM_OK;
    }
    code = shim_gather_devices(plan, error);
    if (!code)
        code = find_sharers(plan, error);
    if (!code && !note_carrying(plan))
        code = no_memory(error);
    if (code)
        return code;
    note_nothing(plan);
    shim_note_strays(plan);
    decide_regions(plan);
    decide_enhanced(plan);
    return SHIM_OK;
}
