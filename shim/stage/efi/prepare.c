// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "prepare.h"

#include "prepared.h"
#include "shim/base/mem.h"
#include "shim/board/board.h"
#include "shim/fdt/edits.h"
#include "shim/xen/module_nodes.h"
#include "shim/xen/modules.h"

enum { SLACK = 0 };

/* ---- modules ------------------------------------------------------------------------------ */

static bool tree_has(const struct shim_tree *tree, enum shim_module_kind kind)
{
    enum shim_module_kind found;

    for (uint32_t node = shim_next_host_module(tree, SHIM_NONE); node != SHIM_NONE;
         node = shim_next_host_module(tree, node))
        if (shim_module_says_kind(tree, node, &found) && found == kind)
            return true;
    return false;
}

bool prepare_has(const struct preparation *preparation, const struct shim_tree *tree,
                 enum shim_module_kind kind)
{
    for (uint32_t i = 0; i < preparation->module_count; i++)
        if (preparation->modules[i].kind == kind)
            return true;
    return tree_has(tree, kind);
}

enum shim_code prepare_add(struct preparation *preparation, enum shim_module_kind kind,
                           struct shim_range at, struct shim_error *error)
{
    if (preparation->module_count == PREPARED_MODULES_MAX)
        return shim_fail(error, SHIM_E_PAYLOAD, "/chosen", NULL, "remove some of them",
                         "more than %u modules", PREPARED_MODULES_MAX);
    preparation->modules[preparation->module_count++] = (struct prepared_module){ kind, at };
    return SHIM_OK;
}

/* ---- the edits ---------------------------------------------------------------------------- */

struct work {
    const struct preparation *preparation;
    const struct shim_tree *tree;
    struct shim_arena *arena;
    struct shim_edits *edits;
};

/* Could that be said in these cells? */
static bool fits(struct shim_cells cells, struct shim_range at)
{
    return cells.address - 1 <= 1 && cells.size - 1 <= 1 &&
           (cells.address == 2 || !((shim_range_end(at) - 1) >> 32)) &&
           (cells.size == 2 || !(at.size >> 32));
}

static enum shim_code require_fit(struct shim_cells cells, struct shim_range at, const char *node,
                                  struct shim_error *error)
{
    if (fits(cells, at))
        return SHIM_OK;
    return shim_fail(error, SHIM_E_VALUE, node, "#address-cells",
                     "give the node two cells for addresses and two for sizes",
                     "%u and %u cells cannot hold 0x%llx-0x%llx of the firmware's memory map",
                     cells.address, cells.size, SHIM_X(at.base), SHIM_X(shim_range_end(at) - 1));
}

static void write_module(const struct work *work, struct shim_cursor chosen,
                         const struct prepared_module *module)
{
    static const char kernel[] = "multiboot,kernel\0multiboot,module";
    static const char ramdisk[] = "multiboot,ramdisk\0multiboot,module";
    static const char policy[] = "xen,xsm-policy\0multiboot,module";
    static const struct {
        const char *name;
        const char *compatible;
        uint32_t len;
    } forms[] = {
        [SHIM_MODULE_XEN] = { "hypervisor", "dtshim,hypervisor", sizeof("dtshim,hypervisor") },
        [SHIM_MODULE_KERNEL] = { "kernel", kernel, sizeof(kernel) },
        [SHIM_MODULE_RAMDISK] = { "ramdisk", ramdisk, sizeof(ramdisk) },
        [SHIM_MODULE_OTHER] = { "policy", policy, sizeof(policy) }, /* Xen knows no other one */
    };
    struct shim_cursor node = shim_open_new(
        work->edits, chosen, shim_say(work->arena, "%s@%llx", forms[module->kind].name,
                                      SHIM_X(module->at.base)));

    shim_put(work->edits, node, "compatible", forms[module->kind].compatible,
             forms[module->kind].len);
    shim_put_reg(work->edits, node, "reg", (struct shim_cells){ 2, 2 }, &module->at, 1);
    shim_close(work->edits, node);
}

static void write_lines(const struct work *work, struct shim_cursor chosen)
{
    const struct preparation *preparation = work->preparation;

    if (preparation->xen_line)
        shim_put_string(work->edits, chosen, "xen,xen-bootargs", preparation->xen_line);
    if (preparation->dom0_line)
        shim_put_string(work->edits, chosen, "xen,dom0-bootargs", preparation->dom0_line);
    if (chosen.node != SHIM_NONE && preparation->line_is_taken)
        shim_delete_prop(work->edits, chosen.node, SHIM_BOOTARGS);
}

static void write_chosen(const struct work *work)
{
    struct shim_cursor chosen = shim_open(work->edits, shim_cursor(SHIM_ROOT), "chosen");

    write_lines(work, chosen);
    if (work->preparation->module_count)
        shim_put_cells(work->edits, chosen, (struct shim_cells){ 2, 2 });
    for (uint32_t node = prepare_next_bare(work->tree, SHIM_NONE);
         work->preparation->module_count && node != SHIM_NONE;
         node = prepare_next_bare(work->tree, node))
        shim_delete_node(work->edits, node);
    for (uint32_t i = 0; i < work->preparation->module_count; i++)
        write_module(work, chosen, &work->preparation->modules[i]);
    shim_close(work->edits, chosen);
}

/* ---- memory ------------------------------------------------------------------------------- */

/* As Linux and Xen find it. */
static bool is_memory(const struct shim_tree *tree, uint32_t node)
{
    struct shim_span type = shim_prop(tree, node, SHIM_DEVICE_TYPE);

    return shim_available(tree, node) &&
           (type.at ? shim_list_has(type, "memory") : shim_node_named(tree, node, "memory"));
}

static uint32_t next_memory(const struct shim_tree *tree, uint32_t node)
{
    do
        node = node == SHIM_NONE ? shim_first_child(tree, SHIM_ROOT) : shim_next_child(tree, node);
    while (node != SHIM_NONE && !is_memory(tree, node));
    return node;
}

/* The first one, or a new one; the others go. */
static struct shim_cursor memory_node(const struct work *work)
{
    uint32_t first = next_memory(work->tree, SHIM_NONE);
    const char *name = shim_say(work->arena, "memory@%llx",
                                SHIM_X(work->preparation->ram.at[0].base));

    if (first == SHIM_NONE)
        return shim_open_new(work->edits, shim_cursor(SHIM_ROOT), name);
    for (uint32_t node = next_memory(work->tree, first); node != SHIM_NONE;
         node = next_memory(work->tree, node))
        shim_delete_node(work->edits, node);
    shim_delete_prop(work->edits, first, SHIM_USABLE_MEMORY);
    return shim_cursor(first);
}

static enum shim_code write_ram(const struct work *work, struct shim_error *error)
{
    const struct shim_ranges *ram = &work->preparation->ram;
    struct shim_cells cells = shim_cells(work->tree, SHIM_ROOT);
    enum shim_code code = SHIM_OK;
    struct shim_cursor node;

    for (uint32_t i = 0; !code && i < ram->count; i++)
        code = require_fit(cells, ram->at[i], "/", error);
    if (code || !ram->count)
        return code;
    node = memory_node(work);
    shim_put_string(work->edits, node, "device_type", "memory");
    shim_put_reg(work->edits, node, "reg", cells, ram->at, ram->count);
    shim_close(work->edits, node);
    return SHIM_OK;
}

/* ---- what the firmware keeps ---------------------------------------------------------------- */

/* Xen from 4.18 on stops where two reservations meet: what the tree reserves itself is left out. */
static bool leave_out(struct shim_ranges *kept, const struct shim_tree *tree, uint32_t reserved)
{
    uint32_t node = reserved == SHIM_NONE ? SHIM_NONE : shim_first_child(tree, reserved);
    bool room = true;

    for (; room && node != SHIM_NONE; node = shim_next_child(tree, node)) {
        struct shim_entries entries = shim_region_entries(tree, node);
        struct shim_entry entry;

        while (room && shim_next_entry(&entries, &entry))
            room = !entry.size || shim_ranges_remove(kept, shim_cut_range(entry.address, entry.size));
    }
    for (uint32_t i = 0; room && i < tree->reserve_count; i++) {
        struct shim_range range = shim_reserve_at(tree, i);

        room = shim_ranges_remove(kept, shim_cut_range(range.base, range.size));
    }
    return room;
}

/* With the root's cells, or Linux reads nothing there. */
static struct shim_cursor reserved_node(const struct work *work, uint32_t reserved)
{
    struct shim_cursor node = shim_cursor(reserved);

    if (reserved != SHIM_NONE)
        return node;
    node = shim_open(work->edits, shim_cursor(SHIM_ROOT), "reserved-memory");
    shim_put_cells(work->edits, node, shim_cells(work->tree, SHIM_ROOT));
    shim_put(work->edits, node, "ranges", "", 0);
    return node;
}

static void write_kept(const struct work *work, struct shim_cursor parent, struct shim_cells cells,
                       const struct shim_range *range)
{
    struct shim_cursor node = shim_open_new(
        work->edits, parent, shim_say(work->arena, "firmware@%llx", SHIM_X(range->base)));

    shim_put_reg(work->edits, node, "reg", cells, range, 1);
    shim_put(work->edits, node, "no-map", "", 0);
    shim_close(work->edits, node);
}

static enum shim_code write_all_kept(const struct work *work, struct shim_error *error)
{
    const struct shim_tree *tree = work->tree;
    uint32_t reserved = shim_reserved_memory(tree);
    struct shim_cells cells = reserved == SHIM_NONE ? shim_cells(tree, SHIM_ROOT)
                                                    : shim_inherited_cells(tree, reserved);
    uint32_t spare = 2 * (tree->reserve_count + shim_most_regs(tree)) + 2;
    enum shim_code code = SHIM_OK;
    struct shim_cursor parent;
    struct shim_ranges kept;

    if (!shim_ranges_copy(&kept, &work->preparation->kept, work->arena, spare) ||
        !leave_out(&kept, tree, reserved))
        return shim_no_room(error, "for the firmware's memory");
    if (!kept.count)
        return SHIM_OK;
    for (uint32_t i = 0; !code && i < kept.count; i++)
        code = require_fit(cells, kept.at[i], reserved == SHIM_NONE ? "/" : "/reserved-memory",
                           error);
    if (code)
        return code;
    parent = reserved_node(work, reserved);
    for (uint32_t i = 0; i < kept.count; i++)
        write_kept(work, parent, cells, &kept.at[i]);
    shim_close(work->edits, parent);
    return SHIM_OK;
}

/* ---- the tree ------------------------------------------------------------------------------- */

enum shim_code prepare_tree(const struct preparation *preparation, const struct shim_tree *tree,
                            struct shim_arena arena, void *out, size_t room, size_t *len,
                            struct shim_error *error)
{
    struct shim_edits edits;
    const struct work work = { preparation, tree, &arena, &edits };
    enum shim_code code;

    shim_edits_init(&edits, tree, &arena);
    write_chosen(&work);
    code = write_ram(&work, error);
    if (!code)
        code = write_all_kept(&work, error);
    return code ? code : shim_splice(&edits, SLACK, out, room, len, error);
}
