// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/xen/payload.h"

#include "shim/base/mem.h"
#include "shim/fdt/address.h"
#include "shim/xen/boot.h"
#include "shim/xen/module_nodes.h"
#include "shim/xen/modules.h"

static bool is_carried(const struct shim_plan *plan, const struct shim_module *module)
{
    return module->node == SHIM_NONE && module->kind != SHIM_MODULE_TREE && !plan->payload_assumed;
}

bool shim_without_sources(struct shim_ranges *set, const struct shim_plan *plan)
{
    uint64_t reach = shim_xen_reach(plan);
    bool fits = shim_ranges_remove(set, plan->facts->stage) &&
                shim_ranges_remove(set, plan->facts->tree) &&
                shim_ranges_remove(set, (struct shim_range){ reach, UINT64_MAX - reach });

    for (uint32_t i = 0; fits && i < plan->module_count; i++)
        if (plan->modules[i].present)
            fits = shim_ranges_remove(set, plan->modules[i].from);
    return fits;
}

bool shim_payload_stays(const struct shim_plan *plan)
{
    for (uint32_t i = 0; i < plan->module_count; i++)
        if (plan->modules[i].present && plan->modules[i].to != plan->modules[i].from.base)
            return false;
    return true;
}

static const char *string_in(const struct shim_plan *plan, uint32_t node, enum shim_name name)
{
    return node == SHIM_NONE ? NULL : shim_string(shim_prop(plan->tree, node, name));
}

const char *shim_dom0_line(const struct shim_plan *plan)
{
    uint32_t chosen = shim_child(plan->tree, SHIM_ROOT, "chosen");
    const char *line = string_in(plan, chosen, SHIM_DOM0_BOOTARGS);

    if (!line)
        line = shim_kernel_line(plan->tree);
    return line ? line : string_in(plan, chosen, SHIM_BOOTARGS);
}

/* The node that a module's node is or will be in; SHIM_NONE: a new /chosen. */
static uint32_t parent_of(const struct shim_plan *plan, const struct shim_module *module)
{
    return module->node == SHIM_NONE ? shim_child(plan->tree, SHIM_ROOT, "chosen")
                                     : plan->tree->nodes[module->node].parent;
}

/* The cells of a module's reg; where /chosen does not say, they are written down. */
struct shim_cells shim_module_cells(const struct shim_plan *plan, uint32_t parent)
{
    return parent == SHIM_NONE ? (struct shim_cells){ .address = 2, .size = 2 }
                               : shim_inherited_cells(plan->tree, parent);
}

static enum shim_code check_cells(const struct shim_plan *plan, uint32_t parent,
                                  const struct shim_module *module, uint64_t address,
                                  struct shim_error *error)
{
    struct shim_cells cells = shim_module_cells(plan, parent);
    struct shim_path path = { "/chosen" };

    if (parent != SHIM_NONE)
        path = shim_path(plan->tree, parent);
    if (cells.address - 1 > 1 || cells.size - 1 > 1)
        return shim_fail(error, SHIM_E_VALUE, path.s, "#address-cells",
                         "set #address-cells and #size-cells of the modules' parent to 2",
                         "%u and %u cells: a module's reg needs 1 or 2 each",
                         cells.address,
                         cells.size);
    if (cells.address == 1 && address >> 32)
        return shim_fail(error, SHIM_E_PLACEMENT, path.s, "#address-cells",
                         "set #address-cells of the modules' parent to 2",
                         "one cell cannot hold 0x%llx, where the %s has to go",
                         SHIM_X(address), shim_module_word(module->kind));
    return SHIM_OK;
}

enum shim_code shim_check_module_cells(const struct shim_plan *plan,
                                       const struct shim_module *module, uint64_t address,
                                       struct shim_error *error)
{
    uint32_t node = module->node;
    enum shim_code code;

    if (node == SHIM_NONE && !is_carried(plan, module))
        return SHIM_OK;
    code = check_cells(plan, parent_of(plan, module), module, address, error);
    while (!code && node != SHIM_NONE) {
        node = shim_next_sharing(plan->tree, module->node, node);
        if (node != SHIM_NONE)
            code = check_cells(plan, plan->tree->nodes[node].parent, module, address, error);
    }
    return code;
}

void shim_put_module_cells(const struct shim_plan *plan, struct shim_edits *edits,
                           struct shim_cursor chosen)
{
    shim_put_cells(edits, chosen, shim_module_cells(plan, chosen.node));
}

/* "module@48000000" with the new address; names without '@' stay. */
static const char *name_at(const struct shim_plan *plan, const char *old, uint64_t address)
{
    char base[64];
    const char *mark = memchr(old, '@', strlen(old));
    size_t len = mark ? (size_t)(mark - old) : 0;

    if (!mark || len >= sizeof(base))
        return old;
    memcpy(base, old, len);
    base[len] = '\0';
    return shim_say(plan->arena, "%s@%llx", base, SHIM_X(address));
}

/* Xen takes a kernel or ramdisk only from a "multiboot,module". */
static bool needs_kind(const struct shim_plan *plan, const struct shim_module *module)
{
    bool dom0s = module->kind == SHIM_MODULE_KERNEL || module->kind == SHIM_MODULE_RAMDISK;

    return dom0s && (module->guessed ||
                     (!shim_compatible(plan->tree, module->node, "multiboot,module") &&
                      !shim_compatible(plan->tree, module->node, "xen,multiboot-module")));
}

void shim_put_module_kind(struct shim_edits *edits, struct shim_cursor node,
                          enum shim_module_kind kind)
{
    static const char kernel[] = "multiboot,kernel\0multiboot,module";
    static const char ramdisk[] = "multiboot,ramdisk\0multiboot,module";
    static const char tree[] = "multiboot,device-tree\0multiboot,module";

    if (kind == SHIM_MODULE_XEN)
        shim_put_string(edits, node, "compatible", "dtshim,hypervisor");
    else if (kind == SHIM_MODULE_KERNEL)
        shim_put(edits, node, "compatible", kernel, sizeof(kernel));
    else if (kind == SHIM_MODULE_DOMAIN_TREE)
        shim_put(edits, node, "compatible", tree, sizeof(tree));
    else
        shim_put(edits, node, "compatible", ramdisk, sizeof(ramdisk));
}

static bool is_ramdisk_reserved(const struct shim_plan *plan)
{
    for (uint32_t i = 0; i < plan->tree->reserve_count; i++)
        if (shim_reserves_ramdisk(plan->board, shim_reserve_at(plan->tree, i)))
            return true;
    return false;
}

void shim_free_ramdisk(const struct shim_plan *plan, struct shim_edits *edits)
{
    if (!is_ramdisk_reserved(plan))
        return;
    shim_drop_reserves(edits);
    for (uint32_t i = 0; i < plan->tree->reserve_count; i++) {
        struct shim_range entry = shim_reserve_at(plan->tree, i);

        if (!shim_reserves_ramdisk(plan->board, entry))
            shim_add_reserve(edits, entry);
    }
}

/* Where /chosen has ranges, Xen would take its own node for a device of dom0's. */
static void keep_from_dom0(struct shim_edits *edits, struct shim_cursor xen)
{
    shim_put(edits, xen, "xen,passthrough", "", 0);
}

static void move_node(const struct shim_plan *plan, struct shim_edits *edits, uint32_t node,
                      struct shim_range place)
{
    struct shim_cells cells = shim_module_cells(plan, plan->tree->nodes[node].parent);

    shim_rename(edits, node, name_at(plan, shim_node_name(plan->tree, node), place.base));
    shim_put_reg(edits, shim_cursor(node), "reg", cells, &place, 1);
}

static void move_nodes(const struct shim_plan *plan, struct shim_edits *edits,
                       const struct shim_module *module, uint64_t address)
{
    struct shim_range place = { address, module->from.size };

    if (needs_kind(plan, module))
        shim_put_module_kind(edits, shim_cursor(module->node), module->kind);
    if (module->kind == SHIM_MODULE_XEN)
        keep_from_dom0(edits, shim_cursor(module->node));
    if (address == module->from.base)
        return;
    for (uint32_t node = module->node; node != SHIM_NONE;
         node = shim_next_sharing(plan->tree, module->node, node))
        move_node(plan, edits, node, place);
}

static void add_node(const struct shim_plan *plan, struct shim_edits *edits,
                     struct shim_cursor chosen, const struct shim_module *module, uint64_t address)
{
    const char *base = module->kind == SHIM_MODULE_XEN ? "hypervisor" : "module";
    struct shim_cells cells = shim_module_cells(plan, chosen.node);
    struct shim_range place = { address, module->from.size };
    struct shim_cursor node =
        shim_open(edits, chosen, shim_say(plan->arena, "%s@%llx", base, SHIM_X(address)));

    shim_put_module_kind(edits, node, module->kind);
    shim_put_reg(edits, node, "reg", cells, &place, 1);
    if (module->kind == SHIM_MODULE_XEN)
        keep_from_dom0(edits, node);
    shim_close(edits, node);
}

void shim_write_module(const struct shim_plan *plan, struct shim_edits *edits,
                       struct shim_cursor chosen, const struct shim_module *module,
                       uint64_t address)
{
    if (module->node != SHIM_NONE)
        move_nodes(plan, edits, module, address);
    else if (is_carried(plan, module))
        add_node(plan, edits, chosen, module, address);
}
