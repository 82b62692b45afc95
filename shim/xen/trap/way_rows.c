// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/xen/trap/way_rows.h"

#include "shim/xen/plan.h"

static struct shim_ways no_ways(const struct shim_plan *plan)
{
    return (struct shim_ways){ .tree = plan->tree, .ram = &plan->board->ram,
                               .rows = shim_alloc(plan->arena, SHIM_WAYS_MAX,
                                                  sizeof(struct shim_way_row)) };
}

void shim_find_lost_way(struct shim_check *check, const struct shim_trap *trap, uint32_t node,
                        struct shim_ways *ways)
{
    if (!ways->tree)
        *ways = no_ways(check->plan);
    ways->count = 0;
    if (shim_stops_at(check, node, "address") || (ways->rows && shim_xen_find_ways(ways, node)))
        shim_breach(check, trap, node, "Xen cannot translate its address");
}

bool shim_decide_ways(struct shim_plan *plan, uint32_t node)
{
    struct shim_ways *ways = &plan->xen->ways;

    if (!shim_xen_loses_way(plan->tree, node))
        return true;
    if (!ways->rows)
        *ways = no_ways(plan);
    if (ways->rows)
        shim_xen_find_ways(ways, node); /* where nothing helps Xen stops: the forecast says so */
    return ways->rows;
}

/* How many the bus is given, at the first of them; 0 at the others. */
static uint32_t rows_of(const struct shim_ways *ways, uint32_t first)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < ways->count; i++)
        if (ways->rows[i].bus == ways->rows[first].bus) {
            if (i < first)
                return 0;
            count++;
        }
    return count;
}

void shim_note_ways(struct shim_plan *plan)
{
    const struct shim_ways *ways = &plan->xen->ways;

    for (uint32_t i = 0; i < ways->count; i++) {
        const struct shim_way_row *row = &ways->rows[i];
        uint32_t count = rows_of(ways, i);

        if (count)
            shim_note(plan, SHIM_DECISION, SHIM_PASS_CONTRACT, row->bus,
                      shim_say(plan->arena, "is given %u more %s in its ranges", count,
                               count == 1 ? "entry" : "entries"),
                      shim_say(plan->arena, row->raw ? "Xen stops at an address of %s that is not "
                               "a CPU address, and its driver needs it"
                                                     : "Linux can translate the address of %s "
                                                       "without, Xen cannot",
                               SHIM_PATH(plan->tree, row->node)));
    }
}

void shim_write_ways(const struct shim_plan *plan, struct shim_edits *edits)
{
    const struct shim_ways *ways = &plan->xen->ways;

    for (uint32_t i = 0; i < ways->count; i++) {
        struct shim_span ranges;

        if (!rows_of(ways, i))
            continue;
        ranges = shim_xen_widened(ways, ways->rows[i].bus, plan->arena);
        if (ranges.at)
            shim_put(edits, shim_cursor(ways->rows[i].bus), "ranges", ranges.at, ranges.len);
    }
}
