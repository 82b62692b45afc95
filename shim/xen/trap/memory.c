// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/base/mem.h"
#include "shim/fdt/address.h"
#include "shim/plan/write.h"
#include "shim/xen/releases.h"
#include "shim/xen/trap/banks.h"
#include "shim/xen/trap/rows.h"

void shim_find_memory_type(struct shim_check *check, const struct shim_trap *trap)
{
    const struct shim_tree *tree = check->tree;

    for (uint32_t child = shim_first_child(tree, SHIM_ROOT); child != SHIM_NONE;
         child = shim_next_child(tree, child))
        if (shim_node_named(tree, child, "memory") && shim_has_known(tree, child, SHIM_REG) &&
            !shim_has_known(tree, child, SHIM_DEVICE_TYPE))
            shim_breach(check, trap, child, "has no device_type");
}

/* ---- banks that touch or overlap ----------------------------------------------------------- */

static uint32_t banks_said(const struct shim_board *board)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < board->memory_node_count; i++)
        count += shim_xen_banks_at(board->tree, board->memory_nodes[i]);
    return count;
}

/* More than it takes to say RAM, though one cell may not be able to say a long bank. */
static bool banks_meet(const struct shim_plan *plan)
{
    const struct shim_ranges *ram = &plan->board->ram;

    return !plan->board->ram_told &&
           banks_said(plan->board) > shim_memory_entries(plan, ram->at, ram->count, NULL);
}

static bool touch(struct shim_range a, struct shim_range b)
{
    return a.size && b.size && a.base <= shim_range_end(b) && b.base <= shim_range_end(a);
}

/* Does one of the entries before it, of this node or of those before, touch or overlap it? */
static bool touches_earlier(const struct shim_board *board, uint32_t last, uint32_t entry,
                            struct shim_range at)
{
    for (uint32_t i = 0; i <= last; i++) {
        struct shim_entries entries = shim_reg_entries(board->tree, board->memory_nodes[i]);
        struct shim_entry one;

        for (uint32_t j = 0; (i < last || j < entry) && shim_next_entry(&entries, &one); j++)
            if (touch(shim_cut_range(one.address, one.size), at))
                return true;
    }
    return false;
}

/* The first node that says RAM next to, or over, what was said before. */
static uint32_t meeting_node(const struct shim_board *board)
{
    bool few = banks_said(board) <= SHIM_XEN_BANKS_MAX; /* of more another row speaks */

    for (uint32_t i = 0; few && i < board->memory_node_count; i++) {
        struct shim_entries entries = shim_reg_entries(board->tree, board->memory_nodes[i]);
        struct shim_entry one;

        for (uint32_t j = 0; shim_next_entry(&entries, &one); j++)
            if (touches_earlier(board, i, j, shim_cut_range(one.address, one.size)))
                return board->memory_nodes[i];
    }
    return shim_memory_node(board);
}

bool shim_rewrites_memory(const struct shim_plan *plan)
{
    return plan->board->ram_told || banks_meet(plan);
}

void shim_find_memory_banks(struct shim_check *check, const struct shim_trap *trap)
{
    if (banks_meet(check->plan))
        shim_breach(check, trap, meeting_node(check->plan->board),
                    "%u banks, some of which touch or overlap", banks_said(check->plan->board));
}

void shim_decide_memory_banks(struct shim_plan *plan)
{
    if (banks_meet(plan))
        shim_note(plan, SHIM_DECISION, SHIM_PASS_CONTRACT, meeting_node(plan->board),
                  "banks that touch or overlap become one",
                  "Xen keeps them apart, and whatever it is given must be inside one");
}

/* ---- memory nodes without device_type --------------------------------------------------------- */

void shim_mend_memory_type(const struct shim_plan *plan, struct shim_edits *edits)
{
    if (shim_rewrites_memory(plan))
        shim_write_memory(plan, edits, plan->board->ram.at, plan->board->ram.count);
    else
        shim_write_memory_types(plan, edits);
}

/* Is the node's reg exactly the block? */
static bool says(const struct shim_tree *tree, uint32_t node, struct shim_range block)
{
    struct shim_span reg = shim_prop(tree, node, SHIM_REG);
    struct shim_cells cells = shim_cells(tree, SHIM_ROOT);
    uint64_t base, size;

    return reg.len == 4 * (size_t)(cells.address + cells.size) &&
           shim_read_cells(reg.at, cells.address, &base) &&
           shim_read_cells(reg.at + 4 * (size_t)cells.address, cells.size, &size) &&
           base == block.base && size == block.size;
}

static const char *does_instead(const struct shim_check *check, const struct shim_check_stray *stray)
{
    if (stray->at.size)
        return shim_say(check->plan->arena, "would give dom0 memory from 0x%llx on",
                        SHIM_X(stray->at.base));
    return stray->maybe ? "may give dom0 other memory" : "would start no dom0";
}

/* By the model, with the files where they are told to be, or else at the places of the record. */
void shim_find_record_places(struct shim_check *check, const struct shim_trap *trap)
{
    for (unsigned i = 0; i < check->stray_count; i++) {
        const struct shim_check_stray *stray = &check->strays[i];
        bool both = stray->first != stray->last;

        shim_breach(check, trap, check->record->node,
                    "Xen %s%s%s %s, and the record has it from 0x%llx on", stray->first->name,
                    both ? " and " : "", both ? stray->last->name : "",
                    does_instead(check, stray), SHIM_X(stray->planned));
    }
}

void shim_find_memory_record(struct shim_check *check, const struct shim_trap *trap)
{
    const struct shim_tree *tree = check->tree;
    struct shim_range block = check->record->dom0;

    if (!shim_was_applied_for(check, SHIM_CONTRACT_NATIVE))
        return;
    if (!block.size) {
        shim_breach(check, trap, check->record->node, "dom0-memory is not a pair of base and size");
        return;
    }
    for (uint32_t child = shim_first_child(tree, SHIM_ROOT); child != SHIM_NONE;
         child = shim_next_child(tree, child))
        if (shim_node_named(tree, child, "memory") && shim_available(tree, child) &&
            !says(tree, child, block))
            shim_breach(check, trap, child, "reg differs from the record's dom0-memory");
}
