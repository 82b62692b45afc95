// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Each tree gets a hash table of its nodes by parent and name, and one of its properties
 * by node and name: boards have nodes with hundreds of children.
 */
#include "shim/fdt/diff_pairs.h"

#include "shim/base/mem.h"

static uint32_t hash_of(uint32_t owner, const char *name)
{
    return shim_slot_hash(owner, name, strlen(name));
}

static void index_node(struct shim_side *side, uint32_t node)
{
    const struct shim_node *own = &side->tree->nodes[node];

    if (node != SHIM_ROOT)
        shim_slot_put(&side->node_slots, hash_of(own->parent, shim_node_name(side->tree, node)),
                      node);
    for (uint32_t prop = own->first_prop; prop < own->props_end; prop++)
        shim_slot_put(&side->prop_slots, hash_of(node, shim_prop_name(side->tree, prop)), prop);
}

static bool index_side(struct shim_side *side, struct shim_arena *arena)
{
    const struct shim_tree *tree = side->tree;

    side->twin = shim_alloc(arena, tree->node_count, sizeof(*side->twin));
    side->node_slots = shim_slots(arena, tree->node_count);
    side->prop_slots = shim_slots(arena, tree->prop_count);
    if (!side->twin || !side->node_slots.at || !side->prop_slots.at)
        return false;
    for (uint32_t node = 0; node < tree->node_count; node++)
        index_node(side, node);
    return true;
}

static bool is_child(const struct shim_side *side, uint32_t node, uint32_t parent, const char *name)
{
    return side->tree->nodes[node].parent == parent &&
           !strcmp(shim_node_name(side->tree, node), name);
}

/* The child of this name that has `before` others of it before it, or SHIM_NONE. */
static uint32_t child_named(const struct shim_side *side, uint32_t parent, const char *name,
                            uint32_t before)
{
    for (uint32_t hash = hash_of(parent, name);; hash++) {
        uint32_t node = side->node_slots.at[hash & side->node_slots.mask];

        if (node == SHIM_NONE || (is_child(side, node, parent, name) && !before--))
            return node;
    }
}

/* How many nodes with the same name and parent come before it: none, except in odd trees. */
static uint32_t twins_before(const struct shim_side *side, uint32_t node)
{
    uint32_t parent = side->tree->nodes[node].parent, count = 0;
    const char *name = shim_node_name(side->tree, node);

    for (uint32_t hash = hash_of(parent, name);; hash++) {
        uint32_t other = side->node_slots.at[hash & side->node_slots.mask];

        if (other == node)
            return count;
        count += is_child(side, other, parent, name);
    }
}

static bool is_prop(const struct shim_side *side, uint32_t prop, uint32_t node, const char *name)
{
    const struct shim_node *owner = &side->tree->nodes[node];

    return prop >= owner->first_prop && prop < owner->props_end &&
           !strcmp(shim_prop_name(side->tree, prop), name);
}

struct shim_span shim_side_prop(const struct shim_side *side, uint32_t node, const char *name)
{
    for (uint32_t hash = hash_of(node, name);; hash++) {
        uint32_t prop = side->prop_slots.at[hash & side->prop_slots.mask];

        if (prop == SHIM_NONE)
            return (struct shim_span){ 0 };
        if (is_prop(side, prop, node, name))
            return shim_prop_value(side->tree, prop);
    }
}

static void find_twins(struct shim_side *side, const struct shim_side *other)
{
    side->twin[SHIM_ROOT] = SHIM_ROOT;
    for (uint32_t node = 1; node < side->tree->node_count; node++) {
        uint32_t parent = side->twin[side->tree->nodes[node].parent];

        side->twin[node] = parent == SHIM_NONE
                               ? SHIM_NONE
                               : child_named(other, parent, shim_node_name(side->tree, node),
                                             twins_before(side, node));
    }
}

enum shim_code shim_pair_sides(struct shim_side *a, struct shim_side *b, struct shim_arena *arena,
                               struct shim_error *error)
{
    if (!index_side(a, arena) || !index_side(b, arena))
        return shim_no_room(error, "to pair the nodes");
    find_twins(a, b);
    find_twins(b, a);
    return SHIM_OK;
}
