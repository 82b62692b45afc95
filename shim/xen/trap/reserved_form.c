// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * /reserved-memory as both read it. Linux takes no region from a node without ranges or with
 * other cells than the root's (__reserved_mem_check_root()); Xen does, and lists them for dom0
 * as RAM. Cells that the node does not say are 2 and 1 to Xen, never the root's. Only Linux sees
 * it with a unit address, and only Xen with other capitals.
 */
#include "shim/base/mem.h"
#include "shim/plan/write.h"
#include "shim/xen/trap/reserving.h"
#include "shim/xen/trap/rows.h"

static const enum shim_pass_id pass = SHIM_PASS_CONTRACT;
static const char right_name[] = "reserved-memory";

static bool lacks(const struct shim_tree *tree, uint32_t node, const char *name)
{
    return !shim_prop_named(tree, node, name).at;
}

static bool lacks_cells(const struct shim_tree *tree, uint32_t node)
{
    return lacks(tree, node, "#address-cells") || lacks(tree, node, "#size-cells");
}

static bool is_misnamed(const struct shim_tree *tree, uint32_t node)
{
    return strcmp(shim_node_name(tree, node), right_name) != 0;
}

/* The cells that it says itself; none says nothing. */
static bool has_others(const struct shim_tree *tree, uint32_t node)
{
    struct shim_cells cells = shim_inherited_cells(tree, node);
    struct shim_cells root = shim_cells(tree, SHIM_ROOT);

    return cells.address != root.address || cells.size != root.size;
}

/* The next one after it; SHIM_NONE. */
static uint32_t another(const struct shim_tree *tree, uint32_t node)
{
    uint32_t other = shim_first_child(tree, SHIM_ROOT);

    while (other != SHIM_NONE && (other == node || !shim_is_reserved_memory(tree, other)))
        other = shim_next_child(tree, other);
    return other;
}

/* Pools are not memory yet: only what has a place can be misread. */
static uint32_t find(const struct shim_tree *tree)
{
    return shim_next_region(tree, SHIM_NONE, true) == SHIM_NONE ? SHIM_NONE
                                                                : shim_reserved_memory(tree);
}

void shim_find_reserved_form(struct shim_check *check, const struct shim_trap *trap)
{
    const struct shim_tree *tree = check->tree;
    uint32_t node = find(tree);

    if (node == SHIM_NONE)
        return;
    if (another(tree, node) != SHIM_NONE)
        shim_breach(check, trap, another(tree, node), "is a second such node");
    if (is_misnamed(tree, node))
        shim_breach(check, trap, node, "is not named %s", right_name);
    if (has_others(tree, node))
        shim_breach(check, trap, node, "has different cells from the root");
    else if (lacks_cells(tree, node))
        shim_breach(check, trap, node, "has no #address-cells or no #size-cells");
    if (lacks(tree, node, "ranges"))
        shim_breach(check, trap, node, "has no ranges");
}

enum shim_code shim_refuse_reserved_form(const struct shim_plan *plan, struct shim_error *error)
{
    const struct shim_tree *tree = plan->tree;
    uint32_t node = find(tree);

    if (node == SHIM_NONE)
        return SHIM_OK;
    if (another(tree, node) != SHIM_NONE)
        return shim_fail(error, SHIM_E_VALUE, SHIM_PATH(tree, another(tree, node)), NULL,
                         "put all regions into one /reserved-memory node",
                         "is a second such node, and Xen and Linux read different ones");
    if (has_others(tree, node))
        return shim_fail(error, SHIM_E_VALUE, SHIM_PATH(tree, node), "#address-cells",
                         "use the root's cells in it, and in reg, size and alloc-ranges below it",
                         "its cells are not the root's: Linux reads no region there, "
                                       "but Xen does");
    return SHIM_OK;
}

void shim_decide_reserved_form(struct shim_plan *plan)
{
    const struct shim_tree *tree = plan->tree;
    uint32_t node = find(tree);

    if (node == SHIM_NONE)
        return;
    if (is_misnamed(tree, node))
        shim_note(plan, SHIM_DECISION, pass, node, "is renamed to reserved-memory",
                  "otherwise only one of Xen and Linux sees it");
    if (lacks_cells(tree, node))
        shim_note(plan, SHIM_DECISION, pass, node, "is given the root's cells",
                  "without them Linux reads no region there, and Xen assumes 2 and 1");
    if (lacks(tree, node, "ranges"))
        shim_note(plan, SHIM_DECISION, pass, node, "is given ranges",
                  "without it Linux reads no region there, and Xen shows them to dom0 as RAM");
}

void shim_mend_reserved_form(const struct shim_plan *plan, struct shim_edits *edits)
{
    const struct shim_tree *tree = plan->tree;
    uint32_t node = find(tree);

    if (node == SHIM_NONE)
        return;
    if (is_misnamed(tree, node))
        shim_rename(edits, node, right_name);
    if (lacks_cells(tree, node))
        shim_put_cells(edits, shim_cursor(node), shim_cells(tree, SHIM_ROOT));
    if (lacks(tree, node, "ranges"))
        shim_put(edits, shim_cursor(node), "ranges", "", 0);
}
