// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/model/bus.h"

#include "shim/base/mem.h"
#include "shim/model/match.h"

enum {
    CELLS_MOST = 4, /* DT_MAX_ADDR_CELLS */
    PCI_CELLS = 3,
    PCI_SIZE = 2,
    PCI_SPACE = 24, /* bits of a PCI address's first cell with its space */
};

enum bus { BUS_NONE, BUS_PLAIN, BUS_PCI };

/* Most have no device_type: their name is known to the tree. */
static bool is_pci(const struct shim_tree *tree, uint32_t node)
{
    const char *type;

    if (!shim_has_known(tree, node, SHIM_DEVICE_TYPE))
        return tree->nodes[node].pci;
    type = shim_first_string(shim_prop(tree, node, SHIM_DEVICE_TYPE));
    return (type && (!strcmp(type, "pci") || !strcmp(type, "pciex") || !strcmp(type, "vci") ||
                     !strcmp(type, "ht"))) ||
           shim_node_named(tree, node, "pcie") || shim_node_named(tree, node, "pci");
}

/* dt_match_bus(): only a bus with ranges is one, or the root, or PCI. */
static enum bus bus_of(const struct shim_tree *tree, uint32_t node)
{
    if (is_pci(tree, node))
        return BUS_PCI;
    return node == SHIM_ROOT || shim_has_known(tree, node, SHIM_RANGES) ? BUS_PLAIN : BUS_NONE;
}

static struct shim_cells cells_of(const struct shim_tree *tree, uint32_t node, enum bus bus)
{
    if (bus == BUS_PCI)
        return (struct shim_cells){ .address = PCI_CELLS, .size = PCI_SIZE };
    return shim_inherited_cells(tree, node);
}

/* DT_CHECK_COUNTS() */
static bool sound(struct shim_cells cells)
{
    return cells.address - 1 < CELLS_MOST && cells.size && cells.size < SHIM_CELLS_MOST;
}

/* The low 64 bits (dt_read_number()). */
static uint64_t number(const uint8_t *at, uint32_t cells)
{
    uint64_t value = 0;

    for (uint32_t i = 0; i < cells; i++)
        value = value << 32 | shim_be32(at + 4 * (size_t)i);
    return value;
}

static uint64_t low(const struct shim_xen_way *address, uint32_t from)
{
    uint64_t value = 0;

    for (uint32_t i = from; i < address->cells; i++)
        value = value << 32 | address->cell[i];
    return value;
}

static void take(struct shim_xen_way *address, const uint8_t *at, uint32_t cells)
{
    address->cells = cells;
    for (uint32_t i = 0; i < cells; i++)
        address->cell[i] = shim_be32(at + 4 * (size_t)i);
}

/* dt_bus_default_translate() and PCI's: the offset goes into the last two cells. */
static void add(struct shim_xen_way *address, uint64_t offset)
{
    uint32_t first = address->pci, cells = address->cells;
    uint64_t value = low(address, first) + offset;

    for (uint32_t i = first; i < cells; i++)
        address->cell[i] = 0;
    if (cells - first > 1)
        address->cell[cells - 2] = (uint32_t)(value >> 32);
    address->cell[cells - 1] = (uint32_t)value;
}

/* Memory or I/O, of a PCI address's first cell. */
static uint32_t space(uint32_t first)
{
    uint32_t code = first >> PCI_SPACE & 3;

    return code > 1 ? 2 : code;
}

/* Does this entry of ranges hold the address, and how far in? */
static bool holds(const struct shim_xen_way *address, const uint8_t *entry, uint32_t up,
                  uint64_t *offset)
{
    uint32_t skip = address->pci, cells = address->cells;
    uint64_t base = number(entry + 4 * (size_t)skip, cells - skip);
    uint64_t size = number(entry + 4 * (size_t)(cells + up), address->size_cells);
    uint64_t own = low(address, skip);

    if (skip && space(address->cell[0]) != space(shim_be32(entry)))
        return false;
    if (!skip && cells > 2)
        for (uint32_t i = 0; i < cells; i++)
            if (address->cell[i] != shim_be32(entry + 4 * (size_t)i))
                return false;
    *offset = own - base;
    return own >= base && own < base + size;
}

/* From below `bus` to its parent `above`; `cells` are those up there. */
static bool step_up(const struct shim_tree *tree, uint32_t bus, struct shim_xen_way *address,
                    enum bus above, struct shim_cells cells)
{
    struct shim_span ranges = shim_prop(tree, bus, SHIM_RANGES);
    uint64_t offset = low(address, 0);
    size_t len = 4 * ((size_t)address->cells + cells.address + address->size_cells);
    const uint8_t *at = ranges.at;
    bool found = !ranges.len;

    if (!at)
        return false;
    for (size_t left = ranges.len; !found && left >= len; left -= len) {
        found = holds(address, at, cells.address, &offset);
        if (found)
            take(address, at + 4 * (size_t)address->cells, cells.address);
        at += len;
    }
    if (!ranges.len) {
        address->cells = cells.address;
        memset(address->cell, 0, sizeof(address->cell));
    }
    address->pci = above == BUS_PCI;
    address->size_cells = cells.size;
    if (found)
        add(address, offset);
    return found;
}

bool shim_xen_way_up(const struct shim_tree *tree, uint32_t bus, struct shim_xen_way *way)
{
    uint32_t parent = tree->nodes[bus].parent;
    enum bus above = bus_of(tree, parent);
    struct shim_cells cells = cells_of(tree, parent, above);
    struct shim_xen_way from = *way;

    if (above != BUS_NONE && sound(cells) && step_up(tree, bus, way, above, cells))
        return true;
    *way = from;
    return false;
}

bool shim_xen_way_by(const struct shim_tree *tree, uint32_t bus, const uint32_t *up,
                     struct shim_xen_way *way)
{
    uint32_t parent = tree->nodes[bus].parent;
    enum bus above = bus_of(tree, parent);
    struct shim_cells cells = cells_of(tree, parent, above);

    if (above == BUS_NONE || !sound(cells))
        return false;
    *way = (struct shim_xen_way){ .cells = cells.address, .size_cells = cells.size,
                                  .pci = above == BUS_PCI };
    memcpy(way->cell, up, 4 * (size_t)cells.address);
    add(way, 0);
    return true;
}

/* __dt_translate_address(), of an address below `bus`. */
static uint64_t translate(const struct shim_tree *tree, uint32_t bus, struct shim_xen_way *address)
{
    for (; bus != SHIM_ROOT; bus = tree->nodes[bus].parent)
        if (!shim_xen_way_up(tree, bus, address))
            return SHIM_XEN_BAD_ADDRESS;
    return low(address, 0);
}

struct shim_xen_addresses shim_xen_addresses(const struct shim_tree *tree, uint32_t node)
{
    struct shim_xen_addresses all = { .tree = tree, .bus = tree->nodes[node].parent };
    struct shim_span reg = shim_prop(tree, node, SHIM_REG);
    struct shim_span assigned = shim_prop_named(tree, node, "assigned-addresses");
    enum bus bus;

    if ((!reg.len && !assigned.len) || all.bus == SHIM_NONE)
        return all;
    bus = bus_of(tree, all.bus);
    all.pci = bus == BUS_PCI;
    all.value = all.pci ? assigned : reg;
    if (!all.value.len || bus == BUS_NONE)
        return all;
    all.cells = cells_of(tree, all.bus, bus);
    if (sound(all.cells))
        all.count = (uint32_t)(all.value.len / 4 / (all.cells.address + all.cells.size));
    return all;
}

/* One on the node's own bus. */
static bool way_from(const struct shim_xen_addresses *all, uint32_t index,
                     struct shim_xen_way *way, uint64_t *size)
{
    const uint8_t *at;

    if (index >= all->count)
        return false;
    at = all->value.at + 4 * (size_t)index * (all->cells.address + all->cells.size);
    way->pci = all->pci;
    way->size_cells = all->cells.size;
    take(way, at, all->cells.address);
    *size = number(at + 4 * (size_t)all->cells.address, all->cells.size);
    return true;
}

bool shim_xen_way_from(const struct shim_tree *tree, uint32_t node, uint32_t index,
                       struct shim_xen_way *way, uint64_t *size)
{
    struct shim_xen_addresses all = shim_xen_addresses(tree, node);

    *way = (struct shim_xen_way){ .cells = 0 };
    return way_from(&all, index, way, size);
}

bool shim_xen_read_address(const struct shim_xen_addresses *addresses, uint32_t index,
                           struct shim_range *at)
{
    struct shim_xen_way way;

    if (!way_from(addresses, index, &way, &at->size))
        return false;
    at->base = translate(addresses->tree, addresses->bus, &way);
    return at->base != SHIM_XEN_BAD_ADDRESS;
}

bool shim_xen_address(const struct shim_tree *tree, uint32_t node, uint32_t index,
                      struct shim_range *at)
{
    struct shim_xen_addresses all = shim_xen_addresses(tree, node);

    return shim_xen_read_address(&all, index, at);
}

bool shim_xen_windows(struct shim_xen_windows *windows, const struct shim_tree *tree,
                      uint32_t bus)
{
    uint32_t parent = tree->nodes[bus].parent;
    enum bus own = bus_of(tree, bus), above = parent == SHIM_NONE ? BUS_NONE : bus_of(tree, parent);
    struct shim_span ranges = shim_prop(tree, bus, SHIM_RANGES);
    struct shim_cells cells = cells_of(tree, bus, own), up = { 0 };

    if (above != BUS_NONE)
        up = cells_of(tree, parent, above);
    *windows = (struct shim_xen_windows){
        .tree = tree, .bus = bus, .rest = ranges,
        .child = cells.address, .up = up.address, .size = cells.size,
    };
    if (ranges.at && !ranges.len)
        return parent != SHIM_NONE;
    return ranges.at && above != BUS_NONE && sound(cells) && sound(up);
}

bool shim_xen_next_window(struct shim_xen_windows *windows, struct shim_range *at)
{
    const struct shim_tree *tree = windows->tree;
    size_t len = 4 * ((size_t)windows->child + windows->up + windows->size);
    const uint8_t *entry = windows->rest.at;
    uint32_t parent = tree->nodes[windows->bus].parent;
    struct shim_xen_way address = { 0 };
    enum bus bus;

    if (!windows->rest.len || windows->rest.len < len)
        return false;
    bus = bus_of(tree, parent);
    address.pci = bus == BUS_PCI;
    address.size_cells = cells_of(tree, parent, bus).size;
    take(&address, entry + 4 * (size_t)windows->child, windows->up);
    at->base = translate(tree, parent, &address);
    at->size = number(entry + 4 * ((size_t)windows->child + windows->up), windows->size);
    windows->rest.at += len;
    windows->rest.len -= len;
    return true;
}

