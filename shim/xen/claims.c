// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/xen/claims.h"

#include "shim/base/mem.h"
#include "shim/base/span.h"
#include "shim/fdt/address.h"

/* Of early_scan_node(), 4.17 to 4.22. */
enum { DOMAIN_DEPTH = 2, SHARED_DEPTH = 3 };

/* Is it the one that dtshim has put in dom0's place? */
static bool is_own(const struct shim_board *board, uint32_t node)
{
    const struct shim_tree *tree = board->tree;
    const char *name = shim_list_next(board->policy->list[SHIM_POLICY_DOMAIN_NAME], NULL);
    uint32_t own = shim_child(tree, tree->nodes[node].parent, "dtshim");

    return name && !strcmp(shim_node_name(tree, node), name) && own != SHIM_NONE &&
           shim_child(tree, own, "record") != SHIM_NONE;
}

/* <base size> each. */
static bool static_memory(const struct shim_tree *tree, struct shim_claim *claim)
{
    struct shim_cells cells = shim_inherited_cells(tree, tree->nodes[claim->node].parent);
    struct shim_entries entries = { .rest = shim_prop_named(tree, claim->node, "xen,static-mem"),
                                    .child = cells.address, .size = cells.size };
    struct shim_entry entry;

    if (cells.address - 1 > 1 || cells.size - 1 > 1)
        return false;
    for (uint32_t i = 0; i <= claim->entry; i++)
        if (!shim_next_entry(&entries, &entry))
            return false;
    claim->at = (struct shim_range){ entry.address, entry.size };
    return true;
}

/* <host guest size>; without the host's address Xen takes it from its heap. */
static bool shared_memory(const struct shim_tree *tree, struct shim_claim *claim)
{
    struct shim_cells cells = shim_inherited_cells(tree, tree->nodes[claim->node].parent);
    struct shim_span value = shim_prop_named(tree, claim->node, "xen,shared-mem");

    if (claim->entry || cells.address - 1 > 1 || cells.size - 1 > 1 ||
        value.len != 4 * (2 * (size_t)cells.address + cells.size))
        return false;
    return shim_read_cells(value.at, cells.address, &claim->at.base) &&
           shim_read_cells(value.at + 8 * (size_t)cells.address, cells.size, &claim->at.size);
}

static bool next_of(const struct shim_board *board, struct shim_claim *claim)
{
    const struct shim_tree *tree = board->tree;
    unsigned depth = tree->nodes[claim->node].depth;
    bool found = false;

    if (depth <= SHARED_DEPTH && shim_compatible(tree, claim->node, "xen,domain-shared-memory-v1"))
        found = shared_memory(tree, claim);
    else if (depth == DOMAIN_DEPTH && shim_compatible(tree, claim->node, "xen,domain") &&
             !is_own(board, claim->node))
        found = static_memory(tree, claim);
    claim->entry += found;
    return found;
}

bool shim_xen_next_claim(const struct shim_board *board, struct shim_claim *claim)
{
    uint32_t chosen = shim_child(board->tree, SHIM_ROOT, "chosen");

    if (chosen == SHIM_NONE)
        return false;
    for (claim->node = claim->node ? claim->node : chosen + 1;
         claim->node < board->tree->nodes[chosen].past; claim->node++, claim->entry = 0)
        while (next_of(board, claim))
            if (claim->at.size && !shim_range_wraps(claim->at))
                return true;
    return false;
}
