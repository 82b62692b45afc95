// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * diff: what differs between two trees, by path, as properties with values.
 * The order of properties and of nodes does not matter.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

struct side {
    struct file file;
    struct shim_arena arena;
    struct shim_tree tree;
    uint32_t *twin; /* the node of the same path on the other side, or SHIM_NONE */
};

struct diff {
    struct side a, b;
    bool different;
    bool heading; /* the node at hand was named already */
};

/* ---- values ------------------------------------------------------------------ */

/* Strings: printable, none empty, and the last one ends. */
static bool looks_like_strings(struct shim_span value)
{
    if (!value.len || value.at[value.len - 1])
        return false;
    for (size_t i = 0; i < value.len; i++)
        if (value.at[i] ? !isprint(value.at[i]) : i == 0 || !value.at[i - 1])
            return false;
    return true;
}

static void print_strings(struct shim_span value)
{
    const char *comma = "";

    for (const char *at = shim_list_next(value, NULL); at; at = shim_list_next(value, at)) {
        printf("%s\"%s\"", comma, at);
        comma = ", ";
    }
}

static void print_value(struct shim_span value)
{
    if (!value.len)
        return;
    fputs(" = ", stdout);
    if (looks_like_strings(value)) {
        print_strings(value);
        return;
    }
    putchar(value.len % 4 ? '[' : '<');
    for (size_t i = 0; i < value.len; i += value.len % 4 ? 1 : 4) {
        if (value.len % 4)
            printf(i ? " %02x" : "%02x", value.at[i]);
        else
            printf(i ? " 0x%x" : "0x%x", shim_be32(value.at + i));
    }
    putchar(value.len % 4 ? ']' : '>');
}

/* ---- lines --------------------------------------------------------------------- */

static void head(struct diff *diff, const struct side *side, uint32_t node, const char *note)
{
    if (!diff->heading)
        printf("%s%s\n", SHIM_PATH(&side->tree, node), note);
    diff->heading = true;
    diff->different = true;
}

static void line(char sign, const char *name, struct shim_span value)
{
    printf("  %c %s", sign, name);
    print_value(value);
    putchar('\n');
}

static bool same(struct shim_span a, struct shim_span b)
{
    return a.len == b.len && (!a.len || !memcmp(a.at, b.at, a.len));
}

/* Properties of `node` that the other side lacks or has otherwise. */
static void one_sided(struct diff *diff, const struct side *side, uint32_t node,
                      const struct side *other, uint32_t twin, bool removed)
{
    const struct shim_tree *tree = &side->tree;

    for (uint32_t prop = tree->nodes[node].first_prop; prop < tree->nodes[node].props_end; prop++) {
        const char *name = shim_prop_name(tree, prop);
        struct shim_span own = shim_prop_value(tree, prop);
        struct shim_span theirs = shim_prop_named(&other->tree, twin, name);

        if (theirs.at && (!removed || same(own, theirs)))
            continue;
        head(diff, side, node, "");
        line(removed ? '-' : '+', name, own);
        if (theirs.at)
            line('+', name, theirs);
    }
}

static void whole_node(struct diff *diff, const struct side *side, uint32_t node, bool removed)
{
    const struct shim_tree *tree = &side->tree;

    head(diff, side, node, removed ? " (removed)" : " (added)");
    for (uint32_t prop = tree->nodes[node].first_prop; prop < tree->nodes[node].props_end; prop++)
        line(removed ? '-' : '+', shim_prop_name(tree, prop), shim_prop_value(tree, prop));
}

/* ---- trees ----------------------------------------------------------------------- */

static bool read_side(const char *path, struct side *side)
{
    struct shim_error error;

    if (!file_read(path, &side->file))
        return false;
    side->arena = arena_for(side->file.len);
    if (shim_tree_check(&side->tree, side->file.bytes, side->file.len, &side->arena, &error)) {
        complain(side->file.name, &error);
        return false;
    }
    side->twin = shim_alloc(&side->arena, side->tree.node_count, sizeof(*side->twin));
    return side->twin != NULL;
}

static void pair(struct side *side, const struct side *other)
{
    side->twin[SHIM_ROOT] = SHIM_ROOT;
    for (uint32_t node = 1; node < side->tree.node_count; node++) {
        uint32_t parent = side->twin[side->tree.nodes[node].parent];

        side->twin[node] = parent == SHIM_NONE
                               ? SHIM_NONE
                               : shim_child(&other->tree, parent, shim_node_name(&side->tree, node));
    }
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
        if (diff->a.twin[node] == SHIM_NONE) {
            whole_node(diff, &diff->a, node, true);
            continue;
        }
        one_sided(diff, &diff->a, node, &diff->b, diff->a.twin[node], true);
        one_sided(diff, &diff->b, diff->a.twin[node], &diff->a, node, false);
    }
    for (uint32_t node = 0; node < diff->b.tree.node_count; node++) {
        diff->heading = false;
        if (diff->b.twin[node] == SHIM_NONE)
            whole_node(diff, &diff->b, node, false);
    }
}

int command_diff(const struct options *options)
{
    static struct diff diff;

    if (!read_side(options->files[0], &diff.a) || !read_side(options->files[1], &diff.b))
        return EXIT_TROUBLE;
    pair(&diff.a, &diff.b);
    pair(&diff.b, &diff.a);
    compare_reserves(&diff);
    compare_trees(&diff);
    return diff.different ? EXIT_DIFFERENT : EXIT_SAME;
}
