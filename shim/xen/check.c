// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/xen/check.h"

#include "shim/base/mem.h"
#include "shim/xen/modules.h"
#include "shim/plan/write.h"
#include "shim/xen/args.h"
#include "shim/xen/trap/iommu.h"
#include "shim/xen/devices.h"
#include "shim/xen/release.h"
#include "shim/xen/trap/reserved.h"
#include "shim/xen/trap/trap.h"

void shim_breach(struct shim_check *check, const struct shim_rule *rule, uint32_t node,
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

static bool was_applied_for(const struct shim_check *check, enum shim_contract_id contract)
{
    return check->record->node != SHIM_NONE && shim_policy_for(check->policy, contract);
}

bool shim_has_no_dom0(const struct shim_check *check)
{
    return was_applied_for(check, SHIM_CONTRACT_XEN) && check->plan->layout == SHIM_LAYOUT_OFFSET;
}

static void memory_type(struct shim_check *check, const struct shim_rule *rule)
{
    const struct shim_tree *tree = check->tree;

    for (uint32_t child = shim_first_child(tree, SHIM_ROOT); child != SHIM_NONE;
         child = shim_next_child(tree, child))
        if (shim_node_named(tree, child, "memory") && shim_prop(tree, child, SHIM_REG).at &&
            !shim_prop(tree, child, SHIM_DEVICE_TYPE).at)
            shim_breach(check, rule, child, "has no device_type");
}

/* Is the node's reg exactly the block? */
static bool says(const struct shim_tree *tree, uint32_t node, struct shim_range block)
{
    struct shim_span reg = shim_prop(tree, node, SHIM_REG);
    struct shim_cells cells = shim_cells(tree, SHIM_ROOT);
    uint64_t base, size;

    return reg.len == 4 * (size_t)(cells.address + cells.size) &&
           shim_read_cells(reg.at, cells.address, &base) &&
           shim_read_cells(reg.at + 4 * (size_t)cells.address, cells.size, &size) &&
           base == block.base && size == block.size;
}

static void memory_record(struct shim_check *check, const struct shim_rule *rule)
{
    const struct shim_tree *tree = check->tree;
    struct shim_range block = check->record->dom0;

    if (!was_applied_for(check, SHIM_CONTRACT_NATIVE))
        return;
    if (!block.size) {
        shim_breach(check, rule, check->record->node, "dom0-memory is no pair of base and size");
        return;
    }
    for (uint32_t child = shim_first_child(tree, SHIM_ROOT); child != SHIM_NONE;
         child = shim_next_child(tree, child))
        if (shim_node_named(tree, child, "memory") && !says(tree, child, block))
            shim_breach(check, rule, child, "reg is not the record's dom0-memory");
}

static void chosen_order(struct shim_check *check, const struct shim_rule *rule)
{
    uint32_t chosen = shim_child(check->tree, SHIM_ROOT, "chosen");
    uint32_t reserved = shim_child(check->tree, SHIM_ROOT, "reserved-memory");

    if (chosen != SHIM_NONE && reserved != SHIM_NONE && reserved < chosen &&
        shim_prop(check->tree, chosen, SHIM_STATIC_HEAP).at)
        shim_breach(check, rule, reserved, "stands before /chosen, which has xen,static-heap");
}

static void slack(struct shim_check *check, const struct shim_rule *rule)
{
    struct shim_edits none;
    size_t packed;

    if (!was_applied_for(check, SHIM_CONTRACT_XEN))
        return;
    shim_edits_init(&none, check->tree, NULL);
    packed = shim_splice_size(&none, 0);
    if (check->tree->total < packed + SHIM_XEN_SLACK_LEAST)
        shim_breach(check, rule, SHIM_NONE, "the tree ends with less than %u KiB of room",
                    SHIM_XEN_SLACK_LEAST >> 10);
}

/* A domain's own tree has no IOMMU: what proves the tag is in the host's. */
static void tag_proven(struct shim_check *check, const struct shim_rule *rule)
{
    bool partial = shim_child(check->tree, SHIM_ROOT, "passthrough") != SHIM_NONE;

    for (uint32_t node = 0; !partial && node < check->tree->node_count; node++)
        if (shim_prop(check->tree, node, SHIM_XEN_DMA_SAFE).at &&
            check->plan->board->dma[node] != SHIM_DMA_PROTECTED && shim_tags_count(check->tree, node))
            shim_breach(check, rule, node, "carries xen-dma-safe, and nothing proves it");
}

static void offset_sound(struct shim_check *check, const struct shim_rule *rule)
{
    const struct shim_tree *tree = check->tree;
    uint32_t node = shim_child(tree, SHIM_ROOT, "hypervisor");
    struct shim_span offset = { NULL, 0 };
    uint64_t value;

    if (node != SHIM_NONE)
        offset = shim_prop(tree, node, SHIM_DMA_OFFSET);
    if (!offset.at)
        return;
    if (offset.len != 4 * (size_t)shim_cells(tree, SHIM_ROOT).address ||
        !shim_read_cells(offset.at, (uint32_t)offset.len / 4, &value)) {
        shim_breach(check, rule, node,
                    "dma-offset has %u bytes, the root's #address-cells ask for %u",
                    (unsigned)offset.len, 4 * shim_cells(tree, SHIM_ROOT).address);
        return;
    }
    if (!value)
        shim_breach(check, rule, node, "dma-offset is zero");
    if (check->record->node != SHIM_NONE && check->record->offset != value)
        shim_breach(check, rule, node, "dma-offset is 0x%llx, the record says 0x%llx",
                    SHIM_X(value), SHIM_X(check->record->offset));
}

static void hypervisor_twice(struct shim_check *check, const struct shim_rule *rule)
{
    uint32_t node = shim_child(check->tree, SHIM_ROOT, "hypervisor");

    if (node != SHIM_NONE && !was_applied_for(check, SHIM_CONTRACT_NATIVE) &&
        !shim_compatible(check->tree, node, "xen,xen"))
        shim_breach(check, rule, node, "is not compatible with \"xen,xen\"");
}

static void command_line(struct shim_check *check, const struct shim_rule *rule)
{
    uint32_t chosen = shim_child(check->tree, SHIM_ROOT, "chosen");
    struct shim_span line = { 0 };

    if (chosen != SHIM_NONE)
        line = shim_prop(check->tree, chosen, SHIM_XEN_BOOTARGS);
    if (line.len > SHIM_XEN_CMDLINE_MAX)
        shim_breach(check, rule, chosen, "xen,xen-bootargs has %u characters",
                    (unsigned)line.len - 1);
}

/* ---- what Xen keeps room for ------------------------------------------------------- */

static void bank_count(struct shim_check *check, const struct shim_rule *rule)
{
    uint32_t banks = shim_xen_memory_banks(check->tree);
    uint32_t regions = shim_xen_reserved_banks(check->tree);

    if (banks > SHIM_XEN_BANKS_MAX)
        shim_breach(check, rule, SHIM_NONE, "%u banks of memory", banks);
    if (regions > SHIM_XEN_BANKS_MAX)
        shim_breach(check, rule, shim_child(check->tree, SHIM_ROOT, "reserved-memory"),
                    "%u reserved regions", regions);
}

static void reserved_overlap(struct shim_check *check, const struct shim_rule *rule)
{
    uint32_t other, node = shim_xen_overlapping(check->tree, &other);

    if (node != SHIM_NONE)
        shim_breach(check, rule, node, "overlaps %s", SHIM_PATH(check->tree, other));
}

static bool is_module(const struct shim_tree *tree, uint32_t node)
{
    return shim_compatible(tree, node, "multiboot,module") ||
           shim_compatible(tree, node, "xen,multiboot-module");
}

static void modules_seen(struct shim_check *check, const struct shim_rule *rule)
{
    const struct shim_tree *tree = check->tree;
    uint32_t chosen = shim_child(tree, SHIM_ROOT, "chosen"), count = 0;

    for (uint32_t node = 1; node < tree->node_count; node++) {
        if (!is_module(tree, node))
            continue;
        if (chosen == SHIM_NONE || node <= chosen || node >= tree->nodes[chosen].past ||
            tree->nodes[node].depth > SHIM_XEN_MODULE_DEPTH)
            shim_breach(check, rule, node, "is a module where Xen does not look");
        else if (strlen(shim_node_name(tree, node)) >= SHIM_XEN_NAME_MAX)
            shim_breach(check, rule, node, "has a name of more than %u characters",
                        SHIM_XEN_NAME_MAX - 1);
        else if (++count == SHIM_MODULES_MAX + 1)
            shim_breach(check, rule, node, "is more than the %u modules that Xen takes",
                   SHIM_MODULES_MAX);
    }
}

static void tree_size(struct shim_check *check, const struct shim_rule *rule)
{
    if (check->tree->total > SHIM_XEN_TREE_MAX)
        shim_breach(check, rule, SHIM_NONE, "the tree has %u bytes", check->tree->total);
}

static void memory_depth(struct shim_check *check, const struct shim_rule *rule)
{
    const struct shim_tree *tree = check->tree;

    for (uint32_t node = 1; node < tree->node_count; node++)
        if (tree->nodes[node].depth > 1 && shim_node_named(tree, node, "memory") &&
            shim_xen_banks_at(tree, node))
            shim_breach(check, rule, node, "is named like RAM");
}

static void heap_aligned(struct shim_check *check, const struct shim_rule *rule)
{
    uint32_t chosen = shim_child(check->tree, SHIM_ROOT, "chosen");
    struct shim_cells cells = shim_cells(check->tree, SHIM_ROOT);
    struct shim_entries entries = { .child = cells.address, .size = cells.size };
    struct shim_entry entry;

    if (chosen != SHIM_NONE && cells.address - 1 <= 1 && cells.size <= 2)
        entries.rest = shim_prop(check->tree, chosen, SHIM_STATIC_HEAP);
    while (shim_next_entry(&entries, &entry))
        if ((entry.address | entry.size) % SHIM_XEN_HEAP_ALIGNMENT)
            shim_breach(check, rule, chosen, "xen,static-heap has 0x%llx, 0x%llx bytes",
                   SHIM_X(entry.address), SHIM_X(entry.size));
}

/* ---- addresses ------------------------------------------------------------------------ */

static void ranges_cover(struct shim_check *check, const struct shim_rule *rule)
{
    bool dom0 = !shim_has_no_dom0(check);

    for (uint32_t node = 1; dom0 && node < check->tree->node_count; node++) {
        uint32_t total, sound;

        if (shim_xen_skips(check->plan->board, node)) {
            node = check->tree->nodes[node].past - 1;
            continue;
        }
        sound = shim_xen_sound_entries(check->tree, node, &total);
        if (sound != total)
            shim_breach(check, rule, node, "reg entry %u of %u has no CPU address", sound + 1,
                        total);
    }
}

/* Does a node that is there for it name the page to Xen? */
static bool page_is_named(const struct shim_tree *tree, struct shim_range page)
{
    static const char buses[] = "dtshim-pages\0sram-map\0";

    for (const char *name = buses; *name; name = shim_word(name, 1)) {
        uint32_t bus = shim_child(tree, SHIM_ROOT, name);

        for (uint32_t node = bus + 1; bus != SHIM_NONE && node < tree->nodes[bus].past; node++) {
            struct shim_entries entries = shim_reg_entries(tree, node);
            struct shim_entry entry;

            while (shim_next_entry(&entries, &entry))
                if (shim_range_contains(shim_cut_range(entry.address, entry.size), page))
                    return true;
        }
    }
    return false;
}

static void reg_pages(struct shim_check *check, const struct shim_rule *rule)
{
    const struct shim_tree *tree = check->tree;
    struct shim_entry entry;
    struct shim_range range;

    /* A domain has whole pages by xen,reg. */
    bool whole = shim_child(tree, SHIM_ROOT, "passthrough") != SHIM_NONE || shim_has_no_dom0(check);

    for (uint32_t node = 1; !whole && node < tree->node_count; node++) {
        struct shim_entries entries = shim_reg_entries(tree, node);

        if (shim_xen_skips(check->plan->board, node)) {
            node = tree->nodes[node].past - 1;
            continue;
        }
        while (!shim_xen_keeps(check->plan, node) && shim_next_entry(&entries, &entry)) {
            if (!shim_reg_to_cpu(tree, node, &entry, &range))
                continue;
            range = shim_xen_unmapped_tail(range);
            if (range.size && !shim_ranges_meeting(&check->plan->board->ram, range) &&
                !page_is_named(tree, range))
                shim_breach(check, rule, node, "reg runs into the page at 0x%llx",
                            SHIM_X(range.base));
        }
    }
}

static bool line_has(const struct shim_tree *tree, const char *option)
{
    struct shim_span word = shim_first_word(shim_xen_command_line(tree));
    size_t len = strlen(option);

    while (word.at && (word.len != len || memcmp(word.at, option, len) != 0))
        word = shim_first_word((const char *)word.at + word.len);
    return word.at != NULL;
}

static void root_cells(struct shim_check *check, const struct shim_rule *rule)
{
    if (!shim_has_no_dom0(check) && shim_xen_regions_overflow(check->plan) &&
        !line_has(check->tree, "ext_regions=0"))
        shim_breach(check, rule, SHIM_ROOT, "has cells for 32 bits");
}

static void root_dma_ranges(struct shim_check *check, const struct shim_rule *rule)
{
    if (shim_prop(check->tree, SHIM_ROOT, SHIM_DMA_RANGES).len)
        shim_breach(check, rule, SHIM_ROOT, "has dma-ranges that are not empty");
}

/* ---- IOMMUs ----------------------------------------------------------------------------- */

static void iommu_shown(struct shim_check *check, const struct shim_rule *rule)
{
    bool xen = shim_policy_for(check->policy, SHIM_CONTRACT_XEN) && !shim_has_no_dom0(check);

    for (uint32_t i = 0; xen && i < check->plan->board->iommu_count; i++) {
        const struct shim_iommu *iommu = &check->plan->board->iommus[i];

        if (iommu->users && shim_xen_shows_iommu(check->plan->board, iommu->node))
            shim_breach(check, rule, iommu->node, "is no IOMMU that Xen drives, and has %u users",
                   iommu->users);
    }
}

static void iommu_map_left(struct shim_check *check, const struct shim_rule *rule)
{
    bool xen = shim_policy_for(check->policy, SHIM_CONTRACT_XEN) && !shim_has_no_dom0(check);

    for (uint32_t node = 1; xen && node < check->tree->node_count; node++)
        if (shim_xen_leaves_map(check->plan, node))
            shim_breach(check, rule, node, "names an IOMMU in its iommu-map that Xen will hide");
}

/* What a pass warns of, device by device. */
static void warnings_of(struct shim_check *check, const struct shim_rule *rule,
                        enum shim_pass_id pass)
{
    for (const struct shim_note *note = shim_first_note(check->plan); note;
         note = shim_next_note(check->plan, note))
        if (note->kind == SHIM_WARNING && note->node != SHIM_NONE && note->pass == pass)
            shim_breach(check, rule, note->node, "%s", note->what);
}

static void iommu_blocked(struct shim_check *check, const struct shim_rule *rule)
{
    for (uint32_t node = 1; node < check->tree->node_count; node++)
        if (check->plan->board->dma[node] == SHIM_DMA_BLOCKED)
            shim_breach(check, rule, node,
                        "sits behind an IOMMU that Xen drives, and is not let through");
}

static void sram_parts(struct shim_check *check, const struct shim_rule *rule)
{
    warnings_of(check, rule, SHIM_PASS_SRAM);
}

static void dma_reach(struct shim_check *check, const struct shim_rule *rule)
{
    const struct shim_plan *plan = check->plan;

    bool known = plan->layout != SHIM_LAYOUT_OFFSET && plan->dom0.size;

    for (uint32_t i = 0; known && i < plan->board->master_count; i++)
        if (!strcmp(shim_plan_reach(plan, &plan->board->masters[i]), "none"))
            shim_breach(check, rule, plan->board->masters[i].node, "reaches none of dom0's memory");
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
    { "ranges-cover", "Xen panics on an address that no ranges cover",
      "widen the ranges of the bus, or apply: it cuts the reg", ranges_cover },
    { "reg-pages", "Xen counts pages from the size alone and leaves the last one unmapped",
      "apply: it names the page to Xen", reg_pages },
    { "root-cells", "Xen cuts the extended regions that it tells dom0 to 32 bits",
      "give the root two cells each, or Xen ext_regions=0", root_cells },
    { "bank-count", "Xen panics on more than 256 banks or reserved regions",
      "join banks and regions that touch", bank_count },
    { "reserved-overlap", "Xen 4.18 and later stop before their first word on regions that overlap",
      "shrink one of them, or join them in one node", reserved_overlap },
    { "modules-seen", "Xen ignores modules outside /chosen, deeper than 3, or after the 32nd, and "
      "cuts their names", "put them directly into /chosen, with short names", modules_seen },
    { "tree-size", "Xen takes trees of at most 2 MiB",
      "remove what the board does not have", tree_size },
    { "memory-depth", "Xen 4.17 takes every node of that name for RAM, at any depth",
      "give it another name", memory_depth },
    { "heap-aligned", "Xen wants its static heap aligned to 64 KiB",
      "round the ranges of xen,static-heap", heap_aligned },
    { "iommu-shown", "dom0 would translate bus addresses once more, and all DMA behind it faults",
      "apply: it is kept from dom0; or name its driver in iommu-drivers", iommu_shown },
    { "iommu-map-left", "Xen 4.17 leaves a reference to nobody in dom0's tree",
      "apply: it takes iommu-map away", iommu_map_left },
    { "iommu-blocked", "streams that Xen does not know of fault in the IOMMU: no DMA at all",
      "describe them with iommus, or boot Xen with iommu=off", iommu_blocked },
    { "dma-reach", "its driver finds no memory that the device can use",
      "choose a dom0-base inside its dma-ranges", dma_reach },
    { "sram-parts", "Linux refuses the SRAM, and dom0 loses memory that is mapped over its own",
      "mend reg and ranges of the SRAM and its parts", sram_parts },
    { "root-dma-ranges", "Linux cannot translate dma-ranges of the root: it goes on without any",
      "move them to a bus below it", root_dma_ranges },
    { "offset-foreign", "pages of other domains do not follow a constant offset: DMA to them goes "
      "wrong silently", "serve no PV backends with it, or run a kernel that reads dma-offset",
      shim_rule_offset_foreign },
    { "passthrough-reg", "Xen starts the domain without the device",
      "give the node xen,reg in whole pages and xen,path", shim_rule_passthrough_reg },
    { "passthrough-gic", "the domain's kernel finds no interrupt controller and hangs",
      "give /gic the phandle that interrupt-parent names", shim_rule_passthrough_gic },
};
const unsigned shim_rule_count = sizeof(shim_rules) / sizeof(shim_rules[0]);

void shim_check_all(struct shim_check *check)
{
    for (unsigned i = 0; i < shim_rule_count; i++)
        shim_rules[i].run(check, &shim_rules[i]);
}
