// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/xen/reach.h"

#include "shim/fdt/address.h"
#include "shim/model/bus.h"

/* What is known of an address at one of the buses above it: so do all from `first` to `last`. */
struct climb {
    uint64_t at, first, last;
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

static void keep_below(struct climb *climb, uint64_t limit)
{
    if (climb->last > limit)
        climb->last = limit;
}

/* By the first entry that has the address; none of those before it has any that is left. */
static bool go_by_entry(struct climb *climb, struct shim_entries entries)
{
    struct shim_entry entry;

    while (shim_next_entry(&entries, &entry)) {
        uint64_t last = entry.address + entry.size - 1;

        if (!entry.size || last < entry.address)
            return false;
        if (climb->at < entry.address) {
            keep_below(climb, entry.address - 1);
            continue;
        }
        if (climb->first < (climb->at > last ? last + 1 : entry.address))
            climb->first = climb->at > last ? last + 1 : entry.address;
        if (climb->at > last)
            continue;
        keep_below(climb, last);
        climb->at += entry.up - entry.address;
        climb->first += entry.up - entry.address;
        climb->last += entry.up - entry.address;
        return climb->first <= climb->last;
    }
    return false;
}

static bool go_up(const struct shim_tree *tree, uint32_t bus, struct climb *climb)
{
    struct shim_xen_windows windows;

    if (!shim_xen_windows(&windows, tree, bus) || !reads_alike(tree, bus, &windows) ||
        !plain(windows.up))
        return false;
    if (windows.rest.len &&
        !go_by_entry(climb, (struct shim_entries){ .rest = windows.rest, .child = windows.child,
                                                   .up = windows.up, .size = windows.size }))
        return false;
    keep_below(climb, windows.up == 1 ? UINT32_MAX : UINT64_MAX - 1);
    return climb->at <= climb->last;
}

static bool find(const struct shim_tree *tree, uint32_t bus, uint64_t address,
                 struct shim_reach *reach)
{
    struct climb climb = { address, 0, UINT64_MAX - 1 };
    struct shim_xen_windows windows;

    for (uint32_t at = bus; at != SHIM_ROOT; at = tree->nodes[at].parent)
        if (!go_up(tree, at, &climb))
            return false;
    shim_xen_windows(&windows, tree, SHIM_ROOT);
    if (!reads_alike(tree, SHIM_ROOT, &windows) || climb.at > climb.last)
        return false;
    *reach = (struct shim_reach){ bus, address - (climb.at - climb.first),
                                  address + (climb.last - climb.at) };
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
