// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/model/wire.h"

#include "shim/model/match.h"

enum {
    ADDRESS_CELLS = 2, /* where nothing says it */
    SGIS = 16,
    PPIS = 16,
    TYPE_MASK = 0xf, /* IRQ_TYPE_SENSE_MASK */
    ENTRIES_COUNT = -1,
};

/* Cells after the end of a value: Xen would read what is there. */
static uint32_t cell_at(struct shim_span value, size_t i)
{
    return i < value.len / 4 ? shim_be32(value.at + 4 * i) : 0;
}

static struct shim_span from_cell(struct shim_span value, size_t i)
{
    size_t bytes = 4 * i < value.len ? 4 * i : value.len;

    return (struct shim_span){ .at = value.at + bytes, .len = value.len - bytes };
}

/* The same where it is known to have them. */
static struct shim_span behind(struct shim_span value, uint64_t cells)
{
    return (struct shim_span){ .at = value.at + 4 * (size_t)cells,
                               .len = value.len - 4 * (size_t)cells };
}

static bool interrupt_cells(const struct shim_tree *tree, uint32_t node, uint32_t *cells)
{
    return shim_first_cell(shim_prop_named(tree, node, "#interrupt-cells"), cells);
}

/* dt_irq_find_parent(); a ring of parents, in which Xen would turn for ever, leads nowhere. */
static uint32_t find_parent(const struct shim_tree *tree, uint32_t node)
{
    uint32_t phandle, cells;

    for (uint32_t hops = 0; hops <= tree->node_count; hops++) {
        if (shim_first_cell(shim_prop_named(tree, node, "interrupt-parent"), &phandle))
            node = shim_xen_node_of(tree, phandle);
        else
            node = tree->nodes[node].parent;
        if (node == SHIM_NONE || interrupt_cells(tree, node, &cells))
            return node;
    }
    return SHIM_NONE;
}

uint32_t shim_xen_interrupt_parent(const struct shim_tree *tree, uint32_t node)
{
    return find_parent(tree, node);
}

/* The one that says the cells: the node itself or a parent of its interrupts. */
static uint32_t with_cells(const struct shim_tree *tree, uint32_t node, uint32_t *cells)
{
    if (!interrupt_cells(tree, node, cells)) {
        node = find_parent(tree, node);
        if (node != SHIM_NONE)
            interrupt_cells(tree, node, cells);
    }
    return node;
}

/* The #address-cells of the node or of the nearest one above it. */
static uint32_t address_cells(const struct shim_tree *tree, uint32_t node)
{
    uint32_t cells = ADDRESS_CELLS;

    while (node != SHIM_NONE && !shim_first_cell(shim_prop(tree, node, SHIM_ADDRESS_CELLS), &cells))
        node = tree->nodes[node].parent;
    return cells;
}

/* What __dt_parse_phandle_with_args() says: the entry, how many there are, or nothing. */
static bool walk_list(const struct shim_tree *tree, struct shim_span list, const char *cells,
                      int64_t index, uint32_t *to, struct shim_span *args, uint32_t *count)
{
    size_t at = 0;

    for (*count = 0; at < list.len / 4; (*count)++) {
        uint32_t phandle = cell_at(list, at++), more = 0, node = SHIM_NONE;

        if (phandle && (cells || *count == index)) {
            node = shim_node_of_phandle(tree, phandle);
            if (node == SHIM_NONE)
                return false;
        }
        if (phandle && cells && !shim_first_cell(shim_prop_named(tree, node, cells), &more))
            return false;
        if (more > list.len / 4 - at)
            return false;
        if (*count == index) {
            *to = node;
            *args = (struct shim_span){ .at = list.at + 4 * at, .len = 4 * (size_t)more };
            return phandle != 0;
        }
        at += more;
    }
    return index == ENTRIES_COUNT;
}

bool shim_xen_reference(const struct shim_tree *tree, uint32_t node, const char *list,
                        const char *cells, uint32_t index, uint32_t *to, struct shim_span *args)
{
    uint32_t count;

    return walk_list(tree, shim_prop_named(tree, node, list), cells, index, to, args, &count);
}

bool shim_xen_empty_wire(const struct shim_tree *tree, uint32_t node, uint32_t index)
{
    struct shim_span args = { 0 };
    uint32_t to;

    return !shim_xen_reference(tree, node, "interrupts-extended", "#interrupt-cells", index, &to,
                               &args) && args.at;
}

static void find_below(const struct shim_tree *tree, uint32_t node,
                       struct shim_wires_below *below)
{
    below->cells = 0;
    below->parent = find_parent(tree, node);
    if (below->parent != SHIM_NONE && !interrupt_cells(tree, below->parent, &below->cells))
        below->parent = SHIM_NONE;
}

/* Where those of `interrupts` go. */
static void take_parent(struct shim_wires *wires, struct shim_wires_below *below)
{
    uint32_t above = wires->tree->nodes[wires->node].parent;
    struct shim_wires_below own = { 0 };

    if (above == SHIM_NONE || shim_has(wires->tree, wires->node, "interrupt-parent"))
        below = &own;
    if (below == &own || below->above != above + 1)
        find_below(wires->tree, wires->node, below);
    below->above = above + 1;
    wires->parent = below->parent;
    wires->cells = below->cells;
}

static struct shim_wires wires_of(const struct shim_tree *tree, uint32_t node,
                                  struct shim_wires_below *below)
{
    struct shim_wires wires = {
        .tree = tree, .node = node, .parent = SHIM_NONE,
        .plain = shim_prop_named(tree, node, "interrupts"),
        .extended = shim_prop_named(tree, node, "interrupts-extended"),
    };

    if (wires.plain.at)
        take_parent(&wires, below);
    return wires;
}

struct shim_wires shim_xen_wires(const struct shim_tree *tree, uint32_t node)
{
    struct shim_wires_below none = { 0 };

    return shim_xen_wires_next(tree, node, &none);
}

struct shim_wires shim_xen_wires_next(const struct shim_tree *tree, uint32_t node,
                                      struct shim_wires_below *below)
{
    struct shim_wires wires = wires_of(tree, node, below);
    struct shim_span args;
    uint32_t to;

    if (!wires.extended.at || !walk_list(tree, wires.extended, "#interrupt-cells", ENTRIES_COUNT,
                                         &to, &args, &wires.count))
        wires.count = wires.cells ? (uint32_t)(wires.plain.len / 4 / wires.cells) : 0;
    return wires;
}

/* ---- through interrupt maps ----------------------------------------------------------- */

/* An interrupt on its way: the cells of the property, and the address that goes with them. */
struct route {
    uint32_t at;
    struct shim_span address, spec;
    uint32_t address_cells, cells;
};

static bool arrive(const struct route *route, struct shim_wire *wire)
{
    if (route->cells > SHIM_WIRE_CELLS)
        return false;
    wire->controller = route->at;
    wire->cells = route->cells;
    for (uint32_t i = 0; i < route->cells; i++)
        wire->cell[i] = cell_at(route->spec, i);
    return true;
}

/* The map has as many cells; the last ones tell most entries apart. */
static bool entry_matches(const struct route *route, struct shim_span map, struct shim_span mask)
{
    for (uint32_t i = route->address_cells + route->cells; i-- > 0;) {
        uint32_t own = i < route->address_cells ? cell_at(route->address, i)
                                                : cell_at(route->spec, i - route->address_cells);
        uint32_t bits = mask.at ? cell_at(mask, i) : UINT32_MAX;

        if ((own ^ shim_be32(map.at + 4 * (size_t)i)) & bits)
            return false;
    }
    return true;
}

/* The cells of what a map's entry leads to; false: none that Xen takes. */
static bool target_cells(const struct shim_tree *tree, uint32_t node, uint32_t *address,
                         uint32_t *cells)
{
    *address = 0;
    if (node == SHIM_NONE || !interrupt_cells(tree, node, cells))
        return false;
    shim_first_cell(shim_prop(tree, node, SHIM_ADDRESS_CELLS), address);
    return true;
}

/* One hop through the map of route->at. */
static bool follow_map(const struct shim_tree *tree, struct route *route, struct shim_span map)
{
    struct shim_span mask = shim_prop_named(tree, route->at, "interrupt-map-mask"), entry = map;
    uint64_t own = (uint64_t)route->address_cells + route->cells;
    uint32_t to = SHIM_NONE, phandle = 0, address = 0, cells = 0;
    bool matched = false;

    if (!route->address.at && route->address_cells)
        return false;
    while (map.len / 4 > own + 1 && !matched) {
        uint32_t next = shim_be32(map.at + 4 * (size_t)own);

        matched = entry_matches(route, map, mask);
        if (to == SHIM_NONE || phandle != next) {
            phandle = next;
            to = shim_xen_node_of(tree, phandle);
            if (!target_cells(tree, to, &address, &cells))
                return false;
        }
        entry = behind(map, own + 1);
        if (entry.len / 4 < (uint64_t)address + cells)
            return false;
        map = behind(entry, (uint64_t)address + cells);
    }
    *route = (struct route){
        .at = to, .address_cells = address, .cells = cells,
        .address = { .at = entry.at, .len = 4 * (size_t)address },
        .spec = from_cell(entry, address),
    };
    return matched;
}

/* dt_irq_map_raw(), from what has its cells. */
static bool map_raw(const struct shim_tree *tree, struct route *route, struct shim_wire *wire)
{
    if (shim_has_known(tree, route->at, SHIM_INTERRUPT_CONTROLLER))
        return arrive(route, wire);
    route->address_cells = address_cells(tree, route->at);
    for (uint32_t hops = 0; route->at != SHIM_NONE && hops <= tree->node_count; hops++) {
        struct shim_span map = shim_prop_named(tree, route->at, "interrupt-map");

        if (shim_has_known(tree, route->at, SHIM_INTERRUPT_CONTROLLER))
            return arrive(route, wire);
        if (!map.at)
            route->at = find_parent(tree, route->at);
        else if (!follow_map(tree, route, map))
            return false;
    }
    return false;
}

/* The next entry of interrupts-extended: walk_list(), one step. False: none, or an empty one. */
static bool next_extended(struct shim_wires *wires, struct route *route)
{
    struct shim_span list = wires->extended;
    uint32_t phandle = cell_at(list, 0);

    if (wires->broken || list.len < 4)
        return false;
    wires->extended = list = from_cell(list, 1);
    if (!phandle)
        return false;
    route->at = shim_node_of_phandle(wires->tree, phandle);
    wires->broken = route->at == SHIM_NONE ||
                    !interrupt_cells(wires->tree, route->at, &route->cells) ||
                    route->cells > list.len / 4;
    if (wires->broken)
        return false;
    route->spec = (struct shim_span){ .at = list.at, .len = 4 * (size_t)route->cells };
    wires->extended = from_cell(list, route->cells);
    return true;
}

static bool nth_plain(const struct shim_wires *wires, uint32_t index, struct route *route)
{
    if (wires->parent == SHIM_NONE || (index + 1) * (uint64_t)wires->cells > wires->plain.len / 4)
        return false;
    route->at = wires->parent;
    route->cells = wires->cells;
    route->spec = from_cell(wires->plain, (size_t)index * wires->cells);
    return true;
}

bool shim_xen_read_wire(struct shim_wires *wires, struct shim_wire *wire)
{
    struct route route = { .address = shim_prop(wires->tree, wires->node, SHIM_REG) };
    uint32_t index = wires->next++;

    return (next_extended(wires, &route) || nth_plain(wires, index, &route)) &&
           map_raw(wires->tree, &route, wire);
}

bool shim_xen_wire(const struct shim_tree *tree, uint32_t node, uint32_t index,
                   struct shim_wire *wire)
{
    struct shim_wires_below none = { 0 };
    struct shim_wires wires = wires_of(tree, node, &none);
    struct route skipped;

    while (wires.next < index) {
        next_extended(&wires, &skipped);
        wires.next++;
    }
    return shim_xen_read_wire(&wires, wire);
}

/* ---- the interrupts of a bus's own map ------------------------------------------------- */

struct shim_wire_map shim_xen_wire_map(const struct shim_tree *tree, uint32_t bus)
{
    struct shim_wire_map map = { .tree = tree };
    uint32_t cells = 1, at = with_cells(tree, bus, &cells);

    map.wrong = at == SHIM_NONE || cells > SHIM_WIRE_CELLS;
    if (map.wrong)
        return map;
    map.skip = address_cells(tree, at) + cells;
    map.rest = shim_prop_named(tree, bus, "interrupt-map");
    return map;
}

bool shim_xen_next_wire(struct shim_wire_map *map, struct shim_wire *wire)
{
    struct shim_span rest = map->rest;
    uint32_t address, cells;

    if (map->wrong || rest.len / 4 <= (uint64_t)map->skip + 1)
        return false;
    rest = from_cell(rest, map->skip);
    wire->controller = shim_xen_node_of(map->tree, cell_at(rest, 0));
    rest = from_cell(rest, 1);
    map->wrong = !target_cells(map->tree, wire->controller, &address, &cells) ||
                 cells > SHIM_WIRE_CELLS || rest.len / 4 < (uint64_t)address + cells;
    if (map->wrong)
        return false;
    wire->cells = cells;
    for (uint32_t i = 0; i < cells; i++)
        wire->cell[i] = cell_at(rest, (size_t)address + i);
    map->rest = from_cell(rest, (size_t)address + cells);
    return true;
}

bool shim_gic_interrupt(const struct shim_wire *wire, uint32_t *number, uint32_t *type)
{
    if (wire->cells < 3)
        return false;
    *number = wire->cell[1] + SGIS + (wire->cell[0] ? 0 : PPIS);
    *type = wire->cell[2] & TYPE_MASK;
    return true;
}
