// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Which node /reserved-memory is. */
#include "shim/base/mem.h"
#include "shim/board/board.h"

static const char reserved_memory[] = "reserved-memory";

static int small(int c)
{
    return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

bool shim_is_reserved_memory(const struct shim_tree *tree, uint32_t node)
{
    const char *name = shim_node_name(tree, node), *word = reserved_memory;

    if (tree->nodes[node].parent != SHIM_ROOT || node == SHIM_ROOT)
        return false;
    while (*word && small(*name) == *word) {
        name++;
        word++;
    }
    return !*word && (!*name || *name == '@');
}

uint32_t shim_reserved_memory(const struct shim_tree *tree)
{
    uint32_t found = SHIM_NONE;

    for (uint32_t node = shim_first_child(tree, SHIM_ROOT); node != SHIM_NONE;
         node = shim_next_child(tree, node)) {
        const char *name = shim_node_name(tree, node);

        if (small(*name) != *reserved_memory || !shim_is_reserved_memory(tree, node))
            continue;
        if (!strcmp(name, reserved_memory))
            return node;
        if (found == SHIM_NONE)
            found = node;
    }
    return found;
}
