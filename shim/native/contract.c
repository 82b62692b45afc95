// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * native: a hypervisor that takes dom0's tree as it comes, the design of 2013.
 * /memory has what dom0 sees, /hypervisor how that differs from the machine,
 * and the machine's RAM is in the record.
 */
#include "shim/native/contract.h"

#include "shim/native/beyond.h"
#include "shim/native/memory.h"
#include "shim/native/offset_write.h"
#include "shim/native/passes.h"
#include "shim/native/place.h"
#include "shim/native/plan.h"
#include "shim/plan/pass.h"
#include "shim/plan/write.h"
#include "shim/xen/modules.h"
#include "shim/xen/plain_guard.h"

static const enum shim_pass_id pass = SHIM_PASS_CONTRACT;

static bool says_property(const struct shim_plan *plan)
{
    return plan->policy->value[SHIM_POLICY_OFFSET_IN] != SHIM_OFFSET_IN_DMA_RANGES;
}

static void note_offset(struct shim_plan *plan)
{
    uint64_t offset = shim_plan_offset(plan);

    if (shim_plan_has_offset(plan) && !says_property(plan))
        shim_note(plan, SHIM_DECISION, pass, SHIM_NONE, "no dma-offset",
                  "the policy puts the offset only into dma-ranges");
    else if (shim_plan_has_offset(plan))
        shim_note(plan, SHIM_DECISION, pass, SHIM_NONE,
                  shim_say(plan->arena, "dma-offset 0x%llx in /hypervisor", SHIM_X(offset)),
                  "the bus sees dom0's memory that much above dom0's addresses");
    else
        shim_note(plan, SHIM_DECISION, pass, SHIM_NONE, "no dma-offset",
                  offset ? "every DMA master is protected: guest addresses are bus addresses"
                         : "it would be zero");
}

static enum shim_code decide(struct shim_plan *plan, struct shim_error *error)
{
    note_offset(plan);
    shim_warn_of_those_beyond(plan);
    shim_warn_of_pools(plan);
    return shim_native_has_payload(plan) ? shim_native_place(plan, error) : SHIM_OK;
}

/* The grant table first, then the safe ranges, ascending (arm/xen.txt). */
static void put_regions(const struct shim_plan *plan, struct shim_edits *edits,
                        struct shim_cursor hypervisor)
{
    struct shim_range all[SHIM_REGIONS_MAX + 1];
    uint32_t count = 0;

    if (!plan->native->grants.size) {
        if (hypervisor.node != SHIM_NONE)
            shim_delete_prop(edits, hypervisor.node, SHIM_REG);
        return;
    }
    all[count++] = plan->native->grants;
    for (uint32_t i = 0; i < plan->native->region_count; i++)
        all[count++] = plan->native->regions[i];
    shim_put_reg(edits, hypervisor, "reg", shim_cells(plan->tree, SHIM_ROOT), all, count);
}

static void write_hypervisor(const struct shim_plan *plan, struct shim_edits *edits)
{
    struct shim_cursor node = shim_open(edits, shim_cursor(SHIM_ROOT), "hypervisor");
    struct shim_span compatible = plan->policy->list[SHIM_POLICY_HYPERVISOR];

    shim_put(edits, node, "compatible", compatible.at, compatible.len);
    put_regions(plan, edits, node);
    if (!shim_plan_has_offset(plan) || !says_property(plan)) {
        if (node.node != SHIM_NONE)
            shim_delete_prop(edits, node.node, SHIM_DMA_OFFSET);
    } else if (shim_cells(plan->tree, SHIM_ROOT).address == 1) {
        shim_put_u32(edits, node, "dma-offset", (uint32_t)shim_plan_offset(plan));
    } else {
        shim_put_u64(edits, node, "dma-offset", shim_plan_offset(plan));
    }
    shim_close(edits, node);
}

static void write(const struct shim_plan *plan, struct shim_edits *edits,
                  shim_chosen_writer *record)
{
    struct shim_cursor chosen;

    shim_write_tags(plan, edits);
    shim_write_memory(plan, edits, &plan->dom0, 1);
    write_hypervisor(plan, edits);
    shim_write_sram_map(plan, edits);
    shim_delete_mends(edits);
    shim_write_offset(plan, edits);
    shim_move_addresses(plan, edits);
    chosen = shim_open_first(edits, shim_cursor(SHIM_ROOT), "chosen");
    if (shim_native_has_payload(plan))
        shim_native_write_payload(plan, edits, chosen);
    record(plan, edits, chosen);
    shim_close(edits, chosen);
}

static enum shim_code note_unused(struct shim_plan *plan, struct shim_error *error)
{
    (void)error;
    shim_note_unused(plan, false);
    return SHIM_OK;
}

static shim_pass *const passes[] = {
    shim_native_memory, shim_pass_modules, shim_pass_iommu, shim_pass_dma, shim_native_offset,
    note_unused, shim_pass_told_ram, shim_native_moves, shim_pass_sram, shim_native_regions,
    decide, NULL,
};

const struct shim_contract shim_contract_native = {
    .name = "native",
    .who = "a hypervisor that takes dom0's tree as it comes",
    .hypervisor = "hypervisor",
    .kernel_in_place = true,
    .payload_optional = true,
    .slack_min = 0,
    .guard = &shim_plain_guard,
    .passes = passes,
    .write = write,
};
