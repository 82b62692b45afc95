// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * diff: what differs between two trees, by path, as properties with values.
 * The order of properties and of nodes does not matter, nor do the numbers of
 * phandles.
 */
#include <stdio.h>
#include <string.h>

#include "shim/fdt/diff.h"

struct diff {
    struct side a, b;
    struct moved moved;
    bool different;
    bool heading; /* the node at hand was named already */
    uint32_t own, own_past; /* nodes of b that are left out: the record of what was done */
};

/* ---- lines --------------------------------------------------------------------- */

static void head(struct diff *diff, const struct side *side, uint32_t node, const char *note)
{
    if (!diff->heading)
        printf("%s%s\n", SHIM_PATH(&side->tree, node), note);
    diff->heading = true;
    diff->different = true;
}

static void line(char sign, const struct side *side, uint32_t node, const char *name,
                 struct shim_span value)
{
    printf("  %c %s", sign, name);
    value_print(&side->tree, node, name, value);
    putchar('\n');
}

/* `node` is of side a. */
static bool same(const struct diff *diff, uint32_t node, const char *name, struct shim_span own,
                 struct shim_span theirs)
{
    if (diff->moved.any)
        return references_same(&diff->a, node, own, &diff->b, theirs, name);
    return own.len == theirs.len && !memcmp(own.at, theirs.at, own.len);
}

/* A node's own phandle is a name that nobody reads; who refers to it is compared. */
static bool is_phandle(const struct shim_tree *tree, uint32_t prop)
{
    enum shim_name name = shim_prop_id(tree, prop);

    return name == SHIM_PHANDLE || name == SHIM_LINUX_PHANDLE;
}

/* Of two properties with one name everybody reads the first. */
static bool is_read(const struct side *side, uint32_t node, uint32_t prop)
{
    return side_prop(side, node, shim_prop_name(&side->tree, prop)).at ==
           shim_prop_value(&side->tree, prop).at;
}

/* A property that side a has. */
static void compare_prop(struct diff *diff, uint32_t node, uint32_t twin, uint32_t prop)
{
    const struct shim_tree *tree = &diff->a.tree;
    const char *name = shim_prop_name(tree, prop);
    struct shim_span own = shim_prop_value(tree, prop);
    struct shim_span theirs = side_prop(&diff->b, twin, name);

    if (theirs.at && same(diff, node, name, own, theirs))
        return;
    head(diff, &diff->a, node, "");
    line('-', &diff->a, node, name, own);
    if (theirs.at)
        line('+', &diff->b, twin, name, theirs);
}

static void compare_nodes(struct diff *diff, uint32_t node, uint32_t twin)
{
    const struct shim_tree *a = &diff->a.tree, *b = &diff->b.tree;

    for (uint32_t prop = a->nodes[node].first_prop; prop < a->nodes[node].props_end; prop++)
        if (!is_phandle(a, prop) && is_read(&diff->a, node, prop))
            compare_prop(diff, node, twin, prop);
    for (uint32_t prop = b->nodes[twin].first_prop; prop < b->nodes[twin].props_end; prop++) {
        if (is_phandle(b, prop) || side_prop(&diff->a, node, shim_prop_name(b, prop)).at)
            continue;
        head(diff, &diff->a, node, "");
        line('+', &diff->b, twin, shim_prop_name(b, prop), shim_prop_value(b, prop));
    }
}

static void whole_node(struct diff *diff, const struct side *side, uint32_t node, bool removed)
{
    const struct shim_tree *tree = &side->tree;

    head(diff, side, node, removed ? " (removed)" : " (added)");
    for (uint32_t prop = tree->nodes[node].first_prop; prop < tree->nodes[node].props_end; prop++)
        line(removed ? '-' : '+', side, node, shim_prop_name(tree, prop),
             shim_prop_value(tree, prop));
}

/* ---- trees ----------------------------------------------------------------------- */

static bool check_side(struct side *side)
{
    struct shim_error error;

    side->arena = arena_for(side->file.len);
    if (shim_tree_check(&side->tree, side->file.bytes, side->file.len, &side->arena, &error)) {
        complain(side->file.name, &error);
        return false;
    }
    return true;
}

static void compare_reserves(struct diff *diff)
{
    const struct shim_tree *a = &diff->a.tree, *b = &diff->b.tree;
    const struct shim_tree *trees[] = { a, b };

    if (a->reserve_count == b->reserve_count &&
        !memcmp(a->reserve, b->reserve, 16 * (size_t)a->reserve_count))
        return;
    diff->different = true;
    puts("/memreserve/");
    for (unsigned side = 0; side < 2; side++)
        for (uint32_t i = 0; i < trees[side]->reserve_count; i++)
            printf("  %c 0x%llx 0x%llx\n", side ? '+' : '-',
                   SHIM_X(shim_be64(trees[side]->reserve + 16 * (size_t)i)),
                   SHIM_X(shim_be64(trees[side]->reserve + 16 * (size_t)i + 8)));
}

static void compare_trees(struct diff *diff)
{
    for (uint32_t node = 0; node < diff->a.tree.node_count; node++) {
        diff->heading = false;
        if (diff->a.twin[node] == SHIM_NONE)
            whole_node(diff, &diff->a, node, true);
        else
            compare_nodes(diff, node, diff->a.twin[node]);
    }
    for (uint32_t node = 0; node < diff->b.tree.node_count; node++) {
        diff->heading = false;
        bool own = node >= diff->own && node < diff->own_past;

        if (!own && diff->b.twin[node] == SHIM_NONE)
            whole_node(diff, &diff->b, node, false);
    }
}

static void tell_renumbered(uint32_t count)
{
    if (count)
        printf("%u phandle%s numbered otherwise; every reference was followed\n", count,
               count == 1 ? " is" : "s are");
}

static int compare_sides(struct diff *diff)
{
    struct shim_error error;

    if (pair_sides(&diff->a, &diff->b, &error))
        return complain(diff->a.file.name, &error);
    diff->moved = references_moved(&diff->a, &diff->b);
    compare_reserves(diff);
    compare_trees(diff);
    tell_renumbered(diff->moved.renumbered);
    return diff->different ? EXIT_DIFFERENT : EXIT_SAME;
}

int command_diff(const struct options *options)
{
    static struct diff diff;

    diff = (struct diff){ 0 }; /* in U-Boot this is run many times */
    if (!file_read(options->files[0], &diff.a.file) ||
        !file_read(options->files[1], &diff.b.file) || !check_side(&diff.a) ||
        !check_side(&diff.b))
        return EXIT_TROUBLE;
    return compare_sides(&diff);
}

int diff_changes(const struct file *before, const struct file *after)
{
    static struct diff diff;
    uint32_t own;

    diff = (struct diff){ .a.file = *before, .b.file = *after };
    if (!check_side(&diff.a) || !check_side(&diff.b))
        return EXIT_TROUBLE;
    own = shim_node_at(&diff.b.tree, "/chosen/dtshim");
    if (own != SHIM_NONE) {
        diff.own = own;
        diff.own_past = diff.b.tree.nodes[own].past;
    }
    return compare_sides(&diff);
}
