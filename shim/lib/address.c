// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Addresses of devices as the CPU sees them (Devicetree Specification 2.3.6, 2.3.8). */
#include <dtshim/address.h>

/* One step up: from the address space of `bus`'s children to that of its parent. */
static bool step_up(const struct shim_tree *tree, uint32_t bus, uint64_t *address)
{
    struct shim_span ranges = shim_prop(tree, bus, SHIM_RANGES);
    struct shim_cells child = shim_cells(tree, bus);
    uint32_t up = shim_cells(tree, tree->nodes[bus].parent).address;
    size_t entry = 4 * ((size_t)child.address + up + child.size);

    if (!ranges.at)
        return false;
    if (!ranges.len)
        return true;
    if (child.address - 1 > 1 || child.size - 1 > 1 || up - 1 > 1)
        return false;
    for (; ranges.len >= entry; ranges.at += entry, ranges.len -= entry) {
        uint64_t from, to, size;

        shim_read_cells(ranges.at, child.address, &from);
        shim_read_cells(ranges.at + 4 * (size_t)child.address, up, &to);
        shim_read_cells(ranges.at + 4 * ((size_t)child.address + up), child.size, &size);
        if (*address >= from && *address - from < size) {
            *address = *address - from + to;
            return true;
        }
    }
    return false;
}

bool shim_device_address(const struct shim_tree *tree, uint32_t node, uint64_t *address)
{
    struct shim_span reg = shim_prop(tree, node, SHIM_REG);
    uint32_t bus = tree->nodes[node].parent;
    struct shim_cells cells;

    if (bus == SHIM_NONE)
        return false;
    cells = shim_cells(tree, bus);
    if (cells.address - 1 > 1 || reg.len < 4 * (size_t)cells.address)
        return false;
    shim_read_cells(reg.at, cells.address, address);
    for (; bus != SHIM_ROOT; bus = tree->nodes[bus].parent)
        if (!step_up(tree, bus, address))
            return false;
    return true;
}
