// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Where Xen stops by the model, and no rule names it. */
#include "shim/base/text.h"
#include "shim/model/release.h"
#include "shim/xen/trap/rows.h"

static void tell(struct shim_check *check, const struct shim_trap *trap,
                 const struct shim_check_stop *found)
{
    const struct shim_stop *stop = &found->stop;
    bool both = found->first != found->last;
    struct shim_trap row = *trap;

    row.why = stop->why;
    row.remedy = stop->remedy;
    shim_breach(check, &row, stop->node,
                stop->silent      ? "Xen %s%s%s would stop without a message"
                : stop->words[0] ? "Xen %s%s%s would stop: \"%s\""
                                 : "Xen %s%s%s would not get to dom0",
                found->first->name, both ? " and " : "", both ? found->last->name : "",
                stop->words);
}

void shim_find_can_run(struct shim_check *check, const struct shim_trap *trap)
{
    struct shim_trap row = *trap;

    for (unsigned i = 0; i < check->stop_count; i++) {
        const struct shim_stop *stop = &check->stops[i].stop;

        if (!stop->silent || !shim_matches_one(trap->stops, stop->id))
            continue; /* with a message from Xen it is a defect of the tree */
        row.why = stop->why;
        row.remedy = stop->remedy;
        shim_breach(check, &row, stop->node, "Xen cannot run on this board");
        return;
    }
}

void shim_find_xen_stops(struct shim_check *check, const struct shim_trap *trap)
{
    for (unsigned i = 0; i < check->stop_count; i++)
        if (!check->stops[i].named)
            tell(check, trap, &check->stops[i]);
}
