// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <dtshim/check.h>

#include "../lib/mem.h"
#include "xen_args.h"

__attribute__((format(printf, 4, 5)))
static void breach(struct shim_check *check, const struct shim_rule *rule, uint32_t node,
                   const char *format, ...)
{
    char words[256];
    struct shim_text text = shim_text(words, sizeof(words));
    va_list args;

    va_start(args, format);
    shim_text_format(&text, format, args);
    va_end(args);
    check->broken++;
    check->breach(check->self, rule, node, words);
}

static uint32_t record_of(const struct shim_check *check)
{
    return shim_node_at(check->tree, "/chosen/dtshim/record");
}

static bool was_applied_for(const struct shim_check *check, enum shim_contract_id contract)
{
    return record_of(check) != SHIM_NONE &&
           check->policy->value[SHIM_POLICY_CONTRACT] == contract;
}

static void memory_type(struct shim_check *check, const struct shim_rule *rule)
{
    const struct shim_tree *tree = check->tree;

    for (uint32_t child = shim_first_child(tree, SHIM_ROOT); child != SHIM_NONE;
         child = shim_next_child(tree, child))
        if (shim_node_named(tree, child, "memory") && shim_prop(tree, child, SHIM_REG).at &&
            !shim_prop(tree, child, SHIM_DEVICE_TYPE).at)
            breach(check, rule, child, "has no device_type");
}

/* Is the node's reg exactly the block (u64 base, u64 size)? */
static bool says(const struct shim_tree *tree, uint32_t node, struct shim_span block)
{
    struct shim_span reg = shim_prop(tree, node, SHIM_REG);
    struct shim_cells cells = shim_cells(tree, SHIM_ROOT);
    uint64_t base, size;

    return reg.len == 4 * (size_t)(cells.address + cells.size) &&
           shim_read_cells(reg.at, cells.address, &base) &&
           shim_read_cells(reg.at + 4 * (size_t)cells.address, cells.size, &size) &&
           base == shim_be64(block.at) && size == shim_be64(block.at + 8);
}

static void memory_record(struct shim_check *check, const struct shim_rule *rule)
{
    const struct shim_tree *tree = check->tree;
    struct shim_span block;

    if (!was_applied_for(check, SHIM_CONTRACT_NATIVE))
        return;
    block = shim_prop_named(tree, record_of(check), "dom0-memory");
    if (block.len != 16) {
        breach(check, rule, record_of(check), "dom0-memory is no pair of base and size");
        return;
    }
    for (uint32_t child = shim_first_child(tree, SHIM_ROOT); child != SHIM_NONE;
         child = shim_next_child(tree, child))
        if (shim_node_named(tree, child, "memory") && !says(tree, child, block))
            breach(check, rule, child, "reg is not the record's dom0-memory");
}

static void chosen_order(struct shim_check *check, const struct shim_rule *rule)
{
    uint32_t chosen = shim_child(check->tree, SHIM_ROOT, "chosen");
    uint32_t reserved = shim_child(check->tree, SHIM_ROOT, "reserved-memory");

    if (chosen != SHIM_NONE && reserved != SHIM_NONE && reserved < chosen &&
        shim_prop(check->tree, chosen, SHIM_STATIC_HEAP).at)
        breach(check, rule, reserved, "stands before /chosen, which has xen,static-heap");
}

static void slack(struct shim_check *check, const struct shim_rule *rule)
{
    struct shim_edits none;
    size_t packed;

    if (!was_applied_for(check, SHIM_CONTRACT_XEN))
        return;
    shim_edits_init(&none, check->tree, NULL);
    packed = shim_splice_size(&none, 0);
    if (check->tree->total < packed + 4096)
        breach(check, rule, SHIM_NONE, "the tree ends with less than 4 KiB of room");
}

static void tag_proven(struct shim_check *check, const struct shim_rule *rule)
{
    for (uint32_t node = 0; node < check->tree->node_count; node++)
        if (shim_prop(check->tree, node, SHIM_XEN_DMA_SAFE).at &&
            check->plan->dma[node] != SHIM_DMA_PROTECTED)
            breach(check, rule, node, "carries xen-dma-safe, and nothing proves it");
}

static void offset_sound(struct shim_check *check, const struct shim_rule *rule)
{
    const struct shim_tree *tree = check->tree;
    uint32_t node = shim_child(tree, SHIM_ROOT, "hypervisor");
    struct shim_span offset;
    uint64_t value, recorded;
    struct shim_span record;

    if (node == SHIM_NONE || !(offset = shim_prop(tree, node, SHIM_DMA_OFFSET)).at)
        return;
    if (offset.len != 4 * (size_t)shim_cells(tree, SHIM_ROOT).address ||
        !shim_read_cells(offset.at, (uint32_t)offset.len / 4, &value)) {
        breach(check, rule, node, "dma-offset has %u bytes, the root's #address-cells ask for %u",
               (unsigned)offset.len, 4 * shim_cells(tree, SHIM_ROOT).address);
        return;
    }
    if (!value)
        breach(check, rule, node, "dma-offset is zero");
    if (record_of(check) == SHIM_NONE)
        return;
    record = shim_prop_named(tree, record_of(check), "offset");
    recorded = record.len == 8 ? shim_be64(record.at) : 0;
    if (recorded != value)
        breach(check, rule, node, "dma-offset is 0x%llx, the record says 0x%llx", SHIM_X(value),
               SHIM_X(recorded));
}

static void hypervisor_twice(struct shim_check *check, const struct shim_rule *rule)
{
    uint32_t node = shim_child(check->tree, SHIM_ROOT, "hypervisor");

    if (node != SHIM_NONE && !was_applied_for(check, SHIM_CONTRACT_NATIVE) &&
        !shim_compatible(check->tree, node, "xen,xen"))
        breach(check, rule, node, "is not compatible with \"xen,xen\"");
}

static void command_line(struct shim_check *check, const struct shim_rule *rule)
{
    uint32_t chosen = shim_child(check->tree, SHIM_ROOT, "chosen");
    struct shim_span line = { 0 };

    if (chosen != SHIM_NONE)
        line = shim_prop(check->tree, chosen, SHIM_XEN_BOOTARGS);
    if (line.len > SHIM_XEN_CMDLINE_MAX)
        breach(check, rule, chosen, "xen,xen-bootargs has %u characters", (unsigned)line.len - 1);
}

const struct shim_rule shim_rules[] = {
    { "memory-type", "Xen 4.17 panics on a memory node without device_type, later ones see no RAM",
      "add device_type = \"memory\"", memory_type },
    { "memory-record", "dom0 would be given other memory than was planned",
      "apply again from the original tree", memory_record },
    { "chosen-order", "Xen lists its static heap as dom0's memory, and dom0 dies",
      "put /chosen before /reserved-memory", chosen_order },
    { "slack", "Xen builds dom0's tree in the size of this one and panics when it is full",
      "leave 16 KiB: dtc -S, or apply again", slack },
    { "tag-proven", "a driver that trusts the tag corrupts memory silently",
      "take xen-dma-safe away, or name the driver in iommu-drivers", tag_proven },
    { "offset-sound", "DMA goes to the wrong addresses",
      "apply again from the original tree", offset_sound },
    { "hypervisor-twice", "Xen adds a second /hypervisor, and dom0's kernel reads the wrong one",
      "remove the node", hypervisor_twice },
    { "command-line", "Xen panics on command lines of 1024 characters and more",
      "shorten it", command_line },
};
const unsigned shim_rule_count = sizeof(shim_rules) / sizeof(shim_rules[0]);

void shim_check_all(struct shim_check *check)
{
    for (unsigned i = 0; i < shim_rule_count; i++)
        shim_rules[i].run(check, &shim_rules[i]);
}
