// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * regions: which guest addresses are unused, so that the hypervisor can map foreign and
 * granted pages there?
 *
 * Linux takes whole sections of 128 MiB out of them (drivers/xen/unpopulated-alloc.c); Xen's
 * own rules, which a guest of its knows, are 2 MiB alignment and 64 MiB at least
 * (add_ext_regions()).
 *
 * Binding: arm/xen.txt of Linux; docs/misc/arm/device-tree/guest.txt of Xen.
 */
#include "shim/base/mem.h"
#include "shim/fdt/address.h"
#include "shim/native/passes.h"
#include "shim/native/plan.h"
#include "shim/plan/pass.h"

static const enum shim_pass_id pass = SHIM_PASS_REGIONS;

#define MIB ((uint64_t)1 << 20)
#define ALIGNMENT (2 * MIB)
#define SMALLEST (64 * MIB)
#define GRANTS (16 * MIB)        /* GUEST_GNTTAB_SIZE of Xen */
#define ONE_CELL_MOST 0xffe00000 /* the largest aligned size that one cell can say */
#define SECTION (128 * MIB)      /* of arm64 with 4 KiB pages */

bool shim_region_useful(struct shim_range region)
{
    uint64_t base = shim_align_up(region.base, SECTION);

    return base >= region.base && base < shim_range_end(region) &&
           shim_range_end(region) - base >= SECTION;
}

static struct shim_range aligned(struct shim_range hole)
{
    uint64_t base = shim_align_up(hole.base, ALIGNMENT);
    uint64_t end = shim_align_down(shim_range_end(hole), ALIGNMENT);

    return (struct shim_range){ base, end > base ? end - base : 0 };
}

static bool find_holes(const struct shim_plan *plan, struct shim_ranges *holes)
{
    if (!shim_ranges_init(holes, plan->arena, plan->taken.count + 2))
        return false;
    shim_ranges_add(holes, (struct shim_range){ 0, plan->guest_limit });
    for (uint32_t i = 0; i < plan->taken.count; i++)
        if (!shim_ranges_remove(holes, plan->taken.at[i]))
            return false;
    for (uint32_t i = 0; i < holes->count; i++)
        holes->at[i] = aligned(holes->at[i]);
    return true;
}

/* Guests were promised no less than the first region had (the discussion of 2021). */
static uint64_t grants_size(const struct shim_plan *plan)
{
    uint32_t old = shim_child(plan->tree, SHIM_ROOT, "hypervisor");
    struct shim_entries entries = { 0 };
    struct shim_entry entry;
    uint64_t size = 0;

    if (old != SHIM_NONE)
        entries = shim_reg_entries(plan->tree, old);
    if (shim_next_entry(&entries, &entry))
        size = shim_cut_range(0, entry.size).size;
    size = shim_align_up(size, ALIGNMENT);
    if (shim_cells(plan->tree, SHIM_ROOT).size == 1 && size > ONE_CELL_MOST)
        size = ONE_CELL_MOST;
    return size > GRANTS ? size : GRANTS;
}

/* In the smallest hole that holds it: the large ones are worth more as regions. */
static void place_grants(struct shim_plan *plan, struct shim_ranges *holes)
{
    uint64_t size = grants_size(plan);
    struct shim_range *best = NULL;

    for (uint32_t i = 0; i < holes->count; i++)
        if (holes->at[i].size >= size && (!best || holes->at[i].size < best->size))
            best = &holes->at[i];
    if (!best) {
        shim_note(plan, SHIM_WARNING, pass, SHIM_NONE, "no room for a grant table",
                  "no hole in the guest address space is large enough: dom0's kernel will find no "
                  "grant table region; raise ipa-bits");
        return;
    }
    plan->native->grants = (struct shim_range){ best->base, size };
    *best = (struct shim_range){ best->base + size, best->size - size };
    shim_note_detail(plan, SHIM_DECISION, pass, SHIM_NONE,
                     shim_say(plan->arena, "the grant table is mapped at 0x%llx-0x%llx",
                              SHIM_X(plan->native->grants.base),
                              SHIM_X(shim_range_end(plan->native->grants) - 1)),
                     "the smallest hole that holds it");
}

static void drop_smallest(struct shim_plan *plan)
{
    uint32_t smallest = 0;

    for (uint32_t i = 1; i < plan->native->region_count; i++)
        if (plan->native->regions[i].size <= plan->native->regions[smallest].size)
            smallest = i;
    plan->native->region_count--;
    memmove(plan->native->regions + smallest, plan->native->regions + smallest + 1,
            (plan->native->region_count - smallest) * sizeof(*plan->native->regions));
}

static void add_region(struct shim_plan *plan, struct shim_range hole)
{
    if (shim_cells(plan->tree, SHIM_ROOT).size == 1 && hole.size > ONE_CELL_MOST)
        hole.size = ONE_CELL_MOST;
    if (hole.size < SMALLEST)
        return;
    plan->native->regions[plan->native->region_count++] = hole;
    if (plan->native->region_count > SHIM_REGIONS_MAX)
        drop_smallest(plan);
}

static void note_region(struct shim_plan *plan, struct shim_range region)
{
    bool useful = shim_region_useful(region);

    shim_note_detail(plan, SHIM_DECISION, pass, SHIM_NONE,
                     shim_say(plan->arena, "0x%llx-0x%llx (%s) is safe for foreign pages%s",
                              SHIM_X(region.base), SHIM_X(shim_range_end(region) - 1),
                              SHIM_SIZE(region.size), useful ? "" : ", but useless to Linux"),
                     useful ? "no node uses any of it"
                            : "it holds no aligned block of 128 MiB, which Linux needs");
}

static void note_regions(struct shim_plan *plan)
{
    for (uint32_t i = 0; i < plan->native->region_count; i++)
        note_region(plan, plan->native->regions[i]);
    if (!plan->native->region_count)
        shim_note(plan, SHIM_WARNING, pass, SHIM_NONE, "no safe unallocated range",
                  "below the guest address limit no hole has 64 MiB: dom0 will balloon out its own "
                  "memory to map foreign pages");
}

/* ---- the pass ----------------------------------------------------------------------- */

static uint32_t count_moved(const struct shim_plan *plan)
{
    uint32_t count = 0;

    for (const struct shim_moved *moved = plan->native->moved; moved; moved = moved->next)
        count += moved->count;
    return count;
}

static bool take_moved(struct shim_plan *plan)
{
    bool room = true;

    for (const struct shim_moved *moved = plan->native->moved; moved; moved = moved->next)
        for (uint32_t i = 0; room && i < moved->count; i++)
            room = shim_take(plan, moved->to[i]);
    return room;
}

enum shim_code shim_native_regions(struct shim_plan *plan, struct shim_error *error)
{
    struct shim_ranges holes;
    enum shim_code code;

    if (!shim_wants_regions(plan))
        return SHIM_OK;
    code = shim_begin_taken(plan, count_moved(plan), error);
    if (code)
        return code;
    if (!take_moved(plan))
        return shim_no_room_for_regions(error);
    shim_end_taken(plan);
    if (!find_holes(plan, &holes))
        return shim_no_room_for_regions(error);
    place_grants(plan, &holes);
    for (uint32_t i = 0; i < holes.count; i++)
        add_region(plan, holes.at[i]);
    note_regions(plan);
    return SHIM_OK;
}
