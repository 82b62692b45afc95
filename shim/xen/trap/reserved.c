// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Where /reserved-memory is, and what the static heap has. */
#include "shim/fdt/address.h"
#include "shim/xen/plan.h"
#include "shim/xen/releases.h"
#include "shim/xen/trap/banks.h"
#include "shim/xen/trap/rows.h"

/* ---- the static heap ---------------------------------------------------------------------- */

/* /reserved-memory if it is before /chosen; SHIM_NONE. */
static uint32_t before_chosen(const struct shim_tree *tree)
{
    uint32_t chosen = shim_child(tree, SHIM_ROOT, "chosen");
    uint32_t reserved = shim_reserved_memory(tree);

    return chosen != SHIM_NONE && reserved < chosen ? reserved : SHIM_NONE;
}

/* What /chosen has about it. */
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
        shim_breach(check, trap, reserved, "comes before /chosen, which has xen,static-heap");
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
