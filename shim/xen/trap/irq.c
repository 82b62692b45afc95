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

/* Notes the interrupt of each such node; false: no memory. */
static bool collect(const struct shim_plan *plan, const struct shim_release *release,
                    struct shim_arena arena, uint16_t *kept)
{
    const char *line = shim_xen_command_line(plan->tree);
    struct looking *looking = shim_alloc(&arena, 1, sizeof(*looking));
    uint32_t number = 0;

    if (!looking)
        return false;
    memset(looking, 0, sizeof(*looking));
    looking->boot = shim_xen_boot_of(plan->tree, plan->policy, plan->facts);
    looking->boot.release = release;
    looking->sight.tree = plan->tree;
    looking->sight.boot = &looking->boot;
    looking->sight.arena = &arena;
    looking->sight.xen_line = line ? line : "";
    if (!shim_xen_find_kept(&looking->host, &looking->sight, &looking->stop))
        return false;
    if (shim_stops(&looking->stop))
        return true; /* Xen does not come to devices */
    for (uint32_t node = shim_xen_next_kept(&looking->host, 1, &number); node != SHIM_NONE;
         node = shim_xen_next_kept(&looking->host, node + 1, &number))
        kept[node] = (uint16_t)number;
    return true;
}

/* By node; 0: it has none. NULL: no memory. */
static uint16_t *find_kept(const struct shim_plan *plan)
{
    const struct shim_releases *releases = &plan->xen->releases;
    uint16_t *kept = shim_alloc(plan->arena, plan->tree->node_count, sizeof(*kept));

    for (uint32_t node = 0; kept && node < plan->tree->node_count; node++)
        kept[node] = 0;
    if (!kept || !collect(plan, releases->first, *plan->arena, kept) ||
        (releases->last != releases->first &&
         !collect(plan, releases->last, *plan->arena, kept))) {
        plan->arena->full = true;
        return NULL;
    }
    return kept;
}

void shim_find_irq_kept(struct shim_check *check, const struct shim_trap *trap)
{
    const uint16_t *kept;

    if (!shim_policy_for(check->policy, SHIM_CONTRACT_XEN) || shim_has_no_dom0(check))
        return;
    kept = find_kept(check->plan);
    for (uint32_t node = 1; kept && node < check->tree->node_count; node++)
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

enum shim_code shim_xen_find_kept_irqs(const struct shim_plan *plan, const uint16_t **kept,
                                       struct shim_error *error)
{
    *kept = find_kept(plan);
    return *kept ? SHIM_OK : shim_no_room(error, "for the interrupts that Xen keeps");
}
