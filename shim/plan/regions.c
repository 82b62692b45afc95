// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * regions: which guest addresses are nobody's, so that a hypervisor can map
 * foreign and granted pages there?
 *
 * Nobody's is what no node claims, in use or disabled. Linux takes whole
 * sections of 128 MiB out of them (drivers/xen/unpopulated-alloc.c); Xen's own
 * rules are 2 MiB alignment and 64 MiB at least (add_ext_regions()).
 *
 * Binding: arm/xen.txt of Linux; docs/misc/arm/device-tree/guest.txt of Xen.
 */
#include "shim/base/mem.h"
#include "shim/fdt/address.h"
#include "shim/native/plan.h"
#include "shim/plan/pass.h"

static const char pass[] = "regions";

#define MIB ((uint64_t)1 << 20)
#define ALIGNMENT (2 * MIB)
#define SMALLEST (64 * MIB)
#define GRANTS (16 * MIB)        /* GUEST_GNTTAB_SIZE of Xen */
#define ONE_CELL_MOST 0xffe00000 /* the largest aligned size that one cell can say */

/* ---- what is somebody's --------------------------------------------------------- */

static bool take(struct shim_plan *plan, struct shim_range range)
{
    return !range.size || shim_ranges_collect(&plan->taken, shim_whole_pages(range));
}

static bool take_reg(struct shim_plan *plan, uint32_t node)
{
    struct shim_entries entries = { 0 };
    struct shim_entry entry;
    struct shim_range range;
    bool room = true;

    if (shim_prop(plan->tree, node, SHIM_REG).len)
        entries = shim_reg_entries(plan->tree, node);
    while (room && shim_next_entry(&entries, &entry))
        if (shim_reg_to_cpu(plan->tree, node, &entry, &range))
            room = take(plan, range);
    return room;
}

/*
 * A window of a bus is the bus's, with what no node of it claims. One that RAM
 * lies in is no claim but a way of writing "everything": its devices claim.
 */
static bool take_ranges(struct shim_plan *plan, uint32_t bus)
{
    struct shim_entries entries;
    struct shim_entry entry;
    bool pci, room = true;

    if (!shim_prop(plan->tree, bus, SHIM_RANGES).len)
        return true;
    entries = shim_ranges_entries(plan->tree, bus, SHIM_RANGES);
    pci = shim_is_pci(plan->tree, bus);
    while (room && shim_next_entry(&entries, &entry)) {
        struct shim_range window;

        if (!entry.size || !shim_bus_to_cpu(plan->tree, plan->tree->nodes[bus].parent, &entry.up))
            continue;
        window = shim_cut_range(entry.up, entry.size);
        if (pci || !shim_ranges_meeting(&plan->board->ram, window))
            room = take(plan, window);
        else
            shim_note_device(plan, SHIM_FINDING, pass, bus,
                             shim_say(plan->arena, "its window 0x%llx-0x%llx is no claim",
                                      SHIM_X(window.base), SHIM_X(shim_range_end(window) - 1)),
                             "RAM lies in it; only the devices in it count");
    }
    return room;
}

static bool take_nodes(struct shim_plan *plan)
{
    const struct shim_tree *tree = plan->tree;
    uint32_t hypervisor = shim_child(tree, SHIM_ROOT, "hypervisor");
    bool room = true;

    for (uint32_t node = 1; room && node < tree->node_count; node++) {
        if (shim_is_own_node(tree, node))
            node = tree->nodes[node].past - 1;
        else if (node != hypervisor)
            room = take_reg(plan, node) && take_ranges(plan, node);
    }
    return room;
}

static bool take_memory(struct shim_plan *plan)
{
    bool room = take(plan, (struct shim_range){ 0, ALIGNMENT }) && take(plan, plan->dom0);

    for (uint32_t i = 0; room && i < plan->board->ram.count; i++)
        room = take(plan, plan->board->ram.at[i]);
    for (uint32_t i = 0; room && i < plan->board->reserved.count; i++)
        room = take(plan, plan->board->reserved.at[i]);
    for (const struct shim_moved *moved = plan->native->moved; moved; moved = moved->next)
        for (uint32_t i = 0; room && i < moved->count; i++)
            room = take(plan, moved->to[i]);
    return room;
}

/* An entry of reg that has a size takes two cells at least, one of ranges three. */
static uint32_t count_claims(const struct shim_plan *plan)
{
    uint32_t count = shim_most_regs(plan->tree) + plan->board->ram.count + plan->board->reserved.count + 4;

    for (const struct shim_moved *moved = plan->native->moved; moved; moved = moved->next)
        count += moved->count;
    for (uint32_t node = 1; node < plan->tree->node_count; node++)
        count += (uint32_t)(shim_prop(plan->tree, node, SHIM_RANGES).len / 12);
    return count;
}

/* ---- what is left ------------------------------------------------------------------- */

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
                  "no hole of the guest address space is large enough: dom0's kernel will find no "
                  "grant table region; raise ipa-bits");
        return;
    }
    plan->native->grants = (struct shim_range){ best->base, size };
    *best = (struct shim_range){ best->base + size, best->size - size };
    shim_note(plan, SHIM_DECISION, pass, SHIM_NONE,
              shim_say(plan->arena, "the grant table is mapped at 0x%llx-0x%llx",
                       SHIM_X(plan->native->grants.base), SHIM_X(shim_range_end(plan->native->grants) - 1)),
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

static void note_regions(struct shim_plan *plan)
{
    for (uint32_t i = 0; i < plan->native->region_count; i++)
        shim_note(plan, SHIM_DECISION, pass, SHIM_NONE,
                  shim_say(plan->arena, "0x%llx-0x%llx (%s) is safe for foreign pages%s",
                           SHIM_X(plan->native->regions[i].base),
                           SHIM_X(shim_range_end(plan->native->regions[i]) - 1),
                           SHIM_SIZE(plan->native->regions[i].size),
                           shim_region_useful(plan->native->regions[i]) ? "" : ", but useless to Linux"),
                  shim_region_useful(plan->native->regions[i])
                      ? "no node claims any of it"
                      : "it holds no aligned block of 128 MiB, which Linux needs");
    if (!plan->native->region_count)
        shim_note(plan, SHIM_WARNING, pass, SHIM_NONE, "no safe unallocated range",
                  "below the guest address limit no hole has 64 MiB: dom0 will balloon its own "
                  "memory out to map foreign pages");
}

static void note_taken(struct shim_plan *plan)
{
    shim_note(plan, SHIM_FINDING, pass, SHIM_NONE,
              shim_say(plan->arena, "%u ranges (%s) below 0x%llx are somebody's",
                       plan->taken.count, SHIM_SIZE(shim_ranges_total(&plan->taken)),
                       SHIM_X(plan->guest_limit)),
              "RAM, reserved memory, every reg and every bus window, disabled nodes' too, and the "
              "first 2 MiB");
}

static enum shim_code no_memory(struct shim_error *error)
{
    return shim_fail(error, SHIM_E_MEMORY, "", NULL, "give dtshim more memory",
                     "no room for the map of guest addresses");
}

enum shim_code shim_pass_regions(struct shim_plan *plan, struct shim_error *error)
{
    struct shim_ranges holes;

    if (plan->policy->value[SHIM_POLICY_REGIONS] == SHIM_REGIONS_NONE) {
        shim_note(plan, SHIM_DECISION, pass, SHIM_NONE, "no safe unallocated ranges",
                  "the policy says regions = \"none\"");
        return SHIM_OK;
    }
    if (!shim_ranges_init(&plan->taken, plan->arena, count_claims(plan)) || !take_nodes(plan) ||
        !take_memory(plan))
        return no_memory(error);
    shim_ranges_settle(&plan->taken);
    if (!find_holes(plan, &holes))
        return no_memory(error);
    note_taken(plan);
    if (!shim_policy_for(plan->policy, SHIM_CONTRACT_NATIVE))
        return SHIM_OK; /* stock Xen finds its own; the contract shapes what it finds */
    place_grants(plan, &holes);
    for (uint32_t i = 0; i < holes.count; i++)
        add_region(plan, holes.at[i]);
    note_regions(plan);
    return SHIM_OK;
}
