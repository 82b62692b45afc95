// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* RAM of another name: to Linux device_type says what it is, to every Xen the name, too. */
#include "shim/fdt/address.h"
#include "shim/plan/write.h"
#include "shim/xen/trap/rows.h"

static const char memory[] = "memory";

/* The next memory node that is not named so, from this place in the list on. */
static uint32_t next_unseen(const struct shim_board *board, uint32_t i)
{
    while (i < board->memory_node_count &&
           shim_node_named(board->tree, board->memory_nodes[i], memory))
        i++;
    return i;
}

void shim_find_memory_name(struct shim_check *check, const struct shim_trap *trap)
{
    const struct shim_board *board = check->plan->board;

    for (uint32_t i = next_unseen(board, 0); i < board->memory_node_count;
         i = next_unseen(board, i + 1))
        shim_breach(check, trap, board->memory_nodes[i], "is RAM, but not named memory");
}

static const char *seen_name(const struct shim_plan *plan, uint32_t node)
{
    struct shim_entries entries = shim_reg_entries(plan->tree, node);
    struct shim_entry first = { .address = 0 };

    shim_next_entry(&entries, &first);
    return shim_memory_name(plan, first.address);
}

/* Where RAM is written anew all of it is one node, which has that name. */
static uint32_t first_unseen(const struct shim_plan *plan)
{
    return shim_rewrites_memory(plan) ? plan->board->memory_node_count
                                      : next_unseen(plan->board, 0);
}

void shim_decide_memory_name(struct shim_plan *plan)
{
    const struct shim_board *board = plan->board;

    for (uint32_t i = first_unseen(plan); i < board->memory_node_count;
         i = next_unseen(board, i + 1))
        shim_note(plan, SHIM_DECISION, SHIM_PASS_CONTRACT, board->memory_nodes[i],
                  shim_say(plan->arena, "is renamed to %s",
                           seen_name(plan, board->memory_nodes[i])),
                  "no Xen treats a node of another name as RAM, whatever its device_type");
}

void shim_mend_memory_name(const struct shim_plan *plan, struct shim_edits *edits)
{
    const struct shim_board *board = plan->board;

    for (uint32_t i = first_unseen(plan); i < board->memory_node_count;
         i = next_unseen(board, i + 1))
        shim_rename(edits, board->memory_nodes[i], seen_name(plan, board->memory_nodes[i]));
}
