// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/xen/domain/strays.h"

#include "shim/base/mem.h"
#include "shim/fdt/numbers.h"
#include "shim/fdt/references.h"
#include "shim/xen/domain/comers.h"

struct straying {
    struct shim_plan *plan;
    uint32_t gic; /* the domain has one of its own under the same phandle */
};

/*
 * Does a phandle lead to a node of the board's that the domain has not? What it has must keep its
 * phandle then.
 */
static bool is_stray(const struct straying *straying, uint32_t phandle)
{
    uint32_t node = shim_node_of_phandle(straying->plan->tree, phandle);

    if (node == SHIM_NONE || node == straying->gic)
        return false;
    if (!shim_comes(straying->plan, node))
        return true;
    straying->plan->given->comes[node] |= SHIM_COMES_CALLED;
    return false;
}

/* Addresses, a hog's lines, and what is said anew for the domain. */
static bool is_known(const char *name)
{
    return shim_matches_one("reg\0ranges\0dma-ranges\0interrupts\0interrupt-map*\0phandle\0"
                            "interrupt-parent\0gpios\0gpio\0", name);
}

/* The first phandle of the property that leads to nothing in the domain; 0: there is none. */
static uint32_t stray_of(const struct straying *straying, uint32_t node, const char *name,
                         struct shim_span value)
{
    const struct shim_tree *tree = straying->plan->tree;
    struct shim_references refs;
    uint32_t stray = 0;

    if (shim_references(&refs, tree, node, name, value)) {
        while (shim_has_reference(&refs)) {
            uint32_t phandle = shim_be32(value.at + 4 * refs.next);

            if (shim_next_reference(&refs) != SHIM_NONE && is_stray(straying, phandle))
                return phandle;
        }
        return 0;
    }
    if (shim_refers(tree, node, name) == SHIM_REFERS || shim_counts(name) ||
        !shim_is_cells(value))
        return 0;
    for (size_t at = 0; at < value.len; at += 4)
        if (is_stray(straying, shim_be32(value.at + at)))
            stray = stray ? stray : shim_be32(value.at + at);
    return stray;
}

__attribute__((noinline))
static void note_stray(struct shim_plan *plan, uint32_t node, const char *name, uint32_t phandle)
{
    uint32_t target = shim_node_of_phandle(plan->tree, phandle);
    bool known = shim_refers(plan->tree, node, name) != SHIM_REFERS_NOT;

    shim_note_in_full(plan, (struct shim_note){
        .kind = SHIM_WARNING, .pass = SHIM_PASS_PASSTHROUGH, .node = node, .device = true,
        .what = shim_say(plan->arena, "its %s %s to nothing in the domain", name,
                         known ? "leads" : "may lead"),
        .reason = shim_say(plan->arena, "0x%llx is %s, which is not in the domain", SHIM_X(phandle),
                           SHIM_PATH(plan->tree, target)),
        .alike = { .kind = SHIM_ALIKE_STRAY,
                   .what = "leads to nothing in the domain, if it is a reference",
                   .reason = "a cell is the phandle of a node that is not in the domain" } });
}

static void look_at(const struct straying *straying, uint32_t node, uint32_t prop)
{
    const struct shim_tree *tree = straying->plan->tree;
    const char *name = shim_prop_name(tree, prop);
    uint32_t phandle = 0;

    if (!shim_stays_behind(name) && !is_known(name))
        phandle = stray_of(straying, node, name, shim_prop_value(tree, prop));
    if (phandle)
        note_stray(straying->plan, node, name, phandle);
}

void shim_note_strays(struct shim_plan *plan)
{
    const struct shim_node *nodes = plan->tree->nodes;
    struct straying straying = { plan, shim_gic(plan->tree) };

    for (uint32_t node = 1; node < plan->tree->node_count; node++)
        for (uint32_t prop = nodes[node].first_prop;
             shim_comes(plan, node) && prop < nodes[node].props_end; prop++)
            look_at(&straying, node, prop);
}
