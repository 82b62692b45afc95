// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Phandles: numbers that a compiler may choose anew each time. Two values that
 * refer to the same nodes are the same.
 *
 * Where the cells of a property are known, each phandle is followed and each
 * argument compared. Elsewhere a cell counts as a phandle when the two sides
 * differ in it and it leads to the same node on both.
 */
#include <stdio.h>
#include <string.h>

#include "shim/fdt/diff.h"
#include "shim/fdt/references.h"

/* Never phandles: cells, dt-schema's standard units, and what small numbers are often for. */
static const char numbers[] =
    "#*\0*nr-gpios\0interrupts\0virtual-reg\0cell-index\0linux,code\0linux,input-type\0"
    "*-frequency\0*-hz\0*-mhz\0*-sec\0*-ms\0*-us\0*-ns\0*-ps\0*-percent\0"
    "*-microvolt\0*-microamp\0*-ohms\0*-celsius\0*-bits\0*-width\0*-shift\0*-size\0*-sets\0"
    "*-count\0*-level\0*-lanes\0*-channels\0num-*\0max-*\0min-*\0";

static bool is_numbers(const struct shim_tree *tree, uint32_t node, const char *name)
{
    return shim_matches_one(numbers, name) || value_is_numbers(tree, node, name) ||
           (!strcmp(name, "gpios") && !shim_refers(tree, node, name));
}

/* ---- the phandles of one value --------------------------------------------------------- */

static uint32_t cell_at(struct shim_span value, size_t cell)
{
    return shim_be32(value.at + 4 * cell);
}

/* Starts at the first phandle; false when the value is none of known references. */
static bool start_references(struct shim_references *refs, const struct shim_tree *tree,
                             uint32_t node, const char *name, struct shim_span value)
{
    return !is_numbers(tree, node, name) && shim_references(refs, tree, node, name, value);
}

void references_print(const struct shim_tree *tree, uint32_t node, const char *name,
                      struct shim_span value)
{
    struct shim_references refs;
    const char *before = "  (";

    if (!start_references(&refs, tree, node, name, value))
        return;
    while (shim_has_reference(&refs)) {
        uint32_t target = shim_next_reference(&refs);

        if (target == SHIM_NONE)
            continue;
        printf("%s&%s", before, SHIM_PATH(tree, target));
        before = ", ";
    }
    fputs(*before == ',' ? ")" : "", stdout);
}

/* ---- two sides ------------------------------------------------------------------------- */

struct moved references_moved(const struct side *a, const struct side *b)
{
    struct moved moved = { 0, 0 };

    for (uint32_t node = 0; node < a->tree.node_count; node++) {
        uint32_t twin = a->twin[node], own = a->tree.nodes[node].phandle, theirs;

        if (twin == SHIM_NONE)
            continue;
        theirs = b->tree.nodes[twin].phandle;
        moved.any += own != theirs;
        moved.renumbered += own != theirs && own && theirs;
    }
    return moved;
}

/*
 * A node that only one side has may be the other's under a new name: then its
 * phandle still has to be the same.
 */
static bool same_target(const struct side *a, uint32_t own, const struct side *b, uint32_t theirs)
{
    uint32_t from = shim_node_of_phandle(&a->tree, own);
    uint32_t to = shim_node_of_phandle(&b->tree, theirs);
    bool alone = from == SHIM_NONE || a->twin[from] == SHIM_NONE;

    if (alone)
        return own == theirs && (to == SHIM_NONE || b->twin[to] == SHIM_NONE);
    return to == a->twin[from];
}

static bool moved_along(const struct side *a, uint32_t own, const struct side *b, uint32_t theirs)
{
    return shim_node_of_phandle(&a->tree, own) != SHIM_NONE && same_target(a, own, b, theirs);
}

static bool same_references(const struct side *a, struct shim_references *refs, const struct side *b,
                            struct shim_span theirs)
{
    for (size_t i = 0; i < theirs.len / 4; i++) {
        uint32_t own = cell_at(refs->value, i), other = cell_at(theirs, i);
        bool followed = i == refs->next;

        if (followed)
            shim_next_reference(refs);
        if (followed ? !same_target(a, own, b, other) : own != other)
            return false;
    }
    return true;
}

/* Any cell may be a phandle. */
static bool same_cells(const struct side *a, struct shim_span own, const struct side *b,
                       struct shim_span theirs)
{
    for (size_t i = 0; i < own.len / 4; i++)
        if (cell_at(own, i) != cell_at(theirs, i) &&
            !moved_along(a, cell_at(own, i), b, cell_at(theirs, i)))
            return false;
    return true;
}

bool references_same(const struct side *a, uint32_t node, struct shim_span own,
                     const struct side *b, struct shim_span theirs, const char *name)
{
    uint32_t twin = a->twin[node];
    struct shim_references refs;

    if (own.len != theirs.len)
        return false;
    if (start_references(&refs, &a->tree, node, name, own))
        return same_references(a, &refs, b, theirs);
    if (start_references(&refs, &b->tree, twin, name, theirs))
        return same_references(b, &refs, a, own);
    if (!memcmp(own.at, theirs.at, own.len))
        return true;
    return own.len % 4 == 0 && !is_numbers(&a->tree, node, name) &&
           !is_numbers(&b->tree, twin, name) && same_cells(a, own, b, theirs);
}
