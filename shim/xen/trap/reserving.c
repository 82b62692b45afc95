// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * How /memreserve/ and /reserved-memory are rewritten, so that all releases of Xen and dom0's
 * Linux read them alike: disabled regions become /memreserve/ entries, which Xen does not touch
 * and dom0 never sees, and no entry overlaps a region.
 */
#include "shim/xen/trap/reserving.h"

#include "shim/fdt/address.h"
#include "shim/xen/plan.h"
#include "shim/xen/releases.h"
#include "shim/xen/trap/rows.h"

static const enum shim_pass_id pass = SHIM_PASS_CONTRACT;

/* ---- the reservation block ---------------------------------------------------------------- */

static bool collect_regions(struct shim_ranges *set, const struct shim_tree *tree, bool available)
{
    bool room = true;

    for (uint32_t node = shim_next_region(tree, SHIM_NONE, available); room && node != SHIM_NONE;
         node = shim_next_region(tree, node, available)) {
        struct shim_entries entries = shim_region_entries(tree, node);
        struct shim_entry entry;

        while (room && shim_next_entry(&entries, &entry))
            room = shim_ranges_collect(set, shim_cut_range(entry.address, entry.size));
    }
    return room;
}

static bool collect_entries(struct shim_ranges *set, const struct shim_plan *plan)
{
    bool room = true;

    for (uint32_t i = 0; room && i < plan->tree->reserve_count; i++) {
        struct shim_range entry = shim_reserve_at(plan->tree, i);

        room = shim_reserves_ramdisk(plan->board, entry) || shim_ranges_collect(set, entry);
    }
    return room;
}

/* An upper bound: no entry of a reg has less than two cells. */
static uint32_t most_entries(const struct shim_tree *tree)
{
    uint32_t most = tree->reserve_count + 1;

    for (unsigned available = 0; available < 2; available++)
        for (uint32_t node = shim_next_region(tree, SHIM_NONE, available); node != SHIM_NONE;
             node = shim_next_region(tree, node, available))
            most += 1 + (uint32_t)(shim_prop(tree, node, SHIM_REG).len / 8);
    return most;
}

/* False: no memory. Cutting one region where it overlaps another does not change their sum. */
static bool find_regions(struct shim_ranges *regions, const struct shim_plan *plan)
{
    bool room = shim_ranges_init(regions, plan->arena, most_entries(plan->tree)) &&
                collect_regions(regions, plan->tree, true);

    if (room)
        shim_ranges_settle(regions);
    return room;
}

static bool find_entries(struct shim_plan *plan, const struct shim_ranges *regions)
{
    struct shim_ranges *entries = &plan->xen->reserving.entries;
    bool room = shim_ranges_init(entries, plan->arena,
                                 most_entries(plan->tree) + regions->count) &&
                collect_entries(entries, plan) && collect_regions(entries, plan->tree, false);

    if (room)
        shim_ranges_settle(entries);
    return room && shim_ranges_remove_all(entries, regions);
}

static void rewrite(struct shim_plan *plan)
{
    struct shim_ranges regions;

    if (!plan->xen->reserving.rewritten &&
        !(find_regions(&regions, plan) && find_entries(plan, &regions)))
        plan->arena->full = true;
    plan->xen->reserving.rewritten = true;
}

void shim_write_reserves(const struct shim_plan *plan, struct shim_edits *edits, bool ramdisk)
{
    const struct shim_reserving *reserving = &plan->xen->reserving;
    const struct shim_tree *tree = plan->tree;

    shim_drop_reserves(edits);
    for (uint32_t i = 0; i < tree->reserve_count; i++)
        if (!ramdisk && shim_reserves_ramdisk(plan->board, shim_reserve_at(tree, i)))
            shim_add_reserve(edits, shim_reserve_at(tree, i));
    for (uint32_t i = 0; i < reserving->entries.count; i++)
        shim_add_reserve(edits, reserving->entries.at[i]);
}

/* ---- disabled regions --------------------------------------------------------------------- */

static bool has_size(const struct shim_tree *tree, uint32_t node)
{
    struct shim_entries entries = shim_region_entries(tree, node);
    struct shim_entry entry;

    while (shim_next_entry(&entries, &entry))
        if (entry.size)
            return true;
    return false;
}

/* One without size is a place for what firmware fills in. */
static uint32_t next_disabled(const struct shim_tree *tree, uint32_t node)
{
    do
        node = shim_next_region(tree, node, false);
    while (node != SHIM_NONE && !has_size(tree, node));
    return node;
}

void shim_find_disabled_region(struct shim_check *check, const struct shim_trap *trap)
{
    for (uint32_t node = next_disabled(check->tree, SHIM_NONE); node != SHIM_NONE;
         node = next_disabled(check->tree, node))
        shim_breach(check, trap, node, "is disabled, and has a reg");
}

void shim_decide_disabled_region(struct shim_plan *plan)
{
    for (uint32_t node = next_disabled(plan->tree, SHIM_NONE); node != SHIM_NONE;
         node = next_disabled(plan->tree, node)) {
        rewrite(plan);
        shim_note(plan, SHIM_DECISION, pass, node, "becomes a /memreserve/ entry",
                  "it is disabled: Xen up to 4.18 shows it to dom0 as RAM, and later releases hand "
                  "it out");
    }
}

void shim_mend_disabled_region(const struct shim_plan *plan, struct shim_edits *edits)
{
    for (uint32_t node = next_disabled(plan->tree, SHIM_NONE); node != SHIM_NONE;
         node = next_disabled(plan->tree, node))
        shim_delete_prop(edits, node, SHIM_REG);
}

/* ---- entries that overlap regions ----------------------------------------------------------- */

/* The region that overlaps the range; SHIM_NONE. */
static uint32_t region_in(const struct shim_tree *tree, struct shim_range range, bool outside)
{
    for (uint32_t node = shim_next_region(tree, SHIM_NONE, true); node != SHIM_NONE;
         node = shim_next_region(tree, node, true)) {
        struct shim_entries entries = shim_region_entries(tree, node);
        struct shim_entry entry;

        while (shim_next_entry(&entries, &entry)) {
            struct shim_range region = shim_cut_range(entry.address, entry.size);

            if (entry.size && shim_range_overlaps(region, range) &&
                !(outside && shim_range_contains(range, region)))
                return node;
        }
    }
    return SHIM_NONE;
}

/* 4.20 lets a region be inside an entry; when 4.19 began to, its name does not show. */
void shim_find_memreserve_overlap(struct shim_check *check, const struct shim_trap *trap)
{
    bool strict = SHIM_SOME_XEN(&check->plan->xen->releases, overlap == SHIM_OVERLAP_ALL);

    for (uint32_t i = 0; i < check->tree->reserve_count; i++) {
        struct shim_range entry = shim_reserve_at(check->tree, i);
        uint32_t node = shim_range_wraps(entry) ? SHIM_NONE
                                                : region_in(check->tree, entry, !strict);

        if (node != SHIM_NONE)
            shim_breach(check, trap, node, "overlaps the /memreserve/ 0x%llx-0x%llx",
                        SHIM_X(entry.base), SHIM_X(shim_range_end(entry) - 1));
    }
}

static void note_entry(struct shim_plan *plan, struct shim_range entry,
                       const struct shim_ranges *regions)
{
    uint32_t node = region_in(plan->tree, entry, false);

    shim_note(plan, SHIM_DECISION, pass, node,
              shim_say(plan->arena, "/memreserve/ 0x%llx-0x%llx is %s", SHIM_X(entry.base),
                       SHIM_X(shim_range_end(entry) - 1),
                       shim_ranges_holding(regions, entry) ? "removed" : "cut"),
              shim_say(plan->arena, "%s reserves what they share, and Xen 4.19 and later stop if "
                       "the two overlap", SHIM_PATH(plan->tree, node)));
}

void shim_decide_memreserve_overlap(struct shim_plan *plan)
{
    struct shim_ranges regions;

    if (!plan->tree->reserve_count)
        return;
    if (!find_regions(&regions, plan)) {
        plan->arena->full = true;
        return;
    }
    for (uint32_t i = 0; i < plan->tree->reserve_count; i++) {
        struct shim_range entry = shim_reserve_at(plan->tree, i);

        if (shim_reserves_ramdisk(plan->board, entry) || !shim_ranges_meeting(&regions, entry))
            continue;
        note_entry(plan, entry, &regions);
        rewrite(plan);
    }
}
