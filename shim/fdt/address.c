// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/fdt/address.h"

#include "shim/base/mem.h"

enum { PAGE = 4096, PCI_ADDRESS = 3, PCI_SIZE = 2 };

struct shim_cells shim_bus_cells(const struct shim_tree *tree, uint32_t bus)
{
    if (shim_is_pci(tree, bus))
        return (struct shim_cells){ .address = PCI_ADDRESS, .size = PCI_SIZE };
    return shim_cells(tree, bus);
}

static bool sound(uint32_t cells)
{
    return cells - 1 <= 1;
}

static bool holds(uint32_t cells, uint64_t value)
{
    return cells == 2 || (cells == 1 && !(value >> 32));
}

bool shim_can_say(const struct shim_entries *cells, const struct shim_entry *entry)
{
    uint32_t child = cells->child == PCI_ADDRESS ? 2 : cells->child;

    return holds(child, entry->address + entry->size - 1) && holds(cells->up, entry->up) &&
           holds(cells->size, entry->size);
}

struct shim_entries shim_reg_entries(const struct shim_tree *tree, uint32_t node)
{
    struct shim_cells cells = { 0 };
    struct shim_entries entries = { 0 };

    if (node != SHIM_ROOT)
        cells = shim_bus_cells(tree, tree->nodes[node].parent);
    if (!sound(cells.address) || cells.size > 2)
        return entries;
    entries.rest = shim_prop(tree, node, SHIM_REG);
    entries.child = cells.address;
    entries.size = cells.size;
    return entries;
}

struct shim_entries shim_region_entries(const struct shim_tree *tree, uint32_t node)
{
    struct shim_cells cells = shim_inherited_cells(tree, tree->nodes[node].parent);
    struct shim_entries entries = { .child = cells.address, .size = cells.size };

    if (cells.address - 1 <= 1 && cells.size - 1 <= 1)
        entries.rest = shim_prop(tree, node, SHIM_REG);
    return entries;
}

/* The entries that a bus's ranges or dma-ranges of this value has. */
static struct shim_entries entries_of(const struct shim_tree *tree, uint32_t bus,
                                      struct shim_span value)
{
    struct shim_cells cells = shim_bus_cells(tree, bus);
    uint32_t up = bus == SHIM_ROOT ? cells.address
                                   : shim_bus_cells(tree, tree->nodes[bus].parent).address;
    struct shim_entries entries = { .child = cells.address, .up = up, .size = cells.size };

    if (cells.address - 1 < PCI_ADDRESS && sound(up) && sound(cells.size))
        entries.rest = value;
    return entries;
}

struct shim_entries shim_ranges_entries(const struct shim_tree *tree, uint32_t bus,
                                        enum shim_name property)
{
    return entries_of(tree, bus, shim_prop(tree, bus, property));
}

static uint64_t number(const uint8_t *at, uint32_t cells)
{
    if (cells == 2)
        return shim_be64(at);
    return cells ? shim_be32(at) : 0;
}

/* Bytes of an entry; 0 if its cells are none that an entry has. */
static size_t entry_len(const struct shim_entries *entries)
{
    if (entries->child > PCI_ADDRESS || entries->up > 2 || entries->size > 2)
        return 0;
    return 4 * (size_t)(entries->child + entries->up + entries->size);
}

bool shim_next_entry(struct shim_entries *entries, struct shim_entry *entry)
{
    const uint8_t *at = entries->rest.at;
    size_t flags = entries->child == PCI_ADDRESS, len = entry_len(entries);

    if (!len || entries->rest.len < len)
        return false;
    entry->flags = flags ? shim_be32(at) : 0;
    entry->address = number(at + 4 * flags, entries->child - (uint32_t)flags);
    at += 4 * (size_t)entries->child;
    entry->up = number(at, entries->up);
    entry->size = number(at + 4 * (size_t)entries->up, entries->size);
    entries->rest.at += len;
    entries->rest.len -= len;
    return true;
}

uint32_t shim_most_regs(const struct shim_tree *tree)
{
    uint32_t count = 0;

    for (uint32_t node = 1; node < tree->node_count; node++)
        count += (uint32_t)(shim_prop(tree, node, SHIM_REG).len / 8);
    return count;
}

static void narrow(uint64_t *reach, uint64_t to)
{
    if (to < *reach)
        *reach = to;
}

/* Buses have many, and each address below asks: no entry is read as a whole. */
struct shim_span shim_entry_with(const struct shim_entries *entries, uint64_t address,
                                 uint64_t *below, uint64_t *above)
{
    const uint8_t *at = entries->rest.at;
    size_t flags = entries->child == PCI_ADDRESS, len = entry_len(entries);
    size_t size = 4 * ((size_t)entries->child + entries->up);

    for (size_t left = entries->rest.len; len && left >= len; left -= len, at += len) {
        uint64_t base = number(at + 4 * flags, entries->child - (uint32_t)flags);
        uint64_t inside = address - base, room;

        if (address < base) {
            narrow(above, base - 1 - address);
            continue;
        }
        room = number(at + size, entries->size);
        if (inside >= room) {
            narrow(below, inside - room);
            continue;
        }
        narrow(below, inside);
        narrow(above, room - 1 - inside);
        return (struct shim_span){ at, len };
    }
    return (struct shim_span){ 0 };
}

/* One step up. */
static bool step_by_entry(struct shim_entries entries, uint64_t *address, uint64_t *below,
                          uint64_t *above)
{
    struct shim_entry entry;

    entries.rest = shim_entry_with(&entries, *address, below, above);
    if (!shim_next_entry(&entries, &entry))
        return false;
    *address += entry.up - entry.address;
    return true;
}

bool shim_translate(struct shim_entries entries, uint64_t *address)
{
    uint64_t below = UINT64_MAX, above = UINT64_MAX;

    return step_by_entry(entries, address, &below, &above);
}

/* From the address space of `bus`'s children to that of its parent. */
static bool step_up(const struct shim_tree *tree, uint32_t bus, uint64_t *address,
                    uint64_t *below, uint64_t *above)
{
    struct shim_span ranges = shim_prop(tree, bus, SHIM_RANGES);

    if (!ranges.at || shim_is_pci(tree, bus))
        return false;
    return !ranges.len || step_by_entry(entries_of(tree, bus, ranges), address, below, above);
}

bool shim_go_up(const struct shim_tree *tree, struct shim_way_up *way, uint32_t bus,
                uint64_t *address)
{
    uint64_t start = *address, below = start, above = UINT64_MAX - start;

    if (way->bus == bus && start >= way->first && start <= way->last) {
        *address += way->shift;
        return true;
    }
    for (uint32_t at = bus; at != SHIM_ROOT; at = tree->nodes[at].parent)
        if (!step_up(tree, at, address, &below, &above))
            return false;
    *way = (struct shim_way_up){ bus, start - below, start + above, *address - start };
    return true;
}

bool shim_bus_to_cpu(const struct shim_tree *tree, uint32_t bus, uint64_t *address)
{
    struct shim_way_up way = { .bus = SHIM_NONE };

    return shim_go_up(tree, &way, bus, address);
}

struct shim_range shim_cut_range(uint64_t base, uint64_t size)
{
    uint64_t limit = shim_align_down(UINT64_MAX, PAGE);

    if (base > limit)
        base = limit;
    return (struct shim_range){ base, size > limit - base ? limit - base : size };
}

struct shim_range shim_whole_pages(struct shim_range range)
{
    uint64_t base = shim_align_down(range.base, PAGE);

    return (struct shim_range){ base, shim_align_up(shim_range_end(range), PAGE) - base };
}

bool shim_reg_to_cpu(const struct shim_tree *tree, uint32_t node, const struct shim_entry *entry,
                     struct shim_range *cpu)
{
    uint64_t address = entry->address;

    if (!entry->size || !shim_bus_to_cpu(tree, tree->nodes[node].parent, &address))
        return false;
    *cpu = shim_cut_range(address, entry->size);
    return cpu->size != 0;
}

bool shim_next_reg(const struct shim_tree *tree, uint32_t node, struct shim_entries *entries,
                   struct shim_range *cpu)
{
    struct shim_entry entry;

    while (shim_next_entry(entries, &entry))
        if (shim_reg_to_cpu(tree, node, &entry, cpu))
            return true;
    return false;
}

bool shim_collect_regs(struct shim_ranges *set, const struct shim_tree *tree, uint32_t node)
{
    struct shim_entries entries = shim_reg_entries(tree, node);
    struct shim_range range;
    bool room = true;

    while (room && shim_next_reg(tree, node, &entries, &range))
        room = shim_ranges_collect(set, shim_whole_pages(range));
    return room;
}

bool shim_device_address(const struct shim_tree *tree, uint32_t node, uint64_t *address)
{
    struct shim_entries entries = shim_reg_entries(tree, node);
    struct shim_entry entry;

    if (!shim_next_entry(&entries, &entry))
        return false;
    *address = entry.address;
    return shim_bus_to_cpu(tree, tree->nodes[node].parent, address);
}

struct shim_range shim_reserve_at(const struct shim_tree *tree, uint32_t i)
{
    const uint8_t *entry = tree->reserve + 16 * (size_t)i;

    return (struct shim_range){ shim_be64(entry), shim_be64(entry + 8) };
}
