// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "xen_guest.h"

#include <dtshim/address.h>
#include <dtshim/interrupt.h>

#include "../lib/mem.h"
#include "../pass/passable.h"
#include "../pass/passthrough.h"
#include "xen_guest_own.h"

enum {
    GUEST_PHANDLE_GIC = 65000, /* Xen's choice where nobody says another (arch-arm.h) */
    DOMU_DTB_SIZE = 4096,      /* prepare_dtb_domU(), 4.17; 4.18 adds the partial tree's size */
    GIC_CELLS = 3,
    GIC_SPECIFIER = 12, /* bytes */
};

/* A root node and nothing else. */
static const uint8_t empty_tree[] __attribute__((aligned(8))) = {
    0xd0, 0x0d, 0xfe, 0xed, 0, 0, 0, 72, 0, 0, 0, 56, 0, 0, 0, 72, 0, 0, 0, 40, 0, 0, 0, 17,
    0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 9,
};

/* What is known of a top node, looked up many times. */
struct top {
    uint64_t address; /* of its registers; NO_ADDRESS: it has none */
    uint32_t window;  /* that its DMA goes by; SHIM_NONE: guest addresses, or no DMA */
};
#define NO_ADDRESS UINT64_MAX

/* What is being written, and for whom. */
struct writing {
    const struct shim_plan *plan;
    struct shim_edits *edits;
    uint32_t gic;
    const struct top *tops; /* by node */
    uint32_t common; /* the one window that all devices can share; SHIM_NONE: there is none */
    bool for_xen;    /* with the properties that Xen takes out */
};

static const struct shim_cells domain_cells = { 2, 2 };

/* ---- properties -------------------------------------------------------------------- */

/* The registers of a device on the domain's bus: CPU addresses, which stay as they are. */
static void put_registers(const struct writing *writing, struct shim_cursor to, uint32_t node)
{
    const struct shim_tree *tree = writing->plan->tree;
    struct shim_entries entries = shim_reg_entries(tree, node);
    struct shim_range *ranges = shim_alloc(writing->edits->arena, entries.rest.len / 4 + 1,
                                           sizeof(*ranges));
    struct shim_entry entry;
    uint32_t count = 0;

    while (ranges && shim_next_entry(&entries, &entry))
        count += shim_reg_to_cpu(tree, node, &entry, &ranges[count]);
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
static void put_ranges(const struct writing *writing, struct shim_cursor to, uint32_t bus)
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
static void put_interrupts(const struct writing *writing, struct shim_cursor to, uint32_t node,
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

static void put_property(const struct writing *writing, struct shim_cursor to, uint32_t node,
                         uint32_t prop)
{
    const struct shim_plan *plan = writing->plan;
    const char *name = shim_prop_name(plan->tree, prop);
    struct shim_span value = shim_prop_value(plan->tree, prop);
    bool top = plan->comes[node] & SHIM_COMES_TOP;

    if (shim_stays_behind(name) || !strcmp(name, "phandle") || !strcmp(name, "dma-ranges") ||
        (top && !strcmp(name, "interrupt-parent")))
        return;
    if (top && !strcmp(name, "reg"))
        put_registers(writing, to, node);
    else if (top && !strcmp(name, "ranges") && translator_of(plan->tree, node) != SHIM_ROOT)
        put_ranges(writing, to, translator_of(plan->tree, node));
    else if (!strcmp(name, "interrupts"))
        put_interrupts(writing, to, node, value);
    else
        shim_put(writing->edits, to, name, value.at, value.len);
}

/* By whichever name the host has it; where nobody is known to refer to it, it costs room. */
static void put_phandle(const struct writing *writing, struct shim_cursor to, uint32_t node)
{
    const struct shim_plan *plan = writing->plan;

    if (plan->tree->nodes[node].phandle &&
        plan->comes[node] & (SHIM_COMES_CALLED | SHIM_COMES_TOP))
        shim_put_u32(writing->edits, to, "phandle", plan->tree->nodes[node].phandle);
}

/* Everything on the domain's bus is wired to its GIC, if it is not said otherwise. */
static void put_interrupt_parent(const struct writing *writing, struct shim_cursor to, uint32_t top)
{
    const struct shim_plan *plan = writing->plan;
    const struct shim_tree *tree = plan->tree;
    uint32_t parent = shim_interrupt_parent(tree, top);
    bool used = false;

    if (parent == SHIM_NONE || parent == writing->gic)
        return;
    for (uint32_t node = top; !used && node < tree->nodes[top].past; node++)
        used = plan->comes[node] & SHIM_COMES && shim_prop_named(tree, node, "interrupts").len &&
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
        if (plan->comes[below] & SHIM_COMES && shim_dma_facts_at(plan, below) &&
            plan->dma[below] != SHIM_DMA_PROTECTED && tree->nodes[below].parent != node &&
            shim_on_bus(tree, below) && shim_prop(tree, below, SHIM_REG).at)
            return true;
    return false;
}

/* ---- what Xen takes out --------------------------------------------------------------- */

/*
 * <machine size guest> for each run of pages, in the cells of the node's parent:
 * entries with the size in the middle.
 */
static void put_xen_reg(const struct writing *writing, struct shim_cursor to, uint32_t node,
                        struct shim_cells cells)
{
    const struct shim_tree *tree = writing->plan->tree;
    struct shim_entries shape = { .child = cells.address, .up = cells.size, .size = cells.address };
    struct shim_entries old = shim_reg_entries(tree, node);
    struct shim_entry *entries = shim_alloc(writing->edits->arena, old.rest.len / 4 + 1,
                                            sizeof(*entries));
    struct shim_entry entry;
    struct shim_range pages;
    uint32_t count = 0;

    while (entries && shim_next_entry(&old, &entry)) {
        if (!shim_reg_to_cpu(tree, node, &entry, &pages))
            continue;
        pages = shim_whole_pages(pages);
        entries[count++] = (struct shim_entry){ 0, pages.base, pages.size, pages.base };
    }
    writing->edits->full = writing->edits->full || !entries;
    shim_put_entries(writing->edits, to, "xen,reg", &shape, entries, count);
}

/* Of any length, unlike shim_path(): Xen looks the node up by it. */
static const char *whole_path(const struct writing *writing, uint32_t node)
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

static void put_for_xen(const struct writing *writing, struct shim_cursor to, uint32_t node)
{
    const struct shim_plan *plan = writing->plan;
    struct shim_cells cells = plan->comes[node] & SHIM_COMES_TOP
                                  ? domain_cells
                                  : shim_cells(plan->tree, plan->tree->nodes[node].parent);

    if (!shim_on_bus(plan->tree, node) || !shim_reg_entries(plan->tree, node).rest.len)
        return;
    put_xen_reg(writing, to, node, cells);
    shim_put_string(writing->edits, to, "xen,path", whole_path(writing, node));
    if (plan->dma[node] != SHIM_DMA_PROTECTED)
        shim_put(writing->edits, to, "xen,force-assign-without-iommu", "", 0);
}

/* ---- nodes -------------------------------------------------------------------------------- */

static void put_node(const struct writing *writing, struct shim_cursor to, uint32_t node)
{
    const struct shim_plan *plan = writing->plan;
    const struct shim_dma_facts *facts = shim_dma_facts_at(plan, node);

    for (uint32_t prop = plan->tree->nodes[node].first_prop;
         prop < plan->tree->nodes[node].props_end; prop++)
        put_property(writing, to, node, prop);
    put_phandle(writing, to, node);
    if (plan->comes[node] & SHIM_COMES_TOP)
        put_interrupt_parent(writing, to, node);
    if (is_on_dma_way(plan, node))
        shim_put(writing->edits, to, "dma-ranges", "", 0);
    if (facts && facts->inherits_coherent)
        shim_put(writing->edits, to, "dma-coherent", "", 0);
    if (plan->dma[node] == SHIM_DMA_PROTECTED)
        shim_put(writing->edits, to, "xen-dma-safe", "", 0);
    if (writing->for_xen)
        put_for_xen(writing, to, node);
}

/* Another device with the same registers comes, too, such as two parts of one. */
static bool shares_address(const struct writing *writing, uint32_t node)
{
    const struct shim_plan *plan = writing->plan;

    for (uint32_t at = 1; at < plan->tree->node_count; at++)
        if (at != node && plan->comes[at] & SHIM_COMES_TOP &&
            writing->tops[at].address == writing->tops[node].address)
            return true;
    return false;
}

/*
 * Names are unique on the domain's bus: by CPU address, or else by the host's
 * node number. A node of the root keeps its own.
 */
static const char *name_on_bus(const struct writing *writing, uint32_t node)
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
    if (address == NO_ADDRESS)
        return shim_say(plan->arena, "%s@%llx", base, SHIM_X(node));
    if (shares_address(writing, node))
        return shim_say(plan->arena, "%s-%u@%llx", base, node, SHIM_X(address));
    return shim_say(plan->arena, "%s@%llx", base, SHIM_X(address));
}

/* A device with what comes of the nodes below it, in document order. */
static void write_device(const struct writing *writing, struct shim_cursor bus, uint32_t top)
{
    const struct shim_plan *plan = writing->plan;
    const struct shim_node *nodes = plan->tree->nodes;
    struct shim_cursor open[SHIM_DEPTH_MAX + 1];
    uint32_t depth = 0;

    for (uint32_t node = top; node < nodes[top].past; node++) {
        if (!(plan->comes[node] & SHIM_COMES)) {
            node = nodes[node].past - 1;
            continue;
        }
        for (; depth > nodes[node].depth - nodes[top].depth; depth--)
            shim_close(writing->edits, open[depth - 1]);
        open[depth] = shim_open_new(writing->edits, depth ? open[depth - 1] : bus,
                                    node == top ? name_on_bus(writing, node)
                                                : shim_node_name(plan->tree, node));
        put_node(writing, open[depth++], node);
    }
    for (; depth; depth--)
        shim_close(writing->edits, open[depth - 1]);
}

/* ---- DMA ------------------------------------------------------------------------------------ */

/* The machine memory of one block, as a window shows it on the bus. */
static bool compose_block(const struct shim_plan *plan, const struct shim_window_entry *entry,
                          uint32_t block, struct shim_entry *composed)
{
    uint64_t guest;
    struct shim_range machine = shim_plan_block(plan, block, &guest);
    struct shim_range common = machine;

    if (entry)
        common = shim_range_common((struct shim_range){ entry->cpu, entry->size }, machine);
    *composed = (struct shim_entry){
        .address = entry ? entry->bus + (common.base - entry->cpu) : common.base,
        .up = guest + (common.base - machine.base),
        .size = common.size,
    };
    return common.size != 0;
}

/* <bus guest size>: what the window says, with each block's own offset taken off. */
static void put_dma_ranges(const struct writing *writing, struct shim_cursor to, uint32_t window)
{
    const struct shim_plan *plan = writing->plan;
    const struct shim_window *at = &plan->windows[window];
    struct shim_entries cells = { .child = 2, .up = 2, .size = 2 };
    uint32_t rows = at->count ? at->count : 1, blocks = shim_plan_block_count(plan), count = 0;
    struct shim_entry *entries = shim_alloc(writing->edits->arena, (size_t)rows * blocks,
                                            sizeof(*entries));

    for (uint32_t i = 0; entries && i < rows * blocks; i++)
        count += compose_block(plan, at->count ? &at->at[i / blocks] : NULL, i % blocks,
                               &entries[count]);
    writing->edits->full = writing->edits->full || !entries;
    shim_put_entries(writing->edits, to, "dma-ranges", &cells, entries, count);
}

/* The window that a device's DMA goes by; SHIM_NONE: guest addresses, or no DMA. */
static uint32_t find_window(const struct shim_plan *plan, uint32_t top)
{
    uint32_t torn;
    const struct shim_dma_facts *facts = shim_shared_facts(plan, top, &torn);

    return facts ? facts->window : SHIM_NONE;
}

static uint32_t window_of(const struct writing *writing, uint32_t top)
{
    return writing->tops[top].window;
}

/* A device that must not be told machine addresses, though it masters DMA. */
static bool goes_by_guest(const struct shim_plan *plan, uint32_t top)
{
    for (uint32_t node = top; node < plan->tree->nodes[top].past; node++)
        if (plan->comes[node] & SHIM_COMES && plan->dma[node] == SHIM_DMA_PROTECTED)
            return true;
    return false;
}

/* The one window that all devices can share, or SHIM_NONE. */
static uint32_t common_window(const struct shim_plan *plan, const struct top *tops)
{
    uint32_t common = SHIM_NONE;

    for (uint32_t node = 1; node < plan->tree->node_count; node++) {
        if (!(plan->comes[node] & SHIM_COMES_TOP))
            continue;
        if (goes_by_guest(plan, node) ||
            (tops[node].window != SHIM_NONE && common != SHIM_NONE && tops[node].window != common))
            return SHIM_NONE;
        if (tops[node].window != SHIM_NONE)
            common = tops[node].window;
    }
    return common;
}

/* ---- buses ------------------------------------------------------------------------------------ */

static struct shim_cursor open_bus(const struct writing *writing, struct shim_cursor parent,
                                   const char *name, uint32_t window)
{
    struct shim_cursor bus = shim_open_new(writing->edits, parent, name);

    shim_put_string(writing->edits, bus, "compatible", "simple-bus");
    shim_put_u32(writing->edits, bus, "#address-cells", domain_cells.address);
    shim_put_u32(writing->edits, bus, "#size-cells", domain_cells.size);
    shim_put(writing->edits, bus, "ranges", "", 0);
    if (window != SHIM_NONE)
        put_dma_ranges(writing, bus, window);
    return bus;
}

static void write_devices(const struct writing *writing, struct shim_cursor bus, uint32_t window,
                          bool all)
{
    const struct shim_plan *plan = writing->plan;

    for (uint32_t node = 1; node < plan->tree->node_count; node++)
        if (plan->comes[node] & SHIM_COMES_TOP && (all || window_of(writing, node) == window))
            write_device(writing, bus, node);
}

static bool is_used(const struct writing *writing, uint32_t window)
{
    const struct shim_plan *plan = writing->plan;

    for (uint32_t node = 1; node < plan->tree->node_count; node++)
        if (plan->comes[node] & SHIM_COMES_TOP && window_of(writing, node) == window)
            return true;
    return false;
}

/*
 * One bus where one window does for all. Else devices with guest addresses stay
 * on it and each window gets a bus of its own below: the outer one must not have
 * any, Linux would translate by both.
 */
static void write_passthrough(const struct writing *writing, struct shim_cursor root)
{
    const struct shim_plan *plan = writing->plan;
    uint32_t common = writing->common;
    uint32_t phandle = writing->gic == SHIM_NONE ? 0 : plan->tree->nodes[writing->gic].phandle;
    struct shim_cursor bus = open_bus(writing, root, "passthrough", common);

    shim_put_u32(writing->edits, bus, "interrupt-parent", phandle ? phandle : GUEST_PHANDLE_GIC);
    write_devices(writing, bus, SHIM_NONE, common != SHIM_NONE);
    for (uint32_t window = 0; common == SHIM_NONE && window < plan->window_count; window++) {
        struct shim_cursor inner;

        if (!is_used(writing, window))
            continue;
        inner = open_bus(writing, bus, shim_say(plan->arena, "dma-%u", window), window);
        write_devices(writing, inner, window, false);
        shim_close(writing->edits, inner);
    }
    shim_close(writing->edits, bus);
}

/* ---- aliases ---------------------------------------------------------------------------------- */

static uint32_t top_of(const struct shim_plan *plan, uint32_t node)
{
    while (!(plan->comes[node] & SHIM_COMES_TOP))
        node = plan->tree->nodes[node].parent;
    return node;
}

/* Where a node of the host's is in the domain's tree. */
static const char *new_path(const struct writing *writing, uint32_t node)
{
    const struct shim_plan *plan = writing->plan;
    uint32_t top = top_of(plan, node), window = window_of(writing, top);
    const char *bus = writing->common == SHIM_NONE && window != SHIM_NONE
                          ? shim_say(plan->arena, "/passthrough/dma-%u", window) : "/passthrough";
    const char *name = name_on_bus(writing, top);
    const char *below = whole_path(writing, node) + strlen(whole_path(writing, top));
    size_t room = strlen(bus) + 1 + strlen(name) + strlen(below) + 1;
    char *path = shim_alloc(writing->edits->arena, room, 1);
    struct shim_text text;

    writing->edits->full = writing->edits->full || !path;
    if (!path)
        return "";
    text = shim_text(path, room);
    shim_textf(&text, "%s/%s%s", bus, name, below);
    return path;
}

/* Linux numbers disks and ports by them. */
static void write_aliases(const struct writing *writing, struct shim_cursor root)
{
    const struct shim_tree *tree = writing->plan->tree;
    uint32_t aliases = shim_child(tree, SHIM_ROOT, "aliases");
    struct shim_cursor node = { .node = SHIM_ROOT };

    for (uint32_t prop = aliases == SHIM_NONE ? 0 : tree->nodes[aliases].first_prop;
         aliases != SHIM_NONE && prop < tree->nodes[aliases].props_end; prop++) {
        const char *path = shim_string(shim_prop_value(tree, prop));
        uint32_t target = path && *path == '/' ? shim_node_at(tree, path) : SHIM_NONE;

        if (target == SHIM_NONE || !(writing->plan->comes[target] & SHIM_COMES))
            continue;
        if (node.node == SHIM_ROOT)
            node = shim_open_new(writing->edits, root, "aliases");
        shim_put_string(writing->edits, node, shim_prop_name(tree, prop),
                        new_path(writing, target));
    }
    if (node.node != SHIM_ROOT)
        shim_close(writing->edits, node);
}

/* ---- the tree ------------------------------------------------------------------------------------ */

/* /gic is not copied: Xen gives its own GIC this phandle. */
static void write_gic(const struct writing *writing, struct shim_cursor root)
{
    struct shim_cursor node;

    if (writing->gic == SHIM_NONE || !writing->plan->tree->nodes[writing->gic].phandle)
        return;
    node = shim_open_new(writing->edits, root, "gic");
    shim_put_u32(writing->edits, node, "phandle", writing->plan->tree->nodes[writing->gic].phandle);
    shim_close(writing->edits, node);
}

static enum shim_code no_memory(struct shim_error *error)
{
    return shim_fail(error, SHIM_E_MEMORY, "", NULL, "give dtshim more memory",
                     "no room for the domain's tree");
}

static enum shim_code start(struct shim_plan *plan, struct shim_edits *edits,
                            struct shim_error *error)
{
    struct shim_tree *empty = shim_alloc(plan->arena, 1, sizeof(*empty));
    enum shim_code code;

    if (!empty)
        return no_memory(error);
    code = shim_tree_check(empty, empty_tree, sizeof(empty_tree), plan->arena, error);
    if (!code)
        shim_edits_init(edits, empty, plan->arena);
    return code;
}

static const struct top *look_at_tops(struct shim_plan *plan)
{
    struct top *tops = shim_alloc(plan->arena, plan->tree->node_count, sizeof(*tops));

    for (uint32_t node = 0; tops && node < plan->tree->node_count; node++) {
        if (!(plan->comes[node] & SHIM_COMES_TOP))
            continue;
        if (!shim_device_address(plan->tree, node, &tops[node].address))
            tops[node].address = NO_ADDRESS;
        tops[node].window = find_window(plan, node);
    }
    return tops;
}

static struct writing writing_to(const struct shim_plan *plan, struct shim_edits *edits,
                                 const struct top *tops, bool for_xen)
{
    return (struct writing){ plan, edits, shim_gic(plan->tree), tops, common_window(plan, tops),
                             for_xen };
}

static void write_partial(const struct shim_plan *plan, struct shim_edits *edits,
                          const struct top *tops)
{
    struct writing writing = writing_to(plan, edits, tops, true);
    struct shim_cursor root = shim_cursor(SHIM_ROOT);

    shim_put_u32(edits, root, "#address-cells", domain_cells.address);
    shim_put_u32(edits, root, "#size-cells", domain_cells.size);
    write_gic(&writing, root);
    write_aliases(&writing, root);
    write_passthrough(&writing, root);
}

uint32_t shim_xen_guest_cpus(const struct shim_plan *plan)
{
    uint32_t cpus = shim_child(plan->tree, SHIM_ROOT, "cpus"), count = 0;

    if (cpus == SHIM_NONE)
        return 1;
    for (uint32_t cpu = shim_first_child(plan->tree, cpus); cpu != SHIM_NONE;
         cpu = shim_next_child(plan->tree, cpu))
        count += shim_list_has(shim_prop(plan->tree, cpu, SHIM_DEVICE_TYPE), "cpu") &&
                 shim_available(plan->tree, cpu);
    return count ? count : 1;
}

/* All of the domain's tree as Xen will make it; only the lengths count. */
static enum shim_code measure(struct shim_plan *plan, const struct top *tops,
                              const char *bootargs, size_t *size, struct shim_error *error)
{
    struct shim_arena kept = *plan->arena;
    struct shim_edits whole;
    struct writing writing = writing_to(plan, &whole, tops, false);
    enum shim_code code = start(plan, &whole, error);

    if (code)
        return code;
    shim_xen_write_own_part(plan, &whole, bootargs, shim_xen_guest_cpus(plan));
    write_aliases(&writing, shim_cursor(SHIM_ROOT));
    write_passthrough(&writing, shim_cursor(SHIM_ROOT));
    *size = shim_splice_size(&whole, 0);
    kept.full = plan->arena->full;
    *plan->arena = kept;
    return SHIM_OK;
}

static enum shim_code check_room(struct shim_plan *plan, const struct top *tops,
                                 const char *bootargs, struct shim_error *error)
{
    size_t size = 0;
    enum shim_code code = measure(plan, tops, bootargs, &size, error);

    if (code)
        return code;
    if (size > DOMU_DTB_SIZE && !shim_policy_feature(plan->policy, "large-tree"))
        return shim_fail(error, SHIM_E_TOO_LARGE, "policy", "passthrough",
                         "name fewer devices, or large-tree in xen-features for Xen 4.18 and later",
                         "the domain's tree would have %u bytes, Xen 4.17 has room for %u and "
                         "silently leaves out the rest", (unsigned)size, DOMU_DTB_SIZE);
    shim_note(plan, SHIM_FINDING, "xen", SHIM_NONE,
              shim_say(plan->arena, "the domain's tree has at most %u bytes", (unsigned)size),
              "what Xen makes of it and the devices; Xen 4.17 has room for 4096");
    return SHIM_OK;
}

enum shim_code shim_xen_compose_guest(struct shim_plan *plan, const char *bootargs,
                                      struct shim_error *error)
{
    const struct top *tops = look_at_tops(plan);
    enum shim_code code = tops ? check_room(plan, tops, bootargs, error) : no_memory(error);

    if (!code)
        code = start(plan, &plan->guest, error);
    if (code)
        return code;
    write_partial(plan, &plan->guest, tops);
    plan->guest_size = shim_splice_size(&plan->guest, 0);
    return SHIM_OK;
}
