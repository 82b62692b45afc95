// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/xen/ways.h"

#include "shim/base/mem.h"
#include "shim/fdt/address.h"

enum { SIZE_CELLS_MOST = 4 };

/*
 * irq-bcm2712-mip.c of Linux: of_property_read_reg(np, 1, ...) is where on PCI a message goes.
 * Without it the driver does not start, and no device of the RP1 has an interrupt.
 */
static const char raw_readers[] = "brcm,bcm2712-mip\0";

bool shim_reads_raw(const struct shim_tree *tree, uint32_t node)
{
    return shim_compatible_one(tree, node, raw_readers);
}

bool shim_xen_loses_way(const struct shim_tree *tree, uint32_t node)
{
    struct shim_xen_addresses all = shim_xen_addresses(tree, node);
    struct shim_range at;

    for (uint32_t i = 0; i < all.count; i++)
        if (!shim_xen_read_address(&all, i, &at))
            return true;
    return false;
}

/* ---- one address ----------------------------------------------------------------------------- */

struct going {
    struct shim_ways *ways;
    uint32_t node;
    struct shim_xen_way way;
    uint64_t size;
    /* The entry that it last came by, for a bridge that says nothing: it is said as a whole. */
    uint32_t window[4];
    uint64_t window_size;
};

static uint64_t low_cells(const uint32_t *cell, uint32_t cells)
{
    uint64_t value = 0;

    for (uint32_t i = cells > 2 ? cells - 2 : 0; i < cells; i++)
        value = value << 32 | cell[i];
    return value;
}

static void read_cells(const uint8_t *at, uint32_t *cell, uint32_t cells)
{
    for (uint32_t i = 0; i < cells; i++)
        cell[i] = shim_be32(at + 4 * (size_t)i);
}

/* To the last two cells: the one before them, if any, says the space. */
static void add_to(uint32_t *cell, uint32_t cells, uint64_t offset)
{
    uint64_t value = low_cells(cell, cells) + offset;

    cell[cells - 1] = (uint32_t)value;
    if (cells > 1)
        cell[cells - 2] = (uint32_t)(value >> 32);
}

static bool is_known(const struct shim_ways *ways, uint32_t bus, const struct shim_xen_way *way,
                     uint64_t size)
{
    for (uint32_t i = 0; i < ways->count; i++)
        if (ways->rows[i].bus == bus && ways->rows[i].size >= size &&
            !memcmp(ways->rows[i].from.cell, way->cell, sizeof(way->cell)))
            return true;
    return false;
}

/* Has the bus the cells for such a size? */
static bool can_say(const struct shim_xen_way *way, uint64_t size)
{
    return way->size_cells == 1 ? !(size >> 32) : way->size_cells <= SIZE_CELLS_MOST;
}

/* From the address that it has on the bus to `up`, and on from there. */
static bool go_by(struct going *going, uint32_t bus, const uint32_t *up, uint64_t size, bool raw)
{
    struct shim_ways *ways = going->ways;
    struct shim_way_row row = { .bus = bus, .node = going->node, .from = going->way,
                                .size = size ? size : 1, .raw = raw };

    memcpy(row.up, up, sizeof(row.up)); /* which may be the way's own */
    if (!can_say(&going->way, row.size) ||
        !shim_xen_way_by(ways->tree, bus, row.up, &going->way))
        return false;
    row.up_cells = going->way.cells;
    if (is_known(ways, bus, &row.from, row.size))
        return true;
    if (ways->count == SHIM_WAYS_MAX)
        return false;
    ways->rows[ways->count++] = row;
    return true;
}

/* By the entry that Linux uses: the one that covers the address, in whatever space Xen has it. */
static bool go_as_linux(struct going *going, uint32_t bus, struct shim_span ranges,
                        uint32_t up_cells)
{
    uint32_t cells = going->way.cells, up[4] = { 0 }, base[4] = { 0 };
    uint32_t size[SIZE_CELLS_MOST] = { 0 };
    size_t len = 4 * ((size_t)cells + up_cells + going->way.size_cells);
    uint64_t own = low_cells(going->way.cell, cells);

    for (; ranges.len >= len; ranges.at += len, ranges.len -= len) {
        uint64_t from;

        read_cells(ranges.at, base, cells);
        read_cells(ranges.at + 4 * ((size_t)cells + up_cells), size, going->way.size_cells);
        from = low_cells(base, cells);
        if (own < from || own - from >= low_cells(size, going->way.size_cells))
            continue;
        read_cells(ranges.at + 4 * (size_t)cells, up, up_cells);
        memcpy(going->window, up, sizeof(up));
        going->window_size = low_cells(size, going->way.size_cells);
        add_to(up, up_cells, own - from);
        return go_by(going, bus, up, going->size, false);
    }
    return false;
}

/* Where there is RAM, dom0 would lose it. */
static bool go_raw(struct going *going, uint32_t bus)
{
    struct shim_range at = { low_cells(going->way.cell, going->way.cells), going->size };

    return shim_reads_raw(going->ways->tree, going->node) && going->way.cells <= 2 &&
           !shim_range_wraps(at) &&
           !shim_ranges_meeting(going->ways->ram, shim_whole_pages(at)) &&
           go_by(going, bus, going->way.cell, going->size, true);
}

/* An address of a bridge is one above it, too: the window that it came by is said for all. */
static bool go_through(struct going *going, uint32_t bus)
{
    uint32_t own[4];

    memcpy(own, going->way.cell, sizeof(own));
    if (!going->window_size)
        return go_by(going, bus, own, going->size, false);
    memcpy(going->way.cell, going->window, sizeof(own));
    return go_by(going, bus, going->window, going->window_size, false) &&
           shim_xen_way_by(going->ways->tree, bus, own, &going->way);
}

static bool go_up(struct going *going, uint32_t bus)
{
    const struct shim_tree *tree = going->ways->tree;
    struct shim_span ranges = shim_prop(tree, bus, SHIM_RANGES);
    struct shim_xen_way above;
    uint32_t none[4] = { 0 };

    if (!ranges.at || going->way.size_cells > SIZE_CELLS_MOST || !shim_xen_way_by(tree, bus, none, &above))
        return false;
    if (!ranges.len && going->way.pci && above.pci)
        return go_through(going, bus);
    if (shim_xen_way_up(tree, bus, &going->way))
        return true;
    return go_as_linux(going, bus, ranges, above.cells) ||
           (going->way.cells == above.cells && go_raw(going, bus));
}

static bool find_way(struct shim_ways *ways, uint32_t node, uint32_t index)
{
    const struct shim_tree *tree = ways->tree;
    struct going going = { .ways = ways, .node = node };
    uint32_t bus = tree->nodes[node].parent;

    if (!shim_xen_way_from(tree, node, index, &going.way, &going.size))
        return false;
    for (; bus != SHIM_ROOT; bus = tree->nodes[bus].parent)
        if (!go_up(&going, bus))
            return false;
    return true;
}

bool shim_xen_find_ways(struct shim_ways *ways, uint32_t node)
{
    struct shim_xen_addresses all = shim_xen_addresses(ways->tree, node);
    uint32_t before = ways->count;
    struct shim_range at;

    for (uint32_t i = 0; i < all.count; i++)
        if (!shim_xen_read_address(&all, i, &at) && !find_way(ways, node, i)) {
            ways->count = before;
            return false;
        }
    return true;
}

/* ---- writing ----------------------------------------------------------------------------------- */

static uint8_t *put_cells(uint8_t *at, const uint32_t *cell, uint32_t cells)
{
    for (uint32_t i = 0; i < cells; i++, at += 4)
        shim_put_be32(at, cell[i]);
    return at;
}

static size_t row_len(const struct shim_way_row *row)
{
    return 4 * ((size_t)row->from.cells + row->up_cells + row->from.size_cells);
}

static uint8_t *put_row(uint8_t *at, const struct shim_way_row *row)
{
    uint32_t size[SIZE_CELLS_MOST] = { 0 };

    add_to(size, row->from.size_cells, row->size);
    at = put_cells(at, row->from.cell, row->from.cells);
    at = put_cells(at, row->up, row->up_cells);
    return put_cells(at, size, row->from.size_cells);
}

struct shim_span shim_xen_widened(const struct shim_ways *ways, uint32_t bus,
                                  struct shim_arena *arena)
{
    struct shim_span ranges = shim_prop(ways->tree, bus, SHIM_RANGES);
    size_t len = ranges.len;
    uint8_t *value, *at;

    for (uint32_t i = 0; i < ways->count; i++)
        len += ways->rows[i].bus == bus ? row_len(&ways->rows[i]) : 0;
    value = shim_alloc(arena, len, 1);
    if (!value)
        return (struct shim_span){ 0 };
    memcpy(value, ranges.at, ranges.len);
    at = value + ranges.len;
    for (uint32_t i = 0; i < ways->count; i++)
        if (ways->rows[i].bus == bus)
            at = put_row(at, &ways->rows[i]);
    return (struct shim_span){ value, len };
}
