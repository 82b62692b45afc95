// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/board/regs.h"

#include "shim/fdt/address.h"

/* They take the arena's next bytes, which are nobody's until it is known how many they are. */
bool shim_list_regs(struct shim_board *board)
{
    const struct shim_tree *tree = board->tree;
    size_t room = shim_arena_left(board->arena) / sizeof(*board->regs);
    uint32_t count = 0;

    board->regs = (struct shim_reg *)board->arena->next;
    for (uint32_t node = 1; node < tree->node_count; node++) {
        struct shim_entries entries;
        struct shim_range at;

        if (!shim_prop(tree, node, SHIM_REG).at)
            continue;
        entries = shim_reg_entries(tree, node);
        while (count <= room && shim_next_reg(tree, node, &entries, &at))
            if (count++ < room)
                board->regs[count - 1] = (struct shim_reg){ at, node };
    }
    board->reg_count = count;
    return shim_alloc(board->arena, count, sizeof(*board->regs));
}
