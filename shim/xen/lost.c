// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/xen/lost.h"

#include "shim/xen/module_nodes.h"
#include "shim/xen/modules.h"

/* One place in two nodes is one module: of a domain, and of another one. */
static bool crosses(struct shim_range one, struct shim_range other)
{
    return shim_range_overlaps(one, other) &&
           (one.base != other.base || one.size != other.size);
}

/* Each pair is looked at once, from the node that comes later; the ramdisk is the last. */
static bool crosses_earlier(const struct shim_tree *tree, struct shim_range at,
                            struct shim_lost *lost)
{
    uint32_t node = shim_next_module_node(tree, SHIM_NONE);

    for (; node != lost->node; node = shim_next_module_node(tree, node))
        if (shim_module_range(tree, node, &lost->with) && crosses(at, lost->with))
            return true;
    return false;
}

static bool is_lost(const struct shim_tree *tree, const struct shim_facts *facts,
                    struct shim_range own, struct shim_range at, struct shim_lost *lost)
{
    lost->with = own;
    lost->what = NULL;
    if (shim_range_overlaps(own, at))
        return true;
    lost->with = facts->tree;
    lost->what = "the tree";
    if (shim_range_overlaps(facts->tree, at))
        return true;
    lost->what = "another module";
    return crosses_earlier(tree, at, lost);
}

bool shim_find_lost(const struct shim_tree *tree, const struct shim_facts *facts,
                    struct shim_range own, struct shim_lost *lost)
{
    struct shim_range at;

    for (lost->node = shim_next_module_node(tree, SHIM_NONE); lost->node != SHIM_NONE;
         lost->node = shim_next_module_node(tree, lost->node))
        if (shim_module_range(tree, lost->node, &at) && is_lost(tree, facts, own, at, lost))
            return true;
    at = shim_find_ramdisk(tree, facts);
    return at.size && is_lost(tree, facts, own, at, lost);
}
