// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * xen: stock Xen 4.17 and later, unmodified. Everything is said with what it
 * already reads: module nodes, command lines, xen,static-heap, /memreserve/.
 * /hypervisor is left alone: Xen makes its own, and a host node of that name
 * would be duplicated.
 */
#include <dtshim/contract.h>

#include "../lib/mem.h"
#include "common.h"
#include "xen_args.h"
#include "xen_domain.h"
#include "xen_iommu.h"
#include "xen_mend.h"
#include "xen_place.h"

static const char pass[] = "xen";

enum { DOM0_TREE_BYTES = 4 << 20 }; /* dom0's tree, with its alignment */

/* ---- decide ---------------------------------------------------------------- */

static enum shim_code check_base(const struct shim_plan *plan, struct shim_error *error)
{
    if (!plan->machine_base)
        return shim_fail(error, SHIM_E_PLACEMENT, "policy", "dom0-base",
                         "name another dom0-base, such as the value of dom0-mem, or layout offset",
                         "Xen never hands out page 0, so dom0 cannot start at address 0");
    return SHIM_OK;
}

/*
 * Xen copies kernel and ramdisk into dom0's memory and adds a tree
 * (place_modules(), kernel.c of 4.17).
 */
static enum shim_code check_contents(const struct shim_plan *plan, struct shim_error *error)
{
    uint64_t needed = DOM0_TREE_BYTES;

    for (uint32_t i = 0; i < plan->module_count; i++)
        if (plan->modules[i].kind == SHIM_MODULE_KERNEL ||
            plan->modules[i].kind == SHIM_MODULE_RAMDISK)
            needed += plan->modules[i].room;
    if (needed <= plan->dom0.size || plan->payload_assumed)
        return SHIM_OK;
    return shim_fail(error, SHIM_E_DOM0_SIZE, "policy", "dom0-mem", "make dom0-mem larger",
                     "kernel, ramdisk and tree need %s, dom0 has %s", SHIM_SIZE(needed),
                     SHIM_SIZE(plan->dom0.size));
}

static enum shim_code check_command_line(const struct shim_plan *plan, struct shim_error *error)
{
    const char *line = shim_xen_bootargs(plan);

    if (line && strlen(line) >= SHIM_XEN_CMDLINE_MAX)
        return shim_fail(error, SHIM_E_VALUE, "/chosen", "xen,xen-bootargs",
                         "shorten Xen's command line",
                         "%u characters, Xen panics at %u", (unsigned)strlen(line),
                         SHIM_XEN_CMDLINE_MAX);
    return SHIM_OK;
}

static bool is_carried(const struct shim_plan *plan, const struct shim_module *module)
{
    return module->node == SHIM_NONE && module->kind != SHIM_MODULE_TREE &&
           module->kind != SHIM_MODULE_DOMAIN_TREE && !plan->payload_assumed;
}

/* The node that a module's node is or will be in; SHIM_NONE: a new /chosen. */
static uint32_t parent_of(const struct shim_plan *plan, const struct shim_module *module)
{
    return module->node == SHIM_NONE ? shim_child(plan->tree, SHIM_ROOT, "chosen")
                                     : plan->tree->nodes[module->node].parent;
}

/* The cells of a module's reg; where /chosen does not say, they are written down. */
static struct shim_cells module_cells(const struct shim_plan *plan, uint32_t parent)
{
    return parent == SHIM_NONE ? (struct shim_cells){ .address = 2, .size = 2 }
                               : shim_inherited_cells(plan->tree, parent);
}

static enum shim_code check_module_cells(const struct shim_plan *plan,
                                         const struct shim_module *module,
                                         struct shim_error *error)
{
    uint32_t parent = parent_of(plan, module);
    struct shim_cells cells = module_cells(plan, parent);

    if (cells.address - 1 > 1 || cells.size - 1 > 1)
        return shim_fail(error, SHIM_E_VALUE, "/chosen", "#address-cells",
                         "set #address-cells and #size-cells of /chosen to 2",
                         "%u and %u cells: a module's place needs 1 or 2 each", cells.address,
                         cells.size);
    if (cells.address == 1 && module->to >> 32)
        return shim_fail(error, SHIM_E_PLACEMENT, "/chosen", "#address-cells",
                         "set #address-cells of the modules' parent to 2",
                         "one cell cannot say 0x%llx, where the %s has to go",
                         SHIM_X(module->to), shim_module_word(module->kind));
    return SHIM_OK;
}

/* xen,static-mem is in the cells of /chosen. */
static enum shim_code check_block_cells(const struct shim_plan *plan, struct shim_error *error)
{
    struct shim_cells cells = module_cells(plan, shim_child(plan->tree, SHIM_ROOT, "chosen"));
    uint64_t guest;

    for (uint32_t i = 0; plan->domain && i < shim_plan_block_count(plan); i++)
        if (cells.address == 1 && shim_range_end(shim_plan_block(plan, i, &guest)) >> 32)
            return shim_fail(error, SHIM_E_PLACEMENT, "/chosen", "#address-cells",
                             "set #address-cells of /chosen to 2",
                             "one cell cannot say the domain's machine block at 0x%llx",
                             SHIM_X(shim_plan_block(plan, i, &guest).base));
    return SHIM_OK;
}

static enum shim_code check_cells(const struct shim_plan *plan, struct shim_error *error)
{
    enum shim_code code = check_block_cells(plan, error);

    for (uint32_t i = 0; !code && i < plan->module_count; i++)
        if (!(plan->domain && shim_xen_goes_into_domain(&plan->modules[i])) &&
            (plan->modules[i].node != SHIM_NONE || is_carried(plan, &plan->modules[i])))
            code = check_module_cells(plan, &plan->modules[i], error);
    return code;
}

/* dom0's side: what Xen does with the devices of the host's tree. */
static enum shim_code decide_dom0(struct shim_plan *plan, struct shim_error *error)
{
    enum shim_code code = shim_xen_place(plan, error);

    if (!code)
        code = shim_xen_decide_mends(plan, error);
    if (!code)
        shim_xen_decide_iommus(plan);
    return code;
}

static void note_command_line(struct shim_plan *plan)
{
    const char *line = shim_xen_bootargs(plan);

    if (line && *line)
        shim_note(plan, SHIM_DECISION, pass, SHIM_NONE,
                  shim_say(plan->arena, "Xen's command line: %s", line),
                  plan->domain ? "there is no dom0, and no dom0_mem="
                               : "dom0_mem= is the plan's, all else is kept");
}

static enum shim_code decide(struct shim_plan *plan, struct shim_error *error)
{
    enum shim_code code = check_base(plan, error);

    if (!code)
        code = check_contents(plan, error);
    if (!code)
        code = plan->domain ? shim_xen_decide_domain(plan, error) : decide_dom0(plan, error);
    if (!code)
        code = check_cells(plan, error);
    if (!code)
        code = check_command_line(plan, error);
    if (!code)
        note_command_line(plan);
    return code;
}

/* ---- write -------------------------------------------------------------------- */

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

static void put_compatible(struct shim_edits *edits, struct shim_cursor node,
                           enum shim_module_kind kind)
{
    static const char kernel[] = "multiboot,kernel\0multiboot,module";
    static const char ramdisk[] = "multiboot,ramdisk\0multiboot,module";

    if (kind == SHIM_MODULE_XEN)
        shim_put_string(edits, node, "compatible", "dtshim,hypervisor");
    else if (kind == SHIM_MODULE_KERNEL)
        shim_put(edits, node, "compatible", kernel, sizeof(kernel));
    else
        shim_put(edits, node, "compatible", ramdisk, sizeof(ramdisk));
}

/* Where /chosen has ranges, Xen would take its own node for a device of dom0's. */
static void keep_from_dom0(struct shim_edits *edits, struct shim_cursor xen)
{
    shim_put(edits, xen, "xen,passthrough", "", 0);
}

static void move_node(const struct shim_plan *plan, struct shim_edits *edits,
                      const struct shim_module *module)
{
    struct shim_cells cells = module_cells(plan, plan->tree->nodes[module->node].parent);
    struct shim_range place = { module->to, module->from.size };

    if (needs_kind(plan, module))
        put_compatible(edits, shim_cursor(module->node), module->kind);
    if (module->kind == SHIM_MODULE_XEN)
        keep_from_dom0(edits, shim_cursor(module->node));
    if (module->to == module->from.base)
        return;
    shim_rename(edits, module->node,
                name_at(plan, shim_node_name(plan->tree, module->node), module->to));
    shim_put_reg(edits, shim_cursor(module->node), "reg", cells, &place, 1);
}

static void add_module_node(const struct shim_plan *plan, struct shim_edits *edits,
                            struct shim_cursor chosen, struct shim_cells cells,
                            const struct shim_module *module)
{
    const char *base = module->kind == SHIM_MODULE_XEN ? "hypervisor" : "module";
    struct shim_range place = { module->to, module->from.size };
    struct shim_cursor node =
        shim_open(edits, chosen, shim_say(plan->arena, "%s@%llx", base, SHIM_X(module->to)));

    put_compatible(edits, node, module->kind);
    shim_put_reg(edits, node, "reg", cells, &place, 1);
    if (module->kind == SHIM_MODULE_XEN)
        keep_from_dom0(edits, node);
    shim_close(edits, node);
}

static void put_chosen(const struct shim_plan *plan, struct shim_edits *edits,
                       struct shim_cursor chosen)
{
    const struct shim_steering *steering = &plan->steering;
    const char *dom0 = shim_dom0_bootargs(plan);
    const char *xen = shim_xen_bootargs(plan);

    if (xen && (*xen || !plan->domain))
        shim_put_string(edits, chosen, "xen,xen-bootargs", xen);
    if (dom0 && !plan->domain)
        shim_put_string(edits, chosen, "xen,dom0-bootargs", dom0);
    if (steering->heap_count)
        shim_put_reg(edits, chosen, "xen,static-heap", shim_cells(plan->tree, SHIM_ROOT),
                     steering->heap, steering->heap_count);
}

/*
 * /chosen says its cells itself: Xen would inherit them from the root, the
 * specification would not.
 */
static struct shim_cells put_cells(const struct shim_plan *plan, struct shim_edits *edits,
                                   struct shim_cursor chosen)
{
    struct shim_cells cells = module_cells(plan, chosen.node);

    shim_put_u32(edits, chosen, "#address-cells", cells.address);
    shim_put_u32(edits, chosen, "#size-cells", cells.size);
    return cells;
}

static void write_modules(const struct shim_plan *plan, struct shim_edits *edits,
                          struct shim_cursor chosen)
{
    struct shim_cells cells = { 0 };

    if (!plan->payload_assumed || plan->domain)
        cells = put_cells(plan, edits, chosen);
    for (uint32_t i = 0; i < plan->module_count; i++) {
        const struct shim_module *module = &plan->modules[i];

        if (plan->domain && shim_xen_goes_into_domain(module))
            continue;
        if (module->node != SHIM_NONE)
            move_node(plan, edits, module);
        else if (is_carried(plan, module))
            add_module_node(plan, edits, chosen, cells, module);
    }
}

/*
 * With a static heap Xen lists the banks it met before /chosen as reserved
 * memory of dom0's (4.17 and later), so /chosen has to come first.
 */
static void order_chosen(const struct shim_plan *plan, struct shim_edits *edits)
{
    uint32_t chosen = shim_child(plan->tree, SHIM_ROOT, "chosen");
    uint32_t reserved = shim_child(plan->tree, SHIM_ROOT, "reserved-memory");

    if (plan->steering.heap_count && chosen != SHIM_NONE && reserved != SHIM_NONE &&
        reserved < chosen)
        shim_move_behind(edits, reserved, chosen);
}

static void write(const struct shim_plan *plan, struct shim_edits *edits)
{
    struct shim_cursor chosen;

    if (plan->ram_told)
        shim_write_memory(plan, edits, plan->ram.at, plan->ram.count);
    else
        shim_write_memory_types(plan, edits);
    shim_write_tags(plan, edits);
    shim_write_sram_map(plan, edits);
    if (plan->domain) {
        shim_xen_write_given(plan, edits);
    } else {
        shim_xen_write_iommus(plan, edits);
        shim_xen_write_mends(plan, edits);
    }
    order_chosen(plan, edits);
    for (uint32_t i = 0; i < plan->steering.plug_count; i++)
        shim_add_reserve(edits, plan->steering.plugs[i]);
    chosen = shim_open_first(edits, shim_cursor(SHIM_ROOT), "chosen");
    put_chosen(plan, edits, chosen);
    write_modules(plan, edits, chosen);
    if (plan->domain)
        shim_xen_write_domain(plan, edits, chosen, module_cells(plan, chosen.node));
    shim_write_record(plan, edits, chosen);
    shim_close(edits, chosen);
}

const struct shim_contract shim_contract_xen = {
    .name = "xen",
    .who = "stock Xen 4.17 and later",
    .slack_min = 16 << 10, /* dom0's tree is built in totalsize + 144 bytes (4.17) */
    .tree_max = 2 << 20,   /* MAX_FDT_SIZE */
    .decide = decide,
    .write = write,
};
