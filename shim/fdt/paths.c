// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/fdt/paths.h"

#include "shim/base/mem.h"

enum { FEW = 16 };

/* The owner of an alias; the properties of /aliases are in the table after all nodes. */
#define ALIASES UINT32_MAX

/* ---- the table ---------------------------------------------------------------------- */

static void put_nodes(const struct shim_paths *paths)
{
    const struct shim_tree *tree = paths->tree;

    for (uint32_t node = SHIM_ROOT + 1; node < tree->node_count; node++) {
        const char *name = shim_node_name(tree, node);

        shim_slot_put(&paths->slots, shim_slot_hash(tree->nodes[node].parent, name, strlen(name)),
                      node);
    }
}

static void put_aliases(const struct shim_paths *paths, const struct shim_node *aliases)
{
    const struct shim_tree *tree = paths->tree;

    for (uint32_t prop = aliases->first_prop; prop < aliases->props_end; prop++) {
        const char *name = shim_prop_name(tree, prop);

        shim_slot_put(&paths->slots, shim_slot_hash(ALIASES, name, strlen(name)),
                      tree->node_count + prop);
    }
}

static bool is_long(struct shim_span list)
{
    unsigned count = 0;

    for (const char *at = shim_list_next(list, NULL); at && count <= FEW;
         at = shim_list_next(list, at))
        count++;
    return count > FEW;
}

struct shim_paths shim_paths(const struct shim_tree *tree, struct shim_span list,
                             struct shim_arena *arena)
{
    struct shim_paths paths = { .tree = tree };
    uint32_t aliases = shim_child(tree, SHIM_ROOT, "aliases");
    uint32_t count = tree->node_count;

    if (!is_long(list))
        return paths;
    if (aliases != SHIM_NONE)
        count += tree->nodes[aliases].props_end - tree->nodes[aliases].first_prop;
    paths.slots = shim_slots(arena, count);
    if (paths.slots.at)
        put_nodes(&paths);
    if (paths.slots.at && aliases != SHIM_NONE)
        put_aliases(&paths, &tree->nodes[aliases]);
    return paths;
}

/* ---- one step ------------------------------------------------------------------------- */

static bool is_name(const char *own, const char *name, size_t len)
{
    return *own == *name && !strncmp(own, name, len) && !own[len];
}

static uint32_t slot_child(const struct shim_paths *paths, uint32_t parent, const char *name,
                           size_t len)
{
    const struct shim_tree *tree = paths->tree;

    for (uint32_t hash = shim_slot_hash(parent, name, len);; hash++) {
        uint32_t node = paths->slots.at[hash & paths->slots.mask];

        if (node == SHIM_NONE || (node < tree->node_count && tree->nodes[node].parent == parent &&
                                  is_name(shim_node_name(tree, node), name, len)))
            return node;
    }
}

static uint32_t walk_to_child(const struct shim_tree *tree, uint32_t parent, const char *name,
                              size_t len)
{
    uint32_t past = tree->nodes[parent].past, child = parent + 1;

    while (child < past && !is_name(shim_node_name(tree, child), name, len))
        child = tree->nodes[child].past;
    return child < past ? child : SHIM_NONE;
}

static const char *slot_alias(const struct shim_paths *paths, const char *name, size_t len)
{
    const struct shim_tree *tree = paths->tree;

    for (uint32_t hash = shim_slot_hash(ALIASES, name, len);; hash++) {
        uint32_t number = paths->slots.at[hash & paths->slots.mask];

        if (number == SHIM_NONE)
            return NULL;
        if (number >= tree->node_count &&
            is_name(shim_prop_name(tree, number - tree->node_count), name, len))
            return shim_string(shim_prop_value(tree, number - tree->node_count));
    }
}

static const char *walk_to_alias(const struct shim_tree *tree, const char *name, size_t len)
{
    uint32_t aliases = shim_child(tree, SHIM_ROOT, "aliases");
    const struct shim_node *node = &tree->nodes[aliases == SHIM_NONE ? SHIM_ROOT : aliases];

    for (uint32_t prop = node->first_prop; aliases != SHIM_NONE && prop < node->props_end; prop++)
        if (is_name(shim_prop_name(tree, prop), name, len))
            return shim_string(shim_prop_value(tree, prop));
    return NULL;
}

static uint32_t child_of(const struct shim_paths *paths, uint32_t parent, const char *name,
                         size_t len)
{
    return paths->slots.at ? slot_child(paths, parent, name, len)
                           : walk_to_child(paths->tree, parent, name, len);
}

/* What an alias says; NULL: there is none of this name, or it says no path. */
static const char *alias(const struct shim_paths *paths, const char *name, size_t len)
{
    const char *target = paths->slots.at ? slot_alias(paths, name, len)
                                         : walk_to_alias(paths->tree, name, len);

    return target && target[0] == '/' ? target : NULL;
}

/* ---- all of a path ---------------------------------------------------------------------- */

static size_t span_until(const char *at, size_t len, char stop)
{
    const char *found = memchr(at, stop, len);

    return found ? (size_t)(found - at) : len;
}

/* Follows "/a/b" from `node`; `path` starts with '/' or is empty. */
static uint32_t descend(const struct shim_paths *paths, uint32_t node, const char *path, size_t len)
{
    while (len && node != SHIM_NONE) {
        size_t step;

        path++;
        len--;
        step = span_until(path, len, '/');
        if (step)
            node = child_of(paths, node, path, step);
        path += step;
        len -= step;
    }
    return node;
}

uint32_t shim_path_node(const struct shim_paths *paths, const char *path, size_t len)
{
    const char *target;
    size_t step;

    len = span_until(path, len, ':');
    if (!len)
        return SHIM_NONE;
    if (path[0] == '/')
        return descend(paths, SHIM_ROOT, path, len);
    step = span_until(path, len, '/');
    target = alias(paths, path, step);
    if (!target)
        return SHIM_NONE;
    return descend(paths, descend(paths, SHIM_ROOT, target, strlen(target)), path + step,
                   len - step);
}

/* ---- one path ----------------------------------------------------------------------------- */

uint32_t shim_child(const struct shim_tree *tree, uint32_t parent, const char *name)
{
    return walk_to_child(tree, parent, name, strlen(name));
}

uint32_t shim_node_at(const struct shim_tree *tree, const char *path)
{
    struct shim_paths paths = { .tree = tree };

    return path[0] == '/' ? descend(&paths, SHIM_ROOT, path, strlen(path)) : SHIM_NONE;
}

uint32_t shim_node_by_path(const struct shim_tree *tree, const char *path, size_t len)
{
    struct shim_paths paths = { .tree = tree };

    return shim_path_node(&paths, path, len);
}
