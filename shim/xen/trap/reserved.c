// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/xen/trap/reserved.h"

#include "shim/fdt/address.h"
#include "shim/xen/devices.h"
#include "shim/xen/release.h"

/* Does an entry of one region's reg meet the range? */
static bool region_meets(const struct shim_tree *tree, uint32_t node, struct shim_range range)
{
    struct shim_entries entries = shim_reg_entries(tree, node);
    struct shim_entry entry;

    while (shim_next_entry(&entries, &entry))
        if (entry.size && shim_range_overlaps(shim_cut_range(entry.address, entry.size), range))
            return true;
    return false;
}

/* The first of the nodes from `first` up to `node` that meets one of its entries. */
static uint32_t met_by(const struct shim_tree *tree, uint32_t first, uint32_t node)
{
    struct shim_entries entries = shim_reg_entries(tree, node);
    struct shim_entry entry;

    while (shim_next_entry(&entries, &entry))
        for (uint32_t before = first; entry.size && before < node; before++)
            if (shim_available(tree, before) &&
                region_meets(tree, before, shim_cut_range(entry.address, entry.size)))
                return before;
    return SHIM_NONE;
}

uint32_t shim_xen_overlapping(const struct shim_tree *tree, uint32_t *other)
{
    uint32_t parent = shim_child(tree, SHIM_ROOT, "reserved-memory");
    uint32_t past = parent == SHIM_NONE ? 0 : tree->nodes[parent].past;

    if (shim_xen_reserved_banks(tree) > SHIM_XEN_BANKS_MAX)
        return SHIM_NONE;
    for (uint32_t node = parent + 1; node < past; node++) {
        if (!shim_available(tree, node))
            continue;
        *other = met_by(tree, parent + 1, node);
        if (*other != SHIM_NONE)
            return node;
    }
    return SHIM_NONE;
}
