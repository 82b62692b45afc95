// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* What the tree says, and what of the machine the guest is therefore given. */
#include "shim/base/mem.h"
#include "shim/fdt/address.h"
#include "shim/xen/modules.h"
#include "witness.h"

/* ---- reading --------------------------------------------------------------------- */

/* The one entry of the root's one memory node. */
static bool read_memory(struct board *board)
{
    const struct shim_tree *tree = board->tree;
    unsigned found = 0;

    for (uint32_t node = shim_first_child(tree, SHIM_ROOT); node != SHIM_NONE;
         node = shim_next_child(tree, node)) {
        struct shim_entries entries = shim_reg_entries(tree, node);
        struct shim_entry entry;

        if (!shim_list_has(shim_prop(tree, node, SHIM_DEVICE_TYPE), "memory"))
            continue;
        while (shim_next_entry(&entries, &entry)) {
            board->memory = (struct shim_range){ entry.address, entry.size };
            found++;
        }
    }
    return found == 1 && board->memory.size;
}

/* As many cells as the root's addresses have; absent means that there is none. */
static bool read_offset(struct board *board)
{
    uint32_t node = shim_child(board->tree, SHIM_ROOT, "hypervisor");
    uint32_t cells = shim_cells(board->tree, SHIM_ROOT).address;
    struct shim_span value = { 0 };

    if (node != SHIM_NONE)
        value = shim_prop(board->tree, node, SHIM_DMA_OFFSET);
    board->address_mask = cells == 1 ? UINT32_MAX : UINT64_MAX;
    if (!value.at)
        return true;
    return value.len == 4 * (size_t)cells && shim_read_cells(value.at, cells, &board->offset);
}

const char *board_read(struct board *board, const struct shim_tree *tree,
                       const struct shim_sink *sink)
{
    struct shim_range kernel;

    *board = (struct board){ .tree = tree, .sink = sink };
    shim_record_read(&board->record, tree);
    if (!board->record.ram.len)
        return "no record of the machine's memory: was the tree handed over by dtshim?";
    if (!read_memory(board))
        return "/memory does not say one block";
    if (!read_offset(board))
        return "dma-offset does not have the root's address cells";
    if (!shim_find_module(tree, "multiboot,kernel", &kernel) ||
        !shim_range_contains(board->memory, kernel))
        return "no kernel in dom0's memory";
    board->kernel = kernel.base;
    return NULL;
}

uint64_t board_machine(const struct board *board, uint64_t guest)
{
    return (guest + board->offset) & board->address_mask;
}

/* ---- the machine's memory ------------------------------------------------------------ */

bool board_block_is_sound(const struct board *board)
{
    struct shim_range block = { board_machine(board, board->memory.base), board->memory.size };
    struct shim_range said[SHIM_BLOCKS_MAX];

    return !shim_range_wraps(block) && shim_record_holds(&board->record, block) &&
           shim_record_blocks(&board->record, said) == 1 && said[0].base == block.base &&
           said[0].size == block.size;
}

/* ---- what is mapped --------------------------------------------------------------------- */

static void map_memory(const struct board *board, struct stage2 *tables)
{
    stage2_map(tables, board->memory, board_machine(board, board->memory.base), SHIM_NORMAL_WB);
}

/* /sram-map: whole pages, each run with the type that suits all of it. */
static void map_srams(const struct board *board, struct stage2 *tables)
{
    uint32_t map = shim_child(board->tree, SHIM_ROOT, "sram-map");
    uint32_t node = map == SHIM_NONE ? SHIM_NONE : shim_first_child(board->tree, map);

    for (; node != SHIM_NONE; node = shim_next_child(board->tree, node)) {
        struct shim_entries entries = shim_reg_entries(board->tree, node);
        const char *word = shim_string(shim_prop(board->tree, node, SHIM_MEMORY_TYPE));
        enum shim_memory_type type;
        struct shim_entry entry;

        if (word && shim_memory_type_of(word, &type) && shim_next_entry(&entries, &entry) &&
            stage2_reaches((struct shim_range){ entry.address, entry.size }))
            stage2_map(tables, (struct shim_range){ entry.address, entry.size }, entry.address,
                       type);
    }
}

/* The machine's RAM is never a device: the guest has its own part of it already. */
static void map_device(const struct board *board, struct stage2 *tables, uint32_t node,
                       struct shim_range at)
{
    struct shim_range pages = shim_whole_pages(at);
    const char *why = NULL;

    if (shim_record_meets(&board->record, pages))
        why = "RAM";
    if (!stage2_reaches(pages))
        why = "out of reach";
    if (why)
        shim_print(board->sink, "witness: %s: 0x%llx is %s and not mapped\n",
                   SHIM_PATH(board->tree, node), SHIM_X(at.base), why);
    else
        stage2_map(tables, pages, pages.base, SHIM_DEVICE_NGNRE);
}

static void map_registers(const struct board *board, struct stage2 *tables, uint32_t node)
{
    struct shim_entries entries = shim_reg_entries(board->tree, node);
    struct shim_entry entry;
    struct shim_range at;

    while (shim_next_entry(&entries, &entry))
        if (shim_reg_to_cpu(board->tree, node, &entry, &at))
            map_device(board, tables, node, at);
}

/* What is behind a PCI host has no reg of its own: its windows stand for it. */
static void map_windows(const struct board *board, struct stage2 *tables, uint32_t host)
{
    struct shim_entries entries = shim_ranges_entries(board->tree, host, SHIM_RANGES);
    struct shim_entry entry;

    while (shim_next_entry(&entries, &entry))
        if (entry.size && shim_bus_to_cpu(board->tree, board->tree->nodes[host].parent, &entry.up))
            map_device(board, tables, host, shim_cut_range(entry.up, entry.size));
}

/* Nodes whose reg is no device: memory, and what only describes. */
static bool is_no_device(const struct shim_tree *tree, uint32_t node)
{
    static const char names[] = "chosen\0hypervisor\0reserved-memory\0sram-map\0";

    return tree->nodes[node].parent == SHIM_ROOT &&
           (shim_matches_one(names, shim_node_name(tree, node)) ||
            shim_list_has(shim_prop(tree, node, SHIM_DEVICE_TYPE), "memory"));
}

static void map_devices(const struct board *board, struct stage2 *tables)
{
    const struct shim_tree *tree = board->tree;

    for (uint32_t node = 1; node < tree->node_count; node++) {
        if (is_no_device(tree, node) || !shim_available(tree, node)) {
            node = tree->nodes[node].past - 1;
            continue;
        }
        map_registers(board, tables, node);
        if (shim_is_pci(tree, node))
            map_windows(board, tables, node);
    }
}

/*
 * A GICv3 ITS reads its tables by machine addresses, and Linux tells it guest
 * ones without asking its DMA layer: a hypervisor has to stand between.
 */
static bool has_its(const struct shim_tree *tree)
{
    for (uint32_t node = 1; node < tree->node_count; node++)
        if (shim_compatible(tree, node, "arm,gic-v3-its") && shim_reachable(tree, node))
            return true;
    return false;
}

const char *board_map(const struct board *board, struct stage2 *tables)
{
    if (board->offset && has_its(board->tree))
        return "there is a GICv3 ITS, which would use guest as machine addresses";
    map_memory(board, tables);
    map_srams(board, tables);
    map_devices(board, tables);
    return tables->full ? "no room for the tables of stage 2" : NULL;
}
