// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Which node /reserved-memory is. */
#include "shim/base/mem.h"
#include "shim/board/board.h"

static const char reserved_memory[] = "reserved-memory";

static bool same_letters(const char *a, const char *b, size_t len)
{
    for (; len; a++, b++, len--)
        if ((*a >= 'A' && *a <= 'Z' ? *a | 0x20 : *a) != *b)
            return false;
    return true;
}

bool shim_is_reserved_memory(const struct shim_tree *tree, uint32_t node)
{
    const size_t len = sizeof(reserved_memory) - 1;
    const char *name = shim_node_name(tree, node);

    return tree->nodes[node].parent == SHIM_ROOT && node != SHIM_ROOT && strlen(name) >= len &&
           same_letters(name, reserved_memory, len) && (!name[len] || name[len] == '@');
}

uint32_t shim_reserved_memory(const struct shim_tree *tree)
{
    uint32_t node = shim_child(tree, SHIM_ROOT, reserved_memory);

    if (node == SHIM_NONE)
        node = shim_first_child(tree, SHIM_ROOT);
    while (node != SHIM_NONE && !shim_is_reserved_memory(tree, node))
        node = shim_next_child(tree, node);
    return node;
}
