// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/fdt/diff_refs.h"

#include "shim/base/mem.h"

/* Never phandles: cells, dt-schema's standard units, and what small numbers are often for. */
static const char numbers[] =
    "#*\0*nr-gpios\0interrupts\0virtual-reg\0cell-index\0linux,code\0linux,input-type\0"
    "*-frequency\0*-hz\0*-mhz\0*-sec\0*-ms\0*-us\0*-ns\0*-ps\0*-percent\0"
    "*-microvolt\0*-microamp\0*-ohms\0*-celsius\0*-bits\0*-width\0*-shift\0*-size\0*-sets\0"
    "*-count\0*-level\0*-lanes\0*-channels\0num-*\0max-*\0min-*\0";

static bool is_numbers(const struct shim_side *side, uint32_t node, const char *name)
{
    return shim_matches_one(numbers, name) ||
           shim_holds_numbers(side->tree, side->words, node, name) ||
           (!strcmp(name, "gpios") && !shim_refers(side->tree, node, name));
}

/* ---- the phandles of one value --------------------------------------------------------- */

static uint32_t cell_at(struct shim_span value, size_t cell)
{
    return shim_be32(value.at + 4 * cell);
}

bool shim_side_references(struct shim_references *refs, const struct shim_side *side,
                          uint32_t node, const char *name, struct shim_span value)
{
    return !is_numbers(side, node, name) && shim_references(refs, side->tree, node, name, value);
}

/* ---- two sides ------------------------------------------------------------------------- */

struct shim_moved shim_moved_phandles(const struct shim_side *a, const struct shim_side *b)
{
    struct shim_moved moved = { 0, 0 };

    for (uint32_t node = 0; node < a->tree->node_count; node++) {
        uint32_t twin = a->twin[node], own = a->tree->nodes[node].phandle, theirs;

        if (twin == SHIM_NONE)
            continue;
        theirs = b->tree->nodes[twin].phandle;
        moved.any += own != theirs;
        moved.renumbered += own != theirs && own && theirs;
    }
    return moved;
}

/*
 * A node that only one side has may be the other's under a new name: then its
 * phandle still has to be the same.
 */
static bool same_target(const struct shim_side *a, uint32_t own, const struct shim_side *b,
                        uint32_t theirs)
{
    uint32_t from = shim_node_of_phandle(a->tree, own);
    uint32_t to = shim_node_of_phandle(b->tree, theirs);
    bool alone = from == SHIM_NONE || a->twin[from] == SHIM_NONE;

    if (alone)
        return own == theirs && (to == SHIM_NONE || b->twin[to] == SHIM_NONE);
    return to == a->twin[from];
}

static bool moved_along(const struct shim_side *a, uint32_t own, const struct shim_side *b,
                        uint32_t theirs)
{
    return shim_node_of_phandle(a->tree, own) != SHIM_NONE && same_target(a, own, b, theirs);
}

static bool same_references(const struct shim_side *a, struct shim_references *refs,
                            const struct shim_side *b, struct shim_span theirs)
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
static bool same_cells(const struct shim_side *a, struct shim_span own, const struct shim_side *b,
                       struct shim_span theirs)
{
    for (size_t i = 0; i < own.len / 4; i++)
        if (cell_at(own, i) != cell_at(theirs, i) &&
            !moved_along(a, cell_at(own, i), b, cell_at(theirs, i)))
            return false;
    return true;
}

bool shim_same_references(const struct shim_side *a, uint32_t node, struct shim_span own,
                          const struct shim_side *b, struct shim_span theirs, const char *name)
{
    uint32_t twin = a->twin[node];
    struct shim_references refs;

    if (own.len != theirs.len)
        return false;
    if (shim_side_references(&refs, a, node, name, own))
        return same_references(a, &refs, b, theirs);
    if (shim_side_references(&refs, b, twin, name, theirs))
        return same_references(b, &refs, a, own);
    if (!memcmp(own.at, theirs.at, own.len))
        return true;
    return own.len % 4 == 0 && !is_numbers(a, node, name) && !is_numbers(b, twin, name) &&
           same_cells(a, own, b, theirs);
}
