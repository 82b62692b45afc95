// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/xen/domain/device.h"

#include "shim/base/mem.h"
#include "shim/fdt/address.h"
#include "shim/fdt/interrupt.h"
#include "shim/xen/domain/comers.h"
#include "shim/xen/domain/given.h"
#include "shim/xen/domain/passable.h"
#include "shim/xen/irq_empty.h"

enum {
    GIC_CELLS = 3,
    GIC_SPECIFIER = 12, /* bytes */
};

static const struct shim_cells domain_cells = { SHIM_DOMAIN_CELLS, SHIM_DOMAIN_CELLS };

/* ---- properties -------------------------------------------------------------------- */

/* The registers of a device on the domain's bus: CPU addresses, which stay as they are. */
static void put_registers(const struct shim_writing *writing, struct shim_cursor to, uint32_t node)
{
    const struct shim_tree *tree = writing->plan->tree;
    struct shim_entries entries = shim_reg_entries(tree, node);
    struct shim_range *ranges = shim_alloc(writing->edits->arena, entries.rest.len / 4 + 1,
                                           sizeof(*ranges));
    uint32_t count = 0;

    while (ranges && shim_next_reg(tree, node, &entries, &ranges[count]))
        count++;
    if (count)
        shim_put_reg(writing->edits, to, "reg", domain_cells, ranges, count);
    writing->edits->full = writing->edits->full || !ranges;
}

/* The bus that translates for a device with empty ranges: itself, or one above; or the root. */
static uint32_t translator_of(const struct shim_tree *tree, uint32_t bus)
{
    while (bus != SHIM_ROOT && !shim_prop(tree, bus, SHIM_RANGES).len)
        bus = tree->nodes[bus].parent;
    return bus;
}

/* A bus that comes has CPU addresses above it. */
static void put_ranges(const struct shim_writing *writing, struct shim_cursor to, uint32_t bus)
{
    const struct shim_tree *tree = writing->plan->tree;
    struct shim_entries old = shim_ranges_entries(tree, bus, SHIM_RANGES), cells = old;
    struct shim_entry *entries = shim_alloc(writing->edits->arena, old.rest.len / 4 + 1,
                                            sizeof(*entries));
    uint32_t count = 0;

    cells.up = domain_cells.address;
    while (entries && shim_next_entry(&old, &entries[count]))
        count += shim_bus_to_cpu(tree, tree->nodes[bus].parent, &entries[count].up);
    writing->edits->full = writing->edits->full || !entries;
    if (count) /* none would be 1:1 */
        shim_put_entries(writing->edits, to, "ranges", &cells, entries, count);
}

/* The domain's GIC has three cells, without the fourth that says which CPUs a PPI is for. */
static void put_interrupts(const struct shim_writing *writing, struct shim_cursor to, uint32_t node,
                           struct shim_span value)
{
    uint32_t cells =
        writing->gic == SHIM_NONE ? 0 : shim_interrupt_cells(writing->plan->tree, writing->gic);
    uint8_t *kept = shim_alloc(writing->edits->arena, value.len + 1, 1);
    size_t len = 0;

    if (writing->gic == SHIM_NONE || cells <= GIC_CELLS ||
        shim_interrupt_parent(writing->plan->tree, node) != writing->gic) {
        shim_put(writing->edits, to, "interrupts", value.at, value.len);
        return;
    }
    for (size_t at = 0; kept && at + GIC_SPECIFIER <= value.len;
         at += 4 * (size_t)cells, len += GIC_SPECIFIER)
        memcpy(kept + len, value.at + at, GIC_SPECIFIER);
    shim_put(writing->edits, to, "interrupts", kept, len);
    writing->edits->full = writing->edits->full || !kept;
}

/* The host's has an empty entry filled, too, which Xen reads by xen,path. */
static void put_extended(const struct shim_writing *writing, struct shim_cursor to, uint32_t node,
                         struct shim_span value)
{
    const struct shim_tree *tree = writing->plan->tree;

    if (shim_xen_empty_irqs(tree, node))
        value = shim_xen_filled_irqs(writing->edits->arena, tree, node, value);
    writing->edits->full = writing->edits->full || !value.at;
    shim_put(writing->edits, to, "interrupts-extended", value.at, value.len);
}

static void put_property(const struct shim_writing *writing, struct shim_cursor to, uint32_t node,
                         uint32_t prop)
{
    const struct shim_plan *plan = writing->plan;
    const char *name = shim_prop_name(plan->tree, prop);
    struct shim_span value = shim_prop_value(plan->tree, prop);
    bool top = plan->given->comes[node] & SHIM_COMES_TOP;

    if (shim_stays_behind(name) || !strcmp(name, "phandle") || !strcmp(name, "dma-ranges") ||
        (top && !strcmp(name, "interrupt-parent")))
        return;
    if (top && !strcmp(name, "reg"))
        put_registers(writing, to, node);
    else if (top && !strcmp(name, "ranges") && translator_of(plan->tree, node) != SHIM_ROOT)
        put_ranges(writing, to, translator_of(plan->tree, node));
    else if (!strcmp(name, "interrupts"))
        put_interrupts(writing, to, node, value);
    else if (!strcmp(name, "interrupts-extended"))
        put_extended(writing, to, node, value);
    else
        shim_put(writing->edits, to, name, value.at, value.len);
}

/* By the name that the host has; if no known reference needs it, it only costs room. */
static void put_phandle(const struct shim_writing *writing, struct shim_cursor to, uint32_t node)
{
    const struct shim_plan *plan = writing->plan;

    if (plan->tree->nodes[node].phandle &&
        (plan->given->comes[node] & (SHIM_COMES_CALLED | SHIM_COMES_TOP) ||
         shim_xen_empty_irqs(plan->tree, node)))
        shim_put_u32(writing->edits, to, "phandle", plan->tree->nodes[node].phandle);
}

/* Everything on the domain's bus is wired to its GIC, if it is not said otherwise. */
static void put_interrupt_parent(const struct shim_writing *writing, struct shim_cursor to,
                                 uint32_t top)
{
    const struct shim_plan *plan = writing->plan;
    const struct shim_tree *tree = plan->tree;
    uint32_t parent = shim_interrupt_parent(tree, top);
    bool used = false;

    if (parent == SHIM_NONE || parent == writing->gic)
        return;
    for (uint32_t node = top; !used && node < tree->nodes[top].past; node++)
        used = plan->given->comes[node] & SHIM_COMES && shim_prop_named(tree, node, "interrupts").len &&
               shim_interrupt_parent(tree, node) == parent;
    if (used)
        shim_put_u32(writing->edits, to, "interrupt-parent", tree->nodes[parent].phandle);
}

/*
 * Linux looks for dma-ranges above a device as long as there are some, and
 * forgives only the first node that has none. Those between a device and its bus
 * have to say that they change nothing.
 */
static bool is_on_dma_way(const struct shim_plan *plan, uint32_t node)
{
    const struct shim_tree *tree = plan->tree;

    for (uint32_t below = node + 1; below < tree->nodes[node].past; below++)
        if (plan->given->comes[below] & SHIM_COMES && shim_master_at(plan->board, below) &&
            plan->board->dma[below] != SHIM_DMA_PROTECTED && tree->nodes[below].parent != node &&
            shim_on_bus(tree, below) && shim_has_known(tree, below, SHIM_REG))
            return true;
    return false;
}

/* ---- what Xen takes out --------------------------------------------------------------- */

/*
 * <machine size guest> for each run of pages, in the cells of the node's parent:
 * entries with the size in the middle.
 */
static void put_xen_reg(const struct shim_writing *writing, struct shim_cursor to, uint32_t node,
                        struct shim_cells cells)
{
    const struct shim_tree *tree = writing->plan->tree;
    struct shim_entries shape = { .child = cells.address, .up = cells.size, .size = cells.address };
    struct shim_entries old = shim_reg_entries(tree, node);
    struct shim_entry *entries = shim_alloc(writing->edits->arena, old.rest.len / 4 + 1,
                                            sizeof(*entries));
    struct shim_range pages;
    uint32_t count = 0;

    while (entries && shim_next_reg(tree, node, &old, &pages)) {
        pages = shim_whole_pages(pages);
        entries[count++] = (struct shim_entry){ 0, pages.base, pages.size, pages.base };
    }
    writing->edits->full = writing->edits->full || !entries;
    shim_put_entries(writing->edits, to, "xen,reg", &shape, entries, count);
}

const char *shim_xen_host_path(const struct shim_writing *writing, uint32_t node)
{
    const struct shim_tree *tree = writing->plan->tree;
    size_t len = 1;
    char *path;

    for (uint32_t up = node; up != SHIM_ROOT; up = tree->nodes[up].parent)
        len += 1 + strlen(shim_node_name(tree, up));
    path = shim_alloc(writing->edits->arena, len, 1);
    writing->edits->full = writing->edits->full || !path;
    if (!path)
        return "";
    path[--len] = '\0';
    for (uint32_t up = node; up != SHIM_ROOT; up = tree->nodes[up].parent) {
        const char *name = shim_node_name(tree, up);

        len -= strlen(name);
        memcpy(path + len, name, strlen(name));
        path[--len] = '/';
    }
    return path;
}

static void put_for_xen(const struct shim_writing *writing, struct shim_cursor to, uint32_t node)
{
    const struct shim_plan *plan = writing->plan;
    struct shim_cells cells = plan->given->comes[node] & SHIM_COMES_TOP
                                  ? domain_cells
                                  : shim_cells(plan->tree, plan->tree->nodes[node].parent);

    if (!shim_on_bus(plan->tree, node) || !shim_reg_entries(plan->tree, node).rest.len)
        return;
    put_xen_reg(writing, to, node, cells);
    shim_put_string(writing->edits, to, "xen,path", shim_xen_host_path(writing, node));
    if (plan->board->dma[node] != SHIM_DMA_PROTECTED)
        shim_put(writing->edits, to, "xen,force-assign-without-iommu", "", 0);
}

/* ---- nodes -------------------------------------------------------------------------------- */

static void put_node(const struct shim_writing *writing, struct shim_cursor to, uint32_t node)
{
    const struct shim_plan *plan = writing->plan;
    const struct shim_master *facts = shim_master_at(plan->board, node);

    for (uint32_t prop = plan->tree->nodes[node].first_prop;
         prop < plan->tree->nodes[node].props_end; prop++)
        put_property(writing, to, node, prop);
    put_phandle(writing, to, node);
    if (plan->given->comes[node] & SHIM_COMES_TOP)
        put_interrupt_parent(writing, to, node);
    if (is_on_dma_way(plan, node))
        shim_put(writing->edits, to, "dma-ranges", "", 0);
    if (facts && facts->inherits_coherent)
        shim_put(writing->edits, to, "dma-coherent", "", 0);
    if (plan->board->dma[node] == SHIM_DMA_PROTECTED)
        shim_put(writing->edits, to, "xen-dma-safe", "", 0);
    if (writing->for_xen)
        put_for_xen(writing, to, node);
}

/* By CPU address, or else by the host's node number. */
const char *shim_xen_device_name(const struct shim_writing *writing, uint32_t node)
{
    const struct shim_plan *plan = writing->plan;
    uint64_t address = writing->tops[node].address;
    const char *name = shim_node_name(plan->tree, node);
    const char *mark = memchr(name, '@', strlen(name));
    size_t len = mark ? (size_t)(mark - name) : strlen(name);
    char base[64];

    if (plan->tree->nodes[node].parent == SHIM_ROOT || len >= sizeof(base))
        return name;
    memcpy(base, name, len);
    base[len] = '\0';
    if (address == SHIM_NO_ADDRESS)
        return shim_say(plan->arena, "%s@%llx", base, SHIM_X(node));
    if (writing->tops[node].shares)
        return shim_say(plan->arena, "%s-%u@%llx", base, node, SHIM_X(address));
    return shim_say(plan->arena, "%s@%llx", base, SHIM_X(address));
}

void shim_xen_write_device(const struct shim_writing *writing, struct shim_cursor bus, uint32_t top)
{
    const struct shim_plan *plan = writing->plan;
    const struct shim_node *nodes = plan->tree->nodes;
    struct shim_cursor open[SHIM_DEPTH_MAX + 1];
    int depth = 0;

    for (uint32_t node = top; node < nodes[top].past; node++) {
        if (!(plan->given->comes[node] & SHIM_COMES)) {
            node = nodes[node].past - 1;
            continue;
        }
        for (; depth > nodes[node].depth - nodes[top].depth; depth--)
            shim_close(writing->edits, open[depth - 1]);
        open[depth] = shim_open_new(writing->edits, depth ? open[depth - 1] : bus,
                                    node == top ? shim_xen_device_name(writing, node)
                                                : shim_node_name(plan->tree, node));
        put_node(writing, open[depth++], node);
    }
    for (; depth; depth--)
        shim_close(writing->edits, open[depth - 1]);
}
