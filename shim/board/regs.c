// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/board/regs.h"

#include "shim/fdt/address.h"

/* One entry of a node's reg; false: the CPU does not see it. */
static bool place(const struct shim_tree *tree, uint32_t node, struct shim_way_up *way,
                  const struct shim_entry *entry, struct shim_reg *reg)
{
    uint64_t address = entry->address;

    if (!entry->size || !shim_go_up(tree, way, tree->nodes[node].parent, &address))
        return false;
    *reg = (struct shim_reg){ shim_cut_range(address, entry->size), node };
    return reg->at.size != 0;
}

/* They take the arena's next bytes, which are nobody's until it is known how many they are. */
bool shim_list_regs(struct shim_board *board)
{
    const struct shim_tree *tree = board->tree;
    size_t room = shim_arena_left(board->arena) / sizeof(*board->regs);
    struct shim_way_up way = { .bus = SHIM_NONE };
    uint32_t count = 0;

    board->regs = (struct shim_reg *)board->arena->next;
    for (uint32_t node = 1; node < tree->node_count; node++) {
        struct shim_entries entries;
        struct shim_entry entry;
        struct shim_reg reg;

        if (!shim_has_known(tree, node, SHIM_REG))
            continue;
        entries = shim_reg_entries(tree, node);
        while (count <= room && shim_next_entry(&entries, &entry))
            if (place(tree, node, &way, &entry, &reg) && count++ < room)
                board->regs[count - 1] = reg;
    }
    board->reg_count = count;
    return shim_alloc(board->arena, count, sizeof(*board->regs));
}
