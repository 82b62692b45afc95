// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/xen/trap/trap.h"

#include "shim/base/mem.h"
#include "shim/xen/modules.h"

static void mark_stops(struct shim_check *check, const struct shim_trap *trap)
{
    for (unsigned i = 0; trap->stops && i < check->stop_count; i++)
        if (shim_matches_one(trap->stops, check->stops[i].stop.id))
            check->stops[i].named = true;
}

void shim_breach(struct shim_check *check, const struct shim_trap *trap, uint32_t node,
                 const char *format, ...)
{
    char words[256];
    struct shim_text text = shim_text(words, sizeof(words));
    va_list args;

    va_start(args, format);
    shim_text_format(&text, format, args);
    va_end(args);
    check->broken++;
    mark_stops(check, trap);
    check->breach(check->self, trap, node, words);
}

bool shim_stops_at(const struct shim_check *check, uint32_t node, const char *id)
{
    for (unsigned i = 0; i < check->stop_count; i++)
        if (check->stops[i].stop.node == node && !strcmp(check->stops[i].stop.id, id))
            return true;
    return false;
}

bool shim_was_applied_for(const struct shim_check *check, enum shim_contract_id contract)
{
    return check->record->node != SHIM_NONE && shim_policy_for(check->policy, contract);
}

bool shim_has_no_dom0(const struct shim_check *check)
{
    return shim_was_applied_for(check, SHIM_CONTRACT_XEN) &&
           check->plan->layout == SHIM_LAYOUT_OFFSET;
}

bool shim_line_says(const struct shim_tree *tree, const char *patterns)
{
    const char *line = shim_xen_command_line(tree);

    for (struct shim_span word = shim_first_word(line); word.at;
         word = shim_first_word((const char *)word.at + word.len)) {
        char name[16] = "";

        memcpy(name, word.at, word.len < sizeof(name) - 1 ? word.len : sizeof(name) - 1);
        if (shim_matches_one(patterns, name))
            return true;
    }
    return false;
}
