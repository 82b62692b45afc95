// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * What must not be taken for a device's registers. More counts as memory here than what is
 * given out as RAM: a disabled node, whatever has such a name, a no-map region.
 */
#include "shim/fdt/address.h"
#include "shim/xen/module_nodes.h"
#include "shim/xen/modules.h"
#include "stage.h"

static bool is_memory(const struct shim_tree *tree, uint32_t node)
{
    return shim_node_named(tree, node, "memory") ||
           shim_list_has(shim_prop(tree, node, SHIM_DEVICE_TYPE), "memory");
}

static bool reg_meets(const struct shim_tree *tree, uint32_t node, struct shim_range range)
{
    struct shim_entries entries = shim_reg_entries(tree, node);
    struct shim_entry entry;

    if (!entries.rest.at)
        entries.rest = shim_prop(tree, node, SHIM_USABLE_MEMORY);
    while (shim_next_entry(&entries, &entry))
        if (entry.size && shim_range_overlaps(shim_cut_range(entry.address, entry.size), range))
            return true;
    return false;
}

static bool memory_node_meets(const struct shim_tree *tree, struct shim_range range)
{
    for (uint32_t node = shim_first_child(tree, SHIM_ROOT); node != SHIM_NONE;
         node = shim_next_child(tree, node))
        if (is_memory(tree, node) && reg_meets(tree, node, range))
            return true;
    return false;
}

/*
 * By the tree's nodes, by the policy, and by what is mapped. Of a tree that native rewrote the
 * memory nodes say guest addresses, and the record the machine's.
 */
static bool ram_meets(const struct stage *stage, struct shim_range range)
{
    const struct shim_job *job = &stage->job;

    return memory_node_meets(&job->tree, range) || shim_record_meets(&job->record, range) ||
           shim_ranges_meeting(&stage->ram, range) ||
           (!job->no_ram.code && shim_ranges_meeting(&job->board.ram, range));
}

static bool module_meets(const struct stage *stage, struct shim_range range)
{
    const struct shim_tree *tree = &stage->job.tree;
    struct shim_range at;

    for (uint32_t node = shim_next_module_node(tree, SHIM_NONE); node != SHIM_NONE;
         node = shim_next_module_node(tree, node))
        if (shim_module_range(tree, node, &at) && shim_range_overlaps(at, range))
            return true;
    return shim_range_overlaps(shim_find_ramdisk(tree, &stage->job.facts), range);
}

const char *stage_memory_at(const struct stage *stage, struct shim_range registers)
{
    struct shim_range pages = shim_whole_pages(registers);

    if (shim_range_overlaps(stage->own, pages))
        return "the stage's own memory";
    if (stage->tree.size && shim_range_overlaps(stage->tree, pages))
        return "the tree";
    if (!stage_has_tree(stage))
        return NULL;
    if (ram_meets(stage, pages))
        return "RAM";
    if (module_meets(stage, pages))
        return "a module";
    return !stage->job.no_ram.code && shim_ranges_meeting(&stage->job.board.reserved, pages)
               ? "reserved memory" : NULL;
}
