// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * native: a hypervisor that takes dom0's tree as it comes, the design of 2013.
 * /memory says what dom0 sees, /hypervisor how that differs from the machine,
 * and the machine's RAM stands in the record.
 */
#include <dtshim/address.h>
#include <dtshim/contract.h>

#include "common.h"

static const char pass[] = "native";

/*
 * Guest memory that does not lie where the machine's does may cover what the
 * tree says at the same addresses.
 */
static enum shim_code check_guest_block(struct shim_plan *plan, struct shim_error *error)
{
    const struct shim_tree *tree = plan->tree;
    uint64_t at;

    if (plan->layout == SHIM_LAYOUT_DIRECT)
        return SHIM_OK;
    if (shim_ranges_meeting(&plan->reserved, plan->dom0))
        shim_note(plan, SHIM_WARNING, pass, SHIM_NONE,
                  "dom0's guest memory covers addresses that the tree reserves",
                  "reserved regions stay at machine addresses: the hypervisor must not map them "
                  "there, or dom0-base must be another");
    for (uint32_t node = 1; node < tree->node_count; node++)
        if (plan->dma[node] != SHIM_DMA_NONE && shim_device_address(tree, node, &at) &&
            shim_range_overlaps(plan->dom0, (struct shim_range){ at, 1 }))
            return shim_fail(error, SHIM_E_BASE, SHIM_PATH(tree, node), "reg",
                             "choose a dom0-base whose block is free of devices",
                             "lies at 0x%llx, inside dom0's guest memory", SHIM_X(at));
    return SHIM_OK;
}

static enum shim_code decide(struct shim_plan *plan, struct shim_error *error)
{
    struct shim_cells cells = shim_cells(plan->tree, SHIM_ROOT);
    uint64_t offset = shim_plan_offset(plan);

    if (cells.size == 1 && plan->dom0.size >> 32)
        return shim_fail(error, SHIM_E_DOM0_SIZE, "/", "#size-cells",
                         "give dom0 less than 4 GiB, or the root two size cells",
                         "one size cell cannot say %s", SHIM_SIZE(plan->dom0.size));
    if (plan->policy->value[SHIM_POLICY_OFFSET_IN] != SHIM_OFFSET_IN_PROPERTY)
        return shim_fail(error, SHIM_E_UNSUPPORTED, "policy", "offset-in",
                         "leave offset-in at property",
                         "this version writes the offset as a property only");
    if (shim_plan_has_offset(plan))
        shim_note(plan, SHIM_DECISION, pass, SHIM_NONE,
                  shim_say(plan->arena, "dma-offset 0x%llx in /hypervisor", SHIM_X(offset)),
                  "the bus sees dom0's memory that much above what dom0 calls it");
    else
        shim_note(plan, SHIM_DECISION, pass, SHIM_NONE, "no dma-offset",
                  offset ? "every DMA master is protected: guest addresses are bus addresses"
                         : "it would be zero");
    return check_guest_block(plan, error);
}

static void write_memory(const struct shim_plan *plan, struct shim_edits *edits)
{
    shim_write_memory(plan, edits, &plan->dom0, 1);
}

static void write_hypervisor(const struct shim_plan *plan, struct shim_edits *edits)
{
    struct shim_cursor node = shim_open(edits, shim_cursor(SHIM_ROOT), "hypervisor");
    struct shim_span compatible = plan->policy->list[SHIM_POLICY_HYPERVISOR];

    shim_put(edits, node, "compatible", compatible.at, compatible.len);
    if (!shim_plan_has_offset(plan)) {
        if (node.node != SHIM_NONE)
            shim_delete_prop(edits, node.node, SHIM_DMA_OFFSET);
    } else if (shim_cells(plan->tree, SHIM_ROOT).address == 1) {
        shim_put_u32(edits, node, "dma-offset", (uint32_t)shim_plan_offset(plan));
    } else {
        shim_put_u64(edits, node, "dma-offset", shim_plan_offset(plan));
    }
    shim_close(edits, node);
}

static void write(const struct shim_plan *plan, struct shim_edits *edits)
{
    struct shim_cursor chosen;

    write_memory(plan, edits);
    write_hypervisor(plan, edits);
    shim_write_tags(plan, edits);
    chosen = shim_open_first(edits, shim_cursor(SHIM_ROOT), "chosen");
    shim_write_record(plan, edits, chosen);
    shim_close(edits, chosen);
}

const struct shim_contract shim_contract_native = {
    .name = "native",
    .who = "a hypervisor that takes dom0's tree as it comes",
    .slack_min = 0,
    .decide = decide,
    .write = write,
};
