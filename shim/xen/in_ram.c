// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/xen/in_ram.h"

#include "shim/fdt/address.h"
#include "shim/plan/block.h"
#include "shim/xen/devices.h"
#include "shim/xen/module_nodes.h"

/*
 * Is dom0 given the node? Those of /chosen, as a framebuffer that firmware has set up, are dom0's,
 * too; not modules.
 */
static bool is_given(const struct shim_board *board, uint32_t node)
{
    const struct shim_tree *tree = board->tree;
    uint32_t chosen = shim_child(tree, SHIM_ROOT, "chosen");

    if (chosen == SHIM_NONE || node <= chosen || node >= tree->nodes[chosen].past)
        return !shim_xen_leaves_out(board, node);
    while (node != chosen && !shim_is_multiboot_module(tree, node))
        node = tree->nodes[node].parent;
    return node == chosen;
}

/* What is mapped of a node: its registers, and the windows of a PCI host (map_device_children()). */
struct areas {
    uint32_t node, reg; /* the index of its next register in the board's list */
    struct shim_entries windows;
};

static struct shim_span windows_of(const struct shim_tree *tree, uint32_t node)
{
    struct shim_span none = { 0 };

    return shim_is_pci(tree, node) &&
                   shim_list_has(shim_prop(tree, node, SHIM_DEVICE_TYPE), "pci")
               ? shim_prop(tree, node, SHIM_RANGES) : none;
}

/* Moves `areas` on to a node behind its own; false: Xen maps none. Who has it is not asked here. */
static bool look_at(const struct shim_board *board, uint32_t node, struct areas *areas)
{
    const struct shim_tree *tree = board->tree;

    if (!shim_has_known(tree, node, SHIM_REG) || shim_has_known(tree, node, SHIM_XEN_PASSTHROUGH))
        return false;
    while (areas->reg < board->reg_count && board->regs[areas->reg].node < node)
        areas->reg++;
    areas->node = node;
    areas->windows = (struct shim_entries){ 0 };
    if (shim_prop(tree, node, SHIM_REG).len && windows_of(tree, node).len)
        areas->windows = shim_ranges_entries(tree, node, SHIM_RANGES);
    return true;
}

static bool next_area(const struct shim_board *board, struct areas *areas, struct shim_range *at)
{
    uint32_t bus = board->tree->nodes[areas->node].parent;
    struct shim_entry entry;

    if (areas->reg < board->reg_count && board->regs[areas->reg].node == areas->node) {
        *at = board->regs[areas->reg++].at;
        return true;
    }
    while (areas->windows.size && shim_next_entry(&areas->windows, &entry)) {
        if (!entry.size || !shim_bus_to_cpu(board->tree, bus, &entry.up))
            continue;
        *at = shim_cut_range(entry.up, entry.size);
        return true;
    }
    return false;
}

static bool next_in(const struct shim_board *board, struct areas *areas, struct shim_range range,
                    struct shim_range *at)
{
    while (next_area(board, areas, at))
        if (shim_range_overlaps(shim_whole_pages(*at), range))
            return true;
    return false;
}

uint32_t shim_xen_registers_in(const struct shim_board *board, uint32_t node,
                               struct shim_range range, struct shim_range *at)
{
    struct areas areas = { .reg = 0 };

    for (; node < board->tree->node_count; node++)
        if (look_at(board, node, &areas) && next_in(board, &areas, range, at) &&
            is_given(board, node))
            return node;
    return SHIM_NONE;
}

/* Xen's own node is not dom0's once the plan is applied. */
static bool will_be_given(const struct shim_plan *plan, uint32_t node)
{
    return is_given(plan->board, node) && !shim_compatible(plan->tree, node, "dtshim,hypervisor");
}

static bool collect(struct shim_plan *plan, struct areas *areas)
{
    struct shim_range at;
    bool given = false;

    while (next_area(plan->board, areas, &at)) {
        if (!shim_ranges_meeting(&plan->board->ram, at) ||
            shim_ranges_holding(&plan->board->reserved, at))
            continue;
        given = given || will_be_given(plan, areas->node);
        if (!given)
            return true;
        if (!shim_ranges_collect(&plan->devices, shim_whole_pages(at)))
            return false;
    }
    return true;
}

static void note(struct shim_plan *plan, uint32_t first, uint32_t nodes)
{
    const char *more = nodes > 1 ? shim_say(plan->arena, ", like those of %u more nodes",
                                            nodes - 1)
                                 : "";

    shim_note_device(plan, SHIM_WARNING, SHIM_PASS_MEMORY, first,
                     shim_say(plan->arena, "its registers are in RAM%s", more),
                     "dom0's memory and what Xen is started with avoid them, Xen's own memory does "
                     "not: is that RAM, or should it be in /reserved-memory?");
}

/* An entry of ranges takes three cells. */
static uint32_t most_areas(const struct shim_board *board)
{
    const struct shim_tree *tree = board->tree;
    uint32_t most = board->reg_count;

    for (uint32_t node = 1; node < tree->node_count; node++)
        if (tree->nodes[node].pci)
            most += (uint32_t)(windows_of(tree, node).len / 12);
    return most;
}

/* On most boards there are none, and what the list had is free again. */
enum shim_code shim_xen_find_in_ram(struct shim_plan *plan, struct shim_error *error)
{
    const struct shim_board *board = plan->board;
    struct shim_arena before = *plan->arena;
    bool room = shim_ranges_init(&plan->devices, plan->arena, most_areas(board));
    uint32_t first = SHIM_NONE, nodes = 0;
    struct areas areas = { .reg = 0 };

    for (uint32_t node = 1; room && node < plan->tree->node_count; node++) {
        uint32_t count = plan->devices.count;

        if (!look_at(board, node, &areas))
            continue;
        room = collect(plan, &areas);
        if (plan->devices.count == count)
            continue;
        first = nodes++ ? first : node;
    }
    if (!room)
        return shim_no_room(error, "for devices in RAM");
    shim_ranges_settle(&plan->devices);
    if (!nodes)
        *plan->arena = before;
    else if (!board->ram_told) /* else shim_pass_told_ram() speaks of it */
        note(plan, first, nodes);
    return SHIM_OK;
}

static uint32_t planned_in(const struct shim_board *board, struct shim_range block,
                           struct shim_range *at)
{
    uint32_t node = shim_xen_registers_in(board, 1, block, at);

    while (node != SHIM_NONE && shim_compatible(board->tree, node, "dtshim,hypervisor"))
        node = shim_xen_registers_in(board, node + 1, block, at);
    return node;
}

enum shim_code shim_xen_check_in_ram(const struct shim_plan *plan, struct shim_error *error)
{
    for (uint32_t i = 0; i < shim_plan_block_count(plan); i++) {
        uint64_t guest;
        struct shim_range block = shim_plan_block(plan, i, &guest), at;
        uint32_t node = shim_ranges_meeting(&plan->devices, block)
                            ? planned_in(plan->board, block, &at) : SHIM_NONE;

        if (node != SHIM_NONE)
            return shim_fail(error, SHIM_E_BASE, SHIM_PATH(plan->tree, node), "reg",
                             "choose another base or a smaller dom0-mem, or give the node "
                             "xen,passthrough to keep it from dom0",
                             "dom0's block 0x%llx-0x%llx contains registers of %s, at 0x%llx: Xen "
                             "would map them over dom0's memory",
                             SHIM_X(block.base), SHIM_X(shim_range_end(block) - 1),
                             shim_node_name(plan->tree, node), SHIM_X(at.base));
    }
    return SHIM_OK;
}
