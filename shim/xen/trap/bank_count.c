// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Banks of memory, and of reservations: Xen has room for NR_MEM_BANKS of each. */
#include "shim/fdt/address.h"
#include "shim/model/entry.h"
#include "shim/plan/write.h"
#include "shim/xen/plan.h"
#include "shim/xen/trap/banks.h"
#include "shim/xen/trap/reserving.h"
#include "shim/xen/trap/rows.h"

/* ---- what one release counts ----------------------------------------------------------------- */

/* All that has a place in its list of reserved memory. */
struct reserved {
    uint32_t regions, entries, heap, domains;
};

static uint32_t count_disabled(const struct shim_tree *tree)
{
    uint32_t count = 0;

    for (uint32_t node = shim_next_region(tree, SHIM_NONE, false); node != SHIM_NONE;
         node = shim_next_region(tree, node, false))
        count += shim_xen_banks_of_region(tree, node);
    return count;
}

static uint32_t entries_in(struct shim_span value, struct shim_cells cells)
{
    size_t size = 4 * ((size_t)cells.address + cells.size);

    return size ? (uint32_t)(value.len / size) : 0;
}

static uint32_t count_heap(const struct shim_tree *tree)
{
    uint32_t chosen = shim_child(tree, SHIM_ROOT, "chosen");

    return chosen == SHIM_NONE ? 0 : entries_in(shim_prop(tree, chosen, SHIM_STATIC_HEAP),
                                                shim_cells(tree, SHIM_ROOT));
}

/* xen,static-mem, in the cells of /chosen. */
static uint32_t count_domains(const struct shim_tree *tree)
{
    uint32_t chosen = shim_child(tree, SHIM_ROOT, "chosen"), count = 0;
    uint32_t node = chosen == SHIM_NONE ? SHIM_NONE : shim_first_child(tree, chosen);

    for (; node != SHIM_NONE; node = shim_next_child(tree, node))
        if (shim_compatible(tree, node, "xen,domain"))
            count += entries_in(shim_prop_named(tree, node, "xen,static-mem"),
                                shim_inherited_cells(tree, chosen));
    return count;
}

static struct reserved count_all(const struct shim_tree *tree, const struct shim_release *release,
                                 const struct shim_entry_row *entry)
{
    return (struct reserved){
        .regions = shim_xen_reserved_banks(tree) -
                   (release->reads_status ? count_disabled(tree) : 0),
        .entries = release->counts_memreserve && entry->reads_memreserve ? tree->reserve_count : 0,
        .heap = count_heap(tree),
        .domains = count_domains(tree),
    };
}

/* ---- the row ----------------------------------------------------------------------------- */

static void tell_reserved(struct shim_check *check, const struct shim_trap *trap)
{
    struct reserved has = count_all(check->tree, check->plan->xen->releases.first,
                                    shim_entry_row(check->plan->facts->entry));
    uint32_t all = has.regions + has.entries + has.heap + has.domains;

    if (all <= SHIM_XEN_BANKS_MAX)
        return;
    if (all == has.regions)
        shim_breach(check, trap, shim_reserved_memory(check->tree), "%u reserved regions", all);
    else
        shim_breach(check, trap, shim_reserved_memory(check->tree),
                    "%u reserved ranges: %u regions, %u entries of /memreserve/, %u of "
                    "xen,static-heap, %u of xen,static-mem", all, has.regions, has.entries,
                    has.heap, has.domains);
}

/* It is for one release at a time. */
void shim_find_bank_count(struct shim_check *check, const struct shim_trap *trap)
{
    uint32_t banks = shim_xen_memory_banks(check->tree, check->plan->xen->releases.first);

    if (shim_entry_row(check->plan->facts->entry)->reads_memory && banks > SHIM_XEN_BANKS_MAX)
        shim_breach(check, trap, SHIM_NONE, "%u memory banks", banks);
    tell_reserved(check, trap);
}

/* As many as the output will have. */
static uint32_t banks_written(const struct shim_plan *plan)
{
    const struct shim_ranges *ram = &plan->board->ram;

    return plan->board->ram_told
        ? shim_memory_entries(plan, ram->at, ram->count, NULL)
        : shim_xen_memory_banks(plan->tree, plan->xen->releases.first);
}

/* What comes to the regions, and to how many entries, is not known yet: the forecast counts. */
enum shim_code shim_refuse_banks(const struct shim_plan *plan, struct shim_error *error)
{
    uint32_t banks = banks_written(plan), regions = shim_xen_reserved_banks(plan->tree);

    if (banks > SHIM_XEN_BANKS_MAX)
        return shim_fail(error, SHIM_E_TOO_LARGE,
                         SHIM_PATH(plan->tree, shim_memory_node(plan->board)), "reg",
                         "join banks that touch, or set fewer in ram",
                         "%u banks of memory; stock Xen takes %u", banks, SHIM_XEN_BANKS_MAX);
    if (regions > SHIM_XEN_BANKS_MAX)
        return shim_fail(error, SHIM_E_TOO_LARGE, "/reserved-memory", NULL,
                         "join regions that touch",
                         "%u reserved regions; stock Xen takes %u",
                         regions, SHIM_XEN_BANKS_MAX);
    return SHIM_OK;
}
