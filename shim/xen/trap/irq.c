// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Interrupts that Xen keeps, on devices that are dom0's. */
#include "shim/base/mem.h"
#include "shim/model/kept.h"
#include "shim/xen/boot.h"
#include "shim/xen/modules.h"
#include "shim/xen/plan.h"
#include "shim/xen/trap/irq.h"
#include "shim/xen/trap/rows.h"

static const enum shim_pass_id pass = SHIM_PASS_CONTRACT;

/* Too large for the stack of the stage. */
struct looking {
    struct shim_xen_boot boot;
    struct shim_sight sight;
    struct shim_xen_host host;
    struct shim_stop stop;
};

/* What Xen takes for itself before it looks at a device. */
static const char boards[] = "gic\0timer\0cpus\0";

/* It has no GIC, no timer, or not all of one: nothing that a plan writes would help. */
static enum shim_code refuse_board(const struct shim_plan *plan, const struct looking *looking,
                                   struct shim_error *error)
{
    const struct shim_stop *stop = &looking->stop;
    struct shim_path path = { "" };

    if (stop->node != SHIM_NONE)
        path = shim_path(plan->tree, stop->node);
    return shim_fail(error, SHIM_E_UNSUPPORTED, path.s, NULL, stop->remedy,
                     stop->words[0] ? "Xen %s cannot run on this board: %s: \"%s\""
                                    : "Xen %s cannot run on this board: %s%s",
                     looking->boot.release->name, stop->why, stop->words);
}

static enum shim_code no_room(struct shim_error *error)
{
    return shim_no_room(error, "for the interrupts that Xen keeps");
}

/* Notes the interrupt of each such node. */
static enum shim_code collect(const struct shim_plan *plan, const struct shim_release *release,
                              struct shim_arena arena, uint16_t *kept, struct shim_error *error)
{
    const char *line = shim_xen_command_line(plan->tree);
    struct looking *looking = shim_alloc(&arena, 1, sizeof(*looking));
    uint32_t number = 0;

    if (!looking)
        return no_room(error);
    memset(looking, 0, sizeof(*looking));
    looking->boot = shim_xen_boot_of(plan->tree, plan->policy, plan->facts);
    looking->boot.release = release;
    looking->sight.tree = plan->tree;
    looking->sight.boot = &looking->boot;
    looking->sight.arena = &arena;
    looking->sight.xen_line = line ? line : "";
    if (!shim_xen_find_kept(&looking->host, &looking->sight, &looking->stop))
        return no_room(error);
    if (shim_stops(&looking->stop))
        return shim_matches_one(boards, looking->stop.id) ? refuse_board(plan, looking, error)
                                                          : SHIM_OK;
    for (uint32_t node = shim_xen_next_kept(&looking->host, 1, &number); node != SHIM_NONE;
         node = shim_xen_next_kept(&looking->host, node + 1, &number))
        kept[node] = (uint16_t)number;
    return SHIM_OK;
}

enum shim_code shim_xen_find_kept_irqs(const struct shim_plan *plan, const uint16_t **found,
                                       struct shim_error *error)
{
    const struct shim_releases *releases = &plan->xen->releases;
    uint16_t *kept = shim_alloc(plan->arena, plan->tree->node_count, sizeof(*kept));
    enum shim_code code;

    if (!kept)
        return no_room(error);
    memset(kept, 0, plan->tree->node_count * sizeof(*kept));
    *found = kept;
    code = collect(plan, releases->first, *plan->arena, kept, error);
    return code || releases->first == releases->last
        ? code : collect(plan, releases->last, *plan->arena, kept, error);
}

void shim_find_irq_kept(struct shim_check *check, const struct shim_trap *trap)
{
    const uint16_t *kept;
    struct shim_error error;
    enum shim_code code;

    if (!shim_policy_for(check->policy, SHIM_CONTRACT_XEN) || shim_has_no_dom0(check))
        return;
    code = shim_xen_find_kept_irqs(check->plan, &kept, &error);
    if (code == SHIM_E_MEMORY)
        check->plan->arena->full = true;
    for (uint32_t node = 1; !code && node < check->tree->node_count; node++)
        if (kept[node])
            shim_breach(check, trap, node, "has interrupt %u, which Xen keeps for itself",
                        kept[node]);
}

void shim_decide_irq_kept(struct shim_plan *plan)
{
    const uint16_t *kept = plan->board->kept;

    for (uint32_t node = 1; kept && node < plan->tree->node_count; node++)
        if (kept[node])
            shim_note(plan, SHIM_DECISION, pass, node, "is kept from dom0 (xen,passthrough)",
                      shim_say(plan->arena, "Xen keeps its interrupt %u for itself, and stops "
                               "where dom0 would be given it", kept[node]));
}

void shim_mend_irq_kept(const struct shim_plan *plan, struct shim_edits *edits)
{
    const uint16_t *kept = plan->board->kept;

    for (uint32_t node = 1; kept && node < plan->tree->node_count; node++)
        if (kept[node])
            shim_put(edits, shim_cursor(node), "xen,passthrough", "", 0);
}
