// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/plan/plan.h"

#include <dtshim/span.h>

#include "shim/base/mem.h"
#include "shim/native/plan.h"

static void note(struct shim_plan *plan, struct shim_note note)
{
    struct shim_note *kept = shim_alloc(plan->arena, 1, sizeof(*kept));

    if (!kept)
        return;
    *kept = note;
    *plan->notes_end = kept;
    plan->notes_end = &kept->next;
}

void shim_note(struct shim_plan *plan, enum shim_note_kind kind, const char *pass,
               uint32_t node, const char *what, const char *reason)
{
    note(plan, (struct shim_note){ .kind = kind, .pass = pass, .node = node, .what = what,
                                   .reason = reason });
}

void shim_note_device(struct shim_plan *plan, enum shim_note_kind kind, const char *pass,
                      uint32_t node, const char *what, const char *reason)
{
    note(plan, (struct shim_note){ .kind = kind, .pass = pass, .node = node, .device = true,
                                   .what = what, .reason = reason });
}

uint64_t shim_plan_offset(const struct shim_plan *plan)
{
    uint64_t offset = plan->machine_base - plan->dom0.base;

    return shim_cells(plan->tree, SHIM_ROOT).address == 1 ? (uint32_t)offset : offset;
}

bool shim_plan_has_offset(const struct shim_plan *plan)
{
    return shim_plan_offset(plan) != 0 && plan->board->coverage != SHIM_COVERAGE_ALL;
}

#define SECTION ((uint64_t)128 << 20) /* a section of arm64 with 4 KiB pages */

bool shim_region_useful(struct shim_range region)
{
    uint64_t base = shim_align_up(region.base, SECTION);

    return base >= region.base && base < shim_range_end(region) &&
           shim_range_end(region) - base >= SECTION;
}

bool shim_plan_compose(const struct shim_plan *plan, const struct shim_window_entry *entry,
                       struct shim_window_entry *composed)
{
    struct shim_range common = shim_range_common((struct shim_range){ entry->cpu, entry->size },
                                                 shim_plan_machine_block(plan));

    *composed = (struct shim_window_entry){
        .flags = entry->flags,
        .bus = entry->bus + (common.base - entry->cpu),
        .cpu = plan->dom0.base + (common.base - plan->machine_base),
        .size = common.size,
    };
    return common.size != 0;
}

bool shim_plan_carrier_written(const struct shim_plan *plan, uint32_t node)
{
    uint8_t flags = plan->native->carriers[node];

    return flags & (SHIM_CARRIER_REWRITE | SHIM_CARRIER_NEW) && !(flags & SHIM_CARRIER_BARRED);
}

uint64_t shim_plan_unreachable(const struct shim_plan *plan, const struct shim_dma_facts *facts)
{
    const struct shim_window *window = &plan->board->windows[facts->window];

    return plan->board->dma[facts->node] == SHIM_DMA_PROTECTED ? window->unreachable_protected
                                                        : window->unreachable;
}

const struct shim_dma_facts *shim_dma_facts_at(const struct shim_plan *plan, uint32_t node)
{
    uint32_t low = 0, high = plan->board->masters;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (plan->board->dma_facts[middle].node < node)
            low = middle + 1;
        else
            high = middle;
    }
    return low < plan->board->masters && plan->board->dma_facts[low].node == node ? &plan->board->dma_facts[low] : NULL;
}

const char *shim_plan_reach(const struct shim_plan *plan, const struct shim_dma_facts *facts)
{
    uint64_t unreachable = shim_plan_unreachable(plan, facts);

    if (!unreachable)
        return "all";
    return unreachable == plan->dom0.size ? "none" : "some";
}

bool shim_plan_is_memory_node(const struct shim_plan *plan, uint32_t node)
{
    uint32_t low = 0, high = plan->board->memory_node_count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (plan->board->memory_nodes[middle] < node)
            low = middle + 1;
        else
            high = middle;
    }
    return low < plan->board->memory_node_count && plan->board->memory_nodes[low] == node;
}

bool shim_is_own_node(const struct shim_tree *tree, uint32_t node)
{
    static const char own[] = "sram-map\0dtshim-pages\0dtshim-claims\0dtshim-dma-*\0";

    return tree->nodes[node].parent == SHIM_ROOT &&
           shim_matches_one(own, shim_node_name(tree, node));
}

static bool is_off_limits(const struct shim_plan *plan, uint32_t top)
{
    return shim_plan_is_memory_node(plan, top) || shim_is_own_node(plan->tree, top) ||
           !strcmp(shim_node_name(plan->tree, top), "reserved-memory");
}

bool shim_plan_bar_nodes(struct shim_plan *plan)
{
    const struct shim_tree *tree = plan->tree;
    bool *barred = shim_alloc(plan->arena, tree->node_count, sizeof(*barred));

    if (!barred)
        return false;
    barred[SHIM_ROOT] = false;
    for (uint32_t top = shim_first_child(tree, SHIM_ROOT); top != SHIM_NONE;
         top = shim_next_child(tree, top))
        memset(barred + top, is_off_limits(plan, top), tree->nodes[top].past - top);
    plan->board->off_limits = barred;
    return true;
}

uint32_t shim_plan_memory_node(const struct shim_plan *plan)
{
    return plan->board->memory_node_count ? plan->board->memory_nodes[0] : SHIM_ROOT;
}

struct shim_range shim_plan_machine_block(const struct shim_plan *plan)
{
    return plan->block_count ? plan->blocks[0]
                             : (struct shim_range){ plan->machine_base, plan->dom0.size };
}

uint32_t shim_plan_block_count(const struct shim_plan *plan)
{
    return plan->block_count ? plan->block_count : 1;
}

struct shim_range shim_plan_block(const struct shim_plan *plan, uint32_t i, uint64_t *guest)
{
    *guest = plan->dom0.base;
    if (!plan->block_count)
        return shim_plan_machine_block(plan);
    for (uint32_t before = 0; before < i; before++)
        *guest += plan->blocks[before].size;
    return plan->blocks[i];
}

uint32_t shim_plan_blocks(const struct shim_plan *plan, struct shim_range *blocks)
{
    uint32_t count = 0;
    uint64_t guest;

    do {
        blocks[count] = shim_plan_block(plan, count, &guest);
        count++;
    } while (count < shim_plan_block_count(plan));
    return count;
}

const char *shim_coverage_word(enum shim_coverage coverage)
{
    return shim_word("none\0some\0all\0", coverage);
}

const struct shim_module *shim_module_of(const struct shim_plan *plan, enum shim_module_kind kind)
{
    for (uint32_t i = 0; i < plan->module_count; i++)
        if (plan->modules[i].kind == kind)
            return &plan->modules[i];
    return NULL;
}

const char *shim_module_word(enum shim_module_kind kind)
{
    return shim_word("Xen\0tree\0kernel\0ramdisk\0module\0domain tree\0", kind);
}

const char *shim_plan_module_word(const struct shim_plan *plan, enum shim_module_kind kind)
{
    if (kind == SHIM_MODULE_XEN && shim_policy_for(plan->policy, SHIM_CONTRACT_NATIVE))
        return "hypervisor";
    return shim_module_word(kind);
}
