// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/xen/reach.h"

#include "shim/fdt/address.h"
#include "shim/model/bus.h"

/* An address at one of the buses above it, and what is below and above it that goes its way. */
struct climb {
    uint64_t at, below, above;
};

static bool plain(uint32_t cells)
{
    return cells - 1 <= 1;
}

/* Xen takes the cells that a bus does not have from those above, Linux takes 2 and 1. */
static bool reads_alike(const struct shim_tree *tree, uint32_t bus,
                        const struct shim_xen_windows *windows)
{
    struct shim_cells cells = shim_cells(tree, bus);

    return !shim_is_pci(tree, bus) && plain(cells.address) && plain(cells.size) &&
           windows->child == cells.address && windows->size == cells.size;
}

/* Of an address that a bus's cells, or Xen's own number for none, leave out there is no way. */
static bool keep_up_to(struct climb *climb, uint64_t limit)
{
    if (climb->at > limit)
        return false;
    if (climb->above > limit - climb->at)
        climb->above = limit - climb->at;
    return true;
}

/* By the same entry; Xen uses none that ends at 2^64. */
static bool go_by_entry(struct climb *climb, struct shim_entries entries)
{
    struct shim_entry entry;

    entries.rest = shim_entry_with(&entries, climb->at, &climb->below, &climb->above);
    if (!shim_next_entry(&entries, &entry) || entry.address + entry.size < entry.address ||
        entry.up + entry.size < entry.up)
        return false;
    climb->at += entry.up - entry.address;
    return true;
}

static bool go_up(const struct shim_tree *tree, uint32_t bus, struct climb *climb)
{
    struct shim_xen_windows windows;
    struct shim_entries entries;

    if (!shim_xen_windows(&windows, tree, bus) || !reads_alike(tree, bus, &windows) ||
        !plain(windows.up))
        return false;
    entries = (struct shim_entries){ .rest = windows.rest, .child = windows.child,
                                     .up = windows.up, .size = windows.size };
    return (!windows.rest.len || go_by_entry(climb, entries)) &&
           keep_up_to(climb, windows.up == 1 ? UINT32_MAX : UINT64_MAX - 1);
}

static bool find(const struct shim_tree *tree, uint32_t bus, uint64_t address,
                 struct shim_reach *reach)
{
    struct climb climb = { address, address, UINT64_MAX - address };
    struct shim_xen_windows root;

    for (uint32_t at = bus; at != SHIM_ROOT; at = tree->nodes[at].parent)
        if (!go_up(tree, at, &climb))
            return false;
    shim_xen_windows(&root, tree, SHIM_ROOT);
    if (!reads_alike(tree, SHIM_ROOT, &root) || !keep_up_to(&climb, UINT64_MAX - 1))
        return false;
    *reach = (struct shim_reach){ bus, address - climb.below, address + climb.above };
    return true;
}

bool shim_reaches_cpu(const struct shim_tree *tree, uint32_t node, struct shim_reach *reach)
{
    uint32_t bus = tree->nodes[node].parent;
    struct shim_entries entries = shim_reg_entries(tree, node);
    struct shim_entry entry;

    if (!plain(entries.size) || (bus != SHIM_ROOT && !shim_has_known(tree, bus, SHIM_RANGES)))
        return false;
    while (shim_next_entry(&entries, &entry))
        if ((reach->bus != bus || entry.address < reach->first || entry.address > reach->last) &&
            !find(tree, bus, entry.address, reach))
            return false;
    return true;
}
