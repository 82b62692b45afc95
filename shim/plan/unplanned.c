// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/plan/unplanned.h"

#include "shim/base/mem.h"
#include "shim/board/devices.h"

enum { MARK = 4 }; /* bytes of one */

/* Native's tree has windows of its own making. */
static uint32_t mark_of(const struct shim_tree *tree, const struct shim_policy *policy, uint32_t node)
{
    return shim_device_mark(tree, node, shim_policy_for(policy, SHIM_CONTRACT_XEN));
}

/* All that is left of the arena is theirs until it is known how many they are. */
struct shim_span shim_marks(const struct shim_plan *plan)
{
    const struct shim_tree *tree = plan->tree;
    const uint8_t *dma = plan->board->dma;
    size_t room = shim_arena_left(plan->arena) / MARK, count = 0;
    uint8_t *marks = plan->arena->next;

    for (uint32_t node = shim_next_device(tree, dma, SHIM_ROOT); node != SHIM_NONE && count <= room;
         node = shim_next_device(tree, dma, node))
        if (count++ < room)
            shim_put_be32(marks + MARK * (count - 1), mark_of(tree, plan->policy, node));
    if (!count || !shim_alloc(plan->arena, count, MARK))
        return (struct shim_span){ 0 };
    return (struct shim_span){ marks, MARK * count };
}

static bool is_among(struct shim_span marks, uint32_t mark)
{
    for (size_t at = 0; at + MARK <= marks.len; at += MARK)
        if (shim_be32(marks.at + at) == mark)
            return true;
    return false;
}

/* Both are in the order of the tree: what is there is mostly the very next one. */
static bool is_next(struct shim_span *marks, uint32_t mark)
{
    if (marks->len < MARK || shim_be32(marks->at) != mark)
        return false;
    marks->at += MARK;
    marks->len -= MARK;
    return true;
}

uint32_t shim_next_unplanned(const struct shim_record *record, const struct shim_tree *tree,
                             const struct shim_policy *policy, uint32_t node)
{
    struct shim_span rest = record->masters;

    for (node = shim_next_device(tree, NULL, node); node != SHIM_NONE;
         node = shim_next_device(tree, NULL, node)) {
        uint32_t mark = mark_of(tree, policy, node);

        if (!is_next(&rest, mark) && !is_among(record->masters, mark))
            return node;
    }
    return SHIM_NONE;
}
