// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/xen/in_ram.h"

#include "shim/fdt/address.h"
#include "shim/plan/block.h"
#include "shim/xen/devices.h"

/* Over the nodes that dom0 gets, with those of /chosen. */
struct walk {
    const struct shim_board *board;
    uint32_t chosen, past; /* past 0: there is none */
};

static struct walk walk_over(const struct shim_board *board)
{
    uint32_t chosen = shim_child(board->tree, SHIM_ROOT, "chosen");

    return (struct walk){ board, chosen,
                          chosen == SHIM_NONE ? 0 : board->tree->nodes[chosen].past };
}

/* Those of /chosen, as a framebuffer that firmware has set up, are dom0's, too; not modules. */
static uint32_t next_in_chosen(const struct shim_tree *tree, uint32_t node, uint32_t past)
{
    while (node < past && shim_compatible_one(tree, node, "multiboot,module\0xen,multiboot-module\0"))
        node = tree->nodes[node].past;
    return node;
}

static uint32_t next_given(const struct walk *walk, uint32_t node)
{
    const struct shim_board *board = walk->board;
    uint32_t next = node;

    if (node >= walk->past || node <= walk->chosen)
        next = shim_xen_given_from(board, node);
    if (walk->past && node <= walk->chosen && next > walk->chosen)
        next = walk->chosen + 1;
    if (walk->past && next > walk->chosen && next < walk->past)
        next = next_in_chosen(board->tree, next, walk->past);
    return next >= walk->past && node < walk->past ? shim_xen_given_from(board, next) : next;
}

/* The next one, this one included; node_count: none. */
static uint32_t next_mapped(const struct walk *walk, uint32_t node)
{
    const struct shim_tree *tree = walk->board->tree;

    node = next_given(walk, node);
    while (node < tree->node_count && (!shim_prop(tree, node, SHIM_REG).len ||
                                       shim_has_known(tree, node, SHIM_XEN_PASSTHROUGH)))
        node = next_given(walk, node + 1);
    return node;
}

/* What is mapped of a node: its registers, and the windows of a PCI host (map_device_children()). */
struct areas {
    uint32_t node;
    struct shim_entries regs, windows;
};

static struct shim_span windows_of(const struct shim_tree *tree, uint32_t node)
{
    struct shim_span none = { 0 };

    return shim_list_has(shim_prop(tree, node, SHIM_DEVICE_TYPE), "pci")
               ? shim_prop(tree, node, SHIM_RANGES) : none;
}

static struct areas areas_of(const struct shim_tree *tree, uint32_t node)
{
    struct areas areas = { .node = node, .regs = shim_reg_entries(tree, node) };

    if (windows_of(tree, node).len)
        areas.windows = shim_ranges_entries(tree, node, SHIM_RANGES);
    return areas;
}

static bool next_area(const struct shim_tree *tree, struct areas *areas, struct shim_range *at)
{
    struct shim_entry entry;

    if (shim_next_reg(tree, areas->node, &areas->regs, at))
        return true;
    while (areas->windows.size && shim_next_entry(&areas->windows, &entry)) {
        if (!entry.size || !shim_bus_to_cpu(tree, tree->nodes[areas->node].parent, &entry.up))
            continue;
        *at = shim_cut_range(entry.up, entry.size);
        return true;
    }
    return false;
}

uint32_t shim_xen_registers_in(const struct shim_board *board, uint32_t node,
                               struct shim_range range, struct shim_range *at)
{
    struct walk walk = walk_over(board);

    for (node = next_mapped(&walk, node); node < board->tree->node_count;
         node = next_mapped(&walk, node + 1)) {
        struct areas areas = areas_of(board->tree, node);

        while (next_area(board->tree, &areas, at))
            if (shim_range_overlaps(shim_whole_pages(*at), range))
                return node;
    }
    return SHIM_NONE;
}

static bool collect(struct shim_plan *plan, uint32_t node)
{
    struct areas areas = areas_of(plan->tree, node);
    struct shim_range at;

    while (next_area(plan->tree, &areas, &at))
        if (shim_ranges_meeting(&plan->board->ram, at) &&
            !shim_ranges_holding(&plan->board->reserved, at) &&
            !shim_ranges_collect(&plan->devices, shim_whole_pages(at)))
            return false;
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

/* An entry of reg that has a size takes two cells at least, one of ranges three. */
static uint32_t most_areas(const struct shim_tree *tree)
{
    uint32_t most = shim_most_regs(tree);

    for (uint32_t node = 1; node < tree->node_count; node++)
        if (tree->nodes[node].pci)
            most += (uint32_t)(windows_of(tree, node).len / 12);
    return most;
}

/* Xen's own node is not dom0's once the plan is applied. */
static uint32_t next_of_plan(const struct walk *walk, uint32_t node)
{
    const struct shim_tree *tree = walk->board->tree;

    node = next_mapped(walk, node);
    while (node < tree->node_count && shim_compatible(tree, node, "dtshim,hypervisor"))
        node = next_mapped(walk, node + 1);
    return node;
}

/* On most boards there are none, and what the list had is free again. */
enum shim_code shim_xen_find_in_ram(struct shim_plan *plan, struct shim_error *error)
{
    const struct shim_board *board = plan->board;
    struct walk walk = walk_over(board);
    struct shim_arena before = *plan->arena;
    bool room = shim_ranges_init(&plan->devices, plan->arena, most_areas(plan->tree));
    uint32_t first = SHIM_NONE, nodes = 0;

    for (uint32_t node = next_of_plan(&walk, 1); room && node < plan->tree->node_count;
         node = next_of_plan(&walk, node + 1)) {
        uint32_t count = plan->devices.count;

        room = collect(plan, node);
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
