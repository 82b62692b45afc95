// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/fdt/diff.h"

#include "shim/base/mem.h"
#include "shim/fdt/diff_refs.h"
#include "shim/fdt/diff_values.h"
#include "shim/fdt/fdt.h"

struct diff {
    const struct shim_sink *sink;
    struct shim_side a, b;
    struct shim_moved moved;
    bool different;
    bool heading; /* the node at hand was named already */
    uint32_t left_out, left_out_past; /* nodes of b */
};

/* ---- lines --------------------------------------------------------------------- */

static void head(struct diff *diff, const struct shim_side *side, uint32_t node, const char *note)
{
    if (!diff->heading)
        shim_print(diff->sink, "%s%s\n", SHIM_PATH(side->tree, node), note);
    diff->heading = true;
    diff->different = true;
}

static const char *sign(const struct diff *diff, const struct shim_side *side)
{
    return side == &diff->a ? "  - " : "  + ";
}

static void line(const struct diff *diff, const struct shim_side *side, uint32_t node,
                 const char *name, struct shim_span value)
{
    shim_print_string(diff->sink, sign(diff, side));
    shim_print_string(diff->sink, name);
    shim_print_value(diff->sink, side, node, name, value);
    shim_print_string(diff->sink, "\n");
}

/* `node` is of side a. */
static bool same(const struct diff *diff, uint32_t node, const char *name, struct shim_span own,
                 struct shim_span theirs)
{
    if (diff->moved.any)
        return shim_same_references(&diff->a, node, own, &diff->b, theirs, name);
    return own.len == theirs.len && !memcmp(own.at, theirs.at, own.len);
}

/* A node's own phandle is not compared; the references to it are. */
static bool is_phandle(const struct shim_tree *tree, uint32_t prop)
{
    enum shim_name name = shim_prop_id(tree, prop);

    return name == SHIM_PHANDLE || name == SHIM_LINUX_PHANDLE;
}

/* Of two properties with one name everybody reads the first. */
static bool is_read(const struct shim_side *side, uint32_t node, uint32_t prop)
{
    return shim_side_prop(side, node, shim_prop_name(side->tree, prop)).at ==
           shim_prop_value(side->tree, prop).at;
}

/* A property that side a has. */
static void compare_prop(struct diff *diff, uint32_t node, uint32_t twin, uint32_t prop)
{
    const struct shim_tree *tree = diff->a.tree;
    const char *name = shim_prop_name(tree, prop);
    struct shim_span own = shim_prop_value(tree, prop);
    struct shim_span theirs = shim_side_prop(&diff->b, twin, name);

    if (theirs.at && same(diff, node, name, own, theirs))
        return;
    head(diff, &diff->a, node, "");
    line(diff, &diff->a, node, name, own);
    if (theirs.at)
        line(diff, &diff->b, twin, name, theirs);
}

static void compare_nodes(struct diff *diff, uint32_t node, uint32_t twin)
{
    const struct shim_tree *a = diff->a.tree, *b = diff->b.tree;

    for (uint32_t prop = a->nodes[node].first_prop; prop < a->nodes[node].props_end; prop++)
        if (!is_phandle(a, prop) && is_read(&diff->a, node, prop))
            compare_prop(diff, node, twin, prop);
    for (uint32_t prop = b->nodes[twin].first_prop; prop < b->nodes[twin].props_end; prop++) {
        if (is_phandle(b, prop) || shim_side_prop(&diff->a, node, shim_prop_name(b, prop)).at)
            continue;
        head(diff, &diff->a, node, "");
        line(diff, &diff->b, twin, shim_prop_name(b, prop), shim_prop_value(b, prop));
    }
}

static void whole_node(struct diff *diff, const struct shim_side *side, uint32_t node)
{
    const struct shim_tree *tree = side->tree;

    head(diff, side, node, side == &diff->a ? " (removed)" : " (added)");
    for (uint32_t prop = tree->nodes[node].first_prop; prop < tree->nodes[node].props_end; prop++)
        line(diff, side, node, shim_prop_name(tree, prop), shim_prop_value(tree, prop));
}

/* ---- trees ----------------------------------------------------------------------- */

static void print_reserves(const struct diff *diff, const struct shim_side *side)
{
    const struct shim_tree *tree = side->tree;

    for (uint32_t i = 0; i < tree->reserve_count; i++)
        shim_print(diff->sink, "%s0x%llx 0x%llx\n", sign(diff, side),
                   SHIM_X(shim_be64(tree->reserve + 16 * (size_t)i)),
                   SHIM_X(shim_be64(tree->reserve + 16 * (size_t)i + 8)));
}

static void compare_reserves(struct diff *diff)
{
    const struct shim_tree *a = diff->a.tree, *b = diff->b.tree;

    if (a->reserve_count == b->reserve_count &&
        !memcmp(a->reserve, b->reserve, 16 * (size_t)a->reserve_count))
        return;
    diff->different = true;
    shim_print_string(diff->sink, "/memreserve/\n");
    print_reserves(diff, &diff->a);
    print_reserves(diff, &diff->b);
}

/* The CPU that boots, by the header. The rest of it is about the bytes of the blob. */
static void compare_headers(struct diff *diff)
{
    uint32_t a = shim_be32(diff->a.tree->blob + FDT_OFF_BOOT_CPU);
    uint32_t b = shim_be32(diff->b.tree->blob + FDT_OFF_BOOT_CPU);

    if (a == b)
        return;
    diff->different = true;
    shim_print(diff->sink, "header\n%sboot_cpuid_phys = <0x%llx>\n", sign(diff, &diff->a), SHIM_X(a));
    shim_print(diff->sink, "%sboot_cpuid_phys = <0x%llx>\n", sign(diff, &diff->b), SHIM_X(b));
}

static void compare_trees(struct diff *diff)
{
    for (uint32_t node = 0; node < diff->a.tree->node_count; node++) {
        diff->heading = false;
        if (diff->a.twin[node] == SHIM_NONE)
            whole_node(diff, &diff->a, node);
        else
            compare_nodes(diff, node, diff->a.twin[node]);
    }
    for (uint32_t node = 0; node < diff->b.tree->node_count; node++) {
        diff->heading = false;
        bool left_out = node >= diff->left_out && node < diff->left_out_past;

        if (!left_out && diff->b.twin[node] == SHIM_NONE)
            whole_node(diff, &diff->b, node);
    }
}

static void tell_renumbered(const struct diff *diff)
{
    uint32_t count = diff->moved.renumbered;

    if (count)
        shim_print(diff->sink, "%u phandle%s numbered differently; every reference was followed\n",
                   count, count == 1 ? " is" : "s are");
}

static void leave_out(struct diff *diff, const char *path)
{
    uint32_t node = path ? shim_node_at(diff->b.tree, path) : SHIM_NONE;

    if (node == SHIM_NONE)
        return;
    diff->left_out = node;
    diff->left_out_past = diff->b.tree->nodes[node].past;
}

enum shim_code shim_diff(const struct shim_diff *trees, struct shim_arena *arena,
                         const struct shim_sink *sink, bool *different, struct shim_error *error)
{
    struct diff diff = {
        .sink = sink,
        .a = { .tree = trees->before, .words = trees->words },
        .b = { .tree = trees->after, .words = trees->words },
    };
    enum shim_code code = shim_pair_sides(&diff.a, &diff.b, arena, error);

    if (code)
        return code;
    diff.moved = shim_moved_phandles(&diff.a, &diff.b);
    leave_out(&diff, trees->without);
    compare_headers(&diff);
    compare_reserves(&diff);
    compare_trees(&diff);
    tell_renumbered(&diff);
    *different = diff.different;
    return SHIM_OK;
}
