// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Nodes that some releases take for RAM by their name alone, and Linux does not: those that are
 * disabled, and those that are none of the root's or have another device_type. They get another
 * name.
 */
#include "shim/base/mem.h"
#include "shim/plan/write.h"
#include "shim/xen/trap/banks.h"
#include "shim/xen/trap/rows.h"

static const char memory[] = "memory";

/*
 * Up to 4.19 neither depth nor device_type are asked for, and Linux reads nothing from the name
 * there (`deep`); up to 4.18 the status is not read. One without reg ends Xen's reading.
 */
static bool is_misnamed(const struct shim_board *board, uint32_t node, bool deep)
{
    const struct shim_tree *tree = board->tree;
    bool off;

    if (!shim_node_named(tree, node, memory) ||
        (shim_has_known(tree, node, SHIM_REG) && !shim_xen_banks_at(tree, node)))
        return false;
    off = tree->nodes[node].depth == 1 && !shim_available(tree, node);
    return deep ? !off && !shim_is_memory_node(board, node) : off;
}

static uint32_t next_misnamed(const struct shim_board *board, uint32_t node, bool deep)
{
    do
        node++;
    while (node < board->tree->node_count && !is_misnamed(board, node, deep));
    return node < board->tree->node_count ? node : SHIM_NONE;
}

/*
 * With the unit address that it has. Another node may have the first name: then the second.
 * NULL: no memory, or both are taken, and Xen stops or does not, as the forecast says.
 */
static const char *better_name(const struct shim_plan *plan, uint32_t node, bool deep)
{
    static const char *const words[2][2] = { { "disabled-memory", "disabled-memory-node" },
                                             { "region", "region-of-memory" } };
    const struct shim_tree *tree = plan->tree;
    const char *address = shim_node_name(tree, node) + sizeof(memory) - 1;

    for (unsigned i = 0; i < 2; i++) {
        const char *name = shim_say(plan->arena, "%s%s", words[deep][i], address);

        if (shim_child(tree, tree->nodes[node].parent, name) == SHIM_NONE)
            return name;
    }
    return NULL;
}

static void tell(struct shim_check *check, const struct shim_trap *trap, bool deep,
                 const char *what)
{
    for (uint32_t node = next_misnamed(check->plan->board, SHIM_ROOT, deep); node != SHIM_NONE;
         node = next_misnamed(check->plan->board, node, deep))
        shim_breach(check, trap, node, "%s", what);
}

static void decide(struct shim_plan *plan, bool deep, const char *why)
{
    for (uint32_t node = next_misnamed(plan->board, SHIM_ROOT, deep); node != SHIM_NONE;
         node = next_misnamed(plan->board, node, deep)) {
        const char *name = better_name(plan, node, deep);

        if (name)
            shim_note_in_full(plan, (struct shim_note){
                .kind = SHIM_DECISION, .pass = SHIM_PASS_CONTRACT, .node = node,
                .what = shim_say(plan->arena, "is renamed to %s", name), .reason = why,
                .alike = { .kind = SHIM_ALIKE_RENAMED, .shared = why, .what = "is renamed to "
                                                                              "region@..." } });
    }
}

static void rename_all(const struct shim_plan *plan, struct shim_edits *edits, bool deep)
{
    for (uint32_t node = next_misnamed(plan->board, SHIM_ROOT, deep); node != SHIM_NONE;
         node = next_misnamed(plan->board, node, deep)) {
        const char *name = better_name(plan, node, deep);

        if (!name)
            continue;
        shim_rename(edits, node, name);
        if (!deep) /* as memory it stays out of dom0's tree */
            shim_put_string(edits, shim_cursor(node), "device_type", memory);
    }
}

/* ---- the rows ------------------------------------------------------------------------------- */

void shim_find_disabled_memory(struct shim_check *check, const struct shim_trap *trap)
{
    tell(check, trap, false, "is disabled");
}

void shim_decide_disabled_memory(struct shim_plan *plan)
{
    decide(plan, false,
           "it is disabled, and Xen up to 4.18 treats every node named memory as RAM");
}

void shim_mend_disabled_memory(const struct shim_plan *plan, struct shim_edits *edits)
{
    rename_all(plan, edits, false);
}

void shim_find_memory_depth(struct shim_check *check, const struct shim_trap *trap)
{
    tell(check, trap, true, "is named like RAM");
}

void shim_decide_memory_depth(struct shim_plan *plan)
{
    decide(plan, true, "Xen before 4.20 treats every node named memory as RAM");
}

void shim_mend_memory_depth(const struct shim_plan *plan, struct shim_edits *edits)
{
    rename_all(plan, edits, true);
}
