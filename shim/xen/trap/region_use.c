// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Who knows a region of /reserved-memory: what no driver knows may be said otherwise. */
#include "shim/base/mem.h"
#include "shim/base/text.h"
#include "shim/board/board.h"
#include "shim/fdt/address.h"
#include "shim/xen/trap/reserving.h"

/* Of a region, /reserved-memory is the node above it that is a child of the root. */
static uint32_t list_of(const struct shim_tree *tree, uint32_t node)
{
    if (node == SHIM_NONE)
        return shim_reserved_memory(tree);
    while (tree->nodes[node].depth > 1)
        node = tree->nodes[node].parent;
    return node;
}

uint32_t shim_next_region(const struct shim_tree *tree, uint32_t node, bool available)
{
    uint32_t parent = list_of(tree, node);

    if (parent == SHIM_NONE)
        return SHIM_NONE;
    for (node = node == SHIM_NONE ? parent + 1 : node + 1; node < tree->nodes[parent].past; node++)
        if (shim_prop(tree, node, SHIM_REG).len && shim_available(tree, node) == available)
            return node;
    return SHIM_NONE;
}

/* Parts of the names of properties that lead to memory, in the bindings and in vendors' trees. */
static const char to_memory[] = "region\0mem\0pool\0heap\0buf\0ram\0carveout\0";

/* Numbers that do not lead to a node. */
static const char numbers[] = "reg\0phandle\0linux,phandle\0#*\0size\0alignment\0*-size\0";

static bool has_part(const char *name, const char *part)
{
    size_t len = strlen(part);

    while (*name && strncmp(name, part, len) != 0)
        name++;
    return *name;
}

static bool leads_to_memory(const char *name)
{
    for (unsigned i = 0; *shim_word(to_memory, i); i++)
        if (has_part(name, shim_word(to_memory, i)))
            return true;
    return false;
}

static bool holds(struct shim_span value, uint32_t phandle)
{
    for (size_t at = 0; at + 4 <= value.len; at += 4)
        if (shim_be32(value.at + at) == phandle)
            return true;
    return false;
}

/* May the property refer to it? One cell alone is one reference, whatever its name. */
static bool may_refer(const struct shim_tree *tree, uint32_t prop, uint32_t phandle)
{
    struct shim_span value = shim_prop_value(tree, prop);
    const char *name = shim_prop_name(tree, prop);

    if (value.len % 4 || !holds(value, phandle) || shim_matches_one(numbers, name))
        return false;
    return value.len == 4 || leads_to_memory(name);
}

bool shim_region_is_used(const struct shim_tree *tree, uint32_t node)
{
    uint32_t phandle = tree->nodes[node].phandle;
    bool used = shim_has_known(tree, node, SHIM_COMPATIBLE) ||
                shim_first_child(tree, node) != SHIM_NONE;

    for (uint32_t prop = 0; phandle && !used && prop < tree->prop_count; prop++)
        used = may_refer(tree, prop, phandle);
    return used;
}
