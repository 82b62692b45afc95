// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The walk over the nodes: boot_fdt_info() and early_scan_node(). */
#include "shim/base/mem.h"
#include "shim/fdt/word_set.h"
#include "shim/model/scan.h"

enum { CHOSEN_DEPTH = 1, DOMAIN_DEPTH = 2 };

static bool same_letters(const char *a, const char *b)
{
    for (; *a && *b; a++, b++) {
        int left = *a >= 'A' && *a <= 'Z' ? *a | 0x20 : *a;

        if (left != *b)
            return false;
    }
    return *a == *b;
}

/* Depth 1 and device_type, or any node of the name (device_tree_is_memory_node()). */
static bool is_memory(const struct shim_scan *scan, uint32_t node)
{
    const struct shim_tree *tree = scan->tree;
    struct shim_span type;

    if (!scan->entry->reads_memory || !shim_node_named(tree, node, "memory"))
        return false;
    if (!scan->release->memory_at_root)
        return true;
    type = shim_prop(tree, node, SHIM_DEVICE_TYPE);
    return tree->nodes[node].depth == 1 && type.len >= sizeof("memory") &&
           !memcmp(type.at, "memory", sizeof("memory"));
}

/* Of the kinds that are looked for below; a list that does not end is read to its end here. */
static bool may_be_read(const struct shim_scan *scan, uint32_t node)
{
    struct shim_span list = shim_prop(scan->tree, node, SHIM_COMPATIBLE);

    return scan->sight->kinds.of[node] & (SHIM_KIND_SKIPPED | SHIM_KIND_HIDDEN) ||
           (list.len && list.at[list.len - 1]);
}

static bool is_module(const struct shim_tree *tree, uint32_t node)
{
    return shim_scan_compatible(tree, node, "xen,multiboot-module") ||
           shim_scan_compatible(tree, node, "multiboot,module");
}

static enum shim_scan_code read_memory(struct shim_scan *scan, uint32_t node)
{
    uint32_t parent = scan->tree->nodes[node].parent;
    enum shim_scan_code code = shim_scan_banks(scan, node, shim_prop(scan->tree, node, SHIM_REG),
                                               shim_scan_cells(scan->tree, parent, SHIM_ROOT),
                                               SHIM_BANK_RAM);

    if (code == SHIM_SCAN_MISSING)
        shim_misread(scan, code, "memory-reg", node, "this Xen treats it as RAM, and it has no reg",
                     "give it reg, or another name if it is not RAM");
    return code;
}

static enum shim_scan_code read_domain(struct shim_scan *scan, uint32_t node)
{
    struct shim_span value = shim_prop_named(scan->tree, node, "xen,static-mem");
    uint32_t parent = scan->tree->nodes[node].parent;

    if (!value.at)
        return SHIM_SCAN_ON;
    if (scan->release->gates_static_memory && !scan->sight->boot->static_memory)
        return shim_misread(scan, SHIM_SCAN_INVALID, "static-memory", node, shim_no_static_memory,
                            shim_less_static_memory);
    return shim_scan_banks(scan, node, value, shim_scan_cells(scan->tree, parent, SHIM_ROOT),
                           SHIM_BANK_DOMAIN);
}

/* In early_scan_node()'s order: the first that fits is what the node is. */
static enum shim_scan_code read_node(struct shim_scan *scan, uint32_t node)
{
    const struct shim_tree *tree = scan->tree;
    unsigned depth = tree->nodes[node].depth;

    if (is_memory(scan, node))
        return read_memory(scan, node);
    if (depth > SHIM_XEN_MODULE_DEPTH)
        return SHIM_SCAN_ON;
    if (depth == CHOSEN_DEPTH && same_letters(shim_node_name(tree, node), "reserved-memory"))
        return shim_scan_regions(scan, node);
    if (depth == CHOSEN_DEPTH && shim_node_named(tree, node, "chosen") && !is_module(tree, node))
        return shim_scan_chosen(scan, node);
    if (!may_be_read(scan, node))
        return SHIM_SCAN_ON;
    if (is_module(tree, node)) {
        shim_scan_module(scan, node);
        return SHIM_SCAN_ON;
    }
    if (depth == DOMAIN_DEPTH && shim_scan_compatible(tree, node, "xen,domain"))
        return read_domain(scan, node);
    if (shim_scan_compatible(tree, node, "xen,domain-shared-memory-v1"))
        return shim_scan_shared(scan, node);
    return SHIM_SCAN_ON;
}

/* Modules that will have a node in /chosen when it comes to it. */
static void add_more(struct shim_scan *scan)
{
    const struct shim_xen_boot *boot = scan->sight->boot;

    scan->more_added = true;
    for (uint32_t i = 0; i < boot->more_count; i++) {
        const struct shim_xen_module *module = &boot->more[i];

        if (module->kind == SHIM_MODULE_KERNEL && module->domain == SHIM_NONE &&
            !scan->kernel_line)
            scan->kernel_line = module->line;
        if (module->at.size)
            shim_scan_add_module(scan, *module);
        else
            scan->unplaced++;
    }
}

static void end_reading(struct shim_scan *scan, uint32_t node, enum shim_scan_code code)
{
    struct shim_sight *sight = scan->sight;
    struct shim_stop *why = &sight->misread;
    struct shim_text words = shim_text(why->words, sizeof(why->words));

    shim_textf(&words, "fdt: node `%s': parsing failed", shim_node_name(scan->tree, node));
    why->silent = true;
    sight->unread = node;
    if (scan->release->stops_on_misread)
        shim_stop(&sight->stop, why->id, why->node, why->why, why->remedy,
                  "Early FDT parsing failed (-%u)", (unsigned)code);
}

static bool too_deep(struct shim_scan *scan, uint32_t node)
{
    unsigned depth = scan->tree->nodes[node].depth;

    if (scan->release->stops_at_depth && depth >= scan->release->stops_at_depth)
        shim_stop(&scan->sight->stop, "deep-nodes", node, "Xen does not get past a node this deep",
                  "move it up: Xen reads at most 15 levels below the root", "%s", "");
    return depth >= SHIM_XEN_DEPTH_MAX || shim_stops(&scan->sight->stop);
}

static void read_nodes(struct shim_scan *scan)
{
    const struct shim_tree *tree = scan->tree;
    uint32_t chosen_past = 0;

    for (uint32_t node = 1; node < tree->node_count; node++) {
        enum shim_scan_code code = SHIM_SCAN_ON;

        if (node == chosen_past && !scan->more_added)
            add_more(scan);
        if (tree->nodes[node].depth == CHOSEN_DEPTH && shim_node_named(tree, node, "chosen"))
            chosen_past = tree->nodes[node].past;
        if (!too_deep(scan, node))
            code = read_node(scan, node);
        if (code)
            end_reading(scan, node, code);
        if (code || shim_stops(&scan->sight->stop))
            return;
    }
    if (!scan->more_added)
        add_more(scan);
}

static void add_own(struct shim_scan *scan, enum shim_module_kind kind, struct shim_range at)
{
    if (at.size)
        shim_scan_add_module(scan, (struct shim_xen_module){
            .kind = kind, .node = SHIM_NONE, .domain = SHIM_NONE, .at = at });
    else
        scan->unplaced++;
}

/* Each entry of a list takes eight bytes of the tree at least, or is of the firmware's map. */
static bool make_room(struct shim_scan *scan)
{
    struct shim_sight *sight = scan->sight;
    uint32_t most = scan->tree->total / 8 + sight->boot->firmware_count;

    scan->ram_room = most < SHIM_XEN_BANKS_MAX ? most : SHIM_XEN_BANKS_MAX;
    scan->reserved_room = scan->ram_room + scan->tree->reserve_count + SHIM_XEN_SHARED_MAX;
    sight->ram.at = shim_alloc(sight->arena, scan->ram_room, sizeof(*sight->ram.at));
    sight->reserved.at = shim_alloc(sight->arena, scan->reserved_room,
                                    sizeof(*sight->reserved.at));
    sight->ignored = shim_alloc(sight->arena, SHIM_XEN_IGNORED_MAX, sizeof(*sight->ignored));
    return sight->ram.at && sight->reserved.at && sight->ignored;
}

enum shim_code shim_xen_see(struct shim_sight *sight, struct shim_error *error)
{
    const struct shim_xen_boot *boot = sight->boot;
    struct shim_scan scan = { .sight = sight, .tree = sight->tree, .release = boot->release,
                              .entry = shim_entry_row(boot->entry) };

    sight->xen_line = "";
    sight->unread = SHIM_NONE;
    if (!make_room(&scan))
        return shim_no_room(error, "for what Xen sees");
    sight->others = shim_word_set(boot->other_iommus, sight->arena).slots;
    if (!shim_xen_find_kinds(sight))
        return shim_no_room(error, "for what Xen sees");
    shim_scan_before(sight);
    add_own(&scan, SHIM_MODULE_XEN, boot->image);
    add_own(&scan, SHIM_MODULE_TREE,
            (struct shim_range){ boot->tree.base, boot->tree.size ? sight->tree->total : 0 });
    if (scan.entry->reads_memreserve)
        shim_scan_memreserve(&scan);
    shim_scan_firmware(&scan);
    if (!shim_stops(&sight->stop))
        read_nodes(&scan);
    sight->unknown_places = scan.unplaced != 0;
    shim_scan_lines(&scan);
    shim_scan_sort(&sight->ram);
    shim_scan_after(sight);
    return sight->arena->full ? shim_no_room(error, "for what Xen sees") : SHIM_OK;
}
