// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * xen: stock Xen 4.17 and later, unmodified. Everything is said with what it
 * already reads: module nodes, command lines, xen,static-heap, /memreserve/.
 * /hypervisor is left alone: Xen makes its own, and a host node of that name
 * would be duplicated.
 */
#include "shim/xen/contract.h"

#include "shim/plan/block.h"
#include "shim/plan/contract.h"
#include "shim/plan/pass.h"
#include "shim/plan/write.h"
#include "shim/xen/args.h"
#include "shim/xen/banks.h"
#include "shim/xen/board_notes.h"
#include "shim/xen/domain/domain.h"
#include "shim/xen/domain/passthrough.h"
#include "shim/xen/memory.h"
#include "shim/xen/modules.h"
#include "shim/xen/nearest.h"
#include "shim/xen/payload.h"
#include "shim/xen/place.h"
#include "shim/xen/plan.h"
#include "shim/xen/promise.h"
#include "shim/xen/release_notes.h"
#include "shim/xen/trap/iommu.h"
#include "shim/xen/traps.h"

static const enum shim_pass_id pass = SHIM_PASS_CONTRACT;

enum { DOM0_TREE_BYTES = 4 << 20 }; /* dom0's tree, with its alignment */

/* ---- decide ---------------------------------------------------------------- */

/*
 * Xen copies kernel and ramdisk into dom0's memory and adds a tree
 * (place_modules(), kernel.c of 4.17).
 */
static enum shim_code check_contents(const struct shim_plan *plan, struct shim_error *error)
{
    struct shim_asker asker = shim_asker_of_size(plan);
    uint64_t needed = DOM0_TREE_BYTES;

    for (uint32_t i = 0; i < plan->module_count; i++)
        if (plan->modules[i].kind == SHIM_MODULE_KERNEL ||
            plan->modules[i].kind == SHIM_MODULE_RAMDISK)
            needed += plan->modules[i].room;
    if (needed <= plan->dom0.size || plan->payload_assumed)
        return SHIM_OK;
    return shim_fail(error, SHIM_E_DOM0_SIZE, asker.path, asker.property, "make dom0-mem larger",
                     "kernel, ramdisk and tree need %s, dom0 has %s", SHIM_SIZE(needed),
                     SHIM_SIZE(plan->dom0.size));
}

/* xen,static-mem is in the cells of /chosen. */
static enum shim_code check_block_cells(const struct shim_plan *plan, struct shim_error *error)
{
    struct shim_cells cells = shim_module_cells(plan, shim_child(plan->tree, SHIM_ROOT, "chosen"));
    uint64_t guest;

    for (uint32_t i = 0; plan->domain && i < shim_plan_block_count(plan); i++)
        if (cells.address == 1 && shim_range_end(shim_plan_block(plan, i, &guest)) >> 32)
            return shim_fail(error, SHIM_E_PLACEMENT, "/chosen", "#address-cells",
                             "set #address-cells of /chosen to 2",
                             "one cell cannot hold the domain's machine block at 0x%llx",
                             SHIM_X(shim_plan_block(plan, i, &guest).base));
    return SHIM_OK;
}

static enum shim_code check_cells(const struct shim_plan *plan, struct shim_error *error)
{
    enum shim_code code = check_block_cells(plan, error);

    for (uint32_t i = 0; !code && i < plan->module_count; i++)
        if (!(plan->domain && shim_xen_goes_into_domain(&plan->modules[i])))
            code = shim_check_module_cells(plan, &plan->modules[i], plan->modules[i].to, error);
    return code;
}

/* dom0's side: what Xen does with the devices of the host's tree. */
static enum shim_code decide_dom0(struct shim_plan *plan, struct shim_error *error)
{
    enum shim_code code = shim_xen_place(plan, error);

    return code ? code : shim_decide_traps_of_dom0(plan, error);
}

static void note_command_line(struct shim_plan *plan)
{
    const char *line = shim_xen_bootargs(plan);

    if (line && *line)
        shim_note(plan, SHIM_DECISION, pass, SHIM_NONE,
                  shim_say(plan->arena, "Xen's command line: %s", line),
                  plan->domain ? "there is no dom0, so no dom0_mem="
                               : "dom0_mem= is from the plan, the rest is kept");
}

/* What no place would mend. */
static enum shim_code check_input(struct shim_plan *plan, struct shim_error *error)
{
    enum shim_code code = shim_check_lines(plan, error);

    if (!code)
        code = shim_decide_traps_first(plan, error);
    return code ? code : check_contents(plan, error);
}

static enum shim_code decide(struct shim_plan *plan, struct shim_error *error)
{
    return plan->domain ? shim_xen_decide_domain(plan, error) : decide_dom0(plan, error);
}

static enum shim_code check_output(struct shim_plan *plan, struct shim_error *error)
{
    enum shim_code code = check_cells(plan, error);

    if (!code)
        code = shim_decide_traps_last(plan, error);
    if (!code)
        note_command_line(plan);
    return code;
}

/* ---- write -------------------------------------------------------------------- */

static void put_chosen(const struct shim_plan *plan, struct shim_edits *edits,
                       struct shim_cursor chosen)
{
    const struct shim_steering *steering = &plan->xen->steering;
    const char *dom0 = shim_dom0_bootargs(plan);
    const char *xen = shim_xen_bootargs(plan);

    if (xen && (*xen || !plan->domain))
        shim_put_string(edits, chosen, "xen,xen-bootargs", xen);
    if (dom0 && !plan->domain)
        shim_put_string(edits, chosen, "xen,dom0-bootargs", dom0);
    if (steering->heap_count)
        shim_put_banks(plan, edits, chosen, "xen,static-heap", steering->heap,
                       steering->heap_count);
    else if (chosen.node != SHIM_NONE)
        shim_delete_prop(edits, chosen.node, SHIM_STATIC_HEAP);
}

static void write_modules(const struct shim_plan *plan, struct shim_edits *edits,
                          struct shim_cursor chosen)
{
    if (!plan->payload_assumed || plan->domain)
        shim_put_module_cells(plan, edits, chosen);
    for (uint32_t i = 0; i < plan->module_count; i++)
        if (!(plan->domain && shim_xen_goes_into_domain(&plan->modules[i])))
            shim_write_module(plan, edits, chosen, &plan->modules[i], plan->modules[i].to);
}

/* Xen would use what they name as dom0's ramdisk, wherever that is now. */
static bool delete_initrd(const struct shim_plan *plan, struct shim_edits *edits)
{
    uint32_t chosen = shim_child(plan->tree, SHIM_ROOT, "chosen");

    if (chosen == SHIM_NONE || (plan->payload_assumed && !plan->domain))
        return false;
    shim_delete_prop(edits, chosen, SHIM_INITRD_START);
    shim_delete_prop(edits, chosen, SHIM_INITRD_END);
    return true;
}

static void write_reserves(const struct shim_plan *plan, struct shim_edits *edits)
{
    bool ramdisk = delete_initrd(plan, edits);

    if (plan->xen->reserving.rewritten)
        shim_write_reserves(plan, edits, ramdisk);
    else if (ramdisk)
        shim_free_ramdisk(plan, edits);
    for (uint32_t i = 0; i < plan->xen->steering.plug_count; i++)
        shim_add_reserve(edits, plan->xen->steering.plugs[i]);
}

static void write(const struct shim_plan *plan, struct shim_edits *edits,
                  shim_chosen_writer *record)
{
    struct shim_cursor chosen;

    shim_mend_traps_first(plan, edits);
    shim_write_sram_map(plan, edits);
    if (plan->domain) {
        shim_delete_mends(edits);
        shim_xen_write_given(plan, edits);
    } else {
        shim_mend_traps_of_dom0(plan, edits);
    }
    shim_mend_traps_last(plan, edits);
    write_reserves(plan, edits);
    chosen = shim_open_first(edits, shim_cursor(SHIM_ROOT), "chosen");
    put_chosen(plan, edits, chosen);
    write_modules(plan, edits, chosen);
    if (plan->domain)
        shim_xen_write_domain(plan, edits, chosen, shim_module_cells(plan, chosen.node));
    record(plan, edits, chosen);
    shim_close(edits, chosen);
}

/* Xen finds ranges for foreign pages by itself; this is what it should find. */
static enum shim_code take_addresses(struct shim_plan *plan, struct shim_error *error)
{
    enum shim_code code = SHIM_OK;

    if (!shim_wants_regions(plan))
        return SHIM_OK;
    code = shim_begin_taken(plan, 0, error);
    if (!code)
        shim_end_taken(plan);
    return code;
}

static shim_pass *const passes[] = {
    shim_xen_note_releases, shim_xen_memory, shim_xen_note_board, shim_pass_modules, shim_pass_iommu, shim_pass_dma, shim_xen_passthrough,
    shim_pass_told_ram, shim_pass_sram, take_addresses, check_input,
    decide, check_output, NULL,
};

const struct shim_contract shim_contract_xen = {
    .name = "xen",
    .who = "stock Xen 4.17 and later",
    .hypervisor = "Xen",
    .slack_min = SHIM_XEN_SLACK,
    .tree_max = SHIM_XEN_TREE_MAX,
    .guard = &shim_xen_guard,
    .passes = passes,
    .unserved = shim_xen_unserved,
    .elsewhere = shim_xen_nearest,
    .promise = shim_xen_check_promise,
    .write = write,
};
