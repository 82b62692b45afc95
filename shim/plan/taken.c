// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * regions: which guest addresses are in use? All that a node claims, enabled or disabled.
 */
#include "shim/base/mem.h"
#include "shim/fdt/address.h"
#include "shim/plan/pass.h"

static const enum shim_pass_id pass = SHIM_PASS_REGIONS;

#define FIRST ((uint64_t)2 << 20) /* free addresses start after them */

bool shim_take(struct shim_plan *plan, struct shim_range range)
{
    return !range.size || shim_ranges_collect(&plan->taken, shim_whole_pages(range));
}

/* Those of one node; `next` is the first of the board's at or behind it, and moves on. */
static bool take_regs(struct shim_plan *plan, uint32_t node, uint32_t *next)
{
    const struct shim_board *board = plan->board;
    bool room = true;

    while (*next < board->reg_count && board->regs[*next].node < node)
        ++*next;
    for (; room && *next < board->reg_count && board->regs[*next].node == node; ++*next)
        room = shim_take(plan, board->regs[*next].at);
    return room;
}

/*
 * A bus's window belongs to the bus, even where none of its nodes claims it. One with
 * RAM in it is not a claim but a way of writing "everything": its devices claim.
 */
static bool take_ranges(struct shim_plan *plan, uint32_t bus, struct shim_way_up *way)
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

        if (!entry.size ||
            !shim_go_up(plan->tree, way, plan->tree->nodes[bus].parent, &entry.up))
            continue;
        window = shim_cut_range(entry.up, entry.size);
        if (pci || !shim_ranges_meeting(&plan->board->ram, window))
            room = shim_take(plan, window);
        else
            shim_note_in_full(plan, (struct shim_note){
                .kind = SHIM_FINDING, .pass = pass, .node = bus, .device = true, .detail = true,
                .what = shim_say(plan->arena, "its window 0x%llx-0x%llx is not counted as used",
                                 SHIM_X(window.base), SHIM_X(shim_range_end(window) - 1)),
                .reason = "it contains RAM; only the devices in it count",
                .alike = { .kind = SHIM_ALIKE_BUS_WINDOW, .what = "is not counted as used" } });
    }
    return room;
}

static bool take_nodes(struct shim_plan *plan)
{
    const struct shim_tree *tree = plan->tree;
    uint32_t hypervisor = shim_child(tree, SHIM_ROOT, "hypervisor");
    struct shim_way_up way = { .bus = SHIM_NONE };
    uint32_t next = 0;
    bool room = true;

    for (uint32_t node = 1; room && node < tree->node_count; node++) {
        if (shim_is_own_node(tree, node))
            node = tree->nodes[node].past - 1;
        else if (node != hypervisor)
            room = take_regs(plan, node, &next) && take_ranges(plan, node, &way);
    }
    return room;
}

static bool take_memory(struct shim_plan *plan)
{
    const struct shim_ranges *ram = &plan->board->ram, *reserved = &plan->board->reserved;
    bool room = shim_take(plan, (struct shim_range){ 0, FIRST });

    for (uint32_t i = 0; room && i < shim_plan_bank_count(plan); i++)
        room = shim_take(plan, shim_plan_bank(plan, i));
    for (uint32_t i = 0; room && i < ram->count; i++)
        room = shim_take(plan, ram->at[i]);
    for (uint32_t i = 0; room && i < reserved->count; i++)
        room = shim_take(plan, reserved->at[i]);
    return room;
}

/* An entry of ranges takes three cells at least. */
static uint32_t count_claims(const struct shim_plan *plan)
{
    uint32_t count = plan->board->reg_count + plan->board->ram.count +
                     plan->board->reserved.count + 4;

    for (uint32_t node = 1; node < plan->tree->node_count; node++)
        count += (uint32_t)(shim_prop(plan->tree, node, SHIM_RANGES).len / 12);
    return count;
}

enum shim_code shim_no_room_for_regions(struct shim_error *error)
{
    return shim_no_room(error, "for the map of guest addresses");
}

bool shim_wants_regions(struct shim_plan *plan)
{
    if (plan->policy->value[SHIM_POLICY_REGIONS] != SHIM_REGIONS_NONE)
        return true;
    shim_note(plan, SHIM_DECISION, pass, SHIM_NONE, "no safe unallocated ranges",
              "the policy sets regions = \"none\"");
    return false;
}

enum shim_code shim_begin_taken(struct shim_plan *plan, uint32_t more, struct shim_error *error)
{
    if (shim_ranges_init(&plan->taken, plan->arena, count_claims(plan) + more) &&
        take_nodes(plan) && take_memory(plan))
        return SHIM_OK;
    return shim_no_room_for_regions(error);
}

void shim_end_taken(struct shim_plan *plan)
{
    shim_ranges_settle(&plan->taken);
    shim_note_detail(plan, SHIM_FINDING, pass, SHIM_NONE,
                     shim_say(plan->arena, "%u ranges (%s) below 0x%llx are in use",
                              plan->taken.count, SHIM_SIZE(shim_ranges_total(&plan->taken)),
                              SHIM_X(plan->guest_limit)),
                     "RAM, reserved memory, every reg and every bus window, disabled nodes' too, and the "
                     "first 2 MiB");
}
