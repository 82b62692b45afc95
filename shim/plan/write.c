// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/plan/write.h"

#include "shim/base/mem.h"

bool shim_tags_count(const struct shim_tree *tree, uint32_t node)
{
    while (node != SHIM_ROOT && tree->nodes[node].parent != SHIM_ROOT)
        node = tree->nodes[node].parent;
    return !shim_is_reserved_memory(tree, node);
}

void shim_write_tags(const struct shim_plan *plan, struct shim_edits *edits)
{
    for (uint32_t node = 0; node < plan->tree->node_count; node++) {
        if (plan->tree->nodes[node].depth <= 1 && !shim_tags_count(plan->tree, node))
            node = plan->tree->nodes[node].past - 1;
        else if (plan->board->dma[node] == SHIM_DMA_PROTECTED && !plan->domain)
            shim_put(edits, shim_cursor(node), "xen-dma-safe", "", 0);
        else if (shim_has_known(plan->tree, node, SHIM_XEN_DMA_SAFE))
            shim_delete_prop(edits, node, SHIM_XEN_DMA_SAFE);
    }
}

/* ---- RAM that one cell cannot say ------------------------------------------------------- */

#define GIB ((uint64_t)1 << 30)

/*
 * Xen keeps banks apart as the tree has them, and what it is given must be in one (fb9a7f6cf3
 * joins those that touch, but only under EFI). No other module is where one starts.
 */
static uint64_t clear_of_modules(const struct shim_plan *plan, uint64_t cut)
{
    for (uint32_t i = 0; i < plan->module_count; i++) {
        const struct shim_module *module = &plan->modules[i];

        if (module->placed && module->to < cut && cut - module->to < module->room)
            return module->to;
    }
    return cut;
}

/* The first part of a range: all of it, or up to a multiple of 1 GiB, Xen's largest piece. */
static struct shim_range first_part(const struct shim_plan *plan, struct shim_range range)
{
    uint64_t cut;

    if (shim_cells(plan->tree, SHIM_ROOT).size == 2 || !(range.size >> 32))
        return range;
    cut = clear_of_modules(plan, shim_align_down(range.base + 4 * GIB - 1, GIB));
    return (struct shim_range){ range.base, cut - range.base };
}

uint32_t shim_memory_entries(const struct shim_plan *plan, const struct shim_range *ranges,
                             uint32_t count, struct shim_range *entries)
{
    uint32_t found = 0;

    for (uint32_t i = 0; i < count; i++) {
        struct shim_range rest = ranges[i];

        while (rest.size) {
            struct shim_range part = first_part(plan, rest);

            if (entries)
                entries[found] = part;
            found++;
            rest = (struct shim_range){ shim_range_end(part), rest.size - part.size };
        }
    }
    return found;
}

void shim_put_banks(const struct shim_plan *plan, struct shim_edits *edits,
                    struct shim_cursor node, const char *name, const struct shim_range *ranges,
                    uint32_t count)
{
    uint32_t found = shim_memory_entries(plan, ranges, count, NULL);
    struct shim_range *entries = shim_alloc(plan->arena, found, sizeof(*entries));

    if (!entries)
        return; /* the arena is full, and the job says so */
    shim_memory_entries(plan, ranges, count, entries);
    shim_put_reg(edits, node, name, shim_cells(plan->tree, SHIM_ROOT), entries, found);
}

/* ---- memory nodes ---------------------------------------------------------------------- */

/* A disabled memory node may have that name already; then any other will do. */
const char *shim_memory_name(const struct shim_plan *plan, uint64_t base)
{
    const char *name = shim_say(plan->arena, "memory@%llx", SHIM_X(base));
    uint32_t other = shim_child(plan->tree, SHIM_ROOT, name);

    return other == SHIM_NONE || shim_off_limits(plan->board, other) ? name : "memory@dtshim";
}

void shim_write_memory(const struct shim_plan *plan, struct shim_edits *edits,
                       const struct shim_range *ranges, uint32_t count)
{
    const char *name = shim_memory_name(plan, ranges[0].base);
    const struct shim_board *board = plan->board;
    struct shim_cursor node = board->memory_node_count
                                  ? shim_cursor(board->memory_nodes[0])
                                  : shim_open(edits, shim_cursor(SHIM_ROOT), name);

    if (node.node != SHIM_NONE) {
        shim_rename(edits, node.node, name);
        shim_delete_prop(edits, node.node, SHIM_USABLE_MEMORY);
    }
    shim_put_string(edits, node, "device_type", "memory");
    shim_put_banks(plan, edits, node, "reg", ranges, count);
    shim_close(edits, node);
    for (uint32_t i = 1; i < plan->board->memory_node_count; i++)
        shim_delete_node(edits, plan->board->memory_nodes[i]);
}

/* Xen reads reg alone; Linux gives linux,usable-memory precedence. */
static void write_reg(const struct shim_plan *plan, struct shim_edits *edits, uint32_t node)
{
    struct shim_span usable = shim_prop(plan->tree, node, SHIM_USABLE_MEMORY);

    if (!shim_has_known(plan->tree, node, SHIM_REG) && usable.at)
        shim_put(edits, shim_cursor(node), "reg", usable.at, usable.len);
}

void shim_write_memory_types(const struct shim_plan *plan, struct shim_edits *edits)
{
    for (uint32_t i = 0; i < plan->board->memory_node_count; i++) {
        shim_put_string(edits, shim_cursor(plan->board->memory_nodes[i]), "device_type", "memory");
        write_reg(plan, edits, plan->board->memory_nodes[i]);
    }
}

void shim_delete_mends(struct shim_edits *edits)
{
    shim_delete_children(edits, SHIM_ROOT, "dtshim-pages");
    shim_delete_children(edits, SHIM_ROOT, "dtshim-claims");
}

static void add_run(const struct shim_plan *plan, struct shim_edits *edits,
                    struct shim_cursor map, const struct shim_sram_run *run)
{
    struct shim_cursor node =
        shim_open(edits, map, shim_say(plan->arena, "sram@%llx", SHIM_X(run->pages.base)));

    shim_put_reg(edits, node, "reg", shim_cells(plan->tree, SHIM_ROOT), &run->pages, 1);
    shim_put_string(edits, node, "dtshim,memory-type", shim_memory_type_word(run->type));
    shim_close(edits, node);
}

void shim_write_sram_map(const struct shim_plan *plan, struct shim_edits *edits)
{
    struct shim_cursor map;

    if (!plan->board->sram_run_count) {
        shim_delete_children(edits, SHIM_ROOT, "sram-map");
        return;
    }
    map = shim_open_new(edits, shim_cursor(SHIM_ROOT), "sram-map");
    shim_put_string(edits, map, "compatible", "dtshim,sram-map-v1");
    shim_put_cells(edits, map, shim_cells(plan->tree, SHIM_ROOT));
    shim_put(edits, map, "ranges", "", 0);
    for (uint32_t i = 0; i < plan->board->sram_run_count; i++)
        add_run(plan, edits, map, &plan->board->sram_runs[i]);
    shim_close(edits, map);
}
