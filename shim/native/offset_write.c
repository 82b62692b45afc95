// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/native/offset_write.h"

#include "shim/base/mem.h"
#include "shim/native/passes.h"
#include "shim/native/plan.h"

enum { SMALLEST_REG = 8 }; /* bytes: a cell each for address and size */

/* ---- dma-ranges ---------------------------------------------------------------- */

/*
 * Bus addresses that lead to none of dom0's memory: DMA fails there instead of
 * going wrong. One page next to dom0's block, since no entry at all would mean 1:1.
 */
static struct shim_entry nowhere(const struct shim_plan *plan, uint64_t bus, uint32_t flags)
{
    uint64_t beside = plan->dom0.base >= 4096 ? plan->dom0.base - 4096 : shim_range_end(plan->dom0);

    return (struct shim_entry){ flags, bus, beside, 4096 };
}

/* What the i-th entry of a window shows of a range that has moved; an empty window shows all. */
static bool shown(const struct shim_window *window, uint32_t i, struct shim_range from,
                  struct shim_range to, struct shim_entry *entry)
{
    struct shim_range common = from;
    uint64_t bus = from.base;

    if (window->count) {
        common = shim_range_common((struct shim_range){ window->at[i].cpu, window->at[i].size },
                                   from);
        bus = window->at[i].bus + (common.base - window->at[i].cpu);
    }
    *entry = (struct shim_entry){ window->count ? window->at[i].flags : 0, bus,
                                  to.base + (common.base - from.base), common.size };
    return common.size != 0;
}

/* Reserved memory that devices have as their own, where the cells can say it. */
static uint32_t add_pools(const struct shim_plan *plan, const struct shim_window *window,
                          const struct shim_entries *cells, struct shim_entry *entries,
                          bool *unsaid)
{
    uint32_t count = 0;

    for (const struct shim_moved *moved = plan->native->moved; moved; moved = moved->next)
        for (uint32_t i = 0; moved->lent && i < moved->count; i++)
            for (uint32_t row = 0; row < (window->count ? window->count : 1); row++) {
                if (!shown(window, row, moved->from[i], moved->to[i], &entries[count]))
                    continue;
                if (shim_can_say(cells, &entries[count]))
                    count++;
                else
                    *unsaid = true;
            }
    return count;
}

static uint32_t pool_count(const struct shim_plan *plan)
{
    uint32_t count = 0;

    for (const struct shim_moved *moved = plan->native->moved; moved; moved = moved->next)
        count += moved->lent ? moved->count : 0;
    return count;
}

/* With the offset: the parts in dom0's block and in devices' pools, as guest addresses. */
static uint32_t composed(const struct shim_plan *plan, const struct shim_window *window,
                         const struct shim_entries *cells, struct shim_entry *entries)
{
    uint32_t count = 0;
    bool unsaid = false;

    for (uint32_t i = 0; i < window->count; i++) {
        struct shim_window_entry entry;

        if (shim_plan_compose(plan, &window->at[i], &entry))
            entries[count++] = (struct shim_entry){ entry.flags, entry.bus, entry.cpu, entry.size };
    }
    if (!window->count)
        entries[count++] = (struct shim_entry){ 0, plan->machine_base, plan->dom0.base,
                                                plan->dom0.size };
    count += add_pools(plan, window, cells, entries + count, &unsaid);
    if (!count)
        entries[count++] = nowhere(plan, window->at[0].bus, window->at[0].flags);
    return count;
}

/* Without it: what the bus said before. */
static uint32_t as_before(const struct shim_plan *plan, const struct shim_window *window,
                          struct shim_entry *entries)
{
    for (uint32_t i = 0; i < window->count; i++)
        entries[i] = (struct shim_entry){ 0, window->at[i].bus, window->at[i].cpu,
                                          window->at[i].size };
    if (!window->count)
        entries[0] = (struct shim_entry){ 0, plan->dom0.base, plan->dom0.base, plan->dom0.size };
    return window->count ? window->count : 1;
}

static struct shim_entry *room_for(const struct shim_plan *plan, const struct shim_window *window,
                                   struct shim_edits *edits)
{
    size_t rows = (size_t)window->count + 1;
    struct shim_entry *entries = shim_alloc(edits->arena, rows * (pool_count(plan) + 1) + 1,
                                            sizeof(*entries));

    edits->full = edits->full || !entries;
    return entries;
}

static void put_composed(const struct shim_plan *plan, struct shim_edits *edits, uint32_t node,
                         const struct shim_window *window)
{
    struct shim_entries cells = shim_ranges_entries(plan->tree, node, SHIM_DMA_RANGES);
    struct shim_entry *entries = room_for(plan, window, edits);

    if (entries)
        shim_put_entries(edits, shim_cursor(node), "dma-ranges", &cells, entries,
                         composed(plan, window, &cells, entries));
}

static void write_carriers(const struct shim_plan *plan, struct shim_edits *edits)
{
    for (uint32_t i = 1; i < plan->board->window_count; i++)
        if (shim_carrier_written(plan, plan->board->windows[i].node) &&
            plan->native->carriers[plan->board->windows[i].node] & SHIM_CARRIER_REWRITE)
            put_composed(plan, edits, plan->board->windows[i].node, &plan->board->windows[i]);
    for (uint32_t node = 1; node < plan->tree->node_count; node++)
        if (shim_carrier_written(plan, node) && plan->native->carriers[node] & SHIM_CARRIER_NEW)
            put_composed(plan, edits, node, &plan->board->windows[0]);
}

static bool leaves_pool_out(const struct shim_plan *plan, uint32_t node,
                            const struct shim_window *window)
{
    struct shim_entries cells = shim_ranges_entries(plan->tree, node, SHIM_DMA_RANGES);
    struct shim_arena scratch = *plan->arena;
    size_t rows = (size_t)window->count + 1;
    struct shim_entry *entries = shim_alloc(&scratch, rows * (pool_count(plan) + 1),
                                            sizeof(*entries));
    bool unsaid = false;

    if (entries)
        add_pools(plan, window, &cells, entries, &unsaid);
    else
        plan->arena->full = true; /* the scratch copy knows it, the plan has to */
    return unsaid;
}

static void warn_of(struct shim_plan *plan, uint32_t node, const struct shim_window *window)
{
    if (shim_carrier_written(plan, node) && leaves_pool_out(plan, node, window))
        shim_note(plan, SHIM_WARNING, SHIM_PASS_CONTRACT, node,
                  "its dma-ranges cannot list a pool of reserved memory",
                  "its cells are too few for the pool's addresses: a device below that has it as "
                  "memory-region cannot use it");
}

void shim_warn_of_pools(struct shim_plan *plan)
{
    if (!plan->native->carriers)
        return;
    for (uint32_t i = 1; i < plan->board->window_count; i++)
        if (plan->native->carriers[plan->board->windows[i].node] & SHIM_CARRIER_REWRITE)
            warn_of(plan, plan->board->windows[i].node, &plan->board->windows[i]);
    for (uint32_t node = 1; node < plan->tree->node_count; node++)
        if (plan->native->carriers[node] & SHIM_CARRIER_NEW)
            warn_of(plan, node, &plan->board->windows[0]);
}

/* ---- dma-mem parents --------------------------------------------------------------- */

/*
 * Disabled, so that Linux makes no device of it and waits for none
 * (fw_devlink), yet finds it by its phandle.
 */
static void add_hook(const struct shim_plan *plan, struct shim_edits *edits,
                     uint32_t index, unsigned with_offset)
{
    const struct shim_window *window = &plan->board->windows[index];
    struct shim_entries cells = { .child = 2, .up = shim_cells(plan->tree, SHIM_ROOT).address,
                                  .size = 2 };
    struct shim_entry *entries = room_for(plan, window, edits);
    uint32_t phandle = plan->native->hooks[index][with_offset], count;
    struct shim_cursor node;

    if (!entries)
        return;
    count = with_offset ? composed(plan, window, &cells, entries)
                        : as_before(plan, window, entries);
    node = shim_open_new(edits, shim_cursor(SHIM_ROOT),
                         shim_say(plan->arena, "dtshim-dma-%u", phandle));
    shim_put_string(edits, node, "status", "disabled");
    shim_put_u32(edits, node, "#interconnect-cells", 0);
    shim_put_cells(edits, node, (struct shim_cells){ cells.child, cells.size });
    shim_put(edits, node, "ranges", "", 0);
    shim_put_entries(edits, node, "dma-ranges", &cells, entries, count);
    shim_put_u32(edits, node, "phandle", phandle);
    shim_close(edits, node);
}

/* Coherency is inherited along the same way: what came from the bus is written down. */
static void hook_device(const struct shim_plan *plan, struct shim_edits *edits,
                        const struct shim_master *master)
{
    bool protected = plan->board->dma[master->node] == SHIM_DMA_PROTECTED;
    struct shim_cursor node = shim_cursor(master->node);

    shim_put_u32(edits, node, "interconnects", plan->native->hooks[master->window][!protected]);
    shim_put_string(edits, node, "interconnect-names", "dma-mem");
    if (master->inherits_coherent)
        shim_put(edits, node, "dma-coherent", "", 0);
}

void shim_write_offset(const struct shim_plan *plan, struct shim_edits *edits)
{
    if (!plan->native->carriers)
        return;
    write_carriers(plan, edits);
    for (uint32_t i = 0; i < plan->board->master_count; i++)
        if (plan->carrying[i] == SHIM_CARRY_HOOK)
            hook_device(plan, edits, &plan->board->masters[i]);
    for (uint32_t i = 0; i < plan->board->window_count; i++)
        for (unsigned with_offset = 0; with_offset < 2; with_offset++)
            if (plan->native->hooks[i][with_offset])
                add_hook(plan, edits, i, with_offset);
}

/* ---- addresses of RAM elsewhere -------------------------------------------------------- */

/* The parts of the entries that are in dom0's block, as guest addresses. */
static void put_clipped(const struct shim_plan *plan, struct shim_edits *edits, uint32_t node,
                        enum shim_name name, struct shim_cells cells)
{
    struct shim_entries entries = { .rest = shim_prop(plan->tree, node, name),
                                    .child = cells.address, .size = cells.size };
    struct shim_range *kept;
    struct shim_entry entry;
    uint32_t count = 0;

    if (cells.address - 1 > 1 || cells.size - 1 > 1)
        return; /* no kernel can read it either */
    kept = shim_alloc(edits->arena, entries.rest.len / SMALLEST_REG, sizeof(*kept));
    edits->full = edits->full || !kept;
    while (kept && shim_next_entry(&entries, &entry)) {
        struct shim_range part = shim_cut_range(entry.address, entry.size);

        part = shim_range_common(part, shim_plan_machine_block(plan));
        part.base += plan->dom0.base - plan->machine_base;
        if (part.size)
            kept[count++] = part;
    }
    if (count)
        shim_put_reg(edits, shim_cursor(node), shim_name_string(plan->tree, name), cells, kept,
                     count);
    else
        shim_delete_prop(edits, node, name);
}

static void move_regions(const struct shim_plan *plan, struct shim_edits *edits)
{
    for (const struct shim_moved *moved = plan->native->moved; moved; moved = moved->next)
        if (moved->node != SHIM_NONE && moved->count)
            shim_put_reg(edits, shim_cursor(moved->node), "reg",
                         shim_inherited_cells(plan->tree, plan->tree->nodes[moved->node].parent),
                         moved->to,
                         moved->count);
        else if (moved->count)
            shim_add_reserve(edits, moved->to[0]);
}

void shim_move_addresses(const struct shim_plan *plan, struct shim_edits *edits)
{
    const struct shim_tree *tree = plan->tree;
    uint32_t reserved = shim_reserved_memory(tree);
    uint32_t chosen = shim_child(tree, SHIM_ROOT, "chosen");

    if (plan->layout != SHIM_LAYOUT_OFFSET)
        return;
    shim_drop_reserves(edits);
    move_regions(plan, edits);
    for (uint32_t node = reserved + 1; reserved != SHIM_NONE && node < tree->nodes[reserved].past;
         node++)
        if (shim_has_known(tree, node, SHIM_ALLOC_RANGES))
            put_clipped(plan, edits, node, SHIM_ALLOC_RANGES,
                        shim_inherited_cells(tree, tree->nodes[node].parent));
    if (chosen != SHIM_NONE && shim_has_known(tree, chosen, SHIM_USABLE_MEMORY_RANGE))
        put_clipped(plan, edits, chosen, SHIM_USABLE_MEMORY_RANGE, shim_cells(tree, SHIM_ROOT));
}
