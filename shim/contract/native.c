// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * native: a hypervisor that takes dom0's tree as it comes, the design of 2013.
 * /memory says what dom0 sees, /hypervisor how that differs from the machine,
 * and the machine's RAM stands in the record.
 */
#include <dtshim/address.h>
#include <dtshim/contract.h>

#include "common.h"
#include "native_offset.h"

static const char pass[] = "native";

/* Memory is no device: where it may lie, others have checked. */
static bool is_memory(const struct shim_plan *plan, uint32_t node)
{
    for (uint32_t i = 0; i < plan->memory_node_count; i++)
        if (node == plan->memory_nodes[i])
            return true;
    return shim_node_named(plan->tree, node, "hypervisor");
}

/* A device in use whose registers the range meets; SHIM_NONE: there is none. */
static uint32_t device_in(const struct shim_plan *plan, struct shim_range range)
{
    const struct shim_tree *tree = plan->tree;
    struct shim_entry entry;
    struct shim_range at;

    for (uint32_t node = 1; node < tree->node_count; node++) {
        struct shim_entries entries = shim_reg_entries(tree, node);

        if (shim_node_named(tree, node, "reserved-memory"))
            node = tree->nodes[node].past - 1;
        else if (!is_memory(plan, node) && shim_available(tree, node))
            while (shim_next_entry(&entries, &entry))
                if (shim_reg_to_cpu(tree, node, &entry, &at) && shim_range_overlaps(at, range))
                    return node;
    }
    return SHIM_NONE;
}

/* Devices are mapped at their own addresses: guest memory must not cover them. */
static enum shim_code check_guest_block(struct shim_plan *plan, struct shim_error *error)
{
    uint32_t node = SHIM_NONE;

    if (plan->layout == SHIM_LAYOUT_OFFSET)
        node = device_in(plan, plan->dom0);
    if (node == SHIM_NONE)
        return SHIM_OK;
    return shim_fail(error, SHIM_E_BASE, SHIM_PATH(plan->tree, node), "reg",
                     "choose a dom0-base whose block is free of devices",
                     "lies inside dom0's guest memory 0x%llx-0x%llx", SHIM_X(plan->dom0.base),
                     SHIM_X(shim_range_end(plan->dom0) - 1));
}

/* ---- reserved memory ------------------------------------------------------------ */

/* The guest address that the offset gives a machine address; false: there is none. */
static bool to_guest(const struct shim_plan *plan, struct shim_range *range)
{
    uint64_t down = plan->machine_base - plan->dom0.base;
    bool below = plan->machine_base > plan->dom0.base && range->base < down;

    range->base -= down;
    return !below && !shim_range_wraps(*range) && shim_range_end(*range) <= plan->guest_limit;
}

/*
 * Reserved RAM lies as far from dom0's memory in guest as in machine addresses,
 * so that one offset is right for both. What is no RAM stays where it is, and so
 * does what has no place: then dom0's memory must not cover it.
 */
static enum shim_code place_reserved(const struct shim_plan *plan, uint32_t node,
                                     struct shim_range from, struct shim_range *to,
                                     struct shim_error *error)
{
    *to = from;
    if (shim_ranges_holding(&plan->ram, from) && to_guest(plan, to) &&
        device_in(plan, *to) == SHIM_NONE)
        return SHIM_OK;
    *to = from;
    if (!shim_range_overlaps(from, plan->dom0))
        return SHIM_OK;
    return shim_fail(error, SHIM_E_BASE,
                     node == SHIM_NONE ? "/memreserve/" : SHIM_PATH(plan->tree, node), NULL,
                     "choose a dom0-base or machine-base that leaves it free",
                     "0x%llx-0x%llx would lie under dom0's guest memory, and the offset gives it "
                     "no other place", SHIM_X(from.base), SHIM_X(shim_range_end(from) - 1));
}

static struct shim_moved *new_moved(struct shim_plan *plan, uint32_t node, uint32_t count)
{
    struct shim_moved *moved = shim_alloc(plan->arena, 1, sizeof(*moved));
    struct shim_range *ranges = shim_alloc(plan->arena, count, 2 * sizeof(*ranges));

    if (!moved || !ranges)
        return NULL;
    *moved = (struct shim_moved){ plan->moved, node, ranges, ranges + count, 0 };
    plan->moved = moved;
    return moved;
}

static enum shim_code add_moved(struct shim_plan *plan, struct shim_moved *moved,
                                struct shim_range from, struct shim_error *error)
{
    moved->from[moved->count] = from;
    return place_reserved(plan, moved->node, from, &moved->to[moved->count++], error);
}

static enum shim_code no_memory(struct shim_error *error)
{
    return shim_fail(error, SHIM_E_MEMORY, "", NULL, "give dtshim more memory",
                     "no room to move the reserved memory");
}

static enum shim_code place_memreserve(struct shim_plan *plan, struct shim_error *error)
{
    enum shim_code code = SHIM_OK;

    for (uint32_t i = 0; !code && i < plan->tree->reserve_count; i++) {
        const uint8_t *entry = plan->tree->reserve + 16 * (size_t)i;
        struct shim_moved *moved = new_moved(plan, SHIM_NONE, 1);

        code = moved ? add_moved(plan, moved,
                                 (struct shim_range){ shim_be64(entry), shim_be64(entry + 8) },
                                 error)
                     : no_memory(error);
    }
    return code;
}

static enum shim_code place_region(struct shim_plan *plan, uint32_t node, struct shim_error *error)
{
    struct shim_entries entries = shim_reg_entries(plan->tree, node);
    struct shim_moved *moved = new_moved(plan, node, (uint32_t)(entries.rest.len / 8));
    enum shim_code code = moved ? SHIM_OK : no_memory(error);
    struct shim_entry entry;

    while (!code && shim_next_entry(&entries, &entry))
        code = add_moved(plan, moved, (struct shim_range){ entry.address, entry.size }, error);
    return code;
}

static enum shim_code place_all_reserved(struct shim_plan *plan, struct shim_error *error)
{
    uint32_t parent = shim_child(plan->tree, SHIM_ROOT, "reserved-memory");
    enum shim_code code = SHIM_OK;

    if (plan->layout != SHIM_LAYOUT_OFFSET)
        return SHIM_OK;
    code = place_memreserve(plan, error);
    for (uint32_t node = parent + 1;
         !code && parent != SHIM_NONE && node < plan->tree->nodes[parent].past; node++)
        if (shim_prop(plan->tree, node, SHIM_REG).len)
            code = place_region(plan, node, error);
    return code;
}

/* ---- decide ------------------------------------------------------------------------- */

static bool says_property(const struct shim_plan *plan)
{
    return plan->policy->value[SHIM_POLICY_OFFSET_IN] != SHIM_OFFSET_IN_DMA_RANGES;
}

static enum shim_code decide(struct shim_plan *plan, struct shim_error *error)
{
    struct shim_cells cells = shim_cells(plan->tree, SHIM_ROOT);
    uint64_t offset = shim_plan_offset(plan);
    enum shim_code code;

    if (cells.size == 1 && plan->dom0.size >> 32)
        return shim_fail(error, SHIM_E_DOM0_SIZE, "/", "#size-cells",
                         "give dom0 less than 4 GiB, or the root two size cells",
                         "one size cell cannot say %s", SHIM_SIZE(plan->dom0.size));
    if (shim_plan_has_offset(plan) && !says_property(plan))
        shim_note(plan, SHIM_DECISION, pass, SHIM_NONE, "no dma-offset",
                  "the policy puts the offset into dma-ranges alone");
    else if (shim_plan_has_offset(plan))
        shim_note(plan, SHIM_DECISION, pass, SHIM_NONE,
                  shim_say(plan->arena, "dma-offset 0x%llx in /hypervisor", SHIM_X(offset)),
                  "the bus sees dom0's memory that much above what dom0 calls it");
    else
        shim_note(plan, SHIM_DECISION, pass, SHIM_NONE, "no dma-offset",
                  offset ? "every DMA master is protected: guest addresses are bus addresses"
                         : "it would be zero");
    code = check_guest_block(plan, error);
    return code ? code : place_all_reserved(plan, error);
}

/* The grant table first, then the safe ranges, ascending (arm/xen.txt). */
static void put_regions(const struct shim_plan *plan, struct shim_edits *edits,
                        struct shim_cursor hypervisor)
{
    struct shim_range all[SHIM_REGIONS_MAX + 1];
    uint32_t count = 0;

    if (!plan->grants.size)
        return;
    all[count++] = plan->grants;
    for (uint32_t i = 0; i < plan->region_count; i++)
        all[count++] = plan->regions[i];
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

static void write(const struct shim_plan *plan, struct shim_edits *edits)
{
    struct shim_cursor chosen;

    shim_write_memory(plan, edits, &plan->dom0, 1);
    write_hypervisor(plan, edits);
    shim_write_tags(plan, edits);
    shim_write_sram_map(plan, edits);
    shim_write_offset(plan, edits);
    shim_move_addresses(plan, edits);
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
