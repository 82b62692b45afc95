// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Reserved memory as stock Xen reads it: below /reserved-memory, at any depth, untranslated. */
#include "shim/fdt/address.h"
#include "shim/xen/plan.h"
#include "shim/xen/releases.h"
#include "shim/xen/trap/banks.h"
#include "shim/xen/trap/rows.h"

static const enum shim_pass_id pass = SHIM_PASS_CONTRACT;

/* ---- regions that overlap --------------------------------------------------------------- */

/* Does an entry of one region's reg meet the range? */
static bool region_meets(const struct shim_tree *tree, uint32_t node, struct shim_range range)
{
    struct shim_entries entries = shim_reg_entries(tree, node);
    struct shim_entry entry;

    while (shim_next_entry(&entries, &entry))
        if (entry.size && shim_range_overlaps(shim_cut_range(entry.address, entry.size), range))
            return true;
    return false;
}

/* The first of the nodes from `first` up to `node` that meets one of its entries. */
static uint32_t met_by(const struct shim_tree *tree, uint32_t first, uint32_t node)
{
    struct shim_entries entries = shim_reg_entries(tree, node);
    struct shim_entry entry;

    while (shim_next_entry(&entries, &entry))
        for (uint32_t before = first; entry.size && before < node; before++)
            if (shim_available(tree, before) &&
                region_meets(tree, before, shim_cut_range(entry.address, entry.size)))
                return before;
    return SHIM_NONE;
}

/*
 * The first region that meets one before it, which goes to `*other`; SHIM_NONE: all are
 * apart, or more than Xen takes. Disabled ones are none (check_reserved_regions_overlap(),
 * 4.18 to 4.22; device_tree_node_is_available(), 4.19).
 */
static uint32_t find_overlapping(const struct shim_tree *tree, uint32_t *other)
{
    uint32_t parent = shim_child(tree, SHIM_ROOT, "reserved-memory");
    uint32_t past = parent == SHIM_NONE ? 0 : tree->nodes[parent].past;

    if (shim_xen_reserved_banks(tree) > SHIM_XEN_BANKS_MAX)
        return SHIM_NONE;
    for (uint32_t node = parent + 1; node < past; node++) {
        if (!shim_available(tree, node))
            continue;
        *other = met_by(tree, parent + 1, node);
        if (*other != SHIM_NONE)
            return node;
    }
    return SHIM_NONE;
}

void shim_find_reserved_overlap(struct shim_check *check, const struct shim_trap *trap)
{
    uint32_t other, node = find_overlapping(check->tree, &other);

    if (node != SHIM_NONE)
        shim_breach(check, trap, node, "overlaps %s", SHIM_PATH(check->tree, other));
}

/* Left as they are: drivers know these regions by their nodes. */
void shim_warn_of_overlap(struct shim_plan *plan)
{
    uint32_t other, node = find_overlapping(plan->tree, &other);

    if (node != SHIM_NONE)
        shim_note(plan, SHIM_WARNING, pass, node, "Xen 4.18 and later do not start with this tree",
                  shim_say(plan->arena, "this reserved memory overlaps %s",
                           SHIM_PATH(plan->tree, other)));
}

/* ---- the static heap ---------------------------------------------------------------------- */

/* /reserved-memory where it stands before /chosen; SHIM_NONE. */
static uint32_t before_chosen(const struct shim_tree *tree)
{
    uint32_t chosen = shim_child(tree, SHIM_ROOT, "chosen");
    uint32_t reserved = shim_child(tree, SHIM_ROOT, "reserved-memory");

    return chosen != SHIM_NONE && reserved < chosen ? reserved : SHIM_NONE;
}

/* What /chosen says of it. */
static struct shim_span heap_of(const struct shim_tree *tree)
{
    uint32_t chosen = shim_child(tree, SHIM_ROOT, "chosen");
    struct shim_span none = { 0 };

    return chosen == SHIM_NONE ? none : shim_prop(tree, chosen, SHIM_STATIC_HEAP);
}

void shim_find_chosen_order(struct shim_check *check, const struct shim_trap *trap)
{
    uint32_t reserved = before_chosen(check->tree);

    if (reserved != SHIM_NONE && heap_of(check->tree).at)
        shim_breach(check, trap, reserved, "stands before /chosen, which has xen,static-heap");
}

/*
 * With a static heap Xen lists the banks it met before /chosen as reserved
 * memory of dom0's (4.17 and later), so /chosen has to come first.
 */
void shim_mend_chosen_order(const struct shim_plan *plan, struct shim_edits *edits)
{
    uint32_t reserved = before_chosen(plan->tree);

    if (plan->xen->steering.heap_count && reserved != SHIM_NONE)
        shim_move_behind(edits, reserved, shim_child(plan->tree, SHIM_ROOT, "chosen"));
}

void shim_find_heap_aligned(struct shim_check *check, const struct shim_trap *trap)
{
    struct shim_cells cells = shim_cells(check->tree, SHIM_ROOT);
    struct shim_entries entries = { .child = cells.address, .size = cells.size };
    struct shim_entry entry;

    if (cells.address - 1 <= 1 && cells.size <= 2)
        entries.rest = heap_of(check->tree);
    while (shim_next_entry(&entries, &entry))
        if ((entry.address | entry.size) % SHIM_XEN_HEAP_ALIGNMENT)
            shim_breach(check, trap, shim_child(check->tree, SHIM_ROOT, "chosen"),
                        "xen,static-heap has 0x%llx, 0x%llx bytes", SHIM_X(entry.address),
                        SHIM_X(entry.size));
}
