// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Nodes named memory that are none of the root's: releases that do not ask for the depth take
 * their reg for RAM. The name alone is to blame, and Linux reads nothing from it there.
 */
#include "shim/base/mem.h"
#include "shim/plan/write.h"
#include "shim/xen/trap/banks.h"
#include "shim/xen/trap/rows.h"

static const char misnamed[] = "memory", better[] = "region";

static bool is_taken_for_ram(const struct shim_tree *tree, uint32_t node)
{
    return tree->nodes[node].depth > 1 && shim_node_named(tree, node, misnamed) &&
           shim_xen_banks_at(tree, node);
}

void shim_find_memory_depth(struct shim_check *check, const struct shim_trap *trap)
{
    for (uint32_t node = 1; node < check->tree->node_count; node++)
        if (is_taken_for_ram(check->tree, node))
            shim_breach(check, trap, node, "is named like RAM");
}

/* With the unit address that it has; NULL: there is no memory for it, or another has it. */
static const char *better_name(const struct shim_plan *plan, uint32_t node)
{
    const struct shim_tree *tree = plan->tree;
    const char *name = shim_say(plan->arena, "%s%s", better,
                                shim_node_name(tree, node) + sizeof(misnamed) - 1);

    return shim_child(tree, tree->nodes[node].parent, name) == SHIM_NONE ? name : NULL;
}

void shim_decide_memory_depth(struct shim_plan *plan)
{
    for (uint32_t node = 1; node < plan->tree->node_count; node++)
        if (is_taken_for_ram(plan->tree, node) && better_name(plan, node))
            shim_note(plan, SHIM_DECISION, SHIM_PASS_CONTRACT, node,
                      shim_say(plan->arena, "is named %s", better_name(plan, node)),
                      "Xen before 4.20 takes every node named memory for RAM");
}

void shim_mend_memory_depth(const struct shim_plan *plan, struct shim_edits *edits)
{
    for (uint32_t node = 1; node < plan->tree->node_count; node++) {
        const char *name = is_taken_for_ram(plan->tree, node) ? better_name(plan, node) : NULL;

        if (name)
            shim_rename(edits, node, name);
    }
}
